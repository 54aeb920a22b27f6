"""Telemetry commands that read objects and refs alone work in a bare repository."""

from __future__ import annotations

import json

import pytest
from project import Project
from telemetry_rows import SEED


@pytest.fixture
def bare(project: Project) -> Project:
    """A mirror of a project with a history; the project stands beside it."""
    for number in range(4):
        project.commit({f"m{number}.py": "x = 1\n" * (20 + number)}, f"Add m{number}")
    return mirror_of(project)


def mirror_of(project: Project) -> Project:
    root = project.root.parent / "bare.git"
    project.git("clone", "-q", "--mirror", str(project.root), str(root))
    return Project(root, project.environment)


def backfilled(project: Project, *arguments: str) -> str:
    done = project.harness("telemetry", "backfill", "--output", "-", *arguments)
    assert done.code == 0, done.stderr
    return done.stdout


def test_backfill_of_a_bare_repository_gives_the_same_rows(project: Project, bare: Project) -> None:
    rows = backfilled(bare)
    assert rows == backfilled(project)
    assert len(rows.splitlines()) >= 4


def test_backfill_of_a_bare_repository_writes_where_it_is_told(bare: Project) -> None:
    before = sorted(bare.root.rglob("*"))
    done = bare.harness("telemetry", "backfill", "--json")
    assert (done.code, done.json["code"]) == (2, "bare-repository")
    assert "--output FILE" in done.json["hint"] and "--output -" in done.json["hint"]
    assert sorted(bare.root.rglob("*")) == before
    target = bare.root.parent / "rows.ndjson"
    done = bare.harness("telemetry", "backfill", "--output", str(target), "--json")
    assert done.code == 0, done.stderr
    assert len(target.read_text().splitlines()) == done.json["samples"]


def test_backfill_of_a_bare_repository_predicts_with_the_profile_its_commit_chose(project: Project) -> None:
    project.commit({"harness.toml": '[telemetry]\nprofile = "seed-p7"\n', "a.py": "x = 1\n"}, "Choose")
    bare = mirror_of(project)
    assert {json.loads(line)["profile"] for line in backfilled(bare).splitlines()} == {"seed-p7"}
    named = backfilled(bare, "--profile", "seed")
    assert {json.loads(line)["profile"] for line in named.splitlines()} == {"seed"}


def test_an_empty_bare_repository_has_nothing_to_walk(project: Project) -> None:
    root = project.root.parent / "empty.git"
    project.git("init", "-q", "--bare", str(root))
    done = Project(root, project.environment).harness("telemetry", "backfill", "--output", "-")
    assert done.code == 2
    assert "[unknown-revision]" in done.stderr


def test_runs_and_other_profiles_are_read_in_a_bare_repository(project: Project) -> None:
    project.git("switch", "-q", "-c", "harness/demo")
    project.commit({"telemetry/demo.ndjson": SEED.read_bytes()}, "Telemetry")
    bare = mirror_of(project)
    done = bare.harness("telemetry", "replay", "--runs", "--json", "--compare", "HEAD")
    assert done.code == 0, done.stderr
    assert (done.json["samples"], done.json["compared"]["profile"]) == (5, "seed")
