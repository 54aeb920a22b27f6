"""Results in the form that readers of git-appraise know: one line a run of the tests, in a ref of theirs."""

from __future__ import annotations

import json
from collections import defaultdict

from harness.git.note_reading import all_notes, blob_lines
from harness.git.note_writing import write_notes
from harness.git.notes import CI_NOTES
from harness.git.repository import Repository

APPRAISE_NOTES = "refs/notes/devtools/ci"


def appraise_line(line: bytes) -> bytes | None:
    """One of our lines as git-appraise's `schema/ci.json` has it; None where there is nothing to say."""
    try:
        document = json.loads(line)
        status, timestamp, agent = (document[name] for name in ("status", "timestamp", "agent"))
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    if status not in ("success", "failure") or not all(isinstance(x, str) for x in (timestamp, agent)):
        return None
    said = {"timestamp": timestamp, "status": status, "agent": agent, "v": 0}
    return (json.dumps(said) + "\n").encode()


def write_appraise(user: Repository) -> int:
    """Write the lines that are not there yet; returns how many commits have one now."""
    lines: dict[str, bytes] = defaultdict(bytes)
    for commit, blob in all_notes(user, CI_NOTES).items():
        for line in blob_lines(user, blob):
            lines[commit] += appraise_line(line) or b""
    wanted = {commit: data for commit, data in lines.items() if data}
    write_notes(user, {APPRAISE_NOTES: wanted})
    return len(wanted)
