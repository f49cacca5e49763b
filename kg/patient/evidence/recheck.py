"""Rechecks an evidence capsule: derives its conclusions again with the second engine, and compares every field.

This needs rdflib, and importing rdflib takes longer than assessing many cases. So nothing that assesses imports this
module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kg.documents import parse, read_text
from kg.errors import CaseError, UnknownTermError
from kg.knowledge.sparql.iris import qualified, slug
from kg.knowledge.sparql.second_engine import SecondEngine
from kg.knowledge.sparql.second_engine import name as engine_name
from kg.patient.assess.assessor import Assessor
from kg.patient.case import Case
from kg.patient.evidence.capsule import Capsule, CapsuleError
from kg.patient.evidence.context import CONCLUDED
from kg.patient.evidence.document import capsule_document
from kg.patient.evidence.hashes import capsule_name
from kg.patient.facts import FACTS, facts
from kg.patient.performed import Performed
from kg.shown import Shown

_WHOLE_CASE = "case"
"""The place of the one difference that is reported when the case cannot be used; places inside a case are longer."""


@dataclass(frozen=True)
class Discrepancy:
    """A difference between a capsule and its recheck.

    Attributes:
        kind: ``content`` when the capsule was made from other content, ``conclusion`` for what was derived,
            ``statement`` for what is cited, ``case`` for the facts, and ``form`` for identifiers, hashes, the context
            and unknown keys.
        place: Where in the document, such as ``case > best``.
        message: What differs, as one sentence.
    """

    kind: str
    place: str
    message: str


@dataclass(frozen=True, repr=False)
class Recheck(Shown):
    """The result of rechecking a capsule.

    Attributes:
        capsule: The identifier that the capsule gives itself.
        engine: What derived the conclusions again, such as ``rdflib 7.6.0``.
        differences: What differs, in the order of the document; empty when nothing does.
    """

    capsule: str
    engine: str
    differences: tuple[Discrepancy, ...]

    @property
    def same(self) -> bool:
        """Whether the capsule states exactly what was derived again."""
        return not self.differences

    @property
    def derived(self) -> bool:
        """Whether anything was derived; False when the case cannot be used with this content."""
        return not any(found.kind == "case" and found.place == _WHOLE_CASE for found in self.differences)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return {"same": self.same, **asdict(self), "differences": [asdict(found) for found in self.differences]}


# ---------------------------------------------------------------- reading


def read_capsule(path: Path | str) -> dict[str, Any]:
    """Read the document of a capsule from a file in UTF-8, ready for ``recheck``.

    Raises:
        CapsuleError: The file cannot be read or is not a capsule.
    """
    return from_json(read_text(path, CapsuleError, "capsule"), str(path))


def from_json(text: str, place: str = "the capsule") -> dict[str, Any]:
    """Read the document of a capsule from JSON text, ready for ``recheck``.

    Args:
        text: JSON-LD as ``Capsule.to_json`` writes it.
        place: What to call the text in an error, such as its file name.

    Raises:
        CapsuleError: The text is not JSON or not a capsule.

    >>> from_json("[]")
    Traceback (most recent call last):
    ...
    kg.patient.evidence.capsule.CapsuleError: the capsule: is not a capsule; make one with `nextstudy capsule CASE.json`
    """
    document = parse(text, place, CapsuleError, "capsule")
    if not isinstance(document, dict) or not isinstance(document.get("case"), dict):
        message = f"{place}: is not a capsule; make one with `nextstudy capsule CASE.json`"
        raise CapsuleError(message)
    return document


def case_in(document: Mapping[str, Any]) -> Case:
    """The case in the document of a capsule, as far as it was assessed; it has no note.

    Raises:
        CapsuleError: The case cannot be read.

    >>> case_in({"case": {"present": ["finding/fever"]}}).present
    ('fever',)
    """
    try:
        said = document["case"]
        measured = {slug(part["measure"]): _decimal_number(part["value"]) for part in said.get("measured", ())}
        studies = [
            Performed(slug(part["procedure"]), *_findings_of_study(part), date=part.get("date", ""))
            for part in _in_order([*said.get("performed", ()), *said.get("history", ())])
        ]
        order = said.get("order")
        lists: dict[str, Any] = {name: [slug(word) for word in said.get(key, ())] for key, name in FACTS}
        return Case(
            **lists,
            measured=measured,
            performed=studies,
            order=order if order is None else slug(order),
            scenario=[qualified(part["id"]) for part in said.get("chosen", ())],
            since={slug(word): part["date"] for part in said.get("since", ()) for word in part["present"]},
            presume=bool(said.get("presumes")),
        )
    except CaseError as error:
        message = f"the case of the capsule cannot be read: {error}; use the file as it was made"
        raise CapsuleError(message) from error
    except (AttributeError, KeyError, TypeError) as error:
        message = "the case of the capsule does not have the form of a case; use the file as it was made"
        raise CapsuleError(message) from error


def _in_order(parts: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Performed studies by the number in their identifier: those that are history stand in a list of their own."""
    numbers = [re.search(r"/performed/([0-9]{1,6})$", str(part.get("id"))) for part in parts]
    places = [int(number[1]) if number else place for place, number in enumerate(numbers, 1)]
    return [part for _, part in sorted(zip(places, parts, strict=True), key=lambda pair: pair[0])]


def _findings_of_study(part: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(slug(word) for word in part.get("present", ())), tuple(slug(word) for word in part.get("absent", ()))


def _decimal_number(text: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        message = f"'{text[:40]}' is not a number"
        raise CaseError(message)
    return Decimal(text)


# ---------------------------------------------------------------- rechecking


def recheck(capsule: Capsule | Mapping[str, Any] | Path | str, guide: Assessor | None = None) -> Recheck:
    """Assess the case of a capsule again with the second engine, and compare everything that the capsule states.

    The order of lists does not matter. Anything else that was changed, added or removed is found.

    Args:
        capsule: A capsule, its document, or its file.
        guide: The guide to check against; by default the shipped ontology.

    Raises:
        CapsuleError: The file cannot be read, or the document has no readable case.

    >>> import kg
    >>> from kg.patient.evidence.capsule import capsule
    >>> guide = kg.load()
    >>> document = capsule(guide, kg.Case(present=["adult", "thoracic-back-pain", "radiculopathy"])).to_dict()
    >>> document["case"] = {**document["case"], "robust": []}
    >>> print(recheck(document, guide).differences[0].message)
    case > robust: the capsule lacks 'procedure/mri-thoracic-spine-without-contrast'
    >>> recheck(capsule(guide, kg.Case()).document, guide).same
    True
    """
    document = _document(capsule)
    guide = guide or Assessor.of_folder()
    claimed = str(document.get("id"))
    try:
        stated = facts(case_in(document), guide.core.lexicon)
    except (UnknownTermError, CaseError) as error:
        found = Discrepancy("case", _WHOLE_CASE, f"the case cannot be used with this content: {error}")
        return Recheck(claimed, engine_name(), (found,))
    topics = guide.core.entered(stated)
    derived = _engine(guide, topics).derive(stated, guide.core.beyond(stated, topics))
    # The new document takes the name of the capsule. Otherwise other content would show in every identifier.
    known = re.fullmatch(r"capsule/[0-9a-f]{64}", claimed)
    expected = capsule_document(guide, derived, claimed if known else "")
    differences = [*_compared(document, expected, ()), *_misnamed(document)]
    return Recheck(claimed, engine_name(), tuple(differences))


def _document(capsule: Capsule | Mapping[str, Any] | Path | str) -> Mapping[str, Any]:
    if isinstance(capsule, Capsule):
        return capsule.document
    return capsule if isinstance(capsule, Mapping) else read_capsule(capsule)


@lru_cache(maxsize=4)
def _engine(guide: Assessor, topics: frozenset[str]) -> SecondEngine:
    """The second engine of a slice, kept because filling a graph takes longer than rechecking."""
    return SecondEngine(guide.core.triples(topics))


def _misnamed(document: Mapping[str, Any]) -> Iterator[Discrepancy]:
    """A discrepancy if the identifier is not made from the hashes in the capsule."""
    guideline = document.get("guideline")
    hashes = (guideline.get("sha256") if isinstance(guideline, dict) else None, document.get("sha256"))
    if document.get("id") != capsule_name(*map(str, hashes)):
        yield Discrepancy("form", "id", "id: is not made from the two hashes of the capsule")


def _compared(said: Any, found: Any, path: tuple[str, ...]) -> Iterator[Discrepancy]:
    """All differences between the document and the one made again, in the order of the latter."""
    if isinstance(said, Mapping) and isinstance(found, Mapping):
        pairs = [(key, said.get(key), found.get(key)) for key in dict.fromkeys((*found, *said))]
    elif isinstance(said, list) and isinstance(found, list):
        left, right = _by_name(said), _by_name(found)
        pairs = [(key, left.get(key), right.get(key)) for key in dict.fromkeys((*right, *left))]
    else:
        if type(said) is not type(found) or said != found:
            yield _difference(said, found, path)
        return
    for key, one, other in pairs:
        if one is None or other is None:
            yield _difference(one, other, (*path, key))
        else:
            yield from _compared(one, other, (*path, key))


def _by_name(values: list[Any]) -> dict[str, Any]:
    """The members of a list by identifier or text; a repeated one is called ``... (again)``."""
    named: dict[str, Any] = {}
    for value in values:
        name = str(value["id"] if isinstance(value, Mapping) and "id" in value else value)
        while name in named:
            name += " (again)"
        named[name] = value
    return named


def _difference(said: Any, found: Any, path: tuple[str, ...]) -> Discrepancy:
    place, around, kind = " > ".join(path), " > ".join(path[:-1]) or "the top", _kind(path)
    if kind == "content" and path[-1] == "sha256" and len(path) > 2:
        message = f"{path[2]}: its content differs from the content that the capsule was made from"
    elif said is None:
        message = f"{around}: the capsule lacks '{path[-1]}'"
    elif found is None:
        message = f"{around}: the capsule has '{path[-1]}', which was not found again"
    else:
        message = f"{place}: the capsule has {_shown_value(said)}, but {_shown_value(found)} was found"
    return Discrepancy(kind, place, message)


def _kind(path: tuple[str, ...]) -> str:
    if path[0] == "guideline" and len(path) > 1:
        return "content"
    if path[0] in ("statements", "sources"):
        return "statement"
    if path[0] != "case" or len(path) == 1:
        return "form"
    if path[1] in CONCLUDED:
        # That a condition holds is a conclusion; what it says and rests on is cited.
        return "conclusion" if path[1] != "applies" or len(path) <= 3 else "statement"
    return "case"


def _shown_value(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, Mapping):
        return f"'{value['id']}'" if "id" in value else "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = str(value)
    return f"'{text[:117]}...'" if len(text) > 120 else f"'{text}'"
