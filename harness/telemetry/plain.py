"""A report as plain text, to be read in twenty seconds."""

from __future__ import annotations

from harness.telemetry import shown
from harness.telemetry.replay import Report


def lines(report: Report, *, rows: bool = False) -> list[str]:
    """The report, line by line."""
    found = [f"Telemetry replay: {shown.headline(report)}"]
    if report.samples:
        found += ["", *_table(shown.comparison(report))]
    for table in shown.strata(report):
        found += ["", *_table(table)]
    if rows and report.rows:
        found += ["", *_table(shown.row_table(report))]
    if shown.left_out(report):
        found += _section(f"Left out: {shown.left_out(report)}", shown.left_out_rows(report))
    if shown.remarks(report):
        found += _section(shown.remarks_title(report), shown.remarks(report))
    bounds = shown.lower_bounds(report)
    found += ["", f"Lower bounds: {bounds}"] if bounds else []
    return [*found, "", *shown.gates(report)]


def _section(title: str, entries: list[str]) -> list[str]:
    return ["", title, *(f"  {entry}" for entry in shown.first(entries))]


def _table(table: shown.Table) -> list[str]:
    right = shown.numeric_columns(table)
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    ]
