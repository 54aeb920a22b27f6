"""The estimator profile another commit chose."""

from __future__ import annotations

from harness.config import CONFIG_FILE
from harness.errors import UsageError
from harness.git.repository import Repository
from harness.git.tree import Tree
from harness.telemetry.files import settings_in
from harness.telemetry.profile import Profile, is_file_name, load_profile, read_profile


def profile_at(repository: Repository, revision: str) -> tuple[str, Profile]:
    """(the commit, the profile its harness.toml names); UsageError where there is no such one.

    A profile that is a file of the project is read from that commit, too.
    """
    commit = repository.resolve(revision)
    tree = Tree(repository.objects, commit)
    try:
        settings = settings_in(tree.content(CONFIG_FILE), f"{revision}:{CONFIG_FILE}")
    except KeyError:
        settings = settings_in(b"", f"{revision}:{CONFIG_FILE}")
    if is_file_name(settings.profile):
        return commit, _profile_file(tree, revision, settings.profile)
    return commit, load_profile(settings.profile)


def _profile_file(tree: Tree, revision: str, path: str) -> Profile:
    try:
        return read_profile(tree.content(path), f"{revision}:{path}")
    except KeyError:
        raise UsageError(
            "unknown-profile",
            f"{revision} names the estimator profile {path}, but doesn't have it",
            "commit the profile together with the harness.toml that names it",
        ) from None
