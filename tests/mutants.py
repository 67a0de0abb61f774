"""Mutants of the engine: one small fault at a time, and whether a test finds it.

``python -m tests.mutants --sample 200 --seed 1 core`` in a clone, with ``coverage`` installed.
A run of the tests under coverage notes which tests execute which lines and how long they take;
``--known FILE`` keeps that for the next part of the same sample (``--part 2/5``). Then each
mutant is made in a copy of the tree and the tests that execute its lines run, the quickest first
and ``--seconds`` of them at most, until one fails or takes far too long. What none of these finds
is printed with its place: it is a gap, or a mutant that means the same as what it replaces. This
is no part of CI, and needs a system that can fork.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
_SKIPPED = shutil.ignore_patterns(".git", ".venv*", ".ci-venv*", "__pycache__", ".*_cache")
_QUIETLY = ["-q", "-p", "no:cacheprovider", "-p", "no:chainstep"]
_FIRST = 40  # tests that run before the others, the quickest
_MEMORY = 6 * 2**30

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
    is_in_function: bool

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
    """The nodes in annotations, error texts and f-strings, and zip's ``strict``: no faults."""
    apart: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case (
                ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation)
            ):
                apart.append(annotation)
            case ast.FunctionDef(returns=ast.expr() as returns):
                apart.append(returns)
            case ast.Raise() | ast.Assert() | ast.JoinedStr() | ast.keyword(arg="strict"):
                apart.append(node)
    return {id(inner) for node in apart for inner in ast.walk(node)}


def _in_functions(tree: ast.Module) -> set[int]:
    """The nodes that run when a function is called; the others run when the module is read."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    bodies = [node.body if isinstance(node.body, list) else [node.body] for node in functions]
    return {id(inner) for body in bodies for part in body for inner in ast.walk(part)}


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of a file, the path given from the root."""
    source = (ROOT / path).read_bytes()
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    tree = ast.parse(source)
    left_alone, in_functions, found = _left_alone(tree), _in_functions(tree), []
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or id(node) in left_alone:
            continue
        start = offsets[node.lineno - 1] + node.col_offset
        stop = offsets[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        for other in _changed(node):
            after = f"({ast.unparse(other)})"
            before = source[start:stop].decode()
            last = node.end_lineno or node.lineno
            inside = id(node) in in_functions
            found.append(Mutant(path, node.lineno, last, start, stop, before, after, inside))
    return found


@dataclass(frozen=True)
class Known:
    """Which tests execute a line, and how long each takes, by what pytest calls them."""

    of_line: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def tests_of(self, mutant: Mutant, most: float) -> list[str]:
        """The tests of a mutant's lines, quickest first, as many as take ``most`` seconds.

        Where reading the module executes the lines, those are all tests of the file.
        """
        lines = self.of_line.get(str(mutant.path), {})
        own = range(mutant.first_line, mutant.last_line + 1)
        found = {test for line in own for test in lines.get(line, ())}
        if not mutant.is_in_function:
            found = {test for tests in lines.values() for test in tests}
        ordered = sorted(found & set(self.seconds), key=lambda test: (self.seconds[test], test))
        until = accumulate(self.seconds[test] for test in ordered)
        return [test for test, end in zip(ordered, until, strict=True) if end <= most]


class _Noting:
    """A plugin of pytest that notes what each test executes, and how long it takes."""

    def __init__(self, measured: Any) -> None:
        self.measured = measured
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.measured.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.outcome != "passed":
            self.failed.add(report.nodeid)


def _observe(tests: list[str], output: Path) -> int:
    """Runs tests under coverage, in the folder of the tree, and writes down what is known."""
    from coverage import Coverage

    measured = Coverage(data_file=None, source=["core"], config_file=False)
    noting = _Noting(measured)
    measured.start()
    pytest.main([*_QUIETLY, *tests], plugins=[noting])
    measured.stop()
    data, of_line = measured.get_data(), {}
    for name in data.measured_files():
        lines = data.contexts_by_lineno(name)
        of_line[str(Path(name).relative_to(Path.cwd()))] = lines
    passed = {test: s for test, s in noting.seconds.items() if test not in noting.failed}
    output.write_text(json.dumps([of_line, passed]), encoding="utf-8")
    return 0


def _apart(tree: Path, work: Callable[[], int], seconds: float) -> int | None:
    """What some work comes to in a process of its own, in a copy; None where it takes too long.

    The process begins with pytest and numpy imported and nothing of chainstep.
    """
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            os.chdir(tree)
            sys.path[:0] = [str(tree / "typings"), str(tree)]
            os.environ.update(PYTHONPATH=str(tree / "typings"), CI="true")
            code = work()
        finally:
            os._exit(code)
    end = monotonic() + seconds
    while monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _survives(tree: Path, mutant: Mutant, tests: list[str], seconds: float) -> bool:
    """Whether every one of the tests passes with the mutant in the place of the original."""
    path = tree / mutant.path
    source = path.read_bytes()
    path.write_bytes(mutant.applied(source))
    try:
        for part in (tests[:_FIRST], tests[_FIRST:]):
            limit = 30 + 5 * seconds
            arguments = [*_QUIETLY, "-x", *part]
            if part and _apart(tree, lambda: int(pytest.main(arguments)), limit) != 0:  # noqa: B023
                return False
    finally:
        path.write_bytes(source)
    return True


def _files(rooms: list[str]) -> list[Path]:
    """The modules of folders, and files as they are, from the root."""
    paths = [(ROOT / room).resolve() for room in rooms]
    inside = [[path] if path.is_file() else sorted(path.rglob("*.py")) for path in paths]
    return [path.relative_to(ROOT) for group in inside for path in group]


def main() -> int:
    """Prints the survivors of a sample, and the share that was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", default=["core"], help="folders or files (core)")
    parser.add_argument("--sample", type=int, default=200, help="how many mutants (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="2/5: the second fifth of the sample")
    parser.add_argument("--tests", nargs="*", default=[], help="the files of tests to use (all)")
    parser.add_argument("--seconds", type=float, default=20, help="of tests for a mutant (20)")
    parser.add_argument("--known", type=Path, help="where to keep which test executes what")
    options = parser.parse_args()
    every = [mutant for path in _files(options.rooms) for mutant in mutants(path)]
    sample = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    part, parts = map(int, options.part.split("/"))
    sample = sample[len(sample) * (part - 1) // parts : len(sample) * part // parts]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "tree"
        shutil.copytree(ROOT, tree, symlinks=True, ignore=_SKIPPED)
        noted = (options.known or Path(folder) / "known.json").resolve()
        if not noted.exists():
            _apart(tree, lambda: _observe(options.tests, noted), 3600)
        of_line, seconds = json.loads(noted.read_text(encoding="utf-8"))
        lines = {path: {int(n): t for n, t in tests.items()} for path, tests in of_line.items()}
        known, survivors = Known(lines, seconds), 0
        for n, mutant in enumerate(sample, start=1):
            tests = known.tests_of(mutant, options.seconds)
            if _survives(tree, mutant, tests, options.seconds):
                survivors += 1
                print(f"survived {len(tests)} tests, {n}/{len(sample)}: {mutant}", flush=True)
    print(f"{len(sample) - survivors} of {len(sample)} found ({len(every)} in all)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
