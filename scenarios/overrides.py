"""Single settings of a scenario changed from outside, as by the options of a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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


def option(name: str) -> str:
    """How an override is typed: ``--learning-rate``."""
    return "--" + name.replace("_", "-")


def override(root: Entries, overrides: Mapping[str, Any], faults: Faults) -> tuple[str, ...]:
    """Puts values into a tree, and names those that change a number.

    A value is plain data; a text is read as if it stood in the file without quotes. Faults are
    told with the option's name.
    """
    changed = []
    rank = {name: position for position, name in enumerate(known())}
    for name in sorted(overrides, key=lambda name: rank.get(name, 0)):
        if name not in rank:
            place = Node(where=option(name))
            faults.at(place, "nothing of a scenario is called so", nearest_of(name, known()))
            continue
        value = from_data(overrides[name], option(name), Bare)
        before = _numbers(root)
        _put(root, name, value, faults)
        if name not in HARMLESS and _numbers(root) != before:
            changed.append(name)
    return tuple(changed)


def _numbers(root: Entries) -> Any:
    """What a run depends on, as plain data, with what is unsaid said."""
    keys = ("arithmetic", "products", "data", "network", "loss", "reduction", "update", "mistake")
    data = {key: to_data(inside(root, key)) if key in root.values else None for key in keys}
    for name, value in UNSAID.items():
        *above, key = PATHS[name]
        part: Any = data
        for step in above:
            part = part.get(step) if isinstance(part, dict) else None
        if isinstance(part, dict) and part.get(key) is None:
            part[key] = value
    return data


def _put(root: Entries, name: str, value: Node, faults: Faults) -> None:
    if name in ("activation", "output_activation"):
        _put_activation(root, name, value)
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
        faults.at(
            value, f"{word} has no {name}", f"{' and '.join(having)} have: --rule {having[0]}"
        )
    else:
        update.put(name, value)


def _keep_settings(update: Entries, wanted: Iterable[str]) -> None:
    """Leaves out the settings of another rule."""
    for key in [key for key in update.values if key not in {"rule", *wanted}]:
        update.drop(key)


def _put_activation(root: Entries, name: str, value: Node) -> None:
    """Sets the activation of the hidden layers, or of the last; of the only one in any case."""
    layers = inside(root, "network", "layers")
    if not isinstance(layers, Items):
        return
    hidden, last = layers.items[:-1], layers.items[-1:]
    for layer in last if name == "output_activation" else hidden or last:
        if isinstance(layer, Entries):
            layer.put("activation", value)


def _put_draw(root: Entries, name: str, value: Node, faults: Faults) -> None:
    weights = inside(root, "network", "weights")
    if isinstance(weights, Entries) and "random" in weights.values:
        weights.put(name, value)
    else:
        found = "the weights of this scenario are not drawn at random"
        faults.at(value, found, f"there is nothing that a {quoted(name)[1:-1]} would change")
