"""The open questions of a case as a FHIR Questionnaire, and a response to it as facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import BASE
from kg.records.context import Context, Measure
from kg.records.elements import MisshapenError, Resource, part, parts, text, truth
from kg.records.record import RecordFact
from kg.records.statements import UCUM, Reading, aside, quantity, unread

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor
    from kg.patient.what_if.questions import WhatToAsk

QUESTIONS = f"{BASE}questionnaire/open-questions"
"""The address of the questionnaire, by which a response to it is known."""

FINDING = f"{BASE}finding"
"""The system of the words with which a choice is answered."""

NONE_OF_THESE = "none-of-these"
_UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"


def questionnaire(asking: WhatToAsk, guide: Assessor) -> dict[str, Any]:
    """The open questions as a FHIR R4 Questionnaire; an answer that is left out stays unknown.

    Args:
        asking: What ``Guide.what_to_ask`` returns.
        guide: The guide that was asked.

    Returns:
        The resource as plain data. A yes or no question is boolean, a broad one a choice of its kinds with "none of
        these", a measure a decimal in the unit that the item names.

    >>> import kg
    >>> guide = kg.load()
    >>> found = questionnaire(guide.what_to_ask(kg.Case(present=["thoracic-back-pain"])), guide)
    >>> found["resourceType"], found["status"]
    ('Questionnaire', 'active')
    """
    today = date.today()
    measures = Context.of(guide, today, today).measures
    items = [_item(question.ask, question.kinds, measures) for question in asking.questions]
    if asking.complaints:
        entry = Term("complaint", "What does the patient come with?")
        items.insert(0, _choice(entry, asking.complaints))
    return {
        "resourceType": "Questionnaire",
        "url": QUESTIONS,
        "status": "active",
        "title": "What is unknown and can change the next study or its urgency",
        "subjectType": ["Patient"],
        "item": items,
    }


def _item(ask: Term, kinds: Sequence[Term], measures: Mapping[str, Measure]) -> dict[str, Any]:
    if measure := measures.get(ask.id):
        coding = {"system": UCUM, "code": measure.unit, "display": measure.words}
        return {
            "linkId": ask.id,
            "text": f"{ask.label} ({measure.words})",
            "type": "decimal",
            "extension": [{"url": _UNIT, "valueCoding": coding}],
        }
    if kinds:
        return _choice(ask, kinds)
    return {"linkId": ask.id, "text": f"{ask.label}?", "type": "boolean"}


def _choice(ask: Term, kinds: Sequence[Term]) -> dict[str, Any]:
    offered = [*kinds, Term(NONE_OF_THESE, "None of these")]
    options = [{"valueCoding": {"system": FINDING, "code": kind.id, "display": kind.label}} for kind in offered]
    return {"linkId": ask.id, "text": ask.label, "type": "choice", "repeats": True, "answerOption": options}


def answers(response: Resource, context: Context, guide: Assessor) -> Reading:
    """What a response to the questionnaire states.

    Args:
        response: A QuestionnaireResponse.
        context: What has to be known.
        guide: Knows the words.
    """
    if text(response, "questionnaire").partition("|")[0] != QUESTIONS:
        return unread("answers to another questionnaire")
    status = text(response, "status")
    if status == "entered-in-error":
        return aside("entered in error")
    if status not in ("completed", "amended"):
        return unread(f"{status or 'without status'}: not completed")
    found = Reading.joined(_answered(item, context, guide) for item in _items(response))
    return found if found.facts or found.unread else aside("no question is answered")


def _items(data: Resource) -> Iterator[Resource]:
    for item in parts(data, "item"):
        yield item
        yield from _items(item)


def _answered(item: Resource, context: Context, guide: Assessor) -> Reading:
    word, given = text(item, "linkId"), parts(item, "answer")
    if not given:
        return Reading()
    if word in context.measures:
        return Reading.joined(_number(each, word, context) for each in given)
    if word != "complaint" and not guide.core.knows("Finding", word):
        return unread("an answer to a question that is not asked here")
    chosen = [_chosen(each) for each in given]
    if NONE_OF_THESE in chosen and len(chosen) > 1:
        return unread(f"{word}: none of these, and some of them")
    return Reading.joined(_one(each, word, guide) for each in chosen)


def _chosen(answer: Resource) -> bool | str:
    said = truth(answer, "valueBoolean")
    if said is not None:
        return said
    coding = part(answer, "valueCoding")
    if text(coding, "system") != FINDING:
        message = "an answer is of another kind than its question"
        raise MisshapenError(message)
    return text(coding, "code")


def _one(chosen: bool | str, word: str, guide: Assessor) -> Reading:
    because = "answered"
    if chosen == NONE_OF_THESE or chosen is False:
        return Reading() if word == "complaint" else Reading((RecordFact("absent", word, because),))
    said = word if chosen is True else str(chosen)
    if not guide.core.knows("Finding", said):
        return unread("an answer with a word that is not in the vocabulary")
    return Reading((RecordFact("present", said, because),))


def _number(answer: Resource, word: str, context: Context) -> Reading:
    name = next((name for name in ("valueDecimal", "valueInteger") if name in answer), "")
    if name:
        plain = {"value": answer[name], "system": UCUM, "code": context.measures[word].unit}
        return quantity(plain, word, "answered", context, None)
    return quantity(part(answer, "valueQuantity"), word, "answered", context, None)
