"""The table of a scenario's keys: it drives both the checks and the JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.layers import LAYER_KINDS
from chainstep.core.losses import LOSSES
from chainstep.core.roles import PARAMETERS
from chainstep.core.updates import SETTING_RANGES, UPDATES
from chainstep.scenarios.composed_values import (
    Field,
    chosen,
    keyed,
    listed,
    mapping,
    matrix,
    one_or_more,
    shaped,
)
from chainstep.scenarios.draws import DRAWN
from chainstep.scenarios.scenario import LAST
from chainstep.scenarios.single_values import (
    INFINITY,
    Kind,
    digits,
    line,
    number,
    text,
    truth,
    whole,
    word,
)

#: The headings of the gallery, in its order.
GROUPS = (
    "Start here",
    "Equal weights",
    "Somebody's own numbers",
    "What goes wrong in training",
    "Ways to learn",
)
#: How matrices of weights are written.
LAYOUTS = ("inputs × units", "units × inputs", "inputs x units", "units x inputs")
#: What the settings of an initialiser may be, where not any number will do.
LAYER_RANGES = {"rate": ("from", 0.0, 1.0), "safety": ("above", 0.0, INFINITY)}
DRAW_RANGES = {"deviation": ("from", 0.0, INFINITY)}


def _words(*words: str) -> Callable[[], Collection[str]]:
    return lambda: words


def _notations() -> Collection[str]:
    from chainstep.core.text.notations import NOTATIONS  # many scenarios name none

    return NOTATIONS


def _mistakes() -> Collection[str]:
    from chainstep.core.check.mistakes import MISTAKES  # most scenarios make none

    return MISTAKES


def _initialisers() -> Collection[str]:
    from chainstep.core.initialisers import INITIALISERS  # loads numpy.random: only where wanted

    return INITIALISERS


def _generators() -> Collection[str]:
    from chainstep.core.initialisers import GENERATORS

    return GENERATORS


def _settings(
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


def _rule_settings(name: str) -> tuple[Field, ...]:
    return _settings(UPDATES[name].settings, SETTING_RANGES, UPDATES[name].title)


def _plain_settings(name: str) -> tuple[Field, ...]:
    from chainstep.core.initialisers import INITIALISERS

    return _settings(INITIALISERS[name].settings, DRAW_RANGES, INITIALISERS[name].title)


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


_DATA = mapping(
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
            word("layout of the data", _words("rows", "columns")),
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
    _words("zeros"),
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
_WEIGHTS = shaped(scalar=_ZEROS, items=_MATRICES, entries=keyed("weights", _ALL_AT_ONCE))
_BIASES = shaped(
    scalar=_ZEROS,
    items=listed(
        "biases, one list per layer,",
        shaped(
            scalar=number(),
            items=listed("numbers", number(), 1),
            entries=keyed("the biases of a layer", _ONE_BY_ONE),
        ),
        1,
    ),
    entries=keyed("biases", _ALL_AT_ONCE),
)
_DRAWS = mapping(
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

_ACTIVATION = Field(
    "activation",
    word("activation", lambda: ACTIVATIONS),
    "what a unit makes of its pre-activation",
    required=True,
)
_UNITS = Field("units", whole("the number of units", 1), "how many units", required=True)
_MASKS = Field(
    "masks",
    listed("masks", matrix("a mask", "observation", number("a mask", ("from", 0.0))), 1),
    "1 where a unit is kept and 0 where not, a row per observation; they take turns",
)


def _layer_fields(kind: str) -> tuple[Field, ...]:
    """What a layer of a kind may say."""
    entry = LAYER_KINDS[kind]
    own = _settings(entry.settings, LAYER_RANGES, entry.title)
    own = tuple(_SEED if field.key == "seed" else field for field in own)
    units = () if entry.keeps_units else (_UNITS,)
    activation: tuple[Field, ...] = (_ACTIVATION,)
    if entry.keeps_units:
        needless = _ACTIVATION._replace(required=False, default="identity")
        activation = (needless,) if entry.parameters else ()
    lists = tuple(
        Field(letter, listed("numbers", number(), 1), f"{PARAMETERS[letter]}s, one per unit")
        for letter in (entry.parameters if entry.keeps_units else ())
    )
    return (*units, *activation, *own, *lists, *((_MASKS,) if entry.has_masks else ()))


_SEED = Field("seed", whole("a seed", 0, 2**32 - 1), "the same seed draws the same", default=0)
_LAYER = chosen(
    "a layer",
    Field("kind", word("kind of layer", lambda: LAYER_KINDS), "dense unless said", default="dense"),
    _layer_fields,
)
_NETWORK = mapping(
    "network",
    (
        Field(
            "bias",
            word("kind of bias", _words("row", "separate", "shared", "none")),
            "row: row 0 of the weights; separate: b1, b2, …; shared: one number for a layer; none",
            default="none",
        ),
        Field(
            "layers",
            listed("layers", _LAYER, 1),
            "the layers after the inputs, as in [{units: 3, activation: sigmoid}]",
            required=True,
        ),
        Field(
            "weights",
            _WEIGHTS,
            "a matrix per layer, zeros, {fill: 1} or {random: uniform, seed: 1}",
            required=True,
        ),
        Field(
            "weights_are",
            word("layout of weights", lambda: LAYOUTS),
            "how each matrix of weights is written: a column per unit, or a row per unit",
            default=LAYOUTS[0],
        ),
        Field("biases", _BIASES, "a list per layer, zeros (unless said) or {fill: 1}"),
        Field(
            "frozen",
            listed("parameters", line("the name of a parameter")),
            "parameters that do not learn, as in [W2, b1]",
            default=(),
        ),
        Field(
            "input_gradient",
            truth("input_gradient"),
            "true: the gradient by the inputs, dC/da0, is computed too",
            default=False,
        ),
    ),
)

_ANY_UPDATE = (
    Field(
        "weight_decay",
        number("weight_decay", ("from", 0.0)),
        "added to each gradient, times the parameter, biases too, as PyTorch's optimisers do",
        default=0.0,
    ),
    Field("batch", whole("a batch", 1), "how many observations an update takes; all unless said"),
    Field(
        "shuffle",
        whole("a seed", 0, 2**32 - 1),
        "a seed from which the order is drawn anew in each epoch; that of the data unless said",
    ),
    Field(
        "last_batch",
        word("way with a last batch", _words("smaller", "dropped")),
        "what becomes of fewer observations at the end of an epoch",
        default="smaller",
    ),
)
_UPDATE = chosen(
    "update",
    Field(
        "rule",
        word("update rule", lambda: UPDATES),
        "how the weights change",
        default="gradient-descent",
    ),
    lambda name: (*_rule_settings(name), *_ANY_UPDATE),
)
_PENALTY = mapping(
    "a penalty",
    (
        Field(
            "strength",
            number("the strength of a penalty", ("from", 0.0)),
            "lambda, what the sum of the squares of all weights is multiplied by",
            required=True,
        ),
        Field("half", truth("half"), "true: half of it; its slope is lambda W", default=True),
        Field(
            "per_observation",
            truth("per_observation"),
            "true: divided by the number of observations of an update",
            default=False,
        ),
        Field("biases", truth("biases"), "true: of the biases too", default=False),
    ),
)

_ITERATION = Field("iteration", whole("an iteration", 1, LAST), "counted from 1", default=1)
_QUANTITY = Field(
    "quantity", line("the name of a quantity"), "a name such as a3, delta2, dC/dW1", required=True
)
_NOTE = mapping(
    "a note",
    (
        Field(
            "at",
            mapping("the place of a note", (_ITERATION, _QUANTITY)),
            "{quantity: delta3}, with the iteration if it is not the first",
            required=True,
        ),
        Field("text", text("a text"), "what the page says there", required=True),
    ),
)

_DIGITS = digits("a printed number")
_PRINTED = shaped(scalar=_DIGITS, items=matrix("printed numbers", "", _DIGITS))
_CLAIM = mapping(
    "a claim",
    (
        Field(
            "at",
            mapping("the place of a claim", (_ITERATION,)),
            "{iteration: 1}: the iteration that computes the quantity",
            default={"iteration": 1},
        ),
        _QUANTITY,
        Field(
            "entry",
            listed("positions", whole("a position", 0), 1),
            "one number of the quantity, by row and column from 0",
        ),
        Field("printed", _PRINTED, "the numbers in quotes, as every digit counts", required=True),
        Field(
            "within",
            whole("a number of units of the last place", 0),
            "how many units of the last printed place it may be off",
            default=0,
        ),
        Field("right", _PRINTED, "the true numbers, where the printed ones are wrong"),
        Field("why", text("a text"), "how the printed numbers came about"),
    ),
)
_UNCLAIMED = mapping(
    "an unclaimed number",
    (
        Field("printed", text("a text"), "the numbers, or words for them", required=True),
        Field("reason", text("a text"), "why they are compared with nothing", required=True),
    ),
)
_SOURCE = mapping(
    "source",
    (
        Field("site", line("a text"), "the site or the book", required=True),
        Field("post", line("a text"), "the number of the post, or its name"),
        Field("url", line("a text"), "its address"),
    ),
)

FIELDS: tuple[Field, ...] = (
    Field("title", line("a text"), "what the page calls it; the name of the file unless said"),
    Field("question", line("a text"), "how the gallery asks it"),
    Field("order", whole("a place", 0), "its place in the gallery; the lowest comes first"),
    Field(
        "group",
        word("group of the gallery", lambda: GROUPS),
        "under which heading the gallery has it",
    ),
    Field("source", _SOURCE, "where it comes from"),
    Field("story", text("a text"), "what there is to see"),
    Field("notation", word("notation", _notations), "how the page writes quantities"),
    Field(
        "arithmetic",
        word("arithmetic", _words("float64", "float32")),
        "float64 or float32",
        default="float64",
    ),
    Field(
        "products",
        word("way to multiply", _words("blas", "ordered")),
        "blas; or ordered: every sum in the same order, so that equal units stay equal",
        default="blas",
    ),
    Field("draws", _DRAWS, "arrays drawn one after the other from one seed"),
    Field("data", _DATA, "{inputs: [[1, 2]], targets: [[1]]}", required=True),
    Field("network", _NETWORK, "the layers and their weights", required=True),
    Field("loss", word("loss", lambda: LOSSES), "squared-error, for one", required=True),
    Field(
        "reduction",
        word("reduction", _words("sum", "mean")),
        "sum or mean of the costs of the observations",
        default="sum",
    ),
    Field("penalty", _PENALTY, "what large weights cost: {strength: 0.01}"),
    Field("update", _UPDATE, "{rule: gradient-descent, learning_rate: 0.5}", required=True),
    Field("notes", listed("notes", _NOTE), "what the page says at a step", default=()),
    Field("claims", listed("claims", _CLAIM), "the numbers that the page prints", default=()),
    Field(
        "unclaimed",
        listed("numbers", _UNCLAIMED),
        "numbers of the page that are compared with nothing",
        default=(),
    ),
    Field(
        "mistake",
        one_or_more("mistakes", word("mistake", _mistakes)),
        "a mistake that the engine makes on purpose, or several",
        default=(),
    ),
)

SCENARIO = mapping("a scenario", FIELDS)
