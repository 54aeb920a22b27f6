"""`harness explain`: what a code means and what to do."""

from __future__ import annotations

import argparse
import difflib

from harness.cli import output, project
from harness.errors import DONE, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="a code; without one, all are listed")
    project.add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from harness.codes import all_explanations

    known = all_explanations()
    if arguments.code is None:
        if arguments.json:
            output.print_json({"schema": "harness.explain/1", "codes": [asdict(e) for e in known.values()]})
            return DONE
        for explanation in known.values():
            output.line(f"{explanation.code:24} {explanation.title}")
        return DONE
    asked = arguments.code.strip("[]").lower()
    if asked not in known:
        close = ", ".join(difflib.get_close_matches(asked, known, n=3))
        hint = f"did you mean: {close}" if close else "`harness explain` lists all there are"
        raise UsageError("unknown-code", f"there is no code {arguments.code!r}", hint)
    explanation = known[asked]
    if arguments.json:
        output.print_json({"schema": "harness.explain/1", "codes": [asdict(explanation)]})
        return DONE
    output.line(f"{explanation.code}: {explanation.title}")
    output.line()
    output.line(explanation.meaning)
    output.line()
    output.line(f"What to do: {explanation.remedy}")
    return DONE
