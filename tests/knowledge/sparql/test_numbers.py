"""Numbers of a case: every kind that people use is accepted, and none that an engine cannot read."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import kg
from kg.errors import CaseError
from kg.knowledge.sparql.iris import BASE, ns

AGES = f"{BASE}finding/"


@pytest.mark.parametrize("number", [1 / 365.25, Decimal(1) / 3, Decimal("17.9999999999999999999"), 1e-300])
def test_a_number_with_many_decimals_is_in_one_band(guide: kg.Guide, number: float | Decimal) -> None:
    derived = guide.derive(kg.Case(present=["thoracic-back-pain"], measured={"age": number}))
    known = {
        name: {quad.object.value.removeprefix(AGES) for quad in derived if quad.predicate == ns(name)}  # type: ignore[union-attr]
        for name in ("knownPresent", "knownAbsent")
    }
    assert "child" in known["knownPresent"]
    assert "adult" in known["knownAbsent"]
    assert known["knownPresent"].isdisjoint(known["knownAbsent"])


@pytest.mark.parametrize(
    "number", [np.int64(65), np.float32(65), np.float64(65), np.uint8(65), Fraction(130, 2), Decimal("65.0")]
)
def test_every_kind_of_number_is_taken(guide: kg.Guide, number: int) -> None:
    case = kg.Case(present=["thoracic-back-pain"], measured={"age": number})
    plain = kg.Case(present=["thoracic-back-pain"], measured={"age": 65})
    assert case == plain
    assert guide.assess(case).outcome == guide.assess(plain).outcome
    assert json.loads(json.dumps(case.to_dict())) == plain.to_dict()


@pytest.mark.parametrize(
    "number",
    [True, np.True_, None, "65", [65], float("nan"), float("inf"), -float("inf"), 1e15, -(10**15), 10**400, -(10**5000)]
    + [Decimal(text) for text in ("NaN", "sNaN", "Infinity", "1e21", "1e999999")]
    + [Fraction(10**400), np.float64("nan"), 1j, [10**5000], np.array([1, 2])],
    ids=lambda number: type(number).__name__,
)
def test_what_no_engine_can_read_is_refused_in_one_sentence(number: object) -> None:
    with pytest.raises(CaseError, match=r"measured 'age' is .*; write a number") as refused:
        kg.Case(measured={"age": number})  # type: ignore[dict-item]
    assert len(str(refused.value)) < 200


def test_the_largest_number_is_read(guide: kg.Guide) -> None:
    with pytest.raises(CaseError, match=r"'age' is 9{15}.*0 to 130"):
        guide.assess(kg.Case(measured={"age": 10**15 - 1}))
