"""The pathway: what would follow from each possible result of each next study, found on hypothetical cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from kg.errors import ContradictoryCaseError, ParameterError, shown
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import slug
from kg.patient.assess.answer import Action, Answer
from kg.patient.case import Case
from kg.patient.facts import FACTS, fact_in_words
from kg.shown import VIEWS, Shown

DEPTH = 4
"""How many studies deep a pathway looks."""


@dataclass(frozen=True)
class FollowUp:
    """An action that a result asks for.

    Attributes:
        label: What to do.
        contacts: Whom to consult.
        urgency: How fast.
        strength: How strongly the source recommends it.
        strength_rank: The rank of that strength on its scale; the higher, the stronger.
    """

    label: str
    contacts: tuple[str, ...]
    urgency: str
    strength: str
    strength_rank: int


@dataclass(frozen=True)
class Branch:
    """One possible result of a study.

    Attributes:
        result: The result pattern in words; the last branch of a study stands for results that match no pattern.
        diagnosis: The diagnosis that it points to.
        findings: The findings that the hypothetical result states.
        actions: What follows, most urgent first.
        then: How the pathway goes on; None where the sources say nothing about the result.
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
        branches: Its possible results, the most urgent first.
    """

    study: Term
    category: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, repr=False)
class Pathway(Shown):
    """What follows from here.

    Attributes:
        outcome: The outcome of the case at this point.
        scenarios: The scenarios that lead.
        urgency: How fast the study is needed; empty when no rule holds.
        escalations: Whom to call at once.
        handed_to: Neighbouring topics to which the case belongs.
        actions: What follows from results that are already known.
        steps: The studies that come next.
        facts: What is stated of the patient, in words; empty further on, where a result is added to it.
    """

    outcome: Term
    scenarios: tuple[Term, ...]
    urgency: str
    escalations: tuple[str, ...]
    handed_to: tuple[str, ...]
    actions: tuple[FollowUp, ...]
    steps: tuple[Step, ...]
    facts: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The pathway as plain data."""
        return asdict(self)

    def svg(self, width: int = 900) -> str:
        """The pathway as a picture, with as many studies ahead as fit on a screen.

        Args:
            width: The width of the picture in pixels, 700 or more.

        Returns:
            A plain SVG document for web pages, vector editors and LaTeX, without script, style sheet or references.

        Raises:
            ParameterError: The width is less than 700, or no whole number.
        """
        return VIEWS["svg"](self, width)


class Pathfinder:
    """Follows the results of studies on hypothetical cases."""

    def __init__(self, assess: Callable[[Case], Answer], lexicon: Lexicon, lookup: Lookup) -> None:
        """Take what is needed to assess cases.

        Args:
            assess: Assesses a case.
            lexicon: Gives words and labels.
            lookup: Gives result patterns.
        """
        self._assess = assess
        self._lexicon = lexicon
        self._lookup = lookup
        rows = [row for found in lookup.actions.values() for row in found]
        self._ranks = {lexicon.label(row["urgency"]): int(row["rank"]) for row in rows}
        self._strengths = {row["strengthLabel"]: int(row["strengthRank"]) for row in rows}

    def pathway(self, case: Case, depth: int = DEPTH) -> Pathway:
        """Follow a case.

        Args:
            case: The patient, as far as known.
            depth: How many studies deep to look, from 1 to ``DEPTH``.

        Raises:
            ParameterError: The depth is out of range.
        """
        if depth not in range(1, DEPTH + 1):
            message = f"depth is {shown(depth)}; give a whole number from 1 to {DEPTH}"
            raise ParameterError(message)
        return replace(self._from(case, self._assess(case), frozenset(), depth), facts=self._facts(case))

    def _facts(self, case: Case) -> tuple[str, ...]:
        """Everything that is stated of the patient, in words."""
        rows = [{"given": "measured", "fact": name} for name in case.measured]
        rows += [
            {"given": relation, "fact": self._lexicon.term("Finding", word).value}
            for relation, name in FACTS
            for word in getattr(case, name)
        ]
        rows += [{"given": "performed", "fact": str(number)} for number in range(1, len(case.performed) + 1)]
        return tuple(fact_in_words(row, case, self._lexicon, self._lookup).text for row in rows)

    def _from(self, case: Case, answer: Answer, told: frozenset[str], depth: int) -> Pathway:
        steps = tuple(self._step(case, study.id, answer, depth) for study in answer.best) if depth else ()
        return Pathway(
            outcome=answer.outcome,
            scenarios=tuple(Term(held.id, held.label) for held in answer.scenarios),
            urgency=answer.urgency.level.label if answer.urgency else "",
            escalations=tuple(escalation.label for escalation in answer.escalations if escalation.applies),
            handed_to=tuple(over.neighbour.label for over in answer.handed_to),
            actions=tuple(
                self._follow_up(action) for action in answer.actions if action.recommendation.label not in told
            ),
            steps=steps,
        )

    def _step(self, case: Case, study: str, answer: Answer, depth: int) -> Step:
        category = next(rated.category.label for rated in answer.studies if rated.id == study)
        branches = [
            branch
            for pattern, reports in self._reports(study)
            if (branch := self._branch(case, study, answer, pattern, reports, depth))
        ]
        branches.sort(key=self._haste, reverse=True)
        if branches:
            branches.append(Branch("none of these patterns: the sources name no next step", "", (), (), None))
        return Step(self._term(study, "Procedure"), category, tuple(branches))

    def _reports(self, study: str) -> list[tuple[str, dict[str, list[str]]]]:
        """For each result pattern of a study, what it would have to show: the first disjunct of each criterion."""
        # A pattern whose criteria are first met by a fracture that is present, and by a mass that is absent, gives
        # (pattern, {"present": ["fracture"], "absent": ["mass"]}).
        patterns: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        for row in self._lookup.results.get(self._lexicon.term("Procedure", study).value, ()):
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
            # What is known about the patient excludes this result.
            return None
        if slug(pattern) not in {result.pattern.id for result in answer.results}:
            return None
        known = {action.recommendation.label for action in before.actions}
        actions = tuple(
            self._follow_up(action) for action in answer.actions if action.recommendation.label not in known
        )
        told = frozenset(known | {action.label for action in actions})
        rows = self._lookup.patterns[pattern]
        return Branch(
            result=self._lexicon.label(pattern),
            diagnosis="; ".join(row["diagnosisLabel"] for row in rows),
            findings=tuple(self._term(word, "Finding") for word in (*reports["present"], *reports["absent"])),
            actions=actions,
            then=self._from(after, answer, told, depth - 1),
        )

    def _haste(self, branch: Branch) -> int:
        """How urgent the most urgent action of a branch is; of branches that are as urgent, the order stays."""
        return max((self._ranks.get(action.urgency, 0) for action in branch.actions), default=0)

    def _before(self, case: Case, study: str) -> Case:
        """The case without the facts that performing a study makes untrue, such as that it was not performed."""
        rows = self._lookup.settled.get(self._lexicon.term("Procedure", study).value, ())
        settled = {row["finding"] for row in rows}
        still = (word for word in case.absent if self._lexicon.term("Finding", word).value not in settled)
        return replace(case, absent=tuple(still))

    def _term(self, word: str, kind: str) -> Term:
        return Term(word, self._lexicon.label(self._lexicon.term(kind, word).value))

    def _follow_up(self, action: Action) -> FollowUp:
        contacts = tuple(contact.label for contact in action.contacts)
        strength = action.strength.label
        return FollowUp(
            action.recommendation.label, contacts, action.urgency.label, strength, self._strengths[strength]
        )
