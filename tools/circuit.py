"""Draw a small circuit: when one hand-off of the shipped content applies.

Run it after a change to the content or to the derive queries:

    python tools/circuit.py
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import kg
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.sparql.iris import BASE
from kg.logic.circuit.gates import Circuit, restricted
from kg.logic.circuit.inputs import Input, PerformedInput, Stated

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "explain" / "circuit.svg"
DRAWN = f"{BASE}hand-off/prior-compression-fracture"

_ROW, _FACT, _GATE, _GAP = 34, 360, 64, 70


def picture() -> str:
    """The picture as it should be: an SVG document with facts at the left, gates, and the conclusion at the right."""
    guide = kg.load()
    whole = guide.core.circuits.of(frozenset(guide.core.content.topics))
    assumed = [fact for fact in whole.inputs if isinstance(fact, Stated) and fact.relation == "assumedAbsent"]
    circuit = restricted(whole, {"applies": {DRAWN: whole.literal("applies", DRAWN)}}, never=assumed)
    return _drawn(circuit, guide.core.lexicon)


def _drawn(circuit: Circuit, lexicon: Lexicon) -> str:
    level = _levels(circuit)
    place = _places(circuit, level)
    x = {
        line: 8 + (_FACT + _GAP if level[line] else 0) + (level[line] - 1) * (_GATE + _GAP) * (level[line] > 0)
        for line in level
    }
    right = max(x.values()) + _GATE
    height = 16 + _ROW * max(2, len(circuit.inputs))
    either = _or_gates(circuit)
    parts = []
    for line, gate in enumerate(circuit.gates, circuit.first_gate):
        for literal in gate:
            source = literal >> 1
            turned = (literal & 1) ^ (line in either) ^ (source in either)
            start = x[source] + (_GATE if level[source] else _FACT)
            parts += _wire(start, place[source], x[line], place[line], turned=bool(turned))
        parts += _box(x[line], place[line], _GATE, "OR" if line in either else "AND", "#2b6cb0")
    for line, fact in enumerate(circuit.inputs, 1):
        parts += _box(8, place[line], _FACT, _words(fact, lexicon), "#555")
    last = circuit.lines - 1
    parts += _wire(right, place[last], right + _GAP, place[last], turned=False)
    label = "the hand-off applies"
    parts += _box(right + _GAP, place[last], 170, label, "#2f855a")
    width = right + _GAP + 178
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="13">',
            f"<title>When this hand-off applies: {escape(lexicon.label(DRAWN))}</title>",
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _levels(circuit: Circuit) -> dict[int, int]:
    level = dict.fromkeys(range(1, circuit.first_gate), 0)
    for line, gate in enumerate(circuit.gates, circuit.first_gate):
        level[line] = 1 + max(level[literal >> 1] for literal in gate)
    return level


def _or_gates(circuit: Circuit) -> set[int]:
    """The gates that are drawn as an OR: an AND of complements only, of which the complement is needed."""
    # An even literal is a line, an odd one its complement: not (not a and not b) is a or b.
    either: set[int] = set()
    for line, gate in enumerate(circuit.gates, circuit.first_gate):
        if all((literal & 1) ^ (literal >> 1 in either) for literal in gate):
            either.add(line)
    return either


def _words(fact: Input, lexicon: Lexicon) -> str:
    if isinstance(fact, Stated):
        return f"{lexicon.label(fact.thing)}: {fact.relation}"
    seen = fact.seen if isinstance(fact, PerformedInput) else None
    return f"{lexicon.label(seen)}: seen on a study" if seen else str(fact)


def _places(circuit: Circuit, level: dict[int, int]) -> dict[int, float]:
    """Facts one below the other, those of one gate together; a gate at the middle of its inputs."""
    order: dict[int, None] = {}
    for gate in circuit.gates:
        order.update(dict.fromkeys(literal >> 1 for literal in gate if not level[literal >> 1]))
    place: dict[int, float] = {line: 8 + _ROW * (row + 0.5) for row, line in enumerate(order)}
    for line, gate in enumerate(circuit.gates, circuit.first_gate):
        near = [place[literal >> 1] for literal in gate]
        place[line] = sum(near) / len(near)
    return place


def _box(x: float, y: float, width: int, text: str, colour: str) -> list[str]:
    return [
        f'<rect x="{x}" y="{y - 12}" width="{width}" height="24" rx="4" fill="#fff" stroke="{colour}"/>',
        f'<text x="{x + width / 2}" y="{y + 4.5}" text-anchor="middle" fill="{colour}">{escape(text)}</text>',
    ]


def _wire(x: float, y: float, to_x: float, to_y: float, *, turned: bool) -> list[str]:
    """A line; a small circle at its end marks the complement."""
    end = to_x - (8 if turned else 0)
    middle = (x + end) / 2
    curve = f'<path d="M{x},{y} C{middle},{y} {middle},{to_y} {end},{to_y}" fill="none" stroke="#888"/>'
    dot = f'<circle cx="{to_x - 4}" cy="{to_y}" r="4" fill="#fff" stroke="#888"/>'
    return [curve, dot] if turned else [curve]


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
