"""Documents as one page of a browser: nothing is loaded, steps are gone through with a key.

Words that come from files are escaped, and the page says that it runs this script and no other.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path

from chainstep.core.formats.document import (
    Block,
    Document,
    Look,
    Sentence,
    StepOf,
    Title,
)
from chainstep.core.formats.html_blocks import element, escape
from chainstep.core.formats.network_drawing import network_svg, parts_of
from chainstep.core.program import Program
from chainstep.core.quantities import InputError

_MOST = 6_000_000  # characters of a page, which a phone still opens at once


def write_document(document: Document, look: Look) -> Iterator[str]:
    """A whole page.

    Raises: InputError where there is more than one page should hold.
    """
    blocks = iter(document.blocks)
    head, steps, rest = _parted(blocks, stepped=document.stepped is not None)
    opened = [_top(document.title), "<body>", *_header(head, look)]
    pieces = chain(opened, _main(document, steps, rest, look), ["</body></html>\n"])
    yield from _bounded(pieces)


def write_step(step: StepOf, look: Look) -> str:
    """One step as an element of another page."""
    return _step(step, look)


def _bounded(pieces: Iterator[str]) -> list[str]:
    """All pieces, as a page is written whole or not at all."""
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > _MOST:
            raise InputError(
                f"this is too long for one page of {_MOST // 1_000_000} MB: show fewer iterations "
                "(--show 1-3), or fewer steps (--layer 1, --phase backward, --quantity delta2)"
            )
        kept.append(f"{piece}\n")
    return kept


def _parted(
    blocks: Iterator[Block], *, stepped: bool
) -> tuple[list[Block], Iterator[Block], list[Block]]:
    """The head of the page; what follows, as it comes; what comes before the first step there."""
    head: list[Block] = []
    for block in blocks:
        if isinstance(block, StepOf) or not (stepped or isinstance(block, Title)):
            return head, chain([block], blocks), []
        head.append(block)
    titles: list[Block] = [block for block in head if isinstance(block, Title)]
    return titles, iter(()), [block for block in head if not isinstance(block, Title)]


# ── the parts of the page ─────────────────────────────────────────────────────────────────


def _top(title: str) -> str:
    style, script = _file("page.css"), _file("page.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src 'unsafe-inline'; script-src '{_hash(script)}'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="chainstep"><title>{escape(title)}</title>\n'
        f"<style>{style}</style></head>"
    )


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def _header(head: list[Block], look: Look) -> Iterator[str]:
    kept = [block for block in head if isinstance(block, (Title, Sentence))]
    story = [block for block in kept if isinstance(block, Sentence) and block.kind == "story"]
    yield '<a class="skip" href="#content">to the content</a><header>'
    yield from (element(block, look) for block in kept if block not in story)
    if story:
        told = "".join(element(block, look) for block in story)
        yield f"<details><summary>The story</summary>{told}</details>"
    yield "</header>"


def _main(
    document: Document, steps: Iterator[Block], rest: list[Block], look: Look
) -> Iterator[str]:
    yield '<main id="content" tabindex="-1">'
    count, last = 0, list(rest)
    for block in steps:
        if not isinstance(block, StepOf):
            last.append(block)
            continue
        if not count and document.stepped is not None:
            yield _figure(document.stepped)
        if last:
            yield from (element(each, look) for each in last)
            last = []
        count += 1
        yield _step(block, look)
    if document.stepped is None:
        yield from (element(block, look) for block in last)
        yield "</main>"
        return
    yield "</main>"
    yield _controls(count)
    yield f"<footer>{''.join(element(block, look) for block in last)}</footer>"
    yield f"<script>{_file('page.js')}</script>"


def _figure(program: Program) -> str:
    drawing = network_svg(program)
    if not drawing:
        return ""
    caption = "filled: what this step computes; coloured: what it is made of"
    return (
        f'<figure class="drawing-of-network">{drawing}<figcaption>{caption}</figcaption></figure>'
    )


def _controls(count: int) -> str:
    """Buttons and a slider; what they lead to is said aloud by a screen reader."""
    return (
        '<nav class="controls" aria-label="Steps">'
        '<button type="button" id="back" class="back">← Back</button>'
        f'<input id="slider" type="range" min="1" max="{count}" value="1" aria-label="Step">'
        '<button type="button" id="next" class="next">Next →</button>'
        '<p id="where" class="where" role="status" aria-live="polite"></p></nav>'
    )


def _step(step: StepOf, look: Look) -> str:
    number, quantity = step.step.number, step.step.quantity.name
    name = f"step-{step.iteration}-{number}"
    place = f"iteration {step.iteration} · {step.step.phase} · layer {step.step.layer}"
    if not step.step.layer:
        place = f"iteration {step.iteration} · {step.step.phase}"
    page = f" {escape(step.name)}" if step.name else ""
    shape = f'<span class="shape">{escape(step.shapes)}</span>' if step.shapes else ""
    head = (
        f'<h2 id="{name}-head"><span>{number}{page} <code>{escape(quantity)}</code></span>'
        f"<small>{escape(place)}</small>{shape}</h2>"
    )
    inside = "".join(element(block, look) for block in step.blocks)
    data = {
        "phase": step.step.phase,
        "moment": f"{step.iteration}:{number}",
        "where": f"Step {number}: {quantity} · {place}",
        "parts": " ".join(parts_of(step.step)),
    }
    facts = " ".join(f'data-{key}="{escape(value)}"' for key, value in data.items())
    return (
        f'<section class="step {step.step.phase}" id="{name}" aria-labelledby="{name}-head" '
        f"{facts}>{head}{inside}</section>"
    )
