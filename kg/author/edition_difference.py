"""The result of comparing two editions: the things that changed, and the cases whose answer changes, with causes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from kg.knowledge.content.terms import Origin
from kg.patient.reasons.difference import Change, Difference
from kg.shown import Shown


@dataclass(frozen=True)
class Property:
    """What one property of a thing lost and gained.

    Attributes:
        label: The property in words.
        change: Labels and texts.
    """

    label: str
    change: Change


@dataclass(frozen=True)
class Edit:
    """One thing of the content that changed.

    Attributes:
        id: Its IRI.
        kind: What it is, such as ``"rating"``, ``"criterion"`` or ``"statement"``.
        label: What a person reads.
        status: ``"added"``, ``"removed"`` or ``"changed"``.
        properties: What changed.
        origins: Where the thing comes from in the new edition; for a thing that was removed, in the old one.
    """

    id: str
    kind: str
    label: str
    status: Literal["added", "removed", "changed"]
    properties: tuple[Property, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, repr=False)
class CaseChange(Shown):
    """A case whose answer changes.

    Attributes:
        case: The name of the case.
        difference: What each part of the answer lost and gained; None when an edition cannot assess the case.
        ratings: Studies with their categories that the answer lost and gained.
        problem: Why an edition cannot assess the case; empty when both can.
        causes: The edits that caused it.
        alone: True when each cause changes the answer by itself; False when they are only known to do so together.
    """

    case: str
    difference: Difference | None
    ratings: Change
    problem: str
    causes: tuple[Edit, ...]
    alone: bool


@dataclass(frozen=True, repr=False)
class EditionDifference(Shown):
    """What changed between two editions.

    Attributes:
        topics: Each topic with its edition in the old and the new content; empty if the content lacks the topic.
        edits: The things that changed, by kind and label.
        cases: The cases whose answer changes.
        compared: How many cases were compared.
        everybody: What was decided for every possible patient, in a sentence; empty if it was not asked.
        patient: A patient with the fewest facts for whom the editions answer differently, if there is one.
    """

    topics: tuple[tuple[str, str, str], ...]
    edits: tuple[Edit, ...]
    cases: tuple[CaseChange, ...]
    compared: int
    everybody: str = ""
    patient: CaseChange | None = None

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data, with the attributes as keys."""
        return asdict(self)
