"""The circuit reaches the same conclusions as the derive queries, and refuses what it cannot express."""

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
from kg.author.examples import examples
from kg.knowledge.sparql.iris import NS
from kg.logic.circuit.execute import run
from kg.logic.circuit.gates import FALSE, TRUE, Builder, restricted
from kg.logic.circuit.inputs import Compared, Input, Measured, PerformedInput, Stated
from kg.logic.circuit.kept import bytes_of, bytes_of_circuit, circuit_of_bytes, kept_circuit
from kg.logic.compiler.compile import compiled, derive_rules
from kg.logic.compiler.graph import Graph
from kg.logic.compiler.ground import Grounder
from kg.logic.compiler.kept_rules import kept_rules
from kg.logic.compiler.parse import rule
from kg.logic.compiler.patterns import NotCompiledError
from tests.conftest import ROOT
from tests.judges.circuits import differences, judged, mutants
from tests.judges.generate import RARE, cases, choosing, guideline
from tests.judges.truth import Knowledge


def test_every_conclusion_about_the_shipped_topics(guide: kg.Guide) -> None:
    described = [example.case for example in examples(guide)[::12]]
    described += [*RARE, *cases(Random("circuit"), Knowledge(guide.core.content), 25)]
    rng, knowledge = Random("chosen"), Knowledge(guide.core.content)
    described += [choosing(rng, knowledge, case) for case in cases(rng, knowledge, 12)]
    assert not list(differences(guide, described))


def test_every_conclusion_about_random_guidelines(tmp_path: Path) -> None:
    rng = Random("circuits")
    for number in range(20):
        guide = kg.Guide(guideline(rng, tmp_path / str(number), clean=rng.random() < 0.7))
        assert not list(differences(guide, list(cases(rng, Knowledge(guide.core.content), 12))))


def test_a_changed_query_changes_both_ways_alike(levels: kg.Guide) -> None:
    rng = Random("mutants")
    described = [example.case for example in rng.sample(list(examples(levels)), 10)]
    described += [*RARE[:4], *cases(rng, Knowledge(levels.core.content), 8)]
    found = judged(levels, described, rng.sample(list(mutants()), 5))
    assert found["changed"] > 1


def test_assess_and_audit_follow_the_file(tmp_path: Path) -> None:
    """Without the filter of 74-pending a performed study is offered again, by the answer and by the audit."""
    for name in ("kg", "queries", "ontology"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "queries" / "derive" / "74-pending.rq"
    text = file.read_text(encoding="utf-8")
    (filtered,) = [line for line in text.splitlines() if "alreadyPerformed ?procedure" in line]
    program = """
import kg, pyarrow
from kg.auditing.batches import ROWS
study = "mri-lumbar-spine-without-and-with-contrast"
shown = {"present": ["fluid-collection"], "absent": ["epidural-abscess"]}
row = {"id": "1", "present": ["fever", "leg-weakness", "lumbar-back-pain"], "ordered": None,
       "measured": [("age", 60.0)], "performed": [{"procedure": study, **shown}]}
case = kg.Case(present=row["present"], measured={"age": 60}).after(study, **shown)
guide = kg.load()
audited = kg.audit(pyarrow.Table.from_pylist([row], schema=ROWS), guide).table.to_pylist()[0]["best"]
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


def test_a_kept_circuit_is_what_was_compiled(levels: kg.Guide, tmp_path: Path) -> None:
    circuit = compiled(levels.core.triples(levels.core.content.topics))
    kinds = Counter(type(fact) for fact in circuit.inputs)
    assert {Stated, Measured, Compared, PerformedInput} <= set(kinds)
    assert any(isinstance(fact, Compared) and fact.limit == Decimal(18) for fact in circuit.inputs)
    assert circuit_of_bytes(bytes_of_circuit(circuit)) == circuit
    place = tmp_path / "circuit.json"
    assert kept_circuit(place, lambda: circuit) == circuit
    assert kept_circuit(place, lambda: pytest.fail("was kept")) == circuit


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-40], lambda data: b"{}", lambda data: data.replace(b"[", b"(", 1), lambda data: b""]
)
def test_a_damaged_circuit_is_compiled_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    make = Builder()
    circuit = make.circuit({"found": {"x": make.all([make.input(Stated("present", w)) for w in "ab"])}})
    place = tmp_path / "circuit.json"
    kept_circuit(place, lambda: circuit)
    place.write_bytes(damage(place.read_bytes()))
    assert kept_circuit(place, lambda: circuit) == circuit
    assert circuit_of_bytes(place.read_bytes()) == circuit


def test_kept_queries_are_what_was_read(tmp_path: Path) -> None:
    rules, place = derive_rules(), tmp_path / "rules.json"
    assert kept_rules(place, lambda: rules) == rules
    assert kept_rules(place, lambda: pytest.fail("were kept")) == rules


@pytest.mark.parametrize("kept", [b"", b"{}", bytes_of([]) + b" ", bytes_of(["text"]), bytes_of([{"Path": ["/"]}])])
def test_queries_that_were_not_kept_so_are_read_again(tmp_path: Path, kept: bytes) -> None:
    rules, place = derive_rules()[:1], tmp_path / "rules.json"
    place.write_bytes(kept)
    assert kept_rules(place, lambda: rules) == rules


def test_the_picture_is_current() -> None:
    drawn = subprocess.run(
        [sys.executable, "-c", "from tools.circuit import picture; print(picture(), end='')"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert drawn == (ROOT / "docs" / "explain" / "circuit.svg").read_text(encoding="utf-8"), "run tools/circuit.py"
