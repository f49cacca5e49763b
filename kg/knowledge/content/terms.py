"""Defines what a reader sees of anything that has a name, and of anything that has a source."""

from __future__ import annotations

from dataclasses import dataclass

NOT_STATED = "not stated"
"""What a reader sees where the content has no value."""


@dataclass(frozen=True)
class Term:
    """Anything with a name.

    Attributes:
        id: The readable id, as cases and queries use it.
        label: What a person reads.
    """

    id: str
    label: str

    def __str__(self) -> str:
        """The label."""
        return self.label


@dataclass(frozen=True)
class Origin:
    """Where something comes from.

    Attributes:
        statement: What the source says, in our words, or what we decided.
        section: The section or table row of the source; empty for an editorial decision.
        source: The title of the source, or ``"editorial decision"``.
    """

    statement: str
    section: str
    source: str

    def __str__(self) -> str:
        """The statement, with its place."""
        section = f", {self.section}" if self.section else ""
        return f"{self.statement} ({self.source}{section})"
