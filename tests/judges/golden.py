"""Golden answers: the answer to every worked example and every published case, as reviewed by hand.

In a folder for each topic, ``verdicts.txt`` has one line for each case, so that a change of three answers is a
difference of three lines. Some twenty cases, which between them show every part of an answer, have the whole answer in
a file as well: what ``Answer.to_dict`` gives, shortened so that a person can read it: things by their identifiers,
origins by their sections, and nothing that is empty or false.

``python -m tests.judges.golden --write`` writes both anew; read the difference before you keep it. To keep the whole
answer to one more case, create an empty file for it first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import kg
from kg.author.examples import examples
from tests.conftest import ROOT, case_files

FOLDER = ROOT / "tests" / "golden"
FILES = "examples"
"""The folder of the cases that are files in ``examples`` and no worked example of a topic."""


@cache
def cases() -> dict[str, kg.Case]:
    """The worked examples of the topics, and the cases in ``examples`` that are not the same, by name."""
    worked = {example.id.rsplit("/", 1)[-1]: example.case for example in examples(kg.load())}
    files = {path.stem: kg.Case.read(path) for path in case_files()}
    known = {_facts(case) for case in worked.values()}
    return worked | {f"{name}-file": case for name, case in files.items() if _facts(case) not in known}


def place(name: str) -> Path:
    """The folder of a case: that of the topic whose worked example it is, or that of the files."""
    return FOLDER / _topics().get(name, FILES)


@cache
def _topics() -> dict[str, str]:
    """The topic of each worked example."""
    return {example.id.rsplit("/", 1)[-1]: example.id.split("/")[-3] for example in examples(kg.load())}


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


def verdict(answer: Mapping[str, Any]) -> str:
    """A golden answer in one line: what it concludes, without the reasons; a part that says nothing is left out.

    >>> verdict(
    ...     {"outcome": "recommended", "scenarios": [{"id": "fracture-risk"}], "best": [{"id": "ct"}, {"id": "mri"}]}
    ... )
    'recommended | leading: fracture-risk | next: ct, mri'
    """
    parts = ((name, dict.fromkeys(found(answer))) for name, found in PARTS.items())
    return " | ".join((answer["outcome"], *(f"{name}: {', '.join(found)}" for name, found in parts if found)))


def _ids(section: str, *keys: str) -> Callable[[Mapping[str, Any]], Iterable[str]]:
    """The identifiers of the things in a section of an answer, or of what each has under the keys."""
    return lambda answer: (_id(thing, *keys) for thing in answer.get(section, ()))


def _id(thing: Any, *keys: str) -> str:
    for key in keys:
        thing = thing[key]
    return str(thing["id"] if isinstance(thing, dict) else thing)


def _marked(section: str, mark: str) -> Callable[[Mapping[str, Any]], Iterable[str]]:
    return lambda answer: (study["id"] for study in answer.get(section, ()) if study.get(mark))


def _urgency(answer: Mapping[str, Any]) -> Iterable[str]:
    if urgency := answer.get("urgency"):
        yield f"{urgency['level']} by {' and '.join(_id(rule) for rule in urgency['rules'])}"


def _calls(answer: Mapping[str, Any]) -> Iterable[str]:
    return (" or ".join(call["contacts"]) for call in answer.get("escalations", ()) if call.get("applies"))


def _asked(answer: Mapping[str, Any]) -> Iterable[str]:
    """The first questions where an answer waits for them: a whole list in every line would be too much to read."""
    questions = answer.get("questions", ()) if answer["outcome"] == "needs-information" else ()
    return [_id(question) for question in questions if question.get("decides_scenario")][:3]


PARTS: dict[str, Callable[[Mapping[str, Any]], Iterable[str]]] = {
    "call": _calls,
    "urgency": _urgency,
    "leading": _ids("scenarios"),
    "behind": _ids("also_apply"),
    "could lead": _ids("could_lead"),
    "next": _ids("best"),
    "by": _ids("preferences"),
    "instead": _ids("alternatives", "study"),
    "impossible": _marked("studies", "contraindicated"),
    "check first": _marked("best", "cautioned"),
    "warned of": _ids("warnings"),
    "shown": _ids("results", "diagnosis"),
    "then": _ids("actions", "recommendation"),
    "belongs to": _ids("handed_to", "neighbour"),
    "nearest": lambda answer: [_id(thing) for thing in answer.get("nearest", ())[:1]],
    "undecided": _ids("undecided"),
    "ask": _asked,
}
"""The parts of a verdict line, each with what it takes from a golden answer."""


@cache
def verdicts(folder: Path) -> dict[str, str]:
    """The lines of a folder, by the name of the case."""
    path = folder / "verdicts.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()
    return dict(line.split(": ", 1) for line in lines)


@cache
def whole() -> dict[str, Path]:
    """The files of whole answers, by the name of the case."""
    return {path.stem: path for path in sorted(FOLDER.glob("*/*.json"))}


def stored(name: str) -> tuple[str, Any]:
    """The verdict line of a case, empty when there is none yet, and its whole answer, None when that is not kept."""
    written = whole()[name].read_text(encoding="utf-8") if name in whole() else ""
    return verdicts(place(name)).get(name, ""), json.loads(written) if written else None


def found(guide: kg.Guide, name: str) -> tuple[str, Any]:
    """The same from a guideline."""
    given = answer(guide, cases()[name])
    return verdict(given), given if name in whole() else None


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
        The names of the cases that changed, are new, or are gone.
    """
    guide = kg.load()
    known = {name for folder in FOLDER.iterdir() for name in verdicts(folder)}
    changed = (known | whole().keys()) - cases().keys()
    made: dict[Path, str] = {}
    for name in sorted(cases()):
        line, given = found(guide, name)
        changed |= {name} if (line, given) != stored(name) else set()
        lines = place(name) / "verdicts.txt"
        made[lines] = made.get(lines, "") + f"{name}: {line}\n"
        if given:
            made[place(name) / f"{name}.json"] = text(given) + "\n"
    for path in set(FOLDER.glob("*/*")) - made.keys():
        path.unlink()
    for path, content in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return sorted(changed)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the golden answers and say what changed."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.golden", description=write.__doc__)
    parser.add_argument("--write", action="store_true", required=True, help="replace what is there")
    parser.parse_args(argv)
    changed = write()
    print(f"{len(cases())} golden answers, {len(changed)} changed", *changed, sep="\n  ")  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
