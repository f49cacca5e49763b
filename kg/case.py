"""A case: one patient, this episode, now. What is not said is unknown."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kg.decimals import Number, usable
from kg.document import parse, read_text
from kg.errors import CaseError, listed, quoted, shown


@dataclass(frozen=True)
class Performed:
    """A study that was done.

    Attributes:
        procedure: Its identifier, such as ``"radiography-thoracic-spine"``.
        present: Findings that it showed.
        absent: Findings that it was looked at for and did not show. Without either, the result is not recorded.
    """

    procedure: str
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One patient, this episode, now.

    Attributes:
        present: Findings stated to be present.
        absent: Findings stated to be absent.
        measured: Numbers by measure, in the unit of the measure (``age`` in years, ``pain-duration-weeks`` in weeks).
        performed: Studies that were done, with what they showed.
        order: The study that somebody intends to order.
        assume_absent: Findings whose every kind is taken to be absent unless stated: closing the world, visibly.
        note: Free text for people; no query reads it.

    >>> Case(present=["fever"], measured={"age": 70}).after("radiography-thoracic-spine").performed[0].procedure
    'radiography-thoracic-spine'
    """

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    measured: Mapping[str, Number] = field(default_factory=dict)
    performed: tuple[Performed, ...] = ()
    order: str | None = None
    assume_absent: tuple[str, ...] = ()
    note: str = ""

    def __init__(
        self,
        *,
        present: Iterable[str] = (),
        absent: Iterable[str] = (),
        measured: Mapping[str, Number] | None = None,
        performed: Iterable[Performed] = (),
        order: str | None = None,
        assume_absent: Iterable[str] = (),
        note: str = "",
    ) -> None:
        """Build a case; see the class for the arguments.

        Raises:
            CaseError: A value has the wrong kind, a word is repeated, or a finding is both present and absent.
        """
        values: dict[str, Any] = {
            "present": _words("present", present),
            "absent": _words("absent", absent),
            "measured": _numbers(measured if measured is not None else {}),
            "performed": _studies(performed),
            "order": _text("order must be the identifier of one study", order) if order is not None else None,
            "assume_absent": _words("assume_absent", assume_absent),
            "note": _text("note must be text", note),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        _refuse_both(self.present, self.absent, "the case")
        for study in self.performed:
            _refuse_both(study.present, study.absent, f"the study {quoted(study.procedure)}")

    def __hash__(self) -> int:
        """Equal cases have equal hashes."""
        numbers = frozenset(self.measured.items())  # 65 equals 65.0, and has its hash
        return hash((self.present, self.absent, numbers, self.performed, self.order, self.assume_absent, self.note))

    def __reduce__(self) -> tuple[partial[Case], tuple[()]]:
        """Pickle and copy through the constructor: a view of numbers, which keeps them from change, cannot be."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return partial(type(self), **{**values, "measured": dict(self.measured)}), ()

    def after(self, procedure: str, *, present: Iterable[str] = (), absent: Iterable[str] = ()) -> Case:
        """The case after a study.

        Args:
            procedure: The study that was done.
            present: Findings that it showed.
            absent: Findings that it did not show.

        Returns:
            A new case.

        >>> Case().after("radiography-thoracic-spine", present=["kyphosis"]).performed[0].present
        ('kyphosis',)
        """
        study = Performed(procedure, _words("present", present), _words("absent", absent))
        return replace(self, performed=(*self.performed, study))

    def with_facts(
        self,
        *,
        present: Iterable[str] = (),
        absent: Iterable[str] = (),
        measured: Mapping[str, Number] | None = None,
    ) -> Case:
        """The case with more facts.

        Args:
            present: More findings that are present.
            absent: More findings that are absent.
            measured: More numbers; a number given before is replaced.

        Returns:
            A new case.

        >>> Case(present=["fever"]).with_facts(absent=["night-pain"]).absent
        ('night-pain',)
        """
        return replace(
            self,
            present=(*self.present, *_words("present", present)),
            absent=(*self.absent, *_words("absent", absent)),
            measured={**self.measured, **(measured or {})},
        )

    def assuming_absent(self, *findings: str) -> Case:
        """Close the world for some kinds of finding, visibly: answer and proof name the assumption.

        Args:
            findings: Findings such as ``"red-flag"``; every kind of them that is not stated is taken to be absent.

        Returns:
            A new case.

        >>> Case().assuming_absent("red-flag").assume_absent
        ('red-flag',)
        """
        return replace(self, assume_absent=(*self.assume_absent, *findings))

    @classmethod
    def from_json(cls, text: str, place: str = "the case") -> Case:
        """Read a case from JSON text.

        Args:
            text: JSON as ``kg/schemas/case.schema.json`` describes it.
            place: How to name the text in an error, such as its file name.

        Returns:
            The case.

        Raises:
            CaseError: The text is not JSON or not a case.

        >>> Case.from_json('{"present": ["fever"]}').present
        ('fever',)
        """
        return cls.from_dict(parse(text, place, CaseError, "case"), place)

    @classmethod
    def read(cls, path: Path | str) -> Case:
        """Read a case from a JSON file.

        Args:
            path: The file, UTF-8.

        Returns:
            The case.

        Raises:
            CaseError: The file cannot be read or is not a case.
        """
        return cls.from_json(read_text(path, CaseError, "case"), str(path))

    @classmethod
    def from_dict(cls, data: object, place: str = "the case") -> Case:
        """Read a case from plain data, in the same words as JSON.

        Args:
            data: A dictionary.
            place: How to name the data in an error.

        Returns:
            The case.

        Raises:
            CaseError: A key is unknown or a value has the wrong kind.

        >>> Case.from_dict({"measured": {"age": 65}}).measured["age"]
        65
        """
        known = ("present", "absent", "measured", "performed", "order", "assume_absent", "note")
        values = _object(data, known, place)
        try:
            studies = [_performed(study, place) for study in _list(values.get("performed", []), "performed", place)]
            return cls(
                present=_list(values.get("present", []), "present", place),
                absent=_list(values.get("absent", []), "absent", place),
                measured=_object(values.get("measured", {}), None, f"{place}, measured"),
                performed=studies,
                order=values.get("order"),
                assume_absent=_list(values.get("assume_absent", []), "assume_absent", place),
                note=values.get("note", ""),
            )
        except CaseError as error:
            if str(error).startswith(place):
                raise
            message = f"{place}: {error}"
            raise CaseError(message) from error

    def to_dict(self) -> dict[str, Any]:
        """The case as plain data; ``Case.from_dict`` reads it back.

        Returns:
            A dictionary without empty entries.

        >>> Case(absent=["fever"]).to_dict()
        {'absent': ['fever']}
        """
        data: dict[str, Any] = {
            "present": list(self.present),
            "absent": list(self.absent),
            "measured": {key: _plain(value) for key, value in self.measured.items()},
            "performed": [
                {
                    "procedure": study.procedure,
                    **({"present": list(study.present)} if study.present else {}),
                    **({"absent": list(study.absent)} if study.absent else {}),
                }
                for study in self.performed
            ],
            "order": self.order,
            "assume_absent": list(self.assume_absent),
            "note": self.note,
        }
        return {key: value for key, value in data.items() if value}


def _plain(value: Number) -> int | float:
    return value if isinstance(value, int | float) else float(value)


def _text(rule: str, value: object) -> str:
    if not isinstance(value, str):
        message = f"{rule}, not {shown(value)}"
        raise CaseError(message)
    return value


def _words(name: str, words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(words, str) or not isinstance(words, Iterable):
        message = f"{name} must be a list of identifiers, not {shown(words)}; put it in a list"
        raise CaseError(message)
    result: dict[str, None] = {}
    for word in words:
        if not isinstance(word, str):
            message = f"{name} holds {shown(word)}, which is not an identifier; write it as text"
            raise CaseError(message)
        if word in result:
            message = f"{name} names {quoted(word)} twice; keep one"
            raise CaseError(message)
        result[word] = None
    return tuple(result)


def _numbers(measured: Mapping[str, Number]) -> Mapping[str, Number]:
    if not isinstance(measured, Mapping):
        message = f"measured must give a number to each name, not {shown(measured)}; write {{'age': 65}}"
        raise CaseError(message)
    return MappingProxyType({_text("measured must name each number", k): _number(k, v) for k, v in measured.items()})


def _number(name: str, value: object) -> Number:
    number = _plain_number(value)
    if number is None:
        message = f"measured {quoted(name)} is {shown(value)}, which is not a number; write a number such as 65"
        raise CaseError(message)
    if not usable(number):
        message = f"measured {quoted(name)} is too large; write a number below 10 to the power of 15"
        raise CaseError(message)
    return number


def _plain_number(value: object) -> Number | None:
    """A number of whatever kind, such as numpy's, as one of Python's own; truth values and NaN are none."""
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return int(value)
    try:
        number = float(value)
    except OverflowError:  # a fraction
        return math.inf
    return None if math.isnan(number) else number


def _studies(performed: Iterable[Performed]) -> tuple[Performed, ...]:
    if isinstance(performed, str) or not isinstance(performed, Iterable):
        message = f"performed must be a list of studies, not {shown(performed)}; write [Performed(...)]"
        raise CaseError(message)
    return tuple(_study(study) for study in performed)


def _study(study: object) -> Performed:
    if not isinstance(study, Performed):
        message = f"performed holds {shown(study)}, which is not a study that was done; write Performed(...)"
        raise CaseError(message)
    procedure = _text("the procedure of a study must be an identifier", study.procedure)
    return Performed(procedure, _words("present", study.present), _words("absent", study.absent))


def _refuse_both(present: tuple[str, ...], absent: tuple[str, ...], where: str) -> None:
    both = sorted(set(present) & set(absent))
    if both:
        message = f"{where} says that {listed(both)} is both present and absent; keep one"
        raise CaseError(message)


def _object(data: object, known: tuple[str, ...] | None, place: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        message = f"{place}: must be an object with keys, not {type(data).__name__}"
        raise CaseError(message)
    for key in data:
        if known is not None and key not in known:
            near = difflib.get_close_matches(str(key)[:60], known, n=1)
            cure = f"did you mean '{near[0]}'?" if near else f"the keys are {listed(known)}"
            message = f"{place}: unknown key {quoted(key)}; {cure}"
            raise CaseError(message)
    return data


def _list(value: object, name: str, place: str) -> list[Any]:
    if not isinstance(value, list):
        message = f"{place}: {name} must be a list"
        raise CaseError(message)
    return value


def _performed(data: object, place: str) -> Performed:
    values = _object(data, ("procedure", "present", "absent"), f"{place}, performed")
    if not isinstance(values.get("procedure"), str):
        message = f"{place}: each entry of performed needs a procedure"
        raise CaseError(message)
    present = _words("present", _list(values.get("present", []), "present", place))
    absent = _words("absent", _list(values.get("absent", []), "absent", place))
    return Performed(values["procedure"], present, absent)
