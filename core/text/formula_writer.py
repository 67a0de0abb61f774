"""Writes an expression in a spelling, with no more parentheses than it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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
from chainstep.core.text.operators import (
    ATOM,
    POWER,
    SIGN,
    SUM,
    TEXT,
    Spelling,
)

Names = Callable[[Quantity], str]

#: How a name ends that a power would run into; a fraction and several words are no atom either.
_RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁾")


class _Written(NamedTuple):
    """A piece of a formula, how tightly its outermost operation binds, and its sign."""

    text: str
    binding: int = ATOM
    sign: int = 1


class Writer(NamedTuple):
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
        parts = [self.written(left), self._signed(right)]
        sign = parts[0].sign * parts[1].sign
        bare = [part._replace(sign=1) for part in parts]
        return self.of(operation, *bare)._replace(sign=sign)

    def _signed(self, node: Expression) -> _Written:
        """What stands behind a sign of multiplication: a minus of its own goes before all."""
        if isinstance(node, Apply) and node.function is np.negative:
            inner = self.written(node.args[0])
            return inner._replace(sign=-inner.sign)
        return self.written(node)

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
