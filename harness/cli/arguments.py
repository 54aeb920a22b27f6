"""Parsing arguments: wrong usage is an error like every other."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from harness.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError `wrong-usage`, so that `--json` gets its document, too.

    What it doesn't know it names itself, with its own usage, not that of the parser around it.
    """

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        raise UsageError("wrong-usage", message, " ".join(self.format_usage().split()))
