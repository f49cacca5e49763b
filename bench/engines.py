"""One and the same question, put to several engines: which scenarios have all their criteria met?

It is the core of every verdict, and what a set query, a join and a loop can all do. A case comes as the findings that
it amounts to; hierarchy and exclusion are in the relation from findings to the criteria that they meet.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from kg.bulk import match
from kg.cohort import Cohort, Pairs
from kg.lifting import lift
from kg.links import Links, Numbers, distinct
from kg.plan import Plan, array
from kg.verdicts import Facts
from numpy.typing import NDArray
from pyoxigraph import NamedNode, Quad, Store

from kg.content import Content
from kg.names import BASE, NS, ns

PREFIX = f"PREFIX ns: <{NS}>\n"
SET_QUERY = """SELECT ?case ?scenario WHERE {
  { SELECT ?case ?scenario (COUNT(DISTINCT ?criterion) AS ?met) WHERE {
      { ?case ns:presentAtom/ns:meets ?criterion } UNION { ?case ns:absentAtom/ns:meetsAbsent ?criterion }
      ?scenario ns:criterion ?criterion ; ns:topic ?topic .
    } GROUP BY ?case ?scenario HAVING (COUNT(DISTINCT ?criterion) > 0) }
  ?scenario ns:criterionCount ?met .
}"""
ONE_QUERY = """SELECT ?scenario WHERE {
  { SELECT ?scenario (COUNT(DISTINCT ?criterion) AS ?met) WHERE {
      { VALUES ?present { %s } ?present ns:meets ?criterion }
      UNION { VALUES ?absent { %s } ?absent ns:meetsAbsent ?criterion }
      ?scenario ns:criterion ?criterion ; ns:topic ?topic .
    } GROUP BY ?scenario HAVING (COUNT(DISTINCT ?criterion) > 0) }
  ?scenario ns:criterionCount ?met .
}"""
JOIN = """SELECT fact.item AS item, part.scenario AS scenario
FROM fact JOIN meets ON fact.finding = meets.finding JOIN part ON meets.criterion = part.criterion
GROUP BY fact.item, part.scenario, part.needed HAVING count(DISTINCT part.criterion) = part.needed"""


@dataclass(frozen=True)
class Matching:
    """What all engines are given.

    Attributes:
        findings: IRIs by the number in the plan.
        conditions: IRIs by the number in the plan.
        meets: From a finding, twice its number if present and one more if absent, to the criteria that it meets.
        parts: From a criterion to the scenarios that need it.
        needed: How many criteria each condition needs.
    """

    findings: tuple[str, ...]
    conditions: tuple[str, ...]
    meets: Links
    parts: Links
    needed: Numbers


def matching(content: Content, plan: Plan) -> Matching:
    """Read the relations from the graph.

    Args:
        content: The guideline.
        plan: Its plan, which numbers findings and conditions.

    Returns:
        The relations.
    """
    store = Store()
    for triples in (*content.graphs.values(), content.derived):
        store.extend(triples)

    def pairs(text: str) -> list[tuple[str, str]]:
        found: Any = store.query(f"{PREFIX}SELECT DISTINCT ?a ?b WHERE {{ {text} }}")
        return [(row["a"].value, row["b"].value) for row in found]

    finding = {f"{BASE}finding/{word}": number for number, word in enumerate(plan.findings)}
    condition = {
        iri: number for number, iri in enumerate(sorted({a for a, _ in pairs("?a a ?b ; ns:criterionCount ?n")}))
    }
    met = [(2 * finding[a], b) for a, b in pairs("?a ns:meets ?b")]
    met += [(2 * finding[a] + 1, b) for a, b in pairs("?a ns:meetsAbsent ?b")]
    needed = pairs("?a ns:topic ?t ; ns:criterion ?b")
    criterion = {iri: number for number, iri in enumerate(sorted({b for _, b in (*met, *needed)}))}
    counts = np.zeros(len(condition), dtype=np.int64)
    for iri, _ in needed:
        counts[condition[iri]] += 1
    return Matching(
        tuple(finding),
        tuple(condition),
        Links.of([(a, criterion[b]) for a, b in met], 2 * len(finding)),
        Links.of([(criterion[b], condition[a]) for a, b in needed], len(criterion)),
        counts,
    )


def atoms(plan: Plan, cases: Cohort) -> Pairs:
    """What cases amount to: twice the number of a finding if present, and one more if absent.

    Args:
        plan: The plan.
        cases: The cases.

    Returns:
        Pairs in the order of the cases, each once.
    """
    present, absent = lift(plan, cases)
    size = 2 * len(plan.findings)
    keys = [present.case * size + 2 * present.thing, absent.case * size + 2 * absent.thing + 1]
    return Pairs(*np.divmod(distinct(np.concatenate(keys)), size))


def keyed(case: Iterable[int], scenario: Iterable[int], size: int) -> Numbers:
    """Answers in a form to compare.

    Args:
        case: The cases.
        scenario: A scenario of each.
        size: How many conditions there are.

    Returns:
        Sorted keys.
    """
    return distinct(array(case) * size + array(scenario))


def by_plan(plan: Plan, cases: Cohort) -> Numbers:
    """The plan without precedence, so that every scenario that applies leads.

    Args:
        plan: The plan.
        cases: The cases.

    Returns:
        Sorted keys.
    """
    nobody = replace(
        plan,
        topics=tuple(
            replace(
                t, leaders=np.full_like(t.leaders, len(t.conditions)), rules=np.full_like(t.rules, len(t.conditions))
            )
            for t in plan.topics
        ),
    )
    leading = match(nobody, cases, Facts(*lift(plan, cases))).leading
    return distinct(leading.case * len(plan.conditions) + leading.thing)


# ---------------------------------------------------------------------- a compiled loop


def loop(known: Matching, facts: Pairs, count: int) -> tuple[Numbers, Numbers]:
    """A plain loop, compiled: the least that the question can cost on one core.

    Args:
        known: The relations.
        facts: What ``atoms`` returns.
        count: How many cases there are.

    Returns:
        Case and scenario of each answer.
    """
    starts = np.searchsorted(facts.case, np.arange(count + 1))
    cases, scenarios = np.empty(4 * count, dtype=np.int64), np.empty(4 * count, dtype=np.int64)
    relations = (known.meets.starts, known.meets.targets, known.parts.starts, known.parts.targets, known.needed)
    found = _compiled()(starts, facts.thing, *relations, cases, scenarios)
    return cases[:found], scenarios[:found]


_kernel: list[Any] = []


def _compiled() -> Any:
    if not _kernel:
        from numba import njit

        _kernel.append(njit(nogil=True)(_loop))
    return _kernel[0]


def _loop(
    starts: Numbers,
    facts: Numbers,
    meets: Numbers,
    criteria: Numbers,
    parts: Numbers,
    conditions: Numbers,
    needed: Numbers,
    cases: Numbers,
    scenarios: Numbers,
) -> int:
    seen = np.full(len(parts), -1, dtype=np.int32)
    last = np.full(len(needed), -1, dtype=np.int32)
    met = np.zeros(len(needed), dtype=np.int32)
    found = 0
    for case in range(len(starts) - 1):
        for place in range(starts[case], starts[case + 1]):
            fact = facts[place]
            for at in range(meets[fact], meets[fact + 1]):
                criterion = criteria[at]
                if seen[criterion] != case:
                    seen[criterion] = case
                    for part in range(parts[criterion], parts[criterion + 1]):
                        condition = conditions[part]
                        met[condition] = met[condition] + 1 if last[condition] == case else 1
                        last[condition] = case
                        if met[condition] == needed[condition] and found < len(cases):
                            cases[found] = case
                            scenarios[found] = condition
                            found += 1
    return found


# ---------------------------------------------------------------------- joins


class Joins:
    """DuckDB in memory."""

    def __init__(self, known: Matching, facts: Pairs, threads: int = 2) -> None:
        """Fill the tables.

        Args:
            known: The relations.
            facts: What ``atoms`` returns.
            threads: How many threads it may use.
        """
        import duckdb
        import pyarrow as pa

        self._base = duckdb.connect()
        self._base.execute(f"SET threads = {threads}")
        which, criterion = known.meets.follow(np.arange(len(known.meets.starts) - 1))
        of, scenario = known.parts.follow(np.arange(len(known.parts.starts) - 1))
        tables = {
            "fact": {"item": facts.case, "finding": facts.thing},
            "meets": {"finding": which, "criterion": criterion},
            "part": {"criterion": of, "scenario": scenario, "needed": known.needed[scenario]},
        }
        for name, columns in tables.items():
            arrow = pa.table({column: values.astype(np.int32) for column, values in columns.items()})
            self._base.register("arrow", arrow)
            self._base.execute(f"CREATE TABLE {name} AS SELECT * FROM arrow")  # noqa: S608

    def __call__(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Ask.

        Returns:
            Case and scenario of each answer.
        """
        found = self._base.execute(JOIN).fetchnumpy()
        return found["item"], found["scenario"]


# ---------------------------------------------------------------------- triple stores


def triples(known: Matching, facts: Pairs) -> Iterator[Quad]:
    """Cases as triples.

    Args:
        known: Names.
        facts: What ``atoms`` returns.

    Yields:
        What each case amounts to.
    """
    findings = [NamedNode(iri) for iri in known.findings]
    relations = ns("presentAtom"), ns("absentAtom")
    for case, thing in zip(facts.case.tolist(), facts.thing.tolist(), strict=True):
        yield Quad(NamedNode(f"{BASE}case/{case}"), relations[thing % 2], findings[thing // 2])


def one_query(known: Matching, facts: list[int]) -> str:
    """The question about one case.

    Args:
        known: Names.
        facts: Its part of what ``atoms`` returns.

    Returns:
        A SELECT query.
    """
    sides = (" ".join(f"<{known.findings[fact // 2]}>" for fact in facts if fact % 2 == side) for side in (0, 1))
    return PREFIX + ONE_QUERY % tuple(sides)


def of_rows(known: Matching, rows: Iterable[tuple[str, str]]) -> Numbers:
    """Rows of IRIs as keys.

    Args:
        known: Names.
        rows: Case and scenario.

    Returns:
        Sorted keys.
    """
    number = {iri: place for place, iri in enumerate(known.conditions)}
    pairs = [(int(case.rsplit("/", 1)[1]), number[scenario]) for case, scenario in rows]
    return keyed((a for a, _ in pairs), (b for _, b in pairs), len(known.conditions))


@contextmanager
def virtuoso(folder: Path, content: Iterable[Quad]) -> Iterator[Virtuoso]:
    """A server that holds some triples.

    Args:
        folder: Where its files are.
        content: The triples.

    Yields:
        What asks it.
    """
    from tests.virtuoso import virtuoso as served

    with served(folder, content) as url:
        yield Virtuoso(url)


class Virtuoso:
    """A Virtuoso, asked through SPARQLWrapper."""

    def __init__(self, url: str) -> None:
        """Wrap its address.

        Args:
            url: The endpoint.
        """
        from SPARQLWrapper import CSV, POST, SPARQLWrapper

        from tests.virtuoso import GRAPH

        self._wrapper = SPARQLWrapper(url, returnFormat=CSV, defaultGraph=GRAPH)
        self._wrapper.setMethod(POST)

    def __call__(self, query: str) -> list[tuple[str, ...]]:
        """Ask.

        Args:
            query: A SELECT query.

        Returns:
            Its rows.
        """
        import csv

        self._wrapper.setQuery(query)
        answer: Any = self._wrapper.query().convert()
        return [tuple(row) for row in csv.reader(io.StringIO(answer.decode()))][1:]


# ---------------------------------------------------------------------- Clinical Quality Language


def cql(folder: Path, known: Matching, facts: Pairs, topics: Mapping[int, str]) -> tuple[Numbers, tuple[float, ...]]:
    """Ask ``cql-execution`` case by case, in its best form: a library for the one topic that the case enters.

    Args:
        folder: Where the package is installed, once.
        known: The relations.
        facts: What ``atoms`` returns.
        topics: The topic of each case that is asked about.

    Returns:
        Sorted keys, and the seconds of each case.
    """
    scenarios: dict[str, dict[str, list[str]]] = {topic: {} for topic in topics.values()}
    which, needs = known.parts.follow(np.arange(len(known.parts.starts) - 1))
    for criterion, scenario in zip(which.tolist(), needs.tolist(), strict=True):
        name = known.conditions[scenario]
        if (topic := name.rsplit("/", 1)[0]) in scenarios:
            scenarios[topic].setdefault(name, []).append(str(criterion))
    codes: dict[str, list[str]] = {}
    of, met = known.meets.follow(np.arange(len(known.meets.starts) - 1))
    for fact, criterion in zip(of.tolist(), met.tolist(), strict=True):
        codes.setdefault(str(criterion), []).append(str(fact))
    cases = [(topic, [str(f) for f in facts.thing[facts.case == case].tolist()]) for case, topic in topics.items()]
    given = folder / "given.json"
    given.write_text(json.dumps({"topics": scenarios, "codes": codes, "cases": cases}), encoding="utf-8")
    here = Path(__file__).parent / "cql"
    for name in ("package.json", "judge.js"):
        shutil.copy(here / name, folder)
    if not (folder / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit"], cwd=folder, check=True)  # noqa: S607
    run = subprocess.run(["node", "judge.js", str(given)], cwd=folder, check=True, capture_output=True)  # noqa: S607
    said = json.loads(run.stdout)
    rows = [(f"case/{case}", name) for case, names in zip(topics, said["answers"], strict=True) for name in names]
    return of_rows(known, rows), tuple(said["seconds"])
