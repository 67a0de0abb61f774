"""Changes to a scenario, typed as ``W1.0.2 = 0.5``, ``learning rate = 1``, ``loss = …``."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from chainstep.core import Entry, InputError, Stepper
from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import nearest, parse_entry
from chainstep.core.setup import Setup
from chainstep.core.text.numbers import EXACT, number_text
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario, build

EXPECTED = "write W1.0.2 = 0.5, learning rate = 1, activation = relu, activation 2 = tanh, loss = …"
_LAYER = re.compile(r"^activation(?: (?:of layer )?(?P<layer>\d+))?$")
_KEYS = {"W": "weights", "b": "biases"}


def editable(entry: Entry | None) -> bool:
    """Whether an entry is one that can be given: a weight, a bias, an input, a target."""
    return entry is not None and bool(re.fullmatch(r"[Wb]\d+|a0|y", entry.quantity))


def proposal(scenario: Scenario, stepper: Stepper, picked: Entry | None) -> str:
    """What an edit begins with: the picked number, or the learning rate."""
    if picked is not None and editable(picked):
        value = stepper[picked.quantity][picked.position]
        place = ".".join(map(str, picked.position))
        return f"{picked.quantity}.{place} = {number_text(value, EXACT)}"
    return f"learning rate = {scenario.setup.settings['learning_rate']:g}"


def edited(scenario: Scenario, stepper: Stepper, text: str) -> Scenario:
    """The scenario after a typed change; its run starts from the weights of this moment.

    Raises: InputError where that cannot be read or does not fit.
    """
    name, equals, value = text.partition("=")
    name, value = " ".join(name.split()), value.strip()
    if not equals or not name or not value:
        raise InputError(f"{text.strip()!r} changes nothing: {EXPECTED}")
    recipe = copy.deepcopy(_plain(scenario.recipe))
    if stepper.moment.iteration > 1:
        _start_here(recipe, stepper)
    entry = parse_entry(name)
    if editable(entry):
        _put_number(recipe, stepper, entry, _number(value))
    else:
        _put_setting(recipe, scenario, name, value)
    for key in ("notes", "claims", "unclaimed"):  # they speak of other numbers
        recipe.pop(key, None)
    made = build(recipe, scenario.name, scenario.path)
    changed = tuple(dict.fromkeys((*scenario.overridden, name)))
    return replace(made, setup=_remembering(made.setup, stepper), overridden=changed)


def _remembering(setup: Setup, stepper: Stepper) -> Setup:
    """The setup with what its rule remembers at this moment, where the rule stays the same."""
    before = stepper.setup
    if setup.rule != before.rule or setup.widths != before.widths:
        return setup
    state = {
        pair.old.name: stepper[pair.old.name]
        for pair in stepper.program.carried
        if pair.old.name.endswith("_old")
    }
    return replace(setup, state=state, updates_before=before.updates_before + stepper.updates_done)


def _plain(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return dict(recipe)


def _number(text: str) -> float:
    try:
        number = float(text.replace("−", "-"))
    except ValueError:
        raise InputError(f"{text!r} is no number") from None
    if not np.isfinite(number):
        raise InputError(f"{text} is not finite: write a number")
    return number


def _start_here(recipe: dict[str, Any], stepper: Stepper) -> None:
    """Lets the run start from the parameters of this iteration."""
    depth = len(stepper.setup.layers)
    for letter, key in _KEYS.items():
        if f"{letter}1" in stepper:
            recipe["network"][key] = [_written(stepper, letter, k) for k in range(1, depth + 1)]


def _written(stepper: Stepper, letter: str, layer: int) -> list[Any]:
    """A matrix of weights, or a list of biases, as a scenario file writes it."""
    rows: list[Any] = stepper[f"{letter}{layer}"].tolist()
    return rows[0] if letter == "b" else rows


def _put_number(recipe: dict[str, Any], stepper: Stepper, entry: Entry, number: float) -> None:
    quantity = stepper.program.quantities.get(entry.quantity)
    if quantity is None:
        given = [name for name in stepper.program.quantities if editable(Entry(name, ()))]
        raise InputError(f"this network has no {entry.quantity}{nearest(entry.quantity, given)}")
    sizes = "×".join(map(str, quantity.shape))
    fits = len(entry.position) == len(quantity.shape) and all(
        at < size for at, size in zip(entry.position, quantity.shape, strict=True)
    )
    if not fits:
        raise InputError(f"{entry.quantity} is {sizes}: an entry of it is {entry.quantity}.0.0")
    values = stepper[entry.quantity].copy()
    values[entry.position] = number
    rows = values.tolist()
    if entry.quantity in {"a0", "y"}:
        recipe["data"]["inputs" if entry.quantity == "a0" else "targets"] = rows
        return
    letter, layer = entry.quantity[0], int(entry.quantity[1:])
    depth = len(stepper.setup.layers)
    whole = [_written(stepper, letter, k) for k in range(1, depth + 1)]
    whole[layer - 1] = rows[0] if letter == "b" else rows
    recipe["network"][_KEYS[letter]] = whole


def _put_setting(recipe: dict[str, Any], scenario: Scenario, name: str, value: str) -> None:
    known = name.replace(" ", "_").replace("-", "_").lower()
    settings = UPDATES[scenario.setup.rule].settings
    if match := _LAYER.match(name):
        _put_activation(recipe, match["layer"], value)
    elif known == "loss":
        recipe["loss"] = _word(value, LOSSES, "loss")
    elif known in settings:
        update = dict(recipe["update"])
        update[known] = _number(value)
        recipe["update"] = update
    elif known == "rule":
        word = _word(value, UPDATES, "update rule")
        rate = scenario.setup.settings["learning_rate"]
        recipe["update"] = {"rule": word, "learning_rate": rate}
    elif known in {"arithmetic", "reduction"}:
        recipe[known] = value
    else:
        words = [
            "learning rate",
            "activation",
            "loss",
            "rule",
            "arithmetic",
            "reduction",
            *settings,
        ]
        raise InputError(f"nothing here is called {name!r}{nearest(name, words)}; {EXPECTED}")


def _put_activation(recipe: dict[str, Any], layer: str | None, value: str) -> None:
    word = _word(value, ACTIVATIONS, "activation")
    layers = [dict(each) for each in recipe["network"]["layers"]]
    chosen = range(len(layers) - 1) if layer is None and len(layers) > 1 else range(len(layers))
    if layer is not None:
        if not 1 <= int(layer) <= len(layers):
            raise InputError(f"no layer {layer}: this network has layers 1 to {len(layers)}")
        chosen = range(int(layer) - 1, int(layer))
    for index in chosen:
        layers[index]["activation"] = word
    recipe["network"] = {**recipe["network"], "layers": layers}


def _word(value: str, known: Mapping[str, object], what: str) -> str:
    word = value.strip().lower().replace(" ", "-")
    if word not in known:
        raise InputError(
            f"no {what} is called {value!r}{nearest(word, known)} ({', '.join(sorted(known))})"
        )
    return word
