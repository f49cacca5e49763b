"""Questions about every possible case, answered by a solver (python-sat): is there a case such that ...?

What is asked is bounded: what takes longer is *not decided*, never *no*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kg.errors import MissingPackageError
from kg.logic.circuit import Circuit, Literal
from kg.logic.formula import Clause, clauses, patients, variable
from kg.logic.inputs import Input

EXTRA = "nextstudy[prove]"
"""What to install to have a solver."""

_CONFLICTS = 200_000
"""After so many dead ends a question is not decided; those of the shipped content take some hundred at most."""


_TO_IMPROVE = 2_000
"""After so many, a case is no longer looked for with a fact less than the one that was found."""

_MANY = 6
"""Of more facts than these, some are left out one by one before the rest is counted."""


class NotDecidedError(Exception):
    """The solver did not come to an end within its bound, or came to none that can be used."""

    def __init__(self, message: str = "the solver did not come to an end within its bound") -> None:
        """Say why.

        Args:
            message: Why it was not decided.
        """
        super().__init__(message)


@dataclass(frozen=True)
class Found:
    """A case that the solver found.

    Attributes:
        inputs: What it says.
        copies: What further copies of the circuit say, where there are such.
    """

    inputs: frozenset[Input]
    copies: tuple[frozenset[Input], ...] = ()


class Solver:
    """One or more copies of a circuit before a solver, each about an accepted case."""

    def __init__(self, circuit: Circuit, *, copies: int = 1, engine: str = "glucose42") -> None:
        """Hand the clauses over.

        Args:
            circuit: The circuit, with ``impossible`` among its outputs.
            copies: How many cases are spoken of at once.
            engine: A solver of python-sat that can be bounded.

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
        # Nothing is stated unless it must be: so the first case that is found has few facts already.
        self._engine.set_phases([-(1 + line + c) for c in self._copies for line in range(1, circuit.first_gate)])

    def __enter__(self) -> Self:
        """Begin to ask."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Free what the solver holds."""
        self._engine.delete()

    # ------------------------------------------------------------------ saying

    def number(self, literal: Literal, copy: int = 0) -> int:
        """A literal of a copy, as the solver writes it.

        Args:
            literal: A literal of the circuit.
            copy: Which copy, from 0.

        Returns:
            A number, below zero for a complement.
        """
        return variable(literal, self._copies[copy])

    def fact(self, fact: Input, copy: int = 0) -> int:
        """An input of a copy, as the solver writes it.

        Args:
            fact: An input of the circuit.
            copy: Which copy, from 0.

        Returns:
            A number.
        """
        return self.number(2 * (1 + self._places[fact]), copy)

    @property
    def _places(self) -> dict[Input, int]:
        if not hasattr(self, "_known_places"):
            self._known_places = {fact: place for place, fact in enumerate(self.circuit.inputs)}
        return self._known_places

    def fresh(self) -> int:
        """A variable that means nothing yet."""
        self._top += 1
        return self._top

    def require(self, clause: Clause) -> None:
        """Add a clause.

        Args:
            clause: Numbers of which one must hold.
        """
        self._engine.add_clause(clause)

    def any_of(self, numbers: Collection[int]) -> int:
        """A number that holds exactly when one of some does.

        Args:
            numbers: The numbers.

        Returns:
            A new variable.
        """
        made = self.fresh()
        self.require([-made, *numbers])
        for number in numbers:
            self.require([made, -number])
        return made

    def differ(self, one: int, other: int) -> int:
        """A number that holds exactly when one of two holds and the other does not.

        Args:
            one: A number.
            other: Another.

        Returns:
            A new variable.
        """
        made = self.fresh()
        for clause in ([-made, one, other], [-made, -one, -other], [made, -one, other], [made, one, -other]):
            self.require(clause)
        return made

    # ------------------------------------------------------------------ asking

    def find(self, assumed: Iterable[int] = ()) -> Found | None:
        """Find a case.

        Args:
            assumed: What must hold of it besides.

        Returns:
            A case; None where no accepted case is so.

        Raises:
            NotDecidedError: It took too long.
        """
        return self._case() if self._solved(list(assumed)) else None

    def smallest(self, assumed: Iterable[int], counted: Sequence[int]) -> Found | None:
        """Find a case of which as few of some numbers hold as can be.

        Args:
            assumed: What must hold of it.
            counted: What is counted, such as the facts that it states.

        Returns:
            A case; None where no accepted case is so.

        Raises:
            NotDecidedError: It took too long to find any.
        """
        from pysat.card import ITotalizer

        wanted = list(assumed)
        if not self._solved(wanted):
            return None
        best, model = self._case(), set(self._engine.get_model())
        bound = sum(number in model for number in counted)
        if bound > _MANY:
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
                    break  # the one that was found is as good as any
                best, model = self._case(), set(self._engine.get_model())
                bound = sum(number in model for number in counted)
        return best

    def _fewer(self, wanted: list[int], counted: Sequence[int], model: set[int]) -> tuple[Found, int]:
        """Leave out what can be left out, one after another, so that there is little left to count."""
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

    def _case(self) -> Found:
        model = self._engine.get_model()
        true = {number for number in model if number > 0}
        said = [
            frozenset(fact for place, fact in enumerate(self.circuit.inputs, 1) if place + 1 + copy in true)
            for copy in self._copies
        ]
        return Found(said[0], tuple(said[1:]))


def _solver(engine: str) -> Any:
    try:
        from pysat.solvers import Solver as Engine
    except ImportError as error:
        message = f"deciding this for every patient needs a solver; install it with: pip install '{EXTRA}'"
        raise MissingPackageError(message) from error
    return Engine(name=engine)


def engines() -> Iterator[str]:
    """The solvers that must agree: the one that is used, and one of another make."""
    yield from ("glucose42", "cadical195")
