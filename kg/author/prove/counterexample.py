"""Turns what a solver found back into a patient: the inputs that are true become facts that somebody could state.

A number is chosen between the limits that it is compared with. Studies are put together so that they make true exactly
those inputs that the solver made true. One procedure may have to be performed several times for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from kg.knowledge.sparql.iris import qualified, slug
from kg.logic.circuit.inputs import Compared, Input, Measured, PerformedInput, Said, Stated
from kg.logic.circuit.solve import Model, NotDecidedError, Solver
from kg.patient.case import Case
from kg.patient.performed import NOW, Performed

_Study = tuple[str, frozenset[str], frozenset[str]]
_Seen = TypeVar("_Seen")

_TRIES = 50
"""After this many patients who turn out not to be as wanted, the question is left undecided."""


def search(
    solver: Solver,
    wanted: int,
    findings: Sequence[str],
    see: Callable[[Sequence[Said]], _Seen | None],
    *,
    copies: int = 1,
) -> tuple[Sequence[Said], _Seen] | None:
    """Look for a patient with the fewest facts.

    Args:
        solver: The solver.
        wanted: What must hold for the patient, as a literal of the solver.
        findings: What a study can show, by IRI.
        see: Looks at the facts of a patient and returns what it sees of what was wanted, or None.
        copies: How many cases there are; each completes the one before it.

    Returns:
        The patient, as one or more cases, and what was seen; None if there is no such patient.

    Raises:
        NotDecidedError: It took too long, or the solver found only patients that no case describes.
    """
    if solver.find([wanted]) is None:
        return None
    inputs = solver.circuit.inputs
    counted = [number for copy in range(copies) for number in _in_groups(solver, copy)]
    here = solver.fresh()  # limits to this search what is excluded below
    for _ in range(_TRIES):
        found = solver.smallest([wanted, here], counted)
        if found is None:
            break
        said: list[Said] = []
        for true in (found.inputs, *found.copies):
            said.append(patient(inputs, true, findings, said[-1] if said else None))
        if (seen := see(said)) is not None:
            return said, seen
        solver.require([-here, *_other_studies(solver, found)])
    message = "the solver found only patients that no case describes"
    raise NotDecidedError(message)


def _in_groups(solver: Solver, copy: int) -> Iterator[int]:
    """The facts of a patient, to be counted; what is assumed counts twice: a reader has to think twice."""
    for fact in solver.circuit.inputs:
        if not isinstance(fact, Compared):
            assumed = isinstance(fact, Stated) and fact.relation in ("assumedAbsent", "presumes")
            yield from [solver.fact(fact, copy)] * (1 + assumed)


def _other_studies(solver: Solver, found: Model) -> Iterator[int]:
    """Literals of which at least one holds for every patient with other studies."""
    for copy, true in enumerate((found.inputs, *found.copies)):
        for fact in solver.circuit.inputs:
            if isinstance(fact, PerformedInput):
                yield -solver.fact(fact, copy) if fact in true else solver.fact(fact, copy)


def patient(
    inputs: Iterable[Input], true: frozenset[Input], findings: Sequence[str], before: Said | None = None
) -> Said:
    """The facts of a patient for whom some inputs are true and the others are not.

    Args:
        inputs: All inputs of a circuit.
        true: Those that the solver made true.
        findings: What a study can show, by IRI.
        before: For a completion, the case that it completes.

    Returns:
        The facts. The caller must check that they make exactly these inputs true, because a solver may name studies
        that nobody can perform.

    >>> patient((), frozenset({Measured("age"), Compared("age", "<=", Decimal(65))}), ()).measured
    {'age': Decimal('64')}
    """
    known = set(inputs) | true
    stated: dict[str, set[str]] = defaultdict(set)
    for fact in true:
        if isinstance(fact, Stated):
            stated[fact.relation].add(fact.thing)
    return Said(
        {relation: frozenset(things) for relation, things in stated.items()},
        _numbers_between(known, true) | (dict(before.measured) if before else {}),
        _said_studies(known, true, findings, before.performed if before else ()),
    )


def case_of_said(said: Said) -> Case:
    """The case that states these facts, its words in alphabetical order."""

    def words(things: Iterable[str]) -> list[str]:
        return sorted(map(slug, things))

    orders, since = words(said.stated.get("order", ())), said.stated.get("performedSince", ())
    return Case(
        present=words(said.stated.get("present", ())),
        absent=words(said.stated.get("absent", ())),
        measured={slug(measure): _whole_or_float(number) for measure, number in sorted(said.measured.items())},
        performed=[
            Performed(slug(p), tuple(words(seen)), tuple(words(un)), NOW if p in since else "")
            for p, seen, un in said.performed
        ],
        order=orders[0] if orders else None,
        scenario=sorted(map(qualified, said.stated.get("chosen", ()))),
        assume_absent=words(said.stated.get("assumedAbsent", ())),
        presume=bool(said.stated.get("presumes")),
    )


def _whole_or_float(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _numbers_between(known: Iterable[Input], true: frozenset[Input]) -> dict[str, Decimal]:
    """A number for each measure that has one; a whole number if one fits."""
    limits: dict[str, list[tuple[Compared, bool]]] = defaultdict(list)
    for fact in known:
        if isinstance(fact, Compared):
            limits[fact.measure].append((fact, fact in true))
    measures = sorted({fact.measure for fact in true if isinstance(fact, Measured)})
    return {measure: _between(limits[measure]) for measure in measures}


def _between(limits: Sequence[tuple[Compared, bool]]) -> Decimal:
    # `age < 50` is false and `age <= 65` is true: the candidates are 50, 65, the whole numbers beside them and 57.5.
    # Those from 50 to 65 fit, and 50 is the smallest whole one.
    above = sorted(fact.limit for fact, holds in limits if not holds)
    below = sorted(fact.limit for fact, holds in limits if holds)
    candidates = [*above[-1:], *below[:1]]
    candidates += [number.to_integral_value(ROUND_FLOOR) + step for number in candidates for step in (0, 1, -1)]
    if above and below:
        candidates.append((above[-1] + below[0]) / 2)
    fits = [number for number in candidates if all(_compares(fact, number) == holds for fact, holds in limits)]
    return min(fits, key=lambda number: (number != number.to_integral_value(), abs(number)), default=Decimal(0))


def _compares(fact: Compared, number: Decimal) -> bool:
    return number < fact.limit if fact.relation == "<" else number <= fact.limit


def _said_studies(
    known: Iterable[Input], true: frozenset[Input], findings: Sequence[str], before: Sequence[_Study]
) -> tuple[_Study, ...]:
    """Studies that make every input true that must be true, and none that must be false."""
    false = [fact for fact in known if isinstance(fact, PerformedInput) and fact not in true]
    wanted = sorted((fact for fact in true if isinstance(fact, PerformedInput)), key=_weight)
    procedures = sorted({fact.procedure for fact in wanted if fact.procedure is not None})
    made = list(before)
    for fact in wanted:
        if not any(_makes(study, fact) for study in made):
            for procedure in procedures if fact.procedure is None else [fact.procedure]:
                study = next(_like(fact, procedure, false, findings), None)
                if study is not None:
                    made.append(study)
                    break
    return tuple(made)


def _weight(fact: PerformedInput) -> tuple[object, ...]:
    """Inputs that say the most come first: a study for one of them makes others true as well."""
    parts = (fact.procedure, fact.seen, fact.unseen)
    return -sum(part is not None for part in parts), -len(fact.silent), *(part or "" for part in parts)


def _like(
    fact: PerformedInput, procedure: str, false: Sequence[PerformedInput], findings: Sequence[str]
) -> Iterator[_Study]:
    """Studies of a procedure that fit an input, with one more result if it says that something was recorded."""
    seen, unseen = (frozenset(filter(None, [finding])) for finding in (fact.seen, fact.unseen))
    ways: list[_Study] = [(procedure, seen, unseen)]
    if "absent" not in fact.silent:
        ways += [(procedure, seen, unseen | {finding}) for finding in findings]
    if "present" not in fact.silent:
        ways += [(procedure, seen | {finding}, unseen) for finding in findings]
    return (study for study in ways if not any(_makes(study, other) for other in false))


def _makes(study: _Study, fact: PerformedInput) -> bool:
    return Said({}, {}, (study,)).makes(fact)
