"""The rules over the shell commands a tool would run: those of fixes, less what only fixes need."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.guard.git_process import run_git
from harness.guard.hook.places import Checkout, inner_paths
from harness.guard.violation import Violation

if TYPE_CHECKING:
    from harness.commands.model import NameKind

# An agent's own permissions are for these: a fix may run nothing unknown, a developer's shell may.
_LEFT_TO_THE_AGENT = frozenset({"unknown-command", "network", "installs-software"})


def judge_command(command: str, folder: str, checkout: Checkout) -> list[Violation]:
    """A violation where the command, run in `folder`, would destroy, leave the checkout, or can't be read."""
    from harness.commands import Context, classify

    if isinstance(inner_paths(f"{folder}/_", folder, checkout), Violation):
        # What is harmless at the root may not be where the agent stands.
        command = f"cd {shlex.quote(folder)} &&\n{command}"

    context = Context(
        run_type="project_build",
        aliases=_aliases(),
        workdir=checkout.real,
        refs=lambda name: _kind(name, checkout),
    )
    decision = classify(command, context)
    if decision.allowed or (decision.effects and _LEFT_TO_THE_AGENT.issuperset(decision.effects)):
        return []
    return [Violation(decision.code, None, decision.reason, decision.safe_alternative)]


def _aliases() -> Mapping[str, str]:
    """The aliases a command would have, by name: anybody's settings count in a person's shell."""
    _, output = run_git("config", "--null", "--get-regexp", r"^alias\.")
    entries = (entry.partition("\n") for entry in output.decode("utf-8", "surrogateescape").split("\0"))
    return {key.removeprefix("alias."): value for key, newline, value in entries if newline}


def _kind(name: str, checkout: Checkout) -> NameKind:
    if "\0" in name:
        return "absent"
    is_path = os.path.lexists(Path(checkout.real, name))
    question = ("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
    if run_git(*question)[0] == 0:
        return "both" if is_path else "commit"
    return "path" if is_path else "absent"
