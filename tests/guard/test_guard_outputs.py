"""The verdict as JSON, SARIF and GitHub annotations, whatever the names are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protected_edits import STAGED_EDITS

from harness.codes import all_explanations
from harness.guard.github import MOST_ANNOTATIONS, summary_text, workflow_commands
from harness.guard.printing import print_json
from harness.guard.sarif import MOST_RESULTS, sarif_text
from harness.guard.violation import Violation

SCHEMA = json.loads((Path(__file__).parent / "guard_sarif_schema.json").read_text())
COMMAND = re.compile(r"::error (?:[a-z]+=[^\s:,]*(?: [^:,]*)?,?)+::(?P<data>[^\r\n]*)\n")
HOSTILE = [
    "::error file=x::boo",
    "a\n::set-output name=result::accepted",
    "a\r::stop-commands::x",
    "a,line=7,title=x::y",
    "100%0A::debug::x",
    "##[set-output name=a]b",
    "[click](https://example.com) |`<b>&",
    "\x1b[31mred",
    "\udcff\udcfe",
    "größe und 🦊",
    "../..//x y?#z",
]


def violations(names) -> list[Violation]:
    return [
        Violation("protected-path", name, f"would be added; lists {name!r}", f"leave {name}", 3)
        for name in names
    ]


def log(found) -> dict:
    document = json.loads(sarif_text(found))
    jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)
    return document


def test_the_schema_finds_faults():
    document = log(violations(["a"]))
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=12)), max_size=4))
def test_sarif_holds_and_keeps_every_name(names):
    names = [name for name in names if encodable(name)]
    (run,) = log(violations(names))["runs"]
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]]
    assert [unquote_to_bytes(place["uri"]) for place in places] == [
        name.encode("utf-8", "surrogateescape") for name in names
    ]
    assert {place["uriBaseId"] for place in places} <= set(run["originalUriBaseIds"])
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert "](" not in result["message"]["text"]
        assert result["message"]["text"].isprintable()


def test_json_has_names_that_are_no_utf8_as_every_command_has_them(capsys):
    print_json(None, violations(["\udcff.txt"]))
    document = json.loads(capsys.readouterr().out)
    assert document["violations"][0]["path"] == "\\udcff.txt"
    json.dumps(document, ensure_ascii=False).encode()


def encodable(name: str) -> bool:
    try:
        name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def test_sarif_explains_every_code_it_names():
    codes = ["protected-path", "telemetry-changed", "path-collision", "path-control-character"]
    found = [Violation(code, "a", "x", "") for code in codes]
    rules = log(found)["runs"][0]["tool"]["driver"]["rules"]
    known = all_explanations()
    assert [rule["id"] for rule in rules] == sorted(codes)
    for rule in rules:
        assert rule["shortDescription"]["text"] == known[rule["id"]].title
        assert known[rule["id"]].remedy in rule["help"]["text"]


def test_sarif_fingerprints_tell_faults_apart_and_outlast_other_lines():
    def fingerprints(*found):
        return [result["partialFingerprints"] for result in log(found)["runs"][0]["results"]]

    one, two = fingerprints(
        Violation("protected-path", "a", "x", "", 3), Violation("protected-path", "b", "x", "")
    )
    (moved,) = fingerprints(Violation("protected-path", "a", "otherwise", "", 9))
    assert one == moved != two


def test_sarif_is_cut_where_github_would_and_says_so():
    document = json.loads(sarif_text(violations(f"f{n}" for n in range(MOST_RESULTS + 7))))
    (run,) = document["runs"]
    assert len(run["results"]) == MOST_RESULTS
    del run["results"][1:]
    jsonschema.validate(document, SCHEMA)
    assert "7 further violations" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_what_is_no_files_fault_is_shown_at_the_configuration():
    (run,) = log([Violation("too-many-files", None, "x", "")])["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "harness.toml"


def test_sarif_of_an_accepted_change_has_no_results(repository):
    done = repository.guard("--sarif")
    assert done.returncode == 0
    assert json.loads(done.stdout)["runs"][0]["results"] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_gets_out_of_its_annotation(name):
    (line,) = workflow_commands(violations([name]))
    assert COMMAND.fullmatch(line), line
    assert line.isprintable() is False and line[:-1].isprintable()


def test_annotations_are_escaped_as_the_runner_reads_them():
    (line,) = workflow_commands([Violation("conflict-markers", "a,b:c%d", "50% of it", "fix it", 7)])
    assert line == (
        "::error file=a%2Cb%3Ac%25d,line=7,title=harness guard%3A conflict-markers"
        "::conflict-markers: 50%25 of it%0Afix it\n"
    )


def test_there_are_nine_annotations_and_one_that_counts_the_others():
    assert len(workflow_commands(violations(map(str, range(MOST_ANNOTATIONS))))) == MOST_ANNOTATIONS
    lines = workflow_commands(violations(map(str, range(30))))
    assert len(lines) == MOST_ANNOTATIONS + 1
    assert lines[-1] == "::error title=harness guard::21 further violations; the job summary lists all\n"


def test_the_summary_lists_all_and_no_name_leaves_its_cell():
    lines = summary_text(violations(HOSTILE), 1 << 20).decode().splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == len(HOSTILE) + 2
    assert all(row.count("|") == 5 for row in rows)
    assert not any(re.search(r"[<`\[]|&(?!#)|https?:|@", row) for row in rows)


def test_the_summary_stays_within_its_bounds():
    many = violations("x" * 100 + str(n) for n in range(20_000))
    for room in (1 << 20, 5000, 400, 10):
        text = summary_text(many, room)
        assert len(text) <= room
    assert b"more are left out" in summary_text(many, 1 << 20)


@pytest.mark.parametrize("earlier", [b"", b"x" * (1024 * 1024 - 10)])
def test_the_summary_is_added_to_what_is_there(repository, tmp_path, earlier):
    summary = tmp_path / "summary.md"
    summary.write_bytes(earlier)
    STAGED_EDITS["deletion"](repository)
    done = repository.guard("--github", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 3
    assert done.stdout.startswith(
        b"::error file=pyproject.toml,line=1,title=harness guard%3A protected-path::"
    )
    text = summary.read_bytes()
    assert text.startswith(earlier)
    assert len(text) <= 1024 * 1024
    assert (b"protected&#45;path" in text or b"protected-path" in text) == (not earlier)


def test_a_summary_that_can_not_be_written_changes_no_verdict(repository, tmp_path):
    STAGED_EDITS["deletion"](repository)
    done = repository.guard("--github", GITHUB_STEP_SUMMARY=str(tmp_path / "nowhere/summary.md"))
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


def test_an_accepted_change_has_no_annotation(repository, tmp_path):
    summary = tmp_path / "summary.md"
    done = repository.guard("--github", GITHUB_STEP_SUMMARY=str(summary))
    assert (done.returncode, done.stdout, summary.exists()) == (0, b"", False)


def test_plain_text_is_no_command_to_a_runner(repository):
    repository.write("keys/::warning::x")
    repository.git("add", "-A")
    plain = repository.guard().stdout.decode().splitlines()
    *_, name = repository.guard(GITHUB_ACTIONS="true").stdout.decode().splitlines()
    lines = repository.guard(GITHUB_ACTIONS="true").stdout.decode().splitlines()
    token = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", lines[0])[1]
    assert lines[1:-1] == plain
    assert lines[-1] == f"::{token}::"
    assert name != lines[-1], "the token must be a new one each time"


def test_the_line_of_every_output_is_one(repository):
    repository.write("src/app.py", "x\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n")
    repository.git("add", "-A")
    (violation,) = repository.verdict()["violations"]
    (run,) = json.loads(repository.guard("--sarif").stdout)["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert violation["line"] == place["region"]["startLine"] == 2
    assert b"line=2," in repository.guard("--github").stdout


@pytest.mark.parametrize("arguments", [["--json", "--sarif"], ["--github", "--json"], ["--sarif=x"]])
def test_there_is_one_output(repository, arguments):
    done = repository.guard(*arguments)
    assert done.returncode == 2
    assert b"[wrong-usage]" in done.stderr
