"""A notebook that is run: its outputs hold mathematics that any browser draws, and drawings."""

import warnings
from html.parser import HTMLParser

import pytest

nbformat = pytest.importorskip("nbformat", reason="no Jupyter here")
pytest.importorskip("ipykernel", reason="no Jupyter here")
nbclient = pytest.importorskip("nbclient", reason="no Jupyter here")
nbconvert = pytest.importorskip("nbconvert", reason="no Jupyter here")

CELLS = {
    "record": """
        from chainstep import Stepper, load
        stepper = Stepper(load("same-weights"))
        stepper.step()""",
    "stepper": """
        stepper.goto(1, after="delta3")
        stepper""",
    "product": """
        stepper.goto(1, after="dC/dW3")
        stepper.record""",
    "number": """
        from chainstep.core import Entry
        from chainstep.core.why.chain import chain
        chain(stepper.record.frame, Entry("dC/dW3", (0, 0)))""",
    "layer": """
        from chainstep.core.text.layer_chain import chain_of
        from chainstep.core.text.notations import notation
        chain_of(stepper.program, stepper.record.definition, notation("n-a-w"))""",
    "why": """
        from chainstep import why
        why("two-neurons", "w1", "w3")""",
    "check": """
        from chainstep import check
        check("two-layer-network", {"C": 0.7531})""",
    "compare": """
        from chainstep import compare
        compare("same-weights", {"learning_rate": [0.5, 2]}, iterations=3)""",
}


class Texts(HTMLParser):
    """The words of the outputs, by the elements that they stand in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self.inside):
            self.found.setdefault(tag, []).append(data)

    def of(self, tag: str) -> str:
        return "".join(self.found.get(tag, []))


@pytest.fixture(scope="module")
def notebook() -> object:
    cells = [
        nbformat.v4.new_code_cell("\n".join(line.strip() for line in text.strip().split("\n")))
        for text in CELLS.values()
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the kernel speaks of its own transport
        nbclient.NotebookClient(made, kernel_name="python3", timeout=120).execute()
    return made


def outputs(notebook: object) -> dict[str, dict[str, str]]:
    found = {}
    for name, cell in zip(CELLS, notebook.cells, strict=True):  # type: ignore[attr-defined]
        (output,) = [each for each in cell.outputs if "data" in each]
        found[name] = output.data
    return found


@pytest.mark.parametrize("name", ["record", "stepper", "product", "number", "layer"])
def test_every_output_has_mathematics_in_every_form(notebook: object, name: str) -> None:
    data = outputs(notebook)[name]
    assert "<math" in data["text/html"]
    assert "$$" in data["text/markdown"]
    assert data["text/latex"].startswith("$")


@pytest.mark.parametrize("name", CELLS)
def test_an_output_loads_and_runs_nothing(notebook: object, name: str) -> None:
    html = outputs(notebook)[name]["text/html"]
    assert "<script" not in html
    assert "src=" not in html
    assert "http" not in html


def test_operands_shapes_and_sentences_belong_to_an_output(notebook: object) -> None:
    html = outputs(notebook)["product"]["text/html"]
    text = Texts(html)
    assert "(4,2)·(2,2) = (4,2)" in text.of("p")
    assert "rows: the bias and the units of layer 2, columns: units of layer 3" in text.of("p")
    assert html.count("<table>") == 3
    for number in ("0.0295669", "0.9758906", "0.0580562"):
        assert number in text.of("td")
    assert "unit 0 = unit 1 = unit 2" in text.of("p")


def test_a_drawing_keeps_its_width_and_a_cell_its_padding(notebook: object) -> None:
    html = outputs(notebook)["layer"]["text/html"]
    lines = Texts(html).of("pre").split("\n")
    assert len(lines) == 4
    assert "white-space: pre" in html
    assert "padding: .2em .65em !important" in html


def test_the_converted_notebook_shows_what_the_outputs_hold(notebook: object) -> None:
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    text = Texts(html)
    assert text.of("math")
    assert "0.0580562" in text.of("td")
    assert "┏" in text.of("pre")
    assert "$$" not in text.of("p")


def test_an_answer_stands_in_passages_and_its_drawing_as_it_is_drawn(notebook: object) -> None:
    found = outputs(notebook)
    texts = Texts(found["why"]["text/html"])
    assert "∂z₃/∂a₁ | ∂z₃/∂a₂         0.7        -0.5   DIFFERS" in texts.of("pre")
    assert found["why"]["text/html"].count("<math") == 2  # both chains
    assert "∂J/∂w₁ and ∂J/∂w₃ differ because w₅ ≠ w₆" in texts.of("p")
    assert "WRONG HERE" in Texts(found["check"]["text/html"]).of("pre")
    assert "each run for 3 iterations" in Texts(found["compare"]["text/html"]).of("p")
    for name in ("why", "check", "compare"):
        assert (
            not found[name]["text/plain"].lstrip().startswith(("Answer(", "Check(", "Comparison("))
        )
        assert found[name]["text/markdown"].startswith("```")
