"""The check of a content folder: what is wrong, where, and how to fix it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from kg.author.check import CheckReport, Problem, check
from kg.errors import ContentError
from kg.knowledge.content.content import read
from kg.knowledge.sparql.queries import stage
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

DEFECTS = ROOT / "tests" / "defects"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Schema, scales and a small complete topic."""
    place = tmp_path / "ontology"
    (place / "vocabulary").mkdir(parents=True)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copyfile(shipped("ontology") / name, place / name)
    (place / "topics").mkdir()
    shutil.copyfile(DEFECTS / "shapes" / "base.ttl", place / "topics" / "test.ttl")
    return place


def found(report: CheckReport, part: str) -> list[Problem]:
    return [problem for problem in report.problems if part in problem.message]


def test_a_problem_says_where_and_how_to_mend_it(small: Path) -> None:
    topic = small / "topics" / "test.ttl"
    text = topic.read_text(encoding="utf-8")
    topic.write_text(text.replace("scale:usually-appropriate", "scale:urgent"), encoding="utf-8")
    report = check(small)
    assert not report.ok
    (problem,) = found(report, "exactly one ns:category")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "scale:usually-appropriate" in row)
    assert problem.place == (f"topics/test.ttl, line {line}: topic:test/scenario/rating/test ns:category scale:urgent")
    assert problem.severity == "error"
    assert problem.cure.startswith("Write one value of that scale, such as scale:usually-appropriate")
    assert not found(report, "to a scale that no property uses"), "what a shape has said is not said again"


def test_a_check_tells_how_far_it_is(small: Path) -> None:
    steps: list[str] = []
    check(small, tell=steps.append)
    properties = len(stage("prove"))
    proving = [f"Proving: {number} of {properties}" for number in range(1, properties + 1)]
    assert steps == ["Checking shapes and queries", "Compiling what is to be proved", *proving]


def test_warnings_do_not_fail(small: Path) -> None:
    report = check(small)
    assert {problem.found_by for problem in report.errors} == {
        "scenario-without-example.rq",
        "unused-finding.rq",
    }
    assert {problem.found_by for problem in report.warnings} >= {"unused-term.rq"}
    assert CheckReport(report.warnings, report.checked).ok


PROLOGUE = """
@base <https://w3id.org/nextstudy/topic/test/> .
@prefix ns: <https://w3id.org/nextstudy/ontology#> .
@prefix scale: <https://w3id.org/nextstudy/scale/> .
@prefix finding: <https://w3id.org/nextstudy/finding/> .
@prefix measure: <https://w3id.org/nextstudy/measure/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""


def add(content: Path, text: str) -> None:
    (content / "vocabulary" / "more.ttl").write_text(PROLOGUE + text, encoding="utf-8")


def test_a_worked_example_with_another_answer(small: Path) -> None:
    add(
        small,
        """
<example/wrong> a ns:Example ; rdfs:label "wrong"@en ; ns:present finding:test ; ns:expectedOutcome scale:no-imaging .
<example/impossible> a ns:Example ; rdfs:label "impossible"@en ; ns:present finding:test ;
    ns:measured [ ns:measure measure:test ; ns:value 999.0 ] ; ns:expectedOutcome scale:no-imaging .
""",
    )
    report = check(small)
    places = [problem.place for problem in found(report, "A worked example has a different answer")]
    assert any(
        place.startswith("vocabulary/more.ttl, line 10: topic:test/example/wrong: the outcome is") for place in places
    )
    (impossible,) = found(report, "A worked example is no case")
    place = "vocabulary/more.ttl, line 11: topic:test/example/impossible: measured 'test' is 999"
    assert impossible.place.startswith(place)
    assert impossible.cure == "Correct the number."


def test_a_worked_example_that_is_no_case(small: Path) -> None:
    facts = "ns:present finding:test ; ns:absent finding:test ; ns:expectedOutcome scale:recommended"
    add(small, f'<example> a ns:Example ; rdfs:label "e"@en ; {facts} .')
    (problem,) = (problem for problem in check(small).errors if "topic:test/example" in problem.place)
    assert "present and absent" in problem.message
    assert problem.place.startswith("vocabulary/more.ttl, line 9: topic:test/example")


def test_a_worked_example_that_cannot_be_read(small: Path) -> None:
    add(
        small,
        '<example> a ns:Example ; rdfs:label "e"@en ; ns:measured measure:test ; ns:unexpectedScenario <scenario> .',
    )
    (problem,) = found(check(small), "A worked example is no case")
    assert problem.place == "vocabulary/more.ttl, line 9: topic:test/example: 'test' has no values of measure"


def test_the_reasoner_reports_what_nobody_can_have(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = "https://w3id.org/nextstudy/finding/test"
    monkeypatch.setattr("kg.author.publish.reasoner.consistent_and_satisfiable", lambda content: (empty,))
    report = check(small, reason=True)
    (problem,) = (problem for problem in report.errors if problem.found_by == "HermiT")
    assert problem.place.endswith(": finding:test")
    assert "HermiT" in str(report)


def test_the_reasoner_reports_an_inconsistent_ontology(small: Path) -> None:
    shutil.copyfile(DEFECTS / "disjoint-kinds.ttl", small / "vocabulary" / "more.ttl")
    report = check(small, reason=True)
    assert [problem.place for problem in report.errors if problem.found_by == "HermiT"] == ["the whole content"]
    assert found(report, "two kinds that exclude each other")


def test_folders_above_the_content_may_have_any_name(small: Path, tmp_path: Path) -> None:
    below = Path(shutil.copytree(small, tmp_path / "shapes" / "ontology"))
    assert read(below).topics == read(small).topics != ()
    assert len(check(below).problems) == len(check(small).problems)


def test_content_without_a_topic(small: Path) -> None:
    (small / "topics" / "test.ttl").unlink()
    (problem,) = found(check(small), "has no guideline topic")
    assert (problem.severity, problem.place) == ("error", str(small))


def test_own_shapes_take_the_place_of_ours(small: Path) -> None:
    (small / "shapes").mkdir()
    (small / "shapes" / "content.ttl").write_text("", encoding="utf-8")
    assert check(small).checked[0] == "0 shapes"


def test_a_byte_order_mark_in_any_file_is_no_fault(small: Path) -> None:
    (small / "shapes").mkdir()
    shutil.copyfile(shipped("ontology") / "shapes" / "content.ttl", small / "shapes" / "content.ttl")
    (small / "known-faults.csv").write_text("property,fault,mended in\n", encoding="utf-8")
    before = check(small)
    for path in [path for path in small.rglob("*.*") if path.is_file()]:
        path.write_bytes(BOM_UTF8 + path.read_bytes())
    assert check(small) == before


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there is no such folder"):
        check(tmp_path / "none")


def test_the_report_fits_a_terminal() -> None:
    place = (
        f"topics/a.ttl, line 3: topic:a/{'long-' * 30}name ns:category 'a value of several words that goes on and on'"
    )
    problems = (Problem("error", place, "What is wrong " * 8, "How to mend it " * 8), Problem("warning", "", "b", "c"))
    text = str(CheckReport(problems, ("58 shapes", "38 verify queries", "consistency and satisfiability (HermiT)")))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.splitlines()[-2].startswith("1 error, 1 warning. Checked: 58 shapes")


def test_a_clean_report_says_so() -> None:
    assert str(CheckReport((), ("2 shapes",))) == "no errors, no warnings. Checked: 2 shapes."


def test_importing_does_not_load_the_heavy_engines() -> None:
    heavy = "rdflib", "pyshacl", "owlready2"
    imported = "sys, kg.author.check, kg.knowledge.sparql.constraints"
    code = f"import {imported}; sys.exit(any(name in sys.modules for name in {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
