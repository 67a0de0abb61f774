"""What is to be read, apart from how it is written: a document is blocks, one after the other.

Whoever has something to say makes blocks; whoever writes a format reads them. A block holds
its matter as data (arrays, expressions, names), so that each format may write it in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from chainstep.core.frozen import Frozen
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT

if TYPE_CHECKING:
    from chainstep.core.program import Program, Step
    from chainstep.core.quantities import Axis, Quantity
    from chainstep.core.setup import Array
    from chainstep.core.text.layer_chain import LayerChain
    from chainstep.core.text.numbers import Digits


class Title(Frozen):
    """What the document is about; ``place`` is where that comes from.

    ``asked`` marks a title that repeats a question, which a terminal shows already.
    """

    text: str
    place: str = ""
    asked: bool = False


class Heading(Frozen):
    """What the blocks below it are about; 2 is the level below the title, 3 the one below that."""

    text: str
    level: int = 2


class Sentence(Frozen):
    """Something that is said.

    ``kind`` is what it is about: what a step ``means``, the ``axes`` of its numbers, a ``remark``
    on them, what the ``page`` says, the ``story`` of a scenario; ``plain`` is all else, and a
    ``line`` is not to be broken.
    """

    text: str
    kind: Literal["plain", "line", "meaning", "axes", "remark", "page", "story"] = "plain"


class Equation(Frozen):
    """How a step computes its quantity, as a notation writes it."""

    step: Step
    program: Program
    notation: Notation
    short: bool


class Chain(Frozen):
    """The chain of a layer's gradient."""

    chain: LayerChain


class Mathematics(Frozen):
    """A formula that LaTeX writes; ``told`` says that the lines of the document say it too."""

    latex: Callable[[], str]
    told: bool = True


class Term(Frozen):
    """An array in an equation, laid out as its page has it, and whose it is.

    It is ``transposed`` where the equation has the transpose of what the page calls by its name.
    """

    quantity: Quantity
    value: Array
    axes: tuple[Axis, ...]
    transposed: bool = False


Layout = Literal["product", "entrywise", "list"]


class Numbers(Frozen):
    """The numbers of a step: its operands and what came out, or that alone.

    ``layout`` is ``product`` for a matrix product, ``entrywise`` where an operator stands between
    two operands of one shape (or a row and its Jacobian), ``list`` for what came out alone.
    """

    layout: Layout
    operator: str
    terms: tuple[Term, ...]
    program: Program
    notation: Notation

    @property
    def result(self) -> Term:
        """What came out."""
        return self.terms[-1]

    def name(self, term: Term) -> str:
        """The name of one of them."""
        name = self.notation.quantity(term.quantity, self.program)
        return f"{name}ᵀ" if term.transposed else name


class Lines(Frozen):
    """Lines that are set already: of sentences, or drawn where columns matter."""

    lines: tuple[str, ...]
    drawn: bool = False


class Table(Frozen):
    """Words in columns; the first column says what its row is about."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Blank(Frozen):
    """A place to write into, so many lines high."""

    lines: int = 1


class StepOf(Frozen):
    """One step of a run: where it stands, what it computes, and the blocks about it.

    ``name`` is the page's name where it is another than the engine's.
    """

    iteration: int
    step: Step
    formula: str
    shapes: str
    name: str
    blocks: tuple[Block, ...]


Block = (
    Title | Heading | Sentence | Equation | Chain | Mathematics
    | Numbers | Lines | Table | Blank | StepOf
)  # fmt: skip


class Document(Frozen):
    """Blocks in order, as they come, under a title.

    ``stepped`` is the program whose steps a page goes through one by one; None where they are
    to be seen all at once.
    """

    title: str
    blocks: Iterable[Block]
    stepped: Program | None = None


class Look(Frozen):
    """How what is written for people looks.

    ``width`` is that of the terminal, None where there is none and only of very large matrices
    something is left out; ``most`` is how many rows and columns of a matrix a page shows.
    """

    notation: Notation = DEFAULT
    digits: int | Digits = 7
    width: int | None = None
    table: str = "boxed"
    most: int = 12
    above: int | Digits | None = None  # of the factor above a product, where it has others


LOOK = Look()
