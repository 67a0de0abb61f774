"""The engine: a network in training, one chain-rule factor at a time.

>>> from chainstep.core import Stepper
"""

from typing import TYPE_CHECKING

from chainstep.core.later import fetched

if TYPE_CHECKING:
    from chainstep.core.quantities import Entry, InputError, Moment, ShapeError
    from chainstep.core.records import Record
    from chainstep.core.setup import Layer, Setup
    from chainstep.core.stepper import Stepper
else:
    __getattr__ = fetched(
        __name__,
        {
            "quantities": ("Entry", "InputError", "Moment", "ShapeError"),
            "records": ("Record",),
            "setup": ("Layer", "Setup"),
            "stepper": ("Stepper",),
        },
    )

__all__ = [
    "Entry",
    "InputError",
    "Layer",
    "Moment",
    "Record",
    "Setup",
    "ShapeError",
    "Stepper",
]
