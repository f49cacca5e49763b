"""The pathway, and the difference between two answers."""

from __future__ import annotations

import json

import kg
from kg.command.verbs import main
from kg.patient.reasons.difference import difference
from kg.patient.what_if.pathway import Pathway, Step
from tests.conftest import ROOT

MRI_BOTH = "mri-thoracic-spine-without-and-with-contrast"


def steps(pathway: Pathway) -> list[Step]:
    """All studies anywhere in the tree."""
    found = []
    for step in pathway.steps:
        found.append(step)
        for branch in step.branches:
            found += steps(branch.then) if branch.then else []
    return found


def test_the_branches_of_the_article(guide: kg.Guide, opening_patient: kg.Case) -> None:
    (step,) = guide.pathway(opening_patient).steps
    assert step.study.id == MRI_BOTH
    diagnoses = [branch.diagnosis for branch in step.branches]
    assert diagnoses == [
        "Spinal epidural abscess",
        "Osteomyelitis or discitis",
        "Malignancy of the spine",
        "Osteoporotic compression fracture",
        "",
    ]
    tumor = step.branches[2]
    assert [(action.label, action.urgency, action.strength) for action in tumor.actions] == [
        ("Urgent consultation: neurosurgery and/or radiation oncology", "urgent", "recommended"),
        ("CT-guided biopsy for a definitive tissue diagnosis", "not stated", "typically required"),
    ]
    abscess = step.branches[0]
    assert abscess.actions[0].label == "Emergent surgical decompression and washout"
    assert abscess.actions[0].urgency == "emergent (STAT)"
    assert all(branch.then.outcome.id == "pathway-complete" for branch in step.branches if branch.then)
    assert step.branches[-1].then is None, "a result without a pattern has no next step in the sources"


def test_a_performed_study_is_not_offered_again(guide: kg.Guide, opening_patient: kg.Case) -> None:
    assert "radiography-thoracic-spine" not in {step.study.id for step in steps(guide.pathway(opening_patient))}
    surgery = kg.Case(present=["adult", "thoracic-back-pain", "thoracic-fusion"]).assuming_absent("red-flag")
    for step in steps(guide.pathway(surgery)):
        below = {further.study.id for branch in step.branches if branch.then for further in steps(branch.then)}
        assert step.study.id not in below


def test_that_no_film_was_done_yet_does_not_exclude_what_the_film_may_show(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 72}, present=["thoracic-back-pain", "osteoporosis"])
    case = case.assuming_absent("red-flag").with_facts(absent=["neurologic-deficit", "prior-thoracic-spine-surgery"])
    without = guide.pathway(case.with_facts(absent=["thoracic-radiograph-performed"]))
    (film,) = without.steps
    assert film.study.id == "radiography-thoracic-spine"
    diagnoses = [branch.diagnosis for branch in film.branches]
    assert diagnoses == ["Structural abnormality of unclear cause", "No structural abnormality on the film", ""]
    assert guide.pathway(case.with_facts(absent=["abnormal-thoracic-radiograph"])).steps == without.steps


def test_the_tree_shrinks_to_what_is_left(guide: kg.Guide, opening_patient: kg.Case) -> None:
    before = guide.pathway(opening_patient)
    done = opening_patient.after(MRI_BOTH, present=["marrow-replacing-lesion", "cord-compression"])
    after = guide.pathway(done)
    assert before.steps
    assert after.steps == ()
    assert after.outcome.id == "pathway-complete"
    assert after.actions[0].urgency == "emergent (STAT)"


def test_a_study_without_a_recorded_result_is_waited_for(guide: kg.Guide, opening_patient: kg.Case) -> None:
    answer = guide.assess(opening_patient.after(MRI_BOTH))
    assert answer.outcome.id == "needs-information"
    assert answer.best == ()


def test_known_facts_exclude_a_branch(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain"], absent=["neurologic-deficit"])
    case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
    diagnoses = {branch.diagnosis for branch in guide.pathway(case).steps[0].branches}
    assert "Spinal epidural abscess" not in diagnoses


def test_the_biopsy_that_is_not_diagnostic(guide: kg.Guide, opening_patient: kg.Case) -> None:
    done = opening_patient.after(MRI_BOTH, present=["marrow-replacing-lesion"])
    done = done.with_facts(present=["biopsy-not-diagnostic", "suspicion-remains-high"])
    answer = guide.assess(done)
    assert "Open biopsy, or repeat the percutaneous biopsy" in {a.recommendation.label for a in answer.actions}
    assert "biopsy-accepted" in {warning.id for warning in answer.warnings}


def test_text_and_data(guide: kg.Guide, opening_patient: kg.Case) -> None:
    pathway = guide.pathway(opening_patient)
    assert max(map(len, str(pathway).splitlines())) <= 80
    assert json.loads(json.dumps(pathway.to_dict()))["steps"][0]["study"]["id"] == MRI_BOTH


def test_what_if(guide: kg.Guide, opening_patient: kg.Case) -> None:
    before = guide.assess(opening_patient)
    after = guide.assess(opening_patient.with_facts(present=["mri-unsafe-implant"]))
    change = difference(before, after)
    assert change.facts.gained == ("present: mri-unsafe-implant",)
    assert change.study.before == ("MRI thoracic spine without and with IV contrast (Usually Appropriate)",)
    assert change.study.after == ("CT thoracic spine without IV contrast (Usually Appropriate)",)
    assert (change.study.lost, change.study.gained) == (change.study.before, change.study.after)
    assert not change.urgency
    assert change.urgency.before == change.urgency.after == ("emergent (STAT)",)
    assert (change.calls.before, change.calls.after) == ((), ())
    assert list(change.to_dict())[:4] == ["study", "urgency", "calls", "outcome"]
    assert not difference(before, before)
    assert str(difference(before, before)).startswith("STUDY    unchanged: MRI thoracic")
    assert difference(before, before).explain() == "Nothing changed."


def test_the_verbs(capsys: object) -> None:
    case = str(ROOT / "examples" / "abnormal-radiograph.json")
    other = str(ROOT / "examples" / "published" / "gz3.json")
    for arguments in (
        ["why", case, "abnormal-radiograph"],
        ["why", case, MRI_BOTH, "--against", "ct-thoracic-spine-without-contrast", "--format", "json"],
        ["check-order", case, "bone-scan-whole-body", "--format", "json"],
        ["pathway", case, "--format", "svg"],
        ["what-if", case, other, "--format", "json"],
        ["find", "weak", "legs"],
    ):
        assert main(arguments) == 0
    assert main(["why", case, "nonsense"]) == 2
    assert main(["find", "zzzzzzzzzz"]) == 1
