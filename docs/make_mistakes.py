"""Writes docs/mistakes.md from the catalogue of mistakes."""

from pathlib import Path

from chainstep.core.check.mistakes_markdown import page

if __name__ == "__main__":
    (Path(__file__).parent / "mistakes.md").write_text(page(), encoding="utf-8", newline="\n")
