"""Check a content folder: shapes, verify queries, proofs, worked examples and, on demand, the reasoner.

This is slow compared with an assessment, because pyshacl and HermiT do the work. Nothing here runs when a case is
assessed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from kg.author.prove.proofs import KNOWN_FAULTS
from kg.author.prove.prover import NOT_DECIDED, PROVED, REFUTED
from kg.author.repeated import once
from kg.author.shapes import causes, violations
from kg.errors import ContentError, KgError
from kg.knowledge.content.content import Content, of_graphs, read
from kg.knowledge.content.language import ENGLISH
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql import resources
from kg.knowledge.sparql.iris import VOCABULARY, slug
from kg.knowledge.sparql.queries import Query, named, stage
from kg.knowledge.turtle.atlas import Atlas
from kg.patient.assess.assessor import Assessor
from kg.progress import Tell, silent
from kg.shown import Shown

if TYPE_CHECKING:
    from kg.author.examples import Example
    from kg.author.prove.proofs import Proofs
    from kg.author.prove.prover import Proof

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Problem:
    """Something in the content that an author has to fix.

    Attributes:
        severity: ``"error"``, or ``"warning"`` for what may be intended.
        place: File, line and node, as far as known, with the property and the value at fault.
        message: What is wrong.
        cure: How to fix it.
        found_by: The shape, the query or the reasoner that found it.
    """

    severity: str
    place: str
    message: str
    cure: str
    found_by: str = ""


@dataclass(frozen=True, repr=False)
class CheckReport(Shown):
    """What a check found.

    Attributes:
        problems: Errors first, then by message and place.
        checked: What was checked, in words.
        left_out: What was not checked, in one sentence; empty after a check of the whole content.

    >>> print(
    ...     CheckReport(
    ...         (Problem("error", "a.ttl, line 3: finding:fever", "It has no label.", "Write one."),), ("2 shapes",)
    ...     )
    ... )
    error: It has no label. Write one.
      - a.ttl, line 3: finding:fever
    <BLANKLINE>
    1 error, no warnings. Checked: 2 shapes.
    """

    problems: tuple[Problem, ...]
    checked: tuple[str, ...]
    left_out: str = ""

    @property
    def ok(self) -> bool:
        """Whether there are no errors; warnings are allowed."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be fixed."""
        return tuple(problem for problem in self.problems if problem.severity == ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that may be intended and should be looked at."""
        return tuple(problem for problem in self.problems if problem.severity == WARNING)


def page_of(found_by: str) -> str:
    """The page of the documentation that explains a verify query; empty if there is no such page.

    >>> page_of("unfinished.rq"), page_of("HermiT")
    ('docs/reference/checks/unfinished.md', '')
    """
    name = found_by.removesuffix(".rq")
    return f"docs/reference/checks/{name}.md" if any(query.name == name for query in stage("verify")) else ""


def check(
    content: Path | str | None = None, *, reason: bool = False, topic: str | None = None, tell: Tell = silent
) -> CheckReport:
    """Check a content folder, or one topic in it.

    Args:
        content: A folder laid out like the shipped ontology, which is the default. A folder without
            ``shapes/content.ttl`` is checked against the shipped shapes.
        reason: Also let HermiT check that the ontology is consistent and that no class is empty.
        topic: The identifier of a topic. Only this topic is checked, together with the vocabulary. The reasoner and
            the proofs about every patient need the whole content and are left out, as are the codes of other systems.
        tell: Told what is checked now, in a few words.

    Raises:
        ContentError: The folder cannot be read.
        UnknownTermError: There is no such topic.
        MissingPackageError: HermiT was asked for, and there is no Java.
    """
    if reason and topic is None:
        from kg.author.publish.reasoner import java

        java()  # so that whoever lacks it hears so before all else is checked
    content = Path(content) if content is not None else resources.shipped("ontology")
    opened = read(content)
    atlas = Atlas(content, opened.prefixes)
    shapes = content / "shapes" / "content.ttl"
    if not shapes.is_file():
        shapes = resources.shipped("ontology") / "shapes" / "content.ttl"
    if topic is not None:
        return _check_topic(opened, Lexicon(opened).term("Topic", topic).value, shapes, atlas, tell)
    tell("Checking shapes and queries")
    found, number, wrong = _against_shapes(opened, shapes, atlas)
    if not opened.topics:
        cure = "Write a topic file in topics/; `nextstudy new-topic` begins one."
        found.append(Problem(ERROR, str(content), "The content has no guideline topic.", cure, "check"))
    queries = stage("verify")
    found += _against_queries(opened, queries, atlas, wrong)
    checked = [f"{number} shapes", f"{len(queries)} verify queries"]
    english = opened.in_language(ENGLISH).without_marks()
    if VOCABULARY not in english.unfinished:
        proved, refuted = _against_every_patient(english, tell)
        found += refuted
        checked.append(proved)
    worked, answered = _against_examples(english, atlas, {node for node, _ in wrong}, tell)
    found += answered
    checked.append(f"{worked} examples")
    found += _against_code_systems(opened)
    if reason:
        tell("Reasoning with HermiT")
        found += _by_reasoning(opened, atlas)
        checked.append("consistency and satisfiability (HermiT)")
    return CheckReport(_ordered(found), tuple(checked), _not_looked_at(english))


def _check_topic(whole: Content, topic: str, shapes: Path, atlas: Atlas, tell: Tell) -> CheckReport:
    """Check one topic together with the vocabulary; its examples are assessed against the whole content."""
    beside = of_graphs({name: whole.graphs[name] for name in (VOCABULARY, topic)}, whole.prefixes)
    own = frozenset(t.subject.value for t in whole.graphs[topic] if isinstance(t.subject, NamedNode))
    found, number, wrong = _against_shapes(beside, shapes, atlas, own)
    queries = stage("verify")
    found += _against_queries(beside, queries, atlas, wrong, own)
    english = whole.in_language(ENGLISH).without_marks()
    worked, answered = _against_examples(english, atlas, {node for node, _ in wrong}, tell, own)
    checked = (f"the topic {slug(topic)} with {number} shapes", f"{len(queries)} verify queries", f"{worked} examples")
    left_out = "Left out: the other topics, codes of other systems, the proofs and the reasoner; run without --topic."
    if {VOCABULARY, topic}.intersection(whole.without_marks().unfinished):
        left_out = f"{left_out} Its examples are left out too, until the errors above are corrected."
    return CheckReport(_ordered([*found, *answered]), checked, left_out)


def _not_looked_at(content: Content) -> str:
    """What is not assessed, because what it would be assessed by is unfinished."""
    if VOCABULARY in content.unfinished:
        return "Left out: the examples and what is proved of every patient; the errors above come first."
    names = ", ".join(map(slug, content.unfinished))
    left = f"the examples of {names} and what is proved of its patients; the errors above come first"
    return f"Left out: {left}." if names else ""


def _ordered(found: Iterable[Problem]) -> tuple[Problem, ...]:
    def place(problem: Problem) -> str:
        return re.sub(r"(?<=, line )\d+", lambda number: number[0].zfill(9), problem.place)

    return tuple(sorted(set(found), key=lambda problem: (problem.severity, problem.message, place(problem))))


# ---------------------------------------------------------------- the kinds of check


def _against_shapes(
    content: Content, shapes: Path, atlas: Atlas, own: Collection[str] | None = None
) -> tuple[list[Problem], int, set[tuple[str, str]]]:
    """Validate with pyshacl.

    Returns:
        The problems, of all nodes or of ``own``; the number of shapes; and of which nodes which properties are wrong.
    """
    violated, number = violations(content, shapes)
    found = []
    for each in once(causes(violated), content, lambda each: (each.focus, each.path, each.message)):
        if own is None or each.focus in own:
            message, _, cure = each.message.partition("; ")
            place, severity = atlas.place(each.focus, each.path, each.value), ERROR if each.severe else WARNING
            found.append(Problem(severity, place, message.rstrip(".") + ".", _sentence(cure), shapes.name))
    wrong = {(each.focus, name) for each in violated if each.severe for name in each.properties}
    return found, number, wrong


def _against_queries(
    content: Content,
    queries: Iterable[Query],
    atlas: Atlas,
    wrong: set[tuple[str, str]],
    own: Collection[str] | None = None,
) -> Iterator[Problem]:
    """What the verify queries find, but for the properties that shapes found wrong: of one slip, one sentence.

    The nodes and properties of further errors are added to ``wrong``.
    """
    lookup, shaped = Lookup(content), frozenset(wrong)
    for query in queries:
        said = query.header
        for row in once(lookup.rows(query), content, lambda row: (row["entity"], row["property"], "")):
            if (own is not None and row["entity"] not in own) or (row["entity"], row["property"]) in shaped:
                continue
            if said["severity"] == ERROR:
                wrong.add((row["entity"], row["property"]))
            place = atlas.place(row["entity"], row["property"], row.get("value", ""))
            yield Problem(said["severity"], place, said["problem"], said["solution"], f"{query.name}.rq")


def _against_every_patient(content: Content, tell: Tell = silent) -> tuple[str, list[Problem]]:
    """Decide the properties of ``queries/prove``; return how many were proved, in words, and the problems."""
    from kg.author.prove.proofs import prove
    from kg.logic.compiler.patterns import NotCompiledError

    try:
        found = prove(content, tell=tell)
    except NotCompiledError as error:
        problem, _, cure = str(error).rpartition("; ")
        message = "A derive query cannot be compiled, so nothing is proved and cases are assessed one at a time."
        return "no proofs", [Problem(WARNING, problem, message, _sentence(cure), "prove")]
    except ContentError as error:
        problem, _, cure = str(error).rpartition("; ")
        return "no proofs", [Problem(ERROR, problem, "The list of known faults cannot be used.", _sentence(cure))]
    about = found.concerned
    if about and all(proof.reason == about[0].reason and proof.status == NOT_DECIDED for proof in about):
        about = about[:1]  # one reason for all of them, such as a missing package, is reported once
    proved = f"{sum(proof.holds for proof in about)} of {len(about)} properties proved for every patient"
    return f"{proved} ({found.coverage.short})", [problem for proof in about for problem in _unproved(proof, found)]


def _unproved(proof: Proof, found: Proofs) -> Iterator[Problem]:
    """What a check reports about one property."""
    from kg.author.prove.proofs import of_whom

    said, place, by = named("prove", proof.name).header, f"queries/prove/{proof.name}.rq", f"{proof.name}.rq"
    fault, wrong = found.fault(proof), found.wrong(proof)
    if wrong and fault and proof.status == PROVED:
        yield Problem(ERROR, place, wrong, f"Remove it from {KNOWN_FAULTS}.", by)
    elif wrong and proof.unmet:
        yield Problem(ERROR, place, wrong, "Correct the content, or the query.", by)
    elif wrong:
        yield Problem(ERROR, f"{place}: {of_whom(proof)}", said["problem"], said["solution"], by)
    elif fault and proof.status == REFUTED:
        message = f"Known fault, to be fixed in {fault.mended_in}: {fault.fault}"
        yield Problem(WARNING, f"{place}: {of_whom(proof)}", message, "", by)
    elif proof.unmet:
        message = "No patient can meet the premise of a property, so it proves nothing about this content."
        yield Problem(WARNING, place, message, "Check whether that is intended.", by)
    if proof.status == NOT_DECIDED:
        message, _, cure = proof.reason.rpartition("; ")
        yield Problem(WARNING, place, _sentence(f"Not decided: {message or cure}"), _sentence(message and cure), by)
    if proof.missing:
        message = f"A property names words that the content lacks and covers only the rest: {', '.join(proof.missing)}."
        yield Problem(WARNING, place, message, "Remove the words from the query, or add them to the content.", by)


def _against_examples(
    content: Content, atlas: Atlas, wrong: Collection[str], tell: Tell, own: Collection[str] | None = None
) -> tuple[int, list[Problem]]:
    """Assess the worked examples, all or those in ``own``; return their number and the unexpected answers.

    Examples of unfinished topics are left out, because they answer nobody; a text that says TODO does not count. That
    an example is no case is left out where something is wrong with its node, or with one nested in it.
    """
    from kg.author.examples import differences, read_examples

    if VOCABULARY in content.unfinished:
        return 0, []
    guide, others = Assessor(content), _Others(content)
    waiting = {t.subject for name in content.unfinished for t in content.graphs[name]}

    def asked(iri: str) -> bool:
        return NamedNode(iri) not in waiting and (own is None or iri in own)

    readable, unreadable = read_examples(guide)
    refused = {iri: error for iri, error in unreadable.items() if asked(iri)}
    worked = [example for example in readable if asked(example.id)]
    found = []
    for number, example in enumerate(worked, start=1):
        tell(f"Assessing example {number} of {len(worked)}")
        try:
            different = differences(example, guide)
        except KgError as error:
            refused[example.id] = error
            continue
        cause = others.cause(example) if different else ""
        message = "A worked example has a different answer."
        cure = "Correct the example, or the criteria, ratings and preferences that decide it."
        if cause:
            message = f"A worked example of another topic has a different answer because of the topic {cause}."
            cure = _BESIDE_ANOTHER
        place = atlas.place(example.id)
        found += [Problem(ERROR, f"{place}: {each}", message, cure, "examples") for each in different]
    for iri, refusal in refused.items():
        if not any(node == iri or node.startswith(f"{iri}/") for node in wrong):
            said, _, cure = str(refusal).rpartition("; ")
            message = "A worked example is no case that could be answered."
            found.append(Problem(ERROR, f"{atlas.place(iri)}: {said}", message, _sentence(cure), "examples"))
    return len(worked), found


_BESIDE_ANOTHER = (
    "Say at its scenarios which of these patients they are not for (ns:ifAbsent), which scenario leads (ns:precedes, "
    "ns:Precedence) or that both stand (ns:Concurrence); or give it an entry of its own; see "
    "docs/how-to/add-a-topic.md. If the new answer is right, correct the example."
)


class _Others:
    """Which other topic makes an example come out otherwise: the one without which it does not."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._without: dict[str, Assessor] = {}
        triples = ((t.subject, name) for name in content.topics for t in content.graphs[name])
        self._homes = {subject.value: name for subject, name in triples if isinstance(subject, NamedNode)}

    def cause(self, example: Example) -> str:
        """The identifier of the topic; empty where no single other topic is the cause."""
        from kg.author.examples import differences

        for topic in sorted(self._content.answering - {self._homes.get(example.id, "")}):
            try:
                if not differences(example, self._assessor(topic)):
                    return slug(topic)
            except KgError:  # what it says of the patient is declared in this topic
                continue
        return ""

    def _assessor(self, topic: str) -> Assessor:
        """The content as if this topic were unfinished: what it declares is there, and it answers nobody."""
        if topic not in self._without:
            content = self._content
            self._without[topic] = Assessor(replace(content, unfinished={**content.unfinished, topic: "left out"}))
        return self._without[topic]


def _against_code_systems(content: Content) -> Iterator[Problem]:
    from kg.author.mapped_codes import faulty_codes

    for fault in faulty_codes(content):
        yield Problem(ERROR if fault.severe else WARNING, fault.place, fault.message, fault.cure, "mappings")


def _by_reasoning(content: Content, atlas: Atlas) -> Iterator[Problem]:
    from kg.author.publish.reasoner import consistent_and_satisfiable

    try:
        for iri in consistent_and_satisfiable(content):
            message = "Nothing can be an instance of this class, or no case can meet this condition."
            cure = "Look for parents, criteria or ranges that exclude each other, and correct one of them."
            yield Problem(ERROR, atlas.place(iri), message, cure, "HermiT")
    except ContentError as error:
        message, _, cure = str(error).partition("; ")
        yield Problem(ERROR, "the whole content", _sentence(message), _sentence(cure), "HermiT")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
