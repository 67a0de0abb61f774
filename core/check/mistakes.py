"""The catalogue of mistakes: each is the one engine with a rule changed."""

from __future__ import annotations

from collections.abc import Iterable

from chainstep.core.check import mistaken_rules as wrong
from chainstep.core.check.mistakes_made import (
    Made,
    Mistake,
    Way,
    made_everywhere,
    program_made,
    truncated_start,
)
from chainstep.core.check.rule_changes import Alteration, after, given, hidden, instead, outputs
from chainstep.core.program import Program
from chainstep.core.rules import Rule
from chainstep.core.setup import Setup

# ── ways that several rules share ─────────────────────────────────────────────────────────


def _cost_and_error(change: Rule) -> dict[str, Alteration]:
    return {"cost": after(change), "output_error": after(change)}


def _both_gradients(change: Rule) -> dict[str, Alteration]:
    return {"weight_gradient": after(change), "bias_gradient": after(change)}


def _scaled(change: Rule, says: str) -> tuple[Way, ...]:
    """A factor at each of the places where one is forgotten or put in."""
    alter = after(change)
    places: tuple[tuple[str, dict[str, Alteration]], ...] = (
        ("in dC/da of the outputs", {"output_error": outputs(alter)}),
        ("in the cost and in dC/da", _cost_and_error(change)),
        ("in delta of the outputs", {"delta": outputs(alter)}),
        ("in the cost alone", {"cost": alter}),
        ("in the cost of each observation", {"cost_of_observations": alter}),
        ("in the gradients", _both_gradients(change)),
    )
    return tuple(
        Way(f"{says}, {place}", changes, rank=rank) for rank, (place, changes) in enumerate(places)
    )


def _learning_rate(other: Rule) -> dict[str, Alteration]:
    return {"change": given("learning_rate", other)}


def _bias(rule: Rule) -> dict[str, Alteration]:
    row, apart = wrong.bias_apart(rule)
    return {"weight_gradient": after(row), "bias_gradient": instead(apart)}


_RUMELHART = "Rumelhart, Hinton, Williams, Nature 323 (1986)"
_BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
_GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning (2016)"
_NIELSEN = "Nielsen, Neural Networks and Deep Learning (2015)"
_TWO_LAYERS = "Artificial Intelligence Stack Exchange 26920"
_SAME_WEIGHTS = "Data Science Stack Exchange 79607"
_NUMPY = "NumPy user guide, Broadcasting"

_ENTRIES = (
    Mistake(
        "weights-not-transposed",
        "the weights are not transposed on the way down",
        (
            Way("on the way down", {"factor_below": instead(wrong.weights_as_they_stand)}),
            Way(
                "in the forward phase",
                {"pre_activation": instead(wrong.pre_activation_from_transposed)},
            ),
        ),
        looks="It runs only where two layers beside each other have as many units; every unit "
        "then answers for the weights of another.",
        mend="Send delta down through W[k+1] transposed: delta[k+1] @ W[k+1].T, so that each "
        "unit gets back what went out through its own weights.",
        source=f"{_NIELSEN}, chapter 2, equation BP2",
    ),
    Mistake(
        "activations-not-transposed",
        "the activations are not transposed in the gradient",
        (
            Way("", {"factor_to_weights": instead(wrong.inputs_as_they_stand)}),
            Way("the bias kept apart", {"weight_gradient": instead(wrong.gradient_from_columns)}),
        ),
        looks="It runs only where there are as many observations as units before; observations "
        "and units change places, and nothing is summed over the observations.",
        mend="The gradient is a[k-1].T @ delta[k]: one row for each unit before, summed over the "
        "observations.",
        source=f"{_TWO_LAYERS}, where a1.T is the factor asked about",
    ),
    Mistake(
        "gradient-transposed",
        "the gradient is the transpose of the right one",
        (
            Way("", {"weight_gradient": instead(wrong.transposed_gradient)}),
            Way(
                "the bias row with it",
                {"weight_gradient": instead(wrong.transposed_whole_gradient)},
            ),
        ),
        looks="Every number is right and stands in the wrong place: what is right for the weight "
        "from i to j changes the weight from j to i.",
        mend="Give the gradient the shape of its weights, units before × units: "
        "a[k-1].T @ delta[k], not delta[k].T @ a[k-1].",
        source=f"{_SAME_WEIGHTS}: the shape of the result must be that of the weights",
    ),
    Mistake(
        "elementwise-product",
        "entry times entry where a matrix product belongs",
        (
            Way("on the way down", {"error_below": instead(wrong.entries_times_entries)}),
            Way(
                "on the way down, the weights as they stand",
                {"error_below": instead(wrong.entries_times_weights)},
            ),
            Way("in the gradient", {"weight_gradient": instead(wrong.entries_of_gradient)}),
            Way(
                "in the gradient, transposed",
                {"weight_gradient": instead(wrong.entries_of_transposed)},
            ),
            Way("in the forward phase", {"pre_activation": instead(wrong.inputs_times_weights)}),
        ),
        looks="It runs only where both matrices have the same shape. Nothing is summed, so the "
        "numbers are too small, and each depends on one pair only.",
        mend="Use @ (np.dot, matmul) between matrices; * is for da/dz alone, which stands entry "
        "by entry.",
        source=f"{_TWO_LAYERS}: the product becomes Hadamard's",
    ),
    Mistake(
        "updated-weights",
        "the new weights of the layer above are used in this backward phase",
        (Way("", {"factor_below": given("W_above", wrong.updated_weights)}),),
        looks="The last layer is right; from the one below it on, everything is off by about the "
        "learning rate.",
        mend="Compute all gradients first, from the weights that the forward phase used, and "
        "update afterwards.",
        source=f"{_RUMELHART}, equations 6 and 8: the derivatives are at the weights of the pass",
    ),
    Mistake(
        "slope-of-activation",
        "the slope is taken at a, not at z",
        (Way("", {"slope": instead(wrong.slope_at_activation)}),),
        looks="The slopes of a sigmoid crowd between 0.196 and 0.25, because a lies between 0 "
        "and 1: the function was applied twice.",
        mend="A function sigmoid_slope(x) that applies the sigmoid itself wants z. If you have a, "
        "use a * (1 - a).",
        source=f"{_TWO_LAYERS}: sigmoid'(z2), and a function of a2",
    ),
    Mistake(
        "slope-fed-preactivation",
        "the slope's formula for a is given z: z(1 − z)",
        (Way("", {"slope": instead(wrong.slope_fed_preactivation)}),),
        looks="Slopes of a sigmoid that are negative or larger than 0.25, which none can be.",
        mend="x * (1 - x) wants the activation: give it a, or compute σ(z) first.",
        source=f"{_TWO_LAYERS}: Eq (A) has derv_sigmoid(z2), the program derv_sigmoid(a2)",
    ),
    Mistake(
        "missing-output-slope",
        "delta of the outputs lacks the slope of their activation",
        (Way("", {"delta": outputs(instead(wrong.error_as_delta))}),),
        looks="delta of the last layer is dC/da itself; every gradient is too large.",
        mend="delta = dC/da ⊙ da/dz. Only softmax with cross-entropy, and a sigmoid with binary "
        "cross-entropy, come down to a − t.",
        source=f"{_NIELSEN}, chapter 2, equation BP1",
    ),
    Mistake(
        "missing-hidden-slope",
        "delta of a hidden layer lacks the slope of its activation",
        (Way("", {"delta": hidden(instead(wrong.error_as_delta))}),),
        looks="delta of a hidden layer is dC/da itself: what came down, and no more.",
        mend="Multiply by the slope in every layer: "
        "delta[k] = (delta[k+1] · W[k+1]ᵀ) ⊙ da[k]/dz[k].",
        source=f"{_NIELSEN}, chapter 2, equation BP2",
    ),
    Mistake(
        "extra-output-slope",
        "the slope is multiplied in again, although a − t has it already",
        (
            Way("", {"delta": outputs(instead(wrong.shortcut_times_slope))}),
            Way(
                "a − t called dC/da",
                {
                    "output_error": outputs(instead(wrong.shortcut_as_error)),
                    "delta": outputs(instead(wrong.error_times_own_slope)),
                    "slope": outputs(instead(wrong.own_slope)),
                },
            ),
            Way(
                "through the Jacobian", {"delta": outputs(instead(wrong.shortcut_through_jacobian))}
            ),
        ),
        looks="delta of the outputs is too small by a(1 − a); learning nearly stops where the "
        "outputs are sure of themselves.",
        mend="With softmax and cross-entropy, or a sigmoid and binary cross-entropy, delta is "
        "a − t. Leave the slope out there.",
        source=f"{_BISHOP}, section 5.3.1: a − t for these pairs",
    ),
    Mistake(
        "error-not-delta",
        "the error is sent down, not delta",
        (Way("", {"error_below": instead(wrong.error_from_error)}),),
        looks="The layer above is right; below it the slope of the layer above is missing.",
        mend="Send down delta[k+1] = dC/da[k+1] ⊙ da[k+1]/dz[k+1]: the weights act on z, so the "
        "derivative by z goes through them.",
        source=f"{_NIELSEN}, chapter 2, equation BP2",
    ),
    Mistake(
        "own-activation",
        "the layer's own activation is used for the one before it",
        (Way("", {"factor_to_weights": instead(wrong.own_activation)}),),
        looks="It runs only where two layers beside each other have as many units.",
        mend="∂z[k]/∂W[k] is a[k-1], what the weights multiply: a[k-1].T @ delta[k].",
        source=f"{_NIELSEN}, chapter 2, equation BP4",
    ),
    Mistake(
        "weight-for-activation",
        "the weight is used where the activation before it belongs",
        (
            Way("each weight", {"weight_gradient": instead(wrong.gradient_of_each_weight)}),
            Way("the whole matrix", {"weight_gradient": instead(wrong.gradient_from_weights)}),
        ),
        looks="A weight of 0 never changes, and the gradient does not depend on the inputs.",
        mend="z = a·W, so ∂z/∂W is a and ∂z/∂a is W: the first for the gradient, the second for "
        "the way down.",
        source=f"{_GOODFELLOW}, section 6.5.6",
    ),
    Mistake(
        "missing-activation",
        "the update takes delta alone, without the activation before it",
        (
            Way("", {"weight_gradient": instead(wrong.delta_as_gradient)}),
            Way("the bias kept apart", {"weight_gradient": instead(wrong.delta_below_bias)}),
            Way(
                "summed over the observations",
                {"weight_gradient": instead(wrong.delta_for_each_weight)},
            ),
        ),
        looks="Where it runs as matrices, there are as many observations as units before: "
        "observations are subtracted from units.",
        mend="delta is ∂C/∂z. The factor ∂z/∂W = a[k-1].T is missing, and the product with it "
        "sums over the observations.",
        source=f"{_TWO_LAYERS}: weight2 - learningRate*dC_dw2",
    ),
    Mistake(
        "sign-flipped",
        "a sign is the wrong way round",
        (
            Way("y − a for a − y", {"output_error": outputs(after(wrong.negative))}),
            Way("W + change for W − change", {"new_value": instead(wrong.added)}),
            Way("in delta of the outputs", {"delta": outputs(after(wrong.negative))}),
            Way("in the slope", {"slope": after(wrong.negative)}),
            Way("in the gradients", _both_gradients(wrong.negative)),
            Way("in the cost", {"cost_of_observations": after(wrong.negative)}),
            Way("in the cost and dC/da", _cost_and_error(wrong.negative)),
            Way("in the changes", {"change": after(wrong.negative)}),
        ),
        looks="All magnitudes are right; the cost grows from iteration to iteration.",
        mend="Either a − y and W − change, or y − a and W + change. One sign in each, never one "
        "of each kind.",
        source=f"{_TWO_LAYERS}: two minus signs, one of them inside dC_dw2",
    ),
    Mistake(
        "factor-two",
        "a factor of 2, or of a half, is too many or missing",
        _scaled(wrong.halved, "a 2 is missing") + _scaled(wrong.doubled, "a 2 too many"),
        looks="Everything from one place on is twice, or half, of what it should be.",
        mend="C = Σ(a − y)² has dC/da = 2(a − y); C = ½Σ(a − y)² has a − y. Take both "
        "from one line.",
        source=f"{_BISHOP}, equation 5.14, with its half; {_SAME_WEIGHTS}, without it",
    ),
    Mistake(
        "mean-for-sum",
        "divided by a number of terms where a sum belongs",
        (
            *_scaled(wrong.by_observations, "by the observations"),
            Way("in the gradients of the biases", _bias(wrong.mean_of_observations)),
            *_scaled(wrong.by_outputs, "by the outputs"),
            *_scaled(wrong.by_both, "by outputs and observations"),
        ),
        looks="Everything from one place on is too small by a whole number: that of the "
        "observations, of the outputs, or of both.",
        mend="The cost here is a sum: leave the division out, or make the scenario's "
        "`reduction: mean`.",
        source="PyTorch, torch.nn.MSELoss: reduction='mean' and 'sum'",
    ),
    Mistake(
        "sum-for-mean",
        "a sum where the mean belongs",
        (
            *_scaled(wrong.times_observations, "over the observations"),
            *_scaled(wrong.times_outputs, "over the outputs"),
            *_scaled(wrong.times_both, "over outputs and observations"),
        ),
        looks="Everything from one place on is too large by a whole number: that of the "
        "observations, of the outputs, or of both.",
        mend="The cost here is a mean: divide dC/da by the number of observations, once.",
        source="PyTorch, torch.nn.MSELoss: reduction='mean' and 'sum'",
    ),
    Mistake(
        "bias-wrong-axis",
        "the gradient of the biases is summed along the wrong axis",
        (
            Way("over the units", _bias(wrong.summed_over_units)),
            Way("over everything", _bias(wrong.summed_over_all)),
            Way(
                "over the units, a number per observation",
                {"bias_gradient": instead(wrong.delta_sums_over_units)},
                odd=True,
            ),
        ),
        looks="Over the units it has a number per observation, and runs only where there are as "
        "many units; over everything, all biases of a layer get the same.",
        mend="A bias belongs to a unit and acts on every observation: delta.sum(axis=0), rows "
        "being observations.",
        source=f"{_GOODFELLOW}, algorithm 6.4, for one observation: a batch sums its rows",
    ),
    Mistake(
        "bias-not-summed",
        "the gradient of the biases is not summed over the observations",
        (
            Way(
                "a row for each observation",
                {"bias_gradient": instead(wrong.delta_itself)},
                odd=True,
            ),
            Way("the first observation's alone", _bias(wrong.first_observation)),
            Way("the last observation's alone", _bias(wrong.last_observation)),
        ),
        looks="The gradient of the biases has a row for each observation, or takes one of them; "
        "the weights are right.",
        mend="∂z/∂b is 1 for every observation, so sum: delta.sum(axis=0, keepdims=True).",
        source=f"{_SAME_WEIGHTS}: a column of ones, so that the product sums the biases too",
    ),
    Mistake(
        "bias-row-kept",
        "the bias row of the weights is sent down with the others",
        (
            Way(
                "its row for the first unit's",
                {"factor_below": instead(wrong.weights_without_last_row)},
            ),
            Way(
                "one column too many",
                {"factor_below": instead(wrong.weights_with_bias_row)},
                odd=True,
            ),
        ),
        looks="dC/da has a column more than the layer has units, or its first column belongs to "
        "the bias and all others stand one too far right.",
        mend="The ones have no inputs: leave out the bias row before transposing, W[1:].T.",
        source=f"{_SAME_WEIGHTS}: a column of ones is added to a, and n comes from it",
    ),
    Mistake(
        "bias-not-updated",
        "the biases keep their start",
        (
            Way("no change", {"change": after(wrong.no_bias_change)}),
            Way("the change not subtracted", {"new_value": instead(wrong.value_with_old_bias)}),
        ),
        looks="The weights learn, the biases stay as they were.",
        mend="Biases are parameters: b_new = b − learning rate · dC/db, or freeze them in the "
        "scenario with `frozen: [b1]`.",
        source=f"{_NIELSEN}, chapter 2, equation BP3",
    ),
    Mistake(
        "broadcast-vector",
        "(n,) against (n,1): numpy makes n×n of them",
        (
            Way(
                "each output against each target",
                {
                    "cost_of_observations": instead(wrong.broadcast_cost),
                    "output_error": outputs(instead(wrong.broadcast_error)),
                },
            ),
            Way("in the cost alone", {"cost_of_observations": instead(wrong.broadcast_cost)}),
            Way(
                "n×n differences",
                {"output_error": outputs(instead(wrong.broadcast_difference))},
                odd=True,
            ),
            Way("n×n deltas", {"delta": outputs(instead(wrong.broadcast_delta))}, odd=True),
        ),
        looks="Every output is held against every target: the cost is about n times too large, "
        "and a matrix n×n turns up where a column belongs.",
        mend="Give both one shape, y.reshape(-1, 1), and look at (a - y).shape.",
        source=_NUMPY,
    ),
    Mistake(
        "softmax-diagonal",
        "only the diagonal of softmax's Jacobian is used: a(1 − a)",
        (
            Way("", {"delta": instead(wrong.delta_by_diagonal)}),
            Way(
                "da/dz is a(1 − a)",
                {
                    "slope": instead(wrong.diagonal_slope),
                    "delta": instead(wrong.delta_by_diagonal),
                },
            ),
        ),
        looks="The deltas of an observation no longer add up to 0.",
        mend="Every output hangs on every z of its observation: multiply by the whole Jacobian, "
        "diag(a) − aᵀ·a, or use a − t with cross-entropy.",
        source=f"{_GOODFELLOW}, section 6.2.2.3",
    ),
    Mistake(
        "softmax-from-preactivation",
        "z is used where the outputs of the softmax belong",
        (
            Way("z − t", {"delta": outputs(instead(wrong.preactivation_minus_targets))}),
            Way("z·Σt − t", {"delta": outputs(instead(wrong.shortcut_from_preactivation))}),
            Way(
                "z − t called dC/da",
                {
                    "output_error": outputs(instead(wrong.shortcut_from_z_as_error)),
                    "delta": outputs(instead(wrong.error_as_delta)),
                },
            ),
            Way("in the Jacobian", {"delta": instead(wrong.delta_from_preactivation)}),
            Way("softmax left out", {"activated": instead(wrong.softmax_left_out)}),
        ),
        looks="The deltas are as large as the pre-activations, and do not add up to 0.",
        mend="Take p = softmax(z) first; p − t and p(1 − p) are formulas of p.",
        source=f"{_GOODFELLOW}, section 6.2.2.3",
    ),
    Mistake(
        "softmax-wrong-axis",
        "the softmax adds up over the observations, not over the units",
        (
            Way("", {"activated": instead(wrong.softmax_over_observations)}),
            Way("in the backward phase", {"delta": instead(wrong.delta_over_observations)}),
        ),
        looks="Columns add up to 1, rows do not; with one observation every output is 1.",
        mend="Sum over the units of each observation: axis=1, keepdims=True, rows being "
        "observations.",
        source=f"{_GOODFELLOW}, equation 6.29",
    ),
    Mistake(
        "shortcut-unnormalised-target",
        "p − t is used where a row of t does not add up to 1",
        (Way("", {"delta": outputs(instead(wrong.shortcut_minus_targets))}),),
        looks="Right for one-hot targets; the others are off by a(1 − Σt).",
        mend="delta = a·Σt − t holds for all targets; a − t only where their row adds up to 1.",
        source=f"{_BISHOP}, section 4.3.4: the targets of an observation add up to 1",
    ),
    Mistake(
        "gradient-accumulated",
        "gradients are added to those of the iterations before",
        (
            Way(
                "",
                {
                    "weight_gradient": after(wrong.accumulated_weights),
                    "bias_gradient": after(wrong.accumulated_biases),
                },
            ),
        ),
        looks="Iteration 1 is right; from iteration 2 on the steps grow.",
        mend="Set the gradients to zero before every backward phase: optimizer.zero_grad().",
        source="PyTorch, torch.optim.Optimizer.zero_grad",
    ),
    Mistake(
        "integer-weights",
        "the weights are whole numbers: everything behind the point is cut off",
        (
            Way("at every update", {"new_value": after(wrong.truncated)}),
            Way("at the start", {}, start=truncated_start),
            Way(
                "at the start and at every update",
                {"new_value": after(wrong.truncated)},
                start=truncated_start,
            ),
            Way(
                "only when used",
                {
                    "pre_activation": given("W", wrong.truncated_weights),
                    "factor_below": given("W_above", wrong.truncated_weights_above),
                },
            ),
        ),
        looks="Weights stay at 0, 1, −1 …; small steps change nothing at all.",
        mend="An array that starts as [[1, 1]] holds integers: write 1.0, or dtype=float.",
        source="NumPy user guide, Data types: assignment to an integer array truncates",
    ),
    Mistake(
        "learning-rate-omitted",
        "the update leaves out the learning rate",
        (Way("", _learning_rate(wrong.no_learning_rate)),),
        looks="The gradients are right, and the weights change by all of them.",
        mend="W_new = W − learning rate · dC/dW.",
        source=f"{_RUMELHART}, equation 8",
    ),
    Mistake(
        "learning-rate-twice",
        "the learning rate is multiplied in twice",
        (Way("", _learning_rate(wrong.learning_rate_squared)),),
        looks="The gradients are right, and the weights change too little by the learning rate "
        "again: once in the gradient, once in the update.",
        mend="Multiply by the learning rate in one place only.",
        source=f"{_RUMELHART}, equation 8",
    ),
)

MISTAKES: dict[str, Mistake] = {entry.name: entry for entry in _ENTRIES}


def program_with(names: Iterable[str], setup: Setup) -> Program:
    """The program of a network in which these mistakes are made wherever they can be.

    Raises: InputError where one of them is impossible in this network.
    """
    made: list[Made] = []
    for name in names:
        made.append(made_everywhere(MISTAKES[name], setup, made))
    return program_made(made, setup)
