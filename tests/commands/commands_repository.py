"""A repository with something to lose everywhere, and what of it is still there after a command."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_DATE = "2024-01-01T00:00:00Z"


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Tess Ter",
        "GIT_AUTHOR_EMAIL": "tess@example.com",
        "GIT_COMMITTER_NAME": "Tess Ter",
        "GIT_COMMITTER_EMAIL": "tess@example.com",
        "GIT_EDITOR": "true",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "LC_ALL": "C.UTF-8",
    }


class Scratch:
    """A clone in `work` of a bare `remote`, both below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.remote = folder / "remote.git"
        self.environment = environment(folder)

    def git(self, *arguments: str, where: Path | None = None, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=where or self.work,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert not check or done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def shell(self, text: str) -> int:
        """Run a command as a fix would be; its input is empty."""
        return subprocess.run(
            ["bash", "-c", text],
            cwd=self.work,
            env=self.environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        ).returncode

    def write(self, path: str, content: str) -> None:
        target = self.work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)

    def commit(self, message: str, **files: str) -> str:
        for path, content in files.items():
            self.write(path.replace("__", "/").replace("_dot_", "."), content)
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD").strip()


def build(folder: Path) -> Scratch:
    """Branches merged and not, tags, notes, stashes, dangling commits; changed, staged, untracked, ignored files."""
    made = Scratch(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made.git("init", "-q", "--bare", "-b", "main", str(made.remote), where=folder)
    made.git("init", "-q", "-b", "main", str(made.work), where=folder)
    made.git("remote", "add", "origin", str(made.remote))
    made.commit(
        "one", README_dot_md="one\n", src__app_dot_py="a = 1\n", f="f\n", _dot_gitignore="*.log\nbuild/\n"
    )
    made.git("tag", "v1.0")
    made.git("tag", "-a", "v1", "-m", "first")
    made.commit("two", README_dot_md="one\ntwo\n", a="a\n", Makefile="all:\n")
    made.git("branch", "merged")
    made.git("switch", "-qc", "topic")
    made.commit("topic", topic_dot_txt="only on topic\n")
    made.git("switch", "-q", "main")
    made.commit("three", README_dot_md="one\ntwo\nthree\n", src__b_dot_py="b = 2\n")
    made.git("push", "-q", "origin", "main", "topic", "v1.0")
    made.git("push", "-q", "origin", "main~1:refs/heads/gone")
    made.git("fetch", "-q", "origin")
    made.git("update-ref", "-d", "refs/heads/gone", where=made.remote)
    made.git("notes", "add", "-m", "a note", "HEAD")
    _lose_sight_of_a_commit(made)
    for name in ("first", "second"):
        made.write("f", f"stashed {name}\n")
        made.git("stash", "push", "-qm", name)
    _change_files(made)
    return made


def _lose_sight_of_a_commit(made: Scratch) -> None:
    made.commit("only in the reflog", reflogged="found by reflog only\n")
    made.git("reset", "-q", "--hard", "HEAD~1")


def _change_files(made: Scratch) -> None:
    made.write("README.md", "changed, not staged\n")
    made.write("src/app.py", "a = 'staged'\n")
    made.git("add", "src/app.py")
    made.write("new.py", "untracked\n")
    made.write("dir/deep.txt", "untracked too\n")
    made.write("x.log", "ignored\n")
    made.write("build/out", "made\n")


def copy(template: Scratch, folder: Path) -> Scratch:
    shutil.copytree(template.folder, folder, symlinks=True)
    made = Scratch(folder)
    made.git("remote", "set-url", "origin", str(made.remote))
    return made


@dataclass(frozen=True)
class Holdings:
    """All that could be lost: tips of references, reflog entries, stashes, objects, contents of files."""

    tips: dict[str, str]
    reflogs: frozenset[str]
    stashes: tuple[str, ...]
    objects: frozenset[str]
    contents: frozenset[bytes]
    remote: dict[str, str]
    hooks: frozenset[tuple[str, int]]
    config: str


def holdings(scratch: Scratch) -> Holdings:
    return Holdings(
        _tips(scratch, scratch.work),
        frozenset(scratch.git("log", "--format=%H", "--walk-reflogs", "--all", check=False).split()),
        tuple(scratch.git("stash", "list", "--format=%H", check=False).split()),
        frozenset(
            scratch.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", check=False).split()
        ),
        frozenset(_contents(scratch.work)),
        _tips(scratch, scratch.remote),
        frozenset((path.name, path.stat().st_mode) for path in (scratch.work / ".git/hooks").iterdir()),
        _settings(scratch),
    )


def _tips(scratch: Scratch, where: Path) -> dict[str, str]:
    lines = scratch.git("for-each-ref", "--format=%(refname) %(objectname)", where=where, check=False)
    return dict(line.split() for line in lines.splitlines())


def _settings(scratch: Scratch) -> str:
    return scratch.git("config", "--get-regexp", r"^(core\.hookspath|filter\.|core\.pager)", check=False)


def _contents(work: Path) -> set[bytes]:
    found = set()
    for folder, folders, files in os.walk(work):
        if ".git" in folders:
            folders.remove(".git")
        found |= {Path(folder, name).read_bytes() for name in files}
    return found


# What a tool makes again, and a fix may delete.
_MADE_AGAIN = {b"made\n"}


def lost(before: Holdings, after: Holdings, scratch: Scratch) -> list[str]:
    """What `before` held and `after` has no more, in words."""
    reachable = _reachable(scratch)
    known = reachable | after.reflogs
    found = [f"tip {name}" for name, tip in before.tips.items() if tip not in known]
    found += [f"reflog entry {entry}" for entry in before.reflogs - known]
    found += [f"stash {entry}" for entry in before.stashes if entry not in after.stashes]
    found += [f"object {name}" for name in before.objects - after.objects]
    stored = _blobs(scratch, reachable)
    found += [
        f"content {text!r}" for text in before.contents - after.contents - _MADE_AGAIN if text not in stored
    ]
    if before.remote != after.remote:
        found.append("the remote changed")
    if before.hooks != after.hooks or before.config != after.config:
        found.append("hooks or configuration changed")
    return found


def _reachable(scratch: Scratch) -> frozenset[str]:
    listed = scratch.git("rev-list", "--objects", "--all", "--reflog", check=False)
    return frozenset(line.split()[0] for line in listed.splitlines())


def _blobs(scratch: Scratch, names: frozenset[str]) -> set[bytes]:
    done = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=scratch.work,
        env=scratch.environment,
        input="".join(f"{name}\n" for name in names).encode(),
        capture_output=True,
    ).stdout
    found, at = set(), 0
    while at < len(done):
        end = done.index(b"\n", at)
        _name, kind, size = done[at:end].split()
        body = done[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
        if kind == b"blob":
            found.add(body)
    return found
