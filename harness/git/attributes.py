"""Which paths git stores otherwise than they are worked on, by the attributes of a tree."""

from __future__ import annotations

import os
from collections.abc import Collection

from harness.git.command import Git, split_z
from harness.git.private import PrivateRepository
from harness.git.repository import Repository
from harness.git.tree import Tree

_FILE = ".gitattributes"
_ASKED = ("filter", "working-tree-encoding")
_NOT_SET = ("unspecified", "unset", "")


def filtered_paths(
    user: Repository, private: PrivateRepository, trees: Collection[str], paths: Collection[str]
) -> frozenset[str]:
    """Those of `paths` that one of `trees` gives a filter or an encoding, the user's own attributes too."""
    own = (user.common_dir / "info/attributes").is_file()
    found: set[str] = set()
    for oid in trees:
        tree = Tree(private.objects, oid)
        files = sorted(path for path in tree.beside(paths) if path.rpartition("/")[2] == _FILE)
        if files or own:
            found |= _asked(user, private, _index(private, tree, files), paths)
    return frozenset(found)


def _index(private: PrivateRepository, tree: Tree, files: Collection[str]) -> dict[str, str]:
    """An environment whose index holds nothing but these files of a tree."""
    environment = {
        "GIT_INDEX_FILE": str(private.folder / f"attributes-{os.urandom(4).hex()}.index"),
        "GIT_OBJECT_DIRECTORY": str(private.git_dir / "objects"),
    }
    entries = ((path, tree.entry(path)) for path in files)
    lines = [f"{entry.mode} {entry.oid}\t{path}\0" for path, entry in entries if entry]
    records = "".join(lines).encode("utf-8", "surrogateescape")
    private.git("update-index", "-z", "--index-info", stdin=records, environment=environment)
    return environment


def _asked(
    user: Repository, private: PrivateRepository, environment: dict[str, str], paths: Collection[str]
) -> set[str]:
    # Asked of the user's repository, as the private one's attributes take filters away.
    git = Git(user.common_dir, private.folder)
    asked = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in sorted(paths))
    output = git("check-attr", "--cached", "-z", "--stdin", *_ASKED, stdin=asked, environment=environment)
    fields = split_z(output.stdout)
    records = zip(fields[0::3], fields[2::3], strict=True)
    return {path for path, value in records if value not in _NOT_SET}
