"""Progress: how an attempt failed, whether the ones before failed just so, and in which situation."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

import pygit2

from harness.phase.documents import AttemptDocument, ProgressDocument
from harness.plan import Phase

MOST_REPEATS = 3
"""So many attempts in a row that failed the same way, and no more are asked for."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_TEMPORARY = re.compile(r"/(?:private/)?(?:var/)?tmp/[^\s:'\"\]]*")


def fingerprint(document: AttemptDocument, candidate: str | None = None) -> str:
    """16 hexadecimal digits that are the same for attempts that failed in the same way.

    Codes with their paths, tests, the candidate; not what varies by itself, as messages, times, addresses.
    `candidate` is what stands for its files (`files_of`), its tree where nothing does.
    """
    delta = document.tests.delta
    failure = {
        "outcome": document.judged,
        "violations": sorted({(v.code, _plain(v.path or "")) for v in document.violations}),
        "tests": [
            sorted(map(_plain, names)) for names in (delta.newly_failing, delta.removed, delta.newly_skipped)
        ],
        "tree": candidate or document.tree,
    }
    return hashlib.sha256(json.dumps(failure, sort_keys=True).encode()).hexdigest()[:16]


def with_progress(
    document: AttemptDocument,
    history: Sequence[AttemptDocument],
    situation: str,
    diagnosis: str | None = None,
    candidate: str | None = None,
) -> AttemptDocument:
    """The attempt with how it failed, and how many in a row did so; those that didn't fail as they are.

    `candidate` is as in `fingerprint`. `history` are the attempts before it. One that was escalated is no
    failure, and interrupts no row.
    """
    if document.outcome not in ("failed", "refused", "unusable"):
        return document
    failure = fingerprint(document, candidate)
    made = ProgressDocument(fingerprint=failure, situation=situation, diagnosis=diagnosis)
    last = next((a.progress for a in reversed(history) if a.outcome != "escalated"), None)
    if last is not None and last.model_copy(update={"repeats": 1}) == made:
        made = made.model_copy(update={"repeats": last.repeats + 1})
    return document.model_copy(update={"progress": made})


def no_progress(document: AttemptDocument) -> str:
    """Why asking again would come to the same; "" where it might not."""
    progress = document.progress
    if progress is None or progress.repeats < MOST_REPEATS:
        return ""
    return (
        f"no-progress: {progress.repeats} attempts in a row failed the same way "
        f"(fingerprint {progress.fingerprint})"
    )


def held_back(history: Sequence[AttemptDocument], situation: str, diagnosis: str | None = None) -> str:
    """Why a drain doesn't ask for a further attempt; "" where something has changed since the last."""
    failed = [attempt for attempt in history if attempt.outcome != "escalated"]
    if not failed or failed[-1].progress is None:
        return ""
    progress = failed[-1].progress
    same = (progress.situation, progress.diagnosis) == (situation, diagnosis)
    return no_progress(failed[-1]) if same else ""


def situation_of(phase: Phase, objects: pygit2.Repository, base: str, agent: str) -> str:
    """A digest of all that an attempt depends on: the phase's plan, the base but for telemetry, the agent."""
    text = json.dumps([phase.model_dump(mode="json"), files_of(objects, base), agent], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def files_of(objects: pygit2.Repository, tree: str) -> str:
    """What stands for the files of a commit or tree but for telemetry.

    A failed attempt leaves its telemetry row on the base, which changes nothing about the next one.
    """
    entries = objects[tree].peel(pygit2.Tree)
    return "\n".join(f"{item.id} {item.name}" for item in entries if item.name != "telemetry")


def _plain(text: str) -> str:
    return _TEMPORARY.sub("/tmp", _ADDRESS.sub("0x", text))
