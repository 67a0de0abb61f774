"""The pages that are made from the program are what it makes now; the site is whole."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

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
