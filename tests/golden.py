"""Golden answers: the whole answer to every worked example and every published case, as reviewed by hand.

``python -m tests.golden --write`` writes them anew; look at the difference before it is kept. They are what
``Answer.to_dict`` gives, shortened so that a person can read them: things by their identifiers, origins by their
sections, and nothing that is empty or false.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import kg
from kg.examples import examples
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "golden"


@cache
def cases() -> dict[str, kg.Case]:
    """The worked examples of the topics, and the cases in ``examples`` that are not the same, by name."""
    worked = {example.id.rsplit("/", 1)[-1]: example.case for example in examples(kg.load())}
    files = {path.stem: kg.Case.read(path) for path in sorted((ROOT / "examples").rglob("*.json"))}
    known = {_facts(case) for case in worked.values()}
    return worked | {f"{name}-file": case for name, case in files.items() if _facts(case) not in known}


def _facts(case: kg.Case) -> str:
    """What a case says, whatever the order and the note."""
    data = {
        key: sorted(value) if key in ("present", "absent", "assume_absent") else value
        for key, value in case.to_dict().items()
    }
    return json.dumps({**data, "note": ""}, sort_keys=True)


def answer(guide: kg.Guide, case: kg.Case) -> Any:
    """The answer as it comes back from a golden file."""
    return json.loads(json.dumps(_shortened(guide.assess(case).to_dict())))


def _shortened(value: Any) -> Any:
    """Without what is empty or false; a label, beside the identifier that it belongs to, says nothing more."""
    if isinstance(value, dict):
        parts = {key: _sections(part) if key == "origins" else _shortened(part) for key, part in value.items()}
        kept = {key: part for key, part in parts.items() if part or (part == 0 and part is not False)}
        if "id" in kept:
            kept.pop("label", None)
        return kept["id"] if kept.keys() == {"id"} else kept
    return [_shortened(part) for part in value] if isinstance(value, list | tuple) else value


def _sections(origins: Any) -> list[str]:
    return list(dict.fromkeys(origin["section"] or origin["source"] for origin in origins))


def stored(name: str) -> Any:
    """A golden answer; None when there is none yet."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def text(value: Any, indent: int = 0) -> str:
    """JSON with a line for each thing that holds no other thing.

    >>> print(text({"a": [1, 2], "b": {"c": {"d": 3}}}))
    {
     "a": [1, 2],
     "b": {
      "c": {"d": 3}
     }
    }
    """
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not any(isinstance(part, dict | list) and part and _holds_things(part) for part in parts):
        return json.dumps(value, ensure_ascii=False)
    names = (f"{json.dumps(key)}: " for key in value) if isinstance(value, dict) else ("" for _ in value)
    margin = "\n" + " " * indent
    lines = (f"{margin} {name}{text(part, indent + 1)}" for name, part in zip(names, parts, strict=True))
    left, right = "{}" if isinstance(value, dict) else "[]"
    return left + ",".join(lines) + margin + right


def _holds_things(value: Any) -> bool:
    return isinstance(value, dict) or any(isinstance(part, dict | list) for part in value)


def write() -> list[str]:
    """Write all golden answers anew.

    Returns:
        The names of those that changed, are new, or are gone.
    """
    FOLDER.mkdir(exist_ok=True)
    guide = kg.load()
    made = {f"{name}.json": text(answer(guide, case)) + "\n" for name, case in cases().items()}
    before = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    for name in before.keys() - made.keys():
        (FOLDER / name).unlink()
    for name, content in made.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    return sorted(name for name in before.keys() | made.keys() if before.get(name) != made.get(name))


def main(argv: Sequence[str] | None = None) -> int:
    """Write the golden answers and say what changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=write.__doc__)
    parser.add_argument("--write", action="store_true", required=True, help="replace what is there")
    parser.parse_args(argv)
    changed = write()
    print(f"{len(cases())} golden answers, {len(changed)} changed", *changed, sep="\n  ")  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
