"""Which runs nobody works on here, and that they stay so for as long as it takes."""

from __future__ import annotations

import contextlib
from pathlib import Path

from harness.git.free_locks import hold_if_free
from harness.git.ledger import RUNS
from harness.git.locks import phase_lock, run_lock
from harness.git.repository import Repository, branch_of

_BRANCHES = branch_of("")


class IdleRuns:
    """Takes the locks of runs and phases that are free, each once; `held` lets go of them."""

    def __init__(self, user: Repository, held: contextlib.ExitStack) -> None:
        self._common_dir = user.common_dir
        self._held = held
        self._taken: dict[Path, bool] = {}

    def take(self, ref: str) -> bool:
        """Whether a ref may be moved: nobody works on the run, or the phase of a run, that it belongs to."""
        return all(self._take(lock) for lock in self._locks(ref))

    def _locks(self, ref: str) -> list[Path]:
        if ref.startswith(_BRANCHES):
            return [run_lock(self._common_dir, ref.removeprefix(_BRANCHES))]
        run, separator, phase = ref.removeprefix(RUNS).partition("/")
        if not ref.startswith(RUNS) or not separator:
            return []
        return [phase_lock(self._common_dir, run, phase), run_lock(self._common_dir, run)]

    def _take(self, lock: Path) -> bool:
        if lock not in self._taken:
            self._taken[lock] = self._held.enter_context(hold_if_free(lock))
        return self._taken[lock]
