"""Writes a circuit as clauses, and adds what is true for every accepted case, so that a solver can decide questions.

A clause is a list of whole numbers of which at least one must hold: line 7 is the variable 8, its complement -8. A
clause may only exclude what no accepted case produces; a test shows that every accepted case satisfies all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, pairwise

from kg.logic.circuit.gates import Circuit, Literal
from kg.logic.circuit.inputs import Compared, Input, Measured, PerformedInput, Stated

Clause = list[int]


def variable(literal: Literal, copy: int = 0) -> int:
    """A literal as a solver writes it: the number of its line, from 1 on, negative for a complement.

    Args:
        literal: A literal of a circuit.
        copy: How many lines come before those of this circuit.

    >>> variable(6), variable(7), variable(7, copy=100)
    (4, -4, -104)
    """
    number = (literal >> 1) + 1 + copy
    return -number if literal & 1 else number


def clauses(circuit: Circuit, copy: int = 0) -> Iterator[Clause]:
    """The clauses that make each gate hold exactly when all its literals do.

    Args:
        circuit: The circuit.
        copy: How many lines come before its own.
    """
    yield [variable(0, copy)]
    for line, gate in enumerate(circuit.gates, circuit.first_gate):
        itself = variable(2 * line, copy)
        yield from ([-itself, variable(literal, copy)] for literal in gate)
        yield [itself, *(-variable(literal, copy) for literal in gate)]


def patients(circuit: Circuit, copy: int = 0) -> Iterator[Clause]:
    """The clauses that are true for every accepted case.

    Args:
        circuit: A circuit with ``impossible`` among its outputs.
        copy: How many lines come before its own.
    """
    number = {fact: variable(2 * line, copy) for line, fact in enumerate(circuit.inputs, 1)}
    for literal in circuit.outputs.get("impossible", {}).values():
        yield [-variable(literal, copy)]
    yield from _one_order(number)
    yield from _all_presumptions(number)
    yield from _performed_before_since(number)
    yield from _ordered_limits(number)
    yield from _consistent_studies(number)


def completed(circuit: Circuit, case: int, completion: int) -> Iterator[Clause]:
    """The clauses that make one case a completion of another: it states all that the other states, and perhaps more.

    Neither assumes or presumes anything, and nothing is taken as seen in the case: that is given up when more is known.
    A measured number stays the same, and so does what a person chose.

    Args:
        circuit: The circuit.
        case: How many lines come before those of the case.
        completion: How many lines come before those of the completion.
    """
    yield from _nothing_taken_as_seen(circuit, case)
    places = {fact: 2 * line for line, fact in enumerate(circuit.inputs, 1)}
    for fact, literal in places.items():
        before, after = variable(literal, case), variable(literal, completion)
        yield [-before, after]
        if isinstance(fact, Stated) and fact.relation in ("assumedAbsent", "presumes"):
            yield [-after]
        if isinstance(fact, Stated) and fact.relation == "chosen":
            yield [before, -after]
        if isinstance(fact, Compared) and (given := places.get(Measured(fact.measure))):
            yield [-variable(given, case), before, -after]


def closed(circuit: Circuit, case: int, closure: int) -> Iterator[Clause]:
    """The clauses that make one case the closure of another: what is not known present there is stated absent here.

    Args:
        circuit: A circuit with ``knownPresent`` among its outputs.
        case: How many lines come before those of the case.
        closure: How many lines come before those of the closure.
    """
    yield from _nothing_taken_as_seen(circuit, case)
    known = circuit.outputs["knownPresent"]
    for line, fact in enumerate(circuit.inputs, 1):
        before, after = variable(2 * line, case), variable(2 * line, closure)
        yield [-before, after]
        if isinstance(fact, Stated) and fact.relation == "absent":
            yield [after, *([variable(known[fact.thing], case)] if fact.thing in known else [])]
        else:
            yield [before, -after]


def _nothing_taken_as_seen(circuit: Circuit, case: int) -> Iterator[Clause]:
    yield from ([-variable(literal, case)] for literal in circuit.outputs.get("takenAsSeen", {}).values())


def _one_order(number: dict[Input, int]) -> Iterator[Clause]:
    orders = [n for fact, n in number.items() if isinstance(fact, Stated) and fact.relation == "order"]
    yield from ([-one, -other] for one, other in combinations(orders, 2))


def _all_presumptions(number: dict[Input, int]) -> Iterator[Clause]:
    """A case makes all presumptions of the content, or none."""
    presumed = [n for fact, n in number.items() if isinstance(fact, Stated) and fact.relation == "presumes"]
    yield from ([-one, other] for one in presumed for other in presumed if one != other)


def _performed_before_since(number: dict[Input, int]) -> Iterator[Clause]:
    """A study that was done after everything that is stated was done."""
    for fact, since in number.items():
        if isinstance(fact, Stated) and fact.relation == "performedSince":
            yield [-since, *filter(None, [number.get(PerformedInput(fact.thing))])]


def _ordered_limits(number: dict[Input, int]) -> Iterator[Clause]:
    """A number below a limit is also below every greater limit, and it was given."""
    limits: dict[str, list[Compared]] = defaultdict(list)
    for fact in number:
        if isinstance(fact, Compared):
            limits[fact.measure].append(fact)
    for measure, facts in limits.items():
        facts.sort(key=lambda fact: (fact.limit, fact.relation))  # "<" comes before "<="
        yield from ([-number[less], number[more]] for less, more in pairwise(facts))
        if (given := Measured(measure)) in number:
            yield from ([-number[fact], number[given]] for fact in facts)


def _consistent_studies(number: dict[Input, int]) -> Iterator[Clause]:
    """A study with a finding is also a study without it; a finding of any study belongs to a performed one."""
    studies = [fact for fact in number if isinstance(fact, PerformedInput)]
    alike: dict[PerformedInput, dict[str, int]] = defaultdict(dict)
    for fact in studies:
        if fact.procedure is not None:
            alike[replace(fact, procedure=None)][fact.procedure] = number[fact]
    performed = sorted(alike[PerformedInput()].items())
    for fact in studies:
        yield from ([-number[fact], number[less]] for less in _weaker(fact) if less in number)
        if fact.procedure is None:
            yield [-number[fact], *(alike[fact].get(study, done) for study, done in performed)]


def _weaker(fact: PerformedInput) -> Iterable[PerformedInput]:
    """What is also true of a study when this is: the same with one part less."""
    if fact.procedure is not None:
        yield PerformedInput(None, fact.seen, fact.unseen, fact.silent)
    if fact.seen is not None:
        yield PerformedInput(fact.procedure, None, fact.unseen, fact.silent)
        if fact.unseen is not None:
            yield PerformedInput(fact.procedure, None, None, fact.silent)
    if fact.unseen is not None:
        yield PerformedInput(fact.procedure, fact.seen, None, fact.silent)
    if fact.silent:
        yield PerformedInput(fact.procedure, fact.seen, fact.unseen)
