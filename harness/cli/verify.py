"""`harness verify`: recompute what is recorded of runs, and name every difference."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from harness.cli import output, project
from harness.errors import DONE, NOT_COMPLETE
from harness.wording import counted

if TYPE_CHECKING:
    from harness.git.repository import Repository
    from harness.verify.documents import FindingDocument, VerifyDocument


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        metavar="RUN|COMMIT|A..B",
        help="what to verify (default: every run recorded here)",
    )
    parser.add_argument("--rerun-tests", action="store_true", help="run the tests of complete phases again")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    from harness.verify.run import VerifyOptions, verify

    progress = output.note if arguments.rerun_tests else _silent
    options = VerifyOptions(
        arguments.target, arguments.rerun_tests, progress, output.counting("compared", "attempts")
    )
    document = verify(_repository(), options)
    if arguments.json:
        output.print_json(document.as_json())
    else:
        _print(document)
    return DONE if document.verified else NOT_COMPLETE


def _repository() -> Repository:
    from harness.git.seal import roll_forward

    user = project.any_repository()
    project.require_sound(user)
    # What a killed command sealed and didn't finish is no difference; it is finished first.
    for remark in roll_forward(user):
        output.note(remark)
    return user


def _checked(count: int, name: str) -> str:
    """`1 fix`, `2 tests rerun`."""
    noun, _, verb = name.partition("_")
    one = {"fixes": "fix"}.get(noun, noun.removesuffix("s"))
    told = f"{count:,} {noun}" if count > 1 else counted(count, one)
    return f"{told} {verb}".strip()


def _silent(_line: str) -> None:
    """Nothing is said of single attempts while only data is compared."""


def _print(document: VerifyDocument) -> None:
    for finding in document.differences:
        output.raw_line(f"{output.styled(finding.code, '31')}  {output.printable(_line(finding))}")
    for finding in document.remarks:
        output.line(f"note: {_line(finding)} [{finding.code}]")
    for why in document.not_checked:
        output.line(f"not checked: {why}")
    counts = document.checked.model_dump()
    told = ", ".join(_checked(count, name) for name, count in counts.items() if count)
    differences = len(document.differences)
    verdict = counted(differences, "difference") if differences else "verified"
    output.line(f"{document.target}: {verdict}; checked {told or 'nothing'}")


def _line(finding: FindingDocument) -> str:
    where = "/".join(filter(None, [finding.run, finding.phase]))
    number = f" attempt {finding.attempt}" if finding.attempt is not None else ""
    path = f"{finding.path}: " if finding.path else ""
    return f"{where}{number}: {path}{finding.message}"
