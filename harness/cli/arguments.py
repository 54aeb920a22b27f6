"""Parsing arguments: wrong usage is an error like every other."""

from __future__ import annotations

import argparse
from typing import NoReturn

from harness.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError `wrong-usage`, so that `--json` gets its document, too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("wrong-usage", message, " ".join(self.format_usage().split()))
