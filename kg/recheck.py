"""Recheck an evidence capsule: derive its verdicts again with the second engine, and compare every field.

Needs rdflib, so importing this module takes longer than assessing many cases; nothing that assesses imports it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kg.capsule import FACTS, VERDICTS, CapsuleError, capsule_name, written
from kg.case import Case, Performed
from kg.document import parse, read_text
from kg.errors import CaseError, UnknownTermError
from kg.facts import facts
from kg.guide import Guide
from kg.names import slug
from kg.second_engine import SecondEngine
from kg.second_engine import name as engine_name
from kg.showing import Shown
from kg.text import WIDTH

_WHOLE_CASE = "case"
"""The place of the only difference where the case cannot be taken; what is in a case has a longer one."""


@dataclass(frozen=True)
class Difference:
    """Something that a capsule says and that was not found again.

    Attributes:
        kind: ``content`` when the guideline is another one, ``verdict``, ``statement`` for what is cited, ``case`` for
            the facts, ``form`` for identifiers, hashes, the context and whatever else a capsule does not have.
        place: Where in the document, such as ``case > best``.
        message: What differs, as one sentence.
    """

    kind: str
    place: str
    message: str


@dataclass(frozen=True)
class Recheck(Shown):
    """What came of rechecking a capsule.

    Attributes:
        capsule: The identifier that the capsule gives itself.
        engine: What derived the verdicts again, such as ``rdflib 7.6.0``.
        differences: What differs, in the order of the document; empty when all is the same.
    """

    capsule: str
    engine: str
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the capsule says exactly what was derived again."""
        return not self.differences

    @property
    def derived(self) -> bool:
        """Whether anything was derived: not where this guideline cannot take the case."""
        return not any(found.kind == "case" and found.place == _WHOLE_CASE for found in self.differences)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data.

        Returns:
            A dictionary that JSON can hold.
        """
        return {"same": self.same, **asdict(self), "differences": [asdict(found) for found in self.differences]}

    def __str__(self) -> str:
        """The result as text of at most 80 columns."""
        if self.same:
            return _filled(f"SAME: {self.engine} derives every verdict of the capsule, from the same content.", "")
        kinds = {found.kind for found in self.differences}
        comment = "" if "verdict" in kinds else " The verdicts are the same."
        lines = [_filled(f"DIFFERENT: {self.engine} derives something else.{comment}", "")]
        if not self.derived:
            lines = [_filled(f"NOT DERIVED: {self.engine} could derive nothing to compare.", "")]
        return "\n".join([*lines, *(_filled(f"{found.kind}: {found.message}", "  ") for found in self.differences)])


def _filled(text: str, indent: str) -> str:
    """Lines of at most 80 columns; an identifier that is longer is broken."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


# ---------------------------------------------------------------- reading


def read(path: Path | str) -> dict[str, Any]:
    """Read the file of a capsule.

    Args:
        path: The file, UTF-8.

    Returns:
        The document, ready for ``recheck``.

    Raises:
        CapsuleError: The file cannot be read or is not a capsule.
    """
    return from_json(read_text(path, CapsuleError, "capsule"), str(path))


def from_json(text: str, place: str = "the capsule") -> dict[str, Any]:
    """Read a capsule from JSON text.

    Args:
        text: JSON-LD as ``Capsule.to_json`` writes it.
        place: How to name the text in an error, such as its file name.

    Returns:
        The document, ready for ``recheck``.

    Raises:
        CapsuleError: The text is not JSON or not a capsule.

    >>> from_json("[]")
    Traceback (most recent call last):
    ...
    kg.capsule.CapsuleError: the capsule: is not a capsule; make one with `nextstudy capsule CASE.json`
    """
    document = parse(text, place, CapsuleError, "capsule")
    if not isinstance(document, dict) or not isinstance(document.get("case"), dict):
        message = f"{place}: is not a capsule; make one with `nextstudy capsule CASE.json`"
        raise CapsuleError(message)
    return document


def case_in(document: Mapping[str, Any]) -> Case:
    """The case of a capsule.

    Args:
        document: The capsule.

    Returns:
        The case, without its note.

    Raises:
        CapsuleError: The case cannot be read.

    >>> case_in({"case": {"present": ["finding/fever"]}}).present
    ('fever',)
    """
    try:
        said = document["case"]
        measured = {slug(part["measure"]): _number(part["value"]) for part in said.get("measured", ())}
        studies = [Performed(slug(part["procedure"]), *_findings(part)) for part in said.get("performed", ())]
        order = said.get("intended")
        lists: dict[str, Any] = {name: [slug(word) for word in said.get(key, ())] for key, name in FACTS}
        return Case(
            **lists,
            measured=measured,
            performed=studies,
            order=order if order is None else slug(order),
        )
    except CaseError as error:
        message = f"the case of the capsule cannot be read ({error}); take the file as it was made"
        raise CapsuleError(message) from error
    except (AttributeError, KeyError, TypeError) as error:
        message = "the case of the capsule has not the form of one; take the file as it was made"
        raise CapsuleError(message) from error


def _findings(part: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(slug(word) for word in part.get("present", ())), tuple(slug(word) for word in part.get("absent", ()))


def _number(text: str) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        message = f"'{text[:40]}' is no number"
        raise CaseError(message)
    return Decimal(text)


# ---------------------------------------------------------------- rechecking


def recheck(document: Mapping[str, Any], guide: Guide) -> Recheck:
    """Assess the case of a capsule again with the other engine, and compare everything that the capsule says.

    The order of lists is of no account; anything else that was changed, added or taken away is found.

    Args:
        document: What ``read`` returns, or the document of a capsule.
        guide: The guideline to check against.

    Returns:
        Whether all is the same, and what differs.

    Raises:
        CapsuleError: The document has no case that can be read.

    >>> import kg
    >>> from kg.capsule import capsule
    >>> guide = kg.load()
    >>> document = capsule(guide, kg.Case(present=["adult", "thoracic-back-pain", "radiculopathy"])).to_dict()
    >>> document["case"] = {**document["case"], "robust": []}
    >>> print(recheck(document, guide).differences[0].message)
    case > robust: the capsule lacks 'procedure/mri-thoracic-spine-without-contrast'
    >>> recheck(capsule(guide, kg.Case()).document, guide).same
    True
    """
    claimed = str(document.get("id"))
    try:
        stated = facts(case_in(document), guide.lexicon)
    except (UnknownTermError, CaseError) as error:
        found = Difference("case", _WHOLE_CASE, f"this guideline cannot take the case: {error}")
        return Recheck(claimed, engine_name(), (found,))
    topics = guide.entered(stated)
    derived = _engine(guide, topics).derive(stated, guide.beyond(stated, topics))
    # Named as the capsule names itself, so that another content shows as that, not in every identifier.
    known = re.fullmatch(r"capsule/[0-9a-f]{64}", claimed)
    expected = written(guide, derived, claimed if known else "")
    differences = [*_compared(document, expected, ()), *_misnamed(document)]
    return Recheck(claimed, engine_name(), tuple(differences))


@lru_cache(maxsize=4)
def _engine(guide: Guide, topics: frozenset[str]) -> SecondEngine:
    """Filling a graph takes longer than rechecking, so it is kept."""
    return SecondEngine(guide.slice(topics))


def _misnamed(document: Mapping[str, Any]) -> Iterator[Difference]:
    """The identifier must be made of the hashes that the capsule gives."""
    guideline = document.get("guideline")
    hashes = (guideline.get("sha256") if isinstance(guideline, dict) else None, document.get("sha256"))
    if document.get("id") != capsule_name(*map(str, hashes)):
        yield Difference("form", "id", "id: is not made of the two hashes of the capsule")


def _compared(said: Any, found: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    """Everything in which the document differs from the one made anew, in the order of the latter."""
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
    """The members of a list by identifier or text; one that is there twice gets a second name."""
    named: dict[str, Any] = {}
    for value in values:
        name = str(value["id"] if isinstance(value, Mapping) and "id" in value else value)
        while name in named:
            name += " (again)"
        named[name] = value
    return named


def _difference(said: Any, found: Any, path: tuple[str, ...]) -> Difference:
    place, around, kind = " > ".join(path), " > ".join(path[:-1]) or "the top", _kind(path)
    if kind == "content" and path[-1] == "sha256" and len(path) > 2:
        message = f"{path[2]}: its content is not that from which the capsule was made"
    elif said is None:
        message = f"{around}: the capsule lacks '{path[-1]}'"
    elif found is None:
        message = f"{around}: the capsule has '{path[-1]}', which is not found"
    else:
        message = f"{place}: the capsule has {_shown(said)}, found is {_shown(found)}"
    return Difference(kind, place, message)


def _kind(path: tuple[str, ...]) -> str:
    if path[0] == "guideline" and len(path) > 1:
        return "content"
    if path[0] in ("statements", "sources"):
        return "statement"
    if path[0] != "case" or len(path) == 1:
        return "form"
    if path[1] in VERDICTS:
        # Whether a condition holds is a verdict; what it says and rests on is not.
        return "verdict" if path[1] != "applies" or len(path) <= 3 else "statement"
    return "case"


def _shown(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, Mapping):
        return f"'{value['id']}'" if "id" in value else "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = str(value)
    return f"'{text[:117]}...'" if len(text) > 120 else f"'{text}'"
