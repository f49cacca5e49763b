"""What changed between two answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kg.answer import Answer, Term
from kg.showing import Shown
from kg.text import wrapped


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
class Difference(Shown):
    """The difference of two answers.

    Attributes:
        facts: Facts of the case.
        outcome: The outcome.
        scenarios: The scenarios that lead.
        possible: The scenarios that might lead.
        best: The studies that come next.
        contraindicated: The studies that are ruled out.
        urgency: How fast.
        calls: Whom to call at once.
        actions: What follows.
        questions: What is unknown and matters.
        warnings: Pitfalls.
        handed_to: Neighbouring topics.
    """

    facts: Change
    outcome: Change
    scenarios: Change
    possible: Change
    best: Change
    contraindicated: Change
    urgency: Change
    calls: Change
    actions: Change
    questions: Change
    warnings: Change
    handed_to: Change

    def __bool__(self) -> bool:
        """Whether anything but the facts changed."""
        return any(getattr(self, name) for name in self.__dataclass_fields__ if name != "facts")

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data.

        Returns:
            A dictionary of what each part lost and gained.
        """
        return asdict(self)

    def __str__(self) -> str:
        """The difference as text of at most 80 columns."""
        lines = []
        for name in self.__dataclass_fields__:
            change: Change = getattr(self, name)
            if change:
                lines.append(name.replace("_", " ").upper())
                lines += [wrapped(f"- {label}", 2, 4) for label in change.lost]
                lines += [wrapped(f"+ {label}", 2, 4) for label in change.gained]
        return "\n".join(lines) or "Nothing changed."


def difference(before: Answer, after: Answer) -> Difference:
    """Compare two answers.

    Args:
        before: One answer.
        after: Another.

    Returns:
        What each part lost and gained.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain"])
    >>> difference(guide.assess(case), guide.assess(case.with_facts(present=["unsteady-gait"]))).urgency.gained
    ('emergent (STAT)',)
    """
    one, two = _parts(before), _parts(after)
    return Difference(**{name: change(one[name], two[name]) for name in one})


def _parts(answer: Answer) -> dict[str, list[str]]:
    def labels(terms: tuple[Term, ...]) -> list[str]:
        return [term.label for term in terms]

    return {
        "facts": _facts(answer),
        "outcome": [answer.outcome.label],
        "scenarios": [held.label for held in answer.scenarios],
        "possible": labels(answer.possible),
        "best": [study.label for study in answer.best],
        "contraindicated": [study.label for study in answer.studies if study.contraindicated],
        "urgency": [answer.urgency.level.label] if answer.urgency else [],
        "calls": [escalation.label for escalation in answer.escalations if escalation.applies],
        "actions": [action.recommendation.label for action in answer.actions],
        "questions": [question.label for question in answer.questions],
        "warnings": [warning.label for warning in answer.warnings],
        "handed_to": [over.neighbour.label for over in answer.handed_to],
    }


def _facts(answer: Answer) -> list[str]:
    case = answer.case
    facts = [f"present: {word}" for word in case.present] + [f"absent: {word}" for word in case.absent]
    facts += [f"{name}: {value}" for name, value in case.measured.items()]
    facts += [f"performed: {study.procedure}" for study in case.performed]
    facts += [f"{study.procedure} shows: {word}" for study in case.performed for word in study.present]
    facts += [f"{study.procedure} does not show: {word}" for study in case.performed for word in study.absent]
    facts += [f"assumed absent: {word}" for word in case.assume_absent]
    return facts + ([f"order: {case.order}"] if case.order else [])


def change(before: list[str], after: list[str]) -> Change:
    """Compare two lists of labels.

    Args:
        before: Labels of the first answer.
        after: Labels of the second answer.

    Returns:
        What only one of them has, each label once.

    >>> change(["a", "b"], ["b", "c"])
    Change(lost=('a',), gained=('c',))
    """
    lost = tuple(dict.fromkeys(label for label in before if label not in after))
    return Change(lost, tuple(dict.fromkeys(label for label in after if label not in before)))
