"""Check a content folder: shapes, verify queries, proofs, worked examples and, on demand, the reasoner.

Slow beside an assessment, because pyshacl and HermiT do the work; nothing here runs when a case is assessed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pyoxigraph import RdfFormat, Triple, serialize

from kg import resources
from kg.content import Content, lines_of, read, turtle_files
from kg.errors import ContentError, KgError
from kg.knowledge import Knowledge
from kg.logic.prove import NOT_DECIDED, PROVED, REFUTED
from kg.proofs import KNOWN_FAULTS
from kg.queries import Query, named, stage
from kg.showing import Shown

if TYPE_CHECKING:
    from rdflib import Graph

    from kg.logic.prove import Proof
    from kg.proofs import Proofs

ERROR, WARNING = "error", "warning"
_WIDTH = 80


@dataclass(frozen=True)
class Problem:
    """Something in the content that an author has to mend.

    Attributes:
        severity: ``"error"``, or ``"warning"`` for what may be meant so.
        place: File, line and node, as far as they are known, with the property and the value at fault.
        message: What is wrong.
        cure: How to mend it.
        found_by: The shape, the query or the reasoner that found it.
    """

    severity: str
    place: str
    message: str
    cure: str
    found_by: str = ""


@dataclass(frozen=True)
class Report(Shown):
    """What a check found.

    Attributes:
        problems: Errors first, then in order of message and place.
        checked: What was checked, in words.

    >>> print(
    ...     Report((Problem("error", "a.ttl, line 3: finding:fever", "It has no label.", "Write one."),), ("2 shapes",))
    ... )
    error: It has no label. Write one.
      - a.ttl, line 3: finding:fever
    <BLANKLINE>
    1 error, no warnings. Checked: 2 shapes.
    """

    problems: tuple[Problem, ...]
    checked: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no errors; warnings are allowed."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What must be mended."""
        return tuple(problem for problem in self.problems if problem.severity == ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What should be looked at."""
        return tuple(problem for problem in self.problems if problem.severity == WARNING)

    def __str__(self) -> str:
        """The report as text of at most 80 columns: each problem once, with all its places."""
        places: dict[tuple[str, str, str], list[str]] = {}
        for problem in self.problems:
            places.setdefault((problem.severity, problem.message, problem.cure), []).append(problem.place)
        blocks = []
        for (severity, message, cure), where in places.items():
            lines = [_wrapped(f"{severity}: {message} {cure}", "", "  ")]
            blocks.append("\n".join([*lines, *(_wrapped(place, "  - ", "    ") for place in where)]))
        counts = f"{_count(len(self.errors), 'error')}, {_count(len(self.warnings), 'warning')}"
        blocks.append(_wrapped(f"{counts}. Checked: {', '.join(self.checked)}.", "", ""))
        return "\n\n".join(blocks)


def check(content: Path, *, reason: bool = False) -> Report:
    """Check a content folder.

    Args:
        content: A folder laid out like the shipped ontology. Without ``shapes/content.ttl`` of its own it is checked
            against the shipped shapes.
        reason: Let HermiT check as well that the ontology is consistent and that no class is empty.

    Returns:
        What was found.

    Raises:
        ContentError: The folder cannot be read, so that there is nothing to check.
    """
    knowledge = read(content)
    atlas = _Atlas(content, knowledge.prefixes)
    shapes = content / "shapes" / "content.ttl"
    if not shapes.is_file():
        shapes = resources.folder("ontology") / "shapes" / "content.ttl"
    found, number = _against_shapes(knowledge, shapes, atlas)
    if not knowledge.topics:
        cure = "Write a topic file in topics/, such as `nextstudy new-topic` begins."
        found.append(Problem(ERROR, str(content), "The content holds no guideline topic.", cure, "check"))
    queries = stage("verify")
    found += _against_queries(knowledge, queries, atlas)
    checked = [f"{number} shapes", f"{len(queries)} verify queries"]
    proved, refuted = _against_every_patient(knowledge)
    found += refuted
    checked.append(proved)
    worked, answered = _against_examples(knowledge, atlas)
    found += answered
    checked.append(f"{worked} examples")
    if reason:
        found += _by_reasoning(knowledge, atlas)
        checked.append("consistency and satisfiability (HermiT)")
    ordered = sorted(set(found), key=lambda problem: (problem.severity, problem.message, problem.place))
    return Report(tuple(ordered), tuple(checked))


# ---------------------------------------------------------------- the three kinds of check


def _against_shapes(content: Content, shapes: Path, atlas: _Atlas) -> tuple[list[Problem], int]:
    """Validate with pyshacl; the problems, and how many shapes there are."""
    # Here, not above: importing costs more than many assessments. pyshacl also changes how rdflib treats literals for
    # as long as it validates, so everything that it works on is made here and used nowhere else.
    import pyshacl
    from rdflib import RDF, SH, Graph

    rules = Graph().parse(shapes, format="turtle")
    _, results, _ = pyshacl.validate(graph_of(content), shacl_graph=rules, inplace=False, inference="none")
    if not isinstance(results, Graph):
        message = f"{shapes}: cannot be used as shapes ({results!r}); mend them"
        raise ContentError(message)
    found = []
    for result in results.objects(None, SH.result):
        value, path = results.value(result, SH.value), results.value(result, SH.resultPath)
        place = atlas.place(
            str(results.value(result, SH.focusNode)),
            str(path) if path is not None and not _is_blank(path) else "",
            str(value) if value is not None and not _is_blank(value) else "",
        )
        message, _, cure = str(results.value(result, SH.resultMessage)).partition("; ")
        severity = ERROR if results.value(result, SH.resultSeverity) == SH.Violation else WARNING
        found.append(Problem(severity, place, message.rstrip(".") + ".", _sentence(cure), shapes.name))
    return found, len(set(rules.subjects(RDF.type, SH.NodeShape)))


def graph_of(content: Content) -> Graph:
    """The content as rdflib knows it, without what the build derives.

    Args:
        content: What ``kg.content.read`` returns.

    Returns:
        One graph of the vocabulary and all topics.
    """
    from rdflib import Graph

    triples = (Triple(t.subject, t.predicate, t.object) for graph in content.graphs.values() for t in graph)
    return Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")


def _against_queries(content: Content, queries: Iterable[Query], atlas: _Atlas) -> Iterator[Problem]:
    knowledge = Knowledge(content)
    for query in queries:
        said = query.header
        for row in knowledge.rows(query):
            place = atlas.place(row["entity"], row["property"], row.get("value", ""))
            yield Problem(said["severity"], place, said["problem"], said["solution"], f"{query.name}.rq")


def _against_every_patient(content: Content) -> tuple[str, list[Problem]]:
    """Decide the properties of ``queries/prove``; how many were proved, in words, and what has to be looked at."""
    from kg.logic.patterns import NotCompiledError
    from kg.proofs import prove

    try:
        found = prove(content)
    except NotCompiledError as error:
        problem, _, cure = str(error).rpartition("; ")
        message = "A derive query cannot be compiled, so that nothing is proved and cases are assessed one at a time."
        return "no proofs", [Problem(WARNING, problem, message, _sentence(cure), "prove")]
    except ContentError as error:
        problem, _, cure = str(error).rpartition("; ")
        return "no proofs", [Problem(ERROR, problem, "The list of known faults cannot be used.", _sentence(cure))]
    about = found.concerned
    if about and all(proof.reason == about[0].reason and proof.verdict == NOT_DECIDED for proof in about):
        about = about[:1]  # one reason for all of them, such as a missing package, is said once
    proved = f"{sum(proof.holds for proof in about)} of {len(about)} properties proved of every patient"
    return f"{proved} ({found.coverage.short})", [problem for proof in about for problem in _unproved(proof, found)]


def _unproved(proof: Proof, found: Proofs) -> Iterator[Problem]:
    """What a check says of one property."""
    from kg.proofs import of_whom

    said, place, by = named("prove", proof.name).header, f"queries/prove/{proof.name}.rq", f"{proof.name}.rq"
    fault, wrong = found.fault(proof), found.wrong(proof)
    if wrong and fault and proof.verdict == PROVED:
        yield Problem(ERROR, place, wrong, f"Take it off the list in {KNOWN_FAULTS}.", by)
    elif wrong and proof.unmet:
        yield Problem(ERROR, place, wrong, "Correct the content, or the query.", by)
    elif wrong:
        yield Problem(ERROR, f"{place}: {of_whom(proof)}", said["problem"], said["solution"], by)
    elif fault and proof.verdict == REFUTED:
        message = f"Known fault, to be mended in {fault.mended_in}: {fault.fault}"
        yield Problem(WARNING, f"{place}: {of_whom(proof)}", message, "", by)
    elif proof.unmet:
        message = "Nobody can be as a property says, so that it proves nothing of this content."
        yield Problem(WARNING, place, message, "Look whether it should be so.", by)
    if proof.verdict == NOT_DECIDED:
        message, _, cure = proof.reason.rpartition("; ")
        yield Problem(WARNING, place, _sentence(f"Not decided: {message or cure}"), _sentence(message and cure), by)
    if proof.missing:
        message = f"A property names what the content lacks, and is about the rest: {', '.join(proof.missing)}."
        yield Problem(WARNING, place, message, "Take the words out of the query, or put them back.", by)


def _against_examples(content: Content, atlas: _Atlas) -> tuple[int, list[Problem]]:
    """Assess every worked example; how many there are, and where an answer is not the expected one."""
    from kg.examples import differences, examples
    from kg.guide import Guide

    cure = "Correct the example, or the criteria, ratings and preferences that decide it."
    guide = Guide(content)
    try:
        worked = examples(guide)
    except KgError as error:
        return 0, [
            Problem(ERROR, f"the worked examples: {error}", "A worked example cannot be read.", cure, "examples")
        ]
    found = []
    for example in worked:
        try:
            wrong = differences(example, guide)
        except KgError as error:
            wrong = (str(error),)
        place = atlas.place(example.id)
        found += [
            Problem(ERROR, f"{place}: {each}", "A worked example has another answer.", cure, "examples")
            for each in wrong
        ]
    return len(worked), found


def _by_reasoning(content: Content, atlas: _Atlas) -> Iterator[Problem]:
    from kg.reason import consistent_and_satisfiable

    try:
        for iri in consistent_and_satisfiable(content):
            message = "Nothing can be an instance of this class, or no case can meet this condition."
            cure = "Look for parents, criteria or ranges that exclude each other, and correct one of them."
            yield Problem(ERROR, atlas.place(iri), message, cure, "HermiT")
    except ContentError as error:
        message, _, cure = str(error).partition("; ")
        yield Problem(ERROR, "the whole content", _sentence(message), _sentence(cure), "HermiT")


# ---------------------------------------------------------------- where things stand


class _Atlas:
    """Where a content folder describes what."""

    def __init__(self, folder: Path, prefixes: Mapping[str, str]) -> None:
        self._folder = folder
        self._prefixes = prefixes

    @cached_property
    def _lines(self) -> Mapping[str, str]:
        """File and line of each description, by IRI; authors start the line with what it describes."""
        subject = re.compile(r"(?:<([^>]*)>|([\w-]*):([\w./-]+))\s+\S")
        found: dict[str, str] = {}
        for path in turtle_files(self._folder):
            base = ""
            for number, line in enumerate(lines_of(path), 1):
                if line.startswith("@base"):
                    base = line.split("<", 1)[-1].split(">", 1)[0]
                elif start := subject.match(line):
                    iri = urljoin(base, start[1]) if start[1] else self._prefixes.get(start[2], "") + start[3]
                    found.setdefault(iri, f"{path.relative_to(self._folder).as_posix()}, line {number}")
        return found

    def place(self, iri: str, about: str = "", value: str = "") -> str:
        """Name a node with file and line; a nested node stands where the one around it does."""
        name = " ".join(self._short(part) for part in (iri, about, value) if part)
        around = iri
        while around not in self._lines and "/" in around:
            around = around.rpartition("/")[0]
        return f"{self._lines[around]}: {name}" if around in self._lines else name

    def _short(self, text: str) -> str:
        """An IRI with its prefix, a text in quotes."""
        if not re.match(r"(https?|urn):", text):
            return f"'{text}'"
        matching = [(len(space), name, space) for name, space in self._prefixes.items() if text.startswith(space)]
        _, name, space = max(matching, default=(0, "", ""))
        return f"{name}:{text.removeprefix(space)}" if space else f"<{text}>"


def _is_blank(node: object) -> bool:
    from rdflib import BNode

    return isinstance(node, BNode)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def _wrapped(text: str, first: str, rest: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
