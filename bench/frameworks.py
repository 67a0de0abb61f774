"""The same networks in PyTorch and JAX, where these are installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from bench.by_hand import Peer, Weights
from chainstep.core import Stepper
from chainstep.core.setup import Setup


def compiled(setup: Setup) -> Peer:
    """This project's own second backend."""
    stepper = Stepper(setup, backend="numba")

    def run(iterations: int) -> Weights:
        stepper.run(iterations)
        return [stepper[f"W{k}"] for k in range(1, len(setup.layers) + 1)]

    return run


def torch_autograd(setup: Setup) -> Peer:
    """PyTorch as it is taught: a model, ``backward()``, ``torch.optim.SGD``; no compiling."""
    import torch

    torch.set_num_threads(1)
    x, y = torch.tensor(setup.inputs), torch.tensor(setup.targets)
    row, softmax = setup.bias == "row", setup.loss == "cross-entropy"
    Ws = [torch.tensor(W[1:] if row else W, requires_grad=True) for W in _float64(setup)]
    bs = [torch.tensor(W[0], requires_grad=True) for W in _float64(setup)] if row else []
    optimiser = torch.optim.SGD([*Ws, *bs], lr=setup.settings["learning_rate"])
    half = 0.5 if setup.loss == "half-squared-error" else 1.0

    def loss() -> Any:
        a = x
        for k, W in enumerate(Ws):
            z = torch.addmm(bs[k], a, W) if row else a @ W
            if softmax and k == len(Ws) - 1:
                return torch.nn.functional.cross_entropy(z, y)
            a = torch.sigmoid(z)
        return half * ((a - y) ** 2).sum()

    def run(iterations: int) -> Weights:
        for _ in range(iterations):
            optimiser.zero_grad()
            loss().backward()
            optimiser.step()
        arrays = [W.detach().numpy() for W in Ws]
        if not row:
            return arrays
        return [np.vstack([b.detach().numpy(), W]) for b, W in zip(bs, arrays, strict=True)]

    return run


def _jax_update(setup: Setup) -> Callable[[Any], Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own way
    x, y = jnp.asarray(setup.inputs), jnp.asarray(setup.targets)
    row, softmax = setup.bias == "row", setup.loss == "cross-entropy"
    rate, half = setup.settings["learning_rate"], 0.5 if "half" in setup.loss else 1.0

    def loss(Ws: Any) -> Any:
        a = x
        for k, W in enumerate(Ws):
            z = a @ W[1:] + W[0] if row else a @ W
            if softmax and k == len(Ws) - 1:
                return -(y * jax.nn.log_softmax(z)).sum() / len(x)
            a = jax.nn.sigmoid(z)
        return half * ((a - y) ** 2).sum()

    gradient = jax.grad(loss)
    return lambda Ws: [W - rate * g for W, g in zip(Ws, gradient(Ws), strict=True)]


def jax_jit(setup: Setup) -> Peer:
    """JAX, one compiled call per iteration."""
    import jax

    update = jax.jit(_jax_update(setup))
    Ws = [jax.numpy.asarray(W) for W in _float64(setup)]

    def run(iterations: int) -> Weights:
        nonlocal Ws
        for _ in range(iterations):
            Ws = update(Ws)
        jax.block_until_ready(Ws)
        return [np.asarray(W) for W in Ws]

    return run


def jax_scan(setup: Setup) -> Peer:
    """JAX, one compiled call for all iterations of a sample."""
    import jax

    update = _jax_update(setup)
    Ws = [jax.numpy.asarray(W) for W in _float64(setup)]
    compiled = jax.jit(
        lambda Ws, iterations: jax.lax.scan(
            lambda carried, _: (update(carried), None), Ws, None, length=iterations
        )[0],
        static_argnums=1,
    )

    def run(iterations: int) -> Weights:
        nonlocal Ws
        Ws = jax.block_until_ready(compiled(Ws, iterations))
        return [np.asarray(W) for W in Ws]

    return run


def _float64(setup: Setup) -> list[Any]:
    return [np.array(W, dtype=np.float64) for W in setup.weights]


#: Each peer with the package that it needs.
FRAMEWORKS: dict[str, tuple[str, Callable[[Setup], Peer]]] = {
    "chainstep numba": ("numba", compiled),
    "PyTorch autograd": ("torch", torch_autograd),
    "JAX jit": ("jax", jax_jit),
    "JAX scan": ("jax", jax_scan),
}


def absent() -> list[str]:
    """The packages that are not installed; their peers are left out."""
    return sorted({name for name, _ in FRAMEWORKS.values() if find_spec(name) is None})
