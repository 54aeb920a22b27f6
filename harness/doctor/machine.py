"""What the machine offers: Python, git, bubblewrap, a folder for state."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.containment.choice import empty_trial, find_bubblewrap, try_out
from harness.containment.confinement import Confinement, Surroundings
from harness.doctor.model import Check
from harness.errors import FaultError
from harness.state import state_directory

# The first release of each series with the fixes of July 2025 (CVE-2025-48384 and its like).
_FIXED = {43: 7, 44: 4, 45: 4, 46: 4, 47: 3, 48: 2, 49: 1, 50: 1}


def machine_checks(environment: Mapping[str, str]) -> list[Check]:
    """Everything that can be said without a repository."""
    return [_python(), _git(), _bubblewrap(environment), _state()]


def _python() -> Check:
    return Check("python", "ok", f"the harness runs on Python {platform.python_version()} ({sys.executable})")


def _git() -> Check:
    try:
        from harness.git.repository import git_version
    except ImportError:
        # GitPython asks git for its version when it is imported.
        return Check("git", "fail", "git isn't on the PATH", "install git 2.39 or newer")
    return git_check(git_version())


def git_check(version: tuple[int, ...]) -> Check:
    """What to think of a version of git."""
    from harness.git.repository import MINIMUM_GIT

    shown = ".".join(map(str, version))
    if version[:2] < MINIMUM_GIT:
        wanted = ".".join(map(str, MINIMUM_GIT))
        return Check("git", "fail", f"git {shown} is too old", f"upgrade to git {wanted} or newer")
    major, minor, patch = (*version, 0, 0)[:3]
    if major == 2 and (minor < min(_FIXED) or patch < _FIXED.get(minor, 0)):
        message = f"git {shown} is older than the security releases of 2025"
        return Check("git", "warn", message, "upgrade, unless your distribution has patched it (Debian has)")
    return Check("git", "ok", f"git {shown}")


def _bubblewrap(environment: Mapping[str, str]) -> Check:
    """Whether a program can be contained, both with and without the network."""
    try:
        why = bubblewrap_problem(environment)
    except FaultError as error:
        # Agents, tests and fixes are started in the same way.
        return Check("containment", "fail", f"{error.message} [{error.code}]", error.hint)
    except OSError as error:
        # Of the folder for state more is said below.
        message = f"it can't be tried whether programs can be contained: {error.strerror}: {error.filename}"
        return Check("containment", "fail", message, "make the folder for state one you may use")
    if not why:
        message = "bubblewrap works: agents, tests and fixes can write what is theirs, and nothing else"
        return Check("containment", "ok", message)
    message = f"nothing is contained: {why}; git in a worktree still can't reach your repository"
    return Check("containment", "warn", message, _containment_remedy(why))


def bubblewrap_problem(environment: Mapping[str, str]) -> str:
    """Why bubblewrap doesn't work here, "" where it does."""
    found, why = find_bubblewrap(environment)
    if found is None:
        return why
    wanted = Confinement("tests", found, Surroundings(None, Path(os.path.realpath(state_directory()))))
    return try_out(wanted, empty_trial(), environment)


def _containment_remedy(why: str) -> str:
    if "Linux" in why:
        return "run phases in a container or a virtual machine, if you don't trust what runs"
    if "installed" in why:
        return "install it: apt-get install bubblewrap, dnf install bubblewrap, apk add bubblewrap"
    return (
        "allow unprivileged user namespaces: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 "
        "(Ubuntu), kernel.unprivileged_userns_clone=1 (Debian); a container needs --security-opt "
        "seccomp=unconfined or --privileged"
    )


def _state() -> Check:
    folder = state_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
    except OSError as error:
        message = f"can't write to {folder}: {error.strerror}"
        return Check("state", "fail", message, "make it writable, or name another with HARNESS_STATE_HOME")
    return Check("state", "ok", f"worktrees and known test results are kept in {folder}")
