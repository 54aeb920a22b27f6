"""The telemetry of a phase: what is predicted for it, its rows, and the commit that holds them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.git.ledger import ledger_ref, read_evidence
from harness.git.records import unreadable_record
from harness.git.refs import list_refs
from harness.git.tree import Tree, write_tree
from harness.policy.model import REGULAR
from harness.telemetry.deliverable import DeliverableFacts, measure
from harness.telemetry.estimator import Prediction, predict
from harness.telemetry.goal import read_goal
from harness.telemetry.profile import load_profile
from harness.telemetry.sample import DeliverableRecord, GoalRecord, Sample, encode_row
from harness.tree_entry import NewFile

if TYPE_CHECKING:
    from harness.git.private import PrivateRepository
    from harness.git.repository import Repository
    from harness.phase.documents import AttemptDocument
    from harness.phase.task import Task
    from harness.plan import Phase

SAMPLE_FILE = "sample.json"


def deliverable_facts(phase: Phase, base: Tree) -> list[DeliverableFacts]:
    """Each deliverable, whether the phase base has it, and how large it is there."""
    facts = []
    for path in phase.deliverables:
        existed = base.entry(path) is not None or base.is_folder(path.removesuffix("/"))
        content = _content(base, path)
        facts.append(DeliverableFacts(path, existed, measure(content) if content is not None else None))
    return facts


def _content(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.content(path)
    except KeyError:
        return None


def predict_phase(
    phase: Phase, facts: Sequence[DeliverableFacts], profile: str, root: Path | None = None
) -> Prediction:
    """The prediction for an attempt of `phase`; UsageError where there is no such profile.

    A profile that is a file is one of the checkout at `root`.
    """
    estimator = load_profile(profile, root)
    return predict(estimator, phase.category, phase.complexity, facts, goal=read_goal(phase.goal))


def sample_row(
    task: Task, attempt: AttemptDocument, facts: Sequence[DeliverableFacts], answered: bool
) -> str:
    """The telemetry row of an attempt, as it will stand in `telemetry/<run>.ndjson`."""
    usage, prediction, phase = attempt.usage, task.prediction, task.phase
    return encode_row(
        Sample(
            run_id=task.run,
            phase_id=phase.id,
            attempt=attempt.number,
            timestamp=attempt.started,
            commit=attempt.commit,
            tree=attempt.tree,
            category=prediction.category,
            complexity=prediction.complexity,
            deliverable_count=len(phase.deliverables),
            deliverables=tuple(phase.deliverables),
            deliverable_facts=tuple(DeliverableRecord.of(fact) for fact in facts),
            goal_facts=GoalRecord.of(read_goal(phase.goal)),
            predicted_output_tokens=prediction.tokens,
            predicted_lower_tokens=prediction.lower,
            predicted_upper_tokens=prediction.upper,
            predicted_level=prediction.level,
            actual_output_tokens=usage.output,
            selected_budget=attempt.tokens.budget,
            ceiling=usage.max_tokens,
            input_tokens=usage.input,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write,
            cost=usage.cost,
            duration=attempt.duration,
            success=answered,
            phase_success=attempt.outcome == "complete",
            outcome=attempt.outcome,
            truncated=attempt.truncated,
            stop_reason=attempt.stop_reason,
            model=usage.model,
            agent=task.agent.name,
            profile=prediction.profile,
            profile_version=prediction.profile_version,
        )
    )


def telemetry_path(run: str) -> str:
    return f"telemetry/{run}.ndjson"


def require_place_for_rows(tree: Tree, run: str) -> None:
    """UsageError `telemetry-obstructed` where something else stands in the place of the run's rows."""
    path = telemetry_path(run)
    folder = path.partition("/")[0]
    file = tree.entry(path)
    odd = folder if tree.entry(folder) else path if tree.is_folder(path) else None
    if odd is None and (file is None or file.mode == REGULAR):
        return
    raise UsageError(
        "telemetry-obstructed",
        f"{odd or path} of the phase base isn't what it should be: a run keeps its telemetry in {path}",
        "move it out of the way in a commit of your own",
    )


def missing_rows(tree: Tree, run: str, rows: Iterable[str]) -> list[str]:
    """Those of `rows` that the run's telemetry file in `tree` doesn't have."""
    present = _content(tree, telemetry_path(run)) or b""
    known = {row_key(line) for line in present.decode("utf-8", "replace").split("\n") if line.strip()}
    return [row for row in rows if row_key(row) not in known]


def with_rows(private: PrivateRepository, tree: str, run: str, rows: Iterable[str]) -> str:
    """`tree` with `rows` added to the run's telemetry file."""
    path = telemetry_path(run)
    present = _content(Tree(private.objects, tree), path) or b""
    if present and not present.endswith(b"\n"):
        present += b"\n"
    content = present + "".join(rows).encode("utf-8")
    return write_tree(private.objects, tree, {path: NewFile(content, "100644")})


def ledger_rows(user: Repository, run: str, besides: str | None = None) -> list[str]:
    """The telemetry rows of every recorded attempt of a run, phase by phase, `besides` one phase.

    BlockedError `record-unreadable` where something recorded is no row.
    """
    tips = list_refs(user.git, ledger_ref(run, ""))
    left_out = ledger_ref(run, besides) if besides else None
    return [
        _row(ref, data)
        for ref, tip in tips.items()
        if ref != left_out
        for data in read_evidence(user, tip, SAMPLE_FILE)
    ]


def _row(ref: str, data: bytes) -> str:
    try:
        row = data.decode("utf-8")
    except UnicodeDecodeError:
        row = ""
    if row_key(row) == (row,) or row.find("\n") != len(row) - 1:
        raise unreadable_record(ref, f"{SAMPLE_FILE} of an entry is no row of JSON")
    return row


@functools.lru_cache(maxsize=8192)
def row_key(row: str) -> tuple[object, ...]:
    """Which attempt a row is of: (run, phase, attempt); the row itself where it is of none."""
    try:
        data = json.loads(row)
        run, phase, attempt = data.get("run_id"), data.get("phase_id"), data.get("attempt")
    except (ValueError, AttributeError, RecursionError):
        return (row,)
    named = isinstance(run, str) and isinstance(phase, str) and type(attempt) is int
    return (run, phase, attempt) if named else (row,)
