"""A patient out of what a solver found: which inputs are true, turned back into facts that somebody could state.

A number is chosen between the limits that it was compared with. Studies are put together so that exactly the inputs
about performed studies are true that the solver made true; there are several of one procedure where that takes several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from kg.case import Case
from kg.case import Performed as PerformedStudy
from kg.logic.inputs import Compared, Input, Measured, Performed, Said, Stated
from kg.logic.solve import Found, NotDecidedError, Solver
from kg.names import slug

_Study = tuple[str, frozenset[str], frozenset[str]]
_Seen = TypeVar("_Seen")

_TRIES = 50
"""So many patients are put together of whom the solver was wrong, before a question is not decided."""


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
        wanted: What must hold of the patient, as the solver writes it.
        findings: What a study can show, by IRI.
        see: Looks at what was put together, and returns what it sees of what was wanted; None where it does not.
        copies: How many cases are spoken of; each completes the one before it.

    Returns:
        The patient, as one or more cases, and what was seen; None where there is none.

    Raises:
        NotDecidedError: It took too long, or the solver found only what nobody can be like.
    """
    if solver.find([wanted]) is None:
        return None
    inputs = solver.circuit.inputs
    counted = [number for copy in range(copies) for number in _counted(solver, copy)]
    here = solver.fresh()  # what is excluded is excluded of this search only
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
    message = "the solver found only patients who cannot be put together"
    raise NotDecidedError(message)


def _counted(solver: Solver, copy: int) -> Iterator[int]:
    """The facts of a patient; one that is assumed, of which a reader has to think twice, counts twice."""
    for fact in solver.circuit.inputs:
        if not isinstance(fact, Compared):
            assumed = isinstance(fact, Stated) and fact.relation == "assumedAbsent"
            yield from [solver.fact(fact, copy)] * (1 + assumed)


def _other_studies(solver: Solver, found: Found) -> Iterator[int]:
    """Numbers of which one holds of every patient with other studies."""
    for copy, true in enumerate((found.inputs, *found.copies)):
        for fact in solver.circuit.inputs:
            if isinstance(fact, Performed):
                yield -solver.fact(fact, copy) if fact in true else solver.fact(fact, copy)


def patient(
    inputs: Iterable[Input], true: frozenset[Input], findings: Sequence[str], before: Said | None = None
) -> Said:
    """What a patient says of whom some inputs are true and the others are not.

    Args:
        inputs: All inputs of a circuit.
        true: Those that the solver made true.
        findings: What a study can show, by IRI.
        before: Of a completion, the case that it completes.

    Returns:
        The facts. Whether they make the very same inputs true is for whoever asks to see: a solver may speak of studies
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
        _numbers(known, true) | (dict(before.measured) if before else {}),
        _studies(known, true, findings, before.performed if before else ()),
    )


def case_of_said(said: Said) -> Case:
    """A case that says so.

    Args:
        said: The facts, by IRI.

    Returns:
        The case, its words in alphabetical order.
    """

    def words(things: Iterable[str]) -> list[str]:
        return sorted(map(slug, things))

    orders = words(said.stated.get("intended", ()))
    return Case(
        present=words(said.stated.get("present", ())),
        absent=words(said.stated.get("absent", ())),
        measured={slug(measure): _plain(number) for measure, number in sorted(said.measured.items())},
        performed=[PerformedStudy(slug(p), tuple(words(seen)), tuple(words(un))) for p, seen, un in said.performed],
        order=orders[0] if orders else None,
        assume_absent=words(said.stated.get("assumedAbsent", ())),
    )


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _numbers(known: Iterable[Input], true: frozenset[Input]) -> dict[str, Decimal]:
    """A number for each measure that has one; a whole one where one fits."""
    limits: dict[str, list[tuple[Compared, bool]]] = defaultdict(list)
    for fact in known:
        if isinstance(fact, Compared):
            limits[fact.measure].append((fact, fact in true))
    measures = sorted({fact.measure for fact in true if isinstance(fact, Measured)})
    return {measure: _between(limits[measure]) for measure in measures}


def _between(limits: Sequence[tuple[Compared, bool]]) -> Decimal:
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


def _studies(
    known: Iterable[Input], true: frozenset[Input], findings: Sequence[str], before: Sequence[_Study]
) -> tuple[_Study, ...]:
    """Studies that make true what must be, and nothing that must not be."""
    false = [fact for fact in known if isinstance(fact, Performed) and fact not in true]
    wanted = sorted((fact for fact in true if isinstance(fact, Performed)), key=_weight)
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


def _weight(fact: Performed) -> tuple[object, ...]:
    """Facts that say much come first: a study for one of them makes others true as well."""
    parts = (fact.procedure, fact.seen, fact.unseen)
    return -sum(part is not None for part in parts), -len(fact.silent), *(part or "" for part in parts)


def _like(fact: Performed, procedure: str, false: Sequence[Performed], findings: Sequence[str]) -> Iterator[_Study]:
    """Studies of a procedure that are as a fact says, with one more result where something was recorded."""
    seen, unseen = (frozenset(filter(None, [finding])) for finding in (fact.seen, fact.unseen))
    ways: list[_Study] = [(procedure, seen, unseen)]
    if "absent" not in fact.silent:
        ways += [(procedure, seen, unseen | {finding}) for finding in findings]
    if "present" not in fact.silent:
        ways += [(procedure, seen | {finding}, unseen) for finding in findings]
    return (study for study in ways if not any(_makes(study, other) for other in false))


def _makes(study: _Study, fact: Performed) -> bool:
    return Said({}, {}, (study,)).makes(fact)
