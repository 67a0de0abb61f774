"""The page that a replay makes: whole, alone, escaped, and gone through in a real browser."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path

import pytest

from chainstep.core import Stepper
from chainstep.core.formats import html_page
from chainstep.core.formats.document import LOOK, Block, Document, Numbers, Sentence, Title
from chainstep.core.formats.html_page import write_document
from chainstep.core.formats.latex_mathematics import mathematics
from chainstep.core.formats.mathml import COMMANDS, mathml
from chainstep.core.formats.run_document import Teller
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import load, names
from chainstep.tui.command import main
from tests.browser import IN_A_BROWSER, Browser

#: Every scenario, the notations in turn.
IN_TURN = pytest.mark.parametrize(
    ("name", "notation"), list(zip(names(), cycle(NOTATIONS), strict=False))
)
_EMPTY = {"meta", "input", "link", "br", "img", "hr"}


class Outline(HTMLParser):
    """The elements of a page; it fails where one is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(tmp_path: Path, *words: str) -> str:
    path = tmp_path / "page.html"
    assert main([*words, "--format", "html", "--output", str(path), "--force"]) == 0
    return path.read_text(encoding="utf-8")


@IN_TURN
def test_every_scenario_is_a_whole_page_that_loads_nothing(
    name: str, notation: str, tmp_path: Path
) -> None:
    text = page(tmp_path, "replay", name, "--notation", notation)
    outline = Outline(text)
    assert outline.open == []
    for tag, attributes in outline.elements:
        assert not {"src", "href"} & set(attributes) or attributes.get("href") == "#content", tag
    assert "http" not in text.replace("http-equiv", "")
    steps = [a for a in outline.all("section") if "step" in (a["class"] or "")]
    assert len(steps) == len(Stepper(load(name)).program.steps)
    ids = [a["id"] for _, a in outline.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_a_page_has_what_a_screen_reader_asks_for(tmp_path: Path) -> None:
    outline = Outline(page(tmp_path, "replay", "same-weights"))
    tags = [tag for tag, _ in outline.elements]
    for landmark in ("header", "main", "nav", "footer", "h1"):
        assert tags.count(landmark) == 1
    assert all(a.get("scope") in {"col", "row"} for a in outline.all("th"))
    assert tags.count("caption") == tags.count("table")
    assert [a for a in outline.all("p") if a.get("aria-live") == "polite"]
    assert all(a.get("type") == "button" for a in outline.all("button"))
    (slider,) = outline.all("input")
    assert slider["aria-label"] == "Step"
    assert all(a.get("aria-labelledby") for a in outline.all("section"))
    assert outline.all("html")[0]["lang"] == "en"


HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"' & \x1b[31m"


def test_words_from_files_are_no_markup() -> None:
    blocks: list[Block] = [Title(HOSTILE, HOSTILE), Sentence(HOSTILE), Sentence(HOSTILE, "page")]
    text = "".join(write_document(Document(HOSTILE, blocks), LOOK))
    outline = Outline(text)
    assert outline.all("img") == []
    assert outline.all("script") == []
    assert "\x1b" not in text


def test_a_run_that_is_too_long_for_a_page_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_page, "_MOST", 1_000_000)
    path = tmp_path / "long.html"
    words = ["replay", "two-neurons", "--iterations", "400", "--show", "all"]
    assert main([*words, "--format", "html", "--output", str(path)]) == 2
    assert capsys.readouterr().err == (
        "chainstep: this is too long for one page of 1 MB: show fewer iterations (--show 1-3), "
        "or fewer steps (--layer 1, --phase backward, --quantity delta2)\n"
    )
    assert list(tmp_path.iterdir()) == []


@IN_TURN
def test_every_formula_is_mathematics_that_browsers_draw(name: str, notation: str) -> None:
    teller, look = Teller(NOTATIONS[notation]), LOOK._replace(notation=NOTATIONS[notation])
    for record in Stepper(load(name)).iterate():
        for block in teller.step(record).blocks:
            formula = mathematics(block, look)
            if formula and not isinstance(block, Numbers):
                assert set(re.findall(r"\\([A-Za-z]+)", formula)) <= COMMANDS
                drawn = Outline(mathml(formula))
                assert drawn.open == []
                assert len(drawn.all("math")) == 1


@pytest.mark.parametrize(
    "words",
    ["why two-neurons w1", "why same-weights", "check same-weights same-weights-page", "check"],
)
def test_answers_are_pages_without_steps(words: str, tmp_path: Path) -> None:
    outline = Outline(page(tmp_path, *words.split()))
    assert outline.open == []
    assert outline.all("nav") == []
    assert len(outline.all("h1")) == 1


# ── in a browser ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    page(tmp_path, "replay", "same-weights", "--iterations", "2", "--show", "all")
    running = Browser((tmp_path / "page.html").as_uri(), tmp_path / "profile")
    yield running
    running.close()


HERE = "document.querySelector('.step.here').dataset.moment"


@IN_A_BROWSER
def test_a_page_is_gone_through_with_keys_buttons_and_slider(browser: Browser) -> None:
    assert browser.value("document.querySelectorAll('.step.here').length") == 1
    assert browser.value(HERE) == "1:1"
    assert browser.value("back.disabled") is True
    browser.press("ArrowRight")
    assert browser.value(HERE) == "1:2"
    browser.value("next.click()")
    assert browser.value(HERE) == "1:3"
    browser.press("ArrowLeft")
    assert browser.value(HERE) == "1:2"
    browser.press("End")
    assert browser.value(HERE) == "2:34"
    assert browser.value("next.disabled") is True
    browser.value("slider.value = 14; slider.dispatchEvent(new Event('input'))")
    assert browser.value(HERE) == "1:14"
    assert browser.value("where.textContent") == (
        "Step 14: delta3 · iteration 1 · backward · layer 3"
    )
    assert browser.value("slider.getAttribute('aria-valuetext')") == browser.value(
        "where.textContent"
    )
    assert browser.value("document.querySelector('g.now').dataset.part") == "a3"
    assert browser.value("location.hash") == "#1:14"
    assert browser.faults() == []


@IN_A_BROWSER
def test_a_page_is_used_with_the_keyboard_alone(browser: Browser) -> None:
    focused = []
    for _ in range(8):
        browser.press("Tab")
        focused.append(
            browser.value("document.activeElement.id || document.activeElement.className")
        )
    assert focused[0] == "skip"
    assert "next" in focused
    browser.value("next.focus()")
    browser.press("Enter")
    assert browser.value(HERE) == "1:2"
    assert browser.faults() == []


#: What of this step would have a scroll bar of its own at its side.
_SCROLLED_DOWN = (
    "[...document.querySelectorAll('.step.here :is(.formula, .part, .scroll)')]"
    ".filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.className)"
)


@IN_A_BROWSER
def test_a_page_fits_a_phone(browser: Browser) -> None:
    browser.ask("Emulation.setDeviceMetricsOverride", width=360, height=640, deviceScaleFactor=2,
                mobile=True)  # fmt: skip
    for moment in range(1, 35):
        browser.value(f"slider.value = {moment}; slider.dispatchEvent(new Event('input'))")
        assert browser.value("document.documentElement.scrollWidth") <= 360
        assert browser.value(_SCROLLED_DOWN) == []
    assert browser.faults() == []
