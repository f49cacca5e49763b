"""Reads the cells of rating rows as words of the content, and says of each that it cannot read what would mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kg.author.drafts.drafted_scenarios import RatedCell
from kg.author.drafts.rating_table import NOT_SEEN, RatingRow, plain_text, tight_text, turtle_text
from kg.author.drafts.study_stubs import UnknownStudy, slug_of
from kg.author.drafts.table_words import TableWords
from kg.errors import listed
from kg.knowledge.sparql.iris import slug


class RowWords:
    """The words of one table."""

    def __init__(self, words: TableWords, fault: Callable[[RatingRow, str, str], None], own_source: str) -> None:
        """Begin with nothing read.

        Args:
            words: The words of the content.
            fault: Takes a row, what is wrong in it, and its cure.
            own_source: A source that the new file declares, as an IRI; empty if there is none.
        """
        self._words = words
        self._fault = fault
        self._own_source = own_source
        self.unknown_studies: dict[str, UnknownStudy] = {}
        self.unknown_regions: dict[str, str] = {}
        self.regions: dict[str, None] = {}

    def rating(self, row: RatingRow, titles: set[str]) -> tuple[str, RatedCell] | None:
        """The study of a row and what is said of it; None where something cannot be read, or was not seen.

        Args:
            row: The row.
            titles: The titles of scenarios, which are no studies.
        """
        procedure = self._procedure(row, titles)
        seen = plain_text(row["category"]) != NOT_SEEN
        category = self._value(row, "category", "category") if seen else ""
        disagreement = self._value(row, "disagreement", "disagreement") if row["disagreement"] else ""
        level = self._value(row, "radiation level", "radiation") if row["radiation level"] else ""
        if not row.sources:
            self._fault(row, "the rating has no source", "name the source that prints it, one of those in the content")
        sources = tuple(self._source(row, source) for source in row.sources)
        if procedure and level and plain_text(row["radiation level"]) != NOT_SEEN:
            self._compare_radiation(row, procedure, level)
        if plain_text(row["procedure"]) in self.unknown_studies:
            self._describe(row, level, next(iter(sources), ""))
        return (procedure, RatedCell(category, disagreement, sources)) if procedure and category else None

    def regions_of(self, row: RatingRow) -> list[str]:
        """The regions of a row, as IRIs."""
        found = []
        for region in row.regions:
            known = self._words.meant["region"].get(plain_text(region), "")
            if known:
                found.append(known)
                self.regions[known] = None
            elif plain_text(region) not in self.unknown_regions:
                cure = (
                    "declare it with the Turtle that begins it, or write skos:hiddenLabel at the region that is meant"
                )
                self._unknown(row, f"the region '{region}'", "region", region, cure)
                self.unknown_regions[plain_text(region)] = region
        return found

    def phase(self, variant: str, rows: Sequence[RatingRow], *, needed: bool) -> str:
        """The phase of a variant, as its column says or its title ends; empty if neither says it.

        Args:
            variant: The variant.
            rows: Its rows.
            needed: Whether it is a fault that nothing says it.
        """
        stated = next((row for row in rows if row["phase"]), None)
        if stated:
            return self._value(stated, "phase", "phase")
        title = next((row["title"] for row in rows if row["title"]), "")
        words = plain_text(re.sub(r"[\s.]*(\([^()]*\))?[\s.]*$", "", title))
        for name, phase in sorted(self._words.meant["phase"].items(), key=lambda each: -len(each[0])):
            if words.endswith(f" {name}"):
                return phase
        if needed:
            labels = listed([self._words.label(phase) for phase in dict.fromkeys(self._words.meant["phase"].values())])
            wrong = f"nothing says the phase of the variant '{variant}'"
            self._fault(rows[0], wrong, f"add a column 'phase', or end its title with one of {labels}")
        return ""

    # ---------------------------------------------------------------- one cell

    def _describe(self, row: RatingRow, level: str, source: str) -> None:
        """Keep what the table says about an unknown study, from the first line that says it."""
        plain = plain_text(row["procedure"])
        known = self.unknown_studies[plain]
        if source and not (known.source and known.level):
            label = self._words.label(level) if level else ""
            self.unknown_studies[plain] = UnknownStudy(known.name, level, label, source)

    def _procedure(self, row: RatingRow, titles: set[str]) -> str:
        plain = plain_text(row["procedure"])
        known = self._words.meant["procedure"].get(plain, "") or self._words.study_of(plain)
        if not known and plain in titles:
            wrong = f"the procedure '{row['procedure']}' is the title of a scenario"
            self._fault(row, wrong, "write the study that the source rates there")
        elif not known:
            cure = "name a study of the vocabulary, or declare it there"
            if self._words.told_by(plain):
                wrong = "the content lacks studies whose names tell their technique and their region"
                self._fault(row, wrong, "declare them with the Turtle that begins them")
            else:
                self._unknown(row, f"the procedure '{row['procedure']}'", "procedure", row["procedure"], cure)
            if self._words.is_new_study(row["procedure"]):
                self.unknown_studies.setdefault(plain, UnknownStudy(row["procedure"]))
        return known

    def _value(self, row: RatingRow, column: str, scale: str) -> str:
        words = self._words.meant[scale]
        known = words.get(plain_text(row[column]), "")
        if not known and scale == "radiation":  # printed in a narrow column, so with any blanks or none
            known = words.get(tight_text(row[column]), "")
        if not known and plain_text(row[column]) != NOT_SEEN:
            values = {term: self._words.label(term) for term in words.values()}
            wrong = f"the {column} '{row[column]}' is not on the scale"
            none = "; leave the cell empty where it is known" if scale == "disagreement" else ""
            self._fault(row, wrong, f"write one of {listed(sorted({*values.values(), NOT_SEEN}))}{none}")
        return known

    def _source(self, row: RatingRow, source: str) -> str:
        known = self._words.meant["source"].get(plain_text(source), "")
        if not known and self._own_source and source == slug(self._own_source):
            return self._own_source
        if not known:
            declared = f'source:{slug_of(source)} a ns:Source ; dcterms:title "{turtle_text(source)}"'
            self._unknown(row, f"the source '{source}'", "source", source, f"declare it in the topic file: {declared}")
        return known

    def _unknown(self, row: RatingRow, what: str, kind: str, word: str, cure: str) -> None:
        meant = self._words.meant[kind]
        near = list(dict.fromkeys(self._words.label(meant[name]) for name in self._words.nearest(kind, word)))[:3]
        offer = f"did you mean {listed(near)}? Otherwise {cure}" if near else cure
        self._fault(row, f"{what} is not in the content", offer)

    def _compare_radiation(self, row: RatingRow, procedure: str, level: str) -> None:
        for known, label in self._words.levels.get(procedure, ()):
            if known != level:
                wrong = f"the radiation level of '{row['procedure']}' is '{row['radiation level']}' here"
                wrong += f" but '{label}' in the vocabulary"
                self._fault(row, wrong, "correct the one that its source does not print")
