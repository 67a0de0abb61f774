"""Mutants of the engine: one small fault at a time, and whether a test finds it.

``python -m tests.mutants --sample 200 --seed 1 core`` in a clone, with ``coverage`` installed.
A run of the tests under coverage notes which tests execute which lines and how long they take.
Then each mutant of the sample is made in a copy of the tree and the tests that execute its lines
run, the quickest first, until one fails. What no test finds is printed with its place: it is a
gap, or a mutant that means the same as what it replaces. This is no part of CI.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
_SKIPPED = shutil.ignore_patterns(".git", ".venv*", ".ci-venv*", "__pycache__", ".*_cache")
_SETTINGS = """\
[run]
source = core
dynamic_context = test_function
data_file = {data}
"""

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr, ast.MatMult: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One expression of a file put in the place of another."""

    path: Path
    first_line: int
    last_line: int
    start: int
    stop: int
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.stop :]

    def __str__(self) -> str:
        return f"{self.path}:{self.first_line}: {self.before}  ->  {self.after}"


def _changed(node: ast.expr) -> Iterator[ast.expr]:
    """The expression with one thing in it wrong."""
    other = copy.deepcopy(node)
    match other:
        case ast.Compare(ops=[op]) if type(op) in _COMPARISONS:
            other.ops = [_COMPARISONS[type(op)]()]
            yield other
        case ast.BinOp(op=op) if type(op) in _OPERATIONS:
            other.op = _OPERATIONS[type(op)]()
            yield other
        case ast.BoolOp(op=op):
            other.op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield other
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1 if isinstance(value, int) else 1.5 * value + 0.125)
        case ast.IfExp(body=body, orelse=orelse):
            other.body, other.orelse = orelse, body
            yield other


def _left_alone(tree: ast.Module) -> set[int]:
    """The nodes in annotations, error texts and f-strings, whose faults are not the engine's."""
    apart: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case (
                ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation)
            ):
                apart.append(annotation)
            case ast.FunctionDef(returns=ast.expr() as returns):
                apart.append(returns)
            case ast.Raise() | ast.Assert() | ast.JoinedStr():
                apart.append(node)
    return {id(inner) for node in apart for inner in ast.walk(node)}


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of a file, the path given from the root."""
    source = (ROOT / path).read_bytes()
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    tree = ast.parse(source)
    left_alone, found = _left_alone(tree), []
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or id(node) in left_alone:
            continue
        start = offsets[node.lineno - 1] + node.col_offset
        stop = offsets[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        for other in _changed(node):
            after = f"({ast.unparse(other)})"
            before = source[start:stop].decode()
            last = node.end_lineno or node.lineno
            found.append(Mutant(path, node.lineno, last, start, stop, before, after))
    return found


@dataclass(frozen=True)
class Known:
    """Which tests execute a line, and how long each takes."""

    of_line: dict[tuple[str, int], set[str]]
    seconds: dict[str, float]

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests of a mutant's lines, quickest first; all where only importing executes them."""
        lines = range(mutant.first_line, mutant.last_line + 1)
        found = {test for n in lines for test in self.of_line.get((str(mutant.path), n), set())}
        known = found & set(self.seconds)
        if found and not known:
            known = set(self.seconds)
        return sorted(known, key=lambda test: self.seconds[test])


def _environment(tree: Path) -> dict[str, str]:
    """The environment in which Python imports the copy, and no installed chainstep."""
    return {**os.environ, "PYTHONPATH": str(tree / "typings"), "CI": "true"}


def _observed(tree: Path, tests: list[str]) -> Known:
    """Runs tests of a copy under coverage: all of them, or those files that are named."""
    from coverage import CoverageData

    data, report, settings = tree / "lines.db", tree / "tests.xml", tree / "coverage.ini"
    settings.write_text(_SETTINGS.format(data=data), encoding="utf-8")
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest"]
    command += ["-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests]
    subprocess.run(command, cwd=tree, env=_environment(tree), check=False)
    seconds: dict[str, float] = defaultdict(float)
    for case in ET.parse(report).iter("testcase"):
        module = case.attrib["classname"]
        name = f"{module}.{case.attrib['name'].partition('[')[0]}"
        if case.find("failure") is None and case.find("error") is None:
            seconds[name] += float(case.attrib["time"])
    measured = CoverageData(str(data))
    measured.read()
    of_line: dict[tuple[str, int], set[str]] = defaultdict(set)
    for name in measured.measured_files():
        relative = str(Path(name).relative_to(tree))
        for line, contexts in measured.contexts_by_lineno(name).items():
            of_line[relative, line].update(contexts)
    return Known(of_line, dict(seconds))


def _id(test: str) -> str:
    """What pytest calls a test: ``tests/test_why.py::test_it`` for ``tests.test_why.test_it``."""
    module, _, name = test.rpartition(".")
    return f"{module.replace('.', '/')}.py::{name}"


def _survives(tree: Path, mutant: Mutant, tests: list[str], known: Known) -> bool:
    """Whether every test passes with the mutant in the place of the original."""
    if not tests:
        return True
    path = tree / mutant.path
    source = path.read_bytes()
    ids = [_id(test) for test in tests]
    limit = 60 + 4 * sum(known.seconds[test] for test in tests)
    path.write_bytes(mutant.applied(source))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *ids]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=_environment(tree),
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_bytes(source)
    return done.returncode == 0


def _files(rooms: list[str]) -> list[Path]:
    """The modules of folders, and files as they are, from the root."""
    paths = [ROOT / room for room in rooms]
    inside = [[path] if path.is_file() else sorted(path.rglob("*.py")) for path in paths]
    return [path.relative_to(ROOT) for group in inside for path in group]


def main() -> int:
    """Prints the survivors of a sample, and the share that was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", default=["core"], help="folders or files (core)")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="*", default=[], help="the files of tests to use (all)")
    options = parser.parse_args()
    every = [mutant for path in _files(options.rooms) for mutant in mutants(path)]
    sample = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "tree"
        shutil.copytree(ROOT, tree, symlinks=True, ignore=_SKIPPED)
        known = _observed(tree, options.tests)
        survivors = 0
        for n, mutant in enumerate(sample, start=1):
            if _survives(tree, mutant, known.tests_of(mutant), known):
                survivors += 1
                print(f"survived {n}/{len(sample)}: {mutant}", flush=True)
    print(f"{len(sample) - survivors} of {len(sample)} found ({len(every)} in all)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
