"""Puts a probe around every expression of a program.

The probes are calls of the functions in `probes.py`, which stand among the builtins while a program
is watched; each gives back what the expression would have given. Line numbers stay as they are.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from chainstep.scenarios.programs.seeing.operators import COMPARED, UNARY

#: What every probe's name begins with.
PREFIX = "_chainstep_"


#: Builtins that look at the frame they are called from: never called through a probe.
_FRAMED = {"super", "locals", "vars", "dir", "eval", "exec", "globals", "breakpoint", "__import__"}


@dataclass(frozen=True)
class Place:
    """Where an expression stands: file, line and column from 1 and 0, and its own text.

    ``apart`` marks a name that got its value with others, as in `x, z = cache`.
    """

    file: str
    line: int
    column: int
    code: str
    function: str = ""
    end: int = 0
    apart: bool = False


class Expressions(ast.NodeTransformer):
    """Puts probes around expressions; `places` gets a place for each, numbered by its position."""

    def __init__(self, text: str, file: str, places: list[Place]) -> None:
        self._lines = text.split("\n")
        self._file = file
        self._places = places
        self._classes: list[str] = []
        self._functions: list[str] = []

    def _note(self, node: Any, code: str, *, apart: bool = False) -> ast.Constant:
        where = ".".join(self._functions)
        end = getattr(node, "end_lineno", None) or node.lineno
        self._places.append(
            Place(self._file, node.lineno, node.col_offset, code, where, end, apart)
        )
        return ast.Constant(len(self._places) - 1)

    def _probe(self, name: str, at: Any, *arguments: ast.expr) -> ast.Call:
        call = ast.Call(ast.Name(PREFIX + name, ast.Load()), list(arguments), [])
        ast.copy_location(call, at)
        for part in ast.walk(call):
            if not hasattr(part, "lineno") and isinstance(part, ast.expr):
                ast.copy_location(part, at)
        return call

    def _segment(self, node: ast.expr | ast.stmt) -> str:
        return segment(self._lines, node)

    def _mangled(self, name: str) -> str:
        """A name as Python stores it in a class: `__w` there is `_Class__w`."""
        if self._classes and name.startswith("__") and not name.endswith("__"):
            return f"_{self._classes[-1].lstrip('_')}{name}"
        return name

    def _seen(self, node: ast.expr) -> ast.Constant:
        return self._note(node, self._segment(node))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return self._probe("const", node, node) if type(node.value) is float else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        place = self._seen(node)
        literal = ast.Constant(
            isinstance(node.left, ast.Constant) * 1 + isinstance(node.right, ast.Constant) * 2
        )
        left, right = self.visit(node.left), self.visit(node.right)
        kind = ast.Constant(type(node.op).__name__)
        return self._probe("binary", node, place, kind, literal, left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if type(node.op) not in UNARY or isinstance(node.operand, ast.Constant):
            return self.generic_visit(node)
        place = self._seen(node)
        kind = ast.Constant(type(node.op).__name__)
        return self._probe("unary", node, place, kind, self.visit(node.operand))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) != 1 or type(node.ops[0]) not in COMPARED:
            return self.generic_visit(node)
        place = self._seen(node)
        kind = ast.Constant(type(node.ops[0]).__name__)
        left, right = self.visit(node.left), self.visit(node.comparators[0])
        return self._probe("compare", node, place, kind, left, right)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id in _FRAMED:
            return self.generic_visit(node)
        place = self._seen(node)
        self.generic_visit(node)
        call = self._probe("call", node, place, node.func, *node.args)
        call.keywords = node.keywords
        return call

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if not isinstance(node.ctx, ast.Load) or node.attr not in {"T", "mT", "flat"}:
            return self.generic_visit(node)
        place = self._seen(node)
        return self._probe("part", node, place, self.visit(node.value), ast.Constant(node.attr))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        place = self._seen(node)
        return self._probe("item", node, place, self.visit(node.value), self._index(node.slice))

    def _index(self, node: ast.expr) -> ast.expr:
        """An index as an expression: a slice between brackets is none by itself."""
        if isinstance(node, ast.Slice):
            parts = [p and self.visit(p) for p in (node.lower, node.upper, node.step)]
            made = [p or ast.Constant(None) for p in parts]
            return self._probe("sliced", node, *made)
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
            kept = ast.Tuple([self._starred_index(e) for e in node.elts], ast.Load())
            return ast.copy_location(kept, node)
        return self.visit(node)  # type: ignore[no-any-return]

    def _starred_index(self, node: ast.expr) -> ast.expr:
        return self.visit(node) if isinstance(node, ast.Starred) else self._index(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        value = node.value
        node = self.generic_visit(node)  # type: ignore[assignment]
        node.value = self._probe("shown", value, node.value)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        place = self._seen(node.iter)
        self.generic_visit(node)
        if not node.is_async:
            node.iter = self._probe("rows", node.iter, place, node.iter)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        place = self._note(node, node.target.id)
        node.value = self._probe("named", node, place, self.visit(node.value))
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return self.generic_visit(node)


def segment(lines: list[str], node: Any) -> str:
    """The text of an expression as it stands in the source; its lines joined by blanks."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if last >= len(lines):
        return ""
    rows = [line.encode() for line in lines[first : last + 1]]  # columns of ast count bytes
    rows[-1] = rows[-1][: node.end_col_offset]
    rows[0] = rows[0][node.col_offset :]
    return " ".join(row.decode(errors="replace").strip() for row in rows)
