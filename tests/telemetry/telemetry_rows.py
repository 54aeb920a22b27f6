"""What the telemetry tests share: the seed rows, rows made from them, and the real command."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from project import run_command

PROJECT = Path(__file__).resolve().parents[2]
SEED = PROJECT / "telemetry" / "seed.ndjson"
SEED_ROWS: list[dict[str, Any]] = [json.loads(line) for line in SEED.read_text().splitlines()]

# As exported: no schema, no attempt, and none of the derived values; without a time it is never a repeat.
PLAIN: dict[str, Any] = {
    name: value
    for name, value in SEED_ROWS[1].items()
    if name not in ("timestamp", "smape_percent", "waste_ratio", "underestimated")
}


def row(**changes: Any) -> str:
    """A valid line with some of its fields changed; None-valued keys stay, `...` removes a key."""
    fields = {**PLAIN, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}) + "\n"


def replay(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`harness telemetry replay` as a user starts it, in `folder`."""
    return telemetry(folder, "replay", *arguments)


def telemetry(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`harness telemetry` as a user starts it, in `folder`."""
    environment = {n: v for n, v in os.environ.items() if n not in ("FORCE_COLOR", "NO_COLOR")}
    code, stdout, stderr = run_command(("telemetry", *arguments), folder, environment)
    return subprocess.CompletedProcess(arguments, code, stdout.decode(), stderr.decode())


def replay_json(folder: Path, *arguments: str) -> dict[str, Any]:
    """The document of a replay that is expected to succeed."""
    done = replay(folder, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def waiting_plan() -> str:
    """A plan of two phases, the second of which waits for the first."""
    return (
        '[run]\nid = "demo"\n[[phase]]\nid = "a"\ngoal = "g"\ndeliverables = ["a.py"]\n'
        '[[phase]]\nid = "b"\ngoal = "g"\ndeliverables = ["b.py"]\ndepends_on = ["a"]\n'
    )
