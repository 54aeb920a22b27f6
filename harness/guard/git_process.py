"""Starting git without `subprocess`, whose import alone costs more than git does."""

from __future__ import annotations

import os

from harness.guard.failures import fault, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

    from harness.errors import FaultError

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# A settings file may name a program to run, one that watches files or checks signatures, and what ends a
# trailer's key, which is a colon for everybody who reads the commit elsewhere.
_SETTINGS = ("core.fsmonitor=false", "log.showSignature=false", "trailer.separators=:")
_COMMAND = ("git", *(word for setting in _SETTINGS for word in ("-c", setting)))
STDOUT, STDERR = 1, 2


class GitProcess:
    """A git process under way; `finish` waits for it. Started early it runs while Python imports.

    `told` is its standard input, for a command that reads all of that before it answers.
    """

    __slots__ = ("_arguments", "_child", "_output")

    def __init__(self, *arguments: str, listen_to: int = STDOUT, told: bytes = b"") -> None:
        self._arguments = arguments
        read, write = os.pipe()
        asked, ask = os.pipe() if told else (None, None)
        self._child = _start(arguments, {listen_to: write} | ({} if asked is None else {0: asked}))
        os.close(write)
        self._output = os.fdopen(read, "rb")
        if asked is not None and ask is not None:
            os.close(asked)
            _tell(ask, told)

    def finish(self) -> tuple[int, bytes]:
        """(exit status, what git wrote to the stream that was listened to)."""
        with self._output as stream:
            output = stream.read()
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1]), output

    def require(self) -> bytes:
        """What git wrote; FaultError `git-failed` with git's words where it failed."""
        status, output = self.finish()
        if status != 0:
            raise git_failed(status, *self._arguments)
        return output


class GitDialogue:
    """A git process that is asked through its standard input and answers on its standard output."""

    __slots__ = ("_questions", "answers")

    def __init__(self, *arguments: str) -> None:
        asked, ask = os.pipe()
        read, answer = os.pipe()
        _start(arguments, {0: asked, STDOUT: answer})
        os.close(asked)
        os.close(answer)
        self._questions = ask
        self.answers: IO[bytes] = os.fdopen(read, "rb")

    def ask(self, question: bytes) -> None:
        """Write a short question, newline included; git may be gone, which its answer then shows."""
        try:
            os.write(self._questions, question)
        except BrokenPipeError:
            pass

    def close(self) -> None:
        """End the process, which is not waited for: it ends by itself once nobody asks it anything."""
        os.close(self._questions)
        self.answers.close()


def run_git(*arguments: str) -> tuple[int, bytes]:
    """(exit status, standard output) of one git process."""
    return GitProcess(*arguments).finish()


def git_failed(status: int, *arguments: str) -> FaultError:
    """The fault for a git process that had to succeed, with git's words."""
    complaint = complaint_of(*arguments) or "no message"
    hint = "run `git fsck` on the repository if this happens again"
    return fault("git-failed", f"git {arguments[0]} ended with {status}: {complaint}", hint)


def complaint_of(*arguments: str) -> str:
    """What git says about a failure, heard by asking once more; empty where it says nothing."""
    lines = os.fsdecode(GitProcess(*arguments, listen_to=STDERR).finish()[1]).splitlines()
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    return (fatal or lines or [""])[0]


def _tell(descriptor: int, text: bytes) -> None:
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
    except BrokenPipeError:
        pass  # git is gone, which its exit status shows


def _start(arguments: tuple[str, ...], streams: dict[int, int]) -> int:
    null = os.open(os.devnull, os.O_RDWR)
    actions = [
        (os.POSIX_SPAWN_DUP2, streams.get(descriptor, null), descriptor) for descriptor in (0, STDOUT, STDERR)
    ]
    try:
        return os.posix_spawnp(
            "git", [*_COMMAND, *arguments], os.environ | _ENVIRONMENT, file_actions=actions
        )
    except FileNotFoundError:
        raise usage("no-git", "git is not on the PATH", "install git") from None
    finally:
        os.close(null)
