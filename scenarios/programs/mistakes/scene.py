"""What a mistake is, and all that is looked at to name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.reading.errors import Errors
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.layers import Layer
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Match, Truth
from chainstep.scenarios.programs.reading.roles import Roles
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value

PRODUCTS = {"dot", "matmul", "multiply", "outer", "inner", "einsum", "tensordot"}


@dataclass(frozen=True)
class Slip:
    """A mistake: its name in the catalogue, what it did here, how to mend it, and where it stands.

    ``line`` moves the place where the wrong line is another than that of the first wrong value.
    """

    name: str
    says: str
    mend: str = ""
    place: int | None = None
    truth: Truth | None = None


@dataclass(frozen=True)
class Scene:
    """All that the mistakes look at."""

    trace: Trace
    reading: Reading
    roles: Roles
    errors: Errors
    wrong: Wrong

    @property
    def value(self) -> Value:
        return self.wrong.value

    def name(self, value: Value) -> str:
        """The quantity that a value is, or the program's own name for it."""
        from chainstep.scenarios.programs.reading.roles import own_name

        return self.roles.names.get(value.index) or own_name(self.trace, value)

    def code(self, value: Value) -> str:
        """The expression of a value as it stands in the program."""
        from chainstep.scenarios.programs.reading.roles import own_name

        return own_name(self.trace, value)


def equal(one: Any, other: Any, *, any_factor: bool = False) -> bool:
    """Whether two arrays have the same entries, in any shape; up to a factor where that is said."""
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if a.size != b.size or not a.size:
        return False
    a, b = a.ravel(), b.ravel()
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    if any_factor and not (a.any() and b.any()):
        return False
    if any_factor and a.size > 1:
        b = b * (float(a @ b) / float(b @ b))
    return bool(np.linalg.norm(a - b) <= 1e-6 * max(float(np.linalg.norm(a)), 1e-300))


def layer_by_z(scene: Scene, truth: Truth | None) -> tuple[int, Layer] | None:
    """The layer whose delta a derivative is, and its number."""
    if truth is None:
        return None
    for number, layer in enumerate(scene.roles.layers, 1):
        if _is(scene, truth, layer.z) or _is(scene, truth, layer.product):
            return number, layer
    return None


def layer_by_a(scene: Scene, truth: Truth | None) -> tuple[int, Layer] | None:
    """The layer by whose activation a derivative is taken, and its number."""
    if truth is None:
        return None
    for number, layer in enumerate(scene.roles.layers, 1):
        if layer.a is not layer.z and _is(scene, truth, layer.a):
            return number, layer
    return None


def _is(scene: Scene, truth: Truth, value: Value) -> bool:
    amount = scene.reading.derivatives.by.get(value.index)
    return amount is not None and equal(truth.value, amount)


def named_part(scene: Scene, part: Value, is_: Truth) -> Value:
    """The derivative itself, without the rate that it was multiplied with."""
    while not part.names:
        inner = [
            p
            for p in part.parts
            if any(m.of is is_.of for m in scene.reading.matches.get(p.index, ()))
        ]
        if not inner:
            break
        part = inner[0]
    return part


def is_output(scene: Scene, value: Value) -> bool:
    """Whether no weights come after a value on the way to the cost."""
    reading = scene.reading
    learned = {u.old.index for u in reading.iteration.updates}
    stack, seen = [value], set()
    while stack:
        for one in reading.iteration.consumers.get(stack.pop().index, ()):
            if one.index in seen or one.index not in reading.forward:
                continue
            if any(p.index in learned for p in one.parts):
                return False
            seen.add(one.index)
            stack.append(one)
    return True


def derivative_by(scene: Scene, value: Value) -> str:
    """A derivative by a value, as it is called in sentences."""
    return f"dC/d{bare(scene.name(value))}"


def bare(name: str) -> str:
    """A name that can stand in dC/d…: an expression gets brackets."""
    return name if name.replace("_", "").isalnum() or name.endswith(("]", ")")) else f"({name})"


@dataclass(frozen=True)
class Wrong:
    """The first wrong value of an update: what it should be, where that can be told.

    ``parts`` are the right derivatives that it was made of; ``unexplained`` all that is wrong
    from there to the update.
    """

    update: Update
    value: Value
    expected: Any = None
    truth: Truth | None = None
    factor: float = 1.0
    parts: tuple[tuple[Value, Match], ...] = ()
    unexplained: tuple[int, ...] = ()
