"""The two sides of a change are read once, when asked for, and never beyond the limit."""

from __future__ import annotations

from policy_files import Files

from harness.policy.contents import new_text, old_text, written
from harness.policy.model import EXECUTABLE, GITLINK, SYMLINK


def test_each_blob_is_read_once_and_only_when_asked_for():
    files = Files().change("a", "one\n", "two\n").change("b", "two\n", "three\n")
    assert not files.store.reads
    first, second = files.changes
    for _ in range(3):
        assert new_text(first, files.contents) == old_text(second, files.contents) == b"two\n"
    assert list(files.store.reads.values()) == [1]


def test_what_is_larger_than_the_limit_is_not_read():
    files = Files(limit=3).change("small", None, "123").change("large", None, "1234")
    assert [new_text(change, files.contents) for change in files.changes] == [b"123", None]
    assert len(files.store.reads) == 1


def test_binary_files_are_no_text():
    early, late = b"a" * 7999 + b"\0", b"a" * 8000 + b"\0"
    files = Files().change("early", early, early + b"x").change("late", late, None)
    assert new_text(files.changes[0], files.contents) is None
    assert old_text(files.changes[0], files.contents) is None
    assert old_text(files.changes[1], files.contents) == late


def test_only_regular_files_have_text():
    files = Files()
    for mode in (SYMLINK, GITLINK, EXECUTABLE):
        files.change(mode, f"old {mode}", f"new {mode}", mode=mode)
    read = [new_text(change, files.contents) for change in files.changes]
    assert read == [None, None, b"new 100755"]
    assert [change.path for change in written(files.changes)] == [EXECUTABLE]


def test_what_only_moves_or_changes_mode_is_not_written():
    files = Files().change("was", "same", None).change("is", None, "same").change("new", None, "other")
    files.change("deleted", "gone", None)
    assert [change.path for change in written(files.changes)] == ["new"]


def test_more_than_is_kept_is_read_again():
    files = Files(limit=40 * 2**20)
    for number in range(2):
        files.change(str(number), None, b"%d" % number * (40 * 2**20))
    for change in [*files.changes, *files.changes]:
        assert new_text(change, files.contents) is not None
    assert list(files.store.reads.values()) == [2, 2]
