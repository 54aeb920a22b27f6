"""The settings that make notes visible, kept and fetched, and those that put them in danger."""

from __future__ import annotations

from collections.abc import Iterator

from harness.git.command import split_z
from harness.git.repository import Repository
from harness.notes_doctor.model import Finding
from harness.templates.notes_settings import Setting, add_setting, wanted_settings

_MEANING = {
    "notes.displayRef": "`git log` doesn't show the results of tests",
    "notes.rewriteRef": "amending or rebasing a commit leaves its report behind",
    "remote.origin.fetch": "`git fetch` doesn't bring the remote's notes",
}


def missing_settings(user: Repository) -> list[Setting]:
    """The settings `harness init` makes and this repository lacks."""
    return [setting for setting, is_set in wanted_settings(user) if not is_set]


def setting_findings(user: Repository) -> list[Finding]:
    """A finding for each setting that is missing, and for each that loses notes."""
    found = [
        Finding(
            "notes-setting-missing",
            f"{setting.key} is not set to {setting.value}: "
            + _MEANING.get(setting.key, "`git notes merge` doesn't join notes line by line"),
            f"git config --add {setting.key} '{setting.value}'",
            fixable=True,
        )
        for setting in missing_settings(user)
    ]
    return [*found, *_dangers(user)]


def fix_settings(user: Repository) -> None:
    """Make the missing settings in the repository's own configuration."""
    for setting in missing_settings(user):
        add_setting(user, setting)


def _dangers(user: Repository) -> Iterator[Finding]:
    for key, value in _configured(user):
        _, _, target = value.partition(":")
        into_notes = target == "refs/*" or (target.startswith("refs/notes/") and not _is_apart(target))
        if key.startswith("remote.") and key.endswith(".fetch") and into_notes:
            yield Finding(
                "notes-refspec-unsafe",
                f"{key}={value} fetches over the notes of this repository, those not pushed yet, too",
                f"fetch into names of their own: git config --unset {key} '^{value.replace('*', '.*')}$'",
            )
        if key == "notes.rewritemode" and value in ("overwrite", "ignore"):
            yield Finding(
                "notes-rewrite-mode",
                f"notes.rewriteMode={value}: a rewritten commit that has a note already loses one of the two",
                "git config --unset notes.rewriteMode",
            )


def _is_apart(target: str) -> bool:
    return target.startswith("refs/notes/remotes/")


def _configured(user: Repository) -> list[tuple[str, str]]:
    fields = split_z(user.ask("config", "--null", "--list").stdout)
    pairs = (field.partition("\n") for field in fields)
    return [(key, value) for key, _, value in pairs]
