"""The page about the format of scenario files, made of the table that checks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chainstep.scenarios.json_schema import schema
from chainstep.scenarios.new_scenario import START

Rule = dict[str, Any]

_ANY = 10**15  # a bound that is none
_SEVERAL = {"number": "numbers", "integer": "whole numbers", "object": "mappings"}
_HEAD = """\
# The format of a scenario

A scenario is a YAML file: a network, its data, how it learns, its story, and the numbers that a
page prints of it. `chainstep new mine.yaml` writes one to start from:

```yaml
{start}```

A file is checked whole before anything runs, and every fault is told with its line and column.
`chainstep schema` prints the JSON Schema, with which an editor completes and checks. Numbers are
written plainly (`0.5`, `-1`, `2e-3`), printed numbers in quotes, because there every digit counts.
Anchors, aliases and tags are not read, and no key may stand twice.

This page is made of the table in `scenarios/scenario_keys.py` by `python -m pages`;
a test holds it against that. These are all keys, those that must be there marked with a star.
"""


def page() -> str:
    """The page as Markdown."""
    whole = schema()
    lines = [_HEAD.format(start=START)]
    for key, rule in whole["properties"].items():
        lines += [f"## {key}{_star(key, whole)}", "", _said(rule).strip(), ""]
        below = _below(rule, "")
        lines += [*below, ""] if below else []
    return "\n".join(lines).rstrip() + "\n"


def _star(key: str, mapping: Rule) -> str:
    return " ★" if key in mapping.get("required", ()) else ""


def _said(rule: Rule) -> str:
    """What a key means, what may stand there, and what stands for it if it is missing."""
    said = [f" {rule['description']}"]
    if value := _value(rule):
        said.append(f" — {value}")
    if "default" in rule:
        said.append(f"; `{_plain(rule['default'])}` unless said")
    return "".join(said)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(rule: Rule) -> str:
    """What may stand at a key, in a few words; the keys of a mapping are listed below it."""
    if "enum" in rule:
        return ", ".join(f"`{word}`" for word in rule["enum"])
    if "anyOf" in rule:
        first, *others = _flat(rule)
        if [one.get("items") for one in others] == [first]:
            return f"{_value(first)}, or a list of such"
        return ", or ".join(
            dict.fromkeys(text for one in (first, *others) if (text := _value(one)))
        )
    if rule["type"] == "array":
        return f"a list of {_plural(rule['items'])}"
    return "" if rule["type"] == "object" else _single(rule)


def _flat(rule: Rule) -> Iterator[Rule]:
    """The alternatives of a rule, and theirs."""
    for one in rule.get("anyOf", [rule]):
        if one is rule:
            yield rule
        else:
            yield from _flat(one)


def _single(rule: Rule) -> str:
    if rule["type"] == "integer":
        most = rule["maximum"]
        room = f"to {most}" if most < _ANY else "on"
        return f"a whole number from {rule['minimum']} {room}"
    if rule["type"] != "number":
        return "a text"
    bounds = {"exclusiveMinimum": "above", "minimum": "from", "exclusiveMaximum": "below"}
    found = [f"{word} {rule[key]:g}" for key, word in bounds.items() if key in rule]
    return " ".join(["a number", *found])


def _plural(rule: Rule) -> str:
    """Several values of a kind, in words."""
    kinds = []
    for one in _flat(rule):
        if "enum" in one:
            kinds.append(_value(one))
        elif one["type"] == "array":
            kinds.append(f"lists of {_plural(one['items'])}")
        else:
            kinds.append(_SEVERAL.get(str(one["type"]), "texts"))
    return " or ".join(dict.fromkeys(kinds))


def _below(rule: Rule, indent: str) -> list[str]:
    """A line for every key of the mappings that may stand there, and those of theirs below it."""
    lines: list[str] = []
    for rest, words in _together(rule):
        deeper = indent
        if words:
            key, found = words
            lines.append(f"{indent}- `{key}:` {', '.join(found)}")
            deeper += "  "
        for key, part in rest["properties"].items():
            lines.append(f"{deeper}- `{key}`{_star(key, rest)}{_said(part)}")
            lines += _below(part, deeper + "  ")
    return lines


def _together(rule: Rule) -> list[tuple[Rule, tuple[str, list[str]] | None]]:
    """The mappings at a key; those that differ by a word alone as one, with all its words."""
    found: list[tuple[Rule, tuple[str, list[str]] | None]] = []
    for one in _mappings(rule):
        word = next((key for key, part in one["properties"].items() if "const" in part), None)
        if word is None:
            found += [] if (one, None) in found else [(one, None)]
            continue
        name = f"`{one['properties'][word]['const']}`"
        name += "" if word in one.get("required", ()) else " (unless said)"
        rest = one | {"properties": {k: v for k, v in one["properties"].items() if k != word}}
        rest["required"] = [key for key in one.get("required", ()) if key != word]
        same = next((words for other, words in found if other == rest), None)
        if same:
            same[1].append(name)
        else:
            found.append((rest, (word, [name])))
    return found


def _mappings(rule: Rule) -> Iterator[Rule]:
    """The mappings that may stand at a key, or in a list there."""
    for one in _flat(rule):
        if one.get("type") == "array":
            yield from _mappings(one["items"])
        elif one.get("type") == "object":
            yield one
