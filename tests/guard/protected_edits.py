"""The ways to change a protected file that every front end of the guard must refuse."""

from __future__ import annotations


def _delete(repository):
    repository.git("rm", "-q", "pyproject.toml")


def _rename_out(repository):
    repository.git("mv", "pyproject.toml", "free.toml")


def _symlink(repository):
    (repository.path / "pyproject.toml").unlink()
    (repository.path / "pyproject.toml").symlink_to("src/app.py")
    repository.git("add", "-A")


def _mode(repository):
    repository.git("update-index", "--chmod=+x", "pyproject.toml")


def _content(repository):
    repository.write("pyproject.toml", "other\n")
    repository.git("add", "-A")


def _rename_in(repository):
    repository.git("mv", "-f", "src/app.py", "pyproject.toml")


def _submodule(repository):
    commit = repository.head()
    repository.git("update-index", "--cacheinfo", f"160000,{commit},pyproject.toml")


STAGED_EDITS = {
    "deletion": _delete,
    "rename out": _rename_out,
    "symlink": _symlink,
    "mode": _mode,
    "content": _content,
    "rename in": _rename_in,
    "submodule": _submodule,
}
