"""Files that git writes its output to, overwriting them without a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.commands.model import Refusal
from harness.commands.places import Place, locate, refuse_write
from harness.commands.scene import Scene


def refuse_output(path: str, command: str, suffixes: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """Why `command` may not write its output to `path`; new files are known by one of `suffixes`."""
    refusal = refuse_write(path, scene)
    if refusal:
        yield refusal
    elif locate(path, scene) is not Place.INSIDE or scene.context.is_absent_path(path):
        return
    elif not suffixes or not path.lower().endswith(tuple(suffixes)):
        new = f", or to a new file ending in {suffixes[0]}" if suffixes else ""
        yield Refusal(
            "overwrites-worktree",
            f"`{command}` overwrites {path!r} with its output",
            f"write to a path under /tmp{new}",
        )
