"""Reading objects through one `git cat-file`, by id or by name; nothing is read before it is asked for."""

from __future__ import annotations

from harness.guard.failures import fault
from harness.guard.git_process import GitDialogue

_HASHES = {40: 20, 64: 32}  # bytes of a raw object id, by the length of its hexadecimal form


class Objects:
    """The objects of the repository. Names are `<commit>:<path>` or full ids; one line each."""

    __slots__ = ("_git", "_sizes", "innocent")

    def __init__(self) -> None:
        self._git = GitDialogue("cat-file", "--batch-command")
        self._sizes: dict[str, int] = {}
        # (id, id of what was there before) of contents that were looked at already, and need no rule's.
        self.innocent: set[tuple[str, str | None]] = set()

    def find(self, name: str) -> tuple[str, str, bytes] | None:
        """(id, type, content) of the object `name` names; None where it names nothing."""
        return self._answer("contents", name)

    def named(self, name: str) -> str | None:
        """The full id of the object `name` names; None where it names nothing."""
        header = self._header("info", name)
        return header[0] if header else None

    def size(self, oid: str) -> int:
        """Bytes of the blob `oid`; FaultError where it is not there."""
        if oid not in self._sizes:
            answer = self._header("info", oid)
            if answer is None:
                raise _missing(oid)
            self._sizes[oid] = answer[2]
        return self._sizes[oid]

    def read(self, oid: str) -> bytes:
        """The bytes of the blob `oid`; FaultError where it is not there."""
        found = self.find(oid)
        if found is None or found[1] != "blob":
            raise _missing(oid)
        return found[2]

    def names(self, commit: str, folder: str) -> list[str]:
        """The names in a folder ("" is the root) of a commit; none where there is no such folder."""
        if "\n" in folder:
            return []
        found = self.find(f"{commit}:{folder}")
        return _tree_names(found[2], _HASHES[len(found[0])]) if found and found[1] == "tree" else []

    def close(self) -> None:
        """End the process."""
        self._git.close()

    def _answer(self, command: str, name: str) -> tuple[str, str, bytes] | None:
        header = self._header(command, name)
        if header is None:
            return None
        oid, kind, size = header
        content = self._git.answers.read(size)
        self._git.answers.read(1)  # the line's end
        if len(content) < size:
            raise _gone()
        return oid, kind, content

    def _header(self, command: str, name: str) -> tuple[str, str, int] | None:
        self._git.ask(f"{command} {name}\n".encode("utf-8", "surrogateescape"))
        line = self._git.answers.readline()
        if not line.endswith(b"\n"):
            raise _gone()
        # Newer versions of git say of a submodule's commit that it is one, where older ones say "missing".
        if line.endswith((b" missing\n", b" ambiguous\n", b" submodule\n")):
            return None
        oid, kind, size = line.decode("ascii").split()
        return oid, kind, int(size)


def _tree_names(data: bytes, hash_bytes: int) -> list[str]:
    """The names of a tree object: entries of `mode SP name NUL id`."""
    names, place = [], 0
    while place < len(data):
        start = data.index(b" ", place) + 1
        end = data.index(b"\0", start)
        names.append(data[start:end].decode("utf-8", "surrogateescape"))
        place = end + 1 + hash_bytes
    return names


def _missing(oid: str) -> Exception:
    hint = "run `git fsck` on the repository; fetch what it lacks"
    return fault("git-failed", f"git cat-file finds no blob {oid}", hint)


def _gone() -> Exception:
    return fault("git-failed", "git cat-file ended too early", "run `git fsck` on the repository")
