"""The benchmark command works, and what it writes can be read."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_short_benchmark_measures_everything_and_writes_it_down(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--short", "--output", str(page)],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert text.strip() == done.stdout.strip()
    for part in (
        "One iteration", "Stepping", "Any moment", "Starting, and a frame", "| same-weights |",
        "█", "walk, a record of every step", "chainstep replay same-weights",
    ):  # fmt: skip
        assert part in text, part


def test_the_page_of_the_last_measurement_is_there() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "short run" not in text
    for case in ("same-weights", "two-layer-network", "784-128-10", "784-512-256-10"):
        assert case in text
