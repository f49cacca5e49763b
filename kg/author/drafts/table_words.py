"""What the words of a rating table mean in some content: studies, techniques, regions, sources and values of scales."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import permutations

from kg.author.drafts.rating_table import plain_text, tight_text
from kg.errors import nearest
from kg.knowledge.content.content import Content
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import BASE, slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row


class TableWords:
    """The words of some content, each list of which is read when it is first used."""

    def __init__(self, content: Content) -> None:
        """Wrap content that was read.

        Args:
            content: What ``kg.knowledge.content.content.read`` returns.
        """
        self.prefixes = content.prefixes
        self._lookup = Lookup(content)
        self._lexicon = Lexicon(content)
        self._near: dict[tuple[str, str], list[str]] = {}
        self._told: dict[str, tuple[str, str] | None] = {}

    def _rows(self, query: str) -> list[Row]:
        return self._lookup.rows(named("author", query))

    @cached_property
    def meant(self) -> Mapping[str, Mapping[str, str]]:
        """What each name means, by kind and plain name."""
        names: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self._rows("words"):
            names[row["kind"], row["term"]].append(row["name"])
        words: dict[str, dict[str, str]] = defaultdict(dict)
        for (kind, term), known in names.items():
            # Tables print symbol and label side by side, such as those of a radiation level.
            pairs = (f"{first} {second}" for first, second in permutations(known, 2))
            spelled = (*pairs, *known, slug(term))
            words[kind].update({plain_text(name): term for name in spelled})
            for name in spelled if kind == "radiation" else ():
                words[kind].setdefault(tight_text(name), term)
        return words

    @cached_property
    def levels(self) -> Mapping[str, list[tuple[str, str]]]:
        """The radiation levels of each study that are not in doubt: the level and its label."""
        levels: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in self._rows("radiation"):
            levels[row["procedure"]].append((row["level"], row["label"]))
        return levels

    @cached_property
    def scenarios(self) -> Sequence[Row]:
        """The scenarios that are written out, and the families."""
        return self._rows("scenarios")

    @cached_property
    def studies(self) -> Mapping[str, tuple[str, str]]:
        """The technique and the region of each study of which both are known."""
        return {row["procedure"]: (row["technique"], row["region"]) for row in self._rows("studies")}

    def tables(self, topic: str) -> tuple[Mapping[str, list[str]], Mapping[str, set[str]]]:
        """The tables of each region of a topic, mostly one, and the regions of each family.

        Args:
            topic: The identifier of the topic.
        """
        tables: dict[str, dict[str, None]] = defaultdict(dict)
        families: dict[str, set[str]] = defaultdict(set)
        for row in self._rows("tables"):
            if row["topic"] == f"{BASE}topic/{topic}":
                tables[row["region"]][row["table"]] = None
                if "family" in row:
                    families[row["family"]].add(row["region"])
        return {region: list(known) for region, known in tables.items()}, families

    def widest_kinds(self) -> list[str]:
        """The kinds of study that are kinds of no other one."""
        return [row["procedure"] for row in self._rows("widest-kinds")]

    @cached_property
    def _shared(self) -> Mapping[str, Mapping[str, set[str]]]:
        shared: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in self._rows("common-kinds"):
            shared[row["shared"]][row["kind"]] |= {row["wider"]} if "wider" in row else set()
        return shared

    def kinds_in_common(self, *shared: str) -> list[str]:
        """The narrowest kinds that every known study of a technique is one of, or of a region.

        Args:
            shared: Techniques and regions, as IRIs.
        """
        found = {kind: wider for each in shared for kind, wider in self._shared[each].items()}
        above = set[str]().union(*found.values())
        return sorted(kind for kind in found if kind not in above)

    def told_by(self, name: str) -> tuple[str, str] | None:
        """The technique and region given by a study's name, if it gives both.

        Args:
            name: As a table prints it, such as ``CT sacrum with IV contrast``.
        """
        if name not in self._told:
            self._told[name] = self._split(plain_text(name).split())
        return self._told[name]

    def _split(self, words: list[str]) -> tuple[str, str] | None:
        for region, iri in sorted(self.meant["region"].items(), key=lambda each: -len(each[0].split())):
            part = region.split()
            for start in range(len(words) - len(part) + 1):
                if words[start : start + len(part)] == part:
                    rest = " ".join(words[:start] + words[start + len(part) :])
                    if technique := self.meant["technique"].get(rest):
                        return technique, iri
        return None

    def study_of(self, name: str) -> str:
        """The study of the technique and region that a name tells, whatever it is called; empty if there is none."""
        told = self.told_by(name)
        return next((study for study, both in self.studies.items() if both == told), "")

    def nearest(self, kind: str, word: str) -> list[str]:
        """The plain names like a word; each word is looked for once, however many lines have it."""
        key = kind, plain_text(word)
        if key not in self._near:
            self._near[key] = nearest(key[1], self.meant[kind], most=6, cutoff=0.55)
        return self._near[key]

    def label(self, term: str) -> str:
        """What a table would print for a term; a source is known by its identifier."""
        return self._lexicon.label(term)

    @cached_property
    def techniques(self) -> Mapping[str, str]:
        """What each technique means, in one sentence."""
        return {row["technique"]: row["definition"] for row in self._rows("techniques")}

    @cached_property
    def _labels(self) -> frozenset[str]:
        return frozenset(plain_text(label) for label in self._lexicon.labels.values())

    def is_new_study(self, name: str) -> bool:
        """Whether a name that no study has is that of a new one: neither a general word nor a slip."""
        plain = plain_text(name)
        return bool(plain) and plain not in self._labels and not self._is_misspelt(plain)

    def _is_misspelt(self, plain: str) -> bool:
        """Whether some study has the same number of words, each nearly the same: a slip, and no study of its own."""
        if self.told_by(plain):
            return False
        words = plain.split()
        return any(_much_alike(words, name.split()) for name in self.nearest("procedure", plain))


def _much_alike(words: Sequence[str], others: Iterable[str]) -> bool:
    others = list(others)
    return len(words) == len(others) and all(
        one == other or difflib.SequenceMatcher(None, one, other).ratio() >= 0.85
        for one, other in zip(words, others, strict=True)
    )
