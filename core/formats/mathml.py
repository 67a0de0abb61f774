r"""LaTeX's mathematics, as far as formulas here make use of it, in MathML, which browsers draw.

>>> mathml(r"\frac{a}{b}")
'<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_TOKEN = re.compile(r"\\\\|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)

_SIGNS = {
    "cdot": "·",
    "odot": "⊙",
    "times": "×",
    "dots": "…",
    "cdots": "⋯",
    "vdots": "⋮",
    "ddots": "⋱",
    "mid": "|",
    "sim": "~",
    "backslash": "\\",
}
_GREEK = (
    ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu", "αβγδεζηθικλμ"),
    ("nu xi pi rho sigma tau upsilon phi chi psi omega", "νξπρστυφχψω"),
    ("Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega", "ΓΔΘΛΞΠΣΦΨΩ"),
)
_LETTERS = {
    **{
        name: letter
        for words, row in _GREEK
        for name, letter in zip(words.split(), row, strict=True)
    },
    "partial": "∂",
    "nabla": "∇",
    "sum": "Σ",
    "infty": "∞",
    "top": "⊤",
    **{name: name for name in ("max", "min", "exp", "log", "tanh", "diag")},
}
_UPRIGHT = {"mathrm": "normal", "operatorname": "normal", "text": "", "mathtt": "monospace"}
_SPACES = {",": "0.17em", " ": "0.28em", "quad": "1em", ";": "0.28em"}
_IGNORED = {"displaystyle"}
#: The commands that are read; any other stands as its name.
COMMANDS = frozenset(
    {*_SIGNS, *_LETTERS, *_UPRIGHT, *_SPACES, *_IGNORED, "left", "right", "frac", "sqrt"}
) | {"begin", "end"}
_OPERATORS = "+-=<>()[]|/,;:.·"


def mathml(latex: str, *, block: bool = False) -> str:
    """A formula as an element of a page; ``block`` draws it as large as on lines of its own."""
    style = ' displaystyle="true"' if block else ""
    return f"<math{style}>{_Reader(latex).row(stop='')}</math>"


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, latex: str) -> None:
        self._tokens: list[str] = _TOKEN.findall(latex)
        self._at = 0

    def row(self, stop: str) -> str:
        """What comes before a token, which is read too."""
        return "".join(self._pieces(stop))

    def _pieces(self, stop: str) -> Iterator[str]:
        while self._at < len(self._tokens):
            if self._tokens[self._at] == stop:
                self._at += 1
                return
            piece = self._piece()
            scripts = self._scripts()
            if piece or scripts:
                yield _scripted(piece, *scripts) if scripts else piece

    def _scripts(self) -> tuple[str, str] | None:
        """What is raised and what is lowered behind a piece."""
        raised = lowered = ""
        while self._at < len(self._tokens) and self._tokens[self._at] in {"^", "_"}:
            sign = self._next()
            if sign == "^":
                raised = self._argument()
            else:
                lowered = self._argument()
        return (raised, lowered) if raised or lowered else None

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _argument(self) -> str:
        """A group, or the one piece that comes next, as one element."""
        self._skip_blanks()
        if self._tokens[self._at] == "{":
            self._at += 1
            return _one([*self._pieces("}")])
        return self._piece()

    def _skip_blanks(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1

    def _words(self) -> str:
        """A group as it stands, for words."""
        self._skip_blanks()
        self._at += 1
        depth, found = 1, []
        while depth:
            token = self._next()
            depth += (token == "{") - (token == "}")
            if depth and token not in {"{", "}"}:
                found.append(_character(token))
        return "".join(found)

    def _piece(self) -> str:
        token = self._next()
        if token == "{":
            return _one([*self._pieces("}")])
        if token.startswith("\\"):
            return self._command(token[1:])
        if token.isspace():
            return ""
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token == "'":
            return "<mo>′</mo>"
        if token in _OPERATORS:
            return _operator("−" if token == "-" else token)
        return f"<mi>{escape(token)}</mi>"

    def _command(self, name: str) -> str:
        if name in _IGNORED:
            return ""
        if name in _SIGNS:
            return _operator(_SIGNS[name])
        if name in _LETTERS:
            return f"<mi>{_LETTERS[name]}</mi>"
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}"></mspace>'
        if name in _UPRIGHT:
            return _word(self._words(), _UPRIGHT[name])
        if name == "frac":
            return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self._argument()}</msqrt>"
        if name == "left":
            return self._fenced()
        if name == "begin":
            return self._environment(self._words())
        if len(name) == 1:
            return _operator(name)
        return _word(name, "normal")

    def _fenced(self) -> str:
        """What stands between a left and a right parenthesis, in a row of its own."""
        opened = self._piece()
        inside = _one([*self._pieces("\\right")])
        return f"<mrow>{opened}{inside}{self._piece()}</mrow>"

    # ── rows and columns ──

    def _environment(self, name: str) -> str:
        rows: list[list[list[str]]] = [[[]]]
        while (token := self._tokens[self._at]) != "\\end":
            if token == "&":
                self._at += 1
                rows[-1].append([])
            elif token == "\\\\":
                self._at += 1
                self._skip_length()
                rows.append([[]])
            else:
                piece = self._piece()
                scripts = self._scripts()
                rows[-1][-1].append(_scripted(piece, *scripts) if scripts else piece)
        self._at += 1
        self._words()
        lines = "".join(
            f"<mtr>{''.join(f'<mtd>{_one(cell)}</mtd>' for cell in row)}</mtr>" for row in rows
        )
        table = f'<mtable class="{escape(name)}">{lines}</mtable>'
        if name == "pmatrix":
            return f"<mrow>{_operator('(')}{table}{_operator(')')}</mrow>"
        return table

    def _skip_length(self) -> None:
        """A distance to the next row, ``[1ex]``, is the page's own."""
        self._skip_blanks()
        if self._tokens[self._at] == "[":
            while self._next() != "]":
                pass


def _one(pieces: list[str]) -> str:
    """Some elements as one."""
    kept = [piece for piece in pieces if piece]
    return kept[0] if len(kept) == 1 else f"<mrow>{''.join(kept)}</mrow>"


def _scripted(base: str, raised: str, lowered: str) -> str:
    base = base or "<mrow></mrow>"
    if raised and lowered:
        return f"<msubsup>{base}{lowered}{raised}</msubsup>"
    return f"<msup>{base}{raised}</msup>" if raised else f"<msub>{base}{lowered}</msub>"


def _operator(text: str) -> str:
    close = ' lspace="0" rspace="0"' if text in "()[]" else ""
    return f"<mo{close}>{escape(text)}</mo>"


def _word(text: str, variant: str) -> str:
    if not variant:
        return f"<mtext>{escape(text)}</mtext>"
    if variant == "monospace":
        return f'<mtext class="code">{escape(text)}</mtext>'
    return f'<mi mathvariant="{variant}">{escape(text)}</mi>'


def _character(token: str) -> str:
    """A token among words as its character."""
    if token.isspace():
        return " "
    if not token.startswith("\\"):
        return token
    name = token[1:]
    return (
        _SIGNS.get(name)
        or _LETTERS.get(name)
        or {"hat": "^", "left": "", "right": ""}.get(name, name)
    )
