"""The errors of nextstudy: each one sentence that names the place and the cure, with a stable ``code``."""

from __future__ import annotations

from collections.abc import Iterable


class KgError(ValueError):
    """Base of all errors that a user can mend.

    Attributes:
        code: A stable identifier, for programs.
    """

    code = "error"


class ContentError(KgError):
    """A content folder cannot be used as it is."""

    code = "invalid-content"


class CaseError(KgError):
    """A case is not written as the format asks."""

    code = "invalid-case"


class ContradictoryCaseError(KgError):
    """A case says that something is both present and absent."""

    code = "contradictory-case"


class UnknownTermError(KgError):
    """A word of a case or a question is not in the vocabulary."""

    code = "unknown-term"


class UnknownQueryError(KgError):
    """There is no query of that name."""

    code = "unknown-query"


class OutputError(KgError):
    """A file cannot be written as asked."""

    code = "unusable-output"


class AuthoringError(KgError):
    """A table, or something else that an author hands in, cannot become content."""

    code = "invalid-authoring"


class MissingPackageError(KgError):
    """Something needs a package that is not installed."""

    code = "missing-package"


class QueryError(KgError):
    """A query that a person wrote is no SELECT query, or cannot be answered."""

    code = "invalid-query"


class ParameterError(KgError):
    """A question was asked with a parameter that it does not have, or without one, or with a value of another type."""

    code = "invalid-parameter"


class EndpointError(KgError):
    """A SPARQL endpoint gave no answer that can be used."""

    code = "endpoint-failure"


class AuditError(KgError):
    """A table of cases, or the place for its result, cannot be used."""

    code = "invalid-table"


def listed(words: Iterable[str]) -> str:
    """Join words for a sentence.

    Args:
        words: Any words.

    Returns:
        The words in quotes, separated by commas.

    >>> listed(["fever", "night-pain"])
    "'fever', 'night-pain'"
    """
    return ", ".join(f"'{word}'" for word in words)


def shown(value: object, longest: int = 80) -> str:
    """Show a value in a sentence.

    Args:
        value: Any value that somebody handed in.
        longest: How many characters of it to show.

    Returns:
        As Python writes it, cut where it is longer.

    >>> shown("x" * 100, 10)
    "'xxxxxxxxx..."
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes no number of thousands of digits
        return f"a very long {type(value).__name__}"
    return text if len(text) <= longest else f"{text[:longest]}..."
