"""Turns the conclusions about a case into an answer. It decides nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.terms import NOT_STATED, Origin, Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row, grouped, in_order
from kg.patient.assess import answer as a
from kg.patient.assess.evaluation import Evaluation
from kg.patient.assess.ranked import Ranked, decides, near, ranked_questions
from kg.patient.assess.rated import CheckedCriterion, ChosenScenario, Study
from kg.patient.assess.unknown import Elsewhere, NearCondition, OpenQuestion, Settled, UnusedFact
from kg.patient.case import Case
from kg.patient.facts import Fact, fact_in_words, studies_now

MARKS = {
    "best": "best",
    "robust": "robust",
    "contraindicated": "contraindicated",
    "cautioned": "cautioned",
    "performed": "alreadyPerformed",
}
"""The marks of a study, and the conclusion that sets each."""


class Reading:
    """Reads the answer out of one evaluation."""

    def __init__(
        self,
        lexicon: Lexicon,
        lookup: Lookup,
        case: Case,
        topics: frozenset[str],
        evaluation: Evaluation,
        conclusions: Mapping[str, list[str]],
        elsewhere: Callable[[], Elsewhere] = Elsewhere,
        unfinished: tuple[str, ...] = (),
        name: Callable[[str], str] = slug,
    ) -> None:
        """Read the rows about a case.

        Args:
            lexicon: Gives labels.
            lookup: Gives ratings, criteria and origins.
            case: The case as stated.
            topics: The topics that the case enters, and those with a condition that is shown.
            evaluation: Answers queries about the case.
            conclusions: The conclusions about the case, by property.
            elsewhere: Finds what comes near in topics that the case does not enter; asked if nothing applies.
            unfinished: What is not answered, because a topic is unfinished.
            name: Gives each thing the name that the answer uses for it.
        """
        self._nothing_applies = slug(conclusions["outcome"][0]) == "no-criteria-apply"
        self._elsewhere = elsewhere() if self._nothing_applies else Elsewhere()
        self._unfinished = unfinished
        self._name = name
        self._lexicon = lexicon
        self._lookup = lookup
        self._case = case
        self._topics = topics
        self._evaluation = evaluation
        self._derived = conclusions
        self._said: dict[tuple[str, str], Fact] = {}
        self._holding: dict[str, list[str]] = defaultdict(list)
        for iri in conclusions["acts"]:
            self._holding[lookup.kinds[iri]].append(iri)
        self._facts = grouped(self._rows("lookup", "which-facts"), "criterion")
        self._robust = grouped(self._rows("ask", "how-robust") if conclusions["best"] else (), "procedure")

    def answer(self) -> a.Answer:
        """Put all parts of the answer together."""
        leading = self._derived["leading"]
        studies = self._studies()
        near, asked = self.near(), self.asked()
        nearest = self._nearest(near)
        return a.Answer(
            case=self._case,
            outcome=self._term(self._derived["outcome"][0]),
            basis=self._term(self._derived["basis"][0]),
            chosen=self._chosen(),
            scenarios=tuple(self._held(iri) for iri in leading),
            also_apply=self._terms(iri for iri in self._holding["Scenario"] if iri not in leading),
            could_lead=self._terms(iri for iri in self._derived["considered"] if iri not in leading),
            studies=studies,
            best=tuple({study.id: study for study in studies if study.best}.values()),
            barred=self._terms(self._derived["barred"]),
            settled=self._settled(),
            unused=self._unused_facts(),
            urgency=self._urgency(),
            escalations=self._escalations(asked),
            preferences=tuple(self._held(iri) for iri in self._derived["decisive"]),
            warnings=tuple(self._held(iri) for iri in self._holding["Warning"]),
            moved=self._moves(),
            handed_to=tuple(
                a.HandOff(self._term(row["neighbour"]), self._held(iri))
                for iri in self._holding["HandOff"]
                for row in self._lookup.neighbours[iri]
                if row["neighbour"] in self._derived["handedTo"]
            ),
            nearest=nearest,
            results=tuple(
                a.Result(self._held(iri), self._term(row["diagnosis"]))
                for iri in self._holding["ResultPattern"]
                for row in self._lookup.patterns[iri]
            ),
            actions=self._actions(),
            alternatives=tuple(
                a.Alternative(self._term(row["study"]), row["question"], self._held(iri))
                for iri in self._holding["Alternative"]
                for row in self._lookup.alternatives[iri]
            ),
            conflicts=tuple(self._disagreement(iri) for iri in self._derived["touchedBy"]),
            readings=(),
            undecided=self._terms(self._derived["undecided"]),
            awaited=self._terms(self._derived["awaited"]),
            perhaps_before=self._terms(self._derived["perhapsBefore"]),
            history=self._history(),
            questions=self._questions(asked),
            contraindications=self._checks(),
            assumed_absent=self._terms(self._derived["assumedAbsent"]),
            presumed_absent=self._terms(self._derived["presumedAbsent"]),
            taken_as_seen=self._terms(self._derived["takenAsSeen"]),
            topics=tuple(self._topic(iri) for iri in sorted(self._topics.union(self._derived["mayEnter"]))),
            unfinished=self._unfinished,
            foremost=self._foremost(nearest),
            interchangeable=len(self._derived["best"]) > 1 and bool(self._rows("lookup", "best-in-one-scenario")),
        )

    def _moves(self) -> tuple[a.Move, ...]:
        """The topics to which the case is moved, each with those that it leaves for it."""
        left = set(self._derived["left"])
        return tuple(
            a.Move(
                Term(self._name(topic), rows[0]["topicLabel"]),
                tuple(Term(self._name(row["giver"]), row["giverLabel"]) for row in rows if row.get("giver") in left),
                self._held(hand_off),
            )
            for hand_off in self._derived["movedBy"]
            for topic, rows in grouped(self._lookup.transfers.get(hand_off, ()), "topic").items()
        )

    def _rows(self, stage_name: str, name: str) -> list[Row]:
        return self._evaluation.rows(named(stage_name, name))

    def _term(self, iri: str) -> Term:
        return Term(self._name(iri), self._lexicon.label(iri))

    def _terms(self, iris: Iterable[str]) -> tuple[Term, ...]:
        return tuple(self._term(iri) for iri in iris)

    def _topic(self, iri: str) -> dict[str, str]:
        row = self._lookup.topic(iri)
        return {"id": slug(iri), "title": row["title"], "edition": row["edition"], "rights": row["rights"]}

    def _held(self, iri: str) -> a.Condition:
        criteria = tuple(
            a.MetCriterion(
                row["criterionLabel"],
                row["inherited"] == "true",
                tuple(dict.fromkeys(self._words(fact) for fact in self._facts[row["criterion"]])),
                self._lookup.origins.get(row["criterion"], ()),
            )
            for row in self._lookup.criteria.get(iri, ())
            if row["criterion"] in self._facts or iri not in self._derived["chosen"]
        )
        return a.Condition(self._name(iri), self._lexicon.label(iri), criteria, self._lookup.origins.get(iri, ()))

    def _words(self, row: Row) -> Fact:
        """A fact in words, kept because one fact meets many criteria."""
        key = (row["given"], row["fact"])
        if key not in self._said:
            self._said[key] = fact_in_words(row, self._case, self._lexicon, self._lookup)
        return self._said[key]

    def _studies(self) -> tuple[Study, ...]:
        """All ratings of the leading scenarios or, if none leads, of those that could lead; the next study first."""
        scenarios = set(self._derived["leading"] or self._derived["considered"])
        marked = {mark: set(self._derived[name]) for mark, name in MARKS.items()}
        rows = [row for row in self._lookup.rated if row["scenario"] in scenarios]
        rows.sort(key=lambda row: (row["procedure"] not in marked["best"], row["procedure"] not in marked["robust"]))
        return tuple(self._study(row, marked) for row in rows)

    def _chosen(self) -> tuple[ChosenScenario, ...]:
        """The scenarios that a person chose, each with the state of its criteria, and its studies."""
        if not self._derived["chosen"]:
            return ()
        states = grouped(self._rows("ask", "what-was-chosen"), "scenario")
        against = grouped(self._rows("lookup", "which-facts-against"), "criterion")
        words = {row["criterion"]: row["criterionLabel"] for rows in self._lookup.criteria.values() for row in rows}
        names = {**MARKS, "best": "chosenBest", "robust": "chosenRobust"}
        marked = {mark: set(self._derived[name]) for mark, name in names.items()}

        def checked(row: Row) -> CheckedCriterion:
            facts = {"met": self._facts, "failed": against}.get(row["state"], {}).get(row["criterion"], [])
            return CheckedCriterion(
                words[row["criterion"]],
                row["state"],
                tuple(dict.fromkeys(map(self._words, facts))),
                self._lookup.origins.get(row["criterion"], ()),
            )

        return tuple(
            ChosenScenario(
                self._name(iri),
                self._lexicon.label(iri),
                "both" if iri in self._derived["matched"] else "chosen",
                tuple(map(checked, states.get(iri, ()))),
                tuple(self._study(row, marked) for row in self._lookup.rated if row["scenario"] == iri),
                self._lookup.origins.get(iri, ()),
            )
            for iri in self._derived["chosen"]
        )

    def _study(self, row: Row, marked: Mapping[str, set[str]]) -> Study:
        return Study(
            id=slug(row["procedure"]),
            label=row["label"],
            category=Term(slug(row["category"]), row["categoryLabel"]),
            disagreement=row.get("disagreement", ""),
            radiation=f"{row['symbol']} {row['dose']}" if "dose" in row else NOT_STATED,
            radiation_standing=row.get("standing", NOT_STATED),
            confidence=row.get("confidence", NOT_STATED),
            scenario=self._name(row["scenario"]),
            appropriate_in=sum(in_one["appropriate"] == "1" for in_one in self._robust.get(row["procedure"], ())),
            not_if=self._terms(
                in_one["scenario"] for in_one in self._robust.get(row["procedure"], ()) if in_one["appropriate"] == "0"
            ),
            cannot_show=self._lookup.weak_points.get(row["procedure"], ()),
            origins=self._lookup.origins.get(row["rating"], ()),
            **{mark: row["procedure"] in studies for mark, studies in marked.items()},
        )

    def _history(self) -> tuple[Term, ...]:
        studies = dict.fromkeys(study.procedure for study in studies_now(self._case)[1])
        return self._terms(self._lexicon.term("Procedure", word).value for word in studies)

    def _settled(self) -> Settled:
        studies, urgency = self._derived["studiesDependOn"], self._derived["urgencyDependsOn"]
        return Settled(not studies, not urgency, self._terms(studies), self._terms(urgency))

    def _unused_facts(self) -> tuple[UnusedFact, ...]:
        """What nothing depends on. The query is left out where each fact met a criterion of something that acts."""
        acting = {row["criterion"] for iri in self._derived["acts"] for row in self._lookup.criteria.get(iri, ())}
        using = {slug(row["fact"]) for criterion in acting for row in self._facts.get(criterion, ())}
        case = self._case
        if case.absent or case.performed or not using.issuperset(case.present):
            rows = self._rows("ask", "what-is-not-used")
            return tuple(self._unused(r) for r in rows if all(r in unused for unused in self._elsewhere.unused))
        return ()

    def _unused(self, row: Row) -> UnusedFact:
        study = None
        if row["fact"] != row["finding"]:  # the study on which the finding was reported
            procedure = self._case.performed[int(slug(row["fact"])) - 1].procedure
            study = self._term(self._lexicon.term("Procedure", procedure).value)
        fact = fact_in_words({"given": row["given"], "fact": row["finding"]}, self._case, self._lexicon, self._lookup)
        return UnusedFact(fact, study, row["notable"] == "1")

    def _urgency(self) -> a.Urgency | None:
        known = self._lookup.urgency_rules
        holding = sorted(self._holding["UrgencyRule"], key=lambda iri: (-int(known[iri]["rank"]), iri))
        rules = tuple(self._held(iri) for iri in holding)
        return next((a.Urgency(self._term(level), rules) for level in self._derived["urgency"]), None)

    def _escalations(self, asked: Ranked) -> tuple[a.Escalation, ...]:
        missing: dict[str, list[str]] = defaultdict(list)
        for rows in asked.values():
            for row in rows:
                missing[row["condition"]].append(row["finding"])
        applies = set(self._holding["Escalation"]) - set(self._derived["outranked"])
        shown = sorted(applies.union(iri for iri in missing if self._lookup.kinds[iri] == "Escalation"))
        return tuple(
            a.Escalation(
                label=self._lexicon.label(iri),
                contacts=self._contacts(iri),
                applies=iri in applies,
                missing=self._terms(sorted(missing[iri])),
                concerns=iri in applies or iri in self._derived["concernedBy"],
                origins=self._lookup.origins.get(iri, ()),
            )
            for iri in shown
        )

    def _contacts(self, iri: str) -> tuple[Term, ...]:
        return self._terms(row["contact"] for row in self._lookup.contacts.get(iri, ()))

    def _actions(self) -> tuple[a.Action, ...]:
        holding = set(self._holding["ActionRecommendation"]) - set(self._derived["outranked"])
        found = {iri: self._lookup.actions[iri] for iri in holding}
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

    def _disagreement(self, iri: str) -> a.Conflict:
        if not (rows := self._lookup.conflicts.get(iri, ())):
            return a.Conflict(slug(iri), self._lexicon.label(iri), (), "")
        sides = tuple(Origin(row["partyLabel"], "", row["source"]) for row in rows)
        return a.Conflict(rows[0].get("number", slug(iri)), rows[0]["label"], sides, rows[0].get("decisionLabel", ""))

    def near(self) -> Ranked:
        """If no criteria apply, the nearest conditions with their rows, in the order of ``queries/ask/nearest.rq``."""
        if not self._nothing_applies:
            return {}
        found = (*near(self._lexicon, self._lookup, self._evaluation), *self._elsewhere.near)
        # A rule of another topic is laid out here only in part. Its row from its own topic is complete, and replaces
        # the row found here because it comes later.
        rows = {(row["condition"], row["criterion"]): row for row in found}.values()
        return grouped(in_order(rows, named("ask", "nearest")), "condition")

    def asked(self) -> Ranked:
        """What to ask, most decisive first, with the rows about it."""
        return ranked_questions(self._rows("ask", "what-is-open"), self._lexicon.label)

    def _nearest(self, near: Ranked) -> tuple[NearCondition, ...]:
        def labels(rows: list[Row], state: str) -> tuple[str, ...]:
            return tuple(row["criterionLabel"] for row in rows if row["state"] == state)

        return tuple(
            NearCondition(
                id=self._name(iri),
                label=rows[0]["label"],
                neighbour=rows[0]["neighbour"],
                met=labels(rows, "met"),
                failed=labels(rows, "failed"),
                open=labels(rows, "open"),
            )
            for iri, rows in near.items()
        )

    def _foremost(self, nearest: tuple[NearCondition, ...]) -> tuple[NearCondition, ...]:
        """The nearest scenario, and the hand-offs that fail nothing and have as few open criteria as the first one."""
        scenarios = [near for near in nearest if not near.neighbour]
        hand_offs = [near for near in nearest if near.neighbour and not near.failed]
        return (*scenarios[:1], *(near for near in hand_offs if len(near.open) == len(hand_offs[0].open)))

    def _questions(self, asked: Ranked) -> tuple[OpenQuestion, ...]:
        return tuple(
            OpenQuestion(
                id=slug(iri),
                label=self._lexicon.label(iri),
                matters_for=tuple(dict.fromkeys(self._lexicon.label(row["condition"]) for row in rows)),
                decides_scenario=decides(rows),
            )
            for iri, rows in asked.items()
        )

    def _checks(self) -> tuple[a.Contraindication, ...]:
        concerned: dict[str, list[str]] = defaultdict(list)
        for row in self._rows("ask", "what-to-check"):
            concerned[row["condition"]].append(slug(row["procedure"]))
        applies = self._holding["Contraindication"]
        return tuple(
            a.Contraindication(
                self._lexicon.label(iri), slug(self._lookup.degrees[iri]), tuple(studies), iri in applies
            )
            for iri, studies in concerned.items()
        )
