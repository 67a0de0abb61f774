"""chainstep new: a scenario file to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

from chainstep.tui.writing import is_standard_output, write


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write, mine.yaml")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")


def run(options: argparse.Namespace) -> int:
    from chainstep.scenarios.new_scenario import starting_scenario

    write(options.file, starting_scenario(), overwrite=options.force)
    if is_standard_output(options.file):
        return 0
    shown = options.file if options.file.is_absolute() else Path() / options.file
    named = str(shown) if "/" in str(shown) else f"./{shown}"
    print(f"wrote {shown}: edit it, then\n  chainstep open {named}\n  chainstep replay {named}")
    return 0
