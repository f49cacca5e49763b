"""Makes the case document of a complaint: what has to be asked, the most decisive question first, to be filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import UnknownTermError, did_you_mean, listed, quoted
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.patient.case import Case
from kg.patient.what_if.questions import what_to_ask

if TYPE_CHECKING:
    from kg.patient.assess.assessor import Assessor

HOW_TO = (
    "Most decisive question first. Replace null by true (present), false (absent) or, for a measure, a number; "
    "leave what is unknown. List the studies that were done under 'performed'."
)
"""What the note of a template says to whoever fills it in."""


def template(guide: Assessor, complaint: str) -> dict[str, Any]:
    """A case document with the questions that decide what comes next for a complaint.

    Raises:
        UnknownTermError: No finding is called so, or no topic begins with it.

    >>> import kg
    >>> document = kg.load().template("thoracic back pain")
    >>> document["present"], document["questions"]["fever"]
    (['thoracic-back-pain'], None)
    """
    finding = _complaint(guide, complaint)
    asking = what_to_ask(guide, Case(present=[finding]))
    return {
        "note": HOW_TO,
        "present": [finding],
        "questions": {question.ask.id: None for question in asking.questions},
        "performed": [],
    }


def _complaint(guide: Assessor, complaint: str) -> str:
    """The finding that somebody calls so, and with which a topic begins."""
    begins = {slug(row["entry"]): row["label"] for row in guide.core.lookup.rows(named("ask", "entries"))}
    if complaint in begins:
        return complaint
    found = [each.id for each in guide.core.search.find(complaint, "Finding")]
    called = [finding for finding in found if finding in begins]
    exact = [finding for finding in called if begins[finding].casefold() == complaint.casefold()]
    if exact or (len(called) == 1 and called == found[:1]):  # another finding that fits better is not passed over
        return (exact or called)[0]
    cure = did_you_mean(called, f"the topics here begin with {listed(begins.values())}")
    message = f"no topic begins with the complaint {quoted(complaint)}; {cure}"
    raise UnknownTermError(message)
