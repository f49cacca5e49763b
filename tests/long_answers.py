"""Long runs of what an answer claims about what is unknown, and about what was stated: see ``long_run``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import kg
from kg.author.examples import examples
from kg.patient.assess.evaluation import Bench
from kg.patient.facts import facts
from tests.auditing.test_audit import assert_audited_as_assessed, assessed
from tests.judges.generate import cases, choosing, guideline
from tests.judges.truth import Knowledge
from tests.logic.test_agreement import pairs_of_orders, verdicts
from tests.patient.assess import test_robust, test_settled_urgency
from tests.patient.assess.test_robust import Trial, accepted, trials, trials_on_guidelines, weaker_only
from tests.patient.assess.test_unused import IDLE, Seen, facts_of

EACH = 20
"""How many cases of each generated guideline."""


@dataclass(frozen=True)
class Found:
    """What a run found.

    Attributes:
        compared: What was compared, as a phrase.
        number: How often.
        differences: Each difference, as text.
        besides: What else is worth knowing.
    """

    compared: str
    number: int
    differences: list[str]
    besides: str = ""


def _noting(one: Trial, differences: list[str]) -> Trial:
    """A trial that writes down what differs and goes on."""

    def noted(
        knowledge: Knowledge, bench: Bench, guide: kg.Guide, case: kg.Case, decoy: kg.Case
    ) -> Counter[str] | None:
        try:
            return one(knowledge, bench, guide, case, decoy)
        except AssertionError as error:
            differences.append(str(error))
            return Counter(cases=1)

    return noted


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / max(1, whole):.1%})"


def _on_both(one: Trial, wanted: int) -> tuple[list[str], Iterator[tuple[str, Counter[str]]]]:
    """Try cases of generated guidelines, and a tenth of the shipped one."""
    differences = list[str]()
    tried = _noting(one, differences)

    def found() -> Iterator[tuple[str, Counter[str]]]:
        yield "generated", trials_on_guidelines("long run", wanted - wanted // 10, EACH, tried)
        yield "shipped", trials(kg.load(), Random("long run"), wanted // 10, tried)

    return differences, found()


def run_robust(wanted: int) -> Found:
    """On the record, robust and settled, against every completion and the judge in plain Python; a tenth shipped."""
    differences, found = _on_both(test_robust.trial, wanted)
    besides, number = list[str](), 0
    for name, total in found:
        number += total["cases"]
        besides.append(
            f"{name}: {total['cases']:,} cases, {total['completions']:,} completions,"
            f" {total['with too many completions']:,} more cases had too many; {total['robust']:,} with a robust study,"
            f" {total['robust while scenarios are open']:,} while scenarios are open;"
            f" called settled {total['claimed settled']:,}; of {total['compared with what is settled']:,} enumerated"
            f" that no completion hands on {total['settled by enumeration']:,} are settled; settled, and not said so:"
            f" {_share(total['settled, and not said so'], total['settled by enumeration'])}"
        )
    compared = "cases: what holds on the record, is robust, unfit, conceivable, settled, and every verdict of the judge"
    return Found(compared, number, differences, "\n  ".join(besides))


def run_urgency(wanted: int) -> Found:
    """Settled urgency against every completion of what the urgency rules mention; a tenth shipped."""
    differences, found = _on_both(test_settled_urgency.trial, wanted)
    besides, number = list[str](), 0
    for name, total in found:
        number += total["cases"]
        settled = total["cases"] - total["open"]
        besides.append(
            f"{name}: {total['cases']:,} cases, {total['completions']:,} completions,"
            f" {total['with too many completions']:,} more cases had too many; settled {total['settled']:,};"
            f" settled, and not said so: {_share(total['settled, and not said so'], settled)}"
        )
    return Found("cases, settled urgency with every completion", number, differences, "\n  ".join(besides))


def run_considered(wanted: int) -> Found:
    """Scenarios that are considered though no completion lets them lead: each makes the answer weaker only."""
    differences, total = list[str](), Counter[str]()
    one = _noting(weaker_only, differences)
    for guide, rng in islice(accepted("considered"), wanted):
        total += trials(guide, rng, EACH, one)
    besides = (
        f"{total['cases']:,} cases, {total['considered']:,} scenarios considered,"
        f" {total['considered, and never leading']} of them lead in no completion, in"
        f" {total['cases with such a scenario']} cases; {total['weaker for it']} answers are weaker for it"
    )
    return Found("guidelines, each considered scenario with every completion", wanted, differences, besides)


def run_used(wanted: int) -> Found:
    """Every stated fact taken away in turn; a fifth of the cases on generated guidelines."""
    differences, besides, number = list[str](), list[str](), 0
    for name, described in (("shipped", _of_shipped(wanted - wanted // 5)), ("generated", _of_generated(wanted // 5))):
        total, idle = Counter[str](), list[str]()
        for seen, guide, case in described:
            try:
                total += facts_of(seen, guide, case, idle)
            except AssertionError as error:
                differences.append(str(error))
                total["cases"] += 1
        number += total["cases"]
        facts = sum(total[word] for word in ("used", "unused", "said twice", IDLE))
        besides.append(
            f"{name}: {total['cases']:,} cases, {facts:,} facts: {total['used']:,} used, {total['unused']:,} unused,"
            f" {total['said twice']:,} said twice; {IDLE}: {_share(total[IDLE], facts)}"
        )
        besides += [f"  such as {each}" for each in idle[:10]]
    return Found("cases, each stated fact taken away in turn", number, differences, "\n  ".join(besides))


def _of_shipped(wanted: int) -> Iterator[tuple[Seen, kg.Guide, kg.Case]]:
    guide = kg.load()
    seen = Seen(guide)
    for case in cases(Random("used"), Knowledge(guide.core.content), wanted):
        yield seen, guide, case


def _of_generated(wanted: int) -> Iterator[tuple[Seen, kg.Guide, kg.Case]]:
    rng = Random("used")
    with TemporaryDirectory() as place:
        for number in range(-(-wanted // EACH)):
            guide = kg.Guide(guideline(rng, Path(place) / str(number)))
            seen = Seen(guide)
            for case in cases(rng, Knowledge(guide.core.content), min(EACH, wanted - number * EACH)):
                yield seen, guide, case


def run_judge(wanted: int) -> Found:
    """Plain Python against the queries on the shipped guideline: cases, with an order, and with what was chosen."""
    guide, differences, number = kg.load(), list[str](), 0
    knowledge, bench = Knowledge(guide.core.content), Bench(guide.core.triples(guide.core.content.topics))
    rng = Random("judge")
    ordered = (case for chunk in count() for case, _ in pairs_of_orders(knowledge, f"long {chunk}"))
    plain = cases(rng, knowledge, sys.maxsize)
    chosen = (choosing(rng, knowledge, case) for case in cases(rng, knowledge, sys.maxsize))
    for three in zip(plain, ordered, chosen, strict=False):
        for case in three:
            with bench.evaluation(facts(case, guide.core.lexicon)) as evaluation:
                if verdicts(evaluation) != knowledge.judge(case):
                    differences.append(str(case.to_dict()))
            number += 1
        if number >= wanted:
            break
    return Found("cases of the shipped guideline with plain Python", number, differences)


def run_audit(wanted: int) -> Found:
    """Rows of an audit against ``assess`` on the shipped guideline: all examples, and generated cases."""
    guide, differences = kg.load(), list[str]()
    drawn = cases(Random("long audit"), Knowledge(guide.core.content), wanted)
    rows = assessed(guide, [*(example.case for example in examples(guide)), *drawn])
    for start in range(0, len(rows), 500):
        try:
            assert_audited_as_assessed(guide, rows[start : start + 500])
        except AssertionError as error:
            differences.append(str(error))
    return Found("rows of an audit with assess", len(rows), differences)
