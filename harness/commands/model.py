"""What is asked of the classifier, what it answers, and the refusals that answer is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

RunType = Literal["project_build", "maintenance"]
FixType = Literal["git", "file", "python"]
NameKind = Literal["commit", "path", "both", "absent"]

# Every effect a refusal can name; each is also the code of the refusal.
EFFECTS = (
    "moves-refs",
    "drops-commits",
    "drops-stash",
    "overwrites-worktree",
    "deletes-worktree",
    "rewrites-history",
    "touches-remote",
    "runs-code",
    "disables-guard",
    "changes-config",
    "outside-worktree",
    "installs-software",
    "network",
    "unparsable",
    "unknown-command",
)


@dataclass(frozen=True, slots=True)
class Context:
    """What the classifier is told about the run and the repository; without it the worst is assumed.

    `fix_type` is what the fix was declared as; it never makes a command less risky and is not looked at.
    `aliases` are the repository's git aliases by name. `workdir` is the worktree's absolute path: commands
    run at its root, and absolute paths below it are inside. `refs` tells what a name is: a function to
    "commit" (a branch, a tag, any revision), "path" (a file or folder at the root), "both" or "absent";
    or a collection of the names that are commits; None where nothing is known.
    """

    run_type: RunType = "project_build"
    fix_type: FixType | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    workdir: str = ""
    refs: Callable[[str], NameKind] | Collection[str] | None = None

    def kind_of(self, name: str) -> NameKind | None:
        """What `name` is; None where nobody can say."""
        if self.refs is None:
            return None
        if callable(self.refs):
            return self.refs(name)
        return "commit" if name in self.refs else None

    def is_absent_path(self, path: str) -> bool:
        """Whether `path` is known not to exist, so that writing it overwrites nothing."""
        return callable(self.refs) and self.refs(path) in ("absent", "commit")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to run a command: its worst effect, why, and the safe way to what was meant.

    `contested` are forms people disagree about: refused in project builds, allowed in maintenance. `also` are
    further effects.
    """

    effect: str
    reason: str
    instead: str
    contested: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a command may run. `code`, `reason` and `safe_alternative` are empty where it may.

    `effects` are those of every refused part, the first one also being the code. `argvs` are the simple
    commands that were found, in order, wrappers and aliases opened; what only a shell would know in them
    is written as `$…`.
    """

    decision: Literal["allowed", "refused"]
    code: str = ""
    reason: str = ""
    safe_alternative: str = ""
    effects: tuple[str, ...] = ()
    argvs: tuple[tuple[str, ...], ...] = ()

    @property
    def allowed(self) -> bool:
        return self.decision == "allowed"
