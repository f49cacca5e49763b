"""Lays out a first screen: labelled blocks, of which the less important give way, above a foot."""

from __future__ import annotations

from collections.abc import Iterable

from kg.errors import printable
from kg.show.text.screen import Block, fitted
from kg.show.text.wrap import wrapped

LINES = 25
"""So many lines fit below a prompt on a terminal of 80 by 24 without anybody scrolling far."""

_COLUMN = 9
"""What a short label takes, with the space behind it."""


def page(blocks: Iterable[Block], *foot: str) -> str:
    """A first screen.

    Args:
        blocks: What is said, in its order; see ``fitted`` for what gives way.
        foot: What stands below in any case, a paragraph each.
    """
    below = ["", *map(wrapped, foot)]
    shown = fitted((block for block in blocks if block.items), height, LINES - lines("\n".join(below)))
    return printable("\n".join([*map(written, shown), *below]))


def fits(blocks: Iterable[Block], *foot: str) -> bool:
    """Whether blocks fit above a foot as they are."""
    shown = sum(height(block) for block in blocks if block.items)
    return shown + lines("\n".join(["", *map(wrapped, foot)])) <= LINES


def height(block: Block) -> int:
    """How many lines a block takes."""
    return lines(written(block))


def lines(text: str) -> int:
    """How many lines a text has."""
    return text.count("\n") + 1


def written(block: Block) -> str:
    """A label and its sentences, which begin in the same column."""
    first, *others = block.shown
    head = wrapped(f"{block.label.upper():<{_COLUMN - 2}}  {first}", 0, _COLUMN)
    return "\n".join([head, *(wrapped(line, _COLUMN, _COLUMN) for line in others)])
