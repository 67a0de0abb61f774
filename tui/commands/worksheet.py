"""chainstep worksheet: a sheet to practise on by hand, and its key."""

from __future__ import annotations

import argparse

from chainstep.core.formats.document import Look
from chainstep.core.formats.registry import FORMATS, PEOPLE
from chainstep.core.quantities import InputError
from chainstep.core.text.notations import notation
from chainstep.core.text.numbers import Digits
from chainstep.tui.answers import add_output, deliver, look_ahead, width_of_output
from chainstep.tui.options import add_overrides, add_scenario, count, load_from

_EPILOG = """\
examples:
  chainstep worksheet two-neurons
  chainstep worksheet two-neurons --seed 3 --format latex --output sheet.tex
  chainstep worksheet two-neurons --seed 3 --key

A sheet has short numbers of its own, drawn so that the mistakes of the catalogue give other
answers, by more than rounding does; its key says what each wrong answer tells."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    add_scenario(parser)
    group = parser.add_argument_group("which sheet")
    group.add_argument(
        "--seed", type=count(0), default=1, metavar="N", help="the number of the sheet (1)"
    )
    group.add_argument("--key", action="store_true", help="its key: the answers, right and wrong")
    look = parser.add_argument_group("how it looks and where it goes")
    add_output(look, PEOPLE)
    look.add_argument(
        "--digits", type=count(2), default=4, metavar="D", help="how many digits are asked for (4)"
    )
    look.add_argument("--notation", metavar="N", help="another notation's names")
    add_overrides(parser, but=("mistake", "seed"))


def run(options: argparse.Namespace) -> int:
    from chainstep.core.check.telling_numbers import practice
    from chainstep.core.formats.worksheet import refuse_large, worksheet

    look_ahead(options)
    if options.digits > 9:
        raise InputError(f"--digits {options.digits}: nobody writes more than 9 digits by hand")
    seed, options.seed = options.seed, None  # of the sheet, not of the scenario's weights
    scenario = load_from(options)
    look = Look(
        notation(options.notation or scenario.notation),
        Digits(options.digits),
        width_of_output(options.output),
    )
    refuse_large(scenario.program)  # before numbers are looked for
    drawn = practice(scenario.setup, seed, options.digits)
    document = worksheet(drawn, f"{scenario.name}: sheet {seed}", look, key=options.key)
    deliver(options, FORMATS[options.format].write_document(document, look))
    return 0
