"""Before a file counts as written: another library reads it back and must find the same triples.

pyoxigraph writes and rdflib reads. What RDF/XML cannot hold is refused by name before.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, Triple

from kg.errors import ContentError, OutputError, quoted
from kg.knowledge.ask.places import places
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.second_engine import quad_of_second
from kg.knowledge.turtle.files import lines_of
from kg.knowledge.turtle.layout import turtle_files

_PARSERS = {"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
"""What rdflib calls each format."""

_TEXT = "http://www.w3.org/2001/XMLSchema#string"
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
)
_START += "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_XML_NAME = re.compile(f"[{_START}][-.0-9\u00b7\u0300-\u036f\u203f\u2040{_START}]*$")
"""What an element may be called; it has to be the end of an IRI."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def refuse_what_xml_cannot_hold(triples: Iterable[Triple], content: Content) -> None:
    """Find out what no RDF/XML can say.

    Args:
        triples: What is to be written.
        content: Where they come from, to name the place.

    Raises:
        OutputError: A predicate does not end in an XML name, or a text has a character that XML forbids.
    """
    for triple in triples:
        predicate = triple.predicate.value
        if not (name := _XML_NAME.search(predicate)) or name[0] == "xmlns":
            problem = f"RDF/XML cannot write the predicate <{predicate}>, which does not end in an XML name"
            place = _line_with(predicate, content) or _described(triple, content)
        elif found := _NOT_IN_XML.search(getattr(triple.object, "value", "")):
            problem = f"RDF/XML cannot write the character U+{ord(found[0]):04X} in the value of <{predicate}>"
            place = _described(triple, content)
        else:
            continue
        message = f"{place}: {problem}; correct it there, or write .ttl, .nt or .jsonld instead"
        raise OutputError(message)


def _line_with(predicate: str, content: Content) -> str:
    """The first line that names a predicate."""
    names = [f"{name}:{predicate.removeprefix(iri)}" for name, iri in content.prefixes.items() if iri in predicate]
    written = re.compile("|".join(rf"(?<!\S){re.escape(name)}(?!\S)" for name in (f"<{predicate}>", *names)))
    for path in turtle_files(content.folder) if content.folder else ():
        for number, line in enumerate(lines_of(path), 1):
            if written.search(line):
                return f"{path}, line {number}"
    return ""


def _described(triple: Triple, content: Content) -> str:
    """Where the subject of a triple is described; the subject itself where no file says so."""
    subject = triple.subject.value if isinstance(triple.subject, NamedNode) else ""
    try:
        place = places(content, subject)[0]
    except ContentError:
        return f"<{subject}>"
    return f"{place.file}, line {place.line}"


def refuse_unless_read_back(text: str, format: str, triples: Iterable[Triple]) -> None:
    """Let rdflib read what was written.

    Args:
        text: What pyoxigraph wrote.
        format: ``"turtle"``, ``"ntriples"``, ``"jsonld"`` or ``"rdfxml"``.
        triples: What it must hold.

    Raises:
        OutputError: It cannot be read, or holds other triples.

    >>> stated = [Triple(NamedNode("urn:a"), NamedNode("urn:b"), Literal("c"))]
    >>> refuse_unless_read_back('<urn:a> <urn:b> "d" .', "ntriples", stated)
    Traceback (most recent call last):
    ...
    kg.errors.OutputError: as ntriples the file would say otherwise: '<urn:a> <urn:b> "c"'; choose another format
    """
    from rdflib import Graph

    with _without_remarks():
        stated = _comparable(Quad(*triple) for triple in triples)
        try:
            graph = Graph().parse(data=text, format=_PARSERS[format])
            found = _comparable(quad_of_second(triple) for triple in graph)
        except Exception as error:  # the parsers of rdflib raise many kinds
            reason = quoted(" ".join(str(error).split()), 120)
            message = f"as {format} the file could not be read back ({reason}); choose another format"
            raise OutputError(message) from error
    if wrong := sorted(map(str, found ^ stated)):
        message = f"as {format} the file would say otherwise: {quoted(wrong[0], 200)}; choose another format"
        raise OutputError(message)


def _comparable(quads: Iterable[Quad]) -> set[Quad]:
    """Triples as they can be compared: blank nodes named by what is said of them, values as rdflib writes them."""
    dataset = Dataset(Quad(quad.subject, quad.predicate, _normal(quad.object)) for quad in quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def _normal(term: NamedNode | BlankNode | Literal | Triple) -> NamedNode | BlankNode | Literal | Triple:
    """A value as rdflib writes it, which reads the number 01 as 1; the letters of a language count alike."""
    if not isinstance(term, Literal) or term.datatype.value == _TEXT:
        return term
    if term.language:
        return Literal(term.value, language=term.language.lower())
    from rdflib import Literal as Rewritten
    from rdflib import URIRef

    return Literal(str(Rewritten(term.value, datatype=URIRef(term.datatype.value))), datatype=term.datatype)


@contextmanager
def _without_remarks() -> Iterator[None]:
    """A value that is none of its type is no reason to print a traceback; it is compared as it is written."""
    remarks = logging.getLogger("rdflib.term")
    before, remarks.disabled = remarks.disabled, True
    try:
        yield
    finally:
        remarks.disabled = before
