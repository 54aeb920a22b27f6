"""Conflict markers that a change brings, and everything that only looks like one."""

from __future__ import annotations

import pytest
from policy_files import Files, added, changed, paths

from harness.policy.conflict_markers import check_conflict_markers
from harness.policy.tree_settings import TreeSettings

START, BASE, MIDDLE, END = "<<<<<<< HEAD\n", "||||||| 1a2b3c4\n", "=======\n", ">>>>>>> topic\n"
SET = f"{START}ours\n{MIDDLE}theirs\n{END}"


def check(files, settings=None):
    return check_conflict_markers(files.changes, files.contents, settings or TreeSettings())


REFUSED = {
    "a full set": SET,
    "with the base between": f"{START}a\n{BASE}b\n{MIDDLE}c\n{END}",
    "with line ends of DOS": SET.replace("\n", "\r\n"),
    "without labels": "<<<<<<<\na\n=======\nb\n>>>>>>>\n",
    "at the very end, without a line end": SET.rstrip("\n"),
    "a first marker left over": f"{START}ours\n",
    "a last marker left over": f"theirs\n{END}",
    "in bytes that are no text": SET.encode() + b"\xff\xfe",
}
PASSED = {
    "a heading of reStructuredText": "Title\n=======\n\ntext\n",
    "a heading of Markdown": "Title\n=======\n",
    "eight signs": f"<{START}ours\n={MIDDLE}>{END}",
    "six signs": SET.replace("<<<<<<<", "<<<<<<").replace(">>>>>>>", ">>>>>>"),
    "not at the start of a line": SET.replace("<<<", " <<<").replace(">>>>>>>", " >>>>>>>"),
    "quoted": "".join(f"> {line}\n" for line in SET.splitlines()),
    "a shift, a doctest, a here-document": "1 << 2\n>>> f()\ncat <<EOF\n",
    "out of order and without labels": ">>>>>>>\n=======\n<<<<<<<\n",
    "first marker without label, alone": "<<<<<<<\n=======\n",
    "a middle in front": "=======\n>>>>>>>\n",
    "binary": SET.encode() + b"\0",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    new = REFUSED[name] if isinstance(REFUSED[name], bytes) else f"text\n{REFUSED[name]}"
    assert paths(check(changed("a.txt", "text\n", new))) == ["a.txt"]
    assert paths(check(added("a.txt", new))) == ["a.txt"]


@pytest.mark.parametrize("name", PASSED)
def test_what_passes(name):
    assert check(changed("a.txt", "text\n", PASSED[name])) == []
    assert check(added("a.txt", PASSED[name])) == []


def test_the_line_of_the_first_marker_is_told():
    (violation,) = check(changed("a.txt", "text\n", f"one\ntwo\n{SET}"))
    assert "line 3" in violation.message
    (violation,) = check(added("a.txt", REFUSED["without labels"]))
    assert "line 1" in violation.message


def test_markers_that_were_there_may_stay_but_not_become_more():
    assert check(changed("docs/merging.md", SET, f"{SET}Then resolve it.\n")) == []
    assert check(changed("docs/merging.md", f"{SET}{SET}", SET)) == []
    assert check(changed("docs/merging.md", SET, f"{SET}text\n{SET}")) != []
    assert check(changed("docs/merging.md", SET, f"{SET}{END}")) != []


def test_a_file_that_moves_brings_no_markers():
    assert check(Files().change("a.md", SET, None).change("docs/a.md", None, SET)) == []


def test_exempt_paths():
    settings = TreeSettings(exempt={"conflict-markers": ["docs/", "!docs/real.md"]})
    files = Files().change("docs/a.md", None, SET).change("docs/real.md", None, f"{SET}\n")
    assert paths(check(files, settings)) == ["docs/real.md"]
