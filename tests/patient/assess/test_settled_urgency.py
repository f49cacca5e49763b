"""That nothing can make a case more urgent, checked against every way in which what is unknown can turn out.

The claim of the query ``derive/87-urgency-depends-on``: if it finds nothing, the case is as urgent in every completion
of the facts that the urgency rules mention. Completions in which the case enters a further topic are left aside: that
is a further complaint. So is a rule of a topic to which the case cannot belong; in the shipped guideline every rule of
a topic asks for the complaint of that topic, so that it cannot hold without it.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import kg
from kg.knowledge.sparql.iris import NS, slug
from kg.patient.assess.evaluation import Bench
from kg.patient.facts import THIS_CASE, facts
from tests.judges.truth import Knowledge
from tests.patient.assess.test_robust import DECOY, completions, trials, trials_on_guidelines


def rules_of_urgency(knowledge: Knowledge) -> set[str]:
    return {node for node in knowledge.conditions if f"{NS}UrgencyRule" in knowledge.the("type", node)}


def trial(knowledge: Knowledge, bench: Bench, guide: kg.Guide, case: kg.Case, decoy: kg.Case) -> Counter[str] | None:
    """Compare one case, a second patient lying in the same graph; None where there are too many completions."""
    rules = rules_of_urgency(knowledge)
    mentioned = {finding for rule in rules for c in knowledge.conditions[rule] for finding, _ in c}
    complete = completions(knowledge, case, mentioned)
    if complete is None:
        return None
    with bench.evaluation([*facts(case, guide.core.lexicon), *facts(decoy, guide.core.lexicon, DECOY)]) as evaluation:
        said = evaluation.conclusions(THIS_CASE)
    here = {*said["entered"], *said["mayEnter"]}
    now = "".join(map(slug, said["urgency"]))
    near = {rule for rule in rules if knowledge.home.get(rule, here) & here} | (rules & {*said["applies"]})
    atoms, compared, levels = knowledge.atoms(case), 0, {now}
    for known in complete:
        entered = knowledge.entered(atoms | known, known)
        if entered <= here and entered >= {*said["entered"]}:
            levels.add(knowledge.urgency(r for r in near if all(c & known for c in knowledge.conditions[r])))
            compared += 1
    claimed = not said["urgencyDependsOn"]
    assert not claimed or levels == {now}, ("not settled", levels, case.to_dict())
    assert claimed or not set(said["urgencyDependsOn"]) & {*said["applies"], *said["ruledOut"]}, case.to_dict()
    return Counter(
        {
            "cases": 1,
            "completions": compared,
            "urgent": bool(now),
            "settled": claimed,
            "open": levels != {now},
            "settled, and not said so": levels == {now} and not claimed,
        }
    )


def test_settled_urgency_is_the_same_in_every_completion() -> None:
    total = trials_on_guidelines("urgency", 100, one=trial)
    assert total["settled"] >= 25 and total["open"] >= 10, total


def test_settled_urgency_is_the_same_in_every_completion_in_the_shipped_guideline(guide: kg.Guide) -> None:
    total = trials(guide, Random("urgency"), 8, trial)
    assert total["settled"] >= 2 and total["open"] >= 1, total


def test_a_rule_of_a_topic_asks_for_its_complaint(guide: kg.Guide) -> None:
    knowledge = Knowledge(guide.core.content)
    for rule in rules_of_urgency(knowledge):
        for topic in knowledge.home.get(rule, ()):
            entries = set[str]().union(*map(knowledge.down, knowledge.the("entry", topic)))
            assert any({finding for finding, _ in c} <= entries for c in knowledge.conditions[rule]), rule
