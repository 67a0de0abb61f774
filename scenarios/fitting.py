"""Whether the parts of a scenario fit each other; and the arrays that they make."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Layer, Setup
from chainstep.core.updates import UPDATES
from chainstep.scenarios.data import table
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.nodes import Entries, Items, Node, inside

Array = np.ndarray[Any, np.dtype[Any]]


def fit(values: dict[str, Any], root: Entries, faults: Faults, folder: Path) -> Setup | None:
    """What the engine is given, of the values of a file; None where faults stand in the way.

    Nothing large is allocated or drawn before its size has been found to fit into memory.
    """
    return _Fitting(values, root, faults, folder).setup()


class _Fitting:
    """One file's parts on the way to a setup; each check runs as soon as it can."""

    def __init__(
        self, values: dict[str, Any], root: Entries, faults: Faults, folder: Path
    ) -> None:
        self.values = values
        self.root = root
        self.faults = faults
        self.folder = folder
        self.network = values["network"] or {}
        self.bias = self.network.get("bias")
        self.dtype = np.dtype(values["arithmetic"] or "float64")

    def node(self, *path: str | int) -> Node:
        return inside(self.root, *path)

    def setup(self) -> Setup | None:
        values = self.values
        inputs, targets = self._data("inputs"), self._data("targets")
        layers = self._layers()
        if inputs is not None and targets is not None:
            self._same_observations(inputs, targets)
        if targets is not None and layers:
            self._targets_fit(targets, layers)
        if layers:
            self._loss_fits(layers)
        self._frozen(len(self.network.get("layers") or ()))
        self._settings_fit()
        if inputs is None or targets is None or layers is None or self.bias is None:
            return None
        widths = (inputs.shape[1], *(layer.units for layer in layers))
        if not self._memory_fits(widths, len(inputs)):
            return None
        weights, biases = self._weights(widths), self._biases(widths)
        if self.faults.found or weights is None or biases is None:
            return None
        rule = dict(values["update"])
        return Setup(
            inputs=inputs, targets=targets, layers=layers, weights=weights, biases=biases,
            bias=self.bias, frozen=frozenset(self.network["frozen"]), loss=values["loss"],
            reduction=values["reduction"], rule=rule.pop("rule"), settings=rule,
            arithmetic=values["arithmetic"], products=values["products"],
            mistakes=tuple(values["mistake"]),
        )

    # ── data ──

    def _data(self, name: str) -> Array | None:
        rows = (self.values["data"] or {}).get(name)
        node = self.node("data", name)
        if isinstance(rows, dict):
            rows = table(rows, node, self.faults, self.folder)
        return None if rows is None else self._cast(rows, node)

    def _cast(self, rows: Any, node: Node) -> Array | None:
        """The rows in the scenario's arithmetic, cast once and never to be changed."""
        exact = np.asarray(rows, dtype=np.float64)
        with np.errstate(over="ignore"):
            array = exact.astype(self.dtype)
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            row, column = (int(index) for index in bad[0])
            number = f"{exact[row, column]:g}"
            if np.isfinite(exact[row, column]):
                found = f"{number} is too large for {self.dtype}, which ends at 3.4e38"
                self.faults.at(inside(node, row, column), found, "arithmetic: float64 holds it")
            else:
                self.faults.at(inside(node, row, column), f"{number} is not finite")
            return None
        array.flags.writeable = False
        return array

    def _same_observations(self, inputs: Array, targets: Array) -> None:
        if len(inputs) != len(targets):
            self.faults.at(
                self.node("data", "targets"),
                f"the inputs have {_many(len(inputs), 'row')} and the targets {len(targets)}, "
                "one per observation: give both the same",
            )

    def _targets_fit(self, targets: Array, layers: tuple[Layer, ...]) -> None:
        last, units = len(layers), layers[-1].units
        if targets.shape[1] != units:
            self.faults.at(
                self.node("data", "targets"),
                f"the targets are {_size(targets)} (observations × units of layer {last}), "
                f"but layer {last} has {_many(units, 'unit')}: "
                f"give each row {_many(units, 'number')}",
            )

    # ── the network ──

    def _layers(self) -> tuple[Layer, ...] | None:
        layers = self.network.get("layers")
        if not layers or any(not layer or None in layer.values() for layer in layers):
            return None
        return tuple(Layer(layer["units"], layer["activation"]) for layer in layers)

    def _loss_fits(self, layers: tuple[Layer, ...]) -> None:
        """Refuses outputs of which the loss would take the logarithm of 0 or less."""
        name = self.values["loss"]
        outputs = LOSSES[name].outputs if name else None
        if outputs is None or not (range_misses(layers[-1].activation, outputs)):
            return
        low, high = outputs
        wanted = f"between {low:g} and {high:g}" if isfinite(high) else f"above {low:g}"
        fitting = [word for word in ACTIVATIONS if not range_misses(word, outputs)]
        self.faults.at(
            self.node("network", "layers", len(layers) - 1, "activation"),
            f"{name} needs outputs {wanted}, and {layers[-1].activation} gives others too",
            f"in the last layer: {', '.join(sorted(fitting))}",
        )

    def _frozen(self, depth: int) -> None:
        known = [f"W{k}" for k in range(1, depth + 1)]
        known += [f"b{k}" for k in range(1, depth + 1)] if self.bias != "none" else []
        for index, name in enumerate(self.network.get("frozen") or ()):
            if depth and self.bias and name is not None and name not in known:
                self.faults.at(
                    self.node("network", "frozen", index),
                    f"this network has no parameter {quoted(name)}", nearest_of(name, known),
                )

    def _settings_fit(self) -> None:
        if self.dtype == np.float64 or not self.values["update"]:
            return
        for name, value in self.values["update"].items():
            if isinstance(value, float) and not 0 <= value <= np.finfo(self.dtype).max:
                self.faults.at(
                    self.node("update", name),
                    f"{value:g} is too large for {self.dtype}, which ends at 3.4e38",
                    "arithmetic: float64 holds it",
                )

    def _memory_fits(self, widths: tuple[int, ...], observations: int) -> bool:
        needed = bytes_needed(widths, observations, self.bias, self.values, self.dtype.itemsize)
        available = memory()
        if needed <= 0.8 * available:
            return True
        widest = max(range(1, len(widths)), key=lambda k: widths[k])
        self.faults.at(
            self.node("network", "layers", widest - 1, "units"),
            f"this network would need {_bytes(needed)} of memory; "
            f"this machine has {_bytes(available)}",
            f"layer {widest} has {_many(widths[widest], 'unit')}: give it fewer",
        )
        return False

    # ── where it starts ──

    def _weights(self, widths: tuple[int, ...]) -> tuple[Array, ...] | None:
        start = self.network["weights"]
        row = self.bias == "row"
        shapes = [
            (before + row, units) for before, units in zip(widths[:-1], widths[1:], strict=True)
        ]
        if start is None:
            return None
        if isinstance(start, dict) and "random" in start:
            return self._drawn(start, shapes)
        node = self.node("network", "weights")
        per_layer = start if isinstance(start, list) else [start] * len(shapes)
        if len(per_layer) != len(shapes):
            self.faults.at(
                node, f"there are {_many(len(per_layer), 'matrix', 'matrices')} of weights "
                f"for {_many(len(shapes), 'layer')}: give one per layer",
            )
            return None
        arrays = []
        for k, (value, shape) in enumerate(zip(per_layer, shapes, strict=True), start=1):
            place = inside(node, k - 1) if isinstance(start, list) else inside(node, "fill")
            array = self._matrix(value, shape, place)
            if array is not None and array.shape != shape:
                self._misshapen(k, array, widths, place)
            arrays.append(array)
        return None if any(a is None for a in arrays) else tuple(a for a in arrays if a is not None)

    def _matrix(self, value: Any, shape: tuple[int, int], node: Node) -> Array | None:
        """A matrix that is written out, or filled with one number."""
        if value is None:
            return None
        if isinstance(value, str):
            value = {"fill": 0.0}
        if isinstance(value, dict):
            if value["fill"] is None:
                return None
            one = self._cast([[value["fill"]]], node)
            return None if one is None else _still(np.full(shape, one[0, 0]))
        return self._cast(value, node)

    def _misshapen(self, k: int, array: Array, widths: tuple[int, ...], node: Node) -> None:
        row = self.bias == "row"
        before = "inputs" if k == 1 else f"units of layer {k - 1}"
        axes = f"{'bias + ' if row else ''}{before} × units of layer {k}"
        found = f"W{k} is {_size(array)} ({axes}), but "
        if array.shape[0] != widths[k - 1] + row:
            count = _many(widths[k - 1], "input" if k == 1 else "unit")
            has = f"there {_is(widths[k - 1])} {count}" if k == 1 else f"layer {k - 1} has {count}"
            has += " and the bias a row of its own" if row else ""
            mend = f"give it {_many(widths[k - 1] + row, 'row')}"
        else:
            has = f"layer {k} has {_many(widths[k], 'unit')}"
            mend = f"give each row {_many(widths[k], 'number')}"
        self.faults.at(node, f"{found}{has}: {mend}")

    def _drawn(self, start: dict[str, Any], shapes: list[tuple[int, int]]) -> Any:
        from chainstep.core.initialisers import draw_weights

        node = self.node("network", "weights")
        settings = {k: v for k, v in start.items() if k not in ("random", "seed", "generator")}
        if None in start.values():
            return None
        if settings.get("low", 0) > settings.get("high", INFINITE):
            self.faults.at(inside(node, "low"), "low is above high", "exchange the two")
            return None
        try:
            drawn = draw_weights(
                start["random"], start["seed"], shapes, bias_row=self.bias == "row",
                generator=start["generator"], settings=settings,
            )
        except (ValueError, OverflowError) as error:
            self.faults.at(node, f"numpy cannot draw such weights: {error}")
            return None
        arrays = [self._cast(matrix, node) for matrix in drawn]
        return None if any(array is None for array in arrays) else tuple(arrays)

    def _biases(self, widths: tuple[int, ...]) -> tuple[Array, ...] | None:
        start = self.network["biases"]
        node = self.node("network", "biases")
        if self.bias in ("row", "none"):
            if "biases" in self._network_node().values:
                mend = (
                    "with `bias: row` they are row 0 of the weights" if self.bias == "row"
                    else "say `bias: separate`, `shared` or `row`"
                )
                self.faults.at(
                    self._network_node().keys["biases"],
                    f"there are no separate biases with `bias: {self.bias}`", mend,
                )
            return ()
        if start is None and "biases" in self._network_node().values:
            return None
        sizes = [1 if self.bias == "shared" else units for units in widths[1:]]
        per_layer = start if isinstance(start, list) else [start or "zeros"] * len(sizes)
        if len(per_layer) != len(sizes):
            self.faults.at(
                node, f"there are biases for {_many(len(per_layer), 'layer')}, and the network "
                f"has {len(sizes)}: give one list per layer",
            )
            return None
        arrays = [
            self._bias(value, k, size, inside(node, k - 1) if isinstance(start, list) else node)
            for k, (value, size) in enumerate(zip(per_layer, sizes, strict=True), start=1)
        ]
        return None if any(a is None for a in arrays) else tuple(a for a in arrays if a is not None)

    def _bias(self, value: Any, k: int, size: int, node: Node) -> Array | None:
        """The biases of a layer, (1, units), or (1, 1) where they are shared."""
        if isinstance(value, str | dict):
            return self._matrix(value, (1, size), inside(node, "fill"))
        numbers = value if isinstance(value, list) else [value]
        if None in numbers:
            return None
        if len(numbers) != size:
            shared = "one bias that all units share" if self.bias == "shared" else (
                f"{_many(size, 'unit')}"
            )
            self.faults.at(
                node, f"b{k} has {_many(len(numbers), 'number')}, but layer {k} has {shared}: "
                f"give it {_many(size, 'number')}",
            )
            return None
        array = self._cast([numbers], Items(node.line, node.column, node.width, node.where))
        return array

    def _network_node(self) -> Entries:
        node = self.node("network")
        assert isinstance(node, Entries)
        return node


INFINITE = float("inf")


def range_misses(activation: str, outputs: tuple[float, float]) -> bool:
    """Whether an activation gives outputs that do not lie in an open range.

    Tried at pre-activations up to 30 in size, where no right function has reached its limit.
    """
    given = ACTIVATIONS[activation].function(np.array([[-30.0, -1.0, 0.0, 1.0, 30.0]]))
    return not bool(((given > outputs[0]) & (given < outputs[1])).all())


def bytes_needed(
    widths: tuple[int, ...],
    observations: int,
    bias: str,
    values: dict[str, Any],
    size: int,
) -> int:
    """The memory that the quantities of an iteration take, about."""
    row = bias == "row"
    weights = sum((a + row) * b for a, b in zip(widths[:-1], widths[1:], strict=True))
    states = len(UPDATES[values["update"]["rule"]].state) if values["update"] else 0
    copies = 6 + 2 * states  # W, its factor, gradient, change, the new one, a checkpoint
    return size * (copies * weights + 6 * observations * sum(widths))


def memory() -> int:
    """The bytes of memory that this machine has; 16 GiB where it does not tell."""
    import os

    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return 16 * 2**30


def _bytes(count: int) -> str:
    """A number of bytes as people say it: ``24 TB``."""
    unit, size = 0, float(count)
    while size >= 999.5 and unit < 8:
        unit, size = unit + 1, size / 1000
    return f"{size:.3g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB')[unit]}"


def _size(array: Array) -> str:
    return "×".join(map(str, array.shape))


def _many(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: ``1 row``, ``5 rows``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _still(array: Array) -> Array:
    array.flags.writeable = False
    return array
