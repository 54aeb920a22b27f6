"""Files that steer git and tools, folders git takes for repositories, and paths with a filter."""

from __future__ import annotations

import pytest
from policy_changes import added, change, deleted, told

from harness.policy.control_files import (
    check_bare_repositories,
    check_control_files,
    check_filtered,
    named_files,
)
from harness.policy.model import ABSENT, GITLINK, REGULAR, SYMLINK

CONTROL = [
    ".gitignore", ".gitattributes", ".gitmodules", ".git-blame-ignore-revs", ".mailmap", ".lfsconfig",
    ".gitconfig", "CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", "deep/er/.gitignore",
    ".pre-commit-config.yaml", "lefthook.yml", ".lefthook.toml", "lefthook-local.yml", ".overcommit.yml",
    ".husky/pre-commit", ".husky/_/husky.sh", "web/.husky/commit-msg", ".githooks/pre-push", ".huskyrc.json",
    ".simple-git-hooks.json", ".envrc", "sub/.envrc", ".devcontainer/devcontainer.json", ".devcontainer.json",
    ".vscode/tasks.json", "sub/.vscode/settings.json", ".vscode/launch.json", "a.code-workspace",
    ".mcp.json", ".claude/settings.json", ".claude/settings.local.json", ".codex/config.toml",
    ".cursor/hooks.json", ".cursor/mcp.json", ".gemini/settings.json",
]  # fmt: skip
DISGUISED = [
    ".GitIgnore",
    ".GITATTRIBUTES",
    "codeowners",
    ".Husky/pre-commit",
    ".vsCode/Tasks.json",
    "．gitmodules",
]
HARMLESS = [
    ".gitkeep", "gitignore", ".gitignore.txt", "my.gitignore", "docs/gitattributes.md", "src/codeowners.py",
    "husky/pre-commit", "hooks/pre-commit", ".github/workflows/ci.yml", ".vscode/extensions.json",
    "vscode/tasks.json", ".claude/commands/review.md", "src/lefthook", "lefthook-lock.json", ".env",
    "pre-commit-config.yaml", "src/mailmap.py", "HEAD", "config",
]  # fmt: skip


@pytest.mark.parametrize("path", [*CONTROL, *DISGUISED])
@pytest.mark.parametrize("kind", [added, change, deleted])
def test_control_files(path, kind):
    assert told(check_control_files([kind(path)], named=())) == [("control-file", path)]


@pytest.mark.parametrize("path", HARMLESS)
def test_their_neighbours(path):
    assert check_control_files([added(path)], named=()) == []


def test_the_reason_is_told():
    (violation,) = check_control_files([added("web/.husky/pre-push")], named=())
    assert "commits or pushes" in violation.message


def test_one_exact_file_can_be_named():
    named = named_files([".gitignore", "src/"], ["/docs/CODEOWNERS", "./.envrc"])
    changes = [
        added(path) for path in (".gitignore", "docs/CODEOWNERS", ".envrc", "src/.gitignore", "CODEOWNERS")
    ]
    assert told(check_control_files(changes, named)) == [
        ("control-file", "src/.gitignore"),
        ("control-file", "CODEOWNERS"),
    ]


def test_globs_and_folders_name_no_file():
    wide = ["**", "*", ".husky/", ".git*", ".gitignor?", "[.]envrc", "!.gitignore", "\\.mailmap", ""]
    assert named_files(wide) <= {""}
    named = named_files(wide, [".husky"])
    assert told(check_control_files([added(".husky/pre-push")], named)) == [
        ("control-file", ".husky/pre-push")
    ]


class Tree:
    """The names in each folder; counts the questions."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths
        self.asked: list[str] = []

    def names(self, folder: str) -> set[str]:
        self.asked.append(folder)
        prefix = f"{folder}/" if folder else ""
        return {path.removeprefix(prefix).split("/")[0] for path in self.paths if path.startswith(prefix)}


def check_bare(*paths: str, changes=None):
    return check_bare_repositories(changes or [added(path) for path in paths], Tree(*paths).names)


BARE = {
    "the whole": ("x/HEAD", "x/config", "x/objects/a", "x/refs/b"),
    "without config": ("x/HEAD", "x/objects/a", "x/refs/b"),
    "files in place of folders": ("x/HEAD", "x/objects", "x/refs"),
    "in another case": ("x/head", "x/Objects/a", "x/REFS/b"),
    "objects elsewhere": ("x/HEAD", "x/commondir"),
    "in the root": ("HEAD", "objects/a", "refs/b"),
    "deep": ("a/b/c/HEAD", "a/b/c/objects/x", "a/b/c/refs/y"),
}
NOT_BARE = {
    "no HEAD": ("x/objects/a", "x/refs/b", "x/config"),
    "no refs": ("x/HEAD", "x/objects/a"),
    "spread out": ("x/HEAD", "y/objects/a", "x/refs/b"),
    "other names": ("x/HEAD.md", "x/objects/a", "x/refs/b"),
}


@pytest.mark.parametrize("name", BARE)
def test_the_shape_of_a_bare_repository(name):
    found = check_bare(*BARE[name])
    assert told(found) == [("bare-repository-files", path) for path in BARE[name]]


@pytest.mark.parametrize("name", NOT_BARE)
def test_other_shapes(name):
    assert check_bare(*NOT_BARE[name]) == []


def test_one_file_can_complete_it():
    assert told(check_bare(*BARE["the whole"], changes=[change("x/config")])) == [
        ("bare-repository-files", "x/config")
    ]


def test_changes_beside_it_and_taking_it_away_pass():
    paths = (*BARE["the whole"], "y/a")
    assert check_bare(*paths, changes=[change("y/a"), added("xx/b"), deleted("x/HEAD")]) == []


def test_each_folder_is_asked_for_once():
    tree = Tree("x/HEAD")
    check_bare_repositories([added(f"a/b/{n}") for n in range(50)], tree.names)
    assert sorted(tree.asked) == ["", "a", "a/b"]


def test_paths_with_a_filter():
    asked = []

    def filtered(path):
        asked.append(path)
        return path.endswith(".bin")

    changes = [added("a.bin"), change("b.bin"), deleted("c.bin"), added("d.py")]
    changes += [change("link.bin", ABSENT, SYMLINK), change("sub.bin", GITLINK, GITLINK)]
    changes += [change("was-link.bin", SYMLINK, REGULAR)]
    assert told(check_filtered(changes, filtered)) == [
        ("filtered-path", path) for path in ("a.bin", "b.bin", "c.bin", "was-link.bin")
    ]
    assert "link.bin" not in asked and "sub.bin" not in asked
