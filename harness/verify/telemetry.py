"""The telemetry of a run: each attempt's row as recorded, once, and true of its attempt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.git.tree import Tree
from harness.phase.documents import AttemptDocument
from harness.phase.samples import SAMPLE_FILE, deliverable_facts, predict_phase, row_key, telemetry_path
from harness.telemetry.profile import profile_names
from harness.telemetry.sample import KEPT_DELIVERABLES, DeliverableRecord, cut
from harness.verify.commits import last_change
from harness.verify.finding import Compared, Difference, Findings, Remark
from harness.verify.ledger import RecordedAttempt
from harness.verify.rules import Basis, json_line
from harness.verify.scene import Scene


def check_row(attempt: RecordedAttempt, basis: Basis, scene: Scene) -> Findings:
    """The recorded row against the attempt it is of, and the deliverables' sizes at the phase base."""
    data = attempt.entry.files.get(SAMPLE_FILE)
    if data is None:
        yield Difference("telemetry-missing", "the record has no telemetry row", SAMPLE_FILE)
        return
    row = json_line(data)
    wanted = {**_of_attempt(attempt, attempt.document), **_of_phase(basis, scene, row)}
    odd = [name for name, value in wanted.items() if row.get(name) != value]
    if odd:
        message = f"its row says otherwise than the attempt of {', '.join(odd)}"
        yield Difference("telemetry-changed", message, SAMPLE_FILE)


def _of_attempt(attempt: RecordedAttempt, document: AttemptDocument) -> dict[str, Any]:
    usage = document.usage
    return {
        "run_id": attempt.run,
        "phase_id": attempt.phase,
        "attempt": document.number,
        "commit": document.commit,
        "tree": document.tree,
        "outcome": document.outcome,
        "phase_success": document.outcome == "complete",
        "predicted_output_tokens": document.tokens.predicted,
        "actual_output_tokens": usage.output,
        "selected_budget": document.tokens.budget,
        "input_tokens": usage.input,
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
        "cost": usage.cost,
        "duration": document.duration,
        "timestamp": document.started,
        "truncated": document.truncated,
        "stop_reason": cut(document.stop_reason) if document.stop_reason is not None else None,
        "model": cut(usage.model) if usage.model is not None else None,
    }


def _of_phase(basis: Basis, scene: Scene, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the phase base says of the deliverables, and the prediction where its profile is known here."""
    facts = deliverable_facts(basis.phase, Tree(scene.private.objects, basis.base_tree))
    records = [DeliverableRecord.of(fact).model_dump() for fact in facts[:KEPT_DELIVERABLES]]
    wanted: dict[str, Any] = {"deliverable_count": len(facts), "deliverable_facts": records}
    if row.get("profile") in profile_names():
        prediction = predict_phase(basis.phase, facts, str(row["profile"]))
        if prediction.profile_version == row.get("profile_version"):
            wanted["predicted_output_tokens"] = prediction.tokens
    return wanted


def check_file(
    scene: Scene,
    run: str,
    tip: str,
    attempts: Sequence[RecordedAttempt],
    expected: Iterable[RecordedAttempt],
) -> Findings:
    """The run's telemetry file in the commit `tip`, against every recorded row.

    `expected` are those of `attempts` whose rows have to be there; any other may be missing yet.
    """
    path = telemetry_path(run)
    known: dict[tuple[object, ...], set[str]] = {}
    # Two machines can each have made an attempt of the same number.
    for row in filter(None, map(_recorded_row, attempts)):
        known.setdefault(row_key(row), set()).add(row.rstrip("\n"))
    seen: set[tuple[object, ...]] = set()
    for line in _lines(scene, tip, path):
        key = row_key(line)
        yield Compared("rows")
        if key in seen:
            yield Difference("telemetry-repeated", f"there twice: {_told(key)}", path)
        elif key not in known:
            yield Difference("telemetry-unknown", f"of no recorded attempt: {_told(key)}", path)
        elif line not in known[key]:
            yield Difference("telemetry-changed", f"not as recorded: {_told(key)}", path)
        seen.add(key)
    recorded = [attempt for attempt in expected if attempt.run == run and SAMPLE_FILE in attempt.entry.files]
    missing = [attempt for attempt in recorded if _key(attempt) not in seen]
    changed = last_change(scene.user.git, tip, path) if missing else 0
    for attempt in missing:
        yield _missing(scene, attempt, changed, path)


def _missing(scene: Scene, attempt: RecordedAttempt, changed: int, path: str) -> Difference | Remark:
    """A row that isn't there: gone, or not brought yet by the command that is at work or was killed.

    `changed` is when the file was last changed, in seconds since 1970.
    """
    key = _key(attempt)
    sealed = scene.commit(attempt.entry.oid)
    if attempt.document.outcome != "complete" and sealed and sealed.made >= changed:
        message = f"not there yet: {_told(key)}; a command is at it, or the next `harness run-phase` adds it"
        return Remark("telemetry-waits", message, path)
    return Difference("telemetry-missing", f"not there: {_told(key)}", path)


def _lines(scene: Scene, tip: str, path: str) -> list[str]:
    tree = Tree(scene.user.objects, tip)
    content = tree.content(path) if tree.entry(path) else b""
    return [line for line in content.decode("utf-8", "replace").split("\n") if line.strip()]


def _key(attempt: RecordedAttempt) -> tuple[object, ...]:
    return row_key(_recorded_row(attempt) or "")


def _told(key: tuple[object, ...]) -> str:
    return f"{key[1]} attempt {key[2]}" if len(key) == 3 else str(key[0])[:80]


def _recorded_row(attempt: RecordedAttempt) -> str | None:
    """The row in the record, as it was written."""
    data = attempt.entry.files.get(SAMPLE_FILE)
    return None if data is None else data.decode("utf-8", "replace")
