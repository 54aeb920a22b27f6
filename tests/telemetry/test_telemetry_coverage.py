"""`harness telemetry coverage`: the progress to the targets, and what to run next."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from telemetry_rows import SEED, row, telemetry

from harness.telemetry.coverage import Gap
from harness.telemetry.suggestion import Candidate, suggest


def coverage(folder: Path, *arguments: str) -> dict[str, Any]:
    done = telemetry(folder, "coverage", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_seed_samples(tmp_path: Path) -> None:
    """Case 18."""
    found = coverage(tmp_path, str(SEED))
    assert found["schema"] == "harness.coverage/1"
    assert found["samples"] == {"count": 5, "least": 30, "most": 50, "missing": 25}
    counts = {kind: {name: p["count"] for name, p in s.items()} for kind, s in found["strata"].items()}
    assert counts == {
        "category": {
            "implementation": 2,
            "refactoring": 1,
            "configuration": 1,
            "integration": 1,
            "testing": 0,
            "documentation": 0,
        },
        "complexity": {"low": 2, "medium": 2, "high": 1, "maintenance": 0},
        "deliverables": {"1-3": 3, "4-7": 2, "8-15": 0, "16+": 0},
    }
    high = {gap["name"] for gap in found["gaps"] if gap["rank"] == "high"}
    assert high == {"testing", "documentation", "maintenance", "8-15", "16+"}
    assert [gap["rank"] for gap in found["gaps"]] == ["high"] * 5 + ["medium"] * 9


def test_a_person_sees_the_gaps(tmp_path: Path) -> None:
    done = telemetry(tmp_path, "coverage", str(SEED))
    assert "5/30-50 samples" in done.stdout
    high = next(line for line in done.stdout.splitlines() if line.startswith("Gaps, high"))
    for name in ("testing", "documentation", "maintenance", "8-15", "16+"):
        assert name in high


def test_only_samples_count(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(
        row(truncated=True)
        + row(actual_output_tokens=10)
        + row(synthetic=True)
        + row(source="backfill")
        + row(attempt=1) * 2
        + "nonsense\n"
        + row(category="IMPLEMENT_FEATURE", deliverable_count=0, deliverables=[])
    )
    found = coverage(tmp_path, "run.ndjson")
    assert found["samples"]["count"] == 2
    assert found["strata"]["category"]["implementation"]["count"] == 2
    assert found["beyond"]["deliverables"] == {"0": 1}
    assert [problem["line"] for problem in found["problems"]] == [7]
    assert coverage(tmp_path, "run.ndjson", "--include-backfill")["samples"]["count"] == 3


def test_documents_worked_out_from_the_code_are_documentation(tmp_path: Path) -> None:
    names = ("doc_synthesis", "doc_synthesis_some_scope", "doc_synthesis_wide_scope", "docs")
    (tmp_path / "run.ndjson").write_text("".join(row(category=name) for name in names))
    assert coverage(tmp_path, "run.ndjson")["strata"]["category"]["documentation"]["count"] == 4


def test_nothing_yet(tmp_path: Path) -> None:
    found = coverage(tmp_path)
    assert found["samples"]["count"] == 0
    assert {gap["rank"] for gap in found["gaps"]} == {"high"}


PLAN = """
[run]
id = "demo"
[[phase]]
id = "plain"
goal = "g"
deliverables = ["a.py"]
[[phase]]
id = "tests"
goal = "g"
category = "tests"
complexity = "maintenance"
deliverables = [{many}]
[[phase]]
id = "docs"
goal = "g"
category = "documentation"
complexity = "low"
deliverables = ["docs/a.md"]
"""


def test_suggestions_of_a_plan(tmp_path: Path) -> None:
    many = ", ".join(f'"tests/test_{n}.py"' for n in range(9))
    (tmp_path / "plan.toml").write_text(PLAN.replace("{many}", many))
    found = coverage(tmp_path, str(SEED), "--suggest", "--plan", "plan.toml")
    assert [s["phase"] for s in found["suggestions"]] == ["tests", "docs", "plain"]
    assert found["suggestions"][0]["fills"] == [
        {"kind": "category", "name": "testing"},
        {"kind": "complexity", "name": "maintenance"},
        {"kind": "deliverables", "name": "8-15"},
    ]
    shown = telemetry(tmp_path, "coverage", str(SEED), "--suggest").stdout
    assert "tests  (queued): testing, maintenance, 8-15 deliverables" in shown


def test_without_a_plan_the_coverage_is_shown_all_the_same(tmp_path: Path) -> None:
    done = telemetry(tmp_path, "coverage", str(SEED), "--suggest", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert (found["samples"]["count"], found["suggestions"]) == (5, None)
    (told,) = done.stderr.splitlines()
    assert "no plan.toml" in told and "--plan FILE" in told
    shown = telemetry(tmp_path, "coverage", str(SEED), "--suggest")
    assert shown.stdout == telemetry(tmp_path, "coverage", str(SEED)).stdout


def test_a_plan_that_is_named_must_be_there(tmp_path: Path) -> None:
    done = telemetry(tmp_path, "coverage", str(SEED), "--suggest", "--plan", "other.toml", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["schema"] == "harness.error/1"
    (tmp_path / "plan.toml").write_text("no plan")
    assert telemetry(tmp_path, "coverage", str(SEED), "--suggest").returncode == 2


@pytest.mark.parametrize("bare", [(), ("--bare",)])
def test_a_repository_without_a_plan(tmp_path: Path, bare: tuple[str, ...]) -> None:
    subprocess.run(["git", "init", "-q", *bare, str(tmp_path)], check=True)
    done = telemetry(tmp_path, "coverage", str(SEED), "--suggest", "--json")
    assert (done.returncode, json.loads(done.stdout)["suggestions"]) == (0, None)
    assert "no plan.toml" in done.stderr


def candidate(name: str, category: str, complexity: str = "x", deliverables: str = "x") -> Candidate:
    return Candidate(name, "queued", category, complexity, deliverables)


def test_a_gap_that_is_filled_counts_no_more() -> None:
    gaps = [Gap("category", "testing", 0, 1, "high"), Gap("category", "docs", 3, 1, "medium")]
    chosen = suggest([candidate("d", "docs"), candidate("t1", "testing"), candidate("t2", "testing")], gaps)
    assert [s.candidate.phase for s in chosen] == ["t1", "d"]


def test_the_phase_that_fills_more_gaps_is_first() -> None:
    gaps = [
        Gap("category", "testing", 0, 5, "high"),
        Gap("complexity", "low", 1, 5, "medium"),
        Gap("deliverables", "16+", 4, 1, "medium"),
    ]
    chosen = suggest([candidate("one", "testing"), candidate("two", "other", "low", "16+")], gaps)
    assert [s.candidate.phase for s in chosen] == ["two", "one"]
