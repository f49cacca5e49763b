"""A patient out of what a solver found: which inputs are true, turned back into facts that somebody could state.

A number is chosen between the limits that it was compared with. Studies are put together so that exactly the inputs
about performed studies are true that the solver made true; there are several of one procedure where that takes several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from kg.case import Case
from kg.case import Performed as PerformedStudy
from kg.logic.inputs import Compared, Input, Measured, Performed, Said, Stated
from kg.names import slug

_Study = tuple[str, frozenset[str], frozenset[str]]


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

    >>> said = patient((), frozenset({Measured("age"), Compared("age", "<=", Decimal(65))}), ())
    >>> said.measured
    {'age': Decimal('65')}
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
