"""The words of a search and of what is searched: alike whatever the accents, hyphens and spelling they came in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

STOP_WORDS = frozenset(
    """
    a am an and are as at be been by can did do does for from had has have having he her herself him himself his i if im
    in into is it its ive me my myself of on oneself or our patient patients pt s she some that the their them
    themselves they this to very was we were what when which who with you your
    """.split()  # noqa: SIM905 - a list of them would be as many lines
)
"""Words that a search may have and a thing may lack. What denies, such as *not* and *without*, is none of them."""

_SPELLINGS = (
    (re.compile("ae$"), "a"),  # vertebrae, vertebra
    (re.compile("ae|oe"), "e"),  # anaesthesia, oedema
    (re.compile("(?<=..)our"), "or"),  # tumour
    (re.compile("is(?=e$|ed$|es$|ing$|ation)"), "iz"),  # immunised
    (re.compile("(?<=al)ys(?=e$|ed$|es$|ing$)"), "yz"),  # paralysed
    (re.compile("(?<=...)oses$"), "osis"),  # stenoses
    (re.compile("^handed$"), "handoff"),  # to whom a case is handed says nothing of hands
    (re.compile("stases$"), "stasis"),  # metastases
    (re.compile("disk"), "disc"),
)
"""How one word is written in several ways; both sides are written in the one way, so what becomes of other words is
of no account."""


def spoken(text: str) -> list[str]:
    """The words of a text, in one spelling.

    Args:
        text: Any text.

    Returns:
        Its words in their order, in small letters, without accents.

    >>> spoken("Lasègue's sign; can't feel X-ray tumours")
    ['lasegue', 'sign', 'cannot', 'feel', 'x', 'ray', 'tumors']
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = plain.replace("hand-off", "handoff")
    plain = plain.replace("can't", "cannot").replace("can not ", "cannot ").replace("n't", " not")
    return [_one_spelling(word) for word in re.findall(r"[^\W_]+", plain.replace("'s", "").replace("'", ""))]


def _one_spelling(word: str) -> str:
    for pattern, written in _SPELLINGS:
        word = pattern.sub(written, word)
    return word


def content_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words that count, each once.

    Args:
        words: Words in one spelling.

    Returns:
        All but the stop words; all, where there is nothing else.

    >>> content_words(["numbness", "of", "the", "saddle"]), content_words(["to", "be"])
    (('numbness', 'saddle'), ('to', 'be'))
    """
    every = tuple(dict.fromkeys(words))
    return tuple(word for word in every if word not in STOP_WORDS) or every


def joined_pairs(words: Iterable[str]) -> list[str]:
    """Neighbouring words written as one.

    Args:
        words: Words in their order.

    Returns:
        Each two of them in one.

    >>> joined_pairs(["thoracic", "x", "ray"])
    ['thoracicx', 'xray']
    """
    return [first + second for first, second in pairwise(words)]
