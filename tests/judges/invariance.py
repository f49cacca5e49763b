"""Adding a topic changes nothing for others: cases that state neither its entry nor a transfer, with and without it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from pyoxigraph import NamedNode

import kg
from kg.knowledge.content.content import Content, of_graphs, read
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, ns, slug
from kg.knowledge.sparql.resources import shipped
from tests.judges.generate import cases, contradictory
from tests.judges.loading import answered
from tests.judges.truth import Knowledge

SAID_BESIDE = ("origins", "conflicts", "topics", "nearest", "unused", "cannot_show")
"""What a topic may add to the answer of others: further sources and disputes, the terms of what was looked at, which
scenario comes nearest where none fits, what its own warnings use, and what it knows of a study."""


RULES = {"warnings": "", "results": "pattern", "actions": "recommendation", "moved": "reason"}
"""The parts of an answer that list what rules of a region say, and where each names its rule."""


@dataclass(frozen=True)
class Added:
    """One topic beside the others, and the others without it.

    Attributes:
        topic: The IRI of the topic.
        content: All topics.
    """

    topic: str
    content: Content

    @cached_property
    def without(self) -> Content:
        """The others."""
        graphs = {name: triples for name, triples in self.content.graphs.items() if name != self.topic}
        return of_graphs(graphs, self.content.prefixes)

    @cached_property
    def guides(self) -> tuple[kg.Guide, kg.Guide]:
        """Without the topic, and with it."""
        return kg.Guide(self.without), kg.Guide(self.content)

    @cached_property
    def knowledge(self) -> Knowledge:
        """What the others know."""
        return Knowledge(self.without)

    @cached_property
    def _whole(self) -> Knowledge:
        return Knowledge(self.content)

    @cached_property
    def _ways(self) -> frozenset[str]:
        """Findings by which a case enters the topic or is moved to it."""
        reached = {
            str(triple.object)[1:-1]
            for triple in self.content.derived
            if triple.predicate == ns("reachedWith") and triple.subject == NamedNode(self.topic)
        }
        the = self._whole.the
        return frozenset(reached | the("entry", self.topic) | the("enteredWith", self.topic))

    @cached_property
    def _leaving(self) -> list[str]:
        """The hand-offs that the topic describes: they act wherever the case belongs."""
        described = self.content.graphs[self.topic]
        found = {t.subject for t in described if t.predicate == RDF_TYPE and t.object == ns("HandOff")}
        return [each.value for each in found if isinstance(each, NamedNode)]

    @cached_property
    def _signs(self) -> frozenset[str]:
        """Findings that suggest the topic where no complaint is stated."""
        return frozenset(self._whole.the("suggestedBy", self.topic))

    @cached_property
    def shared(self) -> list[str]:
        """The findings of the others that the topic names, and by which no case comes to it."""
        named = {
            str(triple.object)[1:-1]
            for triple in self.content.graphs[self.topic]
            if triple.predicate in (ns("ifPresent"), ns("ifAbsent"))
        }
        below = {kind for finding in named for kind in self._whole.down(finding)}
        away = {kind for finding in self._ways for kind in self._whole.down(finding)}
        return sorted((below & set(self.knowledge.findings)) - away)

    def concerns(self, case: kg.Case) -> bool:
        """Whether a case states an entry of the topic, a transfer to or by it, or too little to belong elsewhere."""
        whole = self._whole
        stated = {finding for finding, is_so in whole.atoms(case) if is_so}
        known = whole.closed(whole.atoms(case))
        present = {finding for finding, is_so in known if is_so}
        if any(all(criterion & known for criterion in whole.conditions[each]) for each in self._leaving):
            return True
        if present & self._ways or any(whole.down(finding) & self._ways for finding in stated):
            return True
        entered = any(present & self.knowledge.the("entry", other) for other in self.knowledge.topics)
        return bool(present & self._signs) and not entered

    def drawn(self, rng: Random, number: int) -> Iterator[tuple[kg.Case, bool]]:
        """Cases of the others that do not concern the topic, and whether each states a finding that the topic names."""
        made = sharing = 0
        stated = set(map(slug, self.shared))
        while made < number:
            case = next(cases(rng, self.knowledge, 1))
            if self.shared and 2 * sharing <= made:
                more = slug(rng.choice(self.shared))
                if more not in case.absent:
                    case = replace(case, present=tuple(dict.fromkeys((*case.present, more))))
            if contradictory(self.knowledge, case) or self.concerns(case):
                continue
            made += 1
            shares = bool(stated & {*case.present, *case.absent})
            sharing += shares
            yield case, shares

    @cached_property
    def _own(self) -> frozenset[str]:
        """The identifiers of what the topic describes."""
        return frozenset(
            slug(triple.subject.value)
            for triple in self.content.graphs[self.topic]
            if isinstance(triple.subject, NamedNode)
        )

    def changed(self, case: kg.Case) -> str:
        """The parts of the answer that the topic changes; empty if it changes nothing."""
        one, other = (self._decided(answered(guide, case)) for guide in self.guides)
        if one == other:
            return ""
        if isinstance(one, str) or isinstance(other, str):
            return f"{one} / {other}"
        parts = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        return "; ".join(f"{name}: {_short(one.get(name))} / {_short(other.get(name))}" for name in parts)

    def _decided(self, answer: Any) -> Any:
        """An answer without what is said beside it, nor what rules of the topic warn of, recommend or move."""
        if isinstance(answer, dict):
            decided = {name: self._decided(value) for name, value in answer.items() if name not in SAID_BESIDE}
            for part, rule in RULES.items() if "warnings" in answer else ():  # these hold for a region
                decided[part] = [
                    each for each in decided[part] if (each[rule] if rule else each)["id"] not in self._own
                ]
            return decided
        return [self._decided(value) for value in answer] if isinstance(answer, list) else answer


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:300]


def added(content: Content) -> list[Added]:
    """Each topic of some content beside the others, if there are several."""
    return [Added(topic, content) for topic in sorted(content.topics)] if len(content.topics) > 1 else []


def with_third_topic(files: Path, place: Path) -> Added:
    """The shipped content with a topic as somebody wrote it who looked at no other one.

    Args:
        files: The folder of its two files.
        place: A new folder.
    """
    folder = Path(shutil.copytree(shipped("ontology"), place / "content"))
    topic = "myelopathy"
    shutil.rmtree(folder / "topics" / topic, ignore_errors=True)
    shutil.copyfile(files / "myelopathy.ttl", folder / "topics" / f"{topic}.ttl")
    studies = folder / "vocabulary" / "procedures.ttl"
    more = (files / "m.ttl").read_text(encoding="utf-8")
    studies.write_text(studies.read_text(encoding="utf-8") + more, encoding="utf-8")
    return Added(f"{BASE}topic/{topic}", read(folder))


def tried(one: Added, seed: str, number: int) -> tuple[Counter[str], list[str]]:
    """Answer cases with and without a topic; how many there were of which kind, and what changed."""
    seen, changes = Counter[str](), list[str]()
    for case, shares in one.drawn(Random(seed), number):
        seen["cases"] += 1
        seen["sharing"] += shares
        if change := one.changed(case):
            changes.append(f"{slug(one.topic)}: {change}: {case.to_dict()}")
    return seen, changes
