"""What several chapters need: whose rows, which shapes, and the shortcut of a loss."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.rule_changes import impossible, stacked, taken_as
from chainstep.core.expressions import Rows
from chainstep.core.rules import parameters


def without_bias_row(W: Any, has_bias_row: Any) -> Any:
    return Rows(W, 1, W.shape[0]) if has_bias_row else W


def square_only(matrix: Any) -> None:
    if matrix.shape[0] != matrix.shape[1]:
        raise impossible("the matrix is not square: only one way round fits")


def error_as_delta(dC_da: Any) -> Any:
    return dC_da


def short_delta(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    shortcut = loss.shortcut
    if shortcut is None or shortcut.activation != activation.name:
        raise impossible("only softmax with cross-entropy and a sigmoid with binary have a − t")
    short = shortcut.delta(a, y)
    return short if divisor is None else short / divisor


def softmax_only(activation: Any) -> None:
    if activation.jacobian is None:
        raise impossible(f"{activation.name} has no Jacobian")


def below_bias(rows: Any, delta: Any, W: Any, has_bias_row: Any) -> Any:
    if not has_bias_row:
        return taken_as(rows, W) if rows.shape != W.shape else rows
    return stacked(delta.sum(axis=0), rows, W)


def with_top(top: Any, result: Any) -> Any:
    """The gradient with another bias row."""
    return stacked(top, Rows(result, 1, result.shape[0]), result)


def bias_apart(rule: Any) -> tuple[Any, Any]:
    """A mistaken gradient of the biases: as the bias row's, and as that of ``b``."""
    asks = parameters(rule)

    def row(result: Any, delta: Any, observations: Any, above_has_bias_row: Any) -> Any:
        if not above_has_bias_row:
            return result
        args = [delta, observations][: len(asks)]
        return with_top(rule(*args), result)

    def apart(delta: Any, observations: Any, b: Any) -> Any:
        if b.shape[1] != delta.shape[1]:
            raise impossible("a shared bias sums over everything")
        return taken_as(rule(*[delta, observations][: len(asks)]), b)

    return row, apart
