"""One look at all the notes of a repository."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.git.note_reading import all_notes, blob_lines, notes_refs
from harness.git.refs import list_refs, require_ref_files
from harness.git.remotes import TRACKING, remote_names, tracking_ref
from harness.git.repository import Repository
from harness.notes_doctor.model import AttemptKey, Finding, Reattachment, Record, Unsure
from harness.notes_doctor.reattaching import attach, lost_reports
from harness.notes_doctor.records import gather_records
from harness.notes_doctor.settings import fix_settings, setting_findings


@dataclass(frozen=True, slots=True)
class Examination:
    """What the doctor found. `records` is what reports are copied from."""

    findings: tuple[Finding, ...]
    found: tuple[Reattachment, ...]
    unsure: tuple[Unsure, ...]
    records: Mapping[AttemptKey, Record]

    @property
    def is_well(self) -> bool:
        return not (self.findings or self.found or self.unsure)

    def as_json(self, *, fixed: bool) -> dict[str, Any]:
        return {
            "schema": "harness.notes-doctor/1",
            "well": self.is_well,
            "fixed": fixed,
            "findings": [finding.as_json() for finding in self.findings],
            "reattach": [one.as_json() for one in self.found],
            "unsure": [one.as_json() for one in self.unsure],
        }


def examine(user: Repository) -> Examination:
    """Look at settings, at what remotes had when last asked, at every note, and for lost reports."""
    require_ref_files(user.git)
    notes = {ref: all_notes(user, ref) for ref in notes_refs(user)}
    records = gather_records(user, notes)
    found, unsure = lost_reports(user, records, notes)
    findings = (*setting_findings(user), *_divergence(user), *_broken(user, notes))
    return Examination(findings, tuple(found), tuple(unsure), records)


def fix(user: Repository, seen: Examination) -> None:
    """Make the missing settings and copy the reports that were found; the rest is a person's to decide."""
    fix_settings(user)
    attach(user, seen.records, seen.found)


def _divergence(user: Repository) -> Iterator[Finding]:
    # As of the last sync: nothing is asked over the network here.
    for remote in remote_names(user):
        if not list_refs(user.git, f"{TRACKING}{remote}/"):
            continue
        for ref in notes_refs(user):
            here, there = all_notes(user, ref), all_notes(user, tracking_ref(remote, ref))
            ahead = sum(there.get(commit) != blob for commit, blob in here.items())
            behind = sum(here.get(commit) != blob for commit, blob in there.items())
            if ahead or behind:
                yield Finding(
                    "notes-not-synced",
                    f"{ref}: {ahead} notes here that {remote} didn't have, {behind} there that are not here",
                    f"harness sync {remote}",
                )


def _broken(user: Repository, notes: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for ref, blobs in notes.items():
        for commit, blob in blobs.items():
            bad = sum(not _is_document(line) for line in blob_lines(user, blob))
            if bad or blob not in user.objects:
                what = f"{bad} lines that are no JSON document" if bad else "a note whose text is missing"
                yield Finding(
                    "note-broken",
                    f"{ref} of {commit[:12]} has {what}",
                    f"look at it: git notes --ref={ref} show {commit}",
                )


def _is_document(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
