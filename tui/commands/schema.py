"""chainstep schema: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "An editor that knows JSON Schema then completes and checks scenario files."


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - it has none
    import json

    from chainstep.scenarios.json_schema import schema

    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return 0
