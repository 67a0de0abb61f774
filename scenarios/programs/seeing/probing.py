"""Rewrites a module's scopes and statements, so that running it tells what it computes."""

from __future__ import annotations

import ast
from typing import Any

from chainstep.scenarios.programs.seeing.rewritten import Expressions, Place

#: Decorators that read the code of a function themselves.
_COMPILED = {"njit", "jit", "vectorize", "guvectorize", "cfunc"}


class Prober(Expressions):
    """Rewrites a module: its scopes and statements, and all expressions in them."""

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
        turn = ast.copy_location(ast.Expr(self._probe("turn", node)), node)
        node.body, node.orelse = [turn, *_visited(self, node.body)], _visited(self, node.orelse)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        node.test = self.visit(node.test)
        turn = ast.copy_location(ast.Expr(self._probe("turn", node)), node)
        node.body, node.orelse = [turn, *_visited(self, node.body)], _visited(self, node.orelse)
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
            mark = self._note(node, name.id, apart=True)
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
