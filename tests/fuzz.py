"""Files and arguments that nobody would write, thrown at the command: ``python -m tests.fuzz``.

    python -m tests.fuzz --kind numbers --count 100000 --seed 7

Every case has to end in an exit code of 0, 1, 2 or 3 and at most one message, within 5 s of a
processor and 1 GiB; those that do not are printed with what made them, and the same seed makes them
again. Most cases cut short what takes long behind the reading: numbers are read and in one case of
ten held against the network, of three mistakes, `why` runs 30 iterations; one in 50 does all. The
tests run a small part of it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.quantities import InputError
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import load, names
from chainstep.tui.command import main, parsers
from chainstep.tui.options import OVERRIDES
from tests.recipes import plain_scenario, rich_scenario
from tests.watched import programs

SCENARIOS = Path(__file__).parent.parent / "scenarios"
#: Seconds of a processor after which a case is given up, and MiB that it may take.
PATIENCE = 5
_MOST_MEMORY = 1024
#: Of so many cases one is run whole.
_WHOLE = 50
ODD: list[Any] = [
    "", "~", "null", "0", "-1", "1e309", "-1e-400", ".nan", ".inf", "nan", "1_000", "0x10", "007",
    "²", "٣", "1" * 5000, "9" * 20_000 + "x", "true", "[]", "{}", "[[]]", "[[[1]]]", "[1, [2]]",
    "[1, 2]", "{a: 1}", "x" * 60, "\u202eabc", "\u200b", "\x1b[31m", "&a 1", "*a",
    "!!python/name:os.system",
    "1.5", "1000000000", "10000000000000000000", "sigmoid", "softmax", "relu", "mse", "zeros",
    "'0.5'", '"\\u202e"', "- 1", "? 1", "|", ">", "%", "@", "`", "a: b: c", "[", "{", "}", "]", ",",
]  # fmt: skip


class Case(NamedTuple):
    """One thing to try: the files that it needs, the words of the command."""

    files: dict[str, bytes]
    words: list[str]


# ── cases ─────────────────────────────────────────────────────────────────────────────────


def _text_of(name: str) -> str:
    return (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")


def _scarred(text: str, chance: random.Random) -> bytes:
    """A text with some of its characters, lines and words changed."""
    raw = bytearray(text.encode())
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        kind = chance.randrange(7)
        at = chance.randrange(len(raw) + 1) if raw else 0
        if kind == 0:
            raw[at : at + chance.choice([1, 1, 2, 10])] = b""
        elif kind == 1:
            raw[at:at] = bytes(chance.choices(range(256), k=chance.choice([1, 1, 3])))
        elif kind == 2:
            raw[at:at] = chance.choice(b"[]{}:,-#'\"|>&*!%@`\n\t 0159e.").to_bytes(1, "little")
        elif kind == 3:
            lines = raw.split(b"\n")
            chosen = chance.randrange(len(lines))
            lines.insert(chance.randrange(len(lines)), lines[chosen])
            raw = bytearray(b"\n".join(lines))
        elif kind == 4:
            lines = raw.split(b"\n")
            del lines[chance.randrange(len(lines))]
            raw = bytearray(b"\n".join(lines))
        else:
            words = bytes(raw).split(b" ")
            words[chance.randrange(len(words))] = str(chance.choice(ODD)).encode()
            raw = bytearray(b" ".join(words))
    return bytes(raw)


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _places(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _places(value, (*path, index))


def _altered(data: Any, chance: random.Random) -> str:
    """Plain data with some of its values exchanged, as JSON or as YAML in one line."""
    data = json.loads(json.dumps(data))
    for _ in range(chance.choice([1, 1, 2, 4])):
        paths = [path for path in _places(data) if path]
        if not paths:
            break
        *above, last = chance.choice(paths)
        part = data
        for step in above:
            part = part[step]
        kind = chance.randrange(4)
        if kind == 0:
            part[last] = chance.choice([None, True, -1, 0, 1e308, 1.5, 10**20, "", [], {}, [[1]]])
        elif kind == 1 and isinstance(part, dict):
            part[str(chance.choice(ODD))[:80]] = part.pop(last)
        elif kind == 2 and isinstance(part, list):
            part.extend(part[: chance.choice([1, 3])])
        else:
            part[last] = f"\0{chance.choice(ODD)}\0"
    return json.dumps(data).replace('"\\u0000', "").replace('\\u0000"', "")


def _recipes() -> list[dict[str, Any]]:
    known = [dict(load(name).recipe) for name in names()]
    made = json.loads(json.dumps(known, default=_plain))
    return [plain_scenario(), *[rich_scenario()] * 5, *made]


def _plain(value: Any) -> Any:
    return value.tolist()


def _spliced(data: Any, other: Any, chance: random.Random) -> str:
    """Plain data with parts of another's in it, under the same key where both have it."""
    data = json.loads(json.dumps(data))
    for _ in range(chance.choice([1, 1, 2, 3])):
        *above, last = chance.choice([path for path in _places(data) if path])
        theirs = [path for path in _places(other) if path]
        alike = [path for path in theirs if path[-1] == last] or theirs
        part = data
        for step in above:
            part = part[step]
        part[last] = json.loads(json.dumps(_at(other, chance.choice(alike))))
        if chance.random() < 0.3 and isinstance(part, dict):
            key = chance.choice([path for path in theirs if isinstance(path[-1], str)])
            part[key[-1]] = json.loads(json.dumps(_at(other, key)))
        if chance.random() < 0.2:
            del part[last]
    return json.dumps(data)


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def scenario(chance: random.Random) -> Case:
    """A scenario that is not quite one."""
    draw = chance.random()
    if draw < 0.35:
        content = _scarred(_text_of(chance.choice(names())), chance)
    elif draw < 0.7:
        content = _altered(chance.choice(_ALL), chance).encode()
    else:
        content = _spliced(chance.choice(_ALL), chance.choice(_ALL), chance).encode()
    command = chance.choice(["check", "replay", "why"])
    return Case({"s.yaml": content}, [command, "s.yaml"])


_NUMBERS = [
    """\
iteration: 1
values: {a1: [[0.9, 0.9], [0.8, 0.8], [0.7, 0.7]], C: 1.9, delta2: [[0.1], [0.2], [0.3]]}
""",
    """\
names: {h: a1, err: -delta2}
h: [[0.9, 0.9], [0.8, 0.8], [0.7, 0.7]]
err: [[1], [2], [3]]
""",
    """\
- {at: {iteration: 3}, quantity: W1, entry: [0, 1], printed: '0.21', within: 2}
- {quantity: a2.0.0, printed: '0.5'}
""",
    "1: {C: 0.5}\n2: {C: 0.4, dC/dW1: [[1, 2], [3, 4]]}\n",
]


def numbers(chance: random.Random) -> Case:
    """A file of numbers that is not quite one."""
    content = _scarred(chance.choice(_NUMBERS), chance)
    return Case(_own(content, "n.yaml"), ["check", "s.yaml", "n.yaml"])


def _own(content: bytes, name: str, **changes: Any) -> dict[str, bytes]:
    recipe = plain_scenario()
    recipe["data"] |= changes
    return {"s.yaml": json.dumps(recipe).encode(), name: content}


def table(chance: random.Random) -> Case:
    """A CSV file that is not quite one."""
    rows = chance.choice(["x,y\n1,2\n3,4\n5,6\n", "1,2\n3,4\n5,6\n", '"x";"y"\n1;2\n3;4\n5;6\n'])
    columns: dict[str, Any] = chance.choice([{}, {"columns": ["x", "y"]}, {"columns": [0, 1]},
                             {"columns": [str(chance.choice(ODD))[:500]] * 2}])  # fmt: skip
    files = _own(_scarred(rows, chance), "t.csv", inputs={"csv": "t.csv", **columns})
    return Case(files, ["check", "s.yaml"])


def arrays(chance: random.Random) -> Case:
    """An npz file that is not quite one."""
    raw = io.BytesIO()
    shapes = [(), (3, 2), (3, 1), (2, 2), (6,), (0,), (1, 1, 1), (500, 500)]
    types = ["<f8", ">f4", "<i8", "|b1", "<c16", "<f2", "<U3"]
    keys = ["a1", "delta2", "C", "3:W1_new", str(chance.choice(ODD))[:80] or "x"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = {
            key: np.zeros(chance.choice(shapes)).astype(chance.choice(types))
            for key in chance.sample(keys, 3)
        }
        chance.choice([np.savez, np.savez_compressed])(raw, **made)  # type: ignore[arg-type]  # by their names
        content = bytearray(raw.getvalue())
        for _ in range(chance.choice([0, 1, 1, 2, 5, 20])):
            at = chance.randrange(len(content))
            content[at : at + chance.choice([1, 1, 4])] = bytes(chance.choices(range(256), k=1))
        if chance.random() < 0.1:
            del content[chance.randrange(len(content)) :]
        if chance.random() < 0.1:
            with zipfile.ZipFile(raw, "a") as archive:
                archive.writestr(
                    f"{chance.choice(keys)}.npy", bytes(chance.choices(range(256), k=99))
                )
            content = bytearray(raw.getvalue())
    if chance.random() < 0.5:
        return Case(_own(bytes(content), "n.npz"), ["check", "s.yaml", "n.npz"])
    key = {"key": chance.choice(keys)} if chance.random() < 0.5 else {}
    files = _own(bytes(content), "t.npz", inputs={"npz": "t.npz", **key})
    return Case(files, ["check", "s.yaml"])


_WORDS = [
    "list", "replay", "why", "check", "compare", "new", "schema", "same-weights", "two-n",
    "s.yaml", "--json", "--format", "latex", "jsonl", "npz", "--iterations", "3", "--show",
    "1-2", "all", "--until", "C < 0.1", "|W1| > 3", "W1.0.0", "b1.1", "dC/dW1", "--iteration",
    "--learning-rate", "0.5,1", "0.5", "--seed", "1,2", "--notation", "n-a-w", "--mistake",
    "sign-flipped", "--loss", "--rule", "adam", "--phase", "backward", "--layer", "--quantity",
    "--digits", "--table", "open", "--paths", "--nudge", "--symbols", "--most", "--activation",
    "relu", "--reduction", "mean", "--help", "--version", "", "--", "-", "--arithmetic",
    "float32", "--products", "ordered", "--completion", "--batch", "2",
]  # fmt: skip


def words(chance: random.Random) -> Case:
    """A command that nobody would type."""
    begun = [chance.choice(["list", "replay", "why", "check", "compare", "schema"])]
    if chance.random() < 0.9:
        begun.append(chance.choice(["same-weights", "s.yaml", "two-neurons", "softmax-no"]))
    typed = [
        chance.choice(_WORDS)
        if chance.random() < 0.85
        else str(chance.choice(ODD)).replace("\0", "")
        for _ in range(chance.randrange(6))
    ]
    typed = [word for word in typed if word not in {"open", "-"}]
    return Case(_own(b"", "empty"), [*begun, *typed])


_VALUES = [
    "0", "1", "2", "3", "7", "-1", "0.5", "1e-9", "1e300", "0,1", "1,2,3", "0.1,0.2", "1-2", "all",
    "last", "delta2", "dC/dW1", "W1", "W1.0.1", "C < 0.3", "|W1| > 3", "3:delta2", "40", "200",
    "8,7", "numbers,remarks", "derivation", "out.txt", "sigmoid", "float32",
]  # fmt: skip
_TYPED = ["list", "replay", "why", "check", "compare", "worksheet", "new", "schema"]
_FREQUENT = [6, 20, 20, 12, 12, 3, 12, 3]


def options(chance: random.Random) -> Case:
    """A command with options that it has, each with a value that one of them takes."""
    (command,) = chance.choices(_TYPED, _FREQUENT)
    typed = [command, *(["m.yaml"] if command == "new" else [])]
    if command not in {"list", "new", "schema"}:
        typed.append(chance.choice([*names(), "s.yaml"]))
    known = [each for each in _PARSERS[command]._actions if each.option_strings]
    for action in chance.choices(known, k=chance.randrange(6)):
        if action.dest == "help":
            continue
        typed.append(action.option_strings[-1])
        if action.nargs != 0:
            own = [*(action.choices or ()), *_WORDS_OF.get(action.dest, ())]
            typed.append(str(chance.choice(own if own and chance.random() < 0.8 else _VALUES)))
    return Case(_own(b"", "empty"), typed)


def program(chance: random.Random) -> Case:
    """A program that is not quite one, watched."""
    lines = chance.choice(_PROGRAMS).split("\n")
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        at = chance.randrange(len(lines))
        kind = chance.randrange(5)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif kind == 2:
            lines[at] = _scarred(lines[at], chance).decode("utf-8", "ignore")
        else:
            names_ = re.findall(r"\b[A-Za-z_]\w*\b", "\n".join(lines))
            found = re.findall(r"\b[A-Za-z_]\w*\b|[-+*/@]|\d+", lines[at])
            if found and names_:
                new = chance.choice([*_PIECES, chance.choice(names_)])
                lines[at] = lines[at].replace(chance.choice(found), new, 1)
        lines = lines or [""]
    return Case({"p.py": "\n".join(lines).encode()}, ["watch", "p.py"])


_PIECES = [
    "0", "-1", "1e308", "None", "[]", "'a'", "()", "+", "-", "*", "/", "@", "**", "%", "np.nan",
    "np.zeros((0, 3))", "np.exp", "10**400", "1j", "np.float16(1)", "lambda *a: a[0]", "np.ones(5)",
    "object()", "True", "np.array([[1, 2], [3, 4]], dtype=object)", "yield", "return", "range(3)",
    "raise ValueError", "__import__('sys').exit()", "np.ma.masked", "np.random.rand(3, 3)",
]  # fmt: skip

KINDS: dict[str, Callable[[random.Random], Case]] = {
    "scenarios": scenario,
    "numbers": numbers,
    "csv": table,
    "npz": arrays,
    "arguments": words,
    "options": options,
    "programs": program,
}
_ALL: list[dict[str, Any]] = _recipes()
_PARSERS = parsers()
_WORDS_OF = {
    **{name: taken for name, (taken, _) in OVERRIDES.items() if taken},
    "mistake": tuple(MISTAKES),
    "notation": tuple(NOTATIONS),
    "phase": ("forward", "backward", "update"),
}
_PROGRAMS = [
    text
    for watched in programs()
    for text in (watched.text, *(change.text for change in watched.changes))
]


# ── trying one ────────────────────────────────────────────────────────────────────────────


class _TooLong(BaseException):  # which no program catches
    """A case that does not end."""


def _too_long(*_: object) -> None:
    raise _TooLong


def fault_of(case: Case) -> str:
    """What is wrong with how the command takes a case; nothing where nothing is.

    A program that is watched has a process of its own, in which it may do what it likes.
    """
    for name, content in case.files.items():
        Path(name).write_bytes(content)
    if case.words[0] != "watch":
        return _fault_here(case)
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        text = "it was not tried to the end"
        try:
            with Path("printed").open("wb") as printed:
                os.dup2(printed.fileno(), 1)
                os.dup2(printed.fileno(), 2)
            text = _fault_here(case)
            printed_text = Path("printed").read_text(encoding="utf-8", errors="replace")
            if "Traceback" in printed_text and "/scenarios/programs/" in printed_text:
                text = printed_text  # what the program itself raises has no line of ours
        finally:
            os.write(write, text.encode()[-4000:])
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        text = told.read()
    os.waitpid(process, 0)
    Path("printed").unlink(missing_ok=True)
    return text


def _fault_here(case: Case) -> str:
    before = set(Path().iterdir())
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    code: object = None
    signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            code = main(case.words)
    except SystemExit as left:  # --help and --version leave so
        code = left.code or 0
    except _TooLong:
        return f"not done in {PATIENCE} s"
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    told = err.getvalue()
    if code not in {0, 1, 2, 3}:
        return f"exit code {code}"
    if case.words[0] == "watch":  # what the program itself says is its own
        return told if told.count("chainstep: ") > 1 else ""
    if "Traceback" in told or (code == 2) != bool(told):
        return f"exit code {code} and this on standard error: {told[:500]!r}"
    if told.count("chainstep: ") > 1 or max(map(len, told.split("\n"))) > 2000:
        return f"no single short message: {told[:2000]!r}"
    if any(mark in told for mark in "\x1b\u202e\u200b"):
        return f"a message that steers a terminal: {told[:500]!r}"
    more = {path for path in set(Path().iterdir()) - before if str(path) not in case.words}
    more -= {Path("chainstep.schema.json")}  # which `new` writes, for editors
    for path in set(Path().iterdir()) - before:
        path.unlink()
    return f"left behind: {more}" if more else ""


class Tried(NamedTuple):
    """What came of so many cases: the faults, the seconds of the longest, and which that was."""

    tried: int
    faults: list[str]
    longest: float
    which: str


def run(kind: str, count: int, seed: int, seconds: float = 1e9) -> Tried:
    """Tries so many cases of a kind, or as many as there is time for."""
    faults, until, number = [], time.monotonic() + seconds, 0
    longest, which = 0.0, ""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        while number < count and time.monotonic() < until:
            case = KINDS[kind](random.Random(f"{kind} {seed} {number}"))
            began = sum(os.times()[:4])
            whole = number % _WHOLE == _WHOLE - 1
            found = fault_of(case) if whole else _cut_short(case, held=not number % 10)
            took = sum(os.times()[:4]) - began
            if took > longest:
                longest, which = took, f"{number}: {' '.join(case.words)[:100]}"
            for name in case.files:
                Path(name).unlink(missing_ok=True)
            if not found and memory() > _MOST_MEMORY:
                found = f"it took {memory():.0f} MiB"
            if found:
                faults.append(f"{kind} {seed} {number}: {case.words}\n{found}")
            number += 1
    return Tried(number, faults, longest, which)


_LOOKED_FOR = {"sign-flipped", "targets-shuffled", "activation-missing"}
_CHECK = "chainstep.core.check.check_numbers.check"


def _cut_short(case: Case, *, held: bool) -> str:
    """The fault of a case where little is looked for and run."""
    words = case.words
    if words[0] == "why" and len(words) == 2:
        case = case._replace(words=[*words, "--iterations", "30"])
    whole = dict(MISTAKES)
    for name in MISTAKES.keys() - _LOOKED_FOR:
        del MISTAKES[name]
    read = contextlib.nullcontext() if held else mock.patch(_CHECK, side_effect=InputError("read"))
    try:
        with read:
            return fault_of(case)
    finally:
        MISTAKES.clear()
        MISTAKES.update(whole)


def memory() -> float:
    """MiB that this process, or one that it began, had at most."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(whose).ru_maxrss / 1024 for whose in both)


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--count", type=int, default=1000, help="cases of each kind (1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1e9, help="for each kind, at most")
    options = parser.parse_args()
    bad = 0
    for kind in KINDS if options.kind == "all" else [options.kind]:
        tried = run(kind, options.count, options.seed, options.seconds)
        bad += len(tried.faults)
        print(*tried.faults[:20], sep="\n\n")  # noqa: T201 - it is a command
        print(f"{kind}: {tried.tried} cases, seed {options.seed}, "  # noqa: T201
              f"{len(tried.faults)} faults, {memory():.0f} MiB at most, "
              f"the longest took {tried.longest:.1f} s ({tried.which})")  # fmt: skip
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(_main())
