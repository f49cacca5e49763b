"""No phrase is written twice: what text and HTML share comes from one module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

SHOW = ROOT / "kg" / "show"
PHRASES = SHOW / "text" / "phrases.py"


def words(text: str) -> tuple[str, ...]:
    """The words of a text, whatever their case and the signs around them."""
    return tuple(filter(None, (word.strip(".,;:()-~ ").lower() for word in text.split())))


def phrases(path: Path) -> dict[tuple[str, ...], str]:
    """Every string of a module that has more than two words, with its place; docstrings aside."""
    found = {}
    for text in _strings(ast.parse(path.read_text(encoding="utf-8"))):
        said = words(text.value)  # type: ignore[arg-type]
        if len(said) > 2:
            found[said] = f"{path.parent.name}/{path.name}:{text.lineno}"
    return found


def _strings(node: ast.AST) -> Iterator[ast.Constant]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        yield from _strings(child)


def twice(*places: list[Path]) -> list[tuple[str, ...]]:
    """The phrases that stand in a module of more than one group."""
    groups = [{said: place for path in paths for said, place in phrases(path).items()} for paths in places]
    return [
        (one[said], other[said])
        for number, one in enumerate(groups)
        for other in groups[number + 1 :]
        for said in sorted(one.keys() & other.keys())
    ]


def test_text_and_html_share_no_phrase_but_through_one_module() -> None:
    text = [path for path in sorted((SHOW / "text").glob("*.py")) if path != PHRASES]
    html = sorted((SHOW / "html").glob("*.py"))
    assert text and html
    assert not twice(text, html, [PHRASES])


def test_a_phrase_that_stands_twice_is_found(tmp_path: Path) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text('"""No case whose answer changes."""\nSAID = f"CASES THAT CHANGE: {len([])}"\n', encoding="utf-8")
    other.write_text('"""No case whose answer changes."""\nSAID = "Cases that change"\n', encoding="utf-8")
    (found,) = twice([one], [other])
    assert [place.split("/")[-1] for place in found] == ["one.py:2", "other.py:2"]
