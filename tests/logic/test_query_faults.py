"""A derive query that is wrong is noticed by the independent judge, for a case that a person can read."""

from __future__ import annotations

import pytest

import kg
from kg.knowledge.sparql.queries import Query, stage
from tests.judges.circuits import by_queries
from tests.judges.faults.query_faults import FAULTS, JUDGED, JudgedFault, with_fault
from tests.judges.truth import Knowledge, Verdicts
from tests.logic.test_agreement import verdicts_of


@pytest.fixture(scope="module")
def knowledge(guide: kg.Guide) -> Knowledge:
    return Knowledge(guide.core.content)


def verdict(guide: kg.Guide, queries: tuple[Query, ...], case: kg.Case) -> Verdicts:
    """What some derive queries say of a case."""
    (found,) = by_queries(guide.core.triples(guide.core.content.topics), queries, guide, [case])
    return verdicts_of(found)


@pytest.mark.parametrize("fault", JUDGED, ids=str)
def test_the_judge_notices(fault: JudgedFault, guide: kg.Guide, knowledge: Knowledge) -> None:
    expected = knowledge.judge(fault.case)
    assert verdict(guide, stage("derive"), fault.case) == expected
    assert verdict(guide, with_fault(fault.query, fault.text, fault.instead), fault.case) != expected


def test_what_the_second_edition_brought_has_a_fault_each() -> None:
    new = {name for name in (query.name for query in stage("derive")) if int(name[:2]) in NEW}
    new |= {query.name for query in stage("derive") if "chosen" in query.name}
    assert new == {fault.query for fault in (*FAULTS, *JUDGED)} & new
    assert {int(name[:2]) for name in new if "chosen" not in name} == NEW


NEW = {15, 16, 21, 56, 65, 66, 67, 68, 69, 71, 72, 73, 78, 86, 87, 88}
"""Where the case is read, what it may be, what is offered on the record, and what it depends on."""
