"""Several topics in one folder, and each of them alone: what belongs to none is in the folder ``spine``."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import kg
from kg.author.check import check
from kg.patient.reasons.why import Reasons
from tests.conftest import ROOT

ENTRY = {
    "low-back-pain": "lumbar-back-pain",
    "myelopathy": "myelopathy-is-the-question",
    "suspected-spine-infection": "suspected-spinal-infection",
    "thoracic-back-pain": "thoracic-back-pain",
}
LEVELS = ("lumbar-back-pain", "thoracic-back-pain")


@dataclass(frozen=True)
class Leaves:
    """What leaves the spine topics at any level of pain; by hand, from the facts' lists of hand-offs."""

    neighbour: str
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    age: float = 50

    def case(self, level: str) -> kg.Case:
        """The same patient with pain of a level."""
        return kg.Case(measured={"age": self.age}, present=[level, *self.present], absent=self.absent)


SHARED = (
    Leaves("back-pain-child", age=12),
    Leaves("acute-spinal-trauma", ("high-energy-trauma",)),
    Leaves(
        "vertebral-compression-fractures", ("prior-vertebral-compression-fracture",), ("red-flag", "neurologic-deficit")
    ),
    Leaves("vascular-or-visceral-pathway", ("known-aortic-aneurysm",)),
    Leaves("vascular-or-visceral-pathway", ("interscapular-pain", "sudden-severe-pain")),
    Leaves("vascular-or-visceral-pathway", ("referred-visceral-pain",)),
    Leaves("inflammatory-back-pain", ("inflammatory-back-pain-pattern",)),
)


@cache
def _guide() -> kg.Guide:
    return kg.load()


@pytest.fixture(scope="module", params=sorted(ENTRY))
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The finding that enters a topic, and a folder with the vocabulary and this topic only."""
    folder = tmp_path_factory.mktemp("alone") / "content"
    shutil.copytree(ROOT / "ontology", folder)
    for path in (folder / "topics").iterdir():
        if path.stem != request.param:
            shutil.rmtree(path)
    return ENTRY[request.param], folder


def test_the_folder_has_the_topics_that_are_tried() -> None:
    assert {path.stem for path in (ROOT / "ontology" / "topics").iterdir()} == ENTRY.keys()


def test_each_topic_alone_is_valid_and_its_examples_hold(alone: tuple[str, Path]) -> None:
    report = check(alone[1])
    assert [f"{each.place}: {each.message}" for each in report.errors] == []
    assert not any(each.startswith("0 examples") for each in report.checked)


def test_a_shared_hand_off_acts_at_every_level_and_alone(alone: tuple[str, Path]) -> None:
    level, folder = alone
    if level not in LEVELS:
        level = "lumbar-back-pain"
    single = kg.load(folder)
    for each in SHARED:
        for guide in (single, _guide()):
            answer = guide.assess(each.case(level))
            assert (answer.outcome.id, [to.neighbour.id for to in answer.handed_to]) == (
                "no-criteria-apply",
                [each.neighbour],
            )


def test_a_deficit_that_progresses_fast_is_called_for_at_every_level_and_alone(alone: tuple[str, Path]) -> None:
    level, folder = alone
    case = kg.Case(measured={"age": 60}, present=[level, "rapidly-progressing-deficit"])
    for guide in (kg.load(folder), _guide()):
        called = {contact.id for each in guide.assess(case).escalations if each.applies for contact in each.contacts}
        assert {"neurosurgery", "spine-surgery"} <= called


@pytest.mark.parametrize(("finding", "topics"), [(finding, {slug}) for slug, finding in sorted(ENTRY.items())])
def test_a_case_of_one_level_loads_one_topic(finding: str, topics: set[str]) -> None:
    """A shared hand-off, or one to the topic that takes the case anyway, is no reason to load another topic."""
    loaded = _guide().core.entered(_guide().core.facts(kg.Case(present=[finding])))
    assert {topic.rsplit("/", 1)[1] for topic in loaded} == topics


def test_pain_that_is_lumbar_and_not_thoracic_is_handed_over_only_where_the_lumbar_topic_is_missing(
    alone: tuple[str, Path],
) -> None:
    case = kg.Case(measured={"age": 50}, present=["lumbar-back-pain"], absent=["thoracic-back-pain"])
    answer = kg.load(alone[1]).assess(case)
    missing = alone[0] == "thoracic-back-pain"  # whose hand-off it is
    assert [to.neighbour.id for to in answer.handed_to] == (["low-back-pain"] if missing else [])
    assert _guide().assess(case).outcome.id == "needs-information"


def test_both_levels_suspicious_both_levels_are_imaged() -> None:
    answer = _guide().assess(
        kg.Case(
            measured={"age": 60},
            present=["lumbar-back-pain", "thoracic-back-pain", "night-pain"],
            absent=["neurologic-deficit"],
            assume_absent=["prior-spine-surgery", "thoracic-radiograph-performed"],
        )
    )
    assert answer.outcome.id == "recommended"
    assert {each.id for each in answer.scenarios} == {
        "lumbar-cancer-infection-immunosuppression",
        "cancer-infection-immunosuppression",
    }
    assert {each.id for each in answer.best} == {
        "mri-lumbar-spine-without-contrast",
        "mri-lumbar-spine-without-and-with-contrast",
        "mri-thoracic-spine-without-and-with-contrast",
    }


def test_acute_pain_of_both_levels_and_nothing_else_is_imaged_at_neither() -> None:
    answer = _guide().assess(
        kg.Case(
            measured={"age": 40, "pain-duration-weeks": 1},
            present=["lumbar-back-pain", "thoracic-back-pain"],
            absent=["neurologic-deficit", "red-flag", "prior-conservative-management"],
            assume_absent=["fracture-risk-factor", "prior-spine-surgery", "thoracic-radiograph-performed"],
        )
    )
    assert answer.outcome.id == "no-imaging"
    assert {each.id for each in answer.scenarios} == {"acute-low-back-pain", "acute-uncomplicated"}


def test_one_level_imaged_and_the_other_not_sorted_out_is_not_complete() -> None:
    case = kg.Case(
        measured={"age": 40},
        present=["lumbar-back-pain", "thoracic-back-pain", "radiculopathy"],
        absent=["major-neurologic-deficit"],
        assume_absent=["red-flag", "fracture-risk-factor", "prior-spine-surgery", "thoracic-radiograph-performed"],
    ).after("mri-thoracic-spine-without-contrast", absent=["destructive-process-sign"])
    answer = _guide().assess(case)
    assert answer.outcome.id == "needs-information"
    assert [each.id for each in answer.scenarios] == ["myelopathy-or-radiculopathy"]
    assert {"acute-low-back-pain", "subacute-or-chronic-low-back-pain", "intervention-candidate"} <= {
        each.id for each in answer.could_lead
    }


def test_a_numb_saddle_calls_the_surgeons_at_whatever_level_the_pain_is() -> None:
    for level in ([], ["back-pain"], ["thoracic-back-pain"], ["lumbar-back-pain"]):
        answer = _guide().assess(kg.Case(measured={"age": 50}, present=[*level, "saddle-anesthesia"]))
        assert answer.urgency is not None and answer.urgency.level.id == "emergent"
        assert any(each.applies for each in answer.escalations)
        assert bool(answer.best) == (level == ["lumbar-back-pain"]), "a study is named only where the topic rates one"


def test_why_not_a_scenario_of_a_topic_that_the_case_does_not_enter(guide: kg.Guide, opening_patient: kg.Case) -> None:
    reasons = guide.why(opening_patient, "suspected-cauda-equina-syndrome")
    assert isinstance(reasons, Reasons)
    (verdict,) = reasons
    assert verdict.status == "could apply"
    assert [criterion.label for criterion in verdict.criteria if criterion.state == "open"] == ["low back pain"]
