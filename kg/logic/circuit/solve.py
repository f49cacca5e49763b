"""Asks a solver (python-sat) questions about every possible case: is there a case such that ...?

Each question has a bound: one that takes longer is *not decided*, never *no*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from kg.errors import MissingPackageError
from kg.logic.circuit.formula import Clause, clauses, patients, variable
from kg.logic.circuit.gates import Circuit, Literal
from kg.logic.circuit.inputs import Input

EXTRA = "nextstudy[prove]"
"""What to install to have a solver."""

_CONFLICTS = 200_000
"""After this many dead ends a question is not decided; those of the shipped content take a few hundred at most."""

_TO_IMPROVE = 2_000
"""After this many, the search for a case with one fact less than the last one found is given up."""

_MOST_TO_COUNT = 6
"""If a case has more facts than this, some are left out one by one before the rest are counted."""


class NotDecidedError(Exception):
    """The solver did not finish within its bound, or its result cannot be used."""

    def __init__(self, message: str = "the solver did not come to an end within its bound") -> None:
        """Say why it was not decided."""
        super().__init__(message)


@dataclass(frozen=True)
class Model:
    """A case that the solver found.

    Attributes:
        inputs: What it states.
        copies: What the cases of further copies of the circuit state.
    """

    inputs: frozenset[Input]
    copies: tuple[frozenset[Input], ...] = ()


class Solver:
    """A solver that was given one or more copies of a circuit, each about an accepted case."""

    def __init__(self, circuit: Circuit, *, copies: int = 1, engine: str = "glucose42") -> None:
        """Hand the clauses over.

        Args:
            circuit: The circuit, with ``impossible`` among its outputs.
            copies: How many cases a question is about.
            engine: The name of a solver of python-sat; it should accept a bound on conflicts.

        Raises:
            MissingPackageError: python-sat is not installed.
        """
        self.circuit = circuit
        self._engine = _solver(engine)
        self._copies = range(0, copies * circuit.lines, circuit.lines)
        self._top = copies * circuit.lines + 1
        self._limited = bool(getattr(self._engine, "conf_budget", None)) and not engine.startswith("cadical")
        for copy in self._copies:
            for clause in (*clauses(circuit, copy), *patients(circuit, copy)):
                self._engine.add_clause(clause)
        # Try each fact as false first, so that the first case found already has few facts.
        self._engine.set_phases([-(1 + line + c) for c in self._copies for line in range(1, circuit.first_gate)])

    def __enter__(self) -> Self:
        """Enter a block; at its end the solver is freed."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Free the memory of the solver."""
        self._engine.delete()

    # ------------------------------------------------------------------ stating

    def number(self, literal: Literal, copy: int = 0) -> int:
        """A literal of a copy, as the solver writes it: a number, negative for a complement.

        Args:
            literal: A literal of the circuit.
            copy: Which copy, from 0.
        """
        return variable(literal, self._copies[copy])

    def fact(self, fact: Input, copy: int = 0) -> int:
        """An input of a copy, as the solver writes it.

        Args:
            fact: An input of the circuit.
            copy: Which copy, from 0.
        """
        return self.number(2 * (1 + self._places[fact]), copy)

    @cached_property
    def _places(self) -> dict[Input, int]:
        return {fact: place for place, fact in enumerate(self.circuit.inputs)}

    def fresh(self) -> int:
        """A variable that means nothing yet."""
        self._top += 1
        return self._top

    def require(self, clause: Clause) -> None:
        """Add a clause: numbers of which at least one must hold."""
        self._engine.add_clause(clause)

    def any_of(self, numbers: Collection[int]) -> int:
        """A new variable that holds exactly when at least one of the numbers does."""
        made = self.fresh()
        self.require([-made, *numbers])
        for number in numbers:
            self.require([made, -number])
        return made

    def differ(self, one: int, other: int) -> int:
        """A new variable that holds exactly when one of two numbers holds and the other does not."""
        made = self.fresh()
        for clause in ([-made, one, other], [-made, -one, -other], [made, -one, other], [made, one, -other]):
            self.require(clause)
        return made

    # ------------------------------------------------------------------ asking

    def possible(self, assumed: Iterable[int] = ()) -> bool:
        """Whether there is an accepted case; much cheaper than to find one, because nothing of it is read.

        Args:
            assumed: Numbers that must hold as well.

        Raises:
            NotDecidedError: It took too long.
        """
        return self._solved(list(assumed))

    def find(self, assumed: Iterable[int] = ()) -> Model | None:
        """Find an accepted case.

        Args:
            assumed: Numbers that must hold as well.

        Returns:
            A case; None if there is none.

        Raises:
            NotDecidedError: It took too long.
        """
        return self._case() if self._solved(list(assumed)) else None

    def smallest(self, assumed: Iterable[int], counted: Sequence[int]) -> Model | None:
        """Find an accepted case in which as few as possible of some numbers hold.

        Args:
            assumed: Numbers that must hold.
            counted: Numbers to keep few, such as the facts that the case states.

        Returns:
            A case; None if there is none.

        Raises:
            NotDecidedError: It took too long to find one.
        """
        from pysat.card import ITotalizer

        wanted = list(assumed)
        if not self._solved(wanted):
            return None
        best, model = self._case(), set(self._engine.get_model())
        bound = sum(number in model for number in counted)
        if bound > _MOST_TO_COUNT:
            best, bound = self._fewer(wanted, counted, model)
        with ITotalizer(lits=list(counted), ubound=max(1, bound), top_id=self._top) as total:
            self._top = total.top_id
            for clause in total.cnf.clauses:
                self.require(clause)
            while bound:
                try:
                    if not self._solved([*wanted, -total.rhs[bound - 1]], _TO_IMPROVE):
                        break
                except NotDecidedError:
                    break  # the last case found is good enough
                best, model = self._case(), set(self._engine.get_model())
                bound = sum(number in model for number in counted)
        return best

    def _fewer(self, wanted: list[int], counted: Sequence[int], model: set[int]) -> tuple[Model, int]:
        """Leave out numbers one after another where possible, so that few are left to count."""
        best, kept = self._case(), [number for number in counted if number in model]
        never = [-number for number in counted if number not in model]
        for number in list(kept):
            if number in kept and self._solved([*wanted, *never, -number]):
                model = set(self._engine.get_model())
                never += [-other for other in kept if other not in model]
                best, kept = self._case(), [other for other in kept if other in model]
        return best, len(kept)

    def _solved(self, assumed: list[int], conflicts: int = _CONFLICTS) -> bool:
        if not self._limited:
            return bool(self._engine.solve(assumptions=assumed))
        self._engine.conf_budget(conflicts)
        found = self._engine.solve_limited(assumptions=assumed)
        if found is None:
            raise NotDecidedError
        return bool(found)

    def _case(self) -> Model:
        model = self._engine.get_model()
        true = {number for number in model if number > 0}
        said = [
            frozenset(fact for place, fact in enumerate(self.circuit.inputs, 1) if place + 1 + copy in true)
            for copy in self._copies
        ]
        return Model(said[0], tuple(said[1:]))


def _solver(engine: str) -> Any:
    try:
        from pysat.solvers import Solver as Engine
    except ImportError as error:
        message = f"deciding this for every patient needs a solver; install it with: pip install '{EXTRA}'"
        raise MissingPackageError(message) from error
    return Engine(name=engine)


def engines() -> Iterator[str]:
    """The solvers that must agree: the one that is used, and one by other authors."""
    yield from ("glucose42", "cadical195")
