"""How long replaying a million samples takes, beside what the engine needs to read and group the same file.

    python benchmarks/replay.py [--rows N] [--varied] [--rounds N] [--folder DIR] [--check]

Makes a telemetry file (a million rows, about 390 MB, always the same; of 400 phases that are tried again
and again, or with --varied with deliverables of its own for each row), and in each round starts three
processes: one with nothing but the engine, which reads the columns that the figures need and groups them
(mean SMAPE and exact median waste by category and complexity); one with the engine again, asked for the
figures of all the strata that a replay has; and `harness telemetry replay --json`, which besides checks every
value, drops repeated attempts and predicts anew. Prints the medians, the ratios to both and the most memory
each had resident. With --check, a ratio to the first above 1.5 or memory above 1 GB exits 1. The file is
removed in the end.
"""

from __future__ import annotations

import argparse
import compileall
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
COLUMNS = {
    "category": "VARCHAR",
    "complexity": "VARCHAR",
    "predicted_output_tokens": "BIGINT",
    "actual_output_tokens": "BIGINT",
    "success": "BOOLEAN",
    "truncated": "BOOLEAN",
}
MORE_COLUMNS = {"deliverable_count": "BIGINT", "model": "VARCHAR", "agent": "VARCHAR"}
BARE = """
    SELECT category, complexity, count(*), avg(abs(a - p) * 200.0 / (a + p)), median(p / a)
    FROM (SELECT *, predicted_output_tokens p, actual_output_tokens a
          FROM read_json($file, format = 'newline_delimited', columns = $columns))
    WHERE NOT truncated GROUP BY ALL
"""
ALL_STRATA = """
    SELECT category, complexity, bucket, model, agent, count(*), avg(abs(a - p) * 200.0 / (a + p)),
           median(p / a), avg(success::INT), avg((a > p)::INT)
    FROM (SELECT *, predicted_output_tokens p, actual_output_tokens a,
                 (deliverable_count > 3)::INT + (deliverable_count > 7)::INT + (deliverable_count > 15)::INT
                     AS bucket
          FROM read_json($file, format = 'newline_delimited', columns = $columns))
    WHERE NOT truncated
    GROUP BY GROUPING SETS ((), (category), (complexity), (bucket), (model), (agent))
"""
ENGINE = """
import sys, duckdb
duckdb.sql(sys.argv[2], params={"file": sys.argv[1], "columns": eval(sys.argv[3])}).fetchall()
"""


def write_rows(path: Path, rows: int, varied: bool = False) -> None:
    """A file of rows as a year of plans leaves them: some hundred phases, tried by a few agents."""
    chance = random.Random(20)
    phases = [_phase(chance, number) for number in range(400)]
    with path.open("w") as stream:
        for number in range(rows):
            phase = _phase(chance, number) if varied else phases[number % len(phases)]
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


def report(rounds: list[tuple[tuple[float, float], ...]]) -> tuple[float, float]:
    """Print the figures; (the median ratio to the engine alone, the most MiB the replay had)."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}")
    names = ("engine alone", "engine, all strata", "harness telemetry replay")
    for name, figures in zip(names, zip(*rounds, strict=True), strict=True):
        seconds = statistics.median(seconds for seconds, _ in figures)
        print(f"{name:<26}{seconds:>8.2f} s{max(memory for _, memory in figures):>9.0f} MiB")
    ratio, _ = (_ratio(rounds, other, names[other]) for other in (0, 1))
    return ratio, max(ours[1] for *_, ours in rounds)


def _ratio(rounds: list[tuple[tuple[float, float], ...]], other: int, name: str) -> float:
    ratios = sorted(figures[-1][0] / figures[other][0] for figures in rounds)
    ratio = statistics.median(ratios)
    print(f"{ratio:.2f} times the {name} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return ratio


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--varied", action="store_true", help="no two rows with the same deliverables")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where to make the file (default: the system's)")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="replay-benchmark-", dir=arguments.folder))
    try:
        file = folder / "rows.ndjson"
        write_rows(file, arguments.rows, arguments.varied)
        print(f"{arguments.rows} rows, {file.stat().st_size / 1e6:.0f} MB")
        replay = ("-m", "harness", "telemetry", "replay", "--json", "--max-smape", "199", str(file))
        # The engine comes compiled, too.
        compileall.compile_dir(Path(__file__).parents[1] / "harness", quiet=1)
        commands = (
            [sys.executable, "-c", ENGINE, str(file), BARE, repr(COLUMNS)],
            [sys.executable, "-c", ENGINE, str(file), ALL_STRATA, repr(COLUMNS | MORE_COLUMNS)],
            [sys.executable, *replay],
        )
        rounds = [tuple(map(measure, commands)) for _ in range(arguments.rounds + 1)][1:]
    finally:
        shutil.rmtree(folder)
    ratio, memory = report(rounds)
    return int(arguments.check and (ratio > MOST_RATIO or memory > MOST_MEMORY))


if __name__ == "__main__":
    sys.exit(main())
