"""Real keys pressed in the running program, and what stands on the screen after them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot

from chainstep.core import Moment, Setup
from chainstep.scenarios import load
from chainstep.tui.actions import ACTIONS
from chainstep.tui.app import Chainstep
from chainstep.tui.chooser import Chooser
from chainstep.tui.gallery import Gallery
from chainstep.tui.keys import KEYS, action_of
from chainstep.tui.messages import See
from chainstep.tui.network_form import NetworkForm
from chainstep.tui.numbers_screen import NumbersScreen
from chainstep.tui.palette import titled
from chainstep.tui.reader import Reader
from chainstep.tui.session import Session
from chainstep.tui.stepper import StepperScreen
from chainstep.tui.widgets.spans import plain

ARROWS = [
    f"{shift}{way}" for shift in ("", "shift+") for way in ("up", "down", "left", "right")
] + ["tab"]
SIZES = {"80x24": (80, 24), "120x36": (120, 36)}
Driven = Callable[[Pilot[int]], Awaitable[None]]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for module in ("app", "pilot"):  # Textual's own wait is of 20 ms at least, twice for a key
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", settled)


async def settled(_: float = 0) -> None:
    """Waits until the loop has nothing left that could be done at once."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    while ready:  # noqa: ASYNC110  there is no event for it
        await asyncio.sleep(0)


def drive(
    driven: Driven,
    name: str | None = "same-weights",
    against: str | None = None,
    at: Moment | None = None,
    size: tuple[int, int] = (80, 24),
) -> Chainstep:
    """Runs the program on a screen of that size while it is driven."""
    app = Chainstep(load(name) if name else None, load(against) if against else None, at)

    async def whole() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await driven(pilot)

    asyncio.run(whole())
    return app


def stepper(pilot: Pilot[int]) -> StepperScreen:
    screen = pilot.app.screen
    assert isinstance(screen, StepperScreen)
    return screen


def shown(pilot: Pilot[int]) -> str:
    screen = pilot.app.screen
    assert isinstance(screen, StepperScreen | Gallery | Reader)
    return plain(screen.canvas.shown)


def at(pilot: Pilot[int]) -> tuple[int, int]:
    moment = stepper(pilot).runs.view.moment
    return moment.iteration, moment.step


async def still(pilot: Pilot[int]) -> None:
    """Waits until no run is on its way."""
    for _ in range(400):
        await pilot.pause(0.01)
        screen = pilot.app.screen
        if not isinstance(screen, StepperScreen) or not screen.mover.is_busy():
            break
    await pilot.pause()


async def comes(pilot: Pilot[int], so: Callable[[], bool]) -> None:
    """Waits until something is so, on a machine however slow."""
    for _ in range(3000):
        if so():
            await pilot.pause()
            return
        await pilot.pause(0.01)
    pytest.fail(f"it never came:\n{shown(pilot)}", pytrace=False)


async def typed(pilot: Pilot[int], text: str) -> None:
    """Types a text into the line at the foot, in the place of what stands there, and Enter."""
    await pilot.press("ctrl+u", *text, "enter")
    await still(pilot)


# ── through time ──────────────────────────────────────────────────────────────────────────

MOVES = [
    pytest.param(["right"], (1, 1), id="one factor on"),
    pytest.param(["space"], (1, 1), id="one factor on with Space"),
    pytest.param(["right", "right", "left"], (1, 1), id="one back"),
    pytest.param(["left"], (1, 0), id="not before the start"),
    pytest.param(["]"], (1, 11), id="to the end of the phase"),
    pytest.param(["shift+right", "shift+right"], (1, 28), id="to the end of the next phase"),
    pytest.param(["]", "]", "["], (1, 11), id="to the start of the phase"),
    pytest.param(["right", "}"], (2, 1), id="an iteration on"),
    pytest.param(["right", "pagedown", "pageup"], (1, 1), id="an iteration back"),
    pytest.param(["}", "}", "home"], (1, 0), id="to the first step"),
    pytest.param(["}", "}", "0", "$"], (3, 0), id="to the last iteration run"),
]


@pytest.mark.parametrize(("keys", "moment"), MOVES)
def test_a_key_goes_to_its_moment(keys: list[str], moment: tuple[int, int]) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        for key in keys:
            await pilot.press(key)
            await still(pilot)
        assert at(pilot) == moment

    drive(driven)


@pytest.mark.parametrize(
    ("text", "moment"),
    [("1000", (1000, 0)), ("1000:13", (1000, 13)), ("10000:delta2", (10000, 20))],
)
def test_g_goes_to_any_moment(text: str, moment: tuple[int, int]) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, text)
        assert at(pilot) == moment
        await pilot.press("0")
        await still(pilot)
        assert at(pilot) == (1, 0)

    drive(driven)


def test_what_was_typed_stays_when_it_is_wrong() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:delta9")
        assert "this network has no quantity 'delta9'" in shown(pilot)
        prompt = pilot.app.focused
        assert getattr(prompt, "value", None) == "1:delta9"
        await pilot.press("backspace", "3", "enter")
        await still(pilot)
        assert at(pilot) == (1, 14)

    drive(driven)


def test_r_runs_until_a_condition_holds() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await typed(pilot, "C < 0.3")
        iteration, step = at(pilot)
        cost = stepper(pilot).runs.view.value("C")
        assert cost is not None
        assert cost < 0.3
        assert step == 11
        await pilot.press("{")
        await still(pilot)
        before = stepper(pilot).runs.view.value("C")
        assert before is not None
        assert before >= 0.3
        assert at(pilot) == (iteration - 1, 11)

    drive(driven)


def test_a_long_run_can_be_stopped_and_loses_nothing() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await pilot.press(*"900000", "enter")
        await comes(pilot, lambda: "Esc stops" in shown(pilot))
        await pilot.press("escape")
        await still(pilot)
        assert 1 < at(pilot)[0] < 900_000
        await pilot.press("right")
        await still(pilot)
        assert at(pilot)[1] == 1

    drive(driven)


def test_a_plays_by_itself_until_a_is_pressed_again() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("+", "+", "+", "+", "a")
        await comes(pilot, lambda: at(pilot)[1] > 2)
        await pilot.press("a")
        await still(pilot)
        stopped = at(pilot)
        await pilot.pause(0.3)
        assert at(pilot) == stopped

    drive(driven)


def test_a_click_on_the_timeline_goes_to_that_step() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        line = shown(pilot).split("\n")[-2]
        await pilot.click(offset=(line.index("L2") + 3, 22))
        await still(pilot)
        assert at(pilot) == (1, 4)

    drive(driven)


# ── looking ───────────────────────────────────────────────────────────────────────────────


def test_enter_and_arrows_pick_a_number_and_esc_comes_out() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:dC/dW3")
        await pilot.press("enter", "down", "right")
        assert "▸dC/dW3[1,1] =" in shown(pilot)
        await pilot.press("left", "left", "left")
        assert "▸dz3/dW3[1,0] =" in shown(pilot)
        await pilot.press("escape", "right")
        await still(pilot)
        assert at(pilot) == (1, 17)

    drive(driven)


def test_a_click_picks_a_number() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:delta3")
        lines = shown(pilot).split("\n")
        row = next(n for n, text in enumerate(lines) if "obs 1[" in text)
        await pilot.click(offset=(lines[row].index("0.0377"), row))
        assert "▸delta3[1,1] =" in shown(pilot)

    drive(driven)


def test_w_asks_why_and_a_digit_leads_on_to_an_operand() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:dC/dW1")
        await pilot.press("w")
        await still(pilot)
        assert "∂J/∂w₁ = ∂J/∂a₃ · ∂a₃/∂z₃ · ∂z₃/∂a₁ · ∂a₁/∂z₁ · ∂z₁/∂w₁" in shown(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert shown(pilot).startswith(" Why dC/da2[0,0]")
        await pilot.press("escape")
        await pilot.pause()
        assert shown(pilot).startswith(" Why dC/dW1[0,0]")

    drive(driven, "two-neurons")


def test_two_picked_numbers_are_compared() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:dC/dW1")
        await pilot.press("w")
        await still(pilot)
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("enter", "right", "w")
        await still(pilot)
        assert "differ because w₅ ≠ w₆" in " ".join(shown(pilot).split())

    drive(driven, "two-neurons")


def test_i_shows_all_matrices_on_a_narrow_screen() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("i")
        assert "── All numbers ──" in shown(pilot)
        await pilot.press("i")
        assert "All numbers" not in shown(pilot)

    drive(driven)


def test_d_derives_the_slope_in_one_line() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:da3/dz3")
        await pilot.press("d")
        assert "σ′ = e⁻ᶻ/(1+e⁻ᶻ)² = σ·(1 − σ)" in " ".join(shown(pilot).split())

    drive(driven)


def test_n_takes_the_next_notation() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        before = stepper(pilot).choices.notation
        await pilot.press("n")
        assert stepper(pilot).choices.notation != before

    drive(driven)


def test_k_keeps_a_number_to_the_curves_with_its_past() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "50:W1_new")
        await pilot.press("enter", "k")
        await still(pilot)
        assert "W1_new[0,0]" in shown(pilot)
        assert len(stepper(pilot).session.curves["W1_new[0,0]"]) == 50

    drive(driven)


# ── trying ────────────────────────────────────────────────────────────────────────────────


def test_an_edit_starts_a_new_run_and_undo_brings_the_old_one_back() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("right", "right", "e")
        await typed(pilot, "W1.0.2 = 5")
        assert at(pilot) == (1, 2)
        assert stepper(pilot).runs.view.values["W1"][0, 2] == 5
        await pilot.press("u")
        await still(pilot)
        assert at(pilot) == (1, 2)
        assert stepper(pilot).runs.view.values["W1"][0, 2] == 1

    drive(driven)


EDITS = [
    pytest.param(
        "learning rate = 2", lambda setup: setup.settings["learning_rate"] == 2, id="rate"
    ),
    pytest.param(
        "a0.0.1 = 0.9", lambda setup: round(float(setup.inputs[0, 1]), 6) == 0.9, id="input"
    ),
    pytest.param("y[1,1] = 1", lambda setup: setup.targets[1, 1] == 1, id="target"),
    pytest.param(
        "activation 2 = tanh", lambda setup: setup.layers[1].activation == "tanh", id="activation"
    ),
    pytest.param(
        "loss = half squared error", lambda setup: setup.loss == "half-squared-error", id="loss"
    ),
]


@pytest.mark.parametrize(("text", "holds"), EDITS)
def test_what_is_given_can_be_changed(text: str, holds: Callable[[Setup], bool]) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("e")
        await typed(pilot, text)
        assert holds(stepper(pilot).session.scenario.setup)
        await pilot.press("o")
        await still(pilot)
        assert not holds(stepper(pilot).session.scenario.setup)

    drive(driven)


def test_a_change_from_here_starts_from_the_weights_there() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "100")
        weights = stepper(pilot).runs.view.values["W2"]
        await pilot.press("e")
        await typed(pilot, "learning rate = 1 from here")
        assert at(pilot) == (1, 0)
        assert (stepper(pilot).runs.view.values["W2"] == weights).all()

    drive(driven)


def test_saving_never_overwrites_without_asking(tmp_path: Path) -> None:
    taken = tmp_path / "taken.yaml"
    taken.write_text("mine", encoding="utf-8")

    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("e")
        await typed(pilot, "learning rate = 2")
        await pilot.press("s")
        await typed(pilot, "./taken.yaml")
        assert taken.read_text(encoding="utf-8") == "mine"
        assert "is there already" in shown(pilot)
        await typed(pilot, "./free.yaml")

    drive(driven)
    assert load(tmp_path / "free.yaml").setup.settings["learning_rate"] == 2


@pytest.mark.parametrize(
    ("key", "ending", "part"),
    [("t", "txt", "0.0295669"), ("m", "md", "$$"), ("l", "tex", "pmatrix")],
)
def test_y_copies_the_table(key: str, ending: str, part: str, tmp_path: Path) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:delta3")
        await pilot.press("y", key)
        await comes(pilot, lambda: "copied as" in " ".join(shown(pilot).split()))
        assert part in pilot.app.clipboard

    drive(driven)
    text = (tmp_path / "state" / "chainstep" / f"copied.{ending}").read_text(encoding="utf-8")
    assert part in text


# ── two runs ──────────────────────────────────────────────────────────────────────────────


def test_two_runs_step_in_lock_step() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "20:a3")
        screen = stepper(pilot)
        assert screen.runs.sessions[1].moment == screen.session.moment == Moment(20, 9)
        assert "All 4 numbers of a3 differ." in shown(pilot)

    drive(driven, against="same-weights-random")


def test_two_runs_stay_in_step_when_the_first_meets_its_condition() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await typed(pilot, "C < 0.5")
        screen = stepper(pilot)
        assert screen.session.moment == screen.runs.sessions[1].moment == Moment(21, 11)
        await pilot.press("v")
        assert "cost 0.49902 ─ same-weights  0.40297 ─ same-weights-random" in shown(pilot)

    drive(driven, against="same-weights-random")


def test_entries_that_differ_have_a_sign_where_others_do_not() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        assert "unit 0[   0.7  ≠-0.5]   unit 0[   0.7   ≠0.7]" in shown(pilot)

    drive(driven, "two-neurons", "two-neurons-same", Moment(1, 12))


# ── help, hints, the rest ─────────────────────────────────────────────────────────────────


def test_every_key_has_an_action_and_every_action_a_key() -> None:
    by_key = {key.action for key in KEYS} | {action_of(key, picking=True) for key in ARROWS}
    assert by_key | {"beat"} == set(ACTIONS)
    names = [name for key in KEYS for name in key.keys]
    assert len(names) == len(set(names))


def test_the_question_mark_lists_every_key() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("?")
        await pilot.pause()
        text = shown(pilot)
        for key in KEYS:
            assert f"   {key.shown}" in text
        await pilot.press("escape")
        await pilot.pause()
        assert at(pilot) == (1, 0)

    drive(driven, size=(100, 60))


def test_the_palette_has_every_action_and_every_command() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        titles = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert {titled(key) for key in KEYS} < titles
        assert "Command worksheet: print a sheet to practise on by hand, or its key" in titles
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"all keys", "enter")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert isinstance(pilot.app.screen, Reader | StepperScreen)

    drive(driven)


def test_a_hint_is_given_once_and_does_not_come_back() -> None:
    async def first(pilot: Pilot[int]) -> None:
        assert "One → is one factor" in shown(pilot)

    async def second(pilot: Pilot[int]) -> None:
        assert "One → is one factor" not in shown(pilot)

    drive(first)
    drive(second)


def test_a_hint_that_cannot_be_remembered_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))

    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("right")
        assert at(pilot) == (1, 1)

    drive(driven)


def test_t_changes_the_theme() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("t")
        await pilot.pause()
        assert stepper(pilot).theme_name == "light"

    drive(driven)


def test_the_screen_can_be_resized_down_to_almost_nothing_and_back() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:dC/dW3")
        before = shown(pilot)
        for size in ((20, 5), (200, 60), (1, 1), (30, 3), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)  # Textual lays out after a while
        await comes(pilot, lambda: shown(pilot) == before)

    drive(driven)


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+c", 130)])
def test_a_key_leaves(key: str, code: int) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press(key)

    app = drive(driven)
    assert (app.return_value or 0) == code


# ── the gallery ───────────────────────────────────────────────────────────────────────────


def test_the_gallery_asks_by_question_and_opens_what_answers() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        assert "▸ I am new to this" in shown(pilot)
        await pilot.press(*"previous activation")
        assert "My weights are all the same" not in shown(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert stepper(pilot).session.scenario.name == "two-layer-network"

    drive(driven, None)


@pytest.mark.parametrize("size", SIZES)
def test_the_gallery_looks_like_its_picture(
    size: str, snapshot: Callable[[str, str], None]
) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        snapshot(f"screen-gallery-{size}", shown(pilot))

    drive(driven, None, size=SIZES[size])


def test_a_stroke_begins_a_search_in_which_q_is_a_letter() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("slash", "q")
        assert "search: q" in shown(pilot)
        await pilot.press("escape", "q")

    assert not drive(driven, None).is_running


def test_a_file_with_faults_is_told_and_read_again_when_mended(tmp_path: Path) -> None:
    from chainstep.scenarios import starting_scenario

    good = starting_scenario()
    mine = tmp_path / "mine.yaml"
    mine.write_text(good.replace("sigmoid", "sigmiod"), encoding="utf-8")

    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press(*"I have a file", "enter")
        await pilot.pause()
        await typed(pilot, "mine.yaml")
        await pilot.pause()
        assert "did you mean 'sigmoid'?" in shown(pilot)
        mine.write_text(good, encoding="utf-8")
        await pilot.press("r")
        await pilot.pause()
        assert stepper(pilot).session.scenario.name == "mine"

    drive(driven, None)


# ── somebody's numbers ────────────────────────────────────────────────────────────────────


def test_c_checks_a_file_of_numbers_and_marks_them(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "iteration: 1\n"
        "values:\n"
        "  a3: [[0.9806908, 0.9806908], [0.9803864, 0.9803864]]\n"
        "  delta3: [[0.02956687, 0.02199233], [0.0007543, 0.03770352]]\n",
        encoding="utf-8",
    )

    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("ctrl+o")
        await pilot.pause()
        await typed(pilot, "mine.yaml")
        await comes(pilot, lambda: "WRONG HERE" in shown(pilot))
        await pilot.press("escape")
        await still(pilot)
        assert at(pilot) == (1, 14)
        await pilot.press("enter", "down")
        assert "yours 0.0007543 WRONG HERE" in shown(pilot)
        await pilot.press("up")
        assert re.search("yours 0.02956687 (✓|≈)", " ".join(shown(pilot).split()))

    drive(driven)


def test_a_file_of_numbers_that_is_not_there_is_said() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("ctrl+o")
        await pilot.pause()
        await typed(pilot, "nowhere.yaml")
        assert "there is no file 'nowhere.yaml'" in shown(pilot)

    drive(driven)


# ── nothing is lost, nothing lies ─────────────────────────────────────────────────────────


def test_an_error_in_a_move_is_one_message_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: Session) -> Generator[str]:
        yield ""
        raise RuntimeError("broken on purpose")

    async def driven(pilot: Pilot[int]) -> None:
        monkeypatch.setattr(Session, "iteration_on", broken)
        await pilot.press("}")
        await still(pilot)
        said = " ".join(shown(pilot).split())
        assert "a fault of its own (RuntimeError: broken on purpose); the run goes on" in said
        await pilot.press("right")
        await still(pilot)
        assert at(pilot) == (1, 1)

    drive(driven)


def test_an_error_in_work_beside_the_screen_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("values: {a3: [[1]]}\n", encoding="utf-8")

    def broken(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    async def driven(pilot: Pilot[int]) -> None:
        monkeypatch.setattr("chainstep.tui.check_pages.load_numbers", broken)
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("ctrl+o")
        await pilot.pause()
        await typed(pilot, "mine.yaml")
        await comes(pilot, lambda: "broken on purpose" in shown(pilot))
        await pilot.press("right")
        await still(pilot)
        assert at(pilot) == (1, 1)

    drive(driven)


def test_after_an_edit_nothing_of_the_old_network_is_said_or_saved(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "iteration: 1\nvalues: {delta3: [[0.02956691, 0.02199236], [-0.000754292, 0.03770345]]}\n",
        encoding="utf-8",
    )

    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("ctrl+o")
        await pilot.pause()
        await typed(pilot, "mine.yaml")
        await comes(pilot, lambda: "Nothing is wrong here" in shown(pilot))
        await pilot.press("escape")
        await still(pilot)
        await pilot.press("e")
        await typed(pilot, "learning rate = 2")
        await pilot.press("g")
        await typed(pilot, "1:delta3")
        assert "yours" not in shown(pilot)
        await pilot.press("h")
        await pilot.pause()
        assert "Why are my weights the same?" in shown(pilot)
        assert "Data Science" not in shown(pilot)
        assert "- learning rate = 2" in shown(pilot)
        await pilot.press("escape", "s")
        await typed(pilot, "./made.yaml")

    drive(driven)
    made = load(tmp_path / "made.yaml")
    assert made.source is None
    assert made.title == "same-weights, changed"
    assert made.story.startswith("Made from same-weights")
    assert made.claims == ()


def test_a_prompt_selects_what_it_holds() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await typed(pilot, "C < 1")
        await pilot.press("r")
        await pilot.press(*"100", "enter")
        await still(pilot)
        assert at(pilot)[0] > 100

    drive(driven)


def test_several_lines_that_are_pasted_are_several_changes() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("e")
        await pilot.pause()
        prompt = pilot.app.focused
        assert prompt is not None
        prompt.post_message(Paste("learning rate = 2\nW1.0.0 = 7\n"))
        await pilot.pause()
        await pilot.press("enter")
        await still(pilot)
        setup = stepper(pilot).session.scenario.setup
        assert setup.settings["learning_rate"] == 2
        assert setup.weights[0][0, 0] == 7

    drive(driven)


@pytest.mark.parametrize("key", ["q", "escape"])
def test_leaving_asks_where_changes_would_be_lost(key: str) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("e")
        await typed(pilot, "learning rate = 2")
        await pilot.press(key)
        assert "not saved" in " ".join(shown(pilot).split())
        await pilot.press("right")
        assert isinstance(pilot.app.screen, StepperScreen)
        await pilot.press(key, key)
        await pilot.pause()
        assert not pilot.app.is_running or isinstance(pilot.app.screen, Gallery)

    drive(driven)


def test_esc_leads_down_to_the_gallery_one_level_at_a_time() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("right", "enter", "escape")
        assert isinstance(pilot.app.screen, StepperScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Gallery)

    drive(driven)


def test_a_key_of_the_footer_can_be_clicked() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("right", "right", "right", "right", "right", "right", "right", "right")
        line = shown(pilot).split("\n")[-1]
        await pilot.click(offset=(line.index("back"), 23))
        await still(pilot)
        assert at(pilot) == (1, 7)

    drive(driven)


def test_a_theme_is_remembered() -> None:
    async def first(pilot: Pilot[int]) -> None:
        await pilot.press("t")

    async def second(pilot: Pilot[int]) -> None:
        assert stepper(pilot).theme_name == "light"

    drive(first)
    drive(second)


def test_why_far_on_shows_progress_and_can_be_stopped() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "30000")
        screen = stepper(pilot)
        screen.take(See(replace(screen.choices, picked=None)))
        await pilot.press("w")
        await comes(pilot, lambda: "identical units: iteration" in shown(pilot))
        await pilot.press("escape")
        await comes(pilot, lambda: "stopped" in shown(pilot))
        await pilot.press("right")
        await still(pilot)
        assert at(pilot) == (30000, 1)

    drive(driven)


def test_copying_takes_the_notation_and_the_digits_that_are_shown() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:delta3")
        screen = stepper(pilot)
        screen.take(See(replace(screen.choices, notation="columns", digits=3)))
        await pilot.press("y", "t")
        await still(pilot)
        assert "δ³ = ∇a³ C ⊙ σ′(z³)" in pilot.app.clipboard
        assert " 0.022 " in pilot.app.clipboard

    drive(driven)


def test_numbers_are_typed_in_place_and_judged_at_once() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:delta3")
        await pilot.press("c")
        await pilot.pause()
        sheet = pilot.app.screen
        assert isinstance(sheet, NumbersScreen)
        pasted = "array([[0.02956687, 0.02199233],\n       [0.0007543 , 0.03770352]])"
        pilot.app.post_message(Paste(pasted))
        await comes(pilot, lambda: "✗" in plain(sheet.canvas.shown))
        text = plain(sheet.canvas.shown)
        assert "0.02956687 ✓  0.02199233 ✓" in text
        assert "0.0007543 ✗  0.03770352 ✓" in text
        await pilot.press("escape")
        await still(pilot)
        await pilot.press("enter", "down")
        assert "yours 0.0007543 WRONG HERE" in " ".join(shown(pilot).split())
        await pilot.press("c")
        await pilot.pause()
        again = pilot.app.screen
        assert isinstance(again, NumbersScreen)
        assert again.sheet.text == f"delta3 =\n{pasted}"

    drive(driven)


def test_what_is_no_number_is_said_and_stays() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await pilot.pause()
        sheet = pilot.app.screen
        assert isinstance(sheet, NumbersScreen)
        await pilot.press(*"1 2 x")
        await comes(pilot, lambda: "'x' is no number" in plain(sheet.canvas.shown))
        assert sheet.sheet.text == "1 2 x"

    drive(driven)


# ── made, changed, watched ────────────────────────────────────────────────────────────────


def test_a_network_is_made_in_a_form_and_broken_and_saved(tmp_path: Path) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("N")
        await pilot.pause()
        form = pilot.app.screen
        assert isinstance(form, NetworkForm)
        await pilot.press("tab", "ctrl+u", *"3 x")
        await pilot.pause()
        assert "Hidden units: 'x' is no whole number" in plain(form.canvas.shown)
        await pilot.press("backspace", "backspace", "enter")
        await pilot.pause()
        assert stepper(pilot).session.scenario.setup.widths == (2, 3, 1)
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Chooser)
        await pilot.press(*"own-activation", "enter")
        await pilot.pause()
        assert "own-activation is impossible here" in shown(pilot)
        await pilot.press("x")
        await pilot.pause()
        await pilot.press(*"slope-of", "enter")
        await pilot.pause()
        await still(pilot)
        assert stepper(pilot).runs.view.program.mistakes == ("slope-of-activation",)
        assert "mistake on: slope-of-activation" in shown(pilot)
        await pilot.press("R")
        await still(pilot)
        await pilot.press("s")
        await typed(pilot, "./broken.yaml")

    drive(driven)
    text = (tmp_path / "broken.yaml").read_text(encoding="utf-8")
    assert "    - [0, 1]\n" in text
    assert "    - {units: 3, activation: tanh}\n" in text
    assert load(tmp_path / "broken.yaml").mistakes == ("slope-of-activation",)


def test_a_change_keeps_the_moment_and_shows_what_was_before() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "5:delta3")
        await pilot.press("e")
        await typed(pilot, "W1.0.0 = 2")
        assert at(pilot) == (5, 14)
        assert stepper(pilot).session.stepper.setup.weights[0][0, 0] == 2
        assert "before" in shown(pilot)
        assert "b shows both" in " ".join(shown(pilot).split())
        await pilot.press("b")
        assert "after the change" in shown(pilot)
        assert "before it" in shown(pilot)
        await pilot.press("b", "right")
        await still(pilot)
        screen = stepper(pilot)
        assert screen.runs.past is not None
        assert screen.runs.past.moment == Moment(5, 15)
        await pilot.press("u")
        await still(pilot)
        assert at(pilot) == (5, 15)

    drive(driven)


def test_a_change_that_adds_steps_keeps_the_quantity() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "3:changeW2")
        await pilot.press("e")
        await typed(pilot, "rule = adam")
        screen = stepper(pilot)
        assert screen.runs.view.moment.iteration == 3
        assert screen.runs.view.record is not None
        assert screen.runs.view.record.quantity == "changeW2"
        assert screen.runs.was is not None
        assert screen.runs.was.record is not None
        assert screen.runs.was.record.quantity == "changeW2"
        await pilot.press("left")
        await still(pilot)
        assert "cannot be drawn" not in shown(pilot)

    drive(driven)


def test_a_training_is_watched_and_says_why_it_stopped() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("v", "r")
        await typed(pilot, "C < 0.5")
        await comes(pilot, lambda: "here C < 0.5 first holds" in shown(pilot))
        text = shown(pilot)
        assert "size of dC/dW" in text
        assert "Predictions" in text

    drive(driven)


def test_a_training_stops_where_it_is_not_finite() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("e")
        await typed(pilot, "activation = relu; output activation = identity; learning rate = 9")
        await pilot.press("r")
        await typed(pilot, "100000")
        await comes(pilot, lambda: "the first number is not finite" in shown(pilot))

    drive(driven)


def test_a_run_is_stepped_beside_another_and_alone_again() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("A")
        await pilot.pause()
        await pilot.press(*"random", "enter")
        await pilot.pause()
        await still(pilot)
        assert "same-weights ‖ same-weights-random" in shown(pilot)
        await pilot.press("A")
        assert "‖" not in shown(pilot)

    drive(driven)


# ── predicting, presenting, looking things up ─────────────────────────────────────────────


def test_a_step_is_covered_until_it_is_predicted_and_the_round_has_a_score() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:dC/da1")
        await pilot.press("p")
        await still(pilot)
        await comes(pilot, lambda: "▒▒▒" in shown(pilot))
        assert "0.1491465" not in shown(pilot)
        await pilot.press("enter")
        await comes(pilot, lambda: "hint 1" in shown(pilot))
        await pilot.press("enter")
        await comes(pilot, lambda: "hint 2" in shown(pilot))
        await pilot.press(*"0.5", "enter")
        await comes(pilot, lambda: "0.5 is not it" in " ".join(shown(pilot).split()))
        await pilot.press(*"0.1491465", "enter")
        await comes(pilot, lambda: "0.1491465 is right" in shown(pilot))
        assert "▒" not in shown(pilot)
        await pilot.press("p")
        await pilot.pause()
        assert "1 of 4 points" in shown(pilot)

    drive(driven, "one-neuron")


def test_a_presentation_shows_term_by_term() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:dC/dW3")
        await pilot.press("P")
        assert "dC/dW3[0,0] = …" in shown(pilot)
        await pilot.press("right")
        assert "+ …" in shown(pilot)
        await pilot.press("right")
        assert "███" in shown(pilot)
        assert at(pilot) == (1, 16)
        await pilot.press("right")
        await still(pilot)
        assert at(pilot) == (1, 17)

    drive(driven, size=(100, 30))


def test_words_and_signs_are_explained() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("W")
        await pilot.pause()
        assert "delta" in shown(pilot)
        assert "cannot be told" in shown(pilot)

    drive(driven, size=(100, 60))


def test_a_command_answers_on_a_page() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("colon")
        await typed(pilot, "why . W1.0.0")
        await comes(pilot, lambda: isinstance(pilot.app.screen, Reader))
        await pilot.pause()
        assert "W1[0,0]" in shown(pilot)

    drive(driven)


def test_what_no_command_is_stays_in_the_line() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("colon")
        await typed(pilot, "open .")
        assert "one of replay, why, check" in " ".join(shown(pilot).split())
        assert getattr(pilot.app.focused, "value", None) == "open ."

    drive(driven)


@pytest.mark.parametrize(("key", "text"), [("r", "500"), ("g", "1000"), ("e", "W1.0.0 = 2")])
def test_what_is_typed_before_the_line_stands_is_not_lost(key: str, text: str) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        for each in [key, *text]:
            pilot.app.post_message(Key("space" if each == " " else each, each))
        await comes(pilot, lambda: getattr(pilot.app.focused, "value", None) == text)

    drive(driven)


# ── nothing ends by a fault, and nothing is lost while something opens ────────────────────


def test_a_training_that_overflows_is_shown_and_says_where_it_stopped() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("v", "r")
        await typed(pilot, "5000")
        assert "here the first number is not finite" in shown(pilot)
        assert "!" in next(row for row in shown(pilot).split("\n") if row.startswith(" 1 "))

    drive(driven, "rate-too-large")


def test_a_picture_that_cannot_be_made_is_told_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    async def driven(pilot: Pilot[int]) -> None:
        with monkeypatch.context() as broken:
            broken.setattr("chainstep.tui.stepper.page_of", fails)
            await pilot.press("right")
            assert "ZeroDivisionError: on purpose" in " ".join(shown(pilot).split())
        await pilot.press("right")
        assert at(pilot) == (1, 2)
        assert "This step" in shown(pilot)

    drive(driven)


def test_keys_typed_while_a_scenario_opens_are_for_its_run() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        gallery = pilot.app.screen
        for key in ("enter", "right", "right"):
            gallery.post_message(Key(key, None))
        await comes(pilot, lambda: isinstance(pilot.app.screen, StepperScreen))
        await comes(pilot, lambda: at(pilot) == (1, 2))

    drive(driven, None)


def test_a_name_with_two_meanings_is_said_on_the_screen_too() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "1:delta2")
        said = " ".join(shown(pilot).split())
        assert "delta2 is read as the name that chainstep uses." in said
        assert "In the notation code it is −dC/da2." in said

    drive(driven, "two-layer-network")


def test_two_numbers_are_compared_beside_the_screen() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "300:dC/dW3")
        await pilot.press("enter", "w")
        await comes(pilot, lambda: isinstance(pilot.app.screen, Reader))
        await pilot.press("w")
        await comes(pilot, lambda: isinstance(pilot.app.screen, StepperScreen))
        await pilot.press("right", "w")
        await comes(pilot, lambda: isinstance(pilot.app.screen, Reader))
        assert "DIFFERS" in shown(pilot)

    drive(driven)


PROGRAM = Path(__file__).parent.parent / "docs" / "examples" / "train.py"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["c"], "a program is judged by its own lines"),
        (["p"], "p asks for the numbers of a network"),
        (["v"], "this program has no cost to be seen"),
        (["R"], "its settings are changed in its own file"),
        (["x"], "its settings are changed in its own file"),
        (["w"], "This program has no layers"),
    ],
)
def test_what_a_program_does_not_have_is_said(keys: list[str], said: str) -> None:
    from chainstep.scenarios.programs.opening.opening import open_program

    async def whole() -> None:
        async with Chainstep(open_program(str(PROGRAM))).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            if keys == ["x"]:
                await comes(pilot, lambda: isinstance(pilot.app.screen, Chooser))
                await pilot.press("enter")
            await comes(pilot, lambda: isinstance(pilot.app.screen, StepperScreen))
            await comes(pilot, lambda: said in " ".join(shown(pilot).split()))

    asyncio.run(whole())


def test_every_verdict_has_a_sign_and_words() -> None:
    from chainstep.core.check.verdict import Verdict
    from chainstep.tui.widgets.entry_line import VERDICT_ROLES, VERDICT_SIGNS

    assert {verdict.word for verdict in Verdict} == set(VERDICT_SIGNS) == set(VERDICT_ROLES)


def test_numbers_of_another_shape_are_given_to_the_table_that_has_it() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("c")
        await comes(pilot, lambda: isinstance(pilot.app.screen, NumbersScreen))
        sheet = pilot.app.screen
        assert isinstance(sheet, NumbersScreen)
        await pilot.pause()
        pilot.app.post_message(Paste("0.0001 0.0001 0.0001\n0.00006 0.00006 0.00006\n4 4 4"))
        await comes(pilot, lambda: "3×3 is the shape of W1" in plain(sheet.canvas.shown))
        await pilot.press("ctrl+t")
        await comes(pilot, lambda: isinstance(pilot.app.screen, Chooser))
        await pilot.press(*"dC/dW1", "enter")
        await comes(pilot, lambda: "4 ✗" in plain(sheet.canvas.shown))
        assert sheet.wanted.quantity == "dC/dW1"

    drive(driven)


def test_numbers_typed_at_a_step_stay_numbers_of_it() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("g")
        await typed(pilot, "delta3")
        assert at(pilot) == (1, 14)
        await pilot.press("c")
        await comes(pilot, lambda: isinstance(pilot.app.screen, NumbersScreen))
        pilot.app.post_message(Paste("0.02956691 0.02199236\n-0.00075429 0.03770345"))
        await pilot.pause(0.1)
        await pilot.press("escape")
        await comes(pilot, lambda: isinstance(pilot.app.screen, StepperScreen))
        await pilot.press("g")
        await typed(pilot, "z1")
        await pilot.press("c")
        await comes(pilot, lambda: isinstance(pilot.app.screen, NumbersScreen))
        sheet = pilot.app.screen
        assert isinstance(sheet, NumbersScreen)
        assert sheet.sheet.text.startswith("delta3 =\n0.02956691")
        await comes(pilot, lambda: "0.02956691 ✓" in plain(sheet.canvas.shown))
        assert "✗" not in plain(sheet.canvas.shown)

    drive(driven)


def test_predicting_ends_the_playing_and_digits_typed_late_move_nothing() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("a", "p")
        await comes(pilot, lambda: stepper(pilot).prompt is not None)
        assert not stepper(pilot).player.is_playing
        moment = at(pilot)
        await pilot.press("escape")
        await still(pilot)
        await pilot.press("0", "minus", "5")
        assert at(pilot) == moment

    drive(driven)


@pytest.mark.parametrize(
    ("change", "weights"),
    [
        ("W3 = 0.5", [[0.5, 0.5]] * 4),
        ("W3 = [[1,2],[3,4],[5,6],[7,8]]", [[1, 2], [3, 4], [5, 6], [7, 8]]),
    ],
)
def test_a_whole_matrix_is_given_at_once(change: str, weights: list[list[float]]) -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("e")
        await typed(pilot, change)
        assert stepper(pilot).runs.view.values["W3"].tolist() == weights

    drive(driven)


def test_a_condition_may_say_cost() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("r")
        await typed(pilot, "cost < 0.5")
        assert at(pilot) == (21, 11)

    drive(driven)


def test_a_search_takes_words_that_begin_so_first_and_is_over_when_one_comes_back() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press(*"two")
        gallery = pilot.app.screen
        assert isinstance(gallery, Gallery)
        assert "two-neurons" in next(row for row in shown(pilot).split("\n") if "▸" in row)
        await pilot.press("enter")
        await comes(pilot, lambda: isinstance(pilot.app.screen, StepperScreen))
        await pilot.press("escape")
        await comes(pilot, lambda: isinstance(pilot.app.screen, Gallery))
        assert gallery.typed == ""

    drive(driven, None)


def test_rows_pasted_into_the_form_are_all_of_them_data() -> None:
    async def driven(pilot: Pilot[int]) -> None:
        await pilot.press("N")
        await comes(pilot, lambda: isinstance(pilot.app.screen, NetworkForm))
        await pilot.press("ctrl+u")
        pilot.app.post_message(Paste("0 1 > 1\n1 0 > 0\n1 1 > 1\n"))
        form = pilot.app.screen
        assert isinstance(form, NetworkForm)
        await comes(pilot, lambda: "3 observations" in plain(form.canvas.shown))

    drive(driven)
