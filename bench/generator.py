"""Generates synthetic guidelines of any size, and cases for them: the same for the same seed, and clearly not medicine.

A guideline is written as a content folder, so that it is read, checked and built like any other. Its words are
``synthetic-...``; nothing in it is true of any patient.

    python -m bench.generator FOLDER --topics 270          # about the published size
    python -m bench.generator FOLDER --topics 2700 --cases 1000000 --output orders.parquet
"""

from __future__ import annotations

import argparse
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyoxigraph import Store

from kg.auditing.cohort import Cohort, Numbers, Pairs, WordNumbering
from kg.knowledge.content.content import Content, read
from kg.knowledge.sparql.iris import NS
from kg.knowledge.sparql.resources import shipped

CATEGORIES = ("usually-appropriate", "may-be-appropriate", "may-be-appropriate-disagreement", "usually-not-appropriate")
PREFIXES = "".join(
    f"@prefix {name}: <https://w3id.org/nextstudy/{path}> .\n"
    for name, path in (
        ("ns", "ontology#"),
        ("topic", "topic/"),
        ("finding", "finding/"),
        ("measure", "measure/"),
        ("procedure", "procedure/"),
        ("scale", "scale/"),
        ("conflict", "conflict/"),
    )
) + (
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
    "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
)


@dataclass(frozen=True)
class Size:
    """The size of a guideline; the defaults are close to the published one.

    Attributes:
        topics: Topics; there are about 5.2 times as many scenarios and 60 times as many ratings.
        findings: Findings besides the entries of topics, in three levels.
        procedures: Procedures that are rated, besides their classes.
    """

    topics: int = 270
    findings: int = 1450
    procedures: int = 220

    @classmethod
    def of(cls, topics: int) -> Size:
        """A size in the proportions of the published guideline."""
        return cls(topics, max(30, topics * 1450 // 270), max(20, topics * 220 // 270))


def write(place: Path, seed: int | str, size: Size) -> Path:
    """Write a guideline.

    Args:
        place: A folder that does not exist yet.
        seed: The seed of the random choices.
        size: The size of the guideline.

    Returns:
        The folder, for ``kg.load``.
    """
    rng = Random(f"guideline {seed}")
    (place / "topics").mkdir(parents=True)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copy(shipped("ontology") / name, place)
    (place / "terms.ttl").write_text(PREFIXES + "\n".join(_vocabulary(rng, size)), encoding="utf-8")
    for number in range(size.topics):
        text = PREFIXES + "\n".join(_Topic(rng, size, number).lines())
        (place / "topics" / f"synthetic-topic-{number}.ttl").write_text(text, encoding="utf-8")
    return place


def _finding(name: str, parents: list[str], more: str = "") -> str:
    above = "".join(f" ; rdfs:subClassOf finding:{parent}" for parent in parents)
    return f'finding:{name} a owl:Class , ns:Finding ; rdfs:label "{name}"{above}{more} .'


def _name(number: int) -> str:
    return f"synthetic-finding-{number}"


def _vocabulary(rng: Random, size: Size) -> Iterator[str]:
    """A sixth of the findings are broad, a third are kinds of these, the rest are kinds of the kinds."""
    broad, middle = max(1, size.findings // 6), max(2, size.findings // 2)
    for number in range(size.findings):
        above = [] if number < broad else [rng.randrange(broad if number < middle else middle)]
        if number > middle and rng.random() < 0.1:
            above.append(rng.randrange(broad))
        excluded = rng.randrange(number) if number and number < broad and rng.random() < 0.2 else None
        more = "" if excluded is None else f" ; owl:disjointWith finding:{_name(excluded)}"
        yield _finding(_name(number), [_name(parent) for parent in sorted(set(above))], more)
    yield from _measures()
    classes = max(2, size.procedures // 8)
    for number in range(classes):
        yield f'procedure:synthetic-class-{number} a owl:Class , ns:Procedure ; rdfs:label "synthetic class {number}" .'
    for number in range(size.procedures):
        includes = f" ; ns:includes procedure:{_study(number - 1)}" if number % 10 == 9 else ""
        yield (
            f'procedure:{_study(number)} a owl:Class , ns:Procedure ; rdfs:label "{_study(number)}" ; '
            f"rdfs:subClassOf procedure:synthetic-class-{rng.randrange(classes)}{includes} ; "
            f"ns:radiationLevel scale:radiation-{number % 6} ; ns:radiationStanding scale:verified ."
        )
    for number in range(min(8, classes)):
        yield _finding(f"synthetic-done-{number}", [], f" ; ns:performedStudy procedure:synthetic-class-{number}")
        yield _finding(f"synthetic-order-{number}", [], f" ; ns:orderedStudy procedure:synthetic-class-{number}")
        shown = f" ; ns:shows finding:{_name(number)} ; ns:onStudy procedure:synthetic-class-{number}"
        yield _finding(f"synthetic-seen-{number}", [], shown)
        criterion = _criteria([[(f"synthetic-contraindication-{number}", True)]])
        yield _finding(f"synthetic-contraindication-{number}", [])
        yield (
            f"<https://w3id.org/nextstudy/contraindication/synthetic-{number}> a ns:Contraindication ; "
            f'rdfs:label "{number}" ; ns:rulesOut procedure:synthetic-class-{number} ; '
            f"ns:degree scale:{'absolute' if number % 3 else 'relative'}{criterion} ."
        )


def _measures() -> Iterator[str]:
    """Two measures: one with two bands, and one whose bands have a gap on which sources disagree."""
    for name, start, end in (("age", 18, 18), ("weeks", 4, 6)):
        measure = f"synthetic-{name}"
        yield (
            f'measure:{measure} a ns:Measure ; rdfs:label "{measure}" ; ns:unit "a" ; '
            "sh:minInclusive 0.0 ; sh:maxInclusive 120.0 ."
        )
        yield f'conflict:{measure} a ns:Conflict ; rdfs:label "{measure}" .'
        disputed = f" ; ns:undecidedBecause conflict:{measure}" if start < end else ""
        for side, inside, outside in (
            ("low", f"maxExclusive {start}.0", f"minInclusive {end}.0"),
            ("high", f"minInclusive {end}.0", f"maxExclusive {start}.0"),
        ):
            bands = f'ns:presentWithin [ rdfs:label "in" ; sh:{inside} ] ; '
            bands += f'ns:absentWithin [ rdfs:label "out" ; sh:{outside} ]'
            excluded = f" ; owl:disjointWith finding:{measure}-high" if side == "low" else ""
            yield _finding(f"{measure}-{side}", [], f"{excluded} ; ns:measure measure:{measure} ; {bands}{disputed}")


def _study(number: int) -> str:
    return f"synthetic-study-{number}"


def _criteria(criteria: list[list[tuple[str, bool]]]) -> str:
    return "".join(
        f' ; ns:criterion [ ns:slug "c{number}" ; rdfs:label "c{number}"'
        + "".join(f" ; ns:{'ifPresent' if present else 'ifAbsent'} finding:{name}" for name, present in disjuncts)
        + " ]"
        for number, disjuncts in enumerate(criteria)
    )


class _Topic:
    """One topic: scenarios that overlap, their order, ratings, and rules."""

    def __init__(self, rng: Random, size: Size, number: int) -> None:
        self.rng, self.name = rng, f"synthetic-topic-{number}"
        self.entry = f"synthetic-entry-{number}"
        self.pool = [_name(n) for n in rng.sample(range(size.findings), min(size.findings, 24))]
        self.pool += ["synthetic-age-low", "synthetic-age-high", "synthetic-weeks-low", "synthetic-weeks-high"]
        kinds = min(8, max(2, size.procedures // 8))
        self.pool += [f"synthetic-{kind}-{rng.randrange(kinds)}" for kind in ("done", "order", "seen")]
        self.studies = [_study(n) for n in rng.sample(range(size.procedures), min(size.procedures, 16))]

    def lines(self) -> Iterator[str]:
        rng, count = self.rng, self.rng.choice((3, 4, 5, 5, 6, 6, 7))
        yield (
            f'topic:{self.name} a ns:Topic ; rdfs:label "{self.name}" ; dcterms:title "{self.name}" ; '
            f'owl:versionInfo "0" ; dcterms:rights "synthetic" ; ns:entry finding:{self.entry} .'
        )
        yield _finding(self.entry, [])
        yield _finding(f"{self.entry}-kind", [self.entry])
        scenarios = [f"{self.name}/scenario-{number}" for number in range(count)]
        for number, scenario in enumerate(scenarios):
            criteria = [[(self.entry, True)], *(self.criterion(0.75) for _ in range(rng.choice((1, 2, 2, 3))))]
            more = f" ; ns:topic topic:{self.name}{self.ratings()}"
            if number + 1 < count and rng.random() < 0.8:
                more += self.link("precedes", scenarios[number + 1])
            yield self.condition("Scenario", scenario, criteria, more)
        first, second = rng.sample(scenarios[count - 2 :], 2)
        for number, present in enumerate((True, False)[: rng.randrange(3)]):
            pair = (first, second) if present else (second, first)
            finding = rng.choice(self.pool)
            more = self.link("first", pair[0]) + self.link("second", pair[1])
            if not (count > 1 and pair[0] == scenarios[-1]):  # not against the fixed order
                yield self.condition("Precedence", f"{self.name}/order-{number}", [[(finding, present)]], more)
        for number, kind in enumerate(("Preference", "Preference", "UrgencyRule", "Warning")):
            one, other = rng.sample(self.studies, 2)
            behind = "over" if rng.random() < 0.5 else "before"
            more = {
                "Preference": f" ; ns:prefers procedure:{one} ; ns:{behind} procedure:{other}"
                ' ; ns:clinicalQuestion "?"',
                "UrgencyRule": f" ; ns:urgency scale:{rng.choice(('urgent', 'emergent'))}",
                "Warning": "",
            }[kind]
            scope = self.link("scope", rng.choice(scenarios)) if rng.random() < 0.5 else ""
            yield self.condition(kind, f"{self.name}/rule-{number}", [self.criterion(0.8)], more + scope)
        if rng.random() < 0.2:
            away = f"{self.name}/away"
            criteria = [[(self.entry, True)], [(rng.choice(self.pool), True)], [(rng.choice(self.pool), True)]]
            yield self.condition("HandOff", away, criteria, self.link("neighbour", f"{away}/there"))
            yield f'<https://w3id.org/nextstudy/topic/{away}/there> a ns:Neighbour ; rdfs:label "elsewhere" .'

    def criterion(self, present: float) -> list[tuple[str, bool]]:
        findings = self.rng.sample(self.pool, self.rng.choice((1, 1, 1, 2, 3, 4)))
        return [(finding, self.rng.random() < present) for finding in findings]

    def ratings(self) -> str:
        rated = self.rng.sample(self.studies, min(len(self.studies), self.rng.randrange(8, 16)))
        choice = self.rng.choices(CATEGORIES, (4, 3, 1, 4), k=len(rated))
        return "".join(
            f" ; ns:rating [ ns:procedure procedure:{study} ; ns:category scale:{category} ; "
            "ns:confidence scale:inferred ]"
            for study, category in zip(rated, choice, strict=True)
        )

    def link(self, relation: str, name: str) -> str:
        return f" ; ns:{relation} <https://w3id.org/nextstudy/topic/{name}>"

    def condition(self, kind: str, name: str, criteria: list[list[tuple[str, bool]]], more: str) -> str:
        return (
            f'<https://w3id.org/nextstudy/topic/{name}> a ns:{kind} ; rdfs:label "{name}"{_criteria(criteria)}{more} .'
        )


# ---------------------------------------------------------------------- cases

_SH = "http://www.w3.org/ns/shacl#"


@dataclass(frozen=True)
class Links:
    """Links from each number to some others, as in a sparse matrix.

    The targets of number 2 are ``targets[starts[2]:starts[3]]``.
    """

    starts: Numbers
    targets: Numbers

    @classmethod
    def of(cls, source: Numbers, target: Numbers, size: int) -> Links:
        """The links of some pairs of source and target."""
        order = np.argsort(source, kind="stable")
        return cls(np.searchsorted(source[order], np.arange(size + 1)), target[order])

    def follow(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """The position of each number, once for each of its links, and the targets."""
        # If 7 links to 1 and 2, and 9 to 3, then following [7, 9] gives positions [0, 0, 1] and targets [1, 2, 3].
        first, count = self.starts[numbers], self.starts[numbers + 1] - self.starts[numbers]
        which = np.repeat(np.arange(len(numbers)), count)
        before = np.cumsum(count) - count
        return which, self.targets[np.arange(len(which)) + np.repeat(first - before, count)]

    def any(self, rng: np.random.Generator, numbers: Numbers) -> Numbers:
        """One random target of each number; each must have at least one."""
        first, count = self.starts[numbers], self.starts[numbers + 1] - self.starts[numbers]
        found: Numbers = self.targets[first + rng.integers(count)]
        return found


@dataclass(frozen=True)
class Band:
    """The numbers by which a finding is present, or absent."""

    finding: int
    measure: int
    present: bool
    low: float
    high: float
    whole: bool


@dataclass(frozen=True)
class Topic:
    """What cases of a topic are drawn from.

    Attributes:
        entry: A finding that enters it.
        scenarios: For each scenario its criteria, and for each criterion its disjuncts, as facts.
        facts: Facts that bear on any of its criteria. A fact is twice the number of a finding, plus one if absent.
        rated: The numbers of the studies that it rates.
    """

    entry: int
    scenarios: tuple[tuple[Numbers, ...], ...]
    facts: Numbers
    rated: Numbers


@dataclass(frozen=True)
class Known:
    """What cases are drawn from.

    Attributes:
        vocabulary: The words.
        topics: The topics.
        makes: From a fact to the facts that imply it.
        above: From a finding to itself and everything more general.
        excludes: From a finding to those that cannot be present with it.
        bands: The bands of the measures.
        performed: From a finding to the studies that it says were performed.
        intended: From a finding to the studies that it says are the order.
        done: From a study to the findings that hold once it was performed.
        ordered: From a study to the findings that hold while it is the order.
    """

    vocabulary: WordNumbering
    topics: tuple[Topic, ...]
    makes: Links
    above: Links
    excludes: Links
    bands: tuple[Band, ...]
    performed: Links
    intended: Links
    done: Links
    ordered: Links

    @classmethod
    def of(cls, content: Content) -> Known:
        """Read it from content."""
        reader = _Reader(content)
        size = len(reader.vocabulary.findings)
        kind, above = reader.pairs("?a ns:isA ?b . ?a a ns:Finding . ?b a ns:Finding")
        one, other = reader.pairs("?a ns:excludes ?b")
        says = np.concatenate([2 * above, 2 * kind + 1, 2 * other + 1])
        by = np.concatenate([2 * kind, 2 * above + 1, 2 * one])
        makes = Links.of(says, by, 2 * size)
        done, done_by = reader.pairs("?b ns:performedAs ?a")
        order, order_by = reader.pairs("?b ns:orderedAs ?a")
        return cls(
            reader.vocabulary,
            tuple(reader.topics(makes)),
            makes,
            Links.of(kind, above, size),
            Links.of(one, other, size),
            tuple(reader.bands()),
            Links.of(done, done_by, size),
            Links.of(order, order_by, size),
            Links.of(done_by, done, len(reader.vocabulary.procedures)),
            Links.of(order_by, order, len(reader.vocabulary.procedures)),
        )


class _Reader:
    """Reads from content what cases are drawn from."""

    def __init__(self, content: Content) -> None:
        self._store = Store()
        for triples in (*content.graphs.values(), content.derived):
            self._store.extend(triples)
        self.vocabulary = WordNumbering.of(content.index.words)
        self._number = self.vocabulary.by_iri
        self._owner = {
            getattr(quad.subject, "value", ""): topic for topic in content.topics for quad in content.graphs[topic]
        }

    def rows(self, pattern: str, *names: str) -> list[tuple[Any, ...]]:
        """The rows of a pattern, in order."""
        text = f"PREFIX ns: <{NS}>\nPREFIX sh: <{_SH}>\nSELECT DISTINCT * WHERE {{ {pattern} }}"
        found: Any = self._store.query(text)
        return sorted(tuple(row[name].value if row[name] else "" for name in names) for row in found)

    def pairs(self, pattern: str) -> tuple[Numbers, Numbers]:
        """The numbers of the words ``?a`` and ``?b``."""
        rows = [[self._number[a], self._number[b]] for a, b in self.rows(pattern, "a", "b")]
        columns = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return columns[:, 0].copy(), columns[:, 1].copy()

    def topics(self, makes: Links) -> Iterator[Topic]:
        """The topics, in order."""
        disjuncts: dict[str, list[int]] = defaultdict(list)
        for relation, absent in (("ifPresent", 0), ("ifAbsent", 1)):
            for criterion, finding in self.rows(f"?a ns:{relation} ?b", "a", "b"):
                disjuncts[criterion].append(2 * self._number[finding] + absent)
        scenarios: dict[str, dict[str, list[Numbers]]] = defaultdict(lambda: defaultdict(list))
        needs = "?s a ns:Scenario ; ns:topic ?t ; ns:criterion ?c"
        for topic, scenario, criterion in self.rows(needs, "t", "s", "c"):
            scenarios[topic][scenario].append(np.array(disjuncts[criterion], dtype=np.int64))
        bears: dict[str, set[int]] = defaultdict(set)
        for criterion, facts in disjuncts.items():
            bears[self._owner.get(criterion, "")].update(facts)
        rated: dict[str, set[int]] = defaultdict(set)
        for topic, study in self.rows("?s ns:topic ?t ; ns:rates ?p", "t", "p"):
            rated[topic].add(self._number[study])
        for topic, entry in dict(reversed(self.rows("?t ns:entry ?f", "t", "f"))).items():
            about = np.array(sorted(bears[topic]), dtype=np.int64)
            either = np.unique(np.concatenate([about, about ^ 1]))
            bearing = np.unique(makes.follow(either)[1])
            drawn = tuple(tuple(criteria) for criteria in scenarios[topic].values())
            yield Topic(self._number[entry], drawn, bearing, np.array(sorted(rated[topic]), dtype=np.int64))

    def bands(self) -> Iterator[Band]:
        """The bands that make findings present or absent, within 0 to 100."""
        limits = ("minInclusive", "minExclusive", "maxInclusive", "maxExclusive")
        optional = " ".join(f"OPTIONAL {{ ?band sh:{limit} ?{limit} }}" for limit in limits)
        for relation, present in (("presentWithin", True), ("absentWithin", False)):
            pattern = f"?f ns:measure ?m ; ns:{relation} ?band . {optional}"
            for finding, measure, least, above, most, below in self.rows(pattern, "f", "m", *limits):
                low, high = float(least or above or 0), float(most or below or 100)
                yield Band(
                    self._number[finding], self._number[measure], present, max(low, 0.0), min(high, 100.0), not above
                )


def cohort(known: Known, seed: int, count: int) -> Cohort:
    """Cases as arrays: most are drawn towards a scenario, and have other findings of its topic as well.

    Args:
        known: What cases are drawn from.
        seed: The seed of the random choices.
        count: The number of cases.

    Returns:
        The cases. About one in a hundred contradicts itself, as in real records.
    """
    rng = np.random.default_rng(seed)
    topic_of = rng.integers(len(known.topics), size=count)
    drawn = [_towards(rng, known, topic, np.flatnonzero(topic_of == n)) for n, topic in enumerate(known.topics)]
    size = len(known.vocabulary.findings)
    case, fact = np.divmod(_distinct(np.concatenate(drawn)), 2 * size)
    finding, said = fact >> 1, fact & 1
    present = _mended(known, Pairs(case[said == 0], finding[said == 0]))
    absent = Pairs(case[said == 1], finding[said == 1])
    which, above = known.above.follow(present.thing)
    denied = _among(absent.case * size + absent.thing, present.case[which] * size + above)
    denied &= (rng.random(count) > 0.02)[absent.case]
    return _described(known, rng, topic_of, present, Pairs(absent.case[~denied], absent.thing[~denied]))


def _towards(rng: np.random.Generator, known: Known, topic: Topic, cases: Numbers) -> Numbers:
    """Facts that meet most criteria of a scenario, and a few others that bear on the topic.

    Each is ``case * 2 * findings + fact``, so that one array holds both the case and the fact.
    """
    size = 2 * len(known.vocabulary.findings)
    found = [cases * size + 2 * topic.entry]
    target = rng.integers(max(1, len(topic.scenarios)), size=len(cases))
    for number, criteria in enumerate(topic.scenarios):
        here = cases[target == number]
        for disjuncts in criteria:
            drawn = here[rng.random(len(here)) < 0.9]
            found.append(drawn * size + known.makes.any(rng, rng.choice(disjuncts, size=len(drawn))))
    others = np.repeat(cases, 5)
    found.append(others * size + rng.choice(topic.facts, size=len(others)))
    return np.concatenate(found)


def _mended(known: Known, present: Pairs) -> Pairs:
    """Leave out what excludes an earlier finding of the same case."""
    size = len(known.vocabulary.findings)
    which, excluded = known.excludes.follow(present.thing)
    later = excluded >= present.thing[which]  # a kind of two findings that exclude each other excludes itself
    denied = _among(present.case * size + present.thing, present.case[which[later]] * size + excluded[later])
    return Pairs(present.case[~denied], present.thing[~denied])


def _described(known: Known, rng: np.random.Generator, topic_of: Numbers, present: Pairs, absent: Pairs) -> Cohort:
    """State findings that follow from a number, a study or the order in that form; order a study that is rated."""
    taken: list[tuple[Numbers, Numbers, NDArray[np.float64]]] = [(topic_of[:0], topic_of[:0], np.zeros(0))]
    numeric = np.unique(np.array([band.finding for band in known.bands], dtype=np.int64))
    for band in known.bands:
        pairs = present if band.present else absent
        cases = pairs.case[pairs.thing == band.finding]
        values = np.floor(rng.uniform(band.low, band.high, len(cases))) + (0.0 if band.whole else 0.5)
        taken.append((cases, np.full(len(cases), band.measure), values))
    case, measure, values = (np.concatenate(column) for column in zip(*taken, strict=True))
    _, first = np.unique(case * len(known.vocabulary.measures) + measure, return_index=True)
    done, intended = (np.diff(links.starts)[present.thing] > 0 for links in (known.performed, known.intended))
    order = np.zeros(len(topic_of), dtype=np.int64)
    for number, topic in enumerate(known.topics):
        here = np.flatnonzero(topic_of == number)
        order[here] = rng.choice(topic.rated, size=len(here))
    order[present.case[intended]] = known.intended.any(rng, present.thing[intended])
    studies = Pairs(present.case[done], known.performed.any(rng, present.thing[done]))
    denied = np.isin(absent.thing, numeric)
    for links, cases, things in ((known.done, *studies), (known.ordered, np.arange(len(order)), order)):
        which, said = links.follow(things)
        size = len(known.vocabulary.findings)
        denied |= _among(absent.case * size + absent.thing, cases[which] * size + said)
    none = Pairs(topic_of[:0], topic_of[:0])
    stated = ~(done | intended | np.isin(present.thing, numeric))
    return Cohort(
        count=len(topic_of),
        present=Pairs(present.case[stated], present.thing[stated]),
        absent=Pairs(absent.case[~denied], absent.thing[~denied]),
        measured=Pairs(case[first], measure[first]),
        values=values[first],
        performed=studies,
        seen=none,
        unseen=none,
        order=order,
    )


def _distinct(values: Numbers) -> Numbers:
    """The distinct values in order, by sorting, which is fast if most of them differ."""
    ordered: Numbers = np.sort(values)
    different: Numbers = ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]
    return different


def _among(values: Numbers, others: Numbers) -> NDArray[np.bool_]:
    """Which values are among the others."""
    ordered = np.append(np.sort(others), -1)
    found: NDArray[np.bool_] = ordered[np.searchsorted(ordered[:-1], values)] == values
    return found


def table(vocabulary: WordNumbering, cases: Cohort) -> pa.Table:
    """Cases as a table of orders with names.

    Args:
        vocabulary: The numbers of the words.
        cases: Cases without results of studies.

    Returns:
        The columns that ``nextstudy audit`` reads.
    """

    def lists(pairs: Pairs, kind: str) -> pa.ListArray:
        starts = np.searchsorted(pairs.case, np.arange(cases.count + 1)).astype(np.int32)
        return pa.ListArray.from_arrays(starts, pa.array(list(vocabulary.words(kind))).take(pa.array(pairs.thing)))

    measured = lists(cases.measured, "Measure")
    studies = lists(cases.performed, "Procedure")
    empty = pa.nulls(len(studies.values), pa.list_(pa.string()))
    study = pa.StructArray.from_arrays([studies.values, empty, empty], names=["procedure", "present", "absent"])
    return pa.table(
        {
            "id": pa.array(np.arange(cases.count)).cast(pa.string()),
            "unit": pa.array([f"synthetic-unit-{n}" for n in range(12)]).take(pa.array(np.arange(cases.count) % 12)),
            "present": lists(cases.present, "Finding"),
            "absent": lists(cases.absent, "Finding"),
            "measured": pa.MapArray.from_arrays(measured.offsets, measured.values, pa.array(cases.values)),
            "performed": pa.ListArray.from_arrays(studies.offsets, study),
            "ordered": pa.array(list(vocabulary.procedures)).take(pa.array(cases.order)),
        }
    )


def write_table(place: Path, known: Known, seed: int, count: int) -> Path:
    """Write orders as Parquet, a million at a time.

    Args:
        place: The file.
        known: What cases are drawn from.
        seed: The seed of the random choices.
        count: The number of orders.

    Returns:
        The file.
    """
    import pyarrow.parquet as pq

    step, writer = 1_000_000, None
    for first in range(0, count, step):
        made = table(known.vocabulary, cohort(known, seed + first, min(step, count - first)))
        writer = writer or pq.ParquetWriter(place, made.schema)
        writer.write_table(made, row_group_size=1 << 17)
    if writer:
        writer.close()
    return place


def main() -> None:
    """Write a guideline and, if asked, orders for it."""
    parser = argparse.ArgumentParser(description="Write a synthetic guideline, and orders for it.")
    parser.add_argument("folder", type=Path, help="a new content folder; an existing one is used as it is")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--topics", type=int, default=270)
    parser.add_argument("--cases", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("orders.parquet"))
    arguments = parser.parse_args()
    if not arguments.folder.exists():
        write(arguments.folder, arguments.seed, Size.of(arguments.topics))
    if arguments.cases:
        write_table(arguments.output, Known.of(read(arguments.folder)), arguments.seed, arguments.cases)


if __name__ == "__main__":
    main()
