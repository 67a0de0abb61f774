"""What records, steppers and chains show of themselves in a notebook: mathematics first.

Notebooks take HTML where there is any, and not all of them run something over it that draws
LaTeX: the HTML holds MathML, which browsers draw themselves, with nothing loaded or run, and
words escaped. Markdown and LaTeX say the same where there is no HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainstep.core.formats import latex_mathematics as latex
from chainstep.core.formats import markdown, plain_text
from chainstep.core.formats.answer_document import passages
from chainstep.core.formats.document import LOOK, Look, StepOf
from chainstep.core.formats.html_blocks import element, escape
from chainstep.core.formats.mathml import mathml
from chainstep.core.formats.run_document import Teller
from chainstep.core.in_notebooks import InNotebooks, Told
from chainstep.core.quantities import Entry
from chainstep.core.records import Record
from chainstep.core.stepper import Stepper
from chainstep.core.text.chain_drawings import chain_legend, chain_lines
from chainstep.core.text.layer_chain import LayerChain, chain_of
from chainstep.core.text.markup import typewriter
from chainstep.core.text.numbers import number_text
from chainstep.core.why.chain import Chain, Factor

#: The look of an output, in the colours that the notebook has; the notebook's own look of tables
#: and of drawings is put aside.
STYLE = """\
.chainstep { overflow-x: auto; line-height: 1.45; }
.chainstep p { margin: .2em 0; max-width: 46em; }
.chainstep .formula { padding: .3em 0; font-size: 1.15em; }
.chainstep .axes, .chainstep .where { opacity: .72; font-size: .9em; }
.chainstep .code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.chainstep tr { background: none !important; }
.chainstep table { border-collapse: separate; border-spacing: 0; border: 0; margin: .2em 0; }
.chainstep caption { text-align: left; white-space: nowrap; padding: 0 0 .15em;
  color: inherit; caption-side: top; }
.chainstep td, .chainstep th { padding: .2em .65em !important; text-align: right !important;
  white-space: nowrap; border: 0; font-variant-numeric: tabular-nums;
  font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .9em; }
.chainstep th { font-weight: 400; opacity: .65; font-size: .8em; }
.chainstep tbody td { background: rgb(128 128 128 / 12%); }
.chainstep .result tbody td { background: rgb(242 120 60 / 20%); font-weight: 600; }
.chainstep .product { display: inline-grid; grid-template: auto auto / auto auto;
  align-items: end; gap: .3em .9em; }
.chainstep .above { grid-area: 1 / 2; } .chainstep .beside { grid-area: 2 / 1; }
.chainstep .corner { grid-area: 2 / 2; }
.chainstep .entrywise { display: flex; flex-wrap: wrap; align-items: center; gap: .2em .9em; }
.chainstep .part { display: flex; align-items: center; gap: .9em; }
.chainstep .sign { font-size: 1.3em; opacity: .7; }
.chainstep pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  line-height: 1.25; white-space: pre; overflow-x: auto; padding: .3em 0; }
.chainstep mtable.aligned mtd { text-align: left; padding: .25em .15em; }
.chainstep mtable.aligned mtd:first-child { text-align: right; }
"""


def _output(*elements: str) -> str:
    """Elements as one output."""
    return f'<div class="chainstep"><style>{STYLE}</style>{"".join(elements)}</div>'


def _paragraph(text: str) -> str:
    return f'<p class="where">{escape(text)}</p>'


# ── a record ──────────────────────────────────────────────────────────────────────────────


def _step(record: Record, look: Look) -> StepOf:
    return Teller(look.notation).step(record)


def _where(record: Record, look: Look) -> str:
    name = look.notation.beside(record.definition.quantity, record.program)
    return f"iteration {record.iteration}, step {record.step}, {record.phase}: {name}"


def _record_elements(record: Record, look: Look) -> list[str]:
    step = _step(record, look)
    shapes = f"  {step.shapes}" if step.shapes else ""
    head = _paragraph(f"{_where(record, look)}{shapes}")
    return [head, *(element(block, look) for block in step.blocks)]


def record_text(record: Record, look: Look = LOOK) -> str:
    """A record as a replay prints it."""
    return plain_text.write_step(_step(record, look), look)


def record_html(record: Record, look: Look = LOOK) -> str:
    """A record: where it stands, its formula, its operands and numbers, what there is to see."""
    return _output(*_record_elements(record, look))


def record_latex(record: Record, look: Look = LOOK) -> str:
    """A record as displayed mathematics: its formula, and its numbers below."""
    return f"$\\displaystyle {latex.step_mathematics(_step(record, look), look)}$"


def record_markdown(record: Record, look: Look = LOOK) -> str:
    """A record in Markdown, its mathematics between ``$$``."""
    head = markdown.escaped(_where(record, look))
    return f"{head}\n\n{markdown.write_step(_step(record, look), look)}"


# ── a chain ───────────────────────────────────────────────────────────────────────────────


def _layer_chain_elements(chain: LayerChain) -> list[str]:
    drawing = escape("\n".join(chain_lines(chain)))
    legend = _paragraph("; ".join(chain_legend(chain)))
    return [_formula(chain.latex), f"<pre>{drawing}</pre>", legend]


def _formula(mathematics: str) -> str:
    return f'<div class="formula">{mathml(mathematics, block=True)}</div>'


def layer_chain_text(chain: LayerChain) -> str:
    """The chain of a layer as it is drawn on the screen."""
    return "\n".join([*chain_lines(chain), *chain_legend(chain)])


def layer_chain_html(chain: LayerChain) -> str:
    """The chain of a layer: as mathematics, and as it is drawn on the screen."""
    return _output(*_layer_chain_elements(chain))


def layer_chain_latex(chain: LayerChain) -> str:
    """The chain of a layer as displayed mathematics."""
    return f"$\\displaystyle {chain.latex}$"


def layer_chain_markdown(chain: LayerChain) -> str:
    """The chain of a layer as mathematics, and its drawing as fenced text."""
    drawing = markdown.fenced([*chain_lines(chain), *chain_legend(chain)])
    return f"{markdown.displayed(chain.latex)}{drawing}"


def entry_chain_text(chain: Chain) -> str:
    """The chain of one number: its factors by name, the numbers put in, what they come to."""
    terms = [
        [
            str(Entry(f.quantity, f.position)) if f.quantity else number_text(f.value)
            for f in term.factors
        ]
        for term in chain.terms
    ]
    numbers = [[number_text(factor.value) for factor in term.factors] for term in chain.terms]
    lines = [" + ".join(" · ".join(term) for term in each) for each in (terms, numbers) if each]
    return "\n".join(f"{chain.entry} = {line}" for line in [*lines, number_text(chain.value)])


def entry_chain_html(chain: Chain) -> str:
    """The chain of one number: its factors by name, the numbers put in, what they come to."""
    return _output(_formula(_entry_chain(chain)))


def entry_chain_latex(chain: Chain) -> str:
    """The chain of one number as displayed mathematics."""
    return f"$\\displaystyle {_entry_chain(chain)}$"


def entry_chain_markdown(chain: Chain) -> str:
    """The chain of one number in Markdown."""
    return markdown.displayed(_entry_chain(chain))


def _entry_chain(chain: Chain) -> str:
    name, value = typewriter(str(chain.entry)), latex.number(number_text(chain.value))
    if not chain.terms:
        return f"{name} = {value}"
    symbols = _sum([[_factor_name(each) for each in term.factors] for term in chain.terms])
    numbers = _sum(
        [
            [_bracketed(latex.number(number_text(each.value))) for each in term.factors]
            for term in chain.terms
        ]
    )
    rows = [f"{name} &= {symbols}", f"&= {numbers}"]
    if numbers != value:
        rows.append(f"&= {value}")
    joined = r" \\ ".join(rows)
    return rf"\begin{{aligned}} {joined} \end{{aligned}}"


def _sum(terms: Sequence[Sequence[str]]) -> str:
    """Products with a plus between them, each on a line of its own."""
    return r" \\ &\quad + ".join(r" \cdot ".join(factors) for factors in terms)


def _factor_name(factor: Factor) -> str:
    if factor.quantity:
        return typewriter(str(Entry(factor.quantity, factor.position)))
    return _bracketed(latex.number(number_text(factor.value)))


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)" if text.startswith("-") else text


# ── a stepper ─────────────────────────────────────────────────────────────────────────────


def _moment(stepper: Stepper) -> str:
    done = stepper.updates_done
    return f"moment {stepper.moment}, {done} update{'' if done == 1 else 's'} done"


def _next(stepper: Stepper) -> str:
    first = stepper.program.steps[0].quantity.name
    return f"{_moment(stepper)}: step() computes {first}"


def stepper_text(stepper: Stepper, look: Look = LOOK) -> str:
    """A stepper: its moment, and what was computed last."""
    record = stepper.record
    if record is None:
        return _next(stepper)
    return f"{_moment(stepper)}\n\n{record_text(record, look)}"


def stepper_html(stepper: Stepper, look: Look = LOOK) -> str:
    """A stepper: its moment, the chain of the layer in work, and what was computed last."""
    record = stepper.record
    if record is None:
        return _output(_paragraph(_next(stepper)))
    drawn = []
    if record.phase == "backward" and record.program.depth:
        chain = chain_of(record.program, record.definition, look.notation)
        drawn = [] if chain is None else _layer_chain_elements(chain)[1:]
    return _output(_paragraph(_moment(stepper)), *drawn, *_record_elements(record, look))


def stepper_latex(stepper: Stepper, look: Look = LOOK) -> str:
    """What a stepper computed last, as displayed mathematics; its moment where that is nothing."""
    record = stepper.record
    if record is None:
        return rf"$\text{{moment {stepper.moment}}}$"
    return record_latex(record, look)


def stepper_markdown(stepper: Stepper, look: Look = LOOK) -> str:
    """What a stepper computed last, in Markdown."""
    record = stepper.record
    if record is None:
        return markdown.escaped(_next(stepper))
    return f"{markdown.escaped(_moment(stepper))}\n\n{record_markdown(record, look)}"


# ── an answer ─────────────────────────────────────────────────────────────────────────────


def told_html(answer: Told) -> str:
    """An answer that is told in lines: its sentences, and what is drawn as it is drawn.

    The chains of numbers in it stand first, as mathematics.
    """
    chains = [_formula(_entry_chain(chain)) for chain in getattr(answer, "chains", ())]
    blocks = passages(str(answer).rstrip().split("\n"))
    return _output(*chains, *(element(block, LOOK) for block in blocks))


# ── what a notebook asks for ──────────────────────────────────────────────────────────────


def output(shown: InNotebooks, language: str) -> str:
    """What an object shows of itself, in ``text``, ``html``, ``latex`` or ``markdown``."""
    for kind, ways in _OUTPUTS.items():
        if isinstance(shown, kind):
            return ways[language](shown)
    raise TypeError(f"nothing shows a {type(shown).__name__}")


_OUTPUTS: dict[type, dict[str, Callable[[Any], str]]] = {
    Record: {
        "text": record_text,
        "html": record_html,
        "latex": record_latex,
        "markdown": record_markdown,
    },
    Stepper: {
        "text": stepper_text,
        "html": stepper_html,
        "latex": stepper_latex,
        "markdown": stepper_markdown,
    },
    LayerChain: {
        "text": layer_chain_text,
        "html": layer_chain_html,
        "latex": layer_chain_latex,
        "markdown": layer_chain_markdown,
    },
    Chain: {
        "text": entry_chain_text,
        "html": entry_chain_html,
        "latex": entry_chain_latex,
        "markdown": entry_chain_markdown,
    },
}
