"""Kept builds: the same as what was read, never stale, safe when processes race, and never required."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg.errors import ContentError
from kg.knowledge.content import cache
from kg.knowledge.content.cache import LOCATION, Kept, opened_content
from kg.knowledge.content.content import Content, read
from kg.knowledge.sparql.iris import RDF_TYPE, ns
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT, copied


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LOCATION, str(tmp_path / "builds"))
    return tmp_path / "builds"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copied(tmp_path / "ontology")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The vocabulary without topics, for what only counts builds."""
    return copied(tmp_path / "small", ())


@pytest.fixture(scope="module")
def folder(levels: kg.Guide) -> Path:
    """Two topics, which nobody changes."""
    assert levels.core.folder
    return levels.core.folder


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of builds with the one of these two topics, and the circuit of one, to copy."""
    home = tmp_path_factory.mktemp("made") / "builds"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LOCATION, str(home))
        asked(kg.load(folder), kg.Case(present=["thoracic-back-pain"]))
    return home


@pytest.fixture
def kept(home: Path, made: Path) -> Path:
    """The one build there is."""
    shutil.copytree(made, home)
    (place,) = builds(home)
    return place


def builds(home: Path) -> list[Path]:
    return sorted(place for place in home.iterdir() if not place.name.startswith("draft-"))


def test_a_kept_build_is_what_was_read(home: Path) -> None:
    made, kept = read(shipped("ontology")), opened_content(shipped("ontology"))
    assert isinstance(kept, Kept)
    again = opened_content(shipped("ontology")).whole
    assert len(builds(home)) == 1
    assert made.graphs.keys() == again.graphs.keys()
    for name, triples in made.graphs.items():
        named = [triple for triple in triples if "_:" not in f"{triple.subject}{triple.object}"]
        assert set(named) <= set(again.graphs[name])
        assert len(set(triples)) == len(again.graphs[name])
    assert set(made.derived) == set(again.derived)
    assert (made.prefixes, made.index, made.topics) == (again.prefixes, kept.index, kept.topics)


def test_answers_do_not_depend_on_it(home: Path, folder: Path, opening_patient: kg.Case) -> None:
    read_now, kept = kg.Guide(read(folder)), kg.load(folder)
    again = kg.load(folder)
    assert read_now.assess(opening_patient) == kept.assess(opening_patient) == again.assess(opening_patient)


def test_a_part_is_without_the_other_topics_and_without_examples(home: Path, folder: Path) -> None:
    kept, made = opened_content(folder), read(folder)
    for topics in (frozenset[str](), frozenset(made.topics[:1])):
        ours, theirs = kept.part(topics), made.part(topics)
        assert len(ours.graphs) == len(topics) + 1
        assert sum(map(len, ours.graphs.values())) == sum(len(set(graph)) for graph in theirs.graphs.values())
        assert set(ours.derived) == set(theirs.derived)
        examples = [
            t for graph in ours.graphs.values() for t in graph if (t.predicate, t.object) == (RDF_TYPE, ns("Example"))
        ]
        assert examples == []


def test_a_changed_file_makes_another_build(home: Path, copy: Path) -> None:
    first = kg.load(copy)
    findings = copy / "vocabulary" / "findings" / "history.ttl"
    stamp = findings.stat()
    text = findings.read_text(encoding="utf-8")
    findings.write_text(text.replace('"Fever"@en', '"Pyrex"@en'), encoding="utf-8")
    os.utime(findings, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # same size, same time: only the content tells
    assert first.core.lexicon.label("https://w3id.org/nextstudy/finding/fever") == "Fever"
    assert kg.load(copy).core.lexicon.label("https://w3id.org/nextstudy/finding/fever") == "Pyrex"
    assert len(builds(home)) == 2


def test_broken_content_is_refused_each_time_and_not_kept(home: Path, copy: Path) -> None:
    (copy / "vocabulary" / "more.ttl").write_text("this is not Turtle", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ContentError, match=r"more\.ttl, line 1"):
            kg.load(copy)
    assert not home.exists()


DAMAGED_INDEX = {
    "index of another form": b"[]",
    "files of another form": b'{"files": 5}',
    "index of nothing": b'{"files": {}}',
    "index that is no text": b"\xff\xfe",
    "empty index": b"",
}


@pytest.mark.parametrize("damage", ["cut", "gone", "index", "letter", "sign", "letter of the index", *DAMAGED_INDEX])
def test_a_damaged_build_is_made_again(
    home: Path, kept: Path, folder: Path, levels: kg.Guide, damage: str, opening_patient: kg.Case
) -> None:
    expected, place = levels.assess(opening_patient), kept
    victim = place / ("index.json" if "index" in damage or damage in DAMAGED_INDEX else "vocabulary.stated.nt")
    if damage == "gone":
        victim.unlink()
    elif damage in DAMAGED_INDEX:
        victim.write_bytes(DAMAGED_INDEX[damage])
    elif damage in ("letter", "sign", "letter of the index"):  # still Turtle or JSON, or not, and of the same size
        old, new = {"letter": (b"fever", b"fewer"), "sign": (b"<", b"{")}.get(damage, (b"kyphosis", b"kyphosus"))
        victim.write_bytes(victim.read_bytes().replace(old, new))
    else:
        victim.write_bytes(victim.read_bytes()[:5000])
    assert kg.load(folder).assess(opening_patient) == expected
    assert len(builds(home)) == 1


@pytest.mark.parametrize("before", ["none", "damaged", "not an object"])
def test_a_build_that_another_process_puts_there_is_not_removed(
    home: Path, kept: Path, before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = kept
    fresh = shutil.copytree(place, tmp_path / "fresh")
    shutil.rmtree(place)
    if before != "none":
        place.mkdir()
        (place / "index.json").write_text("{" if before == "damaged" else '{"files": []}', encoding="utf-8")
    looked = Path.read_bytes

    def late(path: Path) -> bytes:
        """What was there; then the other process has its build ready."""
        monkeypatch.setattr(Path, "read_bytes", looked)
        try:
            return path.read_bytes()
        finally:
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(fresh, place)

    monkeypatch.setattr(Path, "read_bytes", late)
    assert cache._sound(place) is not None
    assert [path.name for path in home.iterdir()] == [place.name]
    assert {path.name for path in place.iterdir()} == {path.name for path in fresh.iterdir()}


def test_a_build_that_vanishes_while_in_use_is_made_again(
    home: Path, kept: Path, folder: Path, levels: kg.Guide, opening_patient: kg.Case
) -> None:
    expected, guide = levels.assess(opening_patient), kg.load(folder)
    shutil.rmtree(home)
    assert guide.assess(opening_patient) == expected
    assert len(builds(home)) == 1


def test_a_build_that_vanishes_when_the_folder_has_changed_is_said(
    home: Path, copy: Path, opening_patient: kg.Case
) -> None:
    guide = kg.load(copy)
    shutil.rmtree(home)
    (copy / "vocabulary" / "more.ttl").write_text("# more", encoding="utf-8")
    with pytest.raises(ContentError, match="start again"):
        guide.assess(opening_patient)


def test_nothing_is_kept_where_nothing_can_be_written(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, opening_patient: kg.Case
) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    for location in ("", str(tmp_path / "a-file" / "builds")):
        monkeypatch.setenv(LOCATION, location)
        assert isinstance(opened_content(folder), Content)
        assert kg.load(folder).assess(opening_patient).best


def test_several_processes_at_once_leave_one_build(home: Path, folder: Path) -> None:
    program = "import kg, sys; print(kg.load(sys.argv[1]).find('fever')[0].id)"
    command = [sys.executable, "-c", program, str(folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]
    assert [process.communicate()[0] for process in running] == ["fever\n"] * 4
    assert [place.is_dir() for place in builds(home)] == [True]
    assert len(list(home.iterdir())) == 1


def test_a_build_that_is_opened_again_and_again_stays(home: Path, kept: Path, folder: Path, small: Path) -> None:
    first = kept
    (first / "mark").touch()
    for number in range(10):
        (small / "vocabulary" / "more.ttl").write_text(f"# {number}", encoding="utf-8")
        opened_content(small)
        kg.load(folder)
    assert (first / "mark").exists(), "it was not made anew"


def test_old_builds_go(home: Path, small: Path) -> None:
    for number in range(10):
        (small / "vocabulary" / "more.ttl").write_text(f"# {number}", encoding="utf-8")
        opened_content(small)
    assert len(builds(home)) == 8


def test_only_what_is_ours_goes(home: Path, small: Path) -> None:
    others = [home / name for name in ("letters", "draft-letters", "a" * 40, "f" * 39, "draft-" + "a" * 40)]
    for other in others:
        other.mkdir(parents=True)
        (other / "letter.txt").write_text("not ours", encoding="utf-8")
        os.utime(other, (0, 0))
    (home / "note.txt").write_text("not ours", encoding="utf-8")
    (home / "elsewhere").symlink_to(home / "nowhere")
    left, at_work = (home / f"draft-{'b' * 40}-{name}" for name in ("left", "new"))
    left.mkdir()
    os.utime(left, (0, 0))
    at_work.mkdir()
    for number in range(10):
        (small / "vocabulary" / "more.ttl").write_text(f"# {number}", encoding="utf-8")
        opened_content(small)
    assert all((other / "letter.txt").is_file() for other in others)
    assert (home / "note.txt").is_file() and (home / "elsewhere").is_symlink()
    assert (left.exists(), at_work.exists()) == (False, True)
    assert len(list(home.glob("*/index.json"))) == 8


# ---------------------------------------------------------------------- the plan of an audit


def circuits(home: Path) -> list[Path]:
    return sorted(home.glob("*/circuit-*.json"))


def asked(guide: kg.Guide, case: kg.Case) -> list[str]:
    """What has to be asked about a case, which takes a circuit."""
    return [question.ask.id for question in guide.what_to_ask(case).questions]


def test_a_circuit_is_compiled_once(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = kg.Case(present=["thoracic-back-pain"])
    first = asked(kg.load(folder), case)
    assert "age" in first
    assert len(circuits(home)) == 1
    monkeypatch.setattr("kg.logic.compiler.compile.compiled", None)  # would be called
    assert asked(kg.load(folder), case) == first


FRESH = """
import sys, time
import kg
guide, started = kg.load(sys.argv[2]), time.process_time()
guide.what_to_ask(kg.Case(present=[sys.argv[1]]))
print(time.process_time() - started, "rdflib" in sys.modules)
"""


def in_a_fresh_process(complaint: str, folder: Path) -> tuple[float, bool]:
    """The seconds of processor time of the first question, and whether the derive queries had to be read."""
    asked = subprocess.run(
        [sys.executable, "-c", FRESH, complaint, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, read = asked.stdout.split()
    return float(seconds), read == "True"


def test_the_queries_are_read_once_for_all_topics(home: Path, folder: Path) -> None:
    _, read = in_a_fresh_process("back-pain", folder)
    assert read
    (circuit,) = circuits(home)
    circuit.unlink()  # as for topics about which nobody asked yet
    compiled, read = in_a_fresh_process("back-pain", folder)
    assert (len(circuits(home)), read) == (1, False)
    assert compiled < 3  # about half a second on a machine of its own


def test_another_derive_query_makes_another_circuit(
    home: Path, kept: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(circuits(home)) == 1
    monkeypatch.setattr("kg.logic.circuit.kept._made_by", lambda: "another text")
    asked(kg.load(folder), kg.Case(present=["thoracic-back-pain"]))
    assert len(circuits(home)) == 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_a_damaged_circuit_is_compiled_again(home: Path, kept: Path, folder: Path, damage: str) -> None:
    case = kg.Case(present=["thoracic-back-pain"])
    expected = asked(kg.load(folder), case)
    (place,) = circuits(home)
    data = place.read_bytes()
    damaged = {"cut": data[:-1], "flipped": data[:-1] + bytes([data[-1] ^ 1]), "foreign": b"something else"}
    place.write_bytes(damaged[damage])
    assert asked(kg.load(folder), case) == expected
    assert place.read_bytes() == data


def test_a_circuit_is_not_kept_where_the_build_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOCATION, "")
    guide = kg.load(folder)
    assert guide.core.beside("anything") is None
    assert "age" in asked(guide, kg.Case(present=["thoracic-back-pain"]))
