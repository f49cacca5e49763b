"""The first screen of every worked example: how long it is, and that nothing that cannot wait is left out."""

from __future__ import annotations

import re
from functools import cache

import pytest

import kg
from kg.author.examples import examples
from kg.command.verbs import main
from kg.show.html import card
from kg.show.text import phrases
from kg.show.text.answer import DETAILS
from kg.show.text.screen import Block, first_screen, fitted
from kg.show.text.screens.page import LINES
from tests.conftest import ROOT

EXAMPLES = examples(kg.load())
PATIENT = str(ROOT / "examples" / "abnormal-radiograph.json")


@cache
def assessed(number: int) -> kg.Answer:
    return kg.load().assess(EXAMPLES[number].case)


def one_line(text: str) -> str:
    return " ".join(text.split())


def unfolded(html: str) -> str:
    """What a card says before anything is unfolded: the text outside of details, and their summaries."""
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    (outer,) = re.findall(r"<details><summary>(.*?)</summary>", html)[:1]
    before, after = html[: html.index("<details>")], html[html.rindex("</details>") :]
    return one_line(re.sub(r"<[^>]*>", " ", re.sub("</?b>", "", f"{before} {outer} {after}")))


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=[each.id.rsplit("/", 1)[-1] for each in EXAMPLES])
def test_the_first_screen_fits_and_says_what_cannot_wait(number: int) -> None:
    answer = assessed(number)
    text, html = str(answer), answer.html()
    lines = text.splitlines()
    assert len(lines) <= LINES and max(map(len, lines)) <= 80
    shown = unfolded(html)
    assert len(shown.split()) <= card.WORDS
    for said in (one_line(text), shown.replace("&#x27;", "'").replace("&quot;", '"')):
        for call in answer.escalations:
            assert not call.applies or phrases.whom(call) in said
        for study in answer.best:
            assert f"{study.label}: {study.category.label}, {study.radiation}" in said
        if answer.urgency:
            assert answer.urgency.level.label.lower() in said.lower()
        for term in answer.barred:
            assert str(term) in said
        for over in answer.handed_to:
            assert over.neighbour.label in said
        if answer.outcome.id == "pathway-complete":
            left = [action.recommendation.label for action in answer.actions if action.urgency.id != "emergent"]
            assert all(label in said for label in left[:2])
        known = [check for check in answer.contraindications if check.applies]
        assert not known or known[0].label in said


@pytest.mark.parametrize("number", range(0, len(EXAMPLES), 6))
def test_text_and_card_say_the_same_in_the_same_order(number: int) -> None:
    answer = assessed(number)
    labels = [block.label for block in first_screen(answer)]
    found = re.findall(r'<div class="label">(.*?)</div>', answer.html())
    assert [label for label in labels if label in found] == found
    text = one_line(str(answer))
    assert [label for label in found if f"{label.upper()} " in text]


def test_what_gives_way_is_counted_and_the_rest_stays() -> None:
    blocks = (Block("Call now", ("a", "b"), 0), Block("Then", ("c", "d", "e"), 5), Block("Check", ("f",), 9))

    def lines(block: Block) -> int:
        return len(block.items)

    assert [block.label for block in fitted(blocks, lines, 6)] == ["Call now", "Then", "Check"]
    assert [block.shown for block in fitted(blocks, lines, 4)] == [("a", "b"), ("c", "d (+1 more)")]
    assert [block.shown for block in fitted(blocks, lines, 1)] == [("a", "b")], "what cannot wait is never cut"


def test_the_rest_is_one_option_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", PATIENT]) == 0
    first = capsys.readouterr().out
    assert "--full" in first and "SOURCES" not in first
    marks = dict(zip(DETAILS, ("RATED STUDIES", "UNKNOWN FACTS", "WHERE THE SOURCES", "SOURCES\n"), strict=True))
    for part, mark in marks.items():
        assert main(["recommend", PATIENT, f"--{part}"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("EMERGENT (STAT). RECOMMENDED: the next study\n") and mark in said
        assert [other for other in marks if marks[other] in said] == [part]
    assert main(["recommend", PATIENT, "--full"]) == 0
    said = capsys.readouterr().out
    assert all(mark in said for mark in marks.values())
    assert said.rstrip("\n") == kg.load().assess(kg.Case.read(PATIENT)).explain()


def test_a_part_that_is_none_is_refused(opening_patient: kg.Case) -> None:
    with pytest.raises(kg.KgError, match="'ratings' is not a part of an answer; there are 'studies', 'unknown'"):
        kg.load().assess(opening_patient).explain("ratings")
