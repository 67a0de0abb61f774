"""Forward, backward, update: the equations of an iteration, once, in textbook order.

Each rule is a function of what its parameters name, for one layer k. ``a_in`` is a[k−1], with
the column of ones where the bias is the top row of ``W``; ``b`` is None where there is none of
its own. Rows are observations throughout.

Source: Rumelhart, Hinton, Williams, Nature 323 (1986), equations 1 to 8, in matrix form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chainstep.core.activations import Activation
from chainstep.core.expressions import Filled, LaidOut, Named, Rows, WithOnes, ZeroRows
from chainstep.core.losses import Loss
from chainstep.core.quantities import BIAS, OBSERVATION

Rule = Callable[..., Any]


def parameters(rule: Rule) -> tuple[str, ...]:
    """What a rule is called with: what its ``needs`` say, or else the names of its parameters."""
    needs: tuple[str, ...] | None = getattr(rule, "needs", None)
    if needs is not None:
        return needs
    code = rule.__code__
    return code.co_varnames[: code.co_argcount]


def bound(rule: Rule, roles: Mapping[str, Any]) -> Any:
    """Calls a rule with the things that its parameters name."""
    return rule(*(roles[name] for name in parameters(rule)))


# ── forward, k = 1…L ──────────────────────────────────────────────────────────────────────


def augmented(a_before: Any) -> Any:
    """a+ = a with a column of ones in front."""
    return WithOnes(a_before)


def pre_activation(a_in: Any, W: Any, b: Any) -> Any:
    """z = a·W, or a·W + b."""
    return a_in @ W if b is None else a_in @ W + b


def activated(z: Any, activation: Activation) -> Any:
    """a = f(z)."""
    return Named(activation.symbol, (z,), activation.function(z))


def cost_of_observations(a: Any, y: Any, loss: Loss) -> Any:
    """C_obs = the loss of each observation, summed over its outputs."""
    return loss.function(a, y)


def cost(C_obs: Any, divisor: Any) -> Any:
    """C = Σ C_obs, or its mean."""
    total = C_obs.sum(axis=0)
    return total if divisor is None else total / divisor


def penalty(penalised: Any, strength: Any, halved: bool, over: Any) -> Any:
    """What large weights cost: λ/2 · ΣW², without the ½ or over the observations if so wished."""
    squares = strength * (penalised**2).sum(axis=1).sum(axis=0)
    squares = squares / 2 if halved else squares
    return squares if over is None else squares / over


def penalised_cost(C_data: Any, penalties: Any) -> Any:
    """C = C_data + every penalty."""
    total = C_data
    for each in penalties:
        total = total + each
    return total


# ── backward, k = L…1 ─────────────────────────────────────────────────────────────────────


def output_error(a: Any, y: Any, loss: Loss, divisor: Any) -> Any:
    """dC/da at the outputs, from the loss; a mean's 1/m enters here."""
    slope = loss.slope(a, y)
    return slope if divisor is None else slope / divisor


def factor_below(W_above: Any, above_has_bias_row: bool) -> Any:
    """dz[k+1]/da[k] = W[k+1] without its bias row, transposed."""
    weights = Rows(W_above, 1, W_above.shape[0]) if above_has_bias_row else W_above
    return weights.T


def error_below(delta_above: Any, dz_da: Any) -> Any:
    """dC/da[k] = delta[k+1] · dz[k+1]/da[k]."""
    return delta_above @ dz_da


def slope(z: Any, a: Any, activation: Activation) -> Any:
    """da/dz, entry by entry; a Jacobian per observation where units mix."""
    if activation.slope is not None:
        return activation.slope(z, a)
    assert activation.jacobian is not None, f"{activation.name} has neither slope nor Jacobian"
    observations, count = a.shape
    return LaidOut(
        activation.symbol,
        activation.jacobian,
        a,
        (observations, count, count),
        (*a.axes, a.axes[1]),
    )


def delta(dC_da: Any, da_dz: Any, a: Any, activation: Activation) -> Any:
    """delta = dC/dz = dC/da ⊙ da/dz, or each row times its Jacobian."""
    if activation.through is None:
        return dC_da * da_dz
    return Named("·", (dC_da, da_dz), activation.through(dC_da, a))


def factor_to_weights(a_in: Any) -> Any:
    """dz/dW = a[k−1], transposed, so that a product with delta sums over observations."""
    return a_in.T


def weight_gradient(dz_dW: Any, delta: Any) -> Any:
    """dC/dW = dz/dW · delta."""
    return dz_dW @ delta


def factor_to_biases(z: Any) -> Any:
    """dz/db = 1 for every observation."""
    return Filled(1.0, (1, z.shape[0]), (BIAS, OBSERVATION))


def bias_gradient(dz_db: Any, delta: Any, b: Any) -> Any:
    """dC/db = dz/db · delta; a bias that a layer shares sums over its units too."""
    per_unit = dz_db @ delta
    return per_unit.sum(axis=1) if b.shape != per_unit.shape else per_unit


def penalty_gradient(value: Any, strength: Any, halved: bool, over: Any, spared: int) -> Any:
    """dpenalty/dW = λ·W, or twice that without the ½; 0 for biases that are spared."""
    pull = strength * value if halved else 2 * strength * value
    pull = pull if over is None else pull / over
    return ZeroRows(pull, 0, spared) if spared else pull


def penalised_gradient(of_data: Any, of_penalty: Any) -> Any:
    """dC/dW = dC_data/dW + dpenalty/dW."""
    return of_data + of_penalty


# ── update, k = 1…L ───────────────────────────────────────────────────────────────────────
# The state and the change are the update rule's own, in updates.py.


def decay(value: Any, weight_decay: Any) -> Any:
    """What weight decay adds to a gradient: λ·W, biases too, as in PyTorch's optimisers."""
    return weight_decay * value


def pulled(gradient: Any, pull: Any) -> Any:
    """The gradient with its decay, which the update rule takes for the gradient."""
    return gradient + pull


def new_value(value: Any, change: Any) -> Any:
    """W_new = W − change: down the slope, hence minus."""
    return value - change


class Rules(NamedTuple):
    """All rules of an iteration; a mistake is a copy with one of them changed.

    ``change`` and ``state`` replace the update rule's own where they are given, ``own`` those
    that a kind of layer brings, by their names.
    """

    augmented: Rule = augmented
    pre_activation: Rule = pre_activation
    activated: Rule = activated
    cost_of_observations: Rule = cost_of_observations
    cost: Rule = cost
    penalty: Rule = penalty
    penalised_cost: Rule = penalised_cost
    output_error: Rule = output_error
    factor_below: Rule = factor_below
    error_below: Rule = error_below
    slope: Rule = slope
    delta: Rule = delta
    factor_to_weights: Rule = factor_to_weights
    weight_gradient: Rule = weight_gradient
    factor_to_biases: Rule = factor_to_biases
    bias_gradient: Rule = bias_gradient
    penalty_gradient: Rule = penalty_gradient
    penalised_gradient: Rule = penalised_gradient
    decay: Rule = decay
    pulled: Rule = pulled
    state: Mapping[str, Rule] | None = None
    change: Rule | None = None
    new_value: Rule = new_value
    own: Mapping[str, Rule] | None = None


RULES = Rules()
