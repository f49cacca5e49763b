"""Words of clinicians and patients find what they mean; what only resembles them is never taken for it."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import kg
from kg.command.verbs import main
from kg.knowledge.ask import search
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

QUERIES = list(csv.DictReader((ROOT / "tests/knowledge/ask/find-queries.csv").open(encoding="utf-8")))


def ids(guide: kg.Guide, text: str, kind: str | None = None) -> list[str]:
    return [found.id for found in guide.find(text, kind)]


def test_the_list_is_broad() -> None:
    assert len({row["query"] for row in QUERIES}) == 86
    assert {row["who says it"] for row in QUERIES} == {"lay", "expert", "abbreviation"}
    assert sum(not row["expected id"] for row in QUERIES) >= 5, "some words mean nothing that the content has"


@pytest.mark.parametrize("row", QUERIES, ids=[row["query"] for row in QUERIES])
def test_words_find_what_they_mean_first(row: dict[str, str], guide: kg.Guide) -> None:
    assert ids(guide, row["query"])[:1] == ([row["expected id"]] if row["expected id"] else [])


def test_every_name_finds_its_thing(guide: kg.Guide) -> None:
    """Label, synonym and identifier of each finding and study: first but for what has the very same name."""
    names = guide.core.search
    for entry in guide.findings().entries:
        for name in (entry.label, *entry.synonyms):
            first = names.find(name, "Finding")[0]
            assert entry.id == first.id.rpartition("/")[2] or name.lower() == first.label.lower(), name
        assert entry.id in {found.id.rpartition("/")[2] for found in names.find(entry.id, "Finding")[:1]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("weak legs", "LEGS weak"),
        ("weak legs", "the weakness of his leg"),
        ("foot drop", "footdrop"),
        ("x-ray", "xray"),
        ("x-ray", "X ray"),
        ("Lasegue sign", "Lasègue's sign"),
        ("tumor", "tumour"),
        ("saddle anesthesia", "saddle anaesthesia"),
        ("paralyzed legs", "paralysed legs"),
        ("cannot pee", "can't pee"),
        ("burst fracture", "burst fractures"),
        ("slipped disc", "slipped disk"),
    ],
)
def test_spelling_order_and_form_do_not_matter(one: str, other: str, guide: kg.Guide) -> None:
    assert ids(guide, one)[0] == ids(guide, other)[0]


def test_a_beginning_of_four_letters_stands_for_a_word(guide: kg.Guide) -> None:
    assert ids(guide, "claust")[0] == "severe-claustrophobia"
    assert ids(guide, "radiculopa")[0] == "radiculopathy"
    assert not guide.find("RT"), "RTA begins with it and is something else"


def test_what_denies_is_a_word_like_others(guide: kg.Guide) -> None:
    assert ids(guide, "claustrophobic")[0] == "severe-claustrophobia"
    assert "severe-claustrophobia" not in ids(guide, "not claustrophobic")
    assert ids(guide, "MRI lumbar spine without contrast")[0] == "mri-lumbar-spine-without-contrast"
    assert ids(guide, "MRI thoracic spine with IV contrast")[0] == "mri-thoracic-spine-with-contrast"
    assert ids(guide, "lumbar MRI with and without contrast")[0] == "mri-lumbar-spine-without-and-with-contrast"


def test_definitions_notations_symbols_and_codes(guide: kg.Guide) -> None:
    assert "urinary-retention" in ids(guide, "inability to empty", "Finding")
    assert ids(guide, "UNA")[0] == "usually-not-appropriate"
    assert ids(guide, "☢☢") == ["radiation-2"]
    assert ids(guide, "72148") == ["mri-lumbar-spine-without-contrast"]
    assert ids(guide, "?!") == []


def test_findings_come_before_rules_and_rules_before_the_schema(guide: kg.Guide) -> None:
    kinds = [found.kind for found in guide.find("myelopathy")]
    assert kinds[0] == "Finding"
    assert kinds.index("UrgencyRule") < kinds.index("Example")
    assert guide.find("urgency rule")[-1].kind in {"Class", "ObjectProperty"}


def test_everything_with_a_label_is_there(guide: kg.Guide) -> None:
    assert set(map(guide.core.lexicon.shortest, guide.core.lexicon.labels)) <= set(ids(guide, ""))


def test_terms_of_a_topic_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "content"
    shutil.copytree(shipped("ontology"), folder)
    text = (ROOT / "docs/how-to/example-ache/example-ache.ttl").read_text(encoding="utf-8")
    text += (
        'finding:mva a owl:Class , ns:Finding ; rdfs:label "Motor vehicle crash at speed"@en ;\n'
        '    skos:altLabel "smash-up"@en ; skos:definition "A collision of omnibuses."@en .\n'
    )
    (folder / "topics" / "example-ache.ttl").write_text(text, encoding="utf-8")
    guide = kg.load(folder)
    for words in ("crash speed", "smash up", "smashup", "smash", "omnibus collision", "mva"):
        assert ids(guide, words)[0] == "mva", words
    assert ids(guide, "ache with a warning sign")[0] == "with-warning-sign"
    case = tmp_path / "case.json"
    case.write_text('{"present": ["smash-up"]}', encoding="utf-8")
    assert main(["recommend", str(case), "--content", str(folder)]) == 2
    assert "did you mean 'mva'?" in capsys.readouterr().err


@pytest.mark.parametrize(("word", "meant"), [("foot drop", "foot-drop"), ("ESRD", "severe-renal-impairment")])
def test_a_case_in_other_words_is_told_the_identifier(word: str, meant: str, guide: kg.Guide) -> None:
    with pytest.raises(kg.UnknownTermError, match=f"did you mean '{meant}'"):
        guide.assess(kg.Case(present=[word]))


@pytest.mark.parametrize("words", ["knee numbness", "RT", "DEXA", "toothache", "claustrofobia", "qqqqqqqqqqqq", "?!"])
def test_a_guess_is_no_hit(words: str, guide: kg.Guide, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", words]) == 1
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.startswith(f"nextstudy: nothing is called '{words}'; ")
    assert printed.err.count("\n") == 1
    guesses = guide.guesses(words)
    assert len(guesses) <= 3
    assert all(f"{guess.id} ({guess.label})" in printed.err for guess in guesses)
    assert ("perhaps: " in printed.err) == bool(guesses)


def test_to_hand_a_case_on_says_nothing_of_hands(guide: kg.Guide) -> None:
    assert not [found for found in guide.find("numb hand") if "saddle" in found.label]
    assert "HandOff" in {found.kind for found in guide.find("hand off")} & {
        found.kind for found in guide.find("hand-off")
    }


def test_guesses_are_words_of_a_case_where_there_are_some(guide: kg.Guide) -> None:
    assert [guess.id for guess in guide.guesses("claustrofobia")] == ["severe-claustrophobia"]
    assert guide.guesses("claustrofobia", "Procedure") == ()
    assert {guess.kind for guess in guide.guesses("arm numbness")} == {"Finding"}


def test_kind_and_limit(capsys: pytest.CaptureFixture[str]) -> None:
    def lines(*words: str) -> list[str]:
        assert main(["find", *words]) == 0
        return capsys.readouterr().out.splitlines()

    everything = lines("fracture", "--kind", "Finding")
    assert len(everything) > 5
    assert all(line.startswith("Finding  ") for line in everything)
    assert lines("fracture", "--kind", "Finding", "--limit", "2")[:2] == everything[:2]
    assert lines("fracture", "--limit", "2")[2].startswith("and ")
    shown = lines("fracture")
    assert len(shown) == 26
    assert shown[-1].startswith("and ")
    for wrong in ("0", "-1", "two", "1.5", "9" * 5000):
        with pytest.raises(SystemExit) as stopped:
            main(["find", "fracture", "--limit", wrong])
        assert stopped.value.code == 2
        assert "write a whole number from 1 on" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ['"', "fever AND", "fever*", "NEAR(fever chills)", "words:fever", "'; DROP TABLE whole; --", "\x00"],
)
def test_what_is_searched_is_never_a_query(text: str, guide: kg.Guide) -> None:
    guide.find(text)
    guide.guesses(text)
    assert ids(guide, "fever")[0] == "fever"


def test_a_text_of_many_words(guide: kg.Guide) -> None:
    assert guide.find("fever " * 10_000)[0].id == "fever", "one word, said often"
    many = " ".join(f"word{number}" for number in range(10_000))
    assert guide.find(many) == ()
    assert len(guide.guesses(many)) <= 3
    longest = max(guide.core.lexicon.labels.values(), key=len)
    assert longest in {found.label for found in guide.find(longest)}


def test_threads_share_one_index(guide: kg.Guide) -> None:
    words = [row["query"] for row in QUERIES] * 3
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(guide.find, words))
    assert found == [guide.find(word) for word in words]
    assert guide.core.search is guide.core.search


def test_a_python_that_searches_no_texts(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    class Poor(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            message = "no such module: fts5"
            raise sqlite3.OperationalError(message)

    monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: Poor(":memory:"))
    with pytest.raises(kg.MissingPackageError, match="built without FTS5; use a Python whose SQLite has it"):
        search.SearchIndex(guide.core.lookup, guide.core.lexicon)
