"""Making a fresh worktree runnable: the setup command and `.worktreeinclude`."""

import os
import stat

import pytest

from harness.checks.setup import run_setup
from harness.checks.worktreeinclude import copy_included


@pytest.fixture
def worktree(tmp_path):
    folder = tmp_path / "worktree"
    folder.mkdir()
    return folder


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    return folder


def set_up(worktree, *command, timeout=60):
    return run_setup(command, worktree, worktree.parent / "scratch", timeout)


def test_it_runs_in_the_worktree_and_sees_nothing_that_could_mislead_it(worktree, monkeypatch):
    monkeypatch.setenv("NAME", "kept")
    for name in ("GIT_DIR", "PYTHONPATH", "EDITOR", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "/of/the/caller")
    assert set_up(worktree, "sh", "-c", 'echo "$NAME" > made; env > seen') == ""
    assert (worktree / "made").read_text() == "kept\n"
    assert "/of/the/caller" not in (worktree / "seen").read_text()


def test_a_failure_is_told_in_one_line(worktree):
    reason = set_up(worktree, "sh", "-c", "echo out; echo 'no such package' >&2; exit 7")
    assert reason.startswith("[tests] setup (sh) failed: exit code 7")
    assert "no such package" in reason and "\n" not in reason


def test_long_output_is_cut(worktree):
    reason = set_up(worktree, "sh", "-c", "yes words | head -100000; echo the end; exit 1")
    assert reason.endswith("the end") and len(reason) < 700


def test_a_command_that_is_not_there_or_hangs(worktree):
    assert "not-there-at-all" in set_up(worktree, "not-there-at-all")
    assert "failed: " in set_up(worktree, "sleep", "600", timeout=0.5)


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_what_the_file_names_is_copied(checkout, worktree):
    write(
        checkout,
        {
            ".worktreeinclude": "# secrets\n.env\nconfig/*.local\n!config/not.local\n/only-root\n",
            ".env": "A=1",
            "deep/er/.env": "A=2",
            "config/x.local": "x",
            "config/not.local": "n",
            "only-root": "r",
            "sub/only-root": "s",
            "other.log": "o",
        },
    )
    (checkout / ".env").chmod(0o640)
    (checkout / "only-root").chmod(0o755)
    ignored = [".env", "deep/er/.env", "config/x.local", "config/not.local", "only-root"]
    ignored += ["sub/only-root", "other.log", "gone/.env", "only-root"]
    expected = [".env", "config/x.local", "deep/er/.env", "only-root"]
    assert copy_included(checkout, worktree, ignored) == expected
    copied = sorted(p.relative_to(worktree).as_posix() for p in worktree.rglob("*") if p.is_file())
    assert copied == expected
    assert (worktree / "deep/er/.env").read_text() == "A=2"
    assert stat.S_IMODE((worktree / ".env").stat().st_mode) == 0o640
    assert stat.S_IMODE((worktree / "only-root").stat().st_mode) == 0o755


def test_nothing_is_overwritten(checkout, worktree):
    write(checkout, {".worktreeinclude": "*", "a": "theirs", "b": "theirs", "file/c": "theirs"})
    write(worktree, {"a": "ours", "file": "ours"})
    (worktree / "b").symlink_to("nowhere")
    assert copy_included(checkout, worktree, ["a", "b", "file/c"]) == []
    assert (worktree / "a").read_text() == "ours"
    assert (worktree / "b").is_symlink()
    assert (worktree / "file").read_text() == "ours"


def test_no_link_is_followed_on_either_side(checkout, worktree, tmp_path):
    outside = tmp_path / "outside"
    write(outside, {"secret": "s"})
    write(checkout, {".worktreeinclude": "*", "plain/file": "f"})
    (checkout / "link").symlink_to(outside / "secret")
    (checkout / "folder").symlink_to(outside)
    os.mkfifo(checkout / "pipe")
    (worktree / "plain").symlink_to(outside)
    ignored = ["link", "folder/secret", "pipe", "plain/file", "plain"]
    assert copy_included(checkout, worktree, ignored) == []
    assert sorted(p.name for p in outside.iterdir()) == ["secret"]


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/hostname", ".git/config", "sub/.GIT/x", ""])
def test_odd_paths_are_passed_over(checkout, worktree, path):
    write(checkout, {".worktreeinclude": "*", ".git/config": "c", "sub/.GIT/x": "g", "../x": "x"})
    assert copy_included(checkout, worktree, [path]) == []
    assert list(worktree.iterdir()) == []


def test_without_the_file_nothing_is_copied(checkout, worktree):
    write(checkout, {".env": "A=1"})
    assert copy_included(checkout, worktree, [".env"]) == []
