"""Faults in the derive queries, and the properties that must notice each of them.

A property about the logic itself, not about a rule of the content, is shown to look by a derive query that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kg.logic.patterns import Rule, rule
from kg.queries import Query, named, stage


@dataclass(frozen=True)
class QueryFault:
    """One fault.

    Attributes:
        query: The derive query.
        text: What stands in it.
        instead: What stands there instead.
        found_by: The properties that must fail.
    """

    query: str
    text: str
    instead: str
    found_by: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.query}: {self.text} -> {self.instead or 'nothing'}"

    @property
    def rules(self) -> Sequence[Rule]:
        """The derive queries with the fault in them."""
        return tuple(self._rule(query) for query in stage("derive"))

    def _rule(self, query: Query) -> Rule:
        text = query.text
        if query.name == self.query:
            assert text.count(self.text) == 1, f"{self}: stands there {text.count(self.text)} times"
            text = text.replace(self.text, self.instead)
        return rule(f"{query.name}.rq", text, given=query.given)


def fault(query: str, text: str, instead: str, *found_by: str) -> QueryFault:
    return QueryFault(named("derive", query).name, text, instead, found_by)


FAULTS = (
    fault(
        "30-close",
        "?case ns:presentAtom/ns:isA ?present",
        "?case ns:presentAtom ?present",
        "present-is-present-of-every-kind",
    ),
    fault("30-close", "(ns:absentAtom/^ns:isA)|", "ns:absentAtom|", "absent-is-absent-of-every-kind"),
    fault(
        "40-judge",
        "FILTER EXISTS { ?failed ns:alternativeCount ?count }",
        "",
        "no-criterion-is-met-and-failed",
        "nothing-applies-that-is-ruled-out",
    ),
    fault(
        "40-judge",
        "{ ?case ns:knownAbsent ?finding . ?failed ns:ifPresent ?finding }",
        "{ ?case a ns:Case . ?failed ns:ifPresent ?finding . FILTER NOT EXISTS { ?case ns:knownPresent ?finding } }",
        "what-is-ruled-out-stays-so",
    ),
    fault("50-match", "FILTER EXISTS { ?applies ns:criterionCount ?count }", "", "result-pattern-needs-a-result"),
    fault(
        "50-match",
        "{ ?case a ns:Case . ?applies ns:criterionCount 0 }",
        "{ ?case a ns:Case . ?applies ns:criterion ?any FILTER NOT EXISTS { ?case ns:failed/^ns:criterion ?applies } }",
        "what-applies-goes-on-applying",
    ),
    fault(
        "60-outrank",
        "{ ?case ns:acts/ns:precedes ?scenario }",
        "{ ?case ns:applies ?scenario . ?scenario a ns:Escalation }",
        "call-is-shown",
    ),
    fault(
        "60-outrank",
        "{ ?case ns:acts/ns:precedes ?scenario }",
        "{ ?case ns:applies ?scenario . ?scenario a ns:ActionRecommendation }",
        "urgent-action-stands-back-for-one-as-urgent",
        "leading-scenarios-are-ordered",
    ),
    fault(
        "61-hand-over",
        "?handOff ns:neighbour ?neighbour .",
        "?handOff ns:neighbour ?neighbour . ?case ns:entered ?some .",
        "hand-off-says-where",
    ),
    fault(
        "62-considered",
        "FILTER NOT EXISTS { ?case ns:ruledOut|ns:outranked ?scenario }",
        "FILTER NOT EXISTS { ?case ns:applies ?scenario }",
        "leading-scenario-is-considered",
    ),
    fault(
        "62-considered",
        "FILTER NOT EXISTS { ?case ns:ruledOut|ns:outranked ?scenario }",
        "FILTER EXISTS { ?case ns:applies ?scenario }",
        "what-leads-later-was-considered",
        "robust-study-stays-appropriate",
    ),
    fault("63-lead", " ; ns:acts ?scenario .", " .", "leading-scenario-holds"),
    fault(
        "63-lead",
        "FILTER NOT EXISTS { ?case ns:outranked ?scenario }",
        "FILTER EXISTS { ?case ns:outranked ?scenario }",
        "every-scenario-answers-somebody",
        "leading-scenario-holds",
    ),
    fault(
        "71-settled",
        "NOT EXISTS { ?case ns:contraindicated ?procedure }",
        "EXISTS { ?case a ns:Case }",
        "best-can-be-done",
    ),
    fault(
        "71-settled",
        "?highest >= ?inSome && ?lowest >= ?inEach",
        "?highest >= 1",
        "best-is-nowhere-not-appropriate",
        "best-is-worth-doing-where-it-leads",
    ),
    fault(
        "72-candidate",
        "FILTER EXISTS { ?case ns:leading/ns:rates ?procedure }",
        "",
        "best-is-rated-by-a-leading-scenario",
    ),
    fault("72-candidate", "FILTER NOT EXISTS { ?case ns:handedTo ?neighbour }", "", "handed-on-is-no-answer"),
    fault("73-pending", "FILTER NOT EXISTS { ?case ns:alreadyPerformed ?procedure }", "", "best-was-not-performed"),
    fault("80-outcome", "?case a ns:Case .", "?case ns:entered ?topic .", "there-is-an-outcome"),
    fault(
        "80-outcome",
        "{ ?case ns:outcome ?outcome }",
        "{ ?case ns:outcome ?outcome , scale:consider }",
        "there-is-one-outcome",
    ),
    fault(
        "80-outcome",
        "scale:recommended, scale:consider",
        "scale:recommended, scale:recommended",
        "recommended-rests-on-a-robust-study",
    ),
    fault(
        "80-outcome",
        "NOT EXISTS { ?case ns:conceivable ?hope }",
        "NOT EXISTS { ?case ns:robust ?hope }",
        "no-imaging-is-not-silence",
    ),
    fault(
        "80-outcome",
        "NOT EXISTS { ?case ns:considered ?scenario }",
        "NOT EXISTS { ?case ns:leading ?scenario }",
        "no-criteria-apply-is-meant",
    ),
    fault("82-urgency", "FILTER(?higher > ?rank)", "FILTER(?higher < ?rank)", "urgency-is-the-highest-that-acts"),
    fault(
        "85-order-verdict",
        "IF(EXISTS { ?case ns:best ?order }, scale:order-best",
        "IF(EXISTS { ?case ns:leading/ns:rates ?order }, scale:order-best",
        "order-called-best-comes-next",
    ),
)
