"""Two editions compared: a real example, and edits to the shipped topic."""

from __future__ import annotations

import json
import os
import shutil
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

import kg
from kg.author.drafts.import_ratings import import_ratings
from kg.author.edition_difference import EditionDifference
from kg.author.editions import compare_editions, load_edition, read_cases
from kg.command.verbs import main
from kg.errors import ContentError, MissingPackageError
from kg.knowledge.content.content import Content, of_graphs, read
from kg.knowledge.sparql.iris import BASE
from kg.knowledge.sparql.resources import shipped
from kg.logic.circuit import solve
from tests.conftest import ROOT, copied
from tests.judges.faults.safety_faults import FAULTS, SafetyFault, faulty
from tests.judges.pages import run

PAGE = ROOT / "docs" / "how-to" / "editions"


def edition(place: Path, year: str) -> Path:
    """One variant of a published topic as it was in a year."""
    (place / "vocabulary").mkdir(parents=True)
    for path in shipped("ontology").glob("*.ttl"):
        shutil.copyfile(path, place / path.name)
    shutil.copyfile(shipped("ontology") / "vocabulary" / "scales.ttl", place / "vocabulary" / "scales.ttl")
    text = (PAGE / "topic.ttl").read_text(encoding="utf-8").replace('versionInfo "2021"', f'versionInfo "{year}"')
    (place / "topic.ttl").write_text(text, encoding="utf-8")
    written = import_ratings(PAGE / f"{year}.csv", read(place), "lumbar-surgery")
    (place / "topic.ttl").write_text(text + written, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> kg.Guide:
    """One topic: every patient of two editions is a proof, and a proof about four topics takes many times as long."""
    return kg.load(copied(tmp_path_factory.mktemp("one") / "ontology", ("low-back-pain",)))


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("editions")
    return edition(place / "old", "2015"), edition(place / "new", "2021")


# From the facts of the topic, variant 5: radiography and MRI without contrast went up, the other three down.
CHANGED = {
    "radiography-lumbar-spine": ("May Be Appropriate", "Usually Appropriate"),
    "mri-lumbar-spine-without-contrast": ("May Be Appropriate", "Usually Appropriate"),
    "ct-lumbar-spine-with-contrast": ("May Be Appropriate", "Usually Not Appropriate"),
    "discography-lumbar-spine": ("May Be Appropriate", "Usually Not Appropriate"),
    "bone-scan-spect-complete-spine": ("May Be Appropriate", "Usually Not Appropriate"),
}


def recategorised(found: EditionDifference) -> dict[str, tuple[str, str]]:
    return {
        edit.id.rsplit("/", 1)[-1]: (*part.change.lost, *part.change.gained)  # type: ignore[misc]
        for edit in found.edits
        for part in edit.properties
        if edit.kind == "rating" and part.label == "category"
    }


def test_what_changed_in_a_published_topic(editions: tuple[Path, Path]) -> None:
    old, new = map(load_edition, editions)
    found = compare_editions(old, new, read_cases(PAGE / "cases"))
    assert recategorised(found) == CHANGED
    assert found.topics[0][1:] == ("2015", "2021")
    assert {edit.kind for edit in found.edits} == {"rating", "statement", "topic"}
    (case,) = found.cases
    assert (case.case, found.compared) == ("new-leg-pain-after-fusion.json", 2)
    assert case.alone
    assert {cause.id.rsplit("/", 1)[-1] for cause in case.causes} == set(CHANGED)
    assert case.difference is not None
    assert case.difference.study.gained == (
        "MRI lumbar spine without IV contrast (Usually Appropriate)",
        "Radiography lumbar spine (Usually Appropriate)",
    )


# From the facts of the topic, "Old (2015) -> now"; variants 3 to 7 by their scenarios.
CHANGED_IN_TOPIC = {
    *(
        (scenario, "ct-lumbar-spine-with-contrast", "May Be Appropriate", "Usually Not Appropriate")
        for scenario in ("intervention-candidate", "suspected-cauda-equina-syndrome", "prior-lumbar-surgery")
    ),
    ("prior-lumbar-surgery", "radiography-lumbar-spine", "May Be Appropriate", "Usually Appropriate"),
    ("prior-lumbar-surgery", "mri-lumbar-spine-without-contrast", "May Be Appropriate", "Usually Appropriate"),
    ("prior-lumbar-surgery", "discography-and-ct-lumbar-spine", "May Be Appropriate", "Usually Not Appropriate"),
    *(
        (scenario, "bone-scan-whole-body-with-spect-complete-spine", "May Be Appropriate", "Usually Not Appropriate")
        for scenario in ("prior-lumbar-surgery", "lumbar-cancer-infection-immunosuppression")
    ),
    *(
        (scenario, "ct-myelography-lumbar-spine", "Usually Not Appropriate", "May Be Appropriate")
        for scenario in ("lumbar-fracture-risk", "lumbar-cancer-infection-immunosuppression")
    ),
    (
        "lumbar-cancer-infection-immunosuppression",
        "fdg-pet-ct-whole-body",
        "May Be Appropriate",
        "Usually Not Appropriate",
    ),
}


def test_the_older_edition_of_the_shipped_topic(levels: kg.Guide, tmp_path: Path) -> None:
    copied(tmp_path / "old")
    script = PAGE / "low-back-pain-2015.sed"
    run(f"sed -i.2021 -f '{script}' old/topics/low-back-pain/*.ttl", tmp_path, dict(os.environ))
    cases = read_cases(PAGE / "low-back-pain-cases")
    found = compare_editions(load_edition(tmp_path / "old"), levels.core.content, cases)
    changed = {
        (edit.id.split("/")[-3], edit.id.split("/")[-1], *part.change.lost, *part.change.gained)
        for edit in found.edits
        for part in edit.properties
        if edit.kind == "rating" and part.label == "category"
    }
    assert changed == CHANGED_IN_TOPIC
    assert sorted(edit.kind for edit in found.edits) == ["rating"] * 11 + ["topic"]
    assert [each[1:] for each in found.topics if each[1] != each[2]] == [("2015", "2021")]
    best = {each.case: each.difference.study for each in found.cases if each.difference is not None}
    assert best.keys() == {"cancer.json", "new-leg-pain-after-fusion.json", "numb-saddle.json"}
    gained = best.pop("new-leg-pain-after-fusion.json").gained
    studies = ("MRI lumbar spine without IV contrast", "Radiography lumbar spine")
    assert gained == tuple(f"{study} (Usually Appropriate)" for study in studies), "rated alike, so both"
    assert not any(change.gained or change.lost for change in best.values())


def test_the_command_says_the_same_as_data(editions: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    old, new = map(str, editions)
    assert main(["diff", old, new, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["edits"]) == 6 + 3 + 1
    assert main(["diff", new, new, "--cases", str(PAGE / "cases")]) == 0
    assert "No statement changed." in capsys.readouterr().out


def test_the_text_fits_a_terminal(editions: tuple[Path, Path]) -> None:
    old, new = map(load_edition, editions)
    text = str(compare_editions(old, new, read_cases(PAGE / "cases")))
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("suffix", ["nt", "ttl", "rdf"])
def test_one_file_is_as_good_as_a_folder(editions: tuple[Path, Path], suffix: str, tmp_path: Path) -> None:
    old, new = map(load_edition, editions)
    path = tmp_path / f"new.{suffix}"
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    serialize((quad.triple for graph in new.graphs.values() for quad in graph), path.open("wb"), format=form)
    built = load_edition(path)
    assert compare_editions(new, built).edits == ()
    cases = read_cases(PAGE / "cases")
    assert compare_editions(old, built, cases) == compare_editions(old, new, cases)


def edited(content: Content, keep: Callable[[Quad], bool]) -> Content:
    graphs = {name: [quad for quad in quads if keep(quad)] for name, quads in content.graphs.items()}
    return of_graphs(graphs, content.prefixes)


def test_a_file_that_an_editor_saved(editions: tuple[Path, Path], tmp_path: Path) -> None:
    built, saved = tmp_path / "built.ttl", tmp_path / "saved.ttl"
    built.write_text(kg.load(editions[0]).build(), encoding="utf-8")
    saved.write_bytes(BOM_UTF8 + built.read_bytes())
    assert load_edition(saved).graphs == load_edition(built).graphs
    saved.write_text(built.read_text(encoding="utf-8"), encoding="utf-16")
    with pytest.raises(ContentError, match="is UTF-16 text; save the file as UTF-8"):
        load_edition(saved)


def test_a_scenario_that_is_new_is_one_cause(editions: tuple[Path, Path]) -> None:
    new = load_edition(editions[1])
    old = edited(new, lambda quad: "lumbar-surgery/prior-lumbar-surgery" not in str(quad))
    (case,) = compare_editions(old, new, read_cases(PAGE / "cases")).cases[:1]
    assert [(cause.kind, cause.status) for cause in case.causes] == [("scenario", "added")]
    assert case.alone


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("gone.ttl", None, "cannot be read"),
        ("notes.md", "text", "is neither a folder nor an RDF file"),
        ("broken.ttl", "this is no Turtle", "is not RDF as its name says"),
        ("empty.nt", "", "has no guideline topic"),
        ("latin.ttl", b'<urn:a> <urn:b> "\xff" .', "is not RDF as its name says"),
        (
            "closed.nt",
            "<urn:a> <https://w3id.org/nextstudy/ontology#isA> <urn:a> .",
            "build it without --closure",
        ),
    ],
)
def test_bad_input_is_one_sentence(
    name: str, text: str | bytes | None, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["diff", str(path), str(shipped("ontology"))]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert expected in complaint


def test_a_folder_without_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ontology = str(shipped("ontology"))
    assert main(["diff", ontology, ontology, "--cases", str(tmp_path)]) == 2
    assert "has no case files" in capsys.readouterr().err


# ---------------------------------------------------------------------- every patient


def test_no_patient_is_answered_differently(guide: kg.Guide) -> None:
    """What stands for people to read changes no answer."""
    label = NamedNode("http://www.w3.org/2004/02/skos/core#note")
    other = edited(guide.core.content, lambda quad: quad.predicate != label)
    found = compare_editions(guide.core.content, other, everybody=True)
    assert found.edits
    assert found.everybody.startswith("NO PATIENT IS ANSWERED DIFFERENTLY")
    assert found.patient is None
    assert found.everybody in " ".join(str(found).split())


@pytest.mark.parametrize("fault", FAULTS[3::60], ids=str)
def test_a_patient_who_is_answered_differently(fault: SafetyFault, guide: kg.Guide) -> None:
    found = compare_editions(guide.core.content, faulty(guide.core.content, fault), everybody=True)
    assert found.everybody.startswith("A PATIENT IS ANSWERED DIFFERENTLY")
    assert found.patient is not None
    assert {cause.id for cause in found.patient.causes} <= {edit.id for edit in found.edits}
    assert str(found.patient) in str(found)


def test_a_word_that_one_edition_lacks_is_nobodys_difference(guide: kg.Guide) -> None:
    node = NamedNode(f"{BASE}finding/hiv-infection")
    other = edited(guide.core.content, lambda quad: node not in (quad.subject, quad.object))
    assert compare_editions(guide.core.content, other, everybody=True).everybody.startswith("NO PATIENT")


def test_without_a_solver_it_is_not_decided(editions: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise MissingPackageError("install it")

    monkeypatch.setattr(solve, "_solver", missing)
    old, new = map(load_edition, editions)
    found = compare_editions(old, new, everybody=True)
    assert found.everybody == "NOT DECIDED whether any patient is answered differently: install it."


def test_the_command_decides_it(editions: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    old, new = map(str, editions)
    assert main(["diff", old, new, "--every-patient"]) == 0
    assert "A PATIENT IS ANSWERED DIFFERENTLY: " in capsys.readouterr().out
