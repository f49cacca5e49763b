"""What is asked: on the shipped topic by expectations, on generated guidelines against every completion, one by one."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from pathlib import Path
from random import Random

import pytest

import kg
from kg.command import main
from kg.names import slug
from kg.questions import SETTLED, Asker
from tests.conftest import ROOT
from tests.generate import cases, contradictory, guideline
from tests.truth import Knowledge, Verdicts, minimum_of_maxima

LIMIT = 7
"""So many unknown findings are tried in every combination."""


def decision(knowledge: Knowledge, verdict: Verdicts) -> tuple[str, frozenset[str], int]:
    ranks = [int(knowledge.only("rank", step)) for rule in verdict.applies for step in knowledge.the("urgency", rule)]
    return verdict.outcome, verdict.best, max(ranks, default=0)


def unknown(knowledge: Knowledge, case: kg.Case) -> set[str]:
    """The unknown findings that stand in open criteria of what decides, and the unknown entries."""
    known = knowledge.closed(knowledge.atoms(case))
    verdict = knowledge.judge(case)
    findings = {entry for topic in knowledge.topics for entry in knowledge.the("entry", topic)}
    for condition, criteria in knowledge.conditions.items():
        decides = any(knowledge.the(name, condition) for name in ("topic", "first", "prefers", "urgency"))
        if decides and condition not in verdict.ruled_out:
            findings |= {f for c in criteria if minimum_of_maxima([c], known) == 0.5 for f, _ in c}
    return {f for f in findings if not {(f, True), (f, False)} & known} - knowledge.undecided(case)


def brute(knowledge: Knowledge, case: kg.Case, findings: list[str]) -> tuple[set[str], bool]:
    """What matters, and whether all completions are decided as the case is."""
    decided = {}
    for states in product((True, False), repeat=len(findings)):
        said = dict(zip(findings, states, strict=True))
        completion = case.with_facts(
            present=[slug(f) for f, state in said.items() if state],
            absent=[slug(f) for f, state in said.items() if not state],
        )
        if not contradictory(knowledge, completion):
            decided[states] = decision(knowledge, knowledge.judge(completion))
    matters = {
        finding
        for place, finding in enumerate(findings)
        for states, one in decided.items()
        if decided.get((*states[:place], not states[place], *states[place + 1 :]), one) != one
    }
    now = decision(knowledge, knowledge.judge(case))
    return matters, not matters and set(decided.values()) == {now}


def test_exactly_what_matters_is_asked_on_generated_guidelines(tmp_path: Path) -> None:
    rng, seen = Random("what to ask"), Counter[str]()
    for number in range(30):
        content = guideline(rng, tmp_path / str(number))
        knowledge, part = Knowledge(content), kg.Guide(content).part(frozenset(content.topics))
        for case in cases(rng, knowledge, 8):
            findings = sorted(unknown(knowledge, case))
            entered = knowledge.entered(knowledge.atoms(case), knowledge.closed(knowledge.atoms(case)))
            if not entered or len(findings) > LIMIT:
                seen["too many to try, or outside"] += 1
                continue
            questions, settled = Asker(part, case).questions()
            matters, as_decided = brute(knowledge, case, findings)
            expected = {slug(next(iter(knowledge.the("measure", finding)), finding)) for finding in matters}
            assert {question.ask.id for question in questions} == expected, (number, case)
            assert settled == as_decided, (number, case)
            seen[f"settled: {settled}"] += 1
            seen[f"questions: {min(len(expected), 2)}"] += 1
    assert all(seen[name] >= 5 for name in ("settled: True", "settled: False", "questions: 1", "questions: 2")), seen


def opening(*more: str) -> kg.Case:
    return kg.Case(measured={"age": 40}, present=["thoracic-back-pain", *more])


def test_it_is_said_when_nothing_unknown_matters() -> None:
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    asking = kg.load().what_to_ask(case)
    assert asking.settled
    assert asking.statement == SETTLED
    assert asking.questions == ()
    assert "Is the cardiac device MR-conditional?" in [check.label for check in asking.checks]
    assert "vascular-emergency-suspected" in [question.id for question in asking.elsewhere]


def test_each_answer_says_what_it_leads_to() -> None:
    asking = kg.load().what_to_ask(opening().assuming_absent("red-flag", "neurologic-deficit"))
    answers = {question.ask.id: question.answers for question in asking.questions}
    assert not {"suspicion-of-cancer", "adult", "age", "pregnancy"} & set(answers)
    present, absent = answers["abnormal-thoracic-radiograph"]
    assert (present.leads_to.outcome.id, absent.leads_to.outcome.id) == ("recommended", "needs-information")


def test_a_case_outside_every_topic_is_not_settled() -> None:
    asking = kg.load().what_to_ask(kg.Case(present=["fever"]))
    assert (asking.questions, asking.settled) == ((), False)
    assert {"thoracic-back-pain", "lumbar-back-pain"} <= {complaint.id for complaint in asking.complaints}
    assert "State the complaint first" in str(asking)


def test_a_fact_that_decides_only_with_others_is_told_apart() -> None:
    asking = kg.load().what_to_ask(kg.Case(measured={"age": 50}, present=["thoracic-back-pain"], absent=["red-flag"]))
    together = {question.ask.id: question for question in asking.questions if not question.alone}
    assert "significant-spinal-deformity" in together
    for question in together.values():
        assert {answer.leads_to for answer in question.answers} == {asking.now}
        assert str(question).endswith("together with other facts")


def test_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(opening("thoracic-fusion").to_dict()), encoding="utf-8")
    assert main(["what-to-ask", str(file), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert "suspicion-of-cancer" in {question["ask"]["id"] for question in data["questions"]}
    assert main(["what-to-ask", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert SETTLED not in lines
    assert max(map(len, lines)) <= 80
