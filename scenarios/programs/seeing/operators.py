"""Python's operators: what each does, under numpy's name for it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

BINARY: dict[type[ast.operator], tuple[str, Callable[..., Any], Callable[..., Any]]] = {
    ast.Add: ("add", operator.add, operator.iadd),
    ast.Sub: ("subtract", operator.sub, operator.isub),
    ast.Mult: ("multiply", operator.mul, operator.imul),
    ast.Div: ("divide", operator.truediv, operator.itruediv),
    ast.Pow: ("power", operator.pow, operator.ipow),
    ast.MatMult: ("matmul", operator.matmul, operator.imatmul),
    ast.FloorDiv: ("floor_divide", operator.floordiv, operator.ifloordiv),
    ast.Mod: ("remainder", operator.mod, operator.imod),
    ast.BitAnd: ("bitwise_and", operator.and_, operator.iand),
    ast.BitOr: ("bitwise_or", operator.or_, operator.ior),
    ast.BitXor: ("bitwise_xor", operator.xor, operator.ixor),
    ast.LShift: ("left_shift", operator.lshift, operator.ilshift),
    ast.RShift: ("right_shift", operator.rshift, operator.irshift),
}


UNARY: dict[type[ast.unaryop], tuple[str, Callable[..., Any]]] = {
    ast.USub: ("negative", operator.neg),
    ast.Invert: ("invert", operator.invert),
}


COMPARED: dict[type[ast.cmpop], tuple[str, Callable[..., Any]]] = {
    ast.Gt: ("greater", operator.gt),
    ast.GtE: ("greater_equal", operator.ge),
    ast.Lt: ("less", operator.lt),
    ast.LtE: ("less_equal", operator.le),
    ast.Eq: ("equal", operator.eq),
    ast.NotEq: ("not_equal", operator.ne),
}
