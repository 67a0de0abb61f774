"""The answer about a whole network as text: identical units, dead flow, a run, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from chainstep.core.quantities import Part
from chainstep.core.text.counting import counted, listed
from chainstep.core.why.network import Network
from chainstep.core.why.opening import opening
from chainstep.core.why.places import Place
from chainstep.core.why.run_text import cost_of, run_lines, run_title
from chainstep.core.why.symmetry import Group, alike, is_dense
from chainstep.core.why.wording import Words, filled, number, rough, units_text

_TOLD = 3


def network_lines(
    found: Network, words: Words, name: str, ways: Mapping[str, str], width: int
) -> list[str]:
    """The whole answer; its first line is the answer in short.

    ``ways`` says how what is advised is done: a key; or, after a new line, a command.
    """
    lines = []
    for sentence in [*opening(found.program, found.left), _first_line(found)]:
        lines += filled(sentence, width)
    done = counted(found.iteration - 1, "update")
    lines += ["", f"{name} at iteration {found.iteration} ({done} done)"]
    sections = [
        ("IDENTICAL UNITS", _units_lines(found, words, width)),
        ("UNITS THAT GET NOTHING BACK", _dead_lines(found, width)),
        (run_title(found.drift), run_lines(found, width)),
        ("WHAT TO DO", _advice_lines(found, ways, width)),
    ]
    for title, section in sections:
        lines += ["", title, *section]
    return lines


# ── in short ──────────────────────────────────────────────────────────────────────────────


def _first_line(found: Network) -> str:
    if not found.readable:
        return f"Iteration {found.iteration} is past that, so no units are compared in it."
    if found.depth == 1:
        return _without_hidden(found)
    hidden = [group for group in found.groups if group.layer < found.depth]
    if not hidden:
        return _none_identical(found)
    told = [units_text(group.layer, group.units) for group in hidden[:_TOLD]]
    if len(hidden) > _TOLD:
        told.append(f"{len(hidden) - _TOLD} more groups")
    first, rest = told[0], told[1:]
    text = f"{first[0].upper()}{first[1:]} are identical"
    if rest:
        text += f", and so are {listed(rest)}"
    if found.drift.since is not None and found.looks and {*hidden} <= {*found.drift.groups}:
        end = found.looks[-1]
        text += (
            " in exact arithmetic. Rounding has put them apart since iteration "
            f"{found.drift.since}, by {rough(end.spread)} at iteration {end.iteration}"
        )
    return f"{text}."


def _none_identical(found: Network) -> str:
    parting = [group for group in found.parting if group.layer < found.depth]
    if parting:
        units = listed([units_text(group.layer, group.units) for group in parting[:_TOLD]])
        return (
            f"No hidden units are known to stay identical: {units} have the same weights around "
            "them now, but nothing was found that keeps them so."
        )
    if not is_dense(found.program):
        return "No two hidden units are known to stay identical."
    return "No two hidden units are identical: no two have the same weights around them."


def _without_hidden(found: Network) -> str:
    """A network of one layer: its outputs have targets to tell them apart."""
    flows = bool(np.asarray(found.frame["dC/dW1"]).any())
    if flows and found.fell and found.costs:
        updates = found.looks[-1].iteration - found.looks[0].iteration
        first, last = map(number, found.costs)
        return (
            "You can proceed from here: there is no hidden layer, the outputs learn from their "
            f"targets directly, and in {counted(updates, 'update')} {cost_of(found)} went from "
            f"{first} to {last}."
        )
    if not found.program.targets:
        return "There is no hidden layer, and there are no targets."
    return "There is no hidden layer: every unit is an output and has a target of its own."


# ── identical units ───────────────────────────────────────────────────────────────────────


def _units_lines(found: Network, words: Words, width: int) -> list[str]:
    if not found.readable:
        return ["  not looked at: the numbers of this iteration are out of the range"]
    lines = []
    for group in found.groups:
        what = f"{units_text(group.layer, group.units)}"
        if group.layer == found.depth:
            what += ": outputs with the same targets and the same weights into them"
        elif len({*group.units}) == found.program.widths[group.layer]:
            what += ": the whole layer works as one unit"
        lines += filled(what, width, "  ", "      ")
    if not found.groups:
        lines.append("  none")
    said = _gradient_facts(found, words) if found.depth == 1 else []
    if found.groups:
        said = [*_layer_counts(found), *said, *_what_follows(found)]
        lines.append("")
    for sentence in said:
        lines += filled(sentence, width, "  ")
    return lines


def _layer_counts(found: Network) -> list[str]:
    """As how many units each layer works where some of it are identical."""
    parts = []
    for layer in dict.fromkeys(group.layer for group in found.groups):
        units = found.program.widths[layer]
        ones = [group for group in found.groups if group.layer == layer]
        distinct = units - sum(len(group.units) - 1 for group in ones)
        if distinct > 1 and layer < found.depth:
            parts.append(f"Layer {layer} works as {distinct} units: it has {units}.")
    return parts


_FOLLOWS = (
    "Such units have the same weights around them, so they have the same activations and the "
    "same deltas, and every update changes their weights alike. In exact arithmetic they stay "
    "equal to each other."
)


_FOLLOWED = (
    "In exact arithmetic such units have the same weights around them, the same activations and "
    "the same deltas, and every update changes their weights alike."
)


def _what_follows(found: Network) -> list[str]:
    parted = found.drift.since is not None and found.drift.since <= found.iteration
    said = [_FOLLOWED if parted else _FOLLOWS]
    if not is_dense(found.program):
        said = ["In exact arithmetic such units have the same activations in every iteration."]
    changed, total = _changed(found)
    those = "all" if changed == total else f"{changed}"
    if changed and _group_changes(found, found.groups):
        said.append(
            f"They are equal to each other, but they do change: update {found.iteration} changes "
            f"{those} of the {total} weights."
        )
    elif not changed:
        said.append(f"Update {found.iteration} changes none of the {total} weights.")
    if any(group.layer < found.depth for group in found.groups) and found.fell and found.costs:
        first, last = map(number, found.costs)
        said.append(
            f"This does not stop {cost_of(found)} from falling: in the run below it went from "
            f"{first} to {last}."
        )
    return said


def _changed(found: Network) -> tuple[int, int]:
    """How many weights this iteration's update changes, of how many."""
    pairs = [
        (found.frame[quantity.name], found.frame[f"{quantity.name}_new"])
        for quantity in found.program.parameters
        if quantity.part is Part.WEIGHTS
    ]
    return sum(int((old != new).sum()) for old, new in pairs), sum(old.size for old, _ in pairs)


def _group_changes(found: Network, groups: Sequence[Group]) -> bool:
    """Whether the update changes a weight into some identical unit."""
    named = {each.name for each in found.program.parameters}
    groups = [each for each in groups if f"W{each.layer}" in named]
    return any(
        (found.frame[one.name] != found.frame[f"{one.name}_new"])[:, each.units].any()
        for each in groups
        for one in found.program.parameters
        if one.layer == each.layer and one.shape[1] > 1
    )


def _gradient_facts(found: Network, words: Words) -> list[str]:
    """Where the columns of the gradient of a single layer differ, and what its rows are as."""
    if not found.program.targets or "dC/dW1" not in found.frame:
        return []
    gradient, targets = found.frame["dC/dW1"], found.frame[found.program.targets]
    weights = found.frame["W1"]
    said = []
    outputs = targets.shape[1]
    quantity = words.program.quantities["dC/dW1"]
    shown = words.notation.beside(quantity, words.program)
    lines = ["rows", "columns"]
    of_inputs, of_units = lines[::-1] if words.notation.is_turned(quantity) else lines
    same_weights = len(set(alike(weights).tolist())) == 1
    if outputs > 1 and same_weights:
        by_gradient, by_targets = (alike(each).tolist() for each in (gradient, targets))
        if by_gradient == by_targets:
            said.append(
                f"The {of_units} of {shown} differ exactly where their targets differ: "
                f"{_classes(by_targets)}."
            )
    bias = found.program.bias == "row"
    if found.program.observations == 1 and gradient.shape[0] - bias > 1 and gradient.any():
        inputs = found.frame["a0"][0]
        places = [Place(words.program.quantities["a0"], (0, n)) for n in range(inputs.size)]
        if _rows_are_as(gradient[int(bias) :], inputs) and inputs.size <= 6:
            names = " : ".join(words.name(place) for place in places)
            values = " : ".join(number(float(value)) for value in inputs)
            said.append(
                f"The {of_inputs} of {shown} are as {names} = {values}: each is its input times "
                f"{words.called('delta1')}. So they are equal only where the inputs are."
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


# ── units that get nothing back ───────────────────────────────────────────────────────────


def _dead_lines(found: Network, width: int) -> list[str]:
    if not found.readable:
        return ["  not looked at: the numbers of this iteration are out of the range"]
    if not found.dead:
        return [f"  none: at iteration {found.iteration} every unit gets something back"]
    lines = []
    for dead in found.dead:
        text = units_text(dead.layer, dead.units)
        verb = "gets" if len(dead.units) == 1 else "get"
        little = "nothing" if dead.exactly else "next to nothing"
        if dead.cause == "cancels" and not dead.exactly:
            little = "only what rounding leaves"
        because = dead.because if len(dead.units) == 1 else dead.because.replace("its ", "their ")
        lines += filled(f"{text} {verb} {little} back: {because}", width, "  ", "      ")
    lines += filled(_next(found), width, "  ")
    return lines


def _next(found: Network) -> str:
    """Whether the next iteration gives something back to the units that get nothing here."""
    here, there = (
        {(each.layer, unit) for each in dead for unit in each.units}
        for dead in (found.dead, found.dead_next)
    )
    following = found.iteration + 1
    if found.left is not None and found.left.iteration <= following:
        return f"This is so at iteration {found.iteration}, in these numbers."
    if here <= there:
        return f"It is the same at iteration {following}."
    if here.isdisjoint(there):
        return f"At iteration {following} they get something back."
    back = len(here - there)
    return f"At iteration {following}, {back} of these {len(here)} units get something back."


# ── what to do ────────────────────────────────────────────────────────────────────────────


def _advice_lines(found: Network, ways: Mapping[str, str], width: int) -> list[str]:
    lines = []
    for text, name in _advice(found):
        way, *commands = ways.get(name, "").split("\n")
        if name in ways:
            lines += filled(f"{text}: {way}", width, "  ", "    ")
            lines += [
                f"      {command}" for command in commands
            ]  # whole, so that they can be pasted
        else:
            lines += filled(f"{text}.", width, "  ", "    ")
    return lines or filled(_nothing(found), width, "  ", "    ")


def _advice(found: Network) -> Iterator[tuple[str, str]]:
    """What can be done, each with the name of the way to do it."""
    causes = {dead.cause for dead in found.dead} if found.readable else set()
    moves = not found.readable or bool(_changed(found)[0])
    if found.program.mistakes:
        yield "Look at the run without the mistake", "no-mistake"
    if found.readable and any(group.layer < found.depth for group in found.groups):
        yield "To let identical units become different, start from other weights", "other-weights"
    elif not moves and causes - {"zero-error"}:
        yield "No weight changes here; start from other weights", "other-weights"
    if found.left is not None:
        yield "The run left the range; try a smaller learning rate", "smaller-rate"
    elif found.costs and not found.fell and moves:
        yield (
            f"In this run {cost_of(found)} did not fall; try a smaller learning rate",
            "smaller-rate",
        )
    elif found.costs and moves and (since := found.still_since) is not None:
        stays = f"From iteration {since} on {cost_of(found)} stays at {number(found.costs[1])}"
        yield f"{stays}; where that is too much, start from other weights", "other-weights"
    if "relu" in causes:
        yield "The slope of a leaky relu is never 0", "leaky"
    if found.drift.since is not None and found.program.products != "ordered":
        yield _ORDERS, "ordered"
    if found.costs is None and found.left is None:
        yield "To see whether the cost falls, run further", "further"


_ORDERS = (
    "A matrix product may add up its columns in different orders; with one order for all, equal "
    "units stay equal bit for bit"
)


def _nothing(found: Network) -> str:
    """Why there is nothing to do, as far as it is known."""
    known = []
    if not any(group.layer < found.depth for group in found.groups):
        known.append("no hidden units are identical")
    if not found.dead:
        known.append("every unit gets something back")
    if found.fell:
        known.append(f"{cost_of(found)} fell in this run")
    return f"Nothing: {listed(known)}." if known else "Nothing that is known here."
