"""Where a new topic changes the answer to patients of another one, a check names it and says how to prevent it."""

from __future__ import annotations

import shutil
from pathlib import Path

from kg.author.check import check
from kg.author.drafts.import_ratings import import_ratings
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "example-ache"
BECAUSE = "A worked example of another topic has a different answer because of the topic "


def made(folder: Path) -> str:
    """The made-up topic with its ratings, laid into a copy of what topics share."""
    shutil.copytree(shipped("ontology"), folder, ignore=shutil.ignore_patterns("topics", "mappings"))
    (folder / "topics").mkdir()
    path = folder / "topics" / "example-ache.ttl"
    path.write_text((HOW_TO / "example-ache.ttl").read_text(encoding="utf-8"), encoding="utf-8")
    text = path.read_text(encoding="utf-8") + import_ratings(HOW_TO / "example-ache.csv", folder, "example-ache")
    path.write_text(text, encoding="utf-8")
    return text


def test_the_topic_that_lets_itself_in_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "ontology"
    text = made(folder)
    assert not check(folder, topic="example-ache").errors
    itch = (
        text.replace("example-", "itch-")
        .replace("topic/itch-ache", "topic/itch")
        .replace("topic:itch-ache", "topic:itch")
    )
    (folder / "topics" / "itch.ttl").write_text(itch, encoding="utf-8")
    assert not check(folder, topic="example-ache").errors
    # Its entry is the complaint of the other topic, and its sign is that of the other one too.
    intruding = itch.replace("finding:itch-warning-sign", "finding:example-warning-sign").replace(
        "finding:itch-ache", "finding:example-ache"
    )
    for term in ("ache", "warning-sign"):
        start = intruding.index(f"finding:example-{term} a owl:Class")
        intruding = intruding[:start] + intruding[intruding.index(" .\n", start) + 3 :]
    intruding = intruding.replace("scale:usually-not-appropriate", "scale:usually-appropriate")
    (folder / "topics" / "itch.ttl").write_text(intruding, encoding="utf-8")
    found = [problem for problem in check(folder, topic="example-ache").errors if problem.found_by == "examples"]
    assert found
    assert {problem.message for problem in found} == {f"{BECAUSE}itch."}
    assert all("ns:ifAbsent" in problem.cure and "add-a-topic.md" in problem.cure for problem in found)


def test_an_example_that_is_wrong_by_itself_has_no_such_cause(tmp_path: Path) -> None:
    folder = tmp_path / "ontology"
    text = made(folder)
    itch = (
        text.replace("example-", "itch-")
        .replace("topic/itch-ache", "topic/itch")
        .replace("topic:itch-ache", "topic:itch")
    )
    (folder / "topics" / "itch.ttl").write_text(itch, encoding="utf-8")
    wrong = text.replace("ns:expectedOutcome scale:no-imaging", "ns:expectedOutcome scale:consider")
    (folder / "topics" / "example-ache.ttl").write_text(wrong, encoding="utf-8")
    found = [problem for problem in check(folder, topic="example-ache").errors if problem.found_by == "examples"]
    assert {problem.message for problem in found} == {"A worked example has a different answer."}
