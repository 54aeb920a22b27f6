"""The phases of a run at a glance: each state derived from ledger, branch and claims, never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from harness.diagnosis.journal import diagnosed_phases, read_diagnoses
from harness.diagnosis.proposals import why_not_tried
from harness.git.claims import read_claims, read_remote_claims
from harness.git.ledger import ledger_ref
from harness.git.refs import list_refs, read_ref
from harness.git.repository import Repository, branch_of
from harness.phase.approval import is_approved, waits_for_approval
from harness.phase.claims import ClaimWatch, LiveClaim
from harness.phase.history import history_at
from harness.phase.state import landed_commit

if TYPE_CHECKING:
    from harness.phase.documents import AttemptDocument
    from harness.plan import Phase, Plan

State = Literal[
    "queued", "running", "waiting", "complete", "skipped", "failed", "refused", "unusable", "blocked"
]
"""Where a phase is: the last four are the outcome of its last attempt."""


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase: its state, and the reason for it where there is one. `tokens` are output tokens."""

    phase: str
    state: State
    attempts: int
    commit: str | None
    tokens: int | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """What refs say of one phase. `planned` is None for one that only the ledger knows.

    `claim` is whoever works on it now, `skipped` why a diagnosis says that it isn't to be done, `waits` what
    of a diagnosis has to be approved first, `approved` whether what blocked its last attempt was approved
    since.
    """

    phase: str
    planned: Phase | None
    history: Sequence[AttemptDocument] = ()
    commit: str | None = None
    claim: LiveClaim | None = None
    skipped: str = ""
    waits: str = ""
    approved: bool = False


def phase_row(facts: PhaseFacts, complete: Mapping[str, str | None]) -> PhaseRow:
    """The state of a phase; `complete` has the commit of every phase, None where it has none."""
    used = [a.tokens.actual for a in facts.history if a.tokens.actual is not None]
    state, reason = _state(facts, complete)
    tokens = sum(used) if used else None
    return PhaseRow(facts.phase, state, len(facts.history), facts.commit, tokens, reason)


def _state(facts: PhaseFacts, complete: Mapping[str, str | None]) -> tuple[State, str]:
    last = facts.history[-1] if facts.history else None
    if facts.commit:
        return "complete", ""
    if facts.claim is not None:
        where = f", seen on {facts.claim.remote}" if facts.claim.remote else ""
        return "running", f"{facts.claim.owner} works on it{where}"
    if facts.skipped:
        return "skipped", facts.skipped
    if facts.waits:
        return "waiting", facts.waits
    if facts.approved:
        return "queued", "approved since"
    if last is not None and waits_for_approval(last):
        return (
            "waiting",
            f"waits for an approval: harness approve {facts.phase} --reason TEXT ({_codes(last)})",
        )
    if last is not None and last.outcome != "complete":
        return last.judged, _codes(last)
    unmet = [name for name in facts.planned.depends_on if not complete.get(name)] if facts.planned else []
    if unmet:
        return "waiting", f"waits for {', '.join(unmet)}"
    return "queued", "was complete; its commit is in no branch any more" if last else ""


def _codes(attempt: AttemptDocument) -> str:
    return ", ".join(dict.fromkeys(violation.code for violation in attempt.violations))


@dataclass(slots=True)
class RunReader:
    """Reads the states of a run's phases, as often as it is asked; claims of remotes as last fetched.

    `dead` has the claims of remotes that count no more, by remote and phase.

    Nothing of a state is kept from one time to the next, but since when a claim has stood unchanged.
    """

    user: Repository
    run: str
    plan: Plan | None
    watch: ClaimWatch = field(default_factory=ClaimWatch)
    dead: dict[tuple[str, str], str] = field(default_factory=dict)

    def facts(self) -> list[PhaseFacts]:
        """Every phase of the plan, in order, then those only the ledger knows."""
        prefix = ledger_ref(self.run, "")
        ledgers = {ref.removeprefix(prefix): tip for ref, tip in list_refs(self.user.git, prefix).items()}
        tip, head = read_ref(self.user.git, branch_of(self.run)), self.user.head()
        planned = {phase.id: phase for phase in self.plan.phase} if self.plan else {}
        claims = self._claims()
        diagnosed = set(diagnosed_phases(self.user, self.run))
        found = []
        for name in dict.fromkeys([*planned, *ledgers]):
            history = history_at(self.user, ledgers[name]) if name in ledgers else []
            commit = landed_commit(self.user, self.run, history, tip, head)
            diagnoses = read_diagnoses(self.user, self.run, name) if name in diagnosed else []
            why = why_not_tried(self.user, name, diagnoses, history)
            found.append(
                PhaseFacts(
                    name,
                    planned.get(name),
                    history,
                    commit,
                    claims.get(name),
                    *why,
                    approved=bool(history)
                    and not commit
                    and is_approved(self.user, self.run, name, history[-1]),
                )
            )
        return found

    def _claims(self) -> dict[str, LiveClaim]:
        found = {}
        self.dead.clear()
        theirs = read_remote_claims(self.user, self.run)
        ours = [(None, phase, claim) for phase, claim in read_claims(self.user, self.run).items()]
        for remote, phase, recorded in (*theirs, *ours):
            live = self.watch.live(recorded, remote)
            if live is not None:
                found[phase] = live
            elif remote is not None:
                self.dead[remote, phase] = recorded.oid
        return found


def overview(user: Repository, run: str, plan: Plan | None) -> list[PhaseRow]:
    """Every phase of the plan, in order, then those only the ledger knows."""
    return phase_rows(RunReader(user, run, plan).facts())


def phase_rows(facts: Sequence[PhaseFacts]) -> list[PhaseRow]:
    """The states of phases that are all there are of a run."""
    complete = {fact.phase: fact.commit for fact in facts}
    return [phase_row(fact, complete) for fact in facts]
