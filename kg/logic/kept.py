"""Circuits kept beside the build of the content that they were compiled from.

A circuit depends on the content, the topics, the derive queries and the code that lays out and compiles them: the hash
of all is its key, so what is kept is never stale. It is kept as JSON below its own hash: a file that is damaged, cut
short or of another version is compiled anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from kg.logic.circuit import Circuit
from kg.logic.inputs import Compared, Input, Measured, MeasuredTwice, Performed, Stated
from kg.queries import stage

_KINDS = {"stated": Stated, "measured": Measured, "compared": Compared, "twice": MeasuredTwice, "performed": Performed}


def name_of(topics: Iterable[str], wanted: Iterable[str] = ()) -> str:
    """The name of the file of a circuit, which says all that it depends on besides the content.

    Args:
        topics: IRIs of topics.
        wanted: The conclusions that it has, if it does not have all.

    Returns:
        A file name.
    """
    digest = hashlib.sha256(f"{_made_by()} {sorted(topics)} {sorted(wanted)}".encode())
    return f"circuit-{digest.hexdigest()[:20]}.json"


@cache
def _made_by() -> str:
    digest = hashlib.sha256()
    for query in stage("derive"):
        digest.update(f"\0{query.name}\0{query.text}".encode())
    here = Path(__file__).parent
    for path in (*sorted(here.glob("*.py")), here.parent / "circuits.py", here.parent / "guide.py"):
        digest.update(b"\0" + path.read_bytes())
    return digest.hexdigest()


def kept(place: Path | None, make: Callable[[], Circuit]) -> Circuit:
    """A circuit that is kept, or is made and kept.

    Args:
        place: Where; None where nothing can be kept.
        make: Compiles it.

    Returns:
        The circuit.
    """
    if place is None:
        return make()
    with suppress(OSError, ValueError, KeyError, TypeError, IndexError):
        return read(place.read_bytes())
    circuit = make()
    with suppress(OSError):
        _keep(place, written(circuit))
    return circuit


def _keep(place: Path, data: bytes) -> None:
    """Write beside the place and rename, so that it is there whole or not at all."""
    number, draft = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        Path(draft).replace(place)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def written(circuit: Circuit) -> bytes:
    """A circuit as bytes.

    Args:
        circuit: The circuit.

    Returns:
        A hash, a line end, and JSON.

    >>> from kg.logic.circuit import Builder
    >>> circuit = Builder().circuit({"found": {"always": 0}})
    >>> read(written(circuit)) == circuit
    True
    """
    document = {"inputs": list(map(_plain, circuit.inputs)), "gates": circuit.gates, "outputs": circuit.outputs}
    data = json.dumps(document, separators=(",", ":")).encode()
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def read(data: bytes) -> Circuit:
    """A circuit from bytes.

    Args:
        data: What ``written`` returns.

    Returns:
        The circuit.

    Raises:
        ValueError: It is something else, or was changed.
    """
    said, _, text = data.partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != said:
        message = "no circuit, or a damaged one"
        raise ValueError(message)
    document = json.loads(text)
    inputs = tuple(map(_input, document["inputs"]))
    return Circuit(inputs, tuple(map(tuple, document["gates"])), document["outputs"])


def _plain(fact: Input) -> list[Any]:
    match fact:
        case Stated(relation, thing):
            return ["stated", relation, thing]
        case Compared(measure, relation, limit):
            return ["compared", measure, relation, str(limit)]
        case Performed(procedure, seen, unseen, silent):
            return ["performed", procedure, seen, unseen, sorted(silent)]
    return ["measured" if isinstance(fact, Measured) else "twice", fact.measure]


def _input(parts: list[Any]) -> Input:
    kind, *values = parts
    if kind == "compared":
        return Compared(values[0], values[1], Decimal(values[2]))
    if kind == "performed":
        return Performed(values[0], values[1], values[2], frozenset(values[3]))
    made: Input = _KINDS[kind](*values)
    return made
