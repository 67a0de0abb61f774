"""What a step means, and what there is to see in the numbers that it left.

Every sentence is made from the record at hand: it says what is so in these numbers, by their
bits, and forecasts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.expressions import Filled
from chainstep.core.losses import LOSSES
from chainstep.core.program import Step
from chainstep.core.quantities import Axis
from chainstep.core.records import Record
from chainstep.core.setup import Array, Setup
from chainstep.core.updates import UPDATES

# ── what a step means ─────────────────────────────────────────────────────────────────────


def meaning(step: Step, setup: Setup) -> str:
    """What the quantity of a step is, in a few words."""
    role, k = step.quantity.role, step.quantity.layer
    last = len(setup.layers)
    if role == "dC/da":
        if k == last:
            return "how the cost answers to the outputs; on the way back, y enters here alone"
        return f"each unit's share of delta{k + 1}, through W{k + 1}; it needs no target"
    if role == "da/dz":
        name = setup.layers[k - 1].activation
        if ACTIVATIONS[name].slope is None:
            return f"the Jacobian of {name}, one matrix per observation"
        return f"the slope of {name}, entry by entry"
    if role in _UPDATED:
        way = "down the slope, hence minus" if setup.rule == _PLAIN else "less its change"
        return _UPDATED[role].format(k=k, rule=UPDATES[setup.rule].title, way=way)
    if "." in role:
        return f"what {UPDATES[setup.rule].title} remembers of the gradients of {role[-1]}{k}"
    words = _MEANINGS[role]
    over = "summed" if setup.reduction == "sum" else "averaged"
    loss = LOSSES[setup.loss].title
    return words.format(k=k, n=k + 1, before=k - 1, over=over, loss=loss)


_PLAIN = "gradient-descent"  # what others subtract need not lead down
_MEANINGS = {
    "a+": "a column of ones in front of a{k}, for the biases in the top row of W{n}",
    "z": "each unit's weighted sum of what comes in",
    "a": "what each unit makes of its sum",
    "C_obs": "what each observation costs: {loss}",
    "C": "the cost, {over} over the observations",
    "dz/da": "how z{n} answers to a{k}: the weights that lead on, without biases, transposed",
    "delta": "dC/dz{k}: how the cost answers to z{k}; observations do not mix",
    "dz/dW": "how z{k} answers to W{k}: what came in, transposed",
    "dC/dW": "how the cost answers to W{k}, summed over the observations; the shape of W{k}",
    "dz/db": "how z{k} answers to its biases: one for one, in every observation",
    "dC/db": "how the cost answers to b{k}, summed over the observations; the shape of b{k}",
}
_UPDATED = {
    "changeW": "what {rule} takes off W{k}",
    "changeb": "what {rule} takes off b{k}",
    "W_new": "W{k} for the next iteration: {way}",
    "b_new": "b{k} for the next iteration: {way}",
}


# ── what there is to see ──────────────────────────────────────────────────────────────────


def remarks(record: Record) -> tuple[str, ...]:
    """The sentences on a record, the most telling first; none where nothing strikes."""
    sight = _SIGHTS.get(record.definition.quantity.role)
    seen = sight(record) if sight and record.value.size else []
    return (*record.notes, *seen)


def equal_groups(array: Array, axis: int) -> list[list[int]]:
    """Positions along an axis whose slices are equal to the last bit, two or more together."""
    slices = _slices(array, axis)
    alike: list[Sequence[int]] = [range(len(slices))]
    for part in (slices[:, :_GLANCE], slices[:, _GLANCE:]):  # few are equal in what comes first
        alike = [group for some in alike for group in _sorted_by_bits(part, some)]
    return sorted([list(group) for group in alike])


_GLANCE = 8


def _slices(array: Array, axis: int) -> Array:
    """The slices along an axis as rows."""
    moved = np.moveaxis(np.asarray(array), axis, 0)
    return moved.reshape(len(moved), moved.size // max(1, len(moved)))


def _sorted_by_bits(rows: Array, some: Sequence[int]) -> list[Sequence[int]]:
    """Some of the rows in groups of equal ones, two or more together."""
    groups: dict[bytes, list[int]] = {}
    for position in some:
        groups.setdefault(rows[position].tobytes(), []).append(position)
    return [group for group in groups.values() if len(group) > 1]


def _are_equal(array: Array, axis: int, group: list[int]) -> bool:
    """Whether the slices at all these positions along an axis are equal to the last bit."""
    first, *others = (np.take(array, position, axis).tobytes() for position in group)
    return all(other == first for other in others)


def _all_differ(array: Array) -> bool:
    """Whether no number stands twice in an array of several."""
    ordered = np.sort(array, axis=None)
    return array.size > 1 and bool((ordered[1:] != ordered[:-1]).all())


def _alike(axis: Axis, group: list[int], most: int = 4) -> str:
    """``unit 0 = unit 1 = unit 2``, shortened where it gets long."""
    if len(group) > most:
        return f"{len(group)} of the {axis.plural}, {axis.label(group[0])} among them"
    return " = ".join(axis.label(position) for position in group)


def _pre_activations(record: Record) -> list[str]:
    weights = record.frame[f"W{record.layer}"]
    return _columns(record, weights, f"equal weights (W{record.layer}) lead into them")


def _columns(record: Record, cause: Array, because: str) -> list[str]:
    said = []
    for group in equal_groups(record.value, 1):
        reason = (
            f": {because}"
            if _are_equal(cause, 1, group)
            else ", though what they come from differs"
        )
        said.append(f"{_alike(record.axes[1], group)}{reason}.")
    return said


def _activations(record: Record) -> list[str]:
    said = _columns(record, record.frame[f"z{record.layer}"], f"their z{record.layer} are equal")
    name = record.program.setup.layers[record.layer - 1].activation
    if name in {"relu", "leaky-relu"}:
        off = np.flatnonzero((record.frame[f"z{record.layer}"] <= 0).all(axis=0))
        if off.size:
            units = _listed(record.axes[1], off)
            said.append(f"{units}: z is not above 0 in any observation.")
    return said


def _listed(axis: Axis, positions: NDArray[np.integer], most: int = 4) -> str:
    if len(positions) > most:
        return f"{len(positions)} of the {axis.plural}"
    return ", ".join(axis.label(int(position)) for position in positions)


def _output_errors(record: Record) -> list[str]:
    if record.layer < len(record.program.setup.layers):
        return _shares(record)
    y, a = record.frame["y"], record.frame[f"a{record.layer}"]
    if (record.value == 0).all():
        return ["No output has an error."]
    said = []
    for group in equal_groups(a, 1):
        if not _are_equal(y, 1, group):
            outputs = _alike(record.axes[1], group)
            said.append(f"Equal outputs, {outputs}; their targets differ, hence their errors.")
    return said


def _shares(record: Record) -> list[str]:
    k = record.layer
    silent = np.flatnonzero((record.value == 0).all(axis=0))
    factor, deltas = record.frame[f"dz{k + 1}/da{k}"], record.frame[f"delta{k + 1}"]
    causes: dict[str, list[int]] = {}
    for position in silent.tolist():
        if (factor[:, position] == 0).all():
            cause = "the weights that lead on are 0"
        elif (deltas == 0).all():
            cause = f"delta{k + 1} is 0"
        elif (deltas * factor[:, position] == 0).all():
            cause = f"delta{k + 1} is 0 wherever a weight leads on"
        else:
            cause = f"the shares of delta{k + 1} cancel"
        causes.setdefault(cause, []).append(position)
    said = [
        f"{_listed(record.axes[1], np.array(units))}: 0, because {cause}."
        for cause, units in causes.items()
    ]
    if not silent.size:
        because = f"equal weights (W{k + 1}) lead on from them"
        said.extend(_columns(record, factor, because))
    return said


def _slopes(record: Record) -> list[str]:
    if record.value.ndim != 2:
        return []
    k, flat = record.layer, np.flatnonzero((record.value == 0).all(axis=0))
    said = []
    if flat.size:
        said.append(f"{_listed(record.axes[1], flat)}: slope 0 in every observation.")
    said.extend(_columns(record, record.frame[f"z{k}"], f"their z{k} are equal"))
    return said


def _deltas(record: Record) -> list[str]:
    value, k = record.value, record.layer
    errors, slopes = record.frame[f"dC/da{k}"], record.frame[f"da{k}/dz{k}"]
    if (value == 0).all():
        if (errors == 0).all():
            return [f"delta{k} is 0 everywhere, because dC/da{k} is."]
        if (slopes == 0).all():
            return [f"delta{k} is 0 everywhere, because every slope is."]
        return [f"delta{k} is 0 everywhere."]
    element_wise = slopes.ndim == 2
    if _all_differ(value):
        said = [f"{'Both' if value.size == 2 else f'All {value.size}'} entries differ."]
        all_units = [list(range(value.shape[1]))]
        if element_wise and equal_groups(slopes, 1) == all_units and not equal_groups(errors, 1):
            said.append(f"The slopes of these units are equal; dC/da{k} is not.")
        return said
    said = []
    for group in equal_groups(value, 1):
        factors = (errors, slopes) if element_wise else (errors,)
        same = all(_are_equal(factor, 1, group) for factor in factors)
        because = f"equal dC/da{k}, equal slopes" if element_wise else f"equal dC/da{k}"
        said.append(f"{_alike(record.axes[1], group)}{f': {because}' if same else ''}.")
    return said


def _gradients(record: Record) -> list[str]:
    k, value = record.layer, record.value
    if (value == 0).all():
        because = f", because delta{k} is" if (record.frame[f"delta{k}"] == 0).all() else ""
        return [f"{record.quantity} is 0 everywhere{because}."]
    said = []
    incoming, deltas = record.frame[f"dz{k}/dW{k}"], record.frame[f"delta{k}"]
    for group in equal_groups(value, 0):
        same = _are_equal(incoming, 0, group)
        reason = ": what came in from them is equal" if same else ", though what came in differs"
        said.append(f"Equal for the weights from {_alike(record.axes[0], group)}{reason}.")
    into_equal = equal_groups(value, 1)
    for group in into_equal:
        same = _are_equal(deltas, 1, group)
        reason = f": their delta{k} are equal" if same else f", though their delta{k} differ"
        said.append(f"Equal for the weights into {_alike(record.axes[1], group)}{reason}.")
    several = k == len(record.program.setup.layers) and value.shape[1] > 1
    if said and several and not into_equal and not equal_groups(deltas, 1):
        said.append(f"Into each unit of layer {k} it is another, as delta{k} is.")
    return said


def _new_values(record: Record) -> list[str]:
    old = record.frame[record.quantity.removesuffix("_new")]
    changed = int((old != record.value).sum())
    change = record.definition.quantity.role.replace("_new", "")
    name = f"{change}{record.layer}"
    if changed == old.size:
        return [f"Every entry of {name} changes."] if old.size > 1 else [f"{name} changes."]
    if changed:
        return [f"{changed} of the {old.size} entries of {name} change."]
    step = record.program.step(f"change{name}")
    if isinstance(step.expression, Filled):
        return [f"{name} is frozen: its step is 0."]
    if (record.frame[f"change{name}"] == 0).all():
        return [f"{name} does not change: its step is 0."]
    return [f"{name} does not change: its step is too small for {record.value.dtype}."]


_SIGHTS: dict[str, Callable[[Record], list[str]]] = {
    "z": _pre_activations,
    "a": _activations,
    "dC/da": _output_errors,
    "da/dz": _slopes,
    "delta": _deltas,
    "dC/dW": _gradients,
    "W_new": _new_values,
    "b_new": _new_values,
}
