"""`harness check-message`: no commit made by hand says that it is accepted work.

Cherry-picks, rebases and reverts that git completes by itself keep their messages and are not judged:
git runs no commit-msg hook for them.
"""

from __future__ import annotations

import os
import sys

from harness.errors import DONE, REFUSED
from harness.guard.failures import usage, wrong_usage
from harness.guard.git_process import GitProcess, complaint_of, run_git
from harness.guard.printing import note, print_json, print_text
from harness.guard.trailers import TRAILERS, claims_work, faults, forged, read_trailers, unknown_base
from harness.guard.violation import Violation

USAGE = """\
usage: harness check-message [--json] FILE

Refuse a commit message whose trailers (Run-Id, Phase-Id, Attempt, Agent, Base-Commit) claim
that the commit is work the harness tested and accepted, unless it is. For a commit-msg hook:
git gives it FILE.

Exit codes: 0 accepted, 3 refused, 2 wrong usage.
"""
_FORMAT = "%T%n" + "%n".join(f"%(trailers:key={key},valueonly,separator=%x1f)" for key in TRAILERS)


def main(arguments: list[str]) -> int:
    """Run `harness check-message ARGUMENTS` in the environment git gave the hook; returns the exit code."""
    if "-h" in arguments or "--help" in arguments:
        sys.stdout.write(USAGE)
        return DONE
    files = [argument for argument in arguments if argument != "--json"]
    if len(files) != 1 or files[0].startswith("--"):
        raise wrong_usage("harness check-message takes one file", "check-message")
    violations = judge_message(files[0])
    if "--json" in arguments:
        print_json(None, violations)
    elif violations:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        for violation in violations:
            violation.path = files[0]
        print_text(violations)
        sys.stdout.flush()
        note(f"refused; the message is kept in {files[0]}")
    return REFUSED if violations else DONE


def judge_message(file: str) -> list[Violation]:
    """What is wrong with the message in `file`, for the commit that the index would make."""
    trailers = _trailers_of(file)
    found = faults(trailers)
    if found or not claims_work(trailers):
        return found
    values = [trailers[key.lower()][0] if key.lower() in trailers else "" for key in TRAILERS]
    base = values[-1]
    if base and run_git("rev-parse", "--quiet", "--verify", f"{base}^{{commit}}")[0] != 0:
        found.append(unknown_base(base))
    if not _is_accepted(values):
        found.append(forged())
    return found


def _trailers_of(file: str) -> dict[str, list[str]]:
    if not os.path.isfile(file):  # noqa: PTH113
        raise usage("no-message", f"{file} is not a file", "git gives a commit-msg hook the message's file")
    status, output = run_git("interpret-trailers", "--parse", "--no-divider", os.path.abspath(file))  # noqa: PTH100
    if status != 0:
        raise usage("no-message", f"{file} can't be read as a commit message", complaint_of("--version"))
    return read_trailers(output.decode("utf-8", "replace"))


def _is_accepted(values: list[str]) -> bool:
    """Whether a recorded commit, or the amended one, has these trailers and the tree to be committed."""
    tree = GitProcess("write-tree").require().decode().strip()
    commits = [*_recorded(values[0], values[1]), *_head()]
    if not commits:
        return False
    output = GitProcess("log", "--no-walk=unsorted", "-z", f"--format={_FORMAT}", *commits).require()
    known = (entry.split("\n") for entry in output.decode("utf-8", "replace").split("\0"))
    return any(fields[0] == tree and fields[1:] == values for fields in known)


def _recorded(run: str, phase: str) -> list[str]:
    """The commits the ledger of a phase keeps: an entry's parents after the entry before it."""
    ref = f"refs/harness/runs/{run}/{phase}"
    if not phase or run_git("rev-parse", "--quiet", "--verify", ref)[0] != 0:
        return []
    lines = GitProcess("log", "--first-parent", "--format=%P", ref, "--").require().decode().splitlines()
    return list(dict.fromkeys(commit for line in lines for commit in line.split()[1:]))


def _head() -> list[str]:
    status, output = run_git("rev-parse", "--quiet", "--verify", "HEAD^{commit}")
    return [output.decode().strip()] if status == 0 else []
