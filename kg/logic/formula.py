"""A circuit as clauses, and what is true of every case that is accepted: what a solver needs to speak of all patients.

A clause is a list of whole numbers, of which one must hold: line 7 is the variable 8, its complement -8. A constraint
may only exclude what no accepted case produces; that every accepted case satisfies all of them is tested.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from kg.logic.circuit import Circuit, Literal
from kg.logic.inputs import Compared, Input, Measured, Performed, Stated

Clause = list[int]


def variable(literal: Literal, copy: int = 0) -> int:
    """A literal as a solver writes it.

    Args:
        literal: A literal of a circuit.
        copy: How many lines stand before those of this circuit.

    Returns:
        The number of its line, from 1 on; below zero for a complement.

    >>> variable(6), variable(7), variable(7, copy=100)
    (4, -4, -104)
    """
    number = (literal >> 1) + 1 + copy
    return -number if literal & 1 else number


def clauses(circuit: Circuit, copy: int = 0) -> Iterator[Clause]:
    """What the gates of a circuit say.

    Args:
        circuit: The circuit.
        copy: How many lines stand before its own.

    Yields:
        Clauses: a gate holds exactly when all its literals do.
    """
    yield [variable(0, copy)]
    for line, gate in enumerate(circuit.gates, circuit.first_gate):
        itself = variable(2 * line, copy)
        yield from ([-itself, variable(literal, copy)] for literal in gate)
        yield [itself, *(-variable(literal, copy) for literal in gate)]


def patients(circuit: Circuit, copy: int = 0) -> Iterator[Clause]:
    """What is true of every accepted case.

    Args:
        circuit: A circuit with ``impossible`` among its outputs.
        copy: How many lines stand before its own.

    Yields:
        Clauses over its inputs and over what makes a case impossible.
    """
    number = {fact: variable(2 * line, copy) for line, fact in enumerate(circuit.inputs, 1)}
    for literal in circuit.outputs.get("impossible", {}).values():
        yield [-variable(literal, copy)]
    yield from _one_order(number)
    yield from _numbers(number)
    yield from _studies(number)


def completed(circuit: Circuit, case: int, completion: int) -> Iterator[Clause]:
    """What is true of a case and a completion of it: one that states all that the case states, and perhaps more.

    Nothing is assumed of either, for to assume is to say what would be withdrawn; and a number stays the number.

    Args:
        circuit: The circuit.
        case: How many lines stand before those of the case.
        completion: How many lines stand before those of the completion.

    Yields:
        Clauses over the inputs of both.
    """
    places = {fact: 2 * line for line, fact in enumerate(circuit.inputs, 1)}
    for fact, literal in places.items():
        before, after = variable(literal, case), variable(literal, completion)
        yield [-before, after]
        if isinstance(fact, Stated) and fact.relation == "assumedAbsent":
            yield [-after]
        if isinstance(fact, Compared) and (given := places.get(Measured(fact.measure))):
            yield [-variable(given, case), before, -after]


def _one_order(number: dict[Input, int]) -> Iterator[Clause]:
    orders = [n for fact, n in number.items() if isinstance(fact, Stated) and fact.relation == "intended"]
    yield from ([-one, -other] for one, other in combinations(orders, 2))


def _numbers(number: dict[Input, int]) -> Iterator[Clause]:
    """A number below a limit is not above it, and below every greater one; and it was given."""
    limits: dict[str, list[Compared]] = defaultdict(list)
    for fact in number:
        if isinstance(fact, Compared):
            limits[fact.measure].append(fact)
    for measure, facts in limits.items():
        facts.sort(key=lambda fact: (fact.limit, fact.relation))  # "<" comes before "<="
        yield from ([-number[less], number[more]] for less, more in pairwise(facts))
        if (given := Measured(measure)) in number:
            yield from ([-number[fact], number[given]] for fact in facts)


def _studies(number: dict[Input, int]) -> Iterator[Clause]:
    """A study with a finding is a study; a finding of some study is one of a study that was performed."""
    studies = [fact for fact in number if isinstance(fact, Performed)]
    performed = sorted({f.procedure for f in studies if f.procedure is not None and f == Performed(f.procedure)})
    for fact in studies:
        yield from ([-number[fact], number[less]] for less in _weaker(fact) if less in number)
        if fact.procedure is None:
            which = [
                number.get(Performed(study, fact.seen, fact.unseen, fact.silent), number[Performed(study)])
                for study in performed
            ]
            yield [-number[fact], *which]


def _weaker(fact: Performed) -> Iterable[Performed]:
    """What is true of a study as well when something is, one part less."""
    if fact.procedure is not None:
        yield Performed(None, fact.seen, fact.unseen, fact.silent)
    if fact.seen is not None:
        yield Performed(fact.procedure, None, fact.unseen, fact.silent)
        if fact.unseen is not None:
            yield Performed(fact.procedure, None, None, fact.silent)
    if fact.unseen is not None:
        yield Performed(fact.procedure, fact.seen, None, fact.silent)
    if fact.silent:
        yield Performed(fact.procedure, fact.seen, fact.unseen)
