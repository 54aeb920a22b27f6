"""RepoPath: what is a path of the repository, and what only looks like one."""

import os
import pickle
import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fold import fold
from harness.globs import compile_globs
from harness.paths import PathProblem, RepoPath, shown

REFUSED = [
    ("", "path-empty"),
    ("/", "path-absolute"),
    ("/etc/passwd", "path-absolute"),
    ("//server/share", "path-absolute"),
    ("~/x", "path-absolute"),
    ("~root/x", "path-absolute"),
    ("C:\\x", "path-absolute"),
    ("c:x", "path-absolute"),
    ("C:/x", "path-absolute"),
    ("\\\\?\\C:\\x", "path-absolute"),
    (".", "path-traversal"),
    ("..", "path-traversal"),
    ("./x", "path-traversal"),
    ("../x", "path-traversal"),
    ("a/../b", "path-traversal"),
    ("a/../../b", "path-traversal"),
    ("src\\..\\x", "path-traversal"),
    ("a/\u2025/b", "path-traversal"),
    ("a//b", "path-not-canonical"),
    ("a/", "path-not-canonical"),
    ("a\\b", "path-not-canonical"),
    ("src/autopack\\config.py", "path-not-canonical"),
    ("file://x", "path-not-canonical"),
    ("ab:c", "path-not-canonical"),
    ("x.py:$DATA", "path-not-canonical"),
    ("a./b", "path-not-canonical"),
    ("a /b", "path-not-canonical"),
    ("a\u00a0", "path-not-canonical"),
    ("...", "path-not-canonical"),
    (" ", "path-not-canonical"),
    ("a\0b", "path-control-character"),
    ("a\nb", "path-control-character"),
    ("a\r", "path-control-character"),
    ("a\tb", "path-control-character"),
    ("a\x1b[0m", "path-control-character"),
    ("a\x7f", "path-control-character"),
    ("a\x85b", "path-control-character"),
    ("a\u2028b", "path-control-character"),
    ("a\u202eb", "path-invisible-character"),
    ("a\u200bb", "path-invisible-character"),
    ("\ufeffa", "path-invisible-character"),
    ("a\u00adb", "path-invisible-character"),
    ("\ud800", "path-encoding"),
    ("a\udcff", "path-encoding"),
    (".git", "path-git-directory"),
    (".git/config", "path-git-directory"),
    (".git/hooks/pre-commit", "path-git-directory"),
    (".GIT/config", "path-git-directory"),
    (".Git", "path-git-directory"),
    ("x/.git", "path-git-directory"),
    ("x/.git/config", "path-git-directory"),
    ("../.git/config", "path-git-directory"),
    (".git.", "path-git-directory"),
    (".git /config", "path-git-directory"),
    (".git . .", "path-git-directory"),
    (".git::$INDEX_ALLOCATION", "path-git-directory"),
    (".git:x", "path-git-directory"),
    ("x\\.git\\config", "path-git-directory"),
    ("git~1", "path-git-directory"),
    ("GIT~1/config", "path-git-directory"),
    ("git~9x", "path-git-directory"),
    (".g\u200cit/config", "path-git-directory"),
    ("\ufeff.git", "path-git-directory"),
    ("\uff0egit/config", "path-git-directory"),
    (".git\uff0fconfig", "path-git-directory"),
    ("..\uff0fa", "path-traversal"),
    ("con\uff0fa", "path-reserved-name"),
    (".\uff47\uff49\uff54", "path-git-directory"),
    (".git\u2024", "path-git-directory"),
    ("NUL", "path-reserved-name"),
    ("src/con.py", "path-reserved-name"),
    ("aux/x", "path-reserved-name"),
    ("COM1", "path-reserved-name"),
    ("lpt9.tar.gz", "path-reserved-name"),
    ("COM\u00b9", "path-reserved-name"),
    ("prn .txt", "path-reserved-name"),
    ("x" * 256, "path-too-long"),
    ("é" * 128, "path-too-long"),
    ("/".join(["a" * 200] * 21), "path-too-long"),
    ("/".join("a" * 41), "path-too-long"),
    ("a" * 1_000_000, "path-too-long"),
]

ACCEPTED = [
    "a",
    "src/a.py",
    ".gitignore",
    ".gitattributes",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "src/git/x",
    "git/x",
    "a.git/x",
    "git~x",
    "..foo",
    "foo..bar",
    "a/...b",
    ".env",
    "src/[id]/page.tsx",
    "src/(group)/$id.ts",
    "a b/c d.txt",
    " leading",
    "backup~",
    "src/~x",
    "$HOME/x",
    "données/été.py",
    "文件/файл.py",
    "emoji/😀.md",
    "K.txt",
    "console.py",
    "null.py",
    "com10",
    "com0",
    "-rf",
    "x" * 255,
    "/".join("a" * 40),
]


@pytest.mark.parametrize(("text", "code"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_refused_with_its_code(text, code):
    with pytest.raises(PathProblem) as caught:
        RepoPath.parse(text)
    assert caught.value.code == code
    assert caught.value.message == str(caught.value)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize("text", ACCEPTED)
def test_harmless_neighbours_are_accepted_as_they_stand(text):
    assert RepoPath.parse(text) == text


def test_a_path_is_a_string_that_cannot_be_made_unchecked():
    path = RepoPath("src/a.py")
    assert isinstance(path, str)
    assert pickle.loads(pickle.dumps(path)) == path
    with pytest.raises(PathProblem):
        RepoPath("../a")


any_text = st.text(st.characters(codec=None), max_size=30)
# Texts near the border: what paths and their disguises are made of.
hostile_text = st.lists(
    st.sampled_from(
        [
            ".git",
            ".GIT",
            "git~1",
            "..",
            ".",
            "/",
            "\\",
            ":",
            " ",
            "a",
            "con",
            "\u200c",
            "\uff0e",
            "~",
            "\0",
            "é",
            "K",
        ]
    ),
    max_size=6,
).map("".join)


@given(any_text | hostile_text)
def test_accepted_paths_are_canonical_and_nothing_else_is_raised(text):
    try:
        path = RepoPath.parse(text)
    except PathProblem as problem:
        assert problem.code.startswith("path-")
        return
    assert str(path) == text
    assert os.path.normpath(text) == text
    assert not text.startswith("/")
    assert not {"", ".", ".."} & set(text.split("/"))
    assert ".git" not in fold(text).split("/")
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in text)
    assert len(text.encode()) <= 4096


@given(any_text)
def test_fold_is_idempotent_and_keeps_the_components(text):
    assert fold(fold(text)) == fold(text)
    assert fold(text).count("/") == text.count("/")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("src/Config.py", "src/config.py"),
        ("\u212a.txt", "k.txt"),
        ("straße", "STRASSE"),
        ("e\u0301", "é"),
        ("ﬁle", "file"),
        (".GitHub/", ".github/"),
    ],
)
def test_fold_makes_lookalikes_equal(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a/b", "ab"), ("a.py", "a.pyc"), ("a/b", "a\\b")])
def test_fold_keeps_different_names_apart(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize("sign", ["\u2100", "\u2101", "\u2105", "\u2106", "\uff0f"])
def test_no_component_gains_a_slash_by_folding(sign):
    assert "/" not in fold(sign)
    assert fold(fold(f"a/{sign}")) == fold(f"a/{sign}")
    assert fold(f"a/{sign}").count("/") == 1
    # The glob of that very name still finds it, as the one list of both rules says.
    assert compile_globs([f"x/{sign}"], casefold=True).match(f"X/{sign}") == f"x/{sign}"


@given(any_text)
def test_shown_is_printable_and_short(text):
    assert shown(text * 20).isprintable()
    assert len(shown(text * 20)) <= 161 * len("\\U0001f600")


def test_git_with_every_protection_takes_each_accepted_path(tmp_path):
    """git's own rules, all switched on, are never stricter than ours."""
    protections = ["-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    blob = (
        subprocess.run(
            ["git", "hash-object", "-w", "--stdin"], cwd=tmp_path, input=b"", capture_output=True, check=True
        )
        .stdout.decode()
        .strip()
    )
    for path in ACCEPTED:
        added = subprocess.run(
            ["git", *protections, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"],
            cwd=tmp_path,
            capture_output=True,
        )
        assert added.returncode == 0, (path, added.stderr)
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=tmp_path, capture_output=True, check=True)
        assert listed.stdout.decode() == f"{path}\0"
        subprocess.run(["git", "read-tree", "--empty"], cwd=tmp_path, check=True)
