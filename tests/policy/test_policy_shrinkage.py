"""Files that are emptied, shrink or grow out of proportion, and honest work that looks like it."""

from __future__ import annotations

import pytest
from policy_files import Files, added, changed, codes, paths

from harness.policy.content_settings import ContentSettings
from harness.policy.shrinkage import check_shrinkage
from harness.policy.tree_settings import TreeSettings


def check(files, **settings):
    return check_shrinkage(files.changes, files.contents, ContentSettings(**settings))


def lines(count: int, name: str = "line") -> str:
    return "".join(f"{name} {number}\n" for number in range(count))


@pytest.mark.parametrize("rest", ["", "\n", " \t\r\n\n"])
@pytest.mark.parametrize("before", ["x", lines(1), lines(100)])
def test_emptied(before, rest):
    (violation,) = check(changed("a.txt", before, rest))
    assert (violation.code, violation.path) == ("file-emptied", "a.txt")


@pytest.mark.parametrize("path", ["src/pkg/__init__.py", "empty/.gitkeep", "src/pkg/py.typed"])
def test_some_files_may_be_empty(path):
    assert check(changed(path, lines(30), "")) == []


def test_what_was_empty_may_stay_so():
    assert check(changed("a.txt", " ", "")) == []


SHRUNK = {
    "more than sixty percent": (100, 39, True),
    "sixty percent": (100, 40, False),
    "a small file": (19, 1, False),
    "the smallest that counts": (20, 7, True),
    "the same": (100, 100, False),
}


@pytest.mark.parametrize("name", SHRUNK)
def test_shrunk(name):
    before, after, expected = SHRUNK[name]
    found = check(changed("a.txt", lines(before), lines(after)))
    assert codes(found) == (["file-shrunk"] if expected else [])


GROWN = {
    "more than three times": (50, 151, True),
    "three times": (50, 150, False),
    "a small file": (49, 500, False),
}


@pytest.mark.parametrize("name", GROWN)
def test_grown(name):
    before, after, expected = GROWN[name]
    found = check(changed("a.txt", lines(before), lines(after)))
    assert codes(found) == (["file-grown"] if expected else [])


def test_numbers_are_told():
    (violation,) = check(changed("a.txt", lines(100), lines(10)))
    assert "100" in violation.message and "10" in violation.message


def test_a_last_line_without_an_end_counts():
    assert codes(check(changed("a.txt", lines(100), lines(39) + "last"))) == []


def test_lines_that_move_to_other_files_are_not_lost():
    old = lines(100)
    kept, moved = lines(20), "".join(f"    {line}" for line in old.splitlines(True)[20:])
    assert check(changed("a.py", old, kept).change("b.py", None, f"class B:\n{moved}")) == []
    assert check(changed("a.py", old, kept).change("b.py", "import a\n", f"import a\n{moved}")) == []
    assert codes(check(changed("a.py", old, kept).change("b.py", moved, moved + "x\n"))) == ["file-shrunk"]


def test_lines_that_say_nothing_do_not_count_as_moved():
    old = lines(40) + "}\n" * 60
    files = changed("a.c", old, lines(20)).change("b.c", None, "}\n" * 60)
    assert codes(check(files)) == ["file-shrunk"]


def test_new_deleted_moved_and_binary_files_pass():
    files = added("new.txt", lines(500)).change("gone.txt", lines(500, "gone"), None)
    files.change("a.bin", b"\0" + lines(100).encode(), b"\0x").change("b.bin", lines(100), b"\0")
    assert check(files) == []


@pytest.mark.parametrize("path", ["uv.lock", "web/package-lock.json", "pnpm-lock.yaml", "go.sum"])
def test_lock_files_have_their_own_length(path):
    assert check(changed(path, lines(100), lines(5))) == []
    assert check(changed(path, lines(100), lines(500))) == []


def test_thresholds_are_settings():
    files = changed("a.txt", lines(10), lines(4))
    assert check(files) == []
    assert codes(check(files, shrink_ratio=0.5, shrink_min_lines=10)) == ["file-shrunk"]
    files = changed("a.txt", lines(10), lines(30))
    assert codes(check(files, growth_ratio=2, growth_min_lines=10)) == ["file-grown"]


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("file-emptied", lines(100), ""),
        ("file-shrunk", lines(100), lines(1)),
        ("file-grown", lines(50), lines(500)),
    ],
)
def test_exempt_paths_and_phases(code, old, new):
    files = Files().change("data/a.csv", old, new).change("src/a.txt", old + "x", new + " ")
    assert paths(check(files, tree=TreeSettings(exempt={code: ["data/"]}))) == ["src/a.txt"]
    assert check(files, off=frozenset({code})) == []
    assert codes(check(files, off=frozenset({"does-not-parse"}))) == [code, code]
