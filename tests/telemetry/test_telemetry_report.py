"""`harness telemetry report`: the page, the picture and the summary, as text."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telemetry_rows import PROJECT, SEED, row, telemetry

from harness.telemetry.profile import load_profile
from harness.telemetry.reader import read_rows
from harness.telemetry.replay import Options, replay
from harness.telemetry.report import large, scale
from harness.telemetry.report.markup import text
from harness.telemetry.report.page import page
from harness.telemetry.report.picked import Picked, pick
from harness.telemetry.report.picture import picture

VOID = {"meta", "link", "input", "col", "br"}
HOSTILE = "</script></style></title><img src=x onerror=alert(1)>\"'&\u202e\x00\ud800--><![CDATA["


class Document(HTMLParser):
    """Elements with their attributes, whether every tag is closed in order, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [found for _, attrs in self.elements if (found := attrs.get(name)) is not None]


def picked(lines: str, **limits: float) -> Picked:
    rows, problems = read_rows(lines.encode(), "it.ndjson")
    report = replay(rows, problems, load_profile("seed", Path()), Options(limits))
    return pick(report, report.rows)


def report(folder: Path, *arguments: str):
    return telemetry(folder, "report", *arguments)


def made(folder: Path, *arguments: str) -> Document:
    done = report(folder, *arguments)
    assert done.returncode == 0, done.stderr
    return Document((folder / "telemetry-report.html").read_text(encoding="utf-8"))


def test_the_seeds_figures_are_on_the_page(tmp_path: Path) -> None:
    found = made(tmp_path, str(SEED))
    for figure in ("38.7 %", "1.52×", "80.0 %", "20.0 %", "59.8 %", "46.2 %", "9.2 %", "41.3 %", "37.2 %"):
        assert figure in found.text
    assert "✓ gates passed" in found.text
    assert "high −8" in found.text and "medium −6" in found.text
    assert "seed.ndjson:1: synthetic: predicted 100 tokens" in found.text


def test_the_structure_is_sound(tmp_path: Path) -> None:
    found = made(tmp_path, str(SEED))
    ids = Counter(found.values("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    for link in found.values("href"):
        assert link == "data:," or link.removeprefix("#") in ids
    for names in found.values("aria-labelledby"):
        assert set(names.split()) <= set(ids)
    for label in found.values("for"):
        assert label in ids
    tags = Counter(tag for tag, _ in found.elements)
    assert tags["main"] == tags["h1"] == tags["header"] == tags["nav"] == tags["footer"] == 1
    assert tags["caption"] == tags["table"] > 5
    assert all(attrs.get("scope") in ("row", "col") for tag, attrs in found.elements if tag == "th")
    assert tags["title"] > 1 and tags["desc"] >= 2


def test_nothing_is_fetched_and_nothing_runs_but_our_script(tmp_path: Path) -> None:
    found = made(tmp_path, str(SEED))
    (policy,) = (attrs["content"] for _, attrs in found.elements if attrs.get("http-equiv"))
    assert policy and policy.startswith("default-src 'none';")
    assert "unsafe" not in policy and "http" not in policy
    for name in ("src", "srcset", "style", "action", "ping"):
        assert found.values(name) == []
    assert not [name for _, attrs in found.elements for name in attrs if name.startswith("on")]


def test_the_same_rows_give_the_same_page() -> None:
    lines = SEED.read_text()
    assert page(picked(lines)) == page(picked(lines))


@pytest.mark.parametrize(
    "field", ["run_id", "phase_id", "category", "complexity", "model", "agent", "stop_reason", "timestamp"]
)
def test_what_others_wrote_is_text(field: str) -> None:
    lines = row(**{field: HOSTILE}) + row(deliverables=[HOSTILE], outcome=HOSTILE, commit=HOSTILE)
    shown = picked(lines)
    plain = Counter(tag for tag, _ in Document(page(picked(row() + row()))).elements)
    found = Document(page(shown))
    hostile = Counter(tag for tag, _ in found.elements)
    assert hostile["img"] == 0 and hostile["script"] == plain["script"] == 1
    assert "onerror=alert(1)>" in found.text and r"\u202e" in found.text
    page(shown).encode()
    ElementTree.fromstring(picture(shown))


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_text_is_the_text_and_no_markup(value: str) -> None:
    escaped = text(value)
    assert not set("<>\"'") & set(escaped)
    escaped.encode()
    assert html.unescape(escaped).isprintable()
    assert len(html.unescape(escaped)) <= 10 * 200


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 2**53 - 1), min_size=1, max_size=4))
def test_an_axis_holds_its_values_and_has_few_ticks(values: list[int]) -> None:
    axis = scale.log_scale(values, 0, 100)
    assert all(0 < axis.at(value) < 100 for value in values)
    assert 1 <= len(axis.ticks) <= 12


@settings(max_examples=100, deadline=None)
@given(st.floats(0, scale.MOST))
def test_amounts_have_few_round_ticks(highest: float) -> None:
    ticks = scale.linear_ticks(highest)
    assert ticks[0] == 0 and ticks[-1] >= highest * 0.999 and 2 <= len(ticks) <= 7


def test_amounts_out_of_all_proportion_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(
        row(cost=1.7e308, duration=1e308, timestamp="2025-12-24T00:50:52")
        + row(cost=1.7e308, duration=1e308, timestamp="2025-12-24T00:50:53")
        + row(cost=5e-324, actual_output_tokens=2**53 - 1, timestamp="0001-01-01T00:00:00+14:00")
        + row(cost=0.0, predicted_output_tokens=0, timestamp="9999-12-31T23:59:59", input_tokens=2**53 - 1)
    )
    shown = made(tmp_path, "run.ndjson")
    assert "Cost, cumulative" in shown.text and "nan" not in shown.text.split()


def test_truncated_rows_are_lower_bounds(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row() + row(truncated=True, phase_id="cut"))
    found = made(tmp_path, "run.ndjson")
    assert "cut off: at least this much (1)" in found.text
    assert "≥ 3,788" in found.text and "at least 3,788 tokens" in found.text
    assert "cut: predicted 7,020, used at least 3,788" in found.text


def test_every_point_leads_to_its_row(tmp_path: Path) -> None:
    found = made(tmp_path, str(SEED))
    points = [attrs for tag, attrs in found.elements if tag == "a" and attrs.get("tabindex") == "-1"]
    bodies = {attrs.get("id") for tag, attrs in found.elements if tag == "tbody"}
    assert len(points) == 5
    assert {str(point["href"])[1:] for point in points} < bodies


def test_details_hold_what_the_row_says(tmp_path: Path) -> None:
    known = {
        "attempt": 2,
        "commit": "c" * 40,
        "predicted_lower_tokens": 3000,
        "predicted_upper_tokens": 9000,
        "predicted_level": 0.9,
        "ceiling": 64000,
        "input_tokens": 12345,
        "cost": 0.25,
        "duration": 61.5,
        "outcome": "complete",
        "deliverable_facts": [{"path": "a.py", "existed": True, "bytes": 9, "lines": 7, "imports": 1, "indent": 2}],
        "deliverables": ["a.py"],
    }  # fmt: skip
    (tmp_path / "run.ndjson").write_text(row(**known))
    shown = made(tmp_path, "run.ndjson").text
    for part in ("c" * 40, "3,000 to 9,000 (90%)", "64,000", "12,345 input", "0.25", "61.5 s", "complete"):
        assert part in shown
    assert "a.py 7 lines before" in shown and "end_turn" in shown and "8,424" in shown


def test_bad_lines_are_listed_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row() + "{\n" + row(predicted_output_tokens=-1))
    done = report(tmp_path, "run.ndjson")
    assert done.returncode == 0
    shown = Document((tmp_path / "telemetry-report.html").read_text()).text
    assert "run.ndjson:2: not JSON" in shown and "run.ndjson:3: predicted_output_tokens" in shown
    assert "run.ndjson:2: not JSON" in done.stderr


def test_no_rows_is_a_page_that_says_so(tmp_path: Path) -> None:
    done = report(tmp_path)
    assert done.returncode == 0, done.stderr
    shown = Document((tmp_path / "telemetry-report.html").read_text())
    assert "No samples yet" in shown.text and "no row was found" in shown.text
    assert "attempts" not in shown.values("id")
    ElementTree.fromstring(report(tmp_path, "--svg", "-").stdout)
    assert "no samples" in report(tmp_path, "--markdown").stdout


def test_a_missed_gate_is_shown_and_is_no_failure(tmp_path: Path) -> None:
    found = made(tmp_path, str(SEED), "--max-smape", "20")
    assert "✗ 1 gate missed" in found.text and "✗ missed" in found.text


def test_only_an_earlier_report_is_written_over(tmp_path: Path) -> None:
    target = tmp_path / "telemetry-report.html"
    target.write_text("<p>mine</p>")
    done = report(tmp_path, str(SEED))
    assert done.returncode == 2 and "[report-exists]" in done.stderr
    assert target.read_text() == "<p>mine</p>"
    assert report(tmp_path, str(SEED), "--force").returncode == 0
    first = target.read_text()
    assert report(tmp_path, str(SEED), "--max-smape", "20").returncode == 0
    assert target.read_text() != first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["telemetry-report.html"]


def test_nothing_is_written_where_one_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "r.svg").write_text("mine")
    done = report(tmp_path, str(SEED), "--output", "r.html", "--svg", "r.svg")
    assert done.returncode == 2
    assert not (tmp_path / "r.html").exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = report(tmp_path, str(SEED), "--output", "no/r.html")
    assert (done.returncode, "[report-unwritable]" in done.stderr) == (2, True)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "aim").write_text("mine")
    (tmp_path / "telemetry-report.html").symlink_to("aim")
    assert report(tmp_path, str(SEED)).returncode == 2
    assert (tmp_path / "aim").read_text() == "mine"


def test_what_is_printed_is_one_thing(tmp_path: Path) -> None:
    done = report(tmp_path, str(SEED), "--output", "-", "--markdown")
    assert (done.returncode, "[conflicting-options]" in done.stderr) == (2, True)
    Document(report(tmp_path, str(SEED), "--output", "-").stdout)
    assert list(tmp_path.iterdir()) == []


def test_page_and_picture_are_two_files(tmp_path: Path) -> None:
    done = report(tmp_path, str(SEED), "--output", "r.html", "--svg", "./r.html")
    assert (done.returncode, "[conflicting-options]" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_json_says_what_was_made(tmp_path: Path) -> None:
    done = report(tmp_path, str(SEED), "--json")
    said = json.loads(done.stdout)
    size = (tmp_path / "telemetry-report.html").stat().st_size
    assert said["files"] == [{"path": "telemetry-report.html", "bytes": size}]
    assert (said["samples"], said["listed"], said["gates_missed"]) == (5, 6, [])


def test_the_picture_stands_alone(tmp_path: Path) -> None:
    done = report(tmp_path, str(SEED), "--svg", "r.svg")
    assert done.returncode == 0 and not (tmp_path / "telemetry-report.html").exists()
    source = (tmp_path / "r.svg").read_text()
    tree = ElementTree.fromstring(source)
    titles = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 6 and "5 samples, mean SMAPE 38.7 %" in source
    assert "prefers-color-scheme: dark" in source
    assert len(source) < 8000 and "href" not in source and "url(" not in source
    assert report(tmp_path, str(SEED), "--svg", "r.svg").returncode == 0


def test_the_summary_has_table_and_chart(tmp_path: Path) -> None:
    shown = report(tmp_path, str(SEED), "--markdown").stdout
    assert "| mean SMAPE | 38.7 % | 38.7 % |" in shown
    (chart,) = re.findall(r"```mermaid\n(.*?)```", shown, re.DOTALL)
    assert "bar [3788, 5606, 6756, 7700, 13211]" in chart
    assert "line [7020, 8970, 10270, 7020, 19240]" in chart
    assert "| refactoring | 1 | █" in shown and "Gaps, high" in shown


def test_no_text_of_others_reaches_the_chart(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row(category="```\n%%{init}%%", phase_id="click a"))
    shown = report(tmp_path, "run.ndjson", "--markdown").stdout
    (chart,) = re.findall(r"```mermaid\n(.*?)```", shown, re.DOTALL)
    assert set(re.findall(r"[a-z-]{3,}", chart)) == {
        "xychart-beta", "x-axis", "y-axis", "output", "tokens", "--", "bar", "line",
    } - {"--"}  # fmt: skip
    assert shown.count("```") == 2


def test_of_many_rows_the_worst_and_the_newest_are_listed() -> None:
    lines = "".join(
        row(phase_id=f"p{n}", timestamp=f"2026-01-01T00:{n // 60:02}:{n % 60:02}", actual_output_tokens=7000)
        for n in range(100)
    ) + row(phase_id="bad", timestamp="2020-01-01", actual_output_tokens=60)
    rows, _ = read_rows(lines.encode(), "it")
    whole = replay(rows, [], load_profile("seed", Path()), Options({}))
    found = pick(whole, whole.rows, room=20)
    names = [listed.row.sample.phase_id for listed in found.rows]
    assert (len(names), found.beyond) == (20, 81)
    assert names[0] == "p99" and names[-1] == "bad"
    assert "81 more rows not listed" in Document(page(found)).text


def test_the_ends_of_large_files_are_read_with_their_line_numbers(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "run.ndjson"
    file.write_text("".join(row(phase_id=f"p{n}") for n in range(300)) + "{\n")
    monkeypatch.setattr(large, "_BLOCK", 1000)
    monkeypatch.setattr(large, "LONG", 200)
    found = large.last_rows([file], 10)
    assert 1 <= len(found) <= 10
    assert [(r.line, r.sample.phase_id) for r in found] == [(r.line, f"p{r.line - 1}") for r in found]
    assert found[-1].line == 300


def test_a_file_of_16_megabytes_gives_a_page_with_all_its_figures(tmp_path: Path) -> None:
    count = 28_500
    with (tmp_path / "run.ndjson").open("w") as stream:
        stream.writelines(row(attempt=1, phase_id=f"p{n}", stop_reason="x" * 190) for n in range(count))
    assert (tmp_path / "run.ndjson").stat().st_size > 16 * 1024 * 1024
    found = made(tmp_path, "run.ndjson")
    assert "28,500" in found.text and "27,500 more rows not listed" in found.text
    assert (tmp_path / "telemetry-report.html").stat().st_size < 3_000_000


def test_the_command_is_documented() -> None:
    page_of_docs = (PROJECT / "docs/report.md").read_text()
    for option in ("--output", "--svg", "--markdown", "--json", "--force", "--max-smape", "--runs"):
        assert option in page_of_docs


def test_a_repeat_is_no_row_that_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "run.ndjson").write_text(row(attempt=1) * 2)
    assert "1 attempt, the newest first." in made(tmp_path, "run.ndjson").text


def test_markdown_of_many_rows_says_how_many_are_left_out(tmp_path: Path) -> None:
    with (tmp_path / "run.ndjson").open("w") as stream:
        stream.writelines(
            row(attempt=1, phase_id=f"p{n}", stop_reason="x" * 190, truncated=n == 0) for n in range(28_500)
        )
    assert "- Left out: 1 truncated" in report(tmp_path, "run.ndjson", "--markdown").stdout
