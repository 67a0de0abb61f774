"""Single settings of a scenario changed from outside, as by the options of a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from chainstep.core.updates import UPDATES
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.placed_tree import (
    Bare,
    Entries,
    Items,
    Node,
    Scalar,
    from_data,
    inside,
    to_data,
)

#: What each override sets, by its path in the file. Settings of update rules come beside.
PATHS: dict[str, tuple[str, ...]] = {
    "arithmetic": ("arithmetic",),
    "products": ("products",),
    "loss": ("loss",),
    "reduction": ("reduction",),
    "mistake": ("mistake",),
    "notation": ("notation",),
    "rule": ("update", "rule"),
    "weight_decay": ("update", "weight_decay"),
    "batch": ("update", "batch"),
    "shuffle": ("update", "shuffle"),
    "bias": ("network", "bias"),
    "weights": ("network", "weights"),
    "biases": ("network", "biases"),
    "seed": ("network", "weights", "seed"),
    "generator": ("network", "weights", "generator"),
    "inputs": ("data", "inputs"),
    "targets": ("data", "targets"),
    "activation": ("network", "layers", "activation"),
    "output_activation": ("network", "layers", "activation"),
}
_OF_LAYER = r"activation_(?:of_layer_)?(?P<layer>[0-9]{1,9})"
#: The keys of an update that it may have whatever its rule.
ANY_UPDATE = ("weight_decay", "batch", "shuffle", "last_batch")
#: Overrides that change no number.
HARMLESS = ("notation",)
#: What stands for a key that a file leaves out.
UNSAID = {
    "arithmetic": "float64",
    "products": "blas",
    "reduction": "sum",
    "rule": "gradient-descent",
    "bias": "none",
    "generator": "default",
}


def settings() -> tuple[str, ...]:
    """The settings of all update rules, each once."""
    return tuple(dict.fromkeys(name for rule in UPDATES.values() for name in rule.settings))


def known() -> tuple[str, ...]:
    """All that can be overridden."""
    return (*PATHS, *settings())


def is_known(name: str) -> bool:
    """Whether it can be overridden; ``activation_2`` is that of layer 2."""
    return name in known() or re.fullmatch(_OF_LAYER, name) is not None


def as_option(name: str) -> str:
    """How an override is typed for a command: ``--learning-rate``."""
    return "--" + name.replace("_", "-")


def in_words(name: str) -> str:
    """How an override is typed on the screen: ``learning rate``."""
    return name.replace("_", " ")


def option_of(typed: str) -> str:
    """The override that is typed so, in either way.

    >>> option_of("Learning rate"), option_of("activation of layer 2")
    ('learning_rate', 'activation_of_layer_2')
    """
    return typed.strip().lower().replace(" ", "_").replace("-", "_")


def override(
    root: Entries,
    overrides: Mapping[str, Any],
    faults: Faults,
    called: Callable[[str], str] = as_option,
) -> tuple[str, ...]:
    """Puts values into a tree, and names those that change a number.

    A value is plain data; a text is read as if it stood in the file without quotes. Faults are
    told with the name that it is ``called`` by where it was typed.
    """
    changed = []
    rank = {name: position for position, name in enumerate(known())}
    for name in sorted(overrides, key=lambda name: rank.get(name, 0)):
        if not is_known(name):
            place = Node(where=called(name))
            faults.at(place, "nothing of a scenario is called so", nearest_of(name, known()))
            continue
        value = from_data(overrides[name], called(name), Bare)
        before = _numbers(root)
        _put(root, name, value, faults)
        if name not in HARMLESS and not _equal(_numbers(root), before):
            changed.append(name)
    return tuple(changed)


def _numbers(root: Entries) -> Any:
    """What a run depends on, as plain data, with what is unsaid said."""
    keys = (
        *("arithmetic", "products", "draws", "data", "network", "loss", "reduction"),
        *("penalty", "update", "mistake"),
    )
    data = {key: to_data(inside(root, key)) if key in root.values else None for key in keys}
    for name, value in UNSAID.items():
        *above, key = PATHS[name]
        part: Any = data
        for step in above:
            part = part.get(step) if isinstance(part, dict) else None
        if isinstance(part, dict) and part.get(key) is None:
            part[key] = value
    return data


def _equal(one: Any, other: Any) -> bool:
    """Whether two pieces of plain data are the same, arrays among them."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_equal(a, b) for a, b in pairs)
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return bool(np.array_equal(one, other))
    return bool(one == other)


def _put(root: Entries, name: str, value: Node, faults: Faults) -> None:
    if name in ("activation", "output_activation") or re.fullmatch(_OF_LAYER, name):
        _put_activation(root, name, value, faults)
    elif name in ("seed", "generator"):
        _put_draw(root, name, value, faults)
    elif name in PATHS:
        *above, key = PATHS[name]
        parent = inside(root, *above)
        if isinstance(parent, Entries):
            parent.put(key, value)
        if name == "rule" and isinstance(parent, Entries) and isinstance(value, Scalar):
            _keep_settings(parent, UPDATES[value.text].settings if value.text in UPDATES else ())
    else:
        parent = inside(root, "update")
        if isinstance(parent, Entries) and parent is not root:
            _put_setting(parent, name, value, faults)


def _put_setting(update: Entries, name: str, value: Node, faults: Faults) -> None:
    rule = inside(update, "rule")
    word = rule.text if isinstance(rule, Scalar) else UNSAID["rule"]
    if word in UPDATES and name not in UPDATES[word].settings:
        having = [entry.name for entry in UPDATES.values() if name in entry.settings]
        has = "has it" if len(having) == 1 else "have it"
        faults.at(value, f"{word} has no {in_words(name)}", f"{' and '.join(having)} {has}")
    else:
        update.put(name, value)


def _keep_settings(update: Entries, wanted: Iterable[str]) -> None:
    """Leaves out the settings of another rule."""
    for key in [key for key in update.values if key not in {"rule", *ANY_UPDATE, *wanted}]:
        update.drop(key)


def _put_activation(root: Entries, name: str, value: Node, faults: Faults) -> None:
    """Sets the activation of the hidden layers, of the last, or of one by its number."""
    layers = inside(root, "network", "layers")
    if not isinstance(layers, Items):
        return
    for layer in _layers_of(name, layers.items, value, faults):
        if isinstance(layer, Entries):
            layer.put("activation", value)


def _layers_of(name: str, layers: list[Node], value: Node, faults: Faults) -> list[Node]:
    """The layers that an override is about; the only one is hidden and last."""
    if match := re.fullmatch(_OF_LAYER, name):
        at = int(match["layer"])
        if not 1 <= at <= len(layers):
            faults.at(value, f"no layer {at}: this network has layers 1 to {len(layers)}")
        return layers[at - 1 : at] if at else []
    return layers[-1:] if name == "output_activation" or len(layers) == 1 else layers[:-1]


def _put_draw(root: Entries, name: str, value: Node, faults: Faults) -> None:
    weights = inside(root, "network", "weights")
    if isinstance(weights, Entries) and "random" in weights.values:
        weights.put(name, value)
    elif isinstance(draws := root.values.get("draws"), Entries):
        draws.put(name, value)
    else:
        found = "the weights of this scenario are not drawn at random"
        faults.at(value, found, f"there is nothing that a {quoted(name)[1:-1]} would change")
