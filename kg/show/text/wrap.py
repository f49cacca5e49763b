"""Wraps text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap

WIDTH = 80


def wrapped(words: str, indent: int = 0, hang: int | None = None, *, break_long_words: bool = False) -> str:
    """Fill lines of at most 80 columns.

    Args:
        words: The text.
        indent: Columns before the first line.
        hang: Columns before the other lines; by default as many as before the first.
        break_long_words: Whether a word that is longer than a line, such as an IRI, is broken.

    >>> wrapped("one two", 2)
    '  one two'
    """
    return textwrap.fill(
        words,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hang is None else hang),
        break_long_words=break_long_words,
        break_on_hyphens=False,
    )
