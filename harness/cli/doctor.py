"""`harness doctor`: whether phases can be run here, and how well they are contained."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, NOT_COMPLETE, UsageError

if TYPE_CHECKING:
    from harness.doctor.model import Check

_STYLES = {"ok": "32", "warn": "33;1", "fail": "31;1"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    from harness.doctor.machine import machine_checks

    # An old git can't be asked about a repository.
    checks = machine_checks(os.environ)
    if not any(check.name == "git" and check.state == "fail" for check in checks):
        checks += _about_repository()
    if arguments.json:
        output.print_json(_document(checks))
    else:
        _print(checks)
    return NOT_COMPLETE if any(check.state == "fail" for check in checks) else DONE


def _about_repository() -> list[Check]:
    from harness.doctor.model import Check
    from harness.doctor.repository import repository_checks

    try:
        user = project.repository()
        project.require_sound(user)
    except UsageError as error:
        from harness import fault

        told = fault.of_repository(error) or error
        if told.code == "no-repository":
            return [Check("repository", "warn", f"nothing to say of one: {told.message}", told.hint)]
        return [Check("repository", "fail", f"{told.message} [{told.code}]", told.hint)]
    return repository_checks(user)


def _document(checks: list[Check]) -> dict[str, object]:
    return {
        "schema": "harness.doctor/1",
        "ok": all(check.state != "fail" for check in checks),
        "checks": [
            {"name": c.name, "state": c.state, "message": c.message, "remedy": c.remedy} for c in checks
        ],
    }


def _print(checks: list[Check]) -> None:
    for check in checks:
        state = output.styled(f"{check.state:4}", _STYLES[check.state])
        output.raw_line(f"{state}  {check.name:16}  {output.printable(check.message)}")
        if check.remedy:
            output.line(f"{'':24}{check.remedy}")
