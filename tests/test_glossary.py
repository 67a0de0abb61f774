"""The glossary: every word once, in one short sentence, and nothing explained by an idiom."""

from pathlib import Path

import pytest

from chainstep.core.text.glossary import GLOSSARY, Word, glossary_markdown

PAGE = Path(__file__).parent.parent / "docs" / "glossary.md"


@pytest.mark.parametrize("word", [pytest.param(each, id=each.word) for each in GLOSSARY])
def test_a_word_is_explained_in_one_short_sentence(word: Word) -> None:
    assert 3 <= len(word.meaning.split()) <= 22
    assert ". " not in word.meaning


def test_every_word_stands_once() -> None:
    assert len({each.word for each in GLOSSARY}) == len(GLOSSARY)


def test_the_page_is_the_one_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == glossary_markdown()
