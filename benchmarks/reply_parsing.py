"""How long a large reply of JSON operations takes to read, beside what JSON parsers take for its bytes.

    python benchmarks/reply_parsing.py [--operations N] [--bytes N] [--check [RATIO]]

A reply of 2,000 operations and 10 MB is read by `parse_reply` in every shape, whole and cut off at 97 %.
Beside it, in the same run: `json.loads` over the whole reply (a line at a time for NDJSON), and `jiter`
over the very bytes, in its partial mode where they are cut. Times are of the processor, in milliseconds,
the best of five; the ratio is that of `parse_reply` to `json.loads`. With --check, a ratio past the limit
(3) exits 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import jiter

from harness.edits.limits import DEFAULT_LIMITS
from harness.edits.model import OperationEdits
from harness.edits.reply import parse_reply

ROUNDS = 5
CUT_AT = 0.97
# A reply on one line is past the default limit of a line's length.
LIMITS = replace(DEFAULT_LIMITS, line_bytes=DEFAULT_LIMITS.reply_bytes)
CODE = (
    "def greet(name: str) -> str:\n"
    '    """Return a greeting for `name`."""\n'
    '    return f"Hello, {name}!\\n"\n'
    "\n\n"
)


@dataclass(frozen=True)
class Shape:
    """A reply in one shape; NDJSON is parsed a line at a time."""

    name: str
    data: bytes
    by_line: bool = False


@dataclass(frozen=True)
class Row:
    """Seconds of each for one reply, and how many operations were read of how many."""

    name: str
    read: int
    operations: int
    parsed: float
    json: float
    jiter: float

    @property
    def ratio(self) -> float:
        return self.parsed / self.json


def shapes(count: int, size: int) -> list[Shape]:
    """The reply in each shape."""
    content = (CODE * (size // count // len(CODE) + 1))[: size // count]
    paths = [f"src/package_{n % 40}/module_{n}.py" for n in range(count)]
    operations = [{"type": "create", "file_path": path, "content": content} for path in paths]
    files = {"files": [{"path": path, "mode": "create", "new_content": content} for path in paths]}
    lines = "".join(f"{json.dumps(operation)}\n" for operation in operations)
    return [
        Shape("NDJSON lines", lines.encode(), by_line=True),
        Shape("array, one line", json.dumps(operations).encode()),
        Shape("files, one line", json.dumps(files).encode()),
        Shape("array, pretty", json.dumps(operations, indent=2).encode()),
        Shape("files, pretty", json.dumps(files, indent=2).encode()),
        Shape("operations, pretty", json.dumps({"operations": operations}, indent=2).encode()),
    ]


def best(*works: Callable[[], object]) -> list[float]:
    """Seconds of the fastest of several rounds of each, in turns, as a busy machine slows them alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for spent, work in zip(times, works, strict=True):
            begin = time.process_time()
            work()
            spent.append(time.process_time() - begin)
    return [min(spent) for spent in times]


def by_json(shape: Shape) -> object:
    return [json.loads(line) for line in shape.data.splitlines()] if shape.by_line else json.loads(shape.data)


def by_jiter(data: bytes, by_line: bool, is_cut: bool) -> object:
    mode = "on" if is_cut else "off"
    if by_line:
        return [jiter.from_json(line, partial_mode=mode) for line in data.splitlines()]
    return jiter.from_json(data, partial_mode=mode)


def measure(shape: Shape, count: int, is_cut: bool) -> Row:
    data = shape.data[: int(len(shape.data) * CUT_AT)] if is_cut else shape.data
    edits = parse_reply(data, limits=LIMITS)
    if not isinstance(edits, OperationEdits) or edits.truncated != is_cut:
        raise SystemExit(f"{shape.name}: not read as it is: {edits.problems if edits.format else edits}")
    times = best(
        partial(parse_reply, data, limits=LIMITS),
        partial(by_json, shape),
        partial(by_jiter, data, shape.by_line, is_cut),
    )
    return Row(f"{shape.name}{', cut' if is_cut else ''}", len(edits.operations), count, *times)


def show(rows: list[Row]) -> None:
    print(f"{'reply':26} {'operations':>11} {'parse_reply':>11} {'json.loads':>10} {'ratio':>6} {'jiter':>6}")
    for row in rows:
        times = f"{row.parsed * 1e3:11.1f} {row.json * 1e3:10.1f} {row.ratio:6.2f} {row.jiter * 1e3:6.1f}"
        print(f"{row.name:26} {row.read:5} /{row.operations:5} {times}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=2_000, metavar="N")
    parser.add_argument("--bytes", type=int, default=10_000_000, metavar="N", help="of file content")
    parser.add_argument("--check", type=float, nargs="?", const=3.0, metavar="RATIO", help="exit 1 past it")
    arguments = parser.parse_args()
    replies = shapes(arguments.operations, arguments.bytes)
    rows = [measure(shape, arguments.operations, is_cut) for is_cut in (False, True) for shape in replies]
    show(rows)
    worst = max(rows, key=lambda row: row.ratio)
    print(f"worst: {worst.ratio:.2f} times json.loads ({worst.name})")
    return 1 if arguments.check is not None and worst.ratio > arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
