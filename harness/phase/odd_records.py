"""Refs of the harness beside the ledgers that hold something else than they should, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from harness.diagnosis.documents import DiagnosisDocument
from harness.diagnosis.journal import DIAGNOSIS_FILE
from harness.git.approvals import APPROVAL_FILE
from harness.git.claims import CLAIMS, recorded_claim
from harness.git.ledger import LedgerEntry, read_entry
from harness.git.records import APPROVALS, DIAGNOSES, LEFT_OUT, UNLANDED, EntryError
from harness.git.refs import list_refs
from harness.git.repository import Repository
from harness.phase.approval import Approval
from harness.phase.claims import decode_claim
from harness.phase.fix_documents import FixDocument, FixResultDocument
from harness.phase.fix_journal import FIX_FILE, FIXES_REF, RESULT_FILE
from harness.phase.history import detail
from harness.phase.unlanded import UNLANDED_FILE, UnlandedDocument

_OF_RUNS = f"{APPROVALS}runs/"
_OF_PATHS = f"{APPROVALS}paths/"
# What each entry of a chain has at least one of, by how the chain's ref begins.
_FILES: dict[str, dict[str, type[BaseModel]]] = {
    DIAGNOSES: {DIAGNOSIS_FILE: DiagnosisDocument},
    UNLANDED: {UNLANDED_FILE: UnlandedDocument},
    _OF_RUNS: {APPROVAL_FILE: Approval},
    _OF_PATHS: {APPROVAL_FILE: Approval},
    FIXES_REF: {FIX_FILE: FixDocument, RESULT_FILE: FixResultDocument},
}
_BY_RUN = (DIAGNOSES, UNLANDED, _OF_RUNS, CLAIMS)


@dataclass(frozen=True, slots=True)
class OddRecord:
    """A ref that can't be read to its end, or has an entry that is no record. `run` is None for all runs."""

    ref: str
    run: str | None
    why: str


def odd_records(user: Repository, prefixes: Collection[str] = (*_FILES, CLAIMS)) -> Iterator[OddRecord]:
    """The first thing wrong with each ref that begins with one of `prefixes`; readers leave it out."""
    for ref, oid in list_refs(user.git, "refs/harness/").items():
        prefix = next((prefix for prefix in prefixes if ref.startswith(prefix)), None)
        if prefix is None:
            continue
        why = _claim_fault(user, ref, oid) if prefix == CLAIMS else _chain_fault(user, oid, _FILES[prefix])
        if why:
            run = ref.removeprefix(prefix).partition("/")[0] if prefix in _BY_RUN else None
            yield OddRecord(ref, run, why)


def left_out(user: Repository) -> list[str]:
    """A line for each ref of which something is left out whoever reads it."""
    found = odd_records(user, [prefix for prefix in _FILES if prefix.startswith(LEFT_OUT)])
    return [
        f"warning: what can't be read of {odd.ref} is left out: {odd.why} [record-unreadable]"
        for odd in found
    ]


def _claim_fault(user: Repository, ref: str, oid: str) -> str:
    known = decode_claim(recorded_claim(user, ref, oid).data)
    return "" if known else f"{oid[:12]} is no claim"


def _chain_fault(user: Repository, tip: str, wanted: dict[str, type[BaseModel]]) -> str:
    oid: str | None = tip
    try:
        while oid is not None:
            entry = read_entry(user.objects, oid)
            why = _entry_fault(entry, wanted)
            if why:
                return why
            oid = entry.parents[0] if entry.parents else None
    except EntryError as error:
        return str(error)
    return ""


def _entry_fault(entry: LedgerEntry, wanted: dict[str, type[BaseModel]]) -> str:
    there = wanted.keys() & entry.files.keys()
    if not there and (entry.parents or entry.files):
        return f"{entry.oid[:12]} has no {' or '.join(wanted)}"
    for name in there:
        try:
            wanted[name].model_validate_json(entry.files[name])
        except ValidationError as error:
            return f"{name} of {entry.oid[:12]} is no record{detail(error)}"
    return ""
