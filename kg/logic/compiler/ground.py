"""Works out queries one after another for all cases at once, so that each conclusion becomes a gate of a circuit.

A conclusion is the OR of the rows that lead to it. The derive query

    CONSTRUCT { ?case ns:best ?study } WHERE { ?case ns:pending ?study . FILTER NOT EXISTS { ?case ns:behind ?study } }

becomes one gate for each study: *pending(study) and not behind(study)*. Here an MRI and a CT may be pending and the MRI
may be behind another study. Nothing puts the CT behind, so that its gate is *pending(ct)* itself. The complement of a
literal is written ``literal ^ 1``.

>>> from kg.knowledge.sparql.iris import NS
>>> from kg.logic.circuit.inputs import Stated
>>> from kg.logic.compiler.parse import rule
>>> grounder = Grounder(Graph([]))
>>> pending_mri, pending_ct, behind_mri = (grounder.make.input(Stated("present", fact)) for fact in "abc")
>>> grounder.conclusions[f"{NS}pending"] = {"mri": pending_mri, "ct": pending_ct}
>>> grounder.conclusions[f"{NS}behind"] = {"mri": behind_mri}
>>> grounder.conclude(
...     rule(
...         "best.rq",
...         f'''PREFIX ns: <{NS}> CONSTRUCT {{ ?case ns:best ?study }}
...     WHERE {{ ?case ns:pending ?study . FILTER NOT EXISTS {{ ?case ns:behind ?study }} }}''',
...     )
... )
>>> best = grounder.conclusions[f"{NS}best"]
>>> best["mri"] == grounder.make.all([pending_mri, behind_mri ^ 1]), best["ct"] == pending_ct
(True, True)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kg.logic.circuit.gates import FALSE, Literal
from kg.logic.compiler.graph import Graph
from kg.logic.compiler.matching import Matcher
from kg.logic.compiler.patterns import DeriveRule, Every, Filter, Unreadable, naming, refusal
from kg.logic.compiler.solutions import Solutions
from kg.logic.compiler.values import Aggregated, MeasuredNumber, Measurement, SomeStudy, TheCase, value_of


class Grounder:
    """Works out queries one after another, each over the conclusions of those before it.

    Attributes:
        graph: The triples of the content.
        make: Makes the gates.
        conclusions: The literal of each conclusion, by the IRI of its property and by the thing it names.
    """

    def __init__(self, graph: Graph, before: Grounder | None = None) -> None:
        """Begin with no conclusions.

        Args:
            graph: The triples of the content.
            before: What was worked out already for a part of the content, and also holds here.
        """
        self._matcher: Matcher = Matcher(graph, before._matcher if before else None)
        self.graph, self.make, self.conclusions = graph, self._matcher.make, self._matcher.conclusions

    def conclude(self, rule: DeriveRule) -> None:
        """Add what a CONSTRUCT query concludes.

        Raises:
            NotCompiledError: It says something that a circuit cannot; the message names the query and the clause.
        """
        made: dict[tuple[str, Any], list[Literal]] = defaultdict(list)
        of_measures: dict[tuple[str, Measurement, Any], list[Literal]] = defaultdict(list)
        with naming(rule.name):
            for row, literals in Solutions(self._matcher).of(rule):
                holds = self.make.all(literals)
                for s, p, o in rule.head if holds != FALSE else ():
                    subject, relation, thing = value_of(s, row), value_of(p, row), value_of(o, row)
                    if subject is None or relation is None or thing is None:
                        continue
                    if not isinstance(thing, str | Decimal | bool | tuple) or not isinstance(relation, str):
                        raise refusal(f"a conclusion about {o}", "a conclusion that names a thing of the content")
                    if isinstance(subject, TheCase):
                        made[relation, thing].append(holds)
                    elif isinstance(subject, Measurement):
                        of_measures[relation, subject, thing].append(holds)
                    elif isinstance(subject, SomeStudy):
                        self._matcher.of_studies.add(relation)
        for (relation, thing), ways in made.items():
            found = self.conclusions[relation]
            found[thing] = self.make.any([*ways, found.get(thing, FALSE)])
        for (relation, node, thing), ways in of_measures.items():
            about = self._matcher.of_measures[relation][node]
            about[thing] = self.make.any([*ways, about.get(thing, FALSE)])

    def rows(self, rule: DeriveRule) -> dict[tuple[Any, ...], Literal]:
        """The rows of a SELECT query.

        Returns:
            For each combination of its columns that some case can have, the literal under which a case has it.

        Raises:
            NotCompiledError: It says something that a circuit cannot; the message names the query and the clause.
        """
        made: dict[tuple[Any, ...], list[Literal]] = defaultdict(list)
        with naming(rule.name):
            for row, literals in Solutions(self._matcher).of(rule):
                key = tuple(value_of(column, row) for column, _, _ in rule.head)
                if any(isinstance(value, Aggregated | MeasuredNumber | Unreadable) for value in key):
                    raise refusal("a column that is worked out of a number of the case", "columns that name things")
                made[key].append(self.make.all(literals))
        found = {key: self.make.any(ways) for key, ways in made.items()}
        return {key: holds for key, holds in found.items() if holds != FALSE}

    def apart(self, rule: DeriveRule) -> Iterator[tuple[tuple[Any, ...], Literal, Literal]]:
        """The rows of a SELECT query before its outermost FILTER, with the FILTER as a literal of its own.

        Yields:
            The columns of a row, the literal of the row, and that of the FILTER; a row may come more than once.

        Raises:
            NotCompiledError: It says something that a circuit cannot; the message names the query and the clause.
        """
        body, test = (rule.body.part, rule.body.test) if isinstance(rule.body, Filter) else (rule.body, Every(()))
        solutions = Solutions(self._matcher)
        with naming(rule.name):
            for row, literals in solutions.of(replace(rule, body=body)):
                key = tuple(value_of(column, row) for column, _, _ in rule.head)
                yield key, self.make.all(literals), solutions.truth(test, row).yes
