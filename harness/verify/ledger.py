"""The ledger as it stands: its chain walked link by link, every attempt read, nothing taken for granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.git.ledger import LedgerEntry, ledger_ref, read_entry
from harness.git.records import EntryError
from harness.git.repository import branch_of
from harness.git.seal import SEAL_FILE, SealFacts, decode_seal
from harness.phase.documents import AttemptDocument
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.phase.fix_journal import FIX_FILE, RESULT_FILE
from harness.phase.history import ATTEMPT_FILE
from harness.verify.finding import Difference
from harness.verify.scene import Scene, is_object_id

_Model = TypeVar("_Model", bound=BaseModel)
_MARKS = (ATTEMPT_FILE, FIX_FILE, RESULT_FILE)


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """One attempt with its evidence, the attempts before it, and the fix that was pending then."""

    run: str
    phase: str
    entry: LedgerEntry
    document: AttemptDocument
    seal: SealFacts
    context: dict[str, Any]
    history: tuple[AttemptDocument, ...] = ()
    fix: FixResultDocument | None = None


@dataclass(frozen=True, slots=True)
class RecordedFix:
    """A fix's entry: the decision, or what came of it; `allowed` are ids of those allowed until then."""

    entry: LedgerEntry
    fix: FixDocument | None
    result: FixResultDocument | None
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class PhaseLedger:
    """Everything recorded of a phase, oldest first, and what is wrong with the chain itself."""

    run: str
    phase: str
    attempts: tuple[RecordedAttempt, ...] = ()
    fixes: tuple[RecordedFix, ...] = ()
    problems: tuple[Difference, ...] = ()


@dataclass(slots=True)
class _Reading:
    run: str
    phase: str
    attempts: list[RecordedAttempt] = field(default_factory=list)
    fixes: list[RecordedFix] = field(default_factory=list)
    problems: list[Difference] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    pending: FixResultDocument | None = None

    def add(self, entry: LedgerEntry) -> None:
        if ATTEMPT_FILE in entry.files:
            self._add_attempt(entry)
        else:
            self._add_fix(entry)

    def _add_attempt(self, entry: LedgerEntry) -> None:
        document = self._parsed(AttemptDocument, entry, ATTEMPT_FILE)
        if document is None or not self._has_ids(entry, document.start, *_ids(document)):
            return
        try:
            seal, context = decode_seal(entry), entry.document("context.json")
        except (ValueError, TypeError, AttributeError, RecursionError):
            self._unreadable(entry, "seal.json or context.json")
            return
        if seal.branch and seal.branch.ref != branch_of(self.run):
            message = f"the seal of the entry {entry.oid[:12]} moves {seal.branch.ref}"
            self.problems.append(Difference("seal-differs", message, SEAL_FILE))
        history = tuple(attempt.document for attempt in self.attempts)
        self.attempts.append(
            RecordedAttempt(self.run, self.phase, entry, document, seal, context, history, self.pending)
        )
        self.pending = None

    def _add_fix(self, entry: LedgerEntry) -> None:
        fix = self._parsed(FixDocument, entry, FIX_FILE) if FIX_FILE in entry.files else None
        result = self._parsed(FixResultDocument, entry, RESULT_FILE) if RESULT_FILE in entry.files else None
        if result is not None and not self._has_ids(entry, result.tree, result.commit, result.base or None):
            return
        if fix is not None and fix.decision == "allowed":
            self.allowed.add(fix.id)
        if result is not None and result.outcome == "kept":
            self.pending = result
        self.fixes.append(RecordedFix(entry, fix, result, frozenset(self.allowed)))

    def _parsed(self, model: type[_Model], entry: LedgerEntry, name: str) -> _Model | None:
        try:
            return model.model_validate_json(entry.files[name])
        except ValidationError:
            self._unreadable(entry, name)
            return None

    def _has_ids(self, entry: LedgerEntry, *ids: str | None) -> bool:
        """Whether what should be object ids are; the entry is unreadable otherwise."""
        odd = [oid for oid in ids if oid is not None and not is_object_id(oid)]
        if odd:
            self._unreadable(entry, "an object id")
        return not odd

    def _unreadable(self, entry: LedgerEntry, name: str) -> None:
        message = f"{name} of the entry {entry.oid[:12]} can't be read"
        self.problems.append(Difference("ledger-broken", message, name))


def _ids(document: AttemptDocument) -> tuple[str | None, ...]:
    report = document.tests.report
    return document.base, document.tree, document.commit, report.object if report else None


def read_phase(scene: Scene, run: str, phase: str) -> PhaseLedger:
    """Everything recorded of a phase, as far as the chain can be followed."""
    reading = _Reading(run, phase)
    for entry in reversed(list(_walk(scene, reading))):
        reading.add(entry)
    numbers = [attempt.document.number for attempt in reading.attempts]
    # Joined from two machines, a chain can have a number twice; none may be missing.
    if sorted(set(numbers)) != list(range(1, max(numbers, default=0) + 1)):
        told = ", ".join(map(str, numbers))
        reading.problems.append(Difference("ledger-broken", f"its attempts are numbered {told}"))
    return PhaseLedger(run, phase, tuple(reading.attempts), tuple(reading.fixes), tuple(reading.problems))


def _walk(scene: Scene, reading: _Reading) -> Iterator[LedgerEntry]:
    """The entries, newest first, until the chain's beginning or something that is no entry."""
    oid = scene.tips.get(ledger_ref(reading.run, reading.phase), "")
    while True:
        if not scene.has(oid):
            reading.problems.append(Difference("ledger-broken", f"the entry {oid[:12]} isn't here"))
            return
        try:
            entry = read_entry(scene.user.objects, oid)
        except EntryError as error:
            reading.problems.append(Difference("ledger-broken", str(error)))
            return
        if not entry.parents and not entry.files:
            return
        if not entry.parents or not any(name in entry.files for name in _MARKS):
            reading.problems.append(Difference("ledger-broken", f"{oid[:12]} in its chain is no entry"))
            return
        yield entry
        oid = entry.parents[0]


def missing_pins(entry: LedgerEntry, wanted: dict[str, str | None]) -> list[str]:
    """The names of those commits an entry should keep alive, and has no parent for."""
    return [name for name, oid in wanted.items() if oid and oid not in entry.parents[1:]]
