"""`harness init`: adds what is missing, keeps what is there, and what it adds works."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.config import parse_config
from harness.globs import compile_globs
from harness.plan import parse_plan

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
FILES = [
    "harness.toml",
    "plan.toml",
    ".pre-commit-config.yaml",
    "hooks/pre-commit",
    "hooks/pre-merge-commit",
    "hooks/pre-push",
    "hooks/commit-msg",
    ".github/workflows/harness.yml",
    "telemetry/.gitattributes",
]
HELLO = "def greeting(name):\n    return f'Hello, {name}!'\n"
TEST = "from hello import greeting\n\n\ndef test_it():\n    assert greeting('a') == 'Hello, a!'\n"
ANSWER = [
    {"type": "create", "file_path": "hello.py", "content": HELLO},
    {"type": "create", "file_path": "tests/test_hello.py", "content": TEST},
]


def test_it_writes_everything_once(started):
    first = started.init()
    assert first["schema"] == "harness.init/1"
    assert (first["written"], first["kept"]) == (FILES, [])
    assert started.git("status", "--short", "-uall").split()[1::2] == sorted(FILES)
    before = started.files()
    second = started.init()
    assert (second["written"], second["kept"], second["config"]) == ([], FILES, [])
    assert second["config_kept"] == first["config"]
    assert started.files() == before


def test_a_person_reads_what_happened_and_what_comes_next(started):
    lines = started.harness("init").stdout.splitlines()
    assert [line.split()[1] for line in lines[: len(FILES)]] == FILES
    assert all(line.startswith("written") for line in lines[: len(FILES)])
    assert len(lines[lines.index("next:") + 1 :]) == 3
    again = started.harness("init")
    assert "nothing to do: everything was there already" in again.stdout
    assert "hint: commit harness.toml first" in again.stderr


def test_the_next_commands_are_right(started):
    for command in started.init()["next"][:2]:
        done = started.run("sh", "-c", command)
        assert done.returncode == 0, done.stderr
    assert started.git("status", "--short") == ""
    quiet = started.init()
    assert (quiet["next"], quiet["remarks"]) == ([], [])
    # The guard is in force now, under what was just committed.
    (started.path / ".github/workflows/harness.yml").unlink()
    done = started.run("git", "commit", "-a", "-m", "x")
    assert done.returncode != 0
    assert ".github/workflows/harness.yml:1: protected-path" in done.stdout + done.stderr


def test_the_example_phase_runs(started):
    for command in started.init()["next"][:1]:
        started.run("sh", "-c", command)
    (started.path / "replies").mkdir()
    (started.path / "replies/hello-1.txt").write_text("\n".join(map(json.dumps, ANSWER)))
    done = started.harness("run-phase", "hello", "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "complete"


@pytest.mark.parametrize("present", [[], ["tests/x", "pyproject.toml", "tox.ini"], ["test/x"]])
def test_the_configuration_fits_the_project(started, present):
    for name in present:
        (started.path / name).parent.mkdir(exist_ok=True)
        (started.path / name).write_text("")
    started.init()
    config = parse_config((started.path / "harness.toml").read_bytes())
    expected = [name for name in present if "/" not in name]
    assert list(config.policy.protected) == [*expected, ".github/"]
    assert list(config.tests.paths) == [
        name.split("/")[0] for name in present if "test" in name.split("/")[0]
    ]
    assert list(config.agents) == ["recorded"]
    compile_globs(config.policy.protected)


def test_the_commented_agent_is_a_valid_one(started):
    started.init()
    text = (started.path / "harness.toml").read_text()
    start = text.index("# [agents.claude]")
    text = text[:start] + text[start:].replace("# ", "", 1).replace("\n# ", "\n")
    assert parse_config(text.encode()).agents["claude"].edits == "worktree"


def test_the_commented_keys_of_the_plan_are_valid_ones(started):
    started.init()
    data = (started.path / "plan.toml").read_text()
    plan = parse_plan(data.encode(), "plan.toml")
    assert plan.phase[0].deliverables == ("hello.py", "tests/test_hello.py")
    keys = [line for line in data.splitlines() if line.startswith("# ") and " = [" in line]
    assert len(keys) == 4
    for line in keys:
        if "depends_on" not in line:
            data = data.replace(line, line.removeprefix("# "))
    parse_plan(data.encode(), "plan.toml")


def test_nothing_is_ever_overwritten(started):
    for name in FILES:
        (started.path / name).parent.mkdir(parents=True, exist_ok=True)
        (started.path / name).write_text(f"mine: {name}")
    answer = started.init()
    assert (answer["written"], answer["kept"]) == ([], FILES)
    for name in FILES:
        assert (started.path / name).read_text() == f"mine: {name}"
    assert any("add the hook harness-guard" in remark for remark in answer["remarks"])


def test_links_are_not_followed(started, tmp_path):
    outside = tmp_path / "outside"
    (started.path / "harness.toml").symlink_to(outside)
    answer = started.init()
    assert "harness.toml" in answer["kept"]
    assert not outside.exists()


@pytest.mark.parametrize("in_the_way", ["link", "file"])
def test_a_folder_that_is_something_else_stops_it_before_anything_is_written(started, tmp_path, in_the_way):
    (tmp_path / "outside").mkdir()
    if in_the_way == "link":
        (started.path / ".github").symlink_to(tmp_path / "outside")
    else:
        (started.path / ".github").write_text("")
    before = started.files()
    done = started.harness("init", "--json")
    assert done.code == 2
    assert json.loads(done.stdout)["code"] == "init-blocked"
    assert started.files() == before
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_dry_run_changes_nothing(started):
    started.git("remote", "add", "origin", "nowhere")
    before = started.files()
    answer = started.init("--dry-run")
    assert (answer["written"], answer["dry_run"]) == (FILES, True)
    assert started.files() == before
    assert "would be written  harness.toml" in started.harness("init", "--dry-run").stdout


def test_no_partial_file_stays(started):
    started.init()
    assert list(started.path.rglob("*.partial")) == []
    mode = (started.path / "hooks/pre-commit").stat().st_mode
    assert mode & stat.S_IXUSR
    assert not (started.path / "plan.toml").stat().st_mode & stat.S_IXUSR


def test_from_a_folder_inside_it_writes_at_the_root(started):
    (started.path / "a/b").mkdir(parents=True)
    assert started.init(cwd=started.path / "a/b")["written"] == FILES
    assert (started.path / "harness.toml").is_file()


def test_the_next_commands_begin_at_the_root(started):
    (started.path / "a").mkdir()
    told = started.init(cwd=started.path / "a")["next"]
    script = "\n".join(["set -e", *told[:2]])
    done = subprocess.run(
        ["sh", "-c", script], cwd=started.path / "a", env=started.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert started.git("ls-files", "harness.toml") == "harness.toml"


def test_another_folder_of_hooks_is_not_put_out_of_force(started):
    started.git("config", "core.hooksPath", ".husky")
    told = started.init()
    assert not any("core.hooksPath" in command for command in told["next"])
    assert any("core.hooksPath is .husky" in remark for remark in told["remarks"])
    started.git("config", "core.hooksPath", "hooks")
    assert "git config core.hooksPath hooks" in started.init()["next"][1]


def test_settings_are_added_beside_others(started):
    started.git("remote", "add", "origin", "nowhere")
    started.git("config", "--add", "notes.displayRef", "refs/notes/mine")
    started.git("config", "notes.harness/ci.mergeStrategy", "union")
    before = started.git("config", "--get-all", "remote.origin.fetch")
    started.init()
    started.init()
    assert started.git("config", "--get-all", "notes.displayRef").split() == [
        "refs/notes/mine",
        "refs/notes/harness/ci*",
    ]
    assert started.git("config", "--get-all", "notes.harness/ci.mergeStrategy") == "union"
    assert started.git("config", "--get-all", "remote.origin.fetch").splitlines() == [
        before,
        "+refs/notes/harness/*:refs/notes/remotes/origin/harness/*",
    ]


def test_without_a_remote_nothing_is_fetched(started):
    assert not any("remote." in setting for setting in started.init()["config"])


def test_fetching_brings_notes_and_loses_none(started, tmp_path):
    other = tmp_path / "other"
    started.git("clone", "-q", started.path, other)
    started.git("-C", other, "config", "commit.gpgsign", "false")
    started.init(cwd=other)
    started.git("notes", "--ref=harness/ci", "add", "-m", "theirs")
    started.git("-C", other, "notes", "--ref=harness/ci", "add", "-m", "ours")
    started.git("-C", other, "fetch", "-q", "--prune")
    theirs = "refs/notes/remotes/origin/harness/ci"
    assert started.git("-C", other, "notes", f"--ref={theirs}", "show") == "theirs"
    assert "Notes (harness/ci):\n    ours" in started.git("-C", other, "log", "-1")
    started.git("-C", other, "notes", "--ref=harness/ci", "merge", "-q", theirs)
    merged = started.git("-C", other, "notes", "--ref=harness/ci", "show")
    assert merged.splitlines() == ["ours", "theirs"]


def test_git_log_has_nothing_to_warn_about(started):
    started.init()
    assert started.run("git", "log", "-1").stderr == ""
    started.git("notes", "--ref=harness/ci", "add", "-m", "line")
    started.git("notes", "--ref=harness/pytest", "add", "-m", "a whole report")
    shown = started.run("git", "log", "-1")
    assert "line" in shown.stdout
    assert "a whole report" not in shown.stdout
    assert shown.stderr == ""


def test_notes_follow_an_amended_commit(started):
    started.init()
    started.git("notes", "--ref=harness/ci", "add", "-m", "line")
    started.git("commit", "-q", "--amend", "--no-verify", "-m", "other words")
    assert started.git("notes", "--ref=harness/ci", "show") == "line"


def test_hooks_that_are_in_force_stay_so(started):
    (started.path / ".git/hooks").mkdir(exist_ok=True)
    (started.path / ".git/hooks/commit-msg").write_text("#!/bin/sh\n")
    assert started.init()["next"][1].startswith("pre-commit install")


def test_the_written_pre_commit_configuration_is_valid_and_as_published(started):
    started.init()
    path = started.path / ".pre-commit-config.yaml"
    subprocess.run([BIN / "pre-commit", "validate-config", path], check=True, timeout=60)
    written = yaml.safe_load(path.read_text())
    published = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for local, ours in zip(written["repos"][0]["hooks"], published, strict=True):
        assert local.pop("language") == "system"
        assert local.items() <= ours.items()
        assert set(ours["stages"]) <= set(written["default_install_hook_types"])


HOOKS = [name for name in FILES if name.startswith("hooks/")]


@pytest.mark.parametrize("name", HOOKS)
def test_the_hook_that_is_written_and_the_one_of_this_repository_are_one(name):
    template = ROOT / "harness/templates" / Path(name).name
    assert template.read_bytes() == (ROOT / name).read_bytes()


def test_the_written_hooks_are_ours(started):
    started.init()
    for name in HOOKS:
        written = started.path / name
        assert written.read_bytes() == (ROOT / name).read_bytes()
        assert os.access(written, os.X_OK)


def test_telemetry_of_two_branches_is_united(started):
    started.init()
    value = started.git("check-attr", "merge", "telemetry/x.ndjson")
    assert value == "telemetry/x.ndjson: merge: union"


def test_before_the_first_commit(tmp_path, started):
    started.git("init", "-q", tmp_path / "new")
    assert started.init(cwd=tmp_path / "new")["written"] == FILES


@pytest.mark.parametrize("kind", ["none", "bare"])
def test_without_a_checkout(started, tmp_path, kind):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if kind == "bare":
        started.git("init", "-q", "--bare", folder)
    before = sorted(folder.rglob("*"))
    done = started.harness("init", cwd=folder)
    assert done.code == 2
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before
