"""How the symbols of formulas and drawings read in plain ASCII."""

import re
import unicodedata

_SYMBOLS = {
    **dict.fromkeys("─━╌┄═", "-"),
    **dict.fromkeys("│┃║▏▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╭╮╰╯╔╗╚╝", "+"),
    **dict.fromkeys("█▉▊▋▌▍▎▐▇▆▅▄▃▂▁▓▒░", "#"),
    **dict.fromkeys("−–‐‑", "-"),
    **dict.fromkeys("·⋅•∙", "."),
    **dict.fromkeys("⊙∘", "*"),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("“”„″", '"'),
    **dict.fromkeys("▸▶›", ">"),
    **dict.fromkeys("◂◀‹", "<"),
    **dict.fromkeys("▲↑", "^"),
    **dict.fromkeys("▼↓", "v"),
    "—": "--",
    "…": "...",
    "×": "x",
    "÷": "/",
    "✓": "ok",
    "✗": "no",
    "→": "->",
    "←": "<-",
    "↔": "<->",
    "≈": "~",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "±": "+-",
    "√": "sqrt",
    "∞": "inf",
    "∂": "d",
    "∇": "grad",
    "Σ": "Sum",
    "∑": "Sum",
    "⋮": ":",
    "⇒": "=>",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "Δ": "Delta",
    "ε": "epsilon",
    "η": "eta",
    "θ": "theta",
    "Θ": "Theta",
    "λ": "lambda",
    "μ": "mu",
    "µ": "u",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "phi",
    "ϕ": "phi",
    "ψ": "psi",
    "ω": "omega",
}

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀˡᵏⁿ", "0123456789+-Tlkn", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙ", "0123456789+-ijkn", strict=True))
_RAISED_RUN = re.compile(f"[{''.join(_RAISED)}]+")
_LOWERED_RUN = re.compile(f"[{''.join(_LOWERED)}]+")
_LETTERS = str.maketrans(_SYMBOLS | _RAISED | _LOWERED)
#: The dot of a product of numbers, which in ASCII would read as a decimal point; in a drawing it
#: is none.
_TIMES = re.compile(r"(?<=[^\s─-▟])[·⋅](?=[^\s─-▟])|(?<=[\d)] )[·⋅](?= [\d(−-])")


def to_ascii(text: str) -> str:
    """The same text with no character but ASCII, for a terminal that knows no other.

    Symbols may become longer, so what stands inside a table is turned before it is laid out;
    turning it once more changes nothing. What has no spelling here becomes a question mark.

    >>> to_ascii("δ³ = ∂ΣC/∂a₁₂ ⊙ σ′(z³) − aᵀ · …")
    "delta^3 = dSumC/da_12 * sigma'(z^3) - a^T . ..."
    >>> to_ascii("1.5·0.3 + 2 · (−0.1)")
    '1.5*0.3 + 2 * (-0.1)'
    """
    if text.isascii():
        return text
    text = _TIMES.sub("*", text)
    text = _RAISED_RUN.sub(r"^\g<0>", text)
    text = _LOWERED_RUN.sub(r"_\g<0>", text)
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    bare = (letter for letter in decomposed if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else "?" for letter in bare)
