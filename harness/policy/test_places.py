"""Where a project keeps its tests, and where Python imports from while they run. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

DEFAULT_PATTERNS = ("test_*.py", "*_test.py")  # pytest's own `python_files`
_FOLDERS = frozenset(("tests", "testsuite", "unit_tests", "integration_tests", "functional_tests"))


@dataclass(frozen=True, slots=True)
class TestPlaces:
    """What `[tests]` says of places: what pytest is given, and the folder it starts in."""

    __test__ = False  # not a test class, whatever its name

    paths: Sequence[str] = ()
    workdir: str = "."

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders whose configuration pytest reads first: workdir, then the root ("")."""
        workdir = plain_folder(self.workdir)
        return tuple(dict.fromkeys((workdir, "")))

    @property
    def import_folders(self) -> tuple[str, ...]:
        """Folders that are on Python's path whatever the configuration says."""
        return tuple(join(root, name) for root in self.roots for name in ("src", ""))

    @property
    def config_folders(self) -> tuple[str, ...]:
        """Folders where somebody's pytest would look for its configuration, given these paths."""
        found = dict.fromkeys(self.roots)
        for path in self.paths:
            folder = path.partition("::")[0]
            folder = posixpath.dirname(folder) if folder.endswith(".py") else folder
            for root in self.roots:
                found.update(dict.fromkeys(upwards(plain_folder(join(root, folder)))))
        return tuple(found)


def plain_folder(path: str) -> str:
    """A folder as paths of a tree begin with it: "" for the root."""
    normal = posixpath.normpath(path).strip("/")
    return "" if normal == "." else normal


def join(folder: str, name: str) -> str:
    """`folder/name`, where either may be ""."""
    return "/".join(filter(None, (folder, name)))


def test_folder(path: str, is_package: Callable[[str], bool]) -> str | None:
    """The outermost folder on the way to `path` that holds tests, by its name; None without one.

    `tests` and its like count anywhere. `test` counts where the folder around it is no package: in
    one, it is as often code for testing with. `is_package` answers whether a folder has `__init__.py`.
    """
    walked = ""
    for name in path.split("/")[:-1]:
        around, walked = walked, join(walked, name)
        folded = name.lower()
        if folded in _FOLDERS or (folded == "test" and not (around and is_package(around))):
            return walked
    return None


test_folder.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


def is_module_of_tests(path: str, patterns: Sequence[str]) -> bool:
    """Whether `path` is what `python_files` calls a test file; a pattern for everything says nothing."""
    name = posixpath.basename(path)
    telling = [pattern for pattern in patterns if pattern not in ("*.py", "*")]
    return any(fnmatchcase(path if "/" in p else name, f"*{p}" if "/" in p else p) for p in telling)


def upwards(folder: str) -> list[str]:
    """A folder and those around it, innermost first, without the root."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
