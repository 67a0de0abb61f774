"""The table of a scenario's keys: it drives both the checks and the JSON Schema."""

from __future__ import annotations

from collections.abc import Collection

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.layers import LAYER_KINDS
from chainstep.core.layers import SETTING_RANGES as LAYER_SETTING_RANGES
from chainstep.core.losses import LOSSES
from chainstep.core.roles import PARAMETERS
from chainstep.core.updates import SETTING_RANGES, UPDATES
from chainstep.scenarios.array_keys import BIASES, DATA, DRAWS, WEIGHTS, settings_of, words
from chainstep.scenarios.composed_values import (
    Field,
    chosen,
    listed,
    mapping,
    matrix,
    one_or_more,
    shaped,
)
from chainstep.scenarios.scenario import LAST
from chainstep.scenarios.single_values import (
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


def _notations() -> Collection[str]:
    from chainstep.core.text.notations import NOTATIONS  # many scenarios name none

    return NOTATIONS


def _mistakes() -> Collection[str]:
    from chainstep.core.check.mistakes import MISTAKES  # most scenarios make none

    return MISTAKES


def _rule_settings(name: str) -> tuple[Field, ...]:
    return settings_of(UPDATES[name].settings, SETTING_RANGES, UPDATES[name].title)


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
    own = settings_of(entry.settings, LAYER_SETTING_RANGES, entry.title)
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
            word("kind of bias", words("row", "separate", "shared", "none")),
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
            WEIGHTS,
            "a matrix per layer, zeros, {fill: 1} or {random: uniform, seed: 1}",
            required=True,
        ),
        Field(
            "weights_are",
            word("layout of weights", lambda: LAYOUTS),
            "how each matrix of weights is written: a column per unit, or a row per unit",
            default=LAYOUTS[0],
        ),
        Field("biases", BIASES, "a list per layer, zeros (unless said) or {fill: 1}"),
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
        word("way with a last batch", words("smaller", "dropped")),
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
        word("arithmetic", words("float64", "float32")),
        "float64 or float32",
        default="float64",
    ),
    Field(
        "products",
        word("way to multiply", words("blas", "ordered")),
        "blas; or ordered: every sum in the same order, so that equal units stay equal",
        default="blas",
    ),
    Field("draws", DRAWS, "arrays drawn one after the other from one seed"),
    Field("data", DATA, "{inputs: [[1, 2]], targets: [[1]]}", required=True),
    Field("network", _NETWORK, "the layers and their weights", required=True),
    Field("loss", word("loss", lambda: LOSSES), "squared-error, for one", required=True),
    Field(
        "reduction",
        word("reduction", words("sum", "mean")),
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
