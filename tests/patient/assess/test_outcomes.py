"""The six outcomes, each for a case in ``examples/outcomes`` with its name."""

from __future__ import annotations

from dataclasses import replace

import pytest
import rdflib

import kg
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import NS, ns, slug
from kg.patient.facts import THIS_CASE
from tests.conftest import ROOT
from tests.judges.truth import Knowledge

FILES = {path.stem: path for path in sorted((ROOT / "examples" / "outcomes").glob("*.json"))}

FIRST_LINES = {
    "recommended": "RECOMMENDED: the next study\n"
    "  MRI thoracic spine without and with IV contrast: Usually Appropriate, O 0 mSv\n",
    "consider": "URGENT. CONSIDER: any one of these equally rated studies; MRI thoracic spine\n"
    "  without IV contrast cannot be done, and no study that can be done is Usually\n"
    "  Appropriate\n"
    "  CT myelography thoracic spine: May Be Appropriate,",
    "no-imaging": "NO IMAGING: every study rated here is Usually Not Appropriate\n",
    "needs-information": "NEEDS INFORMATION: the answer depends on facts that are still unknown\n",
    "no-criteria-apply": "NO CRITERIA APPLY: the case belongs to another topic or pathway\n",
    "pathway-complete": "PATHWAY COMPLETE: the studies of this scenario are done; the remaining steps are\n  actions\n",
}

ALSO_SAID = {
    "recommended": "SCENARIO: Thoracic back pain with suspected cancer or infection",
    "consider": "CONTRAINDICATED",
    "no-imaging": "SCENARIO: Acute thoracic back pain without red flags",
    "needs-information": "UNKNOWN FACTS THAT MATTER\n  - ",
    "no-criteria-apply": "BELONGS TO\n  ACR topic Back Pain-Child",
    "pathway-complete": "Abnormal thoracic radiograph with thoracic back pain, next imaging",
}


def test_there_is_an_example_of_each_outcome(guide: kg.Guide) -> None:
    said = Knowledge(guide.core.content).said["scale"]
    assert set(FILES) == set(FIRST_LINES) == {slug(node) for node, scales in said.items() if "outcome" in scales}


@pytest.mark.parametrize("name", FILES)
def test_an_outcome_and_its_text(name: str, guide: kg.Guide) -> None:
    answer = guide.assess(kg.Case.read(FILES[name]))
    assert answer.outcome.id == name
    assert answer.explain().startswith(FIRST_LINES[name])
    assert ALSO_SAID[name] in answer.explain()
    assert max(map(len, answer.explain().splitlines())) <= 80


def test_studies_are_offered_only_where_the_outcome_says_so(guide: kg.Guide) -> None:
    offering = {name for name, path in FILES.items() if guide.assess(kg.Case.read(path)).best}
    assert offering == {"recommended", "consider"}


def test_scenarios_that_rate_nothing_do_not_say_that_no_imaging_is_needed(guide: kg.Guide) -> None:
    content = guide.core.content
    unrated = {name: tuple(t for t in graph if t.predicate != ns("rating")) for name, graph in content.graphs.items()}
    made = {ns("silentOn"), ns("rates"), ns("admits")}
    derived = tuple(t for t in content.derived if t.predicate not in made)
    silent = kg.Guide(Content(unrated, derived, content.prefixes))
    for path in FILES.values():
        assert silent.assess(kg.Case.read(path)).outcome.id in {"needs-information", "no-criteria-apply"}


def test_a_study_whose_radiation_nobody_states_is_shown_all_the_same(guide: kg.Guide) -> None:
    content, left_out = guide.core.content, (ns("radiationLevel"), ns("confidence"))
    bare = {name: tuple(t for t in graph if t.predicate not in left_out) for name, graph in content.graphs.items()}
    case = kg.Case.read(FILES["recommended"])
    answer = kg.Guide(Content(bare, content.derived, content.prefixes)).assess(case)
    assert [study.id for study in answer.best] == [study.id for study in guide.assess(case).best]
    assert {(study.radiation, study.confidence) for study in answer.studies} == {("not stated", "not stated")}


def test_the_turtle_of_a_case_holds_what_comes_near_and_what_to_ask_in_order(guide: kg.Guide) -> None:
    case = kg.Case(present=["interscapular-pain"], measured={"age": 10})
    answer, graph = guide.assess(case), rdflib.Graph().parse(data=guide.to_turtle(case), format="turtle")
    for relation, what, expected in (("near", "comesNear", answer.nearest), ("asks", "asksFor", answer.questions)):
        rows = graph.query(f"""PREFIX ns: <{NS}> SELECT ?what WHERE {{
            ?case a ns:Case ; ns:{relation} ?node . ?node ns:place ?place ; ns:{what} ?what }} ORDER BY ?place""")
        assert [slug(str(row[0])) for row in rows] == [part.id for part in expected] != []  # type: ignore[index]


def test_the_turtle_of_a_case_holds_its_urgency_and_the_verdict_on_its_order(guide: kg.Guide) -> None:
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    case = replace(case, order="ct-thoracic-spine-without-contrast")
    graph = rdflib.Graph().parse(data=guide.to_turtle(case), format="turtle")
    said = {
        name: [slug(str(value)) for value in graph.objects(rdflib.URIRef(THIS_CASE.value), rdflib.URIRef(NS + name))]
        for name in ("urgency", "orderRating", "orderVerdict")
    }
    # tests/expected/ratings.csv rates it as the MRI that is preferred to it; the signs are of the cord.
    assert said == {
        "urgency": ["emergent"],
        "orderRating": ["usually-appropriate"],
        "orderVerdict": ["order-rated-equally"],
    }


def test_a_report_may_name_what_is_not_seen_by_its_own_word(guide: kg.Guide) -> None:
    """Not "structural abnormality" is not seen on the film, but "the film shows a structural abnormality"."""
    film, abnormal = "radiography-thoracic-spine", "abnormal-radiograph"
    for absent in ("structural-abnormality", "abnormal-thoracic-radiograph"):
        case = kg.Case(
            measured={"age": 50}, present=["thoracic-back-pain"], performed=[kg.Performed(film, absent=(absent,))]
        )
        assert abnormal not in {scenario.id for scenario in guide.assess(case).could_lead}
        reasons = guide.why(case, f"thoracic-back-pain/{abnormal}")
        assert isinstance(reasons, tuple) and [each.status for each in reasons] == ["ruled out"]
    kind = kg.Case(
        present=["thoracic-back-pain"],
        performed=[kg.Performed(film, absent=("bone-destruction-on-thoracic-radiograph",))],
    )
    assert abnormal in {scenario.id for scenario in guide.assess(kind).could_lead}
