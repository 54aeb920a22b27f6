"""`verify`: everything recorded of runs, or of the harness's commits in a range, recomputed and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.git.repository import Repository, short_branch
from harness.phase.odd_records import odd_records
from harness.verify.attempts import check_attempt, guarded
from harness.verify.decisions import check_fix
from harness.verify.documents import CheckedDocument, FindingDocument, TotalsDocument, VerifyDocument
from harness.verify.finding import Compared, Difference, Finding, Remark, Skipped
from harness.verify.landed import check_landed
from harness.verify.ledger import PhaseLedger, RecordedAttempt, read_phase
from harness.verify.notes import check_unrecorded, recorded_reports
from harness.verify.phase_commits import check_telemetry_commit
from harness.verify.scene import Scene, open_scene
from harness.verify.target import Target, choose_target
from harness.verify.telemetry import check_file


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """`target` is a run, a commit or a range, None for every run; `progress` is told what is under way.

    `compared` is told after each attempt how many of how many were compared.
    """

    target: str | None = None
    rerun_tests: bool = False
    progress: Callable[[str], None] = lambda _line: None
    compared: Callable[[int, int], None] = lambda _done, _of: None


@dataclass(slots=True)
class _Account:
    """What was found, gathered while it is found."""

    differences: list[FindingDocument] = field(default_factory=list)
    remarks: list[FindingDocument] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def add(
        self, findings: Iterable[Finding], run: str, phase: str | None = None, attempt: int | None = None
    ) -> None:
        for found in findings:
            if isinstance(found, Compared):
                self.compared[found.what] += found.count
            elif isinstance(found, Skipped):
                self.skipped[found.why] += 1
            else:
                document = FindingDocument(
                    code=found.code,
                    run=run,
                    phase=phase,
                    attempt=attempt,
                    path=_printable(found.path),
                    message=_printable(found.message) or "",
                )
                (self.differences if isinstance(found, Difference) else self.remarks).append(document)

    def add_about(self, findings: Iterable[Finding], attempt: RecordedAttempt) -> None:
        self.add(findings, attempt.run, attempt.phase, attempt.document.number)


def verify(user: Repository, options: VerifyOptions) -> VerifyDocument:
    """Verify what a person named, changing nothing. UsageError where nothing of it is here."""
    account = _Account()
    with open_scene(user) as scene:
        target = choose_target(scene, options.target)
        ledgers = [read_phase(scene, run, phase) for run in target.runs for phase in scene.phases(run)]
        chosen = [attempt for ledger in ledgers for attempt in _chosen(ledger, target)]
        scene.learn(_named_commits(chosen))
        _check_chains(scene, target, ledgers, account)
        _check_other_records(user, target, account)
        recorded = recorded_reports(attempt for ledger in ledgers for attempt in ledger.attempts)
        for number, attempt in enumerate(chosen, start=1):
            account.add_about(guarded(check_attempt(scene, attempt)), attempt)
            account.add_about(guarded(check_unrecorded(scene, attempt, recorded)), attempt)
            options.compared(number, len(chosen))
        for run in target.runs:
            of_run = [a for ledger in ledgers if ledger.run == run for a in ledger.attempts]
            _check_run(scene, target, run, of_run, chosen, account)
        if options.rerun_tests:
            _rerun(scene, chosen, options, account)
        else:
            account.skipped["whether the tests still say the same (--rerun-tests)"] += 1
    return _document(target, chosen, account)


def _chosen(ledger: PhaseLedger, target: Target) -> Iterator[RecordedAttempt]:
    """The attempts to verify: all of a run's, or those whose commits were named."""
    for attempt in ledger.attempts:
        if target.commits is None or attempt.document.commit in target.commits or _claimed(attempt, target):
            yield attempt


def _claimed(attempt: RecordedAttempt, target: Target) -> bool:
    """Whether a named commit says that it is this attempt's."""
    claim = (attempt.run, attempt.phase, str(attempt.document.number))
    commits = (target.commits or {}).values()
    return any((c.run, c.phase, c.trailers["Attempt"]) == claim for c in commits)


def _named_commits(attempts: Iterable[RecordedAttempt]) -> Iterator[str]:
    for attempt in attempts:
        tip = attempt.seal.branch.new if attempt.seal.branch else None
        yield from filter(None, (attempt.document.commit, attempt.document.base, tip))


def _check_chains(scene: Scene, target: Target, ledgers: Sequence[PhaseLedger], account: _Account) -> None:
    for ledger in ledgers:
        account.add(ledger.problems, ledger.run, ledger.phase)
        if target.commits is None:
            for fix in ledger.fixes:
                account.add(guarded(check_fix(scene, fix)), ledger.run, ledger.phase)


def _check_other_records(user: Repository, target: Target, account: _Account) -> None:
    """Every claim, approval and diagnosis of the runs can be read, and fixes without a phase."""
    for odd in odd_records(user) if target.commits is None else ():
        if odd.run is None or odd.run in target.runs:
            finding = Difference("evidence-unreadable", odd.why, odd.ref)
            account.add([finding], odd.run or ", ".join(target.runs))


def _check_run(
    scene: Scene,
    target: Target,
    run: str,
    attempts: Sequence[RecordedAttempt],
    chosen: Sequence[RecordedAttempt],
    account: _Account,
) -> None:
    """The run's branch, or the named commits of the run, and the telemetry in it."""
    if target.commits is not None:
        _check_commits(scene, target, run, attempts, account)
        account.add(check_file(scene, run, target.tip, attempts, _landed_in(scene, target.tip, chosen)), run)
        return
    branch = scene.branch(run)
    if branch is None:
        account.add([_no_branch(run)], run)
        return
    for attempt, findings in check_landed(scene, run, branch[1], attempts):
        if attempt is None:
            account.add(findings, run)
        else:
            account.add_about(findings, attempt)
    account.add(check_file(scene, run, branch[1], attempts, attempts), run)


def _no_branch(run: str) -> Remark:
    message = "it was dropped or not fetched; whether commits and telemetry are in it was not checked"
    return Remark("no-branch", message, short_branch(run))


def _check_commits(
    scene: Scene, target: Target, run: str, attempts: Sequence[RecordedAttempt], account: _Account
) -> None:
    """Every named commit of a run is one that was recorded."""
    recorded = {attempt.document.commit: attempt for attempt in attempts}
    for commit in (target.commits or {}).values():
        if commit.run != run:
            continue
        if not commit.phase:
            account.add(check_telemetry_commit(scene, commit), run)
        elif commit.oid not in recorded:
            claim = f"{run}/{commit.phase} attempt {commit.trailers['Attempt']}"
            message = f"it claims to be {claim}, which was recorded with another commit, or not at all"
            account.add([Difference("commit-rewritten", message, commit.oid)], run, commit.phase)
        elif recorded[commit.oid].document.outcome != "complete":
            message = f"its attempt was {recorded[commit.oid].document.outcome}, not complete"
            account.add_about([Difference("outcome-differs", message, commit.oid)], recorded[commit.oid])


def _landed_in(scene: Scene, tip: str, attempts: Iterable[RecordedAttempt]) -> list[RecordedAttempt]:
    """The attempts whose telemetry commit is in `tip`."""
    sealed = ((attempt, attempt.seal.branch) for attempt in attempts)
    return [a for a, branch in sealed if branch and branch.new and scene.contains(tip, branch.new)]


def _rerun(
    scene: Scene, attempts: Sequence[RecordedAttempt], options: VerifyOptions, account: _Account
) -> None:
    from harness.verify.rerun import rerun_tests

    for attempt in attempts:
        if attempt.document.outcome == "complete":
            account.add_about(rerun_tests(scene, attempt, options.progress), attempt)


def _document(target: Target, chosen: Sequence[RecordedAttempt], account: _Account) -> VerifyDocument:
    remarks = account.remarks
    if target.commits is not None and not target.commits:
        account.skipped[f"{target.name} has no commit with the harness's trailers: nothing to verify"] += 1
    return VerifyDocument(
        target=target.name,
        verified=not account.differences,
        runs=target.runs,
        checked=CheckedDocument(**account.compared),
        totals=tuple(_totals(run, chosen) for run in target.runs),
        differences=tuple(account.differences),
        remarks=tuple(remarks),
        not_checked=tuple(account.skipped),
    )


def _totals(run: str, attempts: Sequence[RecordedAttempt]) -> TotalsDocument:
    used = [attempt.document.usage.output or 0 for attempt in attempts if attempt.run == run]
    return TotalsDocument(run=run, attempts=len(used), output_tokens=sum(used))


def _printable(text: str | None) -> str | None:
    from harness.phase.documents import printable

    return printable(text)
