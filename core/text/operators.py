"""How the operations of a formula are spelt: as text, in LaTeX, as a line of a program."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

#: How tightly an operation binds; what binds less is put in parentheses inside it.
SUM, TERM, SIGN, POWER, ATOM = range(5)


class Operation(NamedTuple):
    """One operation: how it is written, how it binds, and how its operands must bind at least."""

    template: str
    binding: int
    least: tuple[int, ...]


class Spelling(NamedTuple):
    """All operations of one way of writing, and what functions are called there.

    ``runs`` says that what is written is computed so: no function goes by a name alone.
    """

    forms: Mapping[str, Operation]
    minus: str = "−"
    parentheses: str = "({})"
    functions: Mapping[str, str] = MappingProxyType({})
    other_functions: str = "{}"
    runs: bool = False

    def function(self, name: str) -> str:
        """The name of a function in this spelling."""
        return self.functions.get(name) or self.other_functions.format(name)


_JACOBIAN = (SUM, ATOM, TERM)

TEXT = Spelling(
    {
        "product": Operation("{} · {}", TERM, (TERM, SIGN)),
        "entrywise": Operation("{} ⊙ {}", TERM, (TERM, TERM)),
        "times": Operation("{}·{}", TERM, (TERM, TERM)),
        "divide": Operation("{} / {}", TERM, (TERM, SIGN)),
        "ratio": Operation("{}/{}", TERM, (TERM, SIGN)),
        "add": Operation("{} + {}", SUM, (SUM, SUM)),
        "subtract": Operation("{} − {}", SUM, (SUM, TERM)),
        "negative": Operation("−{}", SIGN, (SIGN,)),
        "square": Operation("{}²", POWER, (ATOM,)),
        "power": Operation("{}^{}", POWER, (ATOM, ATOM)),
        "sqrt": Operation("√{}", POWER, (ATOM,)),
        "heaviside": Operation("[{} > 0]", ATOM, (SUM, ATOM)),
        "equal": Operation("[{} = {}]", ATOM, (SUM, SUM)),
        "maximum": Operation("max({}, {})", ATOM, (SUM, SUM)),
        "transpose": Operation("{}ᵀ", ATOM, (ATOM,)),
        "without biases": Operation("{} without its bias row", SUM, (SUM,)),
        "without biases, columns": Operation("{} without its bias column", SUM, (SUM,)),
        "ones": Operation("[1 | {}]", ATOM, (SUM,)),
        "ones, columns": Operation("[1 ; {}]", ATOM, (SUM,)),
        "frozen row": Operation("{}, 0 in the frozen row", SUM, (TERM,)),
        "frozen rows": Operation("{}, 0 in the frozen rows", SUM, (TERM,)),
        "jacobian": Operation("diag({}) − {}ᵀ·{}", SUM, _JACOBIAN),
        "jacobian, columns": Operation("diag({}) − {}·{}ᵀ", SUM, (SUM, TERM, ATOM)),
        "sum of observations": Operation("Σ observations {}", TERM, (POWER,)),
        "sum of units": Operation("Σ units {}", TERM, (POWER,)),
        "sum of all": Operation("Σ observations {}", TERM, (POWER,)),
        "sum of entries": Operation("Σ entries {}", TERM, (POWER,)),
        "maximum of units": Operation("max units {}", TERM, (POWER,)),
        "maximum of observations": Operation("max observations {}", TERM, (POWER,)),
        "row by matrix": Operation("{} · {}", TERM, (TERM, SIGN)),
    }
)

LATEX = Spelling(
    {
        "product": Operation(r"{} \cdot {}", TERM, (TERM, SIGN)),
        "entrywise": Operation(r"{} \odot {}", TERM, (TERM, TERM)),
        "times": Operation(r"{} \, {}", TERM, (TERM, TERM)),
        "divide": Operation(r"\frac{{{}}}{{{}}}", SIGN, (SUM, SUM)),
        "ratio": Operation(r"\frac{{{}}}{{{}}}", SIGN, (SUM, SUM)),
        "add": Operation("{} + {}", SUM, (SUM, SUM)),
        "subtract": Operation("{} - {}", SUM, (SUM, TERM)),
        "negative": Operation("-{}", SIGN, (SIGN,)),
        "square": Operation("{{{}}}^{{2}}", POWER, (ATOM,)),
        "power": Operation("{{{}}}^{{{}}}", POWER, (ATOM, SUM)),
        "sqrt": Operation(r"\sqrt{{{}}}", ATOM, (SUM,)),
        "heaviside": Operation("[{} > 0]", ATOM, (SUM, ATOM)),
        "equal": Operation("[{} = {}]", ATOM, (SUM, SUM)),
        "maximum": Operation(r"\max({}, {})", ATOM, (SUM, SUM)),
        "transpose": Operation(r"{{{}}}^{{\top}}", ATOM, (ATOM,)),
        "without biases": Operation(r"{}\text{{ without its bias row}}", SUM, (SUM,)),
        "without biases, columns": Operation(r"{}\text{{ without its bias column}}", SUM, (SUM,)),
        "ones": Operation(r"[1 \mid {}]", ATOM, (SUM,)),
        "ones, columns": Operation("[1 ; {}]", ATOM, (SUM,)),
        "frozen row": Operation(r"{}\text{{, 0 in the frozen row}}", SUM, (TERM,)),
        "frozen rows": Operation(r"{}\text{{, 0 in the frozen rows}}", SUM, (TERM,)),
        "jacobian": Operation(r"\mathrm{{diag}}({}) - {{{}}}^{{\top}} {}", SUM, _JACOBIAN),
        "jacobian, columns": Operation(
            r"\mathrm{{diag}}({}) - {} \, {{{}}}^{{\top}}", SUM, (SUM, TERM, ATOM)
        ),
        "sum of observations": Operation(r"\sum_{{\text{{observations}}}} {}", TERM, (POWER,)),
        "sum of units": Operation(r"\sum_{{\text{{units}}}} {}", TERM, (POWER,)),
        "sum of all": Operation(r"\sum_{{\text{{observations}}}} {}", TERM, (POWER,)),
        "sum of entries": Operation(r"\sum_{{\text{{entries}}}} {}", TERM, (POWER,)),
        "maximum of units": Operation(r"\max_{{\text{{units}}}} {}", TERM, (POWER,)),
        "maximum of observations": Operation(r"\max_{{\text{{observations}}}} {}", TERM, (POWER,)),
        "row by matrix": Operation(r"{} \cdot {}", TERM, (TERM, SIGN)),
    },
    minus="-",
    parentheses=r"\left({}\right)",
    functions={"σ": r"\sigma", "tanh": r"\tanh", "exp": r"\exp", "log": r"\log"},
    other_functions=r"\operatorname{{{}}}",
)

CODE = Spelling(
    {
        "product": Operation("{} @ {}", TERM, (TERM, SIGN)),
        "row by matrix": Operation("np.einsum('ni,nij->nj', {}, {})", ATOM, (SUM, SUM)),
        "entrywise": Operation("{} * {}", TERM, (TERM, SIGN)),
        "times": Operation("{}*{}", TERM, (TERM, TERM)),
        "divide": Operation("{} / {}", TERM, (TERM, SIGN)),
        "ratio": Operation("{}/{}", TERM, (TERM, SIGN)),
        "add": Operation("{} + {}", SUM, (SUM, SUM)),
        "subtract": Operation("{} - {}", SUM, (SUM, TERM)),
        "negative": Operation("-{}", SIGN, (SIGN,)),
        "square": Operation("{}**2", POWER, (ATOM,)),
        "power": Operation("{}**{}", POWER, (ATOM, ATOM)),
        "sqrt": Operation("np.sqrt({})", ATOM, (SUM,)),
        "heaviside": Operation("np.heaviside({}, {})", ATOM, (SUM, SUM)),
        "equal": Operation("({} == {})", ATOM, (SUM, SUM)),
        "maximum": Operation("np.maximum({}, {})", ATOM, (SUM, SUM)),
        "transpose": Operation("{}.T", ATOM, (ATOM,)),
        "without biases": Operation("{}[1:]", ATOM, (ATOM,)),
        "ones": Operation("np.insert({}, 0, 1, axis=1)", ATOM, (SUM,)),
        "stacked": Operation("np.concatenate([{}, {}])", ATOM, (SUM, SUM)),
        "with ones": Operation("np.insert({}, 0, 1, axis=1)", ATOM, (SUM,)),
        "spread": Operation("{} + 0 * {}", SUM, (SUM, TERM)),
        "": Operation("{}", SUM, (SUM,)),
        "filled": Operation("np.full({}, {})", ATOM, (ATOM, SUM)),
        "frozen row": Operation(
            "np.where(np.arange({1})[:, None] >= {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "frozen rows": Operation(
            "np.where(np.arange({1})[:, None] < {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "jacobian": Operation(
            "{0}[:, :, None] * (np.eye({0}.shape[1]) - {0}[:, None, :])", TERM, (ATOM, ATOM, ATOM)
        ),
        "sum of observations": Operation("np.sum({}, axis=0, keepdims=True)", ATOM, (SUM,)),
        "sum of units": Operation("np.sum({}, axis=1, keepdims=True)", ATOM, (SUM,)),
        "sum of all": Operation("np.sum({})", ATOM, (SUM,)),
        "sum of entries": Operation("np.sum({})", ATOM, (SUM,)),
        "maximum of units": Operation("np.max({}, axis=1, keepdims=True)", ATOM, (SUM,)),
        "maximum of observations": Operation("np.max({}, axis=0, keepdims=True)", ATOM, (SUM,)),
    },
    minus="-",
    other_functions="np.{}",
    runs=True,
)

#: As CODE, for tensors that remember how they came about.
TORCH = CODE._replace(
    forms={
        **CODE.forms,
        "row by matrix": Operation("torch.einsum('ni,nij->nj', {}, {})", ATOM, (SUM, SUM)),
        "sqrt": Operation("torch.sqrt({})", ATOM, (SUM,)),
        "heaviside": Operation("torch.where({} > 0, 1.0, {})", ATOM, (SUM, SUM)),
        "maximum": Operation("torch.where({0} > {1}, {0}, {1})", ATOM, (TERM, TERM)),
        "logaddexp": Operation("torch.logaddexp({0}, {1} + 0 * {0})", ATOM, (ATOM, TERM)),
        "ones": Operation("torch.cat((torch.ones_like({0}[:, :1]), {0}), dim=1)", ATOM, (ATOM,)),
        "with ones": Operation(
            "torch.cat((torch.ones_like({0}[:, :1]), {0}), dim=1)", ATOM, (ATOM,)
        ),
        "stacked": Operation("torch.cat(({}, {}))", ATOM, (SUM, SUM)),
        "filled": Operation("torch.full({}, {})", ATOM, (ATOM, SUM)),
        "frozen row": Operation(
            "torch.where(torch.arange({1})[:, None] >= {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "frozen rows": Operation(
            "torch.where(torch.arange({1})[:, None] < {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "sum of observations": Operation("torch.sum({}, dim=0, keepdim=True)", ATOM, (SUM,)),
        "sum of units": Operation("torch.sum({}, dim=1, keepdim=True)", ATOM, (SUM,)),
        "sum of all": Operation("torch.sum({})", ATOM, (SUM,)),
        "maximum of units": Operation("torch.amax({}, dim=1, keepdim=True)", ATOM, (SUM,)),
        "maximum of observations": Operation("torch.amax({}, dim=0, keepdim=True)", ATOM, (SUM,)),
    },
    other_functions="torch.{}",
)
