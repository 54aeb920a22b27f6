"""The repository around a folder, with a checkout or without: for what reads objects and refs only."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import UsageError
from harness.git.repository import SHA1_COPY, Repository, discover


def open_repository(start: Path) -> Repository:
    """The repository around `start`, bare ones too; UsageError as from `discover`."""
    try:
        return discover(start)
    except UsageError as error:
        if error.code != "bare-repository":
            raise
    return _without_checkout(start)


def _without_checkout(start: Path) -> Repository:
    asking = Repository(start, start, start)
    common = _folder(asking, "--git-common-dir")
    hashing = asking.ask("rev-parse", "--show-object-format").text
    if hashing != "sha1":
        raise UsageError("unsupported-repository", f"{hashing} repositories are not supported yet", SHA1_COPY)
    return Repository(common, _folder(asking, "--absolute-git-dir"), common)


def _folder(asking: Repository, name: str) -> Path:
    answer = asking.ask("rev-parse", "--path-format=absolute", name)
    return Path(os.fsdecode(answer.stdout.removesuffix(b"\n")))
