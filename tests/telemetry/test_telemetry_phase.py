"""The row an attempt leaves: bounded, flagged, and never in the place of something else."""

import json

import pytest
from project import create

PHASE = """
id = "work"
goal = "Add modules"
deliverables = {deliverables}
scope = ["**"]
max_attempts = 1
tests = "none"
"""
NEW = "src/textkit/new.py"


def plan(project, *deliverables):
    project.plan(PHASE.format(deliverables=json.dumps(deliverables or [NEW])))
    project.commit(message="plan")


def rows(project):
    text = project.git("show", "harness/demo:telemetry/demo.ndjson")
    return [json.loads(line) for line in text.splitlines()]


def test_fewer_than_fifty_tokens_are_kept_flagged_and_left_out_with_a_reason(project):
    """Case 16."""
    plan(project)
    project.reply("work", 1, create(NEW, "value = 1\n"))
    project.write("replies/work-1.txt.usage.json", json.dumps({"output": 49}))
    assert project.phase("work").code == 0
    assert [(row["actual_output_tokens"], row["implausible"]) for row in rows(project)] == [(49, True)]
    report = project.harness("telemetry", "replay", "--runs", "--json").json
    assert (report["samples"], report["excluded"]["implausible"]) == (0, 1)
    assert "49 output tokens" in report["excluded_rows"][0]["why"]


def test_many_deliverables_are_counted_and_long_ones_cut(project):
    """Case 17."""
    long = f"src/{'x' * 243}.py"
    plan(project, *(f"src/m{number}.py" for number in range(25)), long)
    project.reply(
        "work", 1, *(create(f"src/m{number}.py", "a = 1\n") for number in range(25)), create(long, "b = 1\n")
    )
    assert project.phase("work").code == 0
    (row,) = rows(project)
    assert (row["deliverable_count"], len(row["deliverables"])) == (26, 20)
    plan(project, long)
    project.reply("work", 2, create(long, "c = 1\n"))
    assert project.phase("work", "--again").code in (0, 3, 4)
    cut = rows(project)[-1]["deliverables"][0]
    assert len(cut) == 200 and cut.endswith("...")


@pytest.mark.parametrize("there", ["telemetry", "telemetry/demo.ndjson/x", "a link"])
def test_nothing_of_the_users_is_written_over_by_rows(project, there):
    """Case 20: it is said before an agent is asked, and nothing is changed."""
    if there == "a link":
        (project.root / "telemetry").symlink_to("src")
    else:
        project.write(there, "mine\n")
    plan(project)
    project.reply("work", 1, create(NEW, "value = 1\n"))
    before = project.git("for-each-ref")
    answer = project.phase("work")
    assert (answer.code, answer.json["code"]) == (2, "telemetry-obstructed")
    assert project.git("for-each-ref") == before
    drained = project.harness("drain")
    assert "telemetry-obstructed" in drained.stderr and drained.code in (2, 5)


@pytest.mark.parametrize("path", ["telemetry", "Telemetry", "telemetry/demo.ndjson/x"])
def test_a_phase_puts_nothing_in_their_place(project, path):
    plan(project)
    project.reply("work", 1, create(NEW, "value = 1\n"), create(path, "mine\n"))
    answer = project.phase("work")
    assert answer.code == 3
    assert [v["code"] for v in answer.json["attempts"][0]["violations"]] == ["harness-file"]
