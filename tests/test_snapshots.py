from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: object) -> Path:
    """A place of its own for the snapshots of a test."""
    place = tmp_path / "tests" / "snapshots"
    place.mkdir(parents=True)
    monkeypatch.setitem(_globals_of(snapshot), "SNAPSHOTS", place)
    return place


def _globals_of(function: object) -> dict[str, object]:
    found: dict[str, object] = function.__globals__  # type: ignore[attr-defined]
    return found


def test_a_missing_snapshot_fails_and_says_how_to_make_it(
    folder: Path, snapshot: Callable[[str, str], None]
) -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        snapshot("new", "+---+")
    assert "tests/snapshots/new.txt is missing" in str(failure.value)
    assert "pytest --update-snapshots" in str(failure.value)
    assert not (folder / "new.txt").exists()


def test_another_text_fails_with_the_lines_that_differ(
    folder: Path, snapshot: Callable[[str, str], None]
) -> None:
    (folder / "table.txt").write_text("| 1 |\n| 2 |\n", encoding="utf-8")
    with pytest.raises(pytest.fail.Exception) as failure:
        snapshot("table", "| 1 |\n| 2 |  ")
    assert str(failure.value).endswith("@@ -1,2 +1,2 @@\n | 1 |\n-| 2 |\n+| 2 |··")


def test_the_same_text_passes_with_or_without_its_last_newline(
    folder: Path, snapshot: Callable[[str, str], None]
) -> None:
    (folder / "table.txt").write_text("σ(z)\n", encoding="utf-8")
    snapshot("table", "σ(z)")
    snapshot("table", "σ(z)\n")
