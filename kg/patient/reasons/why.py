"""Explains why something holds or not: a condition, down to the stated facts; a study; two studies side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kg.errors import UnknownTermError, did_you_mean, nearest, quoted
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.terms import Origin, Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row, grouped
from kg.patient.assess.assessor import Assessor
from kg.patient.assess.evaluation import Evaluation
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE, Fact, fact_in_words
from kg.shown import Shown

_LONGEST_NAME = 100
"""How much of a word is compared with identifiers; the longest of ours are shorter."""


@dataclass(frozen=True)
class CriterionReasons:
    """Why a criterion is met, failed or open.

    Attributes:
        label: The criterion in words.
        state: ``met``, ``failed`` or ``open``.
        facts: The stated facts that met it, or that refuted every disjunct; empty when it is open.
        missing: The unknown findings that would decide it; empty when it is met or failed.
        origins: Where the criterion comes from.
    """

    label: str
    state: str
    facts: tuple[Fact, ...]
    missing: tuple[Term, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, repr=False)
class ConditionReasons(Shown):
    """Why a condition applies or not.

    Attributes:
        id: The condition.
        iri: Its IRI. Text shows the end of it, which `nextstudy where` accepts.
        label: What it says.
        kind: Its class, such as ``Scenario`` or ``UrgencyRule``.
        status: ``applies``, ``ruled out``, ``could apply``, or ``not entered``: all criteria are met, but the case does
            not enter the topic within which it acts.
        led_by: For a scenario that applies but is led by another, the scenarios that lead.
        criteria: Its criteria.
        origins: Where it comes from.
    """

    id: str
    iri: str
    label: str
    kind: str
    status: str
    led_by: tuple[Term, ...]
    criteria: tuple[CriterionReasons, ...]
    origins: tuple[Origin, ...]

    @property
    def named(self) -> str:
        """The label and the end of the IRI. The identifier is not enough: rules of several kinds may share it."""
        return f"{self.label} [{'/'.join(self.iri.split('/')[-2:])}]"


class Reasons(Shown, tuple[ConditionReasons, ...]):
    """The reasons of several conditions: an action may be recommended more than once."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # Without this method, IPython would print the reasons as it prints any tuple.
        printer.text(str(self))


@dataclass(frozen=True)
class RatedIn:
    """How one scenario rates a study.

    Attributes:
        scenario: The scenario.
        status: ``leads``, ``could lead`` or ``chosen``: a person chose it, and the facts do not lead to it.
        category: The category, or ``not rated in this source``.
        origins: Where the rating comes from.
    """

    scenario: Term
    status: str
    category: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True, repr=False)
class StudyReasons(Shown):
    """Everything that bears on one study.

    Attributes:
        study: The study.
        next: True when it is among the studies that come next.
        ratings: Its rating in each considered scenario.
        against: Contraindications, warnings and preferences that hold and speak against it.
        favour: Preferences that hold and speak for it.
        shows: What it shows, and how well.
        performed: True when it was already done.
    """

    study: Term
    next: bool
    ratings: tuple[RatedIn, ...]
    against: tuple[ConditionReasons, ...]
    favour: tuple[ConditionReasons, ...]
    shows: tuple[str, ...]
    performed: bool


@dataclass(frozen=True, repr=False)
class Contrast(Shown):
    """Two studies side by side.

    Attributes:
        first: The reasons of one.
        second: The reasons of the other.
        decided_by: What separates them, in words: a category, a contraindication or a preference.
        preference: The preference that decided, with the facts that met it; None if something else decided.
    """

    first: StudyReasons
    second: StudyReasons
    decided_by: str
    preference: ConditionReasons | None


class Explainer:
    """Reads reasons out of one evaluation. It decides nothing itself."""

    def __init__(
        self, lexicon: Lexicon, lookup: Lookup, case: Case, evaluation: Evaluation, name: Callable[[str], str]
    ) -> None:
        """Read the rows about a case; ``name`` calls a scenario as an answer does."""
        self._lexicon = lexicon
        self._name = name
        self._lookup = lookup
        self._case = case
        self._derived: Mapping[str, list[str]] = evaluation.conclusions(THIS_CASE)
        self._for = grouped(evaluation.ask(named("lookup", "which-facts")), "criterion")
        self._against = grouped(evaluation.ask(named("lookup", "which-facts-against")), "criterion")

    def condition(self, iri: str) -> ConditionReasons:
        """Why a condition, given by IRI, applies or not."""
        rows = self._lookup.criteria.get(iri, ())
        acts, ruled_out = iri in self._derived["acts"], iri in self._derived["ruledOut"]
        led = iri in self._derived["outranked"] and acts
        otherwise = "not entered" if iri in self._derived["applies"] else "ruled out" if ruled_out else "could apply"
        return ConditionReasons(
            id=slug(iri),
            iri=iri,
            label=self._lexicon.label(iri),
            kind=self._lookup.kinds[iri],
            status="applies" if acts else otherwise,
            led_by=tuple(self._term(leader) for leader in self._derived["leading"]) if led else (),
            criteria=tuple(self._criterion(row) for row in rows),
            origins=self._lookup.origins.get(iri, ()),
        )

    def study(self, procedure: str) -> StudyReasons:
        """Everything that bears on a study, given by the IRI of its procedure."""
        acting = dict.fromkeys((*self._derived["acts"], *self._derived["heeded"], *self._derived["chosenHeeded"]))
        holding = [iri for iri in acting if iri in self._lookup.preferred]
        rows = [(iri, row) for iri in holding for row in self._lookup.preferred[iri]]
        against = dict.fromkeys(iri for iri, row in rows if row["other"] == procedure and row["prefers"] != procedure)
        speaking = dict.fromkeys(
            iri for iri in self._derived["acts"] if procedure in self._lookup.speaks_against.get(iri, frozenset())
        )
        scenarios = dict.fromkeys((*self._derived["considered"], *self._derived["chosen"]))
        return StudyReasons(
            study=self._term(procedure),
            next=procedure in self._derived["best"],
            ratings=tuple(self._rated(scenario, procedure) for scenario in scenarios),
            against=tuple(self.condition(iri) for iri in (*speaking, *against)),
            favour=tuple(
                self.condition(iri) for iri in dict.fromkeys(i for i, row in rows if row["prefers"] == procedure)
            ),
            shows=tuple(
                dict.fromkeys(
                    f"{row['performanceLabel']}: {row['structureLabel'].lower()}"
                    for row in self._lookup.shown.get(procedure, ())
                )
            ),
            performed=procedure in self._derived["alreadyPerformed"],
        )

    def contrast(self, first: str, second: str) -> Contrast:
        """The reasons of two studies, given by IRI, and what separates them."""
        words, preference = self._separation(first, second)
        return Contrast(
            self.study(first), self.study(second), words, self.condition(preference) if preference else None
        )

    def _separation(self, first: str, second: str) -> tuple[str, str | None]:
        """What separates two studies, in words, and the IRI of the preference if a preference does."""
        names = {iri: self._lexicon.label(iri) for iri in (first, second)}
        out = [iri for iri in (first, second) if iri in self._derived["contraindicated"]]
        if out:
            return "; ".join(f"{names[iri]} is contraindicated" for iri in out), None
        for scenario in self._derived["leading"] or self._derived["considered"]:
            one, two = self._rated(scenario, first), self._rated(scenario, second)
            if one.category != two.category:
                where = "" if one.status == "leads" else f" in: {one.scenario.label} ({one.status})"
                words = f"the category ({names[first]} is {one.category}, {names[second]} is {two.category}){where}"
                return words, None
        checked = [iri for iri in (first, second) if iri in self._derived["cautioned"]]
        if len(checked) == 1 and {first, second} <= set(self._derived["best"]):
            return f"nothing: both come next, and {names[checked[0]]} needs a check first", None
        for iri in self._derived["acts"]:
            for row in self._lookup.preferred.get(iri, ()):
                if {row["prefers"], row["other"]} == {first, second}:
                    return f"{self._lexicon.label(iri)}. The question: {row['question']}", iri
        return "nothing known: they are rated equally and no preference applies", None

    def _rated(self, scenario: str, procedure: str) -> RatedIn:
        row = next((row for row in self._lookup.ratings.get(scenario, ()) if row["procedure"] == procedure), None)
        status = "chosen" if scenario in self._derived["chosen"] else "could lead"
        return RatedIn(
            scenario=Term(self._name(scenario), self._lexicon.label(scenario)),
            status="leads" if scenario in self._derived["matched"] else status,
            category=row["categoryLabel"] if row else "not rated in this source",
            origins=self._lookup.origins.get(row["rating"], ()) if row else (),
        )

    def _criterion(self, row: Row) -> CriterionReasons:
        iri = row["criterion"]
        state = "met" if iri in self._derived["met"] else "failed" if iri in self._derived["failed"] else "open"
        facts = {"met": self._for, "failed": self._against}.get(state, {}).get(iri, [])
        known = {*self._derived["knownPresent"], *self._derived["knownAbsent"]}
        disjuncts = self._lookup.criterion_findings.get(iri, ())
        missing = [disjunct["finding"] for disjunct in disjuncts if disjunct["finding"] not in known]
        return CriterionReasons(
            label=row["criterionLabel"],
            state=state,
            facts=tuple(dict.fromkeys(fact_in_words(fact, self._case, self._lexicon, self._lookup) for fact in facts)),
            missing=tuple(self._term(finding) for finding in missing) if state == "open" else (),
            origins=self._lookup.origins.get(iri, ()),
        )

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))


def why(guide: Assessor, case: Case, what: str) -> Reasons | StudyReasons:
    """Why something holds, or does not, for a case; see ``Guide.why``.

    Args:
        guide: Assesses the case.
        case: The patient, as far as known.
        what: The identifier of a study, a scenario or another condition, or an action.

    Returns:
        Everything that bears on a study; for anything else, the reasons of each condition that ``what`` may mean.

    Raises:
        UnknownTermError: Nothing has that name.
        KgError: As for ``Guide.assess``.
    """
    if guide.core.knows("Procedure", what):
        with guide.core.evaluation(case) as (view, evaluation):
            explainer = Explainer(view.lexicon, view.lookup, case, evaluation, guide.core.index.answer_name)
            return explainer.study(view.lexicon.term("Procedure", what).value)
    conditions = conditions_named(what, guide.core.lookup)
    with guide.core.evaluation(case, guide.core.defined_by(conditions)) as (view, evaluation):
        explainer = Explainer(view.lexicon, view.lookup, case, evaluation, guide.core.index.answer_name)
        return Reasons(explainer.condition(iri) for iri in conditions)


def contrast(guide: Assessor, case: Case, first: str, second: str) -> Contrast:
    """Put two studies, given by identifier, side by side; see ``Guide.contrast``.

    Raises:
        UnknownTermError: There is no such study.
        KgError: As for ``Guide.assess``.
    """
    with guide.core.evaluation(case) as (view, evaluation):
        pair = [view.lexicon.term("Procedure", word).value for word in (first, second)]
        return Explainer(view.lexicon, view.lookup, case, evaluation, guide.core.index.answer_name).contrast(*pair)


def conditions_named(word: str, lookup: Lookup) -> list[str]:
    """Find the conditions that a person may mean by a word; see ``meant``.

    Raises:
        UnknownTermError: There is no such condition.
    """
    if found := meant(word, lookup):
        return found
    actions = (slug(row["action"]) for rows in lookup.actions.values() for row in rows)
    near = nearest(word, {*map(slug, lookup.kinds), *actions})
    cure = did_you_mean(near, "`nextstudy find WORD` searches them")
    message = f"{quoted(word)} is not a study, scenario, rule or action here; {cure}"
    raise UnknownTermError(message)


def meant(word: str, lookup: Lookup) -> list[str]:
    """The conditions that a word may mean, by IRI; an empty list if there are none.

    Args:
        word: The identifier or IRI of a condition, or the identifier of an action, which means every recommendation of
            that action.
        lookup: Gives the conditions.
    """
    direct = [iri for iri in lookup.kinds if iri == word or iri.endswith(f"/{word}")]
    uses = [iri for iri, rows in lookup.actions.items() if any(slug(row["action"]) == word for row in rows)]
    return direct or uses
