"""How a code is written: with the word of its system before it, as an IRI, or as a FHIR coding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """A system of codes.

    Attributes:
        uri: The URI that HL7 FHIR gives it.
        label: Its name.
        word: What stands before a colon and a code of it.
        also: Another URI of it; empty if there is none.
        no_kind: A regular expression for codes that are no kind of the code that they begin with; empty if all are.
    """

    uri: str
    label: str
    word: str
    also: str = ""
    no_kind: str = ""


@dataclass(frozen=True)
class Code:
    """A code of a system.

    Attributes:
        system: The system.
        value: The code as it was written.
    """

    system: System
    value: str

    @property
    def plain(self) -> str:
        """The code without dot and in capitals, by which codes are compared: M5416 is M54.16.

        >>> Code(System("", "ICD-10-CM", "icd10cm"), " m54.16 ").plain
        'M5416'
        """
        return self.value.strip().replace(".", "").upper()

    def __str__(self) -> str:
        """The name of the system and the code."""
        return f"{self.system.label} {self.value.strip()}"


_NAMESPACES = {
    "http://snomed.info/sct": ("http://snomed.info/id/",),
    "http://loinc.org": ("https://loinc.org/", "http://loinc.org/rdf/"),
    "http://radlex.org": ("http://radlex.org/RID/", "http://www.radlex.org/RID/"),
    "http://hl7.org/fhir/sid/icd-10-cm": ("http://purl.bioontology.org/ontology/ICD10CM/",),
    "http://www.ama-assn.org/go/cpt": ("http://purl.bioontology.org/ontology/CPT/",),
    "http://human-phenotype-ontology.org": ("http://purl.obolibrary.org/obo/HP_",),
}
"""With what the IRIs of the concepts of a system begin, by its URI; its own URI and a slash always do."""


class Systems:
    """The systems whose codes are understood."""

    def __init__(self, systems: Iterable[System]) -> None:
        """Wrap the systems."""
        self._by_uri = {uri: each for each in systems for uri in (each.uri, each.also) if uri}
        self._by_word = {each.word.lower(): each for each in self._by_uri.values()}

    @property
    def words(self) -> tuple[str, ...]:
        """The words that stand before codes."""
        return tuple(sorted(each.word for each in self._by_word.values()))

    def of_uri(self, uri: str) -> System | None:
        """The system with a URI, as in a FHIR coding; None if its codes are not known here."""
        return self._by_uri.get(uri.strip().rstrip("/"))

    def of_word(self, word: str) -> System | None:
        """The system with a word, in capitals or not; None if there is none."""
        return self._by_word.get(word.strip().lower())

    def code(self, text: str) -> Code | None:
        """Read a code.

        Args:
            text: ``snomed:279038004``, ``HP:0001945``, ``http://loinc.org|8310-5``, or the IRI of a concept.

        Returns:
            The code; None if it is of no known system, or no code at all.

        >>> Systems([System("http://snomed.info/sct", "SNOMED CT", "snomed")]).code("http://snomed.info/id/386661006")
        Code(system=System(uri='http://snomed.info/sct', label='SNOMED CT', word='snomed', also='', no_kind=''), \
value='386661006')
        """
        uri, bar, value = text.rpartition("|")
        if bar:
            return self._made(self.of_uri(uri), value)
        for system in self._by_word.values():
            for start in (f"{system.uri}/", *_NAMESPACES.get(system.uri, ())):
                if text.startswith(start) and len(text) > len(start):
                    value = text.removeprefix(start)
                    return Code(system, f"{system.word}:{value}" if start.endswith("_") else value)
        word, colon, value = text.partition(":")
        system_of_word = self.of_word(word)
        if not colon or system_of_word is None:
            return None
        return self._made(system_of_word, text if system_of_word.word == "HP" else value)

    @staticmethod
    def _made(system: System | None, value: str) -> Code | None:
        return Code(system, value) if system and value.strip() else None


def looks_coded(word: str) -> bool:
    """Whether a word of a case is meant as a code or an IRI: no identifier of ours has a colon.

    >>> looks_coded("loinc:8310-5"), looks_coded("low-back-pain/red-flags")
    (True, False)
    """
    return ":" in word
