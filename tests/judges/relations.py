"""Metamorphic relations: how an answer may and may not change when the case changes in a known way.

They hold for every patient, so no expected answer is needed. Each is a sentence; ``violated`` names those that fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

import kg
from kg.errors import CaseError, ContradictoryCaseError
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.patient.assess.answer import Answer
from kg.patient.facts import THIS_CASE


@dataclass(frozen=True)
class Seen:
    """What a relation looks at: the answer and the conclusions behind it."""

    answer: Answer
    derived: dict[str, frozenset[str]]

    @property
    def decision(self) -> tuple[str, frozenset[str], str]:
        """Outcome, next studies, urgency."""
        return self.answer.outcome.id, self.best, self.answer.urgency.level.id if self.answer.urgency else ""

    @property
    def best(self) -> frozenset[str]:
        return frozenset(study.id for study in self.answer.best)


class World:
    """A guideline with the few things that relations need of its vocabulary, read from its triples."""

    def __init__(self, guide: kg.Guide) -> None:
        self.guide = guide
        rows = guide.core.lookup.rows(named("lookup", "disjuncts-of-criteria"))
        used = {row["finding"] for row in rows}
        pairs = [(q.subject, q.predicate.value, q.object) for q in guide.core.content.derived]
        self.up: dict[str, set[str]] = {}
        self.down: dict[str, set[str]] = {}
        related: set[str] = set(used)
        for subject, predicate, value in pairs:
            one, other = getattr(subject, "value", ""), getattr(value, "value", "")
            if slug(predicate) == "isA" and "/finding/" in one and one != other:
                self.up.setdefault(one, set()).add(other)
                self.down.setdefault(other, set()).add(one)
                if one in used or other in used:
                    related |= {one, other}
            elif slug(predicate) in ("excludes", "shownAs", "unseenAs", "performedAs"):
                related |= {one, other}
        findings = guide.core.lexicon.iris("Finding")
        concerned = {
            getattr(q.object, "value", "")
            for g in guide.core.content.graphs.values()
            for q in g
            if slug(q.predicate.value) == "concerns"
        }
        self.irrelevant = sorted(findings - related - concerned)
        self.contraindications = {
            iri: sorted(
                row["finding"]
                for c in guide.core.lookup.criteria[iri]
                for row in guide.core.lookup.criterion_findings[c["criterion"]]
            )
            for iri in guide.core.lookup.degrees
        }

    def see(self, case: kg.Case) -> Seen:
        """Assess a case."""
        conclusions: dict[str, set[str]] = {}
        for quad in self.guide.derive(case):
            if quad.subject == THIS_CASE:
                conclusions.setdefault(slug(quad.predicate.value), set()).add(getattr(quad.object, "value", ""))
        return Seen(self.guide.assess(case), {name: frozenset(values) for name, values in conclusions.items()})


Relation = Callable[[World, Random, kg.Case, Seen], Iterator[bool]]
"""Yields whether it holds, for each way in which it could be tried on the case."""


def changed(world: World, case: kg.Case) -> Seen | None:
    """The changed case assessed, or None where the change contradicts the case."""
    try:
        return world.see(case)
    except (ContradictoryCaseError, CaseError):
        return None


def an_irrelevant_fact_changes_nothing(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    iri = rng.choice(world.irrelevant)
    word, near = slug(iri), {slug(kind) for kind in (iri, *world.up.get(iri, ()), *world.down.get(iri, ()))}
    for more in () if near & mentioned(case) else (case.with_facts(present=[word]), case.with_facts(absent=[word])):
        after = changed(world, more)
        yield after is not None and after.decision == seen.decision


def the_order_of_facts_changes_nothing(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    shuffled = replace(
        case,
        present=tuple(reversed(case.present)),
        absent=tuple(reversed(case.absent)),
        performed=tuple(replace(s, present=s.present[::-1], absent=s.absent[::-1]) for s in case.performed),
        assume_absent=tuple(reversed(case.assume_absent)),
    )
    after = world.see(shuffled)
    yield replace(after.answer, case=case) == replace(seen.answer, case=case) or after.decision == seen.decision


def a_new_fact_never_flips_a_verdict(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    after = one_more(world, rng, case)
    if after:
        yield seen.derived.get("applies", frozenset()) <= after.derived.get("applies", frozenset())
        yield seen.derived.get("ruledOut", frozenset()) <= after.derived.get("ruledOut", frozenset())


def a_new_fact_never_widens_what_is_considered(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    after = one_more(world, rng, case)
    if after and after.derived.get("entered") == seen.derived.get("entered"):
        yield after.derived.get("considered", frozenset()) <= seen.derived.get("considered", frozenset())


def a_new_fact_keeps_a_robust_study(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    after = one_more(world, rng, case)
    same = after and after.derived.get("entered") == seen.derived.get("entered") and after.derived.get("leading")
    if after and same and seen.derived.get("leading"):
        barred = after.derived.get("contraindicated", frozenset())
        yield seen.derived.get("robust", frozenset()) - barred <= after.derived.get("robust", frozenset())


def a_new_finding_never_lowers_urgency(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    word = slug(rng.choice(sorted(world.guide.core.lexicon.iris("Finding"))))
    after = changed(world, case.with_facts(present=[word])) if word not in mentioned(case) else None
    if after:
        yield rank(world, after) >= rank(world, seen)


def an_absolute_contraindication_removes_the_study(
    world: World, rng: Random, case: kg.Case, seen: Seen
) -> Iterator[bool]:
    for iri, findings in world.contraindications.items():
        if slug(world.guide.core.lookup.degrees[iri]) == "absolute":
            after = (
                changed(world, case.with_facts(present=[slug(findings[0])]))
                if slug(findings[0]) not in mentioned(case)
                else None
            )
            if after:
                barred = {slug(procedure) for procedure in world.guide.core.lookup.speaks_against[iri]}
                yield not barred & after.best


def a_relative_contraindication_only_adds_an_equal(
    world: World, rng: Random, case: kg.Case, seen: Seen
) -> Iterator[bool]:
    for iri, findings in world.contraindications.items():
        if slug(world.guide.core.lookup.degrees[iri]) == "relative":
            after = (
                changed(world, case.with_facts(present=[slug(findings[0])]))
                if slug(findings[0]) not in mentioned(case)
                else None
            )
            # Dialysis, for one, also decides which scenario leads: that is no matter of a contraindication alone.
            if after and after.derived.get("considered") == seen.derived.get("considered"):
                yield after.answer.outcome == seen.answer.outcome and after.best >= seen.best


def what_a_finding_implies_can_be_said_too(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    for word in case.present[:1]:
        iri = world.guide.core.lexicon.term("Finding", word).value
        implied = sorted(slug(parent) for parent in world.up.get(iri, ()) if slug(parent) not in mentioned(case))
        if implied:
            after = changed(world, case.with_facts(present=implied))
            yield after is not None and after.decision == seen.decision


def what_an_absence_implies_can_be_said_too(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    for word in case.absent[:1]:
        iri = world.guide.core.lexicon.term("Finding", word).value
        implied = sorted(slug(child) for child in world.down.get(iri, ()) if slug(child) not in mentioned(case))
        if implied:
            after = changed(world, case.with_facts(absent=implied))
            yield after is not None and after.decision == seen.decision


def an_intended_order_changes_no_decision(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    procedures = sorted(row["procedure"] for rows in world.guide.core.lookup.ratings.values() for row in rows)
    # A case may say that the study is not intended, and then it cannot be.
    after = changed(world, replace(case, order=slug(rng.choice(procedures))))
    if after:
        yield after.decision == seen.decision


def a_performed_study_is_not_next(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    for study in sorted(seen.best):
        # A case may say that the study was not done, and then it cannot be added.
        after = changed(world, case.after(study))
        if after:
            yield study not in after.best


def the_next_study_is_never_barred_nor_done(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    barred = {slug(iri) for name in ("contraindicated", "alreadyPerformed") for iri in seen.derived.get(name, ())}
    yield not barred & seen.best


def nothing_is_called_needless_while_something_could_need_it(
    world: World, rng: Random, case: kg.Case, seen: Seen
) -> Iterator[bool]:
    if seen.answer.outcome.id == "no-imaging":
        after = one_more(world, rng, case)
        if after and after.derived.get("leading"):
            yield after.answer.outcome.id in ("no-imaging", "no-criteria-apply")


def assuming_what_was_said_adds_nothing(world: World, rng: Random, case: kg.Case, seen: Seen) -> Iterator[bool]:
    for word in case.absent[:1]:
        if word not in case.assume_absent:
            after = changed(world, case.assuming_absent(word))
            yield after is not None and after.decision == seen.decision


RELATIONS: tuple[Relation, ...] = (
    an_irrelevant_fact_changes_nothing,
    the_order_of_facts_changes_nothing,
    a_new_fact_never_flips_a_verdict,
    a_new_fact_never_widens_what_is_considered,
    a_new_fact_keeps_a_robust_study,
    a_new_finding_never_lowers_urgency,
    an_absolute_contraindication_removes_the_study,
    a_relative_contraindication_only_adds_an_equal,
    what_a_finding_implies_can_be_said_too,
    what_an_absence_implies_can_be_said_too,
    an_intended_order_changes_no_decision,
    a_performed_study_is_not_next,
    the_next_study_is_never_barred_nor_done,
    nothing_is_called_needless_while_something_could_need_it,
    assuming_what_was_said_adds_nothing,
)


def mentioned(case: kg.Case) -> set[str]:
    """Every finding that the case speaks of."""
    shown = {word for study in case.performed for word in (*study.present, *study.absent)}
    return {*case.present, *case.absent, *case.assume_absent, *shown}


def one_more(world: World, rng: Random, case: kg.Case) -> Seen | None:
    """The case with one more finding, present or absent, if that contradicts nothing stated, assumed or presumed."""
    word = slug(rng.choice(sorted(world.guide.core.lexicon.iris("Finding"))))
    if word in mentioned(case) or case.assume_absent:
        return None
    more = case.with_facts(present=[word]) if rng.random() < 0.5 else case.with_facts(absent=[word])
    before, after = changed(world, case), changed(world, more)
    presumed = [seen.derived.get("presumedAbsent", frozenset()) for seen in (before, after) if seen]
    return after if len(presumed) == 2 and presumed[0] <= presumed[1] else None


def rank(world: World, seen: Seen) -> int:
    """The rank of the urgency."""
    ranks = [
        int(row["rank"])
        for row in world.guide.core.lookup.urgency_rules.values()
        if row["rule"] in seen.derived.get("applies", ())
    ]
    return max(ranks, default=0)


def violated(world: World, rng: Random, case: kg.Case) -> tuple[list[str], int]:
    """Try every relation on a case.

    Args:
        world: The guideline.
        rng: What to change.
        case: The case.

    Returns:
        The names of the relations that failed, and how many trials there were.
    """
    seen = world.see(case)
    failed, trials = [], 0
    for relation in RELATIONS:
        for holds in relation(world, rng, case, seen):
            trials += 1
            if not holds:
                failed.append(relation.__name__)
    return failed, trials
