"""Rules beyond the topics that a case enters: what keeps a patient safe acts whichever topics are laid out.

The whole of a large guideline cannot be laid out for each case. So every condition that acts beyond its topic is filed
under the criterion that the fewest words could meet, and what could apply to a case is laid out with its facts. Which
word could meet which criterion is asked once, by ``queries/could-meet.rq``; here sets are compared, and nothing is
decided: what is laid out and does not apply changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import Quad, Store

from kg.evaluation import table
from kg.queries import selection

Words = Mapping[str, Mapping[str, Sequence[int]]]
"""Numbers by the way in which a word is stated, such as ``"seen"`` or ``"measured"``, and by the IRI of the word."""

Stated = Collection[tuple[str, str]]
"""What a case states: words by their IRIs, each with the way in which it is stated."""


class Rule(NamedTuple):
    """A condition that acts beyond its topic.

    Attributes:
        condition: Its IRI.
        homes: The topics in which it stands.
        needs: The numbers of its criteria.
        near: It is shown where it comes near, not only where it applies.
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
        filed: For each criterion the numbers of the rules that are filed under it; last those without criteria.
    """

    rules: tuple[Rule, ...]
    met: Words
    filed: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, store: Store) -> Rules:
        """Read them out of a whole guideline.

        Args:
            store: Vocabulary, topics, and what the build derived.

        Returns:
            The rules.
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
            homes[row["condition"]][row["home"]] = None
            near |= {row["condition"]} if "handOff" in row else set()
            if "criterion" in row:
                needs[row["condition"]][numbers.setdefault(row["criterion"], len(numbers))] = None
        rules = tuple(Rule(iri, tuple(homes[iri]), tuple(needs[iri]), iri in near) for iri in homes)
        return cls(rules, met, _filed(rules, met, len(numbers)))

    @classmethod
    def read(cls, written: Mapping[str, Sequence[Sequence[object]]]) -> Rules:
        """Read them as they were written.

        Args:
            written: What ``written`` returned.

        Returns:
            The rules.
        """
        rules = tuple(Rule(iri, tuple(homes), tuple(needs), near) for iri, homes, needs, near in written["rules"])  # type: ignore[arg-type]
        return cls(rules, written["met"], written["filed"])  # type: ignore[arg-type]

    def written(self) -> Mapping[str, object]:
        """The rules as lists and dictionaries, to be kept."""
        return {"rules": self.rules, "met": self.met, "filed": self.filed}

    def could_apply(self, stated: Stated) -> list[Rule]:
        """The rules of which each criterion could be met by something that a case states.

        Args:
            stated: What the case states.

        Returns:
            All rules that apply to it, and few others.
        """
        met = {number for given, word in stated for number in self.met.get(given, {}).get(word, ())}
        near = (self.rules[rule] for number in (*met, -1) for rule in self.filed[number])
        return sorted(rule for rule in near if met.issuperset(rule.needs))

    def near(self, stated: Stated) -> frozenset[str]:
        """The topics of the hand-offs of which some criterion could be met by something that a case states.

        Args:
            stated: What the case states.

        Returns:
            The IRIs of the topics.
        """
        met = {number for given, word in stated for number in self.met.get(given, {}).get(word, ())}
        found = (rule for rule in self.rules if rule.near and not met.isdisjoint(rule.needs))
        return frozenset(home for rule in found for home in rule.homes)

    def homes(self, conditions: Iterable[str]) -> frozenset[str]:
        """The topics in which some conditions stand.

        Args:
            conditions: Their IRIs; one that does not act beyond its topic, or stands in none, is passed over.

        Returns:
            The IRIs of the topics.
        """
        wanted = set(conditions)
        return frozenset(home for rule in self.rules if rule.condition in wanted for home in rule.homes)


def _filed(rules: Sequence[Rule], met: Words, count: int) -> tuple[tuple[int, ...], ...]:
    """File each rule under the criterion that the fewest words could meet."""
    words = Counter(number for way in met.values() for numbers in way.values() for number in numbers)
    filed: list[list[int]] = [[] for _ in range(count + 1)]
    for number, rule in enumerate(rules):
        filed[min(rule.needs, key=words.__getitem__, default=count)].append(number)
    return tuple(map(tuple, filed))


class Beyond:
    """What is laid out with a case besides the vocabulary and some topics."""

    def __init__(self, rules: Callable[[], Rules], said: Callable[[str], Mapping[str, tuple[Quad, ...]]]) -> None:
        """Remember where it comes from; nothing is read before a case is laid out.

        Args:
            rules: The rules of all topics.
            said: What the content says of the rules of a topic, by rule.
        """
        self._rules = rules
        self._said = said

    def rules(self, stated: Stated, topics: Collection[str]) -> list[Rule]:
        """The rules that could apply to a case and are not laid out already.

        Args:
            stated: What the case states.
            topics: The topics that are laid out.

        Returns:
            The rules.
        """
        return [rule for rule in self._rules().could_apply(stated) if not set(rule.homes).intersection(topics)]

    def triples(self, rules: Iterable[Rule]) -> Iterator[Quad]:
        """What the content says of some rules.

        Args:
            rules: The rules.

        Returns:
            The triples; two rules may share some.
        """
        return (triple for rule in rules for home in rule.homes for triple in self._said(home).get(rule.condition, ()))
