"""Records as the text of a replay: a line on each step, its table, what there is to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from chainstep.core.expressions import Named, Product
from chainstep.core.losses import LOSSES
from chainstep.core.records import Record
from chainstep.core.setup import Array, Setup
from chainstep.core.stepper import Stepper
from chainstep.core.text.formulas import equation
from chainstep.core.text.notation import DEFAULT, Notation
from chainstep.core.text.remarks import equal_groups, meaning, remarks
from chainstep.core.text.tables import Style, elementwise_table, list_table, product_table
from chainstep.core.text.wrapping import wrap
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario

_WIDTH = 80
_INDENT = "    "


@dataclass(frozen=True)
class Look:
    """How numbers and tables are to look; ``width`` is None where nothing may be left out."""

    table: str = "boxed"
    digits: int = 7
    width: int | None = None
    notation: Notation = DEFAULT


# ── the head ──────────────────────────────────────────────────────────────────────────────


def network_line(setup: Setup) -> str:
    """The network in one line: ``2-3-3-2 sigmoid, squared error, learning rate 0.5, float32``."""
    parts = [network_name(setup), loss_name(setup)]
    if setup.rule != "gradient-descent":
        parts.append(UPDATES[setup.rule].title)
    parts.append(f"learning rate {setup.settings['learning_rate']:g}")
    parts.append(setup.arithmetic)
    if setup.products == "ordered":
        parts.append("ordered sums")
    if setup.mistakes:
        parts.append(f"with the mistake {', '.join(setup.mistakes)}")
    return ", ".join(parts)


def network_name(setup: Setup) -> str:
    """Widths and activations: ``2-3-3-2 sigmoid``, ``2-3-1 tanh, then sigmoid``."""
    widths = "-".join(map(str, setup.widths))
    hidden = [layer.activation for layer in setup.layers[:-1]]
    last = setup.layers[-1].activation
    if all(activation == last for activation in hidden):
        return f"{widths} {last}"
    names = list(dict.fromkeys(hidden)) if len(set(hidden)) == 1 else hidden
    return f"{widths} {', '.join(names)}, then {last}"


def loss_name(setup: Setup) -> str:
    """The loss, and the mean where it is one."""
    title = LOSSES[setup.loss].title
    return title if setup.reduction == "sum" else f"mean over the observations of {title}"


def start_line(setup: Setup) -> str:
    """What the parameters start at, where that can be said in a few words."""
    values = np.concatenate([np.ravel(array) for array in (*setup.weights, *setup.biases)])
    if values.size and (values == values[0]).all():
        return f"everything starts at {values[0]:g}"
    return f"{values.size} parameters, from {values.min():.4g} to {values.max():.4g}"


def _room(width: int | None) -> int:
    """The columns that sentences take: those of the terminal, and no more than are read easily."""
    return min(width or _WIDTH, _WIDTH)


def head(scenario: Scenario, shown: str, width: int | None = None) -> Iterator[str]:
    """The first lines of a replay; ``shown`` says which part of the run follows."""
    room = _room(width)
    title = f"{scenario.name}: {scenario.title}"
    source = scenario.source
    place = f"{source.site} {source.post or ''}".strip() if source else ""
    if place and len(title) + len(place) + 2 <= room:
        yield f"{title}{place:>{room - len(title)}}"
    else:
        yield from wrap(title, room)
        yield from wrap(place, room)
    yield from wrap(network_line(scenario.setup), room)
    yield start_line(scenario.setup)
    if scenario.overridden:
        changed = ", ".join(name.replace("_", " ") for name in scenario.overridden)
        yield f"changed from the scenario: {changed}"
    yield shown


# ── steps ─────────────────────────────────────────────────────────────────────────────────


def step_lines(record: Record, look: Look, said: Iterable[str] = ()) -> Iterator[str]:
    """One step: number, formula, shapes and axes, its table, and what there is to see."""
    formula = f"{record.step:>2}  {record.quantity} = {record.formula}"
    shapes = _shapes(record)
    room = _room(look.width)
    gap = room - len(formula) - len(shapes)
    if gap >= 2:
        yield (formula + " " * gap + shapes).rstrip()
    else:
        yield formula
        yield f"{shapes:>{room}}"
    if look.notation is not DEFAULT:
        short = record.took_short_way
        yield _INDENT + equation(record.definition, look.notation, record.program, short=short)
    yield from _indented(meaning(record.definition, record.program.setup), room)
    yield from _indented(_axes(record, look.notation), look.width or _WIDTH + len(_INDENT))
    yield from table_of(record, look)
    for sentence in (*remarks(record), *said):
        yield from _indented(sentence, room)


def _indented(text: str, room: int) -> Iterator[str]:
    yield from wrap(text, room, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _shape(array: np.ndarray) -> str:
    return f"({','.join(map(str, array.shape))})" if array.ndim else ""


def _shapes(record: Record) -> str:
    """``(2,3)·(3,3) = (2,3)`` for a product, else the shape of what came out."""
    expression = record.definition.expression
    result = _shape(record.value)
    if isinstance(expression, Product) and len(record.operand_values) == 2:
        left, right = record.operand_values
        return f"{_shape(left)}·{_shape(right)} = {result}"
    return result


def _axes(record: Record, notation: Notation) -> str:
    if len(record.axes) < 2:
        return ""
    names = [axis.plural for axis in notation.turn_axes(record.axes)]
    rows, columns = names[-2:]
    where = f"rows: {rows}, columns: {columns}"
    return where if len(names) == 2 else f"one matrix per observation; {where}"


def table_of(record: Record, look: Look) -> list[str]:
    """The step's table: a product in its corner, operands side by side, or a list."""
    turn = look.notation.turn
    value, operands = turn(record.value), [turn(operand) for operand in record.operand_values]
    if not value.ndim:
        return [f"{_INDENT}{line}" for line in list_table(value, digits=look.digits)]
    if look.table == "list" or record.layout == "list":
        return list_table(value, digits=look.digits, width=look.width)
    operator = operator_of(record)
    jacobian = operator == "·" and operands[-1].ndim == 3  # a row times that of its observation
    if jacobian:
        value, operands = record.value, list(record.operand_values)
    if jacobian or (record.layout == "product" and len(operands) >= 2):
        style: Style = "boxed" if look.table == "boxed" and not jacobian else "open"
        left, right = operands[:2]
        if value is not record.value:  # (a·W)ᵀ = Wᵀ·aᵀ
            left, right = right, left
        return product_table(left, right, value, style=style, digits=look.digits, width=look.width)
    if operator is None:
        return list_table(value, digits=look.digits, width=look.width)
    return _side_by_side(record, [operands[0], operator, operands[1], "=", value], look)


def _side_by_side(record: Record, terms: list[str | Array], look: Look) -> list[str]:
    """The operands of an element-wise step with their operator, or the result where too wide."""
    quantities = (*record.operand_quantities, record.definition.quantity)
    names = [look.notation.quantity(quantity, record.program) for quantity in quantities]
    lines = elementwise_table(terms, digits=look.digits, names=names)
    if max(map(len, lines)) <= (look.width or _WIDTH):
        return lines
    result = terms[-1]
    assert not isinstance(result, str), "an equation ends with what comes out"
    return list_table(result, digits=look.digits, width=look.width)


def operator_of(record: Record) -> str | None:
    """What stands between the two operands of a step that is just these two and an operator."""
    from chainstep.core.expressions import Apply, Ref

    expression = record.definition.expression
    if isinstance(expression, Named) and expression.symbol == "·":
        return "·"
    if isinstance(expression, Apply) and all(isinstance(arg, Ref) for arg in expression.args):
        return {"multiply": "⊙", "subtract": "−", "add": "+"}.get(expression.function.__name__)
    return None


# ── the end ───────────────────────────────────────────────────────────────────────────────


def summary(stepper: Stepper, name: str) -> Iterator[str]:
    """The cost, the groups of equal units at this moment, and what to run next."""
    yield f"iteration {stepper.moment.iteration}: cost {float(stepper['C']):.7g}"
    for k in range(1, len(stepper.setup.layers)):
        for group in equal_groups(stepper[f"a{k}"], 1):
            axis = stepper.program.quantities[f"a{k}"].axes[1]
            units = ", ".join(axis.label(position) for position in group[:6])
            more = f" and {len(group) - 6} more" if len(group) > 6 else ""
            yield f"layer {k}: equal to the last bit in every observation: {units}{more}"
    yield f"next: chainstep why {name}, or step through it: chainstep open {name}"
