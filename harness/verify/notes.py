"""The notes on a tested commit: each line that was recorded has to stand there, unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Set

from harness.git.note_reading import blob_text
from harness.git.notes import CI_NOTES, PYTEST_NOTES
from harness.git.object_id import blob_id
from harness.verify.finding import Compared, Difference, Findings
from harness.verify.ledger import RecordedAttempt
from harness.verify.reports import CI_FILE, REPORT_FILE
from harness.verify.rules import json_line
from harness.verify.scene import Scene


def check_notes(scene: Scene, attempt: RecordedAttempt) -> Findings:
    """Every line the attempt noted, and that its seal named just those."""
    commit = attempt.document.commit
    if commit is None:
        return
    for ref, name in _noted(attempt):
        line = attempt.entry.files[name]
        yield Compared("notes")
        yield from _check_line(_note(scene, ref, commit), ref, line, attempt)
    named = {(note.ref, note.commit, note.blob) for note in attempt.seal.notes}
    wanted = {(ref, commit, blob_id(attempt.entry.files[name])) for ref, name in _noted(attempt)}
    for ref, _, _ in sorted(named ^ wanted):
        yield Difference("seal-differs", "the seal names another note than the evidence holds", ref)


def recorded_reports(attempts: Iterable[RecordedAttempt]) -> set[tuple[str, bytes]]:
    """(run, digest) of every report that is recorded."""
    return {(a.run, _digest(a.entry.files.get(REPORT_FILE, b""))) for a in attempts}


def check_unrecorded(scene: Scene, attempt: RecordedAttempt, recorded: Set[tuple[str, bytes]]) -> Findings:
    """Beside the attempt's report its commit has none of the run but those `recorded`."""
    commit, own = attempt.document.commit, attempt.entry.files.get(REPORT_FILE)
    lines = {line.strip() for line in _note(scene, PYTEST_NOTES, commit).split(b"\n")} if commit else set()
    if own is not None and own.strip() not in lines:
        return  # told already
    strange = (line for line in lines if (attempt.run, _digest(line)) not in recorded)
    if any(_run(line) == attempt.run for line in strange):
        yield Difference("note-changed", "it has a report of the run that nobody recorded", PYTEST_NOTES)


def _digest(line: bytes) -> bytes:
    return hashlib.sha256(line.strip()).digest()


def _run(line: bytes) -> object:
    about = json_line(line).get("harness")
    return about.get("run") if isinstance(about, dict) else None


def _noted(attempt: RecordedAttempt) -> Iterator[tuple[str, str]]:
    """(notes ref, evidence file) of what an attempt has noted."""
    for ref, name in ((PYTEST_NOTES, REPORT_FILE), (CI_NOTES, CI_FILE)):
        if name in attempt.entry.files:
            yield ref, name


def _note(scene: Scene, ref: str, commit: str) -> bytes:
    blob = scene.notes(ref).get(commit)
    return blob_text(scene.user, blob) if blob else b""


def _check_line(note: bytes, ref: str, line: bytes, attempt: RecordedAttempt) -> Findings:
    lines = [found.strip() for found in note.split(b"\n") if found.strip()]
    if line.strip() in lines:
        return
    number = attempt.document.number
    if any(_may_be_of(found, attempt) for found in lines):
        yield Difference("note-changed", f"what it says of attempt {number} isn't what was recorded", ref)
    else:
        yield Difference("note-missing", f"it says nothing of attempt {number}", ref)


def _may_be_of(line: bytes, attempt: RecordedAttempt) -> bool:
    """Whether a line is this attempt's, or can't be told to be another's."""
    document = json_line(line)
    about = document.get("harness") if isinstance(document.get("harness"), dict) else document
    known = (about or {}).get("run"), (about or {}).get("phase"), (about or {}).get("attempt")
    return None in known or known == (attempt.run, attempt.phase, attempt.document.number)
