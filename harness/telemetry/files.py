"""The telemetry files of some paths, and their rows."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from harness.errors import UsageError
from harness.telemetry.reader import Problem, Row, read_rows


def telemetry_files(paths: Sequence[str]) -> list[Path]:
    """Every file named, and every `*.ndjson` below a folder named, sorted; each file once."""
    found: dict[Path, Path] = {}
    for name in paths:
        try:
            files = _files_of(Path(name))
        except FileNotFoundError:
            raise UsageError(
                "no-telemetry",
                f"there is no {name}",
                "name a telemetry file, or a folder with *.ndjson files",
            ) from None
        except OSError as error:
            raise _unreadable(error.filename or name, error) from None
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def read_files(files: Sequence[Path]) -> tuple[list[Row], list[Problem]]:
    """The rows of all files, in their order, and what was wrong with the other lines."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for file in files:
        try:
            with file.open("rb") as lines:
                found, refused = read_rows(lines, str(file))
        except OSError as error:
            raise _unreadable(file, error) from None
        rows += found
        problems += refused
    return rows, problems


def _files_of(path: Path) -> list[Path]:
    if not stat.S_ISDIR(path.stat().st_mode):
        return [path]
    # A folder that can't be read must not pass for an empty one, as it would with glob.
    walk = os.walk(path, onerror=_raise)
    names = [Path(folder, name) for folder, _, files in walk for name in files]
    return sorted(file for file in names if file.suffix == ".ndjson" and file.is_file())


def _raise(error: OSError) -> None:
    raise error


def _unreadable(path: object, error: OSError) -> UsageError:
    return UsageError(
        "telemetry-unreadable",
        f"can't read {path}: {error.strerror}",
        "make it readable, or leave it out",
    )
