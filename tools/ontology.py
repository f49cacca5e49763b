"""Write the files for publishing the ontology into ``build/ontology``; see ``docs/reference/ontology.md``.

    python tools/ontology.py [--endpoint URL] [FOLDER]

If there is a public endpoint, the SPARQL examples name it. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from pyoxigraph import Literal, NamedNode, QueryTriples, RdfFormat, Store, Triple

from kg.author.publish.build import FORMATS, build, triples
from kg.knowledge.content.content import Content, read
from kg.knowledge.sparql.iris import BASE, RDF_TYPE
from kg.knowledge.sparql.queries import Query, named, stage
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.sparql.turtle import turtle

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "ontology"
ONTOLOGY = NamedNode(f"{BASE}ontology")
EXAMPLES = f"{BASE}.well-known/sparql-examples/"
SUFFIXES = {"turtle": "ttl", "ntriples": "nt", "jsonld": "jsonld", "rdfxml": "owl"}


def void(built: str) -> list[Triple]:
    """The description of the built ontology as a VoID data set.

    Args:
        built: The ontology with its closure, as N-Triples.
    """
    store = Store()
    store.load(built, format=RdfFormat.N_TRIPLES)
    return list(cast(QueryTriples, store.query(named("publish", "void").text)))


def examples(content: Content, endpoint: str | None = None) -> list[Triple]:
    """Every question of the catalogue as a SPARQL example in the SIB format, with the prefixes that the examples need.

    Args:
        content: The ontology, for its prefixes.
        endpoint: The URL at which the examples can be run.
    """
    prefixes = {_shacl(name) for name in ("declare", "prefix", "namespace")}
    declared = [triple for triple in triples(content) if triple.predicate in prefixes]
    return declared + [triple for query in stage("ask") for triple in example(query, endpoint)]


def example(query: Query, endpoint: str | None) -> Iterable[Triple]:
    """The triples of one example."""
    text = re.sub(r"^#\+.*\n", "", query.text, flags=re.MULTILINE).strip()
    found = re.search(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", text, flags=re.MULTILINE | re.IGNORECASE)
    form = found[1].lower() if found else "select"
    node = NamedNode(EXAMPLES + query.name)
    yield Triple(node, RDF_TYPE, _shacl("SPARQLExecutable"))
    yield Triple(node, RDF_TYPE, _shacl(f"SPARQL{form.capitalize()}Executable"))
    comment = NamedNode("http://www.w3.org/2000/01/rdf-schema#comment")
    yield Triple(node, comment, Literal(question(query), language="en"))
    yield Triple(node, _shacl("prefixes"), ONTOLOGY)
    yield Triple(node, _shacl(form), Literal(text))
    if endpoint:
        yield Triple(node, NamedNode("https://schema.org/target"), NamedNode(endpoint))


def question(query: Query) -> str:
    """What a query answers: its question or summary, or else its first comment, or else its name in words."""
    if query.summary != query.name:
        return query.summary
    comment = re.search(r"^#\+?\s*(.+)$", query.text, flags=re.MULTILINE)
    return comment[1].strip() if comment else query.name.replace("-", " ")


def page() -> str:
    """The documentation of the schema as HTML, without the generated definitions, which pyLODE cannot render."""
    import logging

    before = logging.getLogger().level
    from pylode import OntPub  # sets the level of all logging to DEBUG

    logging.getLogger().setLevel(before)
    return str(OntPub(ontology=str(shipped("ontology") / "nextstudy.ttl")).make_html())


def main(folder: Path = FOLDER, endpoint: str | None = None, ontology: Path | None = None) -> list[Path]:
    """Write all files into the folder, which is created if necessary, and return them.

    Args:
        folder: Where the files are written.
        endpoint: The URL at which the examples can be run.
        ontology: The content folder; by default the shipped one.
    """
    content = read(ontology or shipped("ontology"))
    files = {f"nextstudy.{SUFFIXES[name]}": build(content, name, closure=True) for name in FORMATS}
    files["void.ttl"] = _turtle(void(files["nextstudy.nt"]), content)
    files["sparql-examples.ttl"] = _turtle(examples(content, endpoint), content)
    files["index.html"] = page()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in files]


def _turtle(described: Iterable[Triple], content: Content) -> str:
    return turtle(sorted(set(described), key=str), content.prefixes)


def _shacl(name: str) -> NamedNode:
    return NamedNode(f"http://www.w3.org/ns/shacl#{name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the files for publishing the ontology.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--endpoint", metavar="URL", help="where the SPARQL examples can be run")
    arguments = parser.parse_args()
    for file in main(arguments.folder, arguments.endpoint):
        print(file.name)
