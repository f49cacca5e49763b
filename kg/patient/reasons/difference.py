"""Compares two answers: what changed of study, urgency and calls first, then what each other part lost and gained."""

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


@dataclass(frozen=True)
class BeforeAfter(Change):
    """What one part of an answer was and is, whether it changed or not.

    Attributes:
        lost: Labels that only the first answer has.
        gained: Labels that only the second answer has.
        before: All labels of the first answer; empty if it says nothing of this part.
        after: All labels of the second answer; empty if it says nothing of this part.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Difference(Shown):
    """The difference between two answers; it begins with what a clinician would do differently.

    Each part is false where nothing changed: ``if difference.urgency: ...``.

    Attributes:
        study: The studies that come next, each with its rating; empty if none does, and ``outcome`` says why.
        urgency: How fast the study is needed, at most one label; empty if no rule holds.
        calls: Whom to call at once, as far as it is certain; a call that depends on something unknown is not here.
        outcome: The kind of answer, always one label.
        facts: The facts of the case.
        scenarios: The scenarios that lead.
        could_lead: The scenarios that could lead.
        contraindicated: The studies that are contraindicated.
        actions: What follows.
        questions: What is unknown and matters.
        warnings: The pitfalls.
        moved: The topics to which the case is moved.
        handed_to: The neighbours to which the case is handed.
    """

    study: BeforeAfter
    urgency: BeforeAfter
    calls: BeforeAfter
    outcome: BeforeAfter
    facts: Change
    scenarios: Change
    could_lead: Change
    contraindicated: Change
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

    Args:
        before: The first answer.
        after: The second answer; it may be that of another patient, or of another edition.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain"])
    >>> found = difference(guide.assess(case), guide.assess(case.with_facts(present=["unsteady-gait"])))
    >>> found.urgency.before, found.urgency.after
    ((), ('emergent (STAT)',))
    """
    first, second = _first_parts(before), _first_parts(after)
    one, two = _other_parts(before), _other_parts(after)
    parts: dict[str, Any] = {name: _before_after(first[name], second[name]) for name in first}
    parts |= {name: change(one[name], two[name]) for name in one}
    return Difference(**parts)


def _before_after(before: list[str], after: list[str]) -> BeforeAfter:
    changed = change(before, after)
    return BeforeAfter(changed.lost, changed.gained, tuple(dict.fromkeys(before)), tuple(dict.fromkeys(after)))


def _first_parts(answer: Answer) -> dict[str, list[str]]:
    """What a clinician acts on."""
    return {
        "study": [str(study) for study in answer.best],
        "urgency": [answer.urgency.level.label] if answer.urgency else [],
        "calls": [escalation.label for escalation in answer.escalations if escalation.applies],
        "outcome": [answer.outcome.label],
    }


def _other_parts(answer: Answer) -> dict[str, list[str]]:
    def labels(terms: tuple[Term, ...]) -> list[str]:
        return [term.label for term in terms]

    return {
        "facts": _facts(answer),
        "scenarios": [held.label for held in answer.scenarios],
        "could_lead": labels(answer.could_lead),
        "contraindicated": [study.label for study in answer.studies if study.contraindicated],
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
