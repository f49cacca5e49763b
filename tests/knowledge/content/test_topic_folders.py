"""A topic is a file while it is small and a folder once it has grown; that makes no difference to any answer."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg.author.check import check
from kg.errors import ContentError
from kg.knowledge.content.content import Content, read
from tests.conftest import ROOT, copied

FILES = ("topic.ttl", "scenarios.ttl", "rules.ttl", "evidence.ttl", "examples.ttl")
SLUG = "low-back-pain"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copied(tmp_path / "ontology")


def joined(topic: Path) -> str:
    """The files of a topic as the one file that it was: every prefix once, then what they say."""
    lines = [line for name in FILES for line in (topic / name).read_text(encoding="utf-8").splitlines()]
    head = dict.fromkeys(line for line in lines if line.startswith("@"))
    base = [line for line in head if line.startswith("@base")]
    return "\n".join([*base, *(line for line in head if line not in base), *(x for x in lines if x not in head)]) + "\n"


def stated(content: Content) -> dict[str, set[str]]:
    return {
        name: {str(quad) for quad in graph if "_:" not in f"{quad.subject}{quad.object}"}
        for name, graph in content.graphs.items()
    }


def test_the_shipped_topics_are_laid_out_alike() -> None:
    for topic in (ROOT / "ontology" / "topics").iterdir():
        assert sorted(path.name for path in topic.iterdir()) == sorted(FILES)


def test_a_folder_and_one_file_are_the_same_content(copy: Path) -> None:
    folder = copy / "topics" / SLUG
    whole = joined(folder)
    before = read(copy)
    shutil.rmtree(folder)
    (copy / "topics" / f"{SLUG}.ttl").write_text(whole, encoding="utf-8")
    after = read(copy)
    assert stated(before) == stated(after)
    assert set(before.derived) == set(after.derived)
    case = kg.Case.read(ROOT / "examples" / "published" / "gzl4.json")
    assert kg.Guide(before).assess(case).to_dict() == kg.Guide(after).assess(case).to_dict()


def test_a_topic_that_is_a_folder_and_a_file(copy: Path) -> None:
    (copy / "topics" / f"{SLUG}.ttl").write_text(joined(copy / "topics" / SLUG), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"the topic '{SLUG}' is both a folder and the file .*{SLUG}\.ttl; keep"):
        kg.load(copy)


def test_a_folder_that_declares_no_topic(copy: Path) -> None:
    (copy / "topics" / SLUG / "topic.ttl").unlink()
    with pytest.raises(ContentError, match=rf"topics/{SLUG}: describes no topic; declare it .* in the file topic\.ttl"):
        kg.load(copy)


def test_a_folder_that_declares_two_topics(copy: Path) -> None:
    shutil.copyfile(ROOT / "tests" / "other-region" / "knee-pain.ttl", copy / "topics" / SLUG / "more.ttl")
    with pytest.raises(ContentError, match=rf"topics/{SLUG}: declares the topics 'knee-pain', '{SLUG}'; give each"):
        kg.load(copy)


def test_one_identifier_in_two_files_of_a_topic(copy: Path) -> None:
    """Nested nodes of two files would be merged into one without a word."""
    scenarios = (copy / "topics" / SLUG / "scenarios.ttl").read_text(encoding="utf-8")
    prefixes = "".join(re.findall(r"(?m)^@.*\n", scenarios))
    more = 'ns:criterion [ ns:slug "adult" ; rdfs:label "adult"@en ; ns:ifPresent finding:adult ] .\n'
    (copy / "topics" / SLUG / "more.ttl").write_text(f"{prefixes}<acute-low-back-pain> {more}", encoding="utf-8")
    with pytest.raises(ContentError, match="has ns:criterion twice for 'adult'; keep one"):
        kg.load(copy)


def test_a_place_in_a_folder(copy: Path) -> None:
    guide = kg.load(copy)
    assert [place.file.name for place in guide.where("escalation/cauda-equina-with-low-back-pain")] == ["rules.ttl"]
    assert [place.file.name for place in guide.where(f"topic/{SLUG}")] == ["topic.ttl", "rules.ttl"], "declared first"
    scenarios = copy / "topics" / SLUG / "scenarios.ttl"
    scenarios.write_text(scenarios.read_text(encoding="utf-8").replace("scale:usually-appropriate", "scale:urgent", 1))
    (error,) = {problem.place.split(":")[0] for problem in check(copy, topic=SLUG).errors if "rating" in problem.place}
    assert error.startswith(f"topics/{SLUG}/scenarios.ttl, line ")


def test_check_of_one_topic_names_what_is_wrong_in_it_and_nothing_else(copy: Path) -> None:
    examples = copy / "topics" / SLUG / "examples.ttl"
    text = examples.read_text(encoding="utf-8")
    examples.write_text(text.replace("ns:expectedOutcome scale:recommended", "ns:expectedOutcome scale:no-imaging", 1))
    assert {problem.found_by for problem in check(copy, topic=SLUG).errors} == {"examples"}
    for slug in (SLUG, "thoracic-back-pain"):
        topic = copy / "topics" / slug / "topic.ttl"
        topic.write_text(topic.read_text(encoding="utf-8").replace('rdfs:label "', 'rdfs:label "TODO ', 1))
    report = check(copy, topic=SLUG)
    assert {problem.found_by for problem in report.errors} == {"unfinished.rq", "examples"}
    assert all(problem.place.startswith(f"topics/{SLUG}/") for problem in report.problems)
    assert "Left out: the other topics, codes of other systems, the proofs and the reasoner;" in str(report)
    with pytest.raises(kg.KgError, match="'knee' is not a topic"):
        check(copy, topic="knee")


def test_check_of_one_topic_finds_what_the_check_of_all_finds_there(levels: kg.Guide) -> None:
    for slug in (SLUG, "thoracic-back-pain"):
        report = check(levels.core.folder, topic=slug)
        assert report.ok
        assert {problem.found_by for problem in report.warnings} <= {"content.ttl"}


def test_check_of_a_new_topic_beside_the_spine_is_quick(copy: Path) -> None:
    """Processes of their own, so that what is imported counts; nothing is kept from one check to the next."""
    shutil.copyfile(ROOT / "tests" / "other-region" / "knee-pain.ttl", copy / "topics" / "knee-pain.ttl")
    one, every = (used_by_check(copy, *arguments) for arguments in (["--topic", "knee-pain"], ["--no-reasoner"]))
    assert one < every / 3


def used_by_check(content: Path, *arguments: str) -> float:
    """The seconds of processor time of one check."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "kg.command.verbs", "check", "--content", str(content), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stderr) == (0, "")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
