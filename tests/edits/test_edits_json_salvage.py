"""Replies that earlier harnesses lost, crashed on, hung on or executed by mistake, row by row."""

import json

import pytest
from edits_json_replies import A, B, C, edits, paths, repairs, types, unusable
from edits_memory_tree import MemoryTree, codes, contents, create

from harness.edits.model import PlannedTree, Unusable
from harness.edits.plan import plan

META = '{{"type":"meta","summary":"s","total_operations":{}}}\n'
PYTHON = "{'type': 'create', 'file_path': 'x.py', 'content': 'x'},"
FILES = {"files": [{"path": "a", "mode": "create", "new_content": "x"}, {"path": "b", "new_content": "y"}]}
PRETTY = json.dumps(FILES, indent=2)

# What is recovered: the reply, the files of its operations, whether it was cut, and the repairs.
RECOVERED = {
    "meta-and-two-creates": (f"{META.format(2)}{A}\n{B}\n", ["a.py", "b.py"], False, set()),
    "last-line-cut-in-a-string": (f"{A}\n{B[:-9]}", ["a.py"], True, set()),
    "fenced": (f"```json\n{A}\n```\nand\n```ndjson\n{B}\n```", ["a.py", "b.py"], False, {"fence", "prose"}),
    "numbered": (f"1. {A}\n2. {B}\n", ["a.py", "b.py"], False, {"numbering"}),
    "python-dict": (f"{PYTHON}\n{B},\n", ["x.py", "b.py"], False, {"python-literal", "trailing-comma"}),
    "pretty-operation": (json.dumps(create("a"), indent=2), ["a"], False, {"pretty-printed"}),
    "pretty-files": (PRETTY, ["a", "b"], False, {"wrapper", "pretty-printed"}),
    "files-cut-before-closing": (PRETTY[: PRETTY.rindex("]")], ["a", "b"], True, {"wrapper"}),
    "files-cut-in-the-second": (PRETTY[: PRETTY.rindex("y")], ["a"], True, {"wrapper"}),
    "files-delete": (
        '{"files":[{"path":"a","mode":"delete","new_content":""},{"path":"b","mode":"delete"}]}',
        ["a", "b"], False, {"wrapper"},
    ),
    "one-line-array": (f"[{A},{B}]", ["a.py", "b.py"], False, {"array"}),
    "summary-null": (f'{{"type":"meta","summary":null}}\n{A}', ["a.py"], False, set()),
    "operation-then-files": (f"{A}\n{json.dumps(FILES)}", ["a.py", "a", "b"], False, {"wrapper"}),
    "pretty-then-line": (json.dumps(create("x"), indent=2) + f"\n{B}", ["x", "b.py"], False, {"pretty-printed"}),
    "byte-order-mark": (f"\ufeff{A}\n{B}", ["a.py", "b.py"], False, {"byte-order-mark"}),
    "cut-before-a-fence": (f"```json\n{A}\n{B[:-9]}\n```\n", ["a.py"], True, {"fence"}),
    "two-on-a-line": (f"{A}{B}", ["a.py", "b.py"], False, {"several-on-a-line"}),
    "bare-keys": (
        "{type: 'create', file_path: 'x', content: ''}", ["x"], False, {"json5"},
    ),
    "rename-alone": ('{"type":"rename","file_path":"a","new_path":"b"}', ["a"], False, set()),
    "operations-wrapper": (json.dumps({"operations": [create("a")]}), ["a"], False, {"wrapper"}),
    "files-by-name": ('{"files":{"a":"x"}}', ["a"], False, {"wrapper"}),
    "one-operation": (A, ["a.py"], False, set()),
    "prose-with-a-delete": (f'See {{"type":"delete","file_path":"x"}}.\n{A}', ["a.py"], False, {"prose"}),
}  # fmt: skip


@pytest.mark.parametrize("row", RECOVERED)
def test_is_recovered(row):
    text, files, truncated, named = RECOVERED[row]
    found = edits(text)
    assert (paths(found), found.truncated) == (files, truncated)
    assert set(repairs(found)) >= named
    assert [n.number for n in found.operations] == list(range(1, len(files) + 1))


# What isn't: the reply, its codes, the operations that were fine.
REFUSED = {
    "bad-line-in-the-middle": (f'{A}\n{{"type":"create",}},}}\n{C}', ["bad-json"], (1, 3)),
    "sentence-that-begins-with-a-delete": (
        f'{A}\n{{"type":"delete","file_path":"important.py"}} is wrong', ["bad-json"], (1,),
    ),
    "rename-without-fields": ('{"type":"rename"}', ["bad-operation"], ()),
    "unknown-alone": ('{"type":"teleport"}', ["unknown-operation"], ()),
    "plan-of-another-tool": (
        '{"operations":[{"type":"prepend","file_path":"a","line":2,"content":"x"}]}', ["unknown-operation"], (),
    ),
    "content-null": ('{"type":"create","file_path":"a","content":null}', ["bad-operation"], ()),
    "path-for-file-path": ('{"type":"create","path":"a","content":"x"}', ["bad-operation"], ()),
    "meta-says-three": (f"{META.format(3)}{A}", ["operation-count"], (1,)),
    "files-delete-with-content": ('{"files":[{"path":"a","mode":"delete","new_content":"x"}]}', ["bad-operation"], ()),
    "type-left-out": ('{"file_path":"a","content":"x"}', ["unknown-operation"], ()),
    "delete-true": ('{"file_path":"a","delete":true}', ["unknown-operation"], ()),
}  # fmt: skip


@pytest.mark.parametrize("row", REFUSED)
def test_is_refused_whole(row):
    text, expected, good = REFUSED[row]
    found = unusable(text)
    assert (codes(found), found.good, found.truncated) == (expected, good, False)
    assert all(problem.hint for problem in found.problems)


def test_a_whole_replacement_is_no_create():
    files = {"files": [{"path": "a", "mode": "modify", "new_content": "new\n"}]}
    found = edits(json.dumps(files))
    assert types(found) == ["replace_file"]
    assert contents(plan(found, MemoryTree({"a": b"old\n"}))) == {"a": b"new\n"}
    assert codes(plan(found, MemoryTree())) == ["file-missing"]


def test_a_create_of_a_wrapper_is_not_laid_over_a_file():
    found = plan(edits('{"files":[{"path":"a","new_content":"x"}]}'), MemoryTree({"a": b"old\n"}))
    # Whether the phase base has it is the policy's to judge; the plan says that it was created.
    assert isinstance(found, PlannedTree | Unusable)
    if isinstance(found, PlannedTree):
        assert found.created == {"a"}
