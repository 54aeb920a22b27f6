"""What a repository has and lacks for phases to be run in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from harness.config import CONFIG_FILE, Config
from harness.doctor.model import Check
from harness.errors import HarnessError, UsageError
from harness.git.damage import damage
from harness.git.ledger import RUNS
from harness.git.locks import is_held
from harness.git.lost_objects import lost_objects, refs_of_ours
from harness.git.repository import Repository, require_name_free
from harness.phase.workspace import repository_state
from harness.process.regular_file import open_regular
from harness.wording import counted

# Without these no phase of their run can be run; what else is lost is left out.
_NEEDED = (RUNS, "refs/heads/", "refs/notes/")


def repository_checks(user: Repository) -> list[Check]:
    """Everything about one repository and its checkout."""
    checks = [_sound(user)]
    config = None
    if checks[0].state == "ok":
        config, told = _config(user)
        checks.append(told)
    if config is not None:
        checks += _guarded("tests", lambda: _tests(user, config))
        checks.append(_containment_mode(config))
    return [
        *checks,
        *(found for name, check in _LATER.items() for found in _guarded(name, partial(check, user))),
    ]


def _guarded(name: str, check: Callable[[], Check]) -> list[Check]:
    try:
        return [check()]
    except HarnessError as error:
        return [Check(name, "fail", f"{error.message} [{error.code}]", error.hint)]
    except OSError as error:
        what = f": {os.fsdecode(error.filename)}" if error.filename else ""
        told = f"{error.strerror}{what} [file-problem]"
        return [Check(name, "fail", told, "see that the harness may read and write there")]


def _sound(user: Repository) -> Check:
    def look() -> Check:
        if found := damage(user.root):
            raise found
        head = user.head()
        require_name_free(user)
        if not os.access(user.common_dir, os.W_OK):
            told = f"{user.common_dir} can't be written, so no phase can be run"
            return Check(
                "repository", "fail", told, "see that you may write there, or use a clone of your own"
            )
        return Check("repository", "ok", f"{user.root} at {head[:10]}")

    return _guarded("repository", look)[0]


def _records(user: Repository) -> Check:
    """Whether all is here that the refs of the harness lead to."""
    refs = refs_of_ours(user)
    found = lost_objects(user, refs)
    if found is None:
        told = f"complete: {counted(len(refs), 'ref')} of the harness" if refs else "nothing is recorded yet"
        return Check("records", "ok", told)
    ref, error = found
    return Check(
        "records",
        "fail" if ref.startswith(_NEEDED) else "warn",
        f"{error.message} [{error.code}]",
        error.hint,
    )


def _config(user: Repository) -> tuple[Config | None, Check]:
    from harness.phase.context import read_base_config, read_checkout_config

    try:
        checkout = read_checkout_config(user)
        base = read_base_config(user, user.head(), checkout)
    except UsageError as error:
        return None, Check("config", "fail", f"{error.message} [{error.code}]", error.hint)
    if base.remarks:
        remedy = f"git add {CONFIG_FILE} && git commit -m 'Configure the harness'"
        return base.config, Check("config", "warn", base.remarks[0], remedy)
    if not base.digest:
        message = f"there is no {CONFIG_FILE}, so the defaults hold"
        return base.config, Check("config", "warn", message, "harness init")
    return base.config, Check("config", "ok", f"{CONFIG_FILE} is committed")


def _tests(user: Repository, config: Config) -> Check:
    from harness.checks.interpreter import find_interpreter

    if config.tests is None:
        return Check("tests", "ok", f'{CONFIG_FILE} says tests = "none"')
    python = find_interpreter(user.root, config.tests.python, os.environ)
    message = f"Python {python.version} with pytest {python.pytest}: {python.path} ({python.chosen})"
    return Check("tests", "ok", message)


def _containment_mode(config: Config) -> Check:
    from harness.doctor.machine import bubblewrap_problem

    table = config.containment
    if table.mode == "required" and (why := bubblewrap_problem(os.environ)):
        message = f'`[containment] mode` is "required", and bubblewrap doesn\'t work: {why}'
        return Check("containment-mode", "fail", message, "see the line about containment")
    if table.mode == "off":
        message = "containment is switched off in harness.toml"
        return Check(
            "containment-mode", "warn", message, '`[containment] mode = "auto"` contains what it can'
        )
    named = {"agents": table.agent_network, "tests": table.test_network, "fixes": table.fix_network}
    network = ", ".join(f"{name} {'have' if has else 'have no'} network" for name, has in named.items())
    return Check("containment-mode", "ok", f"contained ({table.mode}): {network}")


def _hooks(user: Repository) -> Check:
    asked = user.ask("rev-parse", "--path-format=absolute", "--git-path", "hooks").stdout
    folder = Path(os.fsdecode(asked.removesuffix(b"\n")))
    hook = folder / "pre-commit"
    remedy = "git config core.hooksPath hooks (after `harness init`), or: pre-commit install"
    if not os.access(hook, os.X_OK) or not hook.is_file():
        return Check("hooks", "warn", f"no pre-commit hook in {folder}", remedy)
    if _starts_guard(_text(hook), user.root):
        return Check("hooks", "ok", f"the guard judges commits ({hook})")
    return Check("hooks", "warn", f"{hook} doesn't start the guard", remedy)


def _starts_guard(hook: str, root: Path) -> bool:
    """Whether a hook's text names the guard, or is the pre-commit framework's, whose settings name it."""
    if "pre_commit" in hook or "pre-commit run" in hook or "pre-commit hook-impl" in hook:
        hook += _text(root / ".pre-commit-config.yaml")
    return any(named in hook for named in ("harness guard", "harness-guard", "harness.guard"))


def _text(path: Path) -> str:
    try:
        with open_regular(path, follow=True) as file:
            return file.read(1 << 16).decode("utf-8", "replace")
    except OSError:
        return ""


def _notes(user: Repository) -> Check:
    from harness.templates.notes_settings import wanted_settings

    missing = [str(setting) for setting, there in wanted_settings(user) if not there]
    if missing:
        message = f"git doesn't show, keep or fetch the harness's notes: {', '.join(missing)}"
        return Check("notes", "warn", message, "harness init sets what is missing")
    return Check("notes", "ok", "git shows, keeps and fetches the harness's notes")


def _stale(user: Repository) -> Check:
    locks = sorted((repository_state(user) / "worktrees").glob("*/*.lock"))
    dead = [lock.with_suffix("") for lock in locks if not is_held(lock)]
    if dead:
        message = f"left of killed commands: {counted(len(dead), 'attempt')}, the first in {dead[0]}"
        return Check("worktrees", "warn", message, "the next command of their run removes them")
    return Check(
        "worktrees", "ok", f"under way: {counted(len(locks), 'attempt')}" if locks else "none are left over"
    )


_LATER = {"records": _records, "hooks": _hooks, "notes": _notes, "worktrees": _stale}
