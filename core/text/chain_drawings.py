"""The chain of a layer as text: fractions over three lines, or folded to one."""

from __future__ import annotations

from chainstep.core.text.layer_chain import Factor, Group, LayerChain, State

Block = tuple[str, str, str, str]  # three lines of a drawing and the marks below, equally wide

_EQUALS: Block = (" ", "=", " ", " ")
_POINT: Block = (" ", "·", " ", " ")
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
    for place, (start, stop) in enumerate(_segments(chain)):
        if place:
            blocks.append(_POINT)
        blocks += _segment(chain, start, stop)
    return [" ".join(row).rstrip() for row in zip(*blocks, strict=True)]


def chain_line(chain: LayerChain) -> str:
    """The chain folded to one line, ``┏∂ΣC/∂w²┓ = ∂n³/∂w² ✓ · ( ∂a³/∂n³ · … = delta3 ✓ )``."""
    total = chain.total.text
    pieces = [_folded(chain, start, stop) for start, stop in _segments(chain)]
    return f"{f'┏{total}┓' if chain.now == 'total' else total} = {' · '.join(pieces)}"


def chain_legend(chain: LayerChain) -> list[str]:
    """What the marks mean, and what the page's names are typed as."""
    named = [f"{_name(group)} is {group.derivative}" for group in chain.groups[-1:]]
    typed = [f"{chain.weights} is typed {chain.typed}"] if chain.weights != chain.typed else []
    return ["┏now┓  ✓ done  · ahead", *named, *typed]


def _segments(chain: LayerChain) -> list[tuple[int, int]]:
    """Runs of factors that are drawn as one: what is computed now, and what was before it."""
    done = _done_group(chain)
    runs = [(done.start, done.stop)] if done else []
    if isinstance(chain.now, tuple) and not (done and _overlap(chain.now, runs[0])):
        runs.append(chain.now)
    covered = {at for start, stop in runs for at in range(start, stop)}
    single = [(at, at + 1) for at in range(len(chain.factors)) if at not in covered]
    return sorted([*runs, *single])


def _overlap(first: tuple[int, int], second: tuple[int, int]) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def _done_group(chain: LayerChain) -> Group | None:
    """The largest product that was computed before, unless the step multiplies it further."""
    done = [group for group in chain.groups if group.state == "done"]
    if not done or (isinstance(chain.now, tuple) and _overlap(chain.now, _span(done[-1]))):
        return None
    return done[-1]


def _span(group: Group) -> tuple[int, int]:
    return group.start, group.stop


def _segment(chain: LayerChain, start: int, stop: int) -> list[Block]:
    """The blocks of one run of factors, in their brackets or parentheses."""
    done = _done_group(chain)
    factors = chain.factors[start:stop]
    if done and (start, stop) == _span(done):
        return [_named(factors, f"└ {_name(done)} ✓ ┘")]
    blocks = _with_points([_fraction(factor, mark=_mark(factor)) for factor in factors])
    return [_OPEN, *blocks, _CLOSE] if chain.now == (start, stop) else blocks


def _with_points(blocks: list[Block]) -> list[Block]:
    spaced = [piece for block in blocks for piece in (_POINT, block)]
    return spaced[1:]


def _named(factors: tuple[Factor, ...], name: str) -> Block:
    """A product that is done: its factors in parentheses, its name below."""
    blocks = _with_points([_fraction(factor, mark="") for factor in factors])
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


def _folded(chain: LayerChain, start: int, stop: int) -> str:
    done = _done_group(chain)
    factors = chain.factors[start:stop]
    if done and (start, stop) == _span(done):
        return f"( {' · '.join(factor.text for factor in factors)} = {_name(done)} ✓ )"
    if chain.now == (start, stop):
        return f"┏{' · '.join(factor.text for factor in factors)}┓"
    return " · ".join(
        factor.text if factor.state == "ahead" else f"{factor.text} ✓" for factor in factors
    )
