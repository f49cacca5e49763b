"""A scenario whose name another topic uses as well: named with its topic everywhere, never picked in silence."""

from __future__ import annotations

import shutil

import pytest

import kg
from kg.author.drafts.import_ratings import import_ratings
from kg.author.examples import differences, examples
from kg.errors import UnknownTermError
from kg.knowledge.content.content import read
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "example-ache"
ITCH, ACHE = "example-itch/with-warning-sign", "example-ache/with-warning-sign"


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> kg.Guide:
    """The made-up topic and its double."""
    folder = tmp_path_factory.mktemp("twins") / "ontology"
    shutil.copytree(shipped("ontology"), folder, ignore=shutil.ignore_patterns("topics", "mappings"))
    (folder / "topics").mkdir()
    path = folder / "topics" / "example-ache.ttl"
    path.write_text((HOW_TO / "example-ache.ttl").read_text(encoding="utf-8"), encoding="utf-8")
    ratings = import_ratings(HOW_TO / "example-ache.csv", folder, "example-ache")
    text = path.read_text(encoding="utf-8") + ratings
    path.write_text(text, encoding="utf-8")
    double = text.replace("example-", "itch-").replace("topic/itch-ache", "topic/example-itch")
    double = double.replace("topic:itch-ache", "topic:example-itch")
    (folder / "topics" / "example-itch.ttl").write_text(double, encoding="utf-8")
    return kg.Guide(read(folder))


def criteria(guide: kg.Guide, scenario: str) -> str:
    return str(guide.ask("criteria-of-scenario", scenario=scenario).to_csv())


def test_the_name_with_its_topic_and_the_iri_are_understood(twins: kg.Guide) -> None:
    for name, other in ((ITCH, ACHE), (ACHE, ITCH)):
        assert criteria(twins, name) == criteria(twins, f"https://w3id.org/nextstudy/topic/{name}")
        assert criteria(twins, name) != criteria(twins, other)


def test_an_ambiguous_name_is_refused_with_the_choices(twins: kg.Guide) -> None:
    for ask in (lambda: criteria(twins, "with-warning-sign"), lambda: twins.where("with-warning-sign")):
        with pytest.raises(UnknownTermError, match=f"say which: '{ACHE}', '{ITCH}'"):
            ask()


def test_what_is_offered_is_understood(twins: kg.Guide) -> None:
    found = [each.id for each in twins.find("with a warning sign", "Scenario")]
    assert {ACHE, ITCH} <= set(found)
    case = kg.Case(present=["example-ache", "example-warning-sign"])
    for name in (ACHE, ITCH):
        assert twins.where(name)
        assert len(list(twins.why(case, name))) == 1  # type: ignore[arg-type]


def test_an_answer_tells_them_apart(twins: kg.Guide) -> None:
    case = kg.Case(present=["example-ache", "example-warning-sign", "itch-ache", "itch-warning-sign"])
    answer = twins.assess(case)
    assert {scenario.id for scenario in answer.scenarios} == {ACHE, ITCH}
    assert {study.scenario for study in answer.studies} == {ACHE, ITCH}


def test_rows_and_reasons_tell_them_apart(twins: kg.Guide) -> None:
    rows = str(twins.ask("ratings"))
    assert ACHE in rows and ITCH in rows
    case = kg.Case(present=["example-ache", "example-warning-sign", "itch-ache", "itch-warning-sign"])
    check = str(twins.check_order(case, "mri-thoracic-spine-without-contrast"))
    assert f"[{ACHE}]" in check and f"[{ITCH}]" in check


def test_the_examples_of_both_hold(twins: kg.Guide) -> None:
    found = examples(twins)
    assert len(found) == 6
    assert not [wrong for example in found for wrong in differences(example, twins)]
