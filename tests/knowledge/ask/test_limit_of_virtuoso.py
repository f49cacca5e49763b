"""The rows of an endpoint with a limit are all the rows: of Virtuoso, which cuts them in silence but for a header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kg
from kg.errors import EndpointError
from kg.knowledge.ask.catalogue import questions
from tests.judges.virtuoso import GRAPH, installed, virtuoso


def test_every_question_has_all_its_rows(guide: kg.Guide, tmp_path: Path) -> None:
    if not installed():
        pytest.skip("needs the Debian package virtuoso-opensource")
    with virtuoso(tmp_path, guide.core.lookup.store, rows=20) as url:
        endpoint, differ = kg.remote(url, graph=GRAPH), {}
        for question in questions():
            if not question.about_a_case:
                examples: dict[str, Any] = {parameter.name: parameter.example for parameter in question.parameters}
                expected, found = (asked.ask(question.name, **examples) for asked in (guide, endpoint))
                if found != expected:
                    differ[question.name] = len(found), len(expected)
        assert not differ
        with pytest.raises(EndpointError, match="raise its limit on results"):
            endpoint.content()
