"""The engine: a network in training, one chain-rule factor at a time.

>>> from chainstep.core import Stepper
"""

from chainstep.core.quantities import Entry, InputError, Moment, ShapeError
from chainstep.core.records import Record
from chainstep.core.setup import Layer, Setup
from chainstep.core.stepper import Stepper

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
