"""The `run:` steps of the workflows, executed as they stand in a clone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workflow_files import NAMES, ROOT, Runner, steps, workflow

REPLAY = ["replay", "written by init"]
GUARD = ["ci", "written by init"]
GATE = {"replay": "Gate on the mean SMAPE", "written by init": "Gate on the limits in harness.toml"}
SUMMARY, FETCH = "Replay into the summary", "Fetch the notes, which a checkout leaves behind"
VALUES = {"github.token": "s3cret"}


def git(folder: Path, *argv: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    settings = ("commit.gpgsign=false", "user.name=A", "user.email=a@localhost")
    argv = ("git", *(word for setting in settings for word in ("-c", setting)), *argv)
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (argv, done.stderr)
    return done.stdout.strip()


@pytest.fixture
def origin(tmp_path):
    """A bare repository with a telemetry folder, whose notes a clone doesn't bring."""
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    shutil.copytree(ROOT / "telemetry", work / "telemetry")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "telemetry")
    git(work, "notes", "--ref=harness/ci", "add", "-m", "{}")
    git(tmp_path, "clone", "-q", "--mirror", str(work), "origin.git")
    return tmp_path / "origin.git"


@pytest.fixture
def runner(origin, tmp_path):
    git(tmp_path, "clone", "-q", str(origin), "clone")
    return Runner(tmp_path / "clone", tmp_path / "runner", VALUES)


def figures(runner: Runner) -> dict:
    return json.loads((runner.temporary / "replay.json").read_text())


@pytest.mark.parametrize("name", REPLAY)
def test_the_replay_of_what_is_committed_here_passes(runner, name):
    done = runner.run(name, "replay")
    assert {step: result.returncode for step, result in done.items()} == {FETCH: 0, SUMMARY: 0, GATE[name]: 0}
    assert done[FETCH].stdout == "refs/notes/remotes/origin/harness/ci\n"
    assert "| mean SMAPE |" in runner.summary.read_text()
    assert "```mermaid" in runner.summary.read_text()
    assert (runner.temporary / "telemetry-report.html").read_text().startswith("<!DOCTYPE html>")
    assert (runner.temporary / "telemetry-report.svg").read_text().startswith("<svg ")
    assert figures(runner)["schema"] == "harness.replay/1"
    assert all(gate["passed"] for gate in figures(runner)["gates"])
    assert all("s3cret" not in result.stdout + result.stderr for result in done.values())


@pytest.mark.parametrize("name", REPLAY)
def test_a_repository_without_notes_is_no_failure(runner, origin, name):
    git(origin, "update-ref", "-d", "refs/notes/harness/ci")
    done = runner.run(name, "replay")
    assert done[FETCH].returncode == 0
    assert "::warning::" not in done[FETCH].stdout
    assert done[GATE[name]].returncode == 0


@pytest.mark.parametrize("name", REPLAY)
def test_a_remote_that_is_gone_is_said_and_no_failure(runner, origin, name):
    shutil.rmtree(origin)
    done = runner.run(name, "replay")
    assert "::warning::" in done[FETCH].stdout
    assert done[GATE[name]].returncode == 0


@pytest.mark.parametrize("name", REPLAY)
def test_a_missed_gate_fails_with_summary_and_figures(runner, name):
    # The same samples with ten times the tokens used: every prediction is far too low.
    for file in (runner.checkout / "telemetry").glob("*.ndjson"):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        for row in rows:
            for key in ("actual_tokens", "actual_output_tokens"):
                if key in row:
                    row[key] *= 10
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = runner.run(name, "replay")
    assert done[SUMMARY].returncode == 0
    assert "MISSED" in runner.summary.read_text()
    assert done[GATE[name]].returncode == 1
    assert "gate-missed" in done[GATE[name]].stderr
    assert "| mean SMAPE |" in runner.summary.read_text()
    assert figures(runner)["gates"][0]["passed"] is False


@pytest.mark.parametrize("name", REPLAY)
def test_a_replay_that_can_not_start_fails(runner, name):
    (runner.checkout / "harness.toml").write_text("[telemetry")
    done = runner.run(name, "replay")
    assert done[GATE[name]].returncode == done[SUMMARY].returncode == 2


@pytest.mark.parametrize("name", REPLAY)
def test_figures_are_kept_from_where_they_are_written(name):
    upload = steps(name, "replay")[-1]
    assert upload["uses"].startswith("actions/upload-artifact@")
    assert upload["if"] == "always()"
    written = ("replay.json", "telemetry-report.html", "telemetry-report.svg")
    assert upload["with"]["path"].split("\n") == [f"${{{{ runner.temp }}}}/{name}" for name in written] + [""]


@pytest.mark.parametrize("name", GUARD)
def test_the_guard_judges_a_pull_request(origin, tmp_path, name):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(origin), "clone")
    (clone / "harness.toml").write_text('[policy]\nprotected = ["locked/"]\n')
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "base")
    base = git(clone, "rev-parse", "HEAD")
    verdicts = {}
    for number, path in enumerate(("free.txt", "locked/x")):
        git(clone, "checkout", "-q", "--detach", base)
        (clone / path).parent.mkdir(exist_ok=True)
        (clone / path).write_text("x")
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", "head")
        prefix = "github.event.pull_request."
        head = git(clone, "rev-parse", "HEAD")
        values = {prefix + "base.sha": base, prefix + "head.sha": head}
        runner = Runner(clone, tmp_path / f"runner{number}", values)
        verdicts[path] = runner.run(name, "guard")["Judge what the pull request changes"]
    assert verdicts["free.txt"].returncode == 0
    assert verdicts["locked/x"].returncode == 3
    assert "locked/x:1: protected-path" in verdicts["locked/x"].stdout


@pytest.mark.parametrize(("job", "step"), [
    ("guard", "Judge what the pull request changes"),
    ("verify", "Recompute what the pull request's phases say"),
])  # fmt: skip
def test_a_merge_group_is_judged_from_its_base(runner, job, step):
    """Required, they would hold a merge queue up where they don't report."""
    name, clone = "written by init", runner.checkout
    assert "merge_group" in workflow(name)[True]
    assert "github.event_name == 'merge_group'" in workflow(name)["jobs"][job]["if"]
    (clone / "harness.toml").write_text('[policy]\nprotected = ["locked.txt"]\n')
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "base")
    base = git(clone, "rev-parse", "HEAD")
    (clone / "locked.txt").write_text("x")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "head")
    prefix = "github.event.merge_group."
    runner.values = VALUES | {prefix + "base_sha": base, prefix + "head_sha": git(clone, "rev-parse", "HEAD")}
    done = runner.run(name, job)[step]
    assert done.returncode == (3 if job == "guard" else 0), done.stderr
    assert ("locked.txt:1: protected-path" in done.stdout) == (job == "guard")


def test_the_guard_of_this_project_is_the_bases(origin, tmp_path):
    """What would be installed is the base's tree, whatever the pull request holds."""
    (install,) = (s for s in steps("ci", "guard") if "pip install" in s.get("run", ""))
    assert install["run"].splitlines() == [
        'git worktree add --detach "$RUNNER_TEMP/base" "$BASE_SHA"',
        'python -I -m pip install "$RUNNER_TEMP/base"',
    ]
    git(tmp_path, "clone", "-q", str(origin), "clone")
    base = git(tmp_path / "clone", "rev-parse", "HEAD")
    (tmp_path / "step.sh").write_text(install["run"].splitlines()[0])
    environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "BASE_SHA": base}
    script = ["bash", "-eo", "pipefail", tmp_path / "step.sh"]
    subprocess.run(script, cwd=tmp_path / "clone", env=environment, check=True, capture_output=True)
    assert (tmp_path / "base/telemetry").is_dir()


@pytest.mark.parametrize("name", NAMES)
def test_what_installs_imports_nothing_from_the_checkout(origin, tmp_path, name):
    clone, trace, programs = tmp_path / "clone", tmp_path / "trace", tmp_path / "bin"
    git(tmp_path, "clone", "-q", str(origin), "clone")
    for module in ("pip", "runpy"):
        (clone / f"{module}.py").write_text(f"open({str(trace)!r}, 'w')\n")
    # A Python without pip: nothing is really installed.
    programs.mkdir()
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    (programs / "python").chmod(0o755)
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "BASE_SHA": git(clone, "rev-parse", "HEAD"),
    }
    scripts = {step.get("run", "") for job in workflow(name)["jobs"] for step in steps(name, job)}
    for number, script in enumerate(text for text in scripts if "pip install" in text):
        environment["RUNNER_TEMP"] = str(tmp_path / str(number))
        done = subprocess.run(
            ["bash", "-c", script], cwd=clone, env=environment, capture_output=True, text=True
        )
        assert "No module named pip" in done.stderr
    assert not trace.exists()
