"""The picture at the top of the README, drawn by the program."""

from chainstep.core import Entry, Stepper
from chainstep.scenarios import load
from chainstep.tui.view import Choices, Shown, view_of
from chainstep.tui.widgets.page import page_of
from chainstep.tui.widgets.svg import svg

SIZE = (120, 36)


def picture() -> str:
    """The stepper at the first delta of same-weights, as SVG."""
    scenario = load("same-weights")
    stepper = Stepper(scenario)
    stepper.goto(1, after="delta3")
    choices = Choices(picked=Entry("delta3", (0, 0)), notation=scenario.notation)
    page = page_of(Shown(view_of(scenario, stepper), choices), SIZE)
    return svg(page.lines, "dark", SIZE[0])
