"""Wrong input of every kind: one clear line, the documented exit code, nothing changed."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import FILES, Project, create

import harness
from harness import fault

PHASE = 'id = "work"\ngoal = "Add"\ndeliverables = ["src/textkit/new.py"]\n'
UNTESTED = PHASE + 'tests = "none"\n'


def refused(project, result, code, exit_code=2):
    """The error document, a single error line on standard error, and no trace in the repository."""
    assert result.code == exit_code, result.stdout + result.stderr
    document = result.json
    assert document["schema"] == "harness.error/1"
    assert document["code"] == code
    assert document["message"]
    errors = [line for line in result.stderr.splitlines() if line.startswith("harness: ")]
    assert len(errors) == 1
    assert f"[{code}]" in errors[0]
    assert "Traceback" not in result.stderr
    assert project.git("for-each-ref", "refs/harness", "refs/heads/harness/", "refs/notes") == ""
    return document


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("[run\n", ["plan.toml", "line 1"]),
        ('[run]\nid = "demo"\ncolour = "red"\n', ["plan.toml:3", "run.colour", "unknown key"]),
        ('[run]\nid = "../up"\n', ["plan.toml:2", "run.id"]),
        ('[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\n', ["plan.toml", "deliverables"]),
        (
            '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["x.py"]\n'
            '[[phase]]\nid = "b"\ngoal = "g"\ndeliverables = ["y.py"]\nmax_attempts = 0\n',
            ["plan.toml:11", "max_attempts"],
        ),
        (
            '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["../../etc/passwd"]\n',
            ["../../etc/passwd"],
        ),
        (
            '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["x.py"]\n'
            '[[phase]]\nid = "A"\ngoal = "g"\ndeliverables = ["y.py"]\n',
            ["two phases"],
        ),
        (
            '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["x.py"]\ndepends_on = ["b"]\n'
            '[[phase]]\nid = "b"\ngoal = "g"\ndeliverables = ["y.py"]\ndepends_on = ["a"]\n',
            ["circle"],
        ),
        (
            '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["x.py"]\ndepends_on = ["z"]\n',
            ["'z'"],
        ),
        (
            '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["x.py"]\nallow = ["harness.toml"]\n',
            ["maintenance"],
        ),
    ],
)
def test_a_wrong_plan(project, plan, words):
    project.write("plan.toml", plan)
    code = "invalid-toml" if plan == "[run\n" else "invalid-plan"
    document = refused(project, project.phase("a"), code)
    for word in words:
        assert word in document["message"]


def test_a_missing_plan_and_an_unknown_phase(project):
    refused(project, project.phase("a"), "no-plan")
    project.plan(PHASE)
    document = refused(project, project.phase("elsewhere"), "unknown-phase")
    assert "work" in document["hint"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        ("[policy\n", "invalid-toml", ["harness.toml", "line 1"]),
        (
            "[policy]\nprotekted = []\n",
            "invalid-config",
            ["harness.toml:2", "policy.protekted", "unknown key"],
        ),
        ('[policy]\ntests = "none"\n', "invalid-config", ["harness.toml:2", "above the first [table]"]),
        ("[tests]\ntimeout = 0\n", "invalid-config", ["harness.toml:2", "tests.timeout"]),
        ("[tests]\ntimeout = nan\n", "invalid-config", ["tests.timeout"]),
        ('[agents.x]\nkind = "magic"\n', "invalid-config", ["agents.x"]),
        ('[agents.x]\nkind = "command"\ncommand = []\n', "invalid-config", ["agents.x", "command"]),
        ("[budget]\ntokens = 0\n", "invalid-config", ["budget.tokens"]),
        (b"\xff\xfe", "invalid-toml", ["UTF-8"]),
    ],
)
def test_a_wrong_configuration_in_the_checkout_or_committed(project, config, code, words):
    project.plan(PHASE)
    project.write("harness.toml", config)
    for _ in range(2):
        document = refused(project, project.phase("work"), code)
        for word in words:
            assert word in document["message"]
        project.commit(message="wrong")


def test_a_missing_agent(project):
    project.plan(PHASE + 'agent = "nobody"\n')
    assert "recorded" in refused(project, project.phase("work"), "unknown-agent")["hint"]
    refused(project, project.phase("work", "--agent", "neither"), "unknown-agent")


def test_no_reply_recorded(project):
    project.plan(PHASE)
    result = project.phase("work")
    assert (result.code, result.json["outcome"], result.json["attempts"]) == (4, "unusable", [])
    assert "attempt 1" in result.json["reason"]
    assert project.git("for-each-ref", "refs/harness", "refs/heads/harness") == ""


def test_an_unreadable_reply(project):
    project.plan(PHASE)
    project.write("replies/work-1.txt/oops", "a folder where the reply should be")
    result = project.phase("work")
    assert (result.code, result.json["outcome"]) == (4, "unusable")
    assert "replies/work-1.txt" in json.dumps(result.json)
    refused_response = project.phase("work", "--response", str(project.root / "nowhere.txt"))
    assert (refused_response.code, refused_response.json["code"]) == (2, "unreadable-response")
    folder = project.phase("work", "--response", str(project.root))
    assert (folder.code, folder.json["code"]) == (2, "unreadable-response")


def test_no_repository(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for command in (["run-phase", "work"], ["check", "-"], ["status"], ["show", "work"], ["diff"]):
        result = project.harness(*command, "--json", cwd=elsewhere)
        assert (result.code, result.json["code"]) == (2, "no-repository"), command


def test_a_bare_repository(project, tmp_path):
    bare = tmp_path / "bare.git"
    project.git("clone", "-q", "--bare", ".", str(bare))
    result = project.harness("run-phase", "work", "--json", cwd=bare)
    assert (result.code, result.json["code"]) == (2, "bare-repository")


def test_an_unborn_head(empty_project):
    empty_project.plan(PHASE)
    document = refused(empty_project, empty_project.phase("work"), "unborn-head")
    assert "commit" in document["hint"]


def test_on_a_branch_without_a_commit_another_commit_may_be_named(project):
    project.plan(PHASE + 'tests = "none"\n')
    project.reply("work", 1, create("src/textkit/new.py", "value = 1\n"))
    branch = project.git("branch", "--show-current").strip()
    project.git("checkout", "-q", "--orphan", "pages")
    refused(project, project.phase("work"), "unborn-head")
    assert project.phase("work", "--base", branch).json["outcome"] == "complete"


def test_a_branch_called_harness(project):
    project.plan(PHASE)
    project.git("branch", "harness")
    refused(project, project.phase("work"), "branch-named-harness")


@pytest.mark.slow
def test_an_unknown_base_and_another_base(project):
    project.plan(UNTESTED)
    refused(project, project.phase("work", "--base", "nowhere"), "unknown-revision")
    refused(project, project.phase("work", "--base=--output=/tmp/x"), "unknown-revision")
    project.reply("work", 1, create("src/textkit/new.py", "x = 1\n"))
    old = project.rev("HEAD")
    project.commit(message="later")
    assert project.phase("work").code == 0
    result = project.phase("work", "--base", old)
    assert (result.code, result.json["code"]) == (2, "other-base")


@pytest.mark.parametrize(("base", "code"), [("nowhere", "unknown-revision"), ("main", "other-base")])
def test_a_wrong_base_is_told_though_a_drain_has_nothing_left_to_do(project, base, code):
    project.plan(UNTESTED)
    project.reply("work", 1, create("src/textkit/new.py", "x = 1\n"))
    assert project.phase("work").code == 0
    project.git("branch", "-q", "-M", "main")
    project.commit(message="later")
    result = project.harness("drain", "--json", "--base", base)
    assert (result.code, result.json.get("code")) == (2, code)


def test_an_unknown_agent_is_told_though_nothing_is_left_to_do(project):
    project.plan(UNTESTED)
    project.reply("work", 1, create("src/textkit/new.py", "x = 1\n"))
    assert project.phase("work").code == 0
    for command in (["drain"], ["run-phase", "work"]):
        result = project.harness(*command, "--agent", "nope", "--json")
        assert (result.code, result.json.get("code")) == (2, "unknown-agent"), command
        assert project.harness(*command, "--agent", "recorded").code == 0
    (project.root / "harness.toml").unlink()
    assert project.harness("drain", "--agent", "recorded").code == 0


def test_a_sha256_repository(empty_project, tmp_path):
    root = tmp_path / "sha256"
    empty_project.git("init", "-q", "--object-format=sha256", str(root))
    result = empty_project.harness("run-phase", "work", "--json", cwd=root)
    assert (result.code, result.json["code"]) == (2, "unsupported-repository")
    old = Project(root, empty_project.environment)
    old.commit(FILES)
    commands = result.json["hint"].split(": ", 1)[1].replace("NEW", str(tmp_path / "new"))
    subprocess.run(["sh", "-c", commands], cwd=root, env=old.environment, check=True, capture_output=True)
    new = Project(tmp_path / "new", old.environment)
    assert new.git("log", "--all", "--format=%s") == old.git("log", "--all", "--format=%s") != ""
    assert new.harness("verify", "HEAD").code == 0


def cloned(project, tmp_path, *options):
    """A partial clone of a project whose past has a file that its newest commit lacks."""
    project.plan(PHASE)
    project.reply("work", 1, create("src/textkit/new.py", "A = 1\n"))
    project.commit({"old.txt": "old\n" * 50}, "old")
    project.git("rm", "-q", "old.txt")
    project.commit(message="new")
    project.git("config", "uploadpack.allowFilter", "true")
    target = tmp_path / "partial"
    project.git("clone", "-q", *options, f"file://{project.root}", str(target))
    return Project(target, project.environment)


@pytest.mark.parametrize("kept", ["blob:none", "tree:0"])
def test_a_partial_clone_lacks_objects(project, tmp_path, kept):
    partial = cloned(project, tmp_path, f"--filter={kept}")
    for command in (["check", "replies/work-1.txt"], ["run-phase", "work", "--dry-run"]):
        result = partial.harness(*command, "--base", "HEAD^", "--json")
        document = refused(partial, result, "missing-objects")
        assert "git fetch --refetch --no-filter" in document["hint"]
    partial.git("fetch", "-q", "--refetch", "--no-filter")
    assert partial.harness("check", "replies/work-1.txt", "--base", "HEAD^").code == 0


def test_a_partial_clone_with_all_it_needs(project, tmp_path):
    partial = cloned(project, tmp_path, "--filter=blob:none")
    assert partial.harness("check", "replies/work-1.txt", "--json").json["decision"] == "accepted"


def test_in_a_partial_clone_a_fault_of_ours_stays_one(project, tmp_path, monkeypatch):
    monkeypatch.chdir(cloned(project, tmp_path, "--filter=blob:none").root)
    said = [fault.of_repository(error) for error in (KeyError(), KeyError("model"), KeyError("a" * 40))]
    assert [error and error.code for error in said] == [None, None, "missing-objects"]


def test_a_head_whose_commit_is_gone(project):
    (project.root / ".git/refs/heads/main").write_text("1" * 40 + "\n")
    project.plan(PHASE)
    for command in (["status"], ["run-phase", "work"]):
        assert refused(project, project.harness(*command, "--json"), "missing-objects")


@pytest.mark.parametrize("version, extension", [("1", "extensions.unheardof"), ("2", "extensions.noop")])
def test_a_format_git_does_not_know(project, version, extension):
    project.git("config", extension, "true")
    project.git("config", "core.repositoryFormatVersion", version)
    result = project.harness("status", "--json")
    assert (result.code, result.json["code"]) == (2, "unsupported-repository")
    assert "unheardof" in result.json["message"] or "2" in result.json["message"]
    assert "upgrade git" in result.json["hint"]


ODD_FILES = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "folder": Path.mkdir,
    "link": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("kind", ODD_FILES)
def test_a_file_of_the_checkout_that_is_none(project, kind):
    project.plan(PHASE)
    project.reply("work", 1, create("src/textkit/new.py", "A = 1\n"))
    project.commit(message="plan")
    for name, code, commands in (
        ("harness.toml", "invalid-config", ("run-phase work", "drain", "check replies/work-1.txt")),
        ("harness.toml", "telemetry-unreadable", ("telemetry replay",)),
        ("plan.toml", "no-plan", ("run-phase work", "drain", "status", "log")),
    ):
        before = (project.root / name).read_bytes()
        (project.root / name).unlink()
        ODD_FILES[kind](project.root / name)
        for command in commands:
            document = refused(project, project.harness(*command.split(), "--json"), code)
            assert name in document["message"], command
        (project.root / name).rmdir() if kind == "folder" else (project.root / name).unlink()
        project.write(name, before)


def test_a_pipe_where_a_reply_should_be(project):
    project.plan(PHASE)
    (project.root / "replies").mkdir()
    os.mkfifo(project.root / "replies/work-1.txt")
    result = project.phase("work")
    assert (result.code, result.json["outcome"]) == (4, "unusable")
    assert "not a regular file" in json.dumps(result.json)


def test_a_plan_that_is_named_may_be_a_pipe(project):
    project.plan(PHASE)
    command = [sys.executable, "-m", "harness", "plan", "show", "--plan", "/dev/stdin"]
    plan = (project.root / "plan.toml").read_bytes()
    done = subprocess.run(command, cwd=project.root, env=project.environment, input=plan, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"work" in done.stdout


def test_an_interpreter_without_pytest(project):
    config = (project.root / "harness.toml").read_text()
    bare = project.write("bare-python", "#!/bin/sh\nexit 1\n", 0o755)
    lines = [f'python = "{bare}"' if line.startswith("python =") else line for line in config.splitlines()]
    project.plan(PHASE)
    project.reply("work", 1, create("src/textkit/new.py", "x = 1\n"))
    project.commit({"harness.toml": "\n".join(lines) + "\n"})
    result = project.phase("work")
    assert result.code == 2
    assert "bare-python" in result.json["message"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_a_fault_with_its_own_code(project):
    """The state directory on a file system of a few kilobytes, where the kernel lets us make one."""
    state = project.root.parent / "tiny"
    state.mkdir()
    if os.system(f"mount -t tmpfs -o size=64k tmpfs {state} 2>/dev/null") != 0:
        pytest.skip("can't mount a small file system here")
    try:
        project.plan(PHASE)
        project.reply("work", 1, create("src/textkit/new.py", "x = 1\n" * 50_000))
        project.commit(message="plan")
        result = project.phase("work", HARNESS_STATE_HOME=str(state))
        refused(project, result, "disk-full", exit_code=70)
    finally:
        os.system(f"umount {state}")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["status", "status --json", "explain", "plan show --json"])
def test_output_that_can_not_be_written_is_said_in_a_line(project, arguments):
    project.plan(PHASE)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "harness", *arguments.split()],
            cwd=project.root,
            env=project.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 70
    assert done.stderr.startswith("harness: standard output can't be written: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["run-phase"], ["run-phase", "a", "--bogus"], ["show"]]
)
def test_wrong_usage_is_exit_2(project, arguments):
    result = project.harness(*arguments)
    assert result.code == 2
    assert "usage:" in result.stderr
    assert "Traceback" not in result.stderr


def test_explain_knows_every_code_the_source_can_utter(project):
    listed = {entry["code"] for entry in project.harness("explain", "--json").json["codes"]}
    assert uttered() - listed == set()
    one = project.harness("explain", "protected-path")
    assert one.code == 0
    assert "harness.toml" in one.stdout
    assert project.harness("explain", "protected-pth").code == 2


def uttered() -> set[str]:
    """The codes that stand first in a call that makes an error, a violation or a problem."""
    makers = {
        "UsageError",
        "UnusableError",
        "BlockedError",
        "FaultError",
        "Violation",
        "Problem",
        "PathProblem",
    }
    found = set()
    for source in Path(harness.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in makers and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    assert len(found) > 60
    return found
