"""Results in a notebook: complete, escaped, self-contained, and not cut off in a browser."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

import kg
from kg.patient.what_if.questions import SETTLED, WhatToAsk
from kg.show.html.markup import tag
from kg.show.text.further import MOST_ASKED
from kg.shown import Shown
from tests.conftest import ROOT
from tests.judges import golden
from tests.show.conftest import MRI, TOPIC, small_surface

VOID = {"col", "meta", "br"}


class Reader(HTMLParser):
    """The words of a page, and whether what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)
        self.close()
        assert not self.opened

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.opened:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def labels(value: Any) -> Iterator[str]:
    """Every label anywhere in plain data; of criteria the facts that met them."""
    if isinstance(value, dict) and "inherited" in value:
        yield from (fact["text"] for fact in value["facts"] if not value["inherited"])
    elif isinstance(value, dict):
        yield from (part for key, part in value.items() if key in ("label", "question", "decision", "text") and part)
        yield from (label for part in value.values() for label in labels(part))
    elif isinstance(value, list):
        yield from (label for part in value for label in labels(part))


def test_each_result_has_text_and_html_that_stands_alone(results: dict[str, Shown]) -> None:
    for name, result in results.items():
        bundle = result._repr_mimebundle_()
        assert bundle["text/plain"] == str(result), name
        assert name == "capsule" or max(map(len, bundle["text/plain"].splitlines())) <= 80, name
        page = bundle["text/html"]
        assert Reader(page).tags.isdisjoint({"script", "link", "img", "iframe"}), name
        assert not re.findall(r"(?:src|href)=|url\(|@import", page), name


@pytest.mark.parametrize("name", sorted(golden.cases())[::8])
def test_a_card_leaves_nothing_out(guide: kg.Guide, name: str) -> None:
    answer = guide.assess(golden.cases()[name])
    said = Reader(answer.html()).text.lower()
    data = answer.to_dict()
    if not answer.best:
        del data["preferences"]  # they chose among studies, and none comes next
    if not answer.chosen:
        del data["basis"]  # the facts, as always
    for action in data["actions"]:
        del action["actions"]  # the recommendation says the same, in the words of the source
    for label in labels(data):
        assert " ".join(label.lower().split()) in said, label
    assert all(criterion.label.lower() in said for held in answer.scenarios for criterion in held.criteria)
    warned = {
        "· contraindicated": [s for s in answer.studies if s.contraindicated],
        "assumed absent": answer.assumed_absent,
        "presumed absent": answer.presumed_absent,
        "nothing here depends on it": answer.unused,
        "taken as seen": answer.taken_as_seen,
    }
    for words, reason in warned.items():
        assert (words in said) == bool(reason)
    assert "cannot be done" in said or not answer.barred


def test_a_call_comes_before_everything_else(results: dict[str, Shown]) -> None:
    assert Reader(results["call"].html()).text.startswith("Call now")


def test_the_matrix_is_the_table_of_ratings(guide: kg.Guide) -> None:
    expected = (ROOT / "tests" / "expected" / "ratings.csv").read_text(encoding="utf-8").splitlines()[1:]
    matrix = guide.ratings(TOPIC)
    assert len(matrix.cells) == len(expected)
    assert len(matrix.scenarios) == 7
    cell = matrix.cells["abnormal-radiograph", MRI]
    assert (cell.category.symbol, cell.category.label) == ("UA", "Usually Appropriate")
    assert ("abnormal-radiograph", "radiography-thoracic-spine") not in matrix.cells
    page = matrix.html()
    assert page.count("<li><span title=") == len(matrix.cells)
    rows = re.findall(r'<th scope="row">(\d)\. (.*?)<', page)
    assert [(int(number), label) for number, label in rows] == [*enumerate((s.label for s in matrix.scenarios), 1)]
    assert "public copy of the structured scenarios" in page.lower(), "a rating shows its source"


def test_the_differential_says_what_is_known_here(guide: kg.Guide, opening_patient: kg.Case) -> None:
    found = {diagnosis.id: diagnosis for diagnosis in guide.differential(opening_patient).diagnoses}
    assert [term.id for term in found["malignancy"].known] == [
        "bone-destruction",
        "lytic-lesion",
        "vertebral-compression-fracture",
    ]
    assert [term.id for term in found["malignancy"].complications] == ["spinal-cord-compression"]
    assert "fever" not in {term.id for term in found["osteomyelitis-discitis"].known}
    assert not guide.differential(kg.Case(present=["cervical-pain"])).diagnoses


def test_a_finding_that_follows_from_a_study_is_not_offered(guide: kg.Guide) -> None:
    entries = {entry.id: entry for entry in guide.findings().entries}
    assert "thoracic-mri-performed" not in entries
    assert entries["pedicle-lucency"].kinds == ("Lytic lesion",)
    assert "older adult" in entries["elderly"].synonyms


def test_what_is_not_markup_is_escaped(results: dict[str, Shown]) -> None:
    answer = results["answer"]
    assert isinstance(answer, kg.Answer)
    evil = "<script>alert(1)</script>"
    study = replace(answer.best[0], label=evil, radiation='"><img src=x>')
    held = replace(answer.scenarios[0], label=evil)
    page = replace(answer, best=(study,), scenarios=(held,)).html()
    assert Reader(page).tags.isdisjoint({"script", "img"})
    assert evil in Reader(page).text
    assert tag("p", "a & b", title='"') == '<p title="&quot;">a &amp; b</p>'


def test_the_map_of_a_surface_joins_what_is_answered_alike() -> None:
    said = Reader(small_surface().html()).text
    assert re.findall(r"[A-Z] [a-z :]+(?:MRI)? [\d.]+% \(\d+\)", said) == [
        "A no criteria apply 75.00% (75)",
        "B recommended: MRI 25.00% (25)",
    ]
    assert "No scenario applies, of 20 in which everything is known: 99: Adult" in said
    assert "lead, none with precedence, of 20 in which everything is known: 44: one scenario; another scenario" in said
    assert "lead together, as decided, of 20 in which everything is known: 22: a third scenario; a fourth" in said
    assert "Unsafe answers: 11: contraindicated study is best: MRI" in said


def test_what_authors_look_at_says_what_the_text_says(results: dict[str, Shown]) -> None:
    report = Reader(results["report"].html()).text
    assert re.findall("error: It has no label. Write one.|finding:(?:fever|chills)", report) == [
        "error: It has no label. Write one.",
        "finding:fever",
        "finding:chills",
    ], "a problem stands once, with all its places"
    assert "2 errors, no warnings" in report
    editions = Reader(results["editions"].html()).text
    for words in (
        "A topic: edition 2015 → 2021",
        "Cases whose answer changes: 1 of 7",
        "one.json",
        "Because of",
        "better",
    ):
        assert words in editions
    assert "No statement changed." in Reader(results["same editions"].html()).text
    assert Reader(results["rechecked"].html()).text.startswith("SAME")
    assert "conclusion: the best is another" in Reader(results["not the same"].html()).text
    made = Reader(results["capsule"].html()).text
    assert f"best: {MRI}" in made
    assert "Thoracic Back Pain, 2024" in made
    audit = Reader(results["audit"].html()).text
    assert "2 orders judged: 0.0% appropriate" in audit
    assert "3 rows, 1 rejected." in audit
    assert "practice" in audit


def test_every_question_shows_each_answer_with_what_it_leads_to(results: dict[str, Shown]) -> None:
    asking = results["what to ask"]
    assert isinstance(asking, WhatToAsk)
    assert asking.questions
    said = Reader(asking.html()).text
    for question in asking.questions[:MOST_ASKED]:
        assert str(question.ask) in said
        assert all(str(answer) in said for answer in question.answers)
    assert f"{len(asking.questions) - MOST_ASKED} more can change it" in said
    assert SETTLED in Reader(results["nothing to ask"].html()).text


def test_asking_costs_no_import_of_what_only_notebooks_need() -> None:
    import subprocess

    words = (
        "import sys, kg; kg.load().assess(kg.Case(present=['fever'])); print([m for m in sys.modules if 'rich' in m])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
