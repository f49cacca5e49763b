"""Kept builds: the same as what was read, never stale, safe when several processes race, and dispensable."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kg.bulk import judge
from kg.cohort import cohort
from kg.kept_plan import kept_plan

import kg
from kg import cache
from kg import kept_plan as kept_plan_module
from kg.cache import LOCATION, Kept, opened
from kg.content import Content, read
from kg.errors import ContentError
from kg.names import BASE, RDF_TYPE, ns
from kg.queries import stage
from kg.resources import folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LOCATION, str(tmp_path / "builds"))
    return tmp_path / "builds"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder("ontology"), tmp_path / "ontology"))


def builds(home: Path) -> list[Path]:
    return sorted(place for place in home.iterdir() if not place.name.startswith("draft-"))


def test_a_kept_build_is_what_was_read(home: Path) -> None:
    made, kept = read(folder("ontology")), opened(folder("ontology"))
    assert isinstance(kept, Kept)
    again = opened(folder("ontology")).whole
    assert len(builds(home)) == 1
    assert made.graphs.keys() == again.graphs.keys()
    for name, triples in made.graphs.items():
        named = [triple for triple in triples if "_:" not in f"{triple.subject}{triple.object}"]
        assert set(named) <= set(again.graphs[name])
        assert len(set(triples)) == len(again.graphs[name])
    assert set(made.derived) == set(again.derived)
    assert (made.prefixes, made.index, made.topics) == (again.prefixes, kept.index, kept.topics)


def test_answers_do_not_depend_on_it(home: Path, opening_patient: kg.Case) -> None:
    read_now, kept = kg.Guide(read(folder("ontology"))), kg.load()
    again = kg.load()
    assert read_now.assess(opening_patient) == kept.assess(opening_patient) == again.assess(opening_patient)


def test_a_part_is_without_the_other_topics_and_without_examples(home: Path) -> None:
    kept, made = opened(folder("ontology")), read(folder("ontology"))
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
    findings = copy / "vocabulary" / "findings.ttl"
    stamp = findings.stat()
    text = findings.read_text(encoding="utf-8")
    findings.write_text(text.replace('"Fever"@en', '"Pyrex"@en'), encoding="utf-8")
    os.utime(findings, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # same size, same time: only the content tells
    assert first.lexicon.label("https://w3id.org/nextstudy/finding/fever") == "Fever"
    assert kg.load(copy).lexicon.label("https://w3id.org/nextstudy/finding/fever") == "Pyrex"
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
def test_a_damaged_build_is_made_again(home: Path, damage: str, opening_patient: kg.Case) -> None:
    expected = kg.load().assess(opening_patient)
    (place,) = builds(home)
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
    assert kg.load().assess(opening_patient) == expected
    assert len(builds(home)) == 1


@pytest.mark.parametrize("before", ["none", "damaged", "not an object"])
def test_a_build_that_another_process_puts_there_is_not_removed(
    home: Path, before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kg.load()
    (place,) = builds(home)
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


def test_a_build_that_vanishes_while_in_use_is_made_again(home: Path, opening_patient: kg.Case) -> None:
    expected, guide = kg.load().assess(opening_patient), kg.load()
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opening_patient: kg.Case
) -> None:
    (tmp_path / "a-file").write_text("", encoding="utf-8")
    for location in ("", str(tmp_path / "a-file" / "builds")):
        monkeypatch.setenv(LOCATION, location)
        assert isinstance(opened(folder("ontology")), Content)
        assert kg.load().assess(opening_patient).best


def test_several_processes_at_once_leave_one_build(home: Path) -> None:
    program = "import kg; print(kg.load().find('fever')[0].id)"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path(kg.__file__).parents[1]
        )
        for _ in range(4)
    ]
    assert [process.communicate()[0] for process in running] == ["fever\n"] * 4
    assert [place.is_dir() for place in builds(home)] == [True]
    assert len(list(home.iterdir())) == 1


def test_a_build_that_is_opened_again_and_again_stays(home: Path, copy: Path) -> None:
    kg.load()
    (first,) = builds(home)
    (first / "mark").touch()
    for number in range(10):
        (copy / "vocabulary" / "more.ttl").write_text(f"# {number}", encoding="utf-8")
        opened(copy)
        kg.load()
    assert (first / "mark").exists(), "it was not made anew"


def test_old_builds_go(home: Path, copy: Path) -> None:
    for number in range(10):
        (copy / "vocabulary" / "more.ttl").write_text(f"# {number}", encoding="utf-8")
        opened(copy)
    assert len(builds(home)) == 8


def test_only_what_is_ours_goes(home: Path, copy: Path) -> None:
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
        (copy / "vocabulary" / "more.ttl").write_text(f"# {number}", encoding="utf-8")
        opened(copy)
    assert all((other / "letter.txt").is_file() for other in others)
    assert (home / "note.txt").is_file() and (home / "elsewhere").is_symlink()
    assert (left.exists(), at_work.exists()) == (False, True)
    assert len(list(home.glob("*/index.json"))) == 8


# ---------------------------------------------------------------------- the plan of an audit


def plans(home: Path) -> list[Path]:
    return sorted(home.glob("*/audit-*.pickle"))


def audited(guide: kg.Guide, opening_patient: kg.Case) -> list[str]:
    """What the plan says of the patient who opens the source article."""
    plan = kept_plan(guide).plan
    said = judge(plan, cohort(plan, [opening_patient]))
    return [plan.procedures[study] for study in said.best.thing.tolist()]


def test_a_plan_is_compiled_once(home: Path, opening_patient: kg.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    first = audited(kg.load(), opening_patient)
    assert first == ["mri-thoracic-spine-without-and-with-contrast"]
    assert len(plans(home)) == 1
    monkeypatch.setattr("kg.kept_plan.compile_plan", None)  # would be called
    assert audited(kg.load(), opening_patient) == first
    assert kept_plan(kg.load()).units["age"] == kg.load().knowledge.units[f"{BASE}measure/age"]


def test_another_query_of_the_plan_makes_another_plan(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_plan(kg.load())
    first = stage("plan")
    changed = (replace(first[0], text=first[0].text + "# changed\n"), *first[1:])
    monkeypatch.setattr(kept_plan_module, "stage", lambda name: changed)
    kept_plan(kg.load())
    assert len(plans(home)) == 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "hostile"])
def test_a_damaged_plan_is_compiled_again(home: Path, damage: str, opening_patient: kg.Case, tmp_path: Path) -> None:
    expected = audited(kg.load(), opening_patient)
    (place,) = plans(home)
    data = place.read_bytes()
    mark = tmp_path / "called"
    hostile = pickle.dumps(Hostile(mark))
    place.write_bytes(
        {
            "cut": data[:-1],
            "flipped": data[:-1] + bytes([data[-1] ^ 1]),
            "foreign": b"something else",
            "hostile": hashlib.sha256(hostile).digest() + hostile,
        }[damage]
    )
    assert audited(kg.load(), opening_patient) == expected
    assert not mark.exists()
    assert kept_plan_module._kept(place) is not None


class Hostile:
    """Would make a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def test_a_plan_is_not_kept_where_the_build_is_not(opening_patient: kg.Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOCATION, "")
    guide = kg.load()
    assert guide.beside("anything") is None
    assert audited(guide, opening_patient) == ["mri-thoracic-spine-without-and-with-contrast"]
