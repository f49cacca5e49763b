"""How a long piece of work says how far it is: it tells whoever asked for it, in a few words, and knows no terminal."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]
"""A function that is told what is done now, in a few words."""


def silent(step: str) -> None:
    """Tell nobody.

    >>> silent("examples: 1 of 317")
    """
