"""Puts a probe around every expression of a program, so that running it tells what it computes.

The probes are calls of functions that `tracing.Trace` puts among the builtins while it watches;
each gives back what the expression would have given. Line numbers stay as they are.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: What every probe's name begins with.
PREFIX = "_chainstep_"

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
#: Builtins that look at the frame they are called from: never called through a probe.
_FRAMED = {"super", "locals", "vars", "dir", "eval", "exec", "globals", "breakpoint", "__import__"}
#: Decorators that read the code of a function themselves.
_COMPILED = {"njit", "jit", "vectorize", "guvectorize", "cfunc"}


@dataclass(frozen=True)
class Place:
    """Where an expression stands: file, line and column from 1 and 0, and its own text."""

    file: str
    line: int
    column: int
    code: str
    function: str = ""
    end: int = 0


class Prober(ast.NodeTransformer):
    """Rewrites a module; `places` gets a place for every probe, numbered by its position."""

    def __init__(self, text: str, file: str, places: list[Place]) -> None:
        self._lines = text.split("\n")
        self._file = file
        self._places = places
        self._classes: list[str] = []
        self._functions: list[str] = []

    # ── making probes ─────────────────────────────────────────────────────────────────

    def _note(self, node: Any, code: str) -> ast.Constant:
        where = ".".join(self._functions)
        end = getattr(node, "end_lineno", None) or node.lineno
        self._places.append(Place(self._file, node.lineno, node.col_offset, code, where, end))
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

    # ── scopes ────────────────────────────────────────────────────────────────────────

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._classes.append(node.name)
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()
        self._classes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        names = {self._decorator(d) for d in node.decorator_list}
        if names & _COMPILED:
            return node
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        defaults = node.args
        defaults.defaults = [self.visit(d) for d in defaults.defaults]
        defaults.kw_defaults = [d and self.visit(d) for d in defaults.kw_defaults]
        self._functions.append(node.name)
        body = _visited(self, node.body)
        node.body = body
        self._functions.pop()
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._functions.append(f"lambda {node.lineno}")
        self.generic_visit(node)
        self._functions.pop()
        return node

    @staticmethod
    def _decorator(node: ast.expr) -> str:
        node = node.func if isinstance(node, ast.Call) else node
        return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")

    # ── expressions ───────────────────────────────────────────────────────────────────

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
            return self._probe("slice", node, *made)
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

    # ── statements ────────────────────────────────────────────────────────────────────

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is not None:
            place = self._note(node, "return")
            node.value = self._probe("given", node.value, place, self.visit(node.value))
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        place = self._seen(node.iter)
        node.target = self.visit(node.target)
        node.iter = self._probe("rows", node.iter, place, self.visit(node.iter))
        node.body, node.orelse = _visited(self, node.body), _visited(self, node.orelse)
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        target = node.targets[0]
        value = node.value
        if len(node.targets) == 1 and isinstance(target, ast.Subscript):
            return self._stored(node, target, self.visit(value))
        if len(node.targets) == 1 and isinstance(target, ast.Tuple | ast.List):
            return self._taken_apart(node, target)
        node.value = self.visit(value)
        for one in node.targets:
            if isinstance(one, ast.Name | ast.Attribute):
                place = self._note(node, self._segment(one))
                node.value = self._probe("named", node, place, node.value)
        node.targets = [self.visit(one) for one in node.targets]
        return node

    def _taken_apart(self, node: ast.Assign, target: ast.Tuple | ast.List) -> Any:
        """`a, b = …`: each name is noted after the values have been put into them."""
        place = self._seen(node.value)
        names = [e for e in target.elts if isinstance(e, ast.Name)]
        noted: list[ast.stmt] = []
        for name in names:
            mark = self._note(node, name.id)
            load = ast.copy_location(ast.Name(name.id, ast.Load()), node)
            call = ast.Expr(self._probe("named", node, mark, load))
            noted.append(ast.copy_location(call, node))
        node.value = self._probe("rows", node.value, place, self.visit(node.value))
        node.targets = [self.visit(target)]
        return [node, *noted]

    def _stored(self, node: ast.stmt, target: ast.Subscript, value: ast.expr) -> ast.stmt:
        place = self._note(node, self._segment(target))
        thing, index = self.visit(target.value), self._index(target.slice)
        call = ast.Expr(self._probe("store", node, place, value, thing, index))
        return ast.copy_location(call, node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return node
        value = self.visit(node.value)
        if isinstance(node.target, ast.Subscript):
            return self._stored(node, node.target, value)
        place = self._note(node, self._segment(node.target))
        node.value = self._probe("named", node, place, value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        place = self._note(node, self._segment(node.target))
        code = self._note(node, self._segment(node))
        kind = ast.Constant(type(node.op).__name__)
        target = node.target
        if isinstance(target, ast.Name):
            load = ast.copy_location(ast.Name(target.id, ast.Load()), node)
            new = self._probe("changed", node, code, kind, load, self.visit(node.value))
            named = self._probe("named", node, place, new)
            return ast.copy_location(ast.Assign([target], named), node)
        if isinstance(target, ast.Attribute):
            owner = self.visit(target.value)
            name = ast.Constant(self._mangled(target.attr))
            pair = self._probe("attribute", node, owner, name)
            call = self._probe(
                "changed_attribute", node, place, code, kind, pair, self.visit(node.value)
            )
        else:
            pair = self._probe("cell", node, self.visit(target.value), self._index(target.slice))
            call = self._probe(
                "changed_item", node, place, code, kind, pair, self.visit(node.value)
            )
        return ast.copy_location(ast.Expr(call), node)

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        if node.guard is not None:
            node.guard = self.visit(node.guard)
        node.body = _visited(self, node.body)
        return node


def _visited(prober: Prober, statements: list[ast.stmt]) -> list[ast.stmt]:
    made: list[ast.stmt] = []
    for statement in statements:
        result = prober.visit(statement)
        made.extend(result if isinstance(result, list) else [result])
    return made


def segment(lines: list[str], node: Any) -> str:
    """The text of an expression as it stands in the source; its lines joined by blanks."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if last >= len(lines):
        return ""
    rows = [line.encode() for line in lines[first : last + 1]]  # columns of ast count bytes
    rows[-1] = rows[-1][: node.end_col_offset]
    rows[0] = rows[0][node.col_offset :]
    return " ".join(row.decode(errors="replace").strip() for row in rows)


def probed(text: str, file: str, places: list[Place]) -> ast.Module:
    """The tree of a program with its probes.

    Raises: SyntaxError where it is no Python.
    """
    tree = ast.parse(text, file)
    prober = Prober(text, file, places)
    tree.body = _with_future(tree.body, prober)
    return ast.fix_missing_locations(tree)


def _with_future(body: list[ast.stmt], prober: Prober) -> list[ast.stmt]:
    """The statements, visited; a docstring stays the first of them."""
    start = 1 if body and _is_text(body[0]) else 0
    return [*body[:start], *_visited(prober, body[start:])]


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
