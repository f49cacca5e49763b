"""Works out the rows of a pattern for all possible cases at once, each with the literals that must hold for it.

A triple gives rows, a join multiplies them, a filter adds its literal to each. With the studies ``mri`` and ``ct``, the
pattern ``?case ns:pending ?study . FILTER NOT EXISTS { ?case ns:behind ?study }`` has the rows

    {?case: CASE, ?study: mri}   if pending(mri) and not behind(mri)
    {?case: CASE, ?study: ct}    if pending(ct) and not behind(ct)

of which a given case has none, one or both. ``EXISTS`` is the OR of the rows inside it, and NOT its complement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kg.knowledge.sparql.iris import slug
from kg.logic.circuit.gates import FALSE, TRUE, Literal
from kg.logic.circuit.inputs import PerformedInput
from kg.logic.compiler.compare import compared
from kg.logic.compiler.matching import ABSENT, PERFORMED, PRESENT, Matcher
from kg.logic.compiler.patterns import (
    Aggregate,
    Bind,
    Compare,
    DeriveRule,
    Every,
    Exists,
    Expression,
    Filter,
    Grouped,
    If,
    Join,
    Not,
    Pattern,
    Projected,
    Some,
    Text,
    Triple,
    Triples,
    Union,
    Unreadable,
    Values,
    is_variable,
    refusal,
)
from kg.logic.compiler.values import Aggregated, Bindings, BoundValue, Solution, SomeStudy, Truth, text_of, value_of

_OUTER = object()
"""The key of a row inside ``EXISTS`` that lists the variables bound outside it: every test inside sees these."""


class Solutions:
    """Works out one query; what it remembers is true for that query alone."""

    def __init__(self, matcher: Matcher) -> None:
        """Begin a query.

        Args:
            matcher: What holds before the query.
        """
        self._matcher, self._make = matcher, matcher.make
        self._orders: dict[Any, tuple[Triple, ...]] = {}
        self._answered: dict[Any, Literal] = {}
        self._groups: dict[int, list[Solution]] = {}

    def of(self, rule: DeriveRule) -> Iterator[Solution]:
        """The rows of the body of a query; their literals include that the case states the fact it is given."""
        given = self._matcher.states(rule.given)
        for row, literals in self._rows(rule.body, {}):
            studies = [value for value in row.values() if isinstance(value, PerformedInput)]
            needed = [] if studies and rule.given == "performed" else given
            yield row, (*literals, *map(self._make.input, studies), *needed)

    # ------------------------------------------------------------------ patterns

    def _rows(self, pattern: Pattern, row: Bindings) -> Iterator[Solution]:
        match pattern:
            case Triples(patterns):
                yield from self._triples(self._ordered(patterns, row), row)
            case Join(left, right):
                for found, literals in self._rows(left, row):
                    for more, others in self._rows(right, found):
                        yield more, (*literals, *others)
            case Union(parts):
                for part in parts:
                    yield from self._rows(part, row)
            case Filter(part, test, scope):
                for found, literals in self._rows(part, row):
                    yield from self._filtered(found, literals, test, scope)
            case Bind(part, name, value):
                for found, literals in self._rows(part, row):
                    for each, holds in self._values(value, found):
                        if holds != FALSE:
                            yield {**found, name: each}, (*literals, holds)
            case Values(rows):
                for given in rows:
                    if all(row.get(name, value) == value for name, value in given):
                        yield {**row, **dict(given)}, ()
            case Grouped():
                yield from self._joined(self._grouped(pattern), row)
            case Projected(part, names, distinct):
                yield from self._joined(self._projected(pattern, part, names, distinct), row)

    def _filtered(
        self, row: Bindings, literals: tuple[Literal, ...], test: Expression, scope: frozenset[str]
    ) -> Iterator[Solution]:
        outer = row.get(_OUTER)
        outer = outer if isinstance(outer, frozenset) else frozenset()
        seen = {key: value for key, value in row.items() if key in scope or key in outer or not isinstance(key, str)}
        others, said = [], dict(row)
        for one in test.tests if isinstance(test, Every) else (test,):
            silence = self._silence(one, seen)
            if silence is None:
                others.append(one)
            else:
                said.update(silence)
        holds = self.truth(Every(tuple(others)), seen).yes
        if holds != FALSE:
            yield said, (*literals, holds)

    def _silence(self, test: Expression, row: Bindings) -> Bindings | None:
        """What a study must be like if a test is ``NOT EXISTS { ?study ns:present|ns:absent ?anything }``.

        Returns the changed part of the row, or None for any other test.
        """
        if not (isinstance(test, Not) and isinstance(test.test, Exists)):
            return None
        part = test.test.part
        ways = [
            way.patterns for way in (part.parts if isinstance(part, Union) else (part,)) if isinstance(way, Triples)
        ]
        single = [way[0] for way in ways if len(way) == 1]
        studies = {row.get(s) for s, _, _ in single}
        free = all(is_variable(o) and o not in row for _, _, o in single)
        if len(single) != len(ways) or len(studies) != 1 or not free or {p for _, p, _ in single} - {PRESENT, ABSENT}:
            return None
        (study,) = studies
        if not isinstance(study, SomeStudy):
            return None
        said = row[study]
        silent = frozenset(slug(str(p)) for _, p, _ in single)
        return {study: replace(said, silent=said.silent | silent)} if isinstance(said, PerformedInput) else None

    def _joined(self, rows: Iterable[Solution], row: Bindings) -> Iterator[Solution]:
        for found, literals in rows:
            if all(row.get(name, value) == value for name, value in found.items()):
                yield {**row, **found}, literals

    def _grouped(self, pattern: Grouped) -> list[Solution]:
        """The groups of a sub-select; they depend on no row outside it, so that they are worked out once."""
        if id(pattern) not in self._groups:
            groups: dict[tuple[Any, ...], list[Solution]] = defaultdict(list)
            for found, literals in self._rows(pattern.part, {}):
                self._refuse_studies(found)
                groups[tuple(found.get(key) for key in pattern.keys)].append((found, (self._make.all(literals),)))
            self._groups[id(pattern)] = [
                (self._named(pattern, key, members), (self._make.any(holds for _, (holds,) in members),))
                for key, members in groups.items()
            ]
        return self._groups[id(pattern)]

    def _named(self, pattern: Grouped, key: tuple[Any, ...], members: list[Solution]) -> Bindings:
        keys = {name: value for name, value in zip(pattern.keys, key, strict=True) if value is not None}
        return keys | {name: self._aggregate(each, members) for name, each in pattern.names}

    def _aggregate(self, aggregate: Aggregate, members: list[Solution]) -> Aggregated:
        if aggregate.kind == "Count":
            return Aggregated("Count", tuple((Decimal(1), holds) for _, (holds,) in members))
        numbers = [(found.get(aggregate.of), holds) for found, (holds,) in members]
        if not all(isinstance(number, Decimal) for number, _ in numbers):
            raise refusal(f"{aggregate.kind.upper()} of {aggregate.of}", "it over numbers of the content")
        return Aggregated(
            aggregate.kind, tuple((number, holds) for number, holds in numbers if isinstance(number, Decimal))
        )

    def _projected(self, pattern: Projected, part: Pattern, names: frozenset[str], distinct: bool) -> list[Solution]:
        if id(pattern) not in self._groups:
            rows: dict[Any, list[Literal]] = defaultdict(list)
            for number, (found, literals) in enumerate(self._rows(part, {})):
                self._refuse_studies(found)
                kept = tuple(sorted(((n, v) for n, v in found.items() if n in names), key=lambda pair: pair[0]))
                rows[kept if distinct else (number, kept)].append(self._make.all(literals))
            found_rows = [(key if distinct else key[1], self._make.any(ways)) for key, ways in rows.items()]
            self._groups[id(pattern)] = [(dict(kept), (holds,)) for kept, holds in found_rows]
        return self._groups[id(pattern)]

    def _refuse_studies(self, row: Bindings) -> None:
        if any(isinstance(value, SomeStudy) for value in row.values()):
            raise refusal("a sub-select over performed studies", "a sub-select over what was concluded about them")

    def _ordered(self, patterns: tuple[Triple, ...], row: Bindings) -> tuple[Triple, ...]:
        """The triples in an order in which each can be looked up, as far as possible, from what is known by then."""
        bound = frozenset(name for name in row if isinstance(name, str))
        studies = frozenset(name for name in bound if isinstance(row[name], SomeStudy))
        key = (id(patterns), bound, studies)
        if key not in self._orders:
            left, known, ordered = list(patterns), set(bound), []
            while left:
                best = min(left, key=lambda triple: self._matcher.cost(triple, known, studies))
                left.remove(best)
                ordered.append(best)
                known |= {str(term) for term in best if is_variable(term)}
                if best[1] == PERFORMED:
                    studies |= {str(best[2])}
            self._orders[key] = tuple(ordered)
        return self._orders[key]

    def _triples(self, patterns: tuple[Triple, ...], row: Bindings) -> Iterator[Solution]:
        if not patterns:
            yield row, ()
            return
        for found, holds in self._matcher.matches(patterns[0], row):
            if holds != FALSE:
                for more, literals in self._triples(patterns[1:], found):
                    yield more, (holds, *literals)

    # ------------------------------------------------------------------ values and tests

    def _values(self, expression: Expression, row: Bindings) -> Iterator[tuple[BoundValue, Literal]]:
        """The values that an expression can have, each with the literal under which it has it."""
        match expression:
            case If(test, then, otherwise):
                truth = self.truth(test, row)
                for part, holds in ((then, truth.yes), (otherwise, truth.no)):
                    for value, others in self._values(part, row):
                        yield value, self._make.all([holds, others])
            case Text(of):
                for value, holds in self._values(of, row):
                    yield text_of(value), holds
            case Compare() | Every() | Some() | Not() | Exists():
                truth = self.truth(expression, row)
                yield True, truth.yes
                yield False, truth.no
            case Unreadable():
                yield expression, TRUE
            case _:
                bound = value_of(expression, row)
                if bound is not None:
                    yield bound, TRUE

    def truth(self, test: Expression, row: Bindings) -> Truth:
        """When a test holds in a row, and when it fails.

        Raises:
            NotCompiledError: A circuit cannot express the test.
        """
        make = self._make
        match test:
            case Every(tests):
                each = list(self._until(tests, row, Truth(FALSE, TRUE)))
                return Truth(make.all(one.yes for one in each), make.any(one.no for one in each))
            case Some(tests):
                each = list(self._until(tests, row, Truth(TRUE, FALSE)))
                return Truth(make.any(one.yes for one in each), make.all(one.no for one in each))
            case Not(inner):
                truth = self.truth(inner, row)
                return Truth(truth.no, truth.yes)
            case Exists(part, names):
                holds = self._exists(test, part, names, row)
                return Truth(holds, holds ^ 1)
            case Compare(sign, left, right):
                ways = [
                    (compared(make, sign, one, two), make.all([a, b]))
                    for one, a in self._values(left, row)
                    for two, b in self._values(right, row)
                ]
                yes = make.any(make.all([truth.yes, when]) for truth, when in ways)
                return Truth(yes, make.any(make.all([truth.no, when]) for truth, when in ways))
        raise refusal(getattr(test, "clause", f"the test {test}"), "a comparison, EXISTS, or && || ! of these")

    def _until(self, tests: Iterable[Expression], row: Bindings, decided: Truth) -> Iterator[Truth]:
        """What each test says, up to the first that decides the rest."""
        for test in tests:
            truth = self.truth(test, row)
            yield truth
            if truth == decided:
                return

    def _exists(self, key: Exists, part: Pattern, names: frozenset[str], row: Bindings) -> Literal:
        seen = {name: value for name, value in row.items() if name in names}
        states = {study: row[study] for study in seen.values() if isinstance(study, SomeStudy)}
        memory = (id(key), frozenset(seen.items()), frozenset(states.items()))
        if memory not in self._answered:
            ways = []
            for found, literals in self._rows(part, {**seen, **states, _OUTER: frozenset(seen)}):
                if any(found[study] != said for study, said in states.items()):
                    clause = "EXISTS about a performed study named outside it"
                    raise refusal(clause, "NOT EXISTS { ?study ns:present|ns:absent ?anything }, or one triple")
                new = [v for k, v in found.items() if isinstance(v, PerformedInput) and k not in states]
                ways.append(self._make.all([*literals, *map(self._make.input, new)]))
            self._answered[memory] = self._make.any(ways)
        return self._answered[memory]
