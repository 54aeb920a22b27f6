"""A repository that `harness check` must leave as it is, and what its answers are held to."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from check_warm import WarmCommand
from project import Project, Result, names

from harness.errors import FAULT

# Far above what an honest reply takes, far below what a hostile one takes where work outgrows the reply.
SECONDS = 6
MEBIBYTES = 350

WARM = WarmCommand()

REGULAR, EXECUTABLE = "100644", "100755"

Content = str | bytes | tuple[str, str | bytes]
"""What a file holds; with its mode where that isn't 100644."""


class WatchedProject(Project):
    """A repository; a check that changes any byte in it or around it fails the test."""

    def __init__(self, project: Project, files: Mapping[str, Content]) -> None:
        outside = project.root.parent
        temporary = outside / "tmp"
        temporary.mkdir(exist_ok=True)
        super().__init__(project.root, {**project.environment, "TMPDIR": str(temporary)})
        self.outside = outside
        self.files = dict(files)
        for path, content in files.items():
            mode, data = _mode_and_bytes(content)
            self.write(path, data, 0o755 if mode == EXECUTABLE else None)
        self.commit(message="begin")

    def check(self, reply: str | bytes, *arguments: str) -> Result:
        before = self.snapshot()
        result = super().check(reply, *arguments)
        assert result.code != FAULT, result.stdout
        assert self.snapshot() == before, "the check left a trace"
        return result

    def measured(self, reply: str | bytes, *arguments: str) -> Result:
        """A check with bounds on what it takes: processor time and memory, those of its gits included."""
        before = self.snapshot()
        data = reply.encode() if isinstance(reply, str) else reply
        command = ["check", "-", "--json", *arguments]
        run = WARM.run(command, data, self.root, self.environment, 2 * SECONDS)
        print(f"{len(data)} bytes: {run.seconds:.2f} s, {run.mebibytes:.0f} MiB")
        assert run.code >= 0, f"killed after {run.seconds} s"
        assert run.code != FAULT, run.stdout
        assert run.seconds < SECONDS
        assert run.mebibytes < MEBIBYTES
        assert self.snapshot() == before, "the check left a trace"
        return Result(run.code, run.stdout, run.stderr)

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """The mode and content of all there is in the test's folder: files, index, refs, objects."""
        return {str(path): _state(path) for path in sorted(_below(self.outside))}

    def accepted(self, result: Result, after: Mapping[str, Content | None]) -> dict:
        """The document of a check that made exactly these files of the base's (None: removed)."""
        document = result.json
        assert (result.code, document["decision"]) == (0, "accepted"), document
        assert document["violations"] == []
        self.holds(document, after)
        return document

    def holds(self, document: Mapping, after: Mapping[str, Content | None]) -> None:
        """The tree of a document is the base's with these files, and its changes are these."""
        told = {c["path"]: (c["new_mode"], c["new_oid"]) for c in document["changes"]}
        assert told == {path: _entry(content) for path, content in after.items()}
        files = {path: c for path, c in {**self.files, **after}.items() if c is not None}
        assert document["tree"] == tree_id(files)


def not_accepted(result: Result, code: int, *codes: str) -> dict:
    """The document of a check that ended so (3 refused, 4 unusable) for exactly these reasons."""
    document = result.json
    assert (result.code, document["decision"]) == (code, {3: "refused", 4: "unusable"}[code]), document
    assert names(document["violations"]) == set(codes)
    assert document["operations"]["applied"] == 0 or document["tree"], document
    return document


def unusable(result: Result, *codes: str) -> dict:
    """The document of an unusable reply, from which nothing may have been built."""
    document = not_accepted(result, 4, *codes)
    assert document["tree"] is None
    assert document["changes"] == []
    assert document["operations"]["applied"] == 0
    return document


def repaired(document: Mapping) -> set[str]:
    """The names of the repairs a document reports."""
    return {repair["name"] for repair in document["repairs"]}


def rejected(document: Mapping) -> list[tuple]:
    """Number, code and line of every operation that was rejected."""
    return [(r["operation"], r["code"], r["line"]) for r in document["operations"]["rejected"]]


def lines(*operations: Mapping) -> str:
    """Operations as NDJSON."""
    return "".join(json.dumps(operation) + "\n" for operation in operations)


def meta(total: int | None = None, summary: str | None = "what is done") -> dict:
    return {"type": "meta", "summary": summary, "total_operations": total}


def modify(path: str, *changes: Mapping) -> dict:
    return {"type": "modify", "file_path": path, "operations": list(changes)}


def delete(path: str) -> dict:
    return {"type": "delete", "file_path": path}


def replace(old: str, new: str) -> dict:
    return {"type": "replace", "old_text": old, "new_text": new}


def tree_id(files: Mapping[str, Content]) -> str:
    """The id of the git tree of these files, told without git."""
    return _tree([(path.split("/"), *_mode_and_bytes(content)) for path, content in files.items()])


def _tree(entries: Iterable[tuple[list[str], str, bytes]]) -> str:
    rows: dict[str, tuple[str, str]] = {}
    folders: dict[str, list[tuple[list[str], str, bytes]]] = {}
    for (first, *rest), mode, data in entries:
        if rest:
            folders.setdefault(first, []).append((rest, mode, data))
        else:
            rows[first] = (mode, blob_id(data))
    rows.update({name: ("40000", _tree(inside)) for name, inside in folders.items()})
    # git sorts a folder as if its name ended in a slash.
    order = sorted(rows, key=lambda name: (name + "/" if name in folders else name).encode())
    body = b"".join(f"{rows[name][0]} {name}\0".encode() + bytes.fromhex(rows[name][1]) for name in order)
    return hashlib.sha1(b"tree %d\0%s" % (len(body), body)).hexdigest()


def blob_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data)).hexdigest()


def _mode_and_bytes(content: Content) -> tuple[str, bytes]:
    mode, data = content if isinstance(content, tuple) else (REGULAR, content)
    return mode, data.encode() if isinstance(data, str) else data


def _entry(content: Content | None) -> tuple[str, str | None]:
    if content is None:
        return "000000", None
    mode, data = _mode_and_bytes(content)
    return mode, blob_id(data)


def _below(folder: Path) -> Iterable[Path]:
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def _state(path: Path) -> tuple[int, bytes]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return mode, os.readlink(path).encode()
    return mode, path.read_bytes() if stat.S_ISREG(mode) else b""
