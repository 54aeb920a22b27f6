"""Caps on files and on a change as a whole, told without reading anything."""

from __future__ import annotations

from policy_files import Files, changed, codes, paths

from harness.policy.model import EXECUTABLE, GITLINK, SYMLINK, TreeChange
from harness.policy.sizes import check_sizes
from harness.policy.tree_settings import TreeSettings


def check(files, **settings):
    return check_sizes(files.changes, files.contents, TreeSettings(**settings))


def test_a_file_at_the_cap_passes_and_one_above_does_not():
    files = Files().change("at", None, "x" * 10).change("above", "x", "x" * 11, mode=EXECUTABLE)
    violations = check(files, max_file_bytes=10)
    assert (codes(violations), paths(violations)) == (["oversized-file"], ["above"])
    assert not files.store.reads


def test_a_link_has_a_size_and_a_submodule_has_none():
    files = Files().change("link", None, "x" * 11, mode=SYMLINK)
    files.changes.append(TreeChange("sub", "A", "000000", GITLINK, None, "1" * 40))
    assert paths(check(files, max_file_bytes=10)) == ["link"]


def test_an_oversized_file_may_shrink_but_not_grow():
    assert check(changed("a", "x" * 20, "x" * 15), max_file_bytes=10) == []
    assert check(changed("a", "x" * 20, "y" * 20), max_file_bytes=10) == []
    assert check(changed("a", "x" * 20, "x" * 21), max_file_bytes=10) != []
    assert check(changed("a", "x" * 20, None), max_file_bytes=10) == []


def test_oversized_files_can_be_exempt():
    files = Files().change("data/a", None, "x" * 11).change("src/a", None, "y" * 11)
    assert paths(check(files, max_file_bytes=10, exempt={"oversized-file": ["data/"]})) == ["src/a"]


def test_the_number_of_files():
    files = Files()
    for number in range(4):
        files.change(f"f{number}", None, str(number))
    assert check(files, max_files=4) == []
    (violation,) = check(files, max_files=3)
    assert (violation.code, violation.path) == ("too-many-files", None)
    assert "4" in violation.message and "3" in violation.message


def test_too_many_files_are_not_looked_up():
    files = Files()
    files.changes += [TreeChange(f"f{n}", "A", "000000", "100644", None, "no such id") for n in range(5)]
    assert codes(check(files, max_files=4)) == ["too-many-files"]


def test_what_all_files_grow_by_together():
    files = Files().change("a", None, "x" * 6).change("b", "1", "x" * 6).change("c", "x" * 90, "x")
    assert check(files, max_added_bytes=11) == []
    assert codes(check(files, max_added_bytes=10)) == ["too-much-added"]


def test_the_defaults_admit_two_thousand_files_of_two_megabytes():
    files = Files()
    for number in range(2000):
        files.change(f"f{number}", None, f"{number:01000d}")
    assert check(files) == []
