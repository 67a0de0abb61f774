"""chainstep replay: the steps of a run as text or data, with nobody at the keys."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable

from chainstep.core.formats.document import Look
from chainstep.core.formats.registry import FORMATS, Format
from chainstep.core.formats.run_document import LINES, USUAL, About, Said, run_document, state_of
from chainstep.core.program import Program, Step
from chainstep.core.quantities import InputError, nearest
from chainstep.core.roles import PHASES
from chainstep.core.stepper import Stepper
from chainstep.core.text.commands import Commands
from chainstep.core.text.notations import laid_out, notation
from chainstep.scenarios import Scenario
from chainstep.tui.answers import add_output, deliver, look_ahead, width_of_output
from chainstep.tui.options import (
    add_overrides,
    add_scenario,
    count,
    load_or_run,
    overrides_of,
)
from chainstep.tui.progress import run_watched, walk_watched

_EPILOG = """\
examples:
  chainstep replay same-weights
  chainstep replay same-weights --iterations 1000 --quantity a3
  chainstep replay two-layer-network --iterations 1000 --show all --format jsonl"""


_ALL_LINES = ", ".join(LINES)
#: Numbers of one matrix as text for programs, and of a whole archive.
_MOST_IN_TEXT = 2_000_000
_MOST_IN_ARCHIVE = 2**25


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    add_scenario(parser)
    run_group = parser.add_argument_group("what is run and shown")
    run_group.add_argument(
        "--iterations", type=count(1), default=1, metavar="N", help="how many to run (1)"
    )
    run_group.add_argument(
        "--show",
        type=_span,
        default="last",
        metavar="all|last|A-B",
        help="which iterations to print (last)",
    )
    for name, kind, text in (
        ("phase", str, "only this phase: forward, backward, update"),
        ("layer", count(0), "only this layer"),
        ("quantity", str, "only this quantity: delta3"),
    ):
        run_group.add_argument(
            f"--{name}",
            type=kind,
            action="append",
            default=[],
            metavar=name[0].upper(),
            help=f"{text}; may be given again",
        )
    look = parser.add_argument_group("how it looks and where it goes")
    add_output(look, FORMATS)
    look.add_argument(
        "--table", default="boxed", choices=("boxed", "open", "list"), help="products (boxed)"
    )
    look.add_argument(
        "--digits",
        type=_digits,
        default=7,
        metavar="D",
        help="at most D decimals and D significant digits (7); 8,7: 8 in the factor above a "
        "product, 7 elsewhere",
    )
    look.add_argument(
        "--lines",
        metavar="L,L…",
        help=f"what to tell of a step, of {_ALL_LINES}",
    )
    look.add_argument(
        "--notation", metavar="N", help="another notation's names beside the engine's"
    )
    look.add_argument("--json", action="store_true", help="the same as --format jsonl")
    add_overrides(parser)


def _span(text: str) -> str | tuple[int, int]:
    """Reads ``all``, ``last``, ``7`` or ``3-9``."""
    if text in {"all", "last"}:
        return text
    match = re.fullmatch(r"(\d{1,18})(?:-(\d{1,18}))?", text)
    if match:
        first, last = int(match[1]), int(match[2] or match[1])
        if 1 <= first <= last:
            return first, last
    raise argparse.ArgumentTypeError(f"{text!r} is none of all, last, 7, 3-9")


def _digits(text: str) -> int | tuple[int, int]:
    found = [
        int(part) if part.isascii() and part.isdigit() and len(part) < 3 else 0
        for part in text.split(",")
    ]
    if len(found) < 3 and all(1 <= number <= 17 for number in found):
        return found[0] if len(found) == 1 else (found[0], found[1])
    raise argparse.ArgumentTypeError(f"{text!r} is no number of digits from 1 to 17")


def run(options: argparse.Namespace) -> int:
    look_ahead(options)
    kind = FORMATS["jsonl" if options.json else options.format]
    above, digits = options.digits if isinstance(options.digits, tuple) else (None, options.digits)
    width = width_of_output(options.output)
    lines = _lines(options, kind)
    written = notation(options.notation)
    scenario = load_or_run(options)
    if options.notation is None:  # as the scenario's file has them
        columns, turned = scenario.data_turned, scenario.weights_turned
        written = laid_out(written, columns=columns, weights_turned=turned)
    look = Look(written, digits, width, options.table, above=above)
    stepper = Stepper(scenario)
    if kind.kind == "code":
        about = _about(options, scenario, stepper, (1, options.iterations))
        deliver(options, kind.write_program(about))
        return 0
    first, last = _shown(options)
    wanted = _selection(options, stepper.program, options.notation or scenario.notation)
    _refuse_endless(
        kind, [step for step in stepper.program.steps if wanted(step)], last - first + 1
    )
    run_watched(stepper, first - 1)
    about = _about(options, scenario, stepper, (first, last))
    walked = walk_watched(stepper, last - first + 1)
    records = (record for record in walked if wanted(record.definition))
    if kind.kind == "data":
        deliver(options, kind.write_records(about, records))
    else:
        document = run_document(about, stepper, records, look, lines)
        deliver(options, kind.write_document(document, look))
    return 0


def _about(
    options: argparse.Namespace, scenario: Scenario, stepper: Stepper, shown: tuple[int, int]
) -> About:
    source = scenario.source
    return About(
        scenario.name,
        stepper.program,
        state_of(stepper),
        scenario.title,
        f"{source.site} {source.post or ''}".strip() if source else "",
        scenario.story,
        Commands(options.scenario, overrides_of(options)),
        scenario.overridden,
        tuple(Said(note.iteration, note.quantity, note.sentence) for note in scenario.notes),
        shown,
        options.iterations,
    )


def _lines(options: argparse.Namespace, kind: Format) -> tuple[str, ...]:
    """What is told of a step.

    Raises: InputError where a word stands for nothing that may be told.
    """
    if options.lines is None:
        return tuple(name for name in USUAL if name not in kind.but)
    asked = tuple(word.strip() for word in options.lines.split(","))
    for word in asked:
        if word not in LINES:
            raise InputError(f"--lines: there is no {word!r}{nearest(word, LINES)} ({_ALL_LINES})")
    return asked


def _shown(options: argparse.Namespace) -> tuple[int, int]:
    """The first and the last iteration to print."""
    if options.show == "all":
        return 1, options.iterations
    if options.show == "last":
        return options.iterations, options.iterations
    first, last = options.show
    if last > options.iterations:
        raise InputError(
            f"--show {first}-{last}: only {options.iterations} "
            f"iteration{'s are' if options.iterations > 1 else ' is'} run; add --iterations {last}"
        )
    return first, last


def _selection(
    options: argparse.Namespace, program: Program, named: str | None
) -> Callable[[Step], bool]:
    """Whether a step was asked for.

    Raises: InputError where something was asked for that this network has not.
    """
    for phase in options.phase:
        if phase not in PHASES:
            raise InputError(f"no phase is called {phase!r}: {', '.join(PHASES)}")
    for layer in options.layer:
        if not 1 <= layer <= program.depth:
            raise InputError(f"no layer {layer}: this network has layers 1 to {program.depth}")
    quantities = _quantities(options.quantity, program, named) if options.quantity else ()

    def wanted(step: Step) -> bool:
        return (
            (not options.phase or step.phase in options.phase)
            and (not options.layer or step.layer in options.layer)
            and (not quantities or step.quantity.name in quantities)
        )

    return wanted


def _refuse_endless(kind: Format, steps: list[Step], iterations: int) -> None:
    """Raises InputError where a matrix is too large for text, or all of them for an archive."""
    if kind.name == "npz":
        count = sum(step.quantity.size for step in steps) * iterations
        if count > _MOST_IN_ARCHIVE:
            raise InputError(
                f"these are {count} numbers, and an archive holds {_MOST_IN_ARCHIVE}: show fewer "
                "iterations, or choose quantities with --quantity"
            )
    elif kind.kind == "data":
        for step in steps:
            if step.quantity.size > _MOST_IN_TEXT:
                raise InputError(
                    f"{step.quantity.name} has {step.quantity.size} numbers, too many for "
                    f"{kind.name}: take --format npz, or choose others with --quantity"
                )


def _quantities(typed: list[str], program: Program, named: str | None) -> set[str]:
    """The quantities that were named."""
    from chainstep.core.text.typed import Names, computed, notes_on  # most name none

    names = Names(program, notation(named))
    for note in notes_on(typed, names):
        print(f"chainstep: {note}", file=sys.stderr)
    return {computed(text, names) for text in typed}
