"""A case that is written in codes of other systems, in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kg.errors import CaseError, UnknownTermError, listed, quoted
from kg.knowledge.codes.meaning import Codes
from kg.knowledge.codes.spelling import looks_coded
from kg.knowledge.sparql.iris import BASE, slug
from kg.knowledge.sparql.numbers import Number
from kg.patient.case import Case
from kg.patient.performed import Performed

_OWN = {"Finding": "finding", "Procedure": "procedure", "Measure": "measure"}


def has_codes(case: Case) -> bool:
    """Whether a case has a word that is meant as a code or an IRI.

    >>> has_codes(Case(present=["fever"])), has_codes(Case(present=["snomed:386661006"]))
    (False, True)
    """
    return any(map(looks_coded, _words(case)))


def _words(case: Case) -> Iterator[str]:
    yield from (*case.present, *case.absent, *case.measured, *case.since, *case.assume_absent)
    for study in case.performed:
        yield from (study.procedure, *study.present, *study.absent)
    if case.order is not None:
        yield case.order


def in_our_words(case: Case, codes: Codes) -> Case:
    """Replace each code by what it implies.

    Args:
        case: The case.
        codes: What codes imply.

    Returns:
        The case; two codes that imply one finding state it once.

    Raises:
        UnknownTermError: A code implies nothing; the message says why.
        CaseError: What the codes imply contradicts itself, or a number is given twice.
    """
    present, absent = _findings(case.present, codes), _findings(case.absent, codes, stated=False)
    return replace(
        case,
        present=present,
        absent=absent,
        assume_absent=_findings(case.assume_absent, codes, stated=False),
        measured=_measured(case.measured, codes),
        performed=tuple(
            Performed(
                _one("Procedure", study.procedure, codes),
                _findings(study.present, codes),
                _findings(study.absent, codes, stated=False),
                study.date,
            )
            for study in case.performed
        ),
        order=None if case.order is None else _one("Procedure", case.order, codes),
        since={word: day for name, day in case.since.items() for word in _findings((name,), codes)},
    )


def words_of(kind: str, word: str, codes: Codes, *, stated: bool = True) -> tuple[str, ...]:
    """The identifiers that a word of a case stands for: its own, or what it implies if it is a code.

    Args:
        kind: ``"Finding"``, ``"Procedure"`` or ``"Measure"``.
        word: An identifier, a code such as ``"snomed:386661006"``, or an IRI.
        codes: What codes imply.
        stated: The word is stated; otherwise it is refuted.

    Returns:
        The identifiers; none for the code of a finding that has no meaning here, as its row in a mapping says.

    Raises:
        UnknownTermError: It is a code that implies nothing; the message says why.
    """
    if not looks_coded(word):
        return (word,)
    if word.startswith(f"{BASE}{_OWN[kind]}/"):
        return (slug(word),)
    code = codes.systems.code(word)
    if code is None:
        message = f"{quoted(word)} is of no known system of codes; write one of {listed(codes.systems.words)} before it"
        raise UnknownTermError(message)
    meaning = codes.meaning(code)
    if meaning.without and kind == "Finding":
        return ()  # it was looked at, and no rule looks at what it says
    found = meaning.words(kind, stated=stated)
    if not found:
        way = "states no" if stated else "refutes no"
        other = any(meaning.words(each, stated=stated) for each in _OWN)
        why = f"it says something else than a {kind.lower()}" if other else meaning.why_not(stated=stated)
        message = f"{quoted(word)} {way} {kind.lower()} here: {why}; state it in words"
        raise UnknownTermError(message)
    return found


def _findings(words: Iterable[str], codes: Codes, *, stated: bool = True) -> tuple[str, ...]:
    found = (each for word in words for each in words_of("Finding", word, codes, stated=stated))
    return tuple(dict.fromkeys(found))


def _one(kind: str, word: str, codes: Codes) -> str:
    found = words_of(kind, word, codes)
    if len(found) > 1:
        message = f"{quoted(word)} stands for {listed(found)}; write the one that is meant"
        raise CaseError(message)
    return found[0]


def _measured(measured: Mapping[str, Number], codes: Codes) -> Mapping[str, Number]:
    found: dict[str, Number] = {}
    for name, value in measured.items():
        word = _one("Measure", name, codes)
        if word in found:
            message = f"measured gives {quoted(word)} twice, once as {quoted(name)}; keep one"
            raise CaseError(message)
        found[word] = value
    return found
