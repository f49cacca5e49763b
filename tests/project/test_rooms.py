"""The rooms: all imports, even lazy and typing ones, run one way, and no room knows what it must not know."""

from __future__ import annotations

import ast
import runpy
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLOORS = (
    ("errors",),
    ("shown", "files", "documents", "spreadsheet", "progress"),
    ("knowledge/sparql",),
    ("knowledge/turtle",),
    ("knowledge/content",),
    ("knowledge/ask",),
    ("knowledge/codes",),  # a site's terminology server is reached as an endpoint is
    ("logic/circuit",),
    ("logic/compiler",),
    ("patient",),
    ("patient/assess",),
    ("patient/reasons",),
    ("patient/what_if", "patient/evidence"),
    ("author/publish", "author/prove", "author/drafts"),
    ("author", "auditing", "records"),
    ("hooks",),  # a hook reads a record, and asks nothing of the guide that an assessor does not know
    ("guide",),
    ("show/text",),
    ("show/text/screens",),
    ("show/html",),
    ("show/svg",),
    ("show",),
    ("command",),
    ("__init__",),
)
"""The rooms, and the modules that stand beside them, from the ground up. What stands on one floor shares nothing."""

MOST_MODULES = 12
LONGEST_MODULE = 400


def modules(root: Path) -> dict[str, Path]:
    """The modules of the package by their dotted names."""
    found = {}
    for path in sorted((root / "kg").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """What a module imports of the package, anywhere in it: at the top, in a function, for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and (module := node.module or "") in known:
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in known else module


def room(module: str, known: Mapping[str, Path]) -> str:
    """The room of a module; of a module beside the rooms, its name."""
    path = known[module].relative_to(known["kg"].parent)
    return path.stem if path.parent == Path() else str(path.parent)


def faults(root: Path, floors: tuple[tuple[str, ...], ...] = FLOORS) -> list[str]:
    """Every import that runs up or sideways, and a circle if there is one."""
    known = modules(root)
    floor_of = {name: number for number, floor in enumerate(floors) for name in floor}
    graph: dict[str, set[str]] = defaultdict(set)
    found = []
    for module, path in known.items():
        for other in imports(path, known):
            graph[module].add(other)
            here, there = room(module, known), room(other, known)
            if here != there and floor_of[there] >= floor_of[here]:
                way = "up" if floor_of[there] > floor_of[here] else "sideways"
                found.append(f"{module} imports {other}: {way}, from {here} to {there}")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found.append(f"circle: {' -> '.join(error.args[1])}")
    return found


def test_imports_run_one_way() -> None:
    assert not faults(ROOT)


@pytest.mark.parametrize(
    ("module", "line", "expected"),
    [
        ("kg/errors.py", "import kg.guide", "up"),
        ("kg/knowledge/content/terms.py", "def late():\n    from kg.patient.case import Case", "up"),
        ("kg/author/check.py", "from kg.auditing.summary import Summary", "sideways"),
        ("kg/patient/case.py", "from kg.patient import facts", "circle"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, module: str, line: str, expected: str) -> None:
    for path in modules(ROOT).values():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    changed = tmp_path / module
    changed.write_text(f"{changed.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    assert any(expected in fault for fault in faults(tmp_path))


def test_every_room_stands_on_a_floor() -> None:
    known = modules(ROOT)
    assert {room(module, known) for module in known} - {name for floor in FLOORS for name in floor} <= {
        "knowledge",
        "logic",
    }


def test_the_page_of_the_rooms_is_current() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "architecture.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run: python tools/architecture.py"


def test_rooms_are_small() -> None:
    folders = Counter(path.parent for path in modules(ROOT).values())
    assert not {str(folder): count for folder, count in folders.items() if count > MOST_MODULES}


def test_modules_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules(ROOT).values()
    }
    assert not {path: length for path, length in lengths.items() if length > LONGEST_MODULE}
