"""Finds the scenarios and families of a topic by what a rating table calls them, and names those that it lacks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from kg.author.drafts.rating_table import plain_text
from kg.author.drafts.table_words import TableWords
from kg.knowledge.sparql.iris import BASE, slug


class Variants:
    """The scenarios and families of one topic."""

    def __init__(self, words: TableWords, topic: str) -> None:
        """Look at one topic.

        Args:
            words: The words of the content.
            topic: The identifier of the topic, which may be new.
        """
        self._topic = f"{BASE}topic/{topic}"
        self.own = [row for row in words.scenarios if row["topic"] == self._topic]
        self._families = {row["scenario"] for row in self.own if row["family"] == "true"}
        self.tables, self._regions = words.tables(topic)

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        """The scenarios of the topic by notation and identifier: as written, and folded where only one is meant."""
        exact: dict[str, str] = {}
        folded_names: dict[str, set[str]] = defaultdict(set)
        for row in self.own:
            for name in (row.get("notation", ""), slug(row["scenario"])):
                if name:
                    exact.setdefault(name, row["scenario"])
                    folded_names[folded(name)].add(row["scenario"])
        return {**{name: only for name, (only, *more) in folded_names.items() if not more}, **exact}

    def known(self, variant: str) -> str:
        """The scenario or family that the table means; empty if the topic lacks it."""
        return self._by_name.get(variant, "") or self._by_name.get(folded(variant), "")

    def is_family(self, variant: str) -> bool:
        """Whether the topic has a family for a variant."""
        return self.known(variant) in self._families

    def regions_of(self, variant: str) -> list[str]:
        """The regions in which the family of a variant has scenarios."""
        return sorted(self._regions[self.known(variant)])

    def can_be_named(self, variant: str) -> bool:
        """Whether a variant can be part of an IRI as it is; slugs could give two variants the same name."""
        return bool(self.known(variant) or re.fullmatch(r"[\w. ]+", folded(variant)))

    def iri(self, variant: str) -> str:
        """The scenario or family of a variant."""
        # Variant "1a" becomes <variant-1a>; a variant that begins with a word, such as "Acute", becomes <acute>.
        name = folded(variant).replace(" ", "-")
        made = f"{self._topic}/{name if re.match('[a-z]{2}', name) else f'variant-{name}'}"
        return self.known(variant) or made


def folded(variant: str) -> str:
    """A variant without what spelling adds, and without the point behind the number of an item.

    >>> folded("4_A."), folded("Variant-3"), folded("..")
    ('4 a', 'variant 3', '')
    """
    return " ".join(plain_text(variant).replace("_", " ").split()).strip(" .")
