"""Begins the file of a topic that has ratings and no criteria: a person chooses its scenarios."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kg.author.drafts.rating_table import turtle_text
from kg.errors import AuthoringError, listed
from kg.knowledge.sparql.iris import BASE

ABOUT = ("title", "name", "issued", "edition", "address", "license", "rights")
"""What can be said of a guideline: its title, a short name, the date and edition, where it is, and the terms."""

PREFIXES = (
    *("ns", "topic", "procedure", "technique", "structure", "scale", "source"),
    *("rdfs", "owl", "xsd", "skos", "prov", "oa", "dcterms"),
)


def check_about(about: Mapping[str, str]) -> None:
    """Refuse what cannot be said of a guideline.

    Raises:
        AuthoringError: A name is unknown, or a date or an address is none.
    """
    if unknown := [name for name in about if name not in ABOUT]:
        message = f"nothing of the name {listed(unknown)} can be said of a guideline; use one of {listed(ABOUT)}"
        raise AuthoringError(message)
    if "issued" in about and not _date(about["issued"]):
        message = f"'{about['issued']}' is not a date; write issued=2024, issued=2024-11 or issued=2024-11-01"
        raise AuthoringError(message)
    for name in ("address", "license"):
        if name in about and not re.fullmatch(r"(https?|urn):[^\s<>\"{}|\\^`]+", about[name]):
            message = f"'{about[name]}' is not an address; write {name}=https://..."
            raise AuthoringError(message)


def source_of(topic: str) -> str:
    """The guideline itself, as the IRI of a source.

    >>> source_of("knee-pain")
    'https://w3id.org/nextstudy/source/knee-pain-guideline'
    """
    return f"{BASE}source/{topic}-guideline"


def source_turtle(topic: str, about: Mapping[str, str]) -> str:
    """The description of the guideline as a source.

    Args:
        topic: The identifier of the topic.
        about: What is said of it, by the names of ``ABOUT``; what is missing is marked with TODO.
    """
    title = turtle_text(about.get("title", "TODO: the title of the document"))
    issued = f" ; dcterms:issued {_date(about['issued'])}" if "issued" in about else ""
    address = about.get("address", "https://example.org/TODO-address-or-DOI")
    return (
        f'source:{topic}-guideline a ns:Source ; dcterms:title "{title}"{issued} ;\n'
        f'    dcterms:identifier "{turtle_text(address)}" .\n'
    )


def topic_turtle(topic: str, about: Mapping[str, str]) -> str:
    """The description of the topic.

    Args:
        topic: The identifier of the topic.
        about: What is said of it, by the names of ``ABOUT``; what is missing is marked with TODO.
    """
    name = about.get("name") or topic.replace("-", " ").capitalize()
    title = about.get("title", "TODO: the title under which the guideline is published")
    issued = _date(about["issued"]) if "issued" in about else ""
    edition = about.get("edition") or about.get("issued", "")[:4] or "TODO: the edition, such as 2024"
    terms = about.get("license") or about.get("address") or "https://example.org/TODO-page-with-the-terms"
    rights = about.get("rights", "TODO: what may be done with it, in words")
    return (
        "# A topic that has ratings and no criteria yet. A person chooses the scenario; facts never find it.\n"
        "# To let facts find its scenarios, add ns:entry to the topic and ns:criterion to each scenario, and take the\n"
        "# mark away: docs/how-to/add-a-topic.md\n"
        f'topic:{topic} a ns:Topic ; ns:ratingsOnly true ; rdfs:label "{turtle_text(name)}"@en ;\n'
        f'    dcterms:title "{turtle_text(title)}"@en ;\n'
        + (f"    dcterms:issued {issued} ;\n" if issued else '    # dcterms:issued "2024-11"^^xsd:gYearMonth ;\n')
        + f'    owl:versionInfo "{turtle_text(edition)}" ;\n'
        f"    dcterms:license <{terms}> ;\n"
        f'    dcterms:rights "{turtle_text(rights)}"@en ;\n'
        f"    dcterms:source source:{topic}-guideline .\n"
    )


def _date(text: str) -> str:
    """A date as Turtle has it; empty if it is none."""
    kinds = {r"\d{4}": "gYear", r"\d{4}-(0[1-9]|1[0-2])": "gYearMonth", r"\d{4}-\d{2}-\d{2}": "date"}
    return next((f'"{text}"^^xsd:{kind}' for form, kind in kinds.items() if re.fullmatch(form, text)), "")
