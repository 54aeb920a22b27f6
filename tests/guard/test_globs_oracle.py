"""harness.globs against pathspec, which decides what gitignore semantics are, and against git."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from harness.errors import UsageError
from harness.globs import compile_globs

NAMES = ["a", "b", "ab", "ba", "aab", "c.py", ".a", "a-b"]
SEGMENTS = [
    *NAMES,
    "*",
    "**",
    "a*",
    "*b",
    "*a*",
    "?",
    "a?",
    "??b",
    "[ab]",
    "[a-c]",
    "a[b]*",
    "*.py",
    "***",
    "[]a]",
]


def paths() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(NAMES), min_size=1, max_size=5).map("/".join)


@st.composite
def patterns(draw) -> str:
    segments = draw(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=4))
    return (
        draw(st.sampled_from(["", "", "", "!"]))
        + draw(st.sampled_from(["", "", "/"]))
        + "/".join(segments)
        + draw(st.sampled_from(["", "", "/", "/**"]))
    )


def stripped(pattern: str) -> str:
    """The documented reading: `src/` and `src/**` are `src`."""
    mark = "!" if pattern.startswith("!") else ""
    return mark + (re.sub(r"(/\*\*|/)+$", "", pattern.removeprefix("!")) or "**")


def spelled_out(pattern: str) -> list[str]:
    """The path itself and everything below, in words that pathspec ranks alike."""
    itself = stripped(pattern)
    mark, body = ("!", itself[1:]) if itself.startswith("!") else ("", itself)
    return [itself, mark + ("" if "/" in body else "**/") + body + "/**"]


@settings(max_examples=300, deadline=None)
@given(st.lists(patterns(), min_size=1, max_size=4), st.lists(paths(), min_size=1, max_size=8))
@example(["src", "!src/a"], ["src/a/b"])
@example(["**", "!/b/"], ["b/a"])
@example(["b/a", "!b"], ["b/a", "b/a/c.py"])
def test_a_list_is_pathspecs(lines, candidates):
    spec = GitIgnoreSpec.from_lines([word for line in lines for word in spelled_out(line)])
    globs = compile_globs(lines)
    for path in candidates:
        found = globs.match(path)
        assert (found is not None) == spec.match_file(path), (lines, path)
        assert found is None or found in lines


@settings(max_examples=300, deadline=None)
@given(patterns().filter(lambda pattern: not pattern.startswith("!")), paths())
def test_a_pattern_is_pathspecs(pattern, path):
    spec = GitIgnoreSpec.from_lines([stripped(pattern)])
    assert (compile_globs([pattern]).match(path) is not None) == spec.match_file(path)


@settings(max_examples=300, deadline=None)
@given(patterns(), paths())
def test_folding_finds_every_spelling_of_what_is_found_exactly(pattern, path):
    folded = compile_globs([pattern], casefold=True)
    if compile_globs([pattern]).match(path):
        assert folded.match(path) == folded.match(path.upper()) == pattern


# What pathspec doesn't know, git decides: one pattern, no negation.
GIT_CASES = [
    *("[!a]b", "[^a]b", "x[!a]y", "[[:alpha:]]b", "[[:digit:][:upper:]]", "[.-0]b", "[a\\]]b"),
    *("[z-a]b", "[!z-a]b", "[]-]b", "[--0]b", "[a-]b", "[\\-]b", "[a^]b", "x/[!a]/y", "a**b"),
    *("\\*", "\\[ab\\]", "a\\?", "\\!a", "\\#a", "a\\ "),
]
GIT_PATHS = [
    *("ab", "bb", "Xb", "-b", "]b", "^b", "0b", ".b", "x/y", "xby", "1", "A", "*", "[ab]", "a?"),
    *("!a", "#a", "a ", "a", "aXb", "a/b", "x/b/y", "x/a/y", "q/*"),
]


@pytest.mark.parametrize("pattern", GIT_CASES)
def test_brackets_and_escapes_are_gits(tmp_path, pattern):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git/info/exclude").write_text(pattern + "\n")
    asked = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(GIT_PATHS), text=True, capture_output=True,
    )  # fmt: skip
    globs = compile_globs([pattern])
    assert [path for path in GIT_PATHS if globs.match(path)] == asked.stdout.split("\0")[:-1]


@pytest.mark.parametrize("name", ["src", ".github", "a b"])
def test_a_folder_has_three_spellings(name):
    for pattern in (name, f"{name}/", f"{name}/**"):
        globs = compile_globs([pattern])
        for path in (name, f"{name}/x", f"{name}/x/y.py", f"deep/{name}/x"):
            assert globs.match(path) == pattern
        assert globs.match(f"{name}x/y") is None
        assert globs.match(f"x{name}") is None


@pytest.mark.parametrize(
    ("written", "meant", "other"),
    [
        (".\\src\\x.py ", "src/x.py", "a/src/x.py"),
        ("  src/x.py\t", "src/x.py", "src/y.py"),
        ("./src//x.py", "src/x.py", "src/x.pyc"),
        ("src\\", "src/x.py", "srcx"),
        ("! \\src", "anything", "src/x.py"),
        ("/src", "src/x.py", "a/src/x.py"),
        ("pages/\\[id\\].tsx", "pages/[id].tsx", "pages/i.tsx"),
        ("/pyproject.toml", "pyproject.toml", "examples/pyproject.toml"),
    ],
)
def test_lists_written_by_people(written, meant, other):
    globs = compile_globs(["**", written] if written.startswith("!") else [written])
    assert globs.match(meant) is not None
    assert globs.match(other) is None


@pytest.mark.parametrize("pattern", ["", "  ", "/", "./", "!", "# all", "a/[b", "../x", "a/../b", "[!]"])
def test_a_pattern_that_can_never_match_is_an_error(pattern):
    with pytest.raises(UsageError) as caught:
        compile_globs(["fine", pattern])
    assert caught.value.code == "bad-glob"
    assert repr(pattern) in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "path", "exact"),
    [
        ("PyProject.TOML", "pyproject.toml", None),
        (".GitHub/", ".github/workflows/ci.yml", None),
        ("[A-C]x/*.Py", "bX/Y.pY", None),
        ("straße", "STRASSE", None),
        ("stra?e", "straße", "stra?e"),
        ("ﬁle.txt", "FILE.TXT", None),
        ("caf\u00e9", "cafe\u0301", None),
    ],
)
def test_protected_names_are_compared_folded(pattern, path, exact):
    assert compile_globs([pattern], casefold=True).match(path) == pattern
    assert compile_globs([pattern]).match(path) == exact


def test_only_the_exact_name_is_taken_out_of_protection():
    globs = compile_globs(["docs/", "!docs/Notes.md"], casefold=True)
    assert globs.match("docs/Notes.md") is None
    assert globs.match("docs/NOTES.MD") == "docs/"


def test_a_full_width_slash_is_not_a_separator():
    assert compile_globs(["src/x"], casefold=True).match("src\uff0fx") is None


def test_paths_of_any_bytes():
    path = b"d/\xff\n\x01.py".decode("utf-8", "surrogateescape")
    assert compile_globs(["*.py"], casefold=True).match(path) == "*.py"
    assert compile_globs(["d/*"]).match(path) == "d/*"


HOSTILE = [
    "**/a/**/b/**/a/**/b/**/c",
    "*a*a*a*a*a*a*a*b",
    "a*" * 30 + "c",
    "**/*a*/**/*a*/**/*a*/c",
    "/".join(["**", "a*a*"] * 12) + "/c",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_pattern_takes_more_than_moments(pattern):
    globs = compile_globs([pattern, pattern + "/"])
    for path in ("a" * 4096, "a/" * 2000 + "x", "a/b/" * 1000 + "x", ("a" * 60 + "/") * 60 + "x"):
        assert globs.match(path) is None
