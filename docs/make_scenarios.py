"""Writes docs/scenarios.md from the table of a scenario's keys."""

from pathlib import Path

from chainstep.scenarios.format_page import page

if __name__ == "__main__":
    (Path(__file__).parent / "scenarios.md").write_text(page(), encoding="utf-8", newline="\n")
