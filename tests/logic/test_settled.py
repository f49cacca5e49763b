"""Settled means settled: where nothing is left on which the studies depend, no further fact changes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import kg
from kg.knowledge.sparql.iris import NS, slug
from tests.judges.generate import cases, contradictory, guideline
from tests.judges.truth import Knowledge, Verdicts


def completions(rng: Random, knowledge: Knowledge, case: kg.Case, count: int) -> Iterator[kg.Case]:
    """The case with a few more findings, told present or absent, that takes back nothing that was assumed.

    What only a study shows is left out: that is the result of a study to come.
    """
    words = [slug(finding) for finding in knowledge.findings if finding not in knowledge.shown]
    known = knowledge.closed(knowledge.atoms(case))
    for _ in range(count):
        more = [
            word
            for word in rng.sample(words, min(rng.randrange(1, 5), len(words)))
            if word not in {*case.present, *case.absent}
        ]
        present = tuple(word for word in more if rng.random() < 0.5)
        absent = tuple(word for word in more if word not in present)
        fuller = replace(case, present=(*case.present, *present), absent=(*case.absent, *absent))
        if not contradictory(knowledge, fuller) and known <= knowledge.closed(knowledge.atoms(fuller)):
            yield fuller


def apart(knowledge: Knowledge, case: kg.Case, verdict: Verdicts) -> tuple[object, ...]:
    """What is listed apart: topics, hand-offs, what stands against a study, what is taken as seen."""
    atoms = knowledge.atoms(case)
    entered = knowledge.entered(atoms, knowledge.closed(atoms))
    acts = knowledge.acting(verdict.applies, entered)
    against = {node for node in acts if knowledge.the("rulesOut", node) or knowledge.the("neighbour", node)}
    return entered, against, verdict.taken_as_seen


def unsettled(rng: Random, knowledge: Knowledge, count: int) -> Iterator[tuple[str, kg.Case, kg.Case]]:
    """Pairs of a case and a completion; what was called settled and yet changed, or nothing."""
    for case in cases(rng, knowledge, count):
        before = knowledge.judge(case)
        beside = apart(knowledge, case, before)
        for fuller in completions(rng, knowledge, case, 8):
            after = knowledge.judge(fuller)
            if apart(knowledge, fuller, after) != beside or (before.leading and not after.leading):
                continue  # the latter only where scenarios precede each other in a circle
            changed = []
            if not before.studies_depend_on and before.outcome != "no-criteria-apply" and after.best != before.best:
                changed.append("studies")
            new = {rule for rule in after.applies - before.applies if f"{NS}UrgencyRule" in knowledge.the("type", rule)}
            here = {rule for rule in new if knowledge.home.get(rule, set()) <= beside[0]}  # type: ignore[operator]
            levels = {slug(level) for rule in here for level in knowledge.the("urgency", rule)}
            if not before.urgency_depends_on and after.urgency != before.urgency and after.urgency in levels:
                changed.append("urgency")
            yield " and ".join(changed), case, fuller


def test_what_is_settled_stays_so_on_the_shipped_guideline(guide: kg.Guide) -> None:
    found = list(unsettled(Random("settled"), Knowledge(guide.core.content), 40))
    assert len(found) > 70
    assert [each for each in found if each[0]] == []


def test_what_is_settled_stays_so_on_random_guidelines(tmp_path: Path) -> None:
    rng, tried = Random("settled"), 0
    for number in range(30):
        for changed, case, fuller in unsettled(rng, Knowledge(guideline(rng, tmp_path / str(number))), 5):
            assert not changed, (number, changed, case.to_dict(), fuller.to_dict())
            tried += 1
    assert tried > 350
