import json
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import Entry, Record, Stepper
from chainstep.core.formats import run_document as run_documents
from chainstep.core.formats.document import Look
from chainstep.core.formats.latex import escaped as latex_escaped
from chainstep.core.formats.latex_mathematics import cells, matrix
from chainstep.core.formats.markdown import escaped as markdown_escaped
from chainstep.core.formats.notebook import (
    entry_chain_html,
    entry_chain_latex,
    entry_chain_markdown,
    layer_chain_html,
    layer_chain_latex,
    record_html,
    record_latex,
    stepper_html,
    stepper_latex,
    stepper_markdown,
)
from chainstep.core.formats.registry import DATA, FORMATS, PEOPLE
from chainstep.core.formats.run_document import About, run_document, state_of
from chainstep.core.setup import Array, Setup
from chainstep.core.text.layer_chain import chain_of
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.why.chain import chain as chain_of_entry
from chainstep.scenarios import load, names
from tests.networks import SETTINGS, bits, random_setup, setups, varied_setup
from tests.test_layerless import perceptron

#: Every scenario, the notations in turn.
IN_TURN = pytest.mark.parametrize(
    ("scenario", "named"), list(zip(names(), cycle(NOTATIONS.values()), strict=False))
)
EVERY = pytest.mark.parametrize("named", NOTATIONS.values(), ids=list(NOTATIONS))
FOR_PROGRAMS = DATA


def header(name: str, stepper: Stepper, title: str = "") -> About:
    return About(name, stepper.program, state_of(stepper), title)


def written(name: str, about: About, records: list[Record], look: Look | None = None) -> Any:
    if FORMATS[name].kind == "data":
        content = FORMATS[name].write_records(about, iter(records))
    else:
        stepper = Stepper(about.program)
        stepper.iterate()
        document = run_document(about, stepper, iter(records), look or Look())
        content = FORMATS[name].write_document(document, look or Look())
    return content if isinstance(content, bytes) else "".join(content)


def values_read(name: str, content: Any, arithmetic: str) -> dict[tuple[int, str], Array]:
    if name == "csv":
        return FORMATS[name].read_records(content.splitlines(), arithmetic)
    return FORMATS[name].read_records(
        content if isinstance(content, bytes) else content.splitlines()
    )


def run(scenario: str, iterations: int = 1) -> tuple[About, list[Record]]:
    stepper = Stepper(load(scenario))
    about = header(scenario, stepper, "A title")
    return about, list(stepper.walk(iterations))


# ── numbers read back ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", FOR_PROGRAMS)
@settings(max_examples=20)
@given(setup=setups(deepest=3))
def test_numbers_read_back_to_the_same_bits(name: str, setup: Setup) -> None:
    stepper = Stepper(setup)
    about = header("random", stepper)
    records = list(stepper.walk(3))
    found = values_read(name, written(name, about, records), setup.arithmetic)
    assert list(found) == [(record.iteration, record.quantity) for record in records]
    for record in records:
        assert bits(found[record.iteration, record.quantity]) == bits(record.value)


@pytest.mark.parametrize("name", FOR_PROGRAMS)
@pytest.mark.parametrize("scenario", names())
def test_every_scenario_reads_back_to_the_same_bits(name: str, scenario: str) -> None:
    about, records = run(scenario, 2)
    found = values_read(name, written(name, about, records), about.program.setup.arithmetic)
    for record in records:
        assert bits(found[record.iteration, record.quantity]) == bits(record.value)


def beyond_range(arithmetic: str) -> Setup:
    """A network whose numbers leave the range at once: NaN, both infinities, a negative 0."""
    setup = random_setup(
        1, (2, 2, 1), ("identity", "identity"), 2, "none", "squared-error", arithmetic=arithmetic
    )
    huge = np.array([[1e38, -1e38], [-0.0, 1e38]], dtype=arithmetic)
    largest = float(np.finfo(arithmetic).max)
    return Setup(
        **{
            **setup._asdict(),
            "inputs": huge * (largest / 1e38),
            "weights": (np.array([[4.0, -4.0], [0.0, 4.0]]), np.array([[1.0], [1.0]])),
        }
    )


@pytest.mark.parametrize("name", FOR_PROGRAMS)
@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
def test_what_is_not_finite_and_negative_nought_read_back(name: str, arithmetic: str) -> None:
    stepper = Stepper(beyond_range(arithmetic))
    about = header("beyond", stepper)
    records = list(stepper.walk(1))
    everything = np.concatenate([np.ravel(record.value) for record in records])
    assert np.isnan(everything).any()
    assert np.isposinf(everything).any()
    assert np.isneginf(everything).any()
    assert ((everything == 0) & np.signbit(everything)).any()
    found = values_read(name, written(name, about, records), arithmetic)
    for record in records:
        assert bits(found[record.iteration, record.quantity]) == bits(record.value)


def test_what_is_not_finite_is_a_string_in_json() -> None:
    stepper = Stepper(beyond_range("float64"))
    text = written("jsonl", header("beyond", stepper), list(stepper.walk(1)))
    assert '"Infinity"' in text
    assert '"-Infinity"' in text
    assert '"NaN"' in text
    bare = re.sub(r'"[^"]*"', "", text)
    assert "Infinity" not in bare
    assert "NaN" not in bare


def test_a_jsonl_file_has_the_keys_of_the_design_in_their_order() -> None:
    about, records = run("same-weights")
    lines = written("jsonl", about, records).splitlines()
    first, record = json.loads(lines[0]), json.loads(lines[14])
    assert list(first) == [
        *("scenario", "layers", "bias", "loss", "reduction", "learning_rate"),
        *("arithmetic", "inputs", "targets", "state"),
    ]
    assert list(first["state"]) == ["W1", "W2", "W3"]
    assert list(record) == [
        *("iteration", "step", "phase", "layer", "quantity"),
        *("value", "axes", "operands", "formula"),
    ]
    del record["value"]
    assert record == {
        "iteration": 1,
        "step": 14,
        "phase": "backward",
        "layer": 3,
        "quantity": "delta3",
        "axes": ["observation", "unit"],
        "operands": ["dC/da3", "da3/dz3"],
        "formula": "dC/da3 ⊙ da3/dz3",
    }
    assert len(lines) == 1 + len(records)


def test_the_state_is_that_of_the_first_printed_moment() -> None:
    setup = random_setup(
        3, (2, 1), ("tanh",), 2, "separate", "squared-error",
        rule="adam", settings=SETTINGS["adam"],
    )  # fmt: skip
    stepper = Stepper(setup)
    stepper.goto(5)
    state = json.loads(written("jsonl", header("adam", stepper), []))["state"]
    assert list(state) == ["W1", "b1", "m.W1", "v.W1", "m.b1", "v.b1"]
    for name, value in state.items():
        carried = f"{name}_old" if "." in name else name
        assert bits(np.array(value)) == bits(stepper[carried])


def test_the_keys_of_npz_are_iteration_and_quantity(tmp_path: Path) -> None:
    about, records = run("two-neurons", 2)
    path = tmp_path / "run.npz"
    path.write_bytes(written("npz", about, records))
    with np.load(path) as archive:
        assert archive.files == [f"{record.iteration}:{record.quantity}" for record in records]
        assert archive["2:dC/dW1"].shape == (2, 2)


def test_a_csv_file_has_a_number_per_row() -> None:
    about, records = run("two-neurons")
    lines = written("csv", about, records).splitlines()
    assert lines[0] == "iteration,step,phase,layer,quantity,i,j,k,value"
    assert lines[1] == "1,1,forward,1,z1,0,0,,1"
    assert len(lines) == 1 + sum(record.value.size for record in records)


@pytest.mark.parametrize("name", FOR_PROGRAMS)
def test_files_for_programs_do_not_hang_on_the_notation(name: str) -> None:
    about, records = run("same-weights")
    plain = written(name, about, records)
    for named in NOTATIONS.values():
        assert written(name, about, records, Look(notation=named)) == plain


@pytest.mark.parametrize("name", FOR_PROGRAMS)
def test_the_same_records_make_the_same_file(name: str) -> None:
    assert written(name, *run("same-weights")) == written(name, *run("same-weights"))


def test_lines_come_as_the_records_do() -> None:
    stepper = Stepper(load("same-weights"))
    about = header("same-weights", stepper)
    lines = FORMATS["jsonl"].write_records(about, stepper.walk(1_000_000))
    assert not isinstance(lines, (str, bytes))
    assert next(lines).startswith('{"scenario"')
    assert next(lines).startswith('{"iteration": 1, "step": 1')
    assert stepper.moment.iteration == 1


# ── for people ────────────────────────────────────────────────────────────────────────────


@IN_TURN
def test_every_scenario_is_written_as_markdown(named: Notation, scenario: str) -> None:
    about, records = run(scenario)
    text = written("markdown", about, records, Look(notation=named))
    assert text.count("$$") % 2 == 0
    assert text.count("\\begin{") == text.count("\\end{")
    for record in records:
        assert f"**{record.step}** `{record.quantity}`" in text


def test_a_product_is_written_in_its_corner(snapshot: Callable[[str, str], None]) -> None:
    stepper = Stepper(load("same-weights"))
    about = header("same-weights", stepper, load("same-weights").title)
    records = [record for record in stepper.walk(1) if record.layer == 3]
    look = Look(notation=NOTATIONS["n-a-w"])
    snapshot("export-markdown", written("markdown", about, records, look))
    snapshot("export-latex", written("latex", about, records, look))


@pytest.mark.parametrize("seed", range(8))
def test_batches_masks_penalties_and_other_layers_are_written_in_every_format(seed: int) -> None:
    setup = varied_setup(seed)
    named = [*NOTATIONS.values()][seed % len(NOTATIONS)]
    records = list(Stepper(setup).walk(4))
    about = header("varied", Stepper(setup))
    for name in PEOPLE:
        assert written(name, about, records[-len(records) // 4 :], Look(named))
    for name in DATA:
        found = values_read(name, written(name, about, records), setup.arithmetic)
        for record in records:
            assert bits(found[record.iteration, record.quantity]) == bits(record.value)


@pytest.mark.parametrize("name", [*PEOPLE, *DATA])
def test_a_program_without_layers_is_written_in_every_format(name: str) -> None:
    stepper = Stepper(perceptron())
    about = header("own", Stepper(perceptron()))
    records = list(stepper.walk(2))
    content = written(name, about, records)
    if name == "text":
        assert "how much loss changes when syn0 changes" in content
    if name in DATA:
        found = values_read(name, content, "float64")
        assert bits(found[2, "l1_delta"]) == bits(records[-4].value)


HOSTILE = (
    '<script>alert("x")</script> \\input{/etc/passwd} $x_1$ 50% #1 & ~^ [a](b) `c` *d* δ³ w₁ 汉'
)


def test_a_persons_words_are_no_latex() -> None:
    assert latex_escaped(HOSTILE) == (
        r"\textless{}script\textgreater{}alert(''x'')\textless{}/script\textgreater{} "
        r"\textbackslash{}input\{/etc/passwd\} \$x\_1\$ 50\% \#1 \& "
        r"\textasciitilde{}\textasciicircum{} [a](b) `c` *d* $\delta$$^{3}$ w$_{1}$ ?"
    )


def test_a_persons_words_are_no_markdown_and_no_html() -> None:
    text = markdown_escaped(HOSTILE)
    assert "<" not in text
    assert r"\[a\](b) \`c\` \*d\*" in text
    assert r"\$x\_1\$" in text


def test_a_large_matrix_is_cut_in_the_middle() -> None:
    shown = cells(np.arange(10_000.0).reshape(100, 100), Look(most=4))
    assert shown == [
        ["0", "1", r"\cdots", "99"],
        ["100", "101", r"\cdots", "199"],
        [r"\vdots", r"\vdots", r"\ddots", r"\vdots"],
        ["9900", "9901", r"\cdots", "9999"],
    ]


def test_numbers_are_written_as_mathematics() -> None:
    values = np.array([[1.4e-9, np.inf], [-np.inf, np.nan]])
    assert matrix(values, Look()) == (
        r"\begin{pmatrix} 1.4 \cdot 10^{-9} & \infty \\ -\infty & \mathrm{NaN} \end{pmatrix}"
    )


@EVERY
def test_the_numbers_of_a_record_do_not_change_with_the_notation(named: Notation) -> None:
    _, records = run("two-layer-network")
    for record in records:
        quantity = record.definition.quantity
        turned = np.asarray(named.turn(quantity, record.value))
        assert sorted(turned.ravel().tolist()) == sorted(record.value.ravel().tolist())
        assert bits(np.asarray(named.turn(quantity, turned))) == bits(record.value)


# ── LaTeX compiles ────────────────────────────────────────────────────────────────────────

PDFLATEX = shutil.which("pdflatex")


def compiled(folder: Path, text: str) -> str:
    """What pdflatex says; nothing where it made a document."""
    (folder / "run.tex").write_text(text, encoding="utf-8")
    assert PDFLATEX is not None
    done = subprocess.run(
        [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "run.tex"],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    faults = [line for line in done.stdout.splitlines() if line.startswith("!")]
    return "\n".join(faults) if done.returncode or faults else ""


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex here")
def test_the_latex_of_every_scenario_compiles_in_a_notation_each(tmp_path: Path) -> None:
    pieces = []
    for scenario, named in zip(names(), cycle(NOTATIONS.values())):
        about, records = run(scenario)
        text = written("latex", about, records, Look(notation=named))
        body = text.partition("\\begin{document}\n")[2].removesuffix("\\end{document}\n")
        preamble = text.partition("\\begin{document}\n")[0]
        pieces.append(body)
    whole = f"{preamble}\\begin{{document}}\n{''.join(pieces)}\\end{{document}}\n"
    assert compiled(tmp_path, whole) == ""


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex here")
def test_latex_compiles_whatever_the_title_is(tmp_path: Path) -> None:
    stepper = Stepper(beyond_range("float64"))
    about = header(HOSTILE, stepper, "√ ∞ ✓ é ß … → — “q” ‘r’ σ′(z²) 😀 \x07 \n\n x")
    assert compiled(tmp_path, written("latex", about, list(stepper.walk(1)))) == ""


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex here")
def test_a_wide_matrix_compiles(tmp_path: Path) -> None:
    setup = random_setup(1, (70, 60), ("softmax",), 40, "row", "cross-entropy")
    stepper = Stepper(setup)
    about = header("wide", stepper)
    assert compiled(tmp_path, written("latex", about, list(stepper.walk(1)))) == ""


# ── notebooks ─────────────────────────────────────────────────────────────────────────────


@IN_TURN
def test_records_and_chains_show_themselves_in_notebooks(named: Notation, scenario: str) -> None:
    _, records = run(scenario)
    look = Look(notation=named)
    for record in records:
        html = record_html(record, look)
        assert html.count("<table>") == html.count("</table>")
        assert "<math" in html
        assert f"<code>{record.quantity}</code>" in html
        latex = record_latex(record, look)
        assert latex.startswith("$")
        assert latex.endswith("$")
        chain = chain_of(record.program, record.definition, named)
        assert chain is not None
        assert layer_chain_html(chain) == chain._repr_html_()
        assert layer_chain_latex(chain) == chain._repr_latex_()


def test_a_stepper_shows_its_moment_and_what_was_computed_last() -> None:
    stepper = Stepper(load("same-weights"))
    assert "moment 1:0, 0 updates done: step() computes a0+" in stepper_html(stepper)
    assert stepper_latex(stepper) == r"$\text{moment 1:0}$"
    assert "step() computes a0+" in stepper_markdown(stepper)
    stepper.goto(2, "delta3")
    html = stepper_html(stepper)
    assert "moment 2:14, 1 update done" in html
    assert "<mo>⊙</mo>" in html
    assert stepper_latex(stepper).startswith(r"$\displaystyle \begin{gathered}")
    assert r"\odot" in stepper_markdown(stepper)


def test_the_chain_of_an_entry_shows_its_factors() -> None:
    _, records = run("two-neurons")
    chain = chain_of_entry(records[-1].frame, Entry("dC/dW2", (0, 0)))
    for shown in (entry_chain_html(chain), entry_chain_latex(chain), entry_chain_markdown(chain)):
        assert "dC/dW2[0,0]" in shown
        for factor in chain.terms[0].factors:
            assert f"{abs(factor.value):.5f}"[:6] in shown


def test_html_escapes_what_a_note_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_documents, "remarks", lambda *_: ("<b>1 & 2</b>",))
    _, records = run("two-neurons")
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in record_html(records[0])
