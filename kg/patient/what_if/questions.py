"""Works out what to ask: the unknown facts that would change which study comes next, or how urgent it is.

A fact is asked for if it changes the answer for the case as recorded, alone or together with one other fact. If neither
happens, the smallest set of facts that changes the answer is asked for. How much a question decides is a share of
statements: of all that can be said of its fact and of at most one other fact, the share that changes the answer. Order
checks, and facts that only hand the case on or call for help, are listed separately.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from kg.errors import MissingPackageError
from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.logic.circuit.execute import Run
from kg.logic.circuit.gates import Circuit
from kg.logic.circuit.inputs import Said
from kg.patient.assess.answer import Contraindication
from kg.patient.assess.unknown import OpenQuestion
from kg.patient.case import Case
from kg.patient.what_if.completions import Completions, FurtherFacts
from kg.shown import Shown

if TYPE_CHECKING:
    from kg.knowledge.content.lexicon import Lexicon
    from kg.patient.assess.assessor import Assessor

SETTLED = "No unknown fact can change the recommendation."
"""Said when the case is settled; order checks, and facts that hand the case on or call for help, are listed apart."""

BUT_FOR_RESULTS = "Only a result that is not recorded can change the recommendation."
"""Said instead of ``SETTLED`` when a study was performed and its result is not recorded."""

NOT_DECIDED = (
    "No single fact and no pair of facts changes the recommendation; whether more facts together do is not decided"
)
"""Said when the solver is missing or did not finish."""

_OF_CASE = ("outcome", "leading", "considered", "best", "urgency")
"""What a consequence tells of a case."""

_CONCLUDED = frozenset((*_OF_CASE, "entered", "mayEnter", "impossible"))
"""What has to be concluded about a hypothetical case."""

_MOST_TOGETHER = 12
"""The findings of one measure are asked for together; if there are more than this, the answers are not listed."""


@dataclass(frozen=True)
class Consequence:
    """What a case leads to.

    Attributes:
        outcome: The outcome.
        scenarios: The scenarios that lead.
        considered: How many scenarios lead or could lead.
        best: The studies that come next.
        urgency: How urgent; None when no rule holds.
    """

    outcome: Term
    scenarios: tuple[Term, ...]
    considered: int
    best: tuple[Term, ...]
    urgency: Term | None

    def __str__(self) -> str:
        """The consequence in one line."""
        studies = f": {' or '.join(map(str, self.best))}" if self.best else ""
        if self.outcome.id == "needs-information":
            studies = f", {self.considered} scenarios could lead"
        return f"{self.outcome}{studies}{f', {self.urgency}' if self.urgency else ''}"


@dataclass(frozen=True)
class PossibleAnswer:
    """One answer to a question.

    Attributes:
        present: The findings that it makes present.
        absent: The findings that it makes absent.
        leads_to: What the case then leads to, with everything else unchanged.
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
        kinds: The kinds of a broad finding, one of which may be the answer; empty if it has none.
        answers: The possible answers, each with what it leads to.
        changes: Of all that can be said of it and of at most one other fact, the share that changes the answer, from 0
            to 1. It counts statements and is not a probability.
        together: The facts together with which it changes the answer; empty if it does so alone.
    """

    ask: Term
    kinds: tuple[Term, ...]
    answers: tuple[PossibleAnswer, ...]
    changes: float
    together: tuple[Term, ...]

    @property
    def alone(self) -> bool:
        """Whether it can change the answer alone; otherwise it matters only together with other facts."""
        return not self.together


@dataclass(frozen=True, repr=False)
class WhatToAsk(Shown):
    """What to ask about a case.

    Attributes:
        now: What the case leads to as it is.
        questions: What can change that, most decisive first.
        settled: True when nothing unknown can change it; None when that is not decided, and ``undecided`` says why.
        checks: What to check before ordering; it never changes the outcome.
        elsewhere: What is unknown and could only hand the case on or call for help.
        complaints: If the case enters no topic, the findings with which a case enters one.
        awaited: Studies that were performed and have no recorded result; no question asks for it.
        undecided: Why it is not decided whether the case is settled; empty when it is decided.
    """

    now: Consequence
    questions: tuple[DecidingQuestion, ...]
    settled: bool | None
    checks: tuple[Contraindication, ...]
    elsewhere: tuple[OpenQuestion, ...]
    complaints: tuple[Term, ...] = ()
    awaited: tuple[Term, ...] = ()
    undecided: str = ""

    @property
    def statement(self) -> str:
        """One sentence or heading for all questions together."""
        if self.settled:
            return BUT_FOR_RESULTS if self.awaited else SETTLED
        if self.questions:
            return "WHAT TO ASK, MOST DECISIVE FIRST"
        if self.complaints:
            return f"State the complaint first. The topics here begin with: {'; '.join(map(str, self.complaints))}."
        return f"{NOT_DECIDED}: {self.undecided}."

    def to_dict(self) -> dict[str, Any]:
        """What to ask as plain data."""
        return {**asdict(self), "statement": self.statement}


def what_to_ask(guide: Assessor, case: Case) -> WhatToAsk:
    """Which unknown facts can change the answer, or that nothing more needs to be known.

    Raises:
        KgError: As for ``Guide.assess``.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain", "thoracic-fusion"], absent=["fever"])
    >>> what_to_ask(guide, case.assuming_absent("red-flag", "neurologic-deficit")).settled
    True
    """
    from kg.patient.facts import said

    answer = guide.assess(case)
    with guide.core.evaluation(case) as (_, evaluation):
        deciding = {row["finding"]: row["ask"] for row in evaluation.rows(named("lookup", "deciding"))}
    may_enter = guide.core.entered(guide.core.facts(case)) | guide.core.index.topics(
        {("present", finding) for finding in deciding}
    )
    lexicon = guide.core.lexicon
    circuit = guide.core.circuits.deciding(may_enter, _CONCLUDED)
    asker = Asker(circuit, lexicon, said(case, lexicon), deciding, guide.core.lookup.narrower)
    questions, settled, undecided = asker.questions() if asker.entered else ((), False, "")
    asked = {question.ask.id for question in questions}
    return WhatToAsk(
        now=asker.now,
        questions=questions,
        settled=settled,
        checks=answer.contraindications,
        elsewhere=tuple(q for q in answer.questions if not q.decides_scenario and q.id not in asked),
        complaints=() if asker.entered else _complaints(guide),
        awaited=answer.awaited,
        undecided=undecided,
    )


def _complaints(guide: Assessor) -> tuple[Term, ...]:
    rows = guide.core.lookup.rows(named("ask", "entries"))
    return tuple(dict.fromkeys(Term(slug(row["entry"]), row["label"]) for row in rows))


class Asker:
    """Works out the questions about one case."""

    def __init__(
        self,
        circuit: Circuit,
        lexicon: Lexicon,
        case: Said,
        deciding: Mapping[str, str],
        kinds: Mapping[str, Sequence[str]],
    ) -> None:
        """Find out what holds now.

        Args:
            circuit: The circuit of the topics of the case.
            lexicon: Gives labels.
            case: What the case states.
            deciding: The IRI of each unknown finding that could decide something, with the IRI of what to ask for: the
                finding itself, or the measure that decides it.
            kinds: The IRIs of the next narrower findings of each finding that has any.
        """
        self._lexicon, self._deciding, self._narrower = lexicon, deciding, kinds
        self._completions = Completions(circuit, case, deciding)
        found, _ = self._completions.after([()])
        self.now = self._consequence(found, 0)
        self.entered = bool(found.some("entered") | found.some("mayEnter"))

    def questions(self) -> tuple[tuple[DecidingQuestion, ...], bool | None, str]:
        """The questions, most decisive first; whether the case is settled; and why that is not decided."""
        changes = self._completions.changes
        if changes.alone or changes.pairs:
            asked = {self._deciding[finding] for finding, _ in (*changes.alone, *changes.pairs)}
            made = [self._question(ask) for ask in sorted(asked)]
            # A question whose answers all lead to the same is not asked while another one decides by itself.
            deciding = [question for question in made if question.alone] or made
            return tuple(sorted(deciding, key=lambda question: -question.changes)), False, ""
        return self._beyond_two()

    def _beyond_two(self) -> tuple[tuple[DecidingQuestion, ...], bool | None, str]:
        """What only the solver can find: the smallest set of facts that changes the answer, or that there is none."""
        from kg.logic.circuit.solve import NotDecidedError

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

    def _joint_question(self, ask: str, smallest: FurtherFacts) -> DecidingQuestion:
        others = {finding for finding, _ in smallest if self._deciding[finding] != ask}
        return DecidingQuestion(self._term(ask), self._kinds(ask), (), 0.0, self._terms(others))

    def _question(self, ask: str) -> DecidingQuestion:
        changes = self._completions.changes
        own = [fact for fact in changes.facts if self._deciding[fact[0]] == ask]
        counts = [changes.shares[fact] for fact in own]
        alone = not changes.alone.isdisjoint(own)
        partners = {finding for fact in own for finding, _ in changes.pairs.get(fact, ())}
        return DecidingQuestion(
            ask=self._term(ask),
            kinds=self._kinds(ask),
            answers=self._answers(sorted({finding for finding, _ in own})) if alone else (),
            changes=round(sum(changed for changed, _ in counts) / max(1, sum(all_ for _, all_ in counts)), 4),
            together=() if alone else self._terms(partners),
        )

    def _answers(self, findings: Sequence[str]) -> tuple[PossibleAnswer, ...]:
        """Every combination of some findings that can be true, with what it leads to."""
        if len(findings) > _MOST_TOGETHER:
            return ()
        # For findings a and b: both present, only a, only b, neither; without those that are impossible.
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
        said = found.of(place, _OF_CASE)
        (outcome,) = said["outcome"]
        return Consequence(
            outcome=self._term(outcome),
            scenarios=self._terms(said["leading"]),
            considered=len(said["considered"]),
            best=self._terms(said["best"]),
            urgency=next(iter(self._terms(said["urgency"])), None),
        )

    def _kinds(self, ask: str) -> tuple[Term, ...]:
        known = self._completions.known
        return self._terms(kind for kind in self._narrower.get(ask, ()) if kind not in known)

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))

    def _terms(self, iris: Iterable[str]) -> tuple[Term, ...]:
        return tuple(self._term(iri) for iri in sorted(iris))
