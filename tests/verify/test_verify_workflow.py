"""The `verify` job of the workflows, its steps executed as they stand in a clone of a pull request."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import Project
from verify_project import Plumbing, copy_of

FETCH = "Fetch ledger and notes, which a checkout leaves behind"
VERIFY = "Recompute what the pull request's phases say"
WORKFLOWS = Path(__file__).parents[1] / "workflows"


@pytest.fixture
def runner(monkeypatch):
    """Runs a job's steps in a clone, as GitHub's runner does."""
    monkeypatch.syspath_prepend(WORKFLOWS)
    from workflow_files import Runner

    return Runner


def pull_request(project: Project, tmp_path: Path, head: str) -> tuple[Path, dict[str, str]]:
    project.git("clone", "-q", str(project.root), str(tmp_path / "clone"))
    values = {"github.token": "s3cret"}
    for name, revision in (("base", "main"), ("head", head)):
        values[f"github.event.pull_request.{name}.sha"] = project.rev(revision)
    return tmp_path / "clone", values


@pytest.mark.parametrize("name", ["replay", "written by init"])
def test_a_pull_request_of_a_run_is_verified(run_made, runner, tmp_path, name):
    clone, values = pull_request(run_made, tmp_path, "harness/demo")
    done = runner(clone, tmp_path / "runner", values).run(name, "verify")
    assert {step: result.returncode for step, result in done.items()} == {FETCH: 0, VERIFY: 0}
    assert "verified; checked 5 attempts" in done[VERIFY].stdout
    assert all("s3cret" not in result.stdout + result.stderr for result in done.values())


def test_a_dropped_note_fails_the_pull_request(run_made, runner, tmp_path):
    project = copy_of(run_made, tmp_path / "origin")
    commit = Plumbing(project).document("one", 1)["commit"]
    project.git("notes", "--ref=refs/notes/harness/ci", "remove", commit)
    clone, values = pull_request(project, tmp_path, "harness/demo")
    done = runner(clone, tmp_path / "runner", values).run("written by init", "verify")
    assert done[VERIFY].returncode == 1
    assert "note-missing  demo/one attempt 1" in done[VERIFY].stdout


def test_a_pull_request_without_phases_passes(run_made, runner, tmp_path):
    clone, values = pull_request(run_made, tmp_path, "main")
    done = runner(clone, tmp_path / "runner", values).run("written by init", "verify")
    assert done[VERIFY].returncode == 0
    assert "no commit with the harness's trailers" in done[VERIFY].stdout
