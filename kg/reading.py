"""Turn what was derived of a case into an answer. It carries; it decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kg import answer as a
from kg.case import Case
from kg.evaluation import Evaluation, Row, in_order
from kg.facts import fact_in_words
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import slug
from kg.queries import named
from kg.ranked import Ranked, decides, grouped, questions

if TYPE_CHECKING:
    from kg.guide import Guide

CONCLUSIONS = (
    "acts",
    "entered",
    "leading",
    "considered",
    "outranked",
    "outcome",
    "undecided",
    "handedTo",
    "touchedBy",
    "urgency",
    "assumedAbsent",
    "best",
    "decisive",
    "robust",
    "contraindicated",
    "cautioned",
    "alreadyPerformed",
    "awaited",
)
"""What of the derived triples an answer shows."""

MARKS = {
    "best": "best",
    "robust": "robust",
    "contraindicated": "contraindicated",
    "cautioned": "cautioned",
    "performed": "alreadyPerformed",
}
"""The marks of a study, and the derived property that sets each."""

QUESTIONS = ("which-facts", "what-is-open", "what-to-check", "best-in-one-scenario", "nearest")
"""What an answer asks about a case; everything else in it was derived, or is looked up in the content."""


class Reading:
    """One evaluation, read."""

    def __init__(
        self,
        lexicon: Lexicon,
        knowledge: Knowledge,
        case: Case,
        topics: frozenset[str],
        evaluation: Evaluation,
        conclusions: Mapping[str, list[str]],
        elsewhere: Callable[[], Iterable[Row]] = tuple,
    ) -> None:
        """Read the rows about a case.

        Args:
            lexicon: Labels.
            knowledge: Ratings, criteria and origins.
            case: The case.
            topics: The topics that it enters or of which something is shown.
            evaluation: The evaluation.
            conclusions: What was derived of the case, by property.
            elsewhere: What comes near in topics that the case does not enter, as ``near`` gives it.
        """
        self._elsewhere = elsewhere
        self._lexicon = lexicon
        self._knowledge = knowledge
        self._case = case
        self._topics = topics
        self._evaluation = evaluation
        self._derived = conclusions
        self._said: dict[tuple[str, str], a.Fact] = {}
        self._holding: dict[str, list[str]] = defaultdict(list)
        for iri in conclusions["acts"]:
            self._holding[knowledge.kinds[iri]].append(iri)
        self._facts: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows("which-facts"):
            self._facts[row["criterion"]].append(row)

    def answer(self, guide: Guide) -> a.Answer:
        """The answer.

        Args:
            guide: The guideline that gives it.

        Returns:
            All parts of it.
        """
        leading = self._derived["leading"]
        studies = self._studies()
        near, asked = self.near(), self.asked()
        nearest = self._nearest(near)
        return a.Answer(
            case=self._case,
            outcome=self._term(self._derived["outcome"][0]),
            scenarios=tuple(self._held(iri) for iri in leading),
            also_apply=self._terms(iri for iri in self._holding["Scenario"] if iri not in leading),
            possible=self._terms(iri for iri in self._derived["considered"] if iri not in leading),
            studies=studies,
            best=tuple({study.id: study for study in studies if study.best}.values()),
            urgency=self._urgency(),
            escalations=self._escalations(asked),
            preferences=tuple(self._held(iri) for iri in self._derived["decisive"]),
            warnings=tuple(self._held(iri) for iri in self._holding["Warning"]),
            handed_to=tuple(
                a.HandOver(self._term(row["neighbour"]), self._held(iri))
                for iri in self._holding["HandOff"]
                for row in self._knowledge.neighbours[iri]
                if row["neighbour"] in self._derived["handedTo"]
            ),
            nearest=nearest,
            results=tuple(
                a.Result(self._held(iri), self._term(row["diagnosis"]))
                for iri in self._holding["ResultPattern"]
                for row in self._knowledge.patterns[iri]
            ),
            actions=self._actions(),
            fallbacks=tuple(
                a.Fallback(self._term(row["study"]), row["question"], self._held(iri))
                for iri in self._holding["Alternative"]
                for row in self._knowledge.alternatives[iri]
            ),
            conflicts=tuple(self._disagreement(iri) for iri in self._derived["touchedBy"]),
            readings=(),
            undecided=self._terms(self._derived["undecided"]),
            awaited=self._terms(self._derived["awaited"]),
            questions=self._questions(asked),
            check_before_ordering=self._checks(),
            assumptions=self._terms(self._derived["assumedAbsent"]),
            topics=tuple(self._topic(iri) for iri in sorted(self._topics)),
            foremost=self._foremost(nearest),
            alternatives=len(self._derived["best"]) > 1 and bool(self._rows("best-in-one-scenario")),
            guide=guide,
        )

    def _rows(self, name: str) -> list[Row]:
        return self._evaluation.rows(named("ask", name))

    def _term(self, iri: str) -> a.Term:
        return a.Term(slug(iri), self._lexicon.label(iri))

    def _terms(self, iris: Iterable[str]) -> tuple[a.Term, ...]:
        return tuple(self._term(iri) for iri in iris)

    def _topic(self, iri: str) -> dict[str, str]:
        row = self._knowledge.topic(iri)
        return {"id": slug(iri), "title": row["title"], "edition": row["edition"], "rights": row["rights"]}

    def _held(self, iri: str) -> a.Held:
        criteria = tuple(
            a.MetCriterion(
                row["criterionLabel"],
                row["inherited"] == "true",
                tuple(dict.fromkeys(self._words(fact) for fact in self._facts[row["criterion"]])),
                self._knowledge.origins.get(row["criterion"], ()),
            )
            for row in self._knowledge.criteria.get(iri, ())
        )
        return a.Held(slug(iri), self._lexicon.label(iri), criteria, self._knowledge.origins.get(iri, ()))

    def _words(self, row: Row) -> a.Fact:
        """A fact in words; the same one meets many criteria."""
        key = (row["given"], row["fact"])
        if key not in self._said:
            self._said[key] = fact_in_words(row, self._case, self._lexicon, self._knowledge)
        return self._said[key]

    def _studies(self) -> tuple[a.Study, ...]:
        """All ratings of the leading scenarios, or without one of those that might lead; the next study first."""
        scenarios = set(self._derived["leading"] or self._derived["considered"])
        marked = {mark: set(self._derived[name]) for mark, name in MARKS.items()}
        rows = [row for row in self._knowledge.rated if row["scenario"] in scenarios]
        rows.sort(key=lambda row: (row["procedure"] not in marked["best"], row["procedure"] not in marked["robust"]))
        return tuple(self._study(row, marked) for row in rows)

    def _study(self, row: Row, marked: Mapping[str, set[str]]) -> a.Study:
        study = self._knowledge.studies[row["rating"]]
        marks: dict[str, Any] = {mark: True for mark, studies in marked.items() if row["procedure"] in studies}
        return replace(study, **marks) if marks else study

    def _urgency(self) -> a.Urgency | None:
        known = self._knowledge.urgency_rules
        holding = sorted(self._holding["UrgencyRule"], key=lambda iri: (-int(known[iri]["rank"]), iri))
        rules = tuple(self._held(iri) for iri in holding)
        return next((a.Urgency(self._term(level), rules) for level in self._derived["urgency"]), None)

    def _escalations(self, asked: Ranked) -> tuple[a.Escalation, ...]:
        missing: dict[str, list[str]] = defaultdict(list)
        for rows in asked.values():
            for row in rows:
                missing[row["condition"]].append(row["finding"])
        applies = set(self._holding["Escalation"]) - set(self._derived["outranked"])
        shown = sorted(applies.union(iri for iri in missing if self._knowledge.kinds[iri] == "Escalation"))
        return tuple(
            a.Escalation(
                label=self._lexicon.label(iri),
                contacts=self._contacts(iri),
                applies=iri in applies,
                missing=self._terms(sorted(missing[iri])),
                origins=self._knowledge.origins.get(iri, ()),
            )
            for iri in shown
        )

    def _contacts(self, iri: str) -> tuple[a.Term, ...]:
        return self._terms(row["contact"] for row in self._knowledge.contacts.get(iri, ()))

    def _actions(self) -> tuple[a.Action, ...]:
        holding = set(self._holding["ActionRecommendation"]) - set(self._derived["outranked"])
        found = {iri: self._knowledge.actions[iri] for iri in holding}
        return tuple(
            a.Action(
                recommendation=self._held(iri),
                actions=self._terms(row["action"] for row in rows),
                contacts=self._contacts(iri),
                urgency=self._term(rows[0]["urgency"]),
                strength=self._term(rows[0]["strength"]),
            )
            for iri, rows in sorted(found.items(), key=lambda item: (-int(item[1][0]["rank"]), item[0]))
        )

    def _disagreement(self, iri: str) -> a.Disagreement:
        rows = self._knowledge.conflicts[iri]
        sides = tuple(a.Origin(row["partyLabel"], "", row["source"]) for row in rows)
        return a.Disagreement(rows[0].get("number", slug(iri)), rows[0]["label"], sides, rows[0]["decisionLabel"])

    def near(self) -> Ranked:
        """What comes nearest when no criteria apply, in the order of ``queries/ask/nearest.rq``.

        Returns:
            The rows by condition.
        """
        if slug(self._derived["outcome"][0]) != "no-criteria-apply":
            return {}
        found = (*near(self._lexicon, self._knowledge, self._evaluation), *self._elsewhere())
        # What stands elsewhere is laid out here only as far as it could apply, and judged in full where it stands.
        rows = {(row["condition"], row["criterion"]): row for row in found}.values()
        return grouped(in_order(rows, named("ask", "nearest")), "condition")

    def asked(self) -> Ranked:
        """What to ask, most deciding first.

        Returns:
            The rows by what is asked.
        """
        return questions(self._rows("what-is-open"), self._lexicon.label)

    def _nearest(self, near: Ranked) -> tuple[a.Near, ...]:
        def labels(rows: list[Row], state: str) -> tuple[str, ...]:
            return tuple(row["criterionLabel"] for row in rows if row["state"] == state)

        return tuple(
            a.Near(
                id=slug(iri),
                label=rows[0]["label"],
                neighbour=rows[0]["neighbour"],
                met=labels(rows, "met"),
                failed=labels(rows, "failed"),
                open=labels(rows, "open"),
            )
            for iri, rows in near.items()
        )

    def _foremost(self, nearest: tuple[a.Near, ...]) -> tuple[a.Near, ...]:
        """The nearest scenario, and the hand-offs that fail nothing and stand first with equal ranks."""
        scenarios = [near for near in nearest if not near.neighbour]
        hand_offs = [near for near in nearest if near.neighbour and not near.failed]
        return (*scenarios[:1], *(near for near in hand_offs if len(near.open) == len(hand_offs[0].open)))

    def _questions(self, asked: Ranked) -> tuple[a.Question, ...]:
        return tuple(
            a.Question(
                id=slug(iri),
                label=self._lexicon.label(iri),
                matters_for=tuple(dict.fromkeys(self._lexicon.label(row["condition"]) for row in rows)),
                decides_scenario=decides(rows),
            )
            for iri, rows in asked.items()
        )

    def _checks(self) -> tuple[a.Check, ...]:
        concerned: dict[str, list[str]] = defaultdict(list)
        for row in self._rows("what-to-check"):
            concerned[row["condition"]].append(slug(row["procedure"]))
        applies = self._holding["Contraindication"]
        return tuple(
            a.Check(self._lexicon.label(iri), slug(self._knowledge.degrees[iri]), tuple(studies), iri in applies)
            for iri, studies in concerned.items()
        )


def near(lexicon: Lexicon, knowledge: Knowledge, evaluation: Evaluation) -> list[Row]:
    """The scenarios and hand-offs that come near a case.

    Args:
        lexicon: Labels.
        knowledge: The conditions that are looked at.
        evaluation: The case.

    Returns:
        The rows of ``queries/ask/nearest.rq`` about these conditions, with what a person reads.
    """
    return [
        {
            **row,
            "label": lexicon.label(row["condition"]),
            "criterionLabel": lexicon.label(row["criterion"]),
            "neighbour": "; ".join(r["neighbourLabel"] for r in knowledge.neighbours.get(row["condition"], ())),
        }
        for row in evaluation.rows(named("ask", "nearest"))
        if row["condition"] in knowledge.kinds
    ]
