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
    sequences = _sequences(user, name, phase, fixes_only=arguments.fixes) if name else []
    if arguments.fixes and not phase:
        sequences.append(_fixes_without_phase(user))
    events = _merged(sequences)
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
    run = project.the_run(user, arguments.plan, run_id or None)
    project.require_known_run(user, arguments.plan, run)
    return run


def _sequences(user: Repository, run: str, phase: str, *, fixes_only: bool) -> list[list[dict[str, Any]]]:
    """What was done in each phase, in the order of its ledger."""
    from harness.diagnosis.journal import diagnosed_phases
    from harness.git.ledger import ledger_phases

    diagnosed = set(diagnosed_phases(user, run))
    wanted = [phase] if phase else dict.fromkeys([*ledger_phases(user, run), *sorted(diagnosed)])
    return [
        _with_diagnoses(
            _of_phase(user, run, name, fixes_only=fixes_only),
            _diagnoses(user, run, name) if name in diagnosed and not fixes_only else [],
        )
        for name in wanted
    ]


def _of_phase(user: Repository, run: str, phase: str, *, fixes_only: bool) -> list[dict[str, Any]]:
    from harness.git.ledger import ledger_ref, read_ledger
    from harness.phase.fix_journal import fixes_in
    from harness.phase.history import ATTEMPT_FILE, read_history

    ref, entries = ledger_ref(run, phase), read_ledger(user, run, phase)
    fixes = {fix.oid: _fix_event(fix) for fix in fixes_in(ref, entries)}
    if fixes_only:
        return list(fixes.values())
    attempts, events = iter(read_history(user, run, phase)), []
    for entry in entries:
        if ATTEMPT_FILE in entry.files:
            events.append(_attempt_event(phase, next(attempts)))
        elif entry.oid in fixes:
            events.append(fixes[entry.oid])
    return events


def _fixes_without_phase(user: Repository) -> list[dict[str, Any]]:
    from harness.phase.fix_journal import journal

    return [_fix_event(fix) for fix in journal(user, None)]


def _diagnoses(user: Repository, run: str, phase: str) -> list[dict[str, Any]]:
    from harness.diagnosis.journal import read_diagnoses

    found = read_diagnoses(user, run, phase)
    return [{"kind": "diagnosis", **d.model_dump(mode="json", exclude={"schema_"})} for d in found]


def _with_diagnoses(events: list[dict[str, Any]], diagnoses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with each diagnosis after its attempt, and after the fixes before it."""
    for diagnosis in diagnoses:
        place = 0
        for number, event in enumerate(events, start=1):
            if event["kind"] == "attempt":
                is_before = event["number"] <= diagnosis["attempt"]
            else:
                is_before = _when(event) <= _when(diagnosis)
            place = number if is_before else place
        events = [*events[:place], diagnosis, *events[place:]]
    return events


def _merged(sequences: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """All of them by time, each sequence in its own order: attempts tell only whole seconds."""
    timed = []
    for sequence in sequences:
        latest = ""
        for event in sequence:
            latest = max(latest, _when(event))
            timed.append((latest, event))
    return [event for _, event in sorted(timed, key=lambda pair: pair[0])]


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
    return str(event["at"]).removesuffix("Z")


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
