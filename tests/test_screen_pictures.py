"""What the stepper shows of every kind of step, at both sizes, line by line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chainstep.core import Entry, InputError, Moment, Stepper
from chainstep.core.runs.curves import Curve
from chainstep.core.runs.runs import run
from chainstep.core.text import typed
from chainstep.scenarios import Scenario, build, load, names
from chainstep.scenarios.programs.opening.opening import open_program
from chainstep.tui.network_recipe import FIELDS, recipe_of, told_in_form
from chainstep.tui.picking import kept
from chainstep.tui.session import Session
from chainstep.tui.themes import THEMES
from chainstep.tui.view import Choices, Shown, View, view_of
from chainstep.tui.widgets.frame import framed, titled
from chainstep.tui.widgets.page import page_of
from chainstep.tui.widgets.sketch import sketch
from chainstep.tui.widgets.spans import line, plain, text_of, width_of
from chainstep.tui.widgets.svg import svg

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}

# Every kind of step, each in a scenario that has it.
KINDS = {
    "start": ("same-weights", "1:0"),
    "ones": ("same-weights", "1:a0+"),
    "pre-activation": ("same-weights", "1:z1"),
    "activation": ("same-weights", "1:a1"),
    "cost-of-observations": ("same-weights", "1:C_obs"),
    "cost": ("same-weights", "1:C"),
    "output-error": ("same-weights", "1:dC/da3"),
    "slope": ("same-weights", "1:da3/dz3"),
    "delta": ("same-weights", "1:delta3"),
    "factor-to-weights": ("same-weights", "1:dz3/dW3"),
    "gradient": ("same-weights", "1:dC/dW3"),
    "factor-below": ("same-weights", "1:dz3/da2"),
    "error-below": ("same-weights", "1:dC/da2"),
    "change": ("same-weights", "1:changeW2"),
    "new-weights": ("same-weights", "1:W2_new"),
    "next-iteration": ("same-weights", "2:0"),
    "far": ("same-weights", "1000:a3"),
    "softmax": ("softmax-hidden-layer", "1:a2"),
    "jacobian": ("softmax-hidden-layer", "1:da2/dz2"),
    "row-times-jacobian": ("softmax-hidden-layer", "1:delta2"),
    "numbered-weights": ("two-neurons", "1:dC/dW1"),
    "program-names": ("two-layer-network", "1:dC/dW2"),
    "many-observations": ("rounding-separates", "1:dC/dW1"),
}


def _view(name: str, moment: str, overrides: dict[str, str] | None = None) -> View:
    scenario = load(name, overrides=overrides or {})
    stepper = Stepper(scenario)
    at = typed.moment(moment, typed.Names(stepper.program))
    stepper.goto(at.iteration, at.step)
    return view_of(scenario, stepper)


def _shown(view: View, **more: Any) -> Shown:
    choices = Choices(picked=kept(view, None), notation=view.scenario.notation)
    return replace(Shown(view, choices), **more)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_step_looks_like_its_picture(
    kind: str, size: str, snapshot: Callable[[str, str], None]
) -> None:
    view = _view(*KINDS[kind])
    page = page_of(_shown(view), SIZES[size])
    snapshot(f"screen-{kind}-{size}", plain(page.lines))


@pytest.mark.parametrize("size", SIZES)
def test_the_state_of_a_rule_looks_like_its_picture(
    size: str, snapshot: Callable[[str, str], None]
) -> None:
    view = _view("two-neurons", "3:v.W1", {"rule": "adam"})
    page = page_of(_shown(view), SIZES[size])
    snapshot(f"screen-rule-state-{size}", plain(page.lines))


@pytest.mark.parametrize("size", SIZES)
def test_two_runs_look_like_their_picture(size: str, snapshot: Callable[[str, str], None]) -> None:
    one, other = _view("same-weights", "1:delta3"), _view("same-weights-random", "1:delta3")
    page = page_of(_shown(one, other=other), SIZES[size])
    snapshot(f"screen-against-{size}", plain(page.lines))


@pytest.mark.parametrize("size", SIZES)
def test_the_curves_look_like_their_picture(
    size: str, snapshot: Callable[[str, str], None]
) -> None:
    scenario = load("two-layer-network")
    stepper = Stepper(scenario)
    curves = (Curve(Entry("C", ())), Curve(Entry("W1", (0, 1))))
    run(stepper, iterations=500, curves=curves)
    stepper.goto(300, "C")
    view = view_of(scenario, stepper)
    choices = Choices(picked=kept(view, None), main="curves")
    page = page_of(_shown(view, choices=choices, curves=curves), SIZES[size])
    snapshot(f"screen-curves-{size}", plain(page.lines))


def test_all_matrices_have_a_narrow_screen_of_their_own(
    snapshot: Callable[[str, str], None],
) -> None:
    view = _view("same-weights", "1:delta2")
    page = page_of(Shown(view, Choices(main="matrices")), SIZES["80x24"])
    snapshot("screen-matrices-80x24", plain(page.lines))


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_looks_like_its_picture(theme: str, snapshot: Callable[[str, str], None]) -> None:
    view = _view("same-weights", "1:delta3")
    page = page_of(_shown(view), SIZES["80x24"])
    snapshot(f"screen-{theme}.svg", svg(page.lines, theme, 80))


# ── laws ──────────────────────────────────────────────────────────────────────────────────

ROOMS = [(1, 1), (5, 3), (20, 5), (40, 10), (79, 23), (80, 24), (100, 15), (120, 36), (200, 60)]


@pytest.mark.parametrize("size", ROOMS, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", names())
def test_every_step_fills_the_screen_exactly(name: str, size: tuple[int, int]) -> None:
    scenario = load(name)
    stepper = Stepper(scenario)
    for _ in range(len(stepper.program.steps) + 1):
        view = view_of(scenario, stepper)
        page = page_of(_shown(view), size)
        assert len(page.lines) == size[1], view.moment
        assert max(map(width_of, page.lines)) <= size[0], view.moment
        stepper.step()


@pytest.mark.parametrize("name", names())
def test_nothing_of_a_step_is_cut_off_at_80x24(name: str) -> None:
    scenario = load(name)
    stepper = Stepper(scenario)
    for _ in stepper.program.steps:
        stepper.step()
        view = view_of(scenario, stepper)
        page = page_of(_shown(view), SIZES["80x24"])
        ends = [text for text in plain(page.lines).split("\n") if text.endswith("…")]
        assert ends == [], view.moment


def test_what_is_not_computed_is_a_dot_and_no_number() -> None:
    view = _view("same-weights", "1:delta3")
    text = plain(page_of(_shown(view), (120, 36)).lines)
    assert "delta2 · · ·" in text
    assert "dC/dW1 · · ·" in text


def test_a_changed_number_is_marked_and_an_unchanged_one_is_not() -> None:
    scenario = load("two-layer-network")
    stepper = Stepper(scenario)
    stepper.goto(2, "z1")
    cells = [Entry("W1", (0, 0)), Entry("W1", (0, 1))]
    before: dict[object, str] = {cells[0]: "something else", cells[1]: _cell(scenario, stepper)}
    page = page_of(Shown(view_of(scenario, stepper), before=before), (120, 36))
    roles = {
        span.target[1]: span.role
        for one in page.matrices
        for span in one
        if span.target and span.target[0] == "cell"
    }
    assert [roles[each] for each in cells] == ["changed", ""]


def _cell(scenario: Scenario, stepper: Stepper) -> str:
    page = page_of(Shown(view_of(scenario, stepper)), (120, 36))
    return next(
        span.text
        for one in page.matrices
        for span in one
        if span.target == ("cell", Entry("W1", (0, 1)))
    )


def test_a_picked_entry_that_follows_the_moment_stays_in_the_new_result() -> None:
    view = _view("same-weights", "1:delta3")
    picked = kept(view, Entry("dC/dW3", (3, 1)))
    assert picked == Entry("delta3", (1, 1))
    assert view.moment == Moment(1, 14)


def test_the_network_is_drawn(snapshot: Callable[[str, str], None]) -> None:
    view = _view("same-weights", "1:delta2")
    choices = Choices(picked=kept(view, None), main="network")
    snapshot("screen-network-80x24", plain(page_of(Shown(view, choices), SIZES["80x24"]).lines))


def test_a_large_layer_is_folded_in_the_drawing() -> None:
    view = _view("rounding-separates", "1:delta1")
    text = plain(page_of(Shown(view, Choices(main="network")), SIZES["80x24"]).lines)
    assert "⋮" in text
    assert "more" in text


@pytest.mark.parametrize("size", ["80x24", "120x36"])
def test_the_matrices_follow_the_step_through_ten_layers(size: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.yaml"
    layers = "".join("    - {units: 5, activation: tanh}\n" for _ in range(10))
    path.write_text(
        "data: {inputs: [[0.8, 0.4]], targets: [[1, 0, 0, 0, 0]]}\n"
        f"network:\n  bias: row\n  layers:\n{layers}  weights: {{random: uniform, seed: 3}}\n"
        "loss: squared-error\nupdate: {rule: adam, learning_rate: 0.01}\n",
        encoding="utf-8",
    )
    scenario = load(path)
    stepper = Stepper(scenario)
    for k in range(10, 0, -1):
        stepper.goto(1, f"delta{k}")
        shown = Shown(view_of(scenario, stepper), Choices(main="matrices"))
        lines = plain(page_of(shown, SIZES[size]).lines)
        assert f" delta{k} " in lines
        assert "…" not in lines.replace("… ", "")
        assert f" W{k} " in lines


def test_the_lines_of_a_program_stand_beside_its_steps() -> None:
    program = Path(__file__).parent.parent / "docs" / "examples" / "train.py"
    scenario = open_program(str(program))
    stepper = Stepper(scenario)
    stepper.goto(1, after="blame")
    page = page_of(Shown(view_of(scenario, stepper), Choices()), (120, 36))
    text = plain(page.lines)
    assert "✗ 23 ▸     blame = push_out.dot(second.T)" in text
    assert "Line 23 is the first wrong one. Here blame[3,2] is 0.1286" in text
    assert "✓ 22       second += hidden.T" in text


@pytest.mark.parametrize("width", [8, 12, 20, 80])
def test_a_frame_has_its_width_whatever_its_title(width: int) -> None:
    lines = [line("one"), titled(width - 2, "a title that is long", "right"), line("x" * 200)]
    framing = framed(lines, width, "another title that is long", "said at its end", lit=True)
    assert {width_of(one) for one in framing} == {width}
    assert len(framing) == len(lines) + 2


def test_a_rule_in_a_frame_meets_its_sides() -> None:
    framing = framed([line("one"), titled(18, "Below"), line("two")], 20, "Above", "3 of 4")
    assert plain(framing) == (
        "╭─ Above ─ 3 of 4 ─╮\n"
        "│one               │\n"
        "├── Below ─────────┤\n"
        "│two               │\n"
        "╰──────────────────╯"
    )


def test_a_network_is_sketched_by_its_widths() -> None:
    sketched = sketch((2, 3, 1), 21)
    assert [text_of(one).count("●") for one in sketched] == [1, 1, 2, 1, 1]
    assert max(map(width_of, sketch((784, 128, 10), 30))) <= 30


@pytest.mark.parametrize("size", [(40, 10), (30, 8), (60, 16)], ids=str)
def test_the_number_itself_is_seen_on_the_smallest_screen(size: tuple[int, int]) -> None:
    view = _view("same-weights", "1:dC/dW3")
    page = page_of(Shown(view, Choices(picked=Entry("dC/dW3", (0, 0)))), size)
    assert "0.02881262" in plain(page.lines)


@pytest.mark.parametrize(("size", "tables"), [((180, 50), 3), ((120, 36), 1)], ids=str)
def test_a_presentation_has_its_tables_in_large_signs(size: tuple[int, int], tables: int) -> None:
    view = _view("same-weights", "1:delta3")
    choices = Choices(picked=Entry("delta3", (0, 0)), main="present")
    text = plain(page_of(Shown(view, choices), size).lines)
    rows = [row for row in text.split("\n") if "███" in row and "│" in row]
    assert {row.count("│") // 2 for row in rows} >= {tables}


FAULTS = {
    "activation": ("sigmiod", "Their activation: no activation is called 'sigmiod'"),
    "output": ("softmx", "Output activation: no activation is called 'softmx'"),
    "rule": ("adamm", "Update rule: no update rule is called 'adamm'"),
    "rate": ("-1", "Learning rate: learning rate has to be above 0, and this is -1"),
    "weights": ("unifrm", "Weights: no initialiser is called 'unifrm'"),
    "hidden": ("0", "Hidden units: the number of units has to be at least 1, and this is 0"),
    "data": ("0 1 > 1; 1 > 0", "Data: row 1 of inputs has a length of 1, and row 0 one of 2"),
    "seed": ("a", "Seed: 'a' is no whole number"),
}


@pytest.mark.parametrize("line", FAULTS)
def test_the_form_says_a_fault_in_its_own_words(line: str) -> None:
    wrong, expected = FAULTS[line]
    values = {field.name: field.value for field in FIELDS} | {line: wrong}
    try:
        recipe = recipe_of(values)
        build(recipe, "mine")
    except InputError as error:
        said, name = told_in_form(error, 2)
    assert (said.split("\n")[0], name) == (expected, line)


def test_a_rule_meets_the_sides_that_it_reaches() -> None:
    whole, half = titled(8), (*titled(4), *line("abcd"))
    assert plain(framed([whole, half], 10)).split("\n")[1:3] == ["├────────┤", "├────abcd│"]


def test_a_run_says_since_when_its_cost_hardly_moves() -> None:
    session = Session.of(load("xor-batch"))
    session.curves["C"] = Curve(Entry("C", ()))
    for iteration in range(1, 401):
        session.curves["C"].see(iteration, 1.0 if iteration < 100 else 0.5)
    assert session.level.endswith("has not moved by 0.1 % since iteration 100")
