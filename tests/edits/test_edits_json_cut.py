"""Replies that end in the middle: what was complete is kept, the rest is dropped whole, and it is said."""

import json

import pytest
from edits_json_replies import A, B, edits, paths, repairs, types, unusable
from edits_memory_tree import codes, create

from harness.edits.model import Unusable
from harness.edits.reply import parse_reply

ITEMS = [{"path": "a", "new_content": "x\n"}, {"path": "b", "mode": "modify", "new_content": "y\n"}]
FILES = json.dumps({"files": ITEMS})
CHANGES = [{"type": "append", "content": "x"}, {"type": "replace", "old_text": "a", "new_text": "b"}]


def cut_before(text: str, mark: str) -> str:
    return text[: text.rindex(mark)]


KEEPS = {
    "array-in-an-item": (f"[{A}, {B[:-9]}", ["a.py"]),
    "array-in-a-key": (f'[{A}, {{"fi', ["a.py"]),
    "array-behind-an-item": (f"[{A}, {B}", ["a.py", "b.py"]),
    "array-behind-a-comma": (f"[{A}, {B},", ["a.py", "b.py"]),
    "array-behind-a-brace": (f"[{A}, {{", ["a.py"]),
    "array-behind-blanks": (f"[{A},\n  \n", ["a.py"]),
    "pretty-array": (cut_before(json.dumps([create("a"), create("b")], indent=2), "content"), ["a"]),
    "files-in-the-second": (cut_before(FILES, "y"), ["a"]),
    "files-in-the-mode-of-the-second": (cut_before(FILES, 'ify"'), ["a"]),
    "files-before-the-closer": (cut_before(FILES, "]"), ["a", "b"]),
    "files-before-the-last-brace": (FILES[:-1], ["a", "b"]),
    "files-in-a-later-key": (FILES[:-1] + ', "summ', ["a", "b"]),
    "files-in-a-later-remark": (FILES[:-1] + ', "summary": "I', ["a", "b"]),
    "files-behind-others": (f"{A}\n{cut_before(FILES, 'y')}", ["a.py", "a"]),
    "files-by-name": (cut_before(json.dumps({"files": {"a": "x", "b": "yy"}}), "y"), ["a"]),
    "operations": (json.dumps({"operations": [create("a"), create("b")]})[:-9], ["a"]),
    "a-wrapper-in-an-array": (f"[{A}, {cut_before(FILES, 'y')}", ["a.py", "a"]),
    "behind-several-on-a-line": (f"{A} {B[:20]}", ["a.py"]),
    "a-pretty-one": (f"{A}\n" + cut_before(json.dumps(create("b"), indent=2), "b"), ["a.py"]),
    "in-an-escape": (A + "\n" + '{"type": "create", "content": "\\u00', ["a.py"]),
    "behind-a-backslash": (A + "\n" + '{"type": "create", "content": "\\', ["a.py"]),
    "in-null": (A + "\n" + '{"type": "meta", "summary": nul', ["a.py"]),
    "with-the-content-first": (A + "\n" + '{"content": "abc', ["a.py"]),
    "behind-a-key": (A + "\n" + '{"type"', ["a.py"]),
    "behind-a-colon": (A + "\n" + '{"type":', ["a.py"]),
    "behind-a-brace": (A + "\n{", ["a.py"]),
    "behind-a-brace-and-blanks": (A + "\n  { \t", ["a.py"]),
    "behind-a-bracket": (A + "\n[", ["a.py"]),
    "behind-a-number": (A + "\n2. {", ["a.py"]),
}  # fmt: skip


@pytest.mark.parametrize("name", KEEPS)
@pytest.mark.parametrize("behind", ["", "\n", "\n```\n", "\n\n```\n\n", " \r\n"])
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_complete_is_kept(name, behind, strict):
    text, kept = KEEPS[name]
    found = edits(text + behind, strict=strict)
    assert (paths(found), found.truncated) == (kept, True)
    assert not {"trailing-comma", "prose"} & set(repairs(found))


# A bracket alone with words behind it is a bracket, and these are the words.
BRACKETS = ("behind-a-brace", "behind-a-brace-and-blanks", "behind-a-bracket", "behind-a-number")


@pytest.mark.parametrize("name", [name for name in KEEPS if name not in BRACKETS])
def test_with_words_behind_it_is_no_cut(name):
    found = parse_reply(f"{KEEPS[name][0]}\nThat is all.\n".encode())
    assert not found.truncated
    assert isinstance(found, Unusable) or name in ("with-the-content-first", "behind-a-key", "behind-a-colon")


class TestAModifyIsNoWrapper:
    """Its changes may come before its type and path, which a cut then hides."""

    TEXT = json.dumps({"operations": CHANGES, "file_path": "a", "type": "modify"})

    @pytest.mark.parametrize("end", range(1, len(TEXT)))
    def test_wherever_it_is_cut_it_is_dropped_whole(self, end):
        found = edits(f"{A}\n{self.TEXT[:end]}")
        assert (types(found), found.truncated) == (["create"], True)

    def test_whole_it_is_read(self):
        assert types(edits(f"{A}\n{self.TEXT}")) == ["create", "modify"]


class TestNothingIsGuessed:
    def test_a_key_twice_before_the_cut_is_refused(self):
        for text in ('{"files":[{"path":"a","path":"b","new_content":""},{"pa', '{"files":[],"files":[{"path":"a"',
                     '{"files":{"a":"x","a":"y","b', '[{"type":"delete","type":"create"},{'):  # fmt: skip
            assert codes(unusable(text)) == ["duplicate-key"]

    def test_a_key_that_may_hold_edits_before_the_cut_is_refused(self):
        found = unusable('{"deletions":"x","files":[{"path":"a","new_content":""},{"pa')
        assert codes(found) == ["unknown-wrapper-key"]

    def test_a_bad_item_before_the_cut_is_refused(self):
        found = unusable('{"files":[{"path":"a","mode":"x"},{"path":"b","new_content":""},{"pa')
        assert (codes(found), found.good, found.truncated) == (["bad-operation"], (2,), True)

    def test_a_missing_comma_is_no_cut(self):
        assert codes(unusable(f"[{A} {B}")) == ["bad-json"]
        assert codes(unusable(f'[{A}, {B} {{"')) == ["bad-json"]
        assert codes(unusable('{"type": "delete" "file_path": "a')) == ["bad-json"]

    @pytest.mark.parametrize("broken", ['{"type":"create","content":', '{"type":"create",', '{"type":"create","x":[',
                                        '{"path":', '{"path":{"a":'])  # fmt: skip
    def test_a_whole_line_is_not_taken_for_the_content_of_a_broken_one(self, broken):
        assert codes(unusable(f"{broken}\n{B}")) == ["bad-json"]

    def test_prose_that_ends_in_a_brace_is_prose(self):
        for text in ("function () {", "{ color: r", '{"name": "x",\n  "ver', "{name"):
            found = edits(f"{A}\n{text}\n")
            assert (paths(found), found.truncated) == (["a.py"], False)
            assert repairs(found) == {"prose": 2}

    def test_nothing_complete_is_said(self):
        for text in (
            "[" + A[:30],
            FILES[:20],
            A[:20],
            '{"type":"cre',
            json.dumps({"operations": CHANGES})[:-4],
        ):
            found = unusable(text)
            assert (codes(found), found.truncated) == (["no-edits"], True)
            assert "cut" in found.problems[0].message


class TestTheCount:
    META = '{"type":"meta","total_operations":%d}\n'

    def test_more_may_be_announced_than_is_left(self):
        found = edits(self.META % 5 + f"[{A},{B},{{")
        assert (len(found.operations), found.total) == (2, 5)

    def test_not_fewer(self):
        found = unusable(self.META % 1 + f"[{A},{B},{{")
        assert (codes(found), found.total) == (["operation-count"], 1)

    def test_of_a_wrapper(self):
        found = edits('{"total_operations":3,' + FILES[1:-20])
        assert (paths(found), found.total, found.truncated) == (["a"], 3, True)


class TestTheAgentsWord:
    """Says the agent that it was cut off, then the last value may also be one that is no JSON so far."""

    @pytest.mark.parametrize(
        "text",
        [
            "{'type': 'create', 'file_path': 'c",
            "{type: 'create', file_path: 'c",
            "{\n  'type': 'create',\n  'file_path': 'c",
            '{"type": "create", "content": "a\tb',
            '{"type": "create" "file_path": "c',
            "{\n  type: 'create', // new\n  file_path: 'c",
        ],
    )
    def test_a_malformed_last_value_counts_as_cut(self, text):
        found = edits(f"{A}\n{text}\n```\n", truncated=True)
        assert (paths(found), found.truncated) == (["a.py"], True)
        assert codes(unusable(f"{A}\n{text}\n```\n"))[0] == "bad-json"
        assert codes(unusable(f"{A}\n{text}\nThat is all.\n", truncated=True))[0] == "bad-json"

    def test_items_before_it_are_kept(self):
        found = edits(f"[\n{A},\n{{'type': 'create', 'file_pa", truncated=True)
        assert paths(found) == ["a.py"]

    @pytest.mark.parametrize(
        "text",
        [
            f"{B} is what I",
            '{"type":"delete","file_path":"a","file_path":"b"}',
            '{"type":"create","content":NaN}',
            '{"type":"copy","file_path":"a"}',
        ],
    )
    def test_what_is_complete_and_wrong_is_still_wrong(self, text):
        assert unusable(f"{A}\n{text}", truncated=True).good == (1,)

    def test_what_is_closed_was_not_cut(self):
        for text in (
            f"[{A}, {{bad: x}}, {B}]",
            "{'type': 'delete' 'file_path': 'a'}",
            f"[\n{A},\n{{path: x}}\n]",
        ):
            assert "bad-json" in codes(unusable(text, truncated=True))

    def test_under_strict_it_does_not_count(self):
        text = f"{A}\n{{'type': 'create', 'file_path': 'c"
        assert codes(unusable(text, truncated=True, strict=True)) == ["bad-json"]

    def test_prose_at_the_end_is_prose(self):
        found = edits(f"{A}\n{{ color: r", truncated=True)
        assert repairs(found) == {"prose": 2}
