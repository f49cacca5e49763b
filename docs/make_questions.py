"""Write ``questions.md``: every question of the catalogue, its parameters, and a true example result.

Run it after a change of the content or of the catalogue:

    python docs/make_questions.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import kg
from kg.catalogue import Question, questions
from kg.rows import Rows

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "questions.md"
CASE = ROOT / "examples" / "abnormal-radiograph.json"
_MOST = 3

HEAD = """# The questions

Each is one file of plain SPARQL 1.1 in `queries/ask/`. How to ask them here, in Python, at an endpoint or in a store of
your own: [querying.md](querying.md). The examples are true; of a longer result they show the first rows. Those about a
case are about `examples/abnormal-radiograph.json`.

Written by `docs/make_questions.py`; do not edit by hand.
"""


def page() -> str:
    """The page as it has to be.

    Returns:
        Markdown.
    """
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
    first = Rows(rows.columns, rows.terms[:_MOST])
    count = f"{len(rows)} row{'s' if len(rows) != 1 else ''}"
    about = [text for text in (question.summary, question.description, kinds) if text]
    return [f"### {question.name}\n", "\n\n".join(about), "", f"```console\n$ {words}\n{first}\n```\n", f"{count}.\n"]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
