"""Why, why not, two studies side by side, and the check of an order."""

from __future__ import annotations

import pytest

import kg
from kg.errors import UnknownTermError
from kg.patient.reasons.why import ConditionReasons, CriterionReasons, StudyReasons

MRI_BOTH = "mri-thoracic-spine-without-and-with-contrast"
MRI_WITHOUT = "mri-thoracic-spine-without-contrast"
CT_WITHOUT = "ct-thoracic-spine-without-contrast"


def criteria(verdict: ConditionReasons) -> dict[str, CriterionReasons]:
    return {criterion.label: criterion for criterion in verdict.criteria}


def only(reasons: tuple[ConditionReasons, ...] | StudyReasons) -> ConditionReasons:
    assert isinstance(reasons, tuple)
    (verdict,) = reasons
    return verdict


def test_why_not_ends_at_stated_facts(guide: kg.Guide, opening_patient: kg.Case) -> None:
    verdict = only(guide.why(opening_patient, "acute-uncomplicated"))
    assert verdict.status == "ruled out"
    judged = criteria(verdict)
    assert judged["acute pain"].state == "failed"
    (fact,) = judged["acute pain"].facts
    assert (fact.given, fact.text) == ("measured", "Duration of pain: 13 weeks")
    neurology = judged["no sign of myelopathy or radiculopathy"]
    assert {fact.id for fact in neurology.facts} == {"bilateral-leg-weakness", "unsteady-gait"}
    assert judged["no red flag"].state == "open"
    assert [term.id for term in judged["no red flag"].missing] == ["red-flag"]


def test_a_proof_never_ends_at_a_derived_finding(guide: kg.Guide, opening_patient: kg.Case) -> None:
    stated = {*opening_patient.present, *opening_patient.measured, "radiography-thoracic-spine", "studies-are-listed"}
    part = guide.core.slice(frozenset({"https://w3id.org/nextstudy/topic/thoracic-back-pain"}))
    for iri in part.lookup.kinds:
        for criterion in only(guide.why(opening_patient, iri)).criteria:
            assert {fact.id for fact in criterion.facts} <= stated
            assert bool(criterion.facts) == (criterion.state != "open")


def test_an_assumption_is_named_as_one(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 40}, present=["thoracic-back-pain"]).assuming_absent("red-flag")
    judged = criteria(only(guide.why(case, "acute-uncomplicated")))
    assert [fact.text for fact in judged["no red flag"].facts] == ["Red flag: assumed absent"]
    assert guide.assess(case).assumed_absent[0].id == "red-flag"


def test_a_scenario_that_applies_but_is_led(guide: kg.Guide, opening_patient: kg.Case) -> None:
    verdict = only(guide.why(opening_patient, "fracture-risk"))
    assert verdict.status == "applies"
    assert [term.id for term in verdict.led_by] == ["abnormal-radiograph"]


def test_why_an_action(guide: kg.Guide, opening_patient: kg.Case) -> None:
    verdicts = guide.why(opening_patient, "surgical-decompression-and-washout")
    assert only(verdicts).status == "could apply"
    after = opening_patient.after(MRI_BOTH, present=["significant-epidural-abscess"])
    assert only(guide.why(after, "surgical-decompression-and-washout")).status == "applies"


def test_no_action_of_a_scenario_that_another_one_leads(guide: kg.Guide) -> None:
    facts = ["adult", "acute-pain", "thoracic-back-pain", "osteoporosis"]
    case = kg.Case(present=facts, absent=["neurologic-deficit", "prior-conservative-management", "red-flag"])
    led = guide.assess(case)
    assert [scenario.id for scenario in led.also_apply] == ["acute-uncomplicated"]
    assert led.actions == ()
    alone = guide.assess(kg.Case(present=facts[:3], absent=[*case.absent, "fracture-risk-factor"]))
    assert [action.recommendation.id for action in alone.actions] == ["conservative-management"]


def test_why_not_ct_first(guide: kg.Guide, opening_patient: kg.Case) -> None:
    contrast = guide.contrast(opening_patient, MRI_BOTH, CT_WITHOUT)
    assert contrast.first.next
    assert not contrast.second.next
    assert {rated.category for rated in contrast.second.ratings} == {"Usually Appropriate"}
    assert contrast.preference is not None
    assert contrast.preference.id == "mri-with-and-without-before-ct"
    assert "shows poorly: spinal cord" in contrast.second.shows
    assert "shows well: spinal cord" in contrast.first.shows


def test_a_category_separates_before_a_preference(guide: kg.Guide, opening_patient: kg.Case) -> None:
    contrast = guide.contrast(opening_patient, MRI_BOTH, "bone-scan-whole-body")
    assert contrast.decided_by.startswith("the category")


def test_an_unknown_name_offers_the_nearest(guide: kg.Guide, opening_patient: kg.Case) -> None:
    with pytest.raises(UnknownTermError, match="did you mean 'abnormal-radiograph'"):
        guide.why(opening_patient, "abnormal-radiogaph")
    with pytest.raises(UnknownTermError, match="`nextstudy find WORD` searches them"):
        guide.why(opening_patient, "nonsense")
    with pytest.raises(UnknownTermError):
        guide.contrast(opening_patient, MRI_BOTH, "nonsense")


@pytest.mark.parametrize(
    ("order", "verdict", "warnings", "better"),
    [
        (MRI_BOTH, "best", {"myelopathy-delay"}, []),
        (CT_WITHOUT, "rated equally, another preferred", {"myelopathy-delay", "ct-because-faster"}, [MRI_BOTH]),
        (MRI_WITHOUT, "rated equally, another preferred", {"myelopathy-delay", "no-contrast"}, [MRI_BOTH]),
        ("ct-myelography-thoracic-spine", "lower rated", {"myelopathy-delay"}, [MRI_BOTH]),
        ("bone-scan-whole-body", "not appropriate", {"myelopathy-delay", "staging-first"}, [MRI_BOTH]),
        ("fdg-pet-ct-skull-base-to-mid-thigh", "not appropriate", {"myelopathy-delay", "staging-first"}, [MRI_BOTH]),
        ("radiography-thoracic-spine", "already performed", {"myelopathy-delay"}, [MRI_BOTH]),
    ],
)
def test_an_order(
    guide: kg.Guide, opening_patient: kg.Case, order: str, verdict: str, warnings: set[str], better: list[str]
) -> None:
    check = guide.check_order(opening_patient, order)
    assert check.verdict == verdict
    assert {warning.id for warning in check.warnings} == warnings
    assert [contrast.first.study.id for contrast in check.better] == better
    assert max(map(len, str(check).splitlines())) <= 80


def test_an_order_that_cannot_be_done(guide: kg.Guide, opening_patient: kg.Case) -> None:
    check = guide.check_order(opening_patient.with_facts(present=["mri-unsafe-implant"]), MRI_BOTH)
    assert check.verdict == "contraindicated"
    assert [contrast.first.study.id for contrast in check.better] == [CT_WITHOUT]
    assert check.better[0].decided_by.endswith("is contraindicated")


def test_an_order_that_was_not_rated(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain", "abnormal-thoracic-radiograph"])
    assert guide.check_order(case, "radiography-thoracic-spine").verdict == "not rated in this source"


def test_an_order_where_nothing_is_settled(guide: kg.Guide) -> None:
    case = kg.Case(present=["thoracic-back-pain"])
    assert guide.check_order(case, MRI_BOTH).verdict == "cannot be judged yet"


def test_contrast_omitted_with_a_suspicion(guide: kg.Guide) -> None:
    case = kg.Case(present=["adult", "thoracic-back-pain", "history-of-cancer"])
    assert "no-contrast-with-suspicion" in {warning.id for warning in guide.check_order(case, MRI_WITHOUT).warnings}
