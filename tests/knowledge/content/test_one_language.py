"""Content in several languages is answered in one: nothing is said twice, and what is missing is said once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import kg
from kg.author.check import check
from kg.author.drafts.import_ratings import import_ratings
from kg.command.verbs import main
from kg.errors import ParameterError
from kg.knowledge.content.cache import LOCATION
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "example-ache"
SIGN = kg.Case(present=["example-ache", "example-warning-sign"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The made-up topic in English, and the same with every label of it in German and most in Dutch as well."""
    made = []
    for name in ("one", "three"):
        folder = tmp_path_factory.mktemp(name) / "ontology"
        shutil.copytree(shipped("ontology"), folder, ignore=shutil.ignore_patterns("topics", "mappings"))
        (folder / "topics").mkdir()
        path = folder / "topics" / "example-ache.ttl"
        path.write_text((HOW_TO / "example-ache.ttl").read_text(encoding="utf-8"), encoding="utf-8")
        text = path.read_text(encoding="utf-8") + import_ratings(HOW_TO / "example-ache.csv", folder, "example-ache")
        if name == "three":
            text = re.sub(r'rdfs:label "([^"]*)"@en', r'rdfs:label "AA \1"@de , "\1"@en , "ZZ \1"@nl', text)
            text = re.sub(r'skos:definition "([^"]*)"@en', r'skos:definition "\1"@en , "AA \1"@de', text)
        path.write_text(text, encoding="utf-8")
        made.append(folder)
    return made[0], made[1]


def test_english_is_as_if_there_were_no_other(folders: tuple[Path, Path]) -> None:
    one, three = map(kg.load, folders)
    assert one.assess(SIGN) == three.assess(SIGN)
    assert str(one.why(SIGN, "with-warning-sign")) == str(three.why(SIGN, "with-warning-sign"))
    assert not three.core.notices
    for question in ("criteria", "ratings", "findings", "scenarios"):
        assert str(one.ask(question)) == str(three.ask(question))
    assert one.ratings("example-ache") == three.ratings("example-ache")
    assert {each.label for each in one.find("ache")} == {each.label for each in three.find("ache")}


def test_a_name_in_any_language_finds_what_it_names(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCATION, str(tmp_path))
    for _ in range(2):  # as it is read, and as it was kept
        for language, label in (("en", "Example warning sign"), ("de", "AA Example warning sign")):
            guide = kg.load(folders[1], language=language)
            for words in ("Example warning sign", "AA example warning sign", "zz example warning sign"):
                assert [each.label for each in guide.find(words, "Finding")] == [label]


def test_another_language_is_whole_and_what_it_lacks_is_said_once(folders: tuple[Path, Path]) -> None:
    german = kg.load(folders[1], language="de")
    answer = german.assess(SIGN)
    (scenario,) = answer.scenarios
    assert scenario.label == "AA Example ache with a warning sign"
    assert [criterion.label for criterion in scenario.criteria] == ["AA example ache", "AA a warning sign"]
    assert answer.best[0].label == "MRI thoracic spine without IV contrast"
    (notice,) = german.core.notices
    assert re.fullmatch(r"[\d,]+ labels are not there in the language 'de'; they are shown in English.*", notice)
    english = kg.load(folders[1]).assess(SIGN)
    assert [study.id for study in english.studies] == [study.id for study in answer.studies]


def test_a_kept_build_keeps_its_language(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCATION, str(tmp_path))
    for _ in range(2):
        for language, begins in (("de", "AA"), ("en", "Example"), ("nl", "ZZ"), ("de-AT", "AA")):
            assert kg.load(folders[1], language=language).assess(SIGN).scenarios[0].label.startswith(begins)
    assert kg.load(folders[1], language="de").core.content.language == "de"


def test_a_language_that_nobody_wrote_is_refused(folders: tuple[Path, Path]) -> None:
    with pytest.raises(ParameterError, match="no label is written in the language 'fr'; there are 'de', 'en', 'nl'"):
        kg.load(folders[1], language="fr")


def test_what_is_built_has_every_language(folders: tuple[Path, Path]) -> None:
    text = kg.load(folders[1]).build()
    assert '"AA Example ache with a warning sign"@de' in text
    assert '"ZZ Example ache with a warning sign"@nl' in text


def test_the_command_takes_a_language(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ask", "criteria-of-scenario", "--scenario", "with-warning-sign", "--content", str(folders[1])]
    assert main([*words, "--language", "de", "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 3
    assert "AA example ache" in said.out
    assert said.err.count("labels are not there") == 1


def test_a_label_of_another_language_leaves_nobody_unanswered(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed; 'make test' installs it")
    shutil.copytree(folders[0], tmp_path / "ontology")
    topic = tmp_path / "ontology" / "topics" / "example-ache.ttl"
    text = topic.read_text(encoding="utf-8")
    topic.write_text(text.replace('rdfs:label "Example warning sign"@en', 'rdfs:label "Zeichen"@de'), encoding="utf-8")
    found = kg.audit([{"id": "1", "present": ["example-ache"], "ordered": None}], kg.load(tmp_path / "ontology"))
    assert not found.summary.unfinished
    assert "NOT ANSWERED" not in str(found.summary)


def test_a_check_reads_them_all(folders: tuple[Path, Path]) -> None:
    assert not check(folders[1], topic="example-ache").errors
