"""The table of a scenario's keys: it drives both the checks and the JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.updates import SETTING_RANGES, UPDATES
from chainstep.scenarios.kinds import (
    INFINITY,
    Field,
    Kind,
    as_written,
    chosen,
    keyed,
    line,
    listed,
    mapping,
    matrix,
    number,
    one_or_more,
    printed,
    shaped,
    text,
    whole,
    word,
)

#: The notations that a page may be written in.
NOTATIONS = ("n-a-w", "affine-softmax", "w1-w6", "code", "z-a-W", "columns", "net-out")
BIASES = ("row", "separate", "shared", "none")
#: What the settings of an initialiser may be, where not any number will do.
DRAW_RANGES = {"deviation": ("from", 0.0, INFINITY)}


def _always(*words: str) -> Callable[[], Collection[str]]:
    return lambda: words


def _mistakes() -> Collection[str]:
    try:
        from chainstep.core.mistakes import MISTAKES
    except ImportError:
        return ()
    known: Collection[str] = MISTAKES
    return known


def _initialisers() -> Collection[str]:
    from chainstep.core.initialisers import INITIALISERS  # loads numpy.random: only where wanted

    return INITIALISERS


def _generators() -> Collection[str]:
    from chainstep.core.initialisers import GENERATORS

    return GENERATORS


def _settings(
    defaults: dict[str, float | None], ranges: dict[str, tuple[str, float, float]], of: str
) -> tuple[Field, ...]:
    """The fields of a rule's or an initialiser's settings."""
    fields = []
    for name, default in defaults.items():
        least, low, below = ranges.get(name, ("from", -INFINITY, INFINITY))
        kind = number(name, (least, low) if low > -INFINITY else None, below)
        fields.append(Field(name, kind, f"a setting of {of}", default is None, default))
    return tuple(fields)


def _rule_settings(name: str) -> tuple[Field, ...]:
    return _settings(UPDATES[name].settings, SETTING_RANGES, UPDATES[name].title)


def _draw_settings(name: str) -> tuple[Field, ...]:
    from chainstep.core.initialisers import INITIALISERS

    entry = INITIALISERS[name]
    return (
        Field("seed", whole("a seed", 0, 2**32 - 1), "the same seed, the same weights", True),
        Field(
            "generator", word("generator", _generators),
            "default: numpy's for new programs; legacy: that of np.random.seed", default="default",
        ),
        *_settings(entry.settings, DRAW_RANGES, entry.title),
    )


_CSV = mapping("a CSV file", (
    Field("csv", line("the name of a file"), "a CSV file beside this one", True),
    Field(
        "columns",
        listed("columns", shaped(
            "a column", scalar=line("the name or number of a column"),
        ), 1),
        "which columns, by the names in the first row or counted from 0; all unless said",
    ),
))
_NPZ = mapping("an npz file", (
    Field("npz", line("the name of a file"), "an npz file beside this one", True),
    Field("key", line("the name of an array"), "which of its arrays, where there are several"),
))


def _table(noun: str) -> Kind:
    """Rows of data: written here, or in a file beside."""
    return shaped(
        noun, items=matrix(noun, "observation"), entries=keyed(noun, {"csv": _CSV, "npz": _NPZ})
    )


_FILL = mapping("a fill", (Field("fill", number("the fill"), "the number everywhere", True),))
_RANDOM = chosen(
    "the initialiser",
    Field("random", word("initialiser", _initialisers), "how the weights are drawn", True),
    _draw_settings,
)
_ZEROS = word("start of the weights", _always("zeros"))

_NETWORK = mapping("a network", (
    Field(
        "bias", word("kind of bias", _always(*BIASES)),
        "row: row 0 of the weights; separate: b1, b2, …; shared: one number for a layer; none",
        default="none",
    ),
    Field(
        "layers",
        listed("layers", mapping("a layer", (
            Field("units", whole("a number of units", 1), "how many units", True),
            Field(
                "activation", word("activation", lambda: ACTIVATIONS),
                "what a unit makes of its pre-activation", True,
            ),
        )), 1),
        "the layers after the inputs: [{units: 3, activation: sigmoid}, …]", True,
    ),
    Field(
        "weights",
        shaped(
            "the start of the weights",
            scalar=_ZEROS,
            items=listed("matrices", shaped(
                "a matrix of weights", scalar=_ZEROS, entries=_FILL,
                items=matrix("a matrix of weights", "unit before"),
            ), 1),
            entries=keyed("the start of the weights", {"fill": _FILL, "random": _RANDOM}),
        ),
        "how they start: a matrix per layer, zeros, {fill: 1} or "
        "{random: uniform, low: -1, high: 1, seed: 1}", True,
    ),
    Field(
        "biases",
        shaped(
            "the start of the biases",
            scalar=_ZEROS,
            items=listed("biases", shaped(
                "the biases of a layer", scalar=number("a bias"),
                items=listed("biases", number("a bias"), 1),
            ), 1),
            entries=_FILL,
        ),
        "how separate or shared biases start: a list per layer, zeros (unless said), {fill: 1}",
    ),
    Field(
        "frozen", listed("parameters", line("the name of a parameter")),
        "parameters that do not learn: [W2, b1]", default=(),
    ),
))

_ITERATION = Field("iteration", whole("an iteration", 1), "counted from 1", default=1)
_QUANTITY = Field(
    "quantity", line("the name of a quantity"), "a name such as a3, delta2, dC/dW1", True
)

_CLAIM = mapping("a claim", (
    Field(
        "at", mapping("the place of a claim", (_ITERATION,)),
        "the iteration that computed it", default={"iteration": 1},
    ),
    _QUANTITY,
    Field(
        "entry", listed("positions", whole("a position", 0)),
        "one number of it: [row, column], counted from 0",
    ),
    Field(
        "printed", printed(),
        "the numbers as the page prints them, in quotes, so that every digit counts", True,
    ),
    Field("within", whole("a number of last places", 0), "units of the last place", default=0),
    Field("right", printed(), "the true numbers, where the printed ones are wrong"),
    Field("why", text("the reason"), "how the printed numbers came about"),
))

FIELDS: tuple[Field, ...] = (
    Field("title", line("a title"), "what the page calls it"),
    Field("question", line("a question"), "how the gallery asks it"),
    Field("order", whole("a place in the gallery", 0), "where the gallery shows it, small first"),
    Field(
        "source",
        mapping("a source", (
            Field("site", line("a site"), "the site or the book", True),
            Field("post", line("a number or name"), "the number of the post, or its name"),
            Field("url", line("an address"), "its address"),
        )),
        "where it comes from",
    ),
    Field("story", text("a story"), "what there is to see"),
    Field("notation", word("notation", _always(*NOTATIONS)), "how the page writes quantities"),
    Field(
        "arithmetic", word("arithmetic", _always("float64", "float32")), "float64 or float32",
        default="float64",
    ),
    Field(
        "products", word("way to multiply", _always("blas", "ordered")),
        "blas, or ordered: every sum in the same order, so that equal units stay equal",
        default="blas",
    ),
    Field(
        "data",
        mapping("the data", (
            Field("inputs", _table("inputs"), "a row of numbers per observation", True),
            Field("targets", _table("targets"), "a row of numbers per observation", True),
        )),
        "{inputs: [[…], …], targets: [[…], …]}", True,
    ),
    Field("network", _NETWORK, "{layers: […], weights: …}", True),
    Field("loss", word("loss", lambda: LOSSES), "what a wrong output costs", True),
    Field(
        "reduction", word("reduction", _always("sum", "mean")),
        "sum or mean of the costs of the observations", default="sum",
    ),
    Field(
        "update",
        chosen(
            "the update rule",
            Field(
                "rule", word("update rule", lambda: UPDATES), "how the weights change",
                default="gradient-descent",
            ),
            _rule_settings,
        ),
        "{rule: gradient-descent, learning_rate: 0.5}", True,
    ),
    Field(
        "notes",
        listed("notes", mapping("a note", (
            Field(
                "at", mapping("the place of a note", (_ITERATION, _QUANTITY)),
                "the quantity, and the iteration if it is not the first", True,
            ),
            Field("text", text("a note"), "what the page says there", True),
        ))),
        "what the page says at a step", default=(),
    ),
    Field("claims", listed("claims", _CLAIM), "numbers that the page prints", default=()),
    Field(
        "unclaimed",
        listed("numbers that cannot be claimed", mapping("an unclaimed number", (
            Field("printed", as_written(), "the numbers, or words for them", True),
            Field("reason", text("a reason"), "why nothing can be held against them", True),
        ))),
        "numbers of the page that nothing is held against", default=(),
    ),
    Field(
        "mistake", one_or_more("mistakes", word("mistake", _mistakes)),
        "a mistake that the engine makes on purpose, or several", default=(),
    ),
)

SCENARIO = mapping("a scenario", FIELDS)
