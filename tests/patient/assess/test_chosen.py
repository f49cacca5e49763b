"""What a person chooses: a basis of its own, checked against the facts, that changes nothing of what keeps safe."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

import kg
from kg.author.check import check
from kg.author.prove.prover import REFUTED, Prover
from kg.command.verbs import main
from kg.errors import CaseError, ContentError, UnknownTermError
from kg.knowledge.content.content import read
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.patient.facts import THIS_CASE, case_of
from kg.patient.what_if.completions import DECISION
from tests.conftest import ROOT, copied
from tests.judges.faults.query_faults import QueryFault
from tests.judges.generate import cases, choosing
from tests.judges.truth import Knowledge

ACUTE = "low-back-pain/acute-low-back-pain"
FEVER = kg.Case(present=["lumbar-back-pain", "fever"], measured={"age": 40}, scenario=[ACUTE])
MRI = "mri-lumbar-spine-without-contrast"
CTA = "cta-pulmonary-arteries"
HIGH = "suspected-pulmonary-embolism/high-pretest-probability"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped content with a topic that has ratings only."""
    place = tmp_path_factory.mktemp("chosen") / "ontology"
    copied(place)
    shutil.copy(ROOT / "tests" / "chosen" / "suspected-pulmonary-embolism.ttl", place / "topics")
    return place


@pytest.fixture(scope="module")
def wide(folder: Path) -> kg.Guide:
    return kg.load(folder)


@pytest.fixture(scope="module")
def knowledge(guide: kg.Guide) -> Knowledge:
    return Knowledge(guide.core.content)


def concluded(guide: kg.Guide, case: kg.Case) -> Mapping[str, list[str]]:
    with guide.core.evaluation(case, guide.core.topics) as (_, evaluation):
        return evaluation.conclusions(THIS_CASE)


# ---------------------------------------------------------------------- choosing decides nothing but what was chosen

OF_THE_FACTS = (
    *("met", "failed", "applies", "ruledOut", "acts", "entered", "mayEnter", "movedBy", "left", "handedTo", "matched"),
    *("considered", "outranked", "contraindicated", "cautioned", "alreadyPerformed", "urgency", "urgencyDependsOn"),
)
"""What is judged as always, whatever is chosen."""

OF_THE_CHOICE = {"chosen", "basis", *(slug(name) for name in ("chosenFailed", "chosenHeeded", "chosenRobust"))}


@pytest.mark.parametrize("chunk", range(3))
def test_choosing_changes_nothing_that_the_facts_decide(guide: kg.Guide, knowledge: Knowledge, chunk: int) -> None:
    rng = Random(f"choosing {chunk}")
    led = 0
    for case in cases(rng, knowledge, 25):
        chosen = choosing(rng, knowledge, case)
        plain = concluded(guide, kg.Case.from_dict({k: v for k, v in chosen.to_dict().items() if k != "scenario"}))
        found = concluded(guide, chosen)
        assert {n: found[n] for n in OF_THE_FACTS} == {n: plain[n] for n in OF_THE_FACTS}, chosen.to_dict()
        if found["matched"]:  # then the whole answer is that of the facts, and what was chosen stands beside
            led += 1
            for name in found.keys() | plain.keys():
                if not name.startswith("chosen") and name != "basis":
                    assert found[name] == plain[name], (name, chosen.to_dict())
    assert led > 3


@pytest.mark.parametrize("chunk", range(3))
def test_a_failed_criterion_is_said_first_and_never_robust(guide: kg.Guide, knowledge: Knowledge, chunk: int) -> None:
    rng = Random(f"failed {chunk}")
    failed = 0
    for case in (choosing(rng, knowledge, each) for each in cases(rng, knowledge, 20)):
        answer = guide.assess(case)
        for chosen in answer.chosen:
            states = [criterion.state for criterion in chosen.criteria]
            assert states == sorted(states, key=("failed", "open", "met").index), case.to_dict()
            if chosen.failed:
                failed += 1
                assert not any(study.robust for study in chosen.studies)
                calls = [line for line in str(answer).splitlines() if line.startswith(("CHOSEN, BUT", *OUTCOMES))]
                assert calls[0].startswith("CHOSEN, BUT IT DOES NOT FIT"), case.to_dict()
                assert all(criterion.facts for criterion in chosen.failed), case.to_dict()
    assert failed > 1


OUTCOMES = (
    "NEXT",
    "CONSIDER",
    "NO IMAGING",
    "NEEDS INFORMATION",
    "NO CRITERIA",
    "PATHWAY",
    "EMERGENT",
    "URGENT",
)


def test_where_facts_lead_elsewhere_both_stand_side_by_side(guide: kg.Guide) -> None:
    answer = guide.assess(FEVER)
    (chosen,) = answer.chosen
    assert (answer.basis.id, answer.outcome.id, chosen.basis) == ("both", "recommended", "chosen")
    assert [held.id for held in answer.scenarios] == [
        "lumbar-cancer-infection-immunosuppression",
        "pain-with-risk-lumbar",
    ]
    assert [(each.label, each.facts[0].text) for each in chosen.failed] == [("no red flag", "Fever")]
    assert str(answer).startswith("CHOSEN, BUT IT DOES NOT FIT  Acute low back pain")
    assert "it says no red flag; stated: Fever." in " ".join(str(answer).split())
    text = answer.explain()
    assert "RATED STUDIES, AS CHOSEN: Acute low back pain" in text
    assert "Next as chosen: no study" in text
    html = answer.html()
    assert html.index("Chosen, but it does not fit") < html.index("Next")


def test_what_the_facts_lead_to_as_well_rests_on_both(guide: kg.Guide) -> None:
    case = kg.Case(present=["lumbar-back-pain", "fever"], measured={"age": 40})
    chosen = guide.assess(case.choosing("lumbar-cancer-infection-immunosuppression"))
    assert [each.basis for each in chosen.chosen] == ["both"]
    assert [study.id for study in chosen.chosen[0].best] == [study.id for study in guide.assess(case).best]
    assert "The facts lead to what was chosen." in str(chosen)


def test_a_choice_leads_where_nothing_matches(guide: kg.Guide) -> None:
    answer = guide.assess(kg.Case(scenario=["thoracic-back-pain/myelopathy-or-radiculopathy"]))
    assert (answer.basis.id, answer.outcome.id) == ("chosen", "recommended")
    assert {study.id for study in answer.best} == {study.id for study in answer.chosen[0].best}
    assert str(answer).startswith("NEXT, AS CHOSEN")
    assert not answer.settled.studies, "facts may put another scenario first"
    assert {criterion.state for criterion in answer.chosen[0].criteria} == {"open"}


def test_a_choice_against_the_facts_does_not_say_that_no_imaging_is_needed(guide: kg.Guide) -> None:
    sure, against = kg.Case(scenario=[ACUTE]), kg.Case(present=["fever"], scenario=[ACUTE])
    assert guide.assess(sure).outcome.id == "no-imaging"
    assert guide.assess(against).outcome.id == "needs-information"


def test_whoever_belongs_elsewhere_is_handed_over_whatever_is_chosen(guide: kg.Guide) -> None:
    answer = guide.assess(kg.Case(present=["lumbar-back-pain"], measured={"age": 9}, scenario=[ACUTE]))
    assert (answer.outcome.id, answer.basis.id) == ("no-criteria-apply", "both")
    assert answer.handed_to and [each.id for each in answer.chosen] == ["acute-low-back-pain"]


def test_a_preference_of_a_chosen_scenario_is_heeded(guide: kg.Guide) -> None:
    """Also one that gives way to another of the same scenario, whose own criterion is met."""
    plain = kg.Case(scenario=["thoracic-back-pain/prior-thoracic-surgery"])
    assert [study.id for study in guide.assess(plain).best] == ["radiography-thoracic-spine"]
    cord = plain.with_facts(present=["major-neurologic-deficit"])
    assert {study.id for study in guide.assess(cord).best} >= {"mri-thoracic-spine-without-and-with-contrast"}


# ---------------------------------------------------------------------- how a case names it


def test_a_case_keeps_what_was_chosen(guide: kg.Guide) -> None:
    assert kg.Case.from_dict(FEVER.to_dict()) == FEVER
    assert hash(FEVER) != hash(kg.Case.from_dict({**FEVER.to_dict(), "scenario": []}))
    assert case_of(guide.derive(FEVER), THIS_CASE).scenario == (ACUTE,)
    assert kg.recheck(guide.capsule(FEVER), guide).same
    assert f"<https://w3id.org/nextstudy/topic/{ACUTE}>" in guide.to_turtle(FEVER)


@pytest.mark.parametrize(
    ("scenario", "error", "said"),
    [
        (
            ["acute-lowback-pain"],
            UnknownTermError,
            "not a scenario of this vocabulary; did you mean 'acute-low-back-pain'",
        ),
        (["fever"], UnknownTermError, "'fever' is not a scenario"),
        (["acute-low-back-pain", ACUTE], CaseError, "keep one"),
    ],
)
def test_what_is_no_scenario_is_refused_in_a_sentence(
    guide: kg.Guide, scenario: list[str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        guide.assess(kg.Case(scenario=scenario))
    rows = [{"id": "1", "present": [], "ordered": None, "scenario": scenario}]
    (refused,) = kg.audit(rows, guide).rejects.column("cause").to_pylist()
    assert refused.startswith("scenario")


def test_the_command_takes_what_was_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "case.json"
    place.write_text(json.dumps({"present": ["fever"]}), encoding="utf-8")
    for verb, *more in (
        ("recommend",),
        ("why", MRI),
        ("check-order", MRI),
        ("capsule",),
        ("pathway",),
        ("what-to-ask",),
        ("what-if", str(place)),
    ):
        assert main([verb, str(place), *more, "--scenario", ACUTE]) == 0, verb
        shown = capsys.readouterr().out
        assert verb in ("pathway", "what-to-ask", "what-if") or "acute-low-back-pain" in shown or "CHOSEN" in shown
        assert main([verb, str(place), *more, "--scenario", "acute"]) == 2, verb
        assert capsys.readouterr().err.startswith("nextstudy: 'acute' is not a scenario of this vocabulary")


def test_a_scenario_of_an_unfinished_topic_is_refused(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "ontology"
    shutil.copytree(folder, place)
    topic = place / "topics" / "suspected-pulmonary-embolism.ttl"
    topic.write_text(topic.read_text(encoding="utf-8").replace("ns:ratingsOnly true", 'ns:slug "x"'), encoding="utf-8")
    with pytest.raises(ContentError, match="is unfinished and answers nobody"):
        kg.load(place).assess(kg.Case(scenario=[HIGH]))


# ---------------------------------------------------------------------- a topic that has ratings only


def test_check_asks_for_no_criteria_where_there_are_ratings_only(folder: Path) -> None:
    report = check(folder, topic="suspected-pulmonary-embolism")
    assert not report.errors and not report.warnings, str(report)


def test_facts_never_find_a_scenario_without_criteria(wide: kg.Guide, knowledge: Knowledge) -> None:
    for case in cases(Random("ratings only"), knowledge, 15):
        found = concluded(wide, case)
        named_by = [iri for name in ("applies", "considered", "leading", "matched") for iri in found[name]]
        assert not [iri for iri in named_by if "pulmonary-embolism" in iri], case.to_dict()


def test_ratings_order_contraindications_and_safety_without_criteria(wide: kg.Guide) -> None:
    case = kg.Case(present=["iodinated-contrast-allergy", "saddle-anesthesia"], scenario=[HIGH])
    answer = wide.assess(case)
    assert (answer.basis.id, answer.outcome.id) == ("chosen", "recommended")
    assert {study.id for study in answer.best} == {CTA, "ventilation-perfusion-scan-lung"}
    assert [study.id for study in answer.studies if study.cautioned] == [CTA]
    assert not any(study.robust for study in answer.studies)
    assert any(check_.applies and CTA in check_.studies for check_ in answer.contraindications)
    plain = wide.assess(kg.Case(present=case.present))
    assert answer.urgency == plain.urgency and answer.urgency is not None and answer.urgency.level.id == "emergent"
    assert [e for e in answer.escalations if e.applies] == [e for e in plain.escalations if e.applies] != []
    verdicts = {study: wide.check_order(case, study).verdict for study in (CTA, "us-duplex-doppler-lower-extremity")}
    assert list(verdicts.values()) == ["best", "lower rated"]
    assert wide.check_order(case, "ct-chest-without-contrast").chosen_verdict == "not appropriate"
    assert wide.check_order(case, MRI).verdict == "not rated in this source"
    assert kg.recheck(wide.capsule(case), wide).same


def test_an_order_is_judged_against_both(guide: kg.Guide) -> None:
    found = guide.check_order(FEVER, MRI)
    assert (found.verdict, found.chosen_verdict) == ("best", "not appropriate")
    assert str(found).startswith("CHOSEN, BUT IT DOES NOT FIT")
    assert "\nAS CHOSEN  not appropriate, in Acute low back pain" in str(found)
    assert guide.check_order(kg.Case(present=FEVER.present), MRI).chosen_verdict == ""


def test_sparql_finds_what_was_chosen(wide: kg.Guide) -> None:
    with wide.core.evaluation(FEVER) as (_, evaluation):
        rows = evaluation.ask(named("ask", "what-was-chosen"))
        assert rows[0]["state"] == "failed" and rows[0]["criterion"].endswith("no-red-flag")
    matrix = wide.ask("ratings-of-topic", topic="suspected-pulmonary-embolism")
    assert len(matrix) == 8


def test_an_audit_says_what_assess_says(wide: kg.Guide, knowledge: Knowledge) -> None:
    rng = Random("audit of what was chosen")
    drawn = [choosing(rng, knowledge, case) for case in cases(rng, knowledge, 40)]
    drawn = [
        kg.Case.from_dict({k: v for k, v in c.to_dict().items() if k not in ("since", "assume_absent")}) for c in drawn
    ]
    drawn = [kg.Case.from_dict({**c.to_dict(), "presume": True, "performed": []}) for c in drawn]
    drawn += [kg.Case(present=["fever", "lumbar-back-pain"], measured={"age": 40}), kg.Case(scenario=[HIGH], order=CTA)]
    rows = [
        {
            "id": str(n),
            "performed": [],
            "ordered": case.order,
            **{k: v for k, v in case.to_dict().items() if k != "order"},
        }
        for n, case in enumerate(drawn)
    ]
    audit = kg.audit([{"present": [], **row} for row in rows], wide)
    refused = {int(number) for number in audit.rejects.column("id").to_pylist()}
    good = [case for number, case in enumerate(drawn) if number not in refused]
    for case, row in zip(good, audit.table.to_pylist(), strict=True):
        answer = wide.assess(case)
        assert row["basis"] == answer.basis.id, case.to_dict()
        assert row["outcome"] == answer.outcome.id
        assert sorted(map(slug, row["scenario"])) == sorted(slug(held.id) for held in answer.scenarios)
        assert sorted(map(slug, row["chosen_failed"])) == sorted(slug(c.id) for c in answer.chosen if c.failed)
        assert sorted(row["best"]) == sorted(study.id for study in answer.best)
    assert {row["basis"] for row in audit.table.to_pylist()} == {"matched", "chosen", "both"}
    assert audit.table.to_pylist()[-1]["chosen_rating"] == "usually-appropriate"


WITHOUT_CRITERIA = (
    QueryFault(
        "50-applies",
        "{ ?case a ns:Case . ?applies ns:criterionCount 0 }",
        "{ ?case ns:presentAtom ?any . ?applies a ns:Scenario FILTER NOT EXISTS { ?applies ns:criterion ?none } }",
        ("without-criteria-leads-only-if-chosen",),
    ),
    QueryFault(
        "65-leading",
        "?case ns:chosen ?leading .",
        "?leading a ns:Scenario . ?case ns:presentAtom ?any .",
        ("without-criteria-leads-only-if-chosen",),
    ),
)
"""Faults that only content with ratings only can show."""


def test_without_criteria_leads_only_if_chosen(folder: Path) -> None:
    content, query = read(folder), named("prove", "without-criteria-leads-only-if-chosen")
    with Prover(content, [query]) as prover:
        assert prover.of(query.name).status == "proved"
    for fault in WITHOUT_CRITERIA:
        with Prover(content, [query], rules=fault.rules) as prover:
            assert prover.of(query.name).status == REFUTED, str(fault)


def test_what_to_ask_and_what_if_keep_the_choice(guide: kg.Guide) -> None:
    assert DECISION == ("outcome", "best", "urgency")
    asked = guide.what_to_ask(FEVER)
    assert (
        asked.to_dict()["now"]
        == guide.what_to_ask(kg.Case.from_dict({**FEVER.to_dict(), "scenario": []})).to_dict()["now"]
    )
    change = guide.what_if(kg.Case(present=FEVER.present), kg.Case(present=FEVER.present, scenario=[ACUTE]))
    assert change.facts.gained == (f"chosen: {ACUTE}",)
