"""The repository's own settings that make the harness's notes visible, kept and fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from harness.git.repository import Repository


class Setting(NamedTuple):
    """One value of one key of git's configuration."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


SETTINGS = (
    # A pattern, because git warns on every `git log` about a plain name that isn't there yet.
    Setting("notes.displayRef", "refs/notes/harness/ci*"),
    Setting("notes.rewriteRef", "refs/notes/harness/*"),
    # One JSON document a line, so that joining two notes' lines is the right merge.
    Setting("notes.harness/ci.mergeStrategy", "cat_sort_uniq"),
    Setting("notes.harness/pytest.mergeStrategy", "cat_sort_uniq"),
)
# Into names of their own: fetching over the local notes would lose those not pushed yet.
FETCH = Setting("remote.origin.fetch", "+refs/notes/harness/*:refs/notes/remotes/origin/harness/*")


def wanted_settings(repository: Repository) -> list[tuple[Setting, bool]]:
    """Every setting for this repository, with whether it is there already."""
    wanted = [*SETTINGS]
    if _values(repository, "remote.origin.url"):
        wanted.append(FETCH)
    return [(setting, _is_set(repository, setting)) for setting in wanted]


def add_setting(repository: Repository, setting: Setting) -> None:
    """Add the value to the repository's local configuration, beside those the key has."""
    repository.git("config", "--local", "--add", setting.key, setting.value)


def _is_set(repository: Repository, setting: Setting) -> bool:
    values = _values(repository, setting.key)
    # A strategy has one value, and one somebody chose stands; the other keys have many.
    return bool(values) if setting.key.endswith("mergeStrategy") else setting.value in values


def _values(repository: Repository, key: str) -> list[str]:
    output = repository.git.run("config", "--local", "--null", "--get-all", key)
    return output.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
