"""Only regular files: links, submodules and odd modes neither come nor go."""

from __future__ import annotations

import pytest
from policy_changes import change, told

from harness.policy.entries import check_entries
from harness.policy.model import ABSENT, EXECUTABLE, GITLINK, REGULAR, SYMLINK

GROUP_WRITABLE = "100664"
TABLE = [
    (ABSENT, REGULAR, None),
    (ABSENT, EXECUTABLE, None),
    (REGULAR, EXECUTABLE, None),
    (EXECUTABLE, REGULAR, None),
    (REGULAR, ABSENT, None),
    (ABSENT, SYMLINK, "symlink"),
    (REGULAR, SYMLINK, "symlink"),
    (SYMLINK, REGULAR, "symlink"),
    (SYMLINK, SYMLINK, "symlink"),
    (SYMLINK, ABSENT, "symlink"),
    (ABSENT, GITLINK, "gitlink"),
    (REGULAR, GITLINK, "gitlink"),
    (GITLINK, REGULAR, "gitlink"),
    (GITLINK, GITLINK, "gitlink"),
    (GITLINK, ABSENT, "gitlink"),
    (SYMLINK, GITLINK, "gitlink"),
    (ABSENT, GROUP_WRITABLE, "file-mode"),
    (GROUP_WRITABLE, REGULAR, "file-mode"),
    (REGULAR, "040000", "file-mode"),
]


@pytest.mark.parametrize(("old", "new", "code"), TABLE)
def test_both_sides_count(old, new, code):
    assert told(check_entries([change("a", old, new)])) == ([(code, "a")] if code else [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (REGULAR, SYMLINK, "would become a symbolic link"),
        (SYMLINK, SYMLINK, "is a symbolic link"),
        (SYMLINK, ABSENT, "is a symbolic link"),
        (GITLINK, REGULAR, "is a submodule"),
        (ABSENT, GROUP_WRITABLE, "would become an entry of mode 100664"),
    ],
)
def test_it_says_which_side(old, new, said):
    (found,) = check_entries([change("a", old, new)])
    assert found.message.startswith(said)
