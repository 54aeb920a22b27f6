"""`--compare` and `--runs`: what other commits and branches say."""

from __future__ import annotations

import json
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

from project import GIT
from telemetry_rows import SEED, replay, replay_json, row, telemetry, waiting_plan


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path) -> None:
    """A repository whose main branch has the seed rows."""
    git(folder, "init", "-q", "-b", "main")
    (folder / "telemetry").mkdir()
    (folder / "telemetry" / "seed.ndjson").write_bytes(SEED.read_bytes())
    commit(folder)


def commit(folder: Path) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Change", "--allow-empty")
    return git(folder, "rev-parse", "HEAD")


def branch(folder: Path, name: str, rows: str) -> None:
    git(folder, "checkout", "-q", "-b", f"harness/{name}", "main")
    (folder / "telemetry" / f"{name}.ndjson").write_text(rows)
    commit(folder)
    git(folder, "checkout", "-q", "main")


def test_the_branches_of_runs_are_read_once(tmp_path: Path) -> None:
    repository(tmp_path)
    rows = row(run_id="one", attempt=1) + row(run_id="one", attempt=2)
    branch(tmp_path, "one", rows)
    git(tmp_path, "branch", "harness/copy", "harness/one")
    branch(tmp_path, "two", row(run_id="two", attempt=1) + "{\n")
    assert replay_json(tmp_path)["samples"] == 5
    found = replay_json(tmp_path, "--runs")
    assert (found["samples"], found["excluded"]["duplicates"]) == (8, 0)
    (problem,) = found["problems"]
    assert (problem["source"], problem["line"]) == ("harness/two:telemetry/two.ndjson", 2)


def test_the_branches_of_runs_are_exported_once(tmp_path: Path) -> None:
    repository(tmp_path)
    rows = row(run_id="one", attempt=1) + row(run_id="one", attempt=2)
    branch(tmp_path, "one", rows)
    git(tmp_path, "branch", "harness/copy", "harness/one")
    branch(tmp_path, "two", row(run_id="two", attempt=1) + "{\n")
    assert len(telemetry(tmp_path, "export").stdout.splitlines()) == 6
    done = telemetry(tmp_path, "export", "--runs")
    runs = [json.loads(line)["run_id"] for line in done.stdout.splitlines()]
    assert (done.returncode, len(runs), runs.count("one"), runs.count("two")) == (0, 9, 2, 1)
    assert "harness/two:telemetry/two.ndjson:2" in done.stderr
    assert "9 rows exported" in done.stderr
    (tmp_path / "telemetry" / "one.ndjson").write_text(row(run_id="one", attempt=2, success=False))
    done = telemetry(tmp_path, "export", "--runs", "--format", "csv", "--output", "all.csv")
    assert "harness: 9 rows exported" in done.stderr, done.stderr
    assert "harness/copy:telemetry/one.ndjson:2" in done.stderr


def test_a_merged_run_is_not_counted_twice(tmp_path: Path) -> None:
    repository(tmp_path)
    branch(tmp_path, "one", row(run_id="one", attempt=1))
    git(tmp_path, "merge", "-q", "harness/one")
    (tmp_path / "telemetry" / "one.ndjson").open("a").write(row(run_id="one", attempt=2))
    found = replay_json(tmp_path, "--runs")
    assert (found["samples"], found["excluded"]["duplicates"]) == (7, 0)


def test_branches_that_contradict_are_problems(tmp_path: Path) -> None:
    repository(tmp_path)
    branch(tmp_path, "one", row(run_id="r", attempt=1))
    branch(tmp_path, "two", row(run_id="r", attempt=1, actual_output_tokens=5000))
    found = replay_json(tmp_path, "--runs")
    assert (found["samples"], found["excluded"]["invalid"]) == (6, 1)
    assert "contradicts harness/one:telemetry/one.ndjson:1" in found["problems"][0]["reason"]


def test_coverage_reads_runs_and_the_ledger_s_plan(tmp_path: Path) -> None:
    repository(tmp_path)
    branch(tmp_path, "one", row(run_id="one", attempt=1, category="testing"))
    (tmp_path / "plan.toml").write_text(waiting_plan())
    commit(tmp_path)
    done = coverage(tmp_path, "--runs", "--suggest")
    assert done["strata"]["category"]["testing"]["count"] == 1
    assert [s["state"] for s in done["suggestions"]] == ["queued", "waiting"]


def coverage(folder: Path, *arguments: str) -> dict[str, Any]:
    done = telemetry(folder, "coverage", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_profile_of_another_commit(tmp_path: Path) -> None:
    repository(tmp_path)
    old = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "harness.toml").write_text("[telemetry]\nprofile = 'seed'\n")
    commit(tmp_path)
    found = replay_json(tmp_path, "--compare", "HEAD~1")
    compared = found["compared"]
    assert (compared["ref"], compared["commit"], compared["profile"]) == ("HEAD~1", old, "seed")
    assert compared["figures"] == found["current"]
    assert "at HEAD~1" in replay(tmp_path, "--compare", "HEAD~1").stdout
    for ref in ("nowhere", ""):
        done = replay(tmp_path, "--compare", ref)
        assert (done.returncode, "[unknown-revision]" in done.stderr) == (2, True)


def test_a_profile_file_is_read_from_its_commit(tmp_path: Path) -> None:
    repository(tmp_path)
    text = resources.files("harness.telemetry").joinpath("profiles", "seed.toml").read_text()
    (tmp_path / "own.toml").write_text(text.replace("safety = 1.3", "safety = 2.6"))
    (tmp_path / "harness.toml").write_text("[telemetry]\nprofile = 'own.toml'\n")
    commit(tmp_path)
    (tmp_path / "harness.toml").write_text("")
    (tmp_path / "own.toml").unlink()
    found = replay_json(tmp_path, "--compare", "HEAD")
    assert found["compared"]["figures"]["mean_smape"] > 80
    assert round(found["current"]["mean_smape"], 1) == 38.7


def test_a_bad_line_of_checkout_and_branch_is_one(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / "telemetry" / "bad.ndjson").write_text("{\n")
    commit(tmp_path)
    branch(tmp_path, "one", row(run_id="one", attempt=1))
    found = replay_json(tmp_path, "--runs")
    assert (found["excluded"]["invalid"], len(found["problems"])) == (1, 1)
