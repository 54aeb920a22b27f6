"""The demo, as `make demo` runs it, in a copy of the examples."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path):
    """The examples as a fresh clone has them, in a folder of their own."""
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    shutil.copytree(ROOT / "examples", clone / "examples", ignore=ignored)
    return clone


def run_demo(clone, home):
    """The demo in an environment that is of no help: a strange identity, hooks, settings, state folders."""
    home.mkdir()
    strange = "[user]\n\tname = Somebody Else\n\temail = else@example.com\n[commit]\n\tgpgSign = true\n"
    (home / ".gitconfig").write_text(strange + "[core]\n\thooksPath = /nowhere\n\tautocrlf = true\n")
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "XDG_STATE_HOME": str(home / "state"),
        "GIT_DIR": str(home / "no-repository"),
        "GIT_AUTHOR_NAME": "Wrong",
    }
    return subprocess.run(
        [sys.executable, "examples/demo.py"],
        check=False,
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def git(repository, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and ".demo" not in p.parts}


def test_the_demo_shows_four_fates_and_leaves_nothing_outside_its_folder(clone, tmp_path):
    before = contents(clone)
    home = tmp_path / "home"
    done = run_demo(clone, home)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr

    repository = clone / ".demo" / "textkit"
    ledger = git(repository, "for-each-ref", "--format=%(refname:lstrip=4) %(subject)", "refs/harness/runs")
    assert sorted(ledger.splitlines()) == [
        "reading-time demo/reading-time attempt 2: complete",
        "release demo/release attempt 1: refused",
        "shorten demo/shorten attempt 1: complete",
        "slugify demo/slugify attempt 1: complete",
    ]
    kept = git(repository, "ls-tree", "-r", "--name-only", "harness/demo", "src", "tests").split()
    assert {"src/textkit/slug.py", "src/textkit/reading.py", "tests/test_reading.py"} <= set(kept)
    assert 'version = "0.1.0"' in git(repository, "show", "harness/demo:pyproject.toml")
    rows = [json.loads(row) for row in (clone / ".demo" / "demo.ndjson").read_text().splitlines()]
    assert [row["outcome"] for row in rows if row["phase_id"] == "reading-time"] == ["failed", "complete"]
    assert len(rows) == 5

    for shown in ("$ harness run-phase release", "(exit code 3)", "[protected-path]", "[test-failed]"):
        assert shown in done.stdout
    assert "3 of 4 phases complete" in done.stdout
    assert '"status": "success"' in done.stdout
    assert "5 samples of 5 valid rows" in done.stdout
    assert ".demo/textkit; try:" in done.stdout

    assert contents(clone) == before
    assert [path.name for path in home.iterdir()] == [".gitconfig"]
    assert git(repository, "status", "--porcelain") == ""
    assert set(git(repository, "log", "--all", "--format=%an").split("\n")) - {""} == {"Demo User", "harness"}


@pytest.mark.slow
def test_a_phase_that_ends_otherwise_fails_the_demo(clone, tmp_path):
    textkit = clone / "examples" / "textkit"
    config = (textkit / "harness.toml").read_text()
    tests = '[tests]\npaths = ["tests"]\ntimeout = 60 # seconds\n'
    assert tests in config
    unprotected = config.replace(tests, "").replace('"pyproject.toml", ', "")
    (textkit / "harness.toml").write_text('tests = "none"\n' + unprotected)
    done = run_demo(clone, tmp_path / "home")
    assert done.returncode == 1, done.stdout
    assert "`harness run-phase release` ended with exit code 0, not 3" in done.stderr
