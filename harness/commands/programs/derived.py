"""Files and folders that tools make and can make again: what a fix may delete in one go."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"""build|dist|out|target|_build|site|htmlcov|coverage|node_modules|__pycache__|\*?\.egg-info|\*\.egg-info|[\w*-]+\.egg-info
    |\.eggs|\.(pytest|mypy|ruff|hypothesis|pyre|pytype|parcel|turbo|webpack|eslint)(_cache)?|\.cache|\.tox|\.nox
    |\.coverage([.*][\w.*-]*)?|coverage\.xml|junit[\w.*-]*\.xml|\.next|\.nuxt|\.gradle|\.ipynb_checkpoints|pip-wheel-metadata
    |\.DS_Store|Thumbs\.db|wheelhouse|cmake-build-[\w*-]+|bazel-[\w*-]+|\.nyc_output|\.svelte-kit|\.venv|venv
    |[\w.*?\[\]-]*\*?\.(py[cod]|o|obj|a|class|orig|rej|bak|tmp|temp|swp|swo|log|profraw|gcda|gcno)|[\w.*-]+~|\#[\w.*-]+\#""",
    re.VERBOSE,
)


def is_derived(path: str) -> bool:
    """Whether the last or an earlier component of `path` is a derived file's or folder's name or pattern."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return False
    return any(_NAMES.fullmatch(part) for part in parts)


def is_derived_pattern(pattern: str) -> bool:
    """Whether every name that `pattern` matches is a derived one: it says more than `*`."""
    return bool(_NAMES.fullmatch(pattern))
