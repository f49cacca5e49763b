"""A case: what its constructor refuses, when two are equal, and numbers of any form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import kg
from kg.errors import CaseError
from kg.patient.performed import Performed

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a text for words": ({"present": "fever"}, "present must be a list of identifiers, not 'fever'"),
    "a number for words": ({"absent": 5}, "absent must be a list of identifiers, not 5"),
    "a number among words": ({"assume_absent": ["fever", 5]}, "assume_absent contains 5"),
    "an order that is no word": ({"order": 5}, "order must be the identifier of one study, not 5"),
    "a note that is no text": ({"note": 5}, "note must be text, not 5"),
    "a word for a study": ({"performed": ["radiography"]}, "performed contains 'radiography'"),
    "a text for studies": ({"performed": "radiography"}, "performed must be a list of studies"),
    "a number for studies": ({"performed": 5}, "performed must be a list of studies"),
    "a study without identifier": ({"performed": [Performed(5)]}, "procedure of a study"),  # type: ignore[arg-type]
    "a study with a text": ({"performed": [Performed("x", "fever")]}, "present must be a list"),  # type: ignore[arg-type]
    "a list of numbers": ({"measured": ["age"]}, r"measured must map names to numbers, not be \['age'\]"),
    "an empty list of numbers": ({"measured": []}, "measured must map names to numbers"),
    "a number without a name": ({"measured": {5: 65}}, "each key of measured must be an identifier, not 5"),
    "a signalling number": ({"measured": {"age": Decimal("sNaN")}}, "which is not a number"),
    "a number of 5,000 digits": ({"measured": {"age": 10**5000}}, "'age' is too large"),
    "a long word": ({"present": [["x" * 10_000]]}, r"contains \['x{58}\.\.\.,"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_the_wrong_kind_is_refused_in_one_sentence(name: str) -> None:
    given, expected = WRONG[name]
    with pytest.raises(CaseError, match=expected) as error:
        kg.Case(**given)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_equal_cases_have_equal_hashes() -> None:
    numbers = (65, 65.0, Decimal(65), Decimal("65.0"))
    cases = [kg.Case(present=["fever"], measured={"age": age, "pain-duration-weeks": 2}) for age in numbers]
    cases.append(kg.Case(present=["fever"], measured={"pain-duration-weeks": 2, "age": 65}))
    assert all(case == cases[0] for case in cases)
    assert len(set(cases)) == 1
    assert len({cases[0], kg.Case(present=["fever"]), kg.Case(present=["fever"], note="x")}) == 3


@pytest.mark.parametrize("age", [1e-30, 3 / 365.25, 1 / 365.25, Decimal("0.1234567890123456789012345")])
def test_a_number_of_many_places_is_a_number(guide: kg.Guide, age: float | Decimal) -> None:
    answer = guide.assess(kg.Case(present=["thoracic-back-pain"], measured={"age": age}))
    assert answer.outcome.id == "no-criteria-apply", "a child"
