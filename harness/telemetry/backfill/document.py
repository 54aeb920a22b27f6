"""What a backfill made: as the document `harness.backfill/1`, and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from harness.telemetry.backfill.history import History
from harness.telemetry.backfill.operations import BASIS
from harness.wording import counted

SCHEMA = "harness.backfill/1"

_REASONS = {
    "incomplete": "can't be read: a shallow or partial clone, or a tree made to explode",
    "too-many-files": "touch more than 1,000 files",
    "nothing-written": "change nothing a person writes (binary, vendored, lock files, submodules)",
}


def document(history: History, path: str) -> dict[str, Any]:
    """What was made, as plain JSON data; tokens are output tokens. Without samples no file is made."""
    tokens = [sample.actual_output_tokens or 0 for sample in history.samples]
    return {
        "schema": SCHEMA,
        "path": path,
        "until": history.until,
        "since": history.since,
        "commits": history.commits,
        "samples": len(history.samples),
        "left_out": dict(history.left_out),
        "truncated": sum(sample.truncated for sample in history.samples),
        "median_tokens": median(tokens) if tokens else None,
        "basis": BASIS,
        "profile": history.profile,
        "category": _counted(sample.category for sample in history.samples),
        "complexity": _counted(sample.complexity for sample in history.samples),
    }


def lines(history: History, target: Path | None) -> Iterator[str]:
    """What was made, for people."""
    where = f" -> {target}" if target is not None and history.samples else ""
    yield f"{counted(len(history.samples), 'sample')} of {counted(history.commits, 'commit')}{where}"
    for reason, count in history.left_out.items():
        yield f"  {count} left out: they {_REASONS[reason]}"
    if not history.samples:
        rest = "; `git fetch --unshallow` brings what a shallow clone lacks"
        yield f"nothing was written{rest if 'incomplete' in history.left_out else ''}"
        return
    yield f"  their tokens are estimates of the operations that make each commit ({BASIS})"
    if target is not None:
        yield f"next: harness telemetry calibrate {target} --include-backfill"


def _counted(values: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
