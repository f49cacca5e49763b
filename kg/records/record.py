"""A record that was read: a case, and what became of each entry, in exactly one of three lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from kg.patient.case import Case


@dataclass(frozen=True)
class RecordFact:
    """What an entry says of the patient, in a word of the vocabulary.

    Attributes:
        way: ``present``, ``absent``, ``measured``, ``performed`` or ``order``.
        word: The finding, measure or study.
        because: The code or date that says so.
        value: The number of a measure, in the unit of the measure.
        seen: What a performed study showed.
        on: The day of a performed study or of a number.
    """

    way: str
    word: str
    because: str
    value: float | None = None
    seen: tuple[str, ...] = ()
    on: date | None = None

    def __str__(self) -> str:
        """The fact in one line."""
        value = "" if self.value is None else f" {self.value:g}"
        return f"{self.way} {self.word}{value} ({self.because})"


@dataclass(frozen=True)
class Entry:
    """What became of an entry.

    Attributes:
        place: The entry, by its type and id, or by its number.
        what: What it is about, as the record names it.
        facts: What was taken from it.
        unread: What of it was not understood and could matter, one reason each.
        aside: Why nothing of it holds now, or has a meaning here; empty if something was used or not understood.
    """

    place: str
    what: str
    facts: tuple[RecordFact, ...] = ()
    unread: tuple[str, ...] = ()
    aside: str = ""

    def __str__(self) -> str:
        """The entry in one line."""
        said = "; ".join((*map(str, self.facts), *self.unread)) or self.aside
        return f"{self.place}: {self.what}: {said}" if self.what else f"{self.place}: {said}"


@dataclass(frozen=True)
class Record:
    """A record that was read.

    Attributes:
        case: What it says of the patient, as far as understood.
        used: Entries from which something was taken.
        not_relevant: Entries of which nothing holds now, or which have no meaning here.
        not_understood: Entries of which nothing was understood, and that could matter.
        since: The first day of this episode: a study done before it, or a number, stands for none of today.
        today: The day on which the record was read.
    """

    case: Case
    used: tuple[Entry, ...]
    not_relevant: tuple[Entry, ...]
    not_understood: tuple[Entry, ...]
    since: date
    today: date

    @property
    def unread(self) -> tuple[Entry, ...]:
        """Every entry of which something was not understood, those used in part included."""
        return (*self.not_understood, *(entry for entry in self.used if entry.unread))

    def to_dict(self) -> dict[str, Any]:
        """The record as plain data: the case, the three lists, and the window of the episode."""
        return {
            "case": self.case.to_dict(),
            **{name: [_plain(each) for each in getattr(self, name)] for name in LISTS},
            "episode": {"since": self.since.isoformat(), "today": self.today.isoformat()},
        }


LISTS = ("used", "not_relevant", "not_understood")
"""The three lists; each entry is in exactly one."""


def _plain(entry: Entry) -> Mapping[str, Any]:
    facts = [
        {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(fact).items() if value}
        for fact in entry.facts
    ]
    data = {
        "place": entry.place,
        "what": entry.what,
        "facts": facts,
        "unread": list(entry.unread),
        "aside": entry.aside,
    }
    return {key: value for key, value in data.items() if value}
