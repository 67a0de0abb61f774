"""Two chains side by side as text, and a sentence that names the factors that differ."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from chainstep.core.quantities import Part
from chainstep.core.records import Frame
from chainstep.core.why.chain_text import column_of, factor_text, leads, parameter_of, source
from chainstep.core.why.comparison import Comparison, PairedFactors, PairedTerms, same
from chainstep.core.why.places import Place
from chainstep.core.why.sum_text import ROUNDED
from chainstep.core.why.verdict import places_of
from chainstep.core.why.wording import (
    Words,
    adding_up,
    equation,
    filled,
    number,
    product,
    ratio,
    rough,
)

_MOST_BLOCKS = 4


def comparison_lines(
    frame: Frame, found: Comparison, words: Words, iteration: int, *, width: int
) -> list[str]:
    """The two chains side by side; the verdict on them is in verdict.py."""
    lines = filled(f"{_headline(found, words)} (iteration {iteration})", width)
    lines.append("")
    if found.of_one_kind:
        return lines + _side_by_side(frame, found, words, width)
    return lines + _one_after_the_other(found, words, width)


# ── the first line ────────────────────────────────────────────────────────────────────────


def _headline(found: Comparison, words: Words) -> str:
    places = places_of(found)
    if not all(each.quantity.is_gradient for each in (found.one, found.other)):
        return f"{words.both(places[0])} and {words.both(places[1])}"
    one, other = (parameter_of(words, place) for place in places)
    if both := _same_end(one, other, words):
        return f"{words.both(one)} and {words.both(other)}: {both}"
    return (
        f"{words.both(one)} and {words.both(other)}: "
        f"{words.name(one)} is {leads(one, words)}, {words.name(other)} is {leads(other, words)}"
    )


def _same_end(one: Place, other: Place, words: Words) -> str:
    """What two weights of a layer have in common: what they read, or what they feed."""
    if one.quantity != other.quantity or not one.quantity or one.quantity.part is not Part.WEIGHTS:
        return ""
    before, after = one.quantity.axes
    ends = [words.label(after, place.position[1]) for place in (one, other)]
    rows = [place.position[0] for place in (one, other)]
    if rows[0] == rows[1] and not (before.kind == "bias + unit" and rows[0] == 0):
        layer = one.quantity.layer
        feeds = f"{words.name(one)} feeds {ends[0]} of layer {layer}, {words.name(other)} {ends[1]}"
        return f"both read {source(before, rows[0], words)}; {feeds}"
    if ends[0] == ends[1] and not (before.kind == "bias + unit" and 0 in rows):
        sources = [source(before, row, words) for row in rows]
        reads = f"{words.name(one)} reads {sources[0]}, {words.name(other)} {sources[1]}"
        return f"both feed {ends[0]} of layer {one.quantity.layer}; {reads}"
    return ""


# ── the two columns ───────────────────────────────────────────────────────────────────────


def _side_by_side(frame: Frame, found: Comparison, words: Words, width: int) -> list[str]:
    """Blocks of lines, one for each pair of terms; those that differ most where there are many."""
    names = [_column_head(place, words) for place in places_of(found)]
    chosen = _chosen(found.blocks)
    columns = column_of(found.one), column_of(found.other)
    totals = found.one.value, found.other.value
    table = _Table(
        words, names, columns, blocks=[found.blocks[n] for n in chosen], totals=totals, width=width
    )
    lines = [table.head()]
    sides, exactly = _sums(found, chosen)
    for m, n in enumerate(chosen):
        block = found.blocks[n]
        if len(found.blocks) > 1:
            lines.append(_block_name(block, n))
        for line in _in_order(block.lines, words):
            lines += table.factor(line, "" if line.same else _note(frame, line, words))
        if found.one.terms and (len(block.lines) > 1 or len(found.blocks) > 1):
            lines += table.result("product", *block.products, sides[m], rule=not found.blocks[1:])
    if not found.one.terms:  # formulas: the operands stood above
        return [*lines, *table.result("value", found.one.value, found.other.value)]
    if len(found.blocks) > 1:
        rest = [found.blocks[n].products for n in range(len(found.blocks)) if n not in set(chosen)]
        if rest:
            one, other = (sum(pair[side] for pair in rest) for side in (0, 1))
            lines += table.result(f"{len(rest)} more", one, other, sides[-2], rule=False)
        lines += table.result("sum", found.one.value, found.other.value, sides[-1])
        if not exactly:
            lines += filled(ROUNDED.strip(), width, "  ")
    return lines


def _sums(found: Comparison, chosen: Sequence[int]) -> tuple[list[tuple[str, str]], bool]:
    """Both columns of products, of the others together, and of the sum, as texts that add up."""
    if len(found.blocks) < 2:
        pairs = [block.products for block in found.blocks]
        return [(number(one), number(other)) for one, other in pairs], True
    left_out = [block for n, block in enumerate(found.blocks) if n not in set(chosen)]
    columns = []
    for side, whole in enumerate((found.one.value, found.other.value)):
        terms = [found.blocks[n].products[side] for n in chosen]
        terms += [sum(block.products[side] for block in left_out)] if left_out else []
        columns.append([*terms, whole])
    (one, other), exactly = adding_up(*columns)
    return list(zip(one, other, strict=True)), exactly


def _column_head(place: Place, words: Words) -> str:
    """The page's name, or the engine's where that one is too long to stand above a column."""
    name = words.name(place)
    return name if len(name) <= 16 else words.engine(place)


def _in_order(lines: Sequence[PairedFactors], words: Words) -> Sequence[PairedFactors]:
    return lines if words.notation.chain == "cost first" else tuple(reversed(lines))


def _chosen(blocks: Sequence[PairedTerms]) -> list[int]:
    everything = list(range(len(blocks)))
    if len(blocks) <= _MOST_BLOCKS:
        return everything
    apart = [abs(block.products[0] - block.products[1]) for block in blocks]
    return sorted(sorted(everything, key=lambda n: -apart[n])[: _MOST_BLOCKS - 1])


def _block_name(block: PairedTerms, n: int) -> str:
    if block.observation is None:
        return f" term {n + 1}"
    return f" observation {block.observation}"


def _note(frame: Frame, line: PairedFactors, words: Words) -> str:
    """What makes a slope or a sum what it is, where the two differ."""
    quantity = line.one.place.quantity
    if quantity is None:
        return ""
    if quantity.part is Part.SLOPE and len(line.one.position) == 2:
        z = words.program.quantities[quantity.by]
        ends = [
            f"{words.name(Place(z, at))} = {number(float(frame[z.name][at]))}"
            for at in (line.one.position, line.other.position)
        ]
        return ", ".join(ends)
    if quantity.part in {Part.FACTOR_TO_WEIGHTS, Part.FACTOR_BELOW}:
        return ""
    if quantity.part is Part.ERROR and quantity.layer < words.program.depth:
        return factor_text(frame, line.one, words)
    return ""


def _apart(one: float, other: float) -> str:
    """How many times the second is the first; how far they are apart where that prints as 1."""
    times = ratio(other / one if one and isfinite(one) else None)
    return times if times not in {"", "× 1"} else f"by {rough(abs(other - one))}"


class _Table:
    """Lines of two numbers under two names, with what is said of them."""

    def __init__(
        self,
        words: Words,
        names: Sequence[str],
        columns: tuple[int | None, int | None],
        *,
        blocks: Sequence[PairedTerms],
        totals: tuple[float, float],
        width: int,
    ) -> None:
        self.words, self.names, self.columns, self.width = words, names, columns, width
        labels = [self.label(line) for block in blocks for line in block.lines]
        self.first = max([len(text) for text in labels] + [len("product")])
        values = [
            number(factor.value)
            for block in blocks
            for line in block.lines
            for factor in (line.one, line.other)
        ]
        values += [number(value) for block in blocks for value in (*block.products, *totals)]
        self.size = max([len(text) for text in values] + [10])
        self.heads = [max(self.size, len(name)) for name in names]
        self.stacked = self.first + sum(self.heads) + 29 > width
        if self.stacked:  # no room beside the labels: they stand above
            self.first = len("product")

    def label(self, line: PairedFactors) -> str:
        """The names of the two factors, once where they are the same."""
        places = line.one.place, line.other.place
        one, other = (
            self.words.name(place, column=column)
            for place, column in zip(places, self.columns, strict=True)
        )
        return one if one == other else f"{one} | {other}"

    def head(self) -> str:
        one, other = (name.rjust(size) for name, size in zip(self.names, self.heads, strict=True))
        return f"  {'':{self.first}}  {one}  {other}"

    def factor(self, line: PairedFactors, note: str) -> list[str]:
        """One factor of each; where they differ, how many times the second is the first."""
        said = "same" if line.same else f"DIFFERS  {_apart(line.one.value, line.other.value)}"
        label = self.label(line)
        values = number(line.one.value), number(line.other.value)
        row = self._row("" if self.stacked else label, values, said)
        above = [f"  {label}"] if self.stacked else []
        if not note:
            return [*above, row]
        if len(row) + 3 + len(note) <= self.width:
            return [*above, f"{row}   {note}"]
        return [*above, row, *filled(note, self.width, " " * 6)]

    def result(
        self,
        label: str,
        one: float,
        other: float,
        texts: tuple[str, str] | None = None,
        *,
        rule: bool = True,
    ) -> list[str]:
        """A product, or the sum of all; as ``texts`` that add up where it is one of several."""
        said = "same" if same(one, other) else _apart(one, other)
        row = self._row(label, texts or (number(one), number(other)), said)
        if not rule:
            return [row]
        lines = "  ".join(("-" * self.size).rjust(size) for size in self.heads)
        return [f"  {'':{self.first}}  {lines}", row]

    def _row(self, label: str, texts: tuple[str, str], said: str) -> str:
        values = "  ".join(
            text.rjust(size) for text, size in zip(texts, self.heads, strict=True)
        )  # fmt: skip
        return f"  {label:{self.first}}  {values}   {said}".rstrip()


def _one_after_the_other(found: Comparison, words: Words, width: int) -> list[str]:
    """Chains of two lengths, one below the other."""
    lines = []
    for chain, place in zip((found.one, found.other), places_of(found), strict=True):
        name, column = words.name(place), column_of(chain)
        sides = [number(chain.value)]
        if len(chain.terms) == 1:
            factors = words.order(chain.terms[0].factors)
            symbols = product([words.name(each.place, column=column) for each in factors])
            numbers = product([number(each.value) for each in factors])
            sides = [symbols, numbers, *sides]
        elif chain.terms:
            kinds = product(list(dict.fromkeys(each.quantity for each in chain.terms[0].factors)))
            sides = [f"Σ over {len(chain.terms)} terms of {kinds}", *sides]
        lines += equation(name, sides, width)
    return lines
