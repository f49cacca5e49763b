"""Compile a plan from the graph: a number for everything that the queries in ``queries/plan`` find."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from pyoxigraph import NamedNode, Quad, QuerySolutions, Store

from kg.content import VOCABULARY, Content
from kg.errors import ContentError
from kg.links import Links, Numbers
from kg.names import BASE, slug
from kg.plan import (
    ABSENT,
    NO_SAY,
    PRESENT,
    VAGUE,
    WAYS,
    Band,
    Groups,
    Plan,
    Screens,
    TopicPlan,
    array,
    beginnings,
    flat,
    numbered,
    reversed_links,
)
from kg.queries import named, selection

_DERIVED = NamedNode(f"{BASE}graph/derived")
_RELATIONS = (
    "isA",
    "excludes",
    "performedAs",
    "couldShow",
    "shownAs",
    "unseenAs",
    "intendedAs",
    "includes",
    "undecidedBecause",
    "measure",
)
_CONSEQUENCES = ["neighbour", "topic", "prefers", "over", "before", "rulesOut", "urgency"]


def compile_plan(content: Content) -> Plan:
    """Compile the content of a folder.

    Args:
        content: What ``kg.content.read`` returns.

    Returns:
        The plan.

    Raises:
        ContentError: A topic reaches into another one, so that it cannot be evaluated alone.

    >>> import kg
    >>> plan = compile_plan(kg.load().content)
    >>> len(plan.topics) == len(plan.topic_names) + 1, plan.categories[4]
    (True, 'usually-appropriate')
    """
    return _Compiler(content).plan()


class _Compiler:
    """Numbers for everything that the queries find."""

    def __init__(self, content: Content) -> None:
        self.store = Store()
        for name, triples in content.graphs.items():
            graph = NamedNode(name)
            self.store.extend(Quad(t.subject, t.predicate, t.object, graph) for t in triples)
        self.store.extend(Quad(t.subject, t.predicate, t.object, _DERIVED) for t in content.derived)
        terms: dict[str, list[str]] = defaultdict(list)
        for kind, term in self.rows("terms"):
            terms[slug(kind)].append(term)
        self.finding = numbered(terms["Finding"])
        self.procedure = numbered(terms["Procedure"])
        self.measure = numbered(terms["Measure"])
        self.topic = numbered(content.topics)
        self.home: dict[str, str] = {}
        self.kinds: dict[str, set[str]] = defaultdict(set)
        for home, condition, kind in self.rows("conditions"):
            self.home[condition] = home
            self.kinds[slug(kind)].add(condition)
        self.condition = numbered(sorted(self.home))
        self.links = self._links()
        self.up = self.links["isA"]
        self.criteria = grouped(self.rows("criteria"))
        self.alternatives: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for criterion, relation, finding in self.rows("alternatives"):
            self.alternatives[criterion].append((self.finding[finding], slug(relation) == "ifPresent"))
        self.screens: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for scenario, screen, required in self.rows("screens"):
            self.screens[scenario][screen] += [required] if required else []
        self.substitutes: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
        for required, own, relation, finding, meets in self.rows("substitutes"):
            left = self.substitutes[required, own]
            if meets == "false":
                left.append((self.finding[finding], slug(relation) == "ifPresent"))
        self.entries = grouped(self.rows("entries"))
        self.order = [(leader, rule, scenario) for leader, rule, scenario in self.rows("order")]
        self.stand_back = [(leader, hand_off) for leader, hand_off in self.rows("stand-back")]
        self.followed: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for condition, relation, value in self.rows("consequences"):
            self.followed[slug(relation)].append((condition, value))

    def rows(self, name: str) -> list[tuple[str, ...]]:
        return self.select(named("plan", name).text)

    def select(self, text: str) -> list[tuple[str, ...]]:
        found = self.store.query(text, use_default_graph_as_union=True)
        if not isinstance(found, QuerySolutions):
            message = "a query of the plan is not a SELECT; restore the files in queries/plan"
            raise ContentError(message)
        return [tuple(term.value for term in row) for row in found]

    def _links(self) -> dict[str, Links]:
        """Findings and procedures are numbered apart; what a relation leads to decides among them."""
        pairs: dict[str, list[tuple[int, int]]] = defaultdict(list)
        start: dict[str, int] = {}
        conflicts: dict[str, int] = defaultdict(lambda: len(conflicts))
        for relation, source, target in self.rows("links"):
            name = slug(relation)
            if name == "isA" and source in self.procedure:
                continue
            numbers = self.finding if source in self.finding else self.procedure
            start[name] = len(numbers)
            known = next((k for k in (self.finding, self.procedure, self.measure) if target in k), None)
            pairs[name].append((numbers[source], conflicts[target] if known is None else known[target]))
        everything = max(len(self.finding), len(self.procedure))
        return {name: Links.of(pairs[name], start.get(name, everything)) for name in _RELATIONS}

    def plan(self) -> Plan:
        rated: dict[tuple[str, str], list[int]] = defaultdict(list)
        for scenario, procedure, rank in self.rows("ratings"):
            rated[scenario, procedure].append(int(rank))
        lowest = np.full((len(self.condition), len(self.procedure)), NO_SAY, dtype=np.uint8)
        highest = np.zeros_like(lowest)
        for scenario, procedure in self.rows("silences"):
            lowest[self.condition[scenario], self.procedure[procedure]] = 0
        for (scenario, procedure), ranks in rated.items():
            place = self.condition[scenario], self.procedure[procedure]
            lowest[place], highest[place] = min(ranks), max(ranks)
        scales: dict[str, dict[int, str]] = defaultdict(dict)
        for scale, rank, value in self.rows("scales"):
            scales[scale][int(rank)] = slug(value)
        self.narrower = reversed_links(self.up, len(self.finding))
        self.excluded_by = reversed_links(self.links["excludes"], len(self.finding))
        worth = [(self.finding[f], self.topic[t]) for f, t in self.select(selection("enter").text) if f in self.finding]
        limits = np.full((len(self.measure), 2), [-np.inf, np.inf])
        for measure, _unit, _words, low, high in self.select(selection("measures").text):
            limits[self.measure[measure]] = float(low), float(high)
        return Plan(
            findings=slugs(self.finding),
            procedures=slugs(self.procedure),
            measures=slugs(self.measure),
            conditions=told_apart(self.condition),
            links=self.links,
            bands=tuple(self.bands()),
            limits=limits,
            worth=Links.of(worth, len(self.finding)),
            topics=tuple(self.topic_plan(iri) for iri in (*self.topic, "")),
            topic_names=slugs(self.topic),
            consequences={name: self.consequence(name) for name in _CONSEQUENCES},
            kinds={kind: frozenset(self.condition[c] for c in members) for kind, members in self.kinds.items()},
            yielding=array(self.condition[hand_off] for (hand_off,) in self.rows("yielding")),
            behind=Links.of([(self.condition[a], self.condition[b]) for a, b in self.stand_back], len(self.condition)),
            lowest=lowest,
            highest=highest,
            categories=scales["category"],
            urgencies=scales["urgency"],
        )

    def bands(self) -> Iterable[Band]:
        ranges: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(dict)
        for finding, measure, relation, part, facet, limit in self.rows("bands"):
            ranges[finding, measure, relation, part][slug(facet)] = float(limit)
        for (finding, measure, relation, _), facets in ranges.items():
            low, high = facets.get("minInclusive", -np.inf), facets.get("maxInclusive", np.inf)
            above, below = facets.get("minExclusive", -np.inf), facets.get("maxExclusive", np.inf)
            yield Band(
                self.finding[finding],
                self.measure[measure],
                relation.endswith("presentWithin"),
                max(low, above),
                low > above,
                min(high, below),
                high < below,
            )

    def consequence(self, name: str) -> Links:
        """What follows from conditions; where only that it follows matters, the condition itself."""
        targets: Mapping[str, int] = self.topic if name == "topic" else self.procedure
        if name == "urgency":
            targets = {value: int(value) for _, value in self.followed[name]}
        if name == "neighbour":
            targets = {value: 0 for _, value in self.followed[name]}
        pairs = [(self.condition[condition], targets[value]) for condition, value in self.followed[name]]
        return Links.of(pairs, len(self.condition))

    @cached_property
    def at_home(self) -> dict[str, list[str]]:
        """The conditions of each graph, in order."""
        homes: dict[str, list[str]] = defaultdict(list)
        for condition in self.condition:
            homes[self.home[condition]].append(condition)
        return homes

    @cached_property
    def led_by(self) -> dict[str, list[tuple[str, str]]]:
        """Leaders of each scenario, with the rule."""
        led: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for leader, rule, scenario in self.order:
            led[scenario].append((leader, rule))
        return led

    @cached_property
    def notable(self) -> set[str]:
        """The conditions that have a consequence, or before which a hand-off stands back."""
        names = ("neighbour", "prefers", "rulesOut", "urgency")
        leaders = {leader for leader, _ in self.stand_back}
        return self.kinds["Warning"].union(leaders, *({c for c, _ in self.followed[name]} for name in names))

    @cached_property
    def topic_of(self) -> dict[str, set[str]]:
        """The topics of each scenario."""
        topics: dict[str, set[str]] = defaultdict(set)
        for scenario, topic in self.followed["topic"]:
            topics[scenario].add(topic)
        return topics

    def topic_plan(self, topic: str) -> TopicPlan:
        """One topic; without a name, the shared conditions alone."""
        conditions = [*self.at_home[VOCABULARY], *(self.at_home[topic] if topic else ())]
        here = {condition: number for number, condition in enumerate(conditions)}
        criteria = numbered(dict.fromkeys(c for condition in conditions for c in self.criteria.get(condition, ())))
        entries = [self.finding[entry] for entry in self.entries.get(topic, ())]
        used = {finding for criterion in criteria for finding, _ in self.alternatives.get(criterion, ())}
        row = {finding: 2 * number for number, finding in enumerate(sorted(used | set(entries)), 1)}
        first_vague = 2 * (len(row) + 1)
        facts, bearing = self.bearing(row, {entry: first_vague + n for n, entry in enumerate(entries)})
        alternatives = [
            [row[finding] + (0 if present else 1) for finding, present in self.alternatives.get(criterion, ())] or [0]
            for criterion in criteria
        ]
        required = [
            [criteria[criterion] for criterion in self.criteria.get(condition, ())] or [len(criteria)]
            for condition in conditions
        ]
        scenarios = [condition for condition in conditions if topic and topic in self.topic_of.get(condition, ())]
        nobody = len(conditions)
        leaders = [
            [
                (self.local(here, leader, topic), self.local(here, rule, topic))
                for leader, rule in self.led_by.get(s, ())
            ]
            or [(nobody, nobody)]
            for s in scenarios
        ]
        return TopicPlan(
            rows=first_vague + len(entries),
            facts=facts,
            bearing=bearing,
            alternatives=flat(alternatives),
            criteria=beginnings(alternatives),
            required=flat(required),
            conditions=beginnings(required),
            numbers=array(self.condition[condition] for condition in conditions),
            entries=array(
                part for n, entry in enumerate(entries) for part in (row[entry], row[entry] + 1, first_vague + n)
            ).reshape(-1, 3),
            scenarios=array(here[scenario] for scenario in scenarios),
            leaders=array(leader for pairs in leaders for leader, _ in pairs),
            rules=array(rule for pairs in leaders for _, rule in pairs),
            led=beginnings(leaders),
            screens=self.screens_of(scenarios, criteria, row, first_vague + len(entries)),
            noted=array(here[condition] for condition in conditions if condition in self.notable),
        )

    def screens_of(
        self, scenarios: list[str], criteria: Mapping[str, int], row: Mapping[int, int], always: int
    ) -> Screens:
        """The screens of some scenarios, in the numbers of their topic."""
        left: list[list[int]] = []
        ways: list[list[int]] = []
        screens: list[list[int]] = []
        of_scenario: list[list[int]] = []
        for scenario in scenarios:
            number: dict[str, int] = {}
            of_scenario.append([])
            for required in self.screens.get(scenario, {}).values():
                for criterion in required:
                    if criterion not in number:
                        number[criterion] = len(ways)
                        own = [o for o in self.criteria.get(scenario, ()) if (criterion, o) in self.substitutes]
                        first = len(criteria) + 1 + len(left)
                        left += [
                            [row[f] + (1 if present else 0) for f, present in self.substitutes[criterion, o]]
                            for o in own
                        ]
                        ways.append([criteria[criterion], *range(first, first + len(own))])
                of_scenario[-1].append(len(screens))
                screens.append([number[criterion] for criterion in required])
        return Screens(
            Groups.of(left, always),
            Groups.of(ways, len(criteria)),
            Groups.of(screens, len(ways)),
            Groups.of(of_scenario, len(screens)),
        )

    def local(self, here: Mapping[str, int], condition: str, topic: str) -> int:
        if condition not in here:
            message = f"<{condition}> decides in the topic <{topic}> but stands in another one; move it there"
            raise ContentError(message)
        return here[condition]

    def bearing(self, row: Mapping[int, int], vague: Mapping[int, int]) -> tuple[Numbers, Links]:
        """Which facts make which rows true: closure over hierarchy and exclusion, worked out beforehand."""
        found = array(row)
        start = array(row.values())
        pairs: list[tuple[Numbers, Numbers]] = []
        for links, way, offset in (
            (self.narrower, PRESENT, 0),  # what is present makes everything broader present
            (self.excluded_by, PRESENT, 1),  # and what it excludes absent
            (self.up, ABSENT, 1),  # what is absent makes every kind of it absent
        ):
            which, others = links.follow(found)
            pairs.append((others * WAYS + way, start[which] + offset))
        entries = array(vague)
        which, others = self.up.follow(entries)
        broader = others != entries[which]
        pairs.append((others[broader] * WAYS + VAGUE, array(vague.values())[which[broader]]))
        codes, rows = (np.concatenate(part) for part in zip(*pairs, strict=True))
        facts, places = np.unique(codes, return_inverse=True)
        return facts, Links.of(zip(places.tolist(), rows.tolist(), strict=True), len(facts))


def slugs(names: Iterable[str]) -> tuple[str, ...]:
    """The slugs of IRIs.

    Args:
        names: IRIs.

    Returns:
        Their slugs.
    """
    return tuple(map(slug, names))


def told_apart(names: Iterable[str]) -> tuple[str, ...]:
    """The slugs of IRIs, with the part before where two would be the same.

    Args:
        names: IRIs.

    Returns:
        Short names.

    >>> told_apart(["topic/a/first", "topic/b/first", "topic/b/second"])
    ('a/first', 'b/first', 'second')
    """
    iris = list(names)
    uses = Counter(map(slug, iris))
    return tuple(slug(iri) if uses[slug(iri)] == 1 else "/".join(iri.split("/")[-2:]) for iri in iris)


def grouped(pairs: Iterable[tuple[str, ...]]) -> dict[str, list[str]]:
    """The second of each pair by the first.

    Args:
        pairs: Two texts each.

    Returns:
        Lists in the order of the pairs.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for first, second in pairs:
        groups[first].append(second)
    return groups
