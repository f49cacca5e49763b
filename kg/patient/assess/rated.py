"""What an answer says of rated studies, and of the scenarios that a person chose: frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from kg.knowledge.content.terms import Origin, Term
from kg.patient.facts import Fact


@dataclass(frozen=True)
class Study:
    """A study and how it is rated.

    Attributes:
        id: The procedure.
        label: Its name.
        category: The appropriateness category in this scenario.
        disagreement: What is known about disagreement in the panel; empty when there is nothing to say.
        radiation: The relative radiation level: symbol and dose.
        radiation_standing: Whether that level is verified, taken by analogy, or unresolved.
        confidence: How sure we are of the category.
        scenario: The scenario that rates it.
        best: True when the study is among those that come next.
        robust: True when it is Usually Appropriate in every considered scenario.
        appropriate_in: For a study that comes next, how many of the considered scenarios that rate it have it as
            Usually Appropriate; otherwise 0.
        not_if: For a study that comes next, the considered scenarios that rate it lower.
        cannot_show: What it shows poorly or not at all.
        contraindicated: True when an absolute contraindication applies.
        cautioned: True when a relative contraindication applies.
        performed: True when it was already done.
        origins: Where the rating comes from.
    """

    id: str
    label: str
    category: Term
    disagreement: str
    radiation: str
    radiation_standing: str
    confidence: str
    scenario: str
    best: bool
    robust: bool
    appropriate_in: int
    not_if: tuple[Term, ...]
    cannot_show: tuple[Term, ...]
    contraindicated: bool
    cautioned: bool
    performed: bool
    origins: tuple[Origin, ...]

    def __str__(self) -> str:
        """Name and category."""
        return f"{self.label} ({self.category.label})"


@dataclass(frozen=True)
class CheckedCriterion:
    """A criterion of a scenario that a person chose.

    Attributes:
        label: The criterion in words.
        state: ``met``, ``failed`` or ``open``.
        facts: The stated facts that met it, or that refuted it; empty when it is open.
        origins: Where the criterion comes from.
    """

    label: str
    state: str
    facts: tuple[Fact, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class ChosenScenario:
    """A scenario that a person chose.

    Attributes:
        id: Its name.
        label: What it says.
        basis: ``both`` if it leads by the facts as well, otherwise ``chosen``.
        criteria: Its criteria, those that failed first; none if it can only be chosen.
        studies: Every study that it rates; those that come next by what was chosen are marked as best.
        origins: Where it comes from.
    """

    id: str
    label: str
    basis: str
    criteria: tuple[CheckedCriterion, ...]
    studies: tuple[Study, ...]
    origins: tuple[Origin, ...]

    @property
    def failed(self) -> tuple[CheckedCriterion, ...]:
        """The criteria that failed."""
        return tuple(criterion for criterion in self.criteria if criterion.state == "failed")

    @property
    def best(self) -> tuple[Study, ...]:
        """The studies that come next by what was chosen."""
        return tuple(study for study in self.studies if study.best)
