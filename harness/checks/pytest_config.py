"""The tree's own pytest configuration, found by pytest's rules but never above the tree."""

from __future__ import annotations

import glob
import os
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from harness.policy.pytest_settings import pytest_settings
from harness.process.regular_file import read_regular

_LIMIT = 16 * 1024 * 1024  # bytes
# In pytest's order; the first three names of each kind count even when empty.
_ALWAYS_INI = ("pytest.ini", ".pytest.ini")
_ALWAYS_TOML = ("pytest.toml", ".pytest.toml")  # read by pytest 9 and later
_SECTIONS = {"tox.ini": r"^\[pytest\]", "setup.cfg": r"^\[tool:pytest\]"}


def config_folders(worktree: Path, cwd: Path, paths: Sequence[str]) -> list[Path]:
    """Where pytest, started in `cwd` on absolute `paths`, looks for its configuration, within the worktree.

    From the folder that all paths share upwards, then from each; last from `cwd`.
    """
    folders = _folders(cwd, paths)
    shared = list(_upwards(Path(os.path.commonpath(folders)), worktree))
    if not any((folder / "setup.py").is_file() for folder in shared):  # it ends pytest's search, too
        shared += [above for folder in folders for above in _upwards(folder, worktree)]
    return list(dict.fromkeys((*shared, *_upwards(cwd, worktree))))


def root_folder(
    worktree: Path, cwd: Path, paths: Sequence[str], config: Path | None, pytest_version: str
) -> Path:
    """What pytest, started in `cwd` on absolute `paths`, takes for its root, within the worktree.

    Ids of tests outside of it don't say where they are: with such `paths` it is the worktree.
    """
    folders = _folders(cwd, paths)
    shared = Path(os.path.commonpath(folders))
    names = ("pyproject.toml", "setup.py") if _at_least(pytest_version, 8, 1) else ("setup.py",)
    marked = (above for name in names for above in _upwards(shared, worktree) if (above / name).is_file())
    found = config.parent if config else next(marked, Path(os.path.commonpath((cwd, shared))))
    return found if all(folder.is_relative_to(found) for folder in folders) else worktree


def testpaths(worktree: Path, cwd: Path, config: Path | None, pytest_version: str) -> list[str]:
    """The setting `testpaths` of a `config` in `cwd`, below the worktree's root.

    pytest obeys it in its root only, and where that is depends on these paths.
    """
    if config is None or cwd == worktree or config.parent != cwd:
        return []

    def read(path: str) -> bytes | None:
        # pytest's own configuration file, and none before it or above.
        return config.read_bytes() if worktree / path == config else None

    native = _at_least(pytest_version, 9)
    settings = pytest_settings(cwd.relative_to(worktree).as_posix(), read, native_toml=native)
    patterns = (word for line in settings.get("testpaths", ()) for word in shlex.split(line))
    # By pytest's own means: Path.glob takes other patterns.
    found = (glob.glob(str(cwd / pattern), recursive=True) for pattern in patterns)  # noqa: PTH207
    return [path for paths in found for path in sorted(paths)]


def find_pytest_config(folders: Iterable[Path], pytest_version: str) -> Path | None:
    """The configuration file pytest would use if these folders were all there is, or None.

    `folders` are looked up in order. One that can't be parsed counts: pytest then says so itself.
    """
    native_toml = _at_least(pytest_version, 9)
    always: tuple[str, ...] = (*(_ALWAYS_TOML if native_toml else ()), *_ALWAYS_INI)
    for folder in folders:
        for name in always:
            if (folder / name).is_file():
                return folder / name
        if _pyproject_configures(folder / "pyproject.toml", native_toml):
            return folder / "pyproject.toml"
        for name, section in _SECTIONS.items():
            if re.search(section, _text(folder / name), re.MULTILINE):
                return folder / name
    return None


def _at_least(pytest_version: str, *wanted: int) -> bool:
    known = re.match(r"(\d+)(?:\.(\d+))?", pytest_version)
    return known is not None and tuple(int(number or 0) for number in known.groups()) >= wanted


def _folders(cwd: Path, paths: Sequence[str]) -> list[Path]:
    """The folders of `paths`, by default that pytest is started in."""
    places = [Path(path.partition("::")[0]) for path in paths]
    return [place if place.is_dir() else place.parent for place in places] or [cwd]


def _upwards(folder: Path, worktree: Path) -> Iterator[Path]:
    """A folder of the worktree and those around it, the worktree last."""
    return (above for above in (folder, *folder.parents) if above.is_relative_to(worktree))


def _pyproject_configures(path: Path, native_toml: bool) -> bool:
    try:
        document = tomllib.loads(_text(path))
    except (ValueError, RecursionError):
        return True
    tool = document.get("tool")
    table = tool.get("pytest") if isinstance(tool, dict) else None
    return isinstance(table, dict) and ("ini_options" in table or (native_toml and bool(table)))


def _text(path: Path) -> str:
    try:
        return read_regular(path, _LIMIT, follow=True).decode("utf-8", "replace")
    except OSError:
        return ""
