"""`harness telemetry replay`, as it is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project
from telemetry_rows import PROJECT, SEED, SEED_ROWS, replay, replay_json, row, telemetry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the seed samples, in no repository."""
    (tmp_path / "telemetry").mkdir()
    (tmp_path / "telemetry" / "seed.ndjson").write_bytes(SEED.read_bytes())
    return tmp_path


def write(folder: Path, *rows: str, name: str = "run.ndjson") -> Path:
    path = folder / name
    path.write_text("".join(rows))
    return path


def test_the_seed_samples(folder: Path) -> None:
    """Case 13."""
    found = replay_json(folder, "telemetry/", "--rows")
    assert found["schema"] == "harness.replay/1"
    assert found["samples"] == 5
    for judged in (found["recorded"], found["current"]):
        assert judged["mean_smape"] == pytest.approx(38.7281, abs=1e-4)
        assert judged["median_smape"] == pytest.approx(41.2780, abs=1e-4)
        assert judged["median_waste_ratio"] == pytest.approx(1.5201, abs=1e-4)
        assert judged["underestimation_rate"] == 0.2
    assert found["success_rate"] == 0.8
    assert found["excluded"]["synthetic"] == 1
    assert found["excluded"]["invalid"] == found["excluded"]["truncated"] == 0
    assert found["gates"] == [
        {
            "name": "mean_smape",
            "limit": 50,
            "value": found["recorded"]["mean_smape"],
            "passed": True,
        }
    ]


def test_the_estimator_of_today_makes_the_seed_predictions_again(folder: Path) -> None:
    rows = replay_json(folder, "--rows")["rows"]
    counted = [r for r in rows if r["excluded"] is None]
    assert [(r["current"]["predicted_output_tokens"], r["current"]["selected_budget"]) for r in counted] == [
        (7020, 8424),
        (8970, 12288),
        (7020, 8424),
        (10270, 12324),
        (19240, 23088),
    ]
    assert [round(r["smape_percent"], 1) for r in counted] == [59.8, 46.2, 9.2, 41.3, 37.2]
    assert [round(r["waste_ratio"], 2) for r in counted] == [1.85, 1.60, 0.91, 1.52, 1.46]


def test_the_test_row_is_recognised_and_its_stored_error_corrected(folder: Path) -> None:
    """Cases 14 and 15: what a row stores is recomputed, and a test row left out unless asked for."""
    found = replay_json(folder)
    assert [(r["line"], r["phase"]) for r in found["synthetic_rows"]] == [(1, "diagnostics-deep-retrieval")]
    (remark,) = found["remarks"]
    assert (remark["source"], remark["line"]) == ("telemetry/seed.ndjson", 1)
    assert "100.0" in remark["message"] and "18.18" in remark["message"]
    assert replay_json(folder, "--include-synthetic")["samples"] == 6


def test_worked_examples(tmp_path: Path) -> None:
    """Case 12."""
    pairs = [(1200, 800), (500, 700), (250, 100)]
    write(
        tmp_path,
        *(row(predicted_output_tokens=p, actual_output_tokens=a) for p, a in pairs),
    )
    found = replay_json(tmp_path, "run.ndjson", "--rows", "--include-synthetic", "--max-smape", "99")
    rows = found["rows"]
    assert [r["smape_percent"] for r in rows] == pytest.approx([40, 100 / 3, 600 / 7])
    assert [r["waste_ratio"] for r in rows] == pytest.approx([1.5, 5 / 7, 2.5])
    assert [r["underestimated"] for r in rows] == [False, True, False]
    assert found["samples"] == 3


ESTIMATES: list[tuple[str, str, object, int, int]] = [
    ("documentation", "low", [f"docs/{n}.md" for n in range(5)], 5200, 8192),
    ("implementation", "low", [], 8192, 9830),
    ("implementation", "medium", [], 12288, 14745),
    ("implementation", "high", [], 16384, 19660),
    ("implementation", "low", {"code": ["src/a.py"], "tests": ["tests/test_a.py"]}, 7020, 8424),
    ("tests", "low", ["tests/test_a.py"], 3770, 8192),
    ("testing", "low", ["tests/test_a.py"], 3770, 8192),
    ("docs", "high", ["a.md"], 5200, 16384),
]


def test_estimates_through_replay(tmp_path: Path) -> None:
    write(
        tmp_path,
        *(row(category=c, complexity=x, deliverables=d, deliverable_count=...) for c, x, d, *_ in ESTIMATES),
    )
    rows = replay_json(tmp_path, "run.ndjson", "--rows", "--max-smape", "199")["rows"]
    made = [(r["current"]["predicted_output_tokens"], r["current"]["selected_budget"]) for r in rows]
    assert made == [(tokens, budget) for *_, tokens, budget in ESTIMATES]


def test_truncated_rows_are_apart(tmp_path: Path) -> None:
    """Case 15."""
    write(tmp_path, row(actual_output_tokens=7000), row(truncated=True, actual_output_tokens=16384))
    found = replay_json(tmp_path, "run.ndjson")
    assert found["samples"] == 1
    assert found["truncated"] == {
        "count": 1,
        "mean_predicted": 7020,
        "mean_actual": 16384,
        "underestimation_rate": 1.0,
    }
    assert [(r["line"], r["reason"]) for r in found["excluded_rows"]] == [(2, "truncated")]


def test_an_even_median(tmp_path: Path) -> None:
    """Case 19."""
    write(tmp_path, row(actual_output_tokens=7020), row(actual_output_tokens=3510))
    assert replay_json(tmp_path, "run.ndjson")["recorded"]["median_waste_ratio"] == 1.5


def test_every_bad_line_is_reported_and_none_counted(tmp_path: Path) -> None:
    write(tmp_path, row(), "<<<<<<< HEAD\n", row(actual_output_tokens=-5), '{"a": 1')
    done = replay(tmp_path, "run.ndjson", "--max-smape", "60")
    assert done.returncode == 0
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        "run.ndjson:2",
        "run.ndjson:3",
        "run.ndjson:4",
    ]
    assert "3 invalid" in done.stdout
    found = replay_json(tmp_path, "run.ndjson", "--max-smape", "60")
    assert (found["samples"], found["excluded"]["invalid"]) == (1, 3)
    assert [problem["line"] for problem in found["problems"]] == [2, 3, 4]


def test_a_missed_gate_fails_with_the_reason(folder: Path) -> None:
    done = replay(folder, "--max-smape", "38", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["gates"][0]["passed"] is False
    (line,) = done.stderr.splitlines()
    assert "38.7" in line and "38" in line and "[gate-missed]" in line


def test_the_gate_can_be_set_in_harness_toml(folder: Path) -> None:
    write(folder, "[telemetry.gates]\nmean_smape = 38.5\n", name="harness.toml")
    assert replay(folder).returncode == 1
    assert replay(folder, "--max-smape", "39").returncode == 0


def test_no_samples_is_not_a_failure(tmp_path: Path) -> None:
    """Case 21."""
    assert replay(tmp_path).returncode == 0
    assert "there is no telemetry" in replay(tmp_path).stderr
    (tmp_path / "telemetry").mkdir()
    for arguments in ([], ["--markdown"]):
        done = replay(tmp_path, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert "no samples; gates not evaluated" in done.stdout
    write(tmp_path, "", name="telemetry/empty.ndjson")
    done = replay(tmp_path, "--json")
    found = json.loads(done.stdout)
    assert (found["samples"], found["gates"], found["recorded"]["mean_smape"]) == (0, [], None)
    assert done.stderr == "no samples; gates not evaluated\n"


@pytest.mark.parametrize(
    ("arguments", "config", "code"),
    [
        (["nowhere.ndjson"], "", "no-telemetry"),
        ([""], "", "no-telemetry"),
        (["--max-smape", "lots", "run.ndjson"], "", "bad-gate"),
        (["run.ndjson"], "[telemetry]\nprofile = 'other'\n", "unknown-profile"),
        (["run.ndjson"], "[telemetry.gates]\nmean_smape = 'x'\n", "invalid-config"),
        (["run.ndjson"], "telemetry = 3\n", "invalid-config"),
        (["run.ndjson"], "[telemetry\n", "invalid-toml"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], config: str, code: str) -> None:
    write(tmp_path, row())
    write(tmp_path, config, name="harness.toml")
    done = replay(tmp_path, "--json", *arguments)
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert (found["schema"], found["code"]) == ("harness.error/1", code)
    assert done.stderr.startswith("harness: ")


def test_every_code_can_be_explained() -> None:
    codes = tomllib.loads((PROJECT / "harness/codes/telemetry.toml").read_text())
    used = {"no-telemetry", "telemetry-unreadable", "bad-gate", "gate-missed", "unknown-profile"}
    assert set(codes) == used
    assert all(set(entry) == {"title", "meaning", "remedy"} for entry in codes.values())


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_not_an_empty_one(folder: Path) -> None:
    (folder / "telemetry").chmod(0)
    try:
        done = replay(folder)
    finally:
        (folder / "telemetry").chmod(0o755)
    assert done.returncode == 2
    assert "[telemetry-unreadable]" in done.stderr


def test_an_unreadable_file_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "loop.ndjson").symlink_to("loop.ndjson")
    done = replay(tmp_path, "loop.ndjson")
    assert (done.returncode, "[telemetry-unreadable]" in done.stderr) == (2, True)


def test_folders_are_searched_and_no_file_counts_twice(folder: Path) -> None:
    (folder / "telemetry" / "2026").mkdir()
    write(folder, row(), name="telemetry/2026/more.ndjson")
    write(folder, "not telemetry", name="telemetry/notes.txt")
    found = replay_json(folder, "telemetry", "telemetry/seed.ndjson", "./telemetry/2026", "--rows")
    assert found["samples"] == 6
    assert [r["source"] for r in found["rows"]] == [
        "telemetry/2026/more.ndjson",
        *["telemetry/seed.ndjson"] * 6,
    ]


def test_a_folder_without_telemetry_is_said(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "rows.jsonl").write_text(row())
    done = replay(tmp_path, "kept")
    assert (done.returncode, done.stderr) == (0, "harness: no *.ndjson file is below kept\n")


@pytest.mark.parametrize("beside", [[], ["large.ndjson"]])
def test_standard_input_is_a_file_like_others(tmp_path: Path, beside: list[str]) -> None:
    # Blank lines enough for a reader that needs files it can read twice.
    (tmp_path / "large.ndjson").write_bytes(b"".join([b" " * (1 << 19) + b"\n"] * 33))
    done = subprocess.run(
        [sys.executable, "-m", "harness", "telemetry", "replay", "-", *beside, "--json"],
        cwd=tmp_path,
        input=SEED.read_bytes() + b"{",
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["samples"], found["excluded"]["synthetic"], found["excluded"]["invalid"]) == (5, 1, 1)
    assert b"/dev/stdin:7: " in done.stderr


def test_a_person_sees_the_whole_on_one_screen(folder: Path) -> None:
    text = replay(folder).stdout
    for part in ("38.7 %", "1.52", "80.0 %", "20.0 %", "implementation", "4-7", "passed"):
        assert part in text
    assert "telemetry/seed.ndjson:1" in text
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 180


def test_markdown_for_a_job_summary(folder: Path) -> None:
    text = replay(folder, "--markdown").stdout
    assert text.startswith("### Telemetry replay\n")
    assert "| mean SMAPE | 38.7 % | 38.7 % |" in text
    assert "| success | 80.0 % |" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_what_counts_attempts_is_not_said_of_phases(tmp_path: Path) -> None:
    """One phase, complete at the second attempt."""
    rows = [row(attempt=n, phase_success=n == 2, timestamp=f"2026-01-0{n}T00:00:00Z") for n in (1, 2)]
    write(tmp_path, *rows)
    for option in ([], ["--markdown"]):
        text = replay(tmp_path, "run.ndjson", *option).stdout
        assert "attempts complete" in text
        assert "phases complete" not in text
    assert telemetry(tmp_path, "report", "run.ndjson", "--output", "page.html").returncode == 0
    assert "of calls; 50.0 % of attempts complete" in (tmp_path / "page.html").read_text()


def test_output_cannot_drive_a_terminal(tmp_path: Path) -> None:
    write(tmp_path, row(phase_id="\x1b]0;x\x07", category="\x1b[31mred", truncated=True), row())
    done = replay(tmp_path, "run.ndjson", "--rows", "--max-smape", "99")
    assert "\x1b" not in done.stdout + done.stderr


def test_rich_and_git_libraries_are_not_loaded(folder: Path) -> None:
    code = (
        "import sys; from harness.cli.main import main; main(['telemetry', 'replay', '--json']);"
        "sys.exit(' '.join({'rich', 'pygit2', 'git', 'unidiff'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=300), cut=st.integers(0, 3000))
def test_no_file_makes_a_traceback(tmp_path: Path, noise: bytes, cut: int) -> None:
    seed = SEED.read_bytes()
    (tmp_path / "any.ndjson").write_bytes(seed[:cut] + noise + seed[cut:])
    done = replay(tmp_path, "any.ndjson", "--json", "--rows")
    assert done.returncode in (0, 1)
    assert json.loads(done.stdout)["samples"] <= len(SEED_ROWS)
    assert "Traceback" not in done.stderr


def test_rows_of_commits_left_out_are_told_in_one_line(tmp_path: Path) -> None:
    rows = [row(attempt=n + 1, source="backfill") for n in range(30)]
    (tmp_path / "a.ndjson").write_text("".join([row(), *rows]))
    for form in ((), ("--markdown",)):
        told = replay(tmp_path, "a.ndjson", "--max-smape", "90", *form).stdout
        assert "30 rows made from the repository's history" in told
        assert "a.ndjson:2" not in told


def test_the_setting_of_a_new_profile_is_seen_from_the_project(project: Project) -> None:
    for n in range(25):
        project.commit({f"m{n % 5}.py": "x = 1\n" * (20 + 3 * n)}, f"Change {n}")
    assert project.harness("telemetry", "backfill").code == 0
    below = Project(project.root / "tests", project.environment)
    done = below.harness("telemetry", "calibrate", "--include-backfill")
    assert done.code == 0, done.stderr
    assert 'profile = "telemetry/calibrated.toml"' in done.stdout
    outside = project.root.parent / "outside.toml"
    done = project.harness("telemetry", "calibrate", "--include-backfill", "--output", str(outside))
    assert "put it into the project" in done.stdout
