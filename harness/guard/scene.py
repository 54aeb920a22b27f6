"""What is judged: the changes, and the commits they build on."""

from __future__ import annotations

from harness.guard.policy_file import CONFIG_FILE, empty_policy, read_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.guard.difference import Change
    from harness.guard.objects import Objects
    from harness.guard.policy_file import Policy

    Groups = Sequence[Sequence[Change]]


class Scene:
    """Changes and what they build on.

    `groups` holds for each path its changes against every base it differs from; they are read when first
    asked for. `bases` are the full ids of those commits, whose policies all count; `name` is what messages
    call the first. `target` is the commit the changes are meant for, whose policy counts, too. `way` is the
    command, less the path, that takes a change back.
    """

    __slots__ = ("_groups", "_read", "bases", "name", "target", "way")

    def __init__(
        self, bases: Sequence[str], name: str, read: Callable[[], Groups], way: str, target: str = ""
    ) -> None:
        self.bases = bases
        self.name = name
        self.way = way
        self.target = target
        self._read = read
        self._groups: Groups | None = None

    @property
    def groups(self) -> Groups:
        if self._groups is None:
            self._groups = self._read()
        return self._groups

    def forget(self) -> None:
        """Let go of the changes; asked for once more they are read again."""
        self._groups = None

    def policy_change(self) -> Change | None:
        """The change of harness.toml, the first where there are several bases; None where it stays."""
        return next((group[0] for group in self.groups if group[0].path == CONFIG_FILE), None)

    def policies(self, objects: Objects) -> list[Policy]:
        """The policies that count, never none; UsageError `invalid-config` for one that is unusable."""
        if not self.bases:
            remark = f"{self.name} has no commit and so no harness.toml: nothing is protected yet"
            return [empty_policy(remark)]
        found = [read_policy(objects, base, self.name) for base in self.bases]
        if self.target and self.target not in self.bases:
            found.append(read_policy(objects, self.target, f"the target {self.target[:12]}"))
        return found
