"""A symbol in markup, ``∂C/∂w^{2}_{0,1}``, and the same as text and as LaTeX.

Markup is what a notation writes: letters, ``^{…}`` for what is raised, ``_{…}`` for what is
lowered, ``∂x/∂y`` for a fraction. Nothing else in it is special.
"""

from __future__ import annotations

import re
from functools import lru_cache

_RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_BACK = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾₀₁₂₃₄₅₆₇₈₉₊₋₍₎", "0123456789+-()0123456789+-()")
_SCRIPT = r"([\^_])\{((?:[^{}]|\{[^{}]*\})*)\}"
_PLAIN = r"[\d+\-(),]+"

#: The characters that LaTeX writes as commands, in mathematics.
COMMANDS = {
    "∂": r"\partial ",
    "Σ": r"\sum ",
    "∇": r"\nabla ",
    "…": r"\dots ",
    "′": "'",
    "−": "-",
    "α": r"\alpha ",
    "β": r"\beta ",
    "γ": r"\gamma ",
    "δ": r"\delta ",
    "Δ": r"\Delta ",
    "ε": r"\epsilon ",
    "η": r"\eta ",
    "λ": r"\lambda ",
    "μ": r"\mu ",
    "ρ": r"\rho ",
    "₁": "_{1}",
    "₂": "_{2}",
    "σ": r"\sigma ",
    "Θ": r"\Theta ",
    "·": r"\cdot ",
    "⊙": r"\odot ",
    "∞": r"\infty ",
    "×": r"\times ",
    "ᵀ": r"^{\top}",
}
_BEFORE = r"(^|[∂Δ( ])_\{"  # an index before its letter hangs on nothing
_LAYER = r"\^\{(\d+)(\+?)\}"  # in parentheses it is no power
_WORD = r"[A-Za-z]{2,}"
_MATH_UNSAFE = r"[#%&$_{}~^\\]"


@lru_cache(maxsize=4096)
def text_of(markup: str) -> str:
    """The markup in characters: digits are raised and lowered where that is all there is.

    >>> text_of("∂ΣC/∂w^{2}_{0,1}"), text_of("net_{h1}"), text_of("∇_{W^{3}} C")
    ('∂ΣC/∂w²₀,₁', 'net_h1', '∇W³ C')
    """
    return (
        re.sub(_SCRIPT, _script_text, markup.replace("∇_{", "∇{"))
        .replace("∇{", "∇")
        .replace("}", "")
    )


def _script_text(match: re.Match[str]) -> str:
    mark, inside = match.groups()
    if not re.fullmatch(_PLAIN, inside):
        return f"{mark}{text_of(inside)}"
    return inside.translate(_RAISED if mark == "^" else _LOWERED)


def pieces_of(markup: str) -> tuple[str, str]:
    """What stands above and below the line of a fraction; nothing below where it is none.

    >>> pieces_of("∂ΣC/∂w^{2}"), pieces_of("δ^{3}")
    (('∂ΣC', '∂w^{2}'), ('δ^{3}', ''))
    """
    if markup.startswith("∂") and "/∂" in markup:
        above, _, below = markup.partition("/∂")
        return above, f"∂{below}"
    return markup, ""


@lru_cache(maxsize=4096)
def latex_of(markup: str) -> str:
    r"""The markup in LaTeX's mathematics; a word stands upright, a layer is no power.

    >>> latex_of("∂ΣC/∂w^{2}")
    '\\frac{\\partial \\sum C}{\\partial w^{(2)}}'
    >>> latex_of("net_{h1}")
    '\\mathrm{net}_{h1}'
    """
    above, below = pieces_of(markup)
    if below:
        return rf"\frac{{{_math(above)}}}{{{_math(below)}}}"
    return _math(markup)


def _math(markup: str) -> str:
    markup = re.sub(_LAYER, r"^{(\1)\2}", markup)
    hung = re.sub(_BEFORE, r"\1{}_{", markup)
    upright = re.sub(_WORD, lambda match: rf"\mathrm{{{match[0]}}}", hung).replace("} ", r"}\ ")
    return "".join(COMMANDS.get(letter, letter) for letter in upright).replace(" }", "}").strip()


def typewriter(text: str) -> str:
    r"""A piece of a program in LaTeX's mathematics.

    >>> typewriter("dC_dw2")
    '\\mathtt{dC\\_dw2}'
    """
    written = {"\\": r"\backslash{}", "~": r"\sim{}", "^": r"\hat{}", " ": r"\ ", "−": "-"}
    safe = "".join(
        written.get(letter) or (rf"\{letter}" if re.match(_MATH_UNSAFE, letter) else letter)
        for letter in text
    )
    return rf"\mathtt{{{''.join(COMMANDS.get(letter, letter) for letter in safe)}}}"


def digits_level(text: str) -> str:
    """The text with raised and lowered digits on the line, where one types them."""
    return text.translate(_BACK)
