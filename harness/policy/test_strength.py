"""Test strength on the tree: what decides which tests run, and how, changes only where the phase says so."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.paths import shown
from harness.policy.import_hooks import MACHINERY, STANDARD, path_folders, shadow_reason, startup_reason
from harness.policy.model import EXECUTABLE, REGULAR, TreeChange, Violation
from harness.policy.pytest_plugins import declared_plugins, declares_plugins
from harness.policy.pytest_settings import CONFIG_FILES, changed_settings, pytest_settings
from harness.policy.python_source import is_python
from harness.policy.runner_tampering import tampering
from harness.policy.test_places import TestPlaces, join, test_folder, upwards
from harness.tree_entry import Entry

_NAME_IT = "leave it alone; a phase that is to change it names it among its deliverables or in `allow_tests`"
_ALLOW_IT = "do it another way, with `monkeypatch` say; a phase that needs it names the file in `allow_tests`"


class FileTree(Protocol):
    """A tree, read by path."""

    def entry(self, path: str) -> Entry | None: ...

    def content(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Named:
    """Exact paths the phase names: those it may change (deliverables count), and those it may weaken."""

    changeable: frozenset[str] = frozenset()
    weakenable: frozenset[str] = frozenset()


def check_test_strength(
    changes: Sequence[TreeChange], base: FileTree, candidate: FileTree, places: TestPlaces, named: Named
) -> list[Violation]:
    """Violations of phase base..candidate: `conftest-changed`, `pytest-config-changed`, `pytest-plugin`,
    `import-hook`, `runner-changed`.

    Nothing is read beyond the changed files, and pytest's configuration where one of its files changed
    or a module is new.
    """
    return _Check(changes, base, candidate, places, named).violations()


class _Check:
    """The two trees and what the phase names, for the rules below."""

    def __init__(
        self,
        changes: Sequence[TreeChange],
        base: FileTree,
        candidate: FileTree,
        places: TestPlaces,
        named: Named,
    ) -> None:
        self._unnamed = [change for change in changes if change.path not in named.changeable]
        self._changes = changes
        self._base, self._candidate = base, candidate
        self._places, self._named = places, named
        self._folders: list[str] | None = None

    def violations(self) -> list[Violation]:
        return [
            *self._conftests(),
            *self._configuration(),
            *self._plugins(),
            *self._hooks(),
            *self._tampering(),
        ]

    def _old(self, path: str) -> bytes | None:
        return read_file(self._base, path)

    def _new(self, path: str) -> bytes | None:
        return read_file(self._candidate, path)

    def _conftests(self) -> Iterator[Violation]:
        for change in self._unnamed:
            if posixpath.basename(change.path).lower() == "conftest.py":
                does = {"A": "is new", "D": "would be gone"}.get(change.status, "would change")
                message = f"{does}; a conftest.py decides how tests run and what their outcome is"
                yield Violation("conftest-changed", change.path, message, _NAME_IT)

    def _configuration(self) -> Iterator[Violation]:
        """What the phase names counts as it was, so that only the rest is judged."""
        changed = {change.path for change in self._unnamed}
        found: dict[str, list[str]] = {}
        for folder in self._places.config_folders:
            ways = [join(above, name) for above in (*upwards(folder), "") for name in CONFIG_FILES]
            touched = [path for path in ways if path in changed]
            settings = changed_settings(folder, self._old, self._unnamed_new) if touched else []
            found.update((path, settings) for path in touched if settings)
        for path, settings in found.items():
            message = f"would change pytest's configuration: {shown(', '.join(settings))}"
            yield Violation("pytest-config-changed", path, message, _NAME_IT)

    def _unnamed_new(self, path: str) -> bytes | None:
        return self._old(path) if path in self._named.changeable else self._new(path)

    def _plugins(self) -> Iterator[Violation]:
        for change in self._unnamed:
            if not declares_plugins(change.path):
                continue
            old = declared_plugins(change.path, self._old(change.path))
            new = declared_plugins(change.path, self._new(change.path))
            if old != new:
                which = shown(", ".join(sorted(old ^ new)))
                message = f"would change the plugins that pytest loads by entry points: {which}"
                yield Violation("pytest-plugin", change.path, message, _NAME_IT)

    def _hooks(self) -> Iterator[Violation]:
        for change in self._unnamed:
            if change.new_oid is None or change.new_oid == change.old_oid:
                continue
            reason = self._hook(change)
            if reason:
                yield Violation("import-hook", change.path, reason, _NAME_IT)

    def _hook(self, change: TreeChange) -> str:
        reason = startup_reason(change.path, self._new(change.path))
        if reason or change.old_oid is not None:
            return reason
        among_tests = test_folder(change.path, self._is_package) is not None and not self._importlib
        old, new = self._base.entry, self._candidate.entry
        return shadow_reason(
            change.path, self._path(), among_tests, lambda p: bool(old(p)), lambda p: bool(new(p))
        )

    def _is_package(self, folder: str) -> bool:
        return self._base.entry(f"{folder}/__init__.py") is not None

    @property
    def _importlib(self) -> bool:
        """Whether pytest imports tests without a folder of theirs on the path."""
        words = pytest_settings(self._places.roots[0], self._old, native_toml=True).get("addopts", ())
        return any("importlib" in word for word in words)

    def _path(self) -> list[str]:
        """Every folder Python imports from, pytest's `pythonpath` included."""
        if self._folders is None:
            found = list(self._places.import_folders)
            for folder in self._places.roots:
                settings = pytest_settings(folder, self._old, native_toml=True)
                for around in self._places.roots:  # it is relative to wherever the configuration stands
                    found += path_folders(settings.get("pythonpath", ()), around)
            self._folders = list(dict.fromkeys(found))
        return self._folders

    def _tampering(self) -> Iterator[Violation]:
        for change in self._changes:
            if change.path in self._named.weakenable or not is_python(change.path):
                continue
            if posixpath.basename(change.path) == "conftest.py" or change.new_oid is None:
                continue  # a conftest.py may do all this once the phase names it
            new = tampering(self._new(change.path), self._owned)
            if new:
                for what in sorted(new - tampering(self._old(change.path), self._owned)):
                    yield Violation("runner-changed", change.path, what, _ALLOW_IT)

    def _owned(self, name: str) -> bool:
        """Whether a module that tests rely on is called so: a part of Python, of pytest, or the project's."""
        endings = (".py", "/__init__.py")
        return (
            name in MACHINERY
            or name in STANDARD
            or any(self._candidate.entry(join(f, name + e)) for f in self._path() for e in endings)
        )


def name_exact(deliverables: Collection[str], allow_tests: Collection[str], allow: Collection[str]) -> Named:
    """What a phase names, entry by entry; folders and globs name no file."""
    from harness.policy.control_files import named_files

    weakenable = named_files(allow_tests, allow)
    return Named(weakenable | named_files(deliverables), weakenable)


def read_file(tree: FileTree, path: str) -> bytes | None:
    """The bytes of the regular file at a path; None where there is none."""
    entry = tree.entry(path)
    return tree.content(path) if entry is not None and entry.mode in (REGULAR, EXECUTABLE) else None
