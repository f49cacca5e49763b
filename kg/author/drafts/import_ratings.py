"""Turn a published rating table into the ratings of a topic file, and refuse a table that is inconsistent.

Nothing is guessed: studies, categories, radiation levels, regions and sources must be words of the content. One run
finds every fault and names it with its line and its cure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from kg.author.drafts.drafted_scenarios import DraftedRating, DraftedScenario, RatedCell, table_turtle
from kg.author.drafts.family_ratings import condensed
from kg.author.drafts.new_topic import check_slug
from kg.author.drafts.rating_table import NOT_SEEN, RatingRow, lines_named, plain_text, rows_of_table
from kg.author.drafts.ratings_topic import PREFIXES, check_about, source_of, source_turtle, topic_turtle
from kg.author.drafts.row_words import RowWords
from kg.author.drafts.study_stubs import stubs
from kg.author.drafts.table_words import TableWords
from kg.author.drafts.variants import Variants
from kg.errors import AuthoringError, quoted
from kg.files import write_text
from kg.knowledge.content.content import Content, content_of
from kg.knowledge.sparql.iris import BASE, slug

_PREFIXES = ("ns", "topic", "procedure", "scale", "source", "rdfs", "owl", "skos", "prov", "oa")
_PREFIXES_WITH_REGIONS = ("ns", "topic", "procedure", "technique", "structure", *_PREFIXES[3:])


def import_ratings(
    table: Path | str,
    content: Content | Path | str | None,
    topic: str,
    columns: Mapping[str, str] | None = None,
    *,
    source: str = "",
    about: Mapping[str, str] | None = None,
    missing: Path | str | None = None,
) -> str:
    """Write the ratings of a topic from a table.

    Args:
        table: A CSV file in UTF-8 with a header; one line rates one study in one variant.
        content: A content folder, or what was read from one; None for the shipped ontology. It declares the studies,
            scales and sources that the table names, and may hold the topic's scenarios, which are found by their
            ``skos:notation`` or identifier.
        topic: The identifier of the topic.
        columns: What the table calls a column of ``NEEDED`` or ``OPTIONAL``, if it has another name there.
        source: The source of every rating, where the table does not say it line by line.
        about: What is said of the guideline, for the whole file of a topic that has ratings and no criteria.
        missing: A new file for the Turtle that begins the studies and regions that the content lacks. Without it, the
            Turtle stands below the faults.

    Returns:
        Turtle to add at the end of the topic file. A scenario that the content lacks is begun, without criteria. With
        ``about``, the whole file.

    Raises:
        AuthoringError: The table cannot be read or is inconsistent; one line for each fault, with its places and cure,
            and what begins the studies that the content lacks.
    """
    check_slug(topic)
    check_about(about or {})
    table, opened = Path(table), content_of(content)
    if about is not None and f"{BASE}topic/{topic}" in opened.topics:
        message = f"the topic '{topic}' exists already; leave out --ratings-only, or choose another name with --topic"
        raise AuthoringError(message)
    own = "" if about is None else slug(source_of(topic))
    rows = rows_of_table(table, columns or {}, source, own)
    importer = _Importer(table.name, opened, topic, about, missing)
    return importer.turtle(rows)


class _Importer:
    """Checks the rows of one table against the words of one content folder."""

    def __init__(
        self,
        table: str,
        content: Content,
        topic: str,
        about: Mapping[str, str] | None,
        missing: Path | str | None,
    ) -> None:
        self._table = table
        self._topic = topic
        self._about = about
        self._missing = missing
        self._faults: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._words = TableWords(content)
        own = "" if about is None else source_of(topic)
        self._read = RowWords(self._words, self._fault, own)
        self._variants = Variants(self._words, topic)
        self._has_regions = False

    def turtle(self, rows: list[RatingRow]) -> str:
        by_variant: dict[str, list[RatingRow]] = defaultdict(list)
        for row in rows:
            if not row["variant"]:
                self._fault(row, "names no variant", "write the number or name of the variant")
            elif not self._variants.can_be_named(row["variant"]):
                wrong = f"the variant {quoted(row['variant'])} cannot be part of an identifier"
                self._fault(row, wrong, "write it with letters, digits, points and hyphens")
            by_variant[row["variant"]].append(row)
        # Regions make tables only where there are several, or where the topic has tables.
        named = {plain_text(region) for row in rows for region in row.regions}
        self._has_regions = len(named) > 1 or bool(named and self._variants.tables)
        self._refuse_folded(by_variant)
        titles = {plain_text(row["title"]) for row in rows}
        titles |= {plain_text(row["label"]) for row in self._words.scenarios}
        drafted = [self._scenario(variant, lines, titles - {""}) for variant, lines in by_variant.items()]
        self._refuse_unrated(by_variant)
        if self._faults:
            raise AuthoringError(self._complaint())
        return self._file(drafted)

    def _file(self, drafted: list[DraftedScenario]) -> str:
        regions = [region for region in self._read.regions if region not in self._variants.tables]
        by_technique = any(rating.by == "technique" for each in drafted for rating in each.ratings)
        used: tuple[str, ...] = _PREFIXES_WITH_REGIONS if regions or by_technique else _PREFIXES
        if self._about is not None:
            used = PREFIXES
        lines = [f"@base <{BASE}topic/{self._topic}/> ."]
        lines += [f"@prefix {name}: <{self._words.prefixes[name]}> ." for name in used] + [""]
        if self._about is not None:
            lines.append(topic_turtle(self._topic, self._about))
            if source_of(self._topic) not in self._words.meant["source"].values():
                lines.append(source_turtle(self._topic, self._about))
        only = self._about is not None
        for region in regions if self._has_regions else ():
            lines.append(table_turtle(self._topic, region, self._words.label(region), ratings_only=only))
        return "\n".join([*lines, *(each.turtle() for each in drafted)])

    def _complaint(self) -> str:
        """All faults, each with its lines, and what declares the studies that the content lacks."""
        said = [
            f"{self._table}{f', {lines_named(lines)}' if lines else ''}: {wrong}; {cure}"
            for (wrong, cure), lines in self._faults.items()
        ]
        if self._read.unknown_studies or self._read.unknown_regions:
            begun = stubs(list(self._read.unknown_studies.values()), self._read.unknown_regions.values(), self._words)
            if self._about is not None:
                begun = begun.rstrip() + "\n\n" + source_turtle(self._topic, self._about)
            if self._missing is not None:
                write_text(self._missing, begun, AuthoringError, new=True)
                said.append(f"{self._missing}: begins what the content lacks; fill in each TODO, and import again")
            else:
                told = "# To declare what is unknown, paste this into a file of vocabulary/ and fill in each TODO:"
                said += ["", told, begun.rstrip()]
        return "\n".join(said)

    # ---------------------------------------------------------------- checking

    def _fault(self, row: RatingRow | None, wrong: str, cure: str) -> None:
        self._faults[wrong, cure] += [] if row is None else [row.line]

    def _refuse_folded(self, by_variant: Mapping[str, list[RatingRow]]) -> None:
        """Refuse variants that would become one scenario, whose ratings would mix."""
        names: dict[str, list[str]] = defaultdict(list)
        for variant in by_variant:
            names[self._variants.iri(variant)].append(variant)
        for variants in names.values():
            if len(variants) > 1 and all(variants):
                named_lines = [f"'{name}' ({lines_named([r.line for r in by_variant[name]])})" for name in variants]
                wrong = f"the variants {' and '.join(named_lines)} would be one scenario"
                cure = "write them alike if they are one, or give each a name that differs in its letters or digits"
                self._fault(by_variant[variants[-1]][0], wrong, cure)

    def _refuse_unrated(self, by_variant: Mapping[str, list[RatingRow]]) -> None:
        cure = "write its ratings, or remove the scenario"
        for variant, rows in by_variant.items():
            rated = [row for row in rows if row["procedure"] or row["category"]]
            if variant and not rated:
                self._fault(rows[0], f"the variant '{variant}' has no rating", cure)
            elif variant and all(plain_text(row["category"]) == NOT_SEEN for row in rated):
                self._fault(rows[0], f"of the variant '{variant}' no rating was seen", cure)
        met = {self._variants.iri(variant) for variant in by_variant}
        for scenario in self._variants.own:
            if scenario["rated"] == "false" and scenario["scenario"] not in met:
                name = f"'{scenario['label']}' (variant {scenario.get('notation', slug(scenario['scenario']))})"
                self._fault(None, f"no line rates the scenario {name} of the topic", cure)

    # ---------------------------------------------------------------- one variant

    def _scenario(self, variant: str, rows: list[RatingRow], titles: set[str]) -> DraftedScenario:
        """The scenario or family of a variant."""
        known, family = self._variants.known(variant), self._variants.is_family(variant)
        if family and not self._has_regions:
            wrong = f"the variant '{variant}' is a family of scenarios in the topic, and the table has no regions"
            self._fault(rows[0], wrong, "say with --column region=HEADER which column names the region of a rating")
        in_tables = self._has_regions and (family or not known)
        every = dict.fromkeys(region for row in rows for region in self._read.regions_of(row)) if in_tables else {}
        regions = self._variants.regions_of(variant) if family else list(every)
        cells: dict[tuple[str, str], dict[str, RatedCell]] = defaultdict(dict)
        read = self._cells(rows, titles, regions or [""])
        met = Counter(procedure for procedure, _ in read)
        for (procedure, region), said in read.items():
            # A study that every table rates is no study of one region, even if it is done in one.
            of_region = met[procedure] < len(regions) or len(regions) == 1
            if of_region and region and self._words.studies.get(procedure, ("", ""))[1] == region:
                cells["technique", self._words.studies[procedure][0]][region] = said
            else:
                cells["procedure", procedure][region] = said
        if family and (outside := [r for r in every if r not in self._variants.regions_of(variant)]):
            names = ", ".join(f"'{self._words.label(region)}'" for region in outside)
            wrong = f"the family of the variant '{variant}' has no table for {names}"
            self._fault(rows[0], wrong, "name the table at the family with ns:table, or take the lines out")
        ratings = [
            DraftedRating(study, by, said, self._tables_of(places))
            for (by, study), places, said in condensed(cells, regions or [""])
        ]
        notes = [
            f"{NOT_SEEN}: the category of '{quoted(row['procedure'])[1:-1]}' (line {row.line})"
            for row in rows
            if plain_text(row["category"]) == NOT_SEEN
        ]
        return DraftedScenario(
            self._topic,
            self._variants.iri(variant).removeprefix(f"{BASE}topic/{self._topic}/"),
            variant,
            ratings,
            notes,
            known=bool(known),
            title=next((row["title"] for row in rows if row["title"]), ""),
            phase="" if known else self._read.phase(variant, rows, needed=self._about is not None),
            tables=self._tables_of(every),
            ratings_only=self._about is not None,
        )

    def _tables_of(self, regions: Iterable[str]) -> tuple[str, ...]:
        """The tables of regions, as they are written; a topic may have several of one region."""
        new = f"{BASE}topic/{self._topic}/"
        known = [self._variants.tables.get(region, [f"{new}table/{slug(region)}"]) for region in regions]
        return tuple(f"<{table.removeprefix(new)}>" for tables in known for table in tables)

    def _cells(self, rows: list[RatingRow], titles: set[str], every: list[str]) -> dict[tuple[str, str], RatedCell]:
        """What the variant says of each study in each region; lines that say the same have the sources of all."""
        found: dict[tuple[str, str], tuple[RatingRow, RatedCell]] = {}
        printed: dict[tuple[str, str, str], int] = {}
        for row in rows:
            if not ((row["procedure"] or row["category"]) and (read := self._read.rating(row, titles))):
                continue
            procedure, rating = read
            places = every if every == [""] or not row.regions else self._read.regions_of(row)
            for region in places:
                first, before = found.setdefault((procedure, region), (row, rating))
                where = f", in the region '{self._words.label(region)}'" if region else ", in the same variant"
                if (before.category, before.disagreement) != (rating.category, rating.disagreement):
                    wrong = f"'{row['procedure']}' is '{row['category']}' here and '{first['category']}'"
                    wrong += f" in line {first.line}" + (where if region else "")
                    self._fault(row, wrong, "keep the one that the source prints")
                    break
                if again := [name for name in rating.sources if name and (procedure, region, name) in printed]:
                    line = printed[procedure, region, again[0]]
                    wrong = f"'{row['procedure']}' has the rating of line {line} again, from {slug(again[0])}"
                    self._fault(row, f"{wrong}{where}", "keep one of the two lines")
                printed |= {(procedure, region, name): row.line for name in rating.sources}
                sources = tuple(dict.fromkeys(before.sources + rating.sources))
                found[procedure, region] = (first, RatedCell(before.category, before.disagreement, sources))
        return {cell: said for cell, (_, said) in found.items()}
