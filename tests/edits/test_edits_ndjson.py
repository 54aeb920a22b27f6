"""Operations a line each: what becomes of them, what is skipped, what makes a reply unusable."""

import json

import pytest
from edits_memory_tree import codes, create, reply_of

from harness.edits.limits import Limits
from harness.edits.model import OperationEdits, Unusable
from harness.edits.repairs import Repair
from harness.edits.reply import parse_reply

A = json.dumps(create("a.py"))
B = json.dumps(create("b.py"))


def edits(text: str, **options) -> OperationEdits:
    found = parse_reply(text.encode(), **options)
    assert isinstance(found, OperationEdits), found
    return found


def unusable(text: str, **options) -> Unusable:
    found = parse_reply(text.encode(), **options)
    assert isinstance(found, Unusable), found
    return found


def paths(found: OperationEdits) -> list[str]:
    return [numbered.operation.file_path for numbered in found.operations]


def names(found) -> list[str]:
    return [repair.name for repair in found.repairs]


def test_meta_and_two_creates():
    found = edits(f'{{"type":"meta","summary":"two","total_operations":2}}\n{A}\n{B}\n')
    assert paths(found) == ["a.py", "b.py"]
    assert [(n.number, n.line) for n in found.operations] == [(1, 2), (2, 3)]
    assert (found.total, found.truncated, found.repairs) == (2, False, ())


def test_meta_may_stand_last_and_its_summary_may_be_null():
    found = edits(f'{A}\n{{"type":"meta","summary":null,"total_operations":null}}')
    assert (paths(found), found.total) == (["a.py"], None)


def test_one_operation_without_a_last_newline_is_enough():
    assert paths(edits(A)) == ["a.py"]


def test_every_type_is_read():
    found = edits(
        reply_of(
            create("a", base_blob="0" * 40),
            {"type": "replace_file", "file_path": "b", "content": ""},
            {
                "type": "modify",
                "file_path": "c",
                "operations": [
                    {"type": "append", "content": "x"},
                    {"type": "insert_after", "anchor": "x", "content": "y"},
                    {"type": "replace", "old_text": "x", "new_text": "y"},
                    {"type": "replace_all", "old_text": "x", "new_text": "y"},
                ],
            },
            {"type": "modify", "file_path": "c2", "operations": None},
            {"type": "modify", "file_path": "c3"},
            {"type": "delete", "file_path": "d"},
            {"type": "rename", "file_path": "e", "new_path": "f"},
            {"type": "mode", "file_path": "g", "mode": "100755"},
        ).decode()
    )
    assert [n.operation.type for n in found.operations] == [
        "create", "replace_file", "modify", "modify", "modify", "delete", "rename", "mode",
    ]  # fmt: skip


def test_fences_prose_crlf_numbering_and_byte_order_mark_are_named():
    text = f"\ufeffHere you are:\r\n```json\r\n1. {A}\r\n\r\n2) {B}\r\n```\r\nDone!\r\n"
    found = edits(text)
    assert paths(found) == ["a.py", "b.py"]
    assert found.repairs == (
        Repair("byte-order-mark", 1),
        Repair("crlf", 1),
        Repair("prose", 1),
        Repair("fence", 2),
        Repair("numbering", 3),
    )


def test_byte_order_mark_loses_no_operation():
    found = edits(f"\ufeff{A}\n{B}\n")
    assert paths(found) == ["a.py", "b.py"]
    assert names(found) == ["byte-order-mark"]


def test_a_fence_inside_content_is_content():
    found = edits(reply_of(create("a.md", "```\ncode\n```\n")).decode())
    assert found.operations[0].operation.content == "```\ncode\n```\n"
    assert found.repairs == ()


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0c", "\x0b"])
def test_other_line_ends_inside_a_string_make_no_new_line(separator):
    # VT and FF are control characters, which JSON wants escaped.
    inside = f"\\n{A[:-1]}".replace('"', '\\"') if separator in "\x0b\x0c" else separator + A
    content = json.dumps(inside, ensure_ascii=False)
    found = edits(f'{{"type":"create","file_path":"x","content":{content}}}')
    assert paths(found) == ["x"]
    assert found.operations[0].operation.content == inside


def test_hundred_operations_round_trip_exactly():
    contents = [f'é {i} \\n \\\\ \u2028 "q" 😀\r\n\t{{}}\x00' * (i % 3) for i in range(100)]
    found = edits(reply_of(*(create(f"f{i}", text) for i, text in enumerate(contents))).decode())
    assert [n.operation.content for n in found.operations] == contents


class TestCut:
    """A reply that ends in the middle of an operation."""

    @pytest.mark.parametrize("truncated", [True, False])
    def test_the_last_line_is_dropped_whole(self, truncated):
        found = edits(f"{A}\n{B[:-8]}", truncated=truncated)
        assert (paths(found), found.truncated) == (["a.py"], True)

    def test_a_closing_fence_behind_the_cut_changes_nothing(self):
        found = edits(f"```json\n{A}\n{B[:-8]}\n```\n")
        assert (paths(found), found.truncated) == (["a.py"], True)

    def test_a_complete_last_line_is_kept(self):
        assert paths(edits(f"{A}\n{B}", truncated=True)) == ["a.py", "b.py"]
        assert not edits(f"{A}\n{B}").truncated
        assert edits(f"{A}\n{B}", truncated=True).truncated

    def test_the_count_of_meta_is_not_enforced(self):
        found = edits(f'{{"type":"meta","total_operations":3}}\n{A}\n{B[:-8]}')
        assert (paths(found), found.total, found.truncated) == (["a.py"], 3, True)

    def test_in_the_middle_of_a_character(self):
        data = f"{A}\n".encode() + json.dumps(create("é"), ensure_ascii=False).encode()
        cut = data[: data.index("é".encode()) + 1]
        found = parse_reply(cut)
        assert isinstance(found, OperationEdits)
        assert (paths(found), found.truncated) == (["a.py"], True)

    def test_half_a_character_behind_an_object_is_text_behind_it(self):
        assert codes(parse_reply(f"{A}\n{B}".encode() + b"\xc3")) == ["bad-json"]

    def test_before_the_first_operation_is_complete(self):
        found = unusable(A[:30])
        assert codes(found) == ["no-edits"]
        assert "cut" in found.problems[0].message
        assert found.truncated

    def test_a_malformed_last_line_is_a_cut_only_on_the_agents_word(self):
        cut = "{'type': 'create', 'file_path': 'c"
        assert paths(edits(f"{A}\n{cut}", truncated=True)) == ["a.py"]
        assert codes(unusable(f"{A}\n{cut}")) == ["bad-json"]

    @pytest.mark.parametrize("truncated", [True, False])
    def test_an_object_with_words_behind_it_is_never_a_cut(self, truncated):
        assert codes(unusable(f"{A}\n{B} is what I", truncated=truncated)) == ["bad-json"]

    def test_the_count_of_meta_may_not_be_smaller_than_what_is_there(self):
        found = unusable(f'{{"type":"meta","total_operations":1}}\n{A}\n{B}\n{A[:20]}')
        assert (codes(found), found.truncated, found.total) == (["operation-count"], True, 1)

    @pytest.mark.parametrize("truncated", [True, False])
    def test_a_broken_line_with_others_behind_it_is_no_cut(self, truncated):
        found = unusable(f"{A[:-9]}\n{B}\n", truncated=truncated)
        assert codes(found) == ["bad-json"]
        found = unusable(f"{A}\n{B[:-9]}\nand that is all\n", truncated=truncated)
        assert codes(found) == ["bad-json"]


class TestWholeReplyUnusable:
    def test_a_bad_line_in_the_middle_lists_the_good_ones(self):
        found = unusable(f'{A}\n{{"type": "delete", "file_path": }}\n{B}\n')
        assert codes(found) == ["bad-json"]
        assert found.good == (1, 3)
        assert (found.problems[0].line, found.problems[0].operation) == (2, 2)

    def test_all_problems_are_told_at_once(self):
        found = unusable(f'{A}\n{{"type":"x"}}\n{{"type":"delete"}}\n{{"type":"delete"\n{B}\n')
        assert codes(found) == ["unknown-operation", "bad-operation", "bad-json"]
        assert [p.operation for p in found.problems] == [2, 3, 4]
        assert found.good == (1, 5)

    @pytest.mark.parametrize("total", [0, 1, 3])
    def test_the_count_of_meta_is_enforced(self, total):
        found = unusable(f'{{"type":"meta","total_operations":{total}}}\n{A}\n{B}\n')
        assert codes(found) == ["operation-count"]
        assert found.good == (1, 2)

    def test_meta_alone_and_meta_twice(self):
        assert codes(unusable('{"type":"meta","total_operations":0}\n')) == ["no-edits"]
        meta = '{"type":"meta"}'
        assert codes(unusable(f"{meta}\n{A}\n{meta}\n")) == ["meta-repeated"]

    @pytest.mark.parametrize(
        ("line", "code", "named"),
        [
            ('{"type":"rename","file_path":"a"}', "bad-operation", "`new_path` is missing"),
            ('{"type":"frobnicate","file_path":"a"}', "unknown-operation", "frobnicate"),
            ('{"type":3,"file_path":"a"}', "unknown-operation", "not a string"),
            ('{"file_path":"a","content":"x"}', "unknown-operation", "no `type`"),
            (
                '{"type":"create","file_path":"a","content":null}',
                "bad-operation",
                "`content` must be a string",
            ),
            ('{"type":"create","path":"a","content":""}', "bad-operation", "`file_path` is missing"),
            (
                '{"type":"create","file_path":"a","path":"b","content":""}',
                "bad-operation",
                "`path` is not one",
            ),
            ('{"type":"mode","file_path":"a","mode":"120000"}', "bad-operation", "`mode`"),
            ('{"type":"mode","file_path":"a","mode":100755}', "bad-operation", "`mode`"),
            (
                '{"type":"modify","file_path":"a","operations":{}}',
                "bad-operation",
                "`operations` must be an array",
            ),
            (
                '{"type":"modify","file_path":"a","operations":[{"type":"append","content":""},{"type":"prepend"}]}',
                "bad-operation",
                "`operations[1]` has no known `type`",
            ),
            (
                '{"type":"modify","file_path":"a","operations":[{"type":"replace","old_text":"x"}]}',
                "bad-operation",
                "`operations[0].new_text` is missing",
            ),
            ('{"type":"meta","total_operations":-1}', "bad-operation", "`total_operations`"),
            ('{"type":"create","file_path":"a","file_path":"b","content":""}', "duplicate-key", "file_path"),
            (
                '{"type":"create","file\\u005fpath":"a","file_path":"b","content":""}',
                "duplicate-key",
                "file_path",
            ),
            ('{"type":"create","file_path":"a","content":NaN}', "bad-number", "NaN"),
            ('{"type":"create","file_path":"a","content":-Infinity}', "bad-number", "-Infinity"),
            ('{"type":"create","file_path":"a","content":1e999}', "bad-number", "1e999"),
            ('{"type":"meta","total_operations":' + "9" * 5000 + "}", "bad-number", "5000 digits"),
            ('{"type":"create","file_path":"a","content":"\\ud800"}', "lone-surrogate", "\\ud800"),
            ('{"type":"create","file_path":"\\udcff","content":""}', "lone-surrogate", "\\udcff"),
            ('{"type":"create","\\ud83d":"a"}', "lone-surrogate", "\\ud83d"),
            ('{"type":"create","file_path":"a","content":' + "[" * 33 + "]" * 33 + "}", "too-deep", "32"),
            (
                '{"type":"create","file_path":"a","content":' + "[" * 100_000 + "]" * 100_000 + "}",
                "too-deep",
                "32",
            ),
            ('{"type":"create","file_path":"a","content":"a\nb"}', "bad-json", "control character"),
            ('{"type":"delete","file_path":"important.py"} would be wrong', "bad-json", "more text follows"),
            (A + B + ".", "bad-json", "more text follows"),
            (A + ",,", "bad-json", "more text follows"),
            ('{"type":"create","file_path":"a","content":"",,}', "bad-json", "not JSON"),
            ('{"type":"create","file_path":"a","content":"\\q"}', "bad-json", "escape"),
            ('{"type":"create","file_path":"a","content":01}', "bad-json", "not JSON"),
        ],
        ids=range(31),
    )
    @pytest.mark.parametrize("before", ["", A + "\n"], ids=["alone", "after-another"])
    def test_bad_operations(self, line, code, named, before):
        found = unusable(f"{before}{line}\n")
        assert codes(found) == [code]
        assert named in found.problems[0].message
        assert "\n" not in found.problems[0].message
        assert found.problems[0].line == (2 if before else 1)

    def test_a_pair_of_surrogates_is_a_character(self):
        found = edits('{"type":"create","file_path":"a","content":"\\ud83d\\ude00"}')
        assert found.operations[0].operation.content == "😀"

    def test_bytes_that_are_not_utf8(self):
        found = parse_reply(A.encode() + b"\n\xff\xfe\n" + B.encode())
        assert codes(found) == ["not-utf8"]

    def test_a_nul_byte(self):
        found = parse_reply(A.encode() + b"\n\0\n")
        assert codes(found) == ["nul-byte"]


class TestProseIsNotExecuted:
    @pytest.mark.parametrize(
        "prose",
        [
            'I would never send {"type":"delete","file_path":"important.py"} here.',
            '- {"type":"delete","file_path":"important.py"}',
            '> {"type":"delete","file_path":"important.py"}',
            '// {"type":"delete","file_path":"important.py"}',
        ],
    )
    def test_an_object_within_a_line(self, prose):
        found = edits(f"{prose}\n{A}\n")
        assert paths(found) == ["a.py"]
        assert found.repairs == (Repair("prose", 1),)
        assert codes(unusable(prose)) == ["no-edits"]


class TestWithoutEdits:
    @pytest.mark.parametrize(
        ("text", "seen"),
        [
            ("", "empty"),
            (" \n\n", "empty"),
            ("```\n```\n", "empty"),
            ("I can't do that.", "prose"),
            ("Here:\n```python\nprint()\n```\n", "fence"),
            ('{"name": "x"}', "JSON"),
            ("[1, 2]", "JSON"),
        ],
    )
    def test_it_is_told_what_was_seen(self, text, seen):
        found = unusable(text)
        assert codes(found) == ["no-edits"]
        assert seen in found.problems[0].message
        assert "JSON object" in found.problems[0].hint


class TestLimits:
    def test_bytes_lines_and_line_length(self):
        small = Limits(reply_bytes=1000, lines=10, line_bytes=200)
        assert codes(parse_reply(b"x" * 1001, limits=small)) == ["reply-too-large"]
        assert codes(parse_reply(b"\n" * 11, limits=small)) == ["reply-too-large"]
        assert codes(parse_reply(b"x\n" + b"x" * 201, limits=small)) == ["line-too-long"]
        assert isinstance(parse_reply(A.encode(), limits=small), OperationEdits)

    def test_operations(self):
        small = Limits(operations=3)
        ok = "".join(f"{json.dumps(create(f'f{i}'))}\n" for i in range(3))
        assert len(edits(ok, limits=small).operations) == 3
        assert codes(unusable(ok + B, limits=small)) == ["too-many-operations"]
        assert codes(unusable('{"bad\n' * 9 + A, limits=small)) == ["too-many-operations"]
        assert codes(unusable('{"type":"delete"\n' * 9 + A, limits=small)) == ["too-many-operations"]

    def test_fields_and_changes(self):
        many = {f"k{i}": 1 for i in range(100)}
        assert codes(unusable(json.dumps({**create("a"), **many}))) == ["bad-operation"]
        changes = [{"type": "append", "content": "x", **many}]
        found = unusable(json.dumps({"type": "modify", "file_path": "a", "operations": changes}))
        assert codes(found) == ["bad-operation"]

    def test_two_thousand_operations_of_ten_megabytes_pass(self):
        line = "def f():\n    return 'é'\n" * 220
        found = edits(reply_of(*(create(f"f{i}.py", line) for i in range(2000))).decode())
        assert len(found.operations) == 2000
