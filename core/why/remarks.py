"""What there is to see in the numbers that a step left.

Every sentence is made from the record at hand: it says what is so in these numbers, by their
bits, and forecasts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from chainstep.core.expressions import Filled
from chainstep.core.records import Record
from chainstep.core.setup import Array
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT

#: Numbers of a matrix that is looked at: looking takes several copies of it.
_MOST = 2_000_000


def remarks(record: Record, notation: Notation = DEFAULT) -> tuple[str, ...]:
    """The sentences on a record, the most telling first; none where nothing strikes.

    They name quantities and units as the notation does. Very large matrices are not looked at.
    """
    if record.value.size > _MOST:
        return record.notes
    if not np.isfinite(record.value).all():
        return record.notes or tuple(_not_finite(record, notation))
    sight = _SIGHTS.get(record.definition.quantity.role)
    seen = sight(Sight(record, notation)) if sight and record.value.size else []
    return (*record.notes, *(notation.said(sentence, record.program) for sentence in seen))


def _not_finite(record: Record, notation: Notation) -> Iterator[str]:
    """What made numbers that are not finite, where it began before this step."""
    for quantity in record.operand_quantities:
        if not np.isfinite(record.frame[quantity.name]).all():
            yield f"Not finite, because {notation.quantity(quantity, record.program)} is not."
            return


class Sight:
    """A record to look at, and how positions along its axes are called."""

    def __init__(self, record: Record, notation: Notation) -> None:
        self.record = record
        self.notation = notation

    @property
    def layer(self) -> int:
        return self.record.layer

    @property
    def value(self) -> Array:
        return self.record.value

    def __getitem__(self, name: str) -> Array:
        return self.record.frame[name]

    @property
    def lines(self) -> tuple[str, str]:
        """What the two axes run along in the page's own layout: its rows, its columns."""
        turned = self.notation.is_turned(self.record.definition.quantity)
        return ("columns", "rows") if turned else ("rows", "columns")

    def alike(self, axis: int, group: Sequence[int], most: int = 4) -> str:
        """``unit 0 = unit 1 = unit 2``, shortened where it gets long."""
        if len(group) > most:
            many = self.record.axes[axis].plural
            return f"{len(group)} of the {many}, {self.label(axis, group[0])} among them"
        return " = ".join(self.label(axis, position) for position in group)

    def listed(self, axis: int, positions: Sequence[int], most: int = 4) -> str:
        """``unit 0, unit 1``, or how many of which."""
        if len(positions) > most:
            return f"{len(positions)} of the {self.record.axes[axis].plural}"
        return ", ".join(self.label(axis, int(position)) for position in positions)

    def label(self, axis: int, position: int) -> str:
        return self.notation.label(self.record.axes[axis], position, self.record.program)


# ── what is equal ─────────────────────────────────────────────────────────────────────────


def equal_groups(array: Array, axis: int) -> list[list[int]]:
    """Positions along an axis whose slices are equal to the last bit, two or more together.

    0 and −0 are one number.
    """
    slices = _slices(array, axis)
    alike: list[Sequence[int]] = [range(len(slices))]
    for part in (slices[:, :_GLANCE], slices[:, _GLANCE:]):  # few are equal in what comes first
        alike = [group for some in alike for group in _sorted_by_bits(part, some)]
    return sorted([list(group) for group in alike])


_GLANCE = 8


def _slices(array: Array, axis: int) -> Array:
    """The slices along an axis as rows."""
    moved = np.moveaxis(np.asarray(array), axis, 0)
    return moved.reshape(len(moved), moved.size // max(1, len(moved))) + moved.dtype.type(0)


def _sorted_by_bits(rows: Array, some: Sequence[int]) -> list[Sequence[int]]:
    """Some of the rows in groups of equal ones, two or more together."""
    groups: dict[bytes, list[int]] = {}
    for position in some:
        groups.setdefault(rows[position].tobytes(), []).append(position)
    return [group for group in groups.values() if len(group) > 1]


def _are_equal(array: Array, axis: int, group: list[int]) -> bool:
    """Whether the slices at all these positions along an axis are equal."""
    first, *others = (np.take(array, position, axis) for position in group)
    return all(np.array_equal(other, first) for other in others)


def _all_differ(array: Array) -> bool:
    """Whether no number stands twice in an array of several."""
    ordered = np.sort(array, axis=None)
    return array.size > 1 and bool((ordered[1:] != ordered[:-1]).all())


def _columns(seen: Sight, cause: Array, because: str) -> list[str]:
    said = []
    for group in equal_groups(seen.value, 1):
        same = _are_equal(cause, 1, group)
        reason = f": {because}" if same else ", though what they come from differs"
        said.append(f"{seen.alike(1, group)}{reason}.")
    return said


# ── forward ───────────────────────────────────────────────────────────────────────────────


def _pre_activations(seen: Sight) -> list[str]:
    weights = f"W{seen.layer}"
    if weights not in seen.record.frame:  # of a layer that normalises
        return []
    return _columns(seen, seen[weights], "the weights into them are equal")


def _activations(seen: Sight) -> list[str]:
    z = f"z{seen.layer}"
    if z not in seen.record.frame:  # of a dropout
        return []
    said = _columns(seen, seen[z], f"their {z} are equal")
    activation = seen.record.program.activation(seen.layer)
    if activation and activation.name in {"relu", "leaky-relu"}:
        off = np.flatnonzero((seen[z] <= 0).all(axis=0)).tolist()
        if off:
            said.append(f"{seen.listed(1, off)}: {z} is not above 0 in any observation.")
    return said


# ── backward ──────────────────────────────────────────────────────────────────────────────


def _output_errors(seen: Sight) -> list[str]:
    program = seen.record.program
    if seen.layer < program.depth:
        return _shares(seen)
    if (seen.value == 0).all():
        return [f"Every number of {seen.record.quantity} is 0: no output has an error."]
    said: list[str] = []
    if not program.targets:
        return said  # the output itself is the cost
    for group in equal_groups(seen[program.outputs], 1):
        if not _are_equal(seen[program.targets], 1, group) and not _are_equal(seen.value, 1, group):
            outputs = seen.alike(1, group)
            said.append(
                f"The outputs are equal ({outputs}), but their targets differ, so "
                f"{seen.record.quantity} differs."
            )
    return said


def _shares(seen: Sight) -> list[str]:
    k = seen.layer
    if f"dz{k + 1}/da{k}" not in seen.record.frame:  # below a layer that is not dense
        return []
    silent = np.flatnonzero((seen.value == 0).all(axis=0)).tolist()
    above, factor = f"delta{k + 1}", seen[f"dz{k + 1}/da{k}"]
    deltas = seen[above]
    causes: dict[str, list[int]] = {}
    for position in silent:
        if (factor[:, position] == 0).all():
            cause = f"its weights to layer {k + 1} are 0"
        elif (deltas == 0).all():
            cause = f"{above} is 0"
        elif (deltas * factor[:, position] == 0).all():
            cause = f"{above} is 0 wherever such a weight is not 0"
        else:
            cause = f"its shares of {above} add up to 0"
        causes.setdefault(cause, []).append(position)
    said = [
        f"{seen.listed(1, units)}: 0, because {cause}."
        if len(units) == 1
        else f"{seen.listed(1, units)}: 0, because {cause.replace('its ', 'their ', 1)}."
        for cause, units in causes.items()
    ]
    if not silent:
        said.extend(_columns(seen, factor, f"the weights from them to layer {k + 1} are equal"))
    return said


def _slopes(seen: Sight) -> list[str]:
    if seen.value.ndim != 2:
        return []
    z = f"z{seen.layer}"
    flat = np.flatnonzero((seen.value == 0).all(axis=0)).tolist()
    said = [f"{seen.listed(1, flat)}: slope 0 in every observation."] if flat else []
    said.extend(_columns(seen, seen[z], f"their {z} are equal"))
    return said


def _deltas(seen: Sight) -> list[str]:
    value, k = seen.value, seen.layer
    errors, slopes = seen[f"dC/da{k}"], seen[f"da{k}/dz{k}"]
    element_wise = slopes.ndim == 2
    if (value == 0).all():
        return [f"delta{k} is 0 everywhere{_cause_of_zeros(k, errors, slopes)}."]
    said = _silent_units(seen, errors, slopes) if element_wise else []
    if _all_differ(value):
        said.append(f"{'Both' if value.size == 2 else f'All {value.size}'} numbers differ.")
        all_units = [list(range(value.shape[1]))]
        if element_wise and equal_groups(slopes, 1) == all_units and not equal_groups(errors, 1):
            said.append(f"The slopes of these units are equal; dC/da{k} is not.")
        return said
    for group in equal_groups(value, 1):
        if not value[:, group].any():
            continue  # told of above
        own = {f"da{k}/dz{k}": slopes} if element_wise else {f"a{k}": seen[f"a{k}"]}
        factors = {f"dC/da{k}": errors} | own
        same = all(_are_equal(factor, 1, group) for factor in factors.values())
        because = f": their {' and their '.join(factors)} are equal" if same else ""
        said.append(f"{seen.alike(1, group)}{because}.")
    return said


def _cause_of_zeros(k: int, errors: Array, slopes: Array) -> str:
    if (errors == 0).all():
        return f", because dC/da{k} is"
    if (slopes == 0).all():
        return ", because every slope is"
    return ""


def _silent_units(seen: Sight, errors: Array, slopes: Array) -> list[str]:
    """Units whose delta is 0 in every observation, by what makes it so."""
    causes: dict[str, list[int]] = {}
    for unit in np.flatnonzero((seen.value == 0).all(axis=0)).tolist():
        cause = ""
        if (slopes[:, unit] == 0).all():
            cause = ", because the slope is"
        elif (errors[:, unit] == 0).all():
            cause = f", because dC/da{seen.layer} is"
        causes.setdefault(cause, []).append(unit)
    return [
        f"{seen.listed(1, units)}: delta{seen.layer} is 0 in every observation{cause}."
        for cause, units in causes.items()
    ]


def _gradients(seen: Sight) -> list[str]:
    k, value = seen.layer, seen.value
    delta = f"delta{k}"
    deltas, incoming = seen[delta], seen[f"dz{k}/dW{k}"]
    if (value == 0).all():
        because = f", because {delta} is" if (deltas == 0).all() else ""
        return [f"{seen.record.quantity} is 0 everywhere{because}."]
    said = []
    lines, across = seen.lines
    for group in equal_groups(value, 0):
        which = seen.alike(0, group)
        if _are_equal(incoming, 0, group):
            sent = "these inputs are equal" if k == 1 else "these units sent the same activations"
            if 0 in group and seen.record.axes[0].kind == "bias + unit":
                sent = "what came in from them is the same"
            said.append(f"Equal {lines} ({which}), because {sent}.")
        elif value[group].any():
            said.append(f"Equal {lines} ({which}), though what came in from them differs.")
    into_equal = equal_groups(value, 1)
    for group in into_equal:
        which = seen.alike(1, group)
        if _are_equal(deltas, 1, group):
            said.append(f"Equal {across} ({which}), because their {delta} are equal.")
        else:
            said.append(f"Equal {across} ({which}), though their {delta} differ.")
    several = k == seen.record.program.depth and value.shape[1] > 1
    if said and several and not into_equal and not equal_groups(deltas, 1):
        said.append(f"The columns differ, because {delta} differs from unit to unit.")
    return said


# ── update ────────────────────────────────────────────────────────────────────────────────


def _new_values(seen: Sight) -> list[str]:
    name = seen.record.definition.quantity.of
    old = seen[name]
    changed = int((old != seen.value).sum())
    if changed == old.size:
        return [f"Every number of {name} changes."] if old.size > 1 else [f"{name} changes."]
    if changed:
        return [f"{changed} of the {old.size} numbers of {name} change."]
    change = f"change{name}"
    if isinstance(seen.record.program.step(change).expression, Filled):
        return [f"{name} is frozen, so it does not change."]
    if (seen[change] == 0).all():
        return [f"{name} does not change: {change} is 0."]
    return [f"{name} does not change: {change} is too small for {seen.value.dtype}."]


_SIGHTS: dict[str, Callable[[Sight], list[str]]] = {
    "z": _pre_activations,
    "a": _activations,
    "dC/da": _output_errors,
    "da/dz": _slopes,
    "delta": _deltas,
    "dC/dW": _gradients,
    "W_new": _new_values,
    "b_new": _new_values,
}
