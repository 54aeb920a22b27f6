"""Writing plans: a new file, or one more phase at the end of one, everything else as it stands."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.plan import Plan, parse_plan
from harness.process.regular_file import read_named
from harness.toml_document import MOST_BYTES

_NEW = """\
# A plan lists phases. Each is asked of an agent, judged, tested, and committed on the branch
# harness/{run}. Another phase: harness plan add ID --goal TEXT --deliverable PATH

"""


def new_plan_text(run: str, run_type: str) -> str:
    """The text of a plan without phases; UsageError `invalid-plan` where the id can't be one."""
    import tomli_w

    text = _NEW.format(run=run) + tomli_w.dumps({"run": {"id": run, "type": run_type}})
    parse_plan(encoded(text), "the new plan")
    return text


def phase_text(phase: Mapping[str, Any]) -> str:
    """A phase's table as TOML. Values are text, numbers, truth values or lists of texts."""
    import tomli_w

    return "[[phase]]\n" + tomli_w.dumps(phase)


def with_phase(data: bytes, phase: Mapping[str, Any], name: str) -> tuple[bytes, Plan]:
    """(the file with `phase` at its end, the plan it then holds).

    UsageError `invalid-plan` where the file, or the phase in it, isn't valid, and
    `plan-not-extendable` where its form leaves no place for another table.
    """
    before = parse_plan(data, name)
    added = encoded(phase_text(phase))
    if b"\r\n" in data:
        added = added.replace(b"\n", b"\r\n")
    line_end = b"\r\n" if b"\r\n" in data else b"\n"
    whole = data.rstrip(b"\r\n") + line_end * 2 + added
    try:
        after = parse_plan(whole, name)
    except UsageError as error:
        if error.code != "invalid-toml":
            raise _not_added(name, error) from None
        raise _no_place(name, error.message) from None
    if after.run != before.run or after.phase[:-1] != before.phase or after.phase[-1].id != phase["id"]:
        raise _no_place(name, "the phase would become part of another table")
    return whole, after


def _not_added(name: str, error: UsageError) -> UsageError:
    """The faults of a plan with the phase, of which the file, that is valid without it, has nothing."""
    hint = f"give the phase otherwise; {name} stays as it was"
    return UsageError(error.code, f"with the phase added: {error.message}", hint, error.lines)


def encoded(text: str) -> bytes:
    """The text as UTF-8; UsageError `invalid-plan` for half a surrogate pair, which no TOML file can hold."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        found = f"U+{ord(text[error.start]):04X}"
        raise UsageError(
            "invalid-plan",
            f"a value holds {found}, which no TOML file can hold",
            "give names and texts in UTF-8",
        ) from None


def create_plan(path: Path, text: str, name: str) -> None:
    """Write a new file in one step; UsageError `plan-exists` where the name is taken."""
    try:
        with _partial(path, 0o644, encoded(text)) as partial:
            _take_name(partial, path)
    except FileExistsError:
        hint = "add a phase with `harness plan add`, or name another file with --plan"
        raise UsageError("plan-exists", f"{name} is there already", hint) from None
    except OSError as error:
        raise _not_written(name, error) from None


def change_plan(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Replace the file's bytes by `change` of them, in one step; where that raises, nothing is changed."""
    target, before = readable_plan(path, name)
    after = change(before)
    try:
        with _partial(target, stat.S_IMODE(target.stat().st_mode), after) as partial:
            if read_named(target, MOST_BYTES, by_user=False) != before:
                hint = "look at it, and run the command again"
                raise UsageError("plan-changed", f"{name} was changed by somebody else meanwhile", hint)
            partial.replace(target)
    except OSError as error:
        raise _not_written(name, error) from None


def readable_plan(path: Path, name: str) -> tuple[Path, bytes]:
    """(the file a plan is in, what it holds); UsageError `no-plan` where it can't be read."""
    try:
        target = path.resolve()  # A link stays one, and so does its file's mode.
        return target, read_named(target, MOST_BYTES, by_user=False)
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
        why = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
        hint = "write one with `harness plan new`, or name another with --plan FILE"
        raise UsageError("no-plan", f"can't read the plan {name}: {why}", hint) from None


@contextlib.contextmanager
def _partial(path: Path, mode: int, data: bytes) -> Iterator[Path]:
    """A file beside `path` that holds `data`, and is gone in the end unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".partial", dir=path.parent)
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(mode)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _take_name(partial: Path, path: Path) -> None:
    """Give the file its name if the name is free: a rename alone would take it from anybody."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: claim the name, then put the whole file there.
        path.touch(exist_ok=False)
        partial.replace(path)


def _no_place(name: str, why: str) -> UsageError:
    hint = "write the phases as [[phase]] tables, or add this one by hand"
    return UsageError("plan-not-extendable", f"can't add a phase at the end of {name}: {why}", hint)


def _not_written(name: str, error: OSError) -> UsageError:
    hint = "correct the folder or its permissions and run it again; nothing was changed"
    return UsageError("plan-not-written", f"can't write {name}: {error.strerror}", hint)
