"""The rules on what files hold, together: those of every front end, and those of a phase."""

from __future__ import annotations

from harness.policy.conflict_markers import check_conflict_markers
from harness.policy.secrets import check_secrets
from harness.policy.sizes import check_sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from harness.policy.content_settings import ContentSettings
    from harness.policy.contents import Change, Contents
    from harness.policy.model import TreeChange, Violation
    from harness.policy.tree_settings import TreeSettings


def check_tree_contents(
    changes: Sequence[Change], contents: Contents, settings: TreeSettings
) -> list[Violation]:
    """Violations of the rules that hold for everybody: sizes, conflict markers, secrets.

    Nothing is read once there are too many files. Needs the standard library only, unless a secret is likely.
    """
    violations = check_sizes(changes, contents, settings)
    if len(changes) > settings.max_files:
        return violations
    return [
        *violations,
        *check_conflict_markers(changes, contents, settings),
        *check_secrets(changes, contents, settings),
    ]


def check_contents(
    changes: Sequence[TreeChange],
    contents: Contents,
    settings: ContentSettings,
    *,
    deliverables: Collection[str] = (),
    named: Collection[str] = (),
    names: Callable[[str], Iterable[str]],
    filtered: Callable[[str], bool],
) -> list[Violation]:
    """Violations of all rules on contents that hold for agents.

    `deliverables` and `named` (`named_files`) are paths; `names` and `filtered` are asked of the
    candidate, as `check_bare_repositories` and `check_filtered` say.
    """
    from harness.policy.control_files import check_bare_repositories, check_control_files, check_filtered
    from harness.policy.public_symbols import check_public_symbols
    from harness.policy.shrinkage import check_shrinkage
    from harness.policy.syntax import check_syntax

    violations = check_tree_contents(changes, contents, settings.tree)
    if len(changes) > settings.tree.max_files:
        return violations
    return [
        *check_control_files(changes, named),
        *check_bare_repositories(changes, names),
        *check_filtered(changes, filtered),
        *violations,
        *check_syntax(changes, contents, settings, deliverables),
        *check_shrinkage(changes, contents, settings),
        *check_public_symbols(changes, contents, settings),
    ]
