"""Writing an export: to standard output or a file, which is there whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, TextIO

from harness.errors import UsageError
from harness.telemetry.engine import load_engine, quoted
from harness.telemetry.export.records import Record, ndjson_line
from harness.telemetry.export.tables import column_types, csv_head, csv_line

Format = Literal["ndjson", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "parquet")


def require_writable(target: Path, *, overwrite: bool) -> None:
    """UsageError `export-exists` where a file would be lost, `export-unwritable` where it can't be put."""
    if os.path.lexists(target) and not overwrite:
        raise _exists(target)
    if not target.absolute().parent.is_dir() or target.is_dir():
        raise _unwritable(target, "not a file in a folder that exists")


def write_text(records: Iterable[Record], form: Format, write: Callable[[str], object]) -> int:
    """Write records as NDJSON or CSV; how many there were."""
    line = csv_line if form == "csv" else ndjson_line
    if form == "csv":
        write(csv_head())
    count = 0
    for fields in records:
        write(line(fields))
        count += 1
    return count


def write_file(records: Iterable[Record], form: Format, target: Path, *, overwrite: bool) -> int:
    """Write records to `target`; how many there were. What `require_writable` says holds here, too."""
    try:
        with _replacing(target, overwrite) as beside:
            if form == "parquet":
                return _write_parquet(records, beside)
            with beside.open("w", encoding="utf-8", newline="") as stream:
                return _write_stream(records, form, stream)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from None


def _write_stream(records: Iterable[Record], form: Format, stream: TextIO) -> int:
    return write_text(records, form, stream.write)


@contextlib.contextmanager
def _replacing(target: Path, overwrite: bool) -> Iterator[Path]:
    """A file beside `target` to write, which takes its place in the end."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target.absolute().parent) as folder:
        beside = Path(folder) / "rows"
        yield beside
        if overwrite:
            beside.replace(target)
        else:
            # Unlike a rename, a link never takes the place of a file that came into being meanwhile.
            target.hardlink_to(beside)


def _write_parquet(records: Iterable[Record], target: Path) -> int:
    engine = load_engine()
    rows = target.with_name("rows.ndjson")
    # Half of a surrogate pair, which JSON can hold, is no text for the engine: there it is a question mark.
    with rows.open("w", encoding="utf-8", errors="replace") as stream:
        count = sum(1 for fields in records if stream.write(_unescaped(fields)))
    names = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in column_types().items())
    select = (
        f"SELECT * FROM read_json({quoted(str(rows))}, format = 'newline_delimited', columns = {{{names}}})"
    )
    with engine.connect() as connection:
        connection.execute(f"COPY ({select}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    return count


def _unescaped(fields: Record) -> str:
    return json.dumps(fields, allow_nan=False, ensure_ascii=False) + "\n"


def _exists(target: Path) -> UsageError:
    return UsageError(
        "export-exists", f"{target} exists", "name another file, or add --force to write over it"
    )


def _unwritable(target: Path, why: str) -> UsageError:
    return UsageError("export-unwritable", f"can't write {target}: {why}", "name a file that can be written")
