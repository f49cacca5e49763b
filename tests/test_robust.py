"""What is said to hold whatever the missing facts are, against every way in which they can turn out.

The claim of the query ``derive/71-settled``, for the leading scenarios of the topics that the case entered:

- robust, acceptable, arguable: not known to be contraindicated, and at least Usually Appropriate, May Be Appropriate or
  the same with disagreement in every scenario that leads in any completion of the facts, of the topics that rate it;
- hopeful: not known to be contraindicated, and Usually Appropriate in some scenario that leads in some completion;
  conceivable: anything but Usually Not Appropriate in some.

The two must be the same. For that a possible scenario is not considered where another one that leads it would apply
whenever it does (``derive/62-considered``). Whether there is one is looked for one finding at a time; one that is
kept from leading only by several findings together would be considered all the same, and the answer would rather ask.
That is so seldom that it is counted here as an error like any other. ``prove/every-scenario-answers-somebody`` refuses
content in which a scenario never leads.

Whether a study is contraindicated is an order check: what is unknown of it is listed, and not completed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from pyoxigraph import NamedNode

import kg
from kg.evaluation import Bench
from kg.facts import THIS_CASE, facts
from kg.logic.prove import REFUTED, Prover
from kg.names import BASE
from kg.queries import named
from tests.generate import cases, guideline
from tests.truth import Fact, Knowledge

Led = frozenset[str]
Standings = Mapping[str, frozenset[str]]
IN_EACH = {"robust": 4, "acceptable": 3, "arguable": 2}
IN_SOME = {"hopeful": 4, "conceivable": 2}
OPEN_AT_MOST = 12
DECOY = NamedNode(f"{BASE}case/other")


def refused(guide: kg.Guide) -> bool:
    """Whether a check finds a mistake in the order of generated scenarios; such guidelines are left out."""
    if guide.knowledge.rows(named("verify", "precedence-cycle")):
        return True
    with Prover(guide.content, [named("prove", "every-scenario-answers-somebody")]) as prover:
        return any(proof.verdict == REFUTED for proof in prover.prove())


def completions(knowledge: Knowledge, case: kg.Case) -> list[set[Fact]] | None:
    """What would be known if everything that decides who leads were known, in every way; None where these are many."""
    deciding = {
        finding
        for node, criteria in knowledge.conditions.items()
        if knowledge.the("topic", node) or knowledge.the("first", node)
        for criterion in criteria
        for finding, _ in criterion
    }
    known = knowledge.closed(knowledge.atoms(case))
    unknown = sorted(finding for finding in deciding if not {(finding, True), (finding, False)} & known)
    if len(unknown) > OPEN_AT_MOST:
        return None
    found = [known]
    for finding in unknown:
        found = [
            facts_then
            for facts_so_far in found
            for facts_then in (
                [facts_so_far]
                if {(finding, True), (finding, False)} & facts_so_far
                else [facts_so_far | knowledge.closed([(finding, present)]) for present in (True, False)]
            )
        ]
    return found


def leading(knowledge: Knowledge, case: kg.Case, complete: Iterable[set[Fact]]) -> list[Led]:
    """The scenarios that lead in each completion."""
    atoms = knowledge.atoms(case)
    entered = knowledge.entered(atoms, knowledge.closed(atoms))
    here = {scenario for scenario in knowledge.scenarios() if knowledge.the("topic", scenario) & entered}
    led = []
    for known in complete:
        holding = {n for n, criteria in knowledge.conditions.items() if all(c & known for c in criteria)}
        led.append(frozenset(here & holding - knowledge.beaten(holding)))
    return led


def enumerated(knowledge: Knowledge, case: kg.Case, led: Sequence[Led]) -> Standings:
    """The standing of each study, from what leads in each completion."""
    known = knowledge.closed(knowledge.atoms(case))
    applies = {n for n, criteria in knowledge.conditions.items() if all(c & known for c in criteria)}
    ever_leading = frozenset().union(*led)
    ranks = knowledge.ranks(ever_leading)
    found: dict[str, frozenset[str]] = {}
    for name, least in (*IN_EACH.items(), *IN_SOME.items()):
        judge = all if name in IN_EACH else any
        found[name] = frozenset(
            study
            for study, of_scenario in ranks.items()
            if judge(rank >= least for rank in of_scenario.values())
            and not (name in IN_EACH and knowledge.silent(study, ever_leading))
            and (name == "conceivable" or not knowledge.contraindicated(study, applies))
        )
    return found


def trial(knowledge: Knowledge, bench: Bench, guide: kg.Guide, case: kg.Case, decoy: kg.Case) -> Counter[str] | None:
    """Compare one case, a second patient lying in the same graph; None where there are too many completions."""
    complete = completions(knowledge, case)
    if complete is None:
        return None
    stated = [*facts(case, guide.lexicon), *facts(decoy, guide.lexicon, DECOY)]
    with bench.evaluation(stated) as evaluation:
        said = evaluation.conclusions(THIS_CASE)
    led = leading(knowledge, case, complete)
    expected = enumerated(knowledge, case, led)
    found = {name: frozenset(said[name]) for name in expected}
    assert all(found[name] <= expected[name] for name in IN_EACH), ("too often", case.to_dict())
    assert all(found[name] >= expected[name] for name in IN_SOME), ("too seldom", case.to_dict())
    assert frozenset().union(*led) <= set(said["considered"]), ("a scenario was overlooked", case.to_dict())
    if said["leading"]:
        assert all(led), ("what leads now leads whatever is unknown, or another does", case.to_dict())
    assert found == expected, ("not the same", case.to_dict())
    return Counter(
        {
            "cases": 1,
            "robust": bool(found["robust"]),
            "robust while scenarios are open": bool(found["robust"]) and len(frozenset().union(*led)) > 1,
            "completions": len(complete),
        }
    )


def trials_on_guidelines(seed: object, wanted: int, each: int = 6) -> Counter[str]:
    """Compare cases of generated guidelines until there are so many."""
    rng, total = Random(f"robust {seed}"), Counter[str]()
    with TemporaryDirectory() as place:
        for number in count():
            guide = kg.Guide(guideline(rng, Path(place) / str(number)))
            if not refused(guide):
                total += trials(guide, rng, each)
            if total["cases"] >= wanted:
                break
    return total


def trials(guide: kg.Guide, rng: Random, wanted: int) -> Counter[str]:
    """Compare so many cases of one guideline that have not too many completions."""
    knowledge, bench, total = Knowledge(guide.content), Bench(guide.slice(guide.content.topics)), Counter[str]()
    while total["cases"] < wanted:
        case, decoy = cases(rng, knowledge, 2)
        total.update(trial(knowledge, bench, guide, case, decoy) or {})
    return total


def test_robust_is_what_every_completion_agrees_on() -> None:
    total = trials_on_guidelines("test", 300)
    assert total["robust while scenarios are open"] >= 20


def test_robust_is_what_every_completion_agrees_on_in_the_shipped_guideline(guide: kg.Guide) -> None:
    total = trials(guide, Random("shipped"), 40)
    assert total["robust while scenarios are open"] >= 5
