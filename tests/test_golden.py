"""Every worked example and published case has the whole answer that was reviewed."""

from __future__ import annotations

import pytest

import kg
from tests import golden


@pytest.mark.parametrize("name", sorted(golden.cases()))
def test_a_golden_answer(guide: kg.Guide, name: str) -> None:
    assert golden.answer(guide, golden.cases()[name]) == golden.stored(name), "see python -m tests.golden --write"


def test_no_golden_answer_is_left_over() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.json")} == set(golden.cases())
