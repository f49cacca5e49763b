"""Assesses cases: from a case to its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pyoxigraph import Quad

from kg.knowledge.content.cache import Kept
from kg.knowledge.content.content import Content
from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row, grouped
from kg.patient.assess import answer as a
from kg.patient.assess.assemble import Reading
from kg.patient.assess.core import Core
from kg.patient.assess.evaluation import CONCLUSIONS, Evaluation
from kg.patient.assess.ranked import near
from kg.patient.assess.slices import View
from kg.patient.assess.unknown import Elsewhere
from kg.patient.assess.validate import IMPOSSIBLE
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE


class Assessor:
    """Assesses cases against the content that it was opened from.

    Attributes:
        core: The opened content, on which everything else is built. It is internal and may change at any time.
    """

    def __init__(self, source: Content | Kept | Core) -> None:
        """Wrap content that was read, or a core that holds it."""
        self.core = source if isinstance(source, Core) else Core(source)

    @classmethod
    def of_folder(cls, content: Path | str | None = None) -> Assessor:
        """Open a content folder; by default the shipped ontology.

        Raises:
            ContentError: The folder cannot be used; the message names the file, the line and the cure.
        """
        return cls(Core.of_folder(content))

    def assess(self, case: Case) -> a.Answer:
        """Which study comes next, and why.

        Raises:
            UnknownTermError: A word of the case is not in the vocabulary; the message offers the nearest labels.
            CaseError: A number is out of range.
            ContradictoryCaseError: Facts contradict each other; the message names both.
        """
        answer = self._assess(self.core.understood(case))
        return replace(answer, readings=self._readings(answer)) if answer.undecided else answer

    def derive(self, case: Case) -> tuple[Quad, ...]:
        """The case, called ``case:this``, and everything that the derive queries conclude about it, as triples.

        Raises:
            KgError: As for ``assess``.
        """
        with self.core.evaluation(self.core.understood(case)) as (_, evaluation):
            return evaluation.triples

    def _assess(self, case: Case) -> a.Answer:
        laid = self.core.facts(case)
        held = self.core.slice(self.core.entered(laid))
        with held.rules.evaluation(laid) as evaluation:
            conclusions = evaluation.conclusions(THIS_CASE, (*CONCLUSIONS, IMPOSSIBLE))
            if conclusions[IMPOSSIBLE]:
                with self.core.evaluation(case):
                    pass  # this refuses the case; the slice of rules alone has no labels to say why
            return self._reading(case, laid, self.core.view(held, conclusions), evaluation, conclusions).answer()

    def _readings(self, answer: a.Answer) -> tuple[a.OtherReading, ...]:
        """Assess the case once for each reading of a number that the sources read differently."""
        readings = []
        for finding in answer.undecided:
            other = self._assess(answer.case.with_facts(present=[finding.id]))
            scenarios = tuple(Term(held.id, held.label) for held in other.scenarios)
            best = tuple(Term(study.id, study.label) for study in other.best)
            readings.append(a.OtherReading(finding, other.outcome, scenarios, best))
        return tuple(readings)

    def _reading(
        self,
        case: Case,
        laid: tuple[Quad, ...],
        view: View,
        evaluation: Evaluation,
        conclusions: dict[str, list[str]],
    ) -> Reading:
        """The conclusions about a case, ready to be put into words."""
        elsewhere = partial(self._near, laid, conclusions)
        shown, missed = self._shown(conclusions), self.core.missed(laid)
        name = self.core.index.answer_name
        return Reading(view.lexicon, view.lookup, case, shown, evaluation, conclusions, elsewhere, missed, name)

    def _near(self, laid: tuple[Quad, ...], conclusions: Mapping[str, Sequence[str]]) -> Elsewhere:
        """What comes near in topics outside the slice, one topic at a time: sets of them would be too many to keep."""
        topics = self.core.homes(conclusions["acts"])
        if not conclusions["entered"]:
            topics |= self.core.near(laid)
        found: dict[str, list[Row]] = {}
        unused: list[list[Row]] = []
        for held in (self.core.slice(frozenset({topic})) for topic in sorted(topics - self.core.entered(laid))):
            with held.rules.evaluation(laid) as evaluation:
                rows = near(held.lexicon, held.lookup, evaluation)
                unused.append(evaluation.rows(named("ask", "what-is-not-used")))
            # A topic may say something about a scenario of another one, whose criteria it does not know: they are open.
            for condition, known in grouped(rows, "condition").items():
                if condition not in found or int(known[0]["open"]) < int(found[condition][0]["open"]):
                    found[condition] = known
        return Elsewhere([row for rows in found.values() for row in rows], unused)

    def _shown(self, conclusions: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """The topics that a case enters, of what was chosen, and with a condition that the answer shows."""
        led = set(conclusions["outranked"])
        shown = (iri for iri in conclusions["acts"] if iri not in led)
        chosen = self.core.index.topics([("chosen", iri) for iri in conclusions["chosen"]])
        return self.core.homes(shown).union(conclusions["entered"], chosen)
