"""The page about the format of scenarios, held against the table that checks them."""

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.updates import UPDATES
from chainstep.scenarios.format_page import page
from chainstep.scenarios.scenario_keys import FIELDS


def test_every_key_has_a_heading_and_the_needed_ones_a_star() -> None:
    headings = [line[3:] for line in page().splitlines() if line.startswith("## ")]
    assert headings == [f"{field.key}{' ★' if field.required else ''}" for field in FIELDS]


def test_every_word_that_may_be_written_stands_on_the_page() -> None:
    text = page()
    for word in (*ACTIVATIONS, *LOSSES, *UPDATES):
        assert f"`{word}`" in text
