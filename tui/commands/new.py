"""chainstep new: a scenario file to start from, and its schema for editors."""

from __future__ import annotations

import argparse
from pathlib import Path

from chainstep.core.text.commands import command
from chainstep.core.text.harmless import harmless
from chainstep.tui.writing import is_standard_output, write

#: The schema beside a scenario, which its first line names to editors.
SCHEMA = "chainstep.schema.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write, mine.yaml")
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")
    program = parser.add_argument(
        "--from",
        dest="program",
        metavar="PROGRAM",
        help="write the network of your own program, train.py, which is run for it",
    )
    program.complete = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}  # type: ignore[attr-defined]
    parser.epilog = (
        f"Its first line names {SCHEMA}, which is written beside it unless it is there: an editor "
        "with the YAML language server completes and checks by it."
    )


def run(options: argparse.Namespace) -> int:
    text = _text(options.program)
    if is_standard_output(options.file):
        write(options.file, text, overwrite=False)
        return 0
    line = f"# yaml-language-server: $schema={SCHEMA}\n"
    write(options.file, line + text, overwrite=options.force)
    also = _write_schema(options.file.parent / SCHEMA)
    named = options.file if "/" in str(options.file) else f"./{options.file}"
    print(f"wrote {harmless(str(options.file))}{also}: edit it, then")
    print(f"  {command('open', named)}\n  {command('replay', named)}")
    return 0


def _text(program: str | None) -> str:
    """A scenario to start from; that of a program where one is named."""
    if program is None:
        from chainstep.scenarios.new_scenario import starting_scenario

        return starting_scenario()
    from chainstep.scenarios.programs.opening.networks import recipe_of
    from chainstep.scenarios.yaml_writer import dump

    return dump(recipe_of(program))


def _write_schema(path: Path) -> str:
    """Writes the schema where none is; what to say of it."""
    if path.exists():
        return ""
    import json

    from chainstep.scenarios.json_schema import schema

    write(path, json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", overwrite=False)
    return f" and {SCHEMA}"
