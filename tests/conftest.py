"""What the tests share: text snapshots, and settings that make every run the same."""

import os
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import hypothesis
import pytest

SNAPSHOTS = Path(__file__).parent / "snapshots"

# Shared machines stall, so no deadline; CI draws the same examples every time.
hypothesis.settings.register_profile(
    "chainstep", deadline=None, derandomize="CI" in os.environ, max_examples=30
)
hypothesis.settings.load_profile("chainstep")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write tests/snapshots from what the program says now, instead of comparing",
    )


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with tests/snapshots/NAME.txt; a missing one fails."""
    updating = bool(request.config.getoption("--update-snapshots"))

    def compare(name: str, text: str) -> None:
        path = SNAPSHOTS / f"{name}.txt"
        found = text if text.endswith("\n") else text + "\n"
        if updating:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, encoding="utf-8", newline="\n")
        elif not path.exists():
            pytest.fail(f"{_shown(path)} is missing: {_MEND}\n\n{found}", pytrace=False)
        else:
            expected = path.read_text(encoding="utf-8")
            if found != expected:
                pytest.fail(_difference(path, expected, found), pytrace=False)

    return compare


_MEND = "read the text, and if it is right, run pytest --update-snapshots and commit the file"


def _shown(path: Path) -> str:
    return path.relative_to(SNAPSHOTS.parent.parent).as_posix()


def _difference(path: Path, expected: str, found: str) -> str:
    """The lines that differ; a trailing space would be invisible, so it is a middle dot."""
    lines = unified_diff(
        _with_visible_ends(expected), _with_visible_ends(found), _shown(path), "now", lineterm=""
    )
    return "\n".join([f"not the text of {_shown(path)}: if the new one is right, {_MEND}", *lines])


def _with_visible_ends(text: str) -> list[str]:
    lines = text.removesuffix("\n").split("\n")
    return [line.rstrip(" ") + "·" * (len(line) - len(line.rstrip(" "))) for line in lines]
