"""What the text of an answer says where a wrong word could do harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

import kg
from kg.answer import Term

MRI_BOTH = "mri-thoracic-spine-without-and-with-contrast"
MRI_WITHOUT = "mri-thoracic-spine-without-contrast"
RADIOGRAPHY = "radiography-thoracic-spine"
MYELOPATHY = kg.Case(measured={"age": 60}, present=["thoracic-back-pain", "unsteady-gait"])


def first_line(answer: kg.Answer) -> str:
    return " ".join(str(answer).split("\n\n")[0].split())


def test_a_robust_study_is_said_to_be_rated_so_and_no_more(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = guide.assess(opening_patient)
    assert answer.possible
    assert "rated so in every scenario that might lead" in first_line(answer)


def test_what_a_result_asks_for_as_an_emergency_stands_first(guide: kg.Guide) -> None:
    seen = ["fluid-collection", "significant-epidural-abscess"]
    answer = guide.assess(MYELOPATHY.after(MRI_BOTH, present=seen))
    assert first_line(answer).startswith("AT ONCE: Emergent surgical decompression and washout (")


@pytest.mark.parametrize(
    ("known", "question"),
    [
        ("gadolinium-allergy", "Can gadolinium be given after the earlier reaction?"),
        ("pregnancy", "Is radiation or gadolinium justified in this pregnancy?"),
    ],
)
def test_a_known_contraindication_stands_beside_the_study(guide: kg.Guide, known: str, question: str) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain", "history-of-cancer", known]).assuming_absent(
        "prior-spine-surgery"
    )
    answer = guide.assess(case)
    assert [study.id for study in answer.best] == [MRI_BOTH]
    assert f"KNOWN, CHECK FIRST: {question}" in first_line(answer)


def test_no_urgency_rule_is_not_silence(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain", "history-of-cancer"], absent=["neurologic-deficit"])
    assert "URGENCY: the sources state none for what is known" in str(guide.assess(case))


def test_management_without_imaging_waits_for_the_scenario(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 30, "pain-duration-weeks": 1}, present=["thoracic-back-pain"])
    case = case.assuming_absent("red-flag", "neurologic-deficit").with_facts(absent=["prior-conservative-management"])
    closed = case.assuming_absent("fracture-risk-factor", "prior-spine-surgery", "thoracic-radiograph-performed")
    unsettled, settled = guide.assess(case), guide.assess(closed)
    assert unsettled.outcome.id == "needs-information"
    assert "WHAT WOULD FOLLOW IF NO OTHER SCENARIO LEADS" in str(unsettled)
    assert "WHAT WOULD FOLLOW" not in str(settled)


def test_a_case_that_belongs_elsewhere_shows_ratings_as_such(guide: kg.Guide) -> None:
    answer = guide.assess(MYELOPATHY.with_facts(present=["vascular-emergency-suspected"]))
    assert answer.outcome.id == "no-criteria-apply"
    assert "HERE, THOUGH THE CASE BELONGS ELSEWHERE: " in str(answer)
    assert "STUDIES RATED IN, WHERE THE CASE DOES NOT BELONG: " in str(answer)


def test_the_end_of_a_pathway_promises_no_action_that_nobody_names(guide: kg.Guide) -> None:
    answer = guide.assess(MYELOPATHY.after(MRI_WITHOUT, absent=["cord-compression"]))
    assert answer.outcome.id == "pathway-complete"
    assert "the sources name no further step for what is known" in first_line(replace(answer, actions=()))
    assert "another scenario may still lead and ask for more" in first_line(answer)
    assert "another scenario" not in first_line(replace(answer, possible=()))


def test_a_result_that_nobody_recorded_is_named(guide: kg.Guide) -> None:
    case = MYELOPATHY.after(MRI_WITHOUT)
    answer = guide.assess(case)
    assert answer.awaited == (Term(MRI_WITHOUT, "MRI thoracic spine without IV contrast"),)
    assert answer.outcome.id == "needs-information"
    assert "no result is recorded of: MRI thoracic spine without IV contrast" in first_line(answer)
    assert "NO RESULT IS RECORDED OF: MRI thoracic spine without IV contrast" in str(guide.what_to_ask(case))
    closed = case.assuming_absent(
        "red-flag", "fracture-risk-factor", "prior-spine-surgery", "abnormal-thoracic-radiograph"
    )
    asking = guide.what_to_ask(closed)
    assert asking.settled
    assert asking.statement == "No fact but a result that is not recorded can change the recommendation."


def test_an_order_is_checked_behind_what_cannot_wait(guide: kg.Guide) -> None:
    vascular = MYELOPATHY.with_facts(present=["vascular-emergency-suspected"])
    check = guide.check_order(vascular, MRI_WITHOUT)
    assert check.verdict == "belongs to another topic"
    lines = str(check).splitlines()
    assert lines[0].startswith("CALL NOW")
    assert "URGENCY: emergent (STAT)" in lines
    assert any(line.startswith("BELONGS TO vascular, cardiac or other non-spine pathway") for line in lines)


def test_an_order_is_not_refused_while_another_scenario_may_rate_it_higher(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 30, "pain-duration-weeks": 1}, present=["thoracic-back-pain"])
    case = case.assuming_absent("red-flag", "neurologic-deficit").with_facts(absent=["prior-conservative-management"])
    assert guide.check_order(case, "ct-thoracic-spine-without-contrast").verdict == "cannot be judged yet"
    closed = case.assuming_absent("fracture-risk-factor", "prior-spine-surgery", "thoracic-radiograph-performed")
    assert guide.check_order(closed, "ct-thoracic-spine-without-contrast").verdict == "not appropriate"


def test_only_a_preference_that_decided_is_given_as_the_reason(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 72}, present=["thoracic-back-pain", "osteoporosis"], absent=["neurologic-deficit"])
    assert RADIOGRAPHY not in {study.id for study in guide.assess(case).best}, "an abnormal film is still possible"
    assert "radiography-first-with-fracture-risk" not in {held.id for held in guide.assess(case).preferences}
    alone = case.assuming_absent("red-flag", "prior-spine-surgery").with_facts(absent=["abnormal-thoracic-radiograph"])
    answer = guide.assess(alone)
    assert [study.id for study in answer.best] == [RADIOGRAPHY]
    assert [held.id for held in answer.preferences] == ["radiography-first-with-fracture-risk"]


def test_a_rating_that_another_scenario_would_give_separates_before_a_preference(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 72}, present=["thoracic-back-pain", "osteoporosis"], absent=["neurologic-deficit"])
    contrast = guide.contrast(case, MRI_WITHOUT, RADIOGRAPHY)
    assert contrast.decided_by.startswith("the category")
    assert contrast.decided_by.endswith("(might lead)")
    assert contrast.preference is None


def test_nobody_is_called_for_what_was_excluded(guide: kg.Guide) -> None:
    sudden = kg.Case(measured={"age": 80}, present=["interscapular-pain", "sudden-severe-pain", "history-of-cancer"])
    called, excluded = (guide.assess(sudden.with_facts(present=more)) for more in ([], ["vascular-emergency-excluded"]))
    assert first_line(called).startswith("CALL NOW")
    assert called.handed_to and not called.best
    assert "CALL NOW" not in str(excluded)
    assert excluded.best and not excluded.handed_to
    assert "vascular-emergency-excluded" in {held.id for held in excluded.warnings}


def test_nothing_is_said_of_urgency_beneath_a_call(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain", "history-of-cancer", "rapidly-progressing-deficit"])
    answer = guide.assess(case)
    assert answer.best and first_line(answer).startswith("CALL NOW")
    assert "the sources state none" not in str(answer)
