"""Writes every page and picture that is made from the program."""

import sys
from collections.abc import Callable
from pathlib import Path

from chainstep.core.check.mistakes_markdown import page as mistakes
from chainstep.core.text.glossary import glossary_markdown
from chainstep.scenarios.format_page import page as scenarios
from pages import animation, commands, frame, json_output, keys, manual, notations

ROOT = Path(__file__).parent.parent

#: What makes each file, from the root.
MADE: dict[str, Callable[[], str]] = {
    "docs/chainstep.1": manual.page,
    "docs/commands.md": commands.page,
    "docs/glossary.md": glossary_markdown,
    "docs/json.md": json_output.page,
    "docs/keys.md": keys.page,
    "docs/mistakes.md": mistakes,
    "docs/notations.md": notations.page,
    "docs/scenarios.md": scenarios,
    "docs/stepper.svg": frame.picture,
    "docs/tour.svg": animation.picture,
}


def main() -> int:
    """Writes those that differ from what is there, and names them."""
    for name, make in MADE.items():
        path, text = ROOT / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"wrote {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
