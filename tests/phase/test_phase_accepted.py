"""A phase that is accepted: what stands in git afterwards."""

import json

import pytest
from project import create, names

PHASE = """
id = "slugify"
goal = "Add slugify() and its tests"
complexity = "low"
deliverables = ["src/textkit/slug.py", "tests/test_slug.py"]
scope = ["src/", "tests/"]
max_attempts = 2
"""
SLUG = 'def slugify(text):\n    return text.lower().replace(" ", "-")\n'
TEST = "from textkit.slug import slugify\n\n\ndef test_slug():\n    assert slugify('A b') == 'a-b'\n"


def ready(project, *replies):
    project.plan(PHASE)
    for number, operations in enumerate(replies, start=1):
        project.reply("slugify", number, *operations)
    project.commit(message="plan")
    return project.rev("HEAD")


def good():
    return [create("src/textkit/slug.py", SLUG), create("tests/test_slug.py", TEST)]


def test_accepted_phase_is_a_commit_with_notes_ledger_and_telemetry(project):
    base = ready(project, good())
    project.write(
        "replies/slugify-1.txt.usage.json",
        json.dumps({"input": 900, "output": 412, "stop_reason": "end_turn", "model": "m-1"}),
    )
    result = project.phase("slugify")
    assert result.code == 0, result.stderr
    document = result.json
    assert document["schema"] == "harness.phase/1"
    assert (document["run"], document["phase"], document["outcome"]) == ("demo", "slugify", "complete")
    attempt = document["attempts"][0]
    assert attempt["tokens"] == {"predicted": 7020, "actual": 412, "budget": 8424}
    assert attempt["stop_reason"] == "end_turn"
    commit = document["commit"]
    assert project.rev(f"{commit}^{{tree}}") == attempt["tree"]
    assert project.rev(f"{commit}^") == base
    assert project.rev("harness/demo^") == commit
    trailers = project.git("log", "-1", "--format=%(trailers:only)", commit)
    assert (
        f"Run-Id: demo\nPhase-Id: slugify\nAttempt: 1\nAgent: recorded (m-1)\nBase-Commit: {base}\n"
        in trailers
    )
    assert "Phase-Id" not in project.git("log", "-1", "--format=%(trailers:only)", "harness/demo")

    report = json.loads(project.git("notes", "--ref=harness/pytest", "show", commit))
    assert report["summary"]["passed"] == 2
    assert report["harness"] == {"run": "demo", "phase": "slugify", "attempt": 1, "tree": attempt["tree"]}
    reference = attempt["tests"]["report"]
    assert reference["ref"] == "refs/notes/harness/pytest"
    assert project.git("cat-file", "blob", reference["object"]) == project.git(
        "notes", "--ref=harness/pytest", "show", commit
    )
    assert '"status": "success"' in project.git("log", "--notes=harness/ci", "harness/demo")

    ledger = "refs/harness/runs/demo/slugify"
    assert (
        project.git("cat-file", "blob", f"{ledger}:reply.txt")
        == (project.root / "replies/slugify-1.txt").read_text()
    )
    assert project.rev(f"{ledger}^2") == commit
    row = json.loads(project.git("show", "harness/demo:telemetry/demo.ndjson"))
    assert (row["run_id"], row["phase_id"], row["attempt"]) == ("demo", "slugify", 1)
    assert (row["predicted_output_tokens"], row["actual_output_tokens"]) == (7020, 412)
    assert row["commit"] == commit
    assert project.git("fsck", "--strict") is not None


def test_tests_that_fail_first_pass_on_the_second_attempt(project):
    wrong = create("src/textkit/slug.py", "def slugify(text):\n    return text\n")
    fix = {"type": "create", "file_path": "src/textkit/slug.py", "content": SLUG}
    ready(project, [wrong, create("tests/test_slug.py", TEST)], [fix])
    result = project.phase("slugify")
    assert result.code == 0, result.stderr
    first, second = result.json["attempts"]
    assert first["outcome"] == "failed"
    assert first["tests"]["delta"]["newly_failing"] == ["tests/test_slug.py::test_slug"]
    assert names(first["violations"]) == {"test-failed"}
    assert first["tests"]["severity"] == "low"
    assert second["outcome"] == "complete"
    # The second reply names one file; the other came with the first and was carried over.
    assert project.git("show", f"{result.json['commit']}:tests/test_slug.py") == TEST
    rows = project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert [json.loads(row)["phase_success"] for row in rows] == [False, True]
    brief = json.loads(project.git("cat-file", "blob", "refs/harness/runs/demo/slugify:brief.json"))
    assert brief["previous"]["violations"][0]["code"] == "test-failed"
    assert "test_slug.py::test_slug" in brief["text"]


@pytest.mark.slow
def test_deliverables_add_up_over_attempts(project):
    ready(project, [create("src/textkit/slug.py", SLUG)], [create("tests/test_slug.py", TEST)])
    result = project.phase("slugify")
    assert result.code == 0
    first, _ = result.json["attempts"]
    assert names(first["violations"]) == {"deliverable-missing"}
    brief = json.loads(project.git("cat-file", "blob", "refs/harness/runs/demo/slugify:brief.json"))
    assert brief["deliverables"] == {"missing": ["tests/test_slug.py"], "present": ["src/textkit/slug.py"]}


def test_a_later_invocation_goes_on_where_the_last_one_stopped(project):
    ready(project, [create("src/textkit/slug.py", SLUG)])
    first = project.phase("slugify")
    assert (first.code, first.json["outcome"]) == (1, "failed")
    project.reply("slugify", 2, create("tests/test_slug.py", TEST))
    second = project.phase("slugify")
    assert second.code == 0, second.stderr
    assert [a["number"] for a in second.json["attempts"]] == [2]
    rows = project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert [json.loads(row)["attempt"] for row in rows] == [1, 2]


def test_running_a_complete_phase_again_does_nothing(project):
    ready(project, good())
    first = project.phase("slugify")
    refs = project.git("for-each-ref")
    again = project.phase("slugify")
    assert (again.code, again.json["outcome"], again.json["commit"]) == (0, "complete", first.json["commit"])
    assert project.git("for-each-ref") == refs


@pytest.mark.slow
def test_again_redoes_a_complete_phase(project):
    ready(project, good())
    project.phase("slugify")
    better = SLUG.replace("lower()", "lower().strip()")
    project.reply(
        "slugify", 2, {"type": "replace_file", "file_path": "src/textkit/slug.py", "content": better}
    )
    again = project.phase("slugify", "--again")
    assert again.code == 0, again.stdout
    assert [a["number"] for a in again.json["attempts"]] == [2]
    assert project.git("show", "harness/demo:src/textkit/slug.py") == better


def test_dry_run_records_nothing(project):
    ready(project, good())
    refs = project.git("for-each-ref")
    result = project.phase("slugify", "--dry-run")
    assert (result.code, result.json["outcome"], result.json["commit"]) == (0, "complete", None)
    assert project.git("for-each-ref") == refs


def test_response_stands_in_for_a_recorded_reply(project):
    ready(project)
    path = project.write("answer.txt", "".join(json.dumps(o) + "\n" for o in good()))
    result = project.phase("slugify", "--response", str(path))
    assert result.code == 0, result.stderr


def test_tests_that_fail_whoever_writes_the_code_are_told_of_before_anybody_is_asked_again(project):
    project.commit({"tests/test_lost.py": "import not_there\n"})
    ready(project, good())
    told = project.phase("slugify").stderr
    why = "can't be collected (tests/test_lost.py: ModuleNotFoundError: No module named 'not_there')"
    assert 0 < told.find(why) < told.find("attempt 1: failed")


@pytest.mark.slow
def test_a_dropped_run_leaves_its_ledger_and_can_be_run_again(project):
    ready(project, good(), good())
    project.phase("slugify")
    ledger = project.rev("refs/harness/runs/demo/slugify")
    assert project.harness("drop", "demo").code == 0
    assert project.rev("harness/demo") == ""
    assert project.rev("refs/harness/runs/demo/slugify") == ledger
    again = project.phase("slugify")
    assert again.code == 0, again.stderr
    assert [a["number"] for a in again.json["attempts"]] == [2]
    assert len(project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()) == 2


def test_what_was_dropped_is_not_complete_because_there_is_no_reply(project):
    """Exit code 0, and a commit that no branch has."""
    ready(project, good())
    project.phase("slugify")
    assert project.harness("drop", "demo").code == 0
    result = project.phase("slugify")
    assert (result.code, result.json["outcome"], result.json["commit"]) == (4, "unusable", None)


def test_merged_work_stays_complete_after_a_drop(project):
    ready(project, good())
    project.phase("slugify")
    project.git("merge", "-q", "--no-edit", "harness/demo")
    project.harness("drop", "demo")
    assert project.phase("slugify").json["reason"].startswith("already complete")
    for command in (["run-phase", "slugify"], ["drain"]):
        assert "harness/demo" not in (told := project.harness(*command).stdout) and "harness diff" not in told


def test_a_unified_diff_is_accepted(project):
    diff = (
        "diff --git a/src/textkit/slug.py b/src/textkit/slug.py\nnew file mode 100644\n--- /dev/null\n"
        "+++ b/src/textkit/slug.py\n@@ -0,0 +1,2 @@\n+def slugify(text):\n"
        '+    return text.lower().replace(" ", "-")\n'
        "diff --git a/tests/test_slug.py b/tests/test_slug.py\nnew file mode 100644\n--- /dev/null\n"
        "+++ b/tests/test_slug.py\n@@ -0,0 +1,5 @@\n+from textkit.slug import slugify\n+\n+\n"
        "+def test_slug():\n+    assert slugify('A b') == 'a-b'\n"
    )
    ready(project, [diff])
    result = project.phase("slugify")
    assert result.code == 0, result.stdout
    assert result.json["attempts"][0]["format"] == "unified-diff"
    assert project.git("show", "harness/demo:tests/test_slug.py") == TEST


@pytest.mark.slow
def test_the_next_phase_builds_on_the_last_and_waits_for_what_it_depends_on(project):
    second = """
id = "more"
goal = "Use slugify"
deliverables = ["src/textkit/more.py"]
depends_on = ["slugify"]
"""
    project.plan(PHASE, second)
    project.reply("slugify", 1, *good())
    project.reply("more", 1, create("src/textkit/more.py", "from textkit.slug import slugify\n"))
    project.commit(message="plan")
    blocked = project.phase("more")
    assert (blocked.code, blocked.json["outcome"], blocked.json["attempts"]) == (5, "blocked", [])
    assert "slugify" in blocked.json["reason"]
    project.phase("slugify")
    done = project.phase("more")
    assert done.code == 0, done.stdout
    assert "src/textkit/slug.py" in project.git("ls-tree", "-r", "--name-only", done.json["commit"])
    states = project.harness("status", "--json").json["phases"]
    assert [(p["phase"], p["state"]) for p in states] == [("slugify", "complete"), ("more", "complete")]
