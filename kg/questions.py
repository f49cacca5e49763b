"""What to ask: the unknown facts that change which study comes next, or how urgent it is, when they are known.

Asked is what changes the answer to the case as it is recorded: a fact by itself first, then two together; where neither
does, the fewest facts that do. How much a question decides is counted over statements: of all that can be said of its
fact, and of at most one other, the share that changes the answer. Order checks, and facts that hand the case on or call
for help, are apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from kg.answer import Check, Question, Term
from kg.case import Case
from kg.completions import Completions, Facts
from kg.errors import MissingPackageError
from kg.logic.circuit import Circuit
from kg.logic.execute import Run
from kg.logic.inputs import Said
from kg.names import slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped

if TYPE_CHECKING:
    from kg.guide import Guide
    from kg.lexicon import Lexicon

SETTLED = "Nothing that is still unknown can change the recommendation."
"""The positive statement; order checks, and facts that hand the case on or call for help, are listed apart."""

BUT_FOR_RESULTS = "No fact but a result that is not recorded can change the recommendation."
"""The same where a study was performed and nobody recorded what it showed."""

NOT_DECIDED = "No one fact and no two change the recommendation; whether more can together is not decided"
"""What is said where the solver is missing, or did not come to an end."""

_MOST_TOGETHER = 12
"""Findings of one measure are asked together; of more than this, the answers are not listed."""


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
        changes: Of all that can be said of it and of at most one other fact, the share that changes the answer. It
            counts statements, and is no probability.
        together: The facts with which it changes the answer, where it does not by itself.
    """

    ask: Term
    answers: tuple[PossibleAnswer, ...]
    changes: float
    together: tuple[Term, ...]

    @property
    def alone(self) -> bool:
        """Some answer changes what is known now; otherwise it matters only together with other facts."""
        return not self.together

    def __str__(self) -> str:
        """The question with its answers, as text of at most 80 columns."""
        if not self.alone:
            return wrapped(f"- {self.ask}: {with_others(self)}", 2, 4)
        return "\n".join([wrapped(f"- {self.ask}", 2, 4), *(wrapped(str(answer), 6, 8) for answer in self.answers)])


def with_others(question: DecidingQuestion) -> str:
    """With which facts a question matters that does not matter by itself.

    Args:
        question: The question.

    Returns:
        A phrase.
    """
    return f"matters only together with: {'; '.join(map(str, question.together))}"


@dataclass(frozen=True)
class Asking(Shown):
    """What to ask about a case.

    Attributes:
        now: What the case leads to as it is.
        questions: What can change that, most deciding first.
        settled: Nothing that is still unknown can change it. None where that is not decided; ``undecided`` says why.
        checks: What to check before ordering; never changes the outcome.
        elsewhere: What is unknown and only hands the case on or calls for help.
        complaints: With which findings the topics begin, when the case enters none.
        awaited: Studies that were performed and of which no result is recorded: no question asks for it.
        undecided: Why it is not decided whether the case is settled; empty where it is decided.
    """

    now: Consequence
    questions: tuple[DecidingQuestion, ...]
    settled: bool | None
    checks: tuple[Check, ...]
    elsewhere: tuple[Question, ...]
    complaints: tuple[Term, ...] = ()
    awaited: tuple[Term, ...] = ()
    undecided: str = ""

    @property
    def statement(self) -> str:
        """What can be said of all questions together."""
        if self.settled:
            return BUT_FOR_RESULTS if self.awaited else SETTLED
        if self.questions:
            return "WHAT TO ASK, MOST DECIDING FIRST"
        if self.complaints:
            return f"State the complaint first. The topics here begin with: {'; '.join(map(str, self.complaints))}."
        return f"{NOT_DECIDED}: {self.undecided}."

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
    from kg.facts import said

    answer = guide.assess(case)
    deciding = {row["finding"]: row["ask"] for row in guide.rows_about(case, named("ask", "deciding"))}
    may_enter = guide.topics_of(case) | guide.index.topics({("present", finding) for finding in deciding})
    asker = Asker(guide.circuits.of(may_enter), guide.lexicon, said(case, guide.lexicon), deciding)
    questions, settled, undecided = asker.questions() if asker.entered else ((), False, "")
    asked = {question.ask.id for question in questions}
    return Asking(
        now=asker.now,
        questions=questions,
        settled=settled,
        checks=answer.check_before_ordering,
        elsewhere=tuple(q for q in answer.questions if not q.decides_scenario and q.id not in asked),
        complaints=() if asker.entered else _complaints(guide),
        awaited=answer.awaited,
        undecided=undecided,
    )


def _complaints(guide: Guide) -> tuple[Term, ...]:
    rows = guide.knowledge.rows(named("ask", "entries"))
    return tuple(dict.fromkeys(Term(slug(row["entry"]), row["label"]) for row in rows))


class Asker:
    """Works out the questions about one case."""

    def __init__(self, circuit: Circuit, lexicon: Lexicon, case: Said, deciding: Mapping[str, str]) -> None:
        """Conclude what holds now.

        Args:
            circuit: The circuit of the topics of the case.
            lexicon: Labels.
            case: What the case says.
            deciding: The unknown facts that stand in something that can decide, and as what each is asked, by IRI.
        """
        self._lexicon, self._deciding = lexicon, deciding
        self._completions = Completions(circuit, case, deciding)
        found, _ = self._completions.after([()])
        self.now = self._consequence(found, 0)
        self.entered = bool(found.some("entered"))

    def questions(self) -> tuple[tuple[DecidingQuestion, ...], bool | None, str]:
        """The questions, most deciding first; whether nothing unknown can change the answer; why not decided."""
        changes = self._completions.changes
        if changes.alone or changes.pairs:
            asked = {self._deciding[finding] for finding, _ in (*changes.alone, *changes.pairs)}
            made = [self._question(ask) for ask in sorted(asked)]
            return tuple(sorted(made, key=lambda question: (not question.alone, -question.changes))), False, ""
        return self._beyond_two()

    def _beyond_two(self) -> tuple[tuple[DecidingQuestion, ...], bool | None, str]:
        """What only the solver knows: the fewest facts that change the answer, or that none do."""
        from kg.logic.solve import NotDecidedError

        try:
            smallest = self._completions.smallest_change()
        except MissingPackageError as error:
            return (), None, str(error)
        except NotDecidedError:
            return (), None, "the solver did not come to an end within its bound"
        if smallest is None:
            return (), True, ""
        asks = sorted({self._deciding[finding] for finding, _ in smallest})
        return tuple(self._joint_question(ask, smallest) for ask in asks), False, ""

    def _joint_question(self, ask: str, smallest: Facts) -> DecidingQuestion:
        others = {finding for finding, _ in smallest if self._deciding[finding] != ask}
        return DecidingQuestion(self._term(ask), (), 0.0, self._terms(others))

    def _question(self, ask: str) -> DecidingQuestion:
        changes = self._completions.changes
        own = [fact for fact in changes.facts if self._deciding[fact[0]] == ask]
        counts = [changes.shares[fact] for fact in own]
        alone = not changes.alone.isdisjoint(own)
        partners = {finding for fact in own for finding, _ in changes.pairs.get(fact, ())}
        return DecidingQuestion(
            ask=self._term(ask),
            answers=self._answers(sorted({finding for finding, _ in own})),
            changes=round(sum(changed for changed, _ in counts) / max(1, sum(all_ for _, all_ in counts)), 4),
            together=() if alone else self._terms(partners),
        )

    def _answers(self, findings: Sequence[str]) -> tuple[PossibleAnswer, ...]:
        """Everything that can be true of some findings together, with what it leads to."""
        if len(findings) > _MOST_TOGETHER:
            return ()
        said = [tuple(zip(findings, states, strict=True)) for states in product((True, False), repeat=len(findings))]
        found, impossible = self._completions.after(said)
        return tuple(
            PossibleAnswer(
                self._terms(finding for finding, present in facts if present),
                self._terms(finding for finding, present in facts if not present),
                self._consequence(found, place),
            )
            for place, facts in enumerate(said)
            if not impossible >> place & 1
        )

    def _consequence(self, found: Run, place: int) -> Consequence:
        said = found.of(place, ("outcome", "leading", "considered", "best", "urgency"))
        (outcome,) = said["outcome"]
        return Consequence(
            outcome=self._term(outcome),
            scenarios=self._terms(said["leading"]),
            in_question=len(said["considered"]),
            best=self._terms(said["best"]),
            urgency=next(iter(self._terms(said["urgency"])), None),
        )

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))

    def _terms(self, iris: Iterable[str]) -> tuple[Term, ...]:
        return tuple(self._term(iri) for iri in sorted(iris))
