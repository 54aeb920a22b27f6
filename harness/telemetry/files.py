"""What replay reads: the telemetry files of some paths, their rows, and its settings."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from harness.config import CONFIG_FILE, TelemetryTable
from harness.errors import UsageError
from harness.process.regular_file import read_named
from harness.telemetry import reader
from harness.telemetry.problems import Problems, separated
from harness.telemetry.reader import BadLine, Row
from harness.toml_document import MOST_BYTES, decode_toml, parse_toml, validate
from harness.toml_table import Table

LARGE = 16 * 1024 * 1024
"""Bytes from which on an embedded engine reads faster than it takes to load."""
STANDARD_INPUT = Path("/dev/stdin")


class _TelemetryOnly(Table):
    telemetry: TelemetryTable = Field(default_factory=TelemetryTable)


def project_folder() -> Path:
    """The nearest folder from the current one up with a harness.toml or a repository; else the current.

    Relative to the current folder, as names are printed.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG_FILE).exists() or (folder / ".git").exists():
            return Path(os.path.relpath(folder, here))
    return Path()


def load_settings(folder: Path) -> TelemetryTable:
    """The `[telemetry]` table of `folder`'s harness.toml, defaults where there is none.

    What the file says of other things doesn't matter here, not even if it is wrong.
    """
    try:
        data = read_named(folder / CONFIG_FILE, MOST_BYTES, by_user=False)
    except FileNotFoundError:
        return TelemetryTable()
    except OSError as error:
        raise UsageError(
            "telemetry-unreadable",
            f"can't read {CONFIG_FILE}: {error.strerror}",
            "make it readable",
        ) from None
    return settings_in(data, CONFIG_FILE)


def settings_in(data: bytes, name: str) -> TelemetryTable:
    """The `[telemetry]` table of a harness.toml with this content; errors call it `name`."""
    text = decode_toml(data, name)
    tables = parse_toml(text, name)
    only = {table: tables[table] for table in tables.keys() & {"telemetry"}}
    return validate(_TelemetryOnly, only, text, name, "invalid-config").telemetry


def is_large(files: Sequence[Path]) -> bool:
    """Whether there is so much to read that it isn't kept row by row.

    A pipe can't be read from its middle on or twice, so with one among them they are read one by one.
    """
    try:
        found = [file.stat() for file in files]
    except OSError:
        return False
    return all(stat.S_ISREG(one.st_mode) for one in found) and sum(one.st_size for one in found) >= LARGE


def telemetry_files(paths: Sequence[str]) -> list[Path]:
    """Every file named, and every `*.ndjson` below a folder named, sorted; each file once.

    `-` is standard input.
    """
    found: dict[Path, Path] = {}
    for name in paths:
        try:
            files = [STANDARD_INPUT] if name == "-" else _files_of(name)
        except FileNotFoundError:
            raise UsageError(
                "no-telemetry",
                f"there is no {name or 'file without a name'}",
                "name a telemetry file, or a folder with *.ndjson files",
            ) from None
        except OSError as error:
            raise unreadable(error.filename or name, error) from None
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def read_files(files: Sequence[Path]) -> tuple[list[Row], Problems]:
    """The rows of all files, in their order, and what was wrong with the other lines."""
    return separated(each_row(files))


def each_row(files: Sequence[Path]) -> Iterator[Row | BadLine]:
    """What `read_files` gives, line by line, in its order."""
    for file in files:
        try:
            with file.open("rb") as stream:
                yield from reader.each_row(reader.each_line(stream), str(file))
        except OSError as error:
            raise unreadable(file, error) from None


def _files_of(name: str) -> list[Path]:
    if not name:
        # An unset variable in a script; as a path it would be the current folder.
        raise FileNotFoundError
    path = Path(name)
    if not stat.S_ISDIR(path.stat().st_mode):
        return [path]
    # A folder that can't be read must not pass for an empty one, as it would with glob.
    walk = os.walk(path, onerror=_raise)
    names = [Path(folder, name) for folder, _, files in walk for name in files]
    return sorted(file for file in names if file.suffix == ".ndjson" and file.is_file())


def _raise(error: OSError) -> None:
    raise error


def unreadable(path: object, error: OSError) -> UsageError:
    """The error for a file or folder that the system refuses to read."""
    return UsageError(
        "telemetry-unreadable",
        f"can't read {path}: {error.strerror}",
        "make it readable, or leave it out",
    )
