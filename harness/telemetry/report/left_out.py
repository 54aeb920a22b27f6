"""What doesn't count, and why: lines that aren't rows, rows left out, stored values that disagree."""

from __future__ import annotations

from collections.abc import Sequence

from harness.telemetry import shown
from harness.telemetry.replay import Report
from harness.telemetry.report.markup import joined, text

LISTED = 200
"""The entries of a list; beyond, they are counted."""


def lists(report: Report) -> str:
    """Each list that isn't empty, folded; lines that aren't rows stand open."""
    remarks = shown.remarks(report)
    found = [
        _list(f"Not rows: {report.excluded['invalid']:,}", shown.problems(report), is_open=True),
        _list(f"Left out: {shown.left_out(report)}", shown.left_out_rows(report)),
        _list(f"{shown.remarks_title(report)}: {len(remarks):,}", remarks),
    ]
    if not report.listed and shown.left_out(report):
        found.insert(1, f"<p>Left out, counted and not listed: {text(shown.left_out(report))}.</p>")
    bounds = shown.lower_bounds(report)
    if bounds:
        found.append(f"<p>Lower bounds: {text(bounds)}.</p>")
    return joined(found) or "<p>Nothing: every line is a row, and every row counts.</p>"


def _list(title: str, entries: Sequence[str], *, is_open: bool = False) -> str:
    if not entries:
        return ""
    items = [f"<li>{text(entry, 400)}</li>" for entry in entries[:LISTED]]
    if len(entries) > LISTED:
        items.append(f"<li>… and {len(entries) - LISTED:,} more</li>")
    opened = " open" if is_open else ""
    return f"<details{opened}><summary>{text(title)}</summary><ul>{''.join(items)}</ul></details>"
