"""Write ``questions.md``: every question of the catalogue, its parameters, and a real example result.

Run it after a change to the content or to the catalogue:

    python tools/questions.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import kg
from kg.knowledge.ask.catalogue import Question, questions
from kg.knowledge.sparql.rows import Rows
from kg.show.text.screens.rows import first_rows

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "questions.md"
CASE = ROOT / "examples" / "abnormal-radiograph.json"

HEAD = """# The questions

Each question is a file of plain SPARQL 1.1 in `queries/ask/`. [Query](../how-to/query.md) shows how to ask it on the
command line, in Python, at an endpoint or in a store of your own. The examples show what the command prints: the first
rows, in the columns that fit; `--full` shows everything. Questions about a case are asked of
`examples/abnormal-radiograph.json`.
[Add a question](../how-to/add-a-question.md) shows how to write one of your own.

Written by `tools/questions.py`; do not edit by hand.
"""


def page() -> str:
    """The page as it should be."""
    guide, case = kg.load(), kg.Case.read(CASE)
    by_tag: dict[str, list[Question]] = defaultdict(list)
    for question in questions():
        by_tag[question.tags[0]].append(question)
    lines = [HEAD]
    for tag in sorted(by_tag):
        lines.append(f"## {'About an assessed case' if tag == 'case' else tag.capitalize()}\n")
        for question in by_tag[tag]:
            given = {parameter.name: parameter.example for parameter in question.parameters}
            rows = guide.ask(question.name, case=case if question.about_a_case else None, **given)
            lines += _entry(question, rows)
    return "\n".join(lines)


def _entry(question: Question, rows: Rows) -> list[str]:
    options = [f"--{parameter.name} {parameter.example}" for parameter in question.parameters]
    options += ["--case CASE.json"] if question.about_a_case else []
    words = " ".join(("nextstudy ask", question.name, *options))
    kinds = ", ".join(f"`{parameter.name}`: {parameter.type}" for parameter in question.parameters)
    count = f"{len(rows)} row{'s' if len(rows) != 1 else ''}"
    about = [text for text in (question.summary, question.description, kinds) if text]
    return [
        f"### {question.name}\n",
        "\n\n".join(about),
        "",
        f"```console\n$ {words}\n{first_rows(rows)}\n```\n",
        f"{count}.\n",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
