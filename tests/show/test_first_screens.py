"""The first screen of every verb about one patient, and of each question of the catalogue."""

from __future__ import annotations

import pytest

import kg
from kg.command.verbs import main
from kg.knowledge.ask.catalogue import Question, questions
from kg.show.text.screens.rows import first_rows
from tests.conftest import ROOT
from tests.judges.screens import costly, faults, fits, quick
from tests.show.test_first_screen import EXAMPLES, assessed, one_line

PATIENT = str(ROOT / "examples" / "abnormal-radiograph.json")
CASE = kg.Case.read(PATIENT)
MRI, CT = "mri-thoracic-spine-without-and-with-contrast", "ct-thoracic-spine-without-contrast"
NUMBERS = range(len(EXAMPLES))
QUICK, COSTLY = 6, 24  # so many examples apart are tried here; `python -m tests.long_run screens` tries all of them


@pytest.mark.parametrize("number", NUMBERS[::QUICK])
def test_reasons_orders_and_changes_fit(guide: kg.Guide, number: int) -> None:
    screens = quick(guide, assessed(number), assessed((number + 1) % len(EXAMPLES)))
    assert not [fault for said in screens for fault in faults(said)]


@pytest.mark.parametrize("number", NUMBERS[::COSTLY])
def test_pathways_and_questions_fit(guide: kg.Guide, number: int) -> None:
    assert not [fault for said in costly(guide, assessed(number)) for fault in faults(said)]


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_the_rows_of_every_question_fit(guide: kg.Guide, question: Question) -> None:
    values = {parameter.name: parameter.example for parameter in question.parameters}
    rows = guide.ask(question.name, case=CASE if question.about_a_case else None, **values)
    shown = first_rows(rows)
    assert fits(shown)
    hidden = [name for name in rows.columns if name != "case" and name not in shown.partition("\n")[0].split()]
    assert not len(rows) or not hidden or f"columns left out: {', '.join(hidden)}" in one_line(shown)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "first", "further"),
    [
        (["why", PATIENT, "urgency/myelopathy"], "APPLIES  Signs of myelopathy", "  source: "),
        (["why", PATIENT, MRI], "COMES NEXT  MRI thoracic spine", "  for it: MRI rather than CT"),
        (
            ["why", PATIENT, MRI, "--against", CT],
            "WHAT DECIDES BETWEEN THEM  MRI rather than CT",
            "  shows poorly: bone",
        ),
        (["check-order", PATIENT, CT], "ORDER RATED EQUALLY, ANOTHER PREFERRED  CT thoracic", "  shows poorly: bone"),
        (
            ["pathway", PATIENT],
            "URGENCY  emergent (STAT)\nNEXT     MRI thoracic",
            "    pathway complete, emergent (STAT)",
        ),
        (["what-to-ask", PATIENT], "NOW      recommended: MRI thoracic", "  - Saddle anesthesia: Call neurosurgery"),
        (
            ["what-if", PATIENT, str(ROOT / "examples" / "earlier-studies.json")],
            "STUDY    MRI thoracic",
            "  - recommended",
        ),
        (["ask", "ratings-of-topic", "--topic", "low-back-pain"], "scenario", "categoryLabel  Usually Not Appropriate"),
    ],
)
def test_the_rest_is_one_option_away(
    capsys: pytest.CaptureFixture[str], words: list[str], first: str, further: str
) -> None:
    screen, whole = said(capsys, *words), said(capsys, *words, "--full")
    assert screen.startswith(first) and fits(screen.rstrip("\n")) and "--full" in screen
    assert further in whole and "--full" not in whole and whole != screen


def test_a_comparison_begins_with_what_changed(guide: kg.Guide) -> None:
    before = kg.Case(present=["adult", "thoracic-back-pain"])
    after = before.with_facts(present=["unsteady-gait"])
    assert str(guide.what_if(before, after)).startswith("STUDY    needs information -> MRI thoracic spine")
    assert "URGENCY  not stated -> emergent (STAT)\nCALLS    unchanged: no call\n" in str(guide.what_if(before, after))
    same = str(guide.what_if(after, before.with_facts(present=["unsteady-gait", "sudden-severe-pain"])))
    assert same.startswith("STUDY    unchanged: MRI thoracic") and "URGENCY  unchanged: emergent (STAT)\n" in same
    assert "FACTS    new: present: sudden-severe-pain\n" in same
    called = str(guide.what_if(before, after.with_facts(present=["rapidly-progressing-deficit"])))
    assert "CALLS    no call -> Call" in called


def test_all_rows_and_columns_are_one_option_away(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ask", "ratings-of-topic", "--topic", "thoracic-back-pain"]
    rows = kg.load().ask("ratings-of-topic", topic="thoracic-back-pain")
    screen = said(capsys, *words)
    (more,) = {int(line.split()[0]) for line in screen.splitlines() if " more rows;" in line}
    table = screen.partition("\n\n")[0].splitlines()[2:]
    shown = sum(bool(line[slice(*_place(screen, "procedure"))].strip()) for line in table)
    assert 0 < more < len(rows) and shown >= 5
    assert said(capsys, *words, "--full").count("procedure ") == len(rows)


def _place(screen: str, column: str) -> tuple[int, int]:
    start = screen.index(column)
    return start, start + 5
