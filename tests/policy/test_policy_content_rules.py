"""The rules on contents together: for people, for phases, and for anything a file can hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_files import Files, codes
from policy_secrets import PRIVATE_KEY, TOKENS

from harness.codes import all_explanations
from harness.policy.content_rules import check_contents, check_tree_contents
from harness.policy.content_settings import EXEMPTIBLE_CODES, PHASE_CODES, ContentSettings
from harness.policy.model import EXECUTABLE, GITLINK, REGULAR, SYMLINK, Violation
from harness.policy.secrets import masked
from harness.policy.tree_settings import TreeSettings

TREE_CODES = {"oversized-file", "too-much-added", "conflict-markers", "secret-added"}
AGENT_CODES = {"control-file", "bare-repository-files", "filtered-path"}


def check(files, named=(), deliverables=(), filtered=lambda path: False, settings=None):
    new = [change.path for change in files.changes if change.new_oid is not None]

    def names(folder):
        prefix = f"{folder}/" if folder else ""
        return {path.removeprefix(prefix).split("/")[0] for path in new if path.startswith(prefix)}

    return check_contents(
        files.changes,
        files.contents,
        settings or ContentSettings(),
        deliverables=deliverables,
        named=named,
        names=names,
        filtered=filtered,
    )


def module(name: str, count: int) -> str:
    return "".join(f"def {name}{number}():\n    return {number}\n" for number in range(count))


def everything_wrong() -> Files:
    """One fault of each kind, and a path Git LFS stores."""
    files = Files().change("emptied.txt", "text\n", "").change("shrunk.txt", module("s", 60), "x\n")
    files.change("grown.txt", module("g", 60), module("g", 200))
    files.change("symbols.py", module("f", 60), module("f", 40))
    files.change("broken.json", "{}", "{").change("markers.txt", None, ">>>>>>> topic\n")
    files.change("secret.txt", None, TOKENS["GitHub Token"]).change(".gitignore", None, "*\n")
    files.change("x/HEAD", None, "ref: refs/heads/main\n")
    files.change("x/refs/a", None, "a").change("x/objects", None, "b")
    return files.change("large.bin", None, b"\0" * 20_000).change("a.lfs", "1", "2")


WRONG_SETTINGS = ContentSettings(tree=TreeSettings(max_file_bytes=19_999, max_added_bytes=20_000))


def test_every_rule_has_its_say_in_a_phase():
    found = check(everything_wrong(), filtered=lambda path: path == "a.lfs", settings=WRONG_SETTINGS)
    assert set(codes(found)) == TREE_CODES | AGENT_CODES | PHASE_CODES
    assert all(isinstance(violation, Violation) for violation in found)


def test_people_answer_for_sizes_markers_and_secrets_only():
    files = everything_wrong()
    found = check_tree_contents(files.changes, files.contents, WRONG_SETTINGS.tree)
    assert set(codes(found)) == TREE_CODES


def test_a_phase_can_switch_off_its_own_rules_and_no_others():
    every = frozenset(all_explanations())
    found = check(
        everything_wrong(),
        filtered=lambda path: path == "a.lfs",
        settings=ContentSettings(tree=WRONG_SETTINGS.tree, off=every),
    )
    assert set(codes(found)) == TREE_CODES | AGENT_CODES


def test_every_exemptible_code_can_be_exempted():
    exempt = {code: ["**"] for code in EXEMPTIBLE_CODES}
    tree = TreeSettings(max_file_bytes=19_999, max_added_bytes=20_000, exempt=exempt)
    found = check(everything_wrong(), settings=ContentSettings(tree=tree))
    assert set(codes(found)) == {"too-much-added", "control-file", "bare-repository-files"}


def test_named_files_and_deliverables_are_handed_on():
    assert check(Files().change(".gitignore", None, "*\n"), named=[".gitignore"]) == []
    assert codes(check(Files().change("a.json", None, "{"), deliverables=["a.json"])) == ["does-not-parse"]


def test_nothing_is_read_of_too_many_files():
    files = everything_wrong()
    few = TreeSettings(max_files=3)
    assert codes(check(files, settings=ContentSettings(tree=few))) == ["too-many-files"]
    assert codes(check_tree_contents(files.changes, files.contents, few)) == ["too-many-files"]
    assert not files.store.reads


def test_honest_work_passes():
    old = module("f", 40)
    files = Files().change("src/m.py", old, old.replace("return 3", "return 4") + "def new():\n    pass\n")
    files.change("tests/test_m.py", None, "def test_new():\n    assert 'password'\n")
    files.change("pyproject.toml", "[project]\nname = 'a'\n", "[project]\nname = 'a'\ndependencies = ['b']\n")
    files.change("README.md", "Title\n=======\n", "Title\n=======\n\nMore\n=======\n").change(
        "old.py", old, None
    )
    files.change("img.png", b"\x89PNG\0", b"\x89PNG\0\1").change(
        ".github/workflows/ci.yml", None, "on: push\n"
    )
    assert check(files, deliverables=["src/m.py"]) == []


def test_every_code_is_explained():
    explained = all_explanations()
    for code in TREE_CODES | AGENT_CODES | PHASE_CODES | {"too-many-files"}:
        assert explained[code].family == "content"


HOSTILE = st.sampled_from(
    [
        b"<<<<<<< a\n", b"=======\n", b">>>>>>> b\n", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n",
        b"password = '", b'secret: "', b'token="', b"://", b"@", b"eyJ", b".", b"AKIA", b"{{", b"%TAG ! a\n", b"&a *a",
        b"\\n", b'\\"', b"# coding: ", b"f'{", b"__all__ = ", b"def a(): ", b"[", b"{", b"a.", b"!!", PRIVATE_KEY.encode()[:40],
        PRIVATE_KEY.encode(), *(token.encode() for token in TOKENS.values()),
    ]
)  # fmt: skip
SIDES = (
    st.none() | st.binary(max_size=60) | st.lists(HOSTILE | st.binary(max_size=6), max_size=12).map(b"".join)
)
PATHS = st.sampled_from(
    [
        "a.py",
        "a.pyi",
        "a.json",
        "a.toml",
        "a.yaml",
        "a.txt",
        "a",
        ".env",
        "x.lock",
        "tests/a.py",
        "d\udcff.py",
        "{{a}}.py",
    ]
)
MODES = st.sampled_from([REGULAR, REGULAR, REGULAR, EXECUTABLE, SYMLINK])
CHANGES = st.lists(st.tuples(PATHS, SIDES, SIDES, MODES).filter(lambda c: c[1:3] != (None, None)), max_size=4)


@settings(max_examples=80, deadline=None)
@given(CHANGES, st.booleans())
def test_nothing_a_file_holds_makes_a_rule_fail(changes, allow_comments):
    files = Files(limit=300)
    for path, old, new, mode in changes:
        files.change(path, old, new, mode)
    small = ContentSettings(
        tree=TreeSettings(max_file_bytes=300, allow_comments=allow_comments),
        shrink_min_lines=1,
        growth_min_lines=1,
        symbols_min_lost=1,
    )
    found = check(files, deliverables=["a.json", "a.yaml", "a.toml"], settings=small)
    known = {change.path for change in files.changes} | {None}
    for violation in found:
        assert violation.path in known and violation.code in all_explanations()
        assert "\n" not in violation.message and "\0" not in violation.message
        assert not [token for token in TOKENS.values() if token in violation.message]


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(HOSTILE, max_size=10).map(lambda p: b"".join(p).decode("utf-8", "surrogateescape"))
)
def test_masking_takes_any_text(text):
    result = masked(text)
    assert result == text or "[masked:sha256:" in result


@pytest.mark.parametrize("mode", [GITLINK, SYMLINK])
def test_links_and_submodules_are_not_read(mode):
    files = Files().change("a", TOKENS["GitHub Token"], ">>>>>>> topic\n", mode=mode)
    assert check(files) == [] and not files.store.reads
