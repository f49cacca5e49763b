"""Synthetic guidelines of any size, and cases for them: the same for the same seed, and clearly no medicine.

A guideline is written as a content folder, so that it is read, checked and built like any other. Its words are
``synthetic-...``; nothing in it is true of anybody.

    python -m bench.generator FOLDER --topics 270          # about the published size
    python -m bench.generator FOLDER --topics 2700 --cases 1000000 --output orders.parquet
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
from kg.cohort import Cohort, Pairs
from kg.lifting import lift
from kg.links import Links, Numbers, among, distinct
from kg.plan import PRESENT, VAGUE, WAYS, Plan, TopicPlan, array, reversed_links
from kg.violations import violations
from numpy.typing import NDArray

from kg.resources import folder

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
    """How large a guideline is; the defaults are about the published one.

    Attributes:
        topics: Topics; scenarios are about 5.2 times, ratings about 60 times as many.
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
        seed: Where chance comes from.
        size: How large.

    Returns:
        The folder, to be read by ``kg.load``.
    """
    rng = Random(f"guideline {seed}")
    (place / "topics").mkdir(parents=True)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copy(folder("ontology") / name, place)
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
        yield _finding(f"synthetic-order-{number}", [], f" ; ns:intendedStudy procedure:synthetic-class-{number}")
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
    """Two measures: one with two bands, one with a gap between its bands on which sources disagree."""
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
        + "".join(f" ; ns:{'ifPresent' if present else 'ifAbsent'} finding:{name}" for name, present in alternatives)
        + " ]"
        for number, alternatives in enumerate(criteria)
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


def cohort(plan: Plan, seed: int, count: int) -> Cohort:
    """Cases for a guideline, as arrays: most drawn towards a scenario, with other findings of its topic about it.

    Args:
        plan: The compiled guideline.
        seed: Where chance comes from.
        count: How many.

    Returns:
        Cases that do not say of a finding both that it is present and that it is absent.
    """
    rng = np.random.default_rng(seed)
    topic_of = rng.integers(len(plan.topics) - 1, size=count)
    rows: list[tuple[Numbers, Numbers]] = []
    for number, topic in enumerate(plan.topics[:-1]):
        cases = np.flatnonzero(topic_of == number)
        rows.append(_towards(rng, plan, topic, cases))
    case, fact = (np.concatenate(column) for column in zip(*rows, strict=True))
    keys = distinct(case * len(plan.findings) * WAYS + fact)
    case, fact = np.divmod(keys, len(plan.findings) * WAYS)
    finding, way = np.divmod(fact, WAYS)
    present = Pairs(case[way == PRESENT], finding[way == PRESENT])
    absent = Pairs(case[way != PRESENT], finding[way != PRESENT])
    which, above = plan.links["isA"].follow(present.thing)
    denied = among(absent.case * len(plan.findings) + absent.thing, present.case[which] * len(plan.findings) + above)
    absent = Pairs(absent.case[~denied], absent.thing[~denied])
    made = _described(plan, rng, count, present, absent, topic_of)
    for _ in range(2):  # what is left after two rounds is about one case in a hundred, as in real records
        made = _mended(plan, made)
    return made


def _mended(plan: Plan, cases: Cohort) -> Cohort:
    """Leave out what was stated and contradicts something else."""
    size = len(plan.findings)
    found = violations(plan, cases, lift(plan, cases))
    wrong = [part.case * size + part.other for part in found if part.constraint == "present-and-absent"]
    wrong += [part.case * size + part.value for part in found if part.constraint == "exclude-each-other"]

    def left(pairs: Pairs) -> Pairs:
        kept = ~among(pairs.case * size + pairs.thing, np.concatenate(wrong))
        return Pairs(pairs.case[kept], pairs.thing[kept])

    return replace(cases, present=left(cases.present), absent=left(cases.absent))


def _towards(rng: np.random.Generator, plan: Plan, topic: TopicPlan, cases: Numbers) -> tuple[Numbers, Numbers]:
    """Facts that meet most criteria of a scenario of the topic, and a few others that bear on it."""
    makes = reversed_links(topic.bearing, topic.rows)
    target = rng.integers(max(1, len(topic.scenarios)), size=len(cases))
    of, facts = [cases], [np.full(len(cases), topic.facts[makes.follow(topic.entries[:1, 0])[1][0]])]
    ends = np.append(topic.conditions[1:], len(topic.required))
    last = np.append(topic.criteria[1:], len(topic.alternatives))
    for number, scenario in enumerate(topic.scenarios.tolist()):
        here = cases[target == number]
        for criterion in topic.required[topic.conditions[scenario] : ends[scenario]].tolist():
            drawn = here[rng.random(len(here)) < 0.9]
            if criterion < len(topic.criteria):
                rows = topic.alternatives[topic.criteria[criterion] : last[criterion]]
                facts.append(_fact(rng, topic, makes, rng.choice(rows, size=len(drawn))))
                of.append(drawn)
    others = np.repeat(cases, 5)
    known = topic.facts[topic.facts % WAYS != VAGUE]
    facts.append(rng.choice(known, size=len(others)))
    of.append(others)
    return np.concatenate(of), np.concatenate(facts)


def _fact(rng: np.random.Generator, topic: TopicPlan, makes: Links, rows: Numbers) -> Numbers:
    """A fact that makes each row true, any of them."""
    first, count = makes.starts[rows], makes.starts[rows + 1] - makes.starts[rows]
    fact = topic.facts[makes.targets[first + rng.integers(np.maximum(count, 1))]]
    return np.where(fact % WAYS == VAGUE, topic.facts[makes.targets[first]], fact)


def _described(
    plan: Plan, rng: np.random.Generator, count: int, present: Pairs, absent: Pairs, topic_of: Numbers
) -> Cohort:
    """Say what is known by a number, a study or an order in that way, and intend a study that the topic rates."""
    bands = {(band.finding, band.present): band for band in plan.bands}
    stated: dict[bool, Pairs] = {}
    taken: list[tuple[Numbers, Numbers, NDArray[np.float64]]] = []
    for pairs, way in ((present, True), (absent, False)):
        numeric = among(pairs.thing, array(finding for finding, said in bands if said == way))
        stated[way] = Pairs(pairs.case[~numeric], pairs.thing[~numeric])
        for finding in distinct(pairs.thing[numeric]).tolist():
            band, cases = bands[finding, way], pairs.case[pairs.thing == finding]
            low, high = max(band.lowest, 0.0), min(band.highest, 100.0)
            values = np.floor(rng.uniform(low, high, len(cases))) + (0.0 if band.lowest_in or low == 0.0 else 0.5)
            taken.append((cases, np.full(len(cases), band.measure), values))
    measured, values = _once(plan, taken)
    studied = reversed_links(plan.links["performedAs"], len(plan.findings))
    by_study = among(stated[True].thing, np.flatnonzero(np.diff(studied.starts)))
    seen = stated[True]
    performed = Pairs(seen.case[by_study], studied.targets[studied.starts[seen.thing[by_study]]])
    intended = reversed_links(plan.links["intendedAs"], len(plan.findings))
    by_order = among(seen.thing, np.flatnonzero(np.diff(intended.starts)))
    order = np.zeros(count, dtype=np.int64)
    for number, topic in enumerate(plan.topics[:-1]):
        rated = np.flatnonzero(plan.highest[topic.numbers[topic.scenarios]].any(axis=0))
        here = topic_of == number
        order[here] = rng.choice(rated, size=int(here.sum()))
    order[seen.case[by_order]] = intended.targets[intended.starts[seen.thing[by_order]]]
    none = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    kept = ~(by_study | by_order)
    return Cohort(
        count=count,
        present=Pairs(seen.case[kept], seen.thing[kept]),
        absent=stated[False],
        measured=measured,
        values=values,
        performed=performed,
        seen=none,
        unseen=none,
        order=order,
        assumed=none,
    )


def _once(plan: Plan, taken: list[tuple[Numbers, Numbers, NDArray[np.float64]]]) -> tuple[Pairs, NDArray[np.float64]]:
    """One number for each measure of a case."""
    if not taken:
        return Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)), np.zeros(0)
    case, measure, values = (np.concatenate(column) for column in zip(*taken, strict=True))
    _, first = np.unique(case * len(plan.measures) + measure, return_index=True)
    return Pairs(case[first], measure[first]), values[first]


def table(plan: Plan, cases: Cohort) -> pa.Table:
    """Cases as a table of orders with names.

    Args:
        plan: The plan that numbers the words.
        cases: Cases without findings of studies.

    Returns:
        The columns that ``nextstudy audit`` reads.
    """

    def lists(pairs: Pairs, names: tuple[str, ...]) -> pa.ListArray:
        starts = np.searchsorted(pairs.case, np.arange(cases.count + 1)).astype(np.int32)
        return pa.ListArray.from_arrays(starts, pa.array(names).take(pa.array(pairs.thing)))

    measured = lists(cases.measured, plan.measures)
    studies = lists(cases.performed, plan.procedures)
    empty = pa.nulls(len(studies.values), pa.list_(pa.string()))
    study = pa.StructArray.from_arrays([studies.values, empty, empty], names=["procedure", "present", "absent"])
    return pa.table(
        {
            "id": pa.array(np.arange(cases.count)).cast(pa.string()),
            "unit": pa.array([f"synthetic-unit-{n}" for n in range(12)]).take(pa.array(np.arange(cases.count) % 12)),
            "present": lists(cases.present, plan.findings),
            "absent": lists(cases.absent, plan.findings),
            "measured": pa.MapArray.from_arrays(measured.offsets, measured.values, pa.array(cases.values)),
            "performed": pa.ListArray.from_arrays(studies.offsets, study),
            "ordered": pa.array(plan.procedures).take(pa.array(cases.order)),
        }
    )


def main() -> None:
    """Write a guideline and, if asked, orders for it."""
    import pyarrow.parquet as pq
    from kg.compile_plan import compile_plan

    from kg.content import read

    parser = argparse.ArgumentParser(description="Write a synthetic guideline, and orders for it.")
    parser.add_argument("folder", type=Path, help="a new content folder; an old one is used as it is")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--topics", type=int, default=270)
    parser.add_argument("--cases", type=int, default=0)
    parser.add_argument("--output", type=Path, default=Path("orders.parquet"))
    arguments = parser.parse_args()
    if not arguments.folder.exists():
        write(arguments.folder, arguments.seed, Size.of(arguments.topics))
    if arguments.cases:
        plan, step = compile_plan(read(arguments.folder)), 1_000_000
        writer = None
        for first in range(0, arguments.cases, step):
            made = table(plan, cohort(plan, arguments.seed + first, min(step, arguments.cases - first)))
            writer = writer or pq.ParquetWriter(arguments.output, made.schema)
            writer.write_table(made, row_group_size=1 << 17)
        if writer:
            writer.close()


if __name__ == "__main__":
    main()
