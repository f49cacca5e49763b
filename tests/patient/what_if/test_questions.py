"""What to ask: by expectation on the shipped topic, and against every completion on generated guidelines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement, product
from pathlib import Path
from random import Random

import pytest

import kg
from kg.command.verbs import main
from kg.errors import CaseError, ContradictoryCaseError
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.patient.facts import THIS_CASE, said
from kg.patient.what_if.completions import Changes, Completions, FurtherFact
from kg.patient.what_if.questions import SETTLED, Asker, DecidingQuestion
from tests.conftest import ROOT
from tests.judges.generate import cases, guideline
from tests.judges.truth import Knowledge, minimum_of_maxima

ALL_SETS, PAIRS = 4, 8
"""So many unknown findings are tried in every set of facts, and in every two."""

Decision = tuple[str, frozenset[str], str, frozenset[str]]


def decision(guide: kg.Guide, case: kg.Case, facts: Iterable[FurtherFact]) -> Decision | None:
    """Outcome, next studies and urgency once more is said, as ``assess`` has it; None where it cannot be so.

    While no scenario leads, the topics that the case enters are part of it.
    """
    said = list(facts)
    try:
        more = case.with_facts(
            present=[slug(f) for f, yes in said if yes], absent=[slug(f) for f, yes in said if not yes]
        )
        answer = guide.assess(more)
        with guide.core.evaluation(more) as (_, evaluation):
            entered = frozenset(evaluation.conclusions(THIS_CASE, ("entered",))["entered"])
    except (CaseError, ContradictoryCaseError):
        return None
    urgency = answer.urgency.level.id if answer.urgency else ""
    where = frozenset[str]() if guide.assess(case).scenarios else entered
    return answer.outcome.id, frozenset(study.id for study in answer.best), urgency, where


def unknown(knowledge: Knowledge, case: kg.Case) -> list[str]:
    """The unknown findings that stand in open criteria of what decides, and the unknown entries."""
    known = knowledge.closed(knowledge.atoms(case))
    verdict = knowledge.judge(case)
    homes = knowledge.entered(knowledge.atoms(case), known) | verdict.may_enter
    present = {finding for finding, holds in knowledge.atoms(case) if holds}
    entries = {entry for topic in knowledge.topics for entry in knowledge.the("entry", topic)}
    findings = {entry for entry in entries if knowledge.up[entry] & present}
    barring = {
        f for rule in knowledge.conditions if knowledge.the("rulesOut", rule) for f in named_present(knowledge, rule)
    }
    for condition, criteria in knowledge.conditions.items():
        decides = any(knowledge.the(name, condition) for name in ("topic", "first", "prefers"))
        if (decides or condition in verdict.urgency_depends_on) and condition not in verdict.ruled_out:
            open_now = {f for c in criteria if minimum_of_maxima([c], known) == 0.5 for f, _ in c}
            if knowledge.the("prefers", condition):
                open_now = {f for f in open_now if not knowledge.up[f] & barring}
            findings |= open_now if knowledge.home.get(condition, set()) <= homes else set()
    unsaid = {f for f in findings if not {(f, True), (f, False)} & known} - knowledge.undecided(case)
    return sorted(finding for finding in unsaid if not only_a_study_tells(knowledge, finding))


def named_present(knowledge: Knowledge, condition: str) -> set[str]:
    """The findings of which a condition asks whether they are present."""
    return {finding for criterion in knowledge.conditions[condition] for finding, holds in criterion if holds}


def only_a_study_tells(knowledge: Knowledge, finding: str) -> bool:
    """Whether no person can be asked for a finding, because only a study shows it."""
    if knowledge.the("onStudy", finding) or any(knowledge.the("onsetMatters", kind) for kind in knowledge.up[finding]):
        return False
    return finding in knowledge.shown


def every_two(guide: kg.Guide, case: kg.Case, findings: Sequence[str]) -> Changes:
    """What every fact and every two facts change, assessed one case after another."""
    now, facts = decision(guide, case, ()), tuple((f, holds) for f in findings for holds in (True, False))
    after = {frozenset(two): decision(guide, case, set(two)) for two in combinations_with_replacement(facts, 2)}
    changed = {two for two, decided in after.items() if decided not in (None, now)}
    possible = {two for two, decided in after.items() if decided is not None}
    alone = frozenset(fact for fact in facts if frozenset([fact]) in changed)
    pairs = {
        one: tuple(other for other in facts if other not in alone and frozenset([one, other]) in changed)
        for one in facts
        if one not in alone
    }
    return Changes(
        facts=facts,
        alone=alone,
        pairs={fact: others for fact, others in pairs.items() if others},
        shares={fact: (sum(fact in two for two in changed), sum(fact in two for two in possible)) for fact in facts},
    )


def smallest(guide: kg.Guide, case: kg.Case, findings: Sequence[str]) -> int | None:
    """How many facts it takes at least to change the decision; None where no set of facts does."""
    now, sizes = decision(guide, case, ()), list[int]()
    for states in product((True, False, None), repeat=len(findings)):
        facts = [(f, state) for f, state in zip(findings, states, strict=True) if state is not None]
        if len(facts) < min(sizes, default=len(findings) + 1) and decision(guide, case, facts) not in (None, now):
            sizes.append(len(facts))
    return min(sizes, default=None)


def compare(guide: kg.Guide, knowledge: Knowledge, case: kg.Case) -> Counter[str]:
    """Compare what is asked about a case with every case in which more is said, none of them by the circuit."""
    seen, topics = Counter[str](), frozenset(guide.core.content.topics)
    findings = unknown(knowledge, case)
    entered = knowledge.entered(knowledge.atoms(case), knowledge.closed(knowledge.atoms(case)))
    if not entered or guide.core.entered(guide.core.facts(case)) != topics or len(findings) > PAIRS:
        return Counter({"outside, or too many to try": 1})
    deciding = {finding: next(iter(knowledge.the("measure", finding)), finding) for finding in findings}
    with guide.core.evaluation(case) as (_, evaluation):
        assert {row["finding"]: row["ask"] for row in evaluation.rows(named("lookup", "deciding"))} == deciding
    described = said(case, guide.core.lexicon)
    completions = Completions(guide.core.circuits.of(topics), described, deciding)
    changes = every_two(guide, case, findings)
    assert completions.changes == changes, case
    questions, settled, undecided = Asker(
        guide.core.circuits.of(topics), guide.core.lexicon, described, deciding, guide.core.lookup.narrower
    ).questions()
    assert undecided == ""
    if len(findings) <= ALL_SETS:
        least = smallest(guide, case, findings)
        found = completions.smallest_change()
        assert (None if found is None else len(found)) == least, case
        assert settled is (least is None), case
        seen[f"smallest: {least}"] += 1
    if changes.alone or changes.pairs:
        assert {question.ask.id: asked(question) for question in questions} == expected(changes, deciding), case
    return seen + Counter({f"settled: {settled}": 1, f"questions: {min(len(questions), 2)}": 1})


def asked(question: DecidingQuestion) -> tuple[float, frozenset[str]]:
    return question.changes, frozenset(term.id for term in question.together)


def expected(changes: Changes, deciding: Mapping[str, str]) -> dict[str, tuple[float, frozenset[str]]]:
    """Of each question the share and, where it does not change the answer by itself, with which facts it does."""
    asks: dict[str, tuple[float, frozenset[str]]] = {}
    for ask in {deciding[finding] for finding, _ in changes.alone or changes.pairs}:
        own = [fact for fact in changes.facts if deciding[fact[0]] == ask]
        changed, all_ = (sum(changes.shares[fact][place] for fact in own) for place in (0, 1))
        others = {slug(f) for fact in own for f, _ in changes.pairs.get(fact, ())}
        asks[slug(ask)] = (
            round(changed / max(1, all_), 4),
            frozenset() if changes.alone & set(own) else frozenset(others),
        )
    return asks


def compared(rng: Random, place: Path, guidelines: int, each: int) -> Counter[str]:
    """Compare on some generated guidelines."""
    seen = Counter[str]()
    for number in range(guidelines):
        content = guideline(rng, place / str(number))
        guide, knowledge = kg.Guide(content), Knowledge(content)
        for case in cases(rng, knowledge, each):
            seen += compare(guide, knowledge, case)
    return seen


def test_what_is_asked_equals_every_case_in_which_more_is_said(tmp_path: Path) -> None:
    pytest.importorskip(
        "pysat", reason="what more than two facts change takes a solver: pip install 'nextstudy[prove]'"
    )
    seen = compared(Random("what to ask"), tmp_path, guidelines=20, each=3)
    assert all(seen[name] >= 5 for name in ("settled: True", "settled: False", "questions: 1", "questions: 2")), seen
    assert seen["smallest: 1"] >= 5, seen


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
    present, absent = answers["osteoporosis"]
    assert (present.leads_to.outcome.id, absent.leads_to.outcome.id) == ("recommended", "needs-information")
    assert "abnormal-thoracic-radiograph" not in answers, "a film that is not listed was not done"
    (surgery,) = (question for question in asking.questions if question.ask.id == "prior-thoracic-spine-surgery")
    assert {kind.id for kind in surgery.kinds} == {"thoracic-decompression", "thoracic-fusion"}


def test_a_case_outside_every_topic_is_not_settled() -> None:
    asking = kg.load().what_to_ask(kg.Case(present=["fever"]))
    assert (asking.questions, asking.settled) == ((), False)
    assert {"thoracic-back-pain", "lumbar-back-pain"} <= {complaint.id for complaint in asking.complaints}
    assert "State the complaint first" in str(asking)


def test_no_question_is_idle_while_another_one_decides() -> None:
    case = kg.Case(measured={"age": 40}, present=["lumbar-back-pain"], absent=["red-flag"])
    asking = kg.load().what_to_ask(case)
    assert asking.questions and all(question.alone for question in asking.questions)
    for question in asking.questions:
        assert len({(a.leads_to.outcome, a.leads_to.best, a.leads_to.urgency) for a in question.answers}) > 1


def test_at_most_five_questions_are_shown() -> None:
    asking = kg.load().what_to_ask(kg.Case(measured={"age": 55}, present=["back-pain"]))
    assert [question.ask.id for question in asking.questions[:2]] == ["lumbar-back-pain", "thoracic-back-pain"]
    assert len(asking.questions) > 5
    whole = asking.explain()
    assert whole.count("\n  - ", 0, whole.index("AFFECTS ONLY")) == 5
    assert f"{len(asking.questions) - 5} more can change it" in whole
    assert f"(+{len(asking.questions) - 5} more)" in str(asking)


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
