"""Adding a topic changes no answer to patients who state neither its entry nor a transfer to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import kg
from kg.knowledge.content.content import read
from kg.knowledge.sparql.iris import slug
from tests.conftest import ROOT
from tests.judges.invariance import Added, added, tried, with_third_topic

EACH = 20
THIRD = ROOT.parent / "shared" / "cases" / "files" / "third-topic-breaks-shipped-examples"


def holds(one: Added) -> None:
    """Nothing changes, and at least half of the cases state what the topic looks at as well."""
    seen, changes = tried(one, "invariance", EACH)
    assert changes == []
    assert seen["cases"] == EACH and 2 * seen["sharing"] >= EACH


@pytest.mark.parametrize("one", added(kg.load().core.content), ids=lambda one: slug(one.topic))
def test_a_topic_changes_nothing_for_patients_of_others(one: Added) -> None:
    holds(one)


def test_a_topic_with_families_changes_nothing_and_one_that_meddles_is_noticed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "ontology", tmp_path / "content"))
    file = folder / "topics" / "neck-and-back.ttl"
    shutil.copyfile(ROOT / "tests" / "families" / "neck-and-back.ttl", file)
    topic = "https://w3id.org/nextstudy/topic/neck-and-back"
    assert tried(Added(topic, read(folder)), "invariance", EACH // 2)[1] == []
    meddling = """
<meddling> a ns:UrgencyRule ; rdfs:label "made-up haste"@en ; ns:urgency scale:emergent ;
    ns:criterion [ ns:slug "pain" ; rdfs:label "pain of the spine"@en ; ns:ifPresent finding:spinal-pain ] ;
    prov:wasDerivedFrom <statement/everything> .
"""
    file.write_text(file.read_text(encoding="utf-8") + meddling, encoding="utf-8")
    assert len(tried(Added(topic, read(folder)), "invariance", EACH // 2)[1]) > EACH // 10


def test_nor_does_one_that_was_written_without_looking_at_others(tmp_path: Path) -> None:
    if not THIRD.is_dir():
        pytest.skip(f"the files are not here: {THIRD.name}")
    holds(with_third_topic(THIRD, tmp_path))
