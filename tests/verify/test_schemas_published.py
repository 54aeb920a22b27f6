"""docs/schemas/: generated from the models, up to date, and true of what commands print and the ledger keeps."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import jsonschema
import pytest
from verify_project import Plumbing

from harness.cli.main import build_parser
from harness.phase.claims import Claim
from harness.phase.owner import Owner
from harness.schemas.published import MODELS, file_name, json_schema, schema_text
from harness.schemas.wording import one_wording

FOLDER = Path(__file__).parents[2] / "docs/schemas"


@pytest.mark.parametrize("name", MODELS)
def test_a_published_schema_is_the_model_s(name):
    text = (FOLDER / file_name(name)).read_text()
    assert text == schema_text(name), "run: python -m harness.schemas docs/schemas"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


OLDER = {
    "allOf": [{"$ref": "#/$defs/Usage"}],
    "additionalProperties": True,
    "properties": {"title": {"const": "a", "enum": ["a"], "title": "Title "}, "least": {"minimum": 0.0}},
}


def test_a_schema_reads_the_same_from_every_release_of_pydantic():
    # As 2.7 to 2.13 write it; the first test of this file holds the rest where it runs with such a release.
    assert json.dumps(one_wording(OLDER)) == (
        '{"$ref": "#/$defs/Usage", "properties": {"title": {"const": "a", "title": "Title"}, "least": {"minimum": 0}}}'
    )


def test_nothing_else_is_published():
    assert {path.name for path in FOLDER.iterdir()} == {file_name(name) for name in MODELS}


def require_valid(name, document):
    """The document fits its schema, which knows each of its keys and isn't fit by an empty one."""
    schema = json_schema(name)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert set(document) <= set(schema["properties"]) or name in ("report-line-1", "log-1"), name
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({})


COMMANDS = {
    "status-1": ["status", "demo"],
    "show-1": ["show", "demo/two"],
    "diff-1": ["diff", "demo"],
    "log-1": ["log", "demo"],
    "explain-1": ["explain", "protected-path"],
    "doctor-1": ["doctor"],
    "verify-1": ["verify", "demo"],
    "notes-1": ["notes", "show", "harness/demo~3"],
    "check-1": ["check", "replies/two-1.txt", "--phase", "two"],
    "replay-1": ["telemetry", "replay", "demo.ndjson", "--rows"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_prints_fits_its_schema(run_made, name, monkeypatch, capsys):
    command = COMMANDS[name]
    monkeypatch.chdir(run_made.root)
    monkeypatch.setenv("HARNESS_STATE_HOME", run_made.environment["HARNESS_STATE_HOME"])
    if name == "replay-1":
        rows = run_made.git("show", "harness/demo:telemetry/demo.ndjson")
        (run_made.root / ".git/demo.ndjson").write_text(rows)
        command = [*command[:2], ".git/demo.ndjson", *command[3:]]
    arguments = build_parser(command[0]).parse_args([*command, "--json"])
    importlib.import_module(f"harness.cli.{command[0]}").run(arguments)
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == f"harness.{name[:-2]}/1"
    require_valid(name, document)


def test_an_error_fits_its_schema(run_made):
    require_valid("error-1", run_made.harness("verify", "nothing", "--json").json)


EVIDENCE = {
    "attempt.json": "attempt-1",
    "context.json": "context-1",
    "seal.json": "seal-1",
    "sample.json": "sample-1",
    "brief.json": "brief-1",
    "ci.json": "ci-line-1",
    "report.json": "report-line-1",
    "approval.json": "approval-1",
    "fix.json": "fix-1",
    "fix-result.json": "fix-result-1",
}


def test_what_the_ledger_keeps_fits_its_schemas(run_made):
    plumbing, seen = Plumbing(run_made), set()
    for phase in ("one", "two", "tidy", "fixed", "work", "odd", "broken"):
        for oid in run_made.git("rev-list", "--first-parent", plumbing.ledger(phase)).split():
            for name in run_made.git("ls-tree", "--name-only", oid).split():
                if name in EVIDENCE:
                    document = json.loads(run_made.git("show", f"{oid}:{name}"))
                    require_valid(EVIDENCE[name], document)
                    seen.add(name)
    assert seen == set(EVIDENCE)


def test_what_others_are_told_of_work_fits_its_schemas(run_made):
    require_valid("gc-1", run_made.harness("gc", "--json").json)
    require_valid("notes-appraise-1", run_made.harness("notes", "appraise", "--json").json)
    owner = Owner(host="h", place="p", pid=1, began="1")
    require_valid("claim-1", json.loads(Claim(owner=owner, nonce="n", heartbeat=1.0).encode()))
