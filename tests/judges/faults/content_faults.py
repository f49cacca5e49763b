"""Deliberate faults in the shipped content, made from its triples, and the guards that should catch them.

A fault is what an author could do by mistake: a category flipped, a criterion forgotten, two studies exchanged. What
is taken away is taken away cleanly, with everything that names it, so that no dangling name gives it away. Faults that
change nothing by which any case is judged are left out.
"""

from __future__ import annotations

import csv
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, TypeVar, cast

import pyshacl
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize

import kg
from kg.author.examples import Example, differences, examples
from kg.author.prove.prover import Prover
from kg.author.shapes import graph_of
from kg.errors import KgError
from kg.knowledge.content import content as kg_content
from kg.knowledge.content.content import Content
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, SUB_CLASS_OF, VOCABULARY, WAS_DERIVED_FROM, ns, slug
from kg.knowledge.sparql.queries import stage
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT
from tests.judges import golden

DISJOINT = NamedNode("http://www.w3.org/2002/07/owl#disjointWith")
SHACL = "http://www.w3.org/ns/shacl#"
PRESENCE = (ns("ifPresent"), ns("ifAbsent"))


@dataclass(frozen=True)
class Fault:
    """One mistake.

    Attributes:
        family: What kind of mistake.
        place: Where, in readable words.
        removed: The triples that are gone, from whichever graph.
        added: The triples that stand there instead, in the graph of the first removed triple; if nothing is gone, each
            in the graph of what it is about.
        safety: A patient could come to harm by it.
    """

    family: str
    place: str
    removed: frozenset[Quad]
    added: tuple[Quad, ...] = ()
    safety: bool = False

    def __str__(self) -> str:
        return f"{self.family}: {self.place}{' (safety)' if self.safety else ''}"


# ---------------------------------------------------------------------- making faults


class Workshop:
    """The shipped content, ready to be damaged."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.quads = [quad for name in sorted(content.graphs) for quad in content.graphs[name]]
        self._about: dict[object, dict[NamedNode, list[object]]] = {}
        self._telling: dict[object, list[Quad]] = {}
        self._naming: dict[object, list[Quad]] = {}
        for quad in dict.fromkeys(self.quads):
            self._about.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
            self._telling.setdefault(quad.subject, []).append(quad)
            self._naming.setdefault(quad.object, []).append(quad)

    def of_kind(self, kind: str) -> list[NamedNode]:
        """The instances of a class, in order; of scenarios minted from one family, the first stands for all."""
        found = _sorted({quad.subject for quad in self._naming.get(ns(kind), ()) if quad.predicate == RDF_TYPE})
        return [node for node in found if node not in self._like_another]

    @cached_property
    def _like_another(self) -> set[NamedNode]:
        """Minted scenarios beyond the first of their family: an author writes them once."""
        minted = defaultdict[object, list[object]](list)
        for quad in self.quads:
            if quad.predicate == ns("fromFamily"):
                minted[quad.object].append(quad.subject)
        return {other for scenarios in minted.values() for other in _sorted(scenarios)[1:]}

    def objects(self, node: object, relation: NamedNode | str) -> list[NamedNode]:
        """The nodes that a property of a node names, in order."""
        predicate = ns(relation) if isinstance(relation, str) else relation
        return _sorted(self._about.get(node, {}).get(predicate, ()))

    def slug_of(self, node: object, relation: str) -> str:
        """The last part of the one node that a property names; empty when there is none."""
        return "".join(slug(value.value) for value in self.objects(node, relation)[:1])

    def everything(self, *nodes: NamedNode) -> frozenset[Quad]:
        """All triples about nodes and what is nested in them, and all that name these."""
        gone: list[NamedNode] = [*nodes]
        for node in gone:
            nested = (value for value in self.objects_of(node) if value.value.startswith(f"{node.value}/"))
            gone += [value for value in nested if value not in gone]
        return frozenset(q for node in gone for q in (*self._telling.get(node, ()), *self._naming.get(node, ())))

    def objects_of(self, node: object) -> Iterator[NamedNode]:
        """All nodes that a node names."""
        for values in self._about.get(node, {}).values():
            yield from (value for value in values if isinstance(value, NamedNode))

    def literals(self, node: object) -> list[tuple[NamedNode, Literal]]:
        """The numbers that a node states."""
        pairs = ((predicate, value) for predicate, values in self._about.get(node, {}).items() for value in values)
        return [(predicate, value) for predicate, value in pairs if isinstance(value, Literal)]

    def kinds_of(self, term: NamedNode) -> set[NamedNode]:
        """A term and all its kinds."""
        return {
            cast(NamedNode, q.subject) for q in self.content.derived if q.predicate == ns("isA") and q.object == term
        }

    def written_order(self, minted: Quad) -> Iterator[tuple[NamedNode, NamedNode]]:
        """What an author wrote that one scenario precedes another by: both, or their families, or their tables.

        ``deficit-lumbar`` before ``wound-lumbar`` is written once, as the family ``deficit`` before ``wound``.
        """
        first, second = cast(NamedNode, minted.subject), cast(NamedNode, minted.object)
        for relation in ("fromFamily", "inTable"):
            pairs = itertools.product(
                self.objects(first, relation) or [first], self.objects(second, relation) or [second]
            )
            yield from (pair for pair in pairs if pair[1] in self.objects(pair[0], "familyPrecedes"))
        if not self.objects(first, "fromFamily") and not self.objects(second, "fromFamily"):
            yield first, second

    @cached_property
    def all_ratings(self) -> list[tuple[NamedNode, NamedNode]]:
        """Each scenario with each of its ratings."""
        scenarios = _sorted({quad.subject for quad in self.quads if quad.predicate == ns("rating")})
        return [(scenario, rating) for scenario in scenarios for rating in self.objects(scenario, "rating")]

    @cached_property
    def ratings(self) -> list[tuple[NamedNode, NamedNode]]:
        """Those of the scenarios that are damaged."""
        return [(scenario, rating) for scenario, rating in self.all_ratings if scenario not in self._like_another]

    @cached_property
    def leading_studies(self) -> set[NamedNode]:
        """Studies that are Usually Appropriate somewhere."""
        return {
            study
            for _, rating in self.ratings
            if self.slug_of(rating, "category") == "usually-appropriate"
            for study in self.objects(rating, "procedure")
        }

    def scale(self, name: str) -> list[NamedNode]:
        """The values of a scale, lowest first."""
        values = [q.subject for q in self.quads if q.predicate == ns("scale") and q.object == Literal(name)]
        return sorted((cast(NamedNode, value) for value in values), key=self.rank)

    def rank(self, value: NamedNode) -> int:
        return next(int(literal.value) for predicate, literal in self.literals(value) if predicate == ns("rank"))

    def own_criteria(self, kind: str) -> list[tuple[NamedNode, NamedNode]]:
        """Each condition of a kind with each criterion of its own."""
        return [(condition, part) for condition in self.of_kind(kind) for part in self.objects(condition, "criterion")]


def faults(content: Content) -> list[Fault]:
    """All faults but those of ``EQUIVALENT``, always the same for the same content; ``Guards.matters`` is asked last."""
    return [fault for fault in proposed(content) if str(fault) not in EQUIVALENT]


def proposed(content: Content) -> list[Fault]:
    """All faults, each once, although conditions share criteria; one that can harm by any of them can harm."""
    shop = Workshop(content)
    found: dict[tuple[str, str], Fault] = {}
    for fault in (fault for make in MAKERS for fault in make(shop)):
        same = found.get((fault.family, fault.place), fault)
        found[fault.family, fault.place] = fault if fault.safety else same
    return list(found.values())


def damaged(content: Content, fault: Fault) -> Content:
    """The content with a fault, everything derived anew."""
    graphs: dict[str, tuple[Quad, ...]] = {}
    pending = fault.added
    for name, triples in content.graphs.items():
        kept = tuple(quad for quad in triples if quad not in fault.removed)
        if len(kept) < len(triples) and pending:
            kept, pending = (*kept, *pending), ()
        graphs[name] = kept
    for quad in pending:  # nothing is gone, so each stands where an author would write it
        graphs[home(content, quad)] += (quad,)
    store = Store()
    for triples in graphs.values():
        store.extend(triples)
    return Content(graphs, kg_content._derive(graphs, store), content.prefixes)


def home(content: Content, quad: Quad) -> str:
    """The graph in which an author would write a triple."""
    subject = getattr(quad.subject, "value", "")
    return next((t for t in content.topics if subject == t or subject.startswith(f"{t}/")), VOCABULARY)


def _meaning(content: Content) -> frozenset[Quad]:
    """What is looked at of the content: the steps of the hierarchy are not, only where they lead."""
    stated = (quad for triples in (*content.graphs.values(), content.derived) for quad in triples)
    return frozenset(quad for quad in stated if quad.predicate != SUB_CLASS_OF)


def _sorted(nodes: Iterable[object]) -> list[NamedNode]:
    return sorted((node for node in nodes if isinstance(node, NamedNode)), key=lambda node: node.value)


def _name(*nodes: NamedNode) -> str:
    return " / ".join(node.value.removeprefix(BASE).removeprefix("topic/") for node in nodes)


def replaced(
    family: str,
    subject: NamedNode,
    relation: NamedNode | str,
    old: NamedNode | Literal,
    new: NamedNode | Literal,
    *,
    safety: bool = False,
) -> Fault:
    """A fault that puts one value in place of another."""
    predicate = ns(relation) if isinstance(relation, str) else relation
    said = f"{_name(subject)}: {slug(old.value)} -> {slug(new.value)}"
    return Fault(family, said, frozenset({Quad(subject, predicate, old)}), (Quad(subject, predicate, new),), safety)


def dropped(shop: Workshop, family: str, *nodes: NamedNode, safety: bool = False) -> Fault:
    """A fault that takes nodes away."""
    return Fault(family, _name(*nodes), shop.everything(*nodes), (), safety)


def unlinked(
    family: str, subject: NamedNode, relation: NamedNode | str, value: NamedNode, *, safety: bool = False
) -> Fault:
    """A fault that takes one value away."""
    predicate = ns(relation) if isinstance(relation, str) else relation
    return Fault(family, f"{_name(subject)}: {_name(value)}", frozenset({Quad(subject, predicate, value)}), (), safety)


Maker = Callable[[Workshop], Iterator[Fault]]


def rating_flipped(shop: Workshop) -> Iterator[Fault]:
    una, _, mba, ua = shop.scale("category")
    others = itertools.count()
    for _, rating in shop.ratings:
        (old,) = shop.objects(rating, "category")
        led = not shop.leading_studies.isdisjoint(shop.objects(rating, "procedure"))
        if old == ua:
            yield replaced("rating flipped", rating, "category", old, una, safety=True)
            yield replaced("rating flipped", rating, "category", old, mba)
        elif old == una and led:
            yield replaced("rating flipped", rating, "category", old, ua, safety=True)
        elif next(others) % 3 == 0:
            yield replaced("rating flipped", rating, "category", old, mba if old == una else una)


def rating_removed(shop: Workshop) -> Iterator[Fault]:
    others = itertools.count()
    for _, rating in shop.ratings:
        if shop.slug_of(rating, "category") == "usually-appropriate" or next(others) % 3 == 1:
            yield dropped(shop, "rating removed", rating)


def studies_exchanged(shop: Workshop) -> Iterator[Fault]:
    """Two neighbouring ratings of a scenario name each other's study."""
    for (scenario, one), (other_scenario, two) in itertools.pairwise(shop.ratings):
        categories = {shop.slug_of(one, "category"), shop.slug_of(two, "category")}
        if scenario == other_scenario and len(categories) == 2:
            (first,), (second,) = shop.objects(one, "procedure"), shop.objects(two, "procedure")
            removed = frozenset({Quad(one, ns("procedure"), first), Quad(two, ns("procedure"), second)})
            added = Quad(one, ns("procedure"), second), Quad(two, ns("procedure"), first)
            harm = categories == {"usually-appropriate", "usually-not-appropriate"}
            yield Fault("studies exchanged", _name(one, second), removed, added, harm)


def rating_details(shop: Workshop) -> Iterator[Fault]:
    for _, rating in shop.ratings:
        for flag in shop.objects(rating, "disagreement"):
            yield unlinked("disagreement flag removed", rating, "disagreement", flag)


def criteria_of(kind: str) -> Maker:
    """Each criterion of a kind of condition is forgotten, turned round, or loses an alternative."""

    def make(shop: Workshop) -> Iterator[Fault]:
        for condition, criterion in shop.own_criteria(kind):
            harm = harmful(shop, condition)
            yield dropped(shop, f"criterion of {kind} dropped", criterion, safety=harm)
            alternatives = [
                (relation, finding) for relation in PRESENCE for finding in shop.objects(criterion, relation)
            ]
            present = next(finding for _, finding in alternatives)
            relation = next(relation for relation, finding in alternatives if finding == present)
            other = PRESENCE[1 - PRESENCE.index(relation)]
            yield Fault(
                f"criterion of {kind} turned round",
                _name(criterion),
                frozenset({Quad(criterion, relation, present)}),
                (Quad(criterion, other, present),),
                harm,
            )
            for relation, finding in alternatives if len(alternatives) > 1 else ():
                yield unlinked(f"alternative of {kind} removed", criterion, relation, finding, safety=harm)

    return make


def harmful(shop: Workshop, condition: NamedNode) -> bool:
    """Whether a mistake in a condition can harm: it calls for help, rules out, sets the pace or puts suspicion first."""
    kinds = {slug(kind.value) for kind in shop.objects(condition, RDF_TYPE)}
    if kinds & {"Contraindication", "Escalation", "UrgencyRule", "Precedence"}:
        return True
    return "HandOff" in kinds and not emergencies(shop).isdisjoint(asked(shop, condition))


def emergencies(shop: Workshop) -> set[NamedNode]:
    """What somebody is called at once for."""
    return {finding for condition in shop.of_kind("Escalation") for finding in asked(shop, condition)}


def asked(shop: Workshop, condition: NamedNode) -> set[NamedNode]:
    """The findings whose presence meets a criterion of a condition."""
    return {f for criterion in shop.objects(condition, "criterion") for f in shop.objects(criterion, "ifPresent")}


def condition_removed(kind: str) -> Maker:
    def make(shop: Workshop) -> Iterator[Fault]:
        for condition in shop.of_kind(kind):
            yield dropped(shop, f"{kind} removed", condition, safety=harmful(shop, condition))

    return make


def contraindication_changed(shop: Workshop) -> Iterator[Fault]:
    degrees = shop.scale("degree")
    rules = shop.of_kind("Contraindication")
    targets = _sorted({target for rule in rules for target in shop.objects(rule, "rulesOut")})
    for rule in rules:
        (degree,) = shop.objects(rule, "degree")
        (other,) = (value for value in degrees if value != degree)
        yield replaced("degree of contraindication changed", rule, "degree", degree, other, safety=True)
        own = shop.objects(rule, "rulesOut")
        for target in own:
            new = next(value for value in (*targets[targets.index(target) + 1 :], *targets) if value not in own)
            yield replaced("target of contraindication changed", rule, "rulesOut", target, new, safety=True)
            if len(own) > 1:
                yield unlinked("target of contraindication removed", rule, "rulesOut", target, safety=True)


def escalation_changed(shop: Workshop) -> Iterator[Fault]:
    specialties = shop.of_kind("Specialty")
    for rule in shop.of_kind("Escalation"):
        own = shop.objects(rule, "contact")
        for contact in own:
            new = next(value for value in specialties if value not in own)
            yield unlinked("contact of escalation removed", rule, "contact", contact, safety=True)
            yield replaced("contact of escalation changed", rule, "contact", contact, new, safety=True)
        for criterion in shop.objects(rule, "criterion"):
            for finding in shop.objects(criterion, "ifPresent"):
                broader = shop.objects(finding, SUB_CLASS_OF)
                narrower = _sorted(shop.kinds_of(finding) - {finding})
                for new in (*broader[:1], *narrower[:1]):
                    yield replaced("criterion of Escalation changed", criterion, "ifPresent", finding, new, safety=True)


def urgency_lowered(kind: str) -> Maker:
    def make(shop: Workshop) -> Iterator[Fault]:
        levels = shop.scale("urgency")
        for rule in shop.of_kind(kind):
            (level,) = shop.objects(rule, "urgency")
            for lower in levels[: levels.index(level)][-1:]:
                safety = kind == "UrgencyRule"
                yield replaced(f"urgency of {kind} lowered", rule, "urgency", level, lower, safety=safety)

    return make


def order_changed(shop: Workshop) -> Iterator[Fault]:
    steps = defaultdict[tuple[NamedNode, NamedNode], list[tuple[NamedNode, NamedNode]]](list)
    scenarios = {scenario for scenario, _ in shop.all_ratings}
    for quad in shop.quads:
        if quad.predicate == ns("precedes") and quad.subject in scenarios:
            for written in shop.written_order(quad):
                steps[written].append((cast(NamedNode, quad.subject), cast(NamedNode, quad.object)))
    for (first, second), pairs in steps.items():
        edges = frozenset(Quad(one, ns("precedes"), two) for one, two in pairs)
        back = tuple(Quad(two, ns("precedes"), one) for one, two in pairs)
        suspicion = bool(asked(shop, pairs[0][0]) & suspicions(shop))
        place = f"{_name(first)} before {_name(second)}"
        yield Fault("precedence removed", place, edges, (), suspicion)
        yield Fault("precedence reversed", place, edges, back, suspicion)
    for rule in shop.of_kind("Precedence"):
        firsts, seconds = shop.objects(rule, "first"), shop.objects(rule, "second")
        removed = [Quad(rule, ns("first"), node) for node in firsts] + [
            Quad(rule, ns("second"), node) for node in seconds
        ]
        added = [Quad(rule, ns("second"), node) for node in firsts] + [
            Quad(rule, ns("first"), node) for node in seconds
        ]
        yield Fault("precedence reversed", _name(rule), frozenset(removed), tuple(added), safety=True)
        for relation, nodes in (("first", firsts), ("second", seconds)):
            for node in nodes if len(nodes) > 1 else ():
                yield unlinked("side of precedence removed", rule, relation, node, safety=True)


def suspicions(shop: Workshop) -> set[NamedNode]:
    """The findings on which a precedence depends."""
    return {finding for rule in shop.of_kind("Precedence") for finding in asked(shop, rule)}


def preference_changed(shop: Workshop) -> Iterator[Fault]:
    for rule in shop.of_kind("Preference"):
        ways = [(relation, shop.objects(rule, relation)) for relation in ("over", "before")]
        preferred = shop.objects(rule, "prefers")
        for relation, others in ways:
            if others:
                removed = [Quad(rule, ns("prefers"), s) for s in preferred] + [
                    Quad(rule, ns(relation), s) for s in others
                ]
                added = [Quad(rule, ns(relation), s) for s in preferred] + [
                    Quad(rule, ns("prefers"), s) for s in others
                ]
                yield Fault("preference reversed", _name(rule), frozenset(removed), tuple(added))
            for study in others if len(others) > 1 else ():
                yield unlinked("side of preference removed", rule, relation, study)


def neighbour_changed(shop: Workshop) -> Iterator[Fault]:
    neighbours = shop.of_kind("Neighbour")
    for rule in shop.of_kind("HandOff"):
        (old,) = shop.objects(rule, "neighbour")
        new = neighbours[(neighbours.index(old) + 1) % len(neighbours)]
        yield replaced("neighbour changed", rule, "neighbour", old, new, safety=harmful(shop, rule))


def limits_changed(shop: Workshop) -> Iterator[Fault]:
    facets = {"minInclusive": "minExclusive", "maxInclusive": "maxExclusive"}
    facets |= {new: old for old, new in facets.items()}
    for finding in shop.of_kind("Finding"):
        for part in (*shop.objects(finding, "presentWithin"), *shop.objects(finding, "absentWithin")):
            for facet, limit in shop.literals(part):
                if not facet.value.startswith(SHACL):
                    continue
                moved = Literal(format(Decimal(limit.value) + 1, "f"), datatype=limit.datatype)
                yield replaced("limit moved", part, facet, limit, moved)
                other = NamedNode(f"{SHACL}{facets[facet.value.removeprefix(SHACL)]}")
                gone, new = Quad(part, facet, limit), Quad(part, other, limit)
                yield Fault("limit opened or closed", _name(part), frozenset({gone}), (new,))


def hierarchy_changed(shop: Workshop) -> Iterator[Fault]:
    for finding in shop.of_kind("Finding"):
        for other in shop.objects(finding, DISJOINT):
            yield unlinked("exclusion removed", finding, DISJOINT, other)
    for kind in ("Finding", "Procedure"):
        steps = [(term, above) for term in shop.of_kind(kind) for above in shop.objects(term, SUB_CLASS_OF)]
        for term, above in steps[::4]:
            yield unlinked(f"step in the hierarchy of {kind} removed", term, SUB_CLASS_OF, above)


def radiation_changed(shop: Workshop) -> Iterator[Fault]:
    levels = shop.scale("radiation")
    for study in _sorted({study for _, rating in shop.ratings for study in shop.objects(rating, "procedure")}):
        (level,) = shop.objects(study, "radiationLevel")
        new = levels[(levels.index(level) + 1) % len(levels)]
        yield replaced("radiation level changed", study, "radiationLevel", level, new)


def origin_removed(shop: Workshop) -> Iterator[Fault]:
    kinds = ("Scenario", "Warning", "Escalation", "UrgencyRule", "HandOff", "ResultPattern", "ActionRecommendation")
    nodes = [rating for _, rating in shop.ratings] + [node for kind in kinds for node in shop.of_kind(kind)]
    for node in nodes[::5]:
        origins = frozenset(Quad(node, WAS_DERIVED_FROM, origin) for origin in shop.objects(node, WAS_DERIVED_FROM))
        yield Fault("origin removed", _name(node), origins)


WITH_CRITERIA = (
    "Scenario",
    "Precedence",
    "UrgencyRule",
    "Escalation",
    "Contraindication",
    "Preference",
    "HandOff",
    "Warning",
    "ResultPattern",
)
REMOVABLE = (*WITH_CRITERIA[1:], "ActionRecommendation", "Alternative")
MAKERS: Sequence[Maker] = (
    rating_flipped,
    rating_removed,
    studies_exchanged,
    rating_details,
    *(criteria_of(kind) for kind in WITH_CRITERIA),
    *(condition_removed(kind) for kind in REMOVABLE),
    contraindication_changed,
    escalation_changed,
    urgency_lowered("UrgencyRule"),
    urgency_lowered("ActionRecommendation"),
    order_changed,
    preference_changed,
    neighbour_changed,
    limits_changed,
    hierarchy_changed,
    radiation_changed,
    origin_removed,
)


EQUIVALENT = {
    "side of precedence removed: thoracic-back-pain/precedence/suspicion-first: thoracic-back-pain/abnormal-radiograph"
    " (safety)": "where suspicion is known, suspected cancer or infection applies too and comes before prior surgery",
    "limit moved: finding/acute-pain/absentWithin/not-acute: 6.0 -> 7.0": "past 6 weeks the pain is subacute or"
    " chronic, which excludes acute pain",
    "neighbour changed: thoracic-back-pain/hand-off/lumbar: low-back-pain -> myelopathy (safety)": "low back pain"
    " enters its own topic, and the hand-off gives way; it is for a folder without that topic",
    "precedence removed: low-back-pain/lumbar-cancer-infection-immunosuppression before low-back-pain/acute-low-back-pain"
    " (safety)": "by steroids fracture risk applies and leads it as well; all else is a red flag and rules it out",
    "precedence removed: low-back-pain/lumbar-cancer-infection-immunosuppression before"
    " low-back-pain/subacute-or-chronic-low-back-pain (safety)": "as of acute low back pain",
}
"""Faults that change triples, but no verdict of any case, each with the reason; a test tries it."""

# ---------------------------------------------------------------------- the guards


ALONE = ("query", "example", "shape", "proof")
"""The guards that the content brings along."""

ALL = (*ALONE, "table", "golden")


class Guards:
    """What watches over the content. The worked examples stay as they are: they are tests, not what is tested."""

    def __init__(self, content: Content) -> None:
        guide = kg.Guide(content)
        self.content = content
        self._examples = [(example, _told(example, guide)) for example in examples(guide)]
        self._golden = [
            (name, _terms(guide.derive(case))) for name, case in golden.cases().items() if golden.stored(name)[0]
        ]
        self._queries = [query for query in stage("verify") if query.header["severity"] == "error"]
        self._rows = self._errors(content)
        self._verdicts = self._proofs(content)
        self._graph = graph_of(content)
        self.violations = violations(self._graph)
        self._table = expected_ratings() | rating_table(content, minted=True)
        self._meaning = _meaning(content)

    def matters(self, fault: Fault) -> bool:
        """Whether a fault changes what the content means: a step may be given twice, the second time by others."""
        steps = {quad.predicate for quad in fault.removed} <= {SUB_CLASS_OF, ns("precedes")}
        return not steps or _meaning(damaged(self.content, fault)) != self._meaning

    def first(self, fault: Fault, among: Collection[str] = ALL) -> str:
        """The guard that catches a fault: example, query, shape, proof, the table, a golden answer; empty when none."""
        broken = damaged(self.content, fault)
        guide = kg.Guide(broken)
        # The likeliest first, which finds most faults much sooner and none that would not be found.
        worked = [example for example, _ in _ranked(self._examples, fault)]
        answers = [name for name, _ in _ranked(self._golden, fault)]
        guards: list[tuple[str, Callable[[], bool]]] = [
            ("example", lambda: any(self._differs(example, guide) for example in worked[:4])),
            ("query", lambda: bool(self._errors(broken) - self._rows)),
            ("example", lambda: any(self._differs(example, guide) for example in worked[4:])),
            ("shape", lambda: self.is_invalid(fault)),
            ("proof", lambda: self._proofs(broken) != self._verdicts),
            (
                "table",
                lambda: rating_table(broken, minted=False) | rating_table(broken, minted=True) != self._table,
            ),
            ("golden", lambda: any(self._answers_differ(guide, name) for name in answers)),
        ]
        return next((name for name, catches in guards if name in among and catches()), "")

    @staticmethod
    def _differs(example: Example, guide: kg.Guide) -> bool:
        try:
            return bool(differences(example, guide))
        except KgError:
            return True

    @staticmethod
    def _answers_differ(guide: kg.Guide, name: str) -> bool:
        try:
            return golden.found(guide, name) != golden.stored(name)
        except KgError:
            return True

    def _errors(self, content: Content) -> set[tuple[str, ...]]:
        knowledge = Lookup(content)
        return {(query.name, *row.values()) for query in self._queries for row in knowledge.rows(query)}

    def queries_that_find(self, broken: Content) -> list[str]:
        """The verify queries that find something new in damaged content, in order."""
        return sorted({row[0] for row in self._errors(broken) - self._rows})

    @staticmethod
    def _proofs(content: Content) -> dict[str, tuple[str, tuple[str, ...]]]:
        with Prover(content) as prover:
            return {proof.name: (proof.status, proof.unmet) for proof in prover.prove()}

    def is_invalid(self, fault: Fault) -> bool:
        """Whether the shapes find something new near the fault: validating everything would take a second or two."""
        removed, added = _triples(fault.removed), _triples(fault.added)
        touched = {node for triple in (*removed, *added) for node in triple[::2]}
        touched |= {other for node in touched for other in self._graph.subjects(None, node)}
        try:
            _replace(self._graph, removed, added)
            return bool(violations(self._graph, touched) - self.violations)
        finally:
            _replace(self._graph, added, removed)


UNHARMED = Fault("none", "", frozenset())
"""No fault: a guard that catches it would seem to catch everything."""


@cache
def _shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(shipped("ontology") / "shapes" / "content.ttl", format="turtle")


def violations(graph: rdflib.Graph, nodes: Iterable[rdflib.Node] = ()) -> set[tuple[str, str]]:
    """Node and message of each violation, of all nodes or some."""
    focus: list[str | rdflib.URIRef] = [node for node in nodes if isinstance(node, rdflib.URIRef)]
    _, found, _ = pyshacl.validate(
        graph, shacl_graph=_shapes(), inplace=True, inference="none", focus_nodes=focus or None
    )
    report, sh = cast(rdflib.Graph, found), rdflib.Namespace(SHACL)
    return {
        (str(report.value(result, sh.focusNode)), str(report.value(result, sh.resultMessage)))
        for result in report.subjects(sh.resultSeverity, sh.Violation)
    }


Terms = Mapping[str, float]
Watching = TypeVar("Watching", bound=tuple[Any, ...])


def _terms(quads: Iterable[Quad], weight: float = 1.0) -> Terms:
    """The things that triples are about; a rating or criterion also stands for its condition."""
    iris = {node.value for quad in quads for node in (quad.subject, quad.object) if isinstance(node, NamedNode)}
    return dict.fromkeys(iris | {iri.split("/criterion/")[0].split("/rating/")[0] for iri in iris}, weight)


def _told(example: Example, guide: kg.Guide) -> Terms:
    """What an example is about; what it says something of counts for more."""
    said = dict.fromkeys((*example.conditions, *example.not_conditions), 9.0)
    rated = 9.0 if any(name.endswith("Appropriate") for name, _ in example.named) else 1.0
    leading = {scenario for scenario in guide.core.lookup.ratings if slug(scenario) in example.scenarios}
    return {**_terms(guide.derive(example.case)), **dict.fromkeys(leading, rated), **said}


def _ranked(watching: Sequence[Watching], fault: Fault) -> list[Watching]:
    """What has most to do with a fault first; what everything has to do with says little."""
    touched = _terms((*fault.removed, *fault.added))
    common = Counter(term for *_, terms in watching for term in touched.keys() & terms.keys())
    return sorted(watching, key=lambda item: -sum(item[-1].get(term, 0) / count for term, count in common.items()))


def _triples(quads: Iterable[Quad]) -> list[tuple[rdflib.Node, ...]]:
    text = serialize((Triple(q.subject, q.predicate, q.object) for q in quads), format=RdfFormat.N_TRIPLES)
    return list(rdflib.Graph().parse(data=text, format="nt"))


def _replace(
    graph: rdflib.Graph, old: Iterable[tuple[rdflib.Node, ...]], new: Iterable[tuple[rdflib.Node, ...]]
) -> None:
    for triple in old:
        graph.remove(triple)  # type: ignore[arg-type]
    for triple in new:
        graph.add(triple)  # type: ignore[arg-type]


def rating_table(content: Content, *, minted: bool) -> set[tuple[str, ...]]:
    """Scenario, study, category, disagreement of each rating, as in the table of expected ratings.

    Those of minted scenarios are held against their source in ``tests/knowledge/content/test_facts.py``.
    """
    shop = Workshop(content)
    return {
        (
            slug(scenario.value),
            shop.slug_of(rating, "procedure"),
            shop.slug_of(rating, "category"),
            disagreement(shop, rating),
        )
        for scenario, rating in shop.all_ratings
        if bool(shop.objects(scenario, "fromFamily")) == minted
    }


def disagreement(shop: Workshop, rating: NamedNode) -> str:
    if shop.objects(rating, "disagreement"):
        return "unknown"
    known = {"may-be-appropriate": "no", "may-be-appropriate-disagreement": "yes"}
    return known.get(shop.slug_of(rating, "category"), "")


def expected_ratings() -> set[tuple[str, ...]]:
    """The same from the tables that were written from the sources, one for each topic whose scenarios are no families."""
    columns = ("scenario", "procedure", "category", "disagreement")
    found = set()
    for place in (ROOT / "tests" / "expected").glob("ratings*.csv"):
        with place.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if "scenario" in (rows.fieldnames or ()):
                found |= {tuple(row[column] for column in columns) for row in rows}
    return found
