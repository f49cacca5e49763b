"""Shows a pathway as a picture, and a differential as a list."""

from __future__ import annotations

from kg.patient.reasons.differential import Differential
from kg.patient.what_if.pathway import Pathway
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, origin_places, section, tag
from kg.show.text import phrases


@body.register
def picture(pathway: Pathway) -> Markup:
    """A pathway as a picture."""
    return Markup(pathway.svg())


@body.register
def differential_list(differential: Differential) -> Markup:
    """A part for each diagnosis; the known findings that it explains come first."""
    if not differential.diagnoses:
        return tag("p", phrases.NO_DIFFERENTIAL)
    note = tag("p", "Diagnoses to consider in this scenario. The order does not reflect how likely each is.")
    parts = [
        section(
            diagnosis.label,
            item_list(
                f"{words}: {', '.join(term.label.lower() for term in terms)}"
                for words, terms in (
                    (phrases.EXPLAINS_HERE, diagnosis.known),
                    (phrases.EXPLAINS, diagnosis.explains),
                    (phrases.CAN_LEAD_TO, diagnosis.complications),
                )
                if terms
            ),
            origin_places(diagnosis.origins),
        )
        for diagnosis in differential.diagnoses
    ]
    return tag("div", tag("h3", "Differential"), note, *parts)
