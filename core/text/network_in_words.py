"""A network in a few words: its widths and activations, its loss, how it learns, its start."""

from __future__ import annotations

import numpy as np

from chainstep.core.losses import LOSSES
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.updates import UPDATES


def network_line(program: Program) -> str:
    """The network in one line: ``2-3-3-2 sigmoid, squared error, learning rate 0.5, float32``."""
    setup = program.setup
    parts = [network_name(setup), loss_name(setup)]
    if setup.rule != "gradient-descent":
        parts.append(UPDATES[setup.rule].title)
    parts.append(f"learning rate {setup.settings['learning_rate']:g}")
    parts.append(setup.arithmetic)
    if setup.products == "ordered":
        parts.append("ordered sums")
    if program.mistakes:
        parts.append(f"with the mistake {', '.join(program.mistakes)}")
    return ", ".join(parts)


def network_name(setup: Setup) -> str:
    """Widths and activations: ``2-3-3-2 sigmoid``, ``2-3-1 tanh, then sigmoid``."""
    widths = "-".join(map(str, setup.widths))
    hidden = [layer.activation for layer in setup.layers[:-1]]
    last = setup.layers[-1].activation
    if all(activation == last for activation in hidden):
        return f"{widths} {last}"
    names = list(dict.fromkeys(hidden)) if len(set(hidden)) == 1 else hidden
    return f"{widths} {', '.join(names)}, then {last}"


def loss_name(setup: Setup) -> str:
    """The loss, and the mean where it is one."""
    title = LOSSES[setup.loss].title
    return title if setup.reduction == "sum" else f"mean over the observations of {title}"


def start_line(setup: Setup) -> str:
    """What the parameters start at, where that can be said in a few words."""
    values = np.concatenate([np.ravel(array) for array in (*setup.weights, *setup.biases)])
    if values.size and (values == values[0]).all():
        return f"everything starts at {values[0]:g}"
    return f"{values.size} parameters, from {values.min():.4g} to {values.max():.4g}"
