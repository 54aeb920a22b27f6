"""Diffs held against files in memory, and what git makes of the patches that come of it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from edits_memory_tree import MemoryTree

from harness.edits.diff_fit import FittedPatch, fit_patch
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import PatchEdits, Unusable
from harness.edits.reply import parse_reply


def fitted(
    files: Mapping[str, bytes], reply: bytes, *, limits: Limits = DEFAULT_LIMITS, **options
) -> FittedPatch | Unusable:
    """The patch for these files, or why there is none; options are those of `parse_reply`."""
    edits = parse_reply(reply, limits=limits, **options)
    if isinstance(edits, Unusable):
        return edits
    assert isinstance(edits, PatchEdits)
    return fit_patch(edits, MemoryTree(dict(files)), limits)


def patched(folder: Path, files: Mapping[str, bytes], found: FittedPatch | Unusable) -> dict[str, bytes]:
    """The files git makes of these with the patch that was found."""
    assert isinstance(found, FittedPatch), found
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    command = ["git", "-c", "apply.whitespace=nowarn", "apply", "-"]
    done = subprocess.run(command, cwd=folder, input=found.patch, capture_output=True)
    assert done.returncode == 0, (done.stderr, found.patch)
    assert b"offset" not in done.stderr
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def repairs(found: FittedPatch | Unusable) -> list[tuple[str, int | None]]:
    """Names and lines of the repairs that were made."""
    return [(repair.name, repair.line) for repair in found.repairs]


def windows(found: Unusable) -> list[list[int]]:
    """The lines at which the excerpts of each problem begin."""
    return [[window.line for window in problem.nearest] for problem in found.problems]
