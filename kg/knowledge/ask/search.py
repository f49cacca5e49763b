"""Finds anything in the content by words: findings, studies, and the rules, decisions and statements about them."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from kg.errors import MissingPackageError, ParameterError, listed, nearest, quoted
from kg.knowledge.ask.search_words import STOP_WORDS, content_words, joined_pairs, spoken
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import NS, slug
from kg.knowledge.sparql.queries import selection

_MOST_SHOWN = 25
"""The most things that are listed, of all kinds together."""

_MOST_WORDS = 100
"""No name of a thing has more words, so nothing has all the words of a longer search."""

_MOST_JOINED = 6
"""Of so many words neighbours are tried as one word, too: foot drop, footdrop."""

_BEGINNING = 4
"""So many letters stand for the words that begin with them, where no word is just these letters; with fewer, *MS* would
be anything."""

_MOST_GUESSES = 3

_ALIKE = 0.75
"""How much of two words of at least four letters must be the same for one to be a misspelt form of the other."""

_LABEL, _ID, _SYNONYM, _DEFINITION, _ALL = "label", "id", "synonym", "definition", "all"

_SAME, _WHOLE, _SOME = "same", "whole", "some"

_RANKS = {
    fit: rank
    for rank, fits in enumerate(
        (
            [(_LABEL, _SAME)],
            [(_ID, _SAME)],
            [(_SYNONYM, _SAME)],
            [(_LABEL, _WHOLE)],
            [(_SYNONYM, _WHOLE), (_ID, _WHOLE)],
            [(_LABEL, _SOME)],
            [(_SYNONYM, _SOME), (_ID, _SOME)],
            [(_DEFINITION, _SAME), (_DEFINITION, _WHOLE), (_DEFINITION, _SOME)],
            [(_ALL, _SAME), (_ALL, _WHOLE), (_ALL, _SOME)],
        )
    )
    for fit in fits
}
"""How well a thing fits, the lower the better: by the part that has every word of the search, and whether these are its
words just so, are all its words in another form, or are some of them."""

_SELECT = {
    "whole": "SELECT rowid FROM whole WHERE whole MATCH ? ORDER BY rank",
    "beginning": "SELECT rowid FROM beginning WHERE beginning MATCH ?",
}

_NO_ORDER = 6
_LAST = 9
"""Where things come that the query gives no place, and those that come after all others: parts of rules, and the schema
itself."""

_A_WORD = 1
"""So far go the words of which cases and answers are made; other things are guessed only where none of these is."""


@dataclass(frozen=True)
class Found:
    """A thing that was found.

    Attributes:
        kind: Its class in the schema, such as ``"Preference"``.
        id: Its id; if another thing has the same one, with as much of the IRI as tells them apart.
        label: What a person reads.
    """

    kind: str
    id: str
    label: str

    def __str__(self) -> str:
        """The kind, the id and the label in one line."""
        return f"{self.kind}  {self.id}  {self.label}"


@dataclass
class _Thing:
    """What the search knows about a thing."""

    parts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def kind(self) -> str:
        """Its class of the schema, or another one."""
        kinds = self.parts["kind"]
        return slug(min(kinds, key=lambda kind: (not kind.startswith(NS), kind))) if kinds else "Thing"

    @cached_property
    def above(self) -> frozenset[str]:
        return frozenset({*map(slug, self.parts["above"]), self.kind})

    @cached_property
    def order(self) -> int:
        ours = any(kind.startswith(NS) for kind in self.parts["kind"])
        return min(map(int, self.parts["order"]), default=_NO_ORDER if ours else _LAST)


@dataclass(frozen=True)
class _Part:
    """A text by which a thing is found."""

    iri: str
    name: str
    words: tuple[str, ...]
    counted: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.counted)


class SearchIndex:
    """Everything in the content that has a name, ready to be searched. It never changes; threads may share it."""

    def __init__(self, lookup: Lookup, lexicon: Lexicon, other_names: Iterable[tuple[str, str]] = ()) -> None:
        """Read all names.

        Args:
            lookup: What is searched.
            lexicon: Its labels.
            other_names: What else things are called, such as in another language: an IRI and a name each.

        Raises:
            MissingPackageError: The SQLite of this Python cannot search texts.
        """
        self._lexicon = lexicon
        self._things = {iri: thing for iri, thing in _things(lookup).items() if lexicon.describes(iri)}
        for iri, name in other_names:
            if iri in self._things:
                self._things[iri].parts[_SYNONYM].append(name)
        self._parts = [part for iri, thing in self._things.items() for part in _parts(iri, thing)]
        self._sizes = {part.iri: part.size for part in reversed(self._parts) if part.name == _LABEL}
        self._classes = _classes(self._things.values())
        self._lock = Lock()
        self._store = _store(self._parts)

    def find(self, text: str, kind: str | None = None) -> tuple[Found, ...]:
        """The things that have every word of a text in their names, their definition or what they are about.

        Args:
            text: Some words, in any order and form. Words that say nothing, such as *the*, need not be there.
            kind: A class of the schema, or its label; its subclasses count. None: any.

        Returns:
            The things, best first: those whose label has these words and no others, then a synonym; then those with
            all the words in the label, in a synonym, in the definition, in all of it together. Beginnings of words
            count where no thing has the whole words. For an empty text, everything.

        Raises:
            ParameterError: There is no such class.

        >>> import kg
        >>> [found.id for found in kg.load().core.search.find("legs are weak")][:1]
        ['leg-weakness']
        """
        things = self._of_kind(kind)
        if not text.strip():
            return self._found(things)
        return self._found(self._hits(text, things))

    def guesses(self, text: str, kind: str | None = None) -> tuple[Found, ...]:
        """What somebody may have meant by words that no thing has.

        Args:
            text: Some words.
            kind: As for ``find``.

        Returns:
            At most three things: those with the words as they may be spelt, or else with some of the words.

        Raises:
            ParameterError: There is no such class.

        >>> import kg
        >>> [found.id for found in kg.load().core.search.guesses("ferver")]
        ['fever', 'measured-fever']
        """
        things = self._of_kind(kind)
        corrected = self._corrected(text, things)
        near = self._hits(corrected, things) if corrected else []
        near = near or self._partly(text, things)
        words = [iri for iri in near if things[iri].order <= _A_WORD]
        return self._found((words or near)[:_MOST_GUESSES])

    def _of_kind(self, kind: str | None) -> Mapping[str, _Thing]:
        if kind is None:
            return self._things
        known, labels = self._classes
        if (wanted := known.get(kind.lower()) or labels.get(kind.lower())) is None:
            message = f"{quoted(kind)} is not a kind of term; write one of {listed(sorted(known.values()))}"
            raise ParameterError(message)
        return {iri: thing for iri, thing in self._things.items() if wanted in thing.above}

    def _hits(self, text: str, things: Mapping[str, _Thing]) -> list[str]:
        said = spoken(text)
        words = content_words(said)
        if not words:  # a symbol, such as that of a radiation level
            return [iri for iri, thing in things.items() if text.strip() in thing.parts[_SYNONYM]]
        if len(words) > _MOST_WORDS:
            return []
        for table, ending in (("whole", ""), ("beginning", "*")):
            fitting = [self._parts[row] for row in self._rows(table, _every(words, ending))]
            if ranks := self._ranks(fitting, words, frozenset(said) & STOP_WORDS, things):
                return sorted(ranks, key=lambda iri: (ranks[iri], iri))
        return []

    def _ranks(
        self, fitting: Iterable[_Part], words: Sequence[str], little: frozenset[str], things: Mapping[str, _Thing]
    ) -> dict[str, tuple[int, ...]]:
        ranks: dict[str, tuple[int, ...]] = {}
        for part in fitting:
            if part.iri not in things:
                continue
            fit = _WHOLE if part.size == len(words) else _SOME
            if set(part.counted) == set(words) or "".join(part.counted) == "".join(words):
                fit = _SAME
            order, size = things[part.iri].order, self._sizes.get(part.iri, 0) if part.name == _ALL else part.size
            # The identifier of a rule is one word for what it is about, not its name.
            fit = _SOME if part.name == _ID and order > _A_WORD else fit
            # What a rule or a statement is called is a sentence: a few of its words weigh no more than a synonym.
            name = _SYNONYM if part.name == _LABEL and fit == _SOME and order > _A_WORD else part.name
            rank = (
                order == _LAST,
                _RANKS[name, fit],
                order,
                -len(little.intersection(part.words)),
                len(set(words).difference(part.words)),
                size,
                len(part.words),
                self._sizes.get(part.iri, 0),
            )
            ranks[part.iri] = min(rank, ranks.get(part.iri, rank))
        return ranks

    def _rows(self, table: str, wanted: str) -> list[int]:
        with self._lock:
            found = self._store.execute(_SELECT[table], (wanted,))
            return [row for (row,) in found]

    def _corrected(self, text: str, things: Mapping[str, _Thing]) -> str:
        """The text with each word that no thing has as it may be spelt; empty where there is nothing to correct."""
        words = content_words(spoken(text))[:_MOST_WORDS]
        known = sorted(
            {word for part in self._parts if part.name != _ALL and part.iri in things for word in part.words}
        )
        near = {
            word: nearest(word, known, most=1, cutoff=_ALIKE)
            for word in words
            if len(word) >= _BEGINNING and not self._rows("whole", _every((word,), ""))
        }
        return " ".join(near[word][0] if near.get(word) else word for word in words) if any(near.values()) else ""

    def _partly(self, text: str, things: Mapping[str, _Thing]) -> list[str]:
        """The things with some of the words in one name, first those with the most and the rarest of them."""
        words = content_words(spoken(text))[:_MOST_WORDS]
        if len(words) < 2:
            return []
        rows = [self._parts[row] for row in self._rows("whole", " OR ".join(f'"{word}"' for word in words))]
        named = [part.iri for part in rows if part.name in (_LABEL, _SYNONYM) and part.iri in things]
        return list(dict.fromkeys(named))

    def _found(self, iris: Iterable[str]) -> tuple[Found, ...]:
        return tuple(Found(self._things[iri].kind, self._lexicon.shortest(iri), self._label(iri)) for iri in iris)

    def _label(self, iri: str) -> str:
        """The label; a source has a title instead."""
        return self._lexicon.labels.get(iri) or self._things[iri].parts[_LABEL][0]


def _things(lookup: Lookup) -> dict[str, _Thing]:
    """Everything that has a label or a title."""
    things: dict[str, _Thing] = defaultdict(_Thing)
    for row in lookup.rows(selection("search")):
        things[row["thing"]].parts[row["part"]].append(row["value"])
    return {iri: thing for iri, thing in things.items() if thing.parts[_LABEL]}


def _parts(iri: str, thing: _Thing) -> Iterable[_Part]:
    """The texts by which a thing is found, the last being all of them together with its kind and its place."""
    named = [(name, text) for name in (_LABEL, _SYNONYM, _DEFINITION) for text in thing.parts[name]]
    place = iri.split("/", 3)[-1]
    every = " ; ".join((*(text for _, text in named), *thing.parts["kind label"], *thing.parts["about"], place))
    for name, text in (*named, (_ID, slug(iri)), (_ALL, every)):
        words = tuple(spoken(text))
        yield _Part(iri, name, words, content_words(words))


def _store(parts: Sequence[_Part]) -> sqlite3.Connection:
    """The texts, in memory: by the stems of their words, and by the words as they are, for their beginnings."""
    store = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        store.execute("CREATE VIRTUAL TABLE whole USING fts5(words, tokenize='porter unicode61')")
        store.execute("CREATE VIRTUAL TABLE beginning USING fts5(words, tokenize='unicode61', detail=none)")
    except sqlite3.OperationalError as error:
        message = (
            f"the SQLite {sqlite3.sqlite_version} of this Python searches no texts, as it was built without FTS5; "
            "use a Python whose SQLite has it, such as those of python.org, conda and the Linux distributions"
        )
        raise MissingPackageError(message) from error
    rows = [
        (row, " ".join(part.words if part.name == _ALL else (*part.words, *joined_pairs(part.words))))
        for row, part in enumerate(parts)
    ]
    store.executemany("INSERT INTO whole (rowid, words) VALUES (?, ?)", rows)
    store.executemany("INSERT INTO beginning (rowid, words) VALUES (?, ?)", rows)
    return store


def _every(words: Sequence[str], ending: str) -> str:
    """What every word has to be found for: as they are, or with two neighbours as one word."""
    ways = [tuple(words)]
    if len(words) <= _MOST_JOINED:
        ways += [(*words[:place], pair, *words[place + 2 :]) for place, pair in enumerate(joined_pairs(words))]
    return " OR ".join(
        "({})".format(" AND ".join(f'"{word}"' + ending * (len(word) >= _BEGINNING) for word in way)) for way in ways
    )


def _classes(things: Iterable[_Thing]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The classes by what somebody may write in small letters: their identifiers, and their labels."""
    known: dict[str, str] = {}
    labels: dict[str, str] = {}
    for thing in things:
        known.update((name.lower(), name) for name in thing.above)
        labels.update((label.lower(), thing.kind) for label in thing.parts["kind label"])
    return known, labels


def found_listing(found: Sequence[Found], most: int | None = _MOST_SHOWN) -> str:
    """What was found, one thing a line.

    Args:
        found: The things, best first.
        most: How many of them are shown; None shows all.

    Returns:
        Kind, identifier and label of each, and how many of which kind are left.
    """
    shown, left = (found, found[:0]) if most is None else (found[:most], found[most:])
    lines = [*map(str, shown)]
    if left:
        kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(each.kind for each in left).most_common())
        lines.append(f"and {len(left)} more ({kinds}); --kind KIND shows all of one kind, --limit N the first N")
    return "\n".join(lines)


def guess_sentence(text: str, guesses: Sequence[Found]) -> str:
    """What to say when nothing contains the words.

    Args:
        text: The words.
        guesses: What may have been meant.

    Returns:
        One sentence.
    """
    if not guesses:
        return f"nothing is called {quoted(text)}; try fewer or other words"
    return f"nothing is called {quoted(text)}; perhaps: " + ", ".join(f"{each.id} ({each.label})" for each in guesses)
