"""Why and why not: a condition criterion by criterion down to the stated facts; a study; two studies side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg.answer import Fact, Origin, Term
from kg.case import Case
from kg.errors import UnknownTermError, listed, quoted
from kg.evaluation import Evaluation, Row
from kg.facts import THIS_CASE, fact_in_words
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped


@dataclass(frozen=True)
class Criterion:
    """One criterion of a condition, judged.

    Attributes:
        label: The criterion in words.
        state: ``met``, ``failed`` or ``open``.
        facts: The stated facts that met it, or that refuted every alternative; empty when it is open.
        missing: What is not known and would decide it; empty when it is met or failed.
        origins: Where the criterion comes from.
    """

    label: str
    state: str
    facts: tuple[Fact, ...]
    missing: tuple[Term, ...]
    origins: tuple[Origin, ...]

    def __str__(self) -> str:
        """The criterion with its facts."""
        facts = "; ".join(fact.text for fact in self.facts)
        missing = " or ".join(term.label for term in self.missing)
        why = f"by {facts}" if facts else f"not known: {missing}"
        return wrapped(f"{self.state}: {self.label}, {why}", 2, 4)


@dataclass(frozen=True)
class Verdict(Shown):
    """A condition, judged.

    Attributes:
        id: The condition.
        label: What it says.
        kind: Its class, such as ``Scenario`` or ``UrgencyRule``.
        status: ``applies``, ``ruled out``, ``possible``, or ``not entered``: all criteria are met, but the case does
            not enter the topic within which it acts.
        led_by: Scenarios that lead in place of this one, where it is led by another that applies.
        criteria: Its criteria.
        origins: Where it comes from.
    """

    id: str
    label: str
    kind: str
    status: str
    led_by: tuple[Term, ...]
    criteria: tuple[Criterion, ...]
    origins: tuple[Origin, ...]

    def __str__(self) -> str:
        """The verdict as text."""
        lines = [wrapped(f"{self.status.upper()}: {self.label}", 0, 2)]
        lines += [wrapped(f"led by: {term.label}", 2, 4) for term in self.led_by]
        lines += [str(criterion) for criterion in self.criteria]
        lines += [wrapped(f"from: {origin.statement} ({origin.source})", 2, 4) for origin in self.origins]
        return "\n".join(lines)


class Verdicts(Shown, tuple[Verdict, ...]):
    """Several verdicts: an action may be recommended more than once."""

    def __str__(self) -> str:
        """The verdicts as text."""
        return "\n\n".join(map(str, self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython has its own way with tuples, which goes before ours.
        printer.text(str(self))


@dataclass(frozen=True)
class RatedIn:
    """How one scenario rates a study.

    Attributes:
        scenario: The scenario.
        status: ``leads``, ``might lead``.
        category: The category, or ``not rated in this source``.
        origins: Where the rating comes from.
    """

    scenario: Term
    status: str
    category: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class StudyReasons(Shown):
    """Everything that bears on one study.

    Attributes:
        study: The study.
        next: It is among the studies that come next.
        ratings: Its rating in each scenario that leads or might.
        against: Contraindications, warnings and preferences that hold and speak against it.
        favour: Preferences that hold and speak for it.
        shows: What it shows well, poorly or not.
        performed: It was done already.
    """

    study: Term
    next: bool
    ratings: tuple[RatedIn, ...]
    against: tuple[Verdict, ...]
    favour: tuple[Verdict, ...]
    shows: tuple[str, ...]
    performed: bool

    def __str__(self) -> str:
        """The reasons as text."""
        state = "comes next" if self.next else "was performed" if self.performed else "does not come next"
        lines = [wrapped(f"{self.study.label.upper()}: {state}", 0, 2)]
        lines += [
            wrapped(f"{rated.category} in: {rated.scenario.label} ({rated.status})", 2, 4) for rated in self.ratings
        ]
        lines += [wrapped(f"for it: {held.label}", 2, 4) for held in self.favour]
        lines += [wrapped(f"against it: {held.label}", 2, 4) for held in self.against]
        lines += [wrapped(words, 2, 4) for words in self.shows]
        return "\n".join(lines)


@dataclass(frozen=True)
class Contrast(Shown):
    """Two studies side by side.

    Attributes:
        first: The reasons of one.
        second: The reasons of the other.
        decided_by: What separates them, in words: a category, a contraindication or a preference.
        preference: The preference that decided, with the facts that met it; None when something else did.
    """

    first: StudyReasons
    second: StudyReasons
    decided_by: str
    preference: Verdict | None

    def __str__(self) -> str:
        """The contrast as text."""
        lines = [str(self.first), "", str(self.second), "", wrapped(f"WHAT SEPARATES THEM: {self.decided_by}", 0, 2)]
        if self.preference:
            lines.append(str(self.preference))
        return "\n".join(lines)


class Judge:
    """Reads why and why not out of one evaluation. It carries; it decides nothing."""

    def __init__(self, lexicon: Lexicon, knowledge: Knowledge, case: Case, evaluation: Evaluation) -> None:
        """Read the rows about a case.

        Args:
            lexicon: Labels.
            knowledge: Ratings, criteria and origins.
            case: The case.
            evaluation: Its evaluation.
        """
        self._lexicon = lexicon
        self._knowledge = knowledge
        self._case = case
        self._derived: Mapping[str, list[str]] = evaluation.conclusions(THIS_CASE)
        self._for = _by_criterion(evaluation.ask(named("ask", "which-facts")))
        self._against = _by_criterion(evaluation.ask(named("ask", "which-facts-against")))

    def verdict(self, iri: str) -> Verdict:
        """Judge a condition.

        Args:
            iri: The condition.

        Returns:
            The verdict with its criteria.
        """
        rows = self._knowledge.criteria.get(iri, ())
        acts, ruled_out = iri in self._derived["acts"], iri in self._derived["ruledOut"]
        led = iri in self._derived["outranked"] and acts
        otherwise = "not entered" if iri in self._derived["applies"] else "ruled out" if ruled_out else "possible"
        return Verdict(
            id=slug(iri),
            label=self._lexicon.label(iri),
            kind=self._knowledge.kinds[iri],
            status="applies" if acts else otherwise,
            led_by=tuple(self._term(leader) for leader in self._derived["leading"]) if led else (),
            criteria=tuple(self._criterion(row) for row in rows),
            origins=self._knowledge.origins.get(iri, ()),
        )

    def study(self, procedure: str) -> StudyReasons:
        """Everything that bears on a study.

        Args:
            procedure: The IRI of the study.

        Returns:
            The reasons.
        """
        holding = [iri for iri in self._derived["acts"] if iri in self._knowledge.preferred]
        rows = [(iri, row) for iri in holding for row in self._knowledge.preferred[iri]]
        against = dict.fromkeys(iri for iri, row in rows if row["other"] == procedure and row["prefers"] != procedure)
        speaking = dict.fromkeys(
            iri for iri in self._derived["acts"] if procedure in self._knowledge.speaks_against.get(iri, frozenset())
        )
        return StudyReasons(
            study=self._term(procedure),
            next=procedure in self._derived["best"],
            ratings=tuple(self._rated(scenario, procedure) for scenario in self._derived["considered"]),
            against=tuple(self.verdict(iri) for iri in (*speaking, *against)),
            favour=tuple(
                self.verdict(iri) for iri in dict.fromkeys(i for i, row in rows if row["prefers"] == procedure)
            ),
            shows=tuple(
                dict.fromkeys(
                    f"{row['performanceLabel']}: {row['structureLabel'].lower()}"
                    for row in self._knowledge.shown.get(procedure, ())
                )
            ),
            performed=procedure in self._derived["alreadyPerformed"],
        )

    def contrast(self, first: str, second: str) -> Contrast:
        """Put two studies side by side.

        Args:
            first: The IRI of a study.
            second: The IRI of another.

        Returns:
            Their reasons and what separates them.
        """
        words, preference = self._separation(first, second)
        return Contrast(self.study(first), self.study(second), words, self.verdict(preference) if preference else None)

    def _separation(self, first: str, second: str) -> tuple[str, str | None]:
        """What separates two studies, in words, and the preference if it was one."""
        names = {iri: self._lexicon.label(iri) for iri in (first, second)}
        out = [iri for iri in (first, second) if iri in self._derived["contraindicated"]]
        if out:
            return "; ".join(f"{names[iri]} is contraindicated" for iri in out), None
        for scenario in dict.fromkeys((*self._derived["leading"], *self._derived["considered"])):
            one, two = self._rated(scenario, first), self._rated(scenario, second)
            if one.category != two.category:
                where = "" if one.status == "leads" else f" in: {one.scenario.label} ({one.status})"
                words = f"the category: {names[first]} is {one.category}, {names[second]} is {two.category}{where}"
                return words, None
        for iri in self._derived["acts"]:
            for row in self._knowledge.preferred.get(iri, ()):
                if {row["prefers"], row["other"]} == {first, second}:
                    return f"{self._lexicon.label(iri)}. The question: {row['question']}", iri
        return "nothing that is known: they are rated equally and no preference holds", None

    def _rated(self, scenario: str, procedure: str) -> RatedIn:
        row = next((row for row in self._knowledge.ratings.get(scenario, ()) if row["procedure"] == procedure), None)
        return RatedIn(
            scenario=self._term(scenario),
            status="leads" if scenario in self._derived["leading"] else "might lead",
            category=row["categoryLabel"] if row else "not rated in this source",
            origins=self._knowledge.origins.get(row["rating"], ()) if row else (),
        )

    def _criterion(self, row: Row) -> Criterion:
        iri = row["criterion"]
        state = "met" if iri in self._derived["met"] else "failed" if iri in self._derived["failed"] else "open"
        facts = {"met": self._for, "failed": self._against}.get(state, {}).get(iri, [])
        known = {*self._derived["knownPresent"], *self._derived["knownAbsent"]}
        alternatives = self._knowledge.criterion_findings.get(iri, ())
        missing = [alternative["finding"] for alternative in alternatives if alternative["finding"] not in known]
        return Criterion(
            label=row["criterionLabel"],
            state=state,
            facts=tuple(
                dict.fromkeys(fact_in_words(fact, self._case, self._lexicon, self._knowledge) for fact in facts)
            ),
            missing=tuple(self._term(finding) for finding in missing) if state == "open" else (),
            origins=self._knowledge.origins.get(iri, ()),
        )

    def _term(self, iri: str) -> Term:
        return Term(slug(iri), self._lexicon.label(iri))


def conditions_named(word: str, knowledge: Knowledge) -> list[str]:
    """Find the conditions that a person means by a word.

    Args:
        word: The identifier (or IRI) of a scenario, rule or other condition, or of an action.
        knowledge: The conditions.

    Returns:
        The IRIs of the conditions; for an action, of every recommendation of it.

    Raises:
        UnknownTermError: There is none.
    """
    found = meant(word, knowledge)
    if not found:
        known = sorted({slug(iri) for iri, kind in knowledge.kinds.items() if kind == "Scenario"})
        message = f"{quoted(word)} is no scenario, rule, action or study here; scenarios are {listed(known) or 'none'}"
        raise UnknownTermError(message)
    return found


def meant(word: str, knowledge: Knowledge) -> list[str]:
    """The conditions that a word may mean, as ``conditions_named``; none if there are none.

    Args:
        word: The identifier (or IRI) of a condition or of an action.
        knowledge: The conditions.

    Returns:
        Their IRIs.
    """
    direct = [iri for iri in knowledge.kinds if iri == word or iri.endswith(f"/{word}")]
    uses = [iri for iri, rows in knowledge.actions.items() if any(slug(row["action"]) == word for row in rows)]
    return direct or uses


def _by_criterion(rows: list[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["criterion"]].append(row)
    return groups
