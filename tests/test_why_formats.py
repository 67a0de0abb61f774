"""What chainstep why writes into files, and its numbers read back."""

import csv
import io
import json
import shutil
import subprocess
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep.core import Entry, Stepper
from chainstep.core.formats.answer_document import passages
from chainstep.core.formats.chain_mathematics import chain_latex
from chainstep.core.formats.latex import PREAMBLE
from chainstep.core.formats.registry import ANSWERS, DATA, FORMATS, PEOPLE
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.why.chain import chain
from chainstep.core.why.wording import Words
from chainstep.scenarios import load, names
from chainstep.tui.command import main

ASKED = pytest.mark.parametrize(
    "words",
    [
        ("two-neurons", "w1", "--paths"),
        ("two-neurons", "w1", "w3"),
        ("hidden-zeros", "--iterations", "20"),
    ],
    ids=["entry", "pair", "network"],
)


def written(tmp_path: Path, *words: str, kind: str) -> bytes:
    path = tmp_path / f"answer.{kind}"
    assert main(["why", *words, "--format", kind, "--output", str(path), "--force"]) == 0
    return path.read_bytes()


def leaves(data: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(data, (dict, list)):
        return {path: data}
    parts = data.items() if isinstance(data, dict) else enumerate(data)
    return {
        inner: leaf
        for key, part in parts
        for inner, leaf in leaves(part, f"{path}.{key}" if path else str(key)).items()
    }


@ASKED
def test_rows_and_archives_read_back_to_the_numbers_of_the_json(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    data = leaves(json.loads(written(tmp_path, *words, kind="jsonl")))
    rows = csv.DictReader(io.StringIO(written(tmp_path, *words, kind="csv").decode()))
    texts = {row["key"]: row["value"] for row in rows}
    assert set(texts) == set(data)
    with np.load(io.BytesIO(written(tmp_path, *words, kind="npz")), allow_pickle=False) as archive:
        for key, value in data.items():
            if isinstance(value, float):
                assert float(texts[key]) == value
            assert value is None or archive[key].item() == value


def test_an_answer_does_not_overwrite_a_file_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w1.md"
    path.write_text("mine")
    words = ["why", "two-neurons", "w1", "--format", "markdown", "--output", str(path)]
    assert main(words) == 2
    assert path.read_text() == "mine"
    assert "--force overwrites it" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0
    assert r"\frac{\partial J}{\partial a_{3}}" in path.read_text()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("softmax-no-hidden-layer", "W1.0.0"), "∂L/∂W₁,₁ = x₁(y₁ − t₁)"),
        (("two-neurons", "w1"), "∂J/∂w₁ = x₁(a₃ − y)·w₅·a₁(1 − a₁)"),
        (("two-neurons", "W1.0.0", "--notation", "z-a-W"), None),
        (("two-neurons", "a0.0.0"), "x₁ is not written in letters: it is given."),
    ],
    ids=["softmax", "five-factors", "ours", "given"],
)
def test_symbols_give_the_entry_in_letters(
    words: tuple[str, ...], line: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["why", *words, "--symbols"]) == 0
    out = capsys.readouterr().out
    assert line in out if line else " = " in out.rstrip().splitlines()[-1]


def test_a_chain_shows_itself_in_a_notebook() -> None:
    stepper = Stepper(load("two-neurons"))
    found = chain(stepper.iterate()[-1].frame, Entry("W1", (0, 0)))
    assert "<math" in found._repr_html_()
    assert found._repr_latex_().startswith("$\\displaystyle")


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_the_chains_of_every_scenario_compile_in_a_notation_each(tmp_path: Path) -> None:
    pieces, notations = [PREAMBLE], cycle(NOTATIONS.values())
    for name in names():
        stepper = Stepper(load(name))
        frame = stepper.iterate()[-1].frame
        for quantity, notation in zip(stepper.program.quantities.values(), notations):  # noqa: B905
            found = chain(frame, Entry(quantity.name, tuple(n - 1 for n in quantity.shape)))
            mathematics = chain_latex(found, Words(stepper.program, notation))
            pieces.append(f"\\[\\fit{{{mathematics}}}\\]\n")
    (tmp_path / "all.tex").write_text("".join([*pieces, "\\end{document}\n"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@ASKED
def test_a_latex_answer_compiles(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_bytes(written(tmp_path, *words, kind="latex"))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize(
    "words",
    [
        "replay two-neurons",
        "why two-neurons w1",
        "check same-weights same-weights-page",
        "check one-neuron",
    ],
)
def test_every_format_is_one_of_every_command(words: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "answer"
    assert main([*words.split(), "--format", kind, "--output", str(path)]) == 0
    assert path.stat().st_size > 0


def test_what_is_drawn_stands_apart_from_what_is_said() -> None:
    lines = ["One sentence", "goes on.", "  a  table", "  of   two lines", "", "The end."]
    told = [(each.lines, each.drawn) for each in passages(lines)]
    assert told == [
        (("One sentence", "goes on."), False),
        (("  a  table", "  of   two lines"), True),
        (("",), False),
        (("The end.",), False),
    ]


def test_formats_are_for_people_for_programs_or_for_whoever_runs_them() -> None:
    kinds = {name: entry.kind for name, entry in FORMATS.items()}
    assert {kinds[name] for name in PEOPLE} == {"document"}
    assert {kinds[name] for name in DATA} == {"data"}
    assert {kinds[name] for name in kinds if name not in ANSWERS} == {"code"}
