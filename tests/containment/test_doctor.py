"""`harness doctor`: one line a thing, what to do, and an exit code only where a phase can't be run."""

import os
import sys
import tempfile
from pathlib import Path

import pygit2
import pytest
from containment_user import without_bubblewrap
from pygit2.enums import ConfigLevel

from harness.doctor.machine import git_check, machine_checks
from harness.errors import FaultError
from harness.git.object_store import open_objects
from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised


def checks(result) -> dict[str, dict[str, str]]:
    assert result.json["schema"] == "harness.doctor/1"
    return {check["name"]: check for check in result.json["checks"]}


def test_a_project_that_is_set_up_is_fine(bubblewrap, project):
    project.harness("init")
    project.commit(message="set up")
    project.git("config", "core.hooksPath", "hooks")
    result = project.harness("doctor", "--json")
    found = checks(result)
    assert result.code == 0
    for name in ("python", "containment", "state", "repository", "config", "tests", "hooks", "notes"):
        assert found[name]["state"] == "ok", found[name]
        assert found[name]["remedy"] == ""
    assert "pytest" in found["tests"]["message"]


def test_a_hook_of_somebody_elses_does_not_start_the_guard(project):
    project.harness("init")
    hook = project.write(".git/hooks/pre-commit", "#!/bin/sh\nmake lint  # our test harness\n", 0o755)
    found = checks(project.harness("doctor", "--json"))["hooks"]
    assert (found["state"], found["message"]) == ("warn", f"{hook} doesn't start the guard")
    hook.write_text("#!/bin/sh\nexec pre-commit run\n")
    assert checks(project.harness("doctor", "--json"))["hooks"]["state"] == "ok"


def test_what_is_missing_is_a_warning_with_what_to_do(project, tmp_path):
    config = (project.root / "harness.toml").read_text()
    project.write("harness.toml", config + "\n[budget]\ntokens = 5\n")
    result = project.harness("doctor", "--json", PATH=without_bubblewrap(tmp_path))
    found = checks(result)
    assert result.code == 0
    for name, remedy in (
        ("containment", "bubblewrap"),
        ("config", "git add harness.toml"),
        ("hooks", "core.hooksPath"),
        ("notes", "harness init"),
    ):
        assert found[name]["state"] == "warn", found[name]
        assert remedy in found[name]["remedy"]


@pytest.mark.parametrize(
    ("table", "name", "code"),
    [
        ('[tests]\npython = "nowhere/python"\n', "tests", "python-not-found"),
        (f'[tests]\npython = "{"long" * 80}/python"\n', "tests", "python-not-found"),
        ("[tests]\nnonsense = 1\n", "config", "invalid-config"),
    ],
)
def test_what_makes_a_phase_impossible_fails(project, table, name, code):
    project.commit({"harness.toml": table}, "configure")
    result = project.harness("doctor", "--json")
    assert result.code == 1
    assert checks(result)[name]["state"] == "fail"
    assert code in checks(result)[name]["message"]


def test_required_containment_that_doesnt_work_fails(project, tmp_path):
    config = (project.root / "harness.toml").read_text()
    project.commit({"harness.toml": config + '\n[containment]\nmode = "required"\n'}, "require")
    result = project.harness("doctor", "--json", PATH=without_bubblewrap(tmp_path))
    assert (result.code, checks(result)["containment-mode"]["state"]) == (1, "fail")


def test_a_repository_without_a_commit_fails(empty_project):
    result = empty_project.harness("doctor", "--json")
    assert (result.code, checks(result)["repository"]["state"]) == (1, "fail")


def test_the_machines_part_needs_no_repository(project, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    result = project.harness("doctor", cwd=folder, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert result.code == 0, result.stdout + result.stderr
    assert "git" in result.stdout
    assert "not a git repository" in result.stdout


def test_a_state_folder_that_cant_be_written_fails(project, tmp_path):
    (tmp_path / "file").write_text("")
    result = project.harness("doctor", "--json", HARNESS_STATE_HOME=str(tmp_path / "file" / "state"))
    assert (result.code, checks(result)["state"]["state"]) == (1, "fail")


def test_what_cant_be_looked_at_is_a_finding(project, tmp_path):
    result = project.harness("doctor", "--json", HARNESS_STATE_HOME=str(tmp_path / ("long" * 80)))
    found = checks(result)
    assert (result.code, found["state"]["state"]) == (1, "fail")
    assert found["worktrees"]["state"] in ("ok", "fail")


def test_a_python_that_may_not_be_executed_is_said(tmp_path, monkeypatch):
    """As where the harness of one user is started by another."""
    python = tmp_path / "python"
    python.write_text("")
    monkeypatch.setattr(sys, "executable", str(python))
    spec = ProcessSpec(
        argv=["true"], cwd=tmp_path, env={}, stdout=tmp_path / "out", stderr=tmp_path / "err", timeout=5
    )
    with pytest.raises(FaultError) as refused:
        run_supervised(spec)
    assert refused.value.code == "supervisor-not-started"
    assert "a Python that you may execute" in refused.value.hint
    (tmp_path / "bwrap").symlink_to("/bin/true")
    monkeypatch.setenv("HARNESS_STATE_HOME", str(tmp_path))
    found = {check.name: check for check in machine_checks({"PATH": str(tmp_path)})}["containment"]
    if sys.platform == "linux":
        assert (found.state, "[supervisor-not-started]" in found.message) == ("fail", True)


def test_a_home_that_is_closed_is_no_reason_not_to_read_objects(project):
    """git goes on without the settings in it, as under another user's HOME."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        project.git("clone", "-q", "--bare", str(project.root), str(folder / "copy.git"))
        if os.getuid():
            (folder / "closed").chmod(0)
        else:
            for path in [folder / "copy.git", *(folder / "copy.git").rglob("*")]:
                os.chown(path, 12345, -1)
        child = os.fork()
        if child == 0:
            if os.getuid() == 0:
                os.setuid(12345)
            pygit2.settings.search_path[ConfigLevel.GLOBAL] = str(folder / "closed")
            pygit2.settings.search_path[ConfigLevel.XDG] = str(folder / "closed/.config/git")
            try:
                os._exit(0 if open_objects(folder / "copy.git").head.target else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_missing_git_is_said(project, tmp_path):
    (tmp_path / "empty").mkdir()
    result = project.harness("doctor", "--json", PATH=str(tmp_path / "empty"))
    assert (result.code, checks(result)["git"]["state"]) == (1, "fail")


def test_worktrees_of_dead_commands_are_counted(project, tmp_path):
    project.harness("doctor")
    folder = tmp_path / "state/repositories"
    project.plan('id = "work"\ngoal = "g"\ndeliverables = ["src/textkit/new.py"]')
    project.reply("work", 1, "no edits\n")
    project.phase("work")
    runs = next(folder.glob("*/worktrees/demo"))
    (runs / "work-1-abc").mkdir()
    (runs / "work-1-abc.lock").write_text('{"pid": 1}')
    stale = checks(project.harness("doctor", "--json"))["worktrees"]
    assert stale["state"] == "warn"
    assert "work-1-abc" in stale["message"]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((2, 38, 9), "fail"),
        ((2, 39, 5), "warn"),
        ((2, 43, 6), "warn"),
        ((2, 43, 7), "ok"),
        ((2, 50, 0), "warn"),
        ((2, 51, 0), "ok"),
        ((3, 0), "ok"),
    ],
)
def test_versions_of_git(version, state):
    assert git_check(version).state == state
