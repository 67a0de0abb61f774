"""The update rules: what a rule makes of a gradient, and what it remembers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

# ``state`` functions and ``change`` take their arguments by name: ``gradient``, any setting of
# the rule, ``t`` (the iteration), a state's name for its new value, and the name with ``_old``
# for the value it had before. All states start at 0.


def descent_change(gradient: Any, learning_rate: Any) -> Any:
    return learning_rate * gradient


def momentum_velocity(gradient: Any, v_old: Any, momentum: Any) -> Any:
    return momentum * v_old + gradient


def momentum_change(v: Any, learning_rate: Any) -> Any:
    return learning_rate * v


def nesterov_change(gradient: Any, v: Any, momentum: Any, learning_rate: Any) -> Any:
    return learning_rate * (gradient + momentum * v)


def rmsprop_square(gradient: Any, v_old: Any, decay: Any) -> Any:
    return decay * v_old + (1 - decay) * gradient**2


def rmsprop_change(gradient: Any, v: Any, learning_rate: Any, epsilon: Any) -> Any:
    return learning_rate * gradient / (np.sqrt(v) + epsilon)


def adam_mean(gradient: Any, m_old: Any, beta1: Any) -> Any:
    return beta1 * m_old + (1 - beta1) * gradient


def adam_square(gradient: Any, v_old: Any, beta2: Any) -> Any:
    return beta2 * v_old + (1 - beta2) * gradient**2


def adam_change(
    m: Any, v: Any, t: Any, learning_rate: Any, beta1: Any, beta2: Any, epsilon: Any
) -> Any:
    corrected_mean = m / (1 - beta1**t)
    corrected_square = v / (1 - beta2**t)
    return learning_rate * corrected_mean / (np.sqrt(corrected_square) + epsilon)


class Update(NamedTuple):
    """One update rule, by PyTorch's definition.

    ``settings`` gives each number's default, None where it must be given; ``ranges`` what it
    may be. ``state`` are the arrays that it carries from one iteration to the next, in the
    order in which they are computed.
    """

    name: str
    title: str
    change: Callable[..., Any]
    source: str
    state: Mapping[str, Callable[..., Any]] = MappingProxyType({})
    settings: Mapping[str, float | None] = MappingProxyType({})


#: What each setting may be: above or from the first number, below the second.
SETTING_RANGES: dict[str, tuple[str, float, float]] = {
    "learning_rate": ("above", 0.0, float("inf")),
    "momentum": ("from", 0.0, 1.0),
    "decay": ("from", 0.0, 1.0),
    "beta1": ("from", 0.0, 1.0),
    "beta2": ("from", 0.0, 1.0),
    "epsilon": ("above", 0.0, float("inf")),
}

UPDATES: dict[str, Update] = {
    entry.name: entry
    for entry in (
        Update(
            "gradient-descent",
            "gradient descent",
            descent_change,
            "Rumelhart, Hinton, Williams, Nature 323 (1986), equation 8",
            settings={"learning_rate": None},
        ),
        Update(
            "momentum",
            "gradient descent with momentum",
            momentum_change,
            "Sutskever, Martens, Dahl, Hinton (2013), section 2, in the form of torch.optim.SGD",
            state={"v": momentum_velocity},
            settings={"learning_rate": None, "momentum": 0.9},
        ),
        Update(
            "nesterov",
            "Nesterov's momentum",
            nesterov_change,
            "Sutskever, Martens, Dahl, Hinton (2013), equations 3 and 4, in the form of "
            "torch.optim.SGD with nesterov=True",
            state={"v": momentum_velocity},
            settings={"learning_rate": None, "momentum": 0.9},
        ),
        Update(
            "rmsprop",
            "RMSProp",
            rmsprop_change,
            "Tieleman, Hinton, Lecture 6.5 (2012), in the form of torch.optim.RMSprop",
            state={"v": rmsprop_square},
            settings={"learning_rate": None, "decay": 0.99, "epsilon": 1e-8},
        ),
        Update(
            "adam",
            "Adam",
            adam_change,
            "Kingma, Ba, Adam (2015), algorithm 1, as torch.optim.Adam",
            state={"m": adam_mean, "v": adam_square},
            settings={"learning_rate": None, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        ),
    )
}
