"""A report as GitHub-flavoured Markdown, for a job summary."""

from __future__ import annotations

import re

from harness.telemetry import shown
from harness.telemetry.replay import Report

# What would be markup, or the end of a cell, in GitHub's Markdown.
_MARKUP = re.compile(r"([\\`*_\[\]#|<>~&$@])")
ROWS = 500  # of one table: a job summary may hold 1 MiB


def lines(report: Report, *, rows: bool = False) -> list[str]:
    """The report, line by line."""
    found = ["### Telemetry replay", "", f"{plain(shown.headline(report))}.", ""]
    found += [f"- {plain(line)}" for line in shown.gates(report)]
    bounds = shown.lower_bounds(report)
    found += [f"- Lower bounds: {plain(bounds)}"] if bounds else []
    if not report.listed and shown.left_out(report):
        found.append(f"- Left out: {shown.left_out(report)}")
    if report.samples:
        found += ["", *_table(shown.comparison(report))]
    for table in shown.strata(report):
        found += ["", *_table(table)]
    if rows and report.rows:
        found += ["", *_table(shown.row_table(report))]
    found += _folded(f"Left out: {shown.left_out(report)}", shown.left_out_rows(report))
    found += _folded(f"Not rows: {report.excluded['invalid']:,}", shown.problems(report, 19))
    return found + _folded(shown.remarks_title(report), shown.remarks(report))


def _folded(title: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    items = [f"- {plain(entry)}" for entry in shown.first(entries)]
    return ["", f"<details><summary>{title}</summary>", "", *items, "", "</details>"]


def _table(table: shown.Table) -> list[str]:
    head, *body = table
    ruler = ["---:" if number else "---" for number in shown.numeric_columns(table)]
    more = [f"\nand {len(body) - ROWS} more"] if len(body) > ROWS else []
    return [_cells(head), f"| {' | '.join(ruler)} |", *(_cells(row) for row in body[:ROWS]), *more]


def _cells(row: tuple[str, ...]) -> str:
    return f"| {' | '.join(plain(cell) for cell in row)} |"


def plain(text: str) -> str:
    """`text` as itself, whatever it contains."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
