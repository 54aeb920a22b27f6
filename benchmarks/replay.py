"""How long replaying a million samples takes, beside what the engine needs to read and group the same file.

    python benchmarks/replay.py [--rows N] [--rounds N] [--folder DIR] [--check]

Makes a telemetry file (a million rows, about 330 MB, always the same), and in each round starts two
processes: one with nothing but the engine, which reads the columns that the figures need and groups them
(mean SMAPE and exact median waste by category and complexity), and `harness telemetry replay --json` with
all its strata and today's predictions. Prints the medians, the ratio of each round's times and the most
memory each had resident. With --check, a ratio above 1.5 or memory above 1 GB exits 1. The file is removed
in the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_RATIO, MOST_MEMORY = 1.5, 1024.0
CATEGORIES = ("implementation", "refactoring", "configuration", "integration", "testing", "documentation")
COMPLEXITIES = ("low", "medium", "high", "maintenance")
BARE = """
import sys, duckdb
columns = {"category": "VARCHAR", "complexity": "VARCHAR", "predicted_output_tokens": "BIGINT",
           "actual_output_tokens": "BIGINT", "success": "BOOLEAN", "truncated": "BOOLEAN"}
duckdb.sql('''
    SELECT category, complexity, count(*), avg(abs(a - p) * 200.0 / (a + p)), median(p / a)
    FROM (SELECT *, predicted_output_tokens p, actual_output_tokens a
          FROM read_json($file, format = 'newline_delimited', columns = $columns))
    WHERE NOT truncated GROUP BY ALL
''', params={"file": sys.argv[1], "columns": columns}).fetchall()
"""


def write_rows(path: Path, rows: int) -> None:
    """A file of rows as a year of plans leaves them: some hundred phases, tried by a few agents."""
    chance = random.Random(20)
    phases = [_phase(chance, number) for number in range(400)]
    with path.open("w") as stream:
        for number in range(rows):
            phase = phases[number % len(phases)]
            predicted = chance.randint(14, 200) * 130
            fields = {
                "schema": "harness.sample/1",
                "run_id": f"run-{number // len(phases)}",
                **phase,
                "attempt": 1,
                "predicted_output_tokens": predicted,
                "actual_output_tokens": max(60, int(predicted * chance.lognormvariate(0, 0.5))),
                "selected_budget": int(predicted * 1.2),
                "success": chance.random() < 0.8,
                "truncated": chance.random() < 0.05,
                "model": chance.choice(("small-1", "large-1", "large-2")),
                "agent": chance.choice(("claude", "codex")),
            }
            stream.write(json.dumps(fields) + "\n")


def _phase(chance: random.Random, number: int) -> dict[str, object]:
    count = chance.choice((1, 2, 2, 2, 3, 4, 5))
    return {
        "phase_id": f"phase-{number}",
        "category": chance.choice(CATEGORIES),
        "complexity": chance.choice(COMPLEXITIES),
        "deliverable_count": count,
        "deliverables": [
            f"src/m{chance.randint(0, 99)}{chance.choice(('.py', '.md'))}" for _ in range(count)
        ],
    }


def measure(command: list[str]) -> tuple[float, float]:
    """(seconds, the most MiB resident) of a process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[:3]} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit / 2**20


def report(bare: list[tuple[float, float]], replay: list[tuple[float, float]]) -> tuple[float, float]:
    """Print the figures; (the median ratio, the most MiB the replay had)."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}")
    for name, figures in (("engine alone", bare), ("harness telemetry replay", replay)):
        seconds = statistics.median(seconds for seconds, _ in figures)
        print(f"{name:<26}{seconds:>8.2f} s{max(memory for _, memory in figures):>9.0f} MiB")
    ratios = sorted(ours / theirs for (ours, _), (theirs, _) in zip(replay, bare, strict=True))
    ratio = statistics.median(ratios)
    print(f"ratio {ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return ratio, max(memory for _, memory in replay)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to make the file (default: the system's)")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="replay-benchmark-", dir=arguments.folder))
    try:
        file = folder / "rows.ndjson"
        write_rows(file, arguments.rows)
        print(f"{arguments.rows} rows, {file.stat().st_size / 1e6:.0f} MB")
        commands = (
            [sys.executable, "-c", BARE, str(file)],
            [
                sys.executable,
                "-m",
                "harness",
                "telemetry",
                "replay",
                "--json",
                "--max-smape",
                "199",
                str(file),
            ],
        )
        rounds = [tuple(map(measure, commands)) for _ in range(arguments.rounds + 1)][1:]
    finally:
        shutil.rmtree(folder)
    ratio, memory = report([bare for bare, _ in rounds], [replay for _, replay in rounds])
    return int(arguments.check and (ratio > MOST_RATIO or memory > MOST_MEMORY))


if __name__ == "__main__":
    sys.exit(main())
