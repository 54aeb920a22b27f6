"""Refs of the harness that lead to objects which aren't here: doctor tells, and no command ends with a fault."""

import pytest
from project import create

PHASES = [
    f'id = "{name}"\ngoal = "Add"\ndeliverables = ["src/textkit/{name}.py"]\ntests = "none"\nmax_attempts = 1'
    for name in ("one", "two")
]
BRANCH, LEDGER = "refs/heads/harness/demo", "refs/harness/runs/demo/one"
TRACKED = "refs/harness/remotes/origin/harness/runs/demo/one"


@pytest.fixture
def done(project, tmp_path):
    """A run whose first phase is complete, the second with a reply, and everything on a remote."""
    project.plan(*PHASES)
    for name in ("one", "two"):
        project.reply(name, 1, create(f"src/textkit/{name}.py", "A = 1\n"))
    project.commit(message="plan")
    assert project.phase("one").code == 0
    project.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    project.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    assert project.harness("sync").code == 0
    return project


def lose(project, revision):
    """Take away the object of a revision, as a broken copy does."""
    oid = project.rev(revision)
    (project.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    return oid


def records(project):
    result = project.harness("doctor", "--json")
    return next((c for c in result.json["checks"] if c["name"] == "records"), None), result


def test_doctor_says_that_nothing_is_lost(project, done):
    check, result = records(done)
    assert (result.code, check["state"]) == (0, "ok")
    assert check["message"].startswith("complete: ")


LOST = {
    "the entry": (LEDGER, LEDGER, "record-unreadable", "status|log|run-phase one"),
    "its facts": (f"{LEDGER}:attempt.json", LEDGER, "record-unreadable", "status|log|run-phase one"),
    "the entry before": (f"{LEDGER}^", LEDGER, "record-unreadable", "status"),
    "a file of the evidence": (f"{LEDGER}:context.json", LEDGER, "record-unreadable", ""),
    "the branch": (BRANCH, BRANCH, "missing-objects", "status|run-phase two|drain|verify|diff demo|sync"),
    "its tree": (f"{BRANCH}^{{tree}}", BRANCH, "missing-objects", "status|run-phase two|drain|verify"),
    "the phase's commit": (f"{BRANCH}^", BRANCH, "missing-objects", "verify"),
    "a file of the phase": (f"{BRANCH}:src/textkit/one.py", BRANCH, "missing-objects", "diff demo"),
}
EXITS = {"record-unreadable": 5, "missing-objects": 2}


@pytest.mark.parametrize("what", LOST)
def test_what_leads_to_a_lost_object_is_named(done, what):
    revision, ref, code, commands = LOST[what]
    oid = lose(done, revision)
    check, result = records(done)
    assert (result.code, check["state"]) == (1, "fail"), result.stdout
    assert ref in check["message"]
    assert oid[:12] in check["message"]
    assert f"[{code}]" in check["message"]
    assert check["remedy"]
    for command in filter(None, commands.split("|")):
        refused = done.harness(*command.split())
        assert refused.code == EXITS[code], (command, refused.stderr)
        assert f"{ref} can't be read" in refused.stderr
        assert f"[{code}]" in refused.stderr
    # What the hint says mends it.
    where = "" if code == "missing-objects" else f" REMOTE {ref}"
    assert f"git fetch --refetch --no-filter{where}" in check["remedy"]
    done.git("fetch", "-q", "--refetch", "--no-filter", *where.replace("REMOTE", "origin").split())
    assert records(done)[0]["state"] == "ok"
    assert done.harness("verify").code == 0


def test_what_readers_leave_out_keeps_no_phase_from_being_run(done):
    done.git("update-ref", "refs/harness/diagnoses/demo/one", LEDGER)
    (done.root / ".git/refs/harness/diagnoses/demo/one").write_text("1" * 40 + "\n")
    check, result = records(done)
    assert (result.code, check["state"]) == (0, "warn")
    assert "refs/harness/diagnoses/demo/one" in check["message"]
    assert done.phase("two").code == 0
