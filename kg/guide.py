"""The guide: load content once, then ask it about patients. Each method calls the module that works out the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import ParameterError
from kg.knowledge.sparql.queries import selection
from kg.knowledge.sparql.turtle import turtle
from kg.patient.assess.assessor import Assessor
from kg.patient.assess.core import Core
from kg.patient.assess.ranked import nodes
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE
from kg.progress import Tell, silent

if TYPE_CHECKING:
    # Imported where they are used: most processes ask for a single answer.
    from pathlib import Path

    from kg.author.publish.build import Format
    from kg.knowledge.ask.catalogue import Value
    from kg.knowledge.ask.findings import Findings
    from kg.knowledge.ask.places import Place
    from kg.knowledge.ask.ratings import Ratings
    from kg.knowledge.ask.search import Found
    from kg.knowledge.sparql.rows import Rows
    from kg.patient.evidence.capsule import Capsule
    from kg.patient.reasons.difference import Difference
    from kg.patient.reasons.differential import Differential
    from kg.patient.reasons.order import OrderCheck
    from kg.patient.reasons.why import Contrast, Reasons, StudyReasons
    from kg.patient.what_if.pathway import Pathway
    from kg.patient.what_if.questions import WhatToAsk
    from kg.patient.what_if.surface import Surface


def load(
    content: Path | str | None = None,
    *,
    graph: str | None = None,
    user: str = "",
    password: str = "",
    language: str = "en",
) -> Guide:
    """Open a guideline.

    Args:
        content: A content folder, or the URL of a SPARQL endpoint, which is read once. The default is the shipped
            ontology.
        graph: The graph of the endpoint that holds the guideline.
        user: The user of the endpoint, for HTTP basic authentication.
        password: Of this user; sent to the host and port of the endpoint only.
        language: The language of labels and texts, as a tag of BCP 47; what lacks it is shown in English.

    Returns:
        A guide, ready to assess cases. It is immutable, and threads may share it.

    Raises:
        ContentError: The folder cannot be used; the message names the file, the line and the cure.
        EndpointError: The endpoint gave no answer that can be used.
        ParameterError: A graph or a user is named where there is no endpoint, a user without a password, or a language
            in which no label is written.

    >>> import kg
    >>> guide = kg.load()
    >>> case = kg.Case(present=["adult", "thoracic-back-pain"], absent=["prior-thoracic-spine-surgery"])
    >>> case = case.after("radiography-thoracic-spine", present=["pedicle-lucency"])
    >>> guide.assess(case).best[0].label
    'MRI thoracic spine without and with IV contrast'
    """
    if isinstance(content, str) and content.startswith(("http://", "https://")):
        from kg.knowledge.ask.endpoint import remote

        return Guide(remote(content, graph, user=user, password=password).content().in_language(language))
    if graph is not None:
        message = "graph names a graph of an endpoint; leave it out, or give the URL of the endpoint as the content"
        raise ParameterError(message)
    if user or password:
        message = "user and password are those of an endpoint; leave them out, or give its address as the content"
        raise ParameterError(message)
    return Guide(Core.of_folder(content, language))


class Guide(Assessor):
    """Content that you can ask. A ``case`` is always one patient, as far as known."""

    def why(self, case: Case, what: str) -> Reasons | StudyReasons:
        """Why something holds for a case, or why it does not.

        Args:
            case: The patient, as far as known.
            what: A study, a scenario or another condition, or an action.

        Returns:
            For a study, everything that bears on it. Otherwise whether each condition with that id applies, and why;
            several topics may have one.

        Raises:
            UnknownTermError: Nothing has that id.
            KgError: As for ``assess``.
        """
        from kg.patient.reasons.why import why

        return why(self, self.core.understood(case), what)

    def contrast(self, case: Case, first: str, second: str) -> Contrast:
        """Compare two studies, given by their ids: the ratings, what each shows, and what decided between them.

        Raises:
            UnknownTermError: There is no such study.
            KgError: As for ``assess``.
        """
        from kg.patient.reasons.why import contrast

        return contrast(self, self.core.understood(case), first, second)

    def check_order(self, case: Case, order: str) -> OrderCheck:
        """Check a study that somebody intends to order, given by its id.

        Returns:
            Its rating for this case, the warnings that it triggers, and what would be better.

        Raises:
            UnknownTermError: There is no such study.
            KgError: As for ``assess``.
        """
        from kg.patient.reasons.order import check_order

        return check_order(self, case, order)

    def what_if(self, case: Case, other: Case) -> Difference:
        """What changes between two cases, such as one patient before and after a new finding.

        Returns:
            What changes of study, urgency and calls, before and after; then what each other part loses and gains.

        Raises:
            KgError: As for ``assess``.

        >>> import kg
        >>> case = kg.Case(present=["adult", "thoracic-back-pain"])
        >>> kg.load().what_if(case, case.with_facts(present=["unsteady-gait"])).urgency.gained
        ('emergent (STAT)',)
        """
        from kg.patient.reasons.difference import difference

        return difference(self.assess(case), self.assess(other))

    def capsule(self, case: Case) -> Capsule:
        """The answer with all the evidence for it, as one file that another engine can check.

        Returns:
            The capsule, for ``kg.recheck`` and ``nextstudy recheck``.

        Raises:
            KgError: As for ``assess``.

        >>> import kg
        >>> case = kg.Case(present=["adult", "thoracic-back-pain", "radiculopathy"])
        >>> kg.load().capsule(case).document["case"]["outcome"]
        'scale/recommended'
        """
        from kg.patient.evidence.capsule import capsule

        return capsule(self, self.core.understood(case))

    def pathway(self, case: Case, depth: int = 4) -> Pathway:
        """What would follow from each result of each next study.

        Args:
            case: The patient, as far as known.
            depth: How many studies deep to look, 1 to 4.

        Returns:
            The tree of studies, results, actions and further studies.

        Raises:
            KgError: As for ``assess``.
            ParameterError: The depth is not 1 to 4.
        """
        from kg.patient.what_if.pathway import Pathfinder

        finder = Pathfinder(self.assess, self.core.lexicon, self.core.lookup)
        return finder.pathway(self.core.understood(case), depth)

    def what_to_ask(self, case: Case) -> WhatToAsk:
        """What is unknown and can change the recommended study or the urgency.

        Returns:
            The open questions, the most decisive first, or the statement that nothing more needs to be known.

        Raises:
            KgError: As for ``assess``.
        """
        from kg.patient.what_if.questions import what_to_ask

        return what_to_ask(self, self.core.understood(case))

    def template(self, complaint: str) -> dict[str, Any]:
        """What you need to know of a patient with a complaint: a case document to fill in, for ``kg.Case.from_dict``.

        Args:
            complaint: The finding with which a topic begins, by its id or in words, such as ``"thoracic back pain"``.

        Raises:
            UnknownTermError: No topic begins with it.
        """
        from kg.patient.what_if.template import template

        return template(self, complaint)

    def surface(self, topic: str, *, tell: Tell = silent) -> Surface:
        """Every combination of the facts that decide a topic, grouped by the answer it gets.

        Args:
            topic: The id of the topic, such as ``"thoracic-back-pain"``.
            tell: Told what is looked for now, in a few words.

        Returns:
            The partition, with its gaps, overlaps and unsafe answers, a second or two for a shipped topic.

        Raises:
            UnknownTermError: There is no such topic.
        """
        from kg.patient.what_if.surface import Surveyor

        return Surveyor(self, topic).surface(tell)

    def find(self, text: str, kind: str | None = None) -> tuple[Found, ...]:
        """Search labels, synonyms, identifiers and definitions of everything in the content, rules included.

        Args:
            text: Some words, in any order and form; *weakness of the leg* finds *weak legs*. Empty: everything.
            kind: A class of the schema, such as ``"Finding"``, ``"Preference"`` or ``"Condition"``; None searches all.

        Returns:
            The things that have every word, best first; none, where no thing has. ``guesses`` then offers others.

        Raises:
            ParameterError: There is no such class.
        """
        return self.core.search.find(text, kind)

    def guesses(self, text: str, kind: str | None = None) -> tuple[Found, ...]:
        """What somebody may have meant by words that ``find`` does not find: show it as a question.

        Args:
            text: Some words.
            kind: As for ``find``, whose errors it raises, too.

        Returns:
            At most three things that are spelt nearly so, or have some of the words.
        """
        return self.core.search.guesses(text, kind)

    def findings(self) -> Findings:
        """The findings that a case can state.

        Returns:
            A table of their ids, labels, synonyms and definitions.

        >>> import kg
        >>> "fever" in [entry.id for entry in kg.load().findings().entries]
        True
        """
        from kg.knowledge.ask.findings import findings

        return findings(self.core.lookup)

    def ratings(self, topic: str) -> Ratings:
        """The rating matrix of a topic, given by its id: its scenarios and the studies that they rate.

        Raises:
            UnknownTermError: There is no such topic.

        >>> import kg
        >>> matrix = kg.load().ratings("thoracic-back-pain")
        >>> matrix.cells["fracture-risk", "radiography-thoracic-spine"].category.label
        'Usually Appropriate'
        """
        from kg.knowledge.ask.ratings import ratings

        return ratings(self.core.lexicon.term("Topic", topic).value, self.core.lookup, self.core.lexicon)

    def differential(self, case: Case) -> Differential:
        """The diagnoses that the leading scenarios of a case are worked up for.

        Returns:
            The diagnoses and what each explains, the findings of this case first; empty if no source names any.

        Raises:
            KgError: As for ``assess``.
        """
        from kg.patient.reasons.differential import differential

        with self.core.evaluation(self.core.understood(case)) as (view, evaluation):
            conclusions = evaluation.conclusions(THIS_CASE)
            return differential(conclusions["leading"], conclusions["knownPresent"], view.lookup)

    def where(self, word: str) -> tuple[Place, ...]:
        """Which line of which file to edit.

        Args:
            word: The id or IRI of anything in the content.

        Returns:
            The places where it is described.

        Raises:
            UnknownTermError: Nothing has that id, or several things have it.
            ContentError: The content was not read from a folder.
        """
        from kg.knowledge.ask.places import places

        return places(self.core.content, self.core.lexicon.thing(word).value)

    def ask(self, question: str, /, *, case: Case | None = None, **values: Value) -> Rows:
        """Answer a question of the catalogue; ``docs/reference/questions.md`` lists them.

        Args:
            question: The name of the question.
            case: The patient, if the question is about a case.
            values: The parameters of the question.

        Raises:
            UnknownQueryError: There is no such question.
            ParameterError: A parameter is missing, unknown or of the wrong type.
            UnknownTermError: There is no such term.
            KgError: As for ``assess``, if the question is about a case.

        >>> print(load().ask("scenarios-of-topic", topic="thoracic-back-pain").columns)
        ('scenario', 'label', 'phase', 'phaseLabel', 'notation')
        """
        from kg.knowledge.ask.catalogue import question as named_question
        from kg.knowledge.sparql.rows import Rows

        asked = named_question(question)
        query = asked.bind(values, self.core.lexicon.resolve)
        if asked.about_a_case != (case is not None):
            needs = "is about a case; give one as `case`" if asked.about_a_case else "is not about a case; leave it out"
            message = f"the question '{question}' {needs}"
            raise ParameterError(message)
        if case is None:
            solutions = self.core.lookup.solutions(query, codes="mappings" in asked.tags)
            return Rows.of(solutions, self.core.lexicon.labels, query.text)
        with self.core.evaluation(self.core.understood(case)) as (_, evaluation):
            return Rows.of(evaluation.solutions(query), self.core.lexicon.labels, query.text)

    def query(self, text: str, *, timeout: float = 5.0) -> Rows:
        """Ask the content your own question in SPARQL; no case is part of it.

        Args:
            text: A SELECT query of SPARQL 1.1; the prefixes of the content need no PREFIX line.
            timeout: Seconds after which the query is ended; a limit of memory ends it as well.

        Raises:
            QueryError: It is no such query, cannot be answered, exceeds a limit, or calls out by SERVICE or FROM.
            ParameterError: The timeout is no time.

        >>> print(load().query("SELECT ?topic { ?topic a ns:Topic ; ns:entry ?entry } ORDER BY ?topic").columns)
        ('topic',)
        """
        from kg.knowledge.ask.own_query import rows_of

        core = self.core
        return rows_of(text, core.lookup.store, core.lexicon.labels, core.content.prefixes, timeout)

    def to_turtle(self, case: Case) -> str:
        """The assessed case as Turtle that stands alone: what is stated and derived, with all labels.

        Raises:
            KgError: As for ``assess``.
        """
        case = self.core.understood(case)
        with self.core.evaluation(case) as (view, evaluation):
            conclusions = evaluation.conclusions(THIS_CASE)
            reading = self._reading(case, self.core.facts(case), view, evaluation, conclusions)
            evaluation.lay(nodes(THIS_CASE, reading.near(), reading.asked()))
            triples = sorted(evaluation.graph(selection("assessed-case")), key=str)
        text = " ".join(map(str, triples))
        return turtle(triples, {name: iri for name, iri in self.core.content.prefixes.items() if f"<{iri}" in text})

    def build(self, format: Format = "turtle", *, closure: bool = False) -> str:
        """The whole ontology with its OWL definitions; see ``kg.author.publish.build.build``.

        Args:
            format: ``"turtle"``, ``"ntriples"``, ``"jsonld"`` or ``"rdfxml"``.
            closure: Add what the build queries derive.

        Returns:
            The text of the file; the same content always gives the same text.

        Raises:
            OutputError: As for ``kg.author.publish.build.build``.
        """
        from kg.author.publish.build import build

        return build(self.core.in_every_language, format, closure=closure)
