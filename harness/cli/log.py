"""`harness log`: what was done in a run, in the order it was done."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from harness.cli import output, project
from harness.errors import DONE

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.phase.documents import AttemptDocument
    from harness.phase.fix_journal import JournalEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN[/PHASE]", help="the run's id (default: the plan's)")
    parser.add_argument("--fixes", action="store_true", help="only fixes, those without a phase too")
    project.add_plan_argument(parser)
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.settled_repository()
    run_id, _, phase = (arguments.run or "").partition("/")
    name = _run_id(user, arguments, run_id)
    fixes = _fixes(user, name, phase, without_phase=arguments.fixes and not phase)
    attempts = [] if arguments.fixes or name is None else _attempts(user, name, phase)
    diagnoses = [] if arguments.fixes or name is None else _diagnoses(user, name, phase)
    made = [*map(_fix_event, fixes), *(_attempt_event(*a) for a in attempts), *diagnoses]
    events = sorted(made, key=_when)
    if arguments.json:
        output.print_json({"schema": "harness.log/1", "run": name, "entries": events})
        return DONE
    for event in events:
        output.line(_line(event))
    if not events:
        output.line("nothing is recorded")
    return DONE


def _run_id(user: Repository, arguments: argparse.Namespace, run_id: str) -> str | None:
    """The run to tell of; fixes without a phase need none."""
    from harness.git.ledger import ledger_runs

    if arguments.fixes and not run_id and not project.has_plan(user, arguments.plan):
        runs = ledger_runs(user)
        return runs[0] if len(runs) == 1 else None
    return project.the_run(user, arguments.plan, run_id or None)


def _fixes(user: Repository, run: str | None, phase: str, *, without_phase: bool) -> list[JournalEntry]:
    from harness.phase.fix_journal import journal

    found = journal(user, run, phase or None) if run else []
    return [*found, *(journal(user, None) if without_phase else [])]


def _attempts(user: Repository, run: str, phase: str) -> list[tuple[str, AttemptDocument]]:
    from harness.git.ledger import ledger_phases
    from harness.phase.history import read_history

    names = [phase] if phase else ledger_phases(user, run)
    return [(name, attempt) for name in names for attempt in read_history(user, run, name)]


def _diagnoses(user: Repository, run: str, phase: str) -> list[dict[str, Any]]:
    from harness.diagnosis.journal import diagnosed_phases, read_diagnoses

    names = [phase] if phase else diagnosed_phases(user, run)
    found = [diagnosis for name in names for diagnosis in read_diagnoses(user, run, name)]
    return [{"kind": "diagnosis", **d.model_dump(mode="json", exclude={"schema_"})} for d in found]


def _fix_event(entry: JournalEntry) -> dict[str, Any]:
    fix = entry.fix.model_dump(mode="json", exclude={"schema_"})
    result = entry.result.model_dump(mode="json", exclude={"schema_", "id"}) if entry.result else None
    return {"kind": "fix", **fix, "outcome": entry.outcome, "result": result, "entry": entry.oid}


def _attempt_event(phase: str, attempt: AttemptDocument) -> dict[str, Any]:
    return {
        "kind": "attempt",
        "phase": phase,
        "at": attempt.started,
        "number": attempt.number,
        "outcome": attempt.outcome,
        "commit": attempt.commit,
        "violations": [violation.code for violation in attempt.violations],
    }


def _when(event: dict[str, Any]) -> str:
    return str(event["at"])


def _line(event: dict[str, Any]) -> str:
    place = "/".join(filter(None, [event.get("run"), event.get("phase")])) or "no phase"
    at = str(event["at"])[:19].replace("T", " ")
    if event["kind"] == "attempt":
        codes = ", ".join(dict.fromkeys(event["violations"]))
        told = f"attempt {event['number']}: {event['outcome']}{f' ({codes})' if codes else ''}"
        return f"{at}  {place}  {told}"
    if event["kind"] == "diagnosis":
        said = event["action"] if event["valid"] else f"invalid ({event['problem']})"
        return f"{at}  {place}  diagnosis {event['number']} by {event['agent']}: {said}"
    command = event["command"] if isinstance(event["command"], str) else shlex.join(event["command"])
    why = f": {event['reason']} [{event['code']}]" if event["decision"] == "refused" else ""
    return f"{at}  {place}  fix {event['outcome']}  {command}{why}"
