"""The guide: load content once, assess cases against it."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

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
        return self._assess(case, with_readings=True)

    def _assess(self, case: Case, *, with_readings: bool) -> a.Answer:
        from kg.reading import Reading

        facts = self._facts(case)
        topics = self._topics_of(case)
        with self._bench(topics).evaluation(facts) as evaluation:
            conclusions = evaluation.conclusions(THIS_CASE)
            if not set(conclusions["knownPresent"]).isdisjoint(conclusions["knownAbsent"]):
                self._refuse_contradictions(evaluation)
            answer = Reading(self, case, topics, evaluation, conclusions).answer()
        return replace(answer, readings=self._readings(answer)) if with_readings and answer.undecided else answer

    def _readings(self, answer: a.Answer) -> tuple[a.OtherReading, ...]:
        """Assess the case once for each way to read a number on which the sources differ."""
        readings = []
        for finding in answer.undecided:
            other = self._assess(answer.case.with_facts(present=[finding.id]), with_readings=False)
            scenarios = tuple(a.Term(held.id, held.label) for held in other.scenarios)
            best = tuple(a.Term(study.id, study.label) for study in other.best)
            readings.append(a.OtherReading(finding, other.outcome, scenarios, best))
        return tuple(readings)

    def derive(self, case: Case) -> tuple[Quad, ...]:
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

    def slice(self, topics: Iterable[str]) -> tuple[Quad, ...]:
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

    def _facts(self, case: Case) -> list[Quad]:
        facts = [Quad(THIS_CASE, RDF_TYPE, ns("Case"))]
        for relation, words in (("present", case.present), ("absent", case.absent), ("assumedAbsent", case.assume_absent)):
            facts += [Quad(THIS_CASE, ns(relation), self.term("Finding", word)) for word in words]
        for name, value in case.measured.items():
            measure = self.term("Measure", name)
            self._refuse_out_of_range(measure, name, value)
            node = NamedNode(f"{THIS_CASE.value}/measured/{name}")
            facts += [
                Quad(THIS_CASE, ns("measured"), node),
                Quad(node, ns("measure"), measure),
                Quad(node, ns("value"), Literal(format(value, "f") if not isinstance(value, int) else str(value), datatype=XSD_DECIMAL)),
            ]
        for number, study in enumerate(case.performed, 1):
            node = NamedNode(f"{THIS_CASE.value}/performed/{number}")
            facts += [
                Quad(THIS_CASE, ns("performed"), node),
                Quad(node, ns("procedure"), self.term("Procedure", study.procedure)),
                *(Quad(node, ns("present"), self.term("Finding", word)) for word in study.present),
                *(Quad(node, ns("absent"), self.term("Finding", word)) for word in study.absent),
            ]
        if case.order is not None:
            facts.append(Quad(THIS_CASE, ns("intended"), self.term("Procedure", case.order)))
        return facts

    def _refuse_out_of_range(self, measure: NamedNode, name: str, value: Number) -> None:
        low, high = self._limits[measure.value]
        if not low <= value <= high:
            message = f"measured '{name}' is {value}, outside {low:g} to {high:g} {self.units[measure.value]}; correct the number"
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
        """Everything in the default graph of one store: vocabulary, all topics and what the build derived."""
        store = Store()
        for triples in (*self.content.graphs.values(), self.content.derived):
            store.extend(triples)
        return store

    def rows(self, query: Query) -> list[Row]:
        """Ask a question about the content.

        Args:
            query: A SELECT query.

        Returns:
            Its rows.
        """
        solutions = self.store.query(query.text)
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
    def units(self) -> dict[str, str]:
        """The unit of each measure, by IRI."""
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
    def criteria(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The criteria of each condition, inherited ones included, by IRI."""
        return self._grouped("criteria", "condition")

    @cached_property
    def contacts(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """Whom each escalation and action names, by IRI."""
        return self._grouped("contacts", "condition")

    @cached_property
    def patterns(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The diagnosis of each result pattern, by IRI."""
        return self._grouped("result-patterns", "pattern")

    @cached_property
    def actions(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The actions of each recommendation with urgency and strength, by IRI."""
        return self._grouped("actions", "recommendation")

    @cached_property
    def alternatives(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The studies that each alternative offers, by IRI."""
        return self._grouped("alternatives", "alternative")

    @cached_property
    def neighbours(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """Where each hand-off leads, by IRI."""
        return self._grouped("hand-offs", "handOff")

    @cached_property
    def conflicts(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The sides of each conflict, by IRI."""
        return self._grouped("conflicts", "conflict")

    @cached_property
    def urgency_rules(self) -> MappingProxyType[str, Row]:
        """The level of each urgency rule, by IRI."""
        return MappingProxyType({row["rule"]: row for row in self.rows(named("ask", "urgency-rules"))})

    @cached_property
    def degrees(self) -> MappingProxyType[str, str]:
        """Whether each contraindication is absolute or relative, by IRI."""
        return MappingProxyType({row["condition"]: row["degree"] for row in self.rows(named("ask", "contraindications"))})

    @cached_property
    def kinds(self) -> MappingProxyType[str, str]:
        """The class of each condition, by IRI."""
        return MappingProxyType({row["condition"]: slug(row["kind"]) for row in self.rows(named("ask", "conditions"))})

    def _grouped(self, query: str, column: str) -> MappingProxyType[str, tuple[Row, ...]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows(named("ask", query)):
            groups[row[column]].append(row)
        return MappingProxyType({iri: tuple(rows) for iri, rows in groups.items()})

    @cached_property
    def ratings(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The ratings of each scenario, by IRI: study, category, radiation, confidence."""
        return self._grouped("ratings", "scenario")

    @cached_property
    def topics(self) -> MappingProxyType[str, Row]:
        """Title, edition and rights of each topic, by IRI."""
        return MappingProxyType({row["topic"]: row for row in self.rows(named("ask", "topics"))})
