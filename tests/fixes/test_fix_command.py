"""`harness fix`: what may run, where it runs, what becomes of its edits, and that each is recorded once."""

import fcntl
import itertools
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from project import create, names
from python_environments import plain_python

PHASE = """
id = "{0}"
goal = "Sums"
deliverables = ["src/textkit/{1}.py"]
scope = ["src/"]
tests = "none"
"""


@pytest.fixture
def project(project):
    project.plan(PHASE.format("phase-1", "one"), PHASE.format("phase-10", "ten"))
    project.commit(message="plan")
    return project


def fix(project, *command, phase="phase-1", options=(), **environment):
    chosen = ["--phase", phase] if phase else []
    return project.harness("fix", *chosen, *options, "--json", "--", *command, **environment)


def journal(project, *arguments):
    return project.harness("log", *arguments, "--fixes", "--json").json["entries"]


def state(project):
    """Everything of the user's that a fix must leave alone."""
    refs = project.git(
        "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags", "refs/stash"
    )
    status = project.git("status", "--porcelain", "--ignored")
    config = (project.root / ".git/config").read_text()
    return refs, project.git("rev-parse", "HEAD"), status, config, project.git("stash", "list")


DESTRUCTIVE = [
    ["git", "reset", "--hard"],
    ["git", "checkout", "-f", "."],
    ["git", "clean", "-fd"],
    ["git", "stash", "drop"],
    ["git -C . reset --hard HEAD~1"],
    ["sh", "-c", "git branch -D main"],
    ["env X=1 git push --force origin main"],
    ["rm", "-f", "../x"],
    ["mv", "src", "/tmp"],
    ["pip", "install", "git+https://example.invalid/x"],
]


@pytest.mark.parametrize(
    ("command", "fix_type"), list(zip(DESTRUCTIVE, itertools.cycle(["git", "python", "file"]), strict=False))
)
def test_destructive_commands_are_refused_and_recorded_once(project, command, fix_type):
    """Cases 77 and 78, whatever the fix was declared as."""
    project.write("src/textkit/work.py", "half made\n")
    before = state(project)
    result = fix(project, *command, options=["--type", fix_type])
    document = result.json
    assert (result.code, document["decision"], document["result"]) == (3, "refused", None), result.stderr
    assert document["code"]
    assert document["safe_alternative"]
    [entry] = journal(project)
    assert (entry["run"], entry["phase"], entry["decision"]) == ("demo", "phase-1", "refused")
    assert (entry["code"], entry["fix_type"], entry["id"]) == (document["code"], fix_type, document["id"])
    assert entry["refs"]["HEAD"] == project.rev("HEAD")
    assert state(project) == before


def test_a_fix_without_commands_is_refused_and_recorded(project):
    result = fix(project, options=["--type", "git"])
    assert (result.code, result.json["code"]) == (3, "no-command")
    assert [e["code"] for e in journal(project)] == ["no-command"]


def test_a_verify_command_passes_through_the_same_gate(project):
    """Case 78: the original ran it unseen."""
    result = fix(project, "true", options=["--verify", "git reset --hard"])
    assert (result.code, result.json["decision"]) == (3, "refused")
    assert [e["result"] for e in journal(project)] == [None]


def test_a_verify_command_that_fails_keeps_nothing(project):
    result = fix(project, "touch src/textkit/one.py", options=["--verify", "false"])
    answer = result.json["result"]
    assert (result.code, answer["outcome"], answer["verified"]) == (1, "failed", False)
    assert project.phase("phase-1").json["outcome"] != "complete"


def test_what_a_verify_command_writes_is_no_edit(project):
    """Byte code of the tests made a fix with the documented `--verify 'pytest -q'` one out of scope."""
    project.commit({".gitignore": "", "tests/test_base.py": "def test_one():\n    assert True\n"})
    project.environment.pop("PYTHONDONTWRITEBYTECODE", None)
    project.environment["PATH"] = f"{plain_python().parent}{os.pathsep}{project.environment['PATH']}"
    for verify in ("python -m pytest -q -p no:cacheprovider", "touch left.txt"):
        again = f"echo '# {verify}' >> src/textkit/one.py"
        result = fix(project, again, options=["--verify", verify]).json["result"]
        assert (result["outcome"], result["verified"]) == ("kept", True), result
        assert result["changes"] == ["src/textkit/one.py"]


def test_the_edits_of_a_fix_are_the_candidate_of_the_next_attempt(project):
    before = state(project)
    result = fix(project, "printf 'ONE = 1\\n' > src/textkit/one.py")
    answer = result.json["result"]
    assert (result.code, answer["outcome"]) == (0, "kept"), result.stderr
    assert answer["changes"] == ["src/textkit/one.py"]
    assert state(project) == before
    phase = project.phase("phase-1")
    [attempt] = phase.json["attempts"]
    assert (phase.code, attempt["outcome"], attempt["format"]) == (0, "complete", "fix"), phase.stderr
    assert project.git("show", "harness/demo:src/textkit/one.py") == "ONE = 1\n"


def test_fixes_build_on_each_other_and_on_the_last_candidate(project):
    project.reply("phase-1", 1, create("src/textkit/other.py", "OTHER = 1\n"))
    assert project.phase("phase-1").json["outcome"] == "failed"
    assert fix(project, "cp src/textkit/other.py src/textkit/copy.py").json["result"]["outcome"] == "kept"
    assert fix(project, "sed -i s/OTHER/ONE/ src/textkit/copy.py").json["result"]["outcome"] == "kept"
    assert fix(project, "mv", "src/textkit/copy.py", "src/textkit/one.py").json["result"]["outcome"] == "kept"
    assert project.phase("phase-1").json["outcome"] == "complete"
    tree = project.git("ls-tree", "-r", "--name-only", "harness/demo")
    assert {"src/textkit/one.py", "src/textkit/other.py"} <= set(tree.split())
    assert project.git("show", "harness/demo:src/textkit/one.py") == "ONE = 1\n"


def test_edits_against_the_rules_are_dropped(project):
    result = fix(project, "printf 'x\\n' >> pyproject.toml")
    answer = result.json["result"]
    assert (result.code, answer["outcome"]) == (3, "refused")
    assert names(answer["violations"]) >= {"protected-path"}
    assert project.phase("phase-1").json["outcome"] == "unusable"


def test_a_fix_that_only_looks_changes_nothing(project):
    result = fix(project, "git", "log", "--oneline")
    assert (result.code, result.json["result"]["outcome"]) == (0, "unchanged")
    assert [e["outcome"] for e in journal(project)] == ["unchanged"]


def test_a_command_that_fails_keeps_nothing(project):
    result = fix(project, "touch src/textkit/one.py && false")
    assert (result.code, result.json["result"]["outcome"]) == (1, "failed")
    missing = fix(project, "python3", "no_such_script.py")
    assert (missing.code, missing.json["result"]["outcome"]) == (1, "failed")


def test_a_dry_run_decides_and_records_nothing(project):
    result = fix(project, "git", "status", options=["--dry-run"])
    assert (result.code, result.json["decision"], result.json["result"]) == (0, "allowed", None)
    assert fix(project, "git", "reset", "--hard", options=["--dry-run"]).code == 3
    assert project.git("for-each-ref", "refs/harness") == ""


@pytest.mark.slow
def test_no_entry_of_a_phase_alters_those_of_another(project):
    """Case 79."""
    for phase in ("phase-10", "phase-1", "phase-10", "phase-1", "phase-1"):
        assert fix(project, "git", "reset", "--hard", phase=phase).code == 3
        tips = {name: project.rev(f"refs/harness/runs/demo/{name}") for name in ("phase-1", "phase-10")}
        assert fix(project, "git", "stash", "clear", phase="phase-1").code == 3
        assert project.rev("refs/harness/runs/demo/phase-10") == tips["phase-10"]
        project.git(
            "merge-base", "--is-ancestor", tips["phase-1"] or "HEAD", "refs/harness/runs/demo/phase-1"
        ) if tips["phase-1"] else None
    assert len(journal(project, "demo/phase-10")) == 2
    assert len(journal(project, "demo/phase-1")) == 8
    assert len(journal(project)) == 10


def test_without_a_phase_the_record_has_a_ref_of_its_own(project):
    assert fix(project, "git", "reset", "--hard", phase=None).code == 3
    looked = fix(project, "git", "status", phase=None)
    assert (looked.code, looked.json["run"]) == (0, None)
    assert project.rev("refs/harness/fixes")
    assert [e["outcome"] for e in journal(project)] == ["refused", "unchanged"]


def test_the_command_line_is_no_way_around_the_plan(project):
    result = fix(project, "git", "stash", "pop", options=["--run-type", "maintenance"])
    assert (result.code, result.json["code"]) == (2, "other-run-type")
    assert fix(project, "true", options=["--run", "other"]).json["code"] == "other-run"
    assert fix(project, "true", phase="none").json["code"] == "unknown-phase"


def test_aliases_of_the_repository_are_followed(project):
    project.git("config", "alias.nuke", "reset --hard")
    project.git("config", "alias.shell", "!git clean -fd")
    project.git("config", "alias.st", "status --short")
    assert fix(project, "git", "nuke").code == 3
    assert fix(project, "git", "shell").code == 3
    assert fix(project, "git", "st").json["result"]["outcome"] == "unchanged"


def test_a_secret_somebody_typed_is_not_kept(project):
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    assert fix(project, f"echo {token}").json["decision"] == "allowed"
    objects = project.git("rev-list", "--objects", "--all").split()
    for oid in objects:
        assert token not in project.git("cat-file", "-p", oid, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.3, 0.9, 2.0])
def test_a_killed_fix_is_recorded_at_most_once_and_leaves_nothing(project, moment):
    before = state(project)
    command = [
        sys.executable,
        "-m",
        "harness",
        "fix",
        "--phase",
        "phase-1",
        "--",
        "sleep 30; touch src/textkit/one.py",
    ]
    process = subprocess.Popen(
        command,
        cwd=project.root,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert state(project) == before
    assert [e["outcome"] for e in journal(project)] in ([], ["interrupted"])
    assert fix(project, "git", "status").json["result"]["outcome"] == "unchanged"
    assert len(journal(project)) in (1, 2)
    project.git("fsck", "--strict")


def test_fixes_at_once_are_each_recorded_once(project):
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "harness", "fix", *phase, "--json", "--", "git", "reset", "--hard", f"HEAD~{n}"],
            cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for n, phase in enumerate([["--phase", "phase-1"], ["--phase", "phase-1"], ["--phase", "phase-10"], [], []])
    ]  # fmt: skip
    ids = sorted(json.loads(process.communicate(timeout=120)[0])["id"] for process in running)
    assert sorted(entry["id"] for entry in journal(project)) == ids


def test_a_fix_that_reaches_for_the_checkout(project, tmp_path):
    """By absolute path: contained it can't, without containment the outcome names it."""
    script = f"open({str(project.root / 'escaped.txt')!r}, 'w').write('x')\n"
    project.commit({"tools/reach.py": script}, "tool")
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": config + '\n[containment]\nmode = "off"\n'}, "off")
    result = fix(project, "python3", "tools/reach.py")
    assert result.json["result"]["checkout_changes"] == [
        {"kind": "file", "name": "escaped.txt", "change": "added"}
    ]
    (project.root / "escaped.txt").unlink()
    project.commit({"harness.toml": config}, "on")
    contained = fix(project, "python3", "tools/reach.py")
    if contained.json["result"]["containment"] != "bubblewrap":
        pytest.skip(contained.json["result"]["containment"])
    assert not (project.root / "escaped.txt").exists()
    assert contained.json["result"]["outcome"] == "failed"


def test_a_fix_kept_of_a_complete_phase_lands(project):
    """The command that it names as the next one said that the phase was complete already."""
    project.reply("phase-1", 1, create("src/textkit/one.py", "ONE = 1\n"))
    assert project.phase("phase-1").code == 0
    assert fix(project, "sed -i s/ONE/TWO/ src/textkit/one.py").json["result"]["outcome"] == "kept"
    again = project.phase("phase-1")
    assert (again.code, [a["format"] for a in again.json["attempts"]]) == (0, ["fix"])
    assert project.git("show", "harness/demo:src/textkit/one.py") == "TWO = 1\n"


def test_a_fix_that_waited_runs_on_what_has_landed_meanwhile(project):
    """It was put on the commit the run was at when it began to wait."""
    lock = project.root / ".git/harness/phases/demo/phase-1.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [sys.executable, "-m", "harness", "fix", "--phase", "phase-1", "--json", "--", "cat src/textkit/ten.py"],
            cwd=project.root, env=project.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert "waiting for" in waiting.stderr.readline()
        project.reply("phase-10", 1, create("src/textkit/ten.py", "TEN = 10\n"))
        assert project.phase("phase-10").code == 0
    document = json.loads(waiting.communicate(timeout=120)[0])
    assert document["result"]["outcome"] == "unchanged"
    assert document["start"] == project.rev("harness/demo")


def conflicting(project):
    """A fix of the first phase is kept, then the second phase changes the same line."""
    project.commit({"src/textkit/ten.py": "A = 1\n"})
    kept = fix(project, "sed -i s/1/2/ src/textkit/ten.py").json["result"]
    assert kept["outcome"] == "kept"
    project.reply(
        "phase-10", 1, {"type": "replace_file", "file_path": "src/textkit/ten.py", "content": "A = 3\n"}
    )
    assert project.phase("phase-10").code == 0
    return kept["commit"]


def test_a_kept_fix_that_conflicts_with_what_landed_since_says_so(project):
    """It was dropped, and recorded as edits that change nothing."""
    commit = conflicting(project)
    project.reply("phase-1", 2, create("src/textkit/one.py", "ONE = 1\n"))
    result = project.phase("phase-1")
    first, second = result.json["attempts"]
    assert (first["format"], names(first["violations"])) == ("fix", {"merge-conflict"})
    assert commit[:10] in first["violations"][0]["hint"]
    assert (second["outcome"], result.code) == ("complete", 0)
    verified = project.harness("verify", "--json")
    assert verified.code == 0, verified.stdout


def test_the_next_fix_says_that_it_goes_without_one_that_conflicts(project):
    commit = conflicting(project)
    again = fix(project, "touch src/textkit/one.py")
    assert again.json["result"]["changes"] == ["src/textkit/one.py"]
    assert commit[:10] in again.stderr


def test_a_secret_in_what_is_said_of_a_failed_command_is_not_kept(project):
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    failed = fix(project, "false", token)
    assert failed.json["result"]["outcome"] == "failed"
    assert token not in failed.json["result"]["reason"]
    for line in project.git("rev-list", "--objects", "--all").splitlines():
        assert token not in project.git("cat-file", "-p", line.split()[0], check=False)


# Masked where they stand in JSON, what ends each of them would take the quote behind it.
@pytest.mark.parametrize(
    "command",
    [
        "echo caf\udce9",
        ("echo", "caf\udce9"),
        "echo -----BEGIN RSA PRIVATE KEY-----MIIEpAIBAAKCAQEA7Zq8wX1kQpLm3vB9tRwMIIEpAIBAAKCAQEA7Zq8wX1kQpLm3\\",
    ],
)
def test_a_record_can_be_read_again_whatever_the_command(project, command):
    words = (command,) if isinstance(command, str) else command
    assert fix(project, *words).json["decision"] == "refused" or "BEGIN" in command
    [entry] = journal(project)
    assert "MIIE" not in entry["command"]
    assert project.harness("verify", "--json").code == 0


def test_a_record_can_be_read_again_whoever_asked(project):
    with (project.root / ".git/config").open("ab") as config:
        config.write(b"[user]\n\tname = J\xfcrgen\n\temail = j@example.com\n")
    assert fix(project, "git", "status").code == 0
    assert journal(project)[0]["by"].endswith("rgen <j@example.com>")


@pytest.mark.parametrize("timeout", ["nan", "0", "-1"])
def test_a_time_limit_that_is_none_is_refused(project, timeout):
    assert fix(project, "git", "status", options=["--timeout", timeout]).json["code"] == "wrong-usage"
    assert journal(project) == []


def test_an_empty_name_is_no_fix_without_a_phase(project):
    """As of a variable that isn't set: other rules would have held."""
    assert fix(project, "git", "status", options=["--phase", ""], phase=None).json["code"] == "unknown-phase"
    assert fix(project, "git", "status", options=["--run", ""]).json["code"] == "other-run"
    assert not project.rev("refs/harness/fixes")
