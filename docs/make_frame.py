"""Makes the picture at the top of README.md from the program: python docs/make_frame.py."""

import sys
from pathlib import Path

from chainstep.core import Entry, Stepper
from chainstep.scenarios import load
from chainstep.tui.view import Look, view_of
from chainstep.tui.widgets.page import page_of
from chainstep.tui.widgets.svg import svg

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "stepper.svg"
README = ROOT / "README.md"
SIZE = (120, 36)
START, END = "<!-- frame -->\n", "<!-- /frame -->"


def picture() -> str:
    """The stepper at the first delta of same-weights, as SVG."""
    scenario = load("same-weights")
    stepper = Stepper(scenario)
    stepper.goto(1, after="delta3")
    look = Look(picked=Entry("delta3", (0, 0)), notation=scenario.notation)
    page = page_of(view_of(scenario, stepper), look, SIZE)
    return svg(page.lines, "dark", SIZE[0])


def with_frame(readme: str) -> str:
    """The README with the picture between its marks."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    alternative = (
        "The stepper at delta3 of same-weights: the chain with a bracket around this factor, "
        "the two operands and their product as tables, one entry worked out, and beside them "
        "all matrices of the network"
    )
    return f"{before}{START}![{alternative}](docs/stepper.svg)\n{END}{after}"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8", newline="\n")
    README.write_text(
        with_frame(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n"
    )
    sys.stdout.write(f"wrote {PICTURE.relative_to(ROOT)}\n")
