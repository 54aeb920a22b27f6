"""Test runs of a base, kept on this machine: made once for each tree, environment and command."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.checks.model import Interpreter, TestRun
from harness.checks.plugins import plugins_digest
from harness.process.regular_file import read_regular

SCHEMA = "harness.baseline/1"
_KEPT = ("completed", "no_tests")
_LIMIT = 512 * 1024 * 1024  # bytes of one kept run


def baseline_key(
    tree: str,
    interpreter: Interpreter,
    paths: Sequence[str],
    args: Sequence[str] = (),
    workdir: str = ".",
    *,
    setup: Sequence[str] = (),
    extra: Sequence[str] = (),
) -> str:
    """SHA-256 (hex) of all that decides the outcome of a run of the tests.

    `tree` is the base tree's object id without telemetry files; `extra` is whatever else the caller
    knows to matter, such as digests of files copied into the worktree. The timeout isn't part of
    it: only runs that ended are kept.
    """
    decisive = {
        "schema": SCHEMA,
        "tree": tree,
        "python": [str(interpreter.path), interpreter.version, interpreter.pytest],
        "distributions": interpreter.distributions,
        "plugins": plugins_digest(),
        "command": [list(paths), list(args), workdir, list(setup)],
        "extra": list(extra),
    }
    return hashlib.sha256(_canonical(decisive)).hexdigest()


class BaselineStore:
    """Kept runs, one file a key, in a folder of the harness's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> TestRun | None:
        """The run kept under `key`; None when there is none, or it isn't as it was written."""
        try:
            document = json.loads(read_regular(self._path(key), _LIMIT))
            run = document["run"]
            if document["schema"] != SCHEMA or document["key"] != key:
                return None
            if document["digest"] != hashlib.sha256(_canonical(run)).hexdigest():
                return None
            return TypeAdapter(TestRun).validate_python(run)
        except (OSError, ValueError, LookupError, TypeError, RecursionError, ValidationError):
            return None

    def save(self, key: str, run: TestRun) -> None:
        """Keep a run that came to a result, in one step; any other is passed over."""
        if run.status not in _KEPT:
            return
        plain = asdict(run)
        digest = hashlib.sha256(_canonical(plain)).hexdigest()
        document = {"schema": SCHEMA, "key": key, "digest": digest, "run": plain}
        self._folder.mkdir(parents=True, exist_ok=True)
        _write_whole(self._path(key), _canonical(document))

    def _path(self, key: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            raise ValueError(f"not a baseline key: {key!r}")
        return self._folder / f"{key}.json"


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _write_whole(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
