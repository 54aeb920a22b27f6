"""Running the tests once, in one worktree."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checks.bytecode import copy_bytecode, share_bytecode
from harness.checks.canary import Canary
from harness.checks.command import RunFiles, pytest_command, pytest_environment
from harness.checks.evidence import output_log, own_content
from harness.checks.imports import environment_folders, import_roots
from harness.checks.model import TestRun, TestSpec
from harness.checks.plugins import build_plugin_folder
from harness.checks.pytest_config import config_folders, find_pytest_config, root_folder, testpaths
from harness.checks.report import SessionRecord, judge
from harness.containment.git_settings import private_git_settings
from harness.containment.model import Containment
from harness.process.model import ProcessResult, ProcessSpec
from harness.process.supervise import run_supervised


@dataclass(frozen=True, slots=True)
class _Marks:
    """What only this run can know: so that what it leaves can't be another's."""

    nonce: str
    canary: Canary


def run_tests(spec: TestSpec) -> TestRun:
    """Run pytest once on the worktree's code, and say what may be believed of it.

    Never raises for what the code under test does. Test paths are relative to the worktree's root,
    or, where nothing is there, to `workdir`; those the tree doesn't have are left out. No paths at
    all leave the choice to pytest.
    """
    worktree = spec.worktree.resolve()
    cwd = worktree / spec.workdir
    paths = existing_paths(worktree, spec.workdir, spec.paths)
    if not cwd.is_dir() or (spec.paths and not paths):
        missing = ", ".join(spec.paths) if cwd.is_dir() else spec.workdir
        return _told(TestRun("no_tests", None, {}, why=f"this tree has no {missing}"), spec)
    marks = _Marks(secrets.token_hex(16), Canary.fresh())
    files = RunFiles(spec.scratch.resolve() / f"pytest-{marks.nonce}")
    roots = _prepare(spec, worktree, files, marks)
    started = files.settings.stat().st_mtime_ns  # before the code under test can change it
    whole = paths if spec.whole is None else existing_paths(worktree, spec.workdir, spec.whole)
    version = spec.interpreter.pytest
    config = find_pytest_config(config_folders(worktree, cwd, whole), version)
    whole = whole or testpaths(worktree, cwd, config, version)
    root = root_folder(worktree, cwd, whole, config, version)
    environment = pytest_environment(os.environ, spec.interpreter, roots, files)
    containment = _containment(spec, worktree, files)
    if containment is None:
        environment |= private_git_settings(files.folder / "gitconfig", environment)
    result = run_supervised(
        ProcessSpec(
            argv=pytest_command(
                spec.interpreter.path, (worktree, root), config, files, spec.args, paths or whole
            ),
            cwd=cwd,
            env=environment,
            stdout=files.stdout,
            stderr=files.stderr,
            timeout=spec.timeout,
            containment=containment,
        )
    )
    below = root.relative_to(worktree).as_posix()
    return _told(judge(_record(spec, files, marks, started, result, below)), spec)


def _containment(spec: TestSpec, worktree: Path, files: RunFiles) -> Containment | None:
    if spec.confinement is None:
        return None
    # Beside the worktree stands the private repository it belongs to.
    own = (worktree.parent, files.folder)
    return spec.confinement.around(own, files.folder / "private", trusted=spec.trusted)


def existing_paths(worktree: Path, workdir: str, paths: Sequence[str]) -> list[str]:
    """Absolute test paths, with their `::` parts, of those in `paths` that this tree has."""
    found = []
    for named in paths:
        path, separator, selection = named.partition("::")
        for base in (worktree, worktree / workdir):
            place = Path(os.path.normpath(base / path))
            if place.is_relative_to(worktree) and place.exists():
                found.append(f"{place}{separator}{selection}")
                break
    return list(dict.fromkeys(found))


def _prepare(spec: TestSpec, worktree: Path, files: RunFiles, marks: _Marks) -> tuple[str, ...]:
    """Write what the run needs into its own folder; gives the folders to import from."""
    checkouts = tuple(dict.fromkeys((spec.checkout.absolute(), spec.checkout.resolve())))
    interpreter = spec.interpreter
    named = import_roots(interpreter.sys_path, interpreter.own, checkouts, worktree, spec.workdir)
    roots = tuple(root for root in named if Path(root).exists())
    build_plugin_folder(files.plugins)
    (files.plugins / f"{marks.canary.module}.py").write_text(marks.canary.source, encoding="utf-8")
    files.empty_config.parent.mkdir()
    files.empty_config.write_bytes(b"")
    environment = environment_folders(interpreter.own, (*checkouts, worktree, files.folder))
    if spec.bytecode is not None:
        contained = spec.confinement is not None and spec.confinement.bwrap is not None
        lend = share_bytecode if spec.trusted or contained else copy_bytecode
        lend(files.pycache, spec.bytecode.resolve(), environment)
    allowed = [str(path) for path in (worktree, files.folder, *environment)]
    settings = {
        "nonce": marks.nonce,
        "folder": str(files.folder),
        "checkout": [str(checkout) for checkout in checkouts],
        "allowed": sorted({*allowed, *map(os.path.realpath, allowed)}),
        "roots": roots,
        "canary": [marks.canary.module, marks.canary.function],
        "partial": spec.whole is not None,
    }
    files.settings.write_text(json.dumps(settings), encoding="utf-8")
    return roots


def _record(
    spec: TestSpec, files: RunFiles, marks: _Marks, started: int, result: ProcessResult, below: str
) -> SessionRecord:
    """What the run left; `started` is when it began (ns, the disk's clock)."""
    testimonies = [own_content(f, started) for f in sorted(files.folder.glob("testimony-*.json"))]
    return SessionRecord(
        result=result,
        nonce=marks.nonce,
        canary=marks.canary,
        roots=tuple(dict.fromkeys((str(spec.worktree.resolve()), str(spec.worktree.absolute())))),
        below=below,
        report=own_content(files.report, started),
        events=own_content(files.events, started),
        testimonies=[content for content in testimonies if content is not None],
        log=output_log(files.stdout, files.stderr),
        timeout=spec.timeout,
        about={
            "python": spec.interpreter.version,
            "pytest": spec.interpreter.pytest,
            "interpreter": spec.interpreter.chosen,
            "workdir": spec.workdir,
            "paths": list(spec.paths),
            "args": list(spec.args),
        },
    )


def _told(run: TestRun, spec: TestSpec) -> TestRun:
    interpreter = spec.interpreter
    return replace(run, python=interpreter.version, pytest=run.pytest or interpreter.pytest)
