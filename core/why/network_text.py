"""The answer about a whole network as text: units that are one, dead flow, a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainstep.core.why.drift import Drift
from chainstep.core.why.network import Network
from chainstep.core.why.places import Place
from chainstep.core.why.symmetry import alike
from chainstep.core.why.wording import (
    Words,
    counted,
    filled,
    listed,
    number,
    rough,
    units_text,
)

_TOLD = 3
_BROKEN = 1e-2  # apart by so much, units no longer do nearly the same


def network_lines(found: Network, words: Words, name: str, width: int) -> list[str]:
    """The whole answer; its first line is the answer in short."""
    lines = filled(_first_line(found), width)
    done = found.iteration - 1
    updates = "1 update" if done == 1 else f"{done} updates"
    lines += ["", f"{name} at iteration {found.iteration} ({updates} done)"]
    sections = [
        ("UNITS THAT ARE ONE", _units_lines(found, words, width)),
        ("WHERE NOTHING FLOWS BACK", _dead_lines(found, width)),
        (_run_title(found.drift), _run_lines(found, name, width)),
    ]
    for title, section in sections:
        lines += ["", title, *section]
    return lines


# ── in short ──────────────────────────────────────────────────────────────────────────────


def _first_line(found: Network) -> str:
    hidden = [group for group in found.groups if group.layer < found.depth]
    if found.depth == 1:
        return _without_hidden(found)
    if not hidden:
        outputs = " of the hidden layers" if found.groups else ""
        return f"No two units{outputs} are one: none has the same parameters around it as another."
    told = [units_text(group.layer, group.units) for group in hidden[:_TOLD]]
    if len(hidden) > _TOLD:
        told.append(f"{len(hidden) - _TOLD} groups more")
    first, rest = told[0], told[1:]
    text = f"{first[0].upper()}{first[1:]} are one and the same"
    if rest:
        text += f", and so are {listed(rest)}"
    if found.drift.since is not None:
        since = f"since iteration {found.drift.since}, {rough(found.drift.apart)} in the end"
        text += f" in exact arithmetic; rounding has put them apart, {since}"
    return f"{text}."


def _without_hidden(found: Network) -> str:
    """A network of one layer: its outputs have targets to tell them apart."""
    flows = bool(np.asarray(found.frame["dC/dW1"]).any())
    first, last = found.drift.looks[0], found.drift.looks[-1]
    if flows and found.fell:
        return (
            "You can proceed from here: there is no hidden layer, the outputs learn from their "
            f"targets directly, and in {counted(last.iteration - first.iteration, 'update')} "
            f"the cost went from {number(first.cost)} to {number(last.cost)}."
        )
    return "There is no hidden layer: no unit is told apart by its weights alone."


# ── units that are one ────────────────────────────────────────────────────────────────────


def _units_lines(found: Network, words: Words, width: int) -> list[str]:
    lines = []
    for group in found.groups:
        outputs = group.layer == found.depth
        what = f"{units_text(group.layer, group.units)}"
        if outputs:
            what += ": outputs with the same targets and the same parameters"
        elif len({*group.units}) == found.setup.widths[group.layer]:
            what += ": the whole layer works as one unit"
        lines += filled(what, width, "  ", "      ")
    if not found.groups:
        lines.append("  none")
    lines += ["", *_layer_counts(found, width)] if found.groups else []
    said = _gradient_facts(found, words) if found.depth == 1 else []
    if found.groups:
        said += _what_follows(found)
    for sentence in said:
        lines += filled(sentence, width, "  ")
    return lines


def _layer_counts(found: Network, width: int) -> list[str]:
    """As how many units each layer works where some of it are one."""
    parts = []
    for layer in dict.fromkeys(group.layer for group in found.groups):
        units = found.setup.widths[layer]
        ones = [group for group in found.groups if group.layer == layer]
        distinct = units - sum(len(group.units) - 1 for group in ones)
        if distinct > 1 or layer == found.depth:
            parts.append(f"layer {layer} works as {distinct} of its {units} units")
    if not parts:
        return []
    text = listed(parts)
    return filled(f"{text[0].upper()}{text[1:]}.", width, "  ")


_FOLLOWS = (
    "What follows: the parameters around such units are the same, so they have the same "
    "activations and the same deltas, and an update over the whole batch changes them alike. "
    "In exact arithmetic they stay equal to each other."
)


def _what_follows(found: Network) -> list[str]:
    hidden = any(group.layer < found.depth for group in found.groups)
    first, last = found.drift.looks[0], found.drift.looks[-1]
    said = [
        _FOLLOWS,
        f"Equal to each other is not unchanged over time: {_changes(found)}.",
    ]
    if hidden:
        said.append(
            "What does not follow: that the network cannot learn. In the run below the cost went "
            f"from {number(first.cost)} to {number(last.cost)}."
        )
    return said


def _changes(found: Network) -> str:
    """How many weights this iteration's update changed."""
    changed = total = 0
    for k in range(1, found.depth + 1):
        old, new = found.frame[f"W{k}"], found.frame[f"W{k}_new"]
        changed += int((old != new).sum())
        total += old.size
    those = "none" if not changed else "all" if changed == total else str(changed)
    return f"update {found.iteration} changed {those} of the {total} weights"


def _gradient_facts(found: Network, words: Words) -> list[str]:
    """Where the columns of the gradient of a single layer differ, and what its rows are as."""
    gradient, targets = found.frame["dC/dW1"], found.frame["y"]
    weights = found.frame["W1"]
    if not np.isfinite(gradient).all():
        return []
    said = []
    outputs = targets.shape[1]
    name = words.notation.quantity(words.program.quantities["dC/dW1"], words.program)
    shown = "dC/dW1" if name == "dC/dW1" else f"{name} (dC/dW1)"
    same_weights = len(set(alike(weights).tolist())) == 1
    if outputs > 1 and same_weights:
        by_gradient, by_targets = (alike(each).tolist() for each in (gradient, targets))
        if by_gradient == by_targets:
            said.append(
                f"The columns of {shown} differ exactly where their targets differ: "
                f"{_classes(by_targets)}."
            )
    bias = found.setup.bias == "row"
    if found.setup.observations == 1 and gradient.shape[0] - bias > 1 and gradient.any():
        inputs = found.frame["a0"][0]
        places = [Place(words.program.quantities["a0"], (0, n)) for n in range(inputs.size)]
        if _rows_are_as(gradient[int(bias) :], inputs) and inputs.size <= 6:
            names = " : ".join(words.name(place) for place in places)
            values = " : ".join(number(float(value)) for value in inputs)
            ends = " So they are equal only where the inputs are."
            said.append(
                f"Its rows are as {names} = {values}: each is its input times delta1.{ends}"
            )
    return said


def _rows_are_as(rows: np.ndarray, inputs: np.ndarray) -> bool:
    largest = int(np.argmax(np.abs(inputs)))
    if not inputs[largest]:
        return False
    expected = rows[largest][None] * (inputs / inputs[largest])[:, None]
    scale = float(np.abs(rows).max())
    return bool((np.abs(rows - expected) <= 4 * np.finfo(rows.dtype).eps * scale).all())


def _classes(codes: Sequence[int]) -> str:
    """``unit 0 | units 1 and 2``."""
    parts = []
    for code in dict.fromkeys(codes):
        units = [str(unit) for unit, own in enumerate(codes) if own == code]
        parts.append(f"{'unit' if len(units) == 1 else 'units'} {listed(units)}")
    if len(parts) == 1:
        return "all targets are the same, and so are all columns"
    return " | ".join(parts)


# ── dead flow ─────────────────────────────────────────────────────────────────────────────


def _dead_lines(found: Network, width: int) -> list[str]:
    if not found.dead:
        return [f"  nowhere: at iteration {found.iteration} every unit gets something back"]
    lines = []
    for dead in found.dead:
        text = units_text(dead.layer, dead.units)
        verb = "gets" if len(dead.units) == 1 else "get"
        little = "nothing" if dead.exactly else "next to nothing"
        because = dead.because if len(dead.units) == 1 else dead.because.replace("its ", "their ")
        lines += filled(f"{text} {verb} {little} back: {because}", width, "  ", "      ")
    lines += filled(f"This is so at iteration {found.iteration}, in these numbers.", width, "  ")
    return lines


# ── the run ───────────────────────────────────────────────────────────────────────────────


def _run_title(drift: Drift) -> str:
    return f"THE RUN, iterations {drift.first} to {drift.last}"


def _run_lines(found: Network, name: str, width: int) -> list[str]:
    drift = found.drift
    rows = [
        (
            str(look.iteration),
            number(look.cost),
            rough(look.spread) if drift.groups else "",
        )
        for look in drift.looks
    ]
    heads = ("iteration", "cost", "units that are one are apart by" if drift.groups else "")
    sizes = [max(len(heads[n]), *(len(row[n]) for row in rows)) for n in (0, 1)]
    lines = [
        f"  {first.rjust(sizes[0])}  {cost.rjust(sizes[1])}   {spread}".rstrip()
        for first, cost, spread in (heads, *rows)
    ]
    for sentence in _about_run(found, name):
        lines += filled(sentence, width, "  ")
    return lines


def _about_run(found: Network, name: str) -> list[str]:
    drift, first, last = found.drift, found.drift.looks[0], found.drift.looks[-1]
    cost = f"the cost went from {number(first.cost)} to {number(last.cost)}"
    if not drift.groups:
        return [f"In this run {cost}."]
    if drift.since is None:
        every = f"in every one of these {drift.last - drift.first + 1} iterations"
        said = [f"Units that are one were equal bit for bit {every}; meanwhile {cost}."]
    else:
        apart = f"apart by {rough(last.spread)}, by rounding alone, since iteration {drift.since}"
        said = [f"Equal by structure, and {apart}; {cost}."]
        if last.spread >= _BROKEN:
            said.append(
                "Rounding alone has broken the symmetry: these units no longer all do the same."
            )
        if found.setup.products != "ordered":
            said.append(
                "A product may add up some columns in another order than others. With sums in one "
                f"order for all: chainstep why {name} --products ordered"
            )
    if found.seconds:
        plain, ordered = found.seconds
        said.append(
            f"Ordered sums took {ordered / plain:.1f} times as long, measured now: "
            f"{ordered * 1e6:.0f} µs an iteration, {plain * 1e6:.0f} without."
        )
    return said
