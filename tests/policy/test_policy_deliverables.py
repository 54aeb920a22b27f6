"""Deliverables: there, with content, defining what they must; whoever made them."""

from __future__ import annotations

import pytest
from policy_changes import told

from harness.policy.deliverables import missing_deliverables
from harness.policy.model import EXECUTABLE, GITLINK, REGULAR, SYMLINK
from harness.tree_entry import Entry

MISSING, EMPTY, SYMBOL = "deliverable-missing", "deliverable-empty", "symbol-missing"


class MemoryTree:
    """A tree of a dictionary: content, or (mode, content)."""

    def __init__(self, files):
        self.files = {p: file if isinstance(file, tuple) else (REGULAR, file) for p, file in files.items()}

    def entry(self, path):
        return Entry(self.files[path][0], "0" * 40) if path in self.files else None

    def content(self, path):
        return self.files[path][1]

    def is_folder(self, path):
        return any(name.startswith(f"{path}/") for name in self.files)


TABLE = {
    "there": ("a.py", {"a.py": b"x = 1\n"}, None),
    "a program": ("run", {"run": (EXECUTABLE, b"#!/bin/sh\n")}, None),
    "not there": ("a.py", {"b.py": b"x"}, MISSING),
    "case counts": ("a.py", {"A.py": b"x"}, MISSING),
    "elsewhere": ("a.py", {"src/a.py": b"x"}, MISSING),
    "a link": ("a.py", {"a.py": (SYMLINK, b"b.py")}, MISSING),
    "a submodule": ("a", {"a": (GITLINK, b"")}, MISSING),
    "a folder in its place": ("a.py", {"a.py/b": b"x"}, MISSING),
    "empty": ("a.py", {"a.py": b""}, EMPTY),
    "blank": ("a.py", {"a.py": b" \n\t\r\n"}, EMPTY),
    "a package": ("a/__init__.py", {"a/__init__.py": b""}, None),
    "a marker": ("a/py.typed", {"a/py.typed": b""}, None),
    "a placeholder": ("a/.gitkeep", {"a/.gitkeep": b""}, None),
    "a folder": ("docs/", {"docs/a/b.md": b"x"}, None),
    "a folder that isn't there": ("docs/", {"docs.md": b"x"}, MISSING),
    "a file in a folder's place": ("docs/", {"docs": b"x"}, MISSING),
    "a folder's neighbour": ("docs/", {"docs2/a": b"x"}, MISSING),
}


@pytest.mark.parametrize("name", TABLE)
def test_deliverables(name):
    path, files, code = TABLE[name]
    assert told(missing_deliverables([path], {}, MemoryTree(files))) == ([(code, path)] if code else [])


SYMBOLS = {
    "function": (b"def f(): pass", None),
    "coroutine": (b"async def f(): pass", None),
    "class": (b"class f: pass", None),
    "name": (b"f = 1", None),
    "unpacked": (b"(g, f), *h = x", None),
    "method": (b"class C:\n    def f(self): pass", None),
    "in a comment": (b"# def f(): pass", SYMBOL),
    "in a string": (b'"def f(): pass"', SYMBOL),
    "used, not defined": (b"print(f)", SYMBOL),
    "another case": (b"def F(): pass", SYMBOL),
    "longer": (b"def ff(): pass", SYMBOL),
    "a syntax error": (b"def f(: pass", SYMBOL),
    "a NUL byte": (b"def f(): pass\0", SYMBOL),
    "not UTF-8": (b"f = '\xff'", SYMBOL),
    "nested too deeply for a parser": (b"f = " + b"-" * 10_000 + b"1", SYMBOL),
    "nested too deeply for a syntax tree": (b"f = a" + b".b" * 20_000, SYMBOL),
    "declared Latin-1": (b"# coding: latin-1\nf = '\xff'", None),
}


@pytest.mark.parametrize("name", SYMBOLS)
def test_symbols(name):
    source, code = SYMBOLS[name]
    found = missing_deliverables(["a.py"], {"a.py": ["f"]}, MemoryTree({"a.py": source}))
    assert told(found) == ([(code, "a.py")] if code else [])


def test_every_missing_name_is_told_and_a_missing_file_once():
    tree = MemoryTree({"a.py": b"f = 1"})
    found = missing_deliverables([], {"a.py": ["f", "g", "h"]}, tree)
    assert [violation.message for violation in found] == ["doesn't define g", "doesn't define h"]
    assert told(missing_deliverables(["b.py"], {"b.py": ["f"]}, tree)) == [(MISSING, "b.py")]
    assert told(missing_deliverables([], {"b.py": ["f"]}, tree)) == [(MISSING, "b.py")]
