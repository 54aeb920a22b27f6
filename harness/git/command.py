"""Running git: plumbing only, argument lists only, explicit configuration only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import git.cmd

from harness.errors import FaultError
from harness.process.signals import signals_held

# No git process of the harness runs code a repository chose, asks a question, or reads a person's settings.
HARDENED_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.autocrlf": "false",
    "core.fileMode": "true",
    "core.symlinks": "true",
    "core.quotePath": "false",
    "core.filesRefLockTimeout": "2000",
    "core.packedRefsTimeout": "2000",
    "apply.ignoreWhitespace": "no",
    "apply.whitespace": "nowarn",
    "commit.gpgSign": "false",
    "gc.auto": "0",
    # It would start gpg.program, and put what that says among what was asked for.
    "log.showSignature": "false",
    # With another one here the trailers of accepted work would be none.
    "trailer.separators": ":",
    # What is read from a log is read as UTF-8.
    "i18n.logOutputEncoding": "UTF-8",
    "protocol.allow": "never",
    "submodule.recurse": "false",
}
HARDENED_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false",
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    # A setting of a repository for one protocol goes before protocol.allow; this goes before both.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C.UTF-8",
}
DURABLY = ("-c", "core.fsync=committed,reference", "-c", "core.fsyncMethod=batch")
"""Options for git where it writes what must outlast a power failure: by default it leaves that to chance."""
# Bytes; with less than this free, a failure of git is put down to the full disk.
_NO_SPACE = 1024 * 1024
# Seconds git may take to end what it is at, where nobody waits for its answer any more.
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Output:
    """What a git process printed, as bytes, and its exit status."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as one stripped line of text."""
        return self.stdout.decode("utf-8", "surrogateescape").strip()


class Git:
    """git on one repository, named by its folder and never discovered."""

    def __init__(self, git_dir: Path, work_tree: Path | None = None) -> None:
        self.git_dir = git_dir
        self.work_tree = work_tree
        self._command = git.cmd.Git(str(work_tree or git_dir))

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> Output:
        """Run `git ARGUMENTS`; the caller reads the exit status."""
        command = ["git", f"--git-dir={self.git_dir}"]
        if self.work_tree:
            command.append(f"--work-tree={self.work_tree}")
        for key, value in HARDENED_CONFIG.items():
            command += ["-c", f"{key}={value}"]
        return execute(
            self._command,
            [*command, *arguments],
            stdin=stdin,
            environment={**HARDENED_ENVIRONMENT, **(environment or {})},
        )

    def __call__(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> Output:
        """Run `git ARGUMENTS`, which must succeed; FaultError `git-failed` otherwise."""
        output = self.run(*arguments, stdin=stdin, environment=environment)
        if output.status != 0:
            raise git_failed(self.git_dir, arguments, output)
        return output


def execute(
    command: git.cmd.Git,
    argv: list[str],
    *,
    stdin: bytes = b"",
    environment: Mapping[str, str],
    at_terminal: bool = False,
) -> Output:
    """Run one git process through GitPython, bytes in and bytes out.

    What is sent to everybody at a terminal, as Ctrl-C is, doesn't end it: what that means is decided here.
    With `at_terminal` it may ask for a password there, and Ctrl-C ends it where nothing else is meant by it.
    """
    ends = at_terminal and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        with contextlib.nullcontext() if ends else signals_held():
            process = command.execute(
                argv,
                istream=source,
                as_process=True,
                env={**environment, "PATH": _absolute_path()},
                process_group=None if at_terminal else 0,
            )
        try:
            stdout, stderr = process.communicate()
        except BaseException:
            _end(process)
            raise
    return Output(process.returncode, stdout, stderr.decode("utf-8", "replace"))


def _end(process: git.cmd.Git.AutoInterrupt) -> None:
    # What git is at takes a moment, and nothing is left half done; unless it hangs.
    try:
        process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def _absolute_path() -> str:
    # git is started in folders that agents fill: what PATH finds relative to them isn't the user's git.
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if folder.startswith("/")) or os.defpath


def git_failed(git_dir: Path, arguments: Sequence[str], output: Output) -> FaultError:
    """The fault for a git process that had to succeed, with git's own words."""
    if _is_full(git_dir):
        return FaultError(
            "disk-full",
            f"git {arguments[0]}: no space left on the disk of {git_dir}",
            "free some space and run it again; HARNESS_STATE_HOME moves the worktrees elsewhere",
        )
    words = output.stderr.strip().splitlines() or ["no message"]
    # Advice may follow what went wrong.
    fatal = [line for line in words if line.startswith("fatal: ")]
    return FaultError(
        "git-failed",
        f"git {arguments[0]} ended with {output.status}: {(fatal or words)[-1]}",
        "run `git fsck` on the repository if this happens again",
    )


def _is_full(folder: Path) -> bool:
    try:
        free = os.statvfs(folder)
    except OSError:
        return False
    return free.f_bavail * free.f_frsize < _NO_SPACE or (free.f_files > 0 and free.f_favail == 0)


def split_z(data: bytes) -> list[str]:
    """The NUL-terminated fields of git's `-z` output."""
    return [field.decode("utf-8", "surrogateescape") for field in data.split(b"\0")[:-1]]
