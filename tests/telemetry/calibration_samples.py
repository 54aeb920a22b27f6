"""Samples with a known truth, for the tests of calibration."""

from __future__ import annotations

import math
import random
from typing import Any

from harness.telemetry.sample import DeliverableRecord, GoalRecord, Sample

CATEGORIES = ("implementation", "refactoring", "documentation", "testing")


def sample(number: int, tokens: int, **changes: Any) -> Sample:
    """One attempt at a phase with `files` new files (1)."""
    files = changes.pop("files", 1)
    paths = tuple(f"src/m{n}.py" for n in range(files))
    values: dict[str, Any] = {
        "run_id": "r",
        "phase_id": f"p{number}",
        "attempt": 1,
        "timestamp": f"2026-01-{1 + number // 1000:02}T{number // 60 % 24:02}:{number % 60:02}:00+00:00",
        "category": "implementation",
        "complexity": "low",
        "deliverable_count": files,
        "deliverables": paths,
        "deliverable_facts": tuple(DeliverableRecord(path=path, existed=False) for path in paths[:20]),
        "goal_facts": GoalRecord(title_words=4, words=4, actions=("add",)),
        "predicted_output_tokens": 5000,
        "actual_output_tokens": tokens,
        "success": True,
        "truncated": False,
    }
    return Sample(**{**values, **changes})


def truth(count: int, seed: int = 1, noise: float = 0.5, **changes: Any) -> list[Sample]:
    """Samples of 400 tokens a file, twice that in testing, with log-normal noise."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        files, category = chance.randint(1, 8), chance.choice(CATEGORIES)
        level = math.log(400 * files * (2 if category == "testing" else 1))
        tokens = max(50, round(math.exp(level + chance.gauss(0, noise))))
        made.append(sample(number, tokens, files=files, category=category, **changes))
    return made
