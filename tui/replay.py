"""Records as the text of a replay: a line on each step, its table, what there is to see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

import numpy as np

from chainstep.core.expressions import Named, Product
from chainstep.core.losses import LOSSES
from chainstep.core.records import Record
from chainstep.core.remarks import equal_groups, meaning, remarks
from chainstep.core.setup import Array, Setup
from chainstep.core.stepper import Stepper
from chainstep.core.tables import Style, elementwise_table, list_table, product_table
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


def head(scenario: Scenario, shown: str) -> Iterator[str]:
    """The first lines of a replay; ``shown`` says which part of the run follows."""
    title = f"{scenario.name}: {scenario.title}"
    source = scenario.source
    place = f"{source.site} {source.post or ''}".strip() if source else ""
    if place and len(title) + len(place) + 2 <= _WIDTH:
        yield f"{title}{place:>{_WIDTH - len(title)}}"
    else:
        yield title
        if place:
            yield place
    yield from wrap(network_line(scenario.setup), _WIDTH)
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
    gap = _WIDTH - len(formula) - len(shapes)
    if gap >= 2:
        yield (formula + " " * gap + shapes).rstrip()
    else:
        yield formula
        yield f"{shapes:>{_WIDTH}}"
    yield from _indented(meaning(record.definition, record.program.setup))
    axes = _axes(record)
    if axes:
        yield f"{_INDENT}{axes}"
    yield from table_of(record, look)
    for sentence in (*remarks(record), *said):
        yield from _indented(sentence)


def _indented(text: str) -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


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


def _axes(record: Record) -> str:
    if len(record.axes) < 2:
        return ""
    names = [axis.plural for axis in record.axes]
    rows, columns = names[-2:]
    where = f"rows: {rows}, columns: {columns}"
    return where if len(names) == 2 else f"one matrix per observation; {where}"


def table_of(record: Record, look: Look) -> list[str]:
    """The step's table: a product in its corner, operands side by side, or a list."""
    values, operands = record.value, record.operand_values
    if not values.ndim:
        return [f"{_INDENT}{line}" for line in list_table(values, digits=look.digits)]
    if look.table == "list" or record.layout == "list":
        return list_table(values, digits=look.digits, width=look.width)
    if record.layout == "product" and len(operands) >= 2:
        style: Style = "boxed" if look.table == "boxed" else "open"
        left, right = operands[:2]
        return product_table(left, right, values, style=style, digits=look.digits, width=look.width)
    return _side_by_side(record, look)


def _side_by_side(record: Record, look: Look) -> list[str]:
    """The operands of an element-wise step with their operator, or the result alone."""
    operator = operator_of(record)
    if operator is None:
        return list_table(record.value, digits=look.digits, width=look.width)
    left, right = record.operand_values
    if left.ndim == 2 and right.ndim == 3:  # a row times the Jacobian of its observation
        return product_table(
            left, right, record.value, style="open", digits=look.digits, width=look.width
        )
    width = look.width or _WIDTH
    terms: list[str | Array] = [left, operator, right, "=", record.value]
    lines = elementwise_table(terms, digits=look.digits, names=(*record.operands, record.quantity))
    if max(map(len, lines)) > width:
        return list_table(record.value, digits=look.digits, width=look.width)
    return lines


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
