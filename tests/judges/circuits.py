"""The circuit against the derive queries: the same conclusions about the same cases, even after a query was changed.

A *mutant* is a derive query with one thing changed in it. Both ways of deriving must then change alike: the engine that
runs the changed text, and the circuit that is compiled from it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pyoxigraph import Quad, Store

import kg
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import KINDS_OF_FACT, Query, stage, update_of
from kg.logic.circuit.execute import run_cases
from kg.logic.circuit.gates import Circuit
from kg.logic.compiler.compile import compiled
from kg.logic.compiler.parse import rule
from kg.logic.compiler.patterns import DeriveRule, NotCompiledError
from kg.patient.assess.evaluation import Evaluation
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE, facts, said

Said = Mapping[str, frozenset[str]]

STATED = frozenset(
    {"type", "present", "absent", "assumedAbsent", "measured", "performed", "order", "presumes", "performedSince"}
    | {"history", "since", "chosen"}
)
"""What a case says itself, which no query concludes."""


def by_circuit(circuit: Circuit, guide: kg.Guide, cases: Sequence[Case]) -> list[Said]:
    """What a circuit concludes."""
    found = run_cases(circuit, [said(case, guide.core.lexicon) for case in cases])
    names = [name for name in circuit.outputs if ":" not in name]
    return [{n: t for n, t in found.of(place, names).items() if t} for place in range(len(cases))]


def by_queries(slice_: Sequence[Quad], queries: Sequence[Query], guide: kg.Guide, cases: Sequence[Case]) -> list[Said]:
    """What an engine derives by some queries."""
    store = Store()
    store.extend(slice_)
    derived: list[Said] = []
    for case in cases:
        laid = facts(case, guide.core.lexicon)
        given = KINDS_OF_FACT.intersection(slug(quad.predicate.value) for quad in laid)
        evaluation = Evaluation(store, laid, update=update_of(queries, frozenset(given)))
        found = evaluation.conclusions(THIS_CASE)
        evaluation.clear()
        derived.append({n: frozenset(t) for n, t in found.items() if t and n not in STATED})
    return derived


def rules_of(queries: Iterable[Query]) -> list[DeriveRule]:
    """Queries as a circuit is compiled from them."""
    return [_rule(query.name, query.text, query.given) for query in queries]


@cache
def _rule(name: str, text: str, given: str) -> DeriveRule:
    return rule(f"queries/derive/{name}.rq", text, given=given)


def differences(guide: kg.Guide, cases: Sequence[Case], queries: Sequence[Query] | None = None) -> Iterator[str]:
    """Where circuit and queries say different things.

    Args:
        guide: The guideline.
        cases: The cases.
        queries: Other derive queries than the shipped ones.

    Yields:
        A sentence for each difference.
    """
    groups: dict[frozenset[str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[guide.core.entered(guide.core.facts(case))].append(case)
    used = stage("derive") if queries is None else queries
    for topics, group in groups.items():
        slice_ = guide.core.bearing(topics)
        # The shipped queries are taken as an audit takes them, from where the circuit is kept.
        circuit = guide.core.circuits.of(topics) if queries is None else compiled(slice_, rules_of(queries))
        one, two = by_circuit(circuit, guide, group), by_queries(slice_, used, guide, group)
        for case, left, right in zip(group, one, two, strict=True):
            for name in left.keys() | right.keys():
                if (found := left.get(name, frozenset())) != (derived := right.get(name, frozenset())):
                    only = sorted(map(slug, found - derived)), sorted(map(slug, derived - found))
                    yield f"{name}: only the circuit {only[0]}, only the queries {only[1]}: {case.to_dict()}"


# ---------------------------------------------------------------------- mutants


@dataclass(frozen=True)
class Mutant:
    """A derive query with one thing changed.

    Attributes:
        query: Its name.
        change: What was changed.
        queries: All derive queries, the changed one among them.
    """

    query: str
    change: str
    queries: tuple[Query, ...]


_SWAPS = (
    ("ns:met", "ns:failed"),
    ("ns:knownPresent", "ns:knownAbsent"),
    ("ns:presentAtom", "ns:absentAtom"),
    ("ns:ifPresent", "ns:ifAbsent"),
    ("ns:candidate", "ns:pending"),
    ("ns:applies", "ns:ruledOut"),
    ("ns:first", "ns:second"),
    ("ns:present", "ns:absent"),
    ("NOT EXISTS", "EXISTS"),
    ("&&", "||"),
    (">=", "<"),
    ("scale:absolute", "scale:relative"),
)


def mutants() -> Iterator[Mutant]:
    """Every derive query with a filter, an arm of a union or a triple left out, or with two words swapped."""
    queries = stage("derive")
    for place, query in enumerate(queries):
        for text, change in {text: change for change, text in _changes(query.text) if text != query.text}.items():
            if _is_sparql(text):
                yield Mutant(query.name, change, (*queries[:place], Query(query.name, text), *queries[place + 1 :]))


def _changes(text: str) -> Iterator[tuple[str, str]]:
    head, where, body = text.partition("WHERE {")
    for start, end in _clauses(body, r"FILTER(\s+(NOT\s+)?EXISTS)?\s*[({]"):
        yield f"without {_short(body[start:end])}", head + where + body[:start] + body[end:]
    for start, end in _clauses(body, r"UNION\s*\{"):
        yield f"without {_short(body[start:end])}", head + where + body[:start] + body[end:]
    for found in re.finditer(r"[^.{}]+ \. ", body):
        if found[0].strip() and "FILTER" not in found[0]:
            yield f"without {_short(found[0])}", head + where + body[: found.start()] + body[found.end() :]
    for found in re.finditer(r" ; [^;.{}]+(?= [;.}])", body):
        yield f"without {_short(found[0])}", head + where + body[: found.start()] + body[found.end() :]
    for one, other in _SWAPS:
        for found in re.finditer(rf"(?<![\w:]){re.escape(one)}(?![\w-])", body):
            yield f"{other} for {one}", head + where + body[: found.start()] + other + body[found.end() :]


def _clauses(body: str, opening: str) -> Iterator[tuple[int, int]]:
    """From where to where each clause stands that begins so, to the bracket that closes it."""
    for found in re.finditer(opening, body):
        depth = 0
        for place in range(found.end() - 1, len(body)):
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(body[place], 0)
            if depth == 0:
                yield found.start(), place + 1
                break


def _short(text: str) -> str:
    return " ".join(text.split())[:70]


def _is_sparql(text: str) -> bool:
    try:
        Store().query(text)
    except (SyntaxError, ValueError):
        return False
    return True


def judged(guide: kg.Guide, cases: Sequence[Case], some: Iterable[Mutant]) -> Counter[str]:
    """Judge mutants.

    Args:
        guide: The guideline.
        cases: The cases.
        some: The mutants.

    Returns:
        How many changed something for some case, changed nothing, or are refused by file and clause.

    Raises:
        AssertionError: Circuit and queries disagree about one.
    """
    plain = {topics: by_queries(guide.core.triples(topics), stage("derive"), guide, cases) for topics in [_all(guide)]}
    found: Counter[str] = Counter()
    slice_ = guide.core.triples(_all(guide))
    for mutant in some:
        derived = by_queries(slice_, mutant.queries, guide, cases)
        try:
            circuit = compiled(slice_, rules_of(mutant.queries))
        except NotCompiledError as error:
            assert mutant.query in str(error), str(error)
            found["refused"] += 1
            continue
        concluded = by_circuit(circuit, guide, cases)
        assert concluded == derived, f"{mutant.query}, {mutant.change}"
        found["changed" if derived != plain[_all(guide)] else "same"] += 1
    return found


def _all(guide: kg.Guide) -> frozenset[str]:
    return frozenset(guide.core.content.topics)
