"""Finds the rules of other topics that could apply to a case: what keeps a patient safe acts whatever topics it enters.

The content of a whole guideline is too large to lay out for each case. So every condition that acts beyond its topic is
filed under the one of its criteria that the fewest words could meet, and the conditions that could apply to a case are
laid out with its facts. The query ``queries/select/could-meet.rq`` says once which word could meet which criterion.
Here sets are only compared, and nothing is decided: a condition that is laid out and does not apply changes nothing.

    could meet criterion 0:   adult, fever, and 40 other words
    could meet criterion 1:   saddle-numbness, urinary-retention
    a rule needs 0 and 1:     it is filed under 1, and looked at only for a case that states one of these two
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import Quad, Store

from kg.knowledge.sparql.queries import selection
from kg.knowledge.sparql.store import table

WordNumbers = Mapping[str, Mapping[str, Sequence[int]]]
"""Numbers of criteria, by how a word is stated, such as ``"seen"`` or ``"measured"``, and by the IRI of the word."""

StatedWords = Collection[tuple[str, str]]
"""What a case states: how each word is stated, and the IRI of the word."""


class ActingRule(NamedTuple):
    """A condition that acts beyond its topic.

    Attributes:
        condition: Its IRI.
        homes: The topics that it belongs to.
        needs: The numbers of its criteria.
        near: Whether it is also shown when it comes near without applying, as a hand-off is.
    """

    condition: str
    homes: tuple[str, ...]
    needs: tuple[int, ...]
    near: bool


@dataclass(frozen=True)
class Rules:
    """The conditions of all topics that act beyond their topic.

    Attributes:
        rules: The conditions.
        met: The criteria that each stated word could meet.
        filed: For each criterion, the numbers of the rules that are filed under it; at the end, those without criteria.
    """

    rules: tuple[ActingRule, ...]
    met: WordNumbers
    filed: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, store: Store, unfinished: Collection[str] = ()) -> Rules:
        """Read the rules from a store with the vocabulary, all topics, and what the build queries derived.

        The rules of ``unfinished`` topics, given by IRI, are left out.
        """
        numbers: dict[str, int] = {}
        met: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row in table(store, selection("could-meet")):
            number = numbers.setdefault(row["criterion"], len(numbers))
            met[row["given"]][row["word"]].append(number)
        homes: dict[str, dict[str, None]] = defaultdict(dict)
        needs: dict[str, dict[int, None]] = defaultdict(dict)
        near = set()
        for row in table(store, selection("acting")):
            if row["home"] in unfinished:
                continue
            homes[row["condition"]][row["home"]] = None
            near |= {row["condition"]} if "handOff" in row else set()
            if "criterion" in row:
                needs[row["condition"]][numbers.setdefault(row["criterion"], len(numbers))] = None
        rules = tuple(ActingRule(iri, tuple(homes[iri]), tuple(needs[iri]), iri in near) for iri in homes)
        return cls(rules, met, _filed(rules, met, len(numbers)))

    @classmethod
    def read(cls, written: Mapping[str, Sequence[Sequence[object]]]) -> Rules:
        """Read the rules from what ``written`` returned."""
        rules = tuple(ActingRule(iri, tuple(homes), tuple(needs), near) for iri, homes, needs, near in written["rules"])  # type: ignore[arg-type]
        return cls(rules, written["met"], written["filed"])  # type: ignore[arg-type]

    def written(self) -> Mapping[str, object]:
        """The rules as lists and dictionaries, to be kept."""
        return {"rules": self.rules, "met": self.met, "filed": self.filed}

    def could_apply(self, stated: StatedWords) -> list[ActingRule]:
        """The rules whose criteria could all be met by what a case states: all that apply to it, and few others."""
        met = {number for given, word in stated for number in self.met.get(given, {}).get(word, ())}
        near = (self.rules[rule] for number in (*met, -1) for rule in self.filed[number])
        return sorted(rule for rule in near if met.issuperset(rule.needs))

    def near(self, stated: StatedWords) -> frozenset[str]:
        """The IRIs of the topics with a hand-off that has a criterion which something in the case could meet."""
        met = {number for given, word in stated for number in self.met.get(given, {}).get(word, ())}
        found = (rule for rule in self.rules if rule.near and not met.isdisjoint(rule.needs))
        return frozenset(home for rule in found for home in rule.homes)

    def homes(self, conditions: Iterable[str]) -> frozenset[str]:
        """The IRIs of the topics that some conditions belong to.

        Args:
            conditions: IRIs of conditions; one that does not act beyond its topic is ignored.
        """
        wanted = set(conditions)
        return frozenset(home for rule in self.rules if rule.condition in wanted for home in rule.homes)


def _filed(rules: Sequence[ActingRule], met: WordNumbers, count: int) -> tuple[tuple[int, ...], ...]:
    """File each rule under the criterion that the fewest words could meet."""
    words = Counter(number for way in met.values() for numbers in way.values() for number in numbers)
    filed: list[list[int]] = [[] for _ in range(count + 1)]
    for number, rule in enumerate(rules):
        filed[min(rule.needs, key=words.__getitem__, default=count)].append(number)
    return tuple(map(tuple, filed))


class Beyond:
    """What is laid out with a case in addition to the vocabulary and its topics."""

    def __init__(self, rules: Callable[[], Rules], said: Callable[[str], Mapping[str, tuple[Quad, ...]]]) -> None:
        """Remember the sources; nothing is read until a case is laid out.

        Args:
            rules: Reads the rules of all topics.
            said: Reads what the content says about each rule of a topic.
        """
        self._rules = rules
        self._said = said

    def rules(self, stated: StatedWords, topics: Collection[str]) -> list[ActingRule]:
        """The rules that could apply to a case and belong to none of the topics that are laid out already."""
        return [rule for rule in self._rules().could_apply(stated) if not set(rule.homes).intersection(topics)]

    def triples(self, rules: Iterable[ActingRule]) -> Iterator[Quad]:
        """The triples about some rules; two rules may share a triple."""
        return (triple for rule in rules for home in rule.homes for triple in self._said(home).get(rule.condition, ()))
