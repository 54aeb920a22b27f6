"""The guard under the real pre-commit tool, from our own .pre-commit-hooks.yaml."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from protected_edits import STAGED_EDITS

ROOT = Path(__file__).parents[2]
PRE_COMMIT = Path(sys.executable).parent / "pre-commit"


def published_hooks() -> dict[str, dict]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def published_hook() -> dict:
    return published_hooks()["harness-guard"]


def install(repository, config: dict) -> None:
    repository.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    repository.commit("configure pre-commit")
    stages = ("pre-commit", "pre-merge-commit", "pre-push", "commit-msg")
    done = repository.run(PRE_COMMIT, "install", *(word for stage in stages for word in ("-t", stage)))
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def framed(repository):
    """The repository with our published hook, started from the PATH."""
    hooks = [hook | {"language": "system"} for hook in published_hooks().values()]
    for hook in hooks:
        del hook["minimum_pre_commit_version"]
    install(repository, {"repos": [{"repo": "local", "hooks": hooks}]})
    return repository


def commit(repository, *argv: str) -> subprocess.CompletedProcess:
    return repository.run("git", "commit", "-m", "x", *argv)


def test_what_we_publish_cannot_be_blind():
    hook = published_hook()
    assert hook["id"] == "harness-guard"
    assert hook["entry"] == "harness guard --staged"
    assert hook["language"] == "python"
    assert hook["always_run"] is True
    assert hook["pass_filenames"] is False
    assert hook["require_serial"] is True
    assert hook["stages"] == ["pre-commit", "pre-merge-commit"]
    assert not {"files", "types", "types_or", "exclude"} & set(hook)


def test_the_manifest_is_valid():
    manifest = ROOT / ".pre-commit-hooks.yaml"
    subprocess.run([PRE_COMMIT, "validate-manifest", manifest], check=True, timeout=60)


@pytest.mark.parametrize("edit", STAGED_EDITS)
def test_it_refuses(framed, edit):
    STAGED_EDITS[edit](framed)
    before = framed.head()
    done = commit(framed)
    assert done.returncode != 0
    assert b"pyproject.toml:1: protected-path" in done.stderr
    assert b"exit code: 3" in done.stderr
    assert framed.head() == before


def test_it_passes_an_innocent_commit(framed):
    framed.write("src/app.py", "x\n")
    framed.git("add", "-A")
    done = commit(framed)
    assert done.returncode == 0, done.stderr.decode()
    assert b"harness policy over staged changes" in done.stderr


def test_it_sees_commit_all_and_commit_of_a_path(framed):
    framed.write("pyproject.toml", "x\n")
    assert commit(framed, "-a").returncode != 0
    assert commit(framed, "pyproject.toml").returncode != 0
    framed.write("src/app.py", "x\n")
    assert commit(framed, "src/app.py").returncode == 0


def test_it_lets_a_merge_take_over_the_other_side(framed):
    framed.git("checkout", "-q", "-b", "topic")
    framed.write("pyproject.toml", "topic\n")
    framed.commit("topic")
    framed.git("checkout", "-q", "main")
    framed.write("src/app.py", "main\n")
    framed.commit("main")
    done = framed.run("git", "merge", "--no-edit", "topic")
    assert done.returncode == 0, done.stderr.decode()
    assert b"harness policy over staged changes" in done.stdout + done.stderr


def test_it_refuses_a_forged_message(framed):
    before = framed.head()
    done = framed.run("git", "commit", "--allow-empty", "-m", "x\n\nRun-Id: demo")
    assert done.returncode != 0
    assert b"trailer-forged" in done.stderr
    assert framed.head() == before


def test_it_refuses_a_push_of_what_passed_the_other_hooks_by(framed, tmp_path):
    framed.git("init", "-q", "--bare", tmp_path / "remote.git")
    framed.git("remote", "add", "origin", tmp_path / "remote.git")
    assert framed.run("git", "push", "origin", "main").returncode == 0
    framed.git("rm", "-q", "pyproject.toml")
    framed.commit("past the hooks")
    done = framed.run("git", "push", "origin", "main:topic")
    assert done.returncode != 0
    assert b"pyproject.toml:1: protected-path" in done.stdout
    framed.git("revert", "--no-edit", "HEAD")
    assert framed.run("git", "push", "origin", "main").returncode == 0


@pytest.mark.parametrize("stage", ["pre-commit", "pre-push"])
def test_it_judges_the_range_the_framework_is_given_in_ci(framed, stage):
    """There nothing is staged or pushed, which must not look like a pass."""
    base = framed.head()
    framed.git("rm", "-q", "pyproject.toml")
    framed.commit("past the hooks")
    ask = (PRE_COMMIT, "run", "--hook-stage", stage, "--from-ref", base, "--to-ref")
    done = framed.run(*ask, "HEAD")
    assert done.returncode != 0
    assert b"pyproject.toml:1: protected-path" in done.stdout
    framed.git("revert", "--no-edit", "HEAD")
    done = framed.run(*ask, "HEAD")
    assert done.returncode == 0, done.stdout.decode()


def test_a_range_of_another_repository_is_none_of_its_business(repository):
    """A hook that was given a range runs tests, say, that commit elsewhere."""
    told = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": "1" * 40, "PRE_COMMIT_TO_REF": "2" * 40}
    assert repository.refused("--staged", **told) == []
    repository.git("rm", "-q", "pyproject.toml")
    assert repository.refused("--staged", **told) == [("protected-path", "pyproject.toml")]


@pytest.mark.slow
def test_it_installs_from_a_repository_as_others_would(repository, tmp_path):
    """Needs the package registry: pre-commit builds an environment for the hook."""
    published = tmp_path / "published"
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in map(os.fsdecode, listed.split(b"\0")[:-1]):
        if (ROOT / name).is_file():
            (published / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, published / name)
    for argv in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "commit.gpgsign=false", "commit", "-q", "-m", "published"],
    ):
        repository.git("-C", published, *argv)
    rev = repository.git("-C", published, "rev-parse", "HEAD")
    source = {"repo": str(published), "rev": rev, "hooks": [{"id": "harness-guard"}]}
    install(repository, {"repos": [source]})
    # pip inside pre-commit may need the caller's settings to reach its registry.
    repository.environment |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "UV_", "SSL_")) or name.lower().endswith("_proxy")
    }
    repository.environment["PATH"] = os.environ["PATH"]  # so that no installed harness answers
    repository.git("rm", "-q", "pyproject.toml")
    done = commit(repository)
    assert done.returncode != 0
    assert b"pyproject.toml:1: protected-path would be deleted" in done.stderr, done.stderr.decode()
    repository.git("reset", "-q", "--hard")
    repository.write("src/app.py", "x\n")
    repository.git("add", "-A")
    done = commit(repository)
    assert done.returncode == 0, done.stderr.decode()
