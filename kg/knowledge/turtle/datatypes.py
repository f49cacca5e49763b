"""Values of the datatypes of XML Schema: whether each is written as its datatype says, and can be compared.

Parsers take any text as the value of any datatype. An engine does not compare what it cannot read as a number, and then
a finding that a range decides would never be present, without a word.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from pyoxigraph import Literal

from kg.errors import quoted
from kg.knowledge.sparql.numbers import LIMIT, lexical

_XSD = "http://www.w3.org/2001/XMLSchema#"

_ZONE = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
_YEAR, _MONTH, _DAY = r"-?([1-9]\d{3,}|0\d{3})", r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
_DATE = f"{_YEAR}-{_MONTH}-{_DAY}"
_TIME = r"(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?|24:00:00(\.0+)?)"
_REAL = r"([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN)"
_MONTHS, _SECONDS = r"(\d+Y)?(\d+M)?", r"(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
_BASE64 = "[A-Za-z0-9+/]"

_FORMS = {
    "boolean": ("true|false|1|0", "true"),
    "decimal": (r"[+-]?(\d+(\.\d*)?|\.\d+)", "18.5"),
    "double": (_REAL, "18.5"),
    "float": (_REAL, "18.5"),
    "date": (f"{_DATE}{_ZONE}?", "2024-11-01"),
    "dateTime": (f"{_DATE}T{_TIME}{_ZONE}?", "2024-11-01T09:30:00"),
    "dateTimeStamp": (f"{_DATE}T{_TIME}{_ZONE}", "2024-11-01T09:30:00Z"),
    "time": (f"{_TIME}{_ZONE}?", "09:30:00"),
    "gYear": (f"{_YEAR}{_ZONE}?", "2024"),
    "gYearMonth": (f"{_YEAR}-{_MONTH}{_ZONE}?", "2024-11"),
    "gMonthDay": (f"--{_MONTH}-{_DAY}{_ZONE}?", "--11-01"),
    "gMonth": (f"--{_MONTH}{_ZONE}?", "--11"),
    "gDay": (f"---{_DAY}{_ZONE}?", "---01"),
    "duration": (f"-?P(?=.){_MONTHS}{_SECONDS}", "P14D"),
    "yearMonthDuration": (f"-?P(?=.){_MONTHS}", "P6M"),
    "dayTimeDuration": (f"-?P(?=.){_SECONDS}", "P14D"),
    "hexBinary": ("([0-9A-Fa-f]{2})*", "0FB7"),
    "base64Binary": (f"({_BASE64}{{4}})*({_BASE64}{{2}}==|{_BASE64}{{3}}=)?", "D7c="),
    "language": ("[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*", "en"),
}
_BOUNDS = {
    "integer": (-LIMIT + 1, LIMIT - 1),
    "long": (-LIMIT + 1, LIMIT - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, LIMIT - 1),
    "positiveInteger": (1, LIMIT - 1),
    "nonPositiveInteger": (-LIMIT + 1, 0),
    "negativeInteger": (-LIMIT + 1, -1),
    "unsignedLong": (0, LIMIT - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""The least and the greatest whole number of each datatype; none lies beyond what every engine computes with."""

_WRITTEN = {_XSD + name: (name, re.compile(form), example) for name, (form, example) in _FORMS.items()}
_WHOLE = {_XSD + name: (name, bounds) for name, bounds in _BOUNDS.items()}
_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_DIGITS = 40


def wrong_value(literal: Literal) -> str:
    """What is wrong with the value of a literal, and the cure; empty where nothing is.

    >>> from pyoxigraph import NamedNode
    >>> def said(value, name):
    ...     return wrong_value(Literal(value, datatype=NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}")))
    >>> said("18,5", "decimal")
    "'18,5' is not an xsd:decimal; write a value such as 18.5"
    >>> said("300", "byte")
    "'300' is not an xsd:byte; write a whole number from -128 to 127"
    >>> said("18.5", "decimal"), said("any", "string")
    ('', '')
    """
    kind, value = literal.datatype.value, literal.value
    if kind in _WHOLE:
        name, (least, most) = _WHOLE[kind]
        fits = re.fullmatch(r"[+-]?\d+", value) and len(value) <= _DIGITS and least <= int(value) <= most
        return "" if fits else f"{quoted(value)} is not an xsd:{name}; write a whole number from {least} to {most}"
    if kind not in _WRITTEN:
        return ""
    name, form, example = _WRITTEN[kind]
    if not form.fullmatch(value) or not _on_the_calendar(name, value):
        return f"{quoted(value)} is not an xsd:{name}; write a value such as {example}"
    return (
        ""
        if name != "decimal" or _comparable(value)
        else (
            f"{quoted(value)} is too large or too fine to be compared; write a number below {LIMIT} "
            "with at most 18 decimal places"
        )
    )


def _on_the_calendar(name: str, value: str) -> bool:
    """Whether a date has a day that its month has; years beyond four digits are taken as they are."""
    found = _DAY_OF_YEAR.match(value) if name.startswith("date") else None
    try:
        return found is None or found[1] == "0000" or bool(date(*map(int, found.groups())))
    except ValueError:
        return False


def _comparable(value: str) -> bool:
    number = Decimal(value)
    return abs(number) < LIMIT and Decimal(lexical(number)) == number
