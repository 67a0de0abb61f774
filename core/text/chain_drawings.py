"""The chain of a layer as text: fractions over three lines, or folded to one."""

from __future__ import annotations

from chainstep.core.text.layer_chain import Factor, Group, LayerChain, State

Block = tuple[str, str, str, str]  # three lines of a drawing and the marks below, equally wide

Span = tuple[int, int]

_EQUALS: Block = (" ", "=", " ", " ")
_LEFT: Block = (" ", "(", " ", " ")
_RIGHT: Block = (" ", ")", " ", " ")
_OPEN: Block = ("┏", "┃", "┗", " ")
_CLOSE: Block = ("┓", "┃", "┛", " ")


def chain_lines(chain: LayerChain) -> list[str]:
    """The chain as fractions over three lines, and a fourth that marks what is done.

    A bracket stands around what the step computes; a product that was done before stands in
    parentheses, with its name below.
    """
    blocks = [_fraction(chain.total, mark="")]
    if chain.now == "total":
        blocks = [_OPEN, *blocks, _CLOSE]
    blocks.append(_EQUALS)
    product = _drawn(chain, None)
    if chain.summed:
        product = [("", chain.summed, "", ""), _LEFT, *product, _RIGHT]
        product[0] = _evened(*product[0])
    blocks += product
    return [" ".join(row).rstrip() for row in zip(*blocks, strict=True)]


def chain_line(chain: LayerChain) -> str:
    """The chain folded to one line, ``┏∂ΣC/∂w²┓ = ∂n³/∂w² ✓ · ( ∂a³/∂n³ ⊙ … = delta3 ✓ )``."""
    total = chain.total.text
    line = _folded(chain, None)
    line = f"{chain.summed} ({line})" if chain.summed else line
    return f"{f'┏{total}┓' if chain.now == 'total' else total} = {line}"


def chain_legend(chain: LayerChain) -> list[str]:
    """What the marks mean, and what the page's names are typed as."""
    named = [f"{_name(group)} is {group.derivative}" for group in chain.groups[-1:]]
    typed = [f"{chain.weights} is typed {chain.typed}"] if chain.weights != chain.typed else []
    typed += [f"{said} is {name}" for said, name in chain.letters]
    return ["┏now┓  ✓ done  · ahead", *named, *([", ".join(typed)] if typed else [])]


def _parts(chain: LayerChain, whole: Group | None) -> list[tuple[str, Factor | Group, Span]]:
    """What a product is made of, or the chain: each with what stands before it, and its run."""
    start, stop = _span(whole) if whole else (0, len(chain.factors))
    inside = chain.groups[: chain.groups.index(whole)] if whole else chain.groups
    parts: list[tuple[str, Factor | Group, Span]] = []
    while start < stop:
        groups = [group for group in inside if group.start == start]
        part = groups[-1] if groups else chain.factors[start]
        end = groups[-1].stop if groups else start + 1
        parts.append((chain.operators[start - 1] if parts else "", part, (start, end)))
        start = end
    return parts


def _overlap(first: tuple[int, int], second: tuple[int, int]) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def _done_group(chain: LayerChain) -> Group | None:
    """The largest product that was computed before, unless the step multiplies it further."""
    done = [group for group in chain.groups if group.state == "done"]
    now = chain.now
    if not done or (isinstance(now, tuple) and _overlap(now, _span(done[-1]))):
        return None
    return done[-1]


def _span(group: Group) -> tuple[int, int]:
    return group.start, group.stop


def _drawn(chain: LayerChain, whole: Group | None, *, marked: bool = True) -> list[Block]:
    """The blocks of a product: of the chain, or of one that stands in it."""
    blocks: list[Block] = []
    for operator, part, span in _parts(chain, whole):
        if operator:
            blocks.append((" ", operator, " ", " "))
        blocks += _part(chain, part, span, marked=marked)
    return blocks


def _part(chain: LayerChain, part: Factor | Group, span: Span, *, marked: bool) -> list[Block]:
    """One factor, or one product in its brackets or parentheses."""
    now = marked and chain.now == span
    if isinstance(part, Factor):
        fraction = _fraction(part, mark=_mark(part) if marked else "")
        return [_OPEN, fraction, _CLOSE] if now else [fraction]
    if marked and part is _done_group(chain):
        return [
            _named(_drawn(chain, part, marked=False), f"└ {_name(part)} ✓ ┘"),
            *_transpose(part),
        ]
    inner = _drawn(chain, part, marked=marked)
    inner = [_OPEN, *inner, _CLOSE] if now else [_LEFT, *inner, _RIGHT]
    return [*inner, *_transpose(part)]


def _transpose(group: Group) -> list[Block]:
    """What stands behind a product that is transposed."""
    return [("ᵀ", " ", " ", " ")] if group.transposed else []


def _named(blocks: list[Block], name: str) -> Block:
    """A product that is done: its factors in parentheses, its name below."""
    above, middle, below, _ = (" ".join(row) for row in zip(*blocks, strict=True))
    return _evened(f"  {above}  ", f"( {middle} )", f"  {below}  ", name)


def _fraction(factor: Factor, mark: str) -> Block:
    if not factor.below:
        return _evened("", factor.above, "", mark)
    line = "─" * max(len(factor.above), len(factor.below))
    return _evened(factor.above, line, factor.below, mark)


def _evened(*rows: str) -> Block:
    width = max(map(len, rows))
    above, middle, below, mark = (row.center(width) for row in rows)
    return above, middle, below, mark


def _name(group: Group) -> str:
    """The page's name of a product, or the engine's where the page has only a fraction."""
    return group.quantity.name if group.name == group.derivative else group.name


_MARKS: dict[State, str] = {"done": "✓", "now": "✓", "ahead": "·"}


def _mark(factor: Factor) -> str:
    """``✓``, ``·``, and for the delta of the layer above the engine's name where it is short."""
    mark = _MARKS[factor.state]
    return f"{factor.quantity.name} {mark}" if factor.from_above and factor.below else mark


def _folded(chain: LayerChain, whole: Group | None, *, marked: bool = True) -> str:
    """A product in one line."""
    return " ".join(
        f"{operator} {_folded_part(chain, part, span, marked=marked)}".strip()
        for operator, part, span in _parts(chain, whole)
    )


def _folded_part(chain: LayerChain, part: Factor | Group, span: Span, *, marked: bool) -> str:
    now = marked and chain.now == span
    if isinstance(part, Factor):
        if now:
            return f"┏{part.text}┓"
        return f"{part.text} ✓" if marked and part.state == "done" else part.text
    done = marked and part is _done_group(chain)
    inner = _folded(chain, part, marked=marked and not done and not now)
    turned = "ᵀ" if part.transposed else ""
    if done:
        return f"( {inner} = {_name(part)} ✓ ){turned}"
    return f"┏{inner}┓{turned}" if now else f"({inner}){turned}"
