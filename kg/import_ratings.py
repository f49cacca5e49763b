"""Turn a published rating table into the ratings of a topic file, and refuse a table that is inconsistent.

Nothing is guessed: studies, categories, radiation levels and sources must be words of the content, and every fault is
named with its line and how to mend it. All faults are found in one go.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from pathlib import Path

from kg.content import Content
from kg.document import read_text
from kg.errors import AuthoringError, listed, quoted
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import BASE, slug
from kg.new_topic import check_slug
from kg.queries import named

NEEDED = ("variant", "procedure", "category", "radiation level", "source")
"""Columns that a table must have. A cell of ``radiation level`` may be empty; ``source`` separates several by ``;``."""

OPTIONAL = ("title", "disagreement")
"""Columns that a table may have: the title of the variant, and whether the panel's disagreement is known."""

_PREFIXES = ("ns", "topic", "procedure", "scale", "source", "rdfs", "owl", "skos", "prov", "oa")


@dataclass(frozen=True)
class _Row:
    """One line of the table."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.strip() for part in self["source"].split(";") if part.strip()))


@dataclass(frozen=True)
class _Rating:
    """One cell of the published table, with identifiers of the content."""

    procedure: str
    category: str
    disagreement: str
    sources: tuple[str, ...]


def import_ratings(table: Path, content: Content, topic: str, columns: Mapping[str, str] | None = None) -> str:
    """Write the ratings of a topic from a table.

    Args:
        table: A CSV file in UTF-8 with a header; one line rates one study in one variant.
        content: What ``kg.content.read`` returns; it declares the studies, scales and sources that the table names,
            and may hold the topic's scenarios, which are found by their ``skos:notation`` or identifier.
        topic: The identifier of the topic.
        columns: How the table calls a column that is not called as in ``NEEDED`` and ``OPTIONAL``.

    Returns:
        Turtle to add at the end of the topic file. A scenario that the content lacks is begun, without criteria.

    Raises:
        AuthoringError: The table cannot be read or is inconsistent; one line for each fault, with its place and cure.
    """
    check_slug(topic)
    rows = _rows(table, columns or {})
    return _Importer(table.name, content, topic).turtle(rows)


def _rows(table: Path, columns: Mapping[str, str]) -> list[_Row]:
    for column in columns:
        if column not in NEEDED + OPTIONAL:
            message = f"there is no column '{column}' to be called otherwise; there are {listed(NEEDED + OPTIONAL)}"
            raise AuthoringError(message)
    text = read_text(table, AuthoringError, "CSV")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except csv.Error as error:
        message = f"{table}, line {reader.line_num}: is not CSV ({error}); mend the quotes there"
        raise AuthoringError(message) from error
    header = lines[0][1] if lines else []
    called = {columns.get(column, column): column for column in NEEDED + OPTIONAL}
    _refuse_header(table, header, [columns.get(column, column) for column in NEEDED])
    if len(lines) < 2:
        message = f"{table}: has a header and no line below it; write one line for each rating"
        raise AuthoringError(message)
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            message = (
                f"{table}, line {number}: has {len(cells)} cells where the header has {len(header)}; "
                "put a cell that holds a comma in quotes"
            )
            raise AuthoringError(message)
    return [
        _Row(number, {called[name]: cell for name, cell in zip(header, cells, strict=True) if name in called})
        for number, cells in lines[1:]
    ]


def _refuse_header(table: Path, header: list[str], needed: Iterable[str]) -> None:
    missing = [column for column in needed if column not in header]
    if missing:
        message = (
            f"{table}, line 1: the header lacks {listed(missing)}; write a first line with the names of the columns, "
            "separated by commas, or say with --column how the table calls one"
        )
        raise AuthoringError(message)
    twice = sorted({column for column in needed if header.count(column) > 1})
    if twice:
        message = f"{table}, line 1: the header names {listed(twice)} twice; keep one"
        raise AuthoringError(message)


class _Importer:
    """Judges the lines of one table by the words of one content folder."""

    def __init__(self, table: str, content: Content, topic: str) -> None:
        self._table = table
        self._topic = topic
        self._knowledge = Knowledge(content)
        self._lexicon = Lexicon(content)
        self._prefixes = content.prefixes
        self._faults: dict[str, None] = {}

    @cached_property
    def _words(self) -> Mapping[str, Mapping[str, str]]:
        """What each name means, by kind and plain name."""
        names: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self._knowledge.rows(named("author", "words")):
            names[row["kind"], row["term"]].append(row["name"])
        words: dict[str, dict[str, str]] = defaultdict(dict)
        for (kind, term), known in names.items():
            # Tables print symbol and label side by side, such as those of a radiation level.
            pairs = (f"{first} {second}" for first, second in permutations(known, 2))
            words[kind].update({_plain(name): term for name in (*pairs, *known, slug(term))})
        return words

    @cached_property
    def _scenarios(self) -> list[dict[str, str]]:
        return self._knowledge.rows(named("author", "scenarios"))

    @cached_property
    def _own_scenarios(self) -> list[dict[str, str]]:
        return [row for row in self._scenarios if row["topic"] == f"{BASE}topic/{self._topic}"]

    def turtle(self, rows: list[_Row]) -> str:
        by_variant: dict[str, list[_Row]] = defaultdict(list)
        for row in rows:
            if not row["variant"]:
                self._fault(row, "names no variant", "write the number or name of the variant")
            elif not self._can_be_named(row["variant"]):
                wrong = f"the variant {quoted(row['variant'])} cannot be part of an identifier"
                self._fault(row, wrong, "write it in letters, digits, points and hyphens")
            by_variant[row["variant"]].append(row)
        titles = {_plain(row["title"]) for row in rows} | {_plain(row["label"]) for row in self._scenarios}
        ratings = {variant: self._ratings(lines, titles - {""}) for variant, lines in by_variant.items()}
        self._refuse_unrated(by_variant)
        if self._faults:
            raise AuthoringError("\n".join(self._faults))
        head = [f"@base <{BASE}topic/{self._topic}/> ."]
        head += [f"@prefix {name}: <{self._prefixes[name]}> ." for name in _PREFIXES]
        blocks = [self._scenario(variant, by_variant[variant], rated) for variant, rated in ratings.items()]
        return "\n".join(head) + "\n\n" + "\n".join(blocks)

    # ---------------------------------------------------------------- judging

    def _fault(self, row: _Row, wrong: str, cure: str) -> None:
        self._faults[f"{self._table}, line {row.line}: {wrong}; {cure}"] = None

    def _ratings(self, rows: list[_Row], titles: set[str]) -> list[_Rating]:
        """The ratings of one variant; a study that several lines rate alike has the sources of all of them."""
        found: dict[str, tuple[_Row, _Rating]] = {}
        for row in rows:
            if (row["procedure"] or row["category"]) and (rating := self._rating(row, titles)):
                first, before = found.setdefault(rating.procedure, (row, rating))
                if (before.category, before.disagreement) != (rating.category, rating.disagreement):
                    wrong = f"'{row['procedure']}' is '{row['category']}' here and '{first['category']}'"
                    self._fault(row, f"{wrong} in line {first.line}", "keep the one that the source prints")
                sources = tuple(dict.fromkeys(before.sources + rating.sources))
                merged = _Rating(before.procedure, before.category, before.disagreement, sources)
                found[rating.procedure] = (first, merged)
        return [rating for _, rating in found.values()]

    def _rating(self, row: _Row, titles: set[str]) -> _Rating | None:
        procedure = self._procedure(row, titles)
        category = self._value(row, "category", "category")
        disagreement = self._value(row, "disagreement", "disagreement") if row["disagreement"] else ""
        level = self._value(row, "radiation level", "radiation") if row["radiation level"] else ""
        if not row.sources:
            self._fault(row, "the rating has no source", "name the source that prints it, one of those in the content")
        sources = tuple(self._source(row, source) for source in row.sources)
        if procedure and level:
            self._compare_radiation(row, procedure, level)
        return _Rating(procedure, category, disagreement, sources) if procedure and category else None

    def _procedure(self, row: _Row, titles: set[str]) -> str:
        known = self._words["procedure"].get(_plain(row["procedure"]), "")
        if not known and _plain(row["procedure"]) in titles:
            wrong = f"the procedure '{row['procedure']}' is the title of a scenario"
            self._fault(row, wrong, "write the study that the source rates there")
        elif not known:
            cure = "name a study of the vocabulary, or declare it there"
            self._unknown(row, f"the procedure '{row['procedure']}'", "procedure", row["procedure"], cure)
        return known

    def _value(self, row: _Row, column: str, scale: str) -> str:
        known = self._words[scale].get(_plain(row[column]), "")
        if not known:
            values = {term: self._label(term) for term in self._words[scale].values()}
            wrong = f"the {column} '{row[column]}' is not on the scale"
            self._fault(row, wrong, f"write one of {listed(sorted(values.values()))}")
        return known

    def _source(self, row: _Row, source: str) -> str:
        known = self._words["source"].get(_plain(source), "")
        if not known:
            cure = f"declare it in the topic file: source:{_plain(source).replace(' ', '-') or 'name'} a ns:Source"
            self._unknown(row, f"the source '{source}'", "source", source, cure)
        return known

    def _unknown(self, row: _Row, what: str, kind: str, word: str, cure: str) -> None:
        close = difflib.get_close_matches(_plain(word), self._words[kind], n=6, cutoff=0.55)
        near = list(dict.fromkeys(self._label(self._words[kind][name]) for name in close))[:3]
        offer = f"did you mean {listed(near)}? Otherwise {cure}" if near else cure
        self._fault(row, f"{what} is not in the content", offer)

    def _label(self, term: str) -> str:
        """What a table would print for a term; a source is known by its identifier."""
        return self._lexicon.label(term)

    def _compare_radiation(self, row: _Row, procedure: str, level: str) -> None:
        for known in self._knowledge.rows(named("author", "radiation")):
            if known["procedure"] == procedure and known["level"] != level:
                wrong = f"the radiation level of '{row['procedure']}' is '{row['radiation level']}' here"
                cure = f"but '{known['label']}' in the vocabulary; correct the one that its source does not print"
                self._faults[f"{self._table}, line {row.line}: {wrong} {cure}"] = None

    def _refuse_unrated(self, by_variant: Mapping[str, list[_Row]]) -> None:
        cure = "write its ratings, or take the scenario out"
        for variant, rows in by_variant.items():
            if variant and not any(row["procedure"] or row["category"] for row in rows):
                self._fault(rows[0], f"the variant '{variant}' has no rating", cure)
        met = {self._iri(variant) for variant in by_variant}
        for scenario in self._own_scenarios:
            if scenario["rated"] == "false" and scenario["scenario"] not in met:
                name = f"'{scenario['label']}' (variant {scenario.get('notation', slug(scenario['scenario']))})"
                self._faults[f"{self._table}: no line rates the scenario {name} of the topic; {cure}"] = None

    # ---------------------------------------------------------------- writing

    def _known_scenario(self, variant: str) -> str:
        """The scenario of the topic that the table means, or nothing."""
        for scenario in self._own_scenarios:
            if _plain(variant) in (_plain(scenario.get("notation", "")), _plain(slug(scenario["scenario"]))):
                return scenario["scenario"]
        return ""

    def _can_be_named(self, variant: str) -> bool:
        """Whether the IRI of a scenario can be made of it; slugs would give two variants one name."""
        return bool(self._known_scenario(variant) or re.fullmatch(r"[\w. -]+", _plain(variant)))

    def _iri(self, variant: str) -> str:
        name = _plain(variant).replace(" ", "-")
        made = f"{BASE}topic/{self._topic}/{name if re.match('[a-z]{2}', name) else f'variant-{name}'}"
        return self._known_scenario(variant) or made

    def _scenario(self, variant: str, rows: list[_Row], ratings: list[_Rating]) -> str:
        name = self._iri(variant).removeprefix(f"{BASE}topic/{self._topic}/")
        statements = {
            source: f"<statement/ratings-{name}-{slug(source)}>" for rating in ratings for source in rating.sources
        }
        lines = [f"# ---------------- ratings of {name}, from a table", ""]
        for source, statement in statements.items():
            lines.append(f"{statement} a ns:Statement ; oa:hasSource source:{slug(source)} ;")
            lines.append(f'    ns:section "rating table, variant {_quoted(variant)}" ;')
            lines.append(f'    rdfs:label "Ratings of the studies in variant {_quoted(variant)}."@en .')
        lines.append(self._start(name, variant, rows, statements.values()))
        lines.append(" ,\n".join(self._written(rating, statements) for rating in ratings) + " .")
        return "\n".join(lines) + "\n"

    def _start(self, name: str, variant: str, rows: list[_Row], statements: Iterable[str]) -> str:
        if self._known_scenario(variant):
            return f"<{name}> ns:rating"
        title = next((row["title"] for row in rows if row["title"]), "")
        label = f' rdfs:label "{_quoted(title)}"@en ;' if title else ""
        return (
            f"# Not in the topic yet: add ns:criterion and ns:phase{'' if title else ', and rdfs:label'}.\n"
            f'<{name}> a ns:Scenario , owl:Class ;{label} skos:notation "{_quoted(variant)}" ;\n'
            f"    ns:topic topic:{self._topic} ; prov:wasDerivedFrom {' , '.join(statements)} ;\n"
            "    ns:rating"
        )

    def _written(self, rating: _Rating, statements: Mapping[str, str]) -> str:
        seen = "seen-in-two-sources" if len(rating.sources) > 1 else "seen-in-one-source"
        unsure = f" ns:disagreement scale:{slug(rating.disagreement)} ;" if rating.disagreement else ""
        return (
            f"        [ ns:procedure procedure:{slug(rating.procedure)} ; ns:category scale:{slug(rating.category)} ;"
            f"{unsure} ns:confidence scale:{seen} ;\n"
            f"            prov:wasDerivedFrom {' , '.join(statements[source] for source in rating.sources)} ]"
        )


def _plain(name: str) -> str:
    """A name without what spelling adds: case, hyphens, dashes and double spaces.

    >>> _plain("MRI  Thoracic-Spine")
    'mri thoracic spine'
    """
    return " ".join(re.sub("[-\u2010-\u2015]", " ", name.casefold()).split())


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
