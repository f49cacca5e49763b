"""Proves properties that must hold for every possible patient, or refutes them with one patient.

A property is a SELECT query over a case in the words of the derive queries (``queries/prove``). Its triples say what it
is about, and its FILTER says what must never happen. So a row is a patient who must not exist:

    SELECT ?study WHERE { ?case ns:best ?study . FILTER EXISTS { ?case ns:contraindicated ?study } }

``kg.author.prove.properties`` compiles it over the conclusions of the derive queries. Here a solver looks for an
accepted case that has a row. With ``#+ expects: a case`` it is the other way round: for each row without the FILTER,
there must be a case that has it. With ``#+ pair: completion`` the triples are about a case, and the FILTER is about a
completion of it, which states everything that the case states, and more: ``?completion ns:completes ?case``. With
``#+ pair: closure`` it is about the one completion in which everything that is not present is stated to be absent.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from pyoxigraph import NamedNode, Quad

from kg.author.prove.counterexample import case_of_said, search
from kg.author.prove.properties import COMPLETES, CompiledProperty, PossibleRow, compile_property
from kg.errors import MissingPackageError
from kg.knowledge.content.content import Content
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.sparql.iris import NS
from kg.knowledge.sparql.queries import Query, stage
from kg.logic.circuit.execute import run_cases
from kg.logic.circuit.formula import closed, completed
from kg.logic.circuit.gates import TRUE, Circuit, Literal
from kg.logic.circuit.inputs import Said
from kg.logic.circuit.solve import NotDecidedError, Solver
from kg.logic.compiler.compile import grounded
from kg.logic.compiler.ground import Grounder
from kg.logic.compiler.patterns import DeriveRule, NotCompiledError
from kg.logic.compiler.values import CASE
from kg.patient.assess.evaluation import Bench
from kg.patient.assess.slices import triples_of
from kg.patient.case import Case
from kg.patient.facts import THIS_CASE, facts

PROVED, REFUTED, NOT_DECIDED, NOT_ABOUT = "proved", "refuted", "not decided", "not about this content"
"""What can become of a property."""

CONVENTIONS = ("a fact that nobody stated is unknown", "nothing is assumed unless it is stated")
"""What every proof takes for granted about a case."""

_COMPLETION = NamedNode(f"{THIS_CASE.value}/completion")


@dataclass(frozen=True)
class Proof:
    """What became of a property.

    Attributes:
        name: The name of its file.
        status: ``"proved"``, ``"refuted"``, ``"not decided"`` or ``"not about this content"``.
        patient: For a refuted property, a case with the fewest facts; None if a case should exist but does not.
        completion: For a property about a pair, the completion of the patient.
        about: For a refuted property, what the row names, by column.
        unmet: Premises that no case can meet, in the words of the query; a proof about them says nothing.
        missing: Words of the query that the content lacks; the proof is about the rest.
        reason: Why it was not decided, or what is wrong with the proof itself.
        seconds: The processor time it took to decide.
    """

    name: str
    status: str
    patient: Case | None = None
    completion: Case | None = None
    about: tuple[tuple[str, str], ...] = ()
    unmet: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether it was proved and says something."""
        return self.status == PROVED and not self.unmet


class Prover:
    """Proves properties of one content.

    Attributes:
        compiled: The derive queries, compiled for all cases at once.
    """

    def __init__(
        self,
        content: Content,
        properties: Iterable[Query] | None = None,
        *,
        rules: Sequence[DeriveRule] | None = None,
        engine: str = "glucose42",
        compiled: Grounder | None = None,
    ) -> None:
        """Compile the derive queries and the properties for all cases at once.

        Args:
            content: What ``kg.knowledge.content.content.read`` returns.
            properties: By default those in ``queries/prove``.
            rules: By default those in ``queries/derive``. With others, a refutation is not checked on Oxigraph.
            engine: The name of a solver in python-sat.
            compiled: The rules as another prover of this content compiled them, so that they are not compiled again.

        Raises:
            NotCompiledError: A derive query says something that a circuit cannot; the message names file and clause.
        """
        self._content = content.part(content.answering)
        self._shipped_rules = rules is None
        self._engine = engine
        self._queries = {query.name: query for query in (stage("prove") if properties is None else properties)}
        # Sorted, so that the same content always gives the same patient.
        self.compiled = compiled or grounded(sorted(triples_of(self._content), key=str), rules)
        self._grounder = Grounder(self.compiled.graph, self.compiled)
        self._grounder.conclusions[f"{NS}completes"][CASE] = TRUE
        self._opened = ExitStack()
        self._solvers: dict[str, Solver] = {}
        self._properties = {name: self._property(query) for name, query in self._queries.items()}

    def __enter__(self) -> Self:
        """Enter a block; the solvers are closed at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the solvers."""
        self._opened.close()

    def prove(self) -> Iterator[Proof]:
        """Decide every property, by name."""
        for name in sorted(self._queries):
            yield self.of(name)

    def of(self, name: str) -> Proof:
        """Decide one property, named by its file without ``.rq``."""
        start = time.process_time()
        asked = self._properties[name]
        if isinstance(asked, str):
            return Proof(name, NOT_DECIDED, reason=asked)
        proof = self._decided(asked)
        return replace(proof, missing=asked.missing, seconds=time.process_time() - start)

    # ------------------------------------------------------------------ what is asked

    def _property(self, query: Query) -> CompiledProperty | str:
        try:
            return compile_property(query, self._grounder)
        except NotCompiledError as error:
            return str(error)

    @cached_property
    def circuit(self) -> Circuit:
        """The circuit of all properties, and of what makes a case impossible."""
        outputs: dict[str, Mapping[str, Literal]] = {
            name: self._named(self._grounder.conclusions.get(f"{NS}{name}", {}))
            for name in ("impossible", "knownPresent", "takenAsSeen")
        }
        for name, asked in self._properties.items():
            if isinstance(asked, CompiledProperty):
                outputs |= {f"{name} {part}": found for part, found in asked.outputs.items()}
        return self._grounder.make.circuit(outputs)

    def _named(self, found: Mapping[Any, Literal]) -> dict[str, Literal]:
        return {str(thing): literal for thing, literal in found.items()}

    def _literal(self, asked: CompiledProperty, part: str, key: str) -> Literal:
        return self.circuit.literal(f"{asked.name} {part}", key)

    # ------------------------------------------------------------------ deciding

    def _solver(self, pair: str = "") -> Solver:
        if pair not in self._solvers:
            solver = Solver(self.circuit, copies=2 if pair else 1, engine=self._engine)
            self._solvers[pair] = self._opened.enter_context(solver)
            second = {"completion": completed, "closure": closed}.get(pair)
            for clause in second(self.circuit, 0, self.circuit.lines) if second else ():
                solver.require(clause)
        return self._solvers[pair]

    def _decided(self, asked: CompiledProperty) -> Proof:
        if not asked.groups:
            return Proof(asked.name, NOT_ABOUT)
        try:
            unmet = tuple(label for label, keys in asked.groups.items() if not self._met(asked, keys))
            proof = self._all_have_a_case(asked) if asked.expects else self._none_has_a_row(asked)
        except (NotDecidedError, MissingPackageError) as error:
            return Proof(asked.name, NOT_DECIDED, reason=str(error))
        return replace(proof, unmet=unmet)

    def _met(self, asked: CompiledProperty, keys: Iterable[str]) -> bool:
        solver = self._solver()
        numbers = [solver.number(self._literal(asked, "premise", key)) for key in keys]
        return solver.possible([solver.any_of(numbers)])

    def _all_have_a_case(self, asked: CompiledProperty) -> Proof:
        solver = self._solver()
        for key, row in asked.rows.items():
            if not solver.possible([solver.number(self._literal(asked, "row", key))]):
                return Proof(asked.name, REFUTED, about=asked.about(row))
        return Proof(asked.name, PROVED)

    def _none_has_a_row(self, asked: CompiledProperty) -> Proof:
        copies = 2 if asked.pair else 1
        solver = self._solver(asked.pair)
        wanted = solver.any_of([self._row(solver, asked, key) for key in asked.rows])
        findings = self._grounder.graph.of_type("Finding")
        found = search(solver, wanted, findings, lambda said: self._seen(asked, said), copies=copies)
        if found is None:
            return Proof(asked.name, PROVED)
        said, row = found
        return self._refuted(asked, row, [case_of_said(each) for each in said])

    def _seen(self, asked: CompiledProperty, said: Sequence[Said]) -> PossibleRow | None:
        """The first row that the patient has according to the circuit."""
        return next((row for key, row in asked.rows.items() if self._has(asked, key, said)), None)

    def _row(self, solver: Solver, asked: CompiledProperty, key: str) -> int:
        """A literal for the row; for a pair, it holds if the case meets the premise and the completion the FILTER."""
        if not asked.pair:
            return solver.number(self._literal(asked, "row", key))
        ways = []
        for place in range(asked.rows[key].ways):
            both = [
                solver.number(self._literal(asked, "premise", f"{key} {place}")),
                solver.number(self._literal(asked, "row", f"{key} {place}"), 1),
            ]
            ways.append(-solver.any_of([-number for number in both]))  # both: not (not one or not the other)
        return solver.any_of(ways)

    # ------------------------------------------------------------------ patients

    def _has(self, asked: CompiledProperty, key: str, said: Sequence[Said]) -> bool:
        """Whether the patients that were put together have the row according to the circuit."""
        done = run_cases(self.circuit, said)  # bit 0 is the case, bit 1 its completion
        if done.some("impossible"):
            return False
        if not asked.pair:
            return bool(done.holds(self._literal(asked, "row", key)))
        return any(
            done.holds(self._literal(asked, "premise", f"{key} {place}")) & 1
            and done.holds(self._literal(asked, "row", f"{key} {place}")) & 2
            for place in range(asked.rows[key].ways)
        )

    def _refuted(self, asked: CompiledProperty, row: PossibleRow, cases: Sequence[Case]) -> Proof:
        proof = Proof(asked.name, REFUTED, cases[0], cases[1] if asked.pair == "completion" else None, asked.about(row))
        if self._shipped_rules and not self._derived_again(asked, row, cases):
            reason = "the error is in the proof: derived again on Oxigraph, the patient has no such row; report it"
            return replace(proof, status=NOT_DECIDED, reason=reason)
        return proof

    def _derived_again(self, asked: CompiledProperty, row: PossibleRow, cases: Sequence[Case]) -> bool:
        nodes = (THIS_CASE, _COMPLETION)
        quads = [quad for case, node in zip(cases, nodes, strict=False) for quad in facts(case, self._lexicon, node)]
        if asked.pair:
            quads.append(Quad(_COMPLETION, COMPLETES, THIS_CASE))
        with self._bench.evaluation(quads) as evaluation:
            found = evaluation.ask(self._queries[asked.name])
            impossible = any(evaluation.conclusions(node, ("impossible",))["impossible"] for node in nodes)
        wanted = {
            column: value for column, value in zip(asked.columns, row.values, strict=True) if isinstance(value, str)
        }
        return not impossible and any(wanted.items() <= each.items() for each in found)

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon(self._content)

    @cached_property
    def _bench(self) -> Bench:
        return Bench(triples_of(self._content))
