"""The pathway as a picture, and the differential."""

from __future__ import annotations

from kg.differential import Differential
from kg.pathway import Pathway
from kg.rich import body
from kg.rich.markup import Markup, listing, places, section, tag


@body.register
def picture(pathway: Pathway) -> Markup:
    """A pathway.

    Args:
        pathway: The pathway.

    Returns:
        The picture.
    """
    return Markup(pathway.svg())


@body.register
def differential_list(differential: Differential) -> Markup:
    """A differential.

    Args:
        differential: The diagnoses.

    Returns:
        A part for each diagnosis; what is known here comes first.
    """
    if not differential.diagnoses:
        return tag("p", str(differential))
    note = tag("p", "Diagnoses that the scenario is worked up for; the order says nothing of how likely each is.")
    parts = [
        section(
            diagnosis.label,
            listing(
                f"{words} {', '.join(term.label.lower() for term in terms)}"
                for words, terms in (
                    ("known here, and it would explain it:", diagnosis.known),
                    ("explains:", diagnosis.explains),
                    ("can lead to:", diagnosis.complications),
                )
                if terms
            ),
            places(diagnosis.origins),
        )
        for diagnosis in differential.diagnoses
    ]
    return tag("div", tag("h3", "Differential"), note, *parts)
