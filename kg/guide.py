"""The guide: load content once, assess cases against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

from kg import answer as a
from kg.beyond import Beyond
from kg.cache import Kept, opened
from kg.case import Case
from kg.content import Content, Index
from kg.errors import ParameterError
from kg.evaluation import Evaluation, Row
from kg.facts import THIS_CASE, facts, stated
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import IS_DEFINED_BY
from kg.part import PARTS, Common, Part, View, triples_of
from kg.queries import Query, selection
from kg.ranked import nodes
from kg.reading import CONCLUSIONS, Reading, near
from kg.refusal import IMPOSSIBLE, refuse
from kg.resources import folder

if TYPE_CHECKING:
    # Imported where they are used: most processes ask for one answer and no more.
    from kg.build import Format
    from kg.catalogue import Value
    from kg.circuits import Circuits
    from kg.differential import Differential
    from kg.findings import Findings
    from kg.order import OrderCheck
    from kg.pathway import Pathway
    from kg.places import Place
    from kg.questions import Asking
    from kg.ratings import Ratings
    from kg.rows import Rows
    from kg.surface import Surface
    from kg.why import Contrast, StudyReasons, Verdicts


def load(content: Path | str | None = None, *, graph: str | None = None) -> Guide:
    """Open a guideline.

    Args:
        content: A content folder, or the address of a SPARQL endpoint, which is read once; without one, the shipped
            ontology.
        graph: The graph of the endpoint that holds the guideline.

    Returns:
        A guide, ready to assess cases. It is immutable and may be shared by threads.

    Raises:
        ContentError: The folder cannot be used; the message names the file, the line and the cure.
        EndpointError: The endpoint gave no answer that can be used.
        ParameterError: A graph is named where there is no endpoint.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain"], absent=["prior-thoracic-spine-surgery"])
    >>> case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
    >>> guide.assess(case).best[0].label
    'MRI thoracic spine without and with IV contrast'
    """
    if isinstance(content, str) and content.startswith(("http://", "https://")):
        from kg.endpoint import remote

        return Guide(remote(content, graph).content())
    if graph is not None:
        message = "graph names a graph of an endpoint; leave it out, or give the address of the endpoint as the content"
        raise ParameterError(message)
    return Guide(opened(Path(content) if content is not None else folder("ontology")))


class Guide:
    """A guideline that assesses cases."""

    def __init__(self, source: Content | Kept) -> None:
        """Wrap content that was read.

        Args:
            source: What ``kg.content.read`` or ``kg.cache.opened`` returns.
        """
        self._source = source
        self._parts: dict[frozenset[str], Part] = {}
        self._cards: dict[str, View] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> Guide:
        """A guide never changes, so the copy of an answer has the same one."""
        return self

    @cached_property
    def content(self) -> Content:
        """All content."""
        return self._source.whole

    @property
    def folder(self) -> Path | None:
        """The content folder, if the content was read from one."""
        return self._source.folder

    @property
    def topics(self) -> tuple[str, ...]:
        """The IRIs of all topics."""
        return self._source.topics

    @property
    def index(self) -> Index:
        """What has to be known before a case is looked at: the words, and which of them lead to which topics."""
        return self._source.index

    def beside(self, name: str) -> Path | None:
        """Where something made of the content may be kept.

        Args:
            name: The name of a file, which says what it depends on besides the content.

        Returns:
            Its place; nothing where the content itself is not kept.
        """
        return self._source.beside(name) if isinstance(self._source, Kept) else None

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of all content."""
        return Lexicon(self.content)

    @cached_property
    def knowledge(self) -> Knowledge:
        """All content, for looking up."""
        return Knowledge(self.content)

    # ------------------------------------------------------------------ assessing

    def assess(self, case: Case) -> a.Answer:
        """Which study comes next, and why.

        Args:
            case: The patient, as far as known.

        Returns:
            The answer with its reasons.

        Raises:
            UnknownTermError: A word of the case is not in the vocabulary; the nearest labels are offered.
            CaseError: A number is out of its range.
            ContradictoryCaseError: Facts contradict each other; both are named.
        """
        return self._assess(case, with_readings=True)

    def _assess(self, case: Case, *, with_readings: bool) -> a.Answer:
        laid = facts(case, self._words)
        part = self.part(self.entered(laid))
        with part.rules.evaluation(laid) as evaluation:
            conclusions = evaluation.conclusions(THIS_CASE, (*CONCLUSIONS, IMPOSSIBLE))
            if conclusions[IMPOSSIBLE]:
                with self._evaluation(case):
                    pass  # which refuses the case if it must; the rules alone lack the labels to say why
            answer = self._reading(case, self._view(part, conclusions), evaluation, conclusions).answer(self)
        return replace(answer, readings=self._readings(answer)) if with_readings and answer.undecided else answer

    def _readings(self, answer: a.Answer) -> tuple[a.OtherReading, ...]:
        """Assess the case once for each way to read a number on which the sources differ."""
        readings = []
        for finding in answer.undecided:
            other = self._assess(answer.case.with_facts(present=[finding.id]), with_readings=False)
            scenarios = tuple(a.Term(held.id, held.label) for held in other.scenarios)
            best = tuple(a.Term(study.id, study.label) for study in other.best)
            readings.append(a.OtherReading(finding, other.outcome, scenarios, best))
        return tuple(readings)

    def why(self, case: Case, what: str) -> Verdicts | StudyReasons:
        """Why something holds, or does not, for a case.

        Args:
            case: The patient, as far as known.
            what: A study, a scenario or another condition, or an action.

        Returns:
            For a study everything that bears on it; otherwise the verdict on each condition of that name, whichever
            topic it stands in.

        Raises:
            UnknownTermError: Nothing has that name.
            KgError: As for ``assess``.
        """
        from kg.why import Judge, Verdicts, conditions_named

        if self._words.knows("Procedure", what):
            with self._evaluation(case) as (view, evaluation):
                judge = Judge(view.lexicon, view.knowledge, case, evaluation)
                return judge.study(view.lexicon.term("Procedure", what).value)
        laid = facts(case, self._words)
        conditions = conditions_named(what, self.knowledge)
        homes = {NamedNode(iri) for iri in conditions}
        stand = {t.object.value for t in self.content.derived if t.predicate == IS_DEFINED_BY and t.subject in homes}  # type: ignore[union-attr]
        with self._evaluation(case, self.entered(laid) | stand) as (view, evaluation):
            judge = Judge(view.lexicon, view.knowledge, case, evaluation)
            return Verdicts(judge.verdict(iri) for iri in conditions)

    def contrast(self, case: Case, first: str, second: str) -> Contrast:
        """Put two studies side by side: rating, what each shows, and what decided between them.

        Args:
            case: The patient, as far as known.
            first: A study.
            second: Another study.

        Returns:
            The contrast.

        Raises:
            UnknownTermError: There is no such study.
            KgError: As for ``assess``.
        """
        from kg.why import Judge

        with self._evaluation(case) as (view, evaluation):
            pair = [view.lexicon.term("Procedure", word).value for word in (first, second)]
            return Judge(view.lexicon, view.knowledge, case, evaluation).contrast(*pair)

    def check_order(self, case: Case, order: str) -> OrderCheck:
        """Check a study that somebody intends to order.

        Args:
            case: The patient, as far as known.
            order: The study.

        Returns:
            Its rating here, the warnings that it triggers, and what would be better.

        Raises:
            UnknownTermError: There is no such study.
            KgError: As for ``assess``.
        """
        from kg.order import OrderCheck
        from kg.why import Judge

        ordered = replace(case, order=order)
        answer = self.assess(ordered)
        with self._evaluation(ordered) as (view, evaluation):
            judge = Judge(view.lexicon, view.knowledge, ordered, evaluation)
            iri = view.lexicon.term("Procedure", order).value
            reasons = judge.study(iri)
            others = [study.id for study in answer.best if study.id != order]
            named_iris = [view.lexicon.term("Procedure", other).value for other in others]
            better = tuple(judge.contrast(other, iri) for other in named_iris)
            (verdict,) = evaluation.conclusions(THIS_CASE, ("orderVerdict",))["orderVerdict"]
        shown = () if reasons.next else better
        return OrderCheck(
            a.Term(order, view.lexicon.label(iri)), view.lexicon.label(verdict), reasons, answer.warnings, shown, answer
        )

    def pathway(self, case: Case, depth: int = 4) -> Pathway:
        """What would follow from each result of each next study.

        Args:
            case: The patient, as far as known.
            depth: How many studies deep to look, 1 to 4.

        Returns:
            The tree of studies, results, actions and further studies.

        Raises:
            KgError: As for ``assess``.
            ParameterError: It is another depth.
        """
        from kg.pathway import Pathfinder

        return Pathfinder(self.assess, self.lexicon, self.knowledge).pathway(case, depth)

    def what_to_ask(self, case: Case) -> Asking:
        """What is unknown and can change the recommended study or the urgency.

        Args:
            case: The patient, as far as known.

        Returns:
            The questions, most deciding first, or the statement that nothing more needs to be known.

        Raises:
            KgError: As for ``assess``.
        """
        from kg.questions import what_to_ask

        return what_to_ask(self, case)

    def surface(self, topic: str) -> Surface:
        """Every combination of the deciding facts of a topic, by what is answered.

        Args:
            topic: The topic, such as ``"thoracic-back-pain"``.

        Returns:
            The partition, with its gaps, overlaps and unsafe answers. The shipped topics take a second or two each.

        Raises:
            UnknownTermError: There is no such topic.
        """
        from kg.surface import Surveyor

        return Surveyor(self, topic).surface()

    def find(self, text: str, kind: str = "Finding") -> tuple[a.Term, ...]:
        """Search labels, synonyms and identifiers; see ``kg.lexicon.Lexicon.find``.

        Args:
            text: Some words.
            kind: The class of term, such as ``"Finding"`` or ``"Procedure"``.

        Returns:
            The terms that contain every word; failing these, the nearest ones.

        Raises:
            ParameterError: There is no such class of term.
        """
        return self.lexicon.find(text, kind)

    def findings(self) -> Findings:
        """The findings that can be put into a case.

        Returns:
            A table of their words, names, synonyms and meanings.

        >>> import kg
        >>> "fever" in [entry.id for entry in kg.load().findings().entries]
        True
        """
        from kg.findings import findings

        return findings(self.knowledge)

    def ratings(self, topic: str) -> Ratings:
        """The rating matrix of a topic: its scenarios and the studies that they rate.

        Args:
            topic: The identifier of the topic.

        Returns:
            The matrix.

        Raises:
            UnknownTermError: There is no such topic.

        >>> import kg
        >>> matrix = kg.load().ratings("thoracic-back-pain")
        >>> matrix.cells["fracture-risk", "radiography-thoracic-spine"].category.label
        'Usually Appropriate'
        """
        from kg.ratings import ratings

        return ratings(self.lexicon.term("Topic", topic).value, self.knowledge, self.lexicon)

    def differential(self, case: Case) -> Differential:
        """The diagnoses that the leading scenarios of a case are worked up for.

        Args:
            case: The patient, as far as known.

        Returns:
            The diagnoses with what each explains, above all of what is known here; empty where no source names any.

        Raises:
            KgError: As for ``assess``.
        """
        from kg.differential import differential

        with self._evaluation(case) as (view, evaluation):
            conclusions = evaluation.conclusions(THIS_CASE)
            return differential(conclusions["leading"], conclusions["knownPresent"], view.knowledge)

    def where(self, word: str) -> tuple[Place, ...]:
        """Which line of which file to edit.

        Args:
            word: The identifier or IRI of any thing of the content.

        Returns:
            The places at which it is described.

        Raises:
            UnknownTermError: There is no such thing, or there are several.
            ContentError: The content was not read from a folder.
        """
        from kg.places import places

        return places(self.content, self.lexicon.thing(word).value)

    def ask(self, question: str, /, *, case: Case | None = None, **values: Value) -> Rows:
        """Ask a question of the catalogue, see ``docs/questions.md``.

        Args:
            question: Its name.
            case: The patient, for a question about a case.
            values: The parameters of the question.

        Returns:
            The rows.

        Raises:
            UnknownQueryError: There is no such question.
            ParameterError: A parameter is missing, unknown or of another type.
            UnknownTermError: There is no such term.
            KgError: As for ``assess``, of a question about a case.

        >>> print(load().ask("scenarios-of-topic", topic="thoracic-back-pain").columns)
        ('scenario', 'label', 'phase', 'phaseLabel', 'notation')
        """
        from kg.catalogue import question as named_question
        from kg.rows import Rows

        asked = named_question(question)
        query = asked.bind(values, self.lexicon.resolve)
        if asked.about_a_case != (case is not None):
            needs = "is about a case; give one as `case`" if asked.about_a_case else "is not about a case; leave it out"
            message = f"the question '{question}' {needs}"
            raise ParameterError(message)
        if case is None:
            solutions = self.knowledge.solutions(query, codes="mappings" in asked.tags)
            return Rows.of(solutions, self.lexicon.labels, query.text)
        with self._evaluation(case) as (_, evaluation):
            return Rows.of(evaluation.solutions(query), self.lexicon.labels, query.text)

    def query(self, text: str) -> Rows:
        """Ask the content a question in SPARQL of your own; nothing of a case is in it.

        Args:
            text: A SELECT query of SPARQL 1.1, with its PREFIX lines.

        Returns:
            The rows.

        Raises:
            QueryError: The text is no such query, or cannot be answered; the message names the place.

        >>> prefix = "PREFIX ns: <https://w3id.org/nextstudy/ontology#>"
        >>> print(
        ...     load().query(prefix + "SELECT ?topic { ?topic a ns:Topic ; ns:entry ?entry } ORDER BY ?topic").columns
        ... )
        ('topic',)
        """
        from kg.own_query import rows_of

        return rows_of(text, self.knowledge.store, self.lexicon.labels)

    def to_turtle(self, case: Case) -> str:
        """The assessed case as RDF of its own.

        Args:
            case: The patient, as far as known.

        Returns:
            Turtle: what is stated and derived, with the label of every thing that it names.

        Raises:
            KgError: As for ``assess``.
        """
        with self._evaluation(case) as (view, evaluation):
            reading = self._reading(case, view, evaluation, evaluation.conclusions(THIS_CASE))
            evaluation.lay(nodes(THIS_CASE, reading.near(), reading.asked()))
            triples = sorted(evaluation.graph(selection("assessed-case")), key=str)
        used = {name: iri for name, iri in self.content.prefixes.items() if any(f"<{iri}" in str(t) for t in triples)}
        return (serialize(triples, format=RdfFormat.TURTLE, prefixes=used) or b"").decode("utf-8")

    def derive(self, case: Case) -> tuple[Quad, ...]:
        """The case and everything that the queries derive of it, as triples.

        Args:
            case: The patient, as far as known.

        Returns:
            The triples, the case being ``case:this``.

        Raises:
            KgError: As for ``assess``.
        """
        with self._evaluation(case) as (_, evaluation):
            return evaluation.triples

    def build(self, format: Format = "turtle", *, closure: bool = False) -> str:
        """Write the whole ontology with its OWL definitions; see ``kg.build.build``.

        Args:
            format: ``"turtle"``, ``"ntriples"``, ``"jsonld"`` or ``"rdfxml"``.
            closure: Add what the build queries derive.

        Returns:
            The text of the file, the same whenever the content is the same.
        """
        from kg.build import build

        return build(self.content, format, closure=closure)

    def slice(self, topics: Iterable[str]) -> tuple[Quad, ...]:
        """What a case that enters some topics is assessed against, besides rules of other topics.

        Args:
            topics: IRIs of topics.

        Returns:
            The triples of the vocabulary, of the topics and of what the build derived; worked examples are left out.
        """
        return triples_of(self._source.part(frozenset(topics)))

    @cached_property
    def circuits(self) -> Circuits:
        """What the derive queries conclude of all cases."""
        from kg.circuits import Circuits

        return Circuits(self)

    def bearing(self, topics: frozenset[str]) -> tuple[Quad, ...]:
        """All that can bear on a case that may enter some topics.

        Args:
            topics: IRIs of topics.

        Returns:
            The triples of ``slice``, and of every rule of another topic that acts beyond it.
        """
        others = [rule for rule in self._source.rules.rules if topics.isdisjoint(rule.homes)]
        return tuple(dict.fromkeys((*self.slice(topics), *self._beyond.triples(others))))

    def rows_about(self, case: Case, query: Query) -> list[Row]:
        """Ask a question about a case.

        Args:
            case: The patient, as far as known.
            query: A SELECT query.

        Returns:
            Its rows.

        Raises:
            KgError: As for ``assess``.
        """
        with self._evaluation(case) as (_, evaluation):
            return evaluation.rows(query)

    def beyond(self, laid: Iterable[Quad], topics: Iterable[str]) -> tuple[Quad, ...]:
        """What a case is assessed against besides ``slice``: rules of other topics that could apply to it.

        Args:
            laid: The triples of the case.
            topics: IRIs of the topics of the slice.

        Returns:
            The triples about these rules.
        """
        return tuple(dict.fromkeys(self._beyond.triples(self._beyond.rules(stated(laid), frozenset(topics)))))

    def basis(self, laid: Iterable[Quad]) -> frozenset[str]:
        """The topics on which what is said of a case may rest: those it may enter, and those of rules that could apply.

        Args:
            laid: The triples of the case.

        Returns:
            IRIs of topics.
        """
        said = stated(laid)
        homes = (home for rule in self._source.rules.could_apply(said) for home in rule.homes)
        return self._source.index.topics(said).union(homes)

    @contextmanager
    def _evaluation(self, case: Case, topics: frozenset[str] | None = None) -> Iterator[tuple[View, Evaluation]]:
        """A case with all that was derived of it; whoever asks about a case comes here, so it is refused here."""
        laid = facts(case, self._words)
        entered = self.entered(laid) if topics is None else topics
        part = self.part(entered)
        with part.bench.evaluation(laid) as evaluation:
            refuse(evaluation)
            yield self._view(part, evaluation.conclusions(THIS_CASE, ("acts",))), evaluation

    def _view(self, part: Part, conclusions: Mapping[str, Sequence[str]]) -> View:
        """A part, with the words of what acts beyond the topics in it."""
        others = self._source.rules.homes(conclusions["acts"]) - frozenset(part.knowledge.topics)
        return part.joined([self._card(topic) for topic in sorted(others)])

    def _card(self, topic: str) -> View:
        """The words of the conditions of a topic that act beyond it."""
        if topic not in self._cards:
            while len(self._cards) >= PARTS:
                self._cards.pop(next(iter(self._cards)), None)
            content = self._source.card(topic)
            self._cards[topic] = View(Lexicon(content, self._source.index.words), Knowledge(content))
        return self._cards[topic]

    def _near(self, laid: tuple[Quad, ...], conclusions: Mapping[str, Sequence[str]]) -> list[Row]:
        """What comes near in topics that are not laid out, one by one: their sets would be too many to keep."""
        rules = self._source.rules
        topics = rules.homes(conclusions["acts"])
        if not conclusions["entered"]:
            topics |= rules.near(stated(laid))
        found: dict[tuple[str, str], Row] = {}
        for part in (self.part(frozenset({topic})) for topic in sorted(topics - self.entered(laid))):
            with part.rules.evaluation(laid) as evaluation:
                rows = near(part.lexicon, part.knowledge, evaluation)
            found |= {(row["condition"], row["criterion"]): row for row in rows}
        return list(found.values())

    def _reading(self, case: Case, view: View, evaluation: Evaluation, conclusions: dict[str, list[str]]) -> Reading:
        """What was derived of a case, ready to be put into words."""
        near_by = partial(self._near, facts(case, self._words), conclusions)
        shown = self._shown(conclusions)
        return Reading(view.lexicon, view.knowledge, case, shown, evaluation, conclusions, near_by)

    def _shown(self, conclusions: Mapping[str, Sequence[str]]) -> frozenset[str]:
        """The topics that a case enters, and those of which a condition is shown."""
        led = set(conclusions["outranked"])
        shown = (iri for iri in conclusions["acts"] if iri not in led)
        return self._source.rules.homes(shown).union(conclusions["entered"])

    def part(self, topics: frozenset[str]) -> Part:
        """What cases are assessed against that may enter some topics.

        Args:
            topics: IRIs of topics.

        Returns:
            The words, the knowledge and the benches of these topics.
        """
        if topics not in self._parts:
            while len(self._parts) >= PARTS:
                self._parts.pop(next(iter(self._parts)), None)
            self._parts[topics] = self._common.part(self._source.part(topics), self._source.index.words)
        return self._parts[topics]

    @cached_property
    def _common(self) -> Common:
        return Common(self._source.part(frozenset()), self._beyond)

    @cached_property
    def _beyond(self) -> Beyond:
        return Beyond(lambda: self._source.rules, self._source.of_rules)

    @cached_property
    def _words(self) -> Lexicon:
        """The words of all content, with the labels of the vocabulary alone."""
        return self._common.words(self._source.index.words)

    def entered(self, laid: Iterable[Quad]) -> frozenset[str]:
        """The topics that a case may enter.

        Args:
            laid: The triples of the case.

        Returns:
            IRIs of topics.
        """
        return self._source.index.topics(stated(laid))

    def topics_of(self, case: Case) -> frozenset[str]:
        """The topics that a case may enter.

        Args:
            case: The patient, as far as known.

        Returns:
            IRIs of topics.

        Raises:
            UnknownTermError: A word of the case is not in the vocabulary.
        """
        return self.entered(facts(case, self._words))
