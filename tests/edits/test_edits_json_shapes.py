"""Operations in arrays, wrappers, over several lines and several on one, and all of these in one reply."""

import json

import pytest
from edits_json_replies import SHAPES, A, B, C, edits, paths, repairs, types, unusable
from edits_memory_tree import MemoryTree, codes, contents, create

from harness.edits.plan import plan

OPERATIONS = [
    create("a.py", 'a = "é"\n'),
    {"type": "replace_file", "file_path": "old.py", "content": "new\n"},
    {"type": "delete", "file_path": "gone.py"},
    create("b/c.py", "```\n{}\n"),
]
MODIFY = {"type": "modify", "file_path": "a.py", "operations": [{"type": "append", "content": "x\n"}]}


def wrapper(**members) -> str:
    return json.dumps(members)


def item(path="a.py", **fields) -> dict:
    return {"path": path, "new_content": "x\n", **fields}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_means_the_same(shape):
    found = edits(SHAPES[shape](OPERATIONS))
    assert [n.number for n in found.operations] == [1, 2, 3, 4]
    planned = plan(found, MemoryTree({"old.py": b"old\n", "gone.py": b"gone\n"}))
    assert contents(planned) == {
        "a.py": 'a = "é"\n'.encode(),
        "old.py": b"new\n",
        "gone.py": None,
        "b/c.py": b"```\n{}\n",
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_needs_more_than_what_stands_around_it_looked_past(shape):
    found = edits(SHAPES[shape](OPERATIONS), strict=True)
    assert len(found.operations) == 4


class TestArrays:
    def test_on_one_line(self):
        found = edits(f"[{A}, {B}]")
        assert [(n.number, n.line) for n in found.operations] == [(1, 1), (2, 1)]
        assert repairs(found) == {"array": 1}

    def test_a_line_each(self):
        found = edits(f"Here:\n[\n{A},\n{B}\n]\nDone.\n")
        assert [n.line for n in found.operations] == [3, 4]
        assert repairs(found) == {"prose": 1, "array": 2, "pretty-printed": 2}

    def test_pretty(self):
        found = edits(json.dumps([create("a"), create("b")], indent=2))
        assert [n.line for n in found.operations] == [2, 7]

    def test_meta_and_wrappers_may_be_items(self):
        meta = '{"type":"meta","total_operations":3}'
        found = edits(f"[{meta},{A},{wrapper(files=[item('x')])},{wrapper(operations=[MODIFY])}]")
        assert (paths(found), found.total) == (["a.py", "x", "a.py"], 3)

    def test_arrays_within_arrays_are_refused(self):
        assert codes(unusable(f"[[{A}],{B}]")) == ["json-array"]
        assert codes(unusable(f"[\n[\n{A}\n]\n]")) == ["json-array"]
        assert codes(unusable(f"[\n  [\n    {A}\n  ]\n]")) == ["json-array"]

    def test_what_is_no_object_is_refused_and_the_rest_is_good(self):
        found = unusable(f'[{A}, "x", 3, null, {B}]')
        assert codes(found) == ["bad-operation"] * 3
        assert found.good == (1, 5)

    def test_a_missing_comma_refuses_it_and_what_came_before_is_good(self):
        found = unusable(f"[\n{A},\n{B}\n{C}\n]\n")
        assert codes(found) == ["bad-json"]
        assert found.good == (1, 2, 4)

    def test_an_item_without_type_is_not_guessed(self):
        assert codes(unusable('[{"file_path":"a","content":"x"}]')) == ["unknown-operation"]
        assert codes(unusable('[{"path":"a","new_content":"x"}]')) == ["unknown-operation"]

    def test_an_array_without_edits_is_prose(self):
        assert repairs(edits(f'[{{"a": 1}}, "b"]\n["a.py"]\n[]\n{A}')) == {"prose": 1}


class TestWrappers:
    def test_files(self):
        files = [item("a"), item("b", mode="create"), item("c", mode="modify")]
        found = edits(wrapper(files=[*files, {"path": "d", "mode": "delete"}, MODIFY]))
        assert types(found) == ["create", "create", "replace_file", "delete", "modify"]
        assert repairs(found) == {"wrapper": 1}

    def test_files_pretty_have_lines_of_their_own(self):
        found = edits(f"{A}\n" + json.dumps({"files": [item("x"), item("y")]}, indent=2))
        assert [n.line for n in found.operations] == [1, 4, 8]
        assert repairs(found) == {"wrapper": 2, "pretty-printed": 2}

    def test_both_lists_in_the_order_written(self):
        assert paths(edits(wrapper(files=[item("x")], operations=[create("y")]))) == ["x", "y"]
        assert paths(edits(wrapper(operations=[create("y")], files=[item("x")]))) == ["y", "x"]

    def test_remarks_beside_the_list(self):
        found = edits(wrapper(summary="s", notes=None, title="", files=[item()], explanation="e"))
        assert paths(found) == ["a.py"]

    @pytest.mark.parametrize("total", [0, 2])
    def test_its_count_is_enforced_as_that_of_meta(self, total):
        assert edits(wrapper(total_operations=1, files=[item()])).total == 1
        assert edits(wrapper(total_operations=None, files=[item()])).total is None
        assert codes(unusable(wrapper(total_operations=total, files=[item()]))) == ["operation-count"]

    def test_a_second_count_is_one_too_many(self):
        meta = '{"type":"meta","total_operations":1}'
        assert codes(unusable(f"{meta}\n{wrapper(total_operations=1, files=[item()])}")) == ["meta-repeated"]

    @pytest.mark.parametrize("total", ["1", True, -1, 1.0, [1]])
    def test_a_count_is_a_whole_number(self, total):
        assert codes(unusable(wrapper(total_operations=total, files=[item()]))) == ["bad-operation"]

    @pytest.mark.parametrize(
        "other",
        [{"deletions": ["x.py"]}, {"summary": ["x"]}, {"notes": {"a": 1}}, {"file": "b"}, {"mode": "x"}],
    )
    def test_a_key_that_may_hold_edits_is_refused(self, other):
        found = unusable(wrapper(files=[item()], **other))
        assert codes(found) == ["unknown-wrapper-key"]
        assert next(iter(other)) in found.problems[0].message
        assert found.good == (1,)

    def test_files_by_name(self):
        found = edits(
            wrapper(files={"a": "x\n", "b": {"mode": "modify", "content": "y"}, "c": {"mode": "delete"}})
        )
        assert list(zip(types(found), paths(found), strict=True)) == [
            ("create", "a"),
            ("replace_file", "b"),
            ("delete", "c"),
        ]

    def test_files_by_name_may_be_operations(self):
        found = edits(wrapper(files={"a": {"type": "create", "content": "x"}}))
        assert paths(found) == ["a"]

    @pytest.mark.parametrize(
        ("files", "code"),
        [
            ({"path": "a", "new_content": "x"}, "bad-operation"),
            ({"a": "x", "content": "y"}, "bad-operation"),
            ({"a": {"path": "b", "content": "x"}}, "fields-disagree"),
            ({"a": {"type": "delete", "file_path": "b"}}, "fields-disagree"),
            ({"a": ["x"]}, "bad-operation"),
            ({"a": None}, "bad-operation"),
        ],
    )
    def test_files_by_name_with_two_readings_or_none(self, files, code):
        assert codes(unusable(wrapper(files=files))) == [code]

    def test_operations_are_an_array(self):
        assert codes(unusable(wrapper(operations={"a": create("a")}))) == ["bad-operation"]

    def test_a_modify_is_no_wrapper_wherever_its_keys_stand(self):
        turned = json.dumps(dict(reversed(MODIFY.items())))
        assert turned.startswith('{"operations"')
        for text in (turned, json.dumps(json.loads(turned), indent=1), f"[{turned}]"):
            assert types(edits(text)) == ["modify"]
        assert repairs(edits(turned)) == {}

    def test_changes_without_a_file_are_refused(self):
        found = unusable(wrapper(operations=[{"type": "append", "content": "x"}]))
        assert codes(found) == ["unknown-operation"]
        assert "modify" in found.problems[0].hint
        assert codes(unusable(wrapper(path="a", operations=[{"type": "append", "content": "x"}]))) == [
            "unknown-operation"
        ]

    @pytest.mark.parametrize(
        "nested",
        [
            wrapper(operations=[{"files": [item()]}]),
            wrapper(response={"files": [item()]}),
            wrapper(files=[[item()]]),
            wrapper(files=[{"operations": [create("a")]}]),
        ],
    )
    def test_a_wrapper_in_a_wrapper_is_refused(self, nested):
        assert isinstance(unusable(f"{A}\n{nested}").problems, tuple)


class TestFileItems:
    @pytest.mark.parametrize(
        ("fields", "code", "told"),
        [
            ({"file_path": "b"}, "fields-disagree", "`path` and `file_path`"),
            ({"content": "y\n"}, "fields-disagree", "`content` and `new_content`"),
            ({"mode": "delete"}, "bad-operation", "has content"),
            ({"mode": "purge"}, "bad-operation", "purge"),
            ({"mode": "100644"}, "bad-operation", "100644"),
            ({"mode": None}, "bad-operation", "mode"),
            ({"language": "python"}, "bad-operation", "language"),
            ({"operations": []}, "bad-operation", "operations"),
            ({"new_content": None}, "bad-operation", "`content` must be a string"),
            ({"new_content": ["x"]}, "bad-operation", "`content` must be a string"),
            ({"path": 3}, "bad-operation", "`file_path` must be a string"),
        ],
    )
    def test_what_is_refused(self, fields, code, told):
        found = unusable(wrapper(files=[item("z"), item(**fields)]))
        assert codes(found) == [code]
        assert told in found.problems[0].message
        assert (found.good, found.problems[0].operation) == ((1,), 2)

    def test_what_is_missing(self):
        assert codes(unusable(wrapper(files=[{"new_content": "x"}]))) == ["bad-operation"]
        found = unusable(wrapper(files=[{"path": "a", "mode": "modify"}]))
        assert codes(found) == ["bad-operation"]
        assert "`content` is missing" in found.problems[0].message

    def test_the_same_twice_is_once(self):
        found = edits(wrapper(files=[item(file_path="a.py", content="x\n")]))
        assert paths(found) == ["a.py"]

    def test_a_delete_has_no_content_or_an_empty_one(self):
        for fields in ({}, {"new_content": ""}, {"content": None}):
            assert types(edits(wrapper(files=[{"path": "a", "mode": "delete", **fields}]))) == ["delete"]

    def test_a_base_blob_is_kept(self):
        found = edits(wrapper(files=[item(base_blob="0" * 40)]))
        assert found.operations[0].operation.base_blob == "0" * 40

    def test_outside_a_wrapper_the_mode_has_to_be_there(self):
        found = edits(f"{json.dumps(item(mode='create'))}\n{json.dumps([item('b', mode='modify')])}")
        assert types(found) == ["create", "replace_file"]
        assert codes(unusable(json.dumps(item()))) == ["unknown-operation"]

    def test_an_operation_among_the_items_has_its_own_fields(self):
        found = unusable(wrapper(files=[{"type": "create", "path": "a", "content": "x"}]))
        assert codes(found) == ["bad-operation"]
        assert "`file_path`" in found.problems[0].hint


class TestPrettyAndSeveral:
    def test_pretty_operations_beside_lines(self):
        text = f"{A}\n{json.dumps(create('x'), indent=2)}\n{B}\n{json.dumps(MODIFY, indent=4)}\n"
        found = edits(text)
        assert [(p, n.line) for p, n in zip(paths(found), found.operations, strict=True)] == [
            ("a.py", 1),
            ("x", 2),
            ("b.py", 7),
            ("a.py", 8),
        ]
        assert repairs(found) == {"pretty-printed": 2}

    @pytest.mark.parametrize("indent", [0, 1, "\t"])
    def test_however_they_are_indented(self, indent):
        assert types(edits(json.dumps(MODIFY, indent=indent))) == ["modify"]

    def test_numbered_and_pretty(self):
        text = "\n".join(f"{n}. {json.dumps(create(p), indent=4)}" for n, p in enumerate("ab", 1))
        assert repairs(edits(text)) == {"numbering": 1, "pretty-printed": 1}

    @pytest.mark.parametrize("between", ["", " ", "\t "])
    def test_several_on_a_line(self, between):
        found = edits(f"{A}{between}{B}\n")
        assert paths(found) == ["a.py", "b.py"]
        assert repairs(found) == {"several-on-a-line": 1}

    def test_several_with_commas(self):
        found = edits(f"{A}, {B},{C}\n")
        assert repairs(found) == {"trailing-comma": 1, "several-on-a-line": 1}

    def test_several_pretty_ones(self):
        text = f"{json.dumps(create('x'), indent=1)} {json.dumps(create('y'), indent=1)}\n{A}"
        assert paths(edits(text)) == ["x", "y", "a.py"]

    @pytest.mark.parametrize("behind", ["and", "{see}", '{"x": 1}', ": it", '"', "]", ",,", "```"])
    def test_with_more_behind_them_it_is_a_sentence(self, behind):
        found = unusable(f"{A} {B} {behind}\n{C}")
        assert set(codes(found)) <= {"bad-json", "unknown-operation"}
        assert (len(found.problems), found.problems[0].line) == (1, 1)

    def test_an_operation_behind_a_value_that_is_none_is_not_passed_by(self):
        assert codes(unusable(f'{{"x": 1}} {A}')) == ["bad-json"]
        assert codes(unusable(f'{{"x": 1}} see {A}')) == ["bad-json"]
