"""Which paths somebody writes: lock files, vendored, generated and binary ones come from commands."""

from __future__ import annotations

_LOCKS = """
package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml poetry.lock pdm.lock uv.lock
pipfile.lock cargo.lock composer.lock gemfile.lock go.sum flake.lock gopkg.lock mix.lock
pubspec.lock podfile.lock bun.lockb bun.lock packages.lock.json
"""
_FOLDERS = """
node_modules vendor vendored _vendor third_party thirdparty bower_components dist __pycache__ godeps
__snapshots__
"""
_ENDINGS = (
    ".min.js", ".min.css", ".map", ".lock", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".bmp", ".webp", ".tif",
    ".tiff", ".psd", ".pdf", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".tar", ".jar", ".war", ".class",
    ".whl", ".egg", ".exe", ".dll", ".so", ".dylib", ".a", ".o", ".pyc", ".woff", ".woff2", ".ttf", ".otf",
    ".eot", ".mp3", ".mp4", ".ogg", ".wav", ".mov", ".avi", ".webm", ".pickle", ".pkl", ".npy", ".npz",
    ".bin", ".dat", ".db", ".sqlite", ".parquet", ".pb.go", "_pb2.py", ".pb.cc", ".pb.h",
)  # fmt: skip
_LOCK_NAMES = frozenset(_LOCKS.split())
_FOLDER_NAMES = frozenset(_FOLDERS.split())


def is_written(path: str) -> bool:
    """Whether somebody would write the file at `path` by hand; told by the path alone."""
    *folders, name = path.lower().split("/")
    return name not in _LOCK_NAMES and not name.endswith(_ENDINGS) and _FOLDER_NAMES.isdisjoint(folders)
