"""What the bridge left at the end of each process of a session."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.checks.doubt import DoubtError


class Testimony(BaseModel):
    """One process's account. `worker` is None for the session's main process, else its xdist id.

    `workers` are those that ended well; `foreign` are modules, with their files, that come from the
    user's checkout.
    """

    __test__ = False
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    nonce: str
    pid: int
    worker: str | None
    workers: list[str]
    exitstatus: int
    foreign: list[tuple[str, str]]


def read_testimonies(contents: Iterable[bytes], nonce: str) -> Testimony:
    """The main process's testimony, with all foreign modules; raises when one is missing."""
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
    foreign = sorted({pair for testimony in mine for pair in testimony.foreign})
    return main[0].model_copy(update={"foreign": foreign})


def check_imports(testimony: Testimony) -> None:
    """Raise when code of the user's checkout was tested in place of the worktree's."""
    if testimony.foreign:
        name, file = testimony.foreign[0]
        more = len(testimony.foreign) - 1
        others = f" and {more} more" if more else ""
        raise DoubtError(
            f"the module {name} comes from the user's checkout, not the worktree: {file}{others}"
        )
