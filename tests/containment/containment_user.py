"""What is the user's, and the agent that is after it."""

import hashlib
import os
import sys
from pathlib import Path

from project import Project

PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
scope = ["src/", "tests/"]
max_attempts = 1
agent = "vandal"
"""
HARNESS_REFS = ("refs/heads/harness/", "refs/harness/", "refs/notes/harness/")


def configure(project: Project, table: str = "", files: dict[str, str] | None = None) -> None:
    """Commit a harness.toml with an agent that runs vandal.sh of the checkout, and `table` besides."""
    project.plan(PHASE)
    config = (project.root / "harness.toml").read_text()
    command = f"[agents.vandal]\nkind = 'command'\ncommand = ['sh', '{project.root}/vandal.sh']\n"
    text = f"{config}\n{command}edits = 'worktree'\ntimeout = 60\n{table}"
    for path, content in (files or {}).items():
        project.write(path, content)
    project.write("harness.toml", text)
    project.git("commit", "-q", "-m", "configure", "--no-verify", "--", *_known(project, files or {}))


def _known(project: Project, files: dict[str, str]) -> list[str]:
    names = ["harness.toml", "plan.toml", *files]
    project.git("add", "--", *names)
    return names


def vandal(project: Project, script: str) -> None:
    """What the agent does, beside the work it was asked for."""
    project.write("vandal.sh", f"echo 'value = 1' > src/textkit/new.py\n{script}\nexit 0\n")


def precious(project: Project, tmp_path: Path) -> dict[str, str]:
    """Everything of the user's: checkout, git folder, home and remote, but for the harness's own refs."""
    found = {}
    for top in (project.root, tmp_path / "home", tmp_path / "remote.git"):
        for folder, folders, files in os.walk(top):
            if Path(folder).name == ".git":
                # Objects and the harness's own refs and locks come; refs are compared by name below.
                folders[:] = [name for name in folders if name not in ("objects", "refs", "harness", "logs")]
                files = [name for name in files if name != "packed-refs"]
            for name in files:
                path = Path(folder, name)
                found[str(path)] = f"{path.lstat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    for line in project.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines():
        if not line.startswith(HARNESS_REFS):
            found[line.split()[0]] = line.split()[1]
    found["stash"] = project.git("stash", "list")
    found["HEAD log"] = (project.root / ".git/logs/HEAD").read_text()
    found["worktrees"] = project.git("worktree", "list")
    return found


def without_bubblewrap(tmp_path: Path) -> str:
    """A PATH with what the harness and its agents need, but no bwrap."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for name in ("git", "sh", "sleep", "cat", "env", "rm", "true", "ls"):
            if (Path(place) / name).exists() and not (folder / name).exists():
                (folder / name).symlink_to(Path(place) / name)
    return f"{folder}:{Path(sys.executable).parent}"
