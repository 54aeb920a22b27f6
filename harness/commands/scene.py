"""What a command is judged in: the folders it may run in, what feeds it, what the text defines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from harness.commands.model import Context, Refusal

MAX_DEPTH = 12
MAX_COMMANDS = 2000

Folder = tuple[str, ...]


@dataclass(slots=True)
class Account:
    """The simple commands seen so far; the one thing that grows while a command is judged."""

    argvs: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a command stands.

    `folders` are all folders it may run in, relative to the worktree's root; None is one that is outside or
    unknown. `document` is the text of its here-document; `piped` says that its input is something else that
    isn't known. `written` are the base names of files that the same text writes; `restoring` says that the
    pipeline brings back an old version of a file, `feeds_nothing` that it begins with a command that prints
    nothing, and `together` are all arguments in it. `judge_words` and `judge_text` judge what a command runs
    in turn.
    """

    context: Context
    judge_words: Callable[[Sequence[str], Scene], Iterator[Refusal]]
    judge_text: Callable[[str, Scene], Iterator[Refusal]]
    account: Account = field(default_factory=Account)
    folders: frozenset[Folder | None] = frozenset({()})
    functions: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    document: str | None = None
    piped: bool = False
    restoring: bool = False
    feeds_nothing: bool = False
    together: frozenset[str] = frozenset()
    depth: int = 0

    def deeper(self) -> Scene:
        """The scene of a command inside this one."""
        return replace(self, depth=self.depth + 1)

    def too_deep(self) -> bool:
        return self.depth > MAX_DEPTH or len(self.account.argvs) > MAX_COMMANDS

    def may_be_outside(self) -> bool:
        """Whether the command may run in a folder that isn't the worktree's."""
        return None in self.folders


def unreadable(what: str, instead: str = "") -> Refusal:
    """The refusal of what can't be told with certainty."""
    return Refusal(
        "unparsable", what, instead or "write it out plainly, as one command with literal arguments"
    )


def unknown(program: str) -> Refusal:
    """The refusal of a command that nobody has judged."""
    return Refusal(
        "unknown-command",
        f"`{program}` isn't among the commands that a fix may run",
        "use git, a file command, or a test or lint tool that is known; a script of the worktree may run",
    )
