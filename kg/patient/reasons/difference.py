"""Compares two answers: what each part lost and gained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kg.knowledge.content.terms import Term
from kg.patient.assess.answer import Answer
from kg.shown import Shown


@dataclass(frozen=True)
class Change:
    """What one part of an answer lost and gained.

    Attributes:
        lost: Labels that only the first answer has.
        gained: Labels that only the second answer has.
    """

    lost: tuple[str, ...]
    gained: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.lost or self.gained)


@dataclass(frozen=True, repr=False)
class Difference(Shown):
    """The difference between two answers.

    Attributes:
        facts: The facts of the case.
        outcome: The outcome.
        scenarios: The scenarios that lead.
        could_lead: The scenarios that could lead.
        best: The studies that come next.
        contraindicated: The studies that are contraindicated.
        urgency: How fast the study is needed.
        escalations: Whom to call at once.
        actions: What follows.
        questions: What is unknown and matters.
        warnings: The pitfalls.
        moved: The topics to which the case is moved.
        handed_to: The neighbours to which the case is handed.
    """

    facts: Change
    outcome: Change
    scenarios: Change
    could_lead: Change
    best: Change
    contraindicated: Change
    urgency: Change
    escalations: Change
    actions: Change
    questions: Change
    warnings: Change
    moved: Change
    handed_to: Change

    def __bool__(self) -> bool:
        """Whether anything but the facts changed."""
        return any(getattr(self, name) for name in self.__dataclass_fields__ if name != "facts")

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data."""
        return asdict(self)


def difference(before: Answer, after: Answer) -> Difference:
    """Compare two answers.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain"])
    >>> difference(guide.assess(case), guide.assess(case.with_facts(present=["unsteady-gait"]))).urgency.gained
    ('emergent (STAT)',)
    """
    one, two = _parts_of_answer(before), _parts_of_answer(after)
    return Difference(**{name: change(one[name], two[name]) for name in one})


def _parts_of_answer(answer: Answer) -> dict[str, list[str]]:
    def labels(terms: tuple[Term, ...]) -> list[str]:
        return [term.label for term in terms]

    return {
        "facts": _facts(answer),
        "outcome": [answer.outcome.label],
        "scenarios": [held.label for held in answer.scenarios],
        "could_lead": labels(answer.could_lead),
        "best": [study.label for study in answer.best],
        "contraindicated": [study.label for study in answer.studies if study.contraindicated],
        "urgency": [answer.urgency.level.label] if answer.urgency else [],
        "escalations": [escalation.label for escalation in answer.escalations if escalation.applies],
        "actions": [action.recommendation.label for action in answer.actions],
        "questions": [question.label for question in answer.questions],
        "warnings": [warning.label for warning in answer.warnings],
        "moved": [move.topic.label for move in answer.moved],
        "handed_to": [over.neighbour.label for over in answer.handed_to],
    }


def _facts(answer: Answer) -> list[str]:
    case = answer.case
    facts = [f"present: {word}" for word in case.present] + [f"absent: {word}" for word in case.absent]
    facts += [f"{name}: {value}" for name, value in case.measured.items()]
    facts += [f"{word} since {day}" for word, day in case.since.items()]
    facts += [f"performed: {study.procedure}" for study in case.performed]
    facts += [f"{study.procedure} performed on: {study.date}" for study in case.performed if study.date]
    facts += [f"{study.procedure} shows: {word}" for study in case.performed for word in study.present]
    facts += [f"{study.procedure} does not show: {word}" for study in case.performed for word in study.absent]
    facts += [f"assumed absent: {word}" for word in case.assume_absent]
    facts += [f"chosen: {name}" for name in case.scenario]
    facts += [] if case.presume else ["nothing presumed"]
    return facts + ([f"order: {case.order}"] if case.order else [])


def change(before: list[str], after: list[str]) -> Change:
    """Compare two lists of labels; each label is named once.

    >>> change(["a", "b"], ["b", "c"])
    Change(lost=('a',), gained=('c',))
    """
    lost = tuple(dict.fromkeys(label for label in before if label not in after))
    return Change(lost, tuple(dict.fromkeys(label for label in after if label not in before)))
