"""The answer for a case: frozen data with a stable JSON form, ``kg/schemas/answer.schema.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kg.knowledge.content.terms import Origin, Term
from kg.patient.assess.rated import ChosenScenario, Study
from kg.patient.assess.unknown import NearCondition, OpenQuestion, Settled, UnusedFact
from kg.patient.case import Case
from kg.patient.facts import Fact
from kg.shown import VIEWS, Shown

SCHEMA_VERSION = "4"
"""Version of the JSON form of an answer; it changes when programs that read this form would have to change."""


@dataclass(frozen=True)
class MetCriterion:
    """A criterion that the case meets, with the facts that met it.

    Attributes:
        label: The criterion in words.
        inherited: True when the criterion comes from the condition that is the scope of this one.
        facts: The stated facts, never a derived finding.
        origins: Where the criterion comes from.
    """

    label: str
    inherited: bool
    facts: tuple[Fact, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Condition:
    """A condition that holds: a scenario, an urgency rule, a preference, a warning, a hand-off, an escalation.

    Attributes:
        id: Its identifier.
        label: What it says.
        criteria: Each criterion with the facts that met it.
        origins: Where it comes from.
    """

    id: str
    label: str
    criteria: tuple[MetCriterion, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Urgency:
    """How fast the study is needed.

    Attributes:
        level: The most urgent level of the rules that hold.
        rules: The rules that hold, most urgent first.
    """

    level: Term
    rules: tuple[Condition, ...]


@dataclass(frozen=True)
class Escalation:
    """Whom to call at once.

    Attributes:
        label: What to do.
        contacts: Whom to call.
        applies: True when its criteria are met; False when it depends on unknown findings.
        missing: The unknown findings that could make it apply.
        concerns: True when something of it is stated of the patient, or a source of the leading scenario names it.
        origins: Where it comes from.
    """

    label: str
    contacts: tuple[Term, ...]
    applies: bool
    missing: tuple[Term, ...]
    concerns: bool
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Contraindication:
    """Something to check before a study is ordered.

    Attributes:
        label: The question.
        degree: ``absolute`` or ``relative``.
        studies: The studies that it concerns.
        applies: True when the contraindication applies; False when it is not known whether it does.
    """

    label: str
    degree: str
    studies: tuple[str, ...]
    applies: bool


@dataclass(frozen=True)
class Result:
    """What the findings of a performed study point to.

    Attributes:
        pattern: The pattern that holds, with its criteria.
        diagnosis: The diagnosis that it points to.
    """

    pattern: Condition
    diagnosis: Term


@dataclass(frozen=True)
class Action:
    """An action that follows.

    Attributes:
        recommendation: What to do, with its criteria and origins.
        actions: The actions in the vocabulary.
        contacts: Whom to consult.
        urgency: How fast; ``not stated`` where no source says it.
        strength: How strongly the source recommends it.
    """

    recommendation: Condition
    actions: tuple[Term, ...]
    contacts: tuple[Term, ...]
    urgency: Term
    strength: Term


@dataclass(frozen=True)
class Alternative:
    """A study to fall back on when another cannot be done.

    Attributes:
        study: The study.
        question: The clinical question that it still answers, and its limits.
        reason: The condition that holds, with its criteria and origins.
    """

    study: Term
    question: str
    reason: Condition


@dataclass(frozen=True)
class Conflict:
    """A conflict between sources that touches the case.

    Attributes:
        id: Its number in the reading notes of the source, or its identifier.
        label: What is disputed.
        sides: What each side says.
        decision: What we decided; all sides are kept.
    """

    id: str
    label: str
    sides: tuple[Origin, ...]
    decision: str


@dataclass(frozen=True)
class OtherReading:
    """What the answer would be under one reading of a number that the sources read differently.

    Attributes:
        finding: The finding that is present under this reading.
        outcome: The outcome under this reading.
        scenarios: The scenarios that would lead.
        best: The studies that would come next.
    """

    finding: Term
    outcome: Term
    scenarios: tuple[Term, ...]
    best: tuple[Term, ...]


@dataclass(frozen=True)
class HandOff:
    """A neighbouring topic to which the case belongs.

    Attributes:
        neighbour: The topic or pathway.
        reason: The hand-off that holds, with its criteria and origins.
    """

    neighbour: Term
    reason: Condition


@dataclass(frozen=True)
class Move:
    """A topic to which a hand-off moves the case.

    Attributes:
        topic: The topic, whose scenarios answer.
        left: The topics that the case leaves for it, whose scenarios stand back; none if they keep their place.
        reason: The hand-off that holds, with its criteria and origins.
    """

    topic: Term
    left: tuple[Term, ...]
    reason: Condition


@dataclass(frozen=True, repr=False)
class Answer(Shown):
    """The answer for one case, with its reasons.

    Attributes:
        case: The case that was assessed.
        outcome: ``recommended``, ``consider``, ``no-imaging``, ``needs-information``, ``no-criteria-apply``
            or ``pathway-complete``.
        basis: ``matched`` where the facts decide; ``chosen`` where no scenario matches them and the one that a person
            chose leads; ``both`` where the facts decide and what was chosen stands beside.
        chosen: The scenarios that a person chose, each with the state of its criteria and its rated studies.
        scenarios: The scenarios that lead: they apply, and no other scenario that applies precedes them; where there is
            none, those that a person chose, with the criteria that are met.
        also_apply: Scenarios that also apply but are led by another.
        could_lead: Scenarios that do not lead, but would if something unknown were known.
        studies: Every study rated in the leading scenarios; if none leads, in the scenarios that could lead.
        best: The studies that come next; several are equally good.
        barred: Studies that would come next, but are contraindicated.
        settled: Whether what is still unknown can change the studies or the urgency.
        unused: Stated facts on which nothing here depends, the notable ones first.
        urgency: How fast the study is needed; None when no rule holds.
        escalations: Whom to call: now, or as soon as an unknown finding proves to be present.
        preferences: Preferences that decided between equally rated studies.
        warnings: Pitfalls of this case or of the order.
        moved: Topics to which a hand-off moves the case, with those that it leaves.
        handed_to: Neighbouring topics to which the case belongs.
        nearest: When no criteria apply: the scenarios and hand-offs that come nearest, and what is missing.
        results: What the performed studies point to.
        actions: What follows, most urgent first.
        alternatives: Studies to fall back on when another cannot be done, each with the question that it answers.
        conflicts: Disagreements between sources that touch the case.
        readings: For a number that the sources read differently, the answer under each reading.
        undecided: Findings that are undecided because the sources read the given number differently.
        awaited: Studies that were performed and have no recorded result.
        perhaps_before: Studies that were performed and showed nothing, perhaps before a sign began.
        history: Studies that were performed before a sign began, or that were done again later.
        questions: What is unknown and matters.
        contraindications: What to check before ordering; it never changes the outcome.
        assumed_absent: Findings that were assumed to be absent, not stated.
        presumed_absent: Findings that the content presumes absent because they were not stated, such as a study that
            was not listed.
        taken_as_seen: What was taken as seen on a study, because an image finding was stated without its study.
        topics: Title, edition and licence note of each topic used.
        unfinished: What is not answered here, because a topic that the case may enter is unfinished: one sentence a
            topic; left out of the data if there is none.
        foremost: The nearest conditions that the text names: the nearest scenario, and the hand-offs with the fewest
            open criteria. Not part of the data.
        interchangeable: True when any one of the best studies will do, because one leading scenario rates them all. Not
            part of the data.
    """

    case: Case
    outcome: Term
    basis: Term
    chosen: tuple[ChosenScenario, ...]
    scenarios: tuple[Condition, ...]
    also_apply: tuple[Term, ...]
    could_lead: tuple[Term, ...]
    studies: tuple[Study, ...]
    best: tuple[Study, ...]
    barred: tuple[Term, ...]
    settled: Settled
    unused: tuple[UnusedFact, ...]
    urgency: Urgency | None
    escalations: tuple[Escalation, ...]
    preferences: tuple[Condition, ...]
    warnings: tuple[Condition, ...]
    moved: tuple[Move, ...]
    handed_to: tuple[HandOff, ...]
    nearest: tuple[NearCondition, ...]
    results: tuple[Result, ...]
    actions: tuple[Action, ...]
    alternatives: tuple[Alternative, ...]
    conflicts: tuple[Conflict, ...]
    readings: tuple[OtherReading, ...]
    undecided: tuple[Term, ...]
    awaited: tuple[Term, ...]
    perhaps_before: tuple[Term, ...]
    history: tuple[Term, ...]
    questions: tuple[OpenQuestion, ...]
    contraindications: tuple[Contraindication, ...]
    assumed_absent: tuple[Term, ...]
    presumed_absent: tuple[Term, ...]
    taken_as_seen: tuple[Term, ...]
    topics: tuple[Mapping[str, str], ...]
    unfinished: tuple[str, ...]
    foremost: tuple[NearCondition, ...] = field(repr=False, compare=False)
    interchangeable: bool = field(repr=False, compare=False)

    def explain(self, *parts: str) -> str:
        """The whole answer as text of at most 80 columns, with its reasons and where they come from.

        Args:
            parts: ``"studies"``, ``"unknown"``, ``"disputes"`` or ``"sources"``, to see only these below the headline;
                everything if none is given. ``str(answer)`` is the first screen.

        Raises:
            ParameterError: There is no such part.
        """
        return VIEWS["explained"](self, *parts)

    def summary(self) -> dict[str, str | bool | None]:
        """The answer as one flat row, for a table of many patients; ``kg.to_dataframe`` makes it.

        Returns:
            Always these keys. Several ids or labels are joined by ``";"``, in alphabetical order; none are "".
            As in the columns of an audit: ``outcome``, the id of the outcome; ``scenario``, those that lead;
            ``basis``; ``chosen_failed``; ``ordered``, the study of the case, or None; ``best``, the studies that come
            next; ``urgency``, the highest level, or None; ``warnings``.

            Besides: ``study``, the labels of ``best``; ``category``, their category; ``calls``, what to do at once;
            ``barred``; ``could_lead``; ``handed_to``; ``settled``, True when no unknown fact can change the studies,
            and ``urgency_settled``, True when none can make it more urgent.

        >>> import kg
        >>> row = kg.load().assess(kg.Case(present=["adult", "thoracic-back-pain", "unsteady-gait"])).summary()
        >>> row["outcome"], row["best"]
        ('recommended', 'mri-thoracic-spine-without-contrast')
        """
        return {
            "outcome": self.outcome.id,
            "scenario": _joined(held.id for held in self.scenarios),
            "basis": self.basis.id,
            "chosen_failed": _joined(chosen.id for chosen in self.chosen if chosen.failed),
            "ordered": self.case.order,
            "best": _joined(study.id for study in self.best),
            "urgency": self.urgency.level.id if self.urgency else None,
            "warnings": _joined(warning.id for warning in self.warnings),
            "study": _joined(study.label for study in self.best),
            "category": _joined(study.category.id for study in self.best),
            "calls": _joined(escalation.label for escalation in self.escalations if escalation.applies),
            "barred": _joined(study.id for study in self.barred),
            "could_lead": _joined(term.id for term in self.could_lead),
            "handed_to": _joined(over.neighbour.id for over in self.handed_to),
            "settled": self.settled.studies,
            "urgency_settled": self.settled.urgency,
        }

    def svg(self, width: int = 900) -> str:
        """The first screen of the answer as a picture.

        Args:
            width: The width of the picture in pixels, 700 or more.

        Returns:
            A plain SVG document for web pages, vector editors and LaTeX, without script, style sheet or references.

        Raises:
            ParameterError: The width is less than 700, or no whole number.
        """
        return VIEWS["svg"](self, width)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data in the form of ``kg/schemas/answer.schema.json``."""
        data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "case": self.case.to_dict()}
        for name in self.__dataclass_fields__:
            if name not in ("case", *_NO_DATA):
                data[name] = _plain(getattr(self, name))
        if not self.unfinished:
            del data["unfinished"]
        return data


def _joined(words: Iterable[str]) -> str:
    return ";".join(sorted(set(words)))


_NO_DATA = ("foremost", "interchangeable")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__dataclass_fields__"):
        return {key: _listed(item) for key, item in asdict(value).items()}
    return value


def _listed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_listed(item) for item in value]
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return value
