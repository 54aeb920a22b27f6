"""Files that run, or take another module's place, whenever Python starts or the tests import. Pure."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Collection, Iterable

from harness.policy.test_places import join, plain_folder

_STARTUP = frozenset(("sitecustomize", "usercustomize"))
_COMPILED = (".so", ".pyd", ".pyc", ".pyo")
_MODULE = (".py", *_COMPILED)
# What a run of pytest imports beside the standard library, the harness's own plugins included.
MACHINERY = frozenset(
    (
        *("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "exceptiongroup", "tomli"),
        *("pygments", "colorama", "xdist", "execnet", "hypothesis", "coverage", "attr", "attrs", "anyio"),
        *("pytest_cov", "pytest_asyncio", "pytest_django", "pytest_mock", "pytest_timeout", "pytest_xdist"),
        *("pytest_jsonreport", "pytest_reportlog", "pytest_metadata", "harness_pytest_bridge"),
    )
)
# A folder `test` at the root is usual, and nobody's tests import the standard library's own.
STANDARD = frozenset(sys.stdlib_module_names) - {"test", "this", "antigravity"}

Exists = Callable[[str], bool]


def startup_reason(path: str, data: bytes | None) -> str:
    """Why a file runs, or is loaded in place of source, of itself; "" where it doesn't."""
    name = posixpath.basename(path)
    stem, suffix = posixpath.splitext(name.lower())
    module = posixpath.basename(posixpath.dirname(path)).lower() if stem == "__init__" else stem.split(".")[0]
    if suffix in _MODULE and module in _STARTUP:
        return "runs whenever Python starts"
    if suffix == ".egg-link" or (suffix == ".pth" and data is not None and b"\0" not in data):
        return "adds folders and code to every start of Python"
    if suffix in _COMPILED:
        return "is compiled code, which Python may load in place of the source that is read here"
    return ""


def shadow_reason(path: str, folders: Collection[str], tests: bool, old: Exists, new: Exists) -> str:
    """What module a new file would take the place of; "" for none.

    `folders` are those on Python's path. `tests`: the file is among tests, whose outermost folder
    without `__init__.py` pytest puts on the path. `old` and `new` answer whether a tree has a file.
    """
    # A folder on the path stays on it, whatever `__init__.py` the change brings along.
    folder, name = _top_level(path, lambda init: (old if init.rpartition("/")[0] in folders else new)(init))
    on_path = folder in folders
    if not name or _defines(folder, name, old) or not (on_path or tests):
        return ""
    if name in MACHINERY:
        return f"would be imported in place of {name}, which runs the tests"
    if name in STANDARD:
        return f"would be imported in place of the standard library's {name}"
    if any(_defines(other, name, old) for other in folders if other != folder):
        return f"would be imported in place of the project's own {name}"
    return ""


def path_folders(settings: Iterable[str], config_folder: str) -> list[str]:
    """`pythonpath` of pytest's configuration as folders of the tree."""
    words = (word for line in settings for word in line.split())
    return [plain_folder(join(config_folder, word)) for word in words]


def _top_level(path: str, exists: Exists) -> tuple[str, str]:
    """(folder to import from, name) of a module or package that `path` is; ("", "") for parts of one.

    `exists` answers for the `__init__.py` of a folder.
    """
    folder, _, file = path.rpartition("/")
    stem = file.split(".")[0]
    if not file.endswith(_MODULE):
        return "", ""
    if stem == "__init__":
        folder, _, stem = folder.rpartition("/")
    return ("", "") if folder and exists(f"{folder}/__init__.py") else (folder, stem)


def _defines(folder: str, name: str, exists: Exists) -> bool:
    return any(exists(join(folder, f"{name}{ending}")) for ending in (".py", "/__init__.py"))
