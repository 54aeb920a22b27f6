"""A run with an attempt of every kind, and plumbing to tamper with one thing of its record."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from project import CONFIG, FILES, Project, create

AGENT = f"""
[agents.editor]
kind = "command"
command = ["{sys.executable}", "edit.py"]
edits = "worktree"

[agents.broken]
kind = "command"
command = ["false"]
"""
EDIT = (
    "import pathlib\n"
    "pathlib.Path('src/textkit/work.py').write_text('WORK = 1\\n')\n"
    "pathlib.Path('src/textkit/data.bin').write_bytes(bytes(range(256)) * 4)\n"
    "pathlib.Path('src/textkit/run.sh').write_text('#!/bin/sh\\n')\n"
    "pathlib.Path('src/textkit/run.sh').chmod(0o755)\n"
)
SUMS_TEST = "def test_two():\n    assert 1 + 1 == 2\n\n\ndef test_three():\n    assert 1 + 2 == 3\n"
PHASES = (
    'id = "one"\ngoal = "One"\ndeliverables = ["src/textkit/one.py"]',
    'id = "two"\ngoal = "Two"\ndeliverables = ["src/textkit/two.py", "tests/test_two.py"]\nmax_attempts = 3',
    'id = "work"\ngoal = "Work"\ndeliverables = ["src/textkit/work.py"]\nscope = ["src/"]\nagent = "editor"\n'
    'tests = "none"',
    'id = "tidy"\ngoal = "Tidy"\ndeliverables = ["src/textkit/tidy.py"]\nscope = ["src/", "tests/"]',
    'id = "fixed"\ngoal = "Fixed"\ndeliverables = ["src/textkit/fixed.py"]\nscope = ["src/"]\ntests = "none"',
    'id = "odd"\ngoal = "Odd"\ndeliverables = ["src/textkit/odd.py"]\nmax_attempts = 1',
    'id = "broken"\ngoal = "Broken"\ndeliverables = ["src/textkit/no.py"]\nagent = "broken"\nmax_attempts = 1',
)
TWO_TEST = "from textkit.two import TWO\n\n\ndef test_value():\n    assert TWO == 2\n"


def make_run(root: Path, environment: Mapping[str, str]) -> Project:
    """The run `demo`: accepted, refused, failed then passed, worktree, approved, fixed, unusable attempts."""
    root.mkdir()
    project = Project(root, environment)
    project.git("init", "-q", "-b", "main")
    files = {"tests/test_sums.py": SUMS_TEST, "edit.py": EDIT, "harness.toml": CONFIG + AGENT}
    project.plan(*PHASES)
    _replies(project)
    project.commit({**FILES, **files}, "begin")
    for phase, code in (("one", 0), ("two", 0), ("work", 0), ("tidy", 5), ("odd", 4), ("broken", 4)):
        done = project.phase(phase)
        assert done.code == code, (phase, done.stdout, done.stderr)
    assert project.harness("approve", "tidy", "--reason", "covered elsewhere").code == 0
    assert project.phase("tidy").code == 0
    fixed = project.harness("fix", "--phase", "fixed", "--", "printf 'FIXED = 1\\n' > src/textkit/fixed.py")
    assert fixed.code == 0, fixed.stderr
    assert project.phase("fixed").code == 0
    return project


def _replies(project: Project) -> None:
    project.reply("one", 1, create("src/textkit/one.py", "ONE = 1\n"))
    project.write("replies/one-1.txt.usage.json", '{"input": 900, "output": 120, "model": "robot-1"}')
    test = create("tests/test_two.py", TWO_TEST)
    project.reply(
        "two", 1, create("pyproject.toml.bak", ""), {"type": "delete", "file_path": "pyproject.toml"}
    )
    project.reply("two", 2, create("src/textkit/two.py", "TWO = 1\n"), test)
    project.reply(
        "two", 3, {"type": "replace_file", "file_path": "src/textkit/two.py", "content": "TWO = 2\n"}
    )
    weaker = SUMS_TEST.partition("\n\n\n")[0] + "\n"
    weakens = {"type": "replace_file", "file_path": "tests/test_sums.py", "content": weaker}
    project.reply("tidy", 1, create("src/textkit/tidy.py", "TIDY = 1\n"), weakens)
    project.reply("odd", 1, "I would rather not.\n")


def copy_of(project: Project, root: Path) -> Project:
    """The same repository at another path."""
    shutil.copytree(project.root, root, symlinks=True)
    return Project(root, project.environment)


class Plumbing:
    """Changes one thing of a repository's record with git's own plumbing."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.git = project.git

    def ledger(self, phase: str) -> str:
        return f"refs/harness/runs/demo/{phase}"

    def entry(self, phase: str, attempt: int) -> str:
        """The ledger commit of an attempt."""
        chain = self.git("rev-list", "--first-parent", self.ledger(phase)).split()
        for oid in chain:
            text = self.git("show", f"{oid}:attempt.json", check=False)
            if text and json.loads(text)["number"] == attempt:
                return oid
        raise AssertionError((phase, attempt))

    def read(self, phase: str, attempt: int, name: str) -> str:
        return self.git("show", f"{self.entry(phase, attempt)}:{name}")

    def document(self, phase: str, attempt: int) -> dict:
        return json.loads(self.read(phase, attempt, "attempt.json"))

    def blob(self, text: str) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=text).strip()

    def tree_with(self, tree: str, path: str, text: str | None) -> str:
        """A tree with one file changed, or without it."""
        index = self.project.root.parent / f"{os.urandom(4).hex()}.index"
        plumbing = Project(self.project.root, {**self.project.environment, "GIT_INDEX_FILE": str(index)})
        plumbing.git("read-tree", tree)
        if text is None:
            plumbing.git("update-index", "--force-remove", path)
        else:
            plumbing.git("update-index", "--add", "--cacheinfo", f"100644,{self.blob(text)},{path}")
        return plumbing.git("write-tree").strip()

    def rewritten(self, commit: str, change: Callable[[str], str]) -> str:
        """The commit object with its text changed, as a new object."""
        text = change(self.git("cat-file", "commit", commit))
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text).strip()

    def edit(self, phase: str, attempt: int, name: str, change: Callable[[str], str] | None) -> None:
        """Change a file of an attempt's evidence (None: remove it), and put the chain on the new entry."""
        old = self.entry(phase, attempt)
        tree = self.git("rev-parse", f"{old}^{{tree}}").strip()
        text = change(self.git("show", f"{old}:{name}")) if change else None
        self.move(
            phase, old, self.rewritten(old, lambda t: t.replace(tree, self.tree_with(tree, name, text)))
        )

    def move(self, phase: str, old: str, new: str) -> None:
        """Put everything of a ledger that came after the entry `old` on `new` instead."""
        chain = self.git("rev-list", "--first-parent", self.ledger(phase)).split()
        for oid in reversed(chain[: chain.index(old)]):
            was, now = old, new
            old, new = oid, self.rewritten(oid, lambda t, a=was, b=now: t.replace(a, b, 1))
        self.git("update-ref", self.ledger(phase), new)

    def edit_document(self, phase: str, attempt: int, **values: object) -> None:
        """Change keys of attempt.json."""
        self.edit(phase, attempt, "attempt.json", lambda text: json.dumps({**json.loads(text), **values}))

    def rewrite_branch(self, commit: str, change: Callable[[str], str]) -> str:
        """Rewrite one commit of the run's branch, and everything after it."""
        chain = self.git("rev-list", "--first-parent", "harness/demo").split()
        made = new = self.rewritten(commit, change)
        old = commit
        for oid in reversed(chain[: chain.index(commit)]):
            was, now = old, new
            old, new = oid, self.rewritten(oid, lambda t, a=was, b=now: t.replace(a, b, 1))
        self.git("update-ref", "refs/heads/harness/demo", new)
        return made


def git_commands(project: Project, folder: Path, *arguments: str) -> list[str]:
    """The git command lines, less their settings, that `harness ARGUMENTS` starts."""
    folder.mkdir()
    log, script = folder / "log", folder / "git"
    script.write_text(f'#!/bin/sh\necho "$*" >>{log}\nexec {shutil.which("git")} "$@"\n')
    script.chmod(0o755)
    project.harness(*arguments, PATH=f"{folder}:{project.environment['PATH']}")
    setting = re.compile(r"(^| )(-c \S+|--git-dir=\S+|--work-tree=\S+|--no-optional-locks)(?= )")
    return [setting.sub("", line).strip() for line in log.read_text().splitlines()]
