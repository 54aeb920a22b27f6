"""The guard: refuses changes to protected paths, staged or in a range; standard library only.

It runs on every commit, so it imports next to nothing and starts git without `subprocess`.
"""

from __future__ import annotations

import os
import sys

from harness.errors import DONE, REFUSED, FaultError, UsageError
from harness.globs import Globs, compile_globs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

USAGE = """\
usage: harness guard [--staged | --range A..B] [--json]

Refuse changes to what [policy] protected in harness.toml lists, and to rows of
telemetry/*.ndjson that are already there. The list is read from the commit the
changes build on, so no change can lift its own protection.

  --staged      judge what is staged, against HEAD (the default)
  --range A..B  judge what B changes since it left A, against their merge base
  --json        print one JSON document

Exit codes: 0 accepted, 3 refused, 2 wrong usage or configuration.
"""
CONFIG_FILE = "harness.toml"
TELEMETRY_FOLDER, TELEMETRY_SUFFIX = "telemetry/", ".ndjson"
REGULAR = "100644"
# .gitmodules may ask for its submodules to be overlooked; a settings file may name programs to run.
_DIFF = ("--raw", "--no-renames", "--no-abbrev", "-z", "--no-ext-diff", "--ignore-submodules=none")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class Change:
    """One record of git's raw difference; `path` is decoded with surrogateescape."""

    __slots__ = ("new_mode", "new_oid", "old_mode", "old_oid", "path", "status")

    def __init__(self, header: str, path: str) -> None:
        self.old_mode, self.new_mode, self.old_oid, self.new_oid, self.status = header.split()
        self.path = path


class Violation:
    """One reason to refuse: a stable code, the path, what would happen to it, the safe way."""

    __slots__ = ("code", "hint", "message", "path")

    def __init__(self, code: str, path: str, message: str, hint: str) -> None:
        self.code, self.path, self.message, self.hint = code, path, message, hint


def main(arguments: list[str]) -> int:
    """Run `harness guard ARGUMENTS` in the environment git gave a hook; returns the exit code."""
    if "-h" in arguments or "--help" in arguments:
        sys.stdout.write(USAGE)
        return DONE
    chosen_range, as_json = _parse(arguments)
    if chosen_range is None:
        base, violations = _judge_staged()
    else:
        base, violations = _judge_range(*chosen_range)
    if as_json:
        _print_json(base, violations)
    else:
        _print_text(violations)
    return REFUSED if violations else DONE


def _parse(arguments: list[str]) -> tuple[tuple[str, str] | None, bool]:
    """((A, B) of `--range` or None, whether JSON is wanted)."""
    remaining = iter(arguments)
    chosen: tuple[str, str] | None = None
    staged = as_json = False
    for argument in remaining:
        if argument == "--staged":
            staged = True
        elif argument == "--json":
            as_json = True
        elif argument == "--range":
            chosen = _endpoints(next(remaining, ""))
        elif argument.startswith("--range="):
            chosen = _endpoints(argument.removeprefix("--range="))
        else:
            raise _usage(f"harness guard doesn't know {argument!r}")
    if staged and chosen:
        raise _usage("--staged and --range exclude each other")
    return chosen, as_json


def _endpoints(text: str) -> tuple[str, str]:
    first, dots, last = text.partition("..")
    if not dots:
        raise _usage(f"--range needs A..B, not {text!r}")
    return first or "HEAD", last.removeprefix(".") or "HEAD"


def _usage(message: str) -> UsageError:
    return UsageError("wrong-usage", message, "see `harness guard --help`")


def _judge_staged() -> tuple[str | None, list[Violation]]:
    head, merge_head_file = _locate()
    if head is None:
        _note(f"HEAD has no commit and so no {CONFIG_FILE}: nothing is protected yet")
        return None, []
    protected = _protected_by(head, "HEAD")
    if protected is None:
        return head, []
    differences = [
        _changes("diff-index", "--cached", *_DIFF, parent)
        for parent in (head, *_merge_heads(merge_head_file))
    ]
    # What a merge takes over from a parent as it is was decided there.
    new = set.intersection(*({change.path for change in changes} for changes in differences))
    violations: dict[str, Violation] = {}
    for change in (change for changes in differences for change in changes):
        if change.path in new and change.path not in violations:
            violation = _judge(change, protected, "unstage it: git restore --staged")
            if violation:
                violations[change.path] = violation
    return head, [violations[path] for path in sorted(violations)]


def _judge_range(first: str, last: str) -> tuple[str, list[Violation]]:
    start, end = _commit(first), _commit(last)
    status, output = _git("merge-base", start, end)
    if status != 0:
        raise UsageError(
            "no-merge-base",
            f"{first} and {last} have no common ancestor here",
            "a shallow clone lacks the history: fetch all of it (fetch-depth: 0)",
        )
    base = output.decode().split()[0]
    protected = _protected_by(base, f"the merge base {base[:12]}")
    if protected is None:
        return base, []
    changes = _changes("diff-tree", "-r", *_DIFF, base, end)
    way = f"take it back: git restore --source={base[:12]} --staged --worktree"
    return base, [violation for change in changes if (violation := _judge(change, protected, way))]


def _judge(change: Change, protected: Globs, way: str) -> Violation | None:
    pattern = protected.match(change.path)
    hint = f"{way} -- {_quoted(change.path)}"
    if pattern is not None:
        message = f'would be {_what_happens(change)}; [policy] protected lists "{pattern}"'
        return Violation("protected-path", change.path, message, hint)
    if _is_telemetry(change.path):
        fault = _telemetry_fault(change)
        if fault:
            message = f"recorded telemetry only grows by whole rows, but {fault}"
            return Violation("telemetry-changed", change.path, message, hint)
    return None


def _what_happens(change: Change) -> str:
    if change.status == "D":
        return "deleted or renamed away"
    if change.status == "A":
        return "added"
    if change.status == "U":
        return "left with a merge conflict"
    if change.old_mode[:2] != change.new_mode[:2]:
        return f"replaced by a {_kind(change.new_mode)}"
    if change.old_mode != change.new_mode:
        return f"changed in its mode, {change.old_mode} to {change.new_mode}"
    return "changed"


def _kind(mode: str) -> str:
    return {"12": "symbolic link", "16": "submodule"}.get(mode[:2], "regular file")


def _is_telemetry(path: str) -> bool:
    name = path.removeprefix(TELEMETRY_FOLDER)
    return name != path and "/" not in name and name.endswith(TELEMETRY_SUFFIX)


def _telemetry_fault(change: Change) -> str:
    """What forbids the change of a telemetry file; empty where it only grows."""
    if change.new_mode != REGULAR or change.old_mode not in (REGULAR, "000000"):
        return f"this one would be {_what_happens(change)}"
    from harness.telemetry.growth import growth_fault

    old = b"" if change.status == "A" else _blob(change.old_oid)
    return growth_fault(old, _blob(change.new_oid))


def _protected_by(commit: str, name: str) -> Globs | None:
    """The list that `commit` protects; None, with a line said, where it has no configuration."""
    status, data = _git("cat-file", "blob", f"{commit}:{CONFIG_FILE}")
    if status == 0:
        try:
            return compile_globs(_protected_list(data, name), casefold=True)
        except UsageError as error:
            raise _invalid(name, error.message) from None
    if _require("ls-tree", "--full-tree", "-z", commit, CONFIG_FILE):
        raise _invalid(name, "it can't be read as a file")
    _note(f"{name} has no {CONFIG_FILE}: nothing is protected")
    return None


def _protected_list(data: bytes, name: str) -> list[str]:
    import tomllib

    try:
        tables = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UsageError("invalid-toml", f"it is not valid TOML: {error}") from None
    policy = tables.get("policy", {})
    protected = policy.get("protected", []) if isinstance(policy, dict) else None
    if isinstance(protected, str):
        protected = [protected]
    if not isinstance(protected, list) or not all(isinstance(glob, str) for glob in protected):
        raise UsageError("invalid-config", "[policy] protected must be a list of globs")
    return protected


def _invalid(name: str, why: str) -> UsageError:
    return UsageError(
        "invalid-config",
        f"{CONFIG_FILE} in {name} is unusable: {why}",
        f"correct {CONFIG_FILE}; only this once commit it with `git commit --no-verify`",
    )


def _locate() -> tuple[str | None, bytes]:
    """(the commit HEAD names or None before the first one, the file that names merged commits)."""
    question = ("--path-format=absolute", "--git-path", "MERGE_HEAD", "--is-bare-repository")
    status, output = _git("rev-parse", *question, "--quiet", "--verify", "HEAD")
    if status not in (0, 1):
        raise UsageError(
            "no-repository",
            _complaint("rev-parse", "--git-dir") or "not a git repository",
            "run it inside a repository",
        )
    lines = output.removesuffix(b"\n").split(b"\n")
    head = lines.pop().decode() if status == 0 else None
    if lines.pop() == b"true" and "GIT_INDEX_FILE" not in os.environ:
        raise UsageError("bare-repository", "a bare repository stages nothing", "judge commits: --range A..B")
    return head, b"\n".join(lines)


def _merge_heads(file: bytes) -> list[str]:
    try:
        with open(file, encoding="ascii") as stream:  # noqa: PTH123 - pathlib costs its import
            return stream.read().split()
    except FileNotFoundError:
        # git merge writes MERGE_HEAD only after the pre-merge-commit hook; that one gets names.
        names = (name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_"))
        return [name for name in names if len(name) in (40, 64)]


def _commit(revision: str) -> str:
    """The commit a revision names."""
    if not revision.startswith("-"):
        status, output = _git("rev-parse", "--quiet", "--verify", f"{revision}^{{commit}}")
        if status == 0:
            return output.decode().strip()
        if status != 1 and (complaint := _complaint("rev-parse", "--git-dir")):
            raise UsageError("no-repository", complaint, "run it inside a repository")
    raise UsageError(
        "unknown-revision",
        f"{revision!r} names no commit here",
        "see `git log --all --oneline`; a shallow clone lacks older commits",
    )


def _changes(*arguments: str) -> list[Change]:
    fields = os.fsdecode(_require(*arguments)).split("\0")
    return [
        Change(header.removeprefix(":"), path)
        for header, path in zip(fields[0::2], fields[1::2], strict=False)
    ]


def _blob(oid: str) -> bytes:
    return _require("cat-file", "blob", oid)


def _require(*arguments: str) -> bytes:
    status, output = _git(*arguments)
    if status != 0:
        complaint = _complaint(*arguments) or "no message"
        raise FaultError(
            "git-failed",
            f"git {arguments[0]} ended with {status}: {complaint}",
            "run `git fsck` on the repository if this happens again",
        )
    return output


def _complaint(*arguments: str) -> str:
    """What git says about a failure, heard by asking once more; empty where it says nothing."""
    lines = os.fsdecode(_git(*arguments, listen_to=2)[1]).splitlines()
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return (fatal or lines or [""])[0]


def _git(*arguments: str, listen_to: int = 1) -> tuple[int, bytes]:
    """(exit status, what git wrote to the descriptor `listen_to`) of one git process."""
    read, write = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, null, 0)]
    streams += [(os.POSIX_SPAWN_DUP2, write if fd == listen_to else null, fd) for fd in (1, 2)]
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        child = os.posix_spawnp("git", command, os.environ | _ENVIRONMENT, file_actions=streams)
    except FileNotFoundError:
        raise UsageError("no-git", "git is not on the PATH", "install git") from None
    finally:
        os.close(write)
        os.close(null)
    with os.fdopen(read, "rb") as stream:
        output = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), output


def _print_json(base: str | None, violations: Iterable[Violation]) -> None:
    import json

    found = [{name: getattr(v, name) for name in ("code", "path", "message", "hint")} for v in violations]
    decision = "refused" if found else "accepted"
    document = {"schema": "harness.guard/1", "decision": decision, "base": base, "violations": found}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _print_text(violations: list[Violation]) -> None:
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for violation in violations:
        place = f"{_printable(violation.path)}:1"
        sys.stdout.write(f"{place}: {violation.code} {_printable(violation.message)}\n")
        sys.stdout.write(f"  hint: {_printable(violation.hint)}\n")
    if violations:
        sys.stdout.flush()
        _note(f"refused; paths that must stay as they are: {len(violations)}")


def _note(text: str) -> None:
    sys.stderr.write(f"harness guard: {_printable(text)}\n")


def _quoted(path: str) -> str:
    """`path` for a shell, where it needs quotes."""
    plain = path.isascii() and path.replace("/", "").replace(".", "").replace("_", "").isalnum()
    return path if plain else "'" + path.replace("'", "'\\''") + "'"


def _printable(text: str) -> str:
    """`text` on one line, without what could drive a terminal."""
    return "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
