"""Finds the shipped SPARQL files by name, and reads each of them once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from kg.errors import UnknownQueryError, did_you_mean, nearest, quoted
from kg.knowledge.sparql.resources import shipped


@dataclass(frozen=True)
class Query:
    """One SPARQL file.

    Attributes:
        name: The file name without its ending.
        text: The whole text with its ``#+`` lines; it is valid SPARQL 1.1 as it stands.
    """

    name: str
    text: str

    @cached_property
    def header(self) -> Mapping[str, str]:
        r"""What the ``#+`` lines say, by key.

        >>> Query("any", "#+ summary: What: this?\n#+ tags: [one, two]").header
        {'summary': 'What: this?', 'tags': '[one, two]'}
        """
        lines = [line.removeprefix("#+") for line in self.text.splitlines() if line.startswith("#+")]
        return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}

    @property
    def summary(self) -> str:
        """The question or summary line of the file."""
        return self.header.get("summary") or self.header.get("question") or self.name

    @property
    def given(self) -> str:
        """The kind of fact without which a derive query finds nothing; empty if it needs none."""
        return self.header.get("given", "")

    @cached_property
    def order(self) -> tuple[tuple[str, bool], ...]:
        r"""The variables in the last line, ``ORDER BY``, and whether the greatest comes first.

        >>> Query("any", "SELECT ?a ?b WHERE { ?a ?p ?b }\nORDER BY ?a DESC(?b)").order
        (('a', False), ('b', True))
        """
        last = self.text.rstrip().rpartition("\n")[2]
        keys = re.findall(r"(DESC\()?\?(\w+)", last) if last.startswith("ORDER BY") else []
        return tuple((name, bool(descending)) for descending, name in keys)

    @cached_property
    def unsorted(self) -> str:
        """The text without its ``#+`` lines and its last line, ``ORDER BY``."""
        return "\n".join(line for line in self.text.splitlines() if not line.startswith(("#+", "ORDER BY")))


_CALLED = {"ask": "question", "prove": "property"}
_LISTED = {"ask": "`nextstudy ask` lists them"}


@cache
def stage(name: str) -> tuple[Query, ...]:
    """Read the queries of one folder, such as ``"derive"``, sorted by name.

    The names of derive and build queries begin with a number, so that this is the order in which they run.

    >>> [query.name for query in stage("derive")][0]
    '10-atoms-stated'
    """
    paths = sorted((shipped("queries") / name).glob("*.rq"))
    # A file that is not UTF-8 must not stop the others; it is refused when it is used, as no engine takes surrogates.
    return tuple(Query(path.stem, path.read_text(encoding="utf-8-sig", errors="surrogateescape")) for path in paths)


@cache
def named(stage_name: str, name: str) -> Query:
    """Find a query by its folder and its name.

    Raises:
        UnknownQueryError: No query has that name; the message offers the nearest names.

    >>> named("ask", "why").summary
    'Which conditions hold for this case, and which stated fact met each criterion?'
    """
    known = {query.name: query for query in stage(stage_name)}
    if name not in known:
        cure = did_you_mean(nearest(name, known), _LISTED.get(stage_name, f"see queries/{stage_name}"))
        message = f"there is no {_CALLED.get(stage_name, 'query')} {quoted(name)}; {cure}"
        raise UnknownQueryError(message)
    return known[name]


def selection(name: str) -> Query:
    """Find a query of ``queries/select``, which only selects what is looked at, and decides nothing.

    Raises:
        UnknownQueryError: No query has that name; the message offers the nearest names.

    >>> selection("enter").name
    'enter'
    """
    return named("select", name)


def reads(queries: Iterable[Query]) -> frozenset[str]:
    """The IRIs that some queries name. A triple with another property or class cannot change what they return.

    Args:
        queries: Queries that name each property that they look for, as the shipped ones about a case do.

    >>> sorted(iri.split("#")[1] for iri in reads([named("ask", "what-to-check")]))
    ['acts', 'candidate', 'chosenCandidate', 'entered', 'isA', 'isDefinedBy', 'mayEnter', 'ruledOut', 'rulesOut']
    """
    found: set[str] = set()
    for query in queries:
        prefixes = dict(re.findall(r"PREFIX (\w+:) <(.*?)>", query.text))
        body = re.sub(r"(?m)^(#|PREFIX).*", "", query.text)
        found.update(re.findall(r"<([^<>\s]+)>", body))
        found.update(prefixes[prefix] + name for prefix, name in re.findall(r"\b(\w+:)([\w-]+)", body))
    return frozenset(found)


KINDS_OF_FACT = frozenset({"measured", "performed", "order", "assumedAbsent", "presumes", "chosen"})
"""What a query may name as ``given``: facts that only some cases have and that no query derives."""


@cache
def derivation(given: frozenset[str] = KINDS_OF_FACT) -> str:
    """The derive queries as one SPARQL update: each CONSTRUCT becomes an INSERT with the same template and pattern.

        CONSTRUCT { ?case ns:best ?study } WHERE { ... }   becomes   INSERT { ?case ns:best ?study } WHERE { ... }

    A single call keeps the derived triples inside the engine. The files stay plain queries, which the second engine
    runs as they are.

    Args:
        given: The kinds of fact that the case has. A query that needs another kind would find nothing and is left out,
            because the engine takes as long to parse a query as to run it.

    >>> derivation().count("INSERT {") == len(stage("derive"))
    True
    >>> "ns:measured ?fact" in derivation(frozenset({"performed"}))
    True
    """
    return update_of(stage("derive"), given)


def update_of(queries: Iterable[Query], given: frozenset[str]) -> str:
    """Some CONSTRUCT queries as one SPARQL update, in their order; ``given`` is as for ``derivation``."""
    prologue: dict[str, None] = {}
    bodies = []
    for query in queries:
        if query.given and query.given not in given:
            continue
        lines = [line for line in query.text.splitlines() if not line.startswith("#+")]
        prologue.update(dict.fromkeys(line for line in lines if line.startswith("PREFIX")))
        body = "\n".join(line for line in lines if not line.startswith("PREFIX"))
        bodies.append(body.replace("CONSTRUCT {", "INSERT {", 1))
    return "\n".join(prologue) + "\n" + ";\n".join(bodies)
