"""A site's terminology server adds kinds once; they are kept, and no code of a patient is ever sent."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

import kg
from kg.command.verbs import main
from kg.errors import ContentError, EndpointError, ParameterError
from kg.knowledge.codes.expansion import LOCATION, expanded, kept_kinds
from tests.knowledge.codes.terminology_server import terminology_server

SCT = "http://snomed.info/sct"
KINDS = {"279038004": ["1111000", "2222000", "3333000"], "386661006": ["4444000"]}


def test_the_kinds_are_asked_for_page_by_page(guide: kg.Guide) -> None:
    done: list[tuple[int, int]] = []
    with terminology_server(KINDS) as (url, asked):
        found = expanded(guide.core.codes, url, told=lambda *each: done.append(each))
    assert found.kinds == {code: (code, *kinds) for code, kinds in KINDS.items()}
    wide = guide.core.codes.wide_codes(SCT)
    assert set(found.unknown) == set(wide) - set(KINDS)
    assert done[-1] == (len(wide), len(wide))
    assert len([path for path in asked if "279038004" in path]) == 2
    codes_sent = {unquote(path).partition("isa/")[2].partition("&")[0] for path in asked}
    assert codes_sent == set(wide), "codes of the mappings, and no others"


def test_kept_kinds_are_understood_and_nothing_is_sent_for_a_patient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "deep" / "kinds.json"
    monkeypatch.setenv(LOCATION, str(place))
    with terminology_server(KINDS) as (url, asked):
        assert main(["expand", "--tx", url]) == 0
        before = len(asked)
        guide = kg.load()
        assert guide.assess(kg.Case(present=["snomed:2222000"])).case.present == ("thoracic-back-pain",)
        assert len(asked) == before
    assert f"2 codes of SNOMED CT have 6 kinds at {url}" in " ".join(capsys.readouterr().out.split())
    assert kept_kinds()[SCT, "4444000"] == ("386661006",)
    monkeypatch.setenv(LOCATION, "")
    assert kept_kinds() == {}
    with pytest.raises(kg.UnknownTermError, match="no mapping here knows it"):
        kg.load().assess(kg.Case(present=["snomed:2222000"]))


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        ("costly", r"refuses the question \(HTTP 500\)"),
        ("redirect", r"refuses the question \(HTTP 302\)"),
        ("html", "answers with no JSON"),
        ("empty", "answers with no expansion"),
    ],
)
def test_a_server_that_fails_is_named_and_nothing_is_kept(failing: str, message: str, guide: kg.Guide) -> None:
    with terminology_server({}, failing=failing) as (url, asked):
        with pytest.raises(EndpointError, match=message) as caught:
            expanded(guide.core.codes, url)
        assert len(asked) == 1
    assert str(caught.value).startswith(url)


def test_a_server_that_is_not_there_is_named(guide: kg.Guide) -> None:
    with pytest.raises(EndpointError, match="cannot be reached"):
        expanded(guide.core.codes, "http://127.0.0.1:9/fhir")
    with pytest.raises(ParameterError, match="is no address"):
        expanded(guide.core.codes, "tx.example.org")


@pytest.mark.parametrize("text", ["[]", "{}", '{"system": "x", "kinds": [1]}', "no JSON"])
def test_a_file_that_is_none_of_ours_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "kinds.json"
    place.write_text(text, encoding="utf-8")
    monkeypatch.setenv(LOCATION, str(place))
    with pytest.raises(ContentError, match=r"kinds\.json"):
        kept_kinds()
