"""The first screens about a case: which of them are too large, or leave out what must not be left out."""

from __future__ import annotations

from collections.abc import Iterator

import kg
from kg.patient.reasons.difference import difference
from kg.show.text import phrases
from kg.show.text.screens.page import LINES

CT = "ct-thoracic-spine-without-contrast"

Said = tuple[str, str, list[str]]
"""A verb, its first screen, and what must stand there."""


def fits(text: str) -> bool:
    """Whether a text is a first screen of a terminal of 80 columns."""
    return text.count("\n") < LINES and max(map(len, text.splitlines())) <= 80


def faults(said: Said) -> Iterator[str]:
    """What is wrong with a screen, in words."""
    verb, text, must = said
    if not fits(text):
        yield f"{verb}: {text.count(chr(10)) + 1} lines, {max(map(len, text.splitlines()))} columns"
    words = " ".join(text.split()).lower()
    yield from (f"{verb}: lacks {each!r}" for each in must if " ".join(each.split()).lower() not in words)


def quick(guide: kg.Guide, answer: kg.Answer, other: kg.Answer) -> Iterator[Said]:
    """The screens of ``why``, ``check-order`` and ``what-if`` for an answered case, and for another one beside it."""
    case = answer.case
    change = difference(answer, other)
    told = ("study", "urgency", "calls")
    turned = {name for name in told if getattr(change, name)} | ({"study"} if change.outcome else set())
    same = [f"{name} unchanged" for name in told if name not in turned]
    new = [label for name in told for label in getattr(change, name).gained]
    yield "what-if", str(change), same + new
    study = answer.best[0].id if answer.best else CT
    checked = answer.studies[-1].id if answer.studies else study
    order = guide.check_order(case, checked)
    calls = [phrases.whom(call) for call in order.answer.escalations if call.applies]
    verdict = f"order {order.verdict}"
    yield f"check-order {checked}", str(order), [verdict, order.order.label, *calls]
    reasons = guide.why(case, study)
    assert isinstance(reasons, kg.StudyReasons)
    yield f"why {study}", str(reasons), [phrases.state(reasons), reasons.study.label]
    contrast = guide.contrast(case, study, checked)
    yield f"why {study} --against {checked}", str(contrast), [contrast.decided_by, contrast.second.study.label]
    for condition in [held.id for held in (*answer.scenarios, *answer.warnings)][:1] or ["consultation"]:
        several = guide.why(case, condition)
        yield f"why {condition}", str(several), [] if isinstance(several, kg.StudyReasons) else [several[0].status]


def costly(guide: kg.Guide, answer: kg.Answer) -> Iterator[Said]:
    """The screens of ``pathway`` and ``what-to-ask``, for which many cases are assessed."""
    pathway = guide.pathway(answer.case)
    yield (
        "pathway",
        str(pathway),
        [*pathway.escalations, *(f"{each.study.label}: {each.category}" for each in pathway.steps)],
    )
    asking = guide.what_to_ask(answer.case)
    first = str(asking.questions[0].ask) if asking.questions else asking.statement
    yield "what-to-ask", str(asking), [str(asking.now), first]
