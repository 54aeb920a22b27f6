"""An untouched run verifies wherever its refs are, and `verify` says what it could not check."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter

import pytest
from project import Project, create
from verify_project import copy_of, git_commands

from harness.cli import verify as verify_command
from harness.git.opening import open_repository
from harness.verify.run import VerifyOptions, verify

REFS = ("refs/harness/*:refs/harness/*", "refs/notes/harness/*:refs/notes/harness/*")


def verified(root, target="demo"):
    document = verify(open_repository(root), VerifyOptions(target))
    assert document.verified, document.differences
    return document


def clone(project, root, *arguments) -> Project:
    project.git("clone", "-q", *arguments, str(project.root), str(root))
    return Project(root, project.environment)


def test_the_repository_itself(run_made):
    result = run_made.harness("verify", "demo", "--json")
    document = result.json
    assert (result.code, document["schema"], document["verified"]) == (0, "harness.verify/1", True), (
        result.stdout
    )
    assert document["differences"] == document["remarks"] == []
    checked = document["checked"]
    assert {k: checked[k] for k in ("attempts", "candidates", "verdicts", "rows")} == {
        "attempts": 10,
        "candidates": 10,
        "verdicts": 9,
        "rows": 10,
    }
    assert (checked["approvals"], checked["fixes"], checked["commits"]) == (1, 2, 7)
    assert document["totals"] == [{"run": "demo", "attempts": 10, "output_tokens": 120}]
    assert any("--rerun-tests" in why for why in document["not_checked"])


def test_a_mirror_clone_elsewhere_without_the_original(run_made, tmp_path):
    moved = copy_of(run_made, tmp_path / "moved")
    mirror = clone(moved, tmp_path / "elsewhere" / "mirror.git", "--mirror")
    shutil.rmtree(moved.root)
    mirror.git("gc", "-q")
    result = mirror.harness("verify", HARNESS_STATE_HOME=str(tmp_path / "no-state"))
    assert result.code == 0, result.stdout + result.stderr
    assert "all runs: verified; checked 10 attempts" in result.stdout
    assert verified(mirror.root / "refs").checked == verified(run_made.root).checked


def test_a_plain_clone_needs_the_ledger_and_then_verifies(run_made, tmp_path):
    plain = clone(run_made, tmp_path / "plain")
    result = plain.harness("verify", "demo", "--json")
    assert (result.code, result.json["schema"], result.json["code"]) == (2, "harness.error/1", "no-ledger")
    assert "harness sync" in result.json["hint"]
    with_commits = plain.harness("verify", "origin/main..origin/harness/demo", "--json")
    assert (with_commits.code, with_commits.json["code"]) == (2, "no-ledger")
    plain.git("fetch", "-q", "origin", *REFS)
    assert verified(plain.root).checked == verified(run_made.root).checked


def test_a_clone_with_remote_notes_only(run_made, tmp_path):
    plain = clone(run_made, tmp_path / "plain")
    plain.git("fetch", "-q", "origin", REFS[0], "refs/notes/harness/*:refs/notes/remotes/origin/harness/*")
    assert verified(plain.root).checked.notes == 10


def test_verify_changes_nothing(run_made, tmp_path):
    mirror = clone(run_made, tmp_path / "mirror.git", "--mirror")
    before = mirror.git("for-each-ref"), mirror.git("count-objects", "-v")
    verified(mirror.root)
    assert (mirror.git("for-each-ref"), mirror.git("count-objects", "-v")) == before


def test_it_is_told_how_far_it_is(run_made):
    told: list[tuple[int, int]] = []
    verify(open_repository(run_made.root), VerifyOptions("demo", compared=lambda *far: told.append(far)))
    assert told == [(number, 10) for number in range(1, 11)]


def test_notes_and_the_branch_are_read_once_and_not_for_each_attempt(run_made, tmp_path):
    asked = git_commands(run_made, tmp_path / "bin", "verify", "demo")
    assert len([line for line in asked if line.startswith("notes ")]) == 2
    repeated = {line: count for line, count in Counter(asked).items() if count > 3}
    assert not repeated
    assert not [line for line in asked if line.startswith(("merge-base", "cat-file blob"))]
    differences = [line for line in asked if line.startswith("diff-tree")]
    assert len(differences) <= 3 * 10


def test_a_log_looks_for_diagnoses_once_and_not_for_each_phase(run_made, tmp_path):
    project = copy_of(run_made, tmp_path / "copy")
    project.git("pack-refs", "--all")
    asked = git_commands(project, tmp_path / "bin", "log", "demo")
    assert not [line for line in asked if "refs/harness/diagnoses/demo/" in line.removesuffix("demo/")]


def test_the_doctor_of_notes_reads_no_history_for_each_report(run_made, tmp_path):
    asked = git_commands(run_made, tmp_path / "bin", "notes", "doctor")
    assert not [line for line in asked if line.startswith("log --first-parent")]


def test_a_range_and_a_commit(run_made):
    document = verified(run_made.root, "main..harness/demo")
    assert (document.checked.attempts, document.checked.rows, document.runs) == (5, 10, ("demo",))
    commit = json.loads(run_made.git("show", "refs/harness/runs/demo/one:attempt.json"))["commit"]
    one = verified(run_made.root, commit)
    assert (one.checked.attempts, one.checked.notes) == (1, 2)


@pytest.mark.parametrize("target", ["main", "main..main"])
def test_without_trailers_it_passes_and_says_so(run_made, target):
    result = run_made.harness("verify", target)
    assert result.code == 0
    assert f"{target} has no commit with the harness's trailers" in result.stdout


@pytest.mark.parametrize(("target", "code"), [("nothing", "no-ledger"), ("a..b", "unknown-revision"), ("main...main", "wrong-usage")])  # fmt: skip
def test_what_can_not_be_verified_is_wrong_usage(run_made, target, code):
    result = run_made.harness("verify", target, "--json")
    assert (result.code, result.json["code"]) == (2, code)


def test_a_range_that_a_shallow_clone_cuts_is_not_taken_for_one_without_trailers(run_made, tmp_path):
    project = copy_of(run_made, tmp_path / "origin")
    for name in ("main", "harness/demo"):
        project.git("checkout", "-q", "-b", f"{name}-on", name)
        for _ in range(3):
            project.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "a person's")
    shallow = Project(tmp_path / "shallow", project.environment)
    project.git("clone", "-q", "--depth=2", "--no-single-branch", f"file://{project.root}", str(shallow.root))
    shallow.git("fetch", "-q", "origin", *REFS)
    result = shallow.harness("verify", "origin/main-on..origin/harness/demo-on", "--json")
    assert (result.code, result.json["code"]) == (2, "missing-objects")
    assert "--unshallow" in result.json["hint"]
    # What is asked for here is all there, wherever the rest ends.
    assert shallow.harness("verify", "origin/main-on~1..origin/main-on").code == 0
    shallow.git("fetch", "-q", "--unshallow", "origin")
    assert shallow.harness("verify", "origin/main-on..origin/harness/demo-on").code == 0


def test_a_range_with_a_rewritten_commit_differs(tampered):
    project = tampered.project
    commit = tampered.document("one", 1)["commit"]
    project.git("checkout", "-q", "-b", "picked", "main")
    project.git("commit", "-q", "--allow-empty", "-m", "other work")
    project.git("cherry-pick", commit)
    result = project.harness("verify", "main..picked", "--json")
    assert result.code == 1
    found = {(d["code"], d["phase"]) for d in result.json["differences"]}
    assert found == {("commit-rewritten", "one")}


def test_a_dropped_branch_is_a_remark(tampered):
    tampered.git("update-ref", "-d", "refs/heads/harness/demo")
    document = verified(tampered.project.root)
    assert [remark.code for remark in document.remarks] == ["no-branch"]


def test_a_run_that_was_dropped_and_begun_anew_verifies(tampered):
    project = tampered.project
    assert project.harness("drop", "demo").code == 0
    project.reply("odd", 2, "Not now either.\n")
    assert project.phase("odd").code == 4
    document = verified(project.root)
    assert {remark.code for remark in document.remarks} == {"run-begun-anew"}
    assert document.checked.rows == 11


def test_a_row_that_a_killed_command_left_is_a_remark_until_it_is_added(tampered):
    project = tampered.project
    before = project.rev("harness/demo")
    project.reply("odd", 2, "Not now either.\n")
    assert project.phase("odd").code == 4
    # As a command leaves it that is killed between the record and the rows.
    tampered.git("update-ref", "refs/heads/harness/demo", before)
    document = verified(project.root)
    assert [(r.code, r.message.partition(";")[0]) for r in document.remarks] == [
        ("telemetry-waits", "not there yet: odd attempt 2")
    ]
    project.reply("odd", 3, "Nor ever.\n")
    assert project.phase("odd").code == 4
    assert (verified(project.root).remarks, verified(project.root).checked.rows) == ((), 12)


def test_tests_that_say_something_else_are_named(tampered):
    commit = tampered.document("two", 3)["commit"]
    tampered.edit("two", 3, "report.json", lambda text: text.replace('"passed"', '"skipped"'))
    result = tampered.project.harness("verify", commit, "--rerun-tests", "--json")
    assert result.code == 1
    differing = {d["path"]: d["message"] for d in result.json["differences"] if d["code"] == "tests-differ"}
    assert differing["tests/test_two.py::test_value"] == "skipped as recorded, passed now"
    assert result.json["checked"]["tests_rerun"] == 1


def test_a_person_is_told_each_difference_on_a_line(tampered):
    tampered.edit("one", 1, "reply.txt", lambda text: text.replace("ONE = 1", "ONE = 2"))
    result = tampered.project.harness("verify", "demo")
    assert result.code == 1
    line = next(line for line in result.stdout.splitlines() if line.startswith("candidate-differs"))
    assert line.startswith("candidate-differs  demo/one attempt 1: reply.txt: recorded is the tree ")
    assert result.stdout.splitlines()[-1].startswith("demo: 1 difference; checked 10 attempts")


HOSTILE = {"start": "--index-output=/tmp/x", "base": "main", "tree": "HEAD", "commit": "../../x"}


@pytest.mark.parametrize("key", HOSTILE)
def test_what_is_no_object_id_gets_near_no_git_process(tampered, key):
    tampered.edit_document("one", 1, **{key: HOSTILE[key]})
    document = verify(open_repository(tampered.project.root), VerifyOptions("demo"))
    assert "ledger-broken" in {d.code for d in document.differences}


def test_what_is_sealed_while_it_verifies_is_no_difference(project, tmp_path):
    phase = 'id = "{0}"\ngoal = "Add"\ndeliverables = ["src/textkit/{0}.py"]\ntests = "none"\n'
    project.plan(*map(phase.format, ("one", "two")))
    for name in ("one", "two"):
        project.reply(name, 1, create(f"src/textkit/{name}.py", "value = 1\n"))
    project.commit(message="plan")
    assert project.phase("one").code == 0
    # The second phase is run as verify reads the first commits.
    git, again = shutil.which("git"), f"{sys.executable} -m harness run-phase two"
    wrapper = project.write(
        "../bin/git",
        f"""#!/bin/sh
case " $* " in *" log "*) mkdir {tmp_path}/once 2>/dev/null && (
unset GIT_CONFIG_GLOBAL GIT_LITERAL_PATHSPECS; PATH=${{PATH#*:}}; cd {project.root}
{again}) >/dev/null 2>&1;; esac
exec {git} "$@"
""",
        0o755,
    )
    verified = project.harness("verify", "--json", PATH=f"{wrapper.parent}:{project.environment['PATH']}")
    assert project.harness("status", "--json").json["phases"][1]["state"] == "complete"
    assert verified.json["differences"] == []
    assert project.harness("verify").code == 0


@pytest.mark.parametrize("encoding", ["latin1", "UTF-16"])
def test_the_encoding_people_read_logs_in_makes_no_difference(project, encoding):
    project.plan('id = "one"\ngoal = "Add"\ndeliverables = ["src/textkit/one.py"]\ntests = "none"\n')
    project.reply("one", 1, create("src/textkit/one.py", "value = 1\n"))
    project.write("replies/one-1.txt.usage.json", '{"output": 120, "model": "modèle"}')
    project.commit(message="plan")
    project.git("config", "i18n.logOutputEncoding", encoding)
    assert project.phase("one").code == 0
    assert project.harness("verify", "--json").json["differences"] == []


@pytest.mark.parametrize(
    ("count", "name", "told"),
    [
        (1, "fixes", "1 fix"),
        (2, "fixes", "2 fixes"),
        (1, "tests_rerun", "1 test rerun"),
        (2, "tests_rerun", "2 tests rerun"),
        (1, "attempts", "1 attempt"),
        (1200, "rows", "1,200 rows"),
    ],
)
def test_what_was_checked_is_told_in_words(count, name, told):
    assert verify_command._checked(count, name) == told
