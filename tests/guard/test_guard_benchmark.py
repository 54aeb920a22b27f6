"""benchmarks/guard.py runs, cleans up, and says what it measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks/guard.py"


@pytest.mark.slow
def test_it_measures_every_way_and_leaves_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--files", "300", "--rounds", "2", "--folder", tmp_path],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for way in ("no hook", "a hook that only exits", "the guard", "pre-commit, running `true`"):
        assert f"\n{way}" in f"\n{done.stdout}"
    assert "% of what the framework adds" in done.stdout
    assert list(tmp_path.iterdir()) == []
