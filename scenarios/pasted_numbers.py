"""Numbers as people paste them: numpy, MATLAB, CSV, plain columns; with names, or of one table."""

from __future__ import annotations

import re

import numpy as np

from chainstep.core.check.arrangement import Written
from chainstep.core.check.written_numbers import digits_of
from chainstep.core.quantities import InputError
from chainstep.core.text.typed import Names, reading, weights_of_bias

_LONGEST = 40  # letters of a number
_MOST = 1_000_000  # letters of what is pasted
_NAMED = re.compile(
    r"^[ \t]*(?P<name>[^\W\d][^\s=:,;\[\](){}]*(?:\[[\d, ]*\])?)[ \t]*[:=]", re.MULTILINE
)
_WRAPPING = re.compile(
    r"\b(?:np\.|numpy\.|torch\.|jnp\.)?(?:array|matrix|asarray|tensor|list)\s*\("
)
_TYPE = re.compile(r",?\s*(?:dtype|requires_grad|device)\s*=\s*[\w.'\"]+")
_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_NOT_GIVEN = {"?", "_", "…", "-"}


def pasted(text: str, usual: str, iteration: int, names: Names) -> list[Written]:
    """The numbers of a text; a table without a name is of the quantity that is ``usual``.

    Raises: InputError where something is no number, or nothing is called so.
    """
    if len(text) > _MOST:
        raise InputError(f"that is more than {_MOST} letters: give it as a file")
    found = [
        _written(name or usual, rows, iteration, names)
        for name, part in _parts(text)
        if (rows := rows_of(part))
    ]
    if not found:
        raise InputError("there are no numbers in this yet")
    return found


def with_its_name(text: str, usual: str) -> str:
    r"""A text whose first table has a name: the one that it stands for where it had none.

    >>> with_its_name("1 2", "a1"), with_its_name("z1 = 1 2", "a1")
    ('a1 =\n1 2', 'z1 = 1 2')
    """
    first = _parts(text)[0][1]
    return f"{usual} =\n{text}" if first.strip() else text


def _parts(text: str) -> list[tuple[str, str]]:
    """The tables of a text, each with its name where it has one."""
    heads = list(_NAMED.finditer(text))
    stops = [head.start() for head in heads[1:]] + [len(text)]
    first = text[: heads[0].start()] if heads else text
    named = [
        (head["name"], text[head.end() : stop]) for head, stop in zip(heads, stops, strict=False)
    ]
    return [("", first), *named]


def rows_of(text: str) -> list[list[str]]:
    r"""The rows of a table, each number as it was written; '' where none is given.

    >>> rows_of("array([[1., 0.5],\n       [2e-3, ?]])")
    [['1.', '0.5'], ['2e-3', '']]
    >>> rows_of("[1 2; 3 4]") == rows_of("1,2\n3,4") == [['1', '2'], ['3', '4']]
    True
    """
    plain = _TYPE.sub("", _WRAPPING.sub("", text)).replace("−", "-").replace("...\n", " ")
    plain = plain.replace(")", " ").replace("(", " ").replace("{", "[").replace("}", "]")
    inner = _INNERMOST.findall(plain)
    if len(inner) > 1:
        lines = [part.replace("\n", " ") for part in inner]
    else:
        lines = re.split(r"[;\n]", inner[0] if inner else plain)
        if inner and ";" not in inner[0]:
            lines = [inner[0].replace("\n", " ")]
    return [row for line in lines if (row := _row(line))]


def _row(line: str) -> list[str]:
    cells = [cell.strip("|'\"[]") for cell in re.split(r"[,\s|]+", line.strip().strip(",|"))]
    return [_cell(cell) for cell in cells if cell]


def _cell(text: str) -> str:
    if text in _NOT_GIVEN:
        return ""
    if text.lower() in {"nan", "inf", "-inf", "+inf"}:
        return text.lower()
    if len(text) > _LONGEST or digits_of(text) is None:
        raise InputError(f"{text[:_LONGEST]!r} is no number; ? stands for one that is not given")
    return text


def _written(name: str, rows: list[list[str]], iteration: int, names: Names) -> Written:
    known = reading(name, names)
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        said = " and ".join(map(str, lengths))
        raise InputError(f"{name}: the rows have {said} numbers; ? stands for one not given")
    texts = np.array(rows, dtype=f"U{_LONGEST}")
    quantity = names.program.quantities[known.quantity]
    if known.position is not None or not quantity.shape:
        if texts.size != 1:
            raise InputError(f"{name} is one number, and here are {texts.size}")
        texts = texts.reshape(())
    elif len(quantity.shape) > 2 and texts.size == quantity.size:
        texts = texts.reshape(quantity.shape)
    weights = weights_of_bias(known.quantity, names.program)
    return Written(
        name,
        iteration,
        weights or known.quantity,
        texts,
        entry=known.position,
        sign=known.sign,
        transposed=known.transposed,
        bias=weights is not None,
    )
