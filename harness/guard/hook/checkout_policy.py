"""The checkout a hook stands in, and the policy that counts there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.guard.failures import usage
from harness.guard.git_process import complaint_of, run_git
from harness.guard.hook.places import Checkout
from harness.guard.objects import Objects
from harness.guard.policy_file import CONFIG_FILE, parse_policy, read_policy
from harness.guard.unborn import require_unborn
from harness.process.regular_file import read_named

_MOST_BYTES = 16 * 1024 * 1024


def enter_checkout(folders: Sequence[str]) -> Checkout:
    """Go to the first of the folders (or stay) and find its checkout; UsageError `no-repository`."""
    for folder in folders:
        if Path(folder).is_dir():
            os.chdir(folder)
            break
    status, output = run_git("rev-parse", "--show-toplevel")
    if status != 0:
        complaint = complaint_of("rev-parse", "--show-toplevel") or "not a git repository"
        raise usage("no-repository", complaint, "run the agent inside a repository")
    return Checkout.at(os.fsdecode(output.removesuffix(b"\n")))


def protected_and_content(checkout: Checkout) -> tuple[list[str], dict[str, Any]]:
    """(the protected list, `[policy.content]`): HEAD's, and what the checkout's file adds to the list.

    What isn't committed may only close more: an exception there would lift HEAD's protection.
    """
    protected: list[str] = []
    content: dict[str, Any] = {}
    status, output = run_git("rev-parse", "--quiet", "--verify", "HEAD")
    if status == 0:
        objects = Objects()
        try:
            policy = read_policy(objects, output.decode().strip(), "HEAD")
        finally:
            objects.close()
        protected, content = [*policy.protection.patterns], policy.content
    else:
        require_unborn()
    protected += [pattern for pattern in _uncommitted(checkout) if not pattern.lstrip().startswith("!")]
    return list(dict.fromkeys(protected)), content


def _uncommitted(checkout: Checkout) -> Sequence[str]:
    try:
        data = read_named(Path(checkout.real, CONFIG_FILE), _MOST_BYTES, by_user=False)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise usage("invalid-config", f"can't read {CONFIG_FILE}: {error.strerror}", "correct it") from None
    return parse_policy(data, "the checkout").protection.patterns
