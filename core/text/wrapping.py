"""Sentences as lines of a width, with no name or command broken at its hyphens."""

import textwrap


def wrap(
    text: str, width: int, *, initial_indent: str = "", subsequent_indent: str = ""
) -> list[str]:
    """Breaks a text at its blanks.

    >>> wrap("run chainstep why same-weights", 28)
    ['run chainstep why', 'same-weights']
    """
    whole = initial_indent + text
    if text and len(whole) <= width and text.isprintable() and text == text.strip():
        return [whole]
    return textwrap.wrap(
        text,
        width,
        initial_indent=initial_indent,
        subsequent_indent=subsequent_indent,
        break_on_hyphens=False,
    )
