"""Refs whose file holds no commit id, as a power failure leaves them: git passes over them with a warning."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.errors import UsageError

_SOUND = re.compile(rb"[0-9a-f]{40}\b|ref:")


def broken_ref(git_dir: Path, prefix: str) -> UsageError | None:
    """UsageError `damaged-repository` for a ref named or below `prefix` whose file git can't read, or None.

    To go on as if there were no such ref would be to begin anew what is recorded.
    """
    for file in _files(git_dir / prefix):
        with contextlib.suppress(FileNotFoundError):
            if file.suffix != ".lock" and not _SOUND.match(file.read_bytes()):
                return _broken(git_dir, file)
    return None


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    yield from sorted(found for found in place.glob("**/*") if found.is_file())


def _broken(git_dir: Path, file: Path) -> UsageError:
    ref = file.relative_to(git_dir)
    log = git_dir / "logs" / ref
    if log.is_file():
        advice = f"write the second id of the last line of {shlex.quote(str(log))} into it"
    else:
        advice = (
            "of the commits that `git fsck --lost-found` lists, write the newest of "
            f"{str(ref).rpartition('runs/')[2]} into it: `git show -s ID` says what one is"
        )
    return UsageError(
        "damaged-repository",
        f"git can't read {file}: it holds no commit id",
        f"{advice}. Deleting the file gives up what the ref had",
    )
