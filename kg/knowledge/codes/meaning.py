"""What codes imply of the words of a case: read from the mappings by SPARQL, each with the kinds that it covers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from pyoxigraph import Quad

from kg.knowledge.codes.spelling import Code, System, Systems
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import store_of, table

SHORTEST = 3
"""Characters of the shortest code that can have kinds."""

_WHY_NOT = {
    "exactMatch": "it is {}, but nothing is concluded from it",
    "closeMatch": "it is near {}, and not the same",
    "broadMatch": "it is wider than {}",
    "narrowMatch": "it is a kind of {}",
    "relatedMatch": "it is only related to {}",
}


@dataclass(frozen=True)
class Match:
    """What one row of a mapping says.

    Attributes:
        term: The IRI of the term.
        kind: ``"Finding"``, ``"Procedure"`` or ``"Measure"``.
        relation: How the term and the code are matched, such as ``"narrowMatch"``.
        stated: Whether the term is present where the code is stated.
        refuted: Whether the term is absent where the code is refuted.
        label: What a person reads for the term.
        past: Whether the term stays present when what the code states is over.
    """

    term: str
    label: str
    kind: str
    relation: str
    stated: bool
    refuted: bool
    past: bool = False

    @property
    def word(self) -> str:
        """The identifier of the term."""
        return slug(self.term)


@dataclass(frozen=True)
class Meaning:
    """What a code means here.

    Attributes:
        code: The code.
        matches: Its rows about words that a case can state.
        without: Why it has no meaning here, if it was looked at and has none; otherwise empty.
    """

    code: Code
    matches: tuple[Match, ...]
    without: str

    def words(self, kind: str, *, stated: bool = True) -> tuple[str, ...]:
        """The identifiers of the terms that it implies.

        Args:
            kind: ``"Finding"``, ``"Procedure"`` or ``"Measure"``.
            stated: The code is stated: which terms are present. Otherwise it is refuted: which are absent.
        """
        found = (m.word for m in self.matches if m.kind == kind and (m.stated if stated else m.refuted))
        return tuple(dict.fromkeys(found))

    def lasting(self) -> tuple[str, ...]:
        """The identifiers of the findings that stay present when what the code states is over."""
        return tuple(dict.fromkeys(m.word for m in self.matches if m.kind == "Finding" and m.stated and m.past))

    def why_not(self, *, stated: bool = True) -> str:
        """What keeps it from saying anything, in words.

        Args:
            stated: The code is stated; otherwise it is refuted.
        """
        if not self.matches:
            return self.without or "no mapping here knows it"
        if not stated and any(match.stated for match in self.matches):
            return "that a kind of something is absent says nothing of the rest"
        return "; ".join(_WHY_NOT[match.relation].format(f"'{match.label}'") for match in self.matches)


class Codes:
    """The codes that the mappings of some content know.

    Attributes:
        systems: Their systems.
    """

    def __init__(
        self,
        mappings: Iterable[Quad],
        words: Mapping[str, Mapping[str, str]],
        label: Callable[[str], str],
        kinds: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        """Read the mappings.

        Args:
            mappings: What ``kg.knowledge.content.codes.read_mappings`` returns.
            words: The IRI of each word, by class and identifier.
            label: Says what a person reads for an IRI.
            kinds: The codes of which a code is a kind, as a site's terminology server says, by system and plain code.
        """
        store = store_of(mappings)
        self.systems = Systems(
            System(row["system"], row["label"], row["word"], row.get("also", ""), row.get("except", ""))
            for row in table(store, named("lookup", "code-systems"))
        )
        self._kinds = kinds
        kind_of = {iri: kind for kind in ("Finding", "Procedure", "Measure") for iri in words.get(kind, {}).values()}
        self._rows: dict[tuple[str, str], list[Match]] = defaultdict(list)
        self._begins: set[tuple[str, str]] = set()
        self._without: dict[tuple[str, str], str] = {}
        for row in table(store, named("lookup", "what-codes-imply")):
            key = (row["system"], row["code"].replace(".", "").upper())
            if row["kinds"] == "true":
                self._begins.add(key)
            if "without" in row:
                self._without[key] = row["without"]
            elif row["term"] in kind_of:
                said = tuple(row[column] == "true" for column in ("stated", "refuted", "past"))
                term = row["term"]
                self._rows[key].append(Match(term, label(term), kind_of[term], slug(row["relation"]), *said))

    def meaning(self, code: Code) -> Meaning:
        """What a code means here: its own rows, and those of each code of which it is a kind.

        Of two rows about one term, that of the longer code decides, so a row of its own can take back what a shorter
        code says of its kinds. A kind says no more than that the wider code is stated.
        """
        found: dict[str, Match] = {}
        without = ""
        for number, key in enumerate(self._wider(code)):
            for match in self._rows.get(key, ()):
                relation = "narrowMatch" if match.stated else match.relation
                kept = replace(match, relation=relation, refuted=False) if number else match
                found.setdefault(match.term, kept)
            without = without or self._without.get(key, "")
        return Meaning(code, tuple(found.values()), "" if found else without)

    def _wider(self, code: Code) -> list[tuple[str, str]]:
        """The code itself, and those of which it is a kind: the longest first."""
        uri, plain = code.system.uri, code.plain
        found = [(uri, plain)]
        if not (code.system.no_kind and re.fullmatch(code.system.no_kind, plain)):
            starts = ((uri, plain[:length]) for length in range(len(plain) - 1, SHORTEST - 1, -1))
            found += [key for key in starts if key in self._begins]
        return [*found, *((uri, wide) for wide in self._kinds.get((uri, plain), ()))]

    def named(self, term: str) -> tuple[Code, ...]:
        """The codes that are exactly a term, by its IRI; in the order of their systems and codes."""
        found = (
            (uri, code)
            for (uri, code), rows in sorted(self._rows.items())
            if any(match.term == term and match.relation == "exactMatch" for match in rows)
        )
        return tuple(Code(system, code) for uri, code in found if (system := self.systems.of_uri(uri)))

    def wide_codes(self, uri: str) -> tuple[str, ...]:
        """The codes of a system that imply something where they are stated; their kinds imply the same."""
        return tuple(
            sorted(code for (system, code), rows in self._rows.items() if system == uri and any(m.stated for m in rows))
        )
