"""What the bridge left at the end of each process of a session."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checks.doubt import DoubtError
from harness.checks.witness import Witness

CRASHED = "???"  # xdist's word for the stage in which a worker died


class Testimony(BaseModel):
    """One process's account. `worker` is None for the session's main process, else its xdist id.

    `workers` are those that ended well, `lost` those that didn't; `foreign` are modules, with their
    files, that come from the user's checkout. `canaries` are node ids of those run in the process,
    `problem` why one couldn't be.
    """

    __test__ = False
    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, strict=True)

    nonce: str
    pid: int
    worker: str | None
    workers: list[str]
    exitstatus: int
    foreign: list[tuple[str, str]]
    lost: list[str] = []
    canaries: list[str] = []
    problem: str = ""


def read_testimonies(contents: Iterable[bytes], nonce: str) -> Testimony:
    """The main process's testimony, with what all of them say of modules and canaries.

    Raises when one is missing.
    """
    try:
        found = [Testimony.model_validate_json(content) for content in contents]
    except ValidationError as error:
        raise DoubtError("what the harness's plugin left at the end can't be read") from error
    mine = [testimony for testimony in found if testimony.nonce == nonce]
    main = [testimony for testimony in mine if testimony.worker is None]
    if len(main) != 1 or len(mine) != len(found):
        raise DoubtError("the harness's plugin didn't see the end of exactly this session")
    silent = set(main[0].workers) - {testimony.worker for testimony in mine}
    if silent:
        raise DoubtError(f"no word from the test processes {', '.join(sorted(silent))}")
    together = {
        "foreign": sorted({pair for testimony in mine for pair in testimony.foreign}),
        "canaries": sorted({node for testimony in mine for node in testimony.canaries}),
        "problem": next((testimony.problem for testimony in mine if testimony.problem), ""),
    }
    return main[0].model_copy(update=together)


def check_imports(testimony: Testimony) -> None:
    """Raise when code of the user's checkout was tested in place of the worktree's."""
    if testimony.foreign:
        name, file = testimony.foreign[0]
        more = len(testimony.foreign) - 1
        others = f" and {more} more" if more else ""
        raise DoubtError(
            f"the module {name} comes from the user's checkout, not the worktree: {file}{others}"
        )


def check_workers(testimony: Testimony, witness: Witness) -> None:
    """Raise where more xdist workers died than tests are told to have been killed by it."""
    crashed = [test for test in witness.tests.values() if CRASHED in test.stages]
    if len(testimony.lost) > len(crashed):
        raise DoubtError(f"the test process {testimony.lost[0]} died without a word of the test it ran")
