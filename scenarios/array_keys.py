"""The keys under which arrays are given: data and weights, written, drawn, or in a file beside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from chainstep.scenarios.composed_values import (
    Field,
    chosen,
    in_a_row,
    keyed,
    listed,
    mapping,
    matrix,
    shaped,
)
from chainstep.scenarios.draws import DRAWN
from chainstep.scenarios.single_values import (
    INFINITY,
    Kind,
    line,
    number,
    whole,
    word,
)


def words(*several: str) -> Callable[[], Collection[str]]:
    """These words, as a registry gives its own."""
    return lambda: several


def _initialisers() -> Collection[str]:
    from chainstep.core.initialisers import INITIALISERS  # loads numpy.random: only where wanted

    return INITIALISERS


def _generators() -> Collection[str]:
    from chainstep.core.initialisers import GENERATORS

    return GENERATORS


def settings_of(
    defaults: Mapping[str, float | None], ranges: Mapping[str, tuple[str, float, float]], of: str
) -> tuple[Field, ...]:
    """The fields of a rule's or an initialiser's settings."""
    anything = ("from", -INFINITY, INFINITY)
    fields = []
    for name, default in defaults.items():
        least, low, below = ranges.get(name, anything)
        kind = number(name, (least, low) if low > -INFINITY else None, below)
        fields.append(Field(name, kind, f"a setting of {of}", default is None, default))
    return tuple(fields)


def _plain_settings(name: str) -> tuple[Field, ...]:
    from chainstep.core.initialisers import INITIALISERS, SETTING_RANGES

    return settings_of(INITIALISERS[name].settings, SETTING_RANGES, INITIALISERS[name].title)


def _draw_settings(name: str) -> tuple[Field, ...]:
    return (
        Field(
            "seed",
            whole("a seed", 0, 2**32 - 1),
            "a whole number; the same seed gives the same weights",
            required=True,
        ),
        Field(
            "generator",
            word("generator", _generators),
            "default: numpy's generator for new programs; legacy: that of np.random.seed",
            default="default",
        ),
        *_plain_settings(name),
    )


_FILE = line("the name of a file")
_CSV = mapping(
    "a CSV file",
    (
        Field("csv", _FILE, "a CSV file beside this one", required=True),
        Field(
            "columns",
            listed("columns", line("the name or number of a column"), 1),
            "which columns, by the names in the first row or counted from 0; all unless said",
        ),
    ),
)
_NPZ = mapping(
    "an npz file",
    (
        Field("npz", _FILE, "an npz file beside this one", required=True),
        Field("key", line("the name of an array"), "which of its arrays, if there are several"),
    ),
)


_DRAWN = mapping(
    "a drawn array",
    (Field("drawn", line("the name of an array"), "one of those under `draws:`", required=True),),
)
_FILES = {"csv": _CSV, "npz": _NPZ, "drawn": _DRAWN}
_CLASSES = mapping(
    "classes",
    (
        Field(
            "classes",
            listed("classes", whole("a class", 0, 10**6), 1),
            "the class of each observation, from 0; for one output, 0 or 1",
            required=True,
        ),
    ),
)


def _table(noun: str, more: Mapping[str, Kind] = MappingProxyType({})) -> Kind:
    """Rows of data: written here, drawn, or in a file beside."""
    return shaped(
        items=matrix(noun, "observation", number()),
        entries=keyed(noun, {**_FILES, **more}),
    )


DATA = mapping(
    "data",
    (
        Field("inputs", _table("inputs"), "a row of numbers per observation", required=True),
        Field(
            "targets",
            _table("targets", {"classes": _CLASSES}),
            "a row of numbers per observation, or {classes: [0, 2, 1]}; none where loss is output",
        ),
        Field(
            "observations",
            word("layout of the data", words("rows", "columns")),
            "whether they are the rows or the columns of inputs and targets",
            default="rows",
        ),
    ),
)

_FILL = mapping("a fill", (Field("fill", number(), "one number everywhere", required=True),))
_RANDOM = chosen(
    "the initialiser",
    Field("random", word("initialiser", _initialisers), "how they are drawn", required=True),
    _draw_settings,
)
_KEYS = mapping(
    "an npz file",
    (
        Field("npz", _FILE, "an npz file beside this one", required=True),
        Field(
            "keys",
            listed("names of arrays", line("the name of an array"), 1),
            "its arrays, one per layer, as in [W1, W2]",
            required=True,
        ),
    ),
)
_ZEROS = word(
    "start",
    words("zeros"),
    "zeros, {fill: 1}, {random: uniform, seed: 1}, or the numbers themselves",
)
_ONE_BY_ONE: dict[str, Kind] = {"fill": _FILL, "random": _RANDOM, **_FILES}
_ALL_AT_ONCE: dict[str, Kind] = {"fill": _FILL, "random": _RANDOM, "npz": _KEYS}
_MATRICES = listed(
    "matrices, one per layer,",
    shaped(
        scalar=_ZEROS,
        entries=keyed("the weights of a layer", _ONE_BY_ONE),
        items=matrix("the weights of a layer", "unit before", number()),
    ),
    1,
)
WEIGHTS = shaped(scalar=_ZEROS, items=_MATRICES, entries=keyed("weights", _ALL_AT_ONCE))
BIASES = shaped(
    scalar=_ZEROS,
    items=listed(
        "biases, one list per layer,",
        shaped(
            scalar=number(),
            items=in_a_row(listed("numbers", number(), 1)),
            entries=keyed("the biases of a layer", _ONE_BY_ONE),
        ),
        1,
    ),
    entries=keyed("biases", _ALL_AT_ONCE),
)
DRAWS = mapping(
    "draws",
    (
        Field("seed", whole("a seed", 0, 2**32 - 1), "a whole number", required=True),
        Field(
            "generator",
            word("generator", _generators),
            "default: numpy's generator for new programs; legacy: that of np.random.seed",
            default="default",
        ),
        Field(
            "arrays",
            listed(
                "arrays",
                chosen(
                    "an array",
                    Field("random", word("way to draw", lambda: DRAWN), "how", required=True),
                    lambda name: (
                        Field("name", line("a name"), "what it is used as", required=True),
                        Field(
                            "shape",
                            listed("lengths", whole("a length", 1, 10**7), 1),
                            "as the page draws it, [4, 3]",
                            required=True,
                        ),
                        *_plain_settings(name),
                    ),
                ),
                1,
            ),
            "in the order in which the page draws them, those that are not used too",
            required=True,
        ),
    ),
)
