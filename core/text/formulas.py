"""Expressions as formulas: ``dC/da3 ⊙ da3/dz3`` as text, in LaTeX, or as a line of a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chainstep.core.expressions import (
    Apply,
    Expression,
)
from chainstep.core.text.formula_writer import Names, Writer
from chainstep.core.text.markup import typewriter
from chainstep.core.text.operators import (
    CODE,
    LATEX,
    TEXT,
    Spelling,
)

if TYPE_CHECKING:
    from chainstep.core.program import Program, Step
    from chainstep.core.text.notation import Notation

_NO_BRACKETS = str.maketrans("", "", "(){}")


def formula(expression: Expression, names: Names | None = None) -> str:
    """The expression as text, in the engine's names or in those that ``names`` gives.

    A name may begin with a minus: it is taken out of products and through differences.
    """
    return Writer(names or (lambda quantity: quantity.name)).line(expression)


def formula_in(expression: Expression, notation: Notation, program: Program) -> str:
    """The expression as text in a notation: its names, its orientation, its operators."""
    return _writer(notation, program, turned=notation.orientation == "columns").line(expression)


def scalar_formula(expression: Expression, notation: Notation) -> str:
    """An expression of single numbers, whose names are there already, with a notation's signs."""
    spelling = CODE if notation.spelling == "code" else TEXT
    return Writer(
        lambda quantity: quantity.name, notation.setting, spelling, picking=notation.subscript
    ).line(expression)


def program_line(
    expression: Expression, names: Names, settings: Callable[[str], str], spelling: Spelling
) -> str:
    """The expression as a line of a program, in names that it has."""
    return Writer(names, settings, spelling).line(expression)


def equation(step: Step, notation: Notation, program: Program, *, short: bool = False) -> str:
    """A step as the page writes it, what it computes on the left: ``dC_dw2 = delta2 * …``.

    ``short`` gives the short way to delta, where the step has one.
    """
    writer = _writer(notation, program, turned=_is_turned(step, notation))
    left = notation.unsigned(step.quantity, program)
    if notation.spelling == "code" and not left.isidentifier():
        return left[1:-1] if left.startswith("(") else left
    return _equated(left, _right_side(step, notation, program, writer, short=short))


def right_side(step: Step, notation: Notation, program: Program, *, short: bool = False) -> str:
    """What a step computes, as the page writes it: ``a0 · W1ᵀ``."""
    writer = _writer(notation, program, turned=_is_turned(step, notation))
    return _right_side(step, notation, program, writer, short=short)


def latex_equation(step: Step, notation: Notation, program: Program, *, short: bool = False) -> str:
    """A step in LaTeX's mathematics, as the page writes it."""
    if notation.spelling == "code":
        return typewriter(equation(step, notation, program, short=short))
    writer = _latex_writer(notation, program, turned=_is_turned(step, notation))
    right = _right_side(step, notation, program, writer, short=short)
    return _equated(notation.latex_unsigned(step.quantity, program), right)


def _is_turned(step: Step, notation: Notation) -> bool:
    """Whether a step is written as that of the transposes."""
    return notation.orientation == "columns" or notation.is_turned(step.quantity)


def _equated(left: str, right: str) -> str:
    """Both sides, or one where the page has no name for the step but its formula."""
    return left if _bare(left) == _bare(right) else f"{left} = {right}"


def _bare(formula: str) -> str:
    """A formula without its brackets, in which two spellings of one may differ."""
    return formula.replace(r"\left", "").replace(r"\right", "").translate(_NO_BRACKETS)


def _right_side(
    step: Step, notation: Notation, program: Program, writer: Writer, *, short: bool
) -> str:
    """What a step computes; its negative where the page's name is that of the negative."""
    expression = step.short.expression if short and step.short else step.expression
    if notation.sign(step.quantity, program) > 0:
        return writer.line(expression)
    turned = _negative_of(expression)
    if turned is not None and writer.written(expression).sign > 0:
        return writer.line(turned)
    written = writer.written(expression)
    return writer.whole(written._replace(sign=-written.sign))


def _negative_of(expression: Expression) -> Expression | None:
    """The negative by turning a difference round; None where there is none to be turned."""
    if not isinstance(expression, Apply):
        return None

    def of(*args: Expression) -> Expression:
        return Apply(expression.function, args, expression.shape, expression.axes)

    match expression.function.__name__, expression.args:
        case "subtract", (first, second):
            return of(second, first)
        case "negative", (only,):
            return only
        case "multiply" | "divide", (first, second):
            if (turned := _negative_of(first)) is not None:
                return of(turned, second)
            if (turned := _negative_of(second)) is not None:
                return of(first, turned)
    return None


def _writer(notation: Notation, program: Program, *, turned: bool) -> Writer:
    return Writer(
        lambda quantity: notation.quantity(quantity, program),
        notation.setting,
        CODE if notation.spelling == "code" else TEXT,
        turned,
        notation.is_turned,
        notation.orientation == "columns",
    )


def _latex_writer(notation: Notation, program: Program, *, turned: bool) -> Writer:
    return Writer(
        lambda quantity: notation.latex_quantity(quantity, program),
        notation.latex_setting,
        LATEX,
        turned,
        notation.is_turned,
        notation.orientation == "columns",
    )
