"""Compares two editions of the content: what changed, and for which cases the answer changes.

An edition is a content folder or an RDF file. ``compare`` takes two of them, and cases to assess in both; with
``everybody`` it also decides whether any possible patient gets a different answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.author.edited_things import EditedThings
from kg.author.edition_causes import explained_change
from kg.author.edition_difference import CaseChange, EditionDifference
from kg.documents import read_rdf, refuse_deep_json, refuse_deep_turtle, refuse_deep_xml
from kg.errors import CaseError, ContentError, MissingPackageError
from kg.knowledge.content.content import Content, of_graphs, read
from kg.knowledge.sparql.iris import VOCABULARY, ns
from kg.patient.case import Case


def load_edition(place: Path) -> Content:
    """Read one edition.

    Args:
        place: A content folder, or one RDF file (.ttl, .nt, .nq, .trig, .rdf, .owl or .jsonld) with the schema, the
            vocabulary and the topics, and nothing that is derived.

    Raises:
        ContentError: It cannot be read, has no topic, or has derived statements.
    """
    try:
        content = read(place) if place.is_dir() else _read_file(place)
    except OSError as error:
        message = f"{place}: cannot be read ({error.strerror}); name a content folder or an RDF file"
        raise ContentError(message) from error
    if not content.topics:
        message = f"{place}: has no guideline topic; name a content folder or a file with at least one"
        raise ContentError(message)
    return content


def _read_file(path: Path) -> Content:
    form = RdfFormat.from_extension(path.suffix.removeprefix(".") if path.suffix != ".owl" else "rdf")
    if form is None:
        message = (
            f"{path}: is neither a folder nor an RDF file by its name; name one that ends in .ttl, .nt, .rdf or .jsonld"
        )
        raise ContentError(message)
    graphs: dict[str, list[Quad]] = defaultdict(list)
    try:
        for quad in parse(_looked_over(path, form), format=form):
            graph = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else VOCABULARY
            graphs[graph].append(Quad(quad.subject, quad.predicate, quad.object))
    except (SyntaxError, UnicodeDecodeError) as error:
        message = f"{path}: is not RDF as its name says ({' '.join(str(error).split())}); correct it, or build it again"
        raise ContentError(message) from error
    if any(quad.predicate == ns("isA") for quads in graphs.values() for quad in quads):
        message = f"{path}: has derived statements, which nobody edits; build it without --closure"
        raise ContentError(message)
    return of_graphs(graphs, {})


def _looked_over(path: Path, form: RdfFormat) -> bytes:
    """What a file holds, unless it is nested so deeply that a parser ends the process or takes hours."""
    data = read_rdf(path, ContentError, "RDF")
    look = {RdfFormat.JSON_LD: refuse_deep_json, RdfFormat.RDF_XML: refuse_deep_xml}.get(form, refuse_deep_turtle)
    look(data, str(path), ContentError)
    return data


def read_cases(folder: Path) -> dict[str, Case]:
    """Read every case file in a folder and below it.

    Returns:
        The cases, by the path of their file below the folder, in order.

    Raises:
        CaseError: The folder does not exist, has no case file, or has a file that is not a case.
    """
    paths = sorted(folder.rglob("*.json"))
    if not paths:
        message = f"{folder}: has no case files; name a folder with cases that end in .json"
        raise CaseError(message)
    return {path.relative_to(folder).as_posix(): Case.read(path) for path in paths}


def compare_editions(
    old: Content, new: Content, cases: Mapping[str, Case] | None = None, *, everybody: bool = False
) -> EditionDifference:
    """Compare two editions: what changed, and the cases whose answer changes, with the edits that caused it.

    Args:
        old: The earlier content, as ``load_edition`` returns it.
        new: The later content.
        cases: Cases to assess in both, by name.
        everybody: Also decide whether any possible patient gets a different answer.

    >>> from kg.knowledge.sparql.resources import shipped
    >>> content = load_edition(shipped("ontology"))
    >>> compare_editions(content, content).edits
    ()
    """
    things = EditedThings(old, new)
    changed = [found for name, case in (cases or {}).items() if (found := explained_change(things, name, case))]
    said, patient = _everybody(things, old, new) if everybody else ("", None)
    return EditionDifference(things.topics, things.edits, tuple(changed), len(cases or {}), said, patient)


_OF_OTHERS = frozenset({"met", "outranked", "studiesDependOn", "urgencyDependsOn", "concernedBy"})
"""What differs only where another patient, of whom more is known or chosen, is answered differently."""


def _everybody(things: EditedThings, old: Content, new: Content) -> tuple[str, CaseChange | None]:
    """Whether any patient gets a different answer, in a sentence, and one who does."""
    from kg.author.prove.differ import answered_differently
    from kg.author.prove.proofs import in_words
    from kg.logic.circuit.solve import NotDecidedError
    from kg.logic.compiler.patterns import NotCompiledError
    from kg.patient.assess.evaluation import CONCLUSIONS

    try:
        found = answered_differently(old, new, [name for name in CONCLUSIONS if name not in _OF_OTHERS])
    except (NotDecidedError, NotCompiledError, MissingPackageError) as error:
        return f"NOT DECIDED whether any patient is answered differently: {error}.", None
    if found is None:
        return "NO PATIENT IS ANSWERED DIFFERENTLY: decided for every case whose words both editions know.", None
    changed = explained_change(things, in_words(found), found)
    reads = "" if changed else "; the answer reads the same"
    return f"A PATIENT IS ANSWERED DIFFERENTLY: {in_words(found)}{reads}.", changed
