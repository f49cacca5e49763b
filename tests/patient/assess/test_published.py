"""Published and written cases in words, of the topics that are here and of their neighbours, one a line of a file.

What is expected was written by hand from the source of each case. Of a topic that is here, it is the studies that the
source names; of another topic, that the case is handed on honestly: the answer names that topic, says that no criteria
apply, or asks where the case belongs, as fast as the signs demand.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import kg

FILE = Path(__file__).with_name("published.jsonl")
CONCLUDES = frozenset({"recommended", "consider", "no-imaging", "pathway-complete"})
"""Outcomes that say what to do: a wrong one of them is wrong and confident."""
STUDIES = {"best_any", "best_includes", "actions_any", "asks_any"}
MAY_BE = STUDIES | {"outcome", "not_outcome", "urgency", "call", "conflict"}
HANDED = {"neighbour_any", "or_outcome"}
"""What is expected of a neighbour's case only, and always: to whom it is handed, or which outcomes are as honest."""
FIRST_QUESTIONS = 5


@dataclass(frozen=True)
class Published:
    """One case; ``limit`` says why it is not answered as the source expects."""

    id: str
    topic: str
    source: str
    case: kg.Case
    expect: Mapping[str, Any]
    limit: str = ""


def _read(line: str) -> Published:
    row = json.loads(line)
    return Published(**{**row, "case": kg.Case.from_dict(row["case"])})


PUBLISHED = tuple(_read(line) for line in FILE.read_text(encoding="utf-8").splitlines())


def is_best_right(answer: kg.Answer, expect: Mapping[str, Any]) -> bool:
    """Whether studies come next, all of them among those expected, and none is missing that must be there."""
    best = {study.id for study in answer.best}
    return bool(best) and best <= set(expect.get("best_any", ())) and set(expect.get("best_includes", ())) <= best


def is_action_right(answer: kg.Answer, expect: Mapping[str, Any]) -> bool:
    """Whether an action that is expected follows, where a study of the scenario was done already."""
    return bool({each.id for action in answer.actions for each in action.actions} & set(expect.get("actions_any", ())))


def asks(answer: kg.Answer, expect: Mapping[str, Any]) -> bool:
    """Whether the answer is open and asks, among its first questions, for a fact that is missing."""
    first = {question.id for question in answer.questions[:FIRST_QUESTIONS]}
    return answer.outcome.id == "needs-information" and bool(first & set(expect.get("asks_any", ())))


def is_handed_on(answer: kg.Answer, expect: Mapping[str, Any]) -> bool:
    """Whether the neighbour is named and no study is, or the answer says that it does not know where it belongs."""
    if answer.best:
        return False
    if {over.neighbour.id for over in answer.handed_to} & set(expect["neighbour_any"]):
        return True
    return answer.outcome.id in expect["or_outcome"] and ("asks_any" not in expect or asks(answer, expect))


def faults(answer: kg.Answer, expect: Mapping[str, Any]) -> list[str]:
    """What is not safe, whatever is answered: an outcome that must not be, an urgency or a call that is missing."""
    found = []
    if answer.outcome.id in expect.get("not_outcome", ()):
        found.append(f"outcome {answer.outcome.id}")
    urgency = answer.urgency.level.id if answer.urgency else "none"
    if urgency != expect.get("urgency", urgency):
        found.append(f"urgency {urgency}")
    if expect.get("call") and not any(each.applies for each in answer.escalations):
        found.append("nobody is called")
    return found


def verdict(answer: kg.Answer, expect: Mapping[str, Any]) -> str:
    """Right, asks the missing fact, otherwise and says so, wrong, or wrong and confident.

    Otherwise is an answer that follows another source than that of the case, and shows that the two disagree.
    """
    if not faults(answer, expect):
        if is_best_right(answer, expect) or is_action_right(answer, expect):
            return "right"
        if answer.outcome.id in expect.get("outcome", ()):
            return "right"
        if not expect["topic_here"] and is_handed_on(answer, expect):
            return "right"
        if asks(answer, expect):
            return "asks"
        if expect.get("conflict") in {conflict.id for conflict in answer.conflicts}:
            return "otherwise"
    return "wrong and confident" if answer.outcome.id in CONCLUDES else "wrong"


@cache
def _answer(number: int) -> kg.Answer:
    return kg.load().assess(PUBLISHED[number].case)


def test_the_file_is_whole() -> None:
    assert len(PUBLISHED) == len({case.id for case in PUBLISHED}) >= 52
    for case in PUBLISHED:
        always = {"topic_here"} | (set() if case.expect["topic_here"] else HANDED)
        assert case.source and always <= case.expect.keys() <= always | MAY_BE, case.id


@pytest.mark.parametrize("number", range(len(PUBLISHED)), ids=[case.id for case in PUBLISHED])
def test_a_case_in_words(number: int) -> None:
    case, answer = PUBLISHED[number], _answer(number)
    said = verdict(answer, case.expect)
    told = (said, answer.outcome.id, [study.id for study in answer.best], faults(answer, case.expect))
    assert said in ({"otherwise", "wrong"} if case.limit else {"right", "asks"}), told
    assert not faults(answer, case.expect), told


def test_few_cases_are_limits() -> None:
    counted = Counter(verdict(_answer(number), case.expect) for number, case in enumerate(PUBLISHED))
    assert counted == {"right": 47, "asks": 3, "otherwise": 2}
