"""Rules are found by words: from a word to the line in two steps."""

from __future__ import annotations

import json

import pytest
from pyoxigraph import NamedNode

import kg
from kg.command.verbs import main
from kg.knowledge.sparql.iris import VOCABULARY, ns
from tests.conftest import ROOT

CASE = ROOT / "examples" / "abnormal-radiograph.json"


def ids(guide: kg.Guide, text: str, kind: str | None = None) -> list[str]:
    return [found.id for found in guide.find(text, kind)]


def test_where_it_is_said_that_contrast_is_preferred(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "contrast", "preferred"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:2] == ["EditorialDecision", "contrast-when-suspected"]
    assert ["Preference", "contrast", "MRI without and with contrast rather than without"] in lines
    for _, identifier, _ in lines:
        assert main(["where", identifier]) == 0
    assert "rules.ttl:" in capsys.readouterr().out


def test_where_stat_comes_from(guide: kg.Guide, capsys: pytest.CaptureFixture[str]) -> None:
    assert ids(guide, "STAT")[0] == "emergent"
    assert "urgency/myelopathy" in ids(guide, "STAT", "UrgencyRule")
    assert main(["find", "STAT"]) == 0
    shown = capsys.readouterr().out
    assert "UrgencyRule  urgency/myelopathy  " in shown, "a rule is found by how urgent it says that a study is"
    assert not {"static", "stated"} & set(shown.lower().split()), "what only looks like it is not shown"


def test_every_kind_of_the_schema_that_has_a_label_is_searched(guide: kg.Guide) -> None:
    classes = {
        quad.subject.value
        for quad in guide.core.content.graphs[VOCABULARY]
        if quad.predicate.value.endswith("subClassOf") and quad.object == ns("Condition")
        if isinstance(quad.subject, NamedNode)
    }
    kinds = {found.kind for found in guide.find("")}
    used = {slug for slug in (iri.rsplit("#", 1)[-1] for iri in classes) if guide.core.lexicon.iris(slug)}
    assert used <= kinds
    assert {found.kind for found in guide.find("", "Condition")} == used
    assert {"Finding", "Procedure", "EditorialDecision", "Conflict", "Statement", "Source", "Neighbour"} <= kinds


def test_each_identifier_leads_back_to_what_was_found(guide: kg.Guide) -> None:
    found = guide.find("")
    things = {guide.core.lexicon.thing(each.id).value for each in found}
    assert len(things) == len(found)


def test_the_best_comes_first(guide: kg.Guide) -> None:
    assert ids(guide, "weak legs")[0] == "leg-weakness"
    assert ids(guide, "fever")[0] == "fever"
    assert ids(guide, "ferver", "Finding") == [], "nothing has the word"
    assert [guess.id for guess in guide.guesses("ferver", "Finding")] == ["fever", "measured-fever"]
    assert ids(guide, "qqqqqqqqqqqq") == []
    assert guide.guesses("qqqqqqqqqqqq") == ()


def test_a_kind_narrows_by_class_or_label(guide: kg.Guide) -> None:
    assert ids(guide, "myelopathy", "UrgencyRule") == ids(guide, "myelopathy", "urgency rule")
    assert set(ids(guide, "myelopathy", "UrgencyRule")) < set(ids(guide, "myelopathy", "Condition"))
    assert ids(guide, "fever", "Finding")[0] == ids(guide, "fever", "Term")[0] == "fever"


def test_why_names_what_where_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", str(CASE), "mri-thoracic-spine-without-and-with-contrast"]) == 0
    shown = capsys.readouterr().out
    named = {part.split("]")[0] for part in shown.split("[")[1:]}
    assert {"preference/contrast", "abnormal-radiograph"} <= named
    assert main(["why", str(CASE), "urgency/myelopathy"]) == 0
    named |= {part.split("]")[0] for part in capsys.readouterr().out.split("[")[1:]}
    assert "urgency/myelopathy" in named
    for identifier in named:
        assert main(["where", identifier]) == 0
    assert main(["why", str(CASE), "urgency/myelopathy", "--format", "json"]) == 0
    text = capsys.readouterr().out
    (verdict,) = json.loads(text[text.index("[\n") :])
    assert verdict["id"] == "myelopathy"
    assert verdict["iri"].endswith("/urgency/myelopathy")
