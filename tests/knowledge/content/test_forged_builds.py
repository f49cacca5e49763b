"""A kept build counts only if it is ours and nobody else may write it; nonsense is made again, never a traceback."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

import kg
from kg.knowledge.content import cache
from kg.knowledge.content.cache import LOCATION
from kg.knowledge.sparql.resources import shipped

RATED = (
    "abnormal-radiograph/rating/mri-thoracic-spine-without-and-with-contrast> "
    "<https://w3id.org/nextstudy/ontology#category> <https://w3id.org/nextstudy/scale/usually-{}appropriate>"
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the build of the shipped content, and a circuit in it."""
    home = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LOCATION, str(home))
        guide = kg.load()
        guide.core.circuits.part(frozenset(guide.core.topics[:1]), frozenset({"best"}))
    return home


@pytest.fixture
def build(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the build, which is the one that is used."""
    home = Path(shutil.copytree(kept, tmp_path / "home"))
    monkeypatch.setenv(LOCATION, str(home))
    (place,) = home.iterdir()
    return place


def write(build: Path, name: str, data: bytes) -> None:
    """Put data into a file of the build, with the right size and hash everywhere."""
    index = json.loads((build / "index.json").read_bytes().partition(b"\n")[2])
    (build / name).write_bytes(data)
    index["files"][name], index["hashes"][name] = len(data), hashlib.sha256(data).hexdigest()
    write_index(build, json.dumps(index).encode())


def write_index(build: Path, data: bytes) -> None:
    said = json.dumps(hashlib.sha256(data).hexdigest()).encode()
    (build / "index.json").write_bytes(said + b"\n" + data)


def forge(build: Path) -> None:
    """Turn one rating round."""
    (path,) = build.glob("thoracic-back-pain.stated.nt")
    text = path.read_text(encoding="utf-8")
    changed = text.replace(RATED.format(""), RATED.format("not-"))
    assert changed != text
    write(build, path.name, changed.encode())


def best(case: kg.Case) -> list[str]:
    return [study.id for study in kg.load().assess(case).best]


RIGHT = ["mri-thoracic-spine-without-and-with-contrast"]


def test_a_build_of_ours_is_trusted(build: Path, opening_patient: kg.Case) -> None:
    """So that the tests below change what is read."""
    assert best(opening_patient) == RIGHT
    forge(build)
    assert best(opening_patient) != RIGHT


@pytest.mark.skipif(not hasattr(os, "chown") or os.getuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("whose", ["build", "file", "index"])
def test_a_build_of_somebody_else_is_not_used(build: Path, whose: str, opening_patient: kg.Case) -> None:
    forge(build)
    place = {"build": build, "file": build / "thoracic-back-pain.stated.nt", "index": build / "index.json"}[whose]
    os.chown(place, 65534, 65534)
    assert best(opening_patient) == RIGHT


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
@pytest.mark.parametrize("mode", [0o770, 0o702])
@pytest.mark.parametrize("name", ["", "thoracic-back-pain.stated.nt", "index.json"])
def test_a_build_that_others_may_write_is_not_used(build: Path, name: str, mode: int) -> None:
    (build / name).chmod(mode)
    assert cache._sound(build) is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners here")
def test_a_build_is_written_for_us_alone(build: Path) -> None:
    assert not build.stat().st_mode & 0o077
    assert not any(path.stat().st_mode & 0o077 for path in build.iterdir())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("vocabulary.stated.nt", b"nonsense"),
        ("thoracic-back-pain.derived.nt", b"\xff\xfe"),
        ("rules.json", b"[" * 100_000),
        ("rules.json", b"null"),
    ],
)
def test_nonsense_of_the_right_hash_is_made_again(
    build: Path, name: str, data: bytes, opening_patient: kg.Case
) -> None:
    write(build, name, data)
    assert best(opening_patient) == RIGHT


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b"null", b"[]", b"{}", b'{"files": {}}', b'{"files": {}, "hashes": {}, "topics": [1]}', b"\xff"],
)
def test_an_index_of_nonsense_is_none(build: Path, data: bytes) -> None:
    assert cache._sound(build) is not None
    write_index(build, data)
    assert cache._sound(build) is None
    assert not build.exists()


@pytest.mark.parametrize("part", ["entries", "closed", "words", "doubled", "topics", "prefixes", "unfinished"])
@pytest.mark.parametrize("value", [None, 5, [5], {"present": 5}])
def test_an_index_with_a_part_of_nonsense_is_none(build: Path, part: str, value: object) -> None:
    index = json.loads((build / "index.json").read_bytes().partition(b"\n")[2])
    write_index(build, json.dumps(index | {part: value}).encode())
    assert cache._sound(build) is None


@pytest.mark.parametrize("gates", ["[[99999999]]", "[[-1]]", '[["a"]]', "[[2.5]]", "[5]", "null", "[" * 100_000])
def test_a_circuit_of_nonsense_is_compiled_again(build: Path, gates: str) -> None:
    guide = kg.load()
    topics = frozenset(guide.core.topics[:1])
    right = guide.core.circuits.part(topics, frozenset({"best"}))
    (path,) = build.glob("circuit-*.json")
    data = b'{"inputs": [], "gates": ' + gates.encode() + b', "outputs": {"best": {}}}'
    path.write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
    assert kg.load().core.circuits.part(topics, frozenset({"best"})) == right


def test_the_shipped_folder_is_what_is_read(build: Path) -> None:
    assert kg.load().core.folder == shipped("ontology")
