"""Public names that a Python module loses, and names that only went elsewhere."""

from __future__ import annotations

import pytest
from policy_files import Files, added, changed, codes

from harness.policy.content_settings import ContentSettings
from harness.policy.public_symbols import check_public_symbols
from harness.policy.tree_settings import TreeSettings


def check(files, **settings):
    return check_public_symbols(files.changes, files.contents, ContentSettings(**settings))


def functions(*names: str) -> str:
    return "".join(f"def {name}():\n    pass\n\n\n" for name in names)


FOUR = functions("a", "b", "c", "d")
LOST = {
    "functions": (FOUR, functions("a", "b")),
    "all of them": (FOUR, "x = 1\n"),
    "classes": ("class A: ...\nclass B: ...\nclass C: ...\n", "class A: ...\n"),
    "coroutines": ("async def a(): ...\nasync def b(): ...\nasync def c(): ...\n", "async def a(): ...\n"),
    "constants": ("A = 1\nB: int = 2\nC, D = 3, 4\n", "A = 1\n"),
    "in branches": (
        "if 1:\n    def a(): ...\nelse:\n    def b(): ...\ntry:\n    A = 1\nexcept E:\n    B = 2\n",
        "A = 1\n",
    ),
    "renamed": (FOUR, functions("a", "b", "c2", "d2")),
    "made private": (FOUR, functions("a", "b", "_c", "_d")),
    "made methods": (FOUR, functions("a", "b") + "class X:\n    def c(self): ...\n    def d(self): ...\n"),
    "in a comment only": (FOUR, functions("a", "b") + "# def c(): ...\n'def d(): ...'\n"),
}
KEPT = {
    "nothing lost": (FOUR, FOUR + functions("e")),
    "one of four": (FOUR, functions("a", "b", "c")),
    "one of two": (functions("a", "b"), functions("a")),
    "thirty percent": (functions(*"abcdefghij"), functions(*"abcdefg")),
    "private ones": (functions("a", "_b", "_c", "_d"), functions("a")),
    "tests": (functions("a", "test_b", "test_c") + "class TestD: ...\n", functions("a")),
    "variables": ("a = 1\nb = 2\nlogger = 3\n", "x = 1\n"),
    "imported from where they went": (FOUR, "from .new import a, b, c as c, x as d\n"),
    "imported as modules": (FOUR, "import a, b.x\nimport y as c, z as d\n"),
    "everything imported": (FOUR, "from .new import *\n"),
    "imported in a branch": (FOUR, "try:\n    from .new import a, b, c, d\nexcept ImportError:\n    pass\n"),
    "assigned": (FOUR, "a = b = c = d = None\n"),
    "named as exports": (FOUR, "__all__ = ['a', 'b', 'c']\n__all__ += ['d']\ndef __getattr__(name): ...\n"),
    "defined twice, once less": (FOUR + FOUR, FOUR),
    "did not parse": ("def a(:\n", "x = 1\n"),
    "does not parse any more": (FOUR, "def a(:\n"),
}


@pytest.mark.parametrize("name", LOST)
def test_lost(name):
    (violation,) = check(changed("src/m.py", *LOST[name]))
    assert (violation.code, violation.path) == ("public-symbols-lost", "src/m.py")


@pytest.mark.parametrize("name", KEPT)
def test_kept(name):
    assert check(changed("src/m.py", *KEPT[name])) == []


def test_names_are_told_up_to_a_few():
    (violation,) = check(changed("m.py", functions(*"abcdefghij"), functions("a", "b", "c")))
    assert "7 of its 10" in violation.message
    assert "d, e, f, g, h, …" in violation.message


def test_names_that_move_to_another_file_are_not_lost():
    moved = changed("m.py", FOUR, functions("a", "b"))
    assert check(moved.change("n.py", None, functions("c", "d"))) == []
    moved = changed("m.py", FOUR, functions("a", "b"))
    assert check(moved.change("n.py", functions("x"), functions("x", "c", "d"))) == []


def test_names_another_file_already_had_are_lost():
    files = changed("m.py", FOUR, functions("a", "b"))
    files.change("n.py", functions("c", "d"), functions("c", "d", "e"))
    assert codes(check(files)) == ["public-symbols-lost"]


def test_only_changed_python_counts():
    files = added("new.py", "x = 1\n").change("gone.py", FOUR, None).change("a.txt", FOUR, "x = 1\n")
    assert check(files) == []


def test_stubs_count():
    assert codes(check(changed("m.pyi", FOUR, "x = 1\n"))) == ["public-symbols-lost"]


def test_thresholds_are_settings():
    files = changed("m.py", functions("a", "b"), functions("a"))
    assert codes(check(files, symbols_min_lost=1)) == ["public-symbols-lost"]
    assert check(changed("m.py", FOUR, "x = 1\n"), symbols_ratio=1.0) == []
    assert check(changed("m.py", FOUR, "x = 1\n"), parse_bytes=10) == []


def test_exempt_paths_and_phases():
    files = Files().change("old/m.py", FOUR, "x = 1\n").change("src/m.py", FOUR + "\n", "x = 2\n")
    found = check(files, tree=TreeSettings(exempt={"public-symbols-lost": ["old/"]}))
    assert [violation.path for violation in found] == ["src/m.py"]
    assert check(files, off=frozenset({"public-symbols-lost"})) == []
