"""What an assessment says. Frozen data with a stable form as JSON (``kg/schemas/answer.schema.json``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kg.case import Case
from kg.showing import Shown

if TYPE_CHECKING:
    from kg.capsule import Capsule
    from kg.guide import Guide

SCHEMA_VERSION = "1"
"""Version of the JSON form of an answer; it changes when a program that reads it would have to."""


@dataclass(frozen=True)
class Term:
    """Anything with a name.

    Attributes:
        id: The readable identifier, as cases and queries use it.
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
        section: The section or table row of the source; empty for a decision.
        source: The title of the source, or ``"editorial decision"``.
    """

    statement: str
    section: str
    source: str


@dataclass(frozen=True)
class Fact:
    """A stated fact that met a criterion.

    Attributes:
        text: The fact in words, such as ``"Age 65 a"``.
        given: ``present``, ``absent``, ``measured``, ``performed``, ``intended`` or ``assumedAbsent``.
        id: The finding, measure or study of the fact.
    """

    text: str
    given: str
    id: str


@dataclass(frozen=True)
class MetCriterion:
    """A criterion that the case meets, with the facts that met it.

    Attributes:
        label: The criterion in words.
        inherited: It belongs to the condition in whose scope the condition stands.
        facts: The stated facts, never a derived finding.
        origins: Where the criterion comes from.
    """

    label: str
    inherited: bool
    facts: tuple[Fact, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Held:
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
class Study:
    """A study and how it is rated.

    Attributes:
        id: The procedure.
        label: Its name.
        category: The appropriateness category in this scenario.
        disagreement: What is known of the panel's disagreement; empty when nothing needs saying.
        radiation: The relative radiation level: symbol and dose.
        radiation_standing: Whether that level was verified, taken by analogy, or is unresolved.
        confidence: How sure we are of the category.
        scenario: The scenario that rates it.
        best: It is among those that come next.
        robust: It is Usually Appropriate whatever the missing scenario facts are.
        contraindicated: An absolute contraindication applies.
        cautioned: A relative contraindication applies.
        performed: It was done already.
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
    contraindicated: bool
    cautioned: bool
    performed: bool
    origins: tuple[Origin, ...]

    def __str__(self) -> str:
        """Name and category."""
        return f"{self.label} ({self.category.label})"


@dataclass(frozen=True)
class Urgency:
    """How fast.

    Attributes:
        level: The highest level of the rules that hold.
        rules: The rules that hold, most urgent first.
    """

    level: Term
    rules: tuple[Held, ...]


@dataclass(frozen=True)
class Escalation:
    """Whom to call at once.

    Attributes:
        label: What to do.
        contacts: Whom to call.
        applies: True when its criteria are met; False when a missing fact decides.
        missing: The findings that are unknown and would make it apply.
        origins: Where it comes from.
    """

    label: str
    contacts: tuple[Term, ...]
    applies: bool
    missing: tuple[Term, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Question:
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
class Check:
    """Something to check before a study is ordered.

    Attributes:
        label: The question.
        degree: ``absolute`` or ``relative``.
        studies: The studies it concerns.
        applies: True when the contraindication is known to apply; False when nobody recorded it.
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
        diagnosis: The diagnosis it points to.
    """

    pattern: Held
    diagnosis: Term


@dataclass(frozen=True)
class Action:
    """An action that follows.

    Attributes:
        recommendation: What to do, with its criteria and origins.
        actions: The actions in the vocabulary.
        contacts: Who is consulted.
        urgency: How fast; ``not stated`` where no source says.
        strength: How strongly the source puts it.
    """

    recommendation: Held
    actions: tuple[Term, ...]
    contacts: tuple[Term, ...]
    urgency: Term
    strength: Term


@dataclass(frozen=True)
class Fallback:
    """A study to fall back on when another cannot be done.

    Attributes:
        study: The study.
        question: The clinical question that it still answers, and its limits.
        reason: The condition that holds, with its criteria and origins.
    """

    study: Term
    question: str
    reason: Held


@dataclass(frozen=True)
class Disagreement:
    """A conflict between sources that touches the case.

    Attributes:
        id: Its number in the reading notes of the source, or its identifier.
        label: What is disputed.
        sides: What each side says.
        decision: What we decided; the sides are kept all the same.
    """

    id: str
    label: str
    sides: tuple[Origin, ...]
    decision: str


@dataclass(frozen=True)
class OtherReading:
    """What the answer would be under one reading of a number that the sources read differently.

    Attributes:
        finding: The finding that the reading takes as present.
        outcome: The outcome then.
        scenarios: The scenarios that would lead.
        best: The studies that would come next.
    """

    finding: Term
    outcome: Term
    scenarios: tuple[Term, ...]
    best: tuple[Term, ...]


@dataclass(frozen=True)
class HandOver:
    """A neighbouring topic to which the case belongs.

    Attributes:
        neighbour: The topic or pathway.
        reason: The hand-off that holds, with its criteria and origins.
    """

    neighbour: Term
    reason: Held


@dataclass(frozen=True)
class Near:
    """A scenario or hand-off that does not apply, and what is missing.

    Attributes:
        id: The condition.
        label: What it says.
        neighbour: For a hand-off, where the case would belong; empty for a scenario.
        met: Criteria that the case meets.
        failed: Criteria that the case fails.
        open: Criteria that are not known.
    """

    id: str
    label: str
    neighbour: str
    met: tuple[str, ...]
    failed: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True)
class Answer(Shown):
    """The answer for one case, with its reasons.

    Attributes:
        case: The case that was assessed.
        outcome: ``recommended``, ``consider``, ``no-imaging``, ``needs-information``, ``no-criteria-apply``
            or ``pathway-complete``.
        scenarios: The scenarios that lead: they apply and no other that applies comes before them.
        also_apply: Scenarios that apply too, behind the leading ones.
        possible: Scenarios that would lead if something unknown were known.
        studies: Every study rated in the leading scenarios; without one, in the possible scenarios.
        best: The studies that come next; several are equally good.
        urgency: How fast, or None when no rule holds.
        escalations: Whom to call, now or when a missing fact turns out so.
        preferences: Preferences that decided between equally rated studies.
        warnings: Pitfalls that concern this case or the intended order.
        handed_to: Neighbouring topics to which the case belongs.
        nearest: When no criteria apply: the scenarios and hand-offs that come nearest, and what is missing.
        results: What the performed studies point to.
        actions: What follows, most urgent first.
        fallbacks: Studies to fall back on when one cannot be done, with the question each answers.
        conflicts: Disagreements between sources that touch the case.
        readings: What each reading would give of a number that the sources read differently.
        undecided: Findings for which a number was given that the sources read differently.
        awaited: Studies that were performed and of which no result is recorded.
        questions: What is unknown and matters.
        check_before_ordering: What to check before ordering; never changes the outcome.
        assumptions: Findings that were assumed absent, not stated.
        topics: Title, edition and licence note of the topics used.
        foremost: Of the nearest, what the text names: the nearest scenario, and the hand-offs that lack least; like the
            next, no part of its data.
        alternatives: Any one of the best will do, because a leading scenario rates them all.
        guide: The guideline that gave the answer; no part of its data.
    """

    case: Case
    outcome: Term
    scenarios: tuple[Held, ...]
    also_apply: tuple[Term, ...]
    possible: tuple[Term, ...]
    studies: tuple[Study, ...]
    best: tuple[Study, ...]
    urgency: Urgency | None
    escalations: tuple[Escalation, ...]
    preferences: tuple[Held, ...]
    warnings: tuple[Held, ...]
    handed_to: tuple[HandOver, ...]
    nearest: tuple[Near, ...]
    results: tuple[Result, ...]
    actions: tuple[Action, ...]
    fallbacks: tuple[Fallback, ...]
    conflicts: tuple[Disagreement, ...]
    readings: tuple[OtherReading, ...]
    undecided: tuple[Term, ...]
    awaited: tuple[Term, ...]
    questions: tuple[Question, ...]
    check_before_ordering: tuple[Check, ...]
    assumptions: tuple[Term, ...]
    topics: tuple[Mapping[str, str], ...]
    foremost: tuple[Near, ...] = field(repr=False, compare=False)
    alternatives: bool = field(repr=False, compare=False)
    guide: Guide = field(repr=False, compare=False)

    def __str__(self) -> str:
        """The answer as text."""
        return self.explain()

    def explain(self) -> str:
        """The answer as text of at most 80 columns, with its reasons and places.

        Returns:
            Several lines.
        """
        from kg.report import text

        return text(self)

    def capsule(self) -> Capsule:
        """The answer with all that it rests on, as one file that another engine can check.

        Returns:
            The capsule; ``kg.recheck.recheck`` and ``nextstudy recheck`` read it.

        >>> import kg
        >>> answer = kg.load().assess(kg.Case(present=["adult", "thoracic-back-pain", "radiculopathy"]))
        >>> answer.capsule().document["case"]["outcome"]
        'scale/recommended'
        """
        from kg.capsule import capsule

        return capsule(self.guide, self.case)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, as ``kg/schemas/answer.schema.json`` describes it.

        Returns:
            A dictionary that JSON can hold.
        """
        data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "case": self.case.to_dict()}
        for name in self.__dataclass_fields__:
            if name not in ("case", *_NO_DATA):
                data[name] = _plain(getattr(self, name))
        return data


_NO_DATA = ("foremost", "alternatives", "guide")


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
