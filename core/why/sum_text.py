"""A sum of products as text: in symbols, and a row of numbers for every term."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.core.quantities import Axis
from chainstep.core.why.chain import Chain, Factor, Term
from chainstep.core.why.wording import Words, adding_up, equation, filled, number, product

_MOST_ROWS = 16
_SHOWN_ROWS = 12


def sum_lines(chain: Chain, words: Words, width: int, column: int | None) -> list[str]:
    """The sum in symbols, and a row of numbers for every term."""
    terms = [words.order(term.factors) for term in chain.terms]
    kinds = {tuple(factor.quantity for factor in term) for term in terms}
    own = chain.quantity.is_gradient or not chain.quantity.shape
    few = len(terms) <= 4 and not own
    if len(kinds) > 1 or few:
        return _listed_terms(chain, words, width)
    running = [_running(column) for column in zip(*terms, strict=True)]
    heads = [
        words.name(term.place, without, column)
        for term, without in zip(terms[0], running, strict=True)
    ]
    engine = [
        words.engine(term.place, without) for term, without in zip(terms[0], running, strict=True)
    ]
    labels = [_labels(term, running, words) for term in terms]
    over = _over(terms, running)
    lines = equation(words.name(chain.place), [f"Σ over {over} of {product(heads)}"], width)
    if words.own and engine != heads:
        lines += equation(words.engine(chain.place), [f"Σ over {over} of {product(engine)}"], width)
    return [*lines, "", *_table(chain, engine, labels, terms, width)]


def _running(column: Sequence[Factor]) -> set[int]:
    """The axes along which the positions of a factor run."""
    positions = [factor.position for factor in column]
    return {n for n in range(len(positions[0])) if len({at[n] for at in positions}) > 1}


def _axes_of(
    terms: Sequence[Sequence[Factor]], running: Sequence[set[int]]
) -> dict[Axis, set[int]]:
    """What the terms run over, and the positions met."""
    met: dict[Axis, set[int]] = {}
    for term in terms:
        for factor, axes in zip(term, running, strict=True):
            for n in axes:
                assert factor.place.quantity is not None
                met.setdefault(factor.place.quantity.axes[n], set()).add(factor.position[n])
    return met


def _over(terms: Sequence[Sequence[Factor]], running: Sequence[set[int]]) -> str:
    met = _axes_of(terms, running)
    parts = [f"{len(positions)} {axis.plural}" for axis, positions in met.items()]
    return " and ".join(part.replace(" the bias and the", ": the bias and the") for part in parts)


def _labels(term: Sequence[Factor], running: Sequence[set[int]], words: Words) -> str:
    found: dict[str, None] = {}
    for factor, axes in zip(term, running, strict=True):
        for n in sorted(axes):
            assert factor.place.quantity is not None
            found[words.label(factor.place.quantity.axes[n], factor.position[n])] = None
    return ", ".join(found)


def _table(
    chain: Chain,
    heads: Sequence[str],
    labels: Sequence[str],
    terms: Sequence[Sequence[Factor]],
    width: int,
) -> list[str]:
    chosen = shown_terms(chain.terms)
    cells = [[number(factor.value) for factor in terms[n]] for n in chosen]
    products, rest, total, exactly = _column(chain, chosen)
    names = [labels[n] for n in chosen]
    left = f"{len(terms) - len(chosen)} more"
    first = max(map(len, [*names, "sum", left if rest else ""]))
    sizes = [max(len(head), *(len(row[n]) for row in cells)) for n, head in enumerate(heads)]
    last = max(map(len, [*products, total, "product", rest]))
    if 2 + first + sum(sizes) + 3 * len(sizes) + last > width:
        return _folded_table(chain, chosen, labels, terms, width)
    row = _Row(first, sizes, last)
    lines = [row.text("", heads, "product")]
    lines += [row.text(*each) for each in zip(names, cells, products, strict=True)]
    if rest:
        lines.append(row.text(left, [], rest))
    lines.append(row.text("", [], "-" * last))
    lines.append(row.text("sum", [], total))
    return [*lines, *([] if exactly else [ROUNDED])]


#: What is said below a sum whose printed numbers do not add up.
ROUNDED = "  (every number here is rounded, so the last digits need not add up)"


def _column(chain: Chain, chosen: Sequence[int]) -> tuple[list[str], str, str, bool]:
    """The products that are shown, the rest of them, and the sum, with digits that add up."""
    shown = [chain.terms[n].product for n in chosen]
    left_out = set(range(len(chain.terms))) - set(chosen)
    rest = [sum(chain.terms[n].product for n in left_out)] if left_out else []
    ((*texts, total),), exactly = adding_up([*shown, *rest, chain.value])
    return texts[: len(shown)], texts[-1] if rest else "", total, exactly


def _folded_table(
    chain: Chain,
    chosen: Sequence[int],
    labels: Sequence[str],
    terms: Sequence[Sequence[Factor]],
    width: int,
) -> list[str]:
    """The terms as lines, where their factors have no room beside one another."""
    products, rest, total, exactly = _column(chain, chosen)
    lines = []
    for n, result in zip(chosen, products, strict=True):
        numbers = product([number(factor.value) for factor in terms[n]])
        lines += equation(labels[n], [f"{numbers} = {result}"], width)
    if rest:
        lines.append(f"  {len(terms) - len(chosen)} more = {rest}")
    return [*lines, f"  sum = {total}", *([] if exactly else [ROUNDED])]


class _Row:
    """Rows of a table: a label, factors with signs between them, a product."""

    def __init__(self, first: int, sizes: Sequence[int], last: int) -> None:
        self.first, self.sizes, self.last = first, sizes, last

    def text(self, label: str, cells: Sequence[str], result: str) -> str:
        middle = "".join(
            f"   {cell.rjust(size)}" for cell, size in zip(cells, self.sizes, strict=False)
        )
        room = sum(self.sizes) + 3 * len(self.sizes)
        return (
            f"  {label.ljust(self.first)}{middle.ljust(room)}   {result.rjust(self.last)}".rstrip()
        )


def shown_terms(terms: Sequence[Term]) -> list[int]:
    """All terms where they are few; else the largest, in their order."""
    everything = list(range(len(terms)))
    if len(terms) <= _MOST_ROWS:
        return everything
    largest = sorted(everything, key=lambda n: -abs(terms[n].product))[:_SHOWN_ROWS]
    return sorted(largest)


def _listed_terms(chain: Chain, words: Words, width: int) -> list[str]:
    """Terms of several kinds: a weighted sum and its bias, a weight and its change."""
    chosen = [chain.terms[n] for n in shown_terms(chain.terms)]
    symbols = [
        product([words.name(factor.place) for factor in words.order(term.factors)])
        for term in chosen
    ]
    numbers = [
        product([number(factor.value) for factor in words.order(term.factors)]) for term in chosen
    ]
    lines = []
    for n, (symbol, values) in enumerate(zip(symbols, numbers, strict=True)):
        head = (
            f"  {words.name(chain.place)} = "
            if n == 0
            else " " * (len(words.name(chain.place)) + 3) + "+ "
        )
        lines.append(f"{head}{symbol}  =  {values}")
    if len(chosen) < len(chain.terms):
        rest = chain.value - sum(term.product for term in chosen)
        lines.append(f"    + {len(chain.terms) - len(chosen)} more = {number(rest)}")
    return [*(line for one in lines for line in filled(one, width, "", "      ")),
            f"  {words.name(chain.place)} = {number(chain.value)}"]  # fmt: skip
