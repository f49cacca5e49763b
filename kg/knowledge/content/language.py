"""One language of content that is written in several: an answer that mixes them says some things twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import ParameterError, listed, quoted
from kg.knowledge.sparql.iris import ALT_LABEL, RDFS_LABEL

ENGLISH = "en"
"""The language of answers, unless another one is asked for, and the one that stands in for it."""


_SKOS = ALT_LABEL.value.removesuffix("altLabel")
_NAMES = frozenset({RDFS_LABEL, ALT_LABEL, NamedNode(f"{_SKOS}prefLabel"), NamedNode(f"{_SKOS}hiddenLabel")})


@dataclass(frozen=True)
class OneLanguage:
    """Content in one language.

    Attributes:
        graphs: What is stated, by the IRI of the graph.
        notes: What whoever reads it has to know, in sentences.
        other_names: What things are called in the languages that were left out: an IRI and a name each.
    """

    graphs: Mapping[str, tuple[Quad, ...]]
    notes: tuple[str, ...]
    other_names: tuple[tuple[str, str], ...] = field(default=())


def in_one_language(graphs: Mapping[str, tuple[Quad, ...]], language: str) -> OneLanguage:
    """Leave out what is said in other languages.

    What a thing says by one property is kept in one language: the one that is asked for, with any region; English
    where that is missing; then any. What has no language stays.

    Args:
        graphs: What is stated, by the IRI of the graph.
        language: A language tag of BCP 47, such as ``"de"``.

    Returns:
        The graphs, the same ones where nothing is left out; one sentence if labels had to be taken from elsewhere; and
        the names that were left out, by which things can still be searched.

    Raises:
        ParameterError: No label is written in this language, and it is not English.
    """
    said: dict[tuple[object, object], set[str]] = defaultdict(set)
    for triples in graphs.values():
        for triple in triples:
            if isinstance(triple.object, Literal) and triple.object.language:
                said[triple.subject, triple.predicate].add(triple.object.language.lower())
    labels = [tags for (_, predicate), tags in said.items() if predicate == RDFS_LABEL]
    wanted = language.lower()
    missing = sum(not _served(tags, wanted) for tags in labels)
    if labels and missing == len(labels) and wanted != ENGLISH:
        known = sorted({tag for tags in labels for tag in tags})
        message = f"no label is written in the language {quoted(language)}; there are {listed(known)}"
        raise ParameterError(message)
    notes: tuple[str, ...] = ()
    if missing:
        other = "another language" if wanted == ENGLISH else "English or another language"
        many, shown = (f"{missing:,} labels are", "they are") if missing > 1 else ("one label is", "it is")
        notes = (f"{many} not there in the language {quoted(language)}; {shown} shown in {other}",)
    if all(len(tags) == 1 for tags in said.values()):
        return OneLanguage(graphs, notes)
    kept = {about: min(tags, key=lambda tag: _rank(tag, wanted)) for about, tags in said.items()}

    def stays(triple: Quad) -> bool:
        value = triple.object
        tag = value.language if isinstance(value, Literal) else None
        return not tag or tag.lower() == kept[triple.subject, triple.predicate]

    others = tuple(
        (triple.subject.value, triple.object.value)
        for triples in graphs.values()
        for triple in triples
        if triple.predicate in _NAMES
        and isinstance(triple.subject, NamedNode)
        and not stays(triple)
        and isinstance(triple.object, Literal)
    )
    return OneLanguage({name: tuple(filter(stays, triples)) for name, triples in graphs.items()}, notes, others)


def _rank(tag: str, wanted: str) -> tuple[int, str]:
    """How well a language serves: the wanted one, the same of some region, English, any other."""
    first = tag.split("-")[0]
    return (0 if tag == wanted else 1 if first == wanted.split("-")[0] else 2 if first == ENGLISH else 3), tag


def _served(tags: set[str], wanted: str) -> bool:
    return min(_rank(tag, wanted)[0] for tag in tags) < 2
