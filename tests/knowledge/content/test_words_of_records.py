"""The words that records use: what each of them decides, and what is recorded only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyoxigraph import Literal

import kg
from kg.errors import ContradictoryCaseError
from kg.knowledge.content.content import read
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import VOCABULARY, ns, slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.resources import shipped


def scenarios(guide: kg.Guide, **case: object) -> set[str]:
    """The scenarios that lead for a patient of 50."""
    measured = {"age": 50, **case.pop("measured", {})}  # type: ignore[dict-item]
    return {scenario.id for scenario in guide.assess(kg.Case(measured=measured, **case)).scenarios}  # type: ignore[arg-type]


def test_the_vocabulary_names_the_topics_that_it_was_written_for(guide: kg.Guide) -> None:
    graph = guide.core.content.graphs[VOCABULARY]
    said = {
        quad.object.value for quad in graph if quad.predicate == ns("writtenFor") if isinstance(quad.object, Literal)
    }
    assert said == {slug(topic) for topic in guide.core.topics}


@pytest.mark.parametrize("topic", ["low-back-pain", "thoracic-back-pain"])
def test_a_topic_can_be_left_out_without_an_error_about_its_findings(topic: str, tmp_path: Path) -> None:
    place = tmp_path / "content"
    shutil.copytree(shipped("ontology"), place, ignore=shutil.ignore_patterns(topic))
    assert Lookup(read(place)).rows(named("verify", "unused-finding")) == []


def test_a_measured_fever_is_fever(guide: kg.Guide) -> None:
    suspicion = {"cancer-infection-immunosuppression", "pain-with-risk-thoracic"}
    assert scenarios(guide, present=["thoracic-back-pain"], measured={"body-temperature": 38}) == suspicion
    assert scenarios(guide, present=["thoracic-back-pain"], measured={"body-temperature": 37.9}) == set()
    with pytest.raises(ContradictoryCaseError):
        scenarios(guide, absent=["fever"], measured={"body-temperature": 38.5})


def test_a_lower_temperature_does_not_deny_the_fever_of_last_night(guide: kg.Guide) -> None:
    case = {"present": ["thoracic-back-pain", "fever"], "measured": {"body-temperature": 36.8}}
    assert scenarios(guide, **case) == {"cancer-infection-immunosuppression", "pain-with-risk-thoracic"}
    with pytest.raises(kg.CaseError):
        scenarios(guide, measured={"body-temperature": 101})


@pytest.mark.parametrize("word", ["dialysis", "indwelling-vascular-catheter", "wound-over-spine", "meningism"])
def test_what_raises_the_suspicion_of_infection(word: str, guide: kg.Guide) -> None:
    assert scenarios(guide, present=["thoracic-back-pain", word]) == {"cancer-infection-immunosuppression"}


@pytest.mark.parametrize(
    "word", ["pressure-ulcer", "indwelling-urinary-catheter", "diabetes", "tachycardia", "onset-with-lifting"]
)
def test_what_is_recorded_only(word: str, guide: kg.Guide) -> None:
    with_word = guide.assess(kg.Case(measured={"age": 50}, present=["thoracic-back-pain", word]))
    without = guide.assess(kg.Case(measured={"age": 50}, present=["thoracic-back-pain"]))
    assert with_word.outcome == without.outcome
    assert with_word.best == without.best
    assert with_word.could_lead == without.could_lead


@pytest.mark.parametrize(
    "word", ["buttock-pain", "coccyx-pain", "sacroiliac-pain", "flank-pain", "hip-pain", "paraspinal-pain"]
)
def test_pain_elsewhere_enters_no_topic(word: str, guide: kg.Guide) -> None:
    assert guide.assess(kg.Case(measured={"age": 50}, present=[word])).topics == ()


def test_flank_pain_beside_back_pain_is_warned_of(guide: kg.Guide) -> None:
    answer = guide.assess(kg.Case(measured={"age": 50}, present=["lumbar-back-pain", "flank-pain"]))
    assert "chest-or-abdomen-with-back-pain" in {warning.id for warning in answer.warnings}


@pytest.mark.parametrize(
    "word", ["arm-weakness", "hand-weakness", "arm-numbness", "arm-paresthesia", "radiating-arm-pain", "leg-numbness"]
)
def test_a_sign_without_a_level_is_a_neurologic_sign(word: str, guide: kg.Guide) -> None:
    pain = {"present": ["thoracic-back-pain", "acute-pain"], "absent": ["red-flag", "prior-conservative-management"]}
    normal = {**pain, "absent": [*pain["absent"], "neurologic-deficit"]}
    assert scenarios(guide, **normal) == {"acute-uncomplicated"}
    assert scenarios(guide, present=[*pain["present"], word], absent=pain["absent"]) == set()


@pytest.mark.parametrize("word", ["implanted-stimulator", "implanted-pump"])
def test_an_implanted_device_is_checked_before_mri(word: str, guide: kg.Guide) -> None:
    answer = guide.assess(kg.Case(measured={"age": 50}, present=["thoracic-back-pain", "fever", word]))
    (check,) = (check for check in answer.contraindications if check.applies)
    assert check.degree == "relative"
    assert set(check.studies) > {"mri-thoracic-spine-without-contrast"}


def test_a_film_with_a_widened_paraspinal_line_is_abnormal(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 50}, present=["thoracic-back-pain"])
    case = case.after("radiography-thoracic-spine", present=["widened-paraspinal-line"])
    assert [scenario.id for scenario in guide.assess(case).scenarios] == ["abnormal-radiograph"]


def test_an_mri_of_the_whole_spine_is_one_of_each_level(guide: kg.Guide) -> None:
    case = kg.Case(measured={"age": 50}, present=["thoracic-back-pain"])
    case = case.after("mri-complete-spine", present=["marrow-replacing-lesion"])
    assert guide.assess(case).results
