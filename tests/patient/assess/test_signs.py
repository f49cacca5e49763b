"""How fast, and whom to call: each sign with each kind of pain, against a table written by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import kg

TABLE = Path(__file__).with_name("signs.csv")
RANKS = ("none", "urgent", "emergent")
SURGEONS = {"neurosurgery", "spine-surgery"}


class Cell(NamedTuple):
    """What the table says of some signs with a word for pain; ``because`` are statements and decisions."""

    signs: tuple[str, ...]
    pain: str
    urgency: str
    call: bool
    because: frozenset[str]

    def case(self, age: int = 60, *more: str) -> kg.Case:
        pain = () if self.pain == "none" else (self.pain,)
        return kg.Case(measured={"age": age}, present=[*self.signs, *pain, *more])


def cells() -> Iterator[Cell]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            signs, because = tuple(row.pop("sign").split(" + ")), frozenset(row.pop("because").split())
            for pain, said in row.items():
                urgency, *call = said.split()
                yield Cell(signs, pain, urgency, call == ["call"], because)


CELLS = tuple(cells())


def named(cell: Cell) -> str:
    return f"{'+'.join(cell.signs)}, {cell.pain}"


def urgency(answer: kg.Answer) -> str:
    return answer.urgency.level.id if answer.urgency else "none"


def calls(answer: kg.Answer) -> bool:
    return any(each.applies and SURGEONS & {who.id for who in each.contacts} for each in answer.escalations)


def test_the_table_is_large_and_whole() -> None:
    signs, pains = {cell.signs for cell in CELLS}, {cell.pain for cell in CELLS}
    assert len(signs) >= 22 and len(pains) >= 6
    assert len(CELLS) == len(signs) * len(pains)
    assert {cell.urgency for cell in CELLS} == set(RANKS)
    assert all(cell.because for cell in CELLS if cell.urgency != "none")


@pytest.mark.parametrize("cell", CELLS, ids=named)
def test_an_adult(cell: Cell, guide: kg.Guide) -> None:
    answer = guide.assess(cell.case())
    assert (urgency(answer), calls(answer)) == (cell.urgency, cell.call)


@pytest.mark.parametrize("cell", CELLS, ids=named)
def test_a_child_and_an_injured_patient_are_no_less_urgent(cell: Cell, guide: kg.Guide) -> None:
    for case in (cell.case(11), cell.case(60, "high-energy-trauma")):
        answer = guide.assess(case)
        assert RANKS.index(urgency(answer)) >= RANKS.index(cell.urgency)
        assert calls(answer) >= cell.call


def test_a_child_with_an_emergency_calls(guide: kg.Guide) -> None:
    silent = {cell.signs for cell in CELLS if cell.urgency == "emergent" and not calls(guide.assess(cell.case(11)))}
    # A consultation follows from the study that showed the abscess; it is recommended as an action.
    assert silent == {("epidural-abscess", "leg-paresthesia")}


def test_what_the_table_names_is_what_the_answer_cites(guide: kg.Guide) -> None:
    """Each reason is cited in some row of its sign by a rule that holds there."""
    query = """SELECT ?reason ?text
        WHERE { ?reason a ?kind ; rdfs:label ?text VALUES ?kind { ns:Statement ns:EditorialDecision } }"""
    texts = {row["reason"].rsplit("/", 1)[-1]: row["text"] for row in guide.query(query)}
    for signs in dict.fromkeys(cell.signs for cell in CELLS):
        row = [cell for cell in CELLS if cell.signs == signs]
        cited = {origin for cell in row for origin in origins(guide.assess(cell.case()))}
        assert {texts[reason] for reason in row[0].because} <= cited, signs


def origins(answer: kg.Answer) -> Iterator[str]:
    """What the rules of urgency and the calls that hold rest on."""
    for rule in answer.urgency.rules if answer.urgency else ():
        yield from (origin.statement for origin in rule.origins)
    for call in answer.escalations:
        yield from (origin.statement for origin in call.origins if call.applies)
