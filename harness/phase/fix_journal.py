"""Every fix that was asked for, exactly once, read from the ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from harness.git.ledger import LedgerEntry, ledger_phases, ledger_ref, read_chain
from harness.git.records import unreadable_record
from harness.git.repository import Repository
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.phase.history import ATTEMPT_FILE, detail

FIXES_REF = "refs/harness/fixes"
FIX_FILE = "fix.json"
RESULT_FILE = "fix-result.json"
LOG_FILE = "fix.log"
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A fix and what became of it; `result` is None for one that was refused, or stopped while it ran."""

    fix: FixDocument
    result: FixResultDocument | None
    oid: str

    @property
    def outcome(self) -> str:
        """In one word: refused, interrupted, or what the result says."""
        if self.fix.decision == "refused":
            return "refused"
        return self.result.outcome if self.result else "interrupted"


def fixes_ref(run: str | None, phase: str | None) -> str:
    """The ledger the fixes of a phase are in, or that of fixes without one."""
    return ledger_ref(run, phase) if run and phase else FIXES_REF


def read_fixes(user: Repository, ref: str) -> list[JournalEntry]:
    """The fixes of one ledger, oldest first."""
    return fixes_in(ref, read_chain(user, ref))


def fixes_in(ref: str, entries: Sequence[LedgerEntry]) -> list[JournalEntry]:
    """The fixes among the entries of the ledger at `ref`, in their order."""
    results = {result.id: result for entry in entries if (result := _result(ref, entry))}
    return [
        JournalEntry(fix, results.get(fix.id), entry.oid)
        for entry in entries
        if (fix := _fix(ref, entry)) is not None
    ]


def journal(user: Repository, run: str | None, phase: str | None = None) -> list[JournalEntry]:
    """The fixes of a phase or of all phases of a run, or those without one, in the order of asking."""
    if run is None:
        return read_fixes(user, FIXES_REF)
    phases: Iterable[str] = [phase] if phase else ledger_phases(user, run)
    found = [entry for name in phases for entry in read_fixes(user, ledger_ref(run, name))]
    return sorted(found, key=lambda entry: entry.fix.at)


def pending_fix(user: Repository, run: str, phase: str) -> FixResultDocument | None:
    """The last fix whose edits were kept, if no attempt was made since."""
    pending = None
    ref = ledger_ref(run, phase)
    for entry in read_chain(user, ref):
        result = _result(ref, entry)
        if ATTEMPT_FILE in entry.files:
            pending = None
        elif result is not None and result.outcome == "kept":
            pending = result
    return pending


def _fix(ref: str, entry: LedgerEntry) -> FixDocument | None:
    return _parsed(FixDocument, ref, entry, FIX_FILE)


def _result(ref: str, entry: LedgerEntry) -> FixResultDocument | None:
    return _parsed(FixResultDocument, ref, entry, RESULT_FILE)


def _parsed(model: type[_Model], ref: str, entry: LedgerEntry, name: str) -> _Model | None:
    data = entry.files.get(name)
    try:
        return model.model_validate_json(data) if data else None
    except ValidationError as error:
        why = f"{name} of {entry.oid[:12]} is no record{detail(error)}"
        raise unreadable_record(ref, why) from None
