"""Begins a guideline topic: a commented file in which every gap is marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from kg.author.drafts.rating_table import plain_text
from kg.author.drafts.table_words import TableWords
from kg.errors import AuthoringError, listed
from kg.knowledge.content.content import Content, content_of
from kg.knowledge.sparql.iris import BASE
from kg.knowledge.sparql.iris import slug as slug_of_iri

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
_SLUG_OF_TEMPLATE = "my-topic"


def new_topic(slug: str, content: Content | Path | str | None = None, regions: Sequence[str] = ()) -> str:
    """Write the beginning of a topic file.

    Args:
        slug: The identifier of the topic: lower-case words joined by hyphens.
        content: Where the topic will be added: a content folder, or what was read from one. The default is the shipped
            ontology.
        regions: The regions for which the guideline repeats its variants, as the content or a rating table calls them;
            none if it does not.

    Returns:
        Turtle, in which TODO marks what the author has to write; ``nextstudy check`` lists the marks.

    Raises:
        AuthoringError: The slug cannot be an identifier, the topic exists already, or a region is unknown or named
            twice.

    >>> new_topic("knee-pain").splitlines()[0]
    '@base <https://w3id.org/nextstudy/topic/knee-pain/> .'
    """
    check_slug(slug)
    opened = content_of(content)
    if f"{BASE}topic/{slug}" in opened.topics:
        message = f"the topic '{slug}' exists already; choose another name, or edit its file"
        raise AuthoringError(message)
    text = (_TEMPLATES / "topic.ttl").read_text(encoding="utf-8")
    if regions:
        text = _in_regions(text, _meant(regions, TableWords(opened)))
    return text.replace(_SLUG_OF_TEMPLATE, slug)


def _meant(regions: Sequence[str], words: TableWords) -> dict[str, str]:
    """The label of each region, by its identifier."""
    found: dict[str, str] = {}
    for name in regions:
        region = words.meant["region"].get(plain_text(name), "")
        if not region:
            near = listed([words.label(words.meant["region"][like]) for like in words.nearest("region", name)][:3])
            offer = f"did you mean {near}? Otherwise declare" if near else "declare"
            message = f"the region '{name}' is not in the content; {offer} it as an ns:Structure in vocabulary/"
            raise AuthoringError(message)
        if slug_of_iri(region) in found:
            message = f"the region '{name}' is named twice; keep one"
            raise AuthoringError(message)
        found[slug_of_iri(region)] = words.label(region)
    return found


def _in_regions(text: str, regions: Mapping[str, str]) -> str:
    """The template with a family and a table for each region where it has a scenario."""
    parts = re.split(r"^#### (.+)\n", (_TEMPLATES / "families.ttl").read_text(encoding="utf-8"), flags=re.MULTILINE)
    said = dict(zip(parts[1::2], parts[2::2], strict=True))

    def each(name: str, between: str = "") -> str:
        return between.join(
            said[name].replace("region-slug", region).replace("region-label", label)
            for region, label in regions.items()
        )

    family = said["family"].replace("every-table", " , ".join(f"<table/{region}>" for region in regions))
    heading = said["heading"].replace("first-slug", next(iter(regions)))
    more = "".join(f"@prefix {name}: <{BASE}{name}/> .\n" for name in ("technique", "structure"))
    text = text.replace("@prefix scale:", f"{more}@prefix scale:", 1)
    before, scenarios, rest = re.split(r"(?<=\n)(?=# =+ (?:scenarios|worked examples))", text)
    title = scenarios.partition("\n")[0]
    example = rest.index("<example/variant-1>")
    counter = rest.index("<example/not-variant-1>")
    rest = rest[:example] + each("example") + rest[counter:]
    return f"{before.rstrip()}\n{each('finding of a region')}\n{title}\n\n{heading}{each('table')}\n{family}\n{rest}"


def check_slug(slug: str) -> None:
    """Refuse a name that cannot be the identifier of a topic.

    Raises:
        AuthoringError: It is not lower-case words joined by hyphens.

    >>> check_slug("knee-pain")
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        message = f"'{slug}' cannot name a topic; write lower-case words joined by hyphens, such as 'knee-pain'"
        raise AuthoringError(message)
