"""The report's order is that of time, however times are written, and a wrong clock spoils nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

from telemetry_rows import row, telemetry

TIMES = {
    "third": "2026-01-01T12:00:00+09:00",
    "last": "2025-12-31T23:30:00-05:00",
    "second": "2026-01-01T02:00:00Z",
    "fourth": "2026-01-01T03:00:00.5",
    "first": "2026-01-01 01:00:00+00:00",
}


def page_of(folder: Path, lines: str) -> str:
    (folder / "run.ndjson").write_text(lines)
    done = telemetry(folder, "report", "run.ndjson", "--force")
    assert done.returncode == 0, done.stderr
    return (folder / "telemetry-report.html").read_text(encoding="utf-8")


def phases(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><bdi>([^<]*)</bdi></th><td>', page)


def test_attempts_are_listed_by_instant_and_shown_in_utc(tmp_path: Path) -> None:
    page = page_of(tmp_path, "".join(row(phase_id=name, timestamp=time) for name, time in TIMES.items()))
    assert phases(page) == ["last", "fourth", "third", "second", "first"]
    for shown in ("2026-01-01 04:30", "2026-01-01 03:00", "2026-01-01 02:00", "2026-01-01 01:00"):
        assert f"<td>{shown}</td>" in page


def test_a_clock_far_ahead_spoils_neither_list_nor_chart(tmp_path: Path) -> None:
    real = [row(phase_id=f"p{n}", timestamp=f"2026-01-{n + 1:02}T00:00:00Z") for n in range(20)]
    sound = page_of(tmp_path, "".join(real))
    page = page_of(tmp_path, "".join([row(phase_id="odd", timestamp="2100-01-01T00:00:00Z"), *real]))
    assert phases(page)[-1] == "odd"
    chart = r'<figure><svg class="chart" viewBox="0 0 360 200".*?</svg>'
    assert "2100" not in "".join(re.findall(chart, page, re.DOTALL))
    assert re.findall(chart, page, re.DOTALL) == re.findall(chart, sound, re.DOTALL) != []


def test_what_is_no_time_is_listed_last_as_it_stands(tmp_path: Path) -> None:
    rows = [row(phase_id="odd", timestamp="last week"), row(phase_id="p", timestamp="2026-01-01")]
    page = page_of(tmp_path, "".join(rows))
    assert phases(page) == ["p", "odd"]
    assert "<td>last week</td>" in page
    assert json.loads(telemetry(tmp_path, "replay", "run.ndjson", "--json", "--max-smape", "99").stdout)
