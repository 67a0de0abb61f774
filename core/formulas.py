"""Expressions as formulas in text: ``dC/da3 ⊙ da3/dz3``, ``2·(a3 − y)``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainstep.core.expressions import (
    Apply,
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

Names = Callable[[Quantity], str]

# How tightly an operation binds; what binds less is put in parentheses inside it.
_SUM, _TERM, _SIGN, _POWER, _ATOM = range(5)


def formula(expression: Expression, names: Names | None = None) -> str:
    """The expression as text, in the engine's names or in those that ``names`` gives."""
    return _write(expression, names or (lambda quantity: quantity.name))[0]


def _write(node: Expression, names: Names) -> tuple[str, int]:
    """The text of a node and how tightly its outermost operation binds."""

    def inside(part: Expression, least: int) -> str:
        text, binding = _write(part, names)
        return text if binding >= least else f"({text})"

    match node:
        case Ref(quantity=quantity):
            return names(quantity), _ATOM
        case Number(value=value, name=name):
            return (name.replace("_", " ") if name else f"{value:.12g}"), _ATOM
        case Filled(value=value):
            return f"{value:g}", _ATOM
        case Product(left=left, right=right):
            return f"{inside(left, _TERM)} · {inside(right, _SIGN)}", _TERM
        case Transpose(of=Rows(of=of, start=1) as rows) if rows.stop == of.shape[0]:
            return f"({inside(of, _ATOM)} without its bias row)ᵀ", _ATOM
        case Transpose(of=of):
            return f"{inside(of, _ATOM)}ᵀ", _ATOM
        case WithOnes(of=of):
            return f"[1 | {inside(of, _SUM)}]", _ATOM
        case Rows(of=of, start=start, stop=stop):
            return f"{inside(of, _ATOM)}[{start}:{stop}]", _ATOM
        case ZeroRows(of=of, start=0):
            return f"{inside(of, _TERM)}, 0 in the frozen row", _SUM
        case ZeroRows(of=of):
            return f"{inside(of, _TERM)}, 0 in the frozen rows", _SUM
        case Named(symbol="·", args=(left, right)):
            return f"{inside(left, _TERM)} · {inside(right, _SIGN)}", _TERM
        case Named(symbol=symbol, args=args):
            return f"{symbol}({', '.join(inside(arg, _SUM) for arg in args)})", _ATOM
        case LaidOut(of=of):
            a = inside(of, _ATOM)
            return f"diag({a}) − {a}ᵀ·{a}", _SUM
        case Reduce(function=np.add, of=of, axis=axis):
            over = "observations" if axis == 0 else "units"
            return f"Σ {over} {inside(of, _POWER)}", _TERM
        case Reduce(of=of):
            return f"max {inside(of, _POWER)}", _TERM
        case Apply():
            return _write_call(node, inside)
    raise TypeError(f"no such expression: {node!r}")


def _write_call(node: Apply, inside: Callable[[Expression, int], str]) -> tuple[str, int]:
    name, args = node.function.__name__, node.args
    match name:
        case "add":
            return f"{inside(args[0], _SUM)} + {inside(args[1], _SUM)}", _SUM
        case "subtract":
            return f"{inside(args[0], _SUM)} − {inside(args[1], _TERM)}", _SUM
        case "multiply":
            matrices = all(arg.shape for arg in args)
            sign = " ⊙ " if matrices else "·"
            return f"{inside(args[0], _TERM)}{sign}{inside(args[1], _TERM)}", _TERM
        case "divide":
            sign = " / " if args[0].shape else "/"
            return f"{inside(args[0], _TERM)}{sign}{inside(args[1], _SIGN)}", _TERM
        case "negative":
            return f"−{inside(args[0], _SIGN)}", _SIGN
        case "square":
            return f"{inside(args[0], _ATOM)}²", _POWER
        case "power":
            return f"{inside(args[0], _ATOM)}^{inside(args[1], _ATOM)}", _POWER
        case "sqrt":
            return f"√{inside(args[0], _ATOM)}", _POWER
        case "heaviside":
            return f"[{inside(args[0], _SUM)} > 0]", _ATOM
        case "equal":
            return f"[{inside(args[0], _SUM)} = {inside(args[1], _SUM)}]", _ATOM
        case "maximum":
            return f"max({inside(args[0], _SUM)}, {inside(args[1], _SUM)})", _ATOM
    listed = ", ".join(inside(arg, _SUM) for arg in args)
    return f"{name}({listed})", _ATOM
