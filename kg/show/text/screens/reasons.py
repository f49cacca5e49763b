"""Writes the first screen of reasons: why and why not, two studies side by side, an order, what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from kg.knowledge.content.terms import Origin
from kg.patient.reasons.difference import Change, Difference
from kg.patient.reasons.order import OrderCheck
from kg.patient.reasons.why import ConditionReasons, Contrast, CriterionReasons, Reasons, StudyReasons
from kg.show.text import body, further, heading, phrases
from kg.show.text.answer import editions
from kg.show.text.screen import Block, cannot_wait, joined, urgent
from kg.show.text.screens.page import page

_STATUSES = ("applies", "could apply", "not entered", "ruled out")
"""What is said first of several conditions that a word may mean."""


# ---------------------------------------------------------------- conditions


@body.register
def _condition(reasons: ConditionReasons) -> str:
    return page(_condition_blocks(reasons), further.MORE, phrases.TERMS_OF_USE)


@heading.register
def _condition_heading(reasons: ConditionReasons) -> str:
    return phrases.condition(reasons)


@body.register
def _conditions(several: Reasons) -> str:
    first, *others = sorted(several, key=lambda reasons: _STATUSES.index(reasons.status))
    also = Block(further.ALSO_NAMED, tuple(f"{further.status(each)}: {each.named}" for each in others), 1)
    return page((*_condition_blocks(first), also), further.MORE, phrases.TERMS_OF_USE)


@heading.register
def _conditions_heading(several: Reasons) -> str:
    return "; ".join(map(phrases.condition, several))


def _condition_blocks(reasons: ConditionReasons) -> Iterator[Block]:
    """Whether a condition applies, what decided that, and the first of its sources."""
    yield Block(further.status(reasons), (reasons.named, *map(phrases.led_by, reasons.led_by)), 0, "study")
    for gives_way, (state, label) in enumerate(_DECISIVE_FIRST.items(), start=3):
        items = tuple(_criterion(criterion) for criterion in reasons.criteria if criterion.state == state)
        yield Block(label, items, gives_way)
    places = tuple(map(_place, reasons.origins))
    yield Block(further.SOURCE, places[:1], 9, left_out=max(0, len(places) - 1))


_DECISIVE_FIRST = {"failed": further.FAILED, "open": further.OPEN, "met": further.MET}
"""What decides whether a condition applies: one criterion that failed is enough."""


def _criterion(criterion: CriterionReasons) -> str:
    if criterion.facts:
        return f"{criterion.label}, {phrases.criterion(criterion)}"
    (missing,) = joined(term.label.lower() for term in criterion.missing) or ("",)
    return f"{criterion.label}: {missing}"


def _place(origin: Origin) -> str:
    section = f", {origin.section}" if origin.section else ""
    return f"{origin.statement} ({origin.source}{section})"


# ---------------------------------------------------------------- studies


@body.register
def _study(reasons: StudyReasons) -> str:
    return page(_study_blocks(reasons), further.MORE, phrases.TERMS_OF_USE)


@heading.register
def _study_heading(reasons: StudyReasons) -> str:
    return f"{reasons.study.label}: {phrases.state(reasons)}"


def _study_blocks(reasons: StudyReasons, gives_way: int = 1) -> Iterator[Block]:
    yield Block(phrases.state(reasons), (reasons.study.label,), 0, "study")
    yield from _bearing(reasons, gives_way)


def _bearing(reasons: StudyReasons, gives_way: int) -> Iterator[Block]:
    """What bears on a study; blocks give way from ``gives_way`` on."""
    yield Block(further.RATED, tuple(phrases.rated_in(reasons)), gives_way + 1)
    yield Block(further.AGAINST_IT, tuple(held.named for held in reasons.against), gives_way)
    yield Block(further.FOR_IT, tuple(held.named for held in reasons.favour), gives_way)
    shown: dict[str, list[str]] = {}
    for said in reasons.shows:
        how, _, what = said.partition(": ")
        shown.setdefault(how, []).append(what)
    for place, (how, structures) in enumerate(shown.items(), start=2):
        yield Block(how, ("; ".join(structures),), gives_way + place)


@body.register
def _contrast(contrast: Contrast) -> str:
    blocks = (
        Block(phrases.DECIDES, (contrast.decided_by,), 0),
        Block("Because", _facts(contrast.preference), 1),
        *_study_blocks(contrast.first, 2),
        *_study_blocks(contrast.second, 3),
    )
    return page(blocks, further.MORE, phrases.TERMS_OF_USE)


def _facts(preference: ConditionReasons | None) -> tuple[str, ...]:
    """The facts that met the criteria of a preference, in one sentence."""
    criteria = preference.criteria if preference else ()
    facts = dict.fromkeys(fact.text for criterion in criteria for fact in criterion.facts)
    return ("; ".join(facts),) if facts else ()


# ---------------------------------------------------------------- an order


@body.register
def _order(check: OrderCheck) -> str:
    foot = f"{editions(check.answer)}{further.MORE}"
    return page(_order_blocks(check), foot, phrases.TERMS_OF_USE)


def _order_blocks(check: OrderCheck) -> Iterator[Block]:
    """The verdict with what cannot wait before it, then what is better and why, then what bears on the order."""
    answer, order = check.answer, check.order.id
    yield from cannot_wait(answer)
    label, _, study = phrases.order(check).partition(": ")
    yield Block(label, (study,), 0, "study")
    yield _sentence(further.order_as_chosen(check), 0)
    yield urgent(answer)
    for known in phrases.known_checks(answer, order):
        yield _sentence(known, 1)
    yield Block(phrases.BELONGS_TO, tuple(over.neighbour.label for over in answer.handed_to), 1)
    yield Block(phrases.BETTER, tuple(f"{held.first.study.label}: {held.decided_by}" for held in check.better), 2)
    yield Block("Because", tuple(dict.fromkeys(said for held in check.better for said in _facts(held.preference))), 5)
    yield Block("Warning", tuple(warning.label for warning in check.warnings), 3)
    warned = {warning.id for warning in check.warnings}
    yield from _bearing(_without(check.reasons, warned), 4)


def _without(reasons: StudyReasons, said: Collection[str]) -> StudyReasons:
    """The reasons about a study without the warnings that are said already."""
    return replace(reasons, against=tuple(held for held in reasons.against if held.id not in said))


def _sentence(said: str, gives_way: int) -> Block:
    """A sentence with its label before a colon."""
    label, _, rest = said.partition(": ")
    return Block(label, (rest,) if rest else (), gives_way)


# ---------------------------------------------------------------- what changed


@body.register
def _difference(difference: Difference) -> str:
    return page(_changed_blocks(difference), further.MORE, phrases.TERMS_OF_USE)


def _changed_blocks(difference: Difference) -> Iterator[Block]:
    """What became of study, urgency and calls, changed or not; then whatever else changed."""
    for label, words, new_call in further.acted_on(difference):
        yield Block(label, (words,), 0, "call" if new_call else "")
    others = [name for name in difference.__dataclass_fields__ if name not in further.ACTED_ON]
    for gives_way, name in enumerate(others, start=1):
        yield Block(phrases.part_of_answer(name), _lost_and_gained(getattr(difference, name)), gives_way)


def _lost_and_gained(change: Change) -> tuple[str, ...]:
    gained = [f"{further.NEW}: {label}" for label in change.gained]
    return (*gained, *(f"{further.NO_LONGER}: {label}" for label in change.lost))
