"""What a case may say, as inputs of a circuit: each is true or false of a case, and Python sees it without a rule.

    {"present": ["fever"], "measured": {"age": 65}, "performed": [{"procedure": "x", "present": ["kyphosis"]}]}

makes these inputs true, and more like them, as far as a circuit asks: ``Stated("present", fever)``,
``Measured(age)``, ``Compared(age, "<=", 65)``, ``Performed(x, seen=kyphosis)``, ``Performed(seen=kyphosis)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Stated:
    """A triple of the case itself.

    Attributes:
        relation: ``"present"``, ``"absent"``, ``"assumedAbsent"`` or ``"intended"``.
        thing: The finding or procedure.
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
    """A number was given, and this is how it compares with a limit.

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
class Performed:
    """There is a performed study of which all this is true at once.

    Attributes:
        procedure: Which study it was; any, where nothing is named.
        seen: A finding that it showed.
        unseen: A finding that it did not show.
        silent: Of which kinds of result it says nothing: ``"present"``, ``"absent"`` or both.
    """

    procedure: str | None = None
    seen: str | None = None
    unseen: str | None = None
    silent: frozenset[str] = frozenset()


Input = Stated | Measured | Compared | MeasuredTwice | Performed
