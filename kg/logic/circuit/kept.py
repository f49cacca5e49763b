"""Keeps circuits on disk, beside the build of the content that they were compiled from.

A circuit depends on the content, the topics, the derive queries and the code that reads and compiles them. The hash of
all these is its key, so that a kept circuit is never stale. The file has its own hash in the first line and JSON below;
a file that is damaged, cut short, of another version, or that others may have written, is ignored, and the circuit is
compiled again.
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
from typing import Any, TypeVar

from kg.files import safely_owned
from kg.knowledge.sparql.queries import stage
from kg.knowledge.sparql.resources import code_of
from kg.logic.circuit.gates import Circuit
from kg.logic.circuit.inputs import Compared, Input, Measured, MeasuredTwice, PerformedInput, Stated

T = TypeVar("T")

_INPUT_CLASSES = {
    "stated": Stated,
    "measured": Measured,
    "compared": Compared,
    "twice": MeasuredTwice,
    "performed": PerformedInput,
}


def name_of(topics: Iterable[str], wanted: Iterable[str] = (), kind: str = "circuit") -> str:
    """The file name of a circuit, which stands for all that it depends on besides the content.

    Args:
        topics: IRIs of topics.
        wanted: Names of the conclusions that it has; empty for all.
        kind: What else is kept so, with the first word of its file name.
    """
    digest = hashlib.sha256(f"{_made_by()} {sorted(topics)} {sorted(wanted)}".encode())
    return f"{kind}-{digest.hexdigest()[:20]}.json"


@cache
def _made_by() -> str:
    digest = hashlib.sha256()
    for query in stage("derive"):
        digest.update(f"\0{query.name}\0{query.text}".encode())
    for path in code_of("logic", "patient/assess", "knowledge/content"):
        digest.update(b"\0" + path.read_bytes())
    return digest.hexdigest()


def kept_circuit(place: Path | None, make: Callable[[], Circuit]) -> Circuit:
    """Read a circuit that was kept, or make it and keep it.

    Args:
        place: The file; None if nothing can be kept.
        make: Compiles the circuit.
    """
    return kept(place, make, bytes_of_circuit, circuit_of_bytes)


def kept(place: Path | None, make: Callable[[], T], written: Callable[[T], bytes], read: Callable[[bytes], T]) -> T:
    """Read what was kept, or make it and keep it.

    Args:
        place: The file; None if nothing can be kept.
        make: Makes it.
        written: Turns it into bytes.
        read: Turns these bytes back; may raise anything that nonsense leads to.
    """
    if place is None:
        return make()
    with suppress(
        OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError
    ):
        if safely_owned(place.lstat()):
            return read(place.read_bytes())
    made = make()
    with suppress(OSError):
        _replace_file(place, written(made))
    return made


def _replace_file(place: Path, data: bytes) -> None:
    """Write a draft beside the file and rename it, so that the file is whole or not there at all."""
    number, draft = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        Path(draft).replace(place)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def bytes_of(document: Any) -> bytes:
    """Plain data as bytes: a hash, a line break, and JSON."""
    data = json.dumps(document, separators=(",", ":")).encode()
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def of_bytes(data: bytes) -> Any:
    """Plain data from bytes.

    Args:
        data: What ``bytes_of`` returns.

    Raises:
        ValueError: The bytes are something else, or were changed.
    """
    said, _, text = data.partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != said:
        message = "not what was kept, or damaged"
        raise ValueError(message)
    return json.loads(text)


def bytes_of_circuit(circuit: Circuit) -> bytes:
    """A circuit as bytes: a hash, a line break, and JSON.

    >>> from kg.logic.circuit.gates import Builder
    >>> circuit = Builder().circuit({"found": {"always": 0}})
    >>> circuit_of_bytes(bytes_of_circuit(circuit)) == circuit
    True
    """
    return bytes_of(
        {"inputs": list(map(_listed_input, circuit.inputs)), "gates": circuit.gates, "outputs": circuit.outputs}
    )


def circuit_of_bytes(data: bytes) -> Circuit:
    """A circuit from bytes.

    Args:
        data: What ``bytes_of_circuit`` returns.

    Raises:
        ValueError: The bytes are something else, or were changed.
    """
    document = of_bytes(data)
    inputs = tuple(map(_input_of_list, document["inputs"]))
    circuit = Circuit(inputs, tuple(map(tuple, document["gates"])), document["outputs"])
    _refuse_unordered(circuit)
    return circuit


def _refuse_unordered(circuit: Circuit) -> None:
    """A gate needs earlier lines alone, and a conclusion a line that there is."""
    ends = [max(gate, default=-1) < 2 * line for line, gate in enumerate(circuit.gates, circuit.first_gate)]
    ends += [0 <= end < 2 * circuit.lines for outputs in circuit.outputs.values() for end in outputs.values()]
    if not all(ends) or any(type(end) is not int or end < 0 for gate in circuit.gates for end in gate):
        message = "not a circuit, or a damaged one"
        raise ValueError(message)


def _listed_input(fact: Input) -> list[Any]:
    match fact:
        case Stated(relation, thing):
            return ["stated", relation, thing]
        case Compared(measure, relation, limit):
            return ["compared", measure, relation, str(limit)]
        case PerformedInput(procedure, seen, unseen, silent):
            return ["performed", procedure, seen, unseen, sorted(silent)]
    return ["measured" if isinstance(fact, Measured) else "twice", fact.measure]


def _input_of_list(parts: list[Any]) -> Input:
    kind, *values = parts
    if kind == "compared":
        return Compared(values[0], values[1], Decimal(values[2]))
    if kind == "performed":
        return PerformedInput(values[0], values[1], values[2], frozenset(values[3]))
    made: Input = _INPUT_CLASSES[kind](*values)
    return made
