"""Writes a case as triples, reads one from triples, and puts its facts into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import CaseError, quoted
from kg.knowledge.content.content import SCENARIO
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, XSD_DECIMAL, ns, qualified, slug
from kg.knowledge.sparql.numbers import Number, lexical
from kg.knowledge.sparql.store import Row
from kg.logic.circuit.inputs import Said
from kg.patient.case import Case
from kg.patient.performed import NOW, Performed

THIS_CASE = NamedNode(f"{BASE}case/this")
"""The node of the assessed case; it exists only in a private store, and only while the case is assessed."""


@dataclass(frozen=True)
class Fact:
    """A stated fact that met a criterion.

    Attributes:
        text: The fact in words, such as ``"Age 65 a"``.
        given: How it was stated: ``present``, ``absent``, ``measured``, ``performed``, ``order``, ``assumedAbsent``
            or ``presumes``.
        id: The finding, measure or study of the fact.
    """

    text: str
    given: str
    id: str


FACTS = (("present", "present"), ("absent", "absent"), ("assumedAbsent", "assume_absent"))
"""The facts that are lists of findings: the property of the case, and the attribute of ``Case``."""

_PERFORMED, _HISTORY = ns("performed"), ns("history")
_WAYS = {ns(name): name for name in ("present", "absent", "assumedAbsent", "order", "presumes", "chosen")}
_WAYS |= {ns("measure"): "measured", ns("procedure"): "performed"}
_ON_STUDY = {"present": "seen", "absent": "unseen"}


def facts(case: Case, lexicon: Lexicon, node: NamedNode = THIS_CASE) -> tuple[Quad, ...]:
    """Write a case as triples: a ``ns:Case`` with a node for each measurement, each study and each dated beginning.

    No query of the answer reads the days, or a study that is history: they are there to be seen, and for a recheck.

    Raises:
        UnknownTermError: A word is not in the vocabulary.
        CaseError: A scenario is chosen twice, by two names.
    """
    quads = [Quad(node, RDF_TYPE, ns("Case"))]
    for relation, name in FACTS:
        quads += [Quad(node, ns(relation), lexicon.term("Finding", word)) for word in getattr(case, name)]
    for name, value in case.measured.items():
        measure = lexicon.term("Measure", name)
        part = NamedNode(f"{node.value}/measured/{name}")
        number = Literal(lexical(value), datatype=XSD_DECIMAL)  # always a decimal, because bands are decimals
        quads += [Quad(node, ns("measured"), part), Quad(part, ns("measure"), measure), Quad(part, ns("value"), number)]
    now = dict(studies_now(case)[0])
    for count, study in enumerate(case.performed, 1):
        part = NamedNode(f"{node.value}/performed/{count}")
        quads += [
            Quad(node, _PERFORMED if count in now else _HISTORY, part),
            Quad(part, ns("procedure"), lexicon.term("Procedure", study.procedure)),
        ]
        quads += [Quad(part, ns("present"), lexicon.term("Finding", word)) for word in study.present]
        quads += [Quad(part, ns("absent"), lexicon.term("Finding", word)) for word in study.absent]
        quads += [Quad(part, ns("date"), Literal(study.date))] if study.date else []
    for word, day in case.since.items():
        part = NamedNode(f"{node.value}/since/{word}")
        quads += [Quad(node, ns("since"), part), Quad(part, ns("present"), lexicon.term("Finding", word))]
        quads.append(Quad(part, ns("date"), Literal(day)))
    if case.order is not None:
        quads.append(Quad(node, ns("order"), lexicon.term("Procedure", case.order)))
    quads += [Quad(node, ns("chosen"), scenario) for scenario in _scenarios(case, lexicon)]
    quads += [Quad(node, ns("presumes"), NamedNode(iri)) for iri in _presumptions(case, lexicon)]
    quads += [Quad(node, ns("performedSince"), lexicon.term("Procedure", word)) for word in _since(case)]
    return tuple(quads)


def studies_now(case: Case) -> tuple[list[tuple[int, Performed]], list[Performed]]:
    """Part the performed studies of a case: those that stand for one done now, and those that are history.

    A study is history if a finding began after it, or if the same study was done again later.

    Returns:
        The studies with their places in the case, from 1; and those that are history.

    >>> mri = Performed("mri-lumbar-spine", absent=("cord-compression",), date="2026-11-01")
    >>> studies_now(Case(present=["leg-weakness"], since={"leg-weakness": "2026-11-20"}, performed=[mri]))[1] == [mri]
    True
    """
    onset = max(case.since.values(), default="")
    now, past = [], []
    for place, study in enumerate(case.performed, 1):
        again = (other.date for other in case.performed if other.procedure == study.procedure)
        if study.before(onset) or any(map(study.before, again)):
            past.append(study)
        else:
            now.append((place, study))
    return now, past


def _since(case: Case) -> list[str]:
    """The studies that were done after everything that is stated."""
    onset = max(case.since.values(), default="")
    return sorted({s.procedure for _, s in studies_now(case)[0] if s.date == NOW or (onset and s.date >= onset)})


def _presumptions(case: Case, lexicon: Lexicon) -> list[str]:
    """What is presumed of a case: every presumption of the content, or nothing."""
    return sorted(lexicon.iris("Presumption")) if case.presume else []


def _scenarios(case: Case, lexicon: Lexicon) -> list[NamedNode]:
    """The scenarios that a person chose."""
    found: dict[NamedNode, str] = {}
    for word in case.scenario:
        if (scenario := lexicon.term(SCENARIO, word)) in found:
            message = f"scenario names one as {quoted(found[scenario])} and as {quoted(word)}; keep one"
            raise CaseError(message)
        found[scenario] = word
    return list(found)


def said(case: Case, lexicon: Lexicon) -> Said:
    """What a case states, by IRI, in the form from which the inputs of a circuit are set.

    Raises:
        UnknownTermError: A word is not in the vocabulary.
    """

    def findings(words: Iterable[str]) -> frozenset[str]:
        return frozenset(lexicon.term("Finding", word).value for word in words)

    def procedure(word: str) -> str:
        return lexicon.term("Procedure", word).value

    orders = [] if case.order is None else [procedure(case.order)]
    return Said(
        {
            **{relation: findings(getattr(case, name)) for relation, name in FACTS},
            "order": frozenset(orders),
            "chosen": frozenset(scenario.value for scenario in _scenarios(case, lexicon)),
            "presumes": frozenset(_presumptions(case, lexicon)),
            "performedSince": frozenset(map(procedure, _since(case))),
        },
        {lexicon.term("Measure", word).value: Decimal(lexical(value)) for word, value in case.measured.items()},
        tuple((procedure(s.procedure), findings(s.present), findings(s.absent)) for _, s in studies_now(case)[0]),
    )


def stated(triples: Iterable[Quad]) -> frozenset[tuple[str, str]]:
    """The words that are stated in triples as ``facts`` writes them, of one case or of several.

    Returns:
        Pairs of a way of stating a word and the IRI of the word. The ways are ``"present"``, ``"absent"``,
        ``"assumedAbsent"``, ``"presumes"``, ``"measured"``, ``"performed"``, ``"order"`` and ``"chosen"``; a finding
        that a performed study showed is ``"seen"``, and one that it did not show is ``"unseen"``.
    """
    every = tuple(triples)
    studies = {quad.object for quad in every if quad.predicate == _PERFORMED}
    past = {quad.object for quad in every if quad.predicate == _HISTORY}
    return frozenset(
        (_ON_STUDY[way] if quad.subject in studies and way in _ON_STUDY else way, quad.object.value)
        for quad in every
        if (way := _WAYS.get(quad.predicate)) and isinstance(quad.object, NamedNode) and quad.subject not in past
    )


def case_of(triples: Iterable[Quad], node: NamedNode) -> Case:
    """Read a case, or the case of a worked example, from triples; its words are in alphabetical order.

    Raises:
        CaseError: A measurement or a performed study lacks a part, or a number is none.
    """
    about: dict[str, dict[str, list[str]]] = {}
    for quad in triples:
        if isinstance(quad.subject, NamedNode):
            value = getattr(quad.object, "value", "")
            about.setdefault(quad.subject.value, {}).setdefault(slug(quad.predicate.value), []).append(value)
    own = about.get(node.value, {})

    def words(values: dict[str, list[str]], name: str) -> list[str]:
        return sorted(slug(iri) for iri in values.get(name, ()))

    def one(part: str, name: str) -> str:
        values = about.get(part, {}).get(name, [])
        if len(values) != 1:
            message = f"{quoted(slug(part))} has {len(values) or 'no'} values of {name}; write one"
            raise CaseError(message)
        return values[0]

    order = words(own, "order")
    return Case(
        **{name: words(own, relation) for relation, name in FACTS},  # type: ignore[arg-type]
        measured={
            slug(one(part, "measure")): _number_of_text(one(part, "value")) for part in sorted(own.get("measured", ()))
        },
        performed=[
            Performed(
                slug(one(part, "procedure")),
                tuple(words(about[part], "present")),
                tuple(words(about[part], "absent")),
            )
            for part in sorted(own.get("performed", ()))
        ],
        order=order[0] if order else None,
        scenario=sorted(map(qualified, own.get("chosen", ()))),
    )


def _number_of_text(text: str) -> Number:
    try:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else float(number)
    except (InvalidOperation, OverflowError) as error:
        message = f"{quoted(text)} is no number; write a number such as 65"
        raise CaseError(message) from error


def fact_in_words(row: Row, case: Case, lexicon: Lexicon, lookup: Lookup) -> Fact:
    """Put a stated fact into words.

    Args:
        row: A row with the columns ``given`` (how it was stated) and ``fact`` (the IRI of what was stated).
        case: Gives the numbers and the findings of performed studies.
        lexicon: Gives the labels.
        lookup: Gives the units.
    """
    given, iri = slug(row["given"]), row["fact"]
    if given == "measured":
        measure = lexicon.term("Measure", slug(iri)).value
        value = f"{case.measured[slug(iri)]} {lookup.units[measure]}"
        return Fact(f"{lexicon.label(measure)}: {value}", given, slug(iri))
    if given == "performed":
        study = case.performed[int(slug(iri)) - 1]
        shown = [_label_of_word(lexicon, "Finding", word) for word in study.present]
        unseen = [f"no {_label_of_word(lexicon, 'Finding', word).lower()}" for word in study.absent]
        result = "; ".join(shown + unseen) or "result not recorded"
        return Fact(f"{_label_of_word(lexicon, 'Procedure', study.procedure)}: {result}", given, study.procedure)
    endings = {"present": "", "absent": ": absent", "order": ": intended", "assumedAbsent": ": assumed absent"}
    endings["presumes"] = " (presumed)"
    return Fact(lexicon.label(iri) + endings[given], given, slug(iri))


def _label_of_word(lexicon: Lexicon, kind: str, word: str) -> str:
    return lexicon.label(lexicon.term(kind, word).value)
