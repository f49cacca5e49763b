"""A case as triples, and triples as a case."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Quad

from kg.answer import Fact
from kg.case import Case, Performed
from kg.decimals import Number, lexical
from kg.evaluation import Row
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.logic.inputs import Said
from kg.names import BASE, RDF_TYPE, XSD_DECIMAL, ns, slug

THIS_CASE = NamedNode(f"{BASE}case/this")
"""The case that is assessed: a node in a private store, gone afterwards."""

_LISTS = (("present", "present"), ("absent", "absent"), ("assumedAbsent", "assume_absent"))


_PERFORMED = ns("performed")
_WAYS = {ns(name): name for name in ("present", "absent", "assumedAbsent", "intended")}
_WAYS |= {ns("measure"): "measured", ns("procedure"): "performed"}
_ON_STUDY = {"present": "seen", "absent": "unseen"}


def facts(case: Case, lexicon: Lexicon, node: NamedNode = THIS_CASE) -> tuple[Quad, ...]:
    """Write a case as triples.

    Args:
        case: The case.
        lexicon: The words.
        node: The node of the case.

    Returns:
        Its triples: a ``ns:Case`` with nodes for what was measured and performed.

    Raises:
        UnknownTermError: A word is not in the vocabulary.
    """
    quads = [Quad(node, RDF_TYPE, ns("Case"))]
    for relation, name in _LISTS:
        quads += [Quad(node, ns(relation), lexicon.term("Finding", word)) for word in getattr(case, name)]
    for name, value in case.measured.items():
        measure = lexicon.term("Measure", name)
        part = NamedNode(f"{node.value}/measured/{name}")
        number = Literal(lexical(value), datatype=XSD_DECIMAL)  # always a decimal, for bands are decimals
        quads += [Quad(node, ns("measured"), part), Quad(part, ns("measure"), measure), Quad(part, ns("value"), number)]
    for count, study in enumerate(case.performed, 1):
        part = NamedNode(f"{node.value}/performed/{count}")
        quads += [
            Quad(node, ns("performed"), part),
            Quad(part, ns("procedure"), lexicon.term("Procedure", study.procedure)),
        ]
        quads += [Quad(part, ns("present"), lexicon.term("Finding", word)) for word in study.present]
        quads += [Quad(part, ns("absent"), lexicon.term("Finding", word)) for word in study.absent]
    if case.order is not None:
        quads.append(Quad(node, ns("intended"), lexicon.term("Procedure", case.order)))
    return tuple(quads)


def said(case: Case, lexicon: Lexicon) -> Said:
    """What a case says, as the inputs of a circuit see it.

    Args:
        case: The case.
        lexicon: The words.

    Returns:
        The same facts by IRI.

    Raises:
        UnknownTermError: A word is not in the vocabulary.
    """

    def findings(words: Iterable[str]) -> frozenset[str]:
        return frozenset(lexicon.term("Finding", word).value for word in words)

    def procedure(word: str) -> str:
        return lexicon.term("Procedure", word).value

    orders = [] if case.order is None else [procedure(case.order)]
    return Said(
        {**{relation: findings(getattr(case, name)) for relation, name in _LISTS}, "intended": frozenset(orders)},
        {lexicon.term("Measure", word).value: Decimal(lexical(value)) for word, value in case.measured.items()},
        tuple((procedure(s.procedure), findings(s.present), findings(s.absent)) for s in case.performed),
    )


def stated(triples: Iterable[Quad]) -> frozenset[tuple[str, str]]:
    """The words that cases state, whichever case states them.

    Args:
        triples: Triples as ``facts`` writes them.

    Returns:
        The IRI of each word with the way in which it is stated: ``"present"``, ``"absent"``, ``"assumedAbsent"``,
        ``"measured"``, ``"performed"``, ``"seen"`` or ``"unseen"`` on a study, ``"intended"``.
    """
    every = tuple(triples)
    studies = {quad.object for quad in every if quad.predicate == _PERFORMED}
    return frozenset(
        (_ON_STUDY[way] if quad.subject in studies and way in _ON_STUDY else way, quad.object.value)
        for quad in every
        if (way := _WAYS.get(quad.predicate)) and isinstance(quad.object, NamedNode)
    )


def case_of(triples: Iterable[Quad], node: NamedNode) -> Case:
    """Read a case from triples.

    Args:
        triples: Triples that describe the node, as ``facts`` writes them and examples are written.
        node: The case or example.

    Returns:
        The case, its words in alphabetical order.
    """
    about: dict[str, dict[str, list[str]]] = {}
    for quad in triples:
        if isinstance(quad.subject, NamedNode) and not isinstance(quad.predicate, type(None)):
            value = getattr(quad.object, "value", "")
            about.setdefault(quad.subject.value, {}).setdefault(slug(quad.predicate.value), []).append(value)
    own = about.get(node.value, {})

    def words(values: dict[str, list[str]], name: str) -> list[str]:
        return sorted(slug(iri) for iri in values.get(name, ()))

    order = words(own, "intended")
    return Case(
        **{name: words(own, relation) for relation, name in _LISTS},  # type: ignore[arg-type]
        measured={
            slug(about[part]["measure"][0]): _number(about[part]["value"][0])
            for part in sorted(own.get("measured", ()))
        },
        performed=[
            Performed(
                slug(about[part]["procedure"][0]),
                tuple(words(about[part], "present")),
                tuple(words(about[part], "absent")),
            )
            for part in sorted(own.get("performed", ()))
        ],
        order=order[0] if order else None,
    )


def _number(text: str) -> Number:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def fact_in_words(row: Row, case: Case, lexicon: Lexicon, knowledge: Knowledge) -> Fact:
    """Say a stated fact in words.

    Args:
        row: How it was given and what it is (columns ``given`` and ``fact`` of a query).
        case: The case.
        lexicon: Labels.
        knowledge: Units.

    Returns:
        The fact.
    """
    given, iri = slug(row["given"]), row["fact"]
    if given == "measured":
        measure = lexicon.term("Measure", slug(iri)).value
        value = f"{case.measured[slug(iri)]} {knowledge.units[measure]}"
        return Fact(f"{lexicon.label(measure)}: {value}", given, slug(iri))
    if given == "performed":
        study = case.performed[int(slug(iri)) - 1]
        shown = [_word(lexicon, "Finding", word) for word in study.present]
        unseen = [f"no {_word(lexicon, 'Finding', word).lower()}" for word in study.absent]
        result = "; ".join(shown + unseen) or "result not recorded"
        return Fact(f"{_word(lexicon, 'Procedure', study.procedure)}: {result}", given, study.procedure)
    endings = {"present": "", "absent": ": absent", "intended": ": intended", "assumedAbsent": ": assumed absent"}
    return Fact(lexicon.label(iri) + endings[given], given, slug(iri))


def _word(lexicon: Lexicon, kind: str, word: str) -> str:
    return lexicon.label(lexicon.term(kind, word).value)
