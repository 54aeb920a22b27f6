"""Runs atheris on the properties of one format; the arguments are libFuzzer's."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import atheris  # type: ignore[import-untyped]


def fuzz(name: str) -> None:
    """Let libFuzzer make replies in a format until its limits end it, or a property fails."""
    with atheris.instrument_imports(include=["harness.edits"]):
        edits = importlib.import_module("harness.edits")
        for module in pkgutil.iter_modules(edits.__path__, "harness.edits."):
            importlib.import_module(module.name)
    from properties import check

    def one_input(data: bytes) -> None:
        check(data, name)

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
