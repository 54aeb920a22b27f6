"""What commits changed, as git tells it; and trees that were made to explode."""

from __future__ import annotations

import pygit2
import pytest
from project import Project

from harness.git.commit_walk import MOST_CHANGES, walk_commits
from harness.git.repository import discover


def as_git_tells(project: Project, commit: str) -> set[tuple[str, str | None, str | None]]:
    """Regular files with another content, from `git diff-tree`."""
    output = project.git(
        "diff-tree", "--root", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-commit-id", commit
    )
    fields = output.split("\0")[:-1]
    found = set()
    for record, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old, new, _ = record.lstrip(":").split()
        before = old if old_mode.startswith("100") else None
        after = new if new_mode.startswith("100") else None
        if before != after:
            found.add((path, before, after))
    return found


def test_changes_are_those_git_tells(project: Project) -> None:
    project.commit({"a/b/c.py": "1", "a/b.py": "2", "a.py": "3", "z/é ü.txt": "4", "a b/x": "5"}, "files")
    project.git("mv", "a/b/c.py", "a/b/d.py")
    project.commit({"a.py": "changed"}, "rename, edit")
    project.git("rm", "-q", "-r", "a")
    project.commit({"a": "a file where a folder was"}, "file for folder")
    (project.root / "a").unlink()
    (project.root / "a").symlink_to("z")
    project.git("update-index", "--add", "--cacheinfo", f"160000,{project.rev('HEAD')},sub")
    project.commit(message="link and submodule")
    (project.root / "a").unlink()
    project.write("a.py", "changed", mode=0o755)
    project.commit({"a/new.py": "6"}, "folder for link, mode")
    walked = list(walk_commits(discover(project.root), project.rev("HEAD")))
    assert len(walked) == 6
    for commit in walked:
        assert commit is not None
        told = {(change.path, change.old, change.new) for change in commit.changes}
        assert told == as_git_tells(project, commit.oid)


def bomb(objects: pygit2.Repository, leaf: str, levels: int, width: int) -> str:
    """A tree of `width ** levels` files, made of as few objects as levels."""
    blob, tree = objects.create_blob(b"x\n"), None
    for _ in range(levels):
        builder = objects.TreeBuilder()
        for number in range(width):
            if tree is None:
                builder.insert(f"{leaf}{number}", blob, 0o100644)
            else:
                builder.insert(f"{leaf}{number}", tree, 0o040000)
        tree = builder.write()
    return str(tree)


@pytest.mark.parametrize(
    ("levels", "width", "reason"),
    [(12, 10, "too-many-files"), (1, 3000, "too-many-files"), (3000, 1, "incomplete")],
)
def test_a_tree_made_to_explode_is_left_out(project: Project, levels: int, width: int, reason: str) -> None:
    objects = pygit2.Repository(str(project.root))
    tree = bomb(objects, "f", levels, width)
    commit = project.git("commit-tree", tree, "-p", "HEAD", "-m", "boom").strip()
    project.git("update-ref", "HEAD", commit)
    walked = next(walk_commits(discover(project.root), commit))
    assert walked is None or len(walked.changes) <= MOST_CHANGES
    done = project.harness("telemetry", "backfill", "--json")
    assert (done.code, done.json["left_out"]) == (0, {reason: 1})


def test_a_history_with_objects_gone(project: Project) -> None:
    project.commit({"a.py": "x = 1\n" * 20}, "one")
    blob = project.rev("HEAD:a.py")
    project.commit({"a.py": "x = 2\n" * 20}, "two")
    project.commit({"b.py": "x = 3\n" * 20}, "three")
    (project.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    done = project.harness("telemetry", "backfill", "--json")
    assert done.code == 0, done.stderr
    assert done.json["samples"] == 2
    assert done.json["left_out"] == {"incomplete": 2}
