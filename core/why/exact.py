"""Numbers of exact arithmetic: an expression evaluated where nothing is ever rounded.

Whether two expressions are the same is told by computing both with random numbers in a field
of residues. There sums and products are exact, in any order, so that what is equal by algebra
comes out equal; what is not is equal by accident in about one of 2⁶² cases. A function such as
exp is a fixed random function that keeps its symmetries: exp(−z) = 1/exp(z), tanh(−z) = −tanh(z).

Source: Schwartz, J. T., Fast probabilistic algorithms for verification of polynomial
identities, Journal of the ACM 27 (1980).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The field's size, a prime: a product of two residues stays below 2⁶².
PRIME = (1 << 31) - 1

Words = NDArray[np.uint64]
_P: Words = np.asarray(PRIME, dtype=np.uint64)
_HALF: Words = np.asarray((PRIME + 1) // 2, dtype=np.uint64)

#: Two residues, each for random numbers of its own, and the number in floating point.
PARTS = np.dtype([("one", np.uint64), ("two", np.uint64), ("real", np.float64)])


class Exact(np.ndarray):
    """An array of numbers in exact arithmetic; it takes ufuncs, ``@``, ``.T`` and slices.

    Where both residues agree the number does not depend on what was drawn: it is a constant,
    and ``real`` says on which side of 0 it lies.
    """

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return np.asarray(found) if isinstance(key, str) else found

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        arrays = [np.asarray(arg) for arg in args]
        with np.errstate(all="ignore"):  # words run over on purpose, and real numbers may too
            if method == "reduce":
                return _reduced(ufunc, arrays[0], options["axis"])
            if method != "__call__":
                return NotImplemented
            real = ufunc(*(array["real"] for array in arrays))
            operation = _OPERATIONS.get(ufunc, _uninterpreted(ufunc))
            one, two = (
                operation(*(array[part] for array in arrays)) for part in ("one", "two")
            )  # fmt: skip
        return _sided(ufunc, arrays, _joined(one, two, real))


def exact(value: float) -> Exact:
    """A constant: what a floating-point number is exactly.

    >>> bool((exact(0.5) + exact(0.5))["one"] == exact(1.0)["one"])
    True
    """
    return constants(np.asarray(value))


def constants(values: NDArray[np.floating]) -> Exact:
    """An array of constants."""
    real = np.asarray(values, dtype=np.float64)
    found = residues(real)
    return _joined(found, found, real)


def residues(values: NDArray[np.float64]) -> Words:
    """What floating-point numbers are in the field; what is no number is one of its own.

    >>> residues(np.array([3.0, -1.0, 0.5])).tolist() == [3, PRIME - 1, (PRIME + 1) // 2]
    True
    """
    finite = np.isfinite(values)
    mantissa, exponent = np.frexp(np.where(finite, values, 0))
    whole = np.abs(mantissa * 2.0**53).astype(np.uint64) % _P
    power = np.left_shift(np.uint64(1), ((exponent - 53) % 31).astype(np.uint64))  # 2³¹ is 1 here
    found = whole * power % _P
    found = np.where(values < 0, _negative(found), found)
    odd = np.where(np.isnan(values), 12_345_678, np.where(values > 0, 23_456_789, 34_567_890))
    return np.where(finite, found, odd.astype(np.uint64))


def drawn(numbers: NDArray[np.integer], real: NDArray[np.floating]) -> Exact:
    """Random numbers, the same for the same whole number."""
    seeds = numbers.astype(np.uint64)
    return _joined(_scrambled(seeds, 101), _scrambled(seeds, 202), real)


def negated_where(numbers: Exact, negative: NDArray[np.bool_]) -> Exact:
    """The numbers, those with their signs turned that are to be."""
    turned = numbers.copy()
    for part in ("one", "two"):
        turned[part] = np.where(negative, _negative(numbers[part]), numbers[part])
    return turned


def _joined(one: Words, two: Words, real: NDArray[np.floating]) -> Exact:
    shape = np.broadcast_shapes(np.shape(one), np.shape(two), np.shape(real))
    joined = np.empty(shape, dtype=PARTS)
    joined["one"], joined["two"], joined["real"] = one, two, real
    return joined.view(Exact)


# ── arithmetic of residues ────────────────────────────────────────────────────────────────


def _sum(left: Words, right: Words) -> Words:
    return (left + right) % _P


def _negative(of: Words) -> Words:
    return (_P - of) % _P


def _difference(left: Words, right: Words) -> Words:
    return (left + _P - right) % _P


def _product(left: Words, right: Words) -> Words:
    return left * right % _P


def _inverse(of: Words) -> Words:
    """By Fermat: x to the power of p − 2; 0 for 0, where there is none."""
    power, found = of, np.ones_like(of)
    for bit in bin(PRIME - 2)[:1:-1]:
        if bit == "1":
            found = _product(found, power)
        power = _product(power, power)
    return found


def _quotient(left: Words, right: Words) -> Words:
    return _product(left, _inverse(right))


def _matrix_product(left: Words, right: Words) -> Words:
    """In halves of 16 bits, so that every sum is exact in double precision."""
    low, high = np.uint64(0xFFFF), np.uint64(16)
    parts = [
        ((array & low).astype(np.float64), (array >> high).astype(np.float64))
        for array in (left, right)
    ]
    (l0, l1), (r0, r1) = parts
    small, mixed, large = l0 @ r0, l0 @ r1 + l1 @ r0, l1 @ r1
    found = large.astype(np.uint64) % _P
    for part in (mixed, small):
        found = ((found << high) + part.astype(np.uint64) % _P) % _P
    return found


def _scrambled(words: Words, key: int) -> Words:
    """A fixed random function of residues (the finaliser of splitmix64)."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15 * (key + 1) % (1 << 64))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))) % _P


# ── functions that keep their symmetries ──────────────────────────────────────────────────


def _exp(z: Words) -> Words:
    return _quotient(_scrambled(z, 1), _scrambled(_negative(z), 1))


def _tanh(z: Words) -> Words:
    return _difference(_scrambled(z, 2), _scrambled(_negative(z), 2))


def _even(z: Words, key: int) -> Words:
    return _sum(_scrambled(z, key), _scrambled(_negative(z), key))


def _size(z: Words) -> Words:
    """An even function that is 0 at 0."""
    return _difference(_even(z, 3), _even(np.zeros_like(z), 3))


def _maximum(left: Words, right: Words) -> Words:
    """(a + b + |a − b|) / 2."""
    return _product(_sum(_sum(left, right), _size(_difference(left, right))), _HALF)


def _minimum(left: Words, right: Words) -> Words:
    return _difference(_sum(left, right), _maximum(left, right))


def _logaddexp(left: Words, right: Words) -> Words:
    """(a + b) / 2, and an even function of a − b."""
    return _sum(_product(_sum(left, right), _HALF), _even(_difference(left, right), 4))


def _heaviside(z: Words, at_zero: Words) -> Words:
    """1/2 and half a sign, which is odd."""
    half_sign = _difference(_scrambled(z, 5), _scrambled(_negative(z), 5))
    return np.where(z == 0, at_zero, _sum(_HALF, half_sign))


def _equal(left: Words, right: Words) -> Words:
    return np.asarray(left == right, dtype=np.uint64)


def _log(z: Words) -> Words:
    """log(1/z) = −log z."""
    return _difference(_scrambled(z, 6), _scrambled(_inverse(z), 6))


def _power(left: Words, right: Words) -> Words:
    return _scrambled(_sum(_scrambled(left, 7), _scrambled(right, 8)), 7)


def _uninterpreted(ufunc: np.ufunc) -> Callable[..., Words]:
    """A function that nothing is known of: equal where its operands are."""
    key = 1000 + sum(ord(letter) * 31**n for n, letter in enumerate(ufunc.__name__)) % 10_000

    def function(*args: Words) -> Words:
        found = _scrambled(args[0], key)
        for n, arg in enumerate(args[1:], start=1):
            found = _scrambled(_sum(found, _scrambled(arg, key + n)), key)
        return found

    return function


_OPERATIONS: dict[np.ufunc, Callable[..., Words]] = {
    np.add: _sum,
    np.subtract: _difference,
    np.negative: _negative,
    np.positive: lambda of: of,
    np.multiply: _product,
    np.divide: _quotient,
    np.square: lambda of: _product(of, of),
    np.matmul: _matrix_product,
    np.exp: _exp,
    np.tanh: _tanh,
    np.log: _log,
    np.power: _power,
    np.absolute: _size,
    np.maximum: _maximum,
    np.minimum: _minimum,
    np.logaddexp: _logaddexp,
    np.heaviside: _heaviside,
    np.equal: _equal,
}


def _sided(ufunc: np.ufunc, arrays: list[Any], found: Exact) -> Exact:
    """The result, decided by the sides on which constants lie, where that decides it."""
    if ufunc not in {np.heaviside, np.maximum, np.minimum}:
        return found
    left, right = np.broadcast_arrays(*arrays)
    if ufunc is np.heaviside:
        known = is_constant(left) & (left["real"] != 0)
        return np.where(known, constants((left["real"] > 0).astype(np.float64)), found).view(Exact)
    known = is_constant(left) & is_constant(right)
    first = left["real"] > right["real"] if ufunc is np.maximum else left["real"] < right["real"]
    return np.where(known, np.where(first, left, right), found).view(Exact)


def _reduced(ufunc: np.ufunc, array: Any, axis: int) -> Exact:
    """A sum along an axis, or a function of all its numbers in any order."""
    real = ufunc.reduce(array["real"], axis=axis, keepdims=True)
    parts = []
    for part in ("one", "two"):
        words = array[part] if ufunc is np.add else _scrambled(array[part], 9)
        total = words.sum(axis=axis, keepdims=True) % _P
        parts.append(total if ufunc is np.add else _scrambled(total, 10))
    return _joined(parts[0], parts[1], real)


# ── what is told from them ────────────────────────────────────────────────────────────────


def is_constant(numbers: Any) -> NDArray[np.bool_]:
    """Whether numbers depend on nothing that was drawn."""
    return np.asarray(numbers["one"] == numbers["two"])
