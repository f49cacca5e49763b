"""Rating tables with a column of regions: families and tables, a whole topic of ratings, and what the content lacks."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.author.drafts.import_ratings import import_ratings
from kg.command.verbs import main
from kg.errors import AuthoringError
from kg.knowledge.content.content import Content, read
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import Query
from tests.conftest import ROOT, copied

SHARED = ROOT.parent / "shared" / "domain"
FAMILIES = ROOT / "tests" / "families" / "neck-and-back.ttl"
HEAD = "variant,title,procedure,category,radiation level,source,region\n"
ABOUT = {
    "title": "A made-up guideline",
    "issued": "2026",
    "address": "https://example.org/made-up",
    "rights": "Made up; free for any use.",
}
TABLE = f"""{HEAD}\
1,Made-up pain - initial,MRI thoracic spine without IV contrast,Usually Appropriate,,made-up-guideline,thoracic
1,Made-up pain - initial,MRI lumbar spine without IV contrast,Usually Appropriate,,made-up-guideline,lumbar
1,Made-up pain - initial,Radiography thoracic spine,May Be Appropriate,,made-up-guideline,thoracic
1,Made-up pain - initial,Radiography lumbar spine,Usually Not Appropriate,,made-up-guideline,lumbar
1,Made-up pain - initial,CT lumbar spine without IV contrast,May Be Appropriate,,made-up-guideline,lumbar
1,Made-up pain - initial,Radiography thoracic spine,Usually Not Appropriate,,made-up-guideline,lumbar
1,Made-up pain - initial,Bone scan whole body,Usually Not Appropriate,,made-up-guideline,"thoracic, lumbar"
2,Pain after a study - next study,Bone scan whole body,May Be Appropriate,,made-up-guideline,
2,Pain after a study - next study,Radiography lumbar spine,May Be Appropriate,,made-up-guideline,lumbar; thoracic
"""
RATED = Query(
    "rated",
    """PREFIX ns: <https://w3id.org/nextstudy/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT ?topic ?variant ?region ?study ?category WHERE {
      ?scenario ns:topic ?topic ; skos:notation ?variant ; ns:rating ?rating .
      OPTIONAL { ?scenario ns:inTable/ns:region ?region }
      ?rating ns:procedure ?study ; ns:category ?category . }""",
)


def cells(content: Content, topic: str) -> set[tuple[str, str, str, str]]:
    """What each scenario of a topic says: variant, region, study and category."""
    found = [row for row in Lookup(content).rows(RATED) if slug(row["topic"]) == topic]
    assert len({(row["variant"], row.get("region"), row["study"]) for row in found}) == len(found)
    return {(row["variant"], slug(row.get("region", "")), slug(row["study"]), slug(row["category"])) for row in found}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The shipped content with a topic that has families."""
    place = copied(tmp_path_factory.mktemp("content") / "mine")
    shutil.copyfile(FAMILIES, place / "topics" / "neck-and-back.ttl")
    return read(place)


Imported = Callable[..., str]


@pytest.fixture
def imported(mine: Content, tmp_path: Path) -> Imported:
    """Import a table as a whole topic, or give what is wrong with it."""

    def result(text: str, topic: str = "made-up", *, whole: bool = True) -> str:
        table = tmp_path / "table.csv"
        table.write_text(text, encoding="utf-8")
        try:
            return import_ratings(table, mine, topic, about=ABOUT if whole else None)
        except AuthoringError as error:
            return str(error)

    return result


def laid(content: Content, place: Path, files: dict[str, str]) -> Content:
    """The content with further files."""
    folder = Path(shutil.copytree(str(content.folder), place / "laid"))
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read(folder)


def test_what_all_tables_say_is_written_once_and_means_every_cell(
    imported: Imported, mine: Content, tmp_path: Path
) -> None:
    written = imported(TABLE)
    assert written.startswith("@base <https://w3id.org/nextstudy/topic/made-up/> .")
    assert "TODO" not in written and "ns:ratingsOnly true" in written and "ns:phase scale:next-study" in written
    assert written.count("ns:technique technique:mri-without-contrast") == 1, "alike in both tables"
    assert written.count("ns:technique technique:radiography ; ns:table") == 1, "one of the two names its table"
    assert written.count("a ns:Table ;") == 2 and written.count("a ns:ScenarioFamily ;") == 2
    found = cells(laid(mine, tmp_path, {"topics/made-up.ttl": written}), "made-up")
    both = ("thoracic-spine", "lumbar-spine")
    assert found == {
        ("1", "thoracic-spine", "mri-thoracic-spine-without-contrast", "usually-appropriate"),
        ("1", "lumbar-spine", "mri-lumbar-spine-without-contrast", "usually-appropriate"),
        ("1", "thoracic-spine", "radiography-thoracic-spine", "may-be-appropriate"),
        ("1", "lumbar-spine", "radiography-lumbar-spine", "usually-not-appropriate"),
        ("1", "lumbar-spine", "ct-lumbar-spine-without-contrast", "may-be-appropriate"),
        ("1", "lumbar-spine", "radiography-thoracic-spine", "usually-not-appropriate"),
        *(("1", region, "bone-scan-whole-body", "usually-not-appropriate") for region in both),
        *(("2", region, "bone-scan-whole-body", "may-be-appropriate") for region in both),
        *(("2", region, "radiography-lumbar-spine", "may-be-appropriate") for region in both),
    }


def test_one_region_makes_no_tables(imported: Imported) -> None:
    written = imported(TABLE.replace("lumbar; thoracic", "thoracic").replace(",lumbar\n", ",thoracic\n"))
    assert "is 'Usually Not Appropriate' here and 'May Be Appropriate'" in written
    written = imported(f"{HEAD}1,Pain - initial,Bone scan whole body,Usually Appropriate,,made-up-guideline,thoracic\n")
    assert "ns:Scenario , owl:Class" in written and "ns:Table" not in written


FAULTS = {
    "an unknown region": (",thoracic\n", ",thoracal\n", ["the region 'thoracal' is not in the content; did you mean"]),
    "two categories in one region": (
        "Bone scan whole body,May Be Appropriate",
        "Radiography lumbar spine,Usually Appropriate",
        ["is 'May Be Appropriate' here and 'Usually Appropriate' in line 9, in the region 'Lumbar spine'; keep"],
    ),
    "a rating that comes twice in one region": (
        '"thoracic, lumbar"\n',
        '"thoracic, lumbar"\n1,,Bone scan whole body,Usually Not Appropriate,,made-up-guideline,lumbar\n',
        ["has the rating of line 8 again, from made-up-guideline, in the region 'Lumbar spine'; keep"],
    ),
    "no phase": (" - next study", "", ["nothing says the phase of the variant '2'; add a column 'phase'"]),
    "an unknown source": ("Appropriate,,made-up-guideline,thoracic", "Appropriate,,other,thoracic", ["the source"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_inconsistent_table_is_refused_as_a_whole(name: str, imported: Imported) -> None:
    before, after, expected = FAULTS[name]
    text = TABLE.replace(before, after)
    assert text != TABLE
    said = imported(text).split("\n\n")[0].splitlines()
    assert len(said) == len(expected), said
    for line, wanted in zip(said, expected, strict=True):
        assert line.startswith("table.csv, line") and wanted in line and "; " in line


# ---------------------------------------------------------------------- a topic that has families

NECK = "MRI of the made-up neck,Usually Appropriate,,two-regions"


def test_the_ratings_of_a_family_that_the_topic_has(imported: Imported) -> None:
    rows = [f"{HEAD}1,,{NECK},made-up neck", "2,,Bone scan whole body,Usually Not Appropriate,,two-regions,", ""]
    rows[1:1] = ["1,,MRI of the made-up back,Usually Appropriate,,two-regions,made-up back"]
    rows[1:1] = ["1,,MRI of the made-up neck and back,Usually Appropriate,,two-regions,made-up neck and back"]
    written = imported("\n".join(rows), "neck-and-back", whole=False)
    assert "<after-a-fall> ns:rating\n        [ ns:technique technique:mri-without-contrast ; ns:category" in written
    assert "<stiff> ns:rating\n        [ ns:procedure procedure:bone-scan-whole-body ; ns:category" in written
    assert "ns:Table" not in written, "the topic has the tables"


def test_a_region_with_two_tables_is_rated_in_both(mine: Content, tmp_path: Path) -> None:
    name = "topics/neck-and-back.ttl"
    text = (Path(str(mine.folder)) / name).read_text(encoding="utf-8").replace("<table/neck-and-back> ;", "MORE ;")
    more = "<table/neck-and-back> , <table/neck-at-night>"
    night = '<table/neck-at-night> a ns:Table ; ns:slug "night" ; ns:topic topic:neck-and-back ; ns:region structure:'
    text = text.replace("MORE", more) + f'{night}test-neck ; rdfs:label "neck at night"@en .\n'
    table = tmp_path / "table.csv"
    table.write_text(f"{HEAD}1,,{NECK},made-up neck\n2,,{NECK},made-up neck\n", encoding="utf-8")
    written = import_ratings(table, laid(mine, tmp_path, {name: text}), "neck-and-back")
    assert written.count("ns:table <table/neck> , <table/neck-at-night> ; ns:category") == 2


def test_a_family_needs_regions_and_has_only_its_own(imported: Imported) -> None:
    without = f"{HEAD.replace(',region', '')}1,,{NECK}\n"
    said = imported(without, "neck-and-back", whole=False)
    assert (
        "line 2: the variant '1' is a family of scenarios in the topic, and the table has no regions; say with" in said
    )
    said = imported(f"{HEAD}1,,{NECK},thoracic\n", "neck-and-back", whole=False)
    assert "the family of the variant '1' has no table for 'Thoracic spine'; name the table" in said


# ---------------------------------------------------------------------- what the content lacks


def test_what_the_content_lacks_is_begun_with_technique_and_region(mine: Content, tmp_path: Path) -> None:
    table, begun = tmp_path / "table.csv", tmp_path / "begun.ttl"
    new = [
        "3,New - initial,MRA sacrum without IV contrast,Usually Appropriate,O 0 mSv,,sacrum",
        "3,New - initial,Arteriography sacrum,Usually Appropriate,,,sacrum",
        "3,New - initial,Radiography knee,May Be Appropriate,,,knee",
    ]
    text = TABLE.replace(",made-up-guideline,", ",,") + "\n".join(new) + "\n"
    table.write_text(text.replace("source,region", "nothing,region"), encoding="utf-8")
    with pytest.raises(AuthoringError) as refused:
        import_ratings(table, mine, "made-up", about=ABOUT, missing=begun)
    said = str(refused.value).splitlines()
    assert said[0].startswith("table.csv, line 13: the region 'knee' is not in the content")
    assert said[1].startswith("table.csv, lines 11 and 12: the content lacks studies whose names tell their technique")
    assert "the procedure 'Radiography knee'" in said[2] and "begins what the content lacks" in said[3]
    turtle = begun.read_text(encoding="utf-8")
    sacrum = turtle[turtle.index("procedure:arteriography-sacrum ") : turtle.index("procedure:radiography-knee ")]
    assert "ns:technique technique:arteriography ; ns:region structure:sacrum" in sacrum
    assert "procedure:study-with-iodinated-contrast" in sacrum and ", of the sacrum." in sacrum
    assert "radiation-not-seen" in sacrum
    assert re.findall(r'"TODO[^"]*"', turtle) and "TODO" not in sacrum.rsplit("\n# TODO", 1)[0]
    filled = re.sub(r'"TODO[^"]*"', '"Said."', turtle)
    with_it = laid(mine, tmp_path, {"vocabulary/begun.ttl": filled})
    written = import_ratings(table, with_it, "made-up", about=ABOUT)
    assert "source:made-up-guideline a ns:Source" not in written, "it stands where the studies are"
    assert "procedure:mra-sacrum-without-iv-contrast" in written or "technique:mra-without-contrast" in written


def test_a_study_is_found_by_the_technique_and_region_that_its_name_tells(imported: Imported) -> None:
    written = imported(f"{HEAD}1,A - initial,MRI lumbar without IV contrast,Usually Appropriate,,made-up-guideline,\n")
    assert "procedure:mri-lumbar-spine-without-contrast" in written


def test_the_command_writes_the_file_of_a_topic(tmp_path: Path) -> None:
    table, out = tmp_path / "made-up.csv", tmp_path / "made-up.ttl"
    table.write_text(TABLE, encoding="utf-8")
    about = [f"--about={name}={text}" for name, text in ABOUT.items()]
    assert main(["import-ratings", str(table), "--ratings-only", *about, "-o", str(out)]) == 0
    assert "TODO" not in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--about", "issued=2026"], "--about says something of a new file; add --ratings-only"),
        (["--ratings-only", "--about", "isued=2026"], "nothing of the name 'isued' can be said of a guideline"),
        (["--ratings-only", "--about", "issued=soon"], "'soon' is not a date; write issued=2024"),
        (["--ratings-only", "--about", "license=a b"], "'a b' is not an address; write license=https://"),
        (["--ratings-only", "--topic", "low-back-pain"], "the topic 'low-back-pain' exists already"),
        (["--column", "region=where"], "the header lacks 'where'"),
    ],
)
def test_bad_options_are_one_sentence(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "made-up.csv"
    table.write_text(TABLE, encoding="utf-8")
    assert main(["import-ratings", str(table), *arguments]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1 and expected in complaint


@pytest.mark.parametrize("topic", ["suspected-spine-infection", "vertebral-compression-fractures"])
def test_a_real_table_of_regions_means_every_cell_that_it_prints(topic: str, tmp_path: Path) -> None:
    table = SHARED / f"{topic}-ratings.csv"
    if not table.is_file():
        pytest.skip(f"the table of the domain facts is not here: {table.name}")
    called = {"title": "variant_label", "radiation level": "rrl_adult", "region": "region_context"}
    place = copied(tmp_path / "mine")
    begun = place / "vocabulary" / "begun.ttl"
    try:
        written = import_ratings(table, place, "made-up", called, about=ABOUT)
    except AuthoringError:
        with pytest.raises(AuthoringError):
            import_ratings(table, place, "made-up", called, about=ABOUT, missing=begun)
        begun.write_text(begun.read_text(encoding="utf-8").replace("TODO: ", ""), encoding="utf-8")
        written = import_ratings(table, place, "made-up", called, about=ABOUT)
    (place / "topics" / "made-up.ttl").write_text(written, encoding="utf-8")
    found = cells(read(place), "made-up")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [
        (row["variant"], region, row["category"]) for row in rows for region in row["region_context"].split(",")
    ]
    assert len(found) == len(expected)
    assert len({(variant, region) for variant, region, _, _ in found}) == len({(v, r.strip()) for v, r, _ in expected})
