"""The guide: load content once, assess cases against it."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from kg import answer as a
from kg.case import Case, Number
from kg.content import VOCABULARY, Content, read
from kg.errors import ContradictoryCaseError, CaseError, UnknownTermError, listed
from kg.evaluation import Bench, Evaluation, Row
from kg.names import ALT_LABEL, BASE, NS, RDF_TYPE, RDFS_LABEL, XSD_DECIMAL, ns, slug
from kg.queries import Query, named, selection
from kg.resources import folder

THIS_CASE = NamedNode(f"{BASE}case/this")
"""The case that is assessed: a node in a private store, gone afterwards."""


def load(content: Path | str | None = None) -> Guide:
    """Open a guideline.

    Args:
        content: A content folder; without one, the shipped ontology.

    Returns:
        A guide, ready to assess cases. It is immutable and may be shared by threads.

    Raises:
        ContentError: The folder cannot be used; the message names the file, the line and the cure.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain"], absent=["prior-thoracic-spine-surgery"])
    >>> case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
    >>> guide.assess(case).best[0].label
    'MRI thoracic spine without and with IV contrast'
    """
    return Guide(read(Path(content) if content is not None else folder("ontology")))


class Guide:
    """A guideline that assesses cases."""

    def __init__(self, content: Content) -> None:
        """Wrap content that was read.

        Args:
            content: What ``kg.content.read`` returns.
        """
        self.content = content
        self._benches: dict[frozenset[str], Bench] = {}

    # ------------------------------------------------------------------ assessing

    def assess(self, case: Case) -> a.Answer:
        """Which study comes next, and why.

        Args:
            case: The patient, as far as known.

        Returns:
            The answer with its reasons.

        Raises:
            UnknownTermError: A word of the case is not in the vocabulary; the nearest labels are offered.
            CaseError: A number is out of its range.
            ContradictoryCaseError: Facts contradict each other; both are named.
        """
        facts = self._facts(case)
        topics = self._topics_of(case)
        with self._bench(topics).evaluation(facts) as evaluation:
            self._refuse_contradictions(evaluation)
            return _Reader(self, case, topics, evaluation).answer()

    def derive(self, case: Case) -> tuple[Triple, ...]:
        """The case and everything that the queries derive of it, as triples.

        Args:
            case: The patient, as far as known.

        Returns:
            The triples, the case being ``case:this``.

        Raises:
            KgError: As for ``assess``.
        """
        with self._bench(self._topics_of(case)).evaluation(self._facts(case)) as evaluation:
            return evaluation.triples

    def slice(self, topics: Iterable[str]) -> tuple[Triple, ...]:
        """What a case that enters some topics is assessed against.

        Args:
            topics: IRIs of topics.

        Returns:
            The triples of the vocabulary, of the topics and of what the build derived; worked examples are left out.
        """
        graphs = (VOCABULARY, *sorted(topics))
        triples = [triple for name in graphs for triple in self.content.graphs[name]]
        examples = {t.subject for t in triples if t.predicate == RDF_TYPE and t.object == ns("Example")}
        nested = {t.object for t in triples if t.subject in examples and t.predicate in (ns("performed"), ns("measured"))}
        kept = [t for t in triples if t.subject not in examples and t.subject not in nested]
        return (*kept, *self.content.derived)

    def _bench(self, topics: frozenset[str]) -> Bench:
        if topics not in self._benches:
            self._benches[topics] = Bench(self.slice(topics))
        return self._benches[topics]

    def _topics_of(self, case: Case) -> frozenset[str]:
        seen = {*case.present, *(word for study in case.performed for word in study.present)}
        return frozenset(topic for word in seen for topic in self._entries.get(self._terms["Finding"].get(word, ""), ()))

    def _refuse_contradictions(self, evaluation: Evaluation) -> None:
        for row in evaluation.ask(named("case", "contradiction")):
            if row["case"] == THIS_CASE.value:
                first, second = self.label(row["present"]), self.label(row["absent"])
                message = f"the case contradicts itself: '{first}' is present, yet '{second}' is absent; correct one of them"
                raise ContradictoryCaseError(message)

    # ------------------------------------------------------------------ the case as triples

    def _facts(self, case: Case) -> list[Triple]:
        facts = [Triple(THIS_CASE, RDF_TYPE, ns("Case"))]
        for relation, words in (("present", case.present), ("absent", case.absent), ("assumedAbsent", case.assume_absent)):
            facts += [Triple(THIS_CASE, ns(relation), self.term("Finding", word)) for word in words]
        for name, value in case.measured.items():
            measure = self.term("Measure", name)
            self._refuse_out_of_range(measure, name, value)
            node = NamedNode(f"{THIS_CASE.value}/measured/{name}")
            facts += [
                Triple(THIS_CASE, ns("measured"), node),
                Triple(node, ns("measure"), measure),
                Triple(node, ns("value"), Literal(format(value, "f") if not isinstance(value, int) else str(value), datatype=XSD_DECIMAL)),
            ]
        for number, study in enumerate(case.performed, 1):
            node = NamedNode(f"{THIS_CASE.value}/performed/{number}")
            facts += [
                Triple(THIS_CASE, ns("performed"), node),
                Triple(node, ns("procedure"), self.term("Procedure", study.procedure)),
                *(Triple(node, ns("present"), self.term("Finding", word)) for word in study.present),
                *(Triple(node, ns("absent"), self.term("Finding", word)) for word in study.absent),
            ]
        if case.order is not None:
            facts.append(Triple(THIS_CASE, ns("intended"), self.term("Procedure", case.order)))
        return facts

    def _refuse_out_of_range(self, measure: NamedNode, name: str, value: Number) -> None:
        low, high = self._limits[measure.value]
        if not low <= value <= high:
            message = f"measured '{name}' is {value}, outside {low:g} to {high:g} {self._units[measure.value]}; correct the number"
            raise CaseError(message)

    # ------------------------------------------------------------------ names

    def term(self, kind: str, word: str) -> NamedNode:
        """The IRI of a word.

        Args:
            kind: ``"Finding"``, ``"Procedure"``, ``"Measure"`` or another class of term.
            word: Its identifier.

        Returns:
            The IRI.

        Raises:
            UnknownTermError: There is no such word; the nearest are offered.
        """
        known = self._terms[kind]
        if word not in known:
            near = self._nearest(kind, word)
            cure = f"did you mean {listed(near)}?" if near else "`nextstudy find WORD` searches the vocabulary"
            message = f"'{word}' is not a {kind.lower()} of this vocabulary; {cure}"
            raise UnknownTermError(message)
        return NamedNode(known[word])

    def label(self, iri: str) -> str:
        """What a person reads for an IRI.

        Args:
            iri: The IRI of anything in the content.

        Returns:
            Its label, or its slug.
        """
        return self._labels.get(iri, slug(iri))

    def find(self, text: str, kind: str = "Finding") -> tuple[a.Term, ...]:
        """Search labels, synonyms and identifiers.

        Args:
            text: Some words.
            kind: The class of term.

        Returns:
            The terms that contain every word; failing these, the nearest ones.

        >>> import kg
        >>> [term.id for term in kg.load().find("weak legs")][:1]
        ['leg-weakness']
        """
        words = text.lower().replace("-", " ").split()
        hits = {iri for name, iri in self._spellings(kind) if all(word in name for word in words)}
        if not hits:
            return tuple(a.Term(word, self.label(self._terms[kind][word])) for word in self._nearest(kind, text))
        return tuple(a.Term(slug(iri), self.label(iri)) for iri in sorted(hits))

    def _nearest(self, kind: str, word: str) -> list[str]:
        names = dict(self._spellings(kind))
        close = difflib.get_close_matches(word.lower().replace("-", " "), names, n=5, cutoff=0.55)
        return list(dict.fromkeys(slug(names[name]) for name in close))[:3]

    def _spellings(self, kind: str) -> list[tuple[str, str]]:
        iris = set(self._terms[kind].values())
        named_words = [(slug(iri).replace("-", " "), iri) for iri in iris]
        labels = [
            (t.object.value.lower().replace("-", " "), t.subject.value)
            for t in self.content.graphs[VOCABULARY]
            if t.predicate in (RDFS_LABEL, ALT_LABEL) and isinstance(t.subject, NamedNode) and isinstance(t.object, Literal)
        ]
        return sorted([*named_words, *((name, iri) for name, iri in labels if iri in iris)])

    # ------------------------------------------------------------------ what is read from the content once

    @cached_property
    def store(self) -> Store:
        """Everything in one store: named graphs for vocabulary and topics, derived triples in the default graph."""
        store = Store()
        for name, triples in self.content.graphs.items():
            graph = NamedNode(name)
            store.bulk_extend(Quad(t.subject, t.predicate, t.object, graph) for t in triples)
        store.bulk_extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in self.content.derived)
        return store

    def rows(self, query: Query) -> list[Row]:
        """Ask a question about the content.

        Args:
            query: A SELECT query.

        Returns:
            Its rows.
        """
        solutions = self.store.query(query.text, use_default_graph_as_union=True)
        assert isinstance(solutions, QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        return [{n: term.value for n in names if (term := row[n]) is not None} for row in solutions]  # type: ignore[union-attr]

    @cached_property
    def _terms(self) -> dict[str, dict[str, str]]:
        kinds: dict[str, dict[str, str]] = defaultdict(dict)
        for triples in self.content.graphs.values():
            for t in triples:
                if t.predicate == RDF_TYPE and isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode):
                    if t.object.value.startswith(NS):
                        kinds[slug(t.object.value)][slug(t.subject.value)] = t.subject.value
        return kinds

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {
            t.subject.value: t.object.value
            for triples in self.content.graphs.values()
            for t in triples
            if t.predicate == RDFS_LABEL and isinstance(t.subject, NamedNode) and isinstance(t.object, Literal)
        }

    @cached_property
    def _entries(self) -> dict[str, set[str]]:
        entries: dict[str, set[str]] = defaultdict(set)
        for row in self.rows(selection("enter")):
            entries[row["finding"]].add(row["topic"])
        return entries

    @cached_property
    def _units(self) -> dict[str, str]:
        return {row["measure"]: row["unit"] for row in self.rows(selection("measures"))}

    @cached_property
    def _limits(self) -> dict[str, tuple[float, float]]:
        rows = self.rows(selection("measures"))
        return {row["measure"]: (float(row["lowest"]), float(row["highest"])) for row in rows}

    @cached_property
    def origins(self) -> MappingProxyType[str, tuple[a.Origin, ...]]:
        """Where each thing of the content comes from, by IRI."""
        origins: dict[str, list[a.Origin]] = defaultdict(list)
        for row in self.rows(named("ask", "where-from")):
            origins[row["thing"]].append(a.Origin(row["label"], row.get("section", ""), row["title"]))
        return MappingProxyType({thing: tuple(places) for thing, places in origins.items()})

    @cached_property
    def ratings(self) -> MappingProxyType[str, Row]:
        """The static part of each rating, by IRI: label, category, radiation, confidence."""
        return MappingProxyType({row["rating"]: row for row in self.rows(named("ask", "ratings"))})

    @cached_property
    def topics(self) -> MappingProxyType[str, Row]:
        """Title, edition and rights of each topic, by IRI."""
        return MappingProxyType({row["topic"]: row for row in self.rows(named("ask", "topics"))})


class _Reader:
    """Turns the rows about one evaluation into an answer. It carries; it decides nothing."""

    def __init__(self, guide: Guide, case: Case, topics: frozenset[str], evaluation: Evaluation) -> None:
        self.guide = guide
        self.case = case
        self.topics = topics
        self.evaluation = evaluation
        self.verdict: dict[str, list[str]] = defaultdict(list)
        for row in self._rows("verdict"):
            self.verdict[slug(row["aspect"])].append(row["value"])
        self.why: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self._rows("why"):
            self.why[row["condition"]][row["criterion"]].append(row)

    def _rows(self, name: str) -> list[Row]:
        return [row for row in self.evaluation.ask(named("ask", name)) if row["case"] == THIS_CASE.value]

    def _term(self, iri: str) -> a.Term:
        return a.Term(slug(iri), self.guide.label(iri))

    def answer(self) -> a.Answer:
        leading = self.verdict["leading"]
        studies = self._studies(set(leading))
        open_rows = self._rows("what-is-open")
        return a.Answer(
            case=self.case,
            outcome=self._term(self.verdict["outcome"][0]),
            scenarios=tuple(self._held(iri) for iri in leading),
            also_apply=tuple(self._term(iri) for iri in self.verdict["Scenario"] if iri not in leading),
            possible=tuple(self._term(iri) for iri in self.verdict["considered"] if iri not in leading),
            studies=studies,
            best=tuple({study.id: study for study in studies if study.best}.values()),
            urgency=self._urgency(),
            escalations=self._escalations(open_rows),
            preferences=tuple(self._held(iri) for iri in self.verdict["Preference"]),
            warnings=tuple(self._held(iri) for iri in self.verdict["Warning"]),
            handed_to=tuple(self._held(iri) for iri in self.verdict["HandOff"]),
            undecided=tuple(self._term(iri) for iri in self.verdict["undecided"]),
            questions=self._questions(open_rows),
            check_before_ordering=self._checks(),
            assumptions=tuple(a.Term(word, self.guide.label(self.guide.term("Finding", word).value)) for word in self.case.assume_absent),
            topics=tuple(self._topic(iri) for iri in sorted(self.topics)),
        )

    def _topic(self, iri: str) -> dict[str, str]:
        row = self.guide.topics[iri]
        return {"id": slug(iri), "title": row["title"], "edition": row["edition"], "rights": row["rights"]}

    def _held(self, iri: str) -> a.Held:
        criteria = tuple(
            a.MetCriterion(rows[0]["label"], self._facts_of(rows), self.guide.origins.get(criterion, ()))
            for criterion, rows in self.why[iri].items()
        )
        return a.Held(slug(iri), self.guide.label(iri), criteria, self.guide.origins.get(iri, ()))

    def _facts_of(self, rows: list[Row]) -> tuple[a.Fact, ...]:
        return tuple(dict.fromkeys(self._fact(row) for row in rows))

    def _fact(self, row: Row) -> a.Fact:
        given, iri = slug(row["given"]), row["fact"]
        if given == "measured":
            name = slug(iri)
            measure = self.guide.term("Measure", name).value
            unit = self.guide._units[measure]
            return a.Fact(f"{self.guide.label(measure)}: {self.case.measured[name]} {unit}", given, name)
        if given == "performed":
            study = self.case.performed[int(slug(iri)) - 1]
            shown = [self.guide.label(self.guide.term("Finding", word).value) for word in study.present]
            unseen = ["no " + self.guide.label(self.guide.term("Finding", word).value).lower() for word in study.absent]
            label = self.guide.label(self.guide.term("Procedure", study.procedure).value)
            return a.Fact(f"{label}: {'; '.join(shown + unseen) or 'result not recorded'}", given, study.procedure)
        label = self.guide.label(iri)
        words = {"present": label, "absent": f"{label}: absent", "intended": f"{label}: intended"}
        return a.Fact(words.get(given, f"{label}: assumed absent"), given, slug(iri))

    def _studies(self, leading: set[str]) -> tuple[a.Study, ...]:
        rows = self._rows("next-study")
        standings: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            standings[row["rating"]].add(slug(row["standing"]))
        shown = {row["rating"]: row for row in rows if not leading or row["scenario"] in leading}
        studies = [self._study(rating, row, standings[rating]) for rating, row in shown.items()]
        ranks = {rating: int(row["rank"]) for rating, row in shown.items()}
        order = sorted(zip(studies, ranks.values(), strict=True), key=lambda pair: (not pair[0].best, not pair[0].robust, -pair[1]))
        return tuple(study for study, _ in order)

    def _study(self, rating: str, row: Row, standing: set[str]) -> a.Study:
        static = self.guide.ratings[rating]
        return a.Study(
            id=slug(row["procedure"]),
            label=row["label"],
            category=self._term(row["category"]),
            disagreement=static.get("disagreement", ""),
            radiation=f"{static['symbol']} {static['dose']}",
            radiation_standing=static["standing"],
            confidence=static["confidence"],
            scenario=slug(row["scenario"]),
            best="best" in standing,
            robust="robust" in standing,
            contraindicated="contraindicated" in standing,
            cautioned="cautioned" in standing,
            performed="alreadyPerformed" in standing,
            origins=self.guide.origins.get(rating, ()),
        )

    def _urgency(self) -> a.Urgency | None:
        rows = self._rows("how-urgent")
        if not rows:
            return None
        return a.Urgency(self._term(rows[0]["urgency"]), tuple(self._held(row["rule"]) for row in rows))

    def _escalations(self, open_rows: list[Row]) -> tuple[a.Escalation, ...]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows("whom-to-call"):
            grouped[row["escalation"]].append(row)
        missing: dict[str, list[a.Term]] = defaultdict(list)
        for row in open_rows:
            missing[row["condition"]].append(a.Term(slug(row["finding"]), row["label"]))
        return tuple(
            a.Escalation(
                label=rows[0]["label"],
                contacts=tuple(self._term(row["contact"]) for row in rows),
                applies=rows[0]["applies"] == "true",
                missing=tuple(missing[iri]),
                origins=self.guide.origins.get(iri, ()),
            )
            for iri, rows in grouped.items()
        )

    def _questions(self, rows: list[Row]) -> tuple[a.Question, ...]:
        asked: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            asked[row["ask"]].append(row)
        considered = set(self.verdict["considered"])
        questions = [
            a.Question(
                id=slug(iri),
                label=self.guide.label(iri),
                matters_for=tuple(dict.fromkeys(self.guide.label(row["condition"]) for row in group)),
                decides_scenario=any(row["condition"] in considered for row in group),
            )
            for iri, group in asked.items()
        ]
        return tuple(sorted(questions, key=lambda question: (not question.decides_scenario, -len(question.matters_for), question.id)))

    def _checks(self) -> tuple[a.Check, ...]:
        grouped: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows("what-to-check"):
            grouped[row["condition"]].append(row)
        return tuple(
            a.Check(rows[0]["label"], slug(rows[0]["degree"]), tuple(slug(row["procedure"]) for row in rows), rows[0]["applies"] == "true")
            for rows in grouped.values()
        )
