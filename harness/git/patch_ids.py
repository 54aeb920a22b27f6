"""Patch ids: what a change is, wherever it was made; telemetry files don't count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.git.command import Git

_SHAPE = ("-p", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv")
_PATHS = ("--", ".", ":(top,exclude)telemetry/*.ndjson")
_ENVIRONMENT = {"GIT_LITERAL_PATHSPECS": "0"}
_CHUNK = 200  # commits whose patches are held at a time


def commit_patch_ids(git: Git, commits: Sequence[str]) -> dict[str, str]:
    """For each commit the patch id of its change to its one parent; merges and empty changes have none."""
    found: dict[str, str] = {}
    for start in range(0, len(commits), _CHUNK):
        asked = "".join(f"{commit}\n" for commit in commits[start : start + _CHUNK]).encode()
        patches = git(
            "diff-tree", "--stdin", "--root", "-r", *_SHAPE, *_PATHS, stdin=asked, environment=_ENVIRONMENT
        )
        found |= _patch_ids(git, patches.stdout)
    return found


def range_patch_ids(git: Git, ranges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each (base, tip), by tip, the patch id of the whole difference between the two."""
    found: dict[str, str] = {}
    for base, tip in ranges:
        patch = git("diff-tree", "-r", *_SHAPE, base, tip, *_PATHS, environment=_ENVIRONMENT).stdout
        found |= _patch_ids(git, f"{tip}\n".encode() + patch)
    return found


def _patch_ids(git: Git, patches: bytes) -> dict[str, str]:
    lines = git("patch-id", "--stable", stdin=patches).stdout.decode("ascii").splitlines()
    return {commit: patch for patch, commit in (line.split() for line in lines)}
