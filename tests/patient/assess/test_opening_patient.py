"""The patient who opens the source article: every part of the answer, checked against the article by hand."""

from __future__ import annotations

import kg
from kg.patient.assess.answer import Answer

MRI_BOTH = "mri-thoracic-spine-without-and-with-contrast"
MRI_WITHOUT = "mri-thoracic-spine-without-contrast"
CT_WITHOUT = "ct-thoracic-spine-without-contrast"


def answer_for(guide: kg.Guide, case: kg.Case) -> Answer:
    return guide.assess(case)


def test_the_recommended_study(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = answer_for(guide, opening_patient)
    assert answer.outcome.id == "recommended"
    assert [study.id for study in answer.best] == [MRI_BOTH]
    assert answer.best[0].category.label == "Usually Appropriate"
    assert answer.best[0].radiation == "O 0 mSv"


def test_the_scenario_and_the_fact_behind_each_criterion(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = answer_for(guide, opening_patient)
    (scenario,) = answer.scenarios
    assert scenario.id == "abnormal-radiograph"
    facts = {criterion.label: [fact.id for fact in criterion.facts] for criterion in scenario.criteria}
    assert facts == {
        "adult": ["age"],
        "thoracic back pain, or a thoracic radiograph that shows something": [
            "radiography-thoracic-spine",
            "thoracic-back-pain",
        ],
        "thoracic radiograph shows fracture, bone destruction or deformity": ["radiography-thoracic-spine"],
    }
    assert all(criterion.origins for criterion in scenario.criteria)


def test_all_rated_studies_with_category_and_radiation(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = answer_for(guide, opening_patient)
    rated = {study.id: (study.category.id, study.radiation_standing) for study in answer.studies}
    assert len(rated) == 10, "the radiograph is not rated in this scenario: it was done"
    assert rated[CT_WITHOUT] == ("usually-appropriate", "by analogy")
    assert rated["ct-myelography-thoracic-spine"] == ("may-be-appropriate", "by analogy")
    assert rated["bone-scan-whole-body"] == ("usually-not-appropriate", "verified")
    assert [study.id for study in answer.studies if study.category.id == "usually-appropriate"] == [
        MRI_BOTH,
        CT_WITHOUT,
        MRI_WITHOUT,
    ]


def test_the_urgency_and_what_raised_it(guide: kg.Guide, opening_patient: kg.Case) -> None:
    urgency = answer_for(guide, opening_patient).urgency
    assert urgency is not None
    assert urgency.level.id == "emergent"
    raised_by = {fact.id for criterion in urgency.rules[0].criteria for fact in criterion.facts}
    assert {"bilateral-leg-weakness", "unsteady-gait"} <= raised_by


def test_the_escalation_waits_for_its_fact(guide: kg.Guide, opening_patient: kg.Case) -> None:
    (escalation,) = [e for e in answer_for(guide, opening_patient).escalations if "on-call" in e.label]
    assert not escalation.applies
    assert [term.id for term in escalation.missing] == ["rapidly-progressing-deficit"]
    assert {contact.id for contact in escalation.contacts} == {"neurosurgery", "spine-surgery"}


def test_a_rapid_deficit_calls_first(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain", "rapidly-progressing-deficit"])
    case = case.after("radiography-thoracic-spine", present=["kyphosis"])
    said = guide.assess(case).explain()
    assert said.startswith("CALL NOW, do not wait for this answer. Call the on-call neurosurgery or spine\n  surgery")


def test_what_is_unknown_is_named_and_the_answer_holds_all_the_same(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = answer_for(guide, opening_patient)
    assert "prior-thoracic-spine-surgery" in {question.id for question in answer.questions}
    assert [term.id for term in answer.could_lead] == ["prior-thoracic-surgery"]
    assert answer.best[0].robust
    for known in (
        opening_patient.with_facts(present=["prior-thoracic-spine-surgery"]),
        opening_patient.with_facts(absent=["prior-thoracic-spine-surgery"]),
    ):
        assert MRI_BOTH in {study.id for study in guide.assess(known).studies if study.robust}


def test_checks_never_change_the_outcome(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = answer_for(guide, opening_patient)
    assert any("cardiac device" in check.label for check in answer.contraindications)
    assert all(not check.applies for check in answer.contraindications)
    with_pacemaker = guide.assess(opening_patient.with_facts(present=["cardiac-implantable-device"]))
    assert with_pacemaker.best == tuple(s for s in with_pacemaker.studies if s.id == MRI_BOTH)
    assert with_pacemaker.best[0].cautioned


def test_an_absolute_contraindication_marks_and_does_not_delete(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = guide.assess(opening_patient.with_facts(present=["mri-unsafe-implant"]))
    marked = {study.id for study in answer.studies if study.contraindicated}
    assert marked == {MRI_BOTH, MRI_WITHOUT, "mri-thoracic-spine-with-contrast"}
    assert [study.id for study in answer.best] == [CT_WITHOUT]


def test_every_line_fits_the_terminal(guide: kg.Guide, opening_patient: kg.Case) -> None:
    lines = answer_for(guide, opening_patient).explain().splitlines()
    assert max(map(len, lines)) <= 80
