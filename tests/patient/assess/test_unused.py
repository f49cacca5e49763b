"""Which stated facts nothing depends on, against the case without each of them.

A fact is used if without it the answer, a verdict (applies, ruled out) or a question would differ. What two facts say
alike is said by neither alone: such a fact is used if it makes a difference once the other one is taken away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import kg
from kg.errors import KgError
from kg.knowledge.sparql.iris import IS_DEFINED_BY
from kg.patient.facts import THIS_CASE
from tests.judges.generate import cases
from tests.judges.truth import Knowledge

Stated = tuple[str, str, str | None]
"""How a fact is stated, its finding, and the study on which it was reported."""

IDLE = "used, though it makes no difference"


class Seen:
    """What a case leads to, with everything that a fact can change."""

    def __init__(self, guide: kg.Guide) -> None:
        self._guide = guide
        self._home: dict[str, set[str]] = defaultdict(set)
        for triple in guide.core.content.derived:
            if triple.predicate == IS_DEFINED_BY:
                self._home[triple.subject.value].add(triple.object.value)  # type: ignore[union-attr]

    def of(self, case: kg.Case) -> tuple[Any, ...] | None:
        """The answer without its case, and the verdicts on what is in view; None if the case is refused."""
        try:
            answer = self._guide.assess(case)
            with self._guide.core.evaluation(case) as (_, evaluation):
                said = evaluation.conclusions(THIS_CASE)
        except KgError:
            return None
        # What only repeats what was stated is no consequence of it.
        data = {k: v for k, v in answer.to_dict().items() if k not in ("case", "unused", "assumed_absent", "history")}
        data.pop("presumed_absent")
        here = {*said["entered"], *said["mayEnter"]}
        verdicts = [
            frozenset(c for c in said[name] if not self._home[c] or self._home[c] & here or c in said["acts"])
            for name in ("applies", "ruledOut")
        ]
        return (_without_words(data), *verdicts)


def _without_words(value: Any) -> Any:
    """Plain data in which a performed study is named without what it showed."""
    if isinstance(value, dict):
        kept = {key: _without_words(item) for key, item in value.items()}
        return {**kept, "text": ""} if value.get("given") == "performed" else kept
    return [_without_words(item) for item in value] if isinstance(value, list) else value


def stated(case: kg.Case) -> Iterator[Stated]:
    """Every finding that a case states, of the patient or on a study."""
    for given in ("present", "absent"):
        yield from ((given, word, None) for word in getattr(case, given))
        yield from ((given, word, study.procedure) for study in case.performed for word in getattr(study, given))


def without(case: kg.Case, fact: Stated) -> kg.Case:
    """The case without a fact."""
    given, finding, on = fact

    def left(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word for word in words if word != finding)

    if on is None:
        since = {word: day for word, day in case.since.items() if word != finding or given == "absent"}
        changes: dict[str, Any] = {"since": since, given: left(getattr(case, given))}
        return replace(case, **changes)
    studies = [
        kg.Performed(
            study.procedure,
            left(study.present) if given == "present" and study.procedure == on else study.present,
            left(study.absent) if given == "absent" and study.procedure == on else study.absent,
            study.date,
        )
        for study in case.performed
    ]
    return replace(case, performed=tuple(studies))


def matters(seen: Seen, case: kg.Case, fact: Stated) -> bool | None:
    """Whether a fact makes a difference; None where the case without it is refused."""
    now, less = seen.of(case), seen.of(without(case, fact))
    return None if now is None or less is None else now != less


def repeated(seen: Seen, case: kg.Case, fact: Stated) -> bool:
    """Whether a fact makes a difference once what says the same is taken away: another fact, or what is assumed."""
    others = [without(case, other) for other in stated(case) if other != fact]
    others += [replace(case, assume_absent=()), replace(case, measured={})]
    others += [
        replace(case, performed=case.performed[:n] + case.performed[n + 1 :]) for n in range(len(case.performed))
    ]
    return any(matters(seen, each, fact) for each in others if fact in stated(each))


def compared(guide: kg.Guide, rng: Random, wanted: int) -> Counter[str]:
    """Compare what is called unused with what makes no difference."""
    seen, total = Seen(guide), Counter[str]()
    for case in cases(rng, Knowledge(guide.core.content), wanted):
        total += facts_of(seen, guide, case)
    return total


def facts_of(seen: Seen, guide: kg.Guide, case: kg.Case, idle: list[str] | None = None) -> Counter[str]:
    """Take each stated fact of a case away in turn; what is used and makes no difference is added to a list."""
    try:
        answer = guide.assess(case)
    except KgError:
        return Counter({"cases refused": 1})
    now, total = seen.of(case), Counter({"cases": 1})
    unused = {(each.fact.given, each.fact.id, each.study.id if each.study else None) for each in answer.unused}
    for fact in sorted(set(stated(case)), key=str):
        less = seen.of(without(case, fact))
        if less is None:
            total["refused without it"] += 1
        elif fact in unused:
            assert now == less, ("called unused", fact, case.to_dict())
            total["unused"] += 1
        elif now != less:
            total["used"] += 1
        elif repeated(seen, case, fact):
            total["said twice"] += 1
        else:
            total[IDLE] += 1
            if idle is not None:
                idle.append(f"{fact}: {case.to_dict()}")
    return total


def test_a_fact_is_used_where_it_makes_a_difference(guide: kg.Guide) -> None:
    total = compared(guide, Random("used"), 20)
    assert total["unused"] >= 10 and total["used"] >= 50, total
    # What two other facts say as well, such as pain beside pain of two levels, is found only by taking away both.
    assert total[IDLE] <= total.total() // 20, total


def test_a_rash_and_a_film_of_another_level_are_named(guide: kg.Guide) -> None:
    zoster = guide.assess(kg.Case(measured={"age": 67}, present=["thoracic-back-pain", "dermatomal-rash"]))
    assert [(each.fact.id, each.notable) for each in zoster.unused] == [("dermatomal-rash", False)]
    film = kg.Case(measured={"age": 45}, present=["thoracic-back-pain"])
    film = film.after("radiography-lumbar-spine", present=["bone-destruction"])
    shown = guide.assess(film).explain()
    assert guide.assess(film).unused == () or "nothing here depends on it" in shown
