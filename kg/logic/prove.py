"""Properties of the guideline that must hold of every possible patient: proved, or refuted by one.

A property is a SELECT query over a case in the words of the derive queries (``queries/prove``). Its triples say what it
is about, its FILTER what must not be, so that a row is a patient whom nobody should meet:

    SELECT ?study WHERE { ?case ns:best ?study . FILTER EXISTS { ?case ns:contraindicated ?study } }

It is compiled as the derive queries are, over their conclusions, and a solver looks for an accepted case with a row.
With ``#+ expects: a case`` it is the other way round: for each row without the FILTER there must be a case with it.
With ``#+ pair: completion`` the triples are about a case and the FILTER is about a completion of it, which states all
that the case states, and more: ``?completion ns:completes ?case``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Self

from pyoxigraph import NamedNode, Quad

from kg.case import Case
from kg.content import Content
from kg.errors import MissingPackageError
from kg.evaluation import Bench
from kg.facts import THIS_CASE, facts
from kg.lexicon import Lexicon
from kg.logic.circuit import FALSE, TRUE, Circuit, Literal
from kg.logic.compile import grounded
from kg.logic.execute import run_cases
from kg.logic.formula import completed
from kg.logic.ground import CASE, Grounder
from kg.logic.inputs import Said
from kg.logic.patient import case_of_said, search
from kg.logic.patterns import (
    Every,
    Filter,
    Join,
    NotCompiledError,
    Pattern,
    Rule,
    Union,
    Values,
    rule,
    triples_in,
    variables,
)
from kg.logic.solve import NotDecidedError, Solver
from kg.names import BASE, NS, ns, slug
from kg.part import triples_of
from kg.queries import Query, reads, stage

PROVED, REFUTED, NOT_DECIDED, NOT_ABOUT = "proved", "refuted", "not decided", "not about this content"
"""What can become of a property."""

CONVENTIONS = ("a fact that nobody stated is unknown", "nothing is assumed unless it is stated")
"""What every proof takes for granted of a case."""

ANYBODY = "anybody"
"""The premise of a property without a list, where no case of this content can meet it."""

_COMPLETES, _COMPLETION = ns("completes"), NamedNode(f"{THIS_CASE.value}/completion")
_Row = tuple[Any, ...]


@dataclass(frozen=True)
class Proof:
    """What became of a property.

    Attributes:
        name: The name of its file.
        verdict: ``"proved"``, ``"refuted"``, ``"not decided"`` or ``"not about this content"``.
        patient: Of a refuted property a case with the fewest facts; none where a case was expected and there is none.
        completion: Of a property about a pair, the completion of the patient.
        about: What the row names, by column; of a refuted property.
        unmet: Premises that no case can meet, in the words of the query: what was proved of them says nothing.
        missing: Words of the query that the content lacks; it is about the rest.
        reason: Why it was not decided, or what is wrong with the proof itself.
        seconds: How long it took to decide.
    """

    name: str
    verdict: str
    patient: Case | None = None
    completion: Case | None = None
    about: tuple[tuple[str, str], ...] = ()
    unmet: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether it was proved, and says something."""
        return self.verdict == PROVED and not self.unmet


class Prover:
    """Proves properties of one guideline."""

    def __init__(
        self,
        content: Content,
        properties: Iterable[Query] | None = None,
        *,
        rules: Sequence[Rule] | None = None,
        engine: str = "glucose42",
    ) -> None:
        """Work out the derive queries and the properties for all cases at once.

        Args:
            content: What ``kg.content.read`` returns.
            properties: Other properties than the shipped ones.
            rules: Other derive queries than the shipped ones; what is refuted is then not derived again.
            engine: A solver of python-sat.

        Raises:
            NotCompiledError: A derive query says what a circuit cannot; the message names the file and the clause.
        """
        self._content = content.part(frozenset(content.topics))
        self._shipped_rules = rules is None
        self._engine = engine
        self._queries = {query.name: query for query in (stage("prove") if properties is None else properties)}
        # In order, so that the same patient is found whenever the content is the same.
        self._grounder = grounded(sorted(triples_of(self._content), key=str), rules)
        self._grounder.conclusions[f"{NS}completes"][CASE] = TRUE
        self._opened = ExitStack()
        self._solvers: dict[int, Solver] = {}
        self._properties = {name: self._property(query) for name, query in self._queries.items()}

    def __enter__(self) -> Self:
        """Its solvers are closed when it is left."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the solvers."""
        self._opened.close()

    def prove(self) -> Iterator[Proof]:
        """Decide every property.

        Yields:
            What became of each, in the order of their names.
        """
        for name in sorted(self._queries):
            yield self.of(name)

    def of(self, name: str) -> Proof:
        """Decide one property.

        Args:
            name: The name of its file.

        Returns:
            What became of it.
        """
        start = time.perf_counter()
        asked = self._properties[name]
        if isinstance(asked, str):
            return Proof(name, NOT_DECIDED, reason=asked)
        proof = self._decided(asked)
        return replace(proof, missing=asked.missing, seconds=time.perf_counter() - start)

    # ------------------------------------------------------------------ what is asked

    def _property(self, query: Query) -> _Property | str:
        try:
            return _compiled(query, self._grounder)
        except NotCompiledError as error:
            return str(error)

    @cached_property
    def circuit(self) -> Circuit:
        """What all properties need, and what makes a case impossible."""
        outputs: dict[str, Mapping[str, Literal]] = {
            "impossible": self._named(self._grounder.conclusions.get(f"{NS}impossible", {}))
        }
        for name, asked in self._properties.items():
            if isinstance(asked, _Property):
                outputs |= {f"{name} {part}": found for part, found in asked.outputs.items()}
        return self._grounder.make.circuit(outputs)

    def _named(self, found: Mapping[Any, Literal]) -> dict[str, Literal]:
        return {str(thing): literal for thing, literal in found.items()}

    def _literal(self, asked: _Property, part: str, key: str) -> Literal:
        return self.circuit.literal(f"{asked.name} {part}", key)

    # ------------------------------------------------------------------ deciding

    def _solver(self, copies: int) -> Solver:
        if copies not in self._solvers:
            solver = Solver(self.circuit, copies=copies, engine=self._engine)
            self._solvers[copies] = self._opened.enter_context(solver)
            for clause in completed(self.circuit, 0, self.circuit.lines) if copies == 2 else ():
                solver.require(clause)
        return self._solvers[copies]

    def _decided(self, asked: _Property) -> Proof:
        if not asked.groups:
            return Proof(asked.name, NOT_ABOUT)
        try:
            unmet = tuple(label for label, keys in asked.groups.items() if not self._met(asked, keys))
            proof = self._all_have_a_case(asked) if asked.expects else self._none_has_a_row(asked)
        except (NotDecidedError, MissingPackageError) as error:
            return Proof(asked.name, NOT_DECIDED, reason=str(error))
        return replace(proof, unmet=unmet)

    def _met(self, asked: _Property, keys: Iterable[str]) -> bool:
        solver = self._solver(1)
        numbers = [solver.number(self._literal(asked, "premise", key)) for key in keys]
        return solver.find([solver.any_of(numbers)]) is not None

    def _all_have_a_case(self, asked: _Property) -> Proof:
        solver = self._solver(1)
        for key, row in asked.rows.items():
            if solver.find([solver.number(self._literal(asked, "row", key))]) is None:
                return Proof(asked.name, REFUTED, about=_shown(asked, row))
        return Proof(asked.name, PROVED)

    def _none_has_a_row(self, asked: _Property) -> Proof:
        copies = 2 if asked.pair else 1
        solver = self._solver(copies)
        wanted = solver.any_of([self._row(solver, asked, key) for key in asked.rows])
        findings = self._grounder.graph.of_type("Finding")
        found = search(solver, wanted, findings, lambda said: self._seen(asked, said), copies=copies)
        if found is None:
            return Proof(asked.name, PROVED)
        said, row = found
        return self._refuted(asked, row, [case_of_said(each) for each in said])

    def _seen(self, asked: _Property, said: Sequence[Said]) -> _Asked | None:
        """The row that the patient has, by the circuit."""
        return next((row for key, row in asked.rows.items() if self._has(asked, key, said)), None)

    def _row(self, solver: Solver, asked: _Property, key: str) -> int:
        """A number that holds where a row is there: of a pair, its premise of the case and its FILTER of the other."""
        if not asked.pair:
            return solver.number(self._literal(asked, "row", key))
        ways = []
        for place in range(asked.rows[key].ways):
            both = [
                solver.number(self._literal(asked, "premise", f"{key} {place}")),
                solver.number(self._literal(asked, "row", f"{key} {place}"), 1),
            ]
            ways.append(-solver.any_of([-number for number in both]))
        return solver.any_of(ways)

    # ------------------------------------------------------------------ patients

    def _has(self, asked: _Property, key: str, said: Sequence[Said]) -> bool:
        """Whether the patients that were put together have the row, by the circuit."""
        done = run_cases(self.circuit, said)
        if done.some("impossible"):
            return False
        if not asked.pair:
            return bool(done.holds(self._literal(asked, "row", key)))
        return any(
            done.holds(self._literal(asked, "premise", f"{key} {place}")) & 1
            and done.holds(self._literal(asked, "row", f"{key} {place}")) & 2
            for place in range(asked.rows[key].ways)
        )

    def _refuted(self, asked: _Property, row: _Asked, cases: Sequence[Case]) -> Proof:
        proof = Proof(asked.name, REFUTED, cases[0], cases[1] if asked.pair else None, _shown(asked, row))
        if self._shipped_rules and not self._derived_again(asked, row, cases):
            reason = "the error is in the proof: derived again on Oxigraph, the patient has no such row; report it"
            return replace(proof, verdict=NOT_DECIDED, reason=reason)
        return proof

    def _derived_again(self, asked: _Property, row: _Asked, cases: Sequence[Case]) -> bool:
        nodes = (THIS_CASE, _COMPLETION)
        quads = [quad for case, node in zip(cases, nodes, strict=False) for quad in facts(case, self._lexicon, node)]
        if asked.pair:
            quads.append(Quad(_COMPLETION, _COMPLETES, THIS_CASE))
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


# ---------------------------------------------------------------------- a property, compiled


@dataclass(frozen=True)
class _Asked:
    """A row that a property can have.

    Attributes:
        values: Its columns.
        ways: Of a property about a pair, in how many ways it can come about.
    """

    values: _Row
    ways: int = 1


@dataclass(frozen=True)
class _Property:
    """A property with the literals of its rows.

    Attributes:
        name: The name of its file.
        columns: What it selects.
        rows: Its rows, by their key among the outputs.
        groups: Keys of the premises, of which one must be met, by what a reader calls them.
        outputs: Literals by part (``"premise"``, ``"row"``) and key.
        missing: Words that the content lacks.
        expects: Whether each row must have a case.
        pair: Whether it is about a case and a completion.
    """

    name: str
    columns: tuple[str, ...]
    rows: Mapping[str, _Asked]
    groups: Mapping[str, Sequence[str]]
    outputs: Mapping[str, Mapping[str, Literal]]
    missing: tuple[str, ...]
    expects: bool
    pair: bool


def _compiled(query: Query, grounder: Grounder) -> _Property:
    place, read = f"queries/prove/{query.name}.rq", _read(query)
    pair, expects = "pair" in query.header, "expects" in query.header
    unknown = _unknown(query, grounder)
    listed = [row for values in _values(read.body) for row in values.rows]
    in_lists = {value for row in listed for _, value in row}
    columns = tuple(column.removeprefix("?") for column, _, _ in read.head)  # type: ignore[union-attr]
    if unselected := {name for row in listed for name, _ in row} - {column for column, _, _ in read.head}:
        message = (
            f"{place}: VALUES of {min(unselected)}, which is not selected; select it, so that each can be looked at"
        )
        raise NotCompiledError(message)
    words = tuple(sorted(slug(iri) for iri in unknown))
    if unknown - in_lists:
        return _Property(query.name, columns, {}, {}, {}, words, expects, pair)
    if pair:
        _refuse_mixed(place, read)
    premises, rows, outputs = (_of_pair if pair else _of_case)(read, grounder, expects)
    groups = _groups(read, listed, unknown, premises)
    return _Property(query.name, columns, rows, groups, outputs, words, expects, pair)


@cache
def _read(query: Query) -> Rule:
    """The property, read: that takes longer than to decide it."""
    return rule(f"queries/prove/{query.name}.rq", query.text)


def _of_case(read: Rule, grounder: Grounder, expects: bool) -> tuple[dict[str, _Row], dict[str, _Asked], Any]:
    body = read.body.part if isinstance(read.body, Filter) else read.body
    premises, rows = grounder.rows(replace(read, body=body)), grounder.rows(read)
    asked = premises if expects else rows
    outputs = {
        "premise": {str(key): literal for key, literal in premises.items()},
        "row": {str(key): rows.get(key, FALSE) for key in asked},
    }
    return {str(key): key for key in premises}, {str(key): _Asked(key) for key in asked}, outputs


def _of_pair(read: Rule, grounder: Grounder, _: bool) -> tuple[dict[str, _Row], dict[str, _Asked], Any]:
    premises: dict[str, _Row] = {}
    rows: dict[str, _Asked] = {}
    outputs: dict[str, dict[str, Literal]] = {"premise": {}, "row": {}}
    for key, premise, test in grounder.apart(read):
        if premise != FALSE:
            place = rows[str(key)].ways if str(key) in rows else 0
            rows[str(key)] = _Asked(key, place + 1)
            premises[f"{key} {place}"] = key
            outputs["premise"][f"{key} {place}"] = premise
            outputs["row"][f"{key} {place}"] = test
    return premises, rows, outputs


def _groups(
    read: Rule, listed: Sequence[tuple[tuple[str, Any], ...]], unknown: frozenset[str], premises: Mapping[str, _Row]
) -> dict[str, list[str]]:
    """Every row of VALUES is a premise of its own; without any, all rows together are one."""
    columns = {column: place for place, (column, _, _) in enumerate(read.head)}
    if not listed:
        return {ANYBODY: list(premises)} if premises else {}
    return {
        " and ".join(slug(str(value)) for _, value in row): [
            name for name, key in premises.items() if all(key[columns[column]] == value for column, value in row)
        ]
        for row in listed
        if not unknown.intersection(value for _, value in row)
    }


def _unknown(query: Query, grounder: Grounder) -> frozenset[str]:
    """The words of a query that the content does not describe."""
    named = {iri for iri in reads([query]) if iri.startswith(BASE) and not iri.startswith(NS)}
    return frozenset(iri for iri in named if next(grounder.graph.matches(iri, None, None), None) is None)


def _values(pattern: Pattern) -> Iterator[Values]:
    """The VALUES of a query outside its FILTER."""
    match pattern:
        case Values():
            yield pattern
        case Join(left, right):
            yield from (*_values(left), *_values(right))
        case Union(parts):
            for part in parts:
                yield from _values(part)
        case Filter(part):
            yield from _values(part)


def _refuse_mixed(place: str, read: Rule) -> None:
    """The triples of a pair are about the case, its FILTER is about the completion."""
    part, test = (read.body.part, read.body.test) if isinstance(read.body, Filter) else (read.body, Every(()))
    of_case = (s == "?case" or (o == "?case" and p != _COMPLETES.value) for s, p, o in triples_in(test))
    if "?completion" in variables(part) or any(of_case):
        message = f"{place}: mixes a case and its completion; write triples about ?case and a FILTER about ?completion"
        raise NotCompiledError(message)


def _shown(asked: _Property, row: _Asked) -> tuple[tuple[str, str], ...]:
    pairs = zip(asked.columns, row.values, strict=True)
    return tuple((column, slug(value)) for column, value in pairs if isinstance(value, str))
