"""`harness init` itself: what is missing is added, what is there is kept, then what comes next."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.git.repository import Repository
from harness.templates.content import HOOKS, StarterFile, starter_files
from harness.templates.notes_settings import add_setting, wanted_settings
from harness.templates.placing import is_there, place, require_free_way

CONFIG_FILE = "harness.toml"
PLAN_FILE = "plan.toml"
HOOK_CONFIG = ".pre-commit-config.yaml"
HOOKS_FOLDER = "hooks"


@dataclass(frozen=True, slots=True)
class InitOutcome:
    """What `init` wrote and set, what it kept, and what to do next. A dry run only says so."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    config: tuple[str, ...]
    config_kept: tuple[str, ...]
    next_commands: tuple[str, ...]
    remarks: tuple[str, ...]
    dry_run: bool

    def document(self) -> dict[str, Any]:
        """The JSON document `harness.init/1`."""
        return {
            "schema": "harness.init/1",
            "dry_run": self.dry_run,
            "written": list(self.written),
            "kept": list(self.kept),
            "config": list(self.config),
            "config_kept": list(self.config_kept),
            "next": list(self.next_commands),
            "remarks": list(self.remarks),
        }


def start(repository: Repository, folder: Path, *, dry_run: bool) -> InitOutcome:
    """Set `repository` up; UsageError `init-blocked` before anything is written.

    `folder` is where the person stands, who is told to go to the root first.
    """
    root = repository.root
    files = starter_files([path.name for path in root.iterdir()])
    require_free_way(root, [file.path for file in files])
    missing = [file for file in files if not is_there(root, file.path)]
    settings = wanted_settings(repository)
    if not dry_run:
        missing = [file for file in missing if place(root, file)]
        for setting, there in settings:
            if not there:
                add_setting(repository, setting)
    kept = [file for file in files if file not in missing]
    foreign = {file.path for file in kept if not _is_ours(root, file)}
    committed = repository.is_committed(CONFIG_FILE)
    others = _other_hooks_path(repository)
    commands = _next_commands(repository, missing if committed else files, foreign, others)
    if commands and not folder.samefile(root):
        commands = (f"cd {shlex.quote(str(root))}", *commands)
    return InitOutcome(
        tuple(file.path for file in missing),
        tuple(file.path for file in kept),
        tuple(str(setting) for setting, there in settings if not there),
        tuple(str(setting) for setting, there in settings if there),
        commands,
        _remarks(root, foreign, committed, others),
        dry_run,
    )


def _is_ours(root: Path, file: StarterFile) -> bool:
    path = root / file.path
    return path.is_file() and path.read_bytes() == file.content.encode()


def _other_hooks_path(repository: Repository) -> str:
    """What core.hooksPath names, if that isn't the folder of the hooks written here; else ""."""
    named = repository.ask("config", "--type=path", "--get", "core.hooksPath").text
    ours = os.path.realpath(repository.root / HOOKS_FOLDER)
    return "" if not named or os.path.realpath(repository.root / named) == ours else named


def _next_commands(
    repository: Repository, uncommitted: Sequence[StarterFile], foreign: set[str], other_hooks: str
) -> tuple[str, ...]:
    if not uncommitted:
        return ()
    paths = [file.path for file in uncommitted if file.path not in foreign - {CONFIG_FILE}]
    phase = "PHASE" if PLAN_FILE in foreign else "hello"
    hook = f"{_hook_command(repository, foreign)}  # from then on the guard judges every commit"
    return (
        f"git add {' '.join(paths)} && git commit -m 'Set up the harness'",
        *([] if other_hooks else [hook]),
        f"harness run-phase {phase}  # once the first answer is saved as replies/{phase}-1.txt",
    )


def _hook_command(repository: Repository, foreign: set[str]) -> str:
    # core.hooksPath would put hooks that are in .git/hooks out of force; pre-commit keeps them.
    folder = repository.common_dir / "hooks"
    others = folder.is_dir() and any(path.suffix != ".sample" for path in folder.iterdir())
    taken = others or {HOOK_CONFIG, *(f"hooks/{name}" for name in HOOKS)} & foreign
    return "pre-commit install" if taken else "git config core.hooksPath hooks"


def _remarks(root: Path, foreign: set[str], committed: bool, other_hooks: str) -> tuple[str, ...]:
    remarks = []
    if not committed:
        remarks.append(
            f"commit {CONFIG_FILE} first: phases and the guard read it from commits, not from files"
        )
    hooks = root / HOOK_CONFIG
    if HOOK_CONFIG in foreign and hooks.is_file() and b"harness guard" not in hooks.read_bytes():
        remarks.append(f"{HOOK_CONFIG} was there: add the hook harness-guard to it (docs/guard.md)")
    if other_hooks:
        remarks.append(
            f"core.hooksPath is {other_hooks}, whose hooks stay in force: have its pre-commit run "
            "`harness guard --staged` (docs/guard.md)"
        )
    return tuple(remarks)
