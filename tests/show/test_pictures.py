"""Pictures of a pathway and of an answer: what stands in them, and that every program can read them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

import kg
from kg.knowledge.content.terms import Term
from kg.patient.what_if.pathway import Branch, FollowUp, Pathway, Step
from kg.show.html.card import first_blocks, terms_of_use
from tests.judges import golden

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = {"svg", "title", "rect", "path", "text", "tspan"}
"""All that a picture is made of; converters for vector editors and LaTeX know each of them."""

RECOMMENDED, COMPLETE = Term("recommended", "recommended"), Term("pathway-complete", "pathway complete")
END = Pathway(COMPLETE, (), "", (), (), (), ())


def picture(drawn: str) -> ET.Element:
    """A picture, once it is known to be plain."""
    root = ET.fromstring(drawn)  # noqa: S314 - our own picture
    assert {part.tag.removeprefix(SVG) for part in root.iter()} <= PLAIN
    assert not re.search(r"style=|url\(|href|light-dark|var\(", drawn)
    return root


def words(drawn: str) -> str:
    """What stands in a picture, without the breaks of its lines."""
    return " ".join("".join(text.itertext()) for text in _lines(picture(drawn)))


def _lines(root: ET.Element) -> list[ET.Element]:
    found: list[ET.Element] = []
    for text in root.iter(f"{SVG}text"):
        found += list(text) or [text]
    return found


def pathway(*branches: Branch, urgency: str = "urgent") -> Pathway:
    """A pathway of one study."""
    step = Step(Term("film", "Film"), "Usually Appropriate", branches)
    return Pathway(RECOMMENDED, (), urgency, (), (), (), (step,), ("Fever",))


def test_the_urgency_of_the_patient_stands_on_every_branch(guide: kg.Guide, opening_patient: kg.Case) -> None:
    found = guide.pathway(opening_patient)
    said = words(found.svg())
    assert said.startswith("Patient emergent (STAT) Age: 65 years; Duration of pain: 13 weeks; Thoracic back pain;")
    assert said.count("Patient: emergent (STAT)") == len(found.steps[0].branches) == 5
    benign = "Patient: emergent (STAT) Osteoporotic compression fracture The MRI makes a benign"
    assert benign in said
    assert benign in re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found.html())), "the list says the same"
    unstated = words(pathway(Branch("All is well", "", (), (), END), urgency="").svg())
    assert unstated.count("no urgency stated") == 2


def test_a_result_that_changes_the_patient_says_so() -> None:
    after = replace(END, urgency="emergent (STAT)", escalations=("Call surgery",), handed_to=("Trauma",))
    said = words(pathway(Branch("The film is bad", "", (), (), after)).svg())
    assert "Patient: emergent (STAT) The film is bad CALL NOW: Call surgery belongs to Trauma" in said
    before = replace(pathway(Branch("The film is bad", "", (), (), after)), escalations=("Call surgery",))
    assert words(before.svg()).count("CALL NOW") == 1, "what is known before is said once, of the patient"


def test_strength_shows_in_words_and_in_lines() -> None:
    ranks = {"may be done": 1, "recommended": 2, "typically required": 3, "necessary": 4}
    actions = tuple(FollowUp(f"Do {rank}", (), "not stated", name, rank) for name, rank in ranks.items())
    drawn = pathway(Branch("The film is bad", "", (), actions, None)).svg()
    said = re.findall("|".join(ranks), words(drawn).partition("Film")[2])
    assert said == [*ranks, *reversed(ranks)], "and a legend"
    lines = [
        (path.get("stroke-width"), path.get("stroke-dasharray"))
        for path in picture(drawn).iter(f"{SVG}path")
        if path.get("class") == "kg-line"
    ]
    assert len(lines[2:]) == 2 * len(ranks)
    assert len(set(lines[2:])) == len(ranks), "each strength has a line of its own"
    assert "How strongly" not in words(pathway(Branch("All is well", "", (), (), END)).svg()), "nothing to explain"


def test_a_picture_looks_as_far_ahead_as_there_is_room() -> None:
    second = Step(Term("mri", "MRI"), "Usually Appropriate", (Branch("It shows a tumor", "", (), (), END),) * 6)
    after = Pathway(RECOMMENDED, (), "", (), (), (), (second,))
    two = tuple(Branch(f"The film shows {what}", "", (), (), after) for what in ("a fracture", "a mass"))
    assert "tumor" in words(pathway(*two[:1]).svg())
    assert "The film shows a mass Then: MRI (ask again with this result)" in words(pathway(*two).svg())


def test_studies_with_the_same_consequences_share_a_box() -> None:
    film = pathway(Branch("All is well", "", (), (), END))
    same = replace(film.steps[0], study=Term("ct", "CT"))
    other = replace(same, category="May Be Appropriate")
    said = words(replace(film, steps=(*film.steps, same, other)).svg())
    assert "Usually Appropriate Film or CT Patient" in said
    assert "May Be Appropriate CT Results and actions as after Film. Then: pathway complete" in said


@pytest.mark.parametrize("name", ["rapid-deficit", "cervical", "findings-without-mri"])
def test_the_picture_of_an_answer_says_what_its_card_says(guide: kg.Guide, name: str) -> None:
    answer = guide.assess(golden.cases()[name])
    said = words(answer.svg()).replace(": ", " ")
    for block in first_blocks(answer):
        assert " ".join((block.label, *block.shown)).replace(": ", " ") in said
    assert said.endswith(terms_of_use(answer).replace(": ", " "))


def test_what_is_not_markup_is_escaped() -> None:
    evil = '<script>"&\u202e'
    assert '<script>"&\\u202e' in words(pathway(Branch(evil, evil, (), (), END)).svg())


@pytest.mark.parametrize("width", [699, 0, -900, True, "900", 840.5])
def test_a_width_that_is_too_small_is_refused(width: int) -> None:
    with pytest.raises(kg.KgError, match="give a whole number of pixels, 700 or more"):
        pathway().svg(width)
