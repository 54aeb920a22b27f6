"""The environment of programs the harness runs: nothing leaks in, nothing can ask a person."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

# Where `false` is: /bin on most systems, /usr/bin on macOS, elsewhere on NixOS.
FALSE = next(
    (path for path in ("/bin/false", "/usr/bin/false") if Path(path).exists()),
    shutil.which("false") or "/bin/false",
)

# Every editor and every way to ask for a password fails at once instead of waiting for an answer.
NO_PROMPTS = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": FALSE,
    "SSH_ASKPASS": FALSE,
    "SSH_ASKPASS_REQUIRE": "force",
    "GCM_INTERACTIVE": "never",
    "GIT_EDITOR": FALSE,
    "GIT_SEQUENCE_EDITOR": FALSE,
    "EDITOR": FALSE,
    "VISUAL": FALSE,
    "GIT_PAGER": "cat",
    "PAGER": "cat",
}

_REMOVED_PREFIXES = ("GIT_", "PYTEST_", "COVERAGE_", "COV_CORE_")
_REMOVED = frozenset(
    {
        "PWD",
        "OLDPWD",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
        "__PYVENV_LAUNCHER__",
        # It names the user's terminal, on which a PIN entry program would draw.
        "GPG_TTY",
    }
)


def clean_environment(base: Mapping[str, str]) -> dict[str, str]:
    """What a program the harness runs gets of `base`, a new mapping.

    Removed: every GIT_*, which could steer git into the user's repository; what belongs to the test
    run, the coverage measurement, the folder or the Python the harness itself runs in (PYTEST_*,
    COVERAGE_*, PWD, PYTHONPATH, PYTHONHOME, …). VIRTUAL_ENV and PATH stay. Added: `NO_PROMPTS`.
    """
    kept = {
        name: value
        for name, value in base.items()
        if name not in _REMOVED and not name.startswith(_REMOVED_PREFIXES)
    }
    return {**kept, **NO_PROMPTS}
