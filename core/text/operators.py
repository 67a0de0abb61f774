"""How the operations of a formula are spelt: as text, in LaTeX, as a line of a program."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

#: How tightly an operation binds; what binds less is put in parentheses inside it.
SUM, TERM, SIGN, POWER, ATOM = range(5)


class Form(NamedTuple):
    """One operation: how it is written, how it binds, and how its operands must bind at least."""

    template: str
    binding: int
    least: tuple[int, ...]


class Spelling(NamedTuple):
    """All operations of one way of writing, and what functions are called there.

    ``runs`` says that what is written is computed so: no function goes by a name alone.
    """

    forms: Mapping[str, Form]
    minus: str = "−"
    parentheses: str = "({})"
    functions: Mapping[str, str] = MappingProxyType({})
    other_functions: str = "{}"
    runs: bool = False

    def function(self, name: str) -> str:
        """The name of a function in this spelling."""
        return self.functions.get(name) or self.other_functions.format(name)


_JACOBIAN = (SUM, ATOM, TERM)
_MASKED = (SUM, ATOM, ATOM)

TEXT = Spelling(
    {
        "product": Form("{} · {}", TERM, (TERM, SIGN)),
        "entrywise": Form("{} ⊙ {}", TERM, (TERM, TERM)),
        "times": Form("{}·{}", TERM, (TERM, TERM)),
        "divide": Form("{} / {}", TERM, (TERM, SIGN)),
        "ratio": Form("{}/{}", TERM, (TERM, SIGN)),
        "add": Form("{} + {}", SUM, (SUM, SUM)),
        "subtract": Form("{} − {}", SUM, (SUM, TERM)),
        "negative": Form("−{}", SIGN, (SIGN,)),
        "square": Form("{}²", POWER, (ATOM,)),
        "power": Form("{}^{}", POWER, (ATOM, ATOM)),
        "sqrt": Form("√{}", POWER, (ATOM,)),
        "heaviside": Form("[{} > 0]", ATOM, (SUM, ATOM)),
        "equal": Form("[{} = {}]", ATOM, (SUM, SUM)),
        "maximum": Form("max({}, {})", ATOM, (SUM, SUM)),
        "transpose": Form("{}ᵀ", ATOM, (ATOM,)),
        "without biases": Form("{} without its bias row", SUM, (SUM,)),
        "without biases, columns": Form("{} without its bias column", SUM, (SUM,)),
        "ones": Form("[1 | {}]", ATOM, (SUM,)),
        "ones, columns": Form("[1 ; {}]", ATOM, (SUM,)),
        "frozen row": Form("{}, 0 in the frozen row", SUM, (TERM,)),
        "frozen rows": Form("{}, 0 in the frozen rows", SUM, (TERM,)),
        "jacobian": Form("diag({}) − {}ᵀ·{}", SUM, _JACOBIAN),
        "jacobian, columns": Form("diag({}) − {}·{}ᵀ", SUM, (SUM, TERM, ATOM)),
        "sum of observations": Form("Σ observations {}", TERM, (POWER,)),
        "sum of units": Form("Σ units {}", TERM, (POWER,)),
        "sum of all": Form("Σ observations {}", TERM, (POWER,)),
        "sum of entries": Form("Σ entries {}", TERM, (POWER,)),
        "maximum of units": Form("max units {}", TERM, (POWER,)),
        "maximum of observations": Form("max observations {}", TERM, (POWER,)),
        "row by matrix": Form("{} · {}", TERM, (TERM, SIGN)),
    }
)

LATEX = Spelling(
    {
        "product": Form(r"{} \cdot {}", TERM, (TERM, SIGN)),
        "entrywise": Form(r"{} \odot {}", TERM, (TERM, TERM)),
        "times": Form(r"{} \, {}", TERM, (TERM, TERM)),
        "divide": Form(r"\frac{{{}}}{{{}}}", SIGN, (SUM, SUM)),
        "ratio": Form(r"\frac{{{}}}{{{}}}", SIGN, (SUM, SUM)),
        "add": Form("{} + {}", SUM, (SUM, SUM)),
        "subtract": Form("{} - {}", SUM, (SUM, TERM)),
        "negative": Form("-{}", SIGN, (SIGN,)),
        "square": Form("{{{}}}^{{2}}", POWER, (ATOM,)),
        "power": Form("{{{}}}^{{{}}}", POWER, (ATOM, SUM)),
        "sqrt": Form(r"\sqrt{{{}}}", ATOM, (SUM,)),
        "heaviside": Form("[{} > 0]", ATOM, (SUM, ATOM)),
        "equal": Form("[{} = {}]", ATOM, (SUM, SUM)),
        "maximum": Form(r"\max({}, {})", ATOM, (SUM, SUM)),
        "transpose": Form(r"{{{}}}^{{\top}}", ATOM, (ATOM,)),
        "without biases": Form(r"{}\text{{ without its bias row}}", SUM, (SUM,)),
        "without biases, columns": Form(r"{}\text{{ without its bias column}}", SUM, (SUM,)),
        "ones": Form(r"[1 \mid {}]", ATOM, (SUM,)),
        "ones, columns": Form("[1 ; {}]", ATOM, (SUM,)),
        "frozen row": Form(r"{}\text{{, 0 in the frozen row}}", SUM, (TERM,)),
        "frozen rows": Form(r"{}\text{{, 0 in the frozen rows}}", SUM, (TERM,)),
        "jacobian": Form(r"\mathrm{{diag}}({}) - {{{}}}^{{\top}} {}", SUM, _JACOBIAN),
        "jacobian, columns": Form(
            r"\mathrm{{diag}}({}) - {} \, {{{}}}^{{\top}}", SUM, (SUM, TERM, ATOM)
        ),
        "sum of observations": Form(r"\sum_{{\text{{observations}}}} {}", TERM, (POWER,)),
        "sum of units": Form(r"\sum_{{\text{{units}}}} {}", TERM, (POWER,)),
        "sum of all": Form(r"\sum_{{\text{{observations}}}} {}", TERM, (POWER,)),
        "sum of entries": Form(r"\sum_{{\text{{entries}}}} {}", TERM, (POWER,)),
        "maximum of units": Form(r"\max_{{\text{{units}}}} {}", TERM, (POWER,)),
        "maximum of observations": Form(r"\max_{{\text{{observations}}}} {}", TERM, (POWER,)),
        "row by matrix": Form(r"{} \cdot {}", TERM, (TERM, SIGN)),
    },
    minus="-",
    parentheses=r"\left({}\right)",
    functions={"σ": r"\sigma", "tanh": r"\tanh", "exp": r"\exp", "log": r"\log"},
    other_functions=r"\operatorname{{{}}}",
)

CODE = Spelling(
    {
        "product": Form("{} @ {}", TERM, (TERM, SIGN)),
        "row by matrix": Form("np.einsum('ni,nij->nj', {}, {})", ATOM, (SUM, SUM)),
        "entrywise": Form("{} * {}", TERM, (TERM, SIGN)),
        "times": Form("{}*{}", TERM, (TERM, TERM)),
        "divide": Form("{} / {}", TERM, (TERM, SIGN)),
        "ratio": Form("{}/{}", TERM, (TERM, SIGN)),
        "add": Form("{} + {}", SUM, (SUM, SUM)),
        "subtract": Form("{} - {}", SUM, (SUM, TERM)),
        "negative": Form("-{}", SIGN, (SIGN,)),
        "square": Form("{}**2", POWER, (ATOM,)),
        "power": Form("{}**{}", POWER, (ATOM, ATOM)),
        "sqrt": Form("np.sqrt({})", ATOM, (SUM,)),
        "heaviside": Form("np.heaviside({}, {})", ATOM, (SUM, SUM)),
        "equal": Form("({} == {})", ATOM, (SUM, SUM)),
        "maximum": Form("np.maximum({}, {})", ATOM, (SUM, SUM)),
        "transpose": Form("{}.T", ATOM, (ATOM,)),
        "without biases": Form("{}[1:]", ATOM, (ATOM,)),
        "ones": Form("np.insert({}, 0, 1, axis=1)", ATOM, (SUM,)),
        "stacked": Form("np.concatenate([{}, {}])", ATOM, (SUM, SUM)),
        "with ones": Form("np.insert({}, 0, 1, axis=1)", ATOM, (SUM,)),
        "spread": Form("{} + 0 * {}", SUM, (SUM, TERM)),
        "": Form("{}", SUM, (SUM,)),
        "filled": Form("np.full({}, {})", ATOM, (ATOM, SUM)),
        "frozen row": Form(
            "np.where(np.arange({1})[:, None] >= {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "frozen rows": Form(
            "np.where(np.arange({1})[:, None] < {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "jacobian": Form(
            "{0}[:, :, None] * (np.eye({0}.shape[1]) - {0}[:, None, :])", TERM, (ATOM, ATOM, ATOM)
        ),
        "sum of observations": Form("np.sum({}, axis=0, keepdims=True)", ATOM, (SUM,)),
        "sum of units": Form("np.sum({}, axis=1, keepdims=True)", ATOM, (SUM,)),
        "sum of all": Form("np.sum({})", ATOM, (SUM,)),
        "sum of entries": Form("np.sum({})", ATOM, (SUM,)),
        "maximum of units": Form("np.max({}, axis=1, keepdims=True)", ATOM, (SUM,)),
        "maximum of observations": Form("np.max({}, axis=0, keepdims=True)", ATOM, (SUM,)),
    },
    minus="-",
    other_functions="np.{}",
    runs=True,
)

#: As CODE, for tensors that remember how they came about.
TORCH = CODE._replace(
    forms={
        **CODE.forms,
        "row by matrix": Form("torch.einsum('ni,nij->nj', {}, {})", ATOM, (SUM, SUM)),
        "sqrt": Form("torch.sqrt({})", ATOM, (SUM,)),
        "heaviside": Form("torch.where({} > 0, 1.0, {})", ATOM, (SUM, SUM)),
        "maximum": Form("torch.where({0} > {1}, {0}, {1})", ATOM, (TERM, TERM)),
        "logaddexp": Form("torch.logaddexp({0}, {1} + 0 * {0})", ATOM, (ATOM, TERM)),
        "ones": Form("torch.cat((torch.ones_like({0}[:, :1]), {0}), dim=1)", ATOM, (ATOM,)),
        "with ones": Form("torch.cat((torch.ones_like({0}[:, :1]), {0}), dim=1)", ATOM, (ATOM,)),
        "stacked": Form("torch.cat(({}, {}))", ATOM, (SUM, SUM)),
        "filled": Form("torch.full({}, {})", ATOM, (ATOM, SUM)),
        "frozen row": Form(
            "torch.where(torch.arange({1})[:, None] >= {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "frozen rows": Form(
            "torch.where(torch.arange({1})[:, None] < {2}, {0}, 0)", ATOM, (SUM, ATOM, ATOM)
        ),
        "sum of observations": Form("torch.sum({}, dim=0, keepdim=True)", ATOM, (SUM,)),
        "sum of units": Form("torch.sum({}, dim=1, keepdim=True)", ATOM, (SUM,)),
        "sum of all": Form("torch.sum({})", ATOM, (SUM,)),
        "maximum of units": Form("torch.amax({}, dim=1, keepdim=True)", ATOM, (SUM,)),
        "maximum of observations": Form("torch.amax({}, dim=0, keepdim=True)", ATOM, (SUM,)),
    },
    other_functions="torch.{}",
)
