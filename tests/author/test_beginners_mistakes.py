"""Mistakes of a beginner in a new topic: each one gives one sentence, with the line, the right word and the cure.

The mistakes, and what must be said of each, are in ``beginners_mistakes.toml``.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kg.author.check import check
from kg.errors import KgError
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

HERE = ROOT / "tests" / "author"
SLUG = "example-cramp"
TOPIC = f"topics/{SLUG}.ttl"
MISTAKES = tomllib.loads((HERE / "beginners_mistakes.toml").read_text(encoding="utf-8"))["mistake"]


@dataclass(frozen=True)
class Said:
    """One place, what is wrong there, and the same with all that is said about it."""

    place: str
    wrong: str
    text: str


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The schema, the scales, two studies and the small correct topic."""
    place = tmp_path / "mine"
    shutil.copytree(HERE / "beginner", place)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copyfile(shipped("ontology") / name, place / name)
    return place


def make(mistake: Mapping[str, str], mine: Path) -> Path:
    """Make a mistake; the file that must be named."""
    path = mine / mistake.get("file", TOPIC)
    if "old" in mistake:
        text = path.read_text(encoding="utf-8")
        assert text.count(mistake["old"]) == 1
        path.write_text(text.replace(mistake["old"], mistake["new"]), encoding="utf-8", newline="\n")
        return path
    target = mine / (mistake.get("copy") or mistake["move"])
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, target)
    if "move" in mistake:
        path.unlink()
    return target


def said_of(mine: Path, *, whole: bool = False) -> list[Said]:
    """The errors that a check finds, or the one sentence with which the folder is refused."""
    try:
        report = check(mine, topic=None if whole else SLUG)
    except KgError as error:
        place, _, wrong = str(error).removeprefix(f"{mine}/").partition(": ")
        return [Said(place, wrong, wrong)]
    texts = {each: f"{each.message} {each.cure} {each.place}" for each in report.errors}
    return [Said(each.place.partition(": ")[0], each.message, text) for each, text in texts.items()]


def place_of(path: Path, piece: str, mine: Path) -> str:
    """How a place names the first line of a file that has a piece of text; without a piece, the file alone."""
    lines = path.read_text(encoding="utf-8").split("\n")
    number = next((number for number, line in enumerate(lines, 1) if piece and piece in line), None)
    return path.relative_to(mine).as_posix() + (f", line {number}" if number else "")


def test_there_are_many_mistakes_of_many_kinds() -> None:
    assert len(MISTAKES) >= 40
    assert len({mistake["name"] for mistake in MISTAKES}) == len(MISTAKES)


def test_the_topic_without_a_mistake_is_correct(mine: Path) -> None:
    assert check(mine, topic=SLUG).problems == ()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["name"])
def test_one_sentence_says_what_is_wrong_where_and_the_cure(mistake: dict[str, Any], mine: Path) -> None:
    whole = "file" in mistake  # what is beside the topic is looked at in a check of everything
    before = said_of(mine, whole=True) if whole else []
    path = make(mistake, mine)
    said = [each for each in said_of(mine, whole=whole) if each not in before]
    own = [each for each in said if not each.wrong.startswith(tuple(mistake.get("also", ())))]
    place = place_of(path, mistake["at"], mine)
    right = [each for each in own if each.place == place and all(part in each.text for part in mistake["says"])]
    assert (len({each.wrong for each in own}), len(right)) == (1, 1), [f"{each.place}: {each.text}" for each in said]
    assert not any("Traceback" in each.text for each in said)


@pytest.mark.parametrize("change", ["a byte order mark", "Windows line ends", "an ending in capitals", "blanks"])
def test_what_editors_do_is_no_mistake(change: str, mine: Path) -> None:
    path = mine / TOPIC
    text = path.read_text(encoding="utf-8")
    if change == "a byte order mark":
        path.write_text(text, encoding="utf-8-sig")
    elif change == "Windows line ends":
        path.write_text(text, encoding="utf-8", newline="\r\n")
    elif change == "an ending in capitals":
        path.rename(path.with_suffix(".TTL"))
    else:
        path.write_text(text.replace(" ;\n", ";  \n\n"), encoding="utf-8")
    assert check(mine, topic=SLUG).errors == ()
