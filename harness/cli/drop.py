"""`harness drop`: discard a run's branch; what was recorded about it stays."""

from __future__ import annotations

import argparse

from harness.cli import output, project
from harness.errors import DONE, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's id")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    user = project.repository()
    name = arguments.run
    from harness.git.locks import hold, lock_folder
    from harness.git.refs import RefUpdate, read_ref
    from harness.git.seal import delete_refs, roll_forward
    from harness.phase.context import branch_of

    ref = branch_of(name)
    lock = lock_folder(user.common_dir) / "runs" / f"{name}.lock"
    if read_ref(user.git, ref) is None:
        raise UsageError(
            "no-such-run",
            f"there is no branch harness/{name}",
            "see `git branch --list 'harness/*'`",
        )
    with hold(lock, lambda owner: output.note(f"waiting for {owner}, which works on run {name}")):
        roll_forward(user)
        where = user.checked_out(ref)
        if where is not None:
            raise UsageError(
                "branch-checked-out",
                f"harness/{name} is checked out in {where}",
                "switch to another branch there",
            )
        tip = read_ref(user.git, ref)
        delete_refs(user, [RefUpdate(ref, None, tip)] if tip else [])
    if arguments.json:
        output.print_json({"schema": "harness.drop/1", "run": name, "tip": tip})
        return DONE
    output.line(f"dropped harness/{name}, which was at {tip}")
    output.line(f"  its ledger stays: refs/harness/runs/{name}/")
    output.line(f"  to have it back:  git branch harness/{name} {tip}")
    return DONE
