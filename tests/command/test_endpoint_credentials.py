"""A user of an endpoint: named on the command line, the password in the environment, shown nowhere."""

from __future__ import annotations

import pytest

import kg
from kg.command.verbs import main
from kg.errors import ParameterError
from tests.conftest import ROOT
from tests.judges.endpoints import endpoint, peculiar

CASE = str(ROOT / "examples" / "abnormal-radiograph.json")
SECRET = "s3cret"  # noqa: S105 - of nobody


def test_a_guide_of_an_endpoint_with_a_password(guide: kg.Guide, opening_patient: kg.Case) -> None:
    with endpoint(peculiar(guide.core.lookup.store, "basic")) as (url, seen):
        loaded = kg.load(url, user="ann", password=SECRET)
        assert loaded.assess(opening_patient) == guide.assess(opening_patient)
    assert all(asked.headers["Authorization"].startswith("Basic ") for asked in seen)
    assert SECRET not in repr(kg.remote(url, user="ann", password=SECRET))


def test_the_command(guide: kg.Guide, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint(peculiar(guide.core.lookup.store, "basic")) as (url, _):
        for words in (["ask", "topics", "--endpoint", url], ["find", "fever", "--content", url]):
            monkeypatch.delenv("NEXTSTUDY_PASSWORD", raising=False)
            assert main(words) == 2
            assert "--user and the environment variable NEXTSTUDY_PASSWORD" in capsys.readouterr().err
            assert main([*words, "--user", "ann"]) == 2
            assert "needs a password; put it into the environment variable" in capsys.readouterr().err
            monkeypatch.setenv("NEXTSTUDY_PASSWORD", SECRET)
            assert main([*words, "--user", "ann"]) == 0
            assert SECRET not in "".join(capsys.readouterr())


def test_a_password_that_is_not_taken_is_not_shown(
    guide: kg.Guide, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXTSTUDY_PASSWORD", SECRET)
    with endpoint(peculiar(guide.core.lookup.store, "digest")) as (url, _):
        assert main(["ask", "topics", "--endpoint", url, "--user", "ann"]) == 2
    assert SECRET not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "verb", [["recommend", CASE], ["ask", "topics"], ["find", "fever"], ["prove"], ["build", "-o", "x"]]
)
@pytest.mark.parametrize("form", [["--password", SECRET], [f"--password={SECRET}"]])
def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    verb: list[str], form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*verb, "--user", "ann", *form]) == 2
    said = capsys.readouterr().err
    assert "can be read by others; put it into the environment variable NEXTSTUDY_PASSWORD" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "verb", [["recommend", CASE], ["ask", "topics"], ["prove"], ["check"], ["audit", "x.csv", "-o", "y.csv"]]
)
def test_a_user_without_an_endpoint_is_refused(
    verb: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXTSTUDY_PASSWORD", SECRET)
    assert main([*verb, "--user", "ann"]) == 2
    said = capsys.readouterr().err
    assert "endpoint" in said
    assert SECRET not in said


def test_a_user_and_a_password_come_together() -> None:
    for user, password in (("ann", ""), ("", SECRET), ("ann:x", SECRET)):
        for opened in (kg.remote, kg.load):
            with pytest.raises(ParameterError, match="both of them; give both or neither") as no:
                opened("http://localhost:1/sparql", user=user, password=password)
            assert SECRET not in str(no.value)
    with pytest.raises(ParameterError, match="those of an endpoint; leave them out"):
        kg.load(user="ann", password=SECRET)
