"""Every worked example and published case has the reviewed answer: the main lines of each, the whole of some."""

from __future__ import annotations

from dataclasses import fields

import pytest

import kg
from tests.judges import golden

NEVER = {"awaited", "chosen", "unfinished"}
"""What no reviewed answer says: no case has a study without a result or a chosen scenario, and no shipped topic is
unfinished."""


@pytest.mark.parametrize("name", sorted(golden.cases()))
def test_a_golden_answer(guide: kg.Guide, name: str) -> None:
    assert golden.found(guide, name) == golden.stored(name), "see python -m tests.judges.golden --write"


def test_no_golden_answer_is_left_over() -> None:
    for folder in golden.FOLDER.iterdir():
        names = {name for name in golden.cases() if golden.place(name) == folder}
        assert list(golden.verdicts(folder)) == sorted(names)
        assert {path.stem for path in folder.glob("*.json")} <= names


def test_the_whole_answers_show_every_outcome_and_every_section() -> None:
    whole = [golden.stored(name)[1] for name in golden.whole()]
    outcomes = {golden.stored(name)[0].split(" | ")[0] for name in golden.cases()}
    assert {answer["outcome"] for answer in whole} == outcomes
    assert len(outcomes) == 6
    sections = {field.name for field in fields(kg.Answer) if field.compare}
    assert {section for answer in whole for section in answer} - {"schema_version"} == sections - NEVER
    assert {path.parent.name for path in golden.whole().values()} == {path.name for path in golden.FOLDER.iterdir()}
