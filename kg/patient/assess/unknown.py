"""What an answer says of what is unknown, unused or near: frozen data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.store import Row
from kg.patient.facts import Fact


@dataclass(frozen=True)
class Settled:
    """Whether what is still unknown can change the answer. Order checks, and hand-offs, have no part in it.

    Attributes:
        studies: True when no unknown fact can change which studies come next.
        urgency: True when no unknown fact can make it more urgent.
        studies_depend_on: What could change the studies: scenarios that could lead, preferences, their order.
        urgency_depends_on: The rules that could make it more urgent.
    """

    studies: bool
    urgency: bool
    studies_depend_on: tuple[Term, ...]
    urgency_depends_on: tuple[Term, ...]


@dataclass(frozen=True)
class UnusedFact:
    """A stated fact on which nothing here depends.

    Attributes:
        fact: The fact.
        study: The study on which it was reported; None if it was stated of the patient.
        notable: True for what should be seen at once, such as an image finding, a neurologic sign or a red flag.
    """

    fact: Fact
    study: Term | None
    notable: bool


@dataclass(frozen=True)
class Elsewhere:
    """What topics say that a case does not enter, where nothing applies.

    Attributes:
        near: What comes near: rows of ``queries/ask/nearest.rq``, with labels.
        unused: For each topic, the stated facts on which nothing there depends: rows of
            ``queries/ask/what-is-not-used.rq``.
    """

    near: Sequence[Row] = ()
    unused: Sequence[Sequence[Row]] = ()


@dataclass(frozen=True)
class OpenQuestion:
    """Something that is unknown and matters.

    Attributes:
        id: The finding or measure to ask for.
        label: Its name.
        matters_for: Labels of the scenarios, rules and preferences that are open because of it.
        decides_scenario: True when it is open in a scenario that could lead.
    """

    id: str
    label: str
    matters_for: tuple[str, ...]
    decides_scenario: bool


@dataclass(frozen=True)
class NearCondition:
    """A scenario or hand-off that does not apply, and what is missing.

    Attributes:
        id: The condition.
        label: What it says.
        neighbour: For a hand-off, the topic or pathway to which the case would belong; empty for a scenario.
        met: Criteria that are met.
        failed: Criteria that failed.
        open: Criteria that are neither met nor failed.
    """

    id: str
    label: str
    neighbour: str
    met: tuple[str, ...]
    failed: tuple[str, ...]
    open: tuple[str, ...]
