"""Content is separable: a folder with a topic of another region, and without spine/, shows nothing of the spine."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

import kg
from kg.author.check import check
from kg.knowledge.sparql.iris import slug
from tests.conftest import ROOT

TOPIC = ROOT / "tests" / "other-region" / "knee-pain.ttl"

OTHERS = [path for part in ("spine", "topics") for path in sorted((ROOT / "ontology" / part).rglob("*.ttl"))]
"""The files that a folder of another region does without."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared vocabulary and a topic of the knee."""
    place = tmp_path_factory.mktemp("knee") / "content"
    shutil.copytree(ROOT / "ontology", place, ignore=shutil.ignore_patterns("spine", "topics"))
    (place / "topics").mkdir()
    shutil.copyfile(TOPIC, place / "topics" / TOPIC.name)
    return place


@pytest.fixture(scope="module")
def knee(folder: Path) -> kg.Guide:
    return kg.load(folder)


@pytest.fixture(scope="module")
def of_the_spine(knee: kg.Guide) -> frozenset[str]:
    """The identifiers of what only the left out files declare: rules, neighbours, findings, studies, statements."""
    quads = [quad for path in OTHERS for quad in parse(path=str(path), format=RdfFormat.TURTLE)]
    left_out = {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)}
    shared = {
        quad.subject.value
        for quad in knee.core.content.graphs["https://w3id.org/nextstudy/graph/vocabulary"]
        if isinstance(quad.subject, NamedNode)
    }
    found = {slug(iri) for iri in left_out - shared} - {slug(iri) for iri in shared}
    assert {
        "sudden-interscapular-pain",
        "chest-or-abdomen-with-back-pain",
        "acute-spinal-trauma",
        "red-flag",
    } - found == {"red-flag"}, "rules, warnings and neighbours of the spine are left out, what any region knows is not"
    return frozenset(found)


def words(data: object) -> set[str]:
    """Every text in a structure of JSON."""
    if isinstance(data, dict):
        return set().union(*(words(value) for value in data.values()), data.keys())
    if isinstance(data, list | tuple):
        return set().union(*map(words, data))
    return {data} if isinstance(data, str) else set()


def patients(knee: kg.Guide) -> list[kg.Case]:
    """Patients with knee pain, or without, and one or two of all findings that the folder knows."""
    findings = sorted(slug(iri) for iri in knee.core.lexicon.iris("Finding") if slug(iri) != "knee-pain")
    alone = [kg.Case(present=[*entry, finding]) for finding in findings for entry in ((), ("knee-pain",))]
    emergencies = [
        "high-energy-trauma",
        "fever",
        "child",
        "sudden-severe-pain",
        "chest-pain",
        "bleeding-risk",
        "red-flag",
    ]
    pairs = [kg.Case(present=["knee-pain", *pair]) for pair in itertools.combinations(emergencies, 2)]
    return [kg.Case(present=["knee-pain"]), *alone, *pairs]


def test_no_answer_names_anything_of_the_spine(knee: kg.Guide, of_the_spine: frozenset[str]) -> None:
    for case in patients(knee):
        said = words(json.loads(json.dumps(knee.assess(case).to_dict())))
        assert not said & of_the_spine
        assert not any("spine" in text.lower() or "back pain" in text.lower() for text in said), said


def test_no_question_asks_about_the_spine(knee: kg.Guide, of_the_spine: frozenset[str]) -> None:
    for case in (kg.Case(present=["knee-pain"]), kg.Case(present=["knee-pain", "trauma"]), kg.Case()):
        asked = words(json.loads(json.dumps(knee.what_to_ask(case).to_dict())))
        assert not asked & of_the_spine
        near = knee.ask("nearest", case=case)
        assert not any("spine" in str(row) or "back-pain" in str(row) for row in near)
        if "knee-pain" in case.present and "trauma" not in case.present:
            assert "trauma" in asked


def test_no_rule_of_the_spine_can_be_found(knee: kg.Guide, of_the_spine: frozenset[str]) -> None:
    rules = {found.id for found in knee.find("", "Condition")}
    assert {"after-a-fall", "without-trauma", "locked"} <= rules
    assert not {slug(rule) for rule in rules} & of_the_spine
    assert knee.find("", "Contraindication"), "what stands against a study holds in any region"
    with pytest.raises(kg.KgError, match="'HandOff' is not a kind of term"):
        knee.find("", "HandOff")
    assert not [
        found for found in knee.find("thoracic") if "thoracic" in found.label.lower() and found.kind != "Source"
    ]


def test_the_topic_answers_and_passes_its_checks(folder: Path, knee: kg.Guide) -> None:
    answer = knee.assess(kg.Case(present=["knee-pain", "low-velocity-trauma"]))
    assert [study.id for study in answer.best] == ["radiography-knee"]
    assert check(folder).errors == ()


def test_the_vocabulary_needs_nothing_of_the_spine(tmp_path: Path) -> None:
    """Whatever the vocabulary names it declares: otherwise the folder could not be read without spine/."""
    place = tmp_path / "content"
    shutil.copytree(ROOT / "ontology", place, ignore=shutil.ignore_patterns("spine", "topics"))
    assert kg.load(place).core.topics == ()
