"""A network in a few words: its widths and activations, its loss, how it learns, its start."""

from __future__ import annotations

import numpy as np

from chainstep.core.losses import LOSSES
from chainstep.core.program import Program
from chainstep.core.setup import Layer, Setup
from chainstep.core.updates import UPDATES


def network_line(program: Program) -> str:
    """The network in one line: ``2-3-3-2 sigmoid, squared error, learning rate 0.5, float32``."""
    if program.network is None:
        return f"a program without layers, {program.arithmetic}"
    setup = program.network
    parts = [network_name(setup), loss_name(setup)]
    if setup.rule != "gradient-descent":
        parts.append(UPDATES[setup.rule].title)
    parts.append(f"learning rate {setup.settings['learning_rate']:g}")
    parts.append(setup.arithmetic)
    parts += _further(setup)
    if setup.products == "ordered":
        parts.append("ordered sums")
    if program.mistakes:
        parts.append(f"with the mistake {', '.join(program.mistakes)}")
    return ", ".join(parts)


def _further(setup: Setup) -> list[str]:
    """What else an update does: decay, a penalty, batches."""
    said = []
    if decay := setup.settings.get("weight_decay"):
        said.append(f"weight decay {decay:g}")
    if setup.penalty is not None:
        said.append(f"L2 penalty {setup.penalty.strength:g}")
    if setup.batches is not None:
        order = "shuffled" if setup.batches.order == "shuffled" else "in the order given"
        said.append(f"batches of {setup.batches.size} {order}")
    return said


def place_in_epoch(program: Program, iteration: int) -> str:
    """Where an iteration stands in its epoch: ``epoch 3, update 2 of 5``; nothing without batches.

    >>> from chainstep.scenarios import load
    >>> place_in_epoch(load("same-weights").program, 7)
    ''
    """
    if program.rows is None and program.whole is None:
        return ""
    update = (iteration - 1) % program.updates_per_epoch + 1
    return f"epoch {program.epoch(iteration)}, update {update} of {program.updates_per_epoch}"


def network_name(setup: Setup) -> str:
    """Widths and activations: ``2-3-3-2 sigmoid``, ``2-3-1 tanh, then sigmoid``."""
    widths = "-".join(map(str, setup.widths))
    hidden = [_layer_name(layer) for layer in setup.layers[:-1]]
    last = _layer_name(setup.layers[-1])
    if all(activation == last for activation in hidden):
        return f"{widths} {last}"
    names = list(dict.fromkeys(hidden)) if len(set(hidden)) == 1 else hidden
    return f"{widths} {', '.join(names)}, then {last}"


def _layer_name(layer: Layer) -> str:
    if layer.kind == "dense":
        return layer.activation
    return layer.kind if layer.activation == "identity" else f"{layer.kind} {layer.activation}"


def loss_name(setup: Setup) -> str:
    """The loss, and the mean where it is one."""
    title = LOSSES[setup.loss].title
    return title if setup.reduction == "sum" else f"mean over the observations of {title}"


def start_line(program: Program) -> str:
    """What the parameters start at, where that can be said in a few words; '' without any."""
    starts = [
        np.ravel(program.starting.get(each.name, np.zeros(each.size)))  # 0 where nothing is said
        for each in program.parameters
    ]
    values = np.concatenate(starts) if starts else np.zeros(0)
    if not values.size:
        return ""
    if (values == values[0]).all():
        return f"everything starts at {values[0]:g}"
    return f"{values.size} parameters, from {values.min():.4g} to {values.max():.4g}"
