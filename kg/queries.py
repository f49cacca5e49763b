"""The shipped SPARQL files: found by name, read once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from kg.errors import UnknownQueryError, listed, quoted
from kg.resources import folder


@dataclass(frozen=True)
class Query:
    """One SPARQL file.

    Attributes:
        name: The file name without its ending.
        text: The whole text, ``#+`` lines included: valid SPARQL 1.1 as it stands.
    """

    name: str
    text: str

    @cached_property
    def header(self) -> Mapping[str, str]:
        r"""What the ``#+`` lines say, by their keys.

        >>> Query("any", "#+ summary: What: this?\n#+ tags: [one, two]").header
        {'summary': 'What: this?', 'tags': '[one, two]'}
        """
        lines = [line.removeprefix("#+ ") for line in self.text.splitlines() if line.startswith("#+ ")]
        return {key: value for key, _, value in (line.partition(": ") for line in lines)}

    @property
    def summary(self) -> str:
        """The question or summary line of the file."""
        return self.header.get("summary") or self.header.get("question") or self.name

    @property
    def given(self) -> str:
        """The kind of fact that a derive query begins with, if it names one: for a case without it there is no need."""
        return self.header.get("given", "")

    @cached_property
    def order(self) -> tuple[tuple[str, bool], ...]:
        r"""The variables of its last line, the order, and whether the greatest comes first.

        >>> Query("any", "SELECT ?a ?b WHERE { ?a ?p ?b }\nORDER BY ?a DESC(?b)").order
        (('a', False), ('b', True))
        """
        last = self.text.rstrip().rpartition("\n")[2]
        keys = re.findall(r"(DESC\()?\?(\w+)", last) if last.startswith("ORDER BY") else []
        return tuple((name, bool(descending)) for descending, name in keys)

    @cached_property
    def unsorted(self) -> str:
        """The text without what only a reader needs: its ``#+`` lines and its last line, the order."""
        return "\n".join(line for line in self.text.splitlines() if not line.startswith(("#+", "ORDER BY")))


@cache
def stage(name: str) -> tuple[Query, ...]:
    """Read the queries of one folder in the order of their names.

    Args:
        name: ``"build"``, ``"derive"``, ``"ask"``, ``"verify"``, ``"author"`` or ``"publish"``.

    Returns:
        The queries; for ``"derive"`` this is the order in which they run.

    >>> [query.name for query in stage("derive")][0]
    '10-stated'
    """
    paths = sorted((folder("queries") / name).glob("*.rq"))
    return tuple(Query(path.stem, path.read_text(encoding="utf-8")) for path in paths)


@cache
def named(stage_name: str, name: str) -> Query:
    """Find one query.

    Args:
        stage_name: The folder.
        name: The query's name.

    Returns:
        The query.

    Raises:
        UnknownQueryError: There is none of that name; the nearest names are offered.

    >>> named("ask", "why").summary
    'Which conditions hold for this case, and which stated fact met each criterion?'
    """
    known = {query.name: query for query in stage(stage_name)}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3) or sorted(known)
        message = f"there is no query {quoted(name)}; there are {listed(near)}"
        raise UnknownQueryError(message)
    return known[name]


@cache
def selection(name: str) -> Query:
    """Find a query at the top of the folder: one that selects what is looked at and decides nothing.

    Args:
        name: The query's name.

    Returns:
        The query.

    >>> selection("enter").name
    'enter'
    """
    return Query(name, (folder("queries") / f"{name}.rq").read_text(encoding="utf-8"))


def reads(queries: Iterable[Query]) -> frozenset[str]:
    """Everything that some queries name. A triple with another predicate, or of another class, cannot bear on them.

    Args:
        queries: Queries that name each predicate they look for, as the shipped ones about a case do.

    Returns:
        The IRIs.

    >>> sorted(iri.split("#")[1] for iri in reads([named("ask", "what-to-check")]))
    ['acts', 'candidate', 'entered', 'isA', 'isDefinedBy', 'ruledOut', 'rulesOut']
    """
    found: set[str] = set()
    for query in queries:
        prefixes = dict(re.findall(r"PREFIX (\w+:) <(.*?)>", query.text))
        body = re.sub(r"(?m)^(#|PREFIX).*", "", query.text)
        found.update(re.findall(r"<([^<>\s]+)>", body))
        found.update(prefixes[prefix] + name for prefix, name in re.findall(r"\b(\w+:)([\w-]+)", body))
    return frozenset(found)


KINDS_OF_FACT = frozenset({"measured", "performed", "intended", "assumedAbsent"})
"""What a query may name as given: what some cases have, and nothing derives."""


@cache
def derivation(given: frozenset[str] = KINDS_OF_FACT) -> str:
    """The derive queries as one SPARQL update: each CONSTRUCT becomes an INSERT of the same template and pattern.

    One call keeps the derived triples inside the engine; the files themselves stay plain queries,
    which is what the second engine runs in the tests.

    Args:
        given: The kinds of fact that the case has. Queries that begin with another kind would find nothing and are
            left out: the engine takes as long to understand a query as to run it.

    Returns:
        The update.

    >>> derivation().count("INSERT {") == len(stage("derive"))
    True
    >>> "ns:measured ?fact" in derivation(frozenset({"performed"}))
    True
    """
    return update_of(stage("derive"), given)


def update_of(queries: Iterable[Query], given: frozenset[str]) -> str:
    """Some derive queries as one SPARQL update.

    Args:
        queries: CONSTRUCT queries, in the order in which they run.
        given: As for ``derivation``.

    Returns:
        The update.
    """
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
