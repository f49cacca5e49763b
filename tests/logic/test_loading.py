"""Loading decides nothing: which slice is loaded for a case is only a matter of speed."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.author.examples import examples
from kg.knowledge.content.content import of_graphs
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, RDFS_LABEL, ns
from kg.patient.facts import facts, stated
from kg.patient.reasons.why import Reasons
from tests.judges.generate import cases, guideline
from tests.judges.loading import answered, difference, entangled, unsaid, whole
from tests.judges.truth import Knowledge

LEVELS = (
    *(None, "cervical-pain", "thoracic-back-pain", "interscapular-pain"),
    *("spinal-pain", "back-pain", "lumbar-back-pain"),
)
LEGS = ("bilateral-leg-weakness", "paraparesis", "paraplegia")
SPHINCTERS = ("bladder-or-bowel-dysfunction", "urinary-retention", "urinary-incontinence", "bowel-incontinence")
INFECTED = kg.Performed("mri-thoracic-spine-without-and-with-contrast", present=("disc-space-destruction", "phlegmon"))


def patients() -> list[kg.Case]:
    """Signs of cauda equina syndrome at every level of pain, and an infection on MRI of another level or of none."""
    return [
        *(
            kg.Case(measured={"age": 50}, present=[legs, sphincter, *([pain] if pain else [])])
            for legs, sphincter, pain in product(LEGS, SPHINCTERS, LEVELS)
        ),
        kg.Case(measured={"age": 60}, present=["lumbar-back-pain"], performed=[INFECTED]),
        kg.Case(measured={"age": 60}, performed=[INFECTED]),
    ]


def test_weak_legs_and_a_bladder_that_fails_are_an_emergency_whatever_hurts(guide: kg.Guide) -> None:
    for case in patients()[:-2]:
        answer = guide.assess(case)
        assert answer.urgency is not None and answer.urgency.level.id == "emergent", case.to_dict()
        calls = [each for each in answer.escalations if each.applies]
        assert {"neurosurgery", "spine-surgery"} <= {contact.id for each in calls for contact in each.contacts}


@pytest.mark.parametrize("case", patients()[-2:], ids=["pain of another level", "no complaint"])
def test_an_infection_seen_on_mri_is_acted_on_at_once_whatever_hurts(guide: kg.Guide, case: kg.Case) -> None:
    answer = guide.assess(case)
    assert [result.pattern.id for result in answer.results] == ["infection"]
    assert [action.urgency.id for action in answer.actions if "consult" in action.recommendation.id] == ["urgent"]
    assert "thoracic-back-pain" in {topic["id"] for topic in answer.topics}, "the answer names what it rests on"


def test_why_says_what_the_answer_shows(guide: kg.Guide) -> None:
    for case in patients()[::9]:
        for name, kind in (("cauda-equina", "Escalation"), ("myelopathy", "UrgencyRule")):
            verdicts = guide.why(case, name)
            assert isinstance(verdicts, Reasons)
            assert (kind, "applies") in {(each.kind, each.status) for each in verdicts}


def test_what_orders_scenarios_acts_only_in_a_topic_that_is_entered(guide: kg.Guide) -> None:
    for level, status in (("thoracic-back-pain", "not entered"), ("lumbar-back-pain", "applies")):
        case = kg.Case(measured={"age": 60}, present=[level], absent=["suspicion-of-cancer", "suspicion-of-infection"])
        (verdict,) = guide.why(case, "lumbar-surgery-first")  # type: ignore[misc]
        assert {criterion.state for criterion in verdict.criteria} == {"met"}
        assert verdict.status == status


def test_every_part_of_the_answer_is_that_of_the_whole_content(guide: kg.Guide) -> None:
    everything, knowledge = whole(guide), Knowledge(guide.core.content)
    worked = [example.case for example in examples(guide)]
    drawn = list(cases(Random("loading"), knowledge, 12))
    for case in (*worked[::7], *patients()[::5], *drawn):
        assert not difference(guide, everything, case), case.to_dict()
        assert not unsaid(guide, case), case.to_dict()


def test_topics_that_speak_of_each_other_are_answered_as_a_whole(tmp_path: Path) -> None:
    rng, tried, beyond = Random("loading"), 0, 0
    for number in range(30):
        content = guideline(rng, tmp_path / str(number))
        if len(content.topics) < 2:
            continue
        guide = kg.Guide(entangled(content, rng))
        if guide.core.content.unfinished:  # a circle of scenarios, which answers nobody
            continue
        everything, knowledge = whole(guide), Knowledge(guide.core.content)
        for case in cases(rng, knowledge, 12):
            tried += 1
            beyond += bool(
                guide.core.beyond(facts(case, guide.core.lexicon), guide.core.entered(guide.core.facts(case)))
            )
            assert not difference(guide, everything, case), (number, case.to_dict())
            assert not unsaid(guide, case), (number, case.to_dict())
    assert tried > 50 and beyond > 5


def test_a_question_about_a_case_is_answered_from_the_whole(guide: kg.Guide) -> None:
    everything = whole(guide)
    asked = ("verdict", "why", "why-not", "how-urgent", "whom-to-call", "what-is-open", "what-to-check", "next-study")
    for case in patients()[::11]:
        for question in asked:
            assert guide.ask(question, case=case) == everything.ask(question, case=case), (question, case.to_dict())


def test_an_order_and_a_pathway_see_the_same(guide: kg.Guide) -> None:
    everything = whole(guide)
    for case in patients()[:6]:
        order = "radiography-lumbar-spine"
        assert guide.check_order(case, order).to_dict() == everything.check_order(case, order).to_dict()
        assert guide.pathway(case, 1).to_dict() == everything.pathway(case, 1).to_dict()


def test_a_rule_is_laid_out_only_where_each_criterion_could_be_met(guide: kg.Guide) -> None:
    entry = kg.Case(measured={"age": 60}, present=["lumbar-back-pain"])
    seen = kg.Case(measured={"age": 60}, present=["lumbar-back-pain"], performed=[INFECTED])
    laid = [
        guide.core.beyond(facts(case, guide.core.lexicon), guide.core.entered(guide.core.facts(case)))
        for case in (entry, seen)
    ]
    assert len(laid[0]) < len(laid[1])


def test_what_a_case_states_is_read_off_its_triples(guide: kg.Guide) -> None:
    case = kg.Case(
        measured={"age": 50},
        present=["fever"],
        absent=["neurologic-deficit"],
        assume_absent=["red-flag"],
        order="radiography-lumbar-spine",
        performed=[kg.Performed("radiography-thoracic-spine", present=("pedicle-lucency",), absent=("phlegmon",))],
    )
    found = {(given, iri.rsplit("/", 1)[1]) for given, iri in stated(facts(case, guide.core.lexicon))}
    assert found == {
        ("measured", "age"),
        ("present", "fever"),
        ("absent", "neurologic-deficit"),
        ("assumedAbsent", "red-flag"),
        ("order", "radiography-lumbar-spine"),
        ("performed", "radiography-thoracic-spine"),
        ("presumes", "studies-are-listed"),
        ("seen", "pedicle-lucency"),
        ("unseen", "phlegmon"),
    }


def test_the_judge_sees_what_is_not_laid_out(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge itself: where no rule of another topic is laid out, the lost result is found."""
    case = kg.Case(measured={"age": 60}, present=["lumbar-back-pain"], performed=[INFECTED])
    monkeypatch.setattr("kg.knowledge.content.beyond.Beyond.rules", lambda *_: [])
    blind = kg.Guide(guide.core.content)
    assert "results" in difference(blind, whole(guide), case)
    assert answered(blind, case) != answered(whole(guide), case)


def test_what_comes_near_elsewhere_fails_there_too(guide: kg.Guide) -> None:
    """A hand-off is laid out as it could apply, closing the world; what fails of it is judged where it stands."""
    topic = next(name for name in guide.core.content.topics if name.endswith("/low-back-pain"))
    away, smoking, pressure = (
        NamedNode(f"{topic}/hand-off/away{part}") for part in ("", "/criterion/smoking", "/criterion/no")
    )
    described = [Quad(NamedNode(topic), ns("handOff"), away), Quad(away, RDF_TYPE, ns("HandOff"))]
    described += [Quad(each, RDFS_LABEL, Literal("away")) for each in (away, smoking, pressure)]
    described += [Quad(away, ns("criterion"), each) for each in (smoking, pressure)]
    known = (quad for triples in guide.core.content.graphs.values() for quad in triples)
    neighbour = next(quad.object for quad in known if quad.predicate == ns("neighbour"))
    described.append(Quad(away, ns("neighbour"), neighbour))  # without one, the topic would be unfinished
    described += [
        Quad(smoking, ns("ifPresent"), NamedNode(f"{BASE}finding/smoking")),
        Quad(pressure, ns("ifAbsent"), NamedNode(f"{BASE}finding/hypertension")),
    ]
    graphs = {
        name: [*triples, *(described if name == topic else ())] for name, triples in guide.core.content.graphs.items()
    }
    with_it = kg.Guide(of_graphs(graphs, guide.core.content.prefixes))
    case = kg.Case(present=["smoking", "hypertension", "cervical-pain"], assume_absent=["red-flag"])
    assert not difference(with_it, whole(with_it), case)
    (near,) = [each for each in with_it.assess(case).nearest if each.id == "away"]
    assert near.failed and not near.open
