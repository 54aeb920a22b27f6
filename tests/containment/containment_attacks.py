"""Ways to destroy what is the user's, as an agent and as a test would try them."""

from pathlib import Path

from project import Project

ATTACKS = (
    "git reset --hard HEAD",
    "git -C {root} reset --hard HEAD",
    "git stash clear",
    "git -C {root} stash clear",
    "git update-ref -d refs/heads/feature",
    "git -C {root} update-ref -d refs/heads/feature",
    "git --git-dir={root}/.git branch stray",
    "git -C {root} config user.name Mallory",
    "git config --global user.name Mallory",
    "env -u GIT_CONFIG_GLOBAL git config --global user.name Mallory",
    "echo evil >> ~/.gitconfig",
    "echo evil > ~/.ssh/config",
    "echo evil > ~/.bashrc",
    "printf '#!/bin/sh\\n' > {root}/.git/hooks/post-commit",
    "rm -f {root}/.git/hooks/pre-commit",
    "echo evil > {root}/.git/index",
    "rm -rf {root}/.git/refs/stash",
    "git push -q {remote} HEAD:refs/heads/pushed",
    "git push -q origin HEAD:refs/heads/pushed",
    "git --git-dir={remote} update-ref -d refs/heads/main",
    'git --git-dir="$(git rev-parse --git-common-dir)" update-ref -d refs/heads/main',
    'cat "$(sed "s/gitdir: //" .git)/../../objects/info/alternates" | while read -r f; do rm -rf "$f/../refs"; done',
    "echo hello > {root}/escaped.txt",
    "rm -f {root}/notes.txt {root}/.env",
    "git -C {root} clean -fdx",
    "git -C {root} worktree add -q {root}/extra",
    "chmod -R a-w {root}",
    "kill -9 {pid}",
    "kill -9 -1",
)


def _filled(user: Project, tmp_path: Path, pid: int) -> list[str]:
    values = {"root": user.root, "remote": tmp_path / "remote.git"}
    return [
        # Braces of the shell's own aren't ours to fill.
        attack.replace("{root}", str(values["root"]))
        .replace("{remote}", str(values["remote"]))
        .replace("{pid}", str(pid))
        for attack in ATTACKS
    ]


def shell_attacks(user: Project, tmp_path: Path, pid: int) -> str:
    """A script that tries all of them, one after the other, each in a shell of its own."""
    lines = [f"({attack})" for attack in _filled(user, tmp_path, pid) if not attack.endswith(" -1")]
    # A reset in its own worktree undoes the agent's work, which comes last.
    return "\n".join([*lines, "echo 'value = 1' > src/textkit/new.py"])


def pytest_attacks(user: Project, tmp_path: Path, pid: int) -> str:
    """A test module that tries all of them, and others a shell has no words for."""
    return f'''"""Attacks."""
import os, shutil, socket, subprocess, sys
import pytest

ATTACKS = {[a for a in _filled(user, tmp_path, pid) if not a.endswith(" -1")]!r}


@pytest.mark.parametrize("attack", [*ATTACKS, "true"])
def test_attack(attack):
    subprocess.run(["sh", "-c", attack], capture_output=True)


def test_files():
    for top in ({str(user.root)!r}, {str(tmp_path / "home")!r}, {str(tmp_path / "remote.git")!r}):
        shutil.rmtree(top, ignore_errors=True)
        with pytest.raises(OSError):
            open(os.path.join(top, "new"), "w")


def test_processes():
    with pytest.raises(ProcessLookupError):
        os.kill({pid}, 9)


def test_network():
    with pytest.raises(OSError):
        socket.create_connection(("1.1.1.1", 53), 3)
'''
