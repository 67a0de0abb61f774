"""A name or a file in, a checked scenario out, or every fault of it at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from chainstep.core.text.harmless import plain_name
from chainstep.scenarios import notes_and_claims
from chainstep.scenarios.draft import Draft
from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.fitting_together import fit
from chainstep.scenarios.overrides import UNSAID, as_option, override
from chainstep.scenarios.placed_tree import Entries, from_data, inside, to_data
from chainstep.scenarios.scenario import Scenario, Source, Unclaimed
from chainstep.scenarios.scenario_files import (
    FOLDER,
    STANDARD_INPUT,
    find,
    is_path,
    names,
    place_of,
    text_of,
)
from chainstep.scenarios.scenario_keys import FIELDS, GROUPS, SCENARIO
from chainstep.scenarios.yaml_reader import parse


def load(
    name: str | Path | Mapping[str, Any], overrides: Mapping[str, Any] | None = None
) -> Scenario:
    """Reads a scenario by its name, a unique beginning of it, or a path, and checks it whole.

    It may be plain data instead, with lists or arrays, as a file would have it.
    ``overrides`` change single settings, as the options of the commands do.
    Raises: ScenarioError with all faults.

    >>> load("same-weights").setup.widths
    (2, 3, 3, 2)
    >>> load("same-weights", {"learning_rate": 0.1}).overridden
    ('learning_rate',)
    >>> load({
    ...     "data": {"inputs": [[0.05, 0.1]], "targets": [[1]]},
    ...     "network": {"layers": [{"units": 1, "activation": "tanh"}], "weights": "zeros"},
    ...     "loss": "squared-error",
    ...     "update": {"learning_rate": 0.5},
    ... }).setup.widths
    (2, 1)
    """
    if isinstance(name, Mapping):
        return build(name, "the network", overrides=overrides)
    path = find(name)
    streams = path == STANDARD_INPUT
    faults = Faults(place_of(path) if streams else str(name if is_path(name) else path))
    root = parse(text_of(path, faults), faults)
    _refuse_numbers(root, faults)
    changed = override(root, overrides or {}, faults)
    called = faults.place if streams else plain_name(path.stem)
    return _checked(root, called, None if streams else path, faults, changed)


def _refuse_numbers(root: Entries, faults: Faults) -> None:
    """Tells a file of numbers from a scenario in one message.

    Raises: ScenarioError where it is one.
    """
    keys = root.values.keys()
    known = {field.key for field in FIELDS} - {"claims", "notation"}
    if keys and not keys & known and (keys & {"values", "claims"} or all(map(_names_one, keys))):
        file = quoted(faults.place)[1:-1]
        found = "this is a file of numbers, not a scenario"
        raise faults.fatal(root, found, f"chainstep check SCENARIO {file}")


def _names_one(key: str) -> bool:
    """Whether a key looks like the name of a quantity, or like an iteration."""
    return bool(re.fullmatch(_QUANTITY, key)) or key in {"iteration", "names", "notation"}


def build(
    recipe: Mapping[str, Any],
    name: str,
    path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    called: Callable[[str], str] = as_option,
) -> Scenario:
    """A scenario from plain data, such as a ``recipe``; its data lie beside ``path``.

    ``overrides`` change single settings, ``called`` says how such a name was typed: a page's
    notes and claims then hold no more.
    Raises: ScenarioError with all faults, each with its path into the data.
    """
    root = from_data(recipe)
    faults = Faults(name)
    if not isinstance(root, Entries):
        raise faults.fatal(root, f"a scenario is a mapping of plain data, and this is {root}")
    changed = override(root, overrides or {}, faults, called)
    return _checked(root, name, path, faults, changed)


def _checked(
    root: Entries, name: str, path: Path | None, faults: Faults, changed: tuple[str, ...]
) -> Scenario:
    values = SCENARIO.read(root, faults)
    setup = fit(Draft(values, root, faults, path.parent if path else Path()))
    if setup is None or faults.found:
        raise faults.error()
    if changed:  # what the page says and prints speaks of other numbers
        for key in set(root.values) & {"notes", "claims", "unclaimed"}:
            root.drop(key)
        values |= {"notes": (), "claims": (), "unclaimed": ()}
    source = values["source"]
    scenario = Scenario(
        name=name,
        path=path,
        title=values["title"] or name,
        question=values["question"] or "",
        source=Source(**source) if source else None,
        story=values["story"] or "",
        notation=values["notation"],
        setup=setup,
        mistakes=tuple(values["mistake"]),
        notes=notes_and_claims.notes_of(values["notes"], from_page=bool(source)),
        claims=notes_and_claims.claims_of(values["claims"], inside(root, "claims")),
        unclaimed=tuple(Unclaimed(**item) for item in values["unclaimed"]),
        recipe=to_data(root),
        overridden=changed,
    )
    if values["notes"] or values["claims"]:  # the program is made once, for them and for the run
        right = scenario._replace(mistakes=()) if scenario.mistakes else scenario
        notes_and_claims.check(values, root, right.program, faults)
    if faults.found:
        raise faults.error()
    return scenario


_QUANTITY = r"[0-9]+|C|y|(?:[azWbC]|d[CaZz]/d[aWbz]|delta|change[Wb]|[mv]\.)[^ ]{0,40}"


class Head(NamedTuple):
    """What a list of scenarios shows of one, read without its claims and unchecked."""

    name: str
    path: Path
    title: str
    question: str
    source: str
    widths: tuple[int, ...]
    loss: str
    order: int
    group: str
    story: str
    words: str

    def has(self, words: str) -> bool:
        """Whether all of these words stand somewhere in it, in any order and either case."""
        return all(word in self.words for word in words.lower().split())


def heads() -> tuple[Head, ...]:
    """The heads of the scenarios that come with the program, in the order of the gallery."""
    every = (_head(name) for name in names())
    return tuple(sorted(every, key=lambda head: (GROUPS.index(head.group), head.order)))


def _words_of(top: Mapping[str, Any], name: str) -> Iterator[str]:
    """What a search looks into: what it asks and tells, and what it is made of."""
    yield name
    for key in ("title", "question", "group", "story", "loss"):
        yield str(top.get(key, ""))
    yield str(top["update"].get("rule", UNSAID["rule"]))
    for layer in top["network"]["layers"]:
        yield " ".join(str(value) for value in layer.values())
    yield from map(str, top.get("source", {}).values())


def _head(name: str) -> Head:
    path = FOLDER / f"{name}.yaml"
    faults = Faults(str(path))
    wanted = ("title", "question", "order", "group", "data", "network", "loss", "update")
    top = to_data(parse(text_of(path, faults), faults, until=wanted))
    source = top.get("source", {})
    layers = top["network"]["layers"]
    return Head(
        name=name,
        path=path,
        title=top["title"],
        question=top["question"],
        source=" ".join(str(source[key]) for key in ("site", "post") if key in source),
        widths=(len(top["data"]["inputs"][0]), *(row["units"] for row in layers if "units" in row)),
        loss=top["loss"],
        order=top["order"],
        group=top.get("group", GROUPS[-1]),
        story=top.get("story", ""),
        words=" ".join(_words_of(top, name)).lower(),
    )
