"""`harness`: find the command, import it alone, run it, and turn every failure into an exit code."""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from harness import __version__
from harness.errors import FAULT, HarnessError

if TYPE_CHECKING:
    import argparse


class Command(NamedTuple):
    module: str
    help: str


COMMANDS = {
    "init": Command("harness.cli.init", "write harness.toml, hook and workflow files"),
    "plan": Command("harness.cli.plan", "write, check and look at a plan"),
    "run-phase": Command("harness.cli.run_phase", "run one phase of a plan, all its attempts"),
    "drain": Command("harness.cli.drain", "run every phase of a plan that can run"),
    "check": Command("harness.cli.check", "judge edits without keeping anything"),
    "status": Command("harness.cli.status", "what became of the phases of a run"),
    "show": Command("harness.cli.show", "one phase or attempt in full"),
    "log": Command("harness.cli.log", "what was done in a run, attempts and fixes"),
    "diff": Command("harness.cli.diff", "what a run changed"),
    "verify": Command("harness.cli.verify", "recompute what is recorded of runs, and name every difference"),
    "drop": Command("harness.cli.drop", "discard a run's branch; its ledger stays"),
    "notes": Command("harness.cli.notes", "the test reports and CI lines kept as git notes"),
    "guard": Command("harness.cli.guard", "judge staged changes, a push or a range of commits"),
    "check-message": Command("harness.cli.check_message", "judge the trailers of a commit message"),
    "hook": Command("harness.cli.hook", "judge a tool call for an agent's own hook"),
    "approve": Command("harness.cli.approve", "let one exact difference pass"),
    "fix": Command("harness.cli.fix", "run a governed command on a phase's last candidate"),
    "telemetry": Command("harness.cli.telemetry", "tokens predicted and used"),
    "doctor": Command("harness.cli.doctor", "whether phases can be run here, and how they are contained"),
    "sync": Command("harness.cli.sync", "exchange branches, ledgers, approvals and notes with a remote"),
    "gc": Command("harness.cli.gc", "clear away what dead runs left; a dry run unless --apply is given"),
    "explain": Command("harness.cli.explain", "what a code means and what to do"),
}


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The parser of `harness`; only `command`'s own module is imported, the others are just named."""
    from harness.cli.arguments import Parser

    parser = Parser(prog="harness", description="A git-native agent harness.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    parser.add_argument("-C", dest="directory", metavar="DIR", help="run as if started in DIR")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, entry in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=entry.help, description=entry.help, allow_abbrev=False)
        if name == command:
            importlib.import_module(entry.module).add_arguments(subparser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code of the design."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Behind -- are the words of another command.
    as_json = "--json" in arguments[: arguments.index("--") if "--" in arguments else None]
    _collect_seldom()
    _require_streams()
    try:
        return _dispatch(arguments)
    except HarnessError as error:
        return _report(error, as_json)
    except KeyboardInterrupt:
        return _report(_interrupted(), as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAULT
    except Exception as error:
        return _fault(error, as_json)


def _collect_seldom() -> None:
    # Most commands end before there is anything to collect, and looking for it through all that was imported,
    # at the interpreter's end too, takes a tenth of their time and more.
    gc.set_threshold(50_000, 10, 10)
    atexit.register(_leave_uncollected)


def _leave_uncollected() -> None:
    # DuckDB takes what is frozen for leaks, and tells of them at length on standard error.
    if "duckdb" not in sys.modules:
        gc.freeze()


def _require_streams() -> None:
    # A caller may have closed them; whatever is opened next must not become one of them.
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            if opened != descriptor:
                os.dup2(opened, descriptor)
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115
    # What the encoding of the locale lacks is escaped, as on standard error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _interrupted() -> HarnessError:
    from harness.errors import StoppedError

    return StoppedError("interrupted", "interrupted; nothing half-done was recorded", "run it again")


def _stop_politely() -> None:
    # A stop asked for by a signal ends like Ctrl-C: everything started is stopped, the workspace goes.
    import signal

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)


def _dispatch(arguments: list[str]) -> int:
    directory, rest = _leading_directory(arguments)
    if rest[:1] in (["guard"], ["check-message"]):
        if directory:
            _change_directory(directory)
        return _run_git_hook(rest[0], rest[1:])
    parsed = build_parser(rest[0] if rest else None).parse_args(arguments)
    if parsed.directory:
        _change_directory(parsed.directory)
    _forget_git_environment()
    _stop_politely()
    return int(importlib.import_module(COMMANDS[parsed.command].module).run(parsed))


def _run_git_hook(command: str, arguments: list[str]) -> int:
    # The hooks' hot path: standard library only, the environment as git made it.
    if command == "guard":
        from harness.guard import main
    else:
        from harness.guard.commit_message import main
    return main(arguments)


def _leading_directory(arguments: list[str]) -> tuple[str | None, list[str]]:
    """(what a leading `-C DIR` or `-CDIR` names, the last of several, the arguments after it)."""
    directory, rest = None, arguments
    while rest and rest[0].startswith("-C"):
        glued = rest[0][2:]
        if not glued and len(rest) < 2:
            break
        directory, rest = (glued.removeprefix("="), rest[1:]) if glued else (rest[1], rest[2:])
    return directory, rest


def _change_directory(directory: str) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        raise _usage("no-such-directory", f"can't enter {directory}: {error.strerror}") from None


# Who commits, how a remote is reached and where settings are is the user's to say in git's own variables too.
_KEPT = {
    *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
    *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT"),
}
_KEPT_PREFIXES = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")


def _forget_git_environment() -> None:
    # A hook's GIT_DIR or GIT_INDEX_FILE would steer our own git processes into the user's repository.
    for name in [name for name in os.environ if name.startswith("GIT_") and name not in _KEPT]:
        if not name.startswith(_KEPT_PREFIXES):
            del os.environ[name]


def _usage(code: str, message: str) -> HarnessError:
    from harness.errors import UsageError

    return UsageError(code, message)


def _report(error: HarnessError, as_json: bool) -> int:
    from harness import fault
    from harness.cli import output

    error = fault.of_repository(error) or error
    if as_json:
        output.print_json(
            {
                "schema": "harness.error/1",
                "code": error.code,
                "message": error.message,
                "hint": error.hint,
            }
        )
    for line in error.lines:
        output.note(f"harness: {line}")
    told = f"{len(error.lines)} fault{'s' * (len(error.lines) > 1)}" if error.lines else error.message
    output.note(f"harness: {told} [{error.code}]")
    if error.hint:
        output.note(f"  hint: {error.hint}")
    return error.exit_code


def _fault(error: Exception, as_json: bool) -> int:
    from harness import fault
    from harness.errors import FaultError

    known = fault.of_git(error) or fault.of_repository(error)
    return _report(known or FaultError(*fault.describe(error)), as_json)


if __name__ == "__main__":
    sys.exit(main())
