"""The errors that a user can fix: each is one sentence with the place and the cure, and has a stable ``code``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


class KgError(ValueError):
    """Base of all errors that a user can fix.

    Attributes:
        code: A stable name for programs, such as ``"unknown-term"``.
    """

    code = "error"


class ContentError(KgError):
    """A content folder cannot be used as it is."""

    code = "invalid-content"


class CaseError(KgError):
    """A case does not follow the case format."""

    code = "invalid-case"


class ContradictoryCaseError(KgError):
    """A case says that something is both present and absent."""

    code = "contradictory-case"


class UnknownTermError(KgError):
    """A word of a case or a question is not in the vocabulary."""

    code = "unknown-term"


class UnknownQueryError(KgError):
    """There is no query with that name."""

    code = "unknown-query"


class OutputError(KgError):
    """A file cannot be written as asked."""

    code = "unusable-output"


class AuthoringError(KgError):
    """A table or other input from an author cannot become content."""

    code = "invalid-authoring"


class MissingPackageError(KgError):
    """Something needs a package that is not installed."""

    code = "missing-package"


class QueryError(KgError):
    """A query that a person wrote is not a SELECT query, or cannot be answered."""

    code = "invalid-query"


class ParameterError(KgError):
    """A parameter is missing or unknown, or its value is not allowed."""

    code = "invalid-parameter"


class EndpointError(KgError):
    """A SPARQL endpoint gave no usable answer."""

    code = "endpoint-failure"


class AuditError(KgError):
    """A table of cases cannot be read, or its result cannot be written."""

    code = "invalid-table"


_LONGEST = 60
_LONGEST_LISTED = 200
"""Room for the longest IRI."""


def quoted(word: object, longest: int = _LONGEST) -> str:
    r"""Quote user input for a message: the first ``longest`` characters, with unprintable ones escaped.

    >>> print(quoted("fever\r"), quoted("f" * 100, 5))
    'fever\r' 'fffff...'
    """
    text = str(word)
    cut = text if len(text) <= longest else f"{text[:longest]}..."
    return f"'{''.join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in cut)}'"


_ALLOWED = "\t\n\r\u200c\u200d"
"""Signs without a shape that text may have: line breaks, and the two joiners that some scripts cannot do without."""

_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Co", "Cs")
"""Unicode categories of signs that a reader does not see; what they do, they do to the text around them."""

_NOT_ASCII_PRINT = re.compile(r"[^\x20-\x7e]")
_LONE_RETURN = re.compile(r"\r(?!\n|\Z)")
"""What overwrites a line on a terminal; a line of CSV ends in CR LF."""


def _is_unseen(sign: str) -> bool:
    # What is not a character is found by its number: Python's categories depend on the edition of Unicode.
    number = ord(sign)
    if number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF:
        return True
    return not sign.isprintable() and sign not in _ALLOWED and unicodedata.category(sign) in _UNSEEN


def unseen(text: str) -> str:
    r"""The first sign of a text that a reader does not see and that changes what he sees.

    Args:
        text: Any text.

    Returns:
        The sign; empty if there is none.

    >>> ascii(unseen("pain\u202e")), unseen("pain, at night")
    ("'\\u202e'", '')
    """
    return next((found[0] for found in _NOT_ASCII_PRINT.finditer(text) if _is_unseen(found[0])), "")


def printable(text: str) -> str:
    r"""Make a text of somebody else's safe for a terminal: no sign in it moves the cursor, hides or turns text around.

    Args:
        text: Any text of one or more lines.

    Returns:
        The text; each control, escape and bidirectional sign as its escape. Line breaks and tabs stay.

    >>> print(printable("fever \x1b[2J \u202e"))
    fever \u001b[2J \u202e
    """
    return _NOT_ASCII_PRINT.sub(_escaped, _LONE_RETURN.sub("\\\\u000d", text))


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    if not _is_unseen(found[0]):
        return found[0]
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def shown(value: object) -> str:
    """Format any value for a message: text in quotes, anything else as Python writes it, cut if it is long.

    >>> shown("sixty"), shown(["sixty"]), shown([10**5000])
    ("'sixty'", "['sixty']", 'list')
    """
    if isinstance(value, str):
        return quoted(value)
    try:
        text = repr(value)
    except ValueError:  # it contains a number with more digits than Python writes
        text = type(value).__name__
    return quoted(text)[1:-1]


def listed(words: Iterable[str]) -> str:
    """Join words for a message: in quotes, separated by commas.

    >>> listed(["fever", "night-pain"])
    "'fever', 'night-pain'"
    """
    return ", ".join(quoted(word, _LONGEST_LISTED) for word in words)


_LONGEST_COMPARED = 100
"""How many characters of a word are compared with others; all of ours are shorter."""


def nearest(word: str, known: Iterable[str], *, most: int = 3, cutoff: float = 0.6) -> list[str]:
    """The known words that are most like another word.

    Args:
        word: What somebody wrote.
        known: The words that there are.
        most: How many to give.
        cutoff: How alike they have to be, from 0 to 1.

    >>> nearest("fevr", ["fever", "night-pain"])
    ['fever']
    """
    import difflib  # here, because words that are right do not need it

    return difflib.get_close_matches(word[:_LONGEST_COMPARED], sorted(known), n=most, cutoff=cutoff)


def did_you_mean(near: Iterable[str], otherwise: str) -> str:
    """The cure for an unknown word, for use in a message: the nearest words, or else ``otherwise``.

    >>> did_you_mean(["fever"], "search"), did_you_mean([], "search")
    ("did you mean 'fever'?", 'search')
    """
    return f"did you mean {offered}?" if (offered := listed(near)) else otherwise
