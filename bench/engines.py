"""Puts one question to several engines: which scenarios have all their criteria met?

This is the core of every answer, and a set query or a join can answer it too. A case is given as its atoms. Hierarchy
and exclusion are in the relation from findings to the criteria that they meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from pyoxigraph import NamedNode, Quad, Store

import kg
from kg.auditing.cohort import Cohort, Numbers, WordNumbering
from kg.auditing.conclusions import CohortRunner, Conclusions
from kg.knowledge.sparql.iris import BASE, NS, ns
from kg.logic.compiler.compile import acting

ATOMS = ("presentAtom", "absentAtom")
"""The relations from a case to its atoms."""

SCENARIOS = acting("Scenario")
SET_QUERY = f"""PREFIX ns: <{NS}>
SELECT ?case ?scenario WHERE {{
  {{ SELECT ?case ?scenario (COUNT(DISTINCT ?criterion) AS ?met) WHERE {{
      {{ ?case ns:presentAtom/ns:meets ?criterion }} UNION {{ ?case ns:absentAtom/ns:meetsAbsent ?criterion }}
      ?scenario ns:criterion ?criterion ; ns:topic ?topic .
    }} GROUP BY ?case ?scenario HAVING (COUNT(DISTINCT ?criterion) > 0) }}
  ?scenario ns:criterionCount ?met .
}}"""
JOIN = """SELECT fact.item AS item, part.scenario AS scenario
FROM fact JOIN meets USING (relation, finding) JOIN part USING (criterion)
GROUP BY fact.item, part.scenario, part.needed HAVING count(DISTINCT part.criterion) = part.needed"""


@dataclass(frozen=True)
class Amounts:
    """The atoms of cases, and the scenarios whose criteria are all met.

    Attributes:
        facts: Case, relation (one of ``ATOMS``) and finding, as numbers and IRIs.
        applying: Pairs of case and scenario.
    """

    facts: tuple[Numbers, list[str], list[str]]
    applying: frozenset[tuple[int, str]]


def amounts(guide: kg.Guide, cases: Cohort) -> Amounts:
    """Derive with circuits what the other engines are given and what they have to find.

    Args:
        guide: The guide.
        cases: Cases in the numbers of its vocabulary.
    """
    wanted = frozenset((*ATOMS, SCENARIOS))
    vocabulary, entries = WordNumbering.of(guide.core.index.words), guide.core.index.leads
    judge = CohortRunner(
        vocabulary, entries, lambda topics: guide.core.circuits.part(topics, wanted), dict.fromkeys(wanted)
    )
    verdicts = judge.judge(cases)
    parts = [(relation, *_named(verdicts, relation)) for relation in ATOMS]
    case, scenario = _named(verdicts, SCENARIOS)
    return Amounts(
        (
            np.concatenate([numbers for _, numbers, _ in parts]),
            [relation for relation, numbers, _ in parts for _ in numbers],
            [thing for _, _, things in parts for thing in things],
        ),
        frozenset(zip(case.tolist(), scenario, strict=True)),
    )


def _named(verdicts: Conclusions, relation: str) -> tuple[Numbers, list[str]]:
    pairs, things = verdicts.pairs[relation], verdicts.things[relation]
    return pairs.case, [things[number] for number in pairs.thing.tolist()]


class Joins:
    """DuckDB in memory."""

    def __init__(self, built: Store, known: Amounts, threads: int = 2) -> None:
        """Fill the tables.

        Args:
            built: The content, with what the build derives.
            known: The atoms of the cases.
            threads: The number of threads that it may use.
        """
        self._base = import_module("duckdb").connect()
        self._base.execute(f"SET threads = {threads}")
        self._number: dict[str, int] = {}
        meets = "{ ?a ns:meets ?b BIND('presentAtom' AS ?r) } UNION { ?a ns:meetsAbsent ?b BIND('absentAtom' AS ?r) }"
        part = "?a ns:topic ?t ; ns:criterion ?b ; ns:criterionCount ?n"
        tables = {
            "fact": (("item", known.facts[0]), ("relation", known.facts[1]), ("finding", known.facts[2])),
            "meets": tuple(
                zip(("relation", "finding", "criterion"), _columns(built, meets, "r", "a", "b"), strict=True)
            ),
            "part": tuple(zip(("criterion", "scenario", "needed"), _columns(built, part, "b", "a", "n"), strict=True)),
        }
        for name, columns in tables.items():
            self._fill(name, columns)
        self._names = {number: name for name, number in self._number.items()}

    def _fill(self, name: str, columns: Any) -> None:
        import pyarrow as pa

        arrow = pa.table({column: self._numbers(column, values) for column, values in columns})
        self._base.register("arrow", arrow)
        self._base.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")  # noqa: S608

    def _numbers(self, column: str, values: Any) -> Any:
        """Whole numbers for names, because a join of numbers is fastest."""
        if column in ("item", "needed"):
            return np.array(values, dtype=np.int32)
        return np.array([self._number.setdefault(name, len(self._number)) for name in values], dtype=np.int32)

    def __call__(self) -> tuple[Any, Any]:
        """Ask; return the case and the number of the scenario of each row."""
        found = self._base.execute(JOIN).fetchnumpy()
        return found["item"], found["scenario"]

    def answers(self) -> frozenset[tuple[int, str]]:
        """Ask; return pairs of case and scenario."""
        items, scenarios = self()
        return frozenset((item, self._names[n]) for item, n in zip(items.tolist(), scenarios.tolist(), strict=True))


def _columns(built: Store, pattern: str, *names: str) -> Iterator[list[str]]:
    found: Any = built.query(f"PREFIX ns: <{NS}>\nSELECT DISTINCT * WHERE {{ {pattern} }}")
    rows = [[row[name].value for name in names] for row in found]
    return (list(column) for column in zip(*rows, strict=True))


def built(guide: kg.Guide) -> Store:
    """A triple store with the content of a guide, including what the build derives."""
    store = Store()
    for triples in (*guide.core.content.graphs.values(), guide.core.content.derived):
        store.extend(triples)
    return store


def add_cases(store: Store, known: Amounts) -> None:
    """Put the atoms of cases into a store."""
    case, relations, findings = known.facts
    store.extend(
        Quad(NamedNode(f"{BASE}case/{number}"), ns(relation), NamedNode(finding))
        for number, relation, finding in zip(case.tolist(), relations, findings, strict=True)
    )


def asked(store: Store) -> frozenset[tuple[int, str]]:
    """Ask a store about all its cases at once; return pairs of case and scenario."""
    rows: Any = store.query(SET_QUERY)
    return frozenset((int(row["case"].value.rsplit("/", 1)[1]), row["scenario"].value) for row in rows)
