"""Rating tables as people have them: what a guideline prints, what nobody saw, what comes twice, and many lines."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.author.check import check
from kg.author.drafts.import_ratings import import_ratings
from kg.errors import AuthoringError
from kg.knowledge.content.content import Content, read
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.queries import Query
from tests.conftest import ROOT, copied

PAGE = ROOT / "docs" / "how-to" / "example-ache"
GOOD = (PAGE / "example-ache.csv").read_text(encoding="utf-8")
HEAD = "variant,title,procedure,category,radiation level,source\n"
MRI = "MRI thoracic spine without IV contrast"
PET = "FDG-PET/CT skull base to mid-thigh"


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The shipped content with the made-up topic, without its ratings."""
    place = copied(tmp_path_factory.mktemp("content") / "mine")
    shutil.copyfile(PAGE / "example-ache.ttl", place / "topics" / "example-ache.ttl")
    return read(place)


@pytest.fixture
def imported(mine: Content, tmp_path: Path) -> Callable[[str], str]:
    """Import a table, or give what is wrong with it."""

    def result(text: str) -> str:
        table = tmp_path / "table.csv"
        table.write_text(text, encoding="utf-8")
        try:
            return import_ratings(table, mine, "example-ache")
        except AuthoringError as error:
            return str(error)

    return result


Imported = Callable[[str], str]

# ---------------------------------------------------------------------- radiation

PRINTED = {
    "radiation-0": ["O 0 mSv", "O", "0 mSv", "O  0mSv", "0mSv", "o 0 msv"],
    "radiation-1": ["☢ <0.1 mSv", "☢<0.1mSv", "☢ < 0.1 mSv", "☢", "<0.1 mSv", "☢\ufe0f <0.1 mSv"],
    "radiation-2": ["☢☢  0.1-1mSv", "☢☢ 0.1\u20131 mSv", "☢☢\u20090.1\u2009\u2013\u20091\u2009mSv", "☢☢", "0.1-1"],
    "radiation-3": ["☢☢☢ 1-10 mSv", "☢☢☢\u00a01\u201310\u202fmSv", "☢ ☢ ☢ 1-10 mSv", "1\u221210 mSv"],
    "radiation-4": ["☢☢☢☢ 10-30 mSv", "☢☢☢☢ 10\u201430 mSv"],
    "radiation-5": ["☢☢☢☢☢ 30-100 mSv", "30\u2011100mSv"],
    "radiation-varies": ["Varies", "varies", "VARIES"],
    "radiation-not-seen": ["not seen", "Not seen", "not-seen"],
}
PAIRS = [(level, word) for level, words in PRINTED.items() for word in words if word != "0.1-1"]


@pytest.mark.parametrize(("level", "word"), PAIRS)
def test_a_radiation_level_is_read_as_it_is_printed(level: str, word: str, imported: Imported) -> None:
    said = imported(GOOD.replace("☢☢☢☢ 10\u201330 mSv", word))
    assert "is not on the scale" not in said
    if level in ("radiation-4", "radiation-not-seen"):
        assert said.startswith("@base"), "the vocabulary says the same, or nothing is said"
    else:
        expected = f"the radiation level of '{PET}' is '{word}' here but '10-30 mSv' in the vocabulary"
        assert expected in " ".join(said.split(" ")) and said.count("\n") == 0


@pytest.mark.parametrize("word", ["☢☢ 1-10 mSv", "110 mSv", "☢☢☢☢☢☢", "1-10 mSv [ped]", "-", "n/a", "0.1-1"])
def test_another_radiation_level_is_no_level(word: str, imported: Imported) -> None:
    said = imported(GOOD.replace("☢☢☢☢ 10\u201330 mSv", word))
    assert f"line 4: the radiation level '{word}' is not on the scale; write one of" in said
    assert "'below 0.1 mSv', 'not seen'" in said


# ---------------------------------------------------------------------- not seen


def test_a_category_that_was_not_seen_is_no_rating_and_is_not_lost(imported: Imported) -> None:
    said = imported(GOOD.replace("Usually Not Appropriate,☢", "Not seen,☢"))
    assert "procedure:fdg-pet-ct" not in said
    assert f"# not seen: the category of '{PET}' (line 4)\n" in said
    assert said.count("ns:procedure") == 4


def test_a_variant_of_which_nothing_was_seen_is_refused(imported: Imported) -> None:
    said = imported(f"{GOOD}3,Third,{MRI},not seen,,example-guideline\n")
    assert said == (
        "table.csv, line 7: of the variant '3' no rating was seen; write its ratings, or remove the scenario"
    )


def test_a_disagreement_that_was_not_seen(imported: Imported) -> None:
    text = GOOD.replace("source\n", "source,disagreement\n").replace(
        "example-guideline\n", "example-guideline,not seen\n"
    )
    said = imported(text.replace("example-review\n", "example-review,\n"))
    assert said.count("ns:disagreement scale:disagreement-unknown") == 4


def test_not_seen_is_offered_where_a_word_is_wrong(imported: Imported) -> None:
    assert "'not seen'" in imported(GOOD.replace("May Be Appropriate", "unclear"))


# ---------------------------------------------------------------------- what comes twice


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4A", "4a"),
        ("3-1", "3 1"),
        ("3\u20131", "3-1"),
        ("variant-5", "5"),
        ("1", "with-warning-sign"),
        ("1", "\uff11"),
        ("Acute  ache", "acute ache"),
        ("1", "1."),
        ("3", "3."),
        ("3_1", "3-1"),
    ],
)
def test_two_variants_that_would_be_one_scenario_are_refused(one: str, other: str, imported: Imported) -> None:
    rest = "".join(f"{variant},t,{MRI},Usually Appropriate,,example-guideline\n" for variant in (1, 2))
    rest = rest.replace("1,", "", 0) if one != "1" else rest.split("\n", 1)[1]
    lines = "".join(
        f"{name},t,{MRI},{category},,example-guideline\n"
        for name, category in ((one, "Usually Appropriate"), (other, "Usually Not Appropriate"))
    )
    said = imported(HEAD + rest + lines)
    first = 2 + rest.count("\n")
    assert f"the variants '{one}' (line {first}) and '{other}' (line {first + 1}) would be one scenario; write" in said
    assert said.count("\n") == 0


@pytest.mark.parametrize("variant", [".", "..", "-", "_ ."])
def test_a_variant_without_letters_and_digits_is_refused(variant: str, imported: Imported) -> None:
    said = imported(f"{GOOD}{variant},t,{MRI},Usually Appropriate,,example-guideline\n")
    assert f"the variant '{variant}' cannot be part of an identifier" in said


def test_variants_that_the_topic_tells_apart_stay_apart(mine: Content, tmp_path: Path) -> None:
    place = Path(shutil.copytree(mine.folder, tmp_path / "mine")) if mine.folder else tmp_path
    file = place / "topics" / "example-ache.ttl"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('skos:notation "1"', 'skos:notation "4A"').replace('skos:notation "2"', 'skos:notation "4a"'),
        encoding="utf-8",
    )
    table = tmp_path / "table.csv"
    lines = [
        f"{name},t,{MRI},{rated},,example-guideline\n"
        for name, rated in (("4A", "Usually Appropriate"), ("4a", "Usually Not Appropriate"))
    ]
    table.write_text(HEAD + "".join(lines), encoding="utf-8")
    said = import_ratings(table, place, "example-ache")
    assert re.findall(r"^<([a-z-]+)> ns:rating\n.*scale:([a-z-]+) ; ns:c", said, re.MULTILINE) == [
        ("with-warning-sign", "usually-appropriate"),
        ("without-warning-sign", "usually-not-appropriate"),
    ]


def test_a_rating_that_comes_twice_names_both_lines(imported: Imported) -> None:
    again = f"2,,{MRI},Usually Not Appropriate,O 0 mSv,example-guideline\n"
    assert imported(GOOD + again) == (
        f"table.csv, line 7: '{MRI}' has the rating of line 6 again, from example-guideline, in the same variant; "
        "keep one of the two lines"
    )
    other = again.replace("example-guideline", "example-review")
    assert imported(GOOD + other).startswith("@base"), "two sources that say the same are two sources"


# ---------------------------------------------------------------------- faults once a word, and stubs


def test_a_fault_is_said_once_a_word(imported: Imported) -> None:
    lines = [f"{1 + n % 2},t,Ultrasound knee,Perhaps,☣,nobody's list\n" for n in range(80)]
    said = imported(HEAD + "".join(lines)).split("\n\n")[0].splitlines()
    assert len(said) == 4
    assert all(line.startswith("table.csv, lines 2, 3, 4 and 77 more: the ") for line in said)
    assert [re.findall("the ([a-z ]+) '", line)[0] for line in said] == [
        "procedure",
        "category",
        "radiation level",
        "source",
    ]
    assert 'source:nobody-s-list a ns:Source ; dcterms:title "nobody\'s list"' in said[3]


def test_the_stub_of_an_unknown_study_passes_but_for_its_gaps(
    mine: Content, imported: Imported, tmp_path: Path
) -> None:
    knee = '1,t,"MRI knee ""left"" with IV contrast",Usually Not Appropriate,O 0 mSv,example-guideline\n'
    said = imported(f"{GOOD}{knee}{knee.replace('1,t', '2,t')}1,t,Cone-beam CT,May Be Appropriate,,example-review\n")
    faults, told, *_ = said.split("\n", 4)[0], said.split("\n\n")[1].splitlines()[0]
    assert faults.startswith("table.csv, lines 7 and 8: the procedure 'MRI knee")
    assert "paste this into a file of vocabulary/" in told
    turtle = said.split("\n\n", 1)[1]
    assert turtle.count(" a owl:Class , ns:Procedure ") == 2 and turtle.count("TODO") == 5
    place = Path(shutil.copytree(str(mine.folder), tmp_path / "mine"))
    (place / "vocabulary" / "knee.ttl").write_text(turtle, encoding="utf-8")
    table = tmp_path / "again.csv"
    table.write_text(f"{GOOD}{knee}1,t,Cone-beam CT,May Be Appropriate,,example-review\n", encoding="utf-8")
    written = import_ratings(table, place, "example-ache")
    assert "procedure:mri-knee-left-with-iv-contrast" in written and "procedure:cone-beam-ct" in written
    file = place / "topics" / "example-ache.ttl"
    file.write_text(file.read_text(encoding="utf-8") + written, encoding="utf-8")
    problems = check(place, reason=False, topic="example-ache").errors
    assert problems == (), "what is left to write in the vocabulary is not the topic's"


@pytest.mark.parametrize("word", ["Radiografy thoracic spin", "MRI thoracic spine", "MRI"])
def test_a_misspelt_study_and_a_general_one_get_no_stub(word: str, imported: Imported) -> None:
    said = imported(GOOD.replace("Radiography thoracic spine,May", f"{word},May"))
    assert f"the procedure '{word}' is not in the content" in said and "\n" not in said


def test_another_study_that_is_spelt_nearly_alike_gets_one(imported: Imported) -> None:
    """Discography is no slip of radiography."""
    said = imported(GOOD.replace("Radiography thoracic spine,May", "Discography thoracic spine,May"))
    assert "the procedure 'Discography thoracic spine' is not in the content" in said
    assert "procedure:discography-thoracic-spine a owl:Class , ns:Procedure ;" in said


# ---------------------------------------------------------------------- many lines


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_every_line_end_separates_lines(end: str, imported: Imported) -> None:
    assert imported(GOOD.replace("\n", end)) == imported(GOOD)


def test_the_number_of_queries_does_not_grow_with_the_table(
    mine: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    rows = Lookup.rows

    def counted(self: Lookup, query: Query) -> list[dict[str, str]]:
        asked.append(query.name)
        return rows(self, query)

    monkeypatch.setattr(Lookup, "rows", counted)
    table = tmp_path / "table.csv"
    line = "Usually Appropriate,O 0 mSv,example-guideline\n"
    many = "".join(f"{number},t,{MRI},{line}" for number in range(1, 400))
    table.write_text(HEAD + many, encoding="utf-8")
    assert import_ratings(table, mine, "example-ache").count("ns:procedure") == 399
    assert len(asked) == len(set(asked)) <= 6
