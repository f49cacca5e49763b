"""Turn what was derived of a case into an answer. It carries; it decides nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from kg import answer as a
from kg.case import Case
from kg.evaluation import Evaluation, Row
from kg.facts import fact_in_words
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import slug
from kg.queries import named

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

QUESTIONS = ("which-facts", "what-is-open", "what-to-check", "nearest")
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
        elsewhere: Callable[[], dict[str, a.Near]] = dict,
    ) -> None:
        """Read the rows about a case.

        Args:
            lexicon: Labels.
            knowledge: Ratings, criteria and origins.
            case: The case.
            topics: The topics that it enters or of which something is shown.
            evaluation: The evaluation.
            conclusions: What was derived of the case, by property.
            elsewhere: What comes near in topics that the case does not enter and of which a condition acts.
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
        open_rows = self._rows("what-is-open")
        return a.Answer(
            case=self._case,
            outcome=self._term(self._derived["outcome"][0]),
            scenarios=tuple(self._held(iri) for iri in leading),
            also_apply=self._terms(iri for iri in self._holding["Scenario"] if iri not in leading),
            possible=self._terms(iri for iri in self._derived["considered"] if iri not in leading),
            studies=studies,
            best=tuple({study.id: study for study in studies if study.best}.values()),
            urgency=self._urgency(),
            escalations=self._escalations(open_rows),
            preferences=tuple(self._held(iri) for iri in self._derived["decisive"]),
            warnings=tuple(self._held(iri) for iri in self._holding["Warning"]),
            handed_to=tuple(
                a.HandOver(self._term(row["neighbour"]), self._held(iri))
                for iri in self._holding["HandOff"]
                for row in self._knowledge.neighbours[iri]
                if row["neighbour"] in self._derived["handedTo"]
            ),
            nearest=self._nearest(),
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
            questions=self._questions(open_rows),
            check_before_ordering=self._checks(),
            assumptions=self._terms(self._derived["assumedAbsent"]),
            topics=tuple(self._topic(iri) for iri in sorted(self._topics)),
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
        scenarios = self._derived["leading"] or self._derived["considered"]
        rows = [row for scenario in scenarios for row in self._knowledge.ratings.get(scenario, ())]
        best, robust = set(self._derived["best"]), set(self._derived["robust"])
        rows.sort(
            key=lambda row: (
                row["procedure"] not in best,
                row["procedure"] not in robust,
                -int(row["rank"]),
                row["procedure"],
            )
        )
        return tuple(self._study(row) for row in rows)

    def _study(self, row: Row) -> a.Study:
        procedure = row["procedure"]
        return a.Study(
            id=slug(procedure),
            label=row["label"],
            category=self._term(row["category"]),
            disagreement=row.get("disagreement", ""),
            radiation=f"{row['symbol']} {row['dose']}" if "dose" in row else "not stated",
            radiation_standing=row.get("standing", "not stated"),
            confidence=row.get("confidence", "not stated"),
            scenario=slug(row["scenario"]),
            best=procedure in self._derived["best"],
            robust=procedure in self._derived["robust"],
            contraindicated=procedure in self._derived["contraindicated"],
            cautioned=procedure in self._derived["cautioned"],
            performed=procedure in self._derived["alreadyPerformed"],
            origins=self._knowledge.origins.get(row["rating"], ()),
        )

    def _urgency(self) -> a.Urgency | None:
        rules = [self._knowledge.urgency_rules[iri] for iri in self._holding["UrgencyRule"]]
        if not rules:
            return None
        rules.sort(key=lambda rule: -int(rule["rank"]))
        return a.Urgency(self._term(rules[0]["urgency"]), tuple(self._held(rule["rule"]) for rule in rules))

    def _escalations(self, open_rows: list[Row]) -> tuple[a.Escalation, ...]:
        missing: dict[str, list[str]] = defaultdict(list)
        for row in open_rows:
            missing[row["condition"]].append(row["finding"])
        applies = set(self._holding["Escalation"]) - set(self._derived["outranked"])
        shown = sorted(applies.union(iri for iri in missing if self._knowledge.kinds[iri] == "Escalation"))
        return tuple(
            a.Escalation(
                label=self._lexicon.label(iri),
                contacts=self._contacts(iri),
                applies=iri in applies,
                missing=self._terms(missing[iri]),
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

    def _nearest(self) -> tuple[a.Near, ...]:
        if slug(self._derived["outcome"][0]) != "no-criteria-apply":
            return ()
        found = sorted((near(self._lexicon, self._knowledge, self._evaluation) | self._elsewhere()).items())
        return tuple(
            sorted(
                (item for _, item in found),
                key=lambda item: (len(item.failed), len(item.open), -len(item.met), item.id),
            )
        )

    def _questions(self, rows: list[Row]) -> tuple[a.Question, ...]:
        asked: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            asked[row["ask"]].append(row["condition"])
        considered = set(self._derived["considered"])
        questions = [
            a.Question(
                id=slug(iri),
                label=self._lexicon.label(iri),
                matters_for=tuple(dict.fromkeys(self._lexicon.label(condition) for condition in conditions)),
                decides_scenario=not considered.isdisjoint(conditions),
            )
            for iri, conditions in asked.items()
        ]
        return tuple(
            sorted(
                questions, key=lambda question: (not question.decides_scenario, -len(question.matters_for), question.id)
            )
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


def near(lexicon: Lexicon, knowledge: Knowledge, evaluation: Evaluation) -> dict[str, a.Near]:
    """The scenarios and hand-offs that come near a case.

    Args:
        lexicon: Labels.
        knowledge: The conditions that are looked at.
        evaluation: The case.

    Returns:
        What is met, failed and open of each, by IRI.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in evaluation.rows(named("ask", "nearest")):
        if row["condition"] in knowledge.kinds:
            groups[row["condition"]].append(row)

    def labels(rows: list[Row], state: str) -> tuple[str, ...]:
        return tuple(lexicon.label(row["criterion"]) for row in rows if row["state"] == state)

    return {
        iri: a.Near(
            id=slug(iri),
            label=lexicon.label(iri),
            neighbour="; ".join(row["neighbourLabel"] for row in knowledge.neighbours.get(iri, ())),
            met=labels(rows, "met"),
            failed=labels(rows, "failed"),
            open=labels(rows, "open"),
        )
        for iri, rows in groups.items()
    }
