"""Expressions as formulas: ``dC/da3 ⊙ da3/dz3`` as text, in LaTeX, or as a line of a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainstep.core.expressions import (
    Apply,
    Called,
    Expression,
    Filled,
    LaidOut,
    Named,
    Number,
    Product,
    Reduce,
    Ref,
    Rows,
    Transpose,
    WithOnes,
    ZeroRows,
)
from chainstep.core.quantities import Quantity
from chainstep.core.text.markup import typewriter
from chainstep.core.text.operators import (
    ATOM,
    CODE,
    LATEX,
    POWER,
    SIGN,
    SUM,
    TEXT,
    Spelling,
)

if TYPE_CHECKING:
    from chainstep.core.program import Program, Step
    from chainstep.core.text.notation import Notation

Names = Callable[[Quantity], str]

_NO_BRACKETS = str.maketrans("", "", "(){}")
#: How a name ends that a power would run into; a fraction and several words are no atom either.
_RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁾")


def formula(expression: Expression, names: Names | None = None) -> str:
    """The expression as text, in the engine's names or in those that ``names`` gives.

    A name may begin with a minus: it is taken out of products and through differences.
    """
    return _Writer(names or (lambda quantity: quantity.name)).line(expression)


def formula_in(expression: Expression, notation: Notation, program: Program) -> str:
    """The expression as text in a notation: its names, its orientation, its operators."""
    return _writer(notation, program, turned=notation.orientation == "columns").line(expression)


def scalar_formula(expression: Expression, notation: Notation) -> str:
    """An expression of single numbers, whose names are there already, with a notation's signs."""
    spelling = CODE if notation.spelling == "code" else TEXT
    return _Writer(
        lambda quantity: quantity.name, notation.setting, spelling, picking=notation.subscript
    ).line(expression)


def program_line(
    expression: Expression, names: Names, settings: Callable[[str], str], spelling: Spelling
) -> str:
    """The expression as a line of a program, in names that it has."""
    return _Writer(names, settings, spelling).line(expression)


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
    step: Step, notation: Notation, program: Program, writer: _Writer, *, short: bool
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


def _writer(notation: Notation, program: Program, *, turned: bool) -> _Writer:
    return _Writer(
        lambda quantity: notation.quantity(quantity, program),
        notation.setting,
        CODE if notation.spelling == "code" else TEXT,
        turned,
        notation.is_turned,
        notation.orientation == "columns",
    )


def _latex_writer(notation: Notation, program: Program, *, turned: bool) -> _Writer:
    return _Writer(
        lambda quantity: notation.latex_quantity(quantity, program),
        notation.latex_setting,
        LATEX,
        turned,
        notation.is_turned,
        notation.orientation == "columns",
    )


class _Written(NamedTuple):
    """A piece of a formula, how tightly its outermost operation binds, and its sign."""

    text: str
    binding: int = ATOM
    sign: int = 1


class _Writer(NamedTuple):
    """Writes expressions with given names of quantities and settings, in a spelling.

    ``turned`` writes the transpose of an expression: in reverse order, of the transposed parts.
    A quantity that ``is_turned`` on the page is there already what it is the transpose of.
    """

    names: Names
    settings: Callable[[str], str] = lambda name: name.replace("_", " ")
    spelling: Spelling = TEXT
    turned: bool = False
    is_turned: Callable[[Quantity], bool] = lambda _: False
    columns: bool = False
    picking: Callable[[int], str] = "[{}]".format

    def line(self, expression: Expression) -> str:
        """The whole expression."""
        return self.whole(self.written(expression))

    def whole(self, written: _Written) -> str:
        """A piece with its sign."""
        if written.sign > 0:
            return written.text
        minus = self.spelling.minus
        return f"{minus}({written.text})" if written.binding == SUM else f"{minus}{written.text}"

    def inside(self, part: Expression | _Written, least: int) -> str:
        """A part with its sign, in parentheses where it binds less than is needed here."""
        written = part if isinstance(part, _Written) else self.written(part)
        binding = min(written.binding, SIGN) if written.sign < 0 else written.binding
        text = self.whole(written)
        return text if binding >= least else self.spelling.parentheses.format(text)

    def of(self, operation: str, *parts: Expression | _Written) -> _Written:
        """An operation of the spelling on its parts."""
        form = self.spelling.forms[operation]
        texts = (self.inside(part, least) for part, least in zip(parts, form.least, strict=True))
        return _Written(form.template.format(*texts), form.binding)

    def product(self, operation: str, left: Expression, right: Expression) -> _Written:
        """A product or quotient; the signs of its factors stand before it."""
        parts = [self.written(left), self.written(right)]
        sign = parts[0].sign * parts[1].sign
        bare = [part._replace(sign=1) for part in parts]
        return self.of(operation, *bare)._replace(sign=sign)

    def written(self, node: Expression) -> _Written:
        """The text of a node; a name's minus becomes its sign."""
        match node:
            case Ref(quantity=quantity):
                return self._name(quantity)
            case Number(value=value, name=name):
                if value < 0 and not name:  # in parentheses wherever it is not alone
                    return _Written(f"{self.spelling.minus}{-value:.12g}", SUM)
                return _Written(self.settings(name) if name else f"{value:.12g}")
            case Filled(value=value, shape=shape):
                if self.spelling.runs:
                    return self.of("filled", _Written(str(shape)), _Written(f"{value:g}"))
                return _Written(f"{value:g}")
            case Product(left=left, right=right):
                return self._matrix_product("product", left, right)
            case Named(symbol="·", args=(left, right)):
                return self._matrix_product("row by matrix", left, right)
            case Named(body=body) if self.spelling.runs:
                return self.written(body)
            case Named(symbol=symbol, args=args, index=index):
                return self._named(symbol, args, index)
            case Called(symbol=symbol):
                return _Written(symbol, SUM)
            case LaidOut(of=of):
                return self.of("jacobian, columns" if self.turned else "jacobian", of, of, of)
            case Transpose(of=of):
                return self._replace(turned=not self.turned).written(of)
            case Rows(of=Ref(quantity=quantity), start=1) if node.of.shape[0] == node.stop:
                turned = self.is_turned(quantity)
                form = "without biases, columns" if turned else "without biases"
                rest = self.of(form, _Written(self.names(quantity)))
                return self.of("transpose", rest) if turned != self.turned else rest
            case Reduce() | WithOnes() | Rows() | ZeroRows() if self.turned != self.columns:
                return self._transposed(node)
            case Apply(function=function) if hasattr(function, "source") and (
                self.turned != self.columns
            ):
                return self._transposed(node)
            case Reduce(of=Reduce(of=of)) if of.axes[node.axis].kind != "observation":
                return self.of("sum of entries", of)
            case Reduce():
                return self.of(_reduction(node), node.of)
            case Apply():
                return self._apply(node)
        return self._moved(node)

    def _transposed(self, node: Expression) -> _Written:
        """The transpose of what is written as it stands."""
        inner = self._replace(turned=self.columns).written(node)
        return self.of("transpose", inner._replace(sign=1))._replace(sign=inner.sign)

    def _name(self, quantity: Quantity) -> _Written:
        name = self.names(quantity)
        bare = name.lstrip("-−")
        is_one = bare[-1:] not in _RAISED and not any(letter in bare for letter in "/ ^")
        written = _Written(bare, ATOM if is_one else POWER)
        if len(quantity.shape) == 2 and self.is_turned(quantity) != self.turned:
            written = self.of("transpose", written)
        return written._replace(sign=-1 if len(name) - len(bare) == 1 else 1)

    def _moved(self, node: Expression) -> _Written:
        """What only rearranges numbers."""
        match node:
            case WithOnes(of=of):
                return self.of("ones, columns" if self.turned else "ones", of)
            case Rows(of=of, start=start, stop=stop):
                return _Written(f"{self.inside(of, ATOM)}[{start}:{stop}]")
            case ZeroRows(of=of, start=start, stop=stop):
                form = "frozen rows" if start else "frozen row"
                bounds = (_Written(str(of.shape[0])), _Written(str(start or stop)))
                return self.of(form, of, *(bounds if self.spelling.runs else ()))
        raise TypeError(f"no such expression: {node!r}")

    def _matrix_product(self, form: str, left: Expression, right: Expression) -> _Written:
        first, second = (right, left) if self.turned else (left, right)
        return self.product(form, first, second)

    def _named(self, symbol: str, args: tuple[Expression, ...], index: int | None) -> _Written:
        """A function by its name; one of its numbers where it makes several."""
        if not symbol:
            return self.written(args[0])
        called = self._call(self.spelling.function(symbol), args)
        return called if index is None else _Written(f"{called.text}{self.picking(index)}")

    def _apply(self, node: Apply) -> _Written:
        name, args = node.function.__name__, node.args
        match name:
            case "add" | "subtract":
                return self._sum(name, *args)
            case "multiply":
                matrices = all(arg.shape for arg in args)
                return self.product("entrywise" if matrices else "times", *args)
            case "divide":
                return self.product("divide" if args[0].shape else "ratio", *args)
        if name == "reshape" and self.spelling.runs:
            shape = ", ".join(map(str, node.shape))
            return _Written(f"{self.inside(args[0], ATOM)}.reshape({shape})")
        if name in self.spelling.forms:
            return self.of(name, *args)
        return self._call(self.spelling.function(name), args)

    def _sum(self, name: str, left: Expression, right: Expression) -> _Written:
        second = self.written(right)
        if second.sign < 0:
            name = "subtract" if name == "add" else "add"
            second = second._replace(sign=1)
        return self.of(name, left, second)

    def _call(self, function: str, args: tuple[Expression, ...]) -> _Written:
        listed = ", ".join(self.inside(arg, SUM) for arg in args)
        if len(args) == 1 and isinstance(args[0], Ref) and listed.startswith("("):
            return _Written(f"{function}{listed}")  # a list of units brings its parentheses
        return _Written(f"{function}({listed})")


def _reduction(node: Reduce) -> str:
    """The operation that a sum or a maximum along an axis is."""
    along = "observations" if node.of.axes[node.axis].kind == "observation" else "units"
    if node.function is not np.add:
        return f"maximum of {along}"
    alone = not node.axis and node.of.shape[1:] == (1,)
    return "sum of all" if alone and along == "observations" else f"sum of {along}"


def sum_along(node: Reduce) -> str:
    """What a sum is over, ``Σ observations``."""
    return TEXT.forms[_reduction(node)].template.removesuffix(" {}")
