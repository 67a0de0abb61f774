"""chainstep replay: the steps of a run as text or data, with nobody at the keys."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator

from chainstep.core.quantities import InputError
from chainstep.core.records import Record
from chainstep.core.roles import PHASES
from chainstep.core.stepper import Stepper
from chainstep.core.text.notation import Notation, notation
from chainstep.core.text.typed import Names, computed
from chainstep.scenarios import Scenario
from chainstep.tui.options import (
    add_output,
    add_overrides,
    add_scenario,
    count,
    deliver,
    load_from,
    refuse_existing,
    width_of_output,
)
from chainstep.tui.progress import run_watched
from chainstep.tui.replay import Look, head, step_lines, summary

_EPILOG = """\
examples:
  chainstep replay same-weights
  chainstep replay same-weights --iterations 1000 --quantity a3
  chainstep replay two-layer-network --iterations 1000 --show all --format jsonl"""


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
    add_output(look, _Formats())
    look.add_argument(
        "--table", default="boxed", choices=("boxed", "open", "list"), help="products (boxed)"
    )
    look.add_argument(
        "--digits",
        type=_digits,
        default=7,
        metavar="D",
        help="at most D decimals and D significant digits (7)",
    )
    look.add_argument(
        "--notation", metavar="N", help="another notation's names beside the engine's"
    )
    look.add_argument("--json", action="store_true", help="the same as --format jsonl")
    add_overrides(parser)


class _Formats:
    """The words for formats; those of files are read only when one is asked for."""

    def __iter__(self) -> Iterator[str]:
        from chainstep.core.formats.registry import FORMATS

        return iter(("text", *FORMATS))

    def __contains__(self, word: object) -> bool:
        return word in tuple(self)


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


def _digits(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 17:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of digits from 1 to 17")


def run(options: argparse.Namespace) -> int:
    if options.output:
        refuse_existing(options.output, overwrite=options.force)
    _notation(options)
    scenario = load_from(options)
    stepper = Stepper(scenario)
    first, last = _shown(options)
    names = Names(stepper.program, notation(options.notation or scenario.notation))
    wanted = _selection(options, names)
    run_watched(stepper, first - 1)
    kind = "jsonl" if options.json else options.format
    if kind == "text":
        answer: Iterable[str] = _text(options, scenario, stepper, (first, last), wanted)
        _deliver(options, (f"{line}\n" for line in answer))
        return 0
    from chainstep.core.formats import registry as exports  # what prints text does without

    about = exports.header(scenario.name, stepper, scenario.title)
    records = (record for record in _records(stepper, first, last) if wanted(record))
    look = exports.Look(_notation(options), options.digits)
    content = exports.FORMATS[kind].write(about, records, look)
    if isinstance(content, bytes):
        deliver(options, content)
    else:
        _deliver(options, content)
    return 0


def _notation(options: argparse.Namespace) -> Notation:
    """The notation that was asked for; the engine's own names unless one was.

    Raises: InputError where there is none such, with the nearest.
    """
    return notation(options.notation)


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


def _selection(options: argparse.Namespace, names: Names) -> Callable[[Record], bool]:
    """Whether a record was asked for.

    Raises: InputError where something was asked for that this network has not.
    """
    for phase in options.phase:
        if phase not in PHASES:
            raise InputError(f"no phase is called {phase!r}: {', '.join(PHASES)}")
    depth = len(names.program.setup.layers)
    for layer in options.layer:
        if not 1 <= layer <= depth:
            raise InputError(f"no layer {layer}: this network has layers 1 to {depth}")
    quantities = {computed(text, names) for text in options.quantity}

    def wanted(record: Record) -> bool:
        return (
            (not options.phase or record.phase in options.phase)
            and (not options.layer or record.layer in options.layer)
            and (not quantities or record.quantity in quantities)
        )

    return wanted


def _records(stepper: Stepper, first: int, last: int) -> Iterator[Record]:
    return stepper.walk(last - first + 1)


def _text(
    options: argparse.Namespace,
    scenario: Scenario,
    stepper: Stepper,
    span: tuple[int, int],
    wanted: Callable[[Record], bool],
) -> Iterator[str]:
    first, last = span
    width = None if options.output else width_of_output()
    look = Look(options.table, options.digits, width, _notation(options))
    yield from head(scenario, _first_line(first, last, options.iterations, stepper), width)
    phase = iteration = None
    for record in _records(stepper, first, last):
        if not wanted(record):
            continue
        if record.iteration != iteration and first != last:
            yield f"\nITERATION {record.iteration}"
        if (record.phase, record.iteration) != (phase, iteration):
            yield f"\n{record.phase.upper()}"
        phase, iteration = record.phase, record.iteration
        yield from step_lines(record, look, _said(scenario, record))
    yield ""
    yield from summary(stepper, scenario.name)


def _first_line(first: int, last: int, run_in_all: int, stepper: Stepper) -> str:
    steps = f"{len(stepper.program.steps)} steps"
    if first != last:
        return f"iterations {first} to {last} of the {run_in_all} run, {steps} each"
    done = "update" if first == 2 else "updates"
    line = f"iteration {first} ({first - 1} {done} done), {steps}"
    if run_in_all > 1:
        line += f"; {run_in_all} were run, this is the only one shown (--show all shows them)"
    return line


def _said(scenario: Scenario, record: Record) -> Iterator[str]:
    """What the page says at this step."""
    for note in scenario.notes:
        if (note.iteration, note.quantity) == (record.iteration, record.quantity):
            yield f"The page says: {note.text}"


def _deliver(options: argparse.Namespace, pieces: Iterable[str]) -> None:
    """Text as it comes, or whole where it goes to a file."""
    if options.output:
        deliver(options, "".join(pieces))
    else:
        sys.stdout.writelines(pieces)
