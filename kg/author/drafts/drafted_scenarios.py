"""Writes the ratings of scenarios and of scenario families as Turtle, and begins those that a topic lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg.author.drafts.rating_table import turtle_text
from kg.knowledge.sparql.iris import slug


@dataclass(frozen=True)
class RatedCell:
    """What a table says of one study, with identifiers of the content."""

    category: str
    disagreement: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class DraftedRating:
    """One rating to write.

    Attributes:
        study: The study, or the technique in which it is done.
        by: The property that names it.
        said: What is said of it.
        tables: The tables in which alone it holds, as they are written.
    """

    study: str
    by: str
    said: RatedCell
    tables: tuple[str, ...] = ()

    def turtle(self, statements: Mapping[str, str]) -> str:
        """The rating, nested in its scenario or family.

        Args:
            statements: The statement that each source makes.
        """
        seen = "seen-in-two-sources" if len(self.said.sources) > 1 else "seen-in-one-source"
        unsure = f" ns:disagreement scale:{slug(self.said.disagreement)} ;" if self.said.disagreement else ""
        places = f" ; ns:table {' , '.join(self.tables)}" if self.tables else ""
        rated = f"ns:category scale:{slug(self.said.category)}"
        return (
            f"        [ ns:{self.by} {self.by}:{slug(self.study)}{places} ; {rated} ;"
            f"{unsure} ns:confidence scale:{seen} ;\n"
            f"            prov:wasDerivedFrom {' , '.join(statements[source] for source in self.said.sources)} ]"
        )


@dataclass(frozen=True)
class DraftedScenario:
    """A scenario, or a family, with its ratings.

    Attributes:
        topic: The identifier of its topic.
        name: Its name relative to the topic.
        variant: What the table calls it.
        ratings: The ratings.
        notes: What the table leaves open, one line each.
        known: Whether the topic has it already, so that only its ratings are written.
        title: Its title, if the table gives one.
        phase: Its phase, if the table says it.
        tables: The tables in which a family stands, as they are written; none of a scenario.
        ratings_only: Whether criteria are left out on purpose.
    """

    topic: str
    name: str
    variant: str
    ratings: Sequence[DraftedRating]
    notes: Sequence[str] = ()
    known: bool = False
    title: str = ""
    phase: str = ""
    tables: Sequence[str] = field(default=())
    ratings_only: bool = False

    def turtle(self) -> str:
        """The block of the topic file, with the statements on which the ratings rest."""
        sources = dict.fromkeys(source for rating in self.ratings for source in rating.said.sources)
        statements = {source: f"<statement/ratings-{self.name}-{slug(source)}>" for source in sources}
        lines = [f"# ---------------- ratings of {self.name}, from a table", ""]
        for source, statement in statements.items():
            lines.append(f"{statement} a ns:Statement ; oa:hasSource source:{slug(source)} ;")
            lines.append(f'    ns:section "rating table, variant {turtle_text(self.variant)}" ;')
            lines.append(f'    rdfs:label "Ratings of the studies in variant {turtle_text(self.variant)}."@en .')
        lines += [f"# {note}" for note in self.notes]
        lines.append(self._start(statements.values()))
        lines.append(" ,\n".join(rating.turtle(statements) for rating in self.ratings) + " .")
        return "\n".join(lines) + "\n"

    def _start(self, statements: Iterable[str]) -> str:
        if self.known:
            return f"<{self.name}> ns:rating"
        left = [] if self.ratings_only else ["ns:criterion"]
        left += [] if self.phase else ["ns:phase"]
        left += [] if self.title or self.ratings_only else ["rdfs:label"]
        told = f"# Not in the topic yet: add {', '.join(left)}.\n" if left else ""
        title = self.title or (f"Variant {self.variant}" if self.ratings_only else "")
        label = f' rdfs:label "{turtle_text(title)}"@en ;' if title else ""
        kind = "ns:ScenarioFamily" if self.tables else "ns:Scenario , owl:Class"
        phase = f" ns:phase scale:{slug(self.phase)} ;" if self.phase else ""
        tables = f"\n    ns:table {' , '.join(self.tables)} ;" if self.tables else ""
        return (
            f'{told}<{self.name}> a {kind} ;{label} skos:notation "{turtle_text(self.variant)}" ;\n'
            f"    ns:topic topic:{self.topic} ;{phase}{tables}\n    prov:wasDerivedFrom {' , '.join(statements)} ;\n"
            "    ns:rating"
        )


def table_turtle(topic: str, region: str, label: str, *, ratings_only: bool) -> str:
    """Begin the table of a region.

    Args:
        topic: The identifier of the topic.
        region: The region, as an IRI.
        label: The region in words.
        ratings_only: Whether criteria are left out on purpose.
    """
    name = slug(region)
    if label[1:2].islower():
        label = label[:1].lower() + label[1:]
    told = "" if ratings_only else "# Not in the topic yet: add ns:criterion, whose complaint is of this region.\n"
    return (
        f'{told}<table/{name}> a ns:Table ; rdfs:label "{turtle_text(label)}"@en ; ns:slug "{name}" ;\n'
        f"    ns:topic topic:{topic} ; ns:region structure:{name} .\n"
    )
