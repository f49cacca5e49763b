"""The circuit concludes what the derive queries do, for every case, and refuses what it cannot say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import RdfFormat, parse

import kg
from kg.examples import examples
from kg.logic.circuit import FALSE, TRUE, Builder, restricted
from kg.logic.compile import compiled
from kg.logic.execute import run
from kg.logic.graph import Graph
from kg.logic.ground import Grounder
from kg.logic.inputs import Compared, Input, Measured, Performed, Stated
from kg.logic.kept import kept, read, written
from kg.logic.patterns import NotCompiledError, rule
from kg.names import NS
from tests.circuits import differences, judged, mutants
from tests.conftest import ROOT
from tests.generate import RARE, cases, guideline
from tests.truth import Knowledge


def test_every_conclusion_about_the_shipped_topics(guide: kg.Guide) -> None:
    described = [example.case for example in examples(guide)]
    described += [*RARE, *cases(Random("circuit"), Knowledge(guide.content), 150)]
    assert not list(differences(guide, described))


def test_every_conclusion_about_random_guidelines(tmp_path: Path) -> None:
    rng = Random("circuits")
    for number in range(20):
        guide = kg.Guide(guideline(rng, tmp_path / str(number), clean=rng.random() < 0.7))
        assert not list(differences(guide, list(cases(rng, Knowledge(guide.content), 12))))


def test_a_changed_query_changes_both_ways_alike(guide: kg.Guide) -> None:
    rng = Random("mutants")
    described = [example.case for example in rng.sample(list(examples(guide)), 10)]
    described += [*RARE[:4], *cases(rng, Knowledge(guide.content), 8)]
    found = judged(guide, described, rng.sample(list(mutants()), 12))
    assert found["changed"] > 3


def test_assess_and_audit_follow_the_file(tmp_path: Path) -> None:
    """Without the filter of 73-pending a performed study is offered again, by the answer and by the audit."""
    for name in ("kg", "queries", "ontology"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "queries" / "derive" / "73-pending.rq"
    text = file.read_text(encoding="utf-8")
    (filtered,) = [line for line in text.splitlines() if "FILTER" in line]
    program = """
import kg, pyarrow
from kg.table import ROWS
study = "mri-lumbar-spine-without-and-with-contrast"
shown = {"present": ["fluid-collection"], "absent": ["epidural-abscess"]}
row = {"id": "1", "present": ["fever", "leg-weakness", "lumbar-back-pain"], "ordered": None,
       "measured": [("age", 60.0)], "performed": [{"procedure": study, **shown}]}
case = kg.Case(present=row["present"], measured={"age": 60}).after(study, **shown)
guide = kg.load()
audited = kg.audit(pyarrow.Table.from_pylist([row], schema=ROWS), guide).table.to_pylist()[0]["recommended"]
print(study in {each.id for each in guide.assess(case).best}, study in audited)
"""
    said = []
    for changed in (text, text.replace(filtered, "")):
        file.write_text(changed, encoding="utf-8")
        command = [sys.executable, "-c", program]
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        said.append(found.stdout.split())
    assert said == [["False", "False"], ["True", "True"]]


# ---------------------------------------------------------------------- what a circuit cannot say


@pytest.mark.parametrize(
    ("body", "clause"),
    [
        ("?case ns:met ?x . OPTIONAL { ?x ns:label ?y }", "OPTIONAL"),
        ("?case ns:met ?x . MINUS { ?case ns:failed ?x }", "MINUS"),
        ("?case ns:met/ns:isA+ ?x", "the path"),
        ("?case ?p ?x", "a variable for the property of a case"),
        ("?case ns:met ?x . FILTER(CONTAINS(STR(?x), 'a'))", "CONTAINS"),
        ("?case ns:measured ?m . ?m ns:value ?x", "a conclusion about ?x"),
        ("?case ns:measured ?m . ?m ns:measure ?x ; ns:value 4", "a number that a case must have exactly"),
        ("?case ns:performed ?s . ?s ns:present ?x , ?y . FILTER(?x != ?y)", "two findings of one performed study"),
        ("{ SELECT ?case (SUM(?n) AS ?x) WHERE { ?case ns:met/ns:rank ?n } GROUP BY ?case }", "SUM"),
        ("?case ns:met ?x }}", "is not SPARQL"),
    ],
)
def test_what_is_not_understood_is_refused_by_file_and_clause(body: str, clause: str) -> None:
    text = f"PREFIX ns: <{NS}> CONSTRUCT {{ ?case ns:found ?x }} WHERE {{ {body} }}"
    graph = "ns:f a ns:Finding . ns:g a ns:Finding . ns:p a ns:Procedure . ns:m a ns:Measure ; ns:rank 1 ."
    triples = parse(f"@prefix ns: <{NS}> . {graph}".encode(), format=RdfFormat.TURTLE)
    with pytest.raises(NotCompiledError, match=r"^queries/derive/99-x\.rq: ") as raised:
        grounder = Grounder(Graph(triples))
        grounder.conclusions[f"{NS}met"][f"{NS}m"] = grounder.make.input(Stated("present", "x"))
        grounder.conclude(rule("queries/derive/99-x.rq", text))
    assert clause in str(raised.value)


# ---------------------------------------------------------------------- gates


def test_a_count_holds_for_that_many_and_no_other() -> None:
    facts: list[Input] = [Stated("present", str(number)) for number in range(5)]
    make = Builder()
    literals = [make.input(fact) for fact in facts]
    circuit = make.circuit({"count": {str(n): make.exactly(n, literals) for n in range(7)}})
    inputs = {fact: sum(1 << c for c in range(32) if c >> n & 1) for n, fact in enumerate(facts)}
    found = run(circuit, inputs, 32)
    for case in range(32):
        assert found.of(case, ["count"])["count"] == {str(case.bit_count())}


def test_what_is_known_beforehand_is_no_input() -> None:
    make = Builder()
    one, two, three = (Stated("present", word) for word in "abc")
    either = make.any([make.all([make.input(one), make.input(two)]), make.input(three)])
    circuit = make.circuit({"found": {"x": either}})
    assert restricted(circuit, circuit.outputs, never=[three]).inputs == (one, two)
    assert restricted(circuit, circuit.outputs, always=[three]).literal("found", "x") == TRUE
    assert restricted(circuit, circuit.outputs, never=[one, three]).literal("found", "x") == FALSE


def test_a_kept_circuit_is_what_was_compiled(guide: kg.Guide, tmp_path: Path) -> None:
    circuit = compiled(guide.slice(guide.content.topics))
    kinds = Counter(type(fact) for fact in circuit.inputs)
    assert {Stated, Measured, Compared, Performed} <= set(kinds)
    assert any(isinstance(fact, Compared) and fact.limit == Decimal(18) for fact in circuit.inputs)
    assert read(written(circuit)) == circuit
    place = tmp_path / "circuit.json"
    assert kept(place, lambda: circuit) == circuit
    assert kept(place, lambda: pytest.fail("was kept")) == circuit


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-40], lambda data: b"{}", lambda data: data.replace(b"[", b"(", 1), lambda data: b""]
)
def test_a_damaged_circuit_is_compiled_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    make = Builder()
    circuit = make.circuit({"found": {"x": make.all([make.input(Stated("present", w)) for w in "ab"])}})
    place = tmp_path / "circuit.json"
    kept(place, lambda: circuit)
    place.write_bytes(damage(place.read_bytes()))
    assert kept(place, lambda: circuit) == circuit
    assert read(place.read_bytes()) == circuit


def test_the_picture_is_current() -> None:
    drawn = subprocess.run(
        [sys.executable, "-c", "import make_circuit; print(make_circuit.picture(), end='')"],
        cwd=ROOT / "docs",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert drawn == (ROOT / "docs" / "circuit.svg").read_text(encoding="utf-8"), "run docs/make_circuit.py"
