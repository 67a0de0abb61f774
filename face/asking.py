"""What can be asked of a network from Python: why a number is what it is, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainstep.core.check.arrays import check_arrays
from chainstep.core.check.check_numbers import Check
from chainstep.core.check.check_numbers import check as check_written
from chainstep.core.why.question import Answer
from chainstep.core.why.question import why as answer
from chainstep.networks import array_of, network_of
from chainstep.scenarios.numbers_file import load_numbers


def why(
    network: Any,
    *entries: str,
    iteration: int = 1,
    notation: str | None = None,
    iterations: int | None = None,
) -> Answer:
    """Why a number is what it is, why two are the same or not, or what a network shows.

    ``network`` is a scenario, its name, its path or plain data. Without ``entries`` the answer
    is about the network, which is run for as many ``iterations``; one or two of them are typed
    as ``W1.0.2``, ``W1[0,2]`` or in the letters of a notation.
    Returns: an answer; ``print`` shows it, ``.data`` has it as plain data.
    Raises: InputError where there is no such number.

    >>> print(why("two-neurons", "w1", "w3").lines[-1])
    Tried: with w₆ set to w₅ = 0.7, both are -0.036382.
    """
    found = network_of(network)
    return answer(found, *entries, iteration=iteration, notation=notation, iterations=iterations)


def check(
    network: Any,
    numbers: Mapping[str, Any] | str | Path,
    *,
    iteration: int = 1,
    names: Mapping[str, str] | None = None,
    inputs: Any = None,
    targets: Any = None,
    loss: Any = None,
) -> Check:
    """Marks the numbers of somebody's own calculation, and looks for the mistake in them.

    ``network`` is a scenario, its name, its path or plain data, or a model of dense layers with
    ``inputs``, ``targets`` and a ``loss`` (see `chainstep.testing.assert_backward`).
    ``numbers`` are arrays by the engine's names, or by one's own where ``names`` says what each
    is; or the path of a file of numbers.
    Returns: the verdicts; ``print`` shows them as the command does.
    Raises: InputError where a name or a shape fits nothing; ScenarioError with the faults of a
    file.

    >>> found = check("two-layer-network", {"C": 0.7531})
    >>> found.verdict.word, found.first_wrong.quantity
    ('wrong', 'C')
    """
    found = network_of(network, inputs, targets, loss)
    if isinstance(numbers, Mapping):
        arrays = {key: array_of(value) for key, value in numbers.items()}
        return check_arrays(found, arrays, iteration=iteration, names=names)
    read = load_numbers(numbers, found.program, found.notation)
    return check_written(found.setup, read.written, found.name)
