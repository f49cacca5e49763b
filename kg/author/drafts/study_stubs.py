"""Begins the descriptions of studies and regions that a rating table names and the content lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg.author.drafts.rating_table import plain_text, turtle_text
from kg.author.drafts.table_words import TableWords
from kg.knowledge.sparql.iris import BASE, slug

_USED = (
    "ns",
    "procedure",
    "technique",
    "structure",
    "scale",
    "source",
    "rdfs",
    "owl",
    "skos",
    "xsd",
    "prov",
    "oa",
    "dcterms",
)


@dataclass(frozen=True)
class UnknownStudy:
    """A study that the content lacks.

    Attributes:
        name: As the table names it.
        level: The radiation level that the table gives it, as an IRI; empty where it gives none that is known.
        level_label: The level in words.
        source: The first source that the table names for it, as an IRI; empty where that is unknown, too.
    """

    name: str
    level: str = ""
    level_label: str = ""
    source: str = ""


def slug_of(name: str) -> str:
    """An identifier for what a table names.

    >>> slug_of("FDG-PET/CT skull base to mid-thigh")
    'fdg-pet-ct-skull-base-to-mid-thigh'
    """
    return re.sub("[^a-z0-9]+", "-", plain_text(name)).strip("-") or "todo"


def stubs(studies: Sequence[UnknownStudy], regions: Iterable[str], words: TableWords) -> str:
    """Turtle for a file of ``vocabulary/``, which marks with TODO what only the author knows.

    Where the name of a study tells its technique and its region, nothing but its radiation level can be left to write.

    Args:
        studies: The studies, each once.
        regions: The regions, as the table names them, each once.
        words: The words of the content.
    """
    head = [f"@prefix {name}: <{words.prefixes[name]}> ." for name in _USED if name in words.prefixes]
    return "\n".join([*head, "", *map(_region, regions), *(_study(study, words) for study in studies)])


def _region(name: str) -> str:
    text = turtle_text(name[:1].upper() + name[1:])
    return (
        f'structure:{slug_of(name)} a ns:Structure ; rdfs:label "{text}"@en ;\n'
        '    skos:definition "TODO: which part of the body it is, in one sentence"@en .\n'
    )


def _study(study: UnknownStudy, words: TableWords) -> str:
    name, label, told = slug_of(study.name), turtle_text(study.name), words.told_by(study.name)
    kinds = words.kinds_in_common(*told) if told else []
    wider = kinds or words.widest_kinds()
    lines = [] if kinds else ["# TODO: after rdfs:subClassOf, name the narrowest kinds that the study is one of."]
    below = f" ; rdfs:subClassOf {' , '.join(f'procedure:{slug(kind)}' for kind in wider)}" if wider else ""
    lines += [f"procedure:{name} a owl:Class , ns:Procedure{below} ;", f'    rdfs:label "{label}"@en ;']
    definition = "TODO: what is imaged, and how, in one sentence"
    if told:
        technique, region = told
        lines.append(f"    ns:technique technique:{slug(technique)} ; ns:region structure:{slug(region)} ;")
        place = words.label(region)
        definition = f"{words.techniques[technique].rstrip('.')}, of the {place[:1].lower()}{place[1:]}."
    lines.append(f'    skos:definition "{turtle_text(definition)}"@en')
    if not study.source:
        more = "# TODO: add ns:radiationLevel, ns:radiationStanding and prov:wasDerivedFrom."
        return "\n".join([*lines[:-1], f"{lines[-1]} .", more, ""])
    statement = f"<{BASE}statement/radiation-{name}>"
    level, standing = (slug(study.level), "verified") if study.level else ("radiation-not-seen", "standing-not-seen")
    said = study.level_label if study.level else "no radiation level"
    lines[-1] += " ;"
    lines += [
        f"    ns:radiationLevel scale:{level} ; ns:radiationStanding scale:{standing} ;",
        f"    prov:wasDerivedFrom {statement} .",
        f"{statement} a ns:Statement ; oa:hasSource source:{slug(study.source)} ;",
        f'    ns:section "rating table" ; rdfs:label "{label}: {said}."@en .',
    ]
    return "\n".join([*lines, ""])
