"""Arrays of somebody's own program held against a network: the face for scripts and tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from chainstep.core.check.arrangement import Written
from chainstep.core.check.check_numbers import Check, check
from chainstep.core.check.conclusion import NAMELESS
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, nearest
from chainstep.core.setup import Setup
from chainstep.core.text.typed import weights_of_bias, whole_reading

_KEY = re.compile(r"(?:(?P<iteration>[1-9][0-9]{0,8}):)?(?P<name>.+)")


class HasSetup(Protocol):
    """Anything that brings a setup along: a scenario."""

    @property
    def setup(self) -> Setup: ...


def check_arrays(
    network: Setup | HasSetup,
    arrays: Mapping[str, ArrayLike],
    *,
    iteration: int = 1,
    names: Mapping[str, str] | None = None,
) -> Check:
    """Holds arrays against what the network computes, and looks for the mistake in them.

    ``arrays`` are by the engine's names (``a2``, ``delta1``, ``dC/dW1``, ``W1_new``, ``C``), or
    by one's own where ``names`` says what each is: ``{"dW1": "dC/dW1", "err": "-delta2"}``.
    A key such as ``"3:W1_new"`` is of iteration 3; others of ``iteration``. Shapes are the
    network's, or any that a convention allows: observations in columns, weights as
    units × inputs. A number counts with as many digits as it has: 0.0102 with three.

    Returns: the verdicts; ``.text()`` is the answer as it is printed.
    Raises: InputError where a name is none of the network's, or an array holds no numbers.

    >>> from chainstep.scenarios import load
    >>> found = check_arrays(load("two-layer-network"), {"C": 0.7531})
    >>> found.verdict.word, found.first_wrong.quantity
    ('wrong', 'C')
    """
    setup = network if isinstance(network, Setup) else network.setup
    program = build(setup)
    own = dict(names or {})
    written = [_written(key, arrays[key], own, program, iteration) for key in arrays]
    if not written:
        raise InputError("there are no arrays to check: give a mapping such as {'a1': a1}")
    return check(setup, written, getattr(network, "name", NAMELESS))


def _written(
    key: str, value: ArrayLike, names: Mapping[str, str], program: Program, iteration: int
) -> Written:
    """One array by the name that it was given."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise InputError(f"{key!r} names no quantity")
    meant = names.get(match["name"], match["name"])
    found = whole_reading(meant, program)
    if found is None:
        raise InputError(
            f"this network has no quantity {meant!r}{nearest(meant, program.quantities)}"
        )
    weights = weights_of_bias(found.quantity, program)
    numbers = _numbers(key, value)
    single = numbers.dtype.itemsize < np.dtype(np.float64).itemsize
    return Written(
        match["name"],
        int(match["iteration"] or iteration),
        weights or found.quantity,
        np.full(numbers.shape, "0", dtype="U1") if single else _texts(numbers),
        numbers if single else None,
        found.position,
        sign=found.sign,
        transposed=found.transposed,
        bias=weights is not None,
    )


def _texts(numbers: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[np.str_]]:
    """Each number in the fewest digits that it is: one that was rounded counts as rounded."""
    texts = [repr(float(number)) for number in numbers.ravel()]
    return np.array(texts, dtype="U40").reshape(numbers.shape)


def _numbers(key: str, value: ArrayLike) -> np.ndarray[Any, np.dtype[Any]]:
    try:
        array = np.asarray(value)
        numbers = array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{key} holds no numbers: give an array of floats") from None
    if numbers.ndim > 3 or not numbers.size:
        raise InputError(f"{key} has the shape {numbers.shape}: a matrix of numbers belongs here")
    return numbers
