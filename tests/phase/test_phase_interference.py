"""Interference and odd circumstances: each of these once lost work, lied, hung or crashed."""

import json
import subprocess
import sys

import pytest
from project import create, names

PHASE = """
id = "{id}"
goal = "Add a module"
deliverables = ["src/textkit/{id}.py"]
scope = ["**"]
tests = "none"
max_attempts = {attempts}
"""


def phase(name, attempts=1, **more):
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return PHASE.format(id=name, attempts=attempts) + lines


def script(project, body, name="script"):
    """An agent, not contained, that runs a shell script in its worktree."""
    project.write(f"{name}.sh", f"#!/bin/sh\n{body}\n", 0o755)
    config = (project.root / "harness.toml").read_text()
    table = (
        f'\n[agents.{name}]\nkind = "command"\ncommand = ["./{name}.sh"]\nedits = "worktree"\ntimeout = 60\n'
    )
    off = "" if "[containment]" in config else '\n[containment]\nmode = "off"\n'
    project.write("harness.toml", config + table + off)


MODULE = "echo 'value = 1' > src/textkit/{name}.py"


def started(project, *phases):
    project.plan(*phases)
    project.commit(message="plan")


def test_a_commit_the_user_put_on_the_run_branch_meanwhile_is_kept(project):
    mine = (
        f"cd {project.root}; t=$(git rev-parse harness/demo); git update-ref refs/heads/harness/demo "
        "$(git -c user.name=x -c user.email=y commit-tree -p $t -m MINE $t^{tree})"
    )
    script(project, f"{MODULE.format(name='b')}; {mine}")
    started(project, phase("a"), phase("b", agent='"script"'))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    assert project.phase("a").code == 0
    result = project.phase("b")
    assert (result.code, result.json["outcome"]) == (5, "blocked")
    assert "MINE" in project.git("log", "--format=%s", "harness/demo")
    attempt = result.json["attempts"][0]
    assert "branch-moved" in names(attempt["violations"])
    assert {"kind": "ref", "name": "refs/heads/harness/demo", "change": "changed"} in attempt[
        "checkout_changes"
    ]
    # The candidate is kept: the next attempt begins with it, on top of the user's commit.
    project.write(
        "script.sh", "#!/bin/sh\ntest -f src/textkit/b.py && echo 'value = 2' > src/textkit/b.py\n", 0o755
    )
    again = project.phase("b")
    assert again.code == 0, again.stdout
    assert "MINE" in project.git("log", "--format=%s", "harness/demo")


@pytest.mark.parametrize(("made", "code"), [(MODULE.format(name="b"), 5), ("exit 3", 4)])
def test_a_branch_checked_out_meanwhile_is_not_moved(project, made, code):
    """The row of what was blocked, or failed, moved it: files of the checkout seemed to be deleted."""
    script(project, f"git -C {project.root} switch -q harness/demo; {made}")
    project.write(".gitignore", "replies/\n")
    started(project, phase("a"), phase("b", agent='"script"'))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.phase("a")
    tip = project.rev("harness/demo")
    result = project.phase("b")
    assert result.code == code, result.stdout
    assert (project.rev("harness/demo"), project.git("status", "--porcelain")) == (tip, "")
    project.git("switch", "-q", "main")
    project.write("script.sh", f"#!/bin/sh\n{MODULE.format(name='b')}\n", 0o755)
    assert project.phase("b").code == 0
    assert len(project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()) == 3
    assert project.harness("verify", "demo").code == 0


def test_an_agent_of_a_phase_without_tests_is_lent_files_too(project):
    script(project, f"{MODULE.format(name='a')}; cat .env; echo more >> .env")
    started(project, phase("a", agent='"script"'))
    project.write(".env", "LENT=1\n")
    project.write(".worktreeinclude", ".env\n")
    result = project.phase("a")
    assert (result.code, result.json["attempts"][0]["tests"]["status"]) == (0, "none"), result.stdout
    assert "LENT=1" in project.harness("show", "a", "--file", "agent.log").stdout
    assert ".env" not in project.git("ls-tree", "-r", "--name-only", result.json["commit"]).splitlines()


def test_a_file_lent_by_worktreeinclude_is_never_committed(project):
    script(project, f"{MODULE.format(name='a')}; echo more >> .env")
    started(project, phase("a", agent='"script"').replace('tests = "none"\n', ""))
    project.write(".gitignore", (project.root / ".gitignore").read_text().replace(".env\n", ""))
    project.commit(message="ignore less")
    project.write(".gitignore", (project.root / ".gitignore").read_text() + ".env\n")
    project.write(".env", "SECRET=1\n")
    project.write(".worktreeinclude", ".env\n")
    result = project.phase("a")
    assert result.code == 0, result.stdout
    assert ".env" not in project.git("ls-tree", "-r", "--name-only", result.json["commit"]).splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(
    "trap",
    [
        "ln -sf {root}/.git/config $(git rev-parse --git-common-dir)/config",
        "d=$(git rev-parse --git-common-dir); rm $d/config; mkfifo $d/config",
        "rm -rf $(git rev-parse --git-common-dir)",
        ": > $(git rev-parse --git-common-dir)/objects/info/alternates",
        "rm .git; mkdir .git",
    ],
)
def test_what_an_agent_does_to_its_own_repository_harms_nothing(project, trap):
    script(project, f"{MODULE.format(name='a')}; {trap.format(root=project.root)}; exit 0")
    started(project, phase("a", agent='"script"'))
    config = (project.root / ".git/config").read_bytes()
    result = project.phase("a")
    assert result.code == 0, result.stdout + result.stderr
    assert (project.root / ".git/config").read_bytes() == config


def test_an_agent_that_removes_its_worktree_is_an_outcome(project):
    script(project, 'rm -rf "$HARNESS_WORKTREE"; exit 0')
    started(project, phase("a", agent='"script"'))
    result = project.phase("a")
    assert (result.code, names(result.json["attempts"][0]["violations"])) == (4, {"worktree-gone"})


@pytest.mark.slow
def test_earlier_good_work_survives_a_refused_attempt(project):
    started(
        project,
        phase("a", attempts=3).replace('["src/textkit/a.py"]', '["src/textkit/a.py", "src/textkit/c.py"]'),
    )
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.reply(
        "a", 2, create("src/textkit/c.py", "c = 1\n"), {"type": "delete", "file_path": "pyproject.toml"}
    )
    project.reply("a", 3, create("src/textkit/c.py", "c = 1\n"))
    result = project.phase("a")
    assert [attempt["outcome"] for attempt in result.json["attempts"]] == ["failed", "refused", "complete"]
    brief = json.loads(project.git("show", "refs/harness/runs/demo/a:brief.json"))
    assert brief["start"] == "earlier attempt"
    assert "Nothing of it was kept; start from the files of attempt 1." in brief["text"]


def test_a_reply_may_send_again_what_an_earlier_attempt_made(project):
    files = '["src/textkit/a.py", "src/textkit/c.py"]'
    started(project, phase("a", attempts=3).replace('["src/textkit/a.py"]', files))
    diff = "diff --git a/{p} b/{p}\nnew file mode 100644\n--- /dev/null\n+++ b/{p}\n@@ -0,0 +1 @@\n+value = {v}\n"
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.reply("a", 2, diff.format(p="src/textkit/a.py", v=2))
    project.reply("a", 3, create("src/textkit/a.py", "value = 2\n"), create("src/textkit/c.py", "c = 1\n"))
    result = project.phase("a")
    assert [attempt["outcome"] for attempt in result.json["attempts"]] == ["failed", "failed", "complete"]
    assert project.git("show", f"{result.json['commit']}:src/textkit/a.py") == "value = 2\n"


@pytest.mark.slow
def test_a_phase_without_further_replies_keeps_its_outcome(project):
    started(project, phase("a"))
    project.reply("a", 1, create("src/textkit/other.py", "x = 1\n"))
    assert project.phase("a").json["outcome"] == "failed"
    again = project.phase("a")
    assert (again.code, again.json["outcome"], again.json["attempts"]) == (1, "failed", [])
    assert "attempt 2" in again.json["reason"]


def test_a_token_budget_stops_further_attempts(project):
    config = (project.root / "harness.toml").read_text()
    project.write("harness.toml", config + "\n[budget]\ntokens = 100\n")
    started(project, phase("a", attempts=3))
    for number in (1, 2):
        project.reply("a", number, create(f"src/textkit/x{number}.py", "x = 1\n"))
        project.write(f"replies/a-{number}.txt.usage.json", json.dumps({"output": 5000}))
    result = project.phase("a")
    assert [attempt["number"] for attempt in result.json["attempts"]] == [1]
    assert result.json["attempts"][0]["tokens"]["budget"] == 100


@pytest.mark.slow
def test_a_rerun_after_a_drop_begins_where_it_really_began(project):
    started(project, phase("a"))
    for number in (1, 2):
        project.reply("a", number, create("src/textkit/a.py", "value = 1\n"))
    project.phase("a")
    project.harness("drop", "demo")
    base = project.commit({"user.txt": "mine\n"}, "the user's own")
    assert project.phase("a").code == 0
    assert "user.txt" not in project.harness("diff", "demo", "--stat").stdout
    assert project.phase("a", "--base", base).code == 0


def test_a_linked_worktrees_own_head_counts(project, tmp_path):
    project.git("worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
    (tmp_path / "linked/more.txt").write_text("more\n")
    subprocess.run("git add -A && git -c user.name=a -c user.email=b commit -qm more", shell=True, cwd=tmp_path / "linked", check=True)  # fmt: skip
    reply = json.dumps(create("x.py", "x\n")).encode() + b"\n"
    for arguments in ((), ("--base", "HEAD")):
        result = project.harness("check", "-", "--json", *arguments, stdin=reply, cwd=tmp_path / "linked")
        assert result.json["base"] == project.rev("feature"), arguments


@pytest.mark.slow
def test_deliverables_that_are_all_prose_are_an_error(project):
    project.plan('id = "a"\ngoal = "g"\ndeliverables = ["make everything nicer"]\n')
    result = project.phase("a")
    assert (result.code, result.json["code"]) == (2, "invalid-plan")
    assert "make everything nicer" in result.json["message"]


def test_doing_nothing_completes_no_phase_without_deliverables(project):
    script(project, "exit 0")
    started(project, phase("a", agent='"script"').replace('["src/textkit/a.py"]', "[]"))
    result = project.phase("a")
    assert (result.code, names(result.json["attempts"][0]["violations"])) == (4, {"no-op"})


@pytest.mark.slow
def test_an_agents_meddling_with_the_records_is_named(project):
    script(
        project,
        f"{MODULE.format(name='b')}; git --git-dir={project.root}/.git update-ref -d refs/harness/runs/demo/a",
    )
    started(project, phase("a"), phase("b", agent='"script"'))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.phase("a")
    changes = project.phase("b").json["attempts"][0]["checkout_changes"]
    assert {"kind": "ref", "name": "refs/harness/runs/demo/a", "change": "removed"} in changes


def test_an_attempts_own_ledger_deleted_meanwhile_comes_back_whole(project):
    script(
        project,
        f"git --git-dir={project.root}/.git update-ref -d refs/harness/runs/demo/b; {MODULE.format(name='b')}",
    )
    started(project, phase("b"))
    project.reply("b", 1, create("src/textkit/other.py", "x = 1\n"))
    assert project.phase("b").json["outcome"] == "failed"
    assert project.phase("b", "--agent", "script").code == 0
    attempts = project.harness("show", "b", "--json").json["attempts"]
    assert [attempt["number"] for attempt in attempts] == [1, 2]


@pytest.mark.slow
def test_no_name_an_agent_makes_up_forges_a_line(project):
    started(project, phase("a"))
    script(project, "touch \"$(printf 'x\\nattempt 9: complete')\"")
    project.commit(message="agent")
    result = project.harness("run-phase", "a", "--agent", "script")
    assert result.code == 3
    assert not any(line.startswith("attempt 9") for line in (result.stdout + result.stderr).splitlines())


def test_a_shallow_checkout_without_refs_works(project, tmp_path):
    started(project, phase("a"))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.commit(message="reply")
    shallow = tmp_path / "shallow"
    project.git("clone", "-q", "--depth", "1", f"file://{project.root}", str(shallow))
    for command in (["checkout", "-q", "--detach"], ["branch", "-D", "main"], ["remote", "remove", "origin"]):
        project.git("-C", str(shallow), *command)
    result = project.harness("run-phase", "a", "--json", cwd=shallow)
    assert result.code == 0, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["with space", "colon:name", "quo'te\"", "ünï", "-dash", "#hash"])
def test_odd_repository_names_work(project, tmp_path, name):
    started(project, phase("a").replace('tests = "none"\n', ""))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.commit(message="reply")
    moved = tmp_path / name
    project.root.rename(moved)
    result = project.harness("run-phase", "a", "--json", cwd=moved)
    assert result.code == 0, result.stdout + result.stderr


def test_an_identity_in_another_encoding_works(project):
    started(project, phase("a"))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    subprocess.run([b"git", b"config", b"user.name", b"J\xf6rg"], cwd=project.root, check=True)
    project.git("config", "user.email", "j@example.com")
    assert project.phase("a").code == 0


@pytest.mark.slow
def test_a_large_difference_can_be_shown(project):
    script(project, "mkdir big; i=0; while [ $i -lt 6000 ]; do echo x > big/$(printf '%0100d' $i).txt; i=$((i+1)); done; " + MODULE.format(name="a"))  # fmt: skip
    started(project, phase("a", agent='"script"'))
    assert project.phase("a").code == 0
    result = project.harness("diff", "demo", "--stat")
    assert (result.code, "6001 files changed" in result.stdout) == (0, True)


def test_closed_and_broken_output_change_no_exit_code(project):
    started(project, phase("a"))
    command = f"{sys.executable} -m harness"
    for line in (
        f"{command} explain | head -1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        f"{command} explain >&-",
    ):
        done = subprocess.run(
            ["bash", "-c", line], cwd=project.root, env=project.environment, capture_output=True
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), (line, done.stderr)
    broken = f"{command} run-phase nosuch --json | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", broken], cwd=project.root, env=project.environment, capture_output=True
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [["run-phase"], ["nosuch"], ["show", "a", "--attempt", "x"], ["drop", "demo^{}"], ["drop", "demo~1"]],
)
def test_wrong_usage_gives_a_json_document_too(project, arguments):
    result = project.harness(*arguments, "--json")
    assert (result.code, result.json["schema"]) == (2, "harness.error/1")


def test_runs_that_differ_only_in_case_are_refused(project):
    started(project, phase("a"))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    project.phase("a")
    project.write("plan.toml", (project.root / "plan.toml").read_text().replace('"demo"', '"Demo"'))
    result = project.phase("a")
    assert (result.code, result.json["code"]) == (2, "run-differs-in-case")


@pytest.mark.slow
def test_diff_shows_work_in_a_folder_called_telemetry(project):
    started(project, phase("a").replace("src/textkit/a.py", "telemetry/a.py"))
    project.reply("a", 1, create("telemetry/a.py", "value = 1\n"))
    assert project.phase("a").code == 0
    shown = project.harness("diff", "demo").stdout
    assert "telemetry/a.py" in shown
    assert "demo.ndjson" not in shown


def test_a_baseline_kept_without_a_lent_file_is_not_used_with_it(project):
    test = "import pathlib\n\n\ndef test_env():\n    assert pathlib.Path('.env').read_text()\n"
    script(
        project,
        f"{MODULE.format(name='a')}; echo \"import pathlib; pathlib.Path('.env').unlink(True)\" > src/textkit/__init__.py",
    )
    project.commit({"tests/test_base.py": "def test_there():\n    assert True\n", "tests/test_env.py": test})
    started(project, phase("a", agent='"recorded"').replace('tests = "none"\n', ""))
    project.reply("a", 1, create("src/textkit/a.py", "value = 1\n"))
    assert project.phase("a").code == 0  # fails on the base as well
    assert "1 failed as before" in project.harness("show", "a").stdout
    project.harness("drop", "demo")
    project.write(".env", "X=1\n")
    project.write(".worktreeinclude", ".env\n")
    project.write("tests/test_env.py", "import textkit\n" + test)
    project.commit(message="import")
    project.reply("a", 2, create("src/textkit/a.py", "value = 1\n"), {"type": "replace_file", "file_path": "src/textkit/__init__.py", "content": "import pathlib\npathlib.Path('.env').unlink(True)\n"})  # fmt: skip
    result = project.phase("a")
    assert result.code == 1, result.stdout
    assert "tests/test_env.py::test_env" in result.json["attempts"][0]["tests"]["delta"]["newly_failing"]


def test_a_link_in_the_place_of_a_lock_is_not_written_through(project, tmp_path):
    started(project, phase("one"))
    project.reply("one", 1, create("src/textkit/one.py", "value = 1\n"))
    precious = tmp_path / "precious"
    precious.write_text("precious\n")
    lock = project.root / ".git/harness/runs/demo.lock"
    lock.parent.mkdir(parents=True)
    lock.symlink_to(precious)
    result = project.phase("one")
    assert (result.code, result.json["code"]) == (70, "file-problem")
    assert str(lock) in result.json["message"]
    assert precious.read_text() == "precious\n"


def test_a_pipe_in_a_repository_inside_is_not_waited_for(project):
    trap = "mkdir -p a/.git/objects a/.git/refs; mkfifo a/.git/HEAD"
    script(project, f"{MODULE.format(name='a')}; {trap}")
    started(project, phase("a", agent='"script"'))
    result = project.phase("a")
    assert (result.code, result.json["reason"]) == (3, "special-file"), result.stdout
