"""A backward pass held against the engine, in a test: ``assert_backward``.

>>> from chainstep.testing import assert_backward
>>> assert_backward("two-layer-network", {"C": 0.6559191})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainstep.asking import check
from chainstep.core.quantities import InputError
from chainstep.networks import array_of, gradients_of, network_of


class BackwardError(AssertionError):
    """What ``check`` or ``watch`` says of a backward pass with something wrong in it.

    ``found`` is the answer as an object, with its verdicts, its first wrong number and the
    mistakes that give it.
    """

    def __init__(self, text: str, found: Any) -> None:
        super().__init__(f"\n{text}")
        self.text = text
        self.found = found


def assert_backward(
    network: Any,
    mine: Mapping[str, Any] | None = None,
    *,
    inputs: Any = None,
    targets: Any = None,
    loss: Any = None,
    names: Mapping[str, str] | None = None,
    iteration: int = 1,
) -> None:
    """Passes where a hand-written backward pass is right; says the first wrong number where not.

    ``network`` is what the numbers are held against: a scenario, its name, its path or plain
    data; or a model of dense layers (PyTorch, scikit-learn's MLP, Keras), with ``inputs``
    (observations, units), ``targets`` and a ``loss``. ``mine`` are the arrays to check, by the
    engine's names (``delta2``, ``dC/dW1``, ``W1_new``, ``C``) or by one's own where ``names``
    says what each is: ``{"dW1": "dC/dW1", "err": "-delta2"}``. Of a PyTorch model that has
    done its ``backward()`` they are its gradients where they are not given.

    A ``torch.autograd.Function`` is held against differences of its own forward pass at
    ``inputs``. Any other function is run and watched, as ``chainstep watch`` does.

    Shapes: those of the network, or of any convention that ``check`` knows (observations in
    columns, weights as units × inputs); which it was is in the answer.
    Raises: BackwardError (an AssertionError) whose text is the answer; InputError where
    something does not fit.
    """
    __tracebackhide__ = True
    if isinstance(network, type) and hasattr(network, "backward") and hasattr(network, "apply"):
        _function_holds(network, inputs)
        return
    if callable(network) and mine is None and not hasattr(network, "parameters"):
        _program_holds(network)
        return
    found = network_of(network, inputs, targets, loss)
    arrays = gradients_of(network) if mine is None else mine
    answer = check(found, arrays, iteration=iteration, names=names)
    if answer.verdict.exit_code == 1:
        raise BackwardError(answer.text(), answer)


def _program_holds(function: Callable[[], Any]) -> None:
    from chainstep.scenarios.programs import watch  # with all that reads programs

    __tracebackhide__ = True
    found = watch(function)
    if found.exit_code == 1:
        raise BackwardError(found.text(), found)


# ── a torch.autograd.Function ─────────────────────────────────────────────────────────────

_STEP = 1e-6  # of a central difference, relative to the size of the number that is moved
_CLOSE = 1e-4  # relative to the largest number; a wrong factor is off by more


def _function_holds(function: Any, inputs: Any) -> None:
    """Holds a hand-written backward against central differences of the forward pass.

    Raises: BackwardError with the input whose derivative is wrong first, and by what ratio.
    """
    import torch

    __tracebackhide__ = True
    if inputs is None:
        raise InputError(f"{function.__name__} needs inputs=…, a tensor or a tuple of them")
    given = inputs if isinstance(inputs, Sequence) else (inputs,)
    tensors = [
        torch.as_tensor(each).detach().double().requires_grad_()  # differences need the digits
        if torch.is_tensor(each) or isinstance(each, np.ndarray)
        else each
        for each in given
    ]
    out = function.apply(*tensors)
    sent = torch.linspace(0.5, 1.5, out.numel(), dtype=torch.double).reshape(out.shape)
    moved = [each for each in tensors if torch.is_tensor(each)]
    mine = torch.autograd.grad(out, moved, sent, allow_unused=True)

    def total() -> float:
        with torch.no_grad():
            return float((function.apply(*tensors) * sent).sum())

    for number, (tensor, own) in enumerate(zip(moved, mine, strict=True)):
        right = _differences(tensor, total)
        yours = np.zeros(right.shape) if own is None else array_of(own)
        text = _difference(yours, right)
        if text:
            where = f"the derivative by input {number}" if len(moved) > 1 else "its derivative"
            raise BackwardError(f"{function.__name__}.backward: {where} is WRONG\n{text}", None)


def _differences(tensor: Any, total: Callable[[], float]) -> Any:
    """Central differences of a number by every entry of a tensor, which is put back as it was."""
    found = np.empty(tuple(tensor.shape))
    flat = tensor.detach().view(-1)
    for n, index in enumerate(np.ndindex(*found.shape)):
        before = float(flat[n])
        step = _STEP * max(1.0, abs(before))
        flat[n] = before + step
        above = total()
        flat[n] = before - step
        found[index] = (above - total()) / (2 * step)
        flat[n] = before
    return found


def _difference(yours: Any, right: Any) -> str:
    """What there is to say of two arrays that should be the same; nothing where they are."""
    if yours.shape != right.shape:
        turned = yours.T.shape == right.shape and _same(yours.T, right)
        tail = ": it is the transpose of the right one" if turned else ""
        return f"it has the shape {yours.shape}, the input {right.shape}{tail}"
    if _same(yours, right):
        return ""
    off = np.abs(yours - right)
    place = np.unravel_index(int(np.argmax(off > _CLOSE * _size(right))), off.shape)
    at = f"[{','.join(map(str, place))}]" if place else ""
    lines = [f"  {at}  you {yours[place]:.7g}, by differences {right[place]:.7g}"]
    where = np.abs(right) > _CLOSE * _size(right)
    ratios = yours[where] / right[where]
    if (
        ratios.size
        and np.ptp(ratios) <= _CLOSE * np.abs(ratios).max()
        and off[~where].max(initial=0) <= _CLOSE * _size(right)
    ):
        lines.append(f"  every entry of yours is {ratios.flat[0]:.6g} times the right one")
    elif yours.ndim == 2 and yours.T.shape == right.shape and _same(yours.T, right):
        lines.append("  yours is the transpose of the right one")
    else:
        lines.append(f"  {int((off > _CLOSE * _size(right)).sum())} of {off.size} entries are off")
    return "\n".join(lines)


def _size(right: Any) -> float:
    return float(np.abs(right).max(initial=0)) or 1.0


def _same(yours: Any, right: Any) -> bool:
    off = np.abs(yours - right).max(initial=0)
    return bool(np.isfinite(yours).all() and off <= _CLOSE * _size(right))
