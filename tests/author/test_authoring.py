"""The author's path: a new topic file, and the ratings of a published table."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest

from kg.author.check import check
from kg.author.drafts.import_ratings import import_ratings
from kg.command.verbs import main
from kg.knowledge.content.content import read
from kg.knowledge.sparql.iris import ns, slug
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT, copied

PAGE = ROOT / "docs" / "how-to" / "example-ache"
GOOD = (PAGE / "example-ache.csv").read_text(encoding="utf-8")
SHARED = ROOT.parent / "shared" / "domain" / "low-back-pain-ratings.csv"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A shipped topic and the made-up one, without its ratings."""
    place = copied(tmp_path / "mine", ("thoracic-back-pain",))
    shutil.copyfile(PAGE / "example-ache.ttl", place / "topics" / "example-ache.ttl")
    return place


def refused(text: str, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8")
    assert main(["import-ratings", str(table), "--topic", "example-ache", "--content", str(mine)]) == 2
    written = capsys.readouterr()
    assert written.out == "", "nothing of a table that is refused is written"
    return written.err


LINE = '1,"Example ache with a warning sign, initial imaging",'
FAULTS = {
    "a procedure that is a scenario's title": (
        "Radiography thoracic spine,May",
        '"Example ache with a warning sign, initial imaging",May',
        ["line 2: the procedure", "is the title of a scenario; write the study that the source rates there"],
    ),
    "a procedure that is the title of a scenario of the content": (
        "Radiography thoracic spine,May",
        "example ACHE without a warning sign,May",
        ["line 2: the procedure", "is the title of a scenario"],
    ),
    "two categories for one cell": (
        "\n2,",
        f"\n{LINE}Radiography thoracic spine,Usually Appropriate,,example-review\n2,",
        ["line 5: 'Radiography thoracic spine' is 'Usually Appropriate' here and 'May Be Appropriate' in line 2; keep"],
    ),
    "a scenario without ratings": (
        "\n2,",
        "\n3,A third variant,,,,\n2,",
        ["line 5: the variant '3' has no rating; write its ratings, or remove the scenario"],
    ),
    "an unknown procedure": (
        "Radiography thoracic spine,May",
        "Radiografy thoracic spin,May",
        ["line 2: the procedure 'Radiografy thoracic spin' is not", "did you mean 'Radiography thoracic spine'"],
    ),
    "a procedure too general": ("Radiography thoracic spine,May", "MRI thoracic spine,May", ["line 2", "did you mean"]),
    "a category outside the scale": (
        "May Be Appropriate",
        "Probably Appropriate",
        ["line 2: the category 'Probably Appropriate' is not on the scale; write one of", "'Usually Appropriate'"],
    ),
    "a rating without a source": (
        ",May Be Appropriate,,example-guideline",
        ",May Be Appropriate,,",
        ["line 2: the rating has no source; name the source"],
    ),
    "an unknown source": ("example-review", "example-revue", ["line 3: the source", "did you mean 'example-review'"]),
    "another radiation level": (
        "O 0 mSv,example-guideline; ",
        "☢☢☢ 1-10 mSv,example-guideline; ",
        ["line 3: the radiation level", "but '0 mSv' in the vocabulary; correct"],
    ),
    "a radiation level outside the scale": ("O 0 mSv", "7 mSv", ["line 3: the radiation level '7 mSv' is not on the"]),
    "a variant that breaks out of its identifier": (
        "\n2,",
        '\n"1""} ns:x",A third variant,Radiography thoracic spine,May Be Appropriate,,example-review\n2,',
        ["line 5: the variant '1\"} ns:x' cannot be part of an identifier; write it with letters"],
    ),
    "no variant": ("\n2,", "\n,", ["line 5: names no variant; write"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_inconsistent_table_is_refused(
    name: str, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, expected = FAULTS[name]
    text = GOOD.replace(before, after, 1)
    assert text != GOOD
    complaint = refused(text, mine, tmp_path, capsys)
    assert complaint.count("\n") == 1, "this fault and no other"
    for part in expected:
        assert part in complaint


def test_all_faults_are_named_at_once(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("May Be", "Maybe").replace("FDG-PET/CT", "PDG-FET/CT")
    complaint = refused(text, mine, tmp_path, capsys)
    assert re.findall(r"line (\d+):", complaint) == ["2", "4"]


def test_a_scenario_of_the_topic_that_no_line_rates(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith("2,"))
    complaint = refused(text, mine, tmp_path, capsys)
    assert "no line rates the scenario 'Example ache without a warning sign' (variant 2)" in complaint


WRONG = {
    "no header": (GOOD.split("\n", 1)[1], "line 1: the header lacks 'variant'"),
    "empty": ("", "line 1: the header lacks"),
    "header only": (GOOD.split("\n", 1)[0], "has a header but no line below it"),
    "a cell too many": (GOOD + "2,a,b,c,d,e,f\n", "line 7: has 7 cells but the header has 6"),
    "an open quote": (GOOD + '2,"a', "is not CSV"),
    "semicolons": (GOOD.replace(",", ";"), "separated by commas"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_table_is_refused(name: str, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = WRONG[name]
    complaint = refused(text, mine, tmp_path, capsys)
    assert complaint.count("\n") == 1
    assert expected in complaint


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["import-ratings", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["import-ratings", "latin.csv"], "latin.csv: is not UTF-8 text"),
        (["import-ratings", "latin.csv", "--topic", "No Slug"], "cannot name a topic"),
        (["import-ratings", "latin.csv", "--column", "sauce=a"], "'sauce' is not a column that can have another name"),
        (["new-topic", "Knee Pain"], "'Knee Pain' cannot name a topic"),
        (["new-topic", "thoracic-back-pain"], "exists already"),
        (["new-topic", "knee-pain", "--regions", "knee"], "the region 'knee' is not in the content; declare it"),
        (
            ["new-topic", "knee-pain", "--regions", "cervical,Cervical spine"],
            "'Cervical spine' is named twice; keep one",
        ),
        (["new-topic", "knee-pain", "-o", "latin.csv"], "latin.csv: cannot be written (File exists)"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin.csv").write_bytes("variant,täble".encode("latin-1"))
    assert main(arguments) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert expected in complaint


def test_the_ratings_written_pass_the_check(mine: Path) -> None:
    content = read(mine)
    topic = mine / "topics" / "example-ache.ttl"
    written = import_ratings(PAGE / "example-ache.csv", content, "example-ache")
    topic.write_text(topic.read_text(encoding="utf-8") + written, encoding="utf-8")
    assert check(mine).errors == ()


def test_a_new_topic_is_explained_line_by_line(mine: Path) -> None:
    path = mine / "topics" / "knee-pain.ttl"
    assert main(["new-topic", "knee-pain", "--content", str(mine), "-o", str(path)]) == 0
    (mine / "topics" / "example-ache.ttl").unlink()
    marks = [line for line in path.read_text(encoding="utf-8").splitlines() if "TODO" in line and line[0] != "#"]
    report = check(mine)
    assert len([problem for problem in report.errors if problem.found_by == "unfinished.rq"]) == len(marks) > 15
    assert all(problem.place.startswith("topics/knee-pain.ttl, line ") for problem in report.errors)


def test_a_new_topic_with_regions_has_a_family_and_says_each_gap(mine: Path) -> None:
    path = mine / "topics" / "knee-pain.ttl"
    arguments = ["new-topic", "knee-pain", "--regions", "cervical, Lumbar spine", "--content", str(mine)]
    assert main([*arguments, "-o", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert (
        "<variant-1> a ns:ScenarioFamily" in text and "ns:table <table/cervical-spine> , <table/lumbar-spine>" in text
    )
    assert "<variant-1-lumbar-spine>" in text and "region-slug" not in text and "my-topic" not in text
    marks = [line for line in text.splitlines() if "TODO" in line and line[0] != "#"]
    found = check(mine, topic="knee-pain").errors
    assert len([problem for problem in found if problem.found_by == "unfinished.rq"]) == len(marks) > 20
    assert all(problem.place.startswith("topics/knee-pain.ttl, line ") for problem in found)


def test_a_real_table_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """All 77 ratings of a published topic, with words of a content of its own."""
    if not SHARED.is_file():
        pytest.skip(f"the table of the domain facts is not here: {SHARED.name}")
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    procedures = {row["procedure"]: f"test-{number}" for number, row in enumerate(rows) if row["variant"] == "1"}
    # The column also tells what other editions said and where a name came from; the sources of all are A2 and K.
    for row in rows:
        row["sources"] = "a2; k"
    table = tmp_path / "ratings.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    place = tmp_path / "ontology"
    (place / "vocabulary").mkdir(parents=True)
    for path in shipped("ontology").glob("*.ttl"):
        shutil.copyfile(path, place / path.name)
    shutil.copyfile(shipped("ontology") / "vocabulary" / "scales.ttl", place / "vocabulary" / "scales.ttl")
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in read(place).prefixes.items())
    words = [f'procedure:{name} a ns:Procedure ; rdfs:label "{label}"@en .' for label, name in procedures.items()]
    words += [f'source:{name} a ns:Source ; dcterms:title "{name}" .' for name in ("a2", "k")]
    words += ['topic:low-back-pain a ns:Topic ; rdfs:label "Low back pain"@en .']
    topic = place / "topic.ttl"
    topic.write_text(head + "\n".join(words) + "\n", encoding="utf-8")
    called = {"title": "variant_label", "radiation level": "rrl_adult", "source": "sources"}
    written = import_ratings(table, read(place), "low-back-pain", called)
    topic.write_text(topic.read_text(encoding="utf-8") + written, encoding="utf-8")

    quads = [quad for graph in read(place).graphs.values() for quad in graph]
    category = {quad.subject: quad.object for quad in quads if quad.predicate == ns("category")}
    found = {(str(rating), slug(str(value)).strip("<>")) for rating, value in category.items()}
    expected = {
        (
            f"<https://w3id.org/nextstudy/topic/low-back-pain/variant-{row['variant']}/rating/{procedures[row['procedure']]}>",
            re.sub(r"[^a-z]+", "-", row["category"].lower()).strip("-"),
        )
        for row in rows
    }
    assert found == expected
    assert len(found) == 77
