"""Checks the properties on single inputs, without atheris: replay.py [--format NAME] [--minimise] FILE..."""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path

from properties import check
from run import FORMATS


def main() -> int:
    """0: the properties hold; 1: one failed, whose traceback is printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an input")
    parser.add_argument("--format", choices=FORMATS, help="default: the name of the file's folder, or all")
    parser.add_argument("--minimise", action="store_true", help="write a smaller one that fails alike")
    arguments = parser.parse_args()
    failed = False
    for file in arguments.files:
        folder = file.resolve().parent.name
        names = [arguments.format] if arguments.format else [folder] if folder in FORMATS else FORMATS
        for name in names:
            failed |= _replay(file, name, arguments.minimise)
    return int(failed)


def _replay(file: Path, name: str, minimise: bool) -> bool:
    data = file.read_bytes()
    failure = _failure(data, name)
    if failure is None:
        sys.stdout.write(f"{file}: {name}: holds\n")
        return False
    if minimise:
        data = _smaller(data, name, failure[0])
        file.with_name(file.name + ".min").write_bytes(data)
        failure = _failure(data, name) or failure
    sys.stdout.write(f"{file}: {name}: fails on {data!r}\n{failure[1]}")
    return True


def _failure(data: bytes, name: str) -> tuple[str, str] | None:
    """Where a property failed or something was raised, and the traceback."""
    try:
        check(data, name)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {last.filename}:{last.lineno}", traceback.format_exc()
    return None


def _smaller(data: bytes, name: str, where: str) -> bytes:
    """The data less every stretch without which it fails in the same place, longer stretches first."""
    size = len(data)
    while size := size // 2:
        at = 0
        while at < len(data):
            without = data[:at] + data[at + size :]
            failure = _failure(without, name)
            if failure and failure[0] == where:
                data = without
            else:
                at += size
    return data


if __name__ == "__main__":
    sys.exit(main())
