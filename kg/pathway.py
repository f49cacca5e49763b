"""The pathway: what would follow from each result of each next study, found on hypothetical cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from kg.answer import Action, Answer, Term
from kg.case import Case
from kg.errors import ContradictoryCaseError, ParameterError, shown
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import slug
from kg.showing import Shown
from kg.text import wrapped

DEPTH = 4
"""How many studies deep a pathway looks."""


@dataclass(frozen=True)
class FollowUp:
    """An action that a result asks for.

    Attributes:
        label: What to do.
        contacts: Who is consulted.
        urgency: How fast.
        strength: How strongly the source puts it.
    """

    label: str
    contacts: tuple[str, ...]
    urgency: str
    strength: str


@dataclass(frozen=True)
class Branch:
    """One possible result of a study.

    Attributes:
        result: The result pattern in words; for the last branch of a study, that none of the patterns is met.
        diagnosis: What it points to.
        findings: The findings that the hypothetical result was given.
        actions: What follows, most urgent first.
        then: Where the pathway goes on; None where the sources say nothing of the result.
    """

    result: str
    diagnosis: str
    findings: tuple[Term, ...]
    actions: tuple[FollowUp, ...]
    then: Pathway | None


@dataclass(frozen=True)
class Step:
    """A study that comes next, with its possible results.

    Attributes:
        study: The study.
        category: Its category.
        branches: Its possible results.
    """

    study: Term
    category: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Pathway(Shown):
    """What follows from here.

    Attributes:
        outcome: The outcome of the case at this point.
        scenarios: The scenarios that lead.
        urgency: How fast; empty when no rule holds.
        calls: Whom to call at once.
        handed_to: Neighbouring topics to which the case belongs.
        actions: What follows from results that are in already.
        steps: The studies that come next.
    """

    outcome: Term
    scenarios: tuple[Term, ...]
    urgency: str
    calls: tuple[str, ...]
    handed_to: tuple[str, ...]
    actions: tuple[FollowUp, ...]
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """The pathway as plain data.

        Returns:
            Nested dictionaries and lists.
        """
        return asdict(self)

    def __str__(self) -> str:
        """The pathway as an indented tree of at most 80 columns."""
        return "\n".join(_lines(self, 0))

    def svg(self, width: int = 900) -> str:
        """The pathway as a picture, looking as many studies ahead as find room.

        Args:
            width: The width to keep to, in pixels; 1500 has room for two studies one after another.

        Returns:
            An SVG document without references to anything outside.
        """
        from kg.drawing import pathway_svg

        return pathway_svg(self, width)


class Pathfinder:
    """Follows the results of studies on hypothetical cases."""

    def __init__(self, assess: Callable[[Case], Answer], lexicon: Lexicon, knowledge: Knowledge) -> None:
        """Take what is needed to ask.

        Args:
            assess: The assessment of a case.
            lexicon: Words and labels.
            knowledge: Result patterns.
        """
        self._assess = assess
        self._lexicon = lexicon
        self._knowledge = knowledge

    def pathway(self, case: Case, depth: int = DEPTH) -> Pathway:
        """Follow a case.

        Args:
            case: The patient, as far as known.
            depth: How many studies deep to look, 1 to ``DEPTH``.

        Returns:
            The tree from here.

        Raises:
            ParameterError: It is another depth.
        """
        if depth not in range(1, DEPTH + 1):
            message = f"depth is {shown(depth)}; give a whole number from 1 to {DEPTH}"
            raise ParameterError(message)
        return self._from(case, self._assess(case), frozenset(), depth)

    def _from(self, case: Case, answer: Answer, told: frozenset[str], depth: int) -> Pathway:
        steps = tuple(self._step(case, study.id, answer, depth) for study in answer.best) if depth else ()
        return Pathway(
            outcome=answer.outcome,
            scenarios=tuple(Term(held.id, held.label) for held in answer.scenarios),
            urgency=answer.urgency.level.label if answer.urgency else "",
            calls=tuple(escalation.label for escalation in answer.escalations if escalation.applies),
            handed_to=tuple(over.neighbour.label for over in answer.handed_to),
            actions=tuple(_follow_up(action) for action in answer.actions if action.recommendation.label not in told),
            steps=steps,
        )

    def _step(self, case: Case, study: str, answer: Answer, depth: int) -> Step:
        category = next(rated.category.label for rated in answer.studies if rated.id == study)
        branches = [
            branch
            for pattern, reports in self._reports(study)
            if (branch := self._branch(case, study, answer, pattern, reports, depth))
        ]
        if branches:
            branches.append(Branch("none of these patterns: the sources name no next step", "", (), (), None))
        return Step(self._term(study, "Procedure"), category, tuple(branches))

    def _reports(self, study: str) -> list[tuple[str, dict[str, list[str]]]]:
        """For each result pattern of a study, what it would have to show: of each criterion the first alternative."""
        patterns: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        for row in self._knowledge.results.get(self._lexicon.term("Procedure", study).value, ()):
            patterns[row["pattern"]].setdefault(row["criterion"], (row["wanted"], slug(row["finding"])))
        return [
            (
                pattern,
                {
                    state: [word for wanted, word in chosen.values() if wanted == state]
                    for state in ("present", "absent")
                },
            )
            for pattern, chosen in patterns.items()
        ]

    def _branch(
        self, case: Case, study: str, before: Answer, pattern: str, reports: dict[str, list[str]], depth: int
    ) -> Branch | None:
        earlier = self._before(case, study)
        after = earlier.after(study, present=dict.fromkeys(reports["present"]), absent=dict.fromkeys(reports["absent"]))
        try:
            answer = self._assess(after)
        except ContradictoryCaseError:
            # What is known of the patient excludes this result.
            return None
        if slug(pattern) not in {result.pattern.id for result in answer.results}:
            return None
        known = {action.recommendation.label for action in before.actions}
        actions = tuple(_follow_up(action) for action in answer.actions if action.recommendation.label not in known)
        told = frozenset(known | {action.label for action in actions})
        rows = self._knowledge.patterns[pattern]
        return Branch(
            result=self._lexicon.label(pattern),
            diagnosis="; ".join(row["diagnosisLabel"] for row in rows),
            findings=tuple(self._term(word, "Finding") for word in (*reports["present"], *reports["absent"])),
            actions=actions,
            then=self._from(after, answer, told, depth - 1),
        )

    def _before(self, case: Case, study: str) -> Case:
        """The case without what stops being true by performing a study, such as that it was not performed."""
        rows = self._knowledge.settled.get(self._lexicon.term("Procedure", study).value, ())
        settled = {row["finding"] for row in rows}
        still = (word for word in case.absent if self._lexicon.term("Finding", word).value not in settled)
        return replace(case, absent=tuple(still))

    def _term(self, word: str, kind: str) -> Term:
        return Term(word, self._lexicon.label(self._lexicon.term(kind, word).value))


def _follow_up(action: Action) -> FollowUp:
    contacts = tuple(contact.label for contact in action.contacts)
    return FollowUp(action.recommendation.label, contacts, action.urgency.label, action.strength.label)


def _lines(pathway: Pathway, indent: int) -> list[str]:
    urgency = f", {pathway.urgency}" if pathway.urgency else ""
    lines = [wrapped(f"{pathway.outcome.label}{urgency}", indent, indent + 2)]
    lines += [wrapped(f"CALL NOW: {call}", indent, indent + 2) for call in pathway.calls]
    lines += [wrapped(f"belongs to: {neighbour}", indent, indent + 2) for neighbour in pathway.handed_to]
    lines += [_action_line(action, indent) for action in pathway.actions]
    for step in pathway.steps:
        lines.append(wrapped(f"> {step.study.label} ({step.category})", indent, indent + 4))
        for branch in step.branches:
            lines.append(wrapped(f"if {branch.result}", indent + 2, indent + 4))
            lines += [_action_line(action, indent + 4) for action in branch.actions]
            lines += _lines(branch.then, indent + 4) if branch.then else []
    return lines


def _action_line(action: FollowUp, indent: int) -> str:
    who = f" ({', '.join(action.contacts)})" if action.contacts else ""
    urgency = f", {action.urgency}" if action.urgency != "not stated" else ""
    return wrapped(f"- {action.label}{who}: {action.strength}{urgency}", indent, indent + 2)
