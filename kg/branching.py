"""Every completion of a case, followed by branching on what is open.

What holds of a completion is always what the shipped queries derive of a hypothetical case. Two branches that have the
same criteria left open, by the same findings, go on as one, so that millions of completions take some thousand cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from pyoxigraph import NamedNode

from kg.case import Case
from kg.evaluation import Bench
from kg.facts import facts
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import BASE, slug
from kg.queries import named

Literal = tuple[str, bool]
"""A finding, by IRI, and whether it is present."""

Joint = frozenset[Literal]
"""What is known of the findings of a group; what is not in it is unknown."""

Found = Mapping[str, frozenset[str]]
"""What the queries derived of a case, by the local name of the property."""

_DERIVED = (
    *("knownPresent", "knownAbsent", "undecided", "met", "failed", "applies", "ruledOut", "entered", "handedTo"),
    *("considered", "outranked", "leading", "robust", "best", "contraindicated", "outcome", "urgency"),
)

_CHUNK = 16
"""So many hypothetical cases are laid on the bench at once: the queries never mix cases, and half the time is saved."""


class Trials:
    """Derives what holds of hypothetical cases."""

    def __init__(self, bench: Bench, lexicon: Lexicon) -> None:
        """Take what is needed.

        Args:
            bench: Where cases are laid.
            lexicon: The words of cases.
        """
        self._bench = bench
        self._lexicon = lexicon
        self.count = 0

    def __call__(self, cases: Sequence[Case]) -> list[Found]:
        """Derive what holds.

        Args:
            cases: The cases.

        Returns:
            What the queries derive of each.
        """
        self.count += len(cases)
        return [found for at in range(0, len(cases), _CHUNK) for found in self._derive(cases[at : at + _CHUNK])]

    def _derive(self, cases: Sequence[Case]) -> list[Found]:
        nodes = [NamedNode(f"{BASE}case/trial-{number}") for number in range(len(cases))]
        laid = [fact for case, node in zip(cases, nodes, strict=True) for fact in facts(case, self._lexicon, node)]
        with self._bench.evaluation(laid) as evaluation:
            derived = [evaluation.conclusions(node, _DERIVED) for node in nodes]
        return [{name: frozenset(conclusions[name]) for name in _DERIVED} for conclusions in derived]


class Conditions:
    """The conditions of some kinds with their criteria, and how their findings bear on each other."""

    def __init__(self, knowledge: Knowledge, kinds: Collection[str]) -> None:
        """Read them.

        Args:
            knowledge: The content.
            kinds: Classes of conditions, such as ``"Scenario"``.
        """
        self.kinds = {iri: kind for iri, kind in knowledge.kinds.items() if kind in kinds}
        self._criteria = {c: [row["criterion"] for row in knowledge.criteria.get(c, ())] for c in self.kinds}
        self._alternatives = {c: {row["finding"] for row in rows} for c, rows in knowledge.criterion_findings.items()}
        self._makes: dict[str, set[Literal]] = defaultdict(set)
        self.asked_as: dict[str, str] = {}
        for row in knowledge.rows(named("ask", "how-findings-bear-on-another")):
            self._makes[row["finding"]].add((row["other"], row["makes"] == "present"))
            self.asked_as[row["finding"]] = row["ask"]
        self._substitutes: dict[str, dict[str, frozenset[str]]] = defaultdict(lambda: defaultdict(frozenset))
        for row in knowledge.rows(named("plan", "substitutes")):
            exceptions = {row["finding"]} if row["meets"] == "false" else set()
            self._substitutes[row["own"]][row["required"]] |= exceptions
        self._entries = {row["entry"] for row in knowledge.rows(named("ask", "entries"))}

    def open(self, condition: str, found: Found) -> dict[str, frozenset[str]]:
        """The open criteria of a condition that is not ruled out, each with the findings that are unknown in it."""
        known = found["knownPresent"] | found["knownAbsent"]
        return {
            criterion: frozenset(self._alternatives[criterion] - known)
            for criterion in self._criteria[condition]
            if criterion not in found["met"]
        }

    def deciding(self, found: Found, kinds: Collection[str]) -> set[str]:
        """The unknown findings that stand in an open criterion of a condition that is not ruled out.

        Args:
            found: What was derived of the case.
            kinds: The classes of conditions to look at.

        Returns:
            The findings; the entry findings of topics that are unknown are among them.
        """
        possible = [c for c, kind in self.kinds.items() if kind in kinds and c not in found["ruledOut"]]
        standing = {f for c in possible for findings in self.open(c, found).values() for f in findings}
        return standing | self._entries - found["knownPresent"] - found["knownAbsent"] - found["undecided"]

    def residue(self, found: Found, alive: Set[str]) -> tuple[Hashable, frozenset[str]]:
        """What can still bear on the answer.

        Args:
            found: What was derived of a case.
            alive: The findings of which something can still be said.

        Returns:
            A key, the same for two cases that have the same answers from here on; and the findings that are open.
        """
        outside = bool(found["handedTo"]) or not found["entered"]
        parts: list[Hashable] = [outside]
        still_open: set[str] = set()
        for condition, kind in self.kinds.items():
            if condition in found["ruledOut"] or (outside and kind != "UrgencyRule"):
                continue
            criteria = self.open(condition, found)
            if kind == "Scenario":
                substitutes = self._substituted(criteria, found, alive)
                parts.append(substitutes)
                still_open.update(*(left for _, _, left in substitutes))
            if not all(unknown & alive for unknown in criteria.values()):
                if kind != "Scenario":
                    continue  # it waits for something that nobody will say, so it never applies
                # Nor does a scenario, but it can still be ruled out, where nothing that stays unknown keeps it open.
                parts.append(condition)
                criteria = {criterion: unknown for criterion, unknown in criteria.items() if unknown <= alive}
            parts.append(
                (condition, frozenset((c, unknown & alive, unknown <= alive) for c, unknown in criteria.items()))
            )
            still_open.update(*(unknown & alive for unknown in criteria.values()))
        return tuple(parts), frozenset(still_open)

    def _substituted(
        self, criteria: Mapping[str, frozenset[str]], found: Found, alive: Set[str]
    ) -> frozenset[tuple[str, str, frozenset[str]]]:
        """Which open criterion will stand in for one that leads the scenario, once some findings are refuted."""
        return frozenset(
            (own, required, exceptions & unknown)
            for own, unknown in criteria.items()
            for required, exceptions in self._substitutes.get(own, {}).items()
            if required not in found["met"] | found["failed"] and exceptions & unknown <= alive
        )

    def groups(self, findings: Collection[str], *, unknown: bool) -> list[Group]:
        """Put findings together that bear on each other, and list what can be said of them together.

        Args:
            findings: The findings.
            unknown: Whether a finding may stay unknown.

        Returns:
            The groups: first those that let a case in, then by the number of criteria in which they stand.
        """
        parts: list[set[str]] = []
        for finding in sorted(findings):
            near = {other for other, _ in self._makes[finding]}
            touching = [part for part in parts if any(f in near or finding in dict(self._makes[f]) for f in part)]
            parts = [part for part in parts if part not in touching] + [{finding}.union(*touching)]
        used = [self._alternatives[criterion] for criteria in self._criteria.values() for criterion in criteria]

        def order(part: set[str]) -> tuple[bool, int, list[str]]:
            return not self._entry(part), -sum(not part.isdisjoint(findings) for findings in used), sorted(part)

        return [
            Group(tuple(sorted(part)), self._joints(sorted(part), unknown), self._entry(part))
            for part in sorted(parts, key=order)
        ]

    def _entry(self, part: set[str]) -> bool:
        return any(not self._entries.isdisjoint(other for other, _ in self._makes[f]) for f in part) or any(
            not part.isdisjoint(other for other, _ in self._makes[entry]) for entry in self._entries
        )

    def _joints(self, findings: Sequence[str], unknown: bool) -> tuple[Joint, ...]:
        """Every consistent combination, with what follows from it: so that none is counted in two guises."""
        joints: list[Joint] = [frozenset()]
        for place, finding in enumerate(findings):
            states = (True, False, None) if unknown else (True, False)
            seen = findings[:place]
            joints = [
                joint | ({(finding, state)} if state is not None else set())
                for joint in joints
                for state in states
                if self._fits(joint, seen, finding, state)
            ]
        return tuple(joints)

    def _fits(self, joint: Joint, seen: Iterable[str], finding: str, state: bool | None) -> bool:
        def state_of(other: str) -> bool | None:
            return True if (other, True) in joint else False if (other, False) in joint else None

        for other in seen:
            one, two = (finding, state), (other, state_of(other))
            for (x, x_state), (y, y_state) in ((one, two), (two, one)):
                # x present makes y what it is; y present would make x something else, so y is not when x is not that
                for implied, truth in self._makes[x]:
                    if implied == y and x_state is True and y_state is not truth:
                        return False
                    if implied == y and truth and y_state is False and x_state is not False:
                        return False
        return True


@dataclass(frozen=True)
class Group:
    """Findings that bear on each other.

    Attributes:
        findings: The findings.
        joints: What can be said of them together.
        entry: Whether they bear on which topic a case enters.
    """

    findings: tuple[str, ...]
    joints: tuple[Joint, ...]
    entry: bool


@dataclass
class Node:
    """A point that branches have come to.

    Attributes:
        case: One case that comes here.
        found: What was derived of it.
        open: The findings that can still bear on the answer.
        weight: How many combinations of the groups so far come here.
        edges: Where each joint of the next group leads.
    """

    case: Case
    found: Found
    open: frozenset[str]
    weight: int = 0
    edges: list[Hashable] = field(default_factory=list)


Level = dict[Hashable, Node]


def follow(
    case: Case, groups: Sequence[Group], conditions: Conditions, trials: Trials, reasons: Collection[str] = ()
) -> list[Level]:
    """Follow every completion of a case, group by group.

    Args:
        case: The case.
        groups: What is unknown.
        conditions: What can bear on the answer.
        trials: What derives.
        reasons: Criteria that are kept apart by whether they failed, as long as no scenario applies.

    Returns:
        The points come to before each group and, last, after all groups. No completion comes to two of the last.
    """
    alive = {finding for group in groups for finding in group.findings}
    (found,) = trials([case])
    key, still_open = conditions.residue(found, alive)
    levels: list[Level] = [{key: Node(case, found, still_open, 1)}]
    for group in groups:
        alive -= set(group.findings)
        levels.append(_next(levels[-1], group, alive, conditions, trials, frozenset(reasons)))
    return levels


def _next(
    nodes: Level, group: Group, alive: set[str], conditions: Conditions, trials: Trials, reasons: frozenset[str]
) -> Level:
    """Branch each node on what the group leaves open there: joints that differ in nothing open are one branch."""
    said = {
        id(node): [joint if group.entry else frozenset(x for x in joint if x[0] in node.open) for joint in group.joints]
        for node in nodes.values()
    }
    waiting = [(node, joint) for node in nodes.values() for joint in dict.fromkeys(said[id(node)])]
    cases = [stated(node.case, joint) for node, joint in waiting]
    fresh = iter(trials([case for case, (_, joint) in zip(cases, waiting, strict=True) if joint]))
    after: Level = {}
    keys: dict[tuple[int, Joint], Hashable] = {}
    for (node, joint), case in zip(waiting, cases, strict=True):
        found = next(fresh) if joint else node.found
        key, still_open = conditions.residue(found, alive)
        if reasons and not found["leading"]:
            key = (key, found["failed"] & reasons)
        after.setdefault(key, Node(case, found, still_open))
        keys[id(node), joint] = key
    for node in nodes.values():
        node.edges = [keys[id(node), joint] for joint in said[id(node)]]
        for key in node.edges:
            after[key].weight += node.weight
    return after


def stated(case: Case, joint: Iterable[Literal]) -> Case:
    """A case of which more is said.

    Args:
        case: The case.
        joint: What is said.

    Returns:
        The case with these facts.
    """
    said = sorted(joint)
    return case.with_facts(present=[slug(f) for f, yes in said if yes], absent=[slug(f) for f, yes in said if not yes])
