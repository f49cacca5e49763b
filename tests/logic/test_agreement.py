"""The queries against three independent judges and a second SPARQL engine, on random cases and guidelines.

Plain Python (``truth``) says what every case amounts to, a truth table what logic makes of small guidelines, and HermiT
what OWL entails. rdflib runs the unchanged query texts beside Oxigraph. Wherever it matters another patient lies in the
same graph, because a query that mixes patients gives right answers as long as there is only one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple, cast

import pytest
import rdflib
from pyoxigraph import BlankNode, NamedNode, Quad, QuerySolutions, QueryTriples, RdfFormat, Store, Triple, serialize
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query as PreparedQuery

import kg
from kg.author.examples import examples
from kg.author.publish.owl import conditions, definitions
from kg.author.publish.reasoner import InconsistentOntologyError, atoms, consistent_and_satisfiable, judge
from kg.errors import ContradictoryCaseError
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, SUB_CLASS_OF, ns, slug
from kg.knowledge.sparql.queries import KINDS_OF_FACT, Query, derivation, named, selection, stage
from kg.patient.assess.evaluation import QUESTIONS, Bench, Evaluation
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE, facts
from tests.conftest import case_files
from tests.judges.generate import RARE, cases, choosing, contradictory, guideline, random_case
from tests.judges.truth import Knowledge, Verdicts

CHUNKS = range(3)
RdflibTriple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]
ABOUT_CASES = [query for query in (*stage("ask"), *stage("lookup")) if "?case" in query.text]
QUICK = [query for query in ABOUT_CASES if query.name != "what-is-not-used"]
"""Those that rdflib answers in a second or two; the other one takes it half a minute."""
LINT = ("finding-impossible", "criterion-always-true", "scenario-contradicts-itself")
SETS = (
    ("applies", "ruledOut", "considered", "leading", "robust", "best"),
    (
        *("takenAsSeen", "mayEnter", "perhapsBefore", "studiesDependOn", "urgencyDependsOn", "concernedBy"),
        *("met", "failed", "awaited", "movedBy", "left", "matched"),
    ),
)
SCALES = ("outcome", "urgency", "orderRating", "orderVerdict")
AS_CHOSEN = {
    "basis": "basis",
    "chosen_best": "chosenBest",
    "chosen_robust": "chosenRobust",
    "chosen_failed": "chosenFailed",
    "chosen_order_rating": "chosenOrderRating",
    "chosen_order_verdict": "chosenOrderVerdict",
}
"""What follows from what a person chose, as the judge and the queries call it."""
OTHER_CASE = NamedNode(f"{BASE}case/other")


@pytest.fixture(scope="module")
def knowledge(guide: kg.Guide) -> Knowledge:
    """The shipped guideline, as the independent judge reads it."""
    return Knowledge(guide.core.content)


@pytest.fixture(scope="module")
def bench(guide: kg.Guide) -> Bench:
    """The shipped guideline with all topics, to lay any facts on."""
    return Bench(guide.core.triples(guide.core.content.topics))


@cache
def opened(guide: kg.Guide) -> tuple[kg.Guide, Knowledge, Bench]:
    """A guide with its judge and its bench, as above."""
    return guide, Knowledge(guide.core.content), Bench(guide.core.triples(guide.core.content.topics))


def stated(guide: kg.Guide, case: Case, node: NamedNode = THIS_CASE) -> tuple[Quad, ...]:
    """A case as triples."""
    return facts(case, guide.core.lexicon, node)


def verdicts(evaluation: Evaluation) -> Verdicts:
    """What the queries say, in the form of the independent judge."""
    return verdicts_of(evaluation.conclusions(THIS_CASE))


def verdicts_of(found: Mapping[str, Iterable[str]]) -> Verdicts:
    """What was concluded, in the form of the independent judge."""
    first, last = ([frozenset(found.get(name, ())) for name in names] for names in SETS)
    sets = ("chosen_best", "chosen_robust", "chosen_failed")
    chosen = {
        name: frozenset(found.get(x, ())) if name in sets else only(found.get(x, ())) for name, x in AS_CHOSEN.items()
    }
    return Verdicts(*first, *(only(found.get(name, ())) for name in SCALES), *last, **chosen)  # type: ignore[arg-type]


def only(iris: Iterable[str]) -> str:
    """The slug of the one IRI, if there is one; all of them where there should be one."""
    return " and ".join(map(slug, sorted(iris)))


# ---------------------------------------------------------------------- plain Python


@pytest.mark.parametrize("chunk", CHUNKS)
def test_plain_python_agrees_on_the_shipped_guideline(
    guide: kg.Guide, knowledge: Knowledge, bench: Bench, chunk: int
) -> None:
    for case in (*RARE, *cases(Random(f"shipped {chunk}"), knowledge, 30)):
        with bench.evaluation(stated(guide, case)) as evaluation:
            assert verdicts(evaluation) == knowledge.judge(case), case.to_dict()


@pytest.mark.parametrize("chunk", CHUNKS)
def test_plain_python_agrees_on_random_guidelines(tmp_path: Path, chunk: int) -> None:
    rng = Random(f"guidelines {chunk}")
    for number in range(15):
        guide = kg.Guide(guideline(rng, tmp_path / str(number)))
        knowledge = Knowledge(guide.core.content)
        bench = Bench(guide.core.triples(guide.core.content.topics))
        for case in cases(rng, knowledge, 4):
            with bench.evaluation(stated(guide, case)) as evaluation:
                assert verdicts(evaluation) == knowledge.judge(case), (chunk, number, case.to_dict())


@pytest.mark.parametrize("chunk", CHUNKS)
def test_plain_python_agrees_on_what_is_said_of_orders(
    guide: kg.Guide, knowledge: Knowledge, bench: Bench, chunk: int
) -> None:
    """Beside a case with another order, which must not be mixed up with this one."""
    for case, other in pairs_of_orders(knowledge, chunk, 8):
        with bench.evaluation([*stated(guide, case), *stated(guide, other, OTHER_CASE)]) as evaluation:
            assert verdicts(evaluation) == knowledge.judge(case), (case.to_dict(), other.to_dict())


def test_random_orders_reach_every_verdict(knowledge: Knowledge) -> None:
    drawn = (case for chunk in CHUNKS for case, _ in pairs_of_orders(knowledge, chunk))
    judged = [knowledge.judge(case) for case in (*RARE, *drawn) if case.order]
    for scale, found in (
        ("order-verdict", {verdict.order_verdict for verdict in judged}),
        ("urgency", {verdict.urgency for verdict in judged} - {""} | {"urgency-not-stated"}),
        ("order-rating", {verdict.order_rating for verdict in judged if verdict.order_rating.startswith("not-")}),
    ):
        assert found == {slug(node) for node, scales in knowledge.said["scale"].items() if scale in scales}


def pairs_of_orders(knowledge: Knowledge, chunk: object, count: int = 25) -> Iterator[tuple[Case, Case]]:
    """Random cases with orders of studies that are rated somewhere, and another case for each."""
    rng = Random(f"orders {chunk}")
    rated = sorted(slug(study) for study in set().union(*knowledge.rated.values()))
    for case, other in zip(cases(rng, knowledge, count), cases(rng, knowledge, count), strict=True):
        verdict = knowledge.judge(case)
        barred = [study for study in rated if knowledge.contraindicated(knowledge.iri(study), verdict.applies)]
        orders = [*rng.sample(rated, 3), *sorted(map(slug, verdict.best))[:1], *barred[:1]]
        for order in orders:
            ordered = replace(case, order=order)
            if not contradictory(knowledge, ordered):
                yield ordered, replace(other, order=rng.choice(rated))


def test_random_cases_reach_every_scenario_and_every_outcome(knowledge: Knowledge) -> None:
    drawn = (case for chunk in CHUNKS for case in cases(Random(f"shipped {chunk}"), knowledge, 150))
    judged = [knowledge.judge(case) for case in (*RARE, *drawn)]
    reached = {scenario for verdict in judged for scenario in verdict.leading}
    # Of a family one is enough: what its tables add is the same in all families.
    families = {
        scenario: min(knowledge.the("fromFamily", scenario), default=scenario) for scenario in knowledge.scenarios()
    }
    assert {families[scenario] for scenario in reached} == set(families.values())
    outcomes = {slug(node) for node, scales in knowledge.said["scale"].items() if "outcome" in scales}
    assert {verdict.outcome for verdict in judged} == outcomes


def test_loading_only_the_entered_topics_changes_no_answer(guide: kg.Guide, knowledge: Knowledge) -> None:
    for case in cases(Random("slices"), knowledge, 60):
        answer, expected = guide.assess(case), knowledge.judge(case)
        assert answer.outcome.id == expected.outcome, case.to_dict()
        assert {study.id for study in answer.best} == {slug(study) for study in expected.best}, case.to_dict()
        assert {held.id for held in answer.scenarios} == {slug(scenario) for scenario in expected.leading}, (
            case.to_dict()
        )


def test_what_an_answer_does_not_read_changes_nothing(levels: kg.Guide) -> None:
    guide, knowledge, _ = opened(levels)
    part = guide.core.slice(frozenset(guide.core.content.topics))
    for case in cases(Random("unread"), knowledge, 30):
        laid = stated(guide, case)
        with part.bench.evaluation(laid) as whole, part.rules.evaluation(laid) as read:
            assert set(read.triples) == set(whole.triples), case.to_dict()
            for question in QUESTIONS:
                assert read.ask(named(*question)) == whole.ask(named(*question)), (question, case.to_dict())


def test_asking_alone_wears_no_store_out(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Store] = []
    monkeypatch.setattr("kg.patient.assess.evaluation.Store", lambda: made.append(Store()) or made[-1])  # type: ignore[func-returns-value]
    bench = Bench(guide.core.triples(frozenset()))
    rows = [bench.table(selection("measures")) for _ in range(300)]
    assert rows[0] and rows.count(rows[0]) == 300 and len(made) == 1
    for _ in range(300):
        with bench.evaluation([]):
            pass
    assert len(made) > 1, "cases do"


def test_rows_that_are_sorted_here_are_those_of_the_engine(levels: kg.Guide) -> None:
    guide, knowledge, bench = opened(levels)
    for case in cases(Random("sorted"), knowledge, 15):
        with bench.evaluation(stated(guide, case)) as evaluation:
            for query in (named(*question) for question in QUESTIONS):
                assert evaluation.rows(query) == evaluation.ask(query), (query.name, case.to_dict())


def test_a_query_left_out_for_what_a_case_lacks_would_find_nothing(levels: kg.Guide) -> None:
    guide, knowledge, _ = opened(levels)
    content = guide.core.triples(guide.core.content.topics)
    for case in cases(Random("given"), knowledge, 15):
        laid = stated(guide, case)
        given = {slug(quad.predicate.value) for quad in laid}
        derived = []
        for kinds in (KINDS_OF_FACT, KINDS_OF_FACT & given):
            store = Store()
            store.extend((*content, *laid))
            store.update(derivation(kinds))
            derived.append(set(store))
        assert derived[0] == derived[1], case.to_dict()


@pytest.mark.parametrize("query", [query for query in stage("derive") if query.given], ids=lambda query: query.name)
def test_a_query_begins_with_the_kind_of_fact_that_it_names_as_given(query: Query) -> None:
    pattern = query.text.split("WHERE {")[1]
    assert query.given in KINDS_OF_FACT
    assert re.match(rf"\n  \?case (a ns:Case ; )?ns:{query.given} \?\w+ \.\n", pattern)
    assert not any(f"ns:{kind} " in each.text.split("WHERE {")[0] for kind in KINDS_OF_FACT for each in stage("derive"))


def test_both_find_the_same_cases_contradictory(guide: kg.Guide, knowledge: Knowledge) -> None:
    rng = Random("contradictions")
    found = Counter[bool]()
    for case in (random_case(rng, knowledge) for _ in range(80)):
        expected = contradictory(knowledge, case)
        found[expected] += 1
        if expected:
            with pytest.raises(ContradictoryCaseError):
                guide.assess(case)
        else:
            guide.assess(case)
    assert min(found[True], found[False]) > 2


def test_a_fact_is_named_as_reason_exactly_where_it_meets_the_criterion(
    guide: kg.Guide, knowledge: Knowledge, bench: Bench
) -> None:
    query = named("lookup", "which-facts")
    for case in cases(Random("reasons"), knowledge, 50):
        with bench.evaluation(stated(guide, case)) as evaluation:
            found = {(row["criterion"], slug(row["given"]), slug(row["fact"])) for row in evaluation.ask(query)}
        assert found == knowledge.reasons(case), case.to_dict()


# ---------------------------------------------------------------------- what a person chooses


@pytest.mark.parametrize("chunk", CHUNKS)
def test_plain_python_agrees_on_what_was_chosen(
    guide: kg.Guide, knowledge: Knowledge, bench: Bench, chunk: int
) -> None:
    rng = Random(f"chosen {chunk}")
    for case in (choosing(rng, knowledge, each) for each in cases(rng, knowledge, 25)):
        with bench.evaluation(stated(guide, case)) as evaluation:
            assert verdicts(evaluation) == knowledge.judge(case), case.to_dict()


@pytest.mark.parametrize("chunk", CHUNKS)
def test_plain_python_agrees_on_what_was_chosen_in_random_guidelines(tmp_path: Path, chunk: int) -> None:
    rng = Random(f"chosen in guidelines {chunk}")
    for number in range(8):
        guide = kg.Guide(guideline(rng, tmp_path / str(number)))
        knowledge = Knowledge(guide.core.content)
        bench = Bench(guide.core.triples(guide.core.content.topics))
        for case in (choosing(rng, knowledge, each) for each in cases(rng, knowledge, 6)):
            with bench.evaluation(stated(guide, case)) as evaluation:
                assert verdicts(evaluation) == knowledge.judge(case), (chunk, number, case.to_dict())


# ---------------------------------------------------------------------- the truth table


@pytest.mark.parametrize("chunk", CHUNKS)
def test_truth_table_agrees_on_guidelines_without_mistakes(tmp_path: Path, chunk: int) -> None:
    """Over all possible patients: applies means always, ruled out means never, and nothing robust is ever wrong."""
    rng = Random(f"worlds {chunk}")
    for number in range(10):
        knowledge = Knowledge(guideline(rng, tmp_path / str(number)))
        for case, verdict, worlds in enumerated(rng, knowledge):
            holding = [knowledge.holding(world) for world in worlds]
            assert verdict.applies == frozenset.intersection(*holding), (chunk, number, case.to_dict())
            assert verdict.ruled_out == set(knowledge.conditions) - frozenset.union(*holding), (
                chunk,
                number,
                case.to_dict(),
            )
            leading = [led for held in holding if (led := leading_in(knowledge, case, held))]
            assert all(led <= verdict.considered for led in leading), (chunk, number, case.to_dict())
            for study in verdict.robust:
                for led in leading:  # where two topics lead, one may rate the study nowhere
                    assert set(knowledge.ranks(led).get(study, {}).values()) <= {4}, (chunk, number, case.to_dict())
                    assert not knowledge.silent(study, led), (chunk, number, case.to_dict())


@pytest.mark.parametrize("chunk", CHUNKS)
def test_truth_table_finds_nothing_unsound_where_authors_made_mistakes(tmp_path: Path, chunk: int) -> None:
    """Then three-valued matching may say "possible" where logic could decide, and a verify query says why."""
    rng = Random(f"mistakes {chunk}")
    for number in range(10):
        guide = kg.Guide(guideline(rng, tmp_path / str(number), clean=False))
        knowledge = Knowledge(guide.core.content)
        refused = [row for name in LINT for row in guide.core.lookup.rows(named("verify", name))]
        assert bool(refused) == bool(knowledge.mistakes()), (chunk, number)
        for case, verdict, worlds in enumerated(rng, knowledge):
            holding = [knowledge.holding(world) for world in worlds]
            assert verdict.applies <= frozenset.intersection(*holding), (chunk, number, case.to_dict())
            assert not verdict.ruled_out & frozenset.union(*holding), (chunk, number, case.to_dict())


def enumerated(rng: Random, knowledge: Knowledge) -> Iterator[tuple[Case, Verdicts, list[frozenset[str]]]]:
    """Cases, what holds of them, and all possible patients whom they may describe."""
    worlds = knowledge.worlds()
    for case in cases(rng, knowledge, 4):
        known = knowledge.atoms(case)
        yield case, knowledge.judge(case), [w for w in worlds if all((f in w) == present for f, present in known)]


def leading_in(knowledge: Knowledge, case: Case, holding: frozenset[str]) -> frozenset[str]:
    """The scenarios that lead for a patient of whom everything is known."""
    atoms_of = knowledge.atoms(case)
    entered = knowledge.entered(atoms_of, knowledge.closed(atoms_of))
    here = {scenario for scenario in knowledge.scenarios() if knowledge.the("topic", scenario) & entered}
    return frozenset(here & holding - knowledge.beaten(holding))


# ---------------------------------------------------------------------- HermiT


def test_hermit_finds_the_content_consistent_and_every_class_possible(guide: kg.Guide) -> None:
    assert consistent_and_satisfiable(guide.core.content) == ()


def test_hermit_names_a_condition_that_contradicts_itself(levels: kg.Guide) -> None:
    guide, knowledge, _ = opened(levels)
    condition = knowledge.scenarios()[0]
    ((finding, present),) = next(criterion for criterion in knowledge.conditions[condition] if len(criterion) == 1)
    contrary = NamedNode(f"{condition}/criterion/contrary")
    added = [
        Quad(NamedNode(condition), ns("criterion"), contrary),
        Quad(contrary, ns("ifAbsent" if present else "ifPresent"), NamedNode(finding)),
    ]
    assert condition in consistent_and_satisfiable(with_more(guide.core.content, added))


def test_hermit_names_a_finding_that_nobody_can_have(levels: kg.Guide) -> None:
    guide, knowledge, _ = opened(levels)
    finding, others = min(knowledge.said["disjointWith"].items())
    impossible = NamedNode(f"{BASE}finding/impossible")
    below = SUB_CLASS_OF
    added = [Quad(impossible, RDF_TYPE, ns("Finding"))]
    added += [Quad(impossible, below, NamedNode(broader)) for broader in (finding, min(others))]
    assert impossible.value in consistent_and_satisfiable(with_more(guide.core.content, added))


def test_hermit_refuses_content_in_which_a_node_is_of_two_disjoint_kinds(levels: kg.Guide) -> None:
    both = [Quad(conditions(levels.core.content)[0], RDF_TYPE, ns("Source"))]
    with pytest.raises(InconsistentOntologyError):
        consistent_and_satisfiable(with_more(levels.core.content, both))


def with_more(content: Content, triples: Iterable[Quad]) -> Content:
    """The content with more triples in its first graph."""
    (name, graph), *others = content.graphs.items()
    return Content({name: (*graph, *triples), **dict(others)}, content.derived, content.prefixes)


def test_definitions_are_the_same_each_time(guide: kg.Guide) -> None:
    assert definitions(guide.core.content) == definitions(kg.load().core.content)


def test_anonymous_classes_stand_in_one_place_each(guide: kg.Guide) -> None:
    """OWL 2 DL allows no sharing of a blank node between axioms."""
    used = Counter(axiom.object for axiom in definitions(guide.core.content) if isinstance(axiom.object, BlankNode))
    assert max(used.values()) == 1


def test_hermit_agrees_on_the_shipped_guideline(guide: kg.Guide, knowledge: Knowledge, bench: Bench) -> None:
    assert not knowledge.mistakes(), "without these, queries and logic must agree"
    worked = [example.case for example in examples(guide)]
    worked += [Case.read(path) for path in case_files()]
    described = [*worked[::30], *cases(Random("reasoner"), knowledge, 6)]
    assert_hermit_agrees(guide, bench, described)


def test_hermit_agrees_on_random_guidelines(tmp_path: Path) -> None:
    rng = Random("reasoner")
    for number in range(4):
        guide = kg.Guide(guideline(rng, tmp_path / str(number)))
        described = list(cases(rng, Knowledge(guide.core.content), 20))
        assert_hermit_agrees(guide, Bench(guide.core.triples(guide.core.content.topics)), described)


def assert_hermit_agrees(guide: kg.Guide, bench: Bench, described: list[Case]) -> None:
    """HermiT and the queries say the same of every condition of every case."""
    known, said = [], []
    for case in described:
        with bench.evaluation(stated(guide, case)) as evaluation:
            known.append(atoms(evaluation.triples))
            said.append(verdicts(evaluation))
    for case, expected, found in zip(described, judge(guide.core.content, known), said, strict=True):
        assert {iri for iri, verdict in expected.items() if verdict == "applies"} == found.applies, case.to_dict()
        assert {iri for iri, verdict in expected.items() if verdict == "ruledOut"} == found.ruled_out, case.to_dict()


# ---------------------------------------------------------------------- the second engine


class Rows(NamedTuple):
    """What an engine made of a graph, in N-Triples: the triples of each derive query, the rows of each question."""

    derived: dict[str, set[tuple[str, ...]]]
    asked: dict[str, Counter[tuple[str, ...]]]


class Oxigraph:
    """The first engine, running one query after another as the second does."""

    def __init__(self, triples: Iterable[Quad]) -> None:
        self._store = Store()
        self._store.extend(triples)

    def rows(self, facts_of_cases: Iterable[Quad], questions: Sequence[Query] = ABOUT_CASES) -> Rows:
        derived: dict[str, set[tuple[str, ...]]] = {}
        added = self._add(facts_of_cases)
        for query in stage("derive"):
            made = {Quad(*triple) for triple in cast(QueryTriples, self._store.query(query.text))}
            derived[query.name] = {(str(q.subject), str(q.predicate), str(q.object)) for q in made}
            added += self._add(made)
        asked = {query.name: self._rows(query) for query in questions}
        for quad in added:
            self._store.remove(quad)
        return Rows(derived, asked)

    def _rows(self, query: Query) -> Counter[tuple[str, ...]]:
        return Counter(tuple(map(str, row)) for row in cast(QuerySolutions, self._store.query(query.text)))

    def _add(self, quads: Iterable[Quad]) -> list[Quad]:
        """Add what is new, and say what that was."""
        new = [quad for quad in quads if quad not in self._store]
        self._store.extend(new)
        return new


@cache
def parsed() -> Mapping[Query, PreparedQuery]:
    """The queries as rdflib reads them, which takes a second or two."""
    return {query: prepareQuery(query.text) for query in (*stage("derive"), *ABOUT_CASES)}


class Rdflib:
    """The second engine."""

    def __init__(self, triples: Iterable[Quad]) -> None:
        self._graph = rdflib.Graph().parse(data=as_text(triples), format="nt")
        self._parsed = parsed()

    def rows(self, facts_of_cases: Iterable[Quad], questions: Sequence[Query] = ABOUT_CASES) -> Rows:
        derived: dict[str, set[tuple[str, ...]]] = {}
        added = self._add(rdflib.Graph().parse(data=as_text(facts_of_cases), format="nt"))
        for query in stage("derive"):
            made = set(cast(Iterable[RdflibTriple], self._graph.query(self._parsed[query])))
            derived[query.name] = {tuple(map(written, triple)) for triple in made}
            added += self._add(made)
        asked = {query.name: self._rows(query) for query in questions}
        for triple in added:
            self._graph.remove(triple)
        return Rows(derived, asked)

    def _rows(self, query: Query) -> Counter[tuple[str, ...]]:
        rows = cast(Iterable[tuple[rdflib.term.Node | None, ...]], self._graph.query(self._parsed[query]))
        return Counter(tuple(map(written, row)) for row in rows)

    def _add(self, triples: Iterable[RdflibTriple]) -> list[RdflibTriple]:
        """Add what is new, and say what that was."""
        new = [triple for triple in triples if triple not in self._graph]
        for triple in new:
            self._graph.add(triple)
        return new


def written(node: rdflib.term.Node | None) -> str:
    """A term of rdflib as Oxigraph writes it."""
    return node.n3() if isinstance(node, rdflib.term.Identifier) else str(node)


def as_text(triples: Iterable[Quad]) -> bytes:
    """N-Triples, which both engines read."""
    return serialize((Triple(t.subject, t.predicate, t.object) for t in triples), format=RdfFormat.N_TRIPLES) or b""


@pytest.mark.parametrize("chunk", CHUNKS)
def test_second_engine_gives_the_same_rows(guide: kg.Guide, knowledge: Knowledge, bench: Bench, chunk: int) -> None:
    topics = sorted(guide.core.content.topics)
    # The slow question of one topic, the others of two at a time: rdflib takes half a minute for a case of four topics,
    # which ``python -m tests.long_run rdflib`` tries.
    known = guide.core.triples((topics[:1], topics[:2], topics[-2:])[chunk])
    first, second = Oxigraph(known), Rdflib(known)
    rng = Random(f"engines {chunk}")
    drawn = [
        *cases(rng, knowledge, 1),
        *(choosing(rng, knowledge, case) for case in cases(rng, knowledge, 1)),
    ]
    for case, other in zip(drawn, reversed(drawn), strict=True):
        both = [*stated(guide, case), *stated(guide, other, OTHER_CASE)]
        questions = QUICK if chunk else ABOUT_CASES
        expected, found = first.rows(both, questions), second.rows(both, questions)
        for name, triples in expected.derived.items():
            assert found.derived[name] == triples, (name, case.to_dict(), other.to_dict())
        for name, rows in expected.asked.items():
            assert found.asked[name] == rows, (name, case.to_dict(), other.to_dict())


# ---------------------------------------------------------------------- another patient in the same graph


def test_another_patient_changes_no_answer(levels: kg.Guide) -> None:
    guide, knowledge, bench = opened(levels)
    rng = Random("decoys")
    drawn = [choosing(rng, knowledge, case) if n % 4 == 0 else case for n, case in enumerate(cases(rng, knowledge, 8))]
    for case, stranger in zip(drawn, cases(rng, knowledge, 8), strict=True):
        with bench.evaluation(stated(guide, case)) as evaluation:
            alone = asked_of_this(evaluation)
        for other in (stranger, opposite(case)):
            with bench.evaluation([*stated(guide, case), *stated(guide, other, OTHER_CASE)]) as evaluation:
                together = asked_of_this(evaluation)
            for name, rows in alone.items():
                assert together[name] == rows, (name, case.to_dict(), other.to_dict())


def opposite(case: Case) -> Case:
    """The patient who would do most harm in the same graph: the same words, said to the contrary."""
    return Case(present=case.absent, assume_absent=case.present, order=case.order, performed=case.performed)


def asked_of_this(evaluation: Evaluation) -> dict[str, list[dict[str, str]]]:
    """The rows about the case of every question, and everything derived of it."""
    rows = {q.name: [row for row in evaluation.ask(q) if row["case"] == THIS_CASE.value] for q in ABOUT_CASES}
    conclusions = evaluation.conclusions(THIS_CASE)
    return {**rows, "conclusions": [{name: value} for name in sorted(conclusions) for value in conclusions[name]]}
