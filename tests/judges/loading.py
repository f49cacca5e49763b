"""Loading decides nothing: an answer is that of the whole content, whichever slice is loaded for it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.knowledge.content.content import Content, of_graphs
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, RDFS_LABEL, VOCABULARY, ns, slug
from kg.patient.assess.core import Core
from kg.patient.facts import THIS_CASE
from tests.judges.truth import Knowledge

BEYOND = (
    *("UrgencyRule", "Escalation", "Warning", "Contraindication", "HandOff"),
    *("ResultPattern", "ActionRecommendation", "Alternative"),
)
"""The kinds of condition that act whatever topic is entered."""


_PARTY = NamedNode(f"{BASE}party")
_PLACE = (
    Quad(_PARTY, RDFS_LABEL, Literal("a side")),
    Quad(_PARTY, NamedNode("http://www.w3.org/ns/oa#hasSource"), _PARTY),
    Quad(_PARTY, NamedNode("http://purl.org/dc/terms/title"), Literal("a source")),
)
"""Who says something, for conflicts of generated guidelines, which name nobody."""


class Whole(Core):
    """The core of a guide that lays out all topics for every case."""

    def entered(self, laid: Iterable[Quad]) -> frozenset[str]:
        return frozenset(self.content.topics)


def whole(guide: kg.Guide) -> kg.Guide:
    """The same content, laid out whole."""
    return kg.Guide(Whole(guide.core.content))


def answered(guide: kg.Guide, case: kg.Case) -> Any:
    """Everything that is answered; the sentence of a refusal."""
    try:
        return guide.assess(case).to_dict()
    except kg.KgError as error:
        return str(error)


def difference(guide: kg.Guide, everything: kg.Guide, case: kg.Case) -> str:
    """The parts of the answer that differ from those of the whole content."""
    ours, theirs = answered(guide, case), answered(everything, case)
    if ours == theirs:
        return ""
    if isinstance(ours, str) or isinstance(theirs, str):
        return f"{ours} / {theirs}"
    parts = [name for name in theirs if ours.get(name) != theirs[name]]
    return "; ".join(f"{name}: {ours[name]} / {theirs[name]}" for name in parts)


def unsaid(guide: kg.Guide, case: kg.Case) -> set[str]:
    """The conditions that act beyond their topic and apply by ``derive`` but are not in the answer, or the reverse."""
    try:
        answer = guide.assess(case)
    except kg.KgError:
        return set()
    said: dict[str, set[str]] = {"applies": set(), "outranked": set(), "neighbour": set()}
    for quad in guide.derive(case):
        if quad.subject == THIS_CASE and slug(quad.predicate.value) in said:
            said[slug(quad.predicate.value)].add(quad.object.value)  # type: ignore[union-attr]
    kinds, labels = guide.core.lookup.kinds, guide.core.lexicon
    expected = {kind: {iri for iri in said["applies"] if kinds[iri] == kind} for kind in BEYOND}
    for kind in ("Escalation", "ActionRecommendation"):
        expected[kind] -= said["outranked"]
    # What is recommended in a scenario acts only in its topic.
    expected["ActionRecommendation"] -= {
        iri for iri in expected["ActionRecommendation"] if iri not in _acting(guide, case)
    }
    shown = {
        "UrgencyRule": {held.id for held in answer.urgency.rules} if answer.urgency else set(),
        "Escalation": {each.label for each in answer.escalations if each.applies},
        "Warning": {held.id for held in answer.warnings},
        "ResultPattern": {result.pattern.id for result in answer.results},
        "ActionRecommendation": {action.recommendation.id for action in answer.actions},
        "Alternative": {alternative.reason.id for alternative in answer.alternatives},
    }
    names = {kind: (labels.label if kind == "Escalation" else slug) for kind in shown}
    return {f"{kind} {name}" for kind in shown for name in shown[kind] ^ {names[kind](iri) for iri in expected[kind]}}


def _acting(guide: kg.Guide, case: kg.Case) -> set[str]:
    quads = guide.derive(case)
    return {q.object.value for q in quads if q.subject == THIS_CASE and q.predicate == ns("acts")}  # type: ignore[union-attr]


def entangled(content: Content, rng: Random) -> Content:
    """A guideline whose topics speak of each other's conditions: order, scope and conflicts across topics."""
    knowledge = Knowledge(content)
    graphs = {name: list(triples) for name, triples in content.graphs.items()}
    every = sorted(knowledge.conditions)
    for number in range(rng.randrange(6)):
        name, one, other = rng.choice(content.topics), *rng.sample(every, 2)
        if rng.random() < 0.5:
            conflict = NamedNode(f"{name}/conflict/{number}")
            thing = rng.choice((one, rng.choice(knowledge.findings)))
            graphs[name] += [
                Quad(conflict, RDF_TYPE, ns("Conflict")),
                Quad(conflict, RDFS_LABEL, Literal(str(number))),
                Quad(conflict, ns("concerns"), NamedNode(thing)),
            ]
        else:
            graphs[name].append(Quad(NamedNode(one), ns("precedes"), NamedNode(other)))
    conflicts = [t.subject for triples in graphs.values() for t in triples if t.object == ns("Conflict")]
    graphs[VOCABULARY] += _PLACE
    for each in dict.fromkeys(conflicts):
        graphs[VOCABULARY] += [Quad(each, ns(relation), _PARTY) for relation in ("party", "decidedBy")]
    return of_graphs(graphs, content.prefixes)
