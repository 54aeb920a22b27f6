"""Repositories that git itself can't read: an error that names the file and mends it, nothing changed."""

import hashlib
import json
import os
import re

import pytest
from project import create

PHASE = 'id = "{0}"\ngoal = "Add"\ndeliverables = ["src/textkit/{0}.py"]\ntests = "none"\nmax_attempts = 1'


@pytest.fixture
def done(project, tmp_path):
    """A run whose first phase is complete, a second one with a reply, a remote, and something staged."""
    project.plan(PHASE.format("one"), PHASE.format("two"))
    for name in ("one", "two"):
        project.reply(name, 1, create(f"src/textkit/{name}.py", "A = 1\n"))
    project.commit(message="plan")
    assert project.phase("one").code == 0
    project.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    project.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    project.write("src/textkit/__init__.py", '"""Text."""\n')
    project.git("add", "-A")
    return project


def state(project):
    """Every file of the checkout and of git's folder, but for the harness's empty locks."""
    found = {}
    for folder, _, names in os.walk(project.root):
        for name in names:
            path = os.path.join(folder, name)
            if not (name.endswith(".lock") and ".git/harness/" in path):
                with open(path, "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


DAMAGED = {
    "index": b"garbage" * 20,
    "shallow": b"garbage\n",
    "packed-refs": b"garbage here\n",
    "config": b"[broken\n = x\n",
    "HEAD": b"garbage\n",
}
EVERY = "status|log|run-phase two|drain|check -|guard|guard --range HEAD..HEAD|verify|sync|diff demo"
# What does without the damaged file.
WORKS = {"index": {"status", "log", "check -", "sync"}}


@pytest.mark.parametrize("file", DAMAGED)
def test_a_damaged_repository_is_named_and_left_alone(done, file):
    head = done.commit({"pyproject.toml": ""})
    (done.root / ".git" / file).write_bytes(DAMAGED[file])
    before = state(done)
    for command in EVERY.split("|"):
        if command in WORKS.get(file, ()):
            continue
        result = done.harness(*command.split(), "--json")
        assert result.code == 2, (command, result.stderr)
        assert result.json["code"] == "damaged-repository", (command, result.stderr)
        assert re.search(rf"\.git/{file}\b", result.json["message"]), result.json
        assert result.json["hint"], command
        assert "Traceback" not in result.stderr
    push = f"refs/heads/main {head} refs/heads/main {'0' * 40}\n".encode()
    pushed = done.harness("guard", "--pre-push", "--json", stdin=push)
    assert (pushed.code, pushed.json["code"]) == (2, "damaged-repository"), pushed.stderr
    for command in ("gc", "gc --apply"):
        assert done.harness(*command.split()).code in (0, 2)
    doctor = done.harness("doctor", "--json")
    assert doctor.code == 1
    assert "[damaged-repository]" in "".join(check["message"] for check in doctor.json["checks"])
    assert state(done) == before


def test_the_advice_on_a_damaged_index_loses_nothing(done):
    (done.root / ".git/index").write_bytes(b"garbage")
    hint = done.harness("guard", "--json").json["hint"]
    os.replace(done.root / ".git/index", done.root / ".git/index.damaged")
    assert f"mv {done.root}/.git/index {done.root}/.git/index.damaged && git reset" in hint
    done.git("reset")
    assert done.harness("guard").code == 0
    assert (done.root / "src/textkit/__init__.py").read_text() == '"""Text."""\n'


def test_what_a_damaged_index_has_no_part_in_goes_on(done):
    (done.root / ".git/index").write_bytes(b"garbage")
    assert done.harness("status").code == 0
    assert done.harness("sync").code == 0
    assert done.check(json.dumps(create("src/textkit/x.py", "A = 1\n"))).code == 0
    assert (done.root / ".git/index").read_bytes() == b"garbage"


def test_a_branch_whose_ref_is_damaged(done):
    (done.root / ".git/refs/heads/main").write_text("garbage\n")
    for command in (["run-phase", "two"], ["check", "-"], ["verify"]):
        result = done.harness(*command, "--json")
        assert (result.code, result.json["code"]) == (2, "damaged-repository"), result.stderr
        assert "commit something first" not in result.json["hint"]


def test_the_repository_that_lent_its_objects_is_gone(done, tmp_path):
    borrower = tmp_path / "borrower"
    done.git("clone", "-q", "--shared", str(done.root), str(borrower))
    assert done.harness("status", cwd=borrower).code == 0
    os.replace(done.root, tmp_path / "elsewhere")
    for command in (["status"], ["run-phase", "two"], ["check", "-"], ["verify"]):
        result = done.harness(*command, "--json", cwd=borrower)
        assert (result.code, result.json["code"]) == (2, "damaged-repository"), (command, result.stderr)
        assert f"{borrower}/.git/objects/info/alternates" in result.json["message"]
    os.replace(tmp_path / "elsewhere", done.root)
    (done.root / ".git/objects/info").mkdir(exist_ok=True)
    (done.root / ".git/objects/info/alternates").write_text("/nowhere/objects\n")
    assert done.phase("two").code == 0  # nothing is missing all the same


def test_a_lock_that_a_killed_git_left(done):
    (done.root / ".git/index.lock").touch()
    assert done.phase("two").code == 0
    lock = done.root / ".git/packed-refs.lock"
    lock.touch()
    before = done.git("for-each-ref")
    result = done.harness("drop", "demo", "--json")
    assert (result.code, result.json["code"]) == (2, "repository-locked"), result.stderr
    assert str(lock) in result.json["message"]
    assert done.git("for-each-ref") == before
    assert lock.exists()


LONG = f"{'a' * 3000} text\n"
MODULES = '[submodule "x"]\n\tpath = x\n\turl = https://example.com/x\n\tupdate = !ls\n'


@pytest.mark.parametrize(
    ("path", "content"), [(".gitattributes", LONG), (".gitmodules", MODULES)], ids=["attributes", "modules"]
)
def test_what_fsck_says_of_a_file_that_was_there_keeps_no_phase_from_landing(project, path, content):
    project.plan(PHASE.format("one"))
    project.reply("one", 1, create("src/textkit/one.py", "A = 1\n"))
    project.commit({path: content}, "plan")
    done = project.phase("one")
    assert done.code == 0, done.stderr
    assert project.harness("verify").code == 0


def test_what_git_does_not_take_is_no_fault_and_what_was_answered_is_kept(project):
    project.plan(PHASE.format("one").replace("src/textkit/one.py", ".gitmodules"))
    project.reply("one", 1, create(".gitmodules", MODULES))
    project.commit(message="plan")
    done = project.phase("one")
    assert (done.code, done.json["code"]) == (5, "content-unsafe"), done.stderr
    assert "!ls" in project.git("show", "refs/harness/unlanded/demo/one:reply.txt")
    assert project.rev("harness/demo") == ""


def test_what_was_answered_while_another_git_holds_a_lock_is_kept(project):
    lock = project.root / ".git/refs/harness/runs/demo/one.lock"
    script = f"#!/bin/sh\necho 'A = 1' > src/textkit/one.py\nmkdir -p {lock.parent}\ntouch {lock}\n"
    project.write("agent.sh", script, 0o755)
    agent = '[agents.locking]\nkind = "command"\ncommand = ["./agent.sh"]\nedits = "worktree"\n'
    config = (project.root / "harness.toml").read_text()
    project.write("harness.toml", f'{config}\n{agent}\n[containment]\nmode = "off"\n')
    project.plan(PHASE.format("one") + '\nagent = "locking"')
    project.commit(message="plan")
    done = project.phase("one")
    assert (done.code, done.json["code"]) == (2, "repository-locked"), done.stderr
    assert "+A = 1" in project.git("show", "refs/harness/unlanded/demo/one:edits.patch")
    assert project.rev("refs/harness/runs/demo/one") == ""


BROKEN = ["refs/harness/runs/demo/one", "refs/heads/harness/demo", "refs/notes/harness/ci"]


@pytest.mark.parametrize("content", ["", "garbage\n"])
@pytest.mark.parametrize("ref", BROKEN)
def test_a_ref_of_ours_that_a_power_failure_left_without_a_commit(done, ref, content):
    """The run was said to have done nothing, and its phase was begun anew."""
    done.git("notes", "--ref=harness/ci", "add", "-m", "a note", "HEAD")
    place = done.root / ".git" / ref
    whole = place.read_text()
    place.write_text(content)
    before = done.git("for-each-ref")
    for command in ("run-phase two", "drain", "verify"):
        result = done.harness(*command.split(), "--json")
        assert (result.code, result.json["code"]) == (2, "damaged-repository"), (command, result.stderr)
        assert str(place) in result.json["message"]
    if ref != BROKEN[2]:
        assert done.harness("status", "demo").code == 2
    assert "[damaged-repository]" in done.harness("doctor").stdout
    assert (done.git("for-each-ref"), place.read_text()) == (before, content)
    hint = result.json["hint"]
    if "git fsck" in hint:
        lost = done.git("fsck", "--lost-found", check=False)
        assert f"dangling commit {whole}" in lost
    else:
        log = done.root / ".git/logs" / ref
        assert str(log) in hint
        assert log.read_text().splitlines()[-1].split()[1] == whole.strip()
    place.write_text(whole)
    assert done.harness("verify", "demo").code == 0


OBSTRUCTED = {
    "a pipe": os.mkfifo,
    "a link to nowhere": lambda place: place.symlink_to("/nowhere/at/all"),
    "a link to itself": lambda place: place.symlink_to(place.name),
}


@pytest.mark.parametrize("kind", OBSTRUCTED)
@pytest.mark.parametrize("ref", BROKEN)
def test_what_stands_in_place_of_a_ref_of_ours_is_not_its_absence(done, ref, kind):
    """git waited for a pipe for ever, and a link to nowhere was no ref, so that its phase was begun anew."""
    done.git("notes", "--ref=harness/ci", "add", "-m", "a note", "HEAD")
    place = done.root / ".git" / ref
    whole = place.read_text()
    place.unlink()
    OBSTRUCTED[kind](place)
    commands = ["run-phase two", "drain", "verify", "sync", "fix -- true"]
    commands += ["status", "diff demo"] * (ref in BROKEN[:2])
    for command in commands:
        result = done.harness(*command.split())
        assert result.code == 2, (command, result.stderr)
        assert f"git can't read {place}: it is " in result.stderr, command
        assert "[damaged-repository]" in result.stderr
        assert f"rm {place}, then " in result.stderr
    assert "[damaged-repository]" in done.harness("doctor").stdout
    place.unlink()
    place.write_text(whole)
    assert done.harness("verify", "demo").code == 0


def test_a_link_in_place_of_a_ref_that_git_follows_is_one(done):
    place = done.root / ".git" / BROKEN[0]
    place.rename(place.with_name("kept-elsewhere.lock"))
    place.symlink_to("kept-elsewhere.lock")
    assert done.harness("verify", "demo").code == 0
    assert done.harness("status", "--json").json["phases"][0]["state"] == "complete"
