"""Limits hold inside of wrappers too, and no input costs more than its size; what is far too much stops at once."""

import json
import time

import pytest
from edits_json_replies import A, B, edits, unusable
from edits_memory_tree import codes, create

from harness.edits.limits import Limits
from harness.edits.model import OperationEdits, Unusable
from harness.edits.reply import parse_reply
from harness.strict_json import JSONDecodeError, TextDecoder, TooManyPartsError, decoder

MIB = 1024 * 1024
OPEN = '{"type":"create","file_path":"x","content":'

BAD = [
    ("nan", '{"type":"meta","total_operations":NaN}', "bad-number"),
    ("digits", '{"type":"meta","total_operations":' + "9" * 30 + "}", "bad-number"),
    ("surrogate", OPEN + '"\\ud800"}', "lone-surrogate"),
    ("surrogate-in-a-key", '{"type":"delete","file_path":"a","\\udfff":1}', "lone-surrogate"),
    ("deep", OPEN + "[" * 40 + "]" * 40 + "}", "too-deep"),
    ("key-twice", '{"type":"delete","file_path":"a","file\\u005fpath":"b"}', "duplicate-key"),
    ("fields", json.dumps({**create("a"), **{f"k{n}": 1 for n in range(100)}}), "bad-operation"),
]


@pytest.mark.parametrize(("text", "code"), [pytest.param(*row[1:], id=row[0]) for row in BAD])
@pytest.mark.parametrize(
    "around", ["{}", "[{}]", "[{},{}]", '{{"operations":[{}]}}', '{{"files":[{}]}}', '{{"files":[\n{}\n]}}']
)
def test_limits_hold_wherever_an_operation_stands(text, code, around):
    found = unusable(f"{A}\n{around.format(text, B)}\n")
    assert codes(found)[0] == code
    assert found.good[:1] == (1,)


def test_a_pair_of_surrogates_is_a_character():
    assert edits(f'[{OPEN}"\\ud83d\\ude00"}}]').operations[0].operation.content == "😀"


class TestTooMuch:
    SMALL = Limits(operations=3)

    @pytest.mark.parametrize(
        "text",
        [
            json.dumps([create(f"f{n}") for n in range(4)]),
            json.dumps({"files": [{"path": f"f{n}", "new_content": ""} for n in range(4)]}),
            json.dumps({"files": {f"f{n}": "" for n in range(4)}}),
            repr([create(f"f{n}") for n in range(4)]),
            f"{A}\n[{A},{A},{A}]",
            f"{A} " * 4,
            '{"a":1}\n' * 4 + A,
            f"[{A}," + '{"a":1},' * 3 + A,
        ],
    )
    def test_operations_and_values(self, text):
        assert codes(unusable(text, limits=self.SMALL)) == ["too-many-operations"]

    def test_as_many_as_the_limit(self):
        assert len(edits(f"[{A},{A},{A}]", limits=self.SMALL).operations) == 3

    @pytest.mark.parametrize("part", ["[]", "{}", "1", "[1]", '{"a":1.5}'])
    def test_parts_of_a_value(self, part):
        text = f"{A}\n{OPEN}[{','.join([part] * 600_000)}]}}\n{B}"
        assert codes(unusable(text)) == ["too-many-operations"]

    def test_brackets_in_strings_are_none(self):
        found = edits(f"{A}\n{json.dumps(create('x', '[[{,' * 300_000))}")
        assert len(found.operations) == 2

    def test_problems_end_at_a_hundred(self):
        found = unusable('{"type":"create"}\n' * 5_000)
        assert len(found.problems) == 100
        assert "100th" in found.problems[-1].message

    @pytest.mark.parametrize("nest", ["[", '{"a":', '[{"path":', OPEN + "[", f"{OPEN}{{"])
    def test_nesting_that_no_decoder_follows(self, nest):
        found = unusable(f"{A}\n{nest * 100_000}{B}\n")
        assert codes(found) == ["too-deep" if nest != f"{OPEN}{{" else "bad-json"]

    def test_nested_prose_is_prose(self):
        assert len(edits(f"{A}\n{'[' * 100_000}\n{B}").operations) == 2


SIZE = 4 * MIB


def lines(line: str) -> str:
    return line * (SIZE // max(len(line), 32))


def on_one_line(part: str) -> str:
    return f"{A}\n" + part * (SIZE // len(part)) + "\n"


# Each took minutes or gigabytes where reading was naive.
HOSTILE = {
    "braces-and-quotes": lambda: lines('{"\n'),
    "braces": lambda: lines("{\n"),
    "brackets": lambda: lines("[\n"),
    "brackets-on-one-line": lambda: on_one_line("["),
    "objects-within": lambda: on_one_line('{"a":'),
    "unterminated": lambda: lines('{"type":"create",\n'),
    "unterminated-python": lambda: lines("{'type':'create',\n"),
    "unterminated-files": lambda: lines('{"files":[{"path":"x",\n'),
    "nearly-too-deep": lambda: f"{A}\n" + lines('{"a":' * 900 + "x\n"),
    "huge-integer": lambda: f'{A}\n{{"type":"meta","total_operations":{"9" * (SIZE - 100)}}}\n',
    "quotes": lambda: f'{A}\n{{"type":"create",{chr(34) * (SIZE - 100)}}}\n',
    "escaped-quotes": lambda: A + '\n{"type":"create","content":"' + '\\"' * (SIZE // 2 - 100) + "}\n",
    "words": lambda: A + '\n{"a" ' + "type path files " * (SIZE // 16 - 100) + "}\n",
    "stairs": lambda: f"{A}\n" + "".join(" " * n + "{'path': '{'},\n" for n in range(2_800)),
    "open-stairs": lambda: f"{A}\n" + "".join(" " * n + "{'path':\n" for n in range(2_800)),
    "blanks": lambda: f"{A}\n" + (" " * (SIZE - 50) + "{a:\n") + (" " * (SIZE - 200) + "{a:\n"),
    "blank-lines": lambda: A + '\n{"type":"create"' + "\n" * 130_000 + "x",
    "commas": lambda: f"{A}\n[{{}}," + "," * (SIZE - 100),
    "closers-behind-commas": lambda: A + '\n{"type":"create","x":[' + ",]" * 200_000,
    "strings": lambda: A + '\n{"type":"create","x":[' + '"",' * (SIZE // 3 - 100) + '""]}\n',
    "keys": lambda: A + '\n{"type":"create",' + ",".join(f'"k{n}":1' for n in range(400_000)) + "}\n",
    "small-operations": lambda: lines('{"type":"delete","file_path":"a"}\n'),
    "sentences": lambda: lines('{"a":1} x\n'),
    "keys-twice": lambda: lines('{"path":1,"path":1}\n'),
    "fences": lambda: lines("```\n") + A,
    "python": lambda: lines("{'type':'create','file_path':'a','content':'x'}\n"),
    "bare": lambda: lines("{type:'create',file_path:'a',content:'x'}\n"),
    "bare-nested": lambda: f"{A}\n{{path:" + "{a:" * 20_000 + "}" * 20_001,
    "comment": lambda: f"{A}\n{{path:1,/*{'*' * 900_000}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_large_hostile_reply_is_answered(name):
    data = HOSTILE[name]().encode()
    begin = time.process_time()
    for truncated in (False, True):
        found = parse_reply(data, truncated=truncated, named="ndjson")
        assert isinstance(found, OperationEdits | Unusable)
        assert len(getattr(found, "problems", ())) <= 100
    # Far above what it takes: what this catches takes minutes.
    assert time.process_time() - begin < 20


class TestTheDecoder:
    def test_many_errors_in_a_long_text_do_not_count_its_lines(self):
        values = TextDecoder("\n" * 100_000 + "{]", decoder())
        for line in (100_001, 1, 1):
            with pytest.raises(JSONDecodeError) as caught:
                values.value_at(100_000)
            assert (caught.value.pos, caught.value.lineno) == (100_001, line)

    def test_a_value_ends_where_it_ends(self):
        assert TextDecoder('x{"a": [1]}, y', decoder()).value_at(1) == ({"a": [1]}, 11)

    def test_control_characters(self):
        assert decoder(control_characters=True).decode('"a\tb"') == "a\tb"
        with pytest.raises(JSONDecodeError):
            decoder().decode('"a\tb"')

    def test_objects_and_numbers_are_counted_over_all_values(self):
        few = decoder(most_parts=3)
        assert few.decode('[{}, 1, "x", []]') == [{}, 1, "x", []]
        with pytest.raises(TooManyPartsError):
            few.decode("[1.5, 2]")
