"""A small tree, every file of which is a special case, for edits to be held against."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from harness.tree_entry import Entry


@dataclass(frozen=True)
class Tree:
    """A TreeReader of files in memory; `modes` names those that aren't 100644."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {
            "README.md": b"# Text\n\nSmall.\n",
            "a.py": b"one\ntwo\nthree\n",
            "src/a.py": b"def f():\n    return 1\n\n\ndef g():\n    return 1\n",
            "src/tool.sh": b"#!/bin/sh\nexit 0\n",
            "crlf.txt": b"one\r\ntwo\r\nthree\r\n",
            "mixed.txt": b"one\r\ntwo\nthree",
            "latin.txt": b"caf\xe9\n",
            "bom.txt": b"\xef\xbb\xbfone\ntwo\n",
            "empty.txt": b"",
            "link": b"src/a.py",
        }
    )
    modes: dict[str, str] = field(default_factory=lambda: {"src/tool.sh": "100755", "link": "120000"})

    def entry(self, path: str) -> Entry | None:
        if path not in self.files:
            return None
        return Entry(self.modes.get(path, "100644"), f"{zlib.crc32(self.files[path]):040x}")

    def content(self, path: str) -> bytes:
        return self.files[path]

    def is_folder(self, path: str) -> bool:
        return any(other.startswith(path + "/") for other in self.files)

    def names(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        below = [path.removeprefix(start) for path in self.files if path.startswith(start)]
        return sorted({path.split("/")[0] for path in below})


TREE = Tree()
