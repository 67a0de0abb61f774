"""chainstep list: the names and titles of the scenarios."""

from __future__ import annotations

import argparse

from chainstep.scenarios import heads


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(options: argparse.Namespace) -> int:
    known = heads()
    if options.json:
        import json

        rows = [{"name": h.name, "title": h.title, "question": h.question} for h in known]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    width = max(len(head.name) for head in known)
    for head in known:
        print(f"{head.name:<{width}}  {head.title}")
    return 0
