"""The version of the project's own Python, where a verdict turns on it and isn't known beforehand."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.policy.syntax import of_python, without_python

if TYPE_CHECKING:
    from harness.config import Config, TestsTable
    from harness.git.repository import Repository
    from harness.plan import Phase
    from harness.verdict import Judged


def release_of(version: str) -> tuple[int, int]:
    """Major and minor version, of "3.12.1" say."""
    major, minor, *_ = (int(part) for part in version.split(".")[:2])
    return major, minor


def tests_of(config: Config, phase: Phase | None) -> TestsTable | None:
    """`[tests]`, which names the project's Python; None where no tests are to run, by choice."""
    return None if phase is not None and phase.tests == "none" else config.tests


def judged_by_project(user: Repository, judged: Judged, table: TestsTable | None) -> Judged:
    """The verdict as `run-phase` gives it, which knows the version of the project's Python beforehand.

    `table` is what `tests_of` says. The interpreter is only asked where Python was found that doesn't parse.
    """
    if table is None or not of_python(judged.violations):
        return judged
    from harness.checks.interpreter import find_interpreter

    try:
        interpreter = find_interpreter(user.root, table.python, os.environ)
    except UsageError:
        return judged  # Whoever runs the tests is told; here only its version is asked for.
    if release_of(interpreter.version) <= sys.version_info[:2]:
        return judged
    return dataclasses.replace(judged, violations=without_python(judged.violations))
