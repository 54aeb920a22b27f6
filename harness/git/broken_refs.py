"""Refs whose place holds no commit id, as power failures and broken copies leave it: git passes over them."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import stat
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
                return _broken(git_dir, file, "it holds no commit id")
    return None


def obstructed_ref(git_dir: Path, prefix: str) -> UsageError | None:
    """The same for what is neither file nor folder there; to be asked before git is.

    git waits for a pipe for ever, and takes a link to nowhere for no ref, without a word.
    """
    found = next(_no_files(str(git_dir / prefix.partition("*")[0])), None)
    if found is None:
        return None
    is_link = os.path.islink(found)  # noqa: PTH114
    why = f"it is a link to {os.readlink(found)}, and there is no file" if is_link else "it is no file"  # noqa: PTH115
    return _broken(git_dir, Path(found), why, f"rm {shlex.quote(found)}, then ")


def _no_files(place: str) -> Iterator[str]:
    """What isn't a file at or below a place, folders left out; a loop of its own, as it is walked often."""
    try:
        entries = os.scandir(place)
    except OSError:
        if _is_no_file(place):
            yield place
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _no_files(entry.path)
            elif not entry.is_file(follow_symlinks=False) and _is_no_file(entry.path):
                yield entry.path


def _is_no_file(path: str) -> bool:
    with contextlib.suppress(OSError):
        mode = os.stat(path).st_mode  # noqa: PTH116
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    try:
        # A link that git reads as the name of another ref may lead to one that isn't there yet.
        return not os.readlink(path).startswith("refs/")  # noqa: PTH115
    except OSError:
        return False  # nothing is there


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    yield from sorted(found for found in place.glob("**/*") if found.is_file())


def _broken(git_dir: Path, file: Path, why: str, first: str = "") -> UsageError:
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
        f"git can't read {file}: {why}",
        f"{first}{advice}. Deleting the file gives up what the ref had",
    )
