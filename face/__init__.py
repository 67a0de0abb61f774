"""chainstep: backpropagation one chain-rule factor at a time, from Python.

>>> import chainstep
>>> stepper = chainstep.Stepper(chainstep.load("same-weights"))
>>> stepper.step()
<Record 1:1 a0+>

Importing it imports nothing heavy: each name is fetched when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainstep.asking import check, why
    from chainstep.core.stepper import Stepper
    from chainstep.scenarios.comparison import compare
    from chainstep.scenarios.loading import load
    from chainstep.scenarios.programs import watch

    __version__: str

#: Where each public name is defined.
_HOMES = {
    "Stepper": "chainstep.core.stepper",
    "check": "chainstep.asking",
    "compare": "chainstep.scenarios.comparison",
    "load": "chainstep.scenarios.loading",
    "watch": "chainstep.scenarios.programs",
    "why": "chainstep.asking",
}

__all__ = ["Stepper", "__version__", "check", "compare", "load", "watch", "why"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("chainstep")
    if name not in _HOMES:
        raise AttributeError(f"module 'chainstep' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
