"""What a case may state, as inputs of a circuit: each is true or false for a case, and Python tells which.

    {"present": ["fever"], "measured": {"age": 65}, "performed": [{"procedure": "x", "present": ["kyphosis"]}]}

makes these inputs true, and more of the same kind where a circuit asks for them: ``Stated("present", fever)``,
``Measured(age)``, ``Compared(age, "<=", 65)``, ``Performed(x, seen=kyphosis)``, ``Performed(seen=kyphosis)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True)
class Stated:
    """A triple of the case itself.

    Attributes:
        relation: ``"present"``, ``"absent"``, ``"assumedAbsent"``, ``"order"``, ``"presumes"``,
            ``"performedSince"`` or ``"chosen"``.
        thing: The finding, procedure, presumption or scenario.
    """

    relation: str
    thing: str


@dataclass(frozen=True)
class Measured:
    """A number was given.

    Attributes:
        measure: What was measured.
    """

    measure: str


@dataclass(frozen=True)
class Compared:
    """A number was given, and it is below a limit, or not above it.

    Attributes:
        measure: What was measured.
        relation: ``"<"`` or ``"<="``.
        limit: The number on the right.
    """

    measure: str
    relation: str
    limit: Decimal


@dataclass(frozen=True)
class MeasuredTwice:
    """Two different numbers were given for one measure.

    Attributes:
        measure: What was measured.
    """

    measure: str


@dataclass(frozen=True)
class PerformedInput:
    """There is a performed study for which all of this is true at once.

    Attributes:
        procedure: Which study it was; None for any.
        seen: A finding that it showed.
        unseen: A finding that it did not show.
        silent: The kinds of result that the study does not have: ``"present"``, ``"absent"`` or both.
    """

    procedure: str | None = None
    seen: str | None = None
    unseen: str | None = None
    silent: frozenset[str] = frozenset()


Input = Stated | Measured | Compared | MeasuredTwice | PerformedInput


@dataclass(frozen=True)
class Said:
    """What one case says, by IRI.

    Attributes:
        stated: The findings and procedures of each relation of ``Stated``.
        measured: The number of each measure.
        performed: For each performed study, the procedure, what it showed and what it did not show.
    """

    stated: Mapping[str, frozenset[str]]
    measured: Mapping[str, Decimal]
    performed: tuple[tuple[str, frozenset[str], frozenset[str]], ...]

    def makes(self, fact: Input) -> bool:
        """Whether the case makes an input true."""
        match fact:
            case Stated(relation, thing):
                return thing in self.stated.get(relation, ())
            case Measured(measure):
                return measure in self.measured
            case Compared(measure, sign, limit):
                number = self.measured.get(measure)
                return number is not None and (number < limit if sign == "<" else number <= limit)
            case PerformedInput():
                return any(_is(fact, *study) for study in self.performed)
        return False  # one number for each measure

    def and_said(self, relation: str, things: Iterable[str]) -> Said:
        """A case that states more than this one.

        Args:
            relation: A relation of ``Stated``.
            things: IRIs of findings or procedures.
        """
        return replace(self, stated={**self.stated, relation: self.stated.get(relation, frozenset()).union(things)})


def _is(fact: PerformedInput, procedure: str, seen: frozenset[str], unseen: frozenset[str]) -> bool:
    """Whether a study is what an input asks for."""
    return (
        fact.procedure in (None, procedure)
        and (fact.seen is None or fact.seen in seen)
        and (fact.unseen is None or fact.unseen in unseen)
        and not ("present" in fact.silent and seen)
        and not ("absent" in fact.silent and unseen)
    )
