"""Shows the answer for a record: what was not understood first, then the answer, then what the record gave."""

from __future__ import annotations

from collections.abc import Iterator

from kg.records.answer import RecordAnswer
from kg.records.record import Entry, Record
from kg.show.html import body as html_body
from kg.show.html.markup import Markup, item_list, section, tag
from kg.show.text import body, heading
from kg.show.text.screens.answer import first_screen
from kg.show.text.wrap import wrapped

SHOWN = 6
"""Entries that the first screen names; the data has all of them."""

_COLUMN = 9


@body.register
def record_text(found: RecordAnswer) -> str:
    """What was not understood, the answer, and what the record gave, in lines of at most 80 columns."""
    answer = first_screen(found.answer)
    if not found.understood and found.answer.urgency is None:
        answer = "\n".join(_without_urgency(answer))
    return "\n".join([*_first(found), answer, "", wrapped(_read(found.record))])


@heading.register
def record_title(found: RecordAnswer) -> str:
    """The outcome, and how much was not understood."""
    unread = len(found.record.unread)
    return f"{found.answer.outcome.label}{f', {unread} entries not understood' if unread else ''}"


def _first(found: RecordAnswer) -> Iterator[str]:
    unread = found.record.unread
    if unread:
        yield wrapped(f"NOT UNDERSTOOD  {_unread(found.record)}", 0, _COLUMN)
        yield from (
            wrapped(f"- {entry.place}: {_reasons(entry)}", 2, 4, break_long_words=True) for entry in unread[:SHOWN]
        )
        if len(unread) > SHOWN:
            yield wrapped(f"- and {len(unread) - SHOWN} more; --format json has all of them", 2, 4)
        if found.answer.urgency is None:
            yield wrapped(f"URGENCY  {found.urgency}", 0, _COLUMN)
    if found.verdict:
        yield wrapped(f"ORDER    {_order(found)}", 0, _COLUMN)


def _order(found: RecordAnswer) -> str:
    name = found.order.order.label if found.order else found.answer.case.order
    return f"{name}: {found.verdict}"


def _without_urgency(text: str) -> Iterator[str]:
    """The lines of a first screen without its statement that nothing makes it urgent, which is not known."""
    left_out = False
    for line in text.split("\n"):
        left_out = line.startswith("URGENCY ") or (left_out and line.startswith(" "))
        if not left_out:
            yield line


def _unread(record: Record) -> str:
    count = len(record.unread)
    entries = "1 entry of the record" if count == 1 else f"{count} entries of the record"
    return f"{entries} could matter: state it in words, or set it aside; until then nothing is ruled out"


def _reasons(entry: Entry) -> str:
    what = f"{entry.what}: " if entry.what else ""
    return f"{what}{'; '.join(entry.unread)}"


def _read(record: Record) -> str:
    counts = (
        f"{len(record.used)} used, {len(record.not_relevant)} not relevant, {len(record.not_understood)} not understood"
    )
    return f"Read from the record: {counts}. This episode is taken to begin on {record.since}."


@html_body.register
def record_view(found: RecordAnswer) -> Markup:
    """The same as a card, with the three lists below it."""
    record = found.record
    unread = (f"{entry.place}: {_reasons(entry)}" for entry in record.unread)
    first = [tag("h3", "Not understood"), tag("p", _unread(record)), item_list(unread)] if record.unread else []
    if not found.understood and found.answer.urgency is None:
        first.append(tag("p", f"Urgency: {found.urgency}"))
    if found.verdict:
        first.append(tag("p", f"Order: {_order(found)}"))
    lists = [
        section(title, item_list(map(str, entries)), opened=False)
        for title, entries in (("Used", record.used), ("Not relevant", record.not_relevant))
        if entries
    ]
    return tag("div", *first, html_body(found.answer), tag("p", _read(record)), *lists)
