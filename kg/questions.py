"""What to ask: the unknown facts whose answers can change which study comes next, or how urgent it is.

A fact matters if two completions of the case that differ in nothing else have another outcome, other best studies or
another urgency. Only what matters is asked. Order checks, and facts that hand the case on or call for help, are apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kg.answer import Check, Question, Term
from kg.branching import Conditions, Found, Group, Joint, Level, Trials, follow, stated
from kg.case import Case
from kg.evaluation import Row
from kg.names import ns, slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped

if TYPE_CHECKING:
    from kg.guide import Guide
    from kg.part import Part

SETTLED = "Nothing that is still unknown can change the recommendation."
"""The positive statement; order checks, and facts that hand the case on or call for help, are listed apart."""

BUT_FOR_RESULTS = "No fact but a result that is not recorded can change the recommendation."
"""The same where a study was performed and nobody recorded what it showed."""

TOGETHER = "matters only together with other facts"

_DECIDE = ("Scenario", "Precedence", "Preference", "UrgencyRule")
_BEAR = (*_DECIDE, "HandOff", "Contraindication")

Decision = tuple[str, frozenset[str], str]
"""What matters of an answer: the outcome, the best studies and the urgency, by IRI."""


@dataclass(frozen=True)
class Consequence:
    """What a case leads to.

    Attributes:
        outcome: The outcome.
        scenarios: The scenarios that lead.
        in_question: How many scenarios lead or would lead in some completion.
        best: The studies that come next.
        urgency: How urgent; None when no rule holds.
    """

    outcome: Term
    scenarios: tuple[Term, ...]
    in_question: int
    best: tuple[Term, ...]
    urgency: Term | None

    def __str__(self) -> str:
        """The consequence in one line."""
        studies = f": {' or '.join(map(str, self.best))}" if self.best else ""
        if self.outcome.id == "needs-information":
            studies = f", {self.in_question} scenarios in question"
        return f"{self.outcome}{studies}{f', {self.urgency}' if self.urgency else ''}"


@dataclass(frozen=True)
class PossibleAnswer:
    """One answer to a question.

    Attributes:
        present: The findings that it makes present.
        absent: The findings that it makes absent.
        leads_to: What the case then leads to, everything else staying as it is.
    """

    present: tuple[Term, ...]
    absent: tuple[Term, ...]
    leads_to: Consequence

    def __str__(self) -> str:
        """The answer in words, with what it leads to."""
        if len(self.present) + len(self.absent) == 1:
            words = "present" if self.present else "absent"
        else:
            words = ", ".join([*map(str, self.present), *(f"not: {term}" for term in self.absent)])
        return f"{words} -> {self.leads_to}"


@dataclass(frozen=True)
class DecidingQuestion:
    """Something to ask.

    Attributes:
        ask: The finding or measure.
        answers: What each answer leads to.
        settles: In what share of all completions the commonest result is right once this is known. It counts
            completions, and is no probability.
        alone: Some answer changes what is known now; otherwise it matters only together with other facts.
    """

    ask: Term
    answers: tuple[PossibleAnswer, ...]
    settles: float
    alone: bool

    def __str__(self) -> str:
        """The question with its answers, as text of at most 80 columns."""
        if not self.alone:
            return wrapped(f"- {self.ask}: {TOGETHER}", 2, 4)
        return "\n".join([wrapped(f"- {self.ask}", 2, 4), *(wrapped(str(answer), 6, 8) for answer in self.answers)])


@dataclass(frozen=True)
class Asking(Shown):
    """What to ask about a case.

    Attributes:
        now: What the case leads to as it is.
        questions: What can change that, most deciding first.
        settled: Nothing that is still unknown can change it.
        checks: What to check before ordering; never changes the outcome.
        elsewhere: What is unknown and only hands the case on or calls for help.
        complaints: With which findings the topics begin, when the case enters none.
        awaited: Studies that were performed and of which no result is recorded: no question asks for it.
    """

    now: Consequence
    questions: tuple[DecidingQuestion, ...]
    settled: bool
    checks: tuple[Check, ...]
    elsewhere: tuple[Question, ...]
    complaints: tuple[Term, ...] = ()
    awaited: tuple[Term, ...] = ()

    @property
    def statement(self) -> str:
        """What can be said of all questions together."""
        if self.settled:
            return BUT_FOR_RESULTS if self.awaited else SETTLED
        if self.questions:
            return "WHAT TO ASK, MOST DECIDING FIRST"
        if self.complaints:
            return f"State the complaint first. The topics here begin with: {'; '.join(map(str, self.complaints))}."
        return "No single fact decides: several have to be stated together."

    def to_dict(self) -> dict[str, Any]:
        """What to ask as plain data.

        Returns:
            Nested dictionaries and lists.
        """
        return {**asdict(self), "statement": self.statement}

    def __str__(self) -> str:
        """What to ask as text of at most 80 columns."""
        lines = [wrapped(f"NOW: {self.now}", 0, 2)]
        lines += [wrapped(f"NO RESULT IS RECORDED OF: {study.label}", 0, 2) for study in self.awaited]
        lines += [wrapped(self.statement, 0, 2), *map(str, self.questions)]
        if self.checks:
            lines += ["CHECK BEFORE ORDERING", *(wrapped(f"- {check.label}", 2, 4) for check in self.checks)]
        if self.elsewhere:
            lines.append("HANDS THE CASE ON OR CALLS FOR HELP WHEN STATED")
            lines += [wrapped(f"- {q.label}: {'; '.join(q.matters_for)}", 2, 4) for q in self.elsewhere]
        return "\n".join(lines)


def what_to_ask(guide: Guide, case: Case) -> Asking:
    """What is unknown and can change the answer.

    Args:
        guide: The guideline.
        case: The patient, as far as known.

    Returns:
        The questions, or the statement that nothing more needs to be known.

    Raises:
        KgError: As for ``Guide.assess``.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain", "thoracic-fusion"], absent=["fever"])
    >>> what_to_ask(guide, case.assuming_absent("red-flag", "neurologic-deficit")).settled
    True
    """
    answer = guide.assess(case)
    entered = (t.object.value for t in guide.derive(case) if t.predicate == ns("entered"))  # type: ignore[union-attr]
    asker = Asker(guide.part(frozenset(entered)), case, guide.knowledge.urgency_rules)
    questions, settled = asker.questions()
    asked = {question.ask.id for question in questions}
    return Asking(
        now=asker.now,
        questions=questions,
        settled=settled,
        checks=answer.check_before_ordering,
        elsewhere=tuple(q for q in answer.questions if not q.decides_scenario and q.id not in asked),
        complaints=() if asker.entered else _complaints(guide),
        awaited=answer.awaited,
    )


def _complaints(guide: Guide) -> tuple[Term, ...]:
    rows = guide.knowledge.rows(named("ask", "entries"))
    return tuple(dict.fromkeys(Term(slug(row["entry"]), row["label"]) for row in rows))


class Asker:
    """Works out the questions about one case."""

    def __init__(self, part: Part, case: Case, urgency_rules: Mapping[str, Row] | None = None) -> None:
        """Derive what holds now.

        Args:
            part: The topics that the case enters.
            case: The patient, as far as known.
            urgency_rules: The level of each urgency rule, whichever topic it stands in; without it, those of the part.
        """
        self._urgency_rules = part.knowledge.urgency_rules if urgency_rules is None else urgency_rules
        self._case, self._lexicon, self._knowledge = case, part.lexicon, part.knowledge
        self._trials = Trials(part.rules, part.lexicon)
        self._conditions = Conditions(part.knowledge, _BEAR)
        (self._found,) = self._trials([case])
        self.now = self._consequence(self._found)
        self.entered = bool(self._found["entered"])

    def questions(self) -> tuple[tuple[DecidingQuestion, ...], bool]:
        """The questions, most deciding first, and whether nothing unknown can change the answer."""
        if not self.entered:
            return (), False
        unknown = self._conditions.deciding(self._found, _DECIDE) - self._found["undecided"]
        groups = self._conditions.groups(unknown, unknown=False)
        levels = follow(self._case, groups, self._conditions, self._trials)
        diagram = Diagram(groups, levels, {key: self._decision(node.found) for key, node in levels[-1].items()})
        asked: dict[str, set[str]] = defaultdict(set)
        for finding in diagram.matters():
            asked[self._conditions.asked_as[finding]].add(finding)
        made = [self._question(ask, findings, diagram) for ask, findings in sorted(asked.items())]
        settled = not made and diagram.decisions == {self._decision(self._found)}
        return tuple(sorted(made, key=lambda question: -question.settles)), settled

    def _question(self, ask: str, findings: set[str], diagram: Diagram) -> DecidingQuestion:
        answers = diagram.answers(findings)
        after = [self._consequence(found) for found in self._trials([stated(self._case, a) for a in answers])]
        return DecidingQuestion(
            ask=self._term(ask),
            answers=tuple(
                PossibleAnswer(
                    self._terms({finding for finding, present in answer if present}),
                    self._terms({finding for finding, present in answer if not present}),
                    consequence,
                )
                for answer, consequence in zip(answers, after, strict=True)
            ),
            settles=round(diagram.settles(findings), 4),
            alone=any(consequence != self.now for consequence in after),
        )

    def _decision(self, found: Found) -> Decision:
        (outcome,) = found["outcome"]
        return outcome, found["best"], self._urgency(found)

    def _urgency(self, found: Found) -> str:
        rules = [row for rule, row in self._urgency_rules.items() if rule in found["applies"]]
        return max(rules, key=lambda row: int(row["rank"]))["urgency"] if rules else ""

    def _consequence(self, found: Found) -> Consequence:
        outcome, best, urgency = self._decision(found)
        return Consequence(
            outcome=self._term(outcome),
            scenarios=self._terms(found["leading"]),
            in_question=len(found["considered"]),
            best=self._terms(best),
            urgency=self._term(urgency) if urgency else None,
        )

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))

    def _terms(self, iris: frozenset[str] | set[str]) -> tuple[Term, ...]:
        return tuple(self._term(iri) for iri in sorted(iris))


class Diagram:
    """The decisions of all completions: which finding makes a difference, and how much."""

    def __init__(self, groups: list[Group], levels: list[Level], ends: Mapping[Hashable, Decision]) -> None:
        """Go back from the ends: two points are one where no completion tells them apart.

        Args:
            groups: What was unknown.
            levels: What ``kg.branching.follow`` returns.
            ends: The decision of each last point.
        """
        self._groups, self._levels = groups, levels
        self.decisions = set(ends.values())
        self._same: list[dict[Hashable, int]] = [_numbered(ends)]
        self._counts: list[dict[Hashable, Counter[Decision]]] = [{key: Counter([end]) for key, end in ends.items()}]
        for nodes in reversed(levels[:-1]):
            same, counts = self._same[0], self._counts[0]
            children = {key: tuple(same[edge] for edge in node.edges) for key, node in nodes.items()}
            self._same.insert(0, _numbered(children))
            self._counts.insert(
                0, {key: sum((counts[edge] for edge in node.edges), Counter()) for key, node in nodes.items()}
            )

    def matters(self) -> set[str]:
        """The findings in which two completions with different decisions differ, and in nothing else."""
        return {
            finding
            for level, group in enumerate(self._groups)
            for finding in group.findings
            if any(
                len({self._same[level + 1][node.edges[place]] for place in places}) > 1
                for places in _alike(group, finding)
                for node in self._levels[level].values()
            )
        }

    def answers(self, findings: set[str]) -> list[Joint]:
        """What can be said of some findings of one group."""
        level = self._level(findings)
        joints = [frozenset(x for x in joint if x[0] in findings) for joint in self._groups[level].joints]
        return list(dict.fromkeys(joints))

    def settles(self, findings: set[str]) -> float:
        """In what share of the completions the commonest decision is right, once some findings are known."""
        level = self._level(findings)
        counts: dict[Joint, Counter[Decision]] = defaultdict(Counter)
        for node in self._levels[level].values():
            for joint, edge in zip(self._groups[level].joints, node.edges, strict=True):
                answer = frozenset(x for x in joint if x[0] in findings)
                for decision, count in self._counts[level + 1][edge].items():
                    counts[answer][decision] += node.weight * count
        return sum(max(c.values()) for c in counts.values()) / sum(c.total() for c in counts.values())

    def _level(self, findings: set[str]) -> int:
        return next(level for level, group in enumerate(self._groups) if findings <= set(group.findings))


def _numbered(keys: Mapping[Hashable, Hashable]) -> dict[Hashable, int]:
    numbers: dict[Hashable, int] = {}
    return {key: numbers.setdefault(value, len(numbers)) for key, value in keys.items()}


def _alike(group: Group, finding: str) -> list[list[int]]:
    """The places of joints that differ in one finding and in nothing else."""
    alike: dict[Joint, list[int]] = defaultdict(list)
    for place, joint in enumerate(group.joints):
        alike[joint - {(finding, True), (finding, False)}].append(place)
    return [places for places in alike.values() if len(places) > 1]
