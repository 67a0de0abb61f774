"""The pages that are made from the program are what it makes now; the site is whole."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pages import animation, cast
from pages.__main__ import MADE
from pages.doctest_blocks import fenced

ROOT = Path(__file__).parent.parent
SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MADE)
def test_a_made_page_is_what_the_program_makes_now(name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == MADE[name](), "out of date: python -m pages"


def test_making_the_pages_again_changes_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pages"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == ""


def _played(recording: str) -> str:
    """What a recording writes, put together; its times only grow."""
    head, *pieces = map(json.loads, recording.splitlines())
    assert (head["version"], head["width"], head["height"]) == (2, cast.WIDE, cast.HIGH)
    times = [second for second, _, _ in pieces]
    assert times == sorted(times)
    assert {kind for _, kind, _ in pieces} == {"o"}
    return "".join(text for _, _, text in pieces)


def _holds_the_session(recording: str) -> None:
    written = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", _played(recording))
    for shown in ("same-weights", "BACKWARD", "delta3[1,0]", "cost 1.908222"):
        assert shown in written
    assert _played(recording).rstrip().rfind("\x1b[?1049l") > 0  # it left
    assert len(recording) < 200_000


def test_the_recording_of_the_site_holds_the_session() -> None:
    _holds_the_session(cast.FILE.read_text(encoding="utf-8"))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_the_command_records_the_session_anew() -> None:
    _holds_the_session(cast.record())


def test_the_moving_picture_shows_each_frame_once_a_round() -> None:
    picture = animation.picture()
    delays = re.findall(r"animation-delay:([\d.]+)s", picture)
    assert len(delays) == len(animation.PRESSED)
    assert f"show {len(delays) * animation.SECONDS:.1f}s infinite" in picture
    used, made = (set(re.findall(p, picture)) for p in (r'href="#(\w+)"', r' id="(\w+)"'))
    assert used == made
    assert len(picture) < 200_000


def _pages(entries: list[Any]) -> list[str]:
    """The files that a navigation names, however deep."""
    found: list[str] = []
    for entry in entries:
        for target in entry.values():
            found += _pages(target) if isinstance(target, list) else [target]
    return found


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    there = {p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")}
    assert set(_pages(SITE["project"]["nav"])) == there


def test_examples_of_docstrings_stand_in_fences_on_the_site() -> None:
    fences = fenced("Doubles.\n\n>>> 2 * 2\n4\n\nNo more.")
    assert fences == "Doubles.\n\n```pycon\n>>> 2 * 2\n4\n```\n\nNo more."
