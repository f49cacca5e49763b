"""The content against its sources: the reading notes of the topic and the text of the source article.

Both lie beside the repository where the content is written. Elsewhere these tests skip, and the ratings are held
against ``tests/expected/ratings.csv``, which was written from the notes, not from the graph.
"""

from __future__ import annotations

import csv
import hashlib
import re
import runpy
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest

import kg
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import Query, named
from tests.conftest import ROOT

DOMAIN = ROOT.parent / "shared" / "domain"
NOTES = DOMAIN / "thoracic-back-pain.md"
ARTICLE = DOMAIN / "source-article.txt"
LUMBAR_TABLE = DOMAIN / "low-back-pain-ratings.csv"
beside = pytest.mark.skipif(
    not (NOTES.is_file() and ARTICLE.is_file()),
    reason="the reading notes and the source article are not beside this copy",
)

PREFIXES = """
PREFIX ns: <https://w3id.org/nextstudy/ontology#>
PREFIX topic: <https://w3id.org/nextstudy/topic/>
PREFIX source: <https://w3id.org/nextstudy/source/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX oa: <http://www.w3.org/ns/oa#>
"""

CATEGORIES = {
    "UA": "usually-appropriate",
    "MBA": "may-be-appropriate",
    "MBA-D": "may-be-appropriate-disagreement",
    "UNA": "usually-not-appropriate",
}
SOURCES = {
    "A1": "acr-narrative",
    "A2": "acr-scenarios",
    "A3": "gighz-abnormal-radiograph",
    "G1": "gighz-acute-thoracic",
    "G2": "gighz-chronic-thoracic",
    "G3": "gighz-neurologic-deficit",
    "G4": "gighz-fracture-risk",
    "G5": "gighz-cancer-infection",
    "G7": "gighz-post-surgery",
    "D1": "droracle-503897",
}
STANDINGS = {"verified": "verified", "analog": "by-analogy", "UNRESOLVED": "unresolved"}
CONFIDENCES = {"seen-in-two-sources": "2", "seen-in-one-source": "1", "inferred": "i"}

Key = tuple[str, str]
"""A scenario and a study."""


class Rated(NamedTuple):
    """Category, whether the panel disagreed (``yes``, ``no``, ``unknown``, or nothing), in how many sources it is."""

    category: str
    disagreement: str
    confidence: str


class Passage(NamedTuple):
    """A numbered passage of the article, as the graph has it."""

    number: str
    kind: str
    section: str
    start: int
    end: int


# ---------------------------------------------------------------- what the graph says


def _rows(guide: kg.Guide, text: str) -> list[dict[str, str]]:
    return guide.core.lookup.rows(Query("of-a-test", PREFIXES + text))


def _ratings(guide: kg.Guide, topic: str = "thoracic-back-pain") -> dict[Key, Rated]:
    rows = _rows(
        guide,
        f"""SELECT ?scenario ?study ?category ?flag ?confidence WHERE {{
             ?scenario ns:topic topic:{topic} ; ns:rating ?rating .
             ?rating ns:procedure ?study ; ns:category ?category ; ns:confidence ?confidence .
             OPTIONAL {{ ?rating ns:disagreement ?flag }} }}""",
    )
    found = {}
    for row in rows:
        category = slug(row["category"])
        unknown = "flag" in row and slug(row["flag"]) == "disagreement-unknown"
        known = {"may-be-appropriate": "no", "may-be-appropriate-disagreement": "yes"}.get(category, "")
        rated = Rated(category, "unknown" if unknown else known, CONFIDENCES[slug(row["confidence"])])
        found[slug(row["scenario"]), slug(row["study"])] = rated
    assert len(found) == len(rows), "one rating for a study in a scenario"
    return found


def _passages(guide: kg.Guide) -> list[Passage]:
    rows = _rows(
        guide,
        """SELECT ?number ?kind ?section ?start ?end WHERE {
             VALUES ?kind { ns:Statement ns:Omission }
             ?passage a ?kind ; oa:hasSource source:gighz-abnormal-radiograph ; ns:number ?number ;
               ns:section ?section ; oa:start ?start ; oa:end ?end }""",
    )
    return [Passage(r["number"], slug(r["kind"]), r["section"], int(r["start"]), int(r["end"])) for r in rows]


def _parties(guide: kg.Guide) -> dict[str, set[str]]:
    """The numbers of the statements on the sides of each numbered conflict."""
    rows = _rows(guide, "SELECT ?conflict ?party WHERE { ?c ns:number ?conflict ; ns:party/ns:number ?party }")
    parties: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        parties[row["conflict"]].add(row["party"])
    return parties


# ---------------------------------------------------------------- what the notes say


def _section(start: str, end: str) -> str:
    text = NOTES.read_text(encoding="utf-8")
    return text[text.index(start) : text.index(end)]


def _table(start: str, end: str) -> Iterator[list[str]]:
    for line in _section(start, end).splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def _cells(guide: kg.Guide) -> Iterator[tuple[Key, str]]:
    """The cells of the rating table of the notes that hold a rating."""
    variants = _rows(
        guide,
        "SELECT ?scenario ?variant WHERE { ?scenario ns:topic topic:thoracic-back-pain ; skos:notation ?variant }",
    )
    scenarios = {row["variant"]: slug(row["scenario"]) for row in variants}
    studies = _studies(guide)
    header, *rows = _table("### 1.2", "### 1.3")
    for name, *cells in rows:
        for variant, cell in zip(header[1:], cells, strict=True):
            if not cell.startswith("not rated"):
                yield (scenarios[variant.removeprefix("V")], studies[name]), cell


def _studies(guide: kg.Guide) -> dict[str, str]:
    rows = _rows(guide, "SELECT ?study ?label WHERE { ?study a ns:Procedure ; rdfs:label ?label }")
    return {row["label"]: slug(row["study"]) for row in rows}


def _noted_ratings(guide: kg.Guide) -> dict[Key, Rated]:
    noted = {}
    for key, cell in _cells(guide):
        match = re.match(r"\**(UA|MBA-D|MBA|UNA)\**(\??) \[([12i])", cell)
        assert match, cell
        symbol, unknown, confidence = match.groups()
        known = {"MBA": "no", "MBA-D": "yes"}.get(symbol, "")
        noted[key] = Rated(CATEGORIES[symbol], "unknown" if unknown else known, confidence)
    return noted


def _numbers(text: str) -> set[str]:
    """The statements that a text names, ranges such as S69-S70 included."""
    found: set[str] = set()
    for first, last in re.findall(r"\bS(\d+)(?:-S(\d+))?\b", text):
        found |= {f"S{number}" for number in range(int(first), int(last or first) + 1)}
    return found


def _noted_conflicts() -> dict[str, set[str]]:
    """The statements that the notes name as sides of each conflict."""
    table = {row[0]: _numbers(row[1]) for row in _table("### 3.3", "## 4.") if re.fullmatch(r"C\d+", row[0])}
    later = re.split(r"\b(C1[5-9]|C2[0-3]) ", _section("### 7.4", "C6 is weaker"))
    return table | {name: _numbers(text) for name, text in zip(later[1::2], later[2::2], strict=True)}


# ---------------------------------------------------------------- what the article says


def _spans(text: str) -> dict[str, tuple[int, int]]:
    """The sections of the article: a heading is a line of its own that is neither sentence nor list."""
    starts: list[tuple[str, int]] = []
    offset = 0
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith("•") and not line.rstrip().endswith((".", ":")):
            starts.append((line.strip(), offset))
        offset += len(line) + 1
    named_starts = [("Category line", starts[0][1]), *starts[1:-1], ("Review line", starts[-1][1])]
    ends = [start for _, start in named_starts[1:]] + [len(text)]
    return {name: (start, end) for (name, start), end in zip(named_starts, ends, strict=True)}


def _words(text: str) -> list[str]:
    """The words of a text; the guideline's name of a study counts as one word, since it cannot be said otherwise."""
    plain = text.lower().replace("\u2019", "'").replace("intravenous", "iv")
    plain = re.sub(r"(the )?thoracic spine without( and with)? (iv )?contrast", "study", plain)
    return re.findall(r"[a-z0-9'/-]+", plain)


# ---------------------------------------------------------------- ratings


EXPECTED = {"thoracic-back-pain": ("ratings.csv", 76), "low-back-pain": ("ratings-low-back-pain.csv", 77)}


@pytest.mark.parametrize("topic", EXPECTED)
def test_the_ratings_are_the_expected_ones(topic: str, guide: kg.Guide) -> None:
    name, number = EXPECTED[topic]
    with (ROOT / "tests" / "expected" / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {
        (row["scenario"], row["procedure"]): Rated(row["category"], row["disagreement"], row["confidence"])
        for row in rows
    }
    assert len(rows) == len(expected) == number
    assert _ratings(guide, topic) == expected


BY_REGION = {"suspected-spine-infection": 251, "myelopathy": 156}
"""The topics whose tables repeat for each region, with the number of rows that the source prints."""


@pytest.mark.parametrize("topic", BY_REGION)
def test_the_ratings_of_each_region_are_those_of_the_source(topic: str, guide: kg.Guide) -> None:
    """Each row of the source holds in every table of each of its regions, and nothing else is rated there."""
    with (ROOT / "tests" / "expected" / f"ratings-{topic}.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == BY_REGION[topic]
    expected = {
        (row["variant"], region.strip(), row["procedure"], row["category"], row["disagreement"])
        for row in table
        for region in row["regions"].split(",")
    }
    rows = _rows(
        guide,
        f"""SELECT DISTINCT ?variant ?region ?study ?category ?disagreement WHERE {{
             ?scenario ns:topic topic:{topic} ; skos:notation ?variant .
             ?scenario ns:inTable/ns:region/(rdfs:label|skos:hiddenLabel) ?name .
             ?scenario ns:rating ?rating . ?rating ns:procedure/rdfs:label ?study ; ns:category/rdfs:label ?category .
             OPTIONAL {{ ?rating ns:disagreement ?known }}
             BIND(IF(BOUND(?known), "unknown", "") AS ?disagreement) BIND(LCASE(STR(?name)) AS ?region) }}""",
    )
    found = {(r["variant"], r["region"], r["study"], r["category"], r.get("disagreement", "")) for r in rows}
    printed = {region for _, region, *_ in expected}
    assert {each for each in found if each[1] in printed} == expected
    assert len({region for _, region, *_ in found}) >= len(printed)


def test_every_topic_has_expected_ratings(guide: kg.Guide) -> None:
    assert {slug(topic) for topic in guide.core.content.topics} == {*EXPECTED, *BY_REGION}


@pytest.mark.skipif(not LUMBAR_TABLE.is_file(), reason="the rating table of low back pain is not beside this copy")
def test_low_back_pain_is_rated_as_in_the_table(guide: kg.Guide) -> None:
    """Category, radiation level and number of sources of every row, held against the labels of the graph."""
    rows = _rows(
        guide,
        """SELECT ?variant ?label ?category ?symbol ?dose (COUNT(DISTINCT ?source) AS ?sources) WHERE {
             ?scenario ns:topic topic:low-back-pain ; skos:notation ?variant ; ns:rating ?rating .
             ?rating ns:procedure ?study ; ns:category/rdfs:label ?category ; prov:wasDerivedFrom/oa:hasSource ?source .
             ?study rdfs:label ?label ; ns:radiationLevel ?level . ?level ns:symbol ?symbol ; rdfs:label ?dose }
           GROUP BY ?variant ?label ?category ?symbol ?dose""",
    )
    found = {(r["variant"], r["label"], r["category"], f"{r['symbol']} {r['dose']}") for r in rows}
    with LUMBAR_TABLE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert found == {(r["variant"], r["procedure"], r["category"], r["rrl_adult"]) for r in table}
    assert len(found) == 77
    assert all(int(row["sources"]) >= 2 for row in rows)


@beside
def test_the_ratings_are_those_of_the_notes(guide: kg.Guide) -> None:
    noted = _noted_ratings(guide)
    assert len(noted) == 76
    assert _ratings(guide) == noted


@beside
def test_each_rating_names_the_sources_that_the_notes_name(guide: kg.Guide) -> None:
    rows = _rows(
        guide,
        """SELECT ?scenario ?study ?source WHERE {
             ?scenario ns:topic topic:thoracic-back-pain ; ns:rating ?rating .
             ?rating ns:procedure ?study ; prov:wasDerivedFrom/oa:hasSource ?source }""",
    )
    found: dict[Key, set[str]] = defaultdict(set)
    for row in rows:
        found[slug(row["scenario"]), slug(row["study"])].add(slug(row["source"]))
    noted = {key: {SOURCES[name] for name in re.findall(r"\b[AGD]\d\b", cell)} for key, cell in _cells(guide)}
    differing = {key: (found[key], names) for key, names in noted.items() if names and found[key] != names}
    assert differing == {}
    assert all(len(found[key]) >= 2 for key, rated in _ratings(guide).items() if rated.confidence == "2")


@beside
def test_the_radiation_levels_are_those_of_the_notes(guide: kg.Guide) -> None:
    rows = _rows(
        guide,
        """SELECT DISTINCT ?study ?symbol ?standing WHERE {
             ?scenario ns:topic topic:thoracic-back-pain ; ns:rating/ns:procedure ?study .
             ?study ns:radiationLevel/ns:symbol ?symbol ; ns:radiationStanding ?standing }""",
    )
    studies = _studies(guide)
    noted = {}
    for name, level, evidence in list(_table("### 1.3", "### 1.4"))[1:]:
        mri = name == "MRI thoracic spine without / with / without and with"
        kinds = [f"MRI thoracic spine {kind} IV contrast" for kind in ("without", "with", "without and with")]
        standing = re.match(r"verified|analog|UNRESOLVED", level if level.startswith("UNRESOLVED") else evidence)
        assert standing, evidence
        symbol = "?" if standing[0] == "UNRESOLVED" else re.split(r"[ ,]", level)[0]
        for study in kinds if mri else [name]:
            noted[studies[study]] = (symbol, STANDINGS[standing[0]])
    assert len(noted) == 11
    assert {slug(row["study"]): (row["symbol"], slug(row["standing"])) for row in rows} == noted


# ---------------------------------------------------------------- statements


def test_every_numbered_passage_is_a_statement_or_an_omission(guide: kg.Guide) -> None:
    passages = _passages(guide)
    assert Counter(passage.number for passage in passages) == Counter(f"S{number}" for number in range(1, 143))
    assert sum(passage.kind == "Statement" for passage in passages) >= 125
    assert {passage.kind for passage in passages} <= {"Statement", "Omission"}


@beside
def test_the_notes_number_the_same_passages() -> None:
    body = _section("### 3.2", "Branch table") + _section("### 7.1", "### 7.2")
    # "S17-S19 are examples" corrects, it does not number; a numbered passage is introduced by its number alone.
    assert set(re.findall(r"\bS\d+\b", body)) == {f"S{number}" for number in range(1, 143)}


@beside
def test_the_text_is_the_one_that_the_offsets_count_in(guide: kg.Guide) -> None:
    (row,) = _rows(guide, "SELECT ?hash WHERE { source:gighz-abnormal-radiograph ns:sha256 ?hash }")
    assert hashlib.sha256(ARTICLE.read_bytes()).hexdigest() == row["hash"]


@beside
def test_every_place_is_inside_the_text_and_in_its_section(guide: kg.Guide) -> None:
    text = ARTICLE.read_text(encoding="utf-8")
    spans = _spans(text)
    wrong = []
    for passage in _passages(guide):
        first, last = spans[passage.section]
        if not 0 <= passage.start < passage.end <= len(text) or not first <= passage.start < passage.end <= last:
            wrong.append(passage)
        place = text[passage.start : passage.end]
        if place != place.strip():
            wrong.append(passage)
    assert wrong == []


@beside
def test_no_label_copies_the_text(guide: kg.Guide) -> None:
    run = 7
    words = _words(ARTICLE.read_text(encoding="utf-8"))
    article = {tuple(words[at : at + run]) for at in range(len(words) - run + 1)}
    rows = _rows(
        guide,
        """SELECT ?thing ?text WHERE {
             VALUES ?property { rdfs:label skos:definition skos:note skos:altLabel ns:clinicalQuestion }
             ?thing ?property ?text }""",
    )
    copied = []
    for row in rows:
        own = _words(row["text"])
        if any(tuple(own[at : at + run]) in article for at in range(len(own) - run + 1)):
            copied.append((row["thing"], row["text"]))
    assert len(rows) > 1000
    assert copied == []


# ---------------------------------------------------------------- the page on coverage


def test_the_coverage_page_is_up_to_date() -> None:
    script = ROOT / "tools" / "coverage.py"
    if not script.is_file():
        pytest.skip("the documentation is not part of this copy")
    made = runpy.run_path(str(script))
    for page, name in (("page", "coverage.md"), ("low_back_pain_page", "coverage-low-back-pain.md")):
        written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
        assert written == made[page](), "run: python tools/coverage.py"
    passages = (ROOT / "docs" / "reference" / "coverage.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (S\d+) \|", passages, re.MULTILINE) == [f"S{number}" for number in range(1, 143)]


# ---------------------------------------------------------------- conflicts


def test_every_conflict_is_retrieved_with_its_sides_and_a_decision(guide: kg.Guide) -> None:
    sides: dict[str, set[str]] = defaultdict(set)
    decisions: dict[str, set[str]] = defaultdict(set)
    for row in guide.core.lookup.rows(named("ask", "conflicts")):
        if "/topic/thoracic-back-pain/" in row["conflict"] and "number" in row:
            sides[row["number"]].add(row["party"])
            decisions[row["number"]].add(row["decisionLabel"])
    assert set(sides) == {f"C{number}" for number in range(1, 24)}
    assert all(len(parties) >= 2 for parties in sides.values())
    assert all(len(decided) == 1 for decided in decisions.values())


@beside
def test_the_sides_of_a_conflict_are_those_of_the_notes(guide: kg.Guide) -> None:
    noted = _noted_conflicts()
    assert set(noted) == {f"C{number}" for number in range(1, 24)}
    parties = _parties(guide)
    missing = {name: sorted(numbers - parties[name]) for name, numbers in noted.items() if not numbers <= parties[name]}
    assert missing == {}
