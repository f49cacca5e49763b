"""Queries about a case worked out for all cases at once: whatever is said of a case stays open, all else is looked up.

A row of a pattern has *conditions*, the literals that must hold for it; a conclusion is the OR of its rows. So

    CONSTRUCT { ?case ns:best ?study } WHERE { ?case ns:pending ?study . FILTER NOT EXISTS { ?case ns:behind ?study } }

becomes for every study one gate: pending(study) and not behind(study). Where a query counts, takes the least or
compares a measured number, the value stays open too, until something is asked of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from kg.logic.circuit import FALSE, TRUE, Builder, Literal
from kg.logic.graph import Graph
from kg.logic.inputs import Compared, Input, Measured, MeasuredTwice, Performed, Stated
from kg.logic.patterns import (
    Aggregate,
    Bind,
    Compare,
    Every,
    Exists,
    Expression,
    Filter,
    Grouped,
    If,
    Join,
    Not,
    NotCompiledError,
    Pattern,
    Projected,
    Rule,
    Some,
    Term,
    Text,
    Triple,
    Triples,
    Union,
    Unreadable,
    Values,
    is_variable,
)
from kg.names import NS, RDF_TYPE, slug

_TYPE, _CASE_CLASS = RDF_TYPE.value, f"{NS}Case"
_PRESENT, _ABSENT, _ASSUMED = f"{NS}present", f"{NS}absent", f"{NS}assumedAbsent"
_INTENDED, _MEASURED, _PERFORMED = f"{NS}intended", f"{NS}measured", f"{NS}performed"
_MEASURE, _VALUE, _PROCEDURE = f"{NS}measure", f"{NS}value", f"{NS}procedure"

_STATED = {_PRESENT: "Finding", _ABSENT: "Finding", _ASSUMED: "Finding", _INTENDED: "Procedure"}
"""What a case says of terms, and of which class these are."""

_SAID = {_PROCEDURE: "procedure", _PRESENT: "seen", _ABSENT: "unseen"}
"""What is said of a performed study, by the names of ``Performed``."""

_OF_A_STUDY = tuple(_SAID)
_MANY = 1e6
"""More rows than any pattern makes that is looked up: what only a study or a number has waits for one."""

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class _Case:
    """The case."""


@dataclass(frozen=True)
class _Measurement:
    """What a case says of one measure."""

    measure: str


@dataclass(frozen=True)
class _Study:
    """Some performed study: a row says of it what it must be like."""

    name: str


@dataclass(frozen=True)
class _Number:
    """The number that was measured."""

    measure: str


@dataclass(frozen=True, eq=False)
class _Group:
    """A count, the least or the greatest of a group, of which each member has a literal."""

    kind: str
    members: tuple[tuple[Decimal, Literal], ...]


CASE = _Case()
_OUTER = object()
"""In a row within ``EXISTS``: the variables whose values were put in from outside, which every test there sees."""

_Value = Term | _Case | _Measurement | _Study | _Number | _Group | Unreadable | Performed | frozenset[str]
_Row = Mapping[Any, _Value]
"""What is known of variables; and of each study, by the study, what it must be like."""

_Found = tuple[_Row, tuple[Literal, ...]]


class _Truth(NamedTuple):
    """When a test holds and when it does not; where it makes no sense, as of an unbound variable, neither."""

    yes: Literal
    no: Literal


class Grounder:
    """Works out queries one after another, each over the conclusions of those before it."""

    def __init__(self, graph: Graph, before: Grounder | None = None) -> None:
        """Begin with nothing concluded.

        Args:
            graph: The guideline.
            before: What was worked out already, of part of it, and holds here too.
        """
        self.graph = graph
        self.make: Builder = Builder(before.make if before else None)
        self.conclusions: dict[str, dict[Any, Literal]] = defaultdict(dict)
        self._nodes: dict[str, dict[_Measurement, dict[Any, Literal]]] = defaultdict(lambda: defaultdict(dict))
        if before:
            self.conclusions.update({name: dict(found) for name, found in before.conclusions.items()})
            for name, nodes in before._nodes.items():
                self._nodes[name].update({node: dict(found) for node, found in nodes.items()})
        self._of_studies: set[str] = set(before._of_studies) if before else set()
        self._things = {kind: graph.of_type(kind) for kind in ("Finding", "Procedure", "Measure")}
        self._known = {kind: frozenset(things) for kind, things in self._things.items()}
        self._kinds: dict[str, Literal] = {}
        self._orders: dict[Any, tuple[Triple, ...]] = {}
        self._answered: dict[Any, Literal] = {}
        self._groups: dict[int, list[_Found]] = {}
        self._name = ""

    # ------------------------------------------------------------------ whole queries

    def conclude(self, rule: Rule) -> None:
        """Add what a CONSTRUCT query concludes.

        Args:
            rule: The query.

        Raises:
            NotCompiledError: It says what a circuit cannot.
        """
        made: dict[tuple[str, Any], list[Literal]] = defaultdict(list)
        of_nodes: dict[tuple[str, _Measurement, Any], list[Literal]] = defaultdict(list)
        for row, literals in self._run(rule):
            holds = self.make.all(literals)
            for s, p, o in rule.head if holds != FALSE else ():
                subject, relation, thing = self._value(s, row), self._value(p, row), self._value(o, row)
                if subject is None or relation is None or thing is None:
                    continue
                if not isinstance(thing, str | Decimal | bool | tuple) or not isinstance(relation, str):
                    raise self._refusal(f"a conclusion about {o}", "a conclusion that names a thing of the guideline")
                if isinstance(subject, _Case):
                    made[relation, thing].append(holds)
                elif isinstance(subject, _Measurement):
                    of_nodes[relation, subject, thing].append(holds)
                elif isinstance(subject, _Study):
                    self._of_studies.add(relation)
        for (relation, thing), ways in made.items():
            found = self.conclusions[relation]
            found[thing] = self.make.any([*ways, found.get(thing, FALSE)])
        for (relation, node, thing), ways in of_nodes.items():
            about = self._nodes[relation][node]
            about[thing] = self.make.any([*ways, about.get(thing, FALSE)])

    def rows(self, rule: Rule) -> dict[tuple[Any, ...], Literal]:
        """When a SELECT query has which rows.

        Args:
            rule: The query.

        Returns:
            For each combination of its columns that some case can have, the literal of that row.

        Raises:
            NotCompiledError: It says what a circuit cannot.
        """
        made: dict[tuple[Any, ...], list[Literal]] = defaultdict(list)
        for row, literals in self._run(rule):
            key = tuple(self._value(column, row) for column, _, _ in rule.head)
            if any(isinstance(value, _Group | _Number | Unreadable) for value in key):
                raise self._refusal("a column that is worked out of a number of the case", "columns that name things")
            made[key].append(self.make.all(literals))
        found = {key: self.make.any(ways) for key, ways in made.items()}
        return {key: holds for key, holds in found.items() if holds != FALSE}

    def apart(self, rule: Rule) -> Iterator[tuple[tuple[Any, ...], Literal, Literal]]:
        """The rows of a SELECT query without its outermost FILTER, and when that holds of each.

        Args:
            rule: The query.

        Yields:
            The columns of a row, the literal of the row, and that of the FILTER; a row may come more than once.

        Raises:
            NotCompiledError: It says what a circuit cannot.
        """
        body, test = (rule.body.part, rule.body.test) if isinstance(rule.body, Filter) else (rule.body, Every(()))
        for row, literals in self._run(replace(rule, body=body)):
            key = tuple(self._value(column, row) for column, _, _ in rule.head)
            yield key, self.make.all(literals), self._truth(test, row).yes

    def _run(self, rule: Rule) -> Iterator[_Found]:
        self._name = rule.name
        self._orders.clear()
        self._answered.clear()
        self._groups.clear()
        given = self._given(rule.given)
        for row, literals in self._rows(rule.body, {}):
            studies = [value for value in row.values() if isinstance(value, Performed)]
            needed = [] if studies and rule.given == "performed" else given
            yield row, (*literals, *map(self.make.input, studies), *needed)

    def _given(self, kind: str) -> list[Literal]:
        """That a case has the kind of fact without which a query is not run."""
        things = {"measured": "Measure", "intended": "Procedure", "assumedAbsent": "Finding"}.get(kind)
        if things is None:
            return [self.make.input(Performed())] if kind == "performed" else []
        if kind not in self._kinds:
            every = self._things[things]
            facts: Iterable[Input] = (Measured(x) if kind == "measured" else Stated(kind, x) for x in every)
            self._kinds[kind] = self.make.any(map(self.make.input, facts))
        return [self._kinds[kind]] if self._things[things] else []

    def _refusal(self, clause: str, instead: str) -> NotCompiledError:
        return NotCompiledError(f"{self._name}: {clause} cannot be compiled into a circuit; write {instead}")

    # ------------------------------------------------------------------ patterns

    def _rows(self, pattern: Pattern, row: _Row) -> Iterator[_Found]:
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
        self, row: _Row, literals: tuple[Literal, ...], test: Expression, scope: frozenset[str]
    ) -> Iterator[_Found]:
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
        holds = self._truth(Every(tuple(others)), seen).yes
        if holds != FALSE:
            yield said, (*literals, holds)

    def _silence(self, test: Expression, row: _Row) -> _Row | None:
        """``NOT EXISTS { ?study ns:present|ns:absent ?anything }`` says of a study what it must be like."""
        if not (isinstance(test, Not) and isinstance(test.test, Exists)):
            return None
        part = test.test.part
        ways = [
            way.patterns for way in (part.parts if isinstance(part, Union) else (part,)) if isinstance(way, Triples)
        ]
        single = [way[0] for way in ways if len(way) == 1]
        studies = {row.get(s) for s, _, _ in single}
        free = all(is_variable(o) and o not in row for _, _, o in single)
        if len(single) != len(ways) or len(studies) != 1 or not free or {p for _, p, _ in single} - {_PRESENT, _ABSENT}:
            return None
        (study,) = studies
        if not isinstance(study, _Study):
            return None
        said = row[study]
        silent = frozenset(slug(str(p)) for _, p, _ in single)
        return {study: replace(said, silent=said.silent | silent)} if isinstance(said, Performed) else None

    def _joined(self, rows: Iterable[_Found], row: _Row) -> Iterator[_Found]:
        for found, literals in rows:
            if all(row.get(name, value) == value for name, value in found.items()):
                yield {**row, **found}, literals

    def _grouped(self, pattern: Grouped) -> list[_Found]:
        """The groups, which depend on no row outside: a sub-select is worked out by itself."""
        if id(pattern) not in self._groups:
            groups: dict[tuple[Any, ...], list[_Found]] = defaultdict(list)
            for found, literals in self._rows(pattern.part, {}):
                self._refuse_studies(found)
                groups[tuple(found.get(key) for key in pattern.keys)].append((found, (self.make.all(literals),)))
            self._groups[id(pattern)] = [
                (self._named(pattern, key, members), (self.make.any(holds for _, (holds,) in members),))
                for key, members in groups.items()
            ]
        return self._groups[id(pattern)]

    def _named(self, pattern: Grouped, key: tuple[Any, ...], members: list[_Found]) -> _Row:
        keys = {name: value for name, value in zip(pattern.keys, key, strict=True) if value is not None}
        return keys | {name: self._aggregate(each, members) for name, each in pattern.names}

    def _aggregate(self, aggregate: Aggregate, members: list[_Found]) -> _Group:
        if aggregate.kind == "Count":
            return _Group("Count", tuple((Decimal(1), holds) for _, (holds,) in members))
        numbers = [(found.get(aggregate.of), holds) for found, (holds,) in members]
        if not all(isinstance(number, Decimal) for number, _ in numbers):
            raise self._refusal(
                f"{aggregate.kind.upper()} of {aggregate.of}", "it of numbers that stand in the guideline"
            )
        return _Group(
            aggregate.kind, tuple((number, holds) for number, holds in numbers if isinstance(number, Decimal))
        )

    def _projected(self, pattern: Projected, part: Pattern, names: frozenset[str], distinct: bool) -> list[_Found]:
        if id(pattern) not in self._groups:
            rows: dict[Any, list[Literal]] = defaultdict(list)
            for number, (found, literals) in enumerate(self._rows(part, {})):
                self._refuse_studies(found)
                kept = tuple(sorted(((n, v) for n, v in found.items() if n in names), key=lambda pair: pair[0]))
                rows[kept if distinct else (number, kept)].append(self.make.all(literals))
            found_rows = [(key if distinct else key[1], self.make.any(ways)) for key, ways in rows.items()]
            self._groups[id(pattern)] = [(dict(kept), (holds,)) for kept, holds in found_rows]
        return self._groups[id(pattern)]

    def _refuse_studies(self, row: _Row) -> None:
        if any(isinstance(value, _Study) for value in row.values()):
            raise self._refusal("a sub-select over performed studies", "the sub-select over what was concluded of them")

    # ------------------------------------------------------------------ triples

    def _ordered(self, patterns: tuple[Triple, ...], row: _Row) -> tuple[Triple, ...]:
        """The patterns in an order in which each one is looked up from what is known by then, as far as that goes."""
        bound = frozenset(name for name in row if isinstance(name, str))
        studies = frozenset(name for name in bound if isinstance(row[name], _Study))
        key = (id(patterns), bound, studies)
        if key not in self._orders:
            left, known, ordered = list(patterns), set(bound), []
            while left:
                best = min(left, key=lambda triple: self._cost(triple, known, studies))
                left.remove(best)
                ordered.append(best)
                known |= {str(term) for term in best if is_variable(term)}
                if best[1] == _PERFORMED:
                    studies |= {str(best[2])}
            self._orders[key] = tuple(ordered)
        return self._orders[key]

    def _cost(self, triple: Triple, known: set[str], studies: frozenset[str]) -> float:
        """About how many rows a pattern makes of one: the fewest come first."""
        subject, relation, _ = triple
        s, p, o = ((term in known or not is_variable(term)) for term in triple)
        if relation in (_PERFORMED, _MEASURED):
            return 0
        if subject in studies:
            return 0.5 if o else _MANY
        if s and o:
            return 0.5
        if not p:
            return 5 if s or o else _MANY
        if relation in self.conclusions:
            return 1 if o else len(self.conclusions[str(relation)])
        if relation in _STATED and not s:
            return 1 if o else len(self._things[_STATED[str(relation)]])
        if s or o:
            return self.graph.fan(str(relation), forward=s)
        return _MANY if relation in (_VALUE, *_OF_A_STUDY) else self.graph.size(str(relation))

    def _triples(self, patterns: tuple[Triple, ...], row: _Row) -> Iterator[_Found]:
        if not patterns:
            yield row, ()
            return
        for found, holds in self._match(patterns[0], row):
            if holds != FALSE:
                for more, literals in self._triples(patterns[1:], found):
                    yield more, (holds, *literals)

    def _match(self, triple: Triple, row: _Row) -> Iterator[tuple[_Row, Literal]]:
        s, p, o = (self._value(term, row) for term in triple)
        if p is not None and not isinstance(p, str):
            return
        for subject, relation, thing, holds, studies in self._candidates(s, p, o, triple, row):
            found = {**row, **studies}
            for term, value in zip(triple, (subject, relation, thing), strict=True):
                if is_variable(term):
                    found[term] = value
            yield found, holds

    def _candidates(
        self, s: _Value | None, p: str | None, o: _Value | None, triple: Triple, row: _Row
    ) -> Iterator[tuple[_Value, _Value, _Value, Literal, _Row]]:
        """What fits a triple: of the guideline, of the case, of its measurements, of its studies."""
        if s is None or not isinstance(s, _Case | _Measurement | _Study | _Number | _Group):
            for subject, relation, thing, holds in self._stored(s, p, o):
                yield subject, relation, thing, holds, {}
        if s is None or isinstance(s, _Case):
            for thing, holds in self._of_case(p, o, triple[2]):
                new: _Row = {thing: Performed()} if isinstance(thing, _Study) and thing not in row else {}
                yield CASE, p or "", thing, holds, new
        if p is None:
            return
        if s is None or isinstance(s, _Measurement):
            for node in [s] if isinstance(s, _Measurement) else map(_Measurement, self._things["Measure"]):
                for thing, holds in self._of_measurement(node, p, o):
                    given = TRUE if s is not None else self.make.input(Measured(node.measure))
                    yield node, p, thing, self.make.all([holds, given]), {}
        if isinstance(s, _Study) or (s is None and p in _OF_A_STUDY):
            study = s if isinstance(s, _Study) else _Study(str(triple[0]))
            for thing, said in self._of_study(row.get(study, Performed()), p, o):
                yield study, p, thing, TRUE, {study: said}

    def _stored(
        self, s: _Value | None, p: str | None, o: _Value | None
    ) -> Iterator[tuple[_Value, _Value, _Value, Literal]]:
        if isinstance(o, _Case | _Measurement | _Study | _Number | Unreadable | Performed):
            return
        wanted = None if isinstance(o, _Group) else o
        for subject, relation, thing in self.graph.matches(s, p, wanted):  # type: ignore[arg-type]
            if isinstance(o, _Group):
                holds = self._compared("=", o, thing).yes if isinstance(thing, Decimal) else FALSE
                yield subject, relation, o, holds
            else:
                yield subject, relation, thing, TRUE

    def _of_case(self, p: str | None, o: _Value | None, name: Term) -> Iterator[tuple[_Value, Literal]]:
        if p is None:
            raise self._refusal("a variable for the property of a case", "the properties out")
        if p == _TYPE:
            if o is None or o == _CASE_CLASS:
                yield _CASE_CLASS, TRUE
        elif p in _STATED:
            things = [o] if o is not None else self._things[_STATED[p]]
            known = self._known[_STATED[p]]
            yield from ((t, self.make.input(Stated(slug(p), t))) for t in things if isinstance(t, str) and t in known)
        elif p == _MEASURED:
            nodes = [o] if o is not None else map(_Measurement, self._things["Measure"])
            yield from ((n, self.make.input(Measured(n.measure))) for n in nodes if isinstance(n, _Measurement))
        elif p == _PERFORMED and o is None:
            yield _Study(f"{name}"), TRUE
        elif p == _PERFORMED:
            yield from [(o, TRUE)] if isinstance(o, _Study) else []
        else:
            found = self.conclusions.get(p, {})
            yield from found.items() if o is None else [(o, found[o])] if o in found else []

    def _of_measurement(self, node: _Measurement, p: str | None, o: _Value | None) -> Iterator[tuple[_Value, Literal]]:
        if p == _MEASURE and o in (None, node.measure):
            yield node.measure, TRUE
        elif p == _VALUE and o is None:
            yield _Number(node.measure), TRUE
        elif p == _VALUE:
            raise self._refusal("a number that a case must have exactly", "a FILTER that compares it")
        elif p is not None:
            found = self._nodes.get(p, {}).get(node, {})
            yield from found.items() if o is None else [(o, found[o])] if o in found else []

    def _of_study(self, said: _Value, p: str, o: _Value | None) -> Iterator[tuple[_Value, Performed]]:
        """What a study must be like for a triple about it to hold."""
        name = _SAID.get(p)
        if not isinstance(said, Performed) or name is None:
            if p in self._nodes or p in self.conclusions or p in self._of_studies:
                raise self._refusal(f"what follows of one performed study (ns:{slug(p)})", "it of the case")
            return
        before = getattr(said, name)
        if before is not None and name != "procedure" and o != before:
            raise self._refusal("two findings of one performed study", "each in a query of its own")
        kind = "Procedure" if name == "procedure" else "Finding"
        for thing in [before] if before is not None else self._things[kind] if o is None else [o]:
            if o in (None, thing) and isinstance(thing, str) and thing in self._known[kind]:
                yield thing, replace(said, **{name: thing})  # type: ignore[arg-type]

    # ------------------------------------------------------------------ values and tests

    def _value(self, term: Term, row: _Row) -> _Value | None:
        return row.get(term) if is_variable(term) else term

    def _values(self, expression: Expression, row: _Row) -> Iterator[tuple[_Value, Literal]]:
        """The values that an expression can have, and when."""
        match expression:
            case If(test, then, otherwise):
                truth = self._truth(test, row)
                for part, holds in ((then, truth.yes), (otherwise, truth.no)):
                    for value, others in self._values(part, row):
                        yield value, self.make.all([holds, others])
            case Text(of):
                for value, holds in self._values(of, row):
                    yield _text(value), holds
            case Compare() | Every() | Some() | Not() | Exists():
                truth = self._truth(expression, row)
                yield True, truth.yes
                yield False, truth.no
            case Unreadable():
                yield expression, TRUE
            case _:
                bound = self._value(expression, row)
                if bound is not None:
                    yield bound, TRUE

    def _truth(self, test: Expression, row: _Row) -> _Truth:
        make = self.make
        match test:
            case Every(tests):
                each = list(self._until(tests, row, _Truth(FALSE, TRUE)))
                return _Truth(make.all(one.yes for one in each), make.any(one.no for one in each))
            case Some(tests):
                each = list(self._until(tests, row, _Truth(TRUE, FALSE)))
                return _Truth(make.any(one.yes for one in each), make.all(one.no for one in each))
            case Not(inner):
                truth = self._truth(inner, row)
                return _Truth(truth.no, truth.yes)
            case Exists(part, names):
                holds = self._exists(test, part, names, row)
                return _Truth(holds, holds ^ 1)
            case Compare(sign, left, right):
                ways = [
                    (self._compared(sign, one, two), make.all([a, b]))
                    for one, a in self._values(left, row)
                    for two, b in self._values(right, row)
                ]
                yes = make.any(make.all([truth.yes, when]) for truth, when in ways)
                return _Truth(yes, make.any(make.all([truth.no, when]) for truth, when in ways))
        raise self._refusal(getattr(test, "clause", f"the test {test}"), "a comparison, EXISTS, or && || ! of these")

    def _until(self, tests: Iterable[Expression], row: _Row, decided: _Truth) -> Iterator[_Truth]:
        """What each test says, up to the one that decides all of them."""
        for test in tests:
            truth = self._truth(test, row)
            yield truth
            if truth == decided:
                return

    def _compared(self, sign: str, one: _Value, two: _Value) -> _Truth:
        for value in (one, two):
            if isinstance(value, Unreadable):
                raise self._refusal(value.clause, "comparisons of things, texts and numbers as they stand")
        if isinstance(two, _Number | _Group) and not isinstance(one, _Number | _Group):
            return self._compared(_MIRRORED[sign], two, one)
        if isinstance(one, _Number):
            return self._measured(sign, one, two)
        if isinstance(one, _Group):
            return self._of_group(sign, one, two)
        if type(one) is not type(two):
            return _Truth(FALSE, TRUE) if sign == "=" else _Truth(TRUE, FALSE) if sign == "!=" else _Truth(FALSE, FALSE)
        if sign not in ("=", "!=") and not isinstance(one, Decimal | tuple):
            return _Truth(FALSE, FALSE)
        holds = _SIGNS[sign](one, two)
        return _Truth(TRUE, FALSE) if holds else _Truth(FALSE, TRUE)

    def _measured(self, sign: str, one: _Number, two: _Value) -> _Truth:
        """A measured number against a limit: below it, or not above it, are the two questions that are inputs."""
        if isinstance(two, _Number) and two == one:
            differs = self.make.input(MeasuredTwice(one.measure))
            return _Truth(differs, differs ^ 1) if sign in ("<", ">", "!=") else _Truth(differs ^ 1, differs)
        if isinstance(two, _Number | _Group):
            raise self._refusal("a comparison of a measured number", "it with a number of the guideline")
        if not isinstance(two, Decimal):
            return _Truth(FALSE, FALSE)
        below = self.make.input(Compared(one.measure, "<", two))
        upto = self.make.input(Compared(one.measure, "<=", two))
        same = self.make.all([upto, below ^ 1])
        yes = {"<": below, "<=": upto, ">": upto ^ 1, ">=": below ^ 1, "=": same, "!=": same ^ 1}[sign]
        return _Truth(yes, yes ^ 1)

    def _of_group(self, sign: str, one: _Group, two: _Value) -> _Truth:
        """A count, least or greatest against a number; a group has at least one member that holds."""
        if not isinstance(two, Decimal):
            raise self._refusal(f"a comparison of {one.kind.upper()}", "it with a number of the guideline")
        if one.kind == "Count":
            if sign not in ("=", "!="):
                raise self._refusal(f"COUNT {sign}", "COUNT for equality with a stored count")
            whole = two == two.to_integral_value()
            same = self.make.exactly(int(two), [holds for _, holds in one.members]) if whole else FALSE
            return _Truth(same, same ^ 1) if sign == "=" else _Truth(same ^ 1, same)
        at_least, above = (self._reaches(one, two, beyond) for beyond in (False, True))
        same = self.make.all([at_least, above ^ 1])
        yes = {">=": at_least, ">": above, "<": at_least ^ 1, "<=": above ^ 1, "=": same, "!=": same ^ 1}[sign]
        return _Truth(yes, yes ^ 1)

    def _reaches(self, group: _Group, limit: Decimal, beyond: bool) -> Literal:
        """Whether the greatest, or the least, is at least so much, or above it."""
        reached = [(number > limit if beyond else number >= limit, holds) for number, holds in group.members]
        if group.kind == "Max":
            return self.make.any(holds for reaches, holds in reached if reaches)
        return self.make.all(holds ^ 1 for reaches, holds in reached if not reaches)

    def _exists(self, key: Exists, part: Pattern, names: frozenset[str], row: _Row) -> Literal:
        seen = {name: value for name, value in row.items() if name in names}
        states = {study: row[study] for study in seen.values() if isinstance(study, _Study)}
        memory = (id(key), frozenset(seen.items()), frozenset(states.items()))
        if memory not in self._answered:
            ways = []
            for found, literals in self._rows(part, {**seen, **states, _OUTER: frozenset(seen)}):
                if any(found[study] != said for study, said in states.items()):
                    clause = "EXISTS about a performed study named outside it"
                    raise self._refusal(clause, "NOT EXISTS { ?study ns:present|ns:absent ?anything }, or one triple")
                new = [v for k, v in found.items() if isinstance(v, Performed) and k not in states]
                ways.append(self.make.all([*literals, *map(self.make.input, new)]))
            self._answered[memory] = self.make.any(ways)
        return self._answered[memory]


def _text(value: _Value) -> _Value:
    """``STR`` of a value."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, Decimal):
        return str(value), ""
    return (value[0], "") if isinstance(value, tuple) else Unreadable("STR of what a case says")
