"""The JSON formats: published schemas, round trips, and the output of the command."""

from __future__ import annotations

import copy
import doctest
import json
import pickle
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

import kg
from kg.command.verbs import main
from kg.errors import CaseError
from tests.command.test_bad_input import CASES as WRONG_CASES
from tests.conftest import ROOT

MRI = "mri-thoracic-spine-without-contrast"
SCHEMAS = ROOT / "kg" / "schemas"


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def validator(name: str) -> jsonschema.Draft202012Validator:
    resources = [
        (f"https://w3id.org/nextstudy/schema/{path.name}", schema(path.name)) for path in SCHEMAS.glob("*.json")
    ]
    registry: Registry[Any] = Registry().with_resources(
        [(iri, Resource.from_contents(contents)) for iri, contents in resources]
    )
    return jsonschema.Draft202012Validator(schema(name), registry=registry)


def test_the_schemas_are_schemas() -> None:
    for path in SCHEMAS.glob("*.json"):
        jsonschema.Draft202012Validator.check_schema(schema(path.name))


def test_the_answer_fits_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", str(ROOT / "examples" / "abnormal-radiograph.json"), "--format", "json"]) == 0
    validator("answer.schema.json").validate(json.loads(capsys.readouterr().out))


def test_the_command_says_what_python_says(
    guide: kg.Guide, opening_patient: kg.Case, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["recommend", str(ROOT / "examples" / "abnormal-radiograph.json"), "--format", "json"])
    assert json.loads(capsys.readouterr().out) == guide.assess(opening_patient).to_dict()


def test_an_answer_with_an_extra_key_does_not_fit(guide: kg.Guide, opening_patient: kg.Case) -> None:
    data = guide.assess(opening_patient).to_dict()
    data["studies"][0]["score"] = 9
    with pytest.raises(jsonschema.ValidationError):
        validator("answer.schema.json").validate(data)


def test_a_case_round_trips(opening_patient: kg.Case) -> None:
    data = opening_patient.to_dict()
    validator("case.schema.json").validate(data)
    assert kg.Case.from_dict(data) == opening_patient
    assert kg.Case.from_json(json.dumps(data)) == opening_patient
    assert hash(kg.Case.from_dict(data)) == hash(opening_patient)


def test_a_case_and_an_answer_can_be_copied(guide: kg.Guide, opening_patient: kg.Case) -> None:
    case = opening_patient.with_facts(measured={"age": Decimal("65.5")}).assuming_absent("red-flag")
    case = replace(case, order="mri-thoracic-spine-without-contrast", note="a note")
    for again in (pickle.loads(pickle.dumps(case)), copy.copy(case), copy.deepcopy(case)):  # noqa: S301
        assert again == case
        assert hash(again) == hash(case)
        assert type(again.measured) is type(case.measured)
    answer = guide.assess(opening_patient)
    copied = copy.deepcopy(answer)
    assert copied == answer


def test_every_example_file_is_a_case() -> None:
    paths = sorted((ROOT / "examples").glob("*.json"))
    assert paths
    for path in paths:
        validator("case.schema.json").validate(json.loads(path.read_text(encoding="utf-8")))


NOT_READ = ("malformed JSON", "empty file", "deep nesting", "age of 5,000 digits")


@pytest.mark.parametrize("name", [name for name in WRONG_CASES if name not in NOT_READ])
def test_what_the_schema_refuses_the_reader_refuses(name: str) -> None:
    data = json.loads(WRONG_CASES[name][0])
    if not validator("case.schema.json").is_valid(data):
        with pytest.raises(CaseError):
            kg.Case.from_dict(data)


def test_the_readme_shows_true_output(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    main(["recommend", str(ROOT / "examples" / "abnormal-radiograph.json")])
    shown = readme.split("```text\n")[1].split("```")[0]
    assert doctest.OutputChecker().check_output(shown, capsys.readouterr().out, doctest.ELLIPSIS)


def test_the_readme_code_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = readme.split("```python\n")[1].split("```")[0]
    assert len([line for line in code.splitlines() if line and not line.startswith("#")]) <= 6
    namespace: dict[str, Any] = {}
    exec(compile(code, str(Path("README.md")), "exec"), namespace)  # noqa: S102
    expected = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    assert expected == ["recommended", "MRI thoracic spine without and with IV contrast (Usually Appropriate)"]
    answer = namespace["answer"]
    assert [answer.outcome.label, *map(str, answer.best)] == expected


def test_the_help_and_the_page_of_commands_name_every_verb_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    with pytest.raises(SystemExit):
        main(["no-such-verb"])
    verbs = sorted(re.findall(r"'([a-z-]+)'", capsys.readouterr().err.split("choose from")[1]))
    assert sorted(re.findall(r"^  ([a-z-]+) {2,}\w", page, re.MULTILINE)) == verbs
    commands = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `nextstudy ([a-z-]+)", commands, re.MULTILINE)) == verbs


@pytest.mark.parametrize("verb", ["recommend", "what-to-ask", "pathway", "check-order", "why", "what-if", "capsule"])
def test_a_case_may_state_codes_for_any_verb(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coded, ours = tmp_path / "coded.json", tmp_path / "ours.json"
    coded.write_text('{"present": ["icd10cm:M546", "snomed:22631008"], "measured": {"age": 65}}', encoding="utf-8")
    ours.write_text('{"present": ["thoracic-back-pain", "unsteady-gait"], "measured": {"age": 65}}', encoding="utf-8")
    said = []
    for file in (coded, ours):
        capsule = ["-o", str(tmp_path / file.stem)]
        more = {"check-order": [MRI], "why": [MRI], "what-if": [str(ours)], "capsule": capsule}
        assert main([verb, str(file), *more.get(verb, [])]) == 0
        said.append(capsys.readouterr().out)
    assert verb == "capsule" or said[0] == said[1]


def test_a_code_that_implies_nothing_is_refused_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "coded.json"
    file.write_text('{"present": ["thoracic-back-pain", "snomed:99999999"]}', encoding="utf-8")
    assert main(["recommend", str(file)]) == 2
    assert re.search(r"coded\.json: 'snomed:99999999'.*no mapping here knows it", capsys.readouterr().err)
