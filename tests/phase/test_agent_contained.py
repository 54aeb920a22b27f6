"""Agents that misbehave: nothing of the user's is reached through git, and the outcome says what happened."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
scope = ["src/", "tests/"]
max_attempts = 1
agent = "script"
"""


def agent(project, script, edits="worktree", timeout=60, extra=""):
    """Make a shell script the phase's agent, and commit plan and configuration."""
    project.write("agent.sh", f"#!/bin/sh\n{script}\n", 0o755)
    table = f'[agents.script]\nkind = "command"\ncommand = ["./agent.sh"]\nedits = "{edits}"\ntimeout = {timeout}\n{extra}'
    project.write("harness.toml", (project.root / "harness.toml").read_text() + "\n" + table)
    project.plan(PHASE)
    project.commit(message="agent")


def test_a_worktree_agents_edits_become_the_candidate(project):
    agent(
        project,
        "grep -q 'Edit the files in the current folder' || exit 9; mkdir -p src/textkit; echo 'value = 1' > src/textkit/new.py; echo x > run.log\n"
        'git add -A; git commit -qm "mine" || true\n'
        'echo \'{"input": 5, "output": 321, "stop_reason": "end_turn", "model": "m"}\' > "$HARNESS_USAGE"',
    )
    result = project.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    attempt = result.json["attempts"][0]
    assert attempt["format"] == "worktree"
    assert attempt["tokens"]["actual"] == 321
    listed = project.git("ls-tree", "-r", "--name-only", result.json["commit"]).splitlines()
    assert "src/textkit/new.py" in listed
    assert "run.log" not in listed  # ignored
    assert b"value = 1" in project.git("cat-file", "blob", "refs/harness/runs/demo/work:edits.patch").encode()


@pytest.mark.slow
def test_the_users_private_ignore_rules_hold_in_the_worktree(project):
    project.write(".git/info/exclude", "secret.txt\n")
    agent(project, "echo 'value = 1' > src/textkit/new.py; echo key > secret.txt")
    result = project.phase("work")
    assert result.code == 0, result.stdout
    assert "secret.txt" not in project.git("ls-tree", "-r", "--name-only", result.json["commit"])


def test_a_stdout_agent_gets_the_brief_and_its_reply_is_read(project):
    operation = json.dumps({"type": "create", "file_path": "src/textkit/new.py", "content": "value = 1\n"})
    agent(
        project,
        'grep -q "Add a module" || exit 3\n'
        'python3 -c \'import json,os; d=json.load(open(os.environ["HARNESS_BRIEF"])); '
        'assert d["deliverables"]["missing"] == ["src/textkit/new.py"]\' || exit 4\n'
        f"cat <<'END'\n{operation}\nEND",
        edits="stdout",
    )
    result = project.phase("work")
    assert result.code == 0, result.stdout + result.stderr


DESTRUCTIVE = """
git reset --hard HEAD
git stash clear
git branch -D feature main
git update-ref -d refs/heads/feature
git update-ref -d refs/heads/main
git config user.name Mallory
git config core.hooksPath /tmp/evil
git worktree remove --force .
git worktree prune
git tag -f v1 HEAD~0
echo 'value = 1' > src/textkit/new.py
git add -A
git commit -qm "by the agent"
git push origin HEAD:main
git push --mirror
exit 0
"""


@pytest.mark.slow
def test_destructive_git_doesnt_reach_the_users_repository(project):
    project.git("branch", "feature")
    project.git("tag", "v1")
    project.write("src/textkit/__init__.py", "stashed = 1\n")
    agent(project, DESTRUCTIVE)
    project.write("tests/test_base.py", "# work in progress\n")
    project.git("stash", "push", "-q")
    project.write("tests/test_base.py", "# more work in progress\n")
    before = {
        "refs": project.git("for-each-ref", "--format=%(refname) %(objectname)"),
        "config": (project.root / ".git/config").read_bytes(),
        "index": (project.root / ".git/index").read_bytes(),
        "stash": project.git("stash", "list"),
        "file": (project.root / "tests/test_base.py").read_bytes(),
    }
    result = project.phase("work")
    assert result.json["attempts"][0]["checkout_changes"] == []
    after = {
        "refs": "".join(
            line + "\n"
            for line in project.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
            if "refs/harness/" not in line and "heads/harness/" not in line and "notes/harness/" not in line
        ),
        "config": (project.root / ".git/config").read_bytes(),
        "index": (project.root / ".git/index").read_bytes(),
        "stash": project.git("stash", "list"),
        "file": (project.root / "tests/test_base.py").read_bytes(),
    }
    assert after == before


def test_a_write_by_absolute_path_is_named_in_the_outcome(project):
    target = project.root / "escaped.txt"
    script = f"echo 'value = 1' > src/textkit/new.py; echo hello > {target}"
    agent(project, script, extra='[containment]\nmode = "off"\n')
    result = project.phase("work")
    attempt = result.json["attempts"][0]
    assert attempt["checkout_changes"] == [{"kind": "file", "name": "escaped.txt", "change": "added"}]
    assert any("escaped.txt" in warning for warning in attempt["warnings"])
    assert target.read_text() == "hello\n"  # seen, named, never undone


@pytest.mark.slow
def test_a_ref_moved_by_absolute_path_is_named_in_the_outcome(project):
    agent(
        project,
        f"echo 'value = 1' > src/textkit/new.py; git --git-dir={project.root}/.git branch stray",
        extra='[containment]\nmode = "off"\n',
    )
    attempt = project.phase("work").json["attempts"][0]
    assert {"kind": "ref", "name": "refs/heads/stray", "change": "added"} in attempt["checkout_changes"]


def test_a_hanging_agent_is_stopped_with_everything_it_started(project):
    marker = f"{time.time_ns()}"
    agent(
        project,
        f"(setsid sleep 9{marker} &) ; sleep 8{marker} & echo partial > src/textkit/new.py; sleep 7{marker}",
        timeout=2,
    )
    result = project.phase("work")
    assert (result.code, result.json["outcome"]) == (4, "unusable")
    attempt = result.json["attempts"][0]
    assert attempt["stop_reason"] == "timeout"
    assert attempt["violations"][0]["code"] == "agent-timeout"
    if sys.platform == "linux":
        assert not _processes(marker)


@pytest.mark.slow
def test_a_flooding_agent_is_stopped(project):
    agent(project, "yes flood", edits="stdout", extra="output_limit = 1000000\n")
    result = project.phase("work")
    assert (result.code, result.json["attempts"][0]["stop_reason"]) == (4, "output_limit")


def test_children_that_outlive_a_successful_agent_are_stopped(project):
    marker = f"{time.time_ns()}"
    agent(project, f"echo 'value = 1' > src/textkit/new.py; setsid sleep 9{marker} & exit 0")
    assert project.phase("work").code == 0
    if sys.platform == "linux":
        assert not _processes(marker)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("mkdir sub && cd sub && git init -q", "nested-repository"),
        ("mkfifo pipe", "special-file"),
        ("ln -s /etc/passwd src/textkit/new.py", "symlink"),
    ],
)
def test_what_no_commit_should_hold_is_refused_by_name(project, script, code):
    agent(project, f"echo 'value = 1' > src/textkit/good.py; {script}")
    result = project.phase("work")
    assert (result.code, result.json["outcome"]) == (3, "refused")
    assert code in {v["code"] for v in result.json["attempts"][0]["violations"]}


def test_an_agent_that_fails_or_isnt_there_is_an_outcome(project):
    agent(project, "echo oh no >&2; exit 7")
    failed = project.phase("work")
    assert failed.code == 4
    assert "oh no" in failed.json["attempts"][0]["violations"][0]["message"]
    (project.root / "agent.sh").unlink()
    gone = project.phase("work")
    assert (gone.code, gone.json["attempts"][0]["stop_reason"]) == (4, "not_started")


@pytest.mark.slow
def test_git_variables_of_the_caller_dont_reach_agent_or_harness(project, tmp_path):
    agent(project, "env | grep ^GIT_ | cut -d= -f1 > seen.log; echo 'value = 1' > src/textkit/new.py")
    evil = {
        "GIT_DIR": str(tmp_path / "none"),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_WORK_TREE": "/",
    }
    result = project.phase("work", **evil)
    assert result.code == 0, result.stderr
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("by", ["file", "variables"])
def test_settings_that_git_is_told_of_by_variables_are_the_users(project, tmp_path, by):
    agent(project, "git config user.name > src/textkit/new.py || echo 0 > src/textkit/new.py")
    (tmp_path / "settings").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    pairs = [("user.name", "Ada"), ("user.email", "ada@example.com")]
    told = {
        f"GIT_CONFIG_{k}_{n}": v
        for n, pair in enumerate(pairs)
        for k, v in zip(("KEY", "VALUE"), pair, strict=True)
    }
    file = {"GIT_CONFIG_GLOBAL": str(tmp_path / "settings")}
    result = project.phase("work", **(file if by == "file" else {"GIT_CONFIG_COUNT": "2", **told}))
    assert result.code == 0, result.stdout + result.stderr
    assert project.git("log", "-1", "--format=%an <%ae>", "harness/demo") == "Ada <ada@example.com>\n"
    assert project.git("show", "harness/demo:src/textkit/new.py") == ("Ada\n" if by == "file" else "0\n")


def _processes(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker in entry.read_text() and int(entry.parent.name) != os.getpid():
                found.append(entry.read_text())
        except OSError:
            continue
    return found


def test_git_settings_left_where_a_submodule_belongs_start_nothing(project):
    trace = project.root.parent / "trace"
    there = project.rev("HEAD")
    agent(
        project,
        "echo 'value = 1' > src/textkit/new.py; cd vendor || exit 1; git init -q .\n"
        "echo one > file; echo '* filter=planted' > .gitattributes; git add .\n"
        f"git config filter.planted.clean 'touch {trace}; cat'; git config core.fsmonitor 'touch {trace}'\n"
        f"echo {there} > .git/HEAD; echo two > file; touch -d '1 hour ago' file",
    )
    project.git("update-index", "--add", "--cacheinfo", f"160000,{there},vendor")
    project.git("commit", "-q", "-m", "a submodule that isn't checked out")
    result = project.phase("work")
    assert not trace.exists()
    assert result.code == 0, result.stdout
    assert project.git("rev-parse", f"{result.json['commit']}:vendor").strip() == there
    [told] = [line for line in result.json["attempts"][0]["warnings"] if "submodules" in line]
    assert told.endswith("is lost: vendor/.gitattributes, vendor/file")


def test_a_submodule_that_an_agent_moves_is_still_seen(project):
    agent(
        project,
        "echo 'value = 1' > src/textkit/new.py; cd vendor || exit 1; git init -q .\n"
        "git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m moved",
    )
    project.git("update-index", "--add", "--cacheinfo", f"160000,{project.rev('HEAD')},vendor")
    project.git("commit", "-q", "-m", "a submodule that isn't checked out")
    result = project.phase("work")
    assert result.code == 3
    codes = {v["code"] for v in result.json["attempts"][0]["violations"]}
    assert "gitlink" in codes, result.stdout


def test_a_git_in_the_worktree_is_not_the_one_that_is_run(project):
    trace = project.root.parent / "trace"
    agent(
        project,
        "echo 'value = 1' > src/textkit/new.py; mkdir bin\n"
        f"printf '#!/bin/sh\\ntouch {trace}\\nexec {shutil.which('git')} \"$@\"\\n' > bin/git; chmod +x bin/git",
    )
    result = project.phase("work", PATH=f"bin:{project.environment['PATH']}")
    assert result.code == 3, result.stdout
    assert not trace.exists()


def test_no_program_that_checks_signatures_is_started(project):
    trace = project.root.parent / "trace"
    gpg = project.write(
        "../gpg",
        f"#!/bin/sh\ntouch {trace}\necho noise >&2\ncat > /dev/null\necho '-----BEGIN PGP SIGNATURE-----'\n"
        "echo; echo '-----END PGP SIGNATURE-----'; echo '[GNUPG:] SIG_CREATED ' >&2\n",
        0o755,
    )
    agent(project, "echo 'value = 1' > src/textkit/new.py")
    project.git("config", "gpg.program", str(gpg))
    project.git("config", "log.showSignature", "true")
    assert project.phase("work").code == 0
    message = project.git("log", "--no-show-signature", "-1", "--format=%B", "harness/demo")
    project.git("checkout", "-q", "-b", "signed", "harness/demo")
    project.git("commit", "-q", "--amend", "--no-edit", "--no-verify", "-S")
    file = project.write("../message", message)
    trace.unlink()
    assert project.harness("status", "--json").code == 0
    assert project.harness("verify", "main..signed", "--json").code in (0, 1)
    assert project.harness("check-message", str(file)).code == 0
    assert not trace.exists()


def test_a_missing_object_is_not_fetched_by_what_the_settings_name(project):
    trace = project.root.parent / "trace"
    agent(project, "echo 'value = 1' > src/textkit/new.py")
    assert project.phase("work").code == 0
    blob = project.rev("harness/demo:src/textkit/new.py")
    (project.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {trace}",
        "protocol.ext.allow": "always",
    }.items():
        project.git("config", key, value)
    project.harness("diff", "demo")
    assert not trace.exists()
