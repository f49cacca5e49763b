"""Every result can be pickled, copied and sent to another process, and says in one line what it is."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from typing import Any

import pyarrow
import pytest

import kg
from kg.author.check import CheckReport, Problem
from kg.author.edition_difference import EditionDifference
from kg.author.editions import compare_editions
from kg.author.prove.proofs import Coverage, KnownFault, Proofs
from kg.author.prove.prover import Proof
from kg.knowledge.content.content import of_graphs
from kg.patient.evidence.recheck import recheck
from kg.shown import Shown
from tests.conftest import ROOT

MRI = "mri-thoracic-spine-without-and-with-contrast"
CT = "ct-thoracic-spine-without-contrast"
TOPIC = "thoracic-back-pain"

OF_GUIDE = (
    "answer",
    "verdicts",
    "verdict",
    "study reasons",
    "contrast",
    "order check",
    "pathway",
    "asking",
    "surface",
    "findings",
    "ratings",
    "differential",
    "difference",
    "rows",
    "own rows",
    "places",
    "capsule",
    "recheck",
    "record",
)
OF_AUTHOR = ("report", "proofs", "coverage", "editions", "case change")
OF_AUDIT = ("audit", "summary")
RECORD = ROOT / "examples" / "records" / "opening.json"
KINDS = (*OF_GUIDE, *OF_AUTHOR, *OF_AUDIT)

WIDE = {"places", "capsule", "proofs"}
"""Names of files, and JSON, keep to no width."""


@pytest.fixture(scope="module")
def results(guide: kg.Guide, opening_patient: kg.Case) -> dict[str, Any]:
    """One result of each kind."""
    reasons = guide.why(opening_patient, "fracture-risk")
    assert isinstance(reasons, tuple)
    capsule = guide.capsule(opening_patient)
    prefixes = "PREFIX ns: <https://w3id.org/nextstudy/ontology#>"
    return {
        "answer": guide.assess(opening_patient),
        "verdicts": reasons,
        "verdict": reasons[0],
        "study reasons": guide.why(opening_patient, MRI),
        "contrast": guide.contrast(opening_patient, MRI, CT),
        "order check": guide.check_order(opening_patient, CT),
        "pathway": guide.pathway(opening_patient),
        "asking": guide.what_to_ask(kg.Case(present=["adult", "thoracic-back-pain", "fever"])),
        "surface": told_surface(guide),
        "findings": guide.findings(),
        "ratings": guide.ratings(TOPIC),
        "differential": guide.differential(opening_patient),
        "difference": guide.what_if(opening_patient, opening_patient.with_facts(present=["fever"])),
        "rows": guide.ask("scenarios-of-topic", topic=TOPIC),
        "own rows": guide.query(prefixes + "SELECT ?topic ?title { ?topic a ns:Topic } ORDER BY ?topic"),
        "places": guide.where("fever"),
        "capsule": capsule,
        "recheck": recheck(capsule.document, guide),
        "record": kg.assess_record(json.loads(RECORD.read_text(encoding="utf-8")), guide, today=date(2026, 12, 1)),
        **of_author(guide, opening_patient),
        **of_audit(guide),
    }


def told_surface(guide: kg.Guide) -> kg.Surface:
    """A surface that told how far it was."""
    steps: list[str] = []
    surface = guide.surface(TOPIC, tell=steps.append)
    assert [step.split()[0] for step in steps] == ["Following", "Following", "Looking"]
    return surface


def of_author(guide: kg.Guide, case: kg.Case) -> dict[str, Any]:
    """What is made of content, with two editions that differ in one rating."""
    content = guide.core.content
    graphs = {
        name: [quad for quad in quads if f"abnormal-radiograph/rating/{CT}" not in f"{quad.subject} {quad.object}"]
        for name, quads in content.graphs.items()
    }
    editions = compare_editions(content, of_graphs(graphs, content.prefixes), {"case.json": case})
    coverage = Coverage("c" * 64, "d" * 64, (TOPIC,))
    proof = Proof("best-can-be-done", "refuted", case, case.with_facts(present=["fever"]), (("study", MRI),))
    return {
        "report": CheckReport((Problem("error", "a.ttl, line 3", "It has no label.", "Write one."),), ("2 shapes",)),
        "proofs": Proofs((proof,), (KnownFault("best-can-be-done", "a fault", "the next edition"),), coverage),
        "coverage": coverage,
        "editions": editions,
        "case change": editions.cases[0],
    }


def of_audit(guide: kg.Guide) -> dict[str, Any]:
    """What is made of many orders, one of them with a word that nobody knows."""
    orders = [
        {"id": "1", "present": ["thoracic-back-pain", "radiculopathy", "adult"], "ordered": MRI, "unit": "ward"},
        {"id": "2", "present": ["thoracic-bakc-pain"], "ordered": CT, "unit": "practice"},
    ]
    audit = kg.audit(pyarrow.Table.from_pylist(orders), guide)
    return {"audit": audit, "summary": audit.summary}


@pytest.fixture(scope="module")
def from_elsewhere(results: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """Each result as another process sends it back, with what it says there."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return dict(zip(results, pool.map(with_text, results.values()), strict=True))


def with_text(result: Any) -> tuple[Any, str]:
    return result, str(result)


def kinds_of_shown(base: type[Any] = Shown) -> set[type[Any]]:
    """Every class of result there is."""
    found: list[type[Any]] = base.__subclasses__()
    return {*found, *(kind for below in found for kind in kinds_of_shown(below))}


def test_each_kind_of_result_is_here(results: dict[str, Any]) -> None:
    assert tuple(results) == KINDS
    assert {type(result) for result in results.values() if isinstance(result, Shown)} == kinds_of_shown()
    assert isinstance(results["editions"], EditionDifference)
    assert results["editions"].edits


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_pickled_and_copied(results: dict[str, Any], kind: str) -> None:
    result = results[kind]
    for made in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):  # noqa: S301 - our own
        assert type(made) is type(result)
        assert made == result
        assert str(made) == str(result)


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_goes_through_another_process(
    results: dict[str, Any], from_elsewhere: dict[str, tuple[Any, str]], kind: str
) -> None:
    result, said = from_elsewhere[kind]
    assert result == results[kind]
    assert said == str(results[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_says_in_a_line_what_it_is(results: dict[str, Any], kind: str) -> None:
    result = results[kind]
    if isinstance(result, Shown):
        assert repr(result).startswith(f"<{type(result).__name__}: ")
        assert len(repr(result)) <= 200
        assert "\n" not in repr(result)
    if kind not in WIDE:
        assert max(map(len, str(result).splitlines())) <= 80


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("answer", "recommended: MRI thoracic spine without and with IV contrast"),
        ("order check", "ORDER RATED EQUALLY, ANOTHER PREFERRED: CT thoracic spine without IV contrast"),
        ("rows", "7 rows of scenario, label, phase, phaseLabel, notation"),
        ("capsule", "recommended, capsule/"),
        ("report", "1 error, no warnings"),
        ("proofs", "PROVED: 0 of 1"),
        ("difference", "call now, facts"),
    ],
)
def test_the_line_tells_one_result_from_another(results: dict[str, Any], kind: str, words: str) -> None:
    assert f": {words}" in repr(results[kind])


def test_a_line_that_is_long_is_cut(guide: kg.Guide, opening_patient: kg.Case) -> None:
    shown = repr(guide.differential(opening_patient))
    assert len(shown) <= 200
    assert shown.endswith(" ...>")


@pytest.mark.parametrize(("kind", "name", "key"), [("ratings", "cells", ("a", "b")), ("rows", "labels", "a")])
def test_what_is_in_a_result_stays(results: dict[str, Any], kind: str, name: str, key: object) -> None:
    for result in (results[kind], copy.deepcopy(results[kind])):
        with pytest.raises(TypeError):
            getattr(result, name)[key] = ""
