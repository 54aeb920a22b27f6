"""Operations in JSON that isn't strict: read where there is one reading, named, and left alone under strict."""

import json

import pytest
from edits_json_replies import A, B, edits, paths, repairs, unusable
from edits_memory_tree import codes, create

from harness.edits.limits import Limits

PYTHON = "{'type': 'create', 'file_path': 'x.py', 'content': 'x\\n'}"
BARE = "{type: 'create', file_path: 'x.py', content: 'x\\n'}"

READ = {
    "comma-behind": (f"{A},\n{B},\n", ["a.py", "b.py"], {"trailing-comma": 1}),
    "comma-inside": (f"{A[:-1]},}}\n{B}", ["a.py", "b.py"], {"trailing-comma": 1}),
    "comma-with-blanks": (f"{A[:-1]} , }} ,\t\n{B}", ["a.py", "b.py"], {"trailing-comma": 1}),
    "commas-in-a-pretty-one": (
        json.dumps(create("a.py"), indent=2).replace('\n}', ",\n}") + f"\n{B}", ["a.py", "b.py"],
        {"trailing-comma": 1, "pretty-printed": 1},
    ),
    "comma-behind-the-last-item": (f"[\n{A},\n{B},\n]\n", ["a.py", "b.py"], {"trailing-comma": 3}),
    "commas-in-items": (f"[\n{A[:-1]},}},\n{B}\n]\n", ["a.py", "b.py"], {"trailing-comma": 2}),
    "commas-in-a-wrapper": (
        '{\n  "files": [\n    {"path": "a", "new_content": "x",},\n    {"path": "b", "new_content": "y"},\n  ],\n}\n',
        ["a", "b"], {"trailing-comma": 3, "wrapper": 1},
    ),
    "commas-everywhere-on-one-line": (f"[{A[:-1]},}}, {B[:-1]},}},]", ["a.py", "b.py"], {"trailing-comma": 1}),
    "python": (f"{PYTHON}\n{B}", ["x.py", "b.py"], {"python-literal": 1}),
    "python-with-commas": (f"{PYTHON[:-1]},}},\n{B}", ["x.py", "b.py"], {"python-literal": 1, "trailing-comma": 1}),
    "python-meta": (
        f"{{'type': 'meta', 'summary': None, 'total_operations': 1}}\n{PYTHON}", ["x.py"], {"python-literal": 1},
    ),
    "python-with-braces-in-it": (PYTHON.replace("x\\n", "if (x) {") + f"\n{B}", ["x.py", "b.py"], {"python-literal": 1}),
    "python-array": (f"[{PYTHON}, {PYTHON.replace('x.py', 'y.py')}]", ["x.py", "y.py"], {"python-literal": 1}),
    "python-array-of-lines": (f"[\n{PYTHON},\n{B}\n]\n", ["x.py", "b.py"], {"python-literal": 2, "array": 1}),
    "python-wrapper": (
        repr({"files": [{"path": "a", "new_content": "it's"}]}), ["a"], {"python-literal": 1, "wrapper": 1},
    ),
    "python-pretty": (
        "{\n    'files': [\n        {'path': 'a', 'new_content': 'x'},\n    ],\n}\n", ["a"],
        {"python-literal": 1, "pretty-printed": 1},
    ),
    "python-modify": (
        "{'type': 'modify', 'file_path': 'a', 'operations': [{'type': 'append', 'content': 'x'}]}", ["a"],
        {"python-literal": 1},
    ),
    "bare-keys": (f"{BARE}\n{B}", ["x.py", "b.py"], {"json5": 1}),
    "bare-keys-and-double-quotes": (BARE.replace("'", '"'), ["x.py"], {"json5": 1}),
    "comments": (
        "{\n  // the new module\n  type: 'create', /* new */\n  file_path: 'x.py',\n  content: '// kept',\n}\n", ["x.py"],
        {"json5": 1, "pretty-printed": 1},
    ),
    "single-quotes-and-null": ("{'type': 'meta', 'summary': null}\n" + A, ["a.py"], {"json5": 1}),
    "tab-in-a-string": (A.replace("x\\n", "\tx"), ["a.py"], {"control-character": 1}),
    "tab-and-comma": (A.replace("x\\n", "\tx")[:-1] + ",}", ["a.py"], {"control-character": 1, "trailing-comma": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_is_read_and_named(name):
    text, files, named = READ[name]
    found = edits(text)
    assert paths(found) == files
    assert named.items() <= repairs(found).items()
    assert not found.truncated


@pytest.mark.parametrize("name", READ)
def test_is_refused_under_strict(name):
    found = unusable(READ[name][0], strict=True)
    assert set(codes(found)) == {"bad-json"}
    assert all(problem.hint for problem in found.problems)
    assert not {"python-literal", "json5", "trailing-comma", "control-character"} & set(repairs(found))


CONTENTS = ["it's", 'a "word"', "\\", "\\n", "tab\tline\nend", "é 😀 \u2028", "{'a': 1}", "// no comment", ",}", "",
            "'''", "null", "#"]  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("bare", [True, False])
def test_content_is_the_same_however_it_is_quoted(content, quote, bare):
    inside = json.dumps(content, ensure_ascii=False)[1:-1]
    if quote == "'":
        inside = inside.replace('\\"', '"').replace("'", "\\'")
    told = f"{quote}{inside}{quote}"
    text = f"{{type: 'create', file_path: 'x', content: {told}}}"
    if not bare:
        text = f"{{'type': 'create', 'file_path': 'x', 'content': {told}}}"
    found = edits(text)
    assert found.operations[0].operation.content == content
    assert list(repairs(found)) == ["json5" if bare else "python-literal"]


# Escapes that JSON, JSON5 and Python read each in their own way, or not at all.
@pytest.mark.parametrize("escape", ["\\/", "\\x41", "\\101", "\\0", "\\a", "\\v", "\\N{DASH}", "\\U0001f600", "\\q",
                                    "\\ud83d\\ude00", "\\ud800", "\\u12", "\\\n"])  # fmt: skip
@pytest.mark.parametrize("text", [PYTHON, BARE])
def test_an_escape_with_two_readings_is_refused(text, escape):
    assert set(codes(unusable(text.replace("x\\n", f"a{escape}b")))) == {"bad-json"}


@pytest.mark.parametrize(
    "text",
    [
        "{'type': 'delete', 'file_path': 'a', 'file_path': 'b'}",
        "{type: 'delete', file_path: 'a', file_path: 'b'}",
        "{type: 'delete', file_path: 'a', 'file_path': 'b'}",
        "{'type': 'delete', 'file_path': 'a', 'file\\u005fpath': 'b'}",
        '{"type": "delete", "file_path": "a", "file_path": "b",}',
        "[{'type': 'delete', 'file_path': 'a', 'file_path': 'b'}]",
        "{'operations': [{'type': 'delete', 'file_path': 'a', 'file_path': 'b'}]}",
    ],
)
def test_a_key_twice_is_refused(text):
    assert codes(unusable(f"{A}\n{text}\n{B}")) == ["duplicate-key"]


@pytest.mark.parametrize(
    "text",
    [
        "{'type': 'create', 'file_path': 'a', 'content': b'x'}",
        "{'type': 'create', 'file_path': 'a', 'content': f'x'}",
        "{'type': 'create', 'file_path': 'a', 'content': r'x'}",
        "{'type': 'create', 'file_path': 'a', 'content': 'x' 'y'}",
        "{'type': 'create', 'file_path': 'a', 'content': 'x' + 'y'}",
        "{'type': 'create', 'file_path': 'a', 'content': '''x'''}",
        "{'type': 'create', 'file_path': 'a', 'content': open('x').read()}",
        "{'type': 'create', 'file_path': 'a', 'content': ('x')}",
        "{'type': 'create', 'file_path': 'a', **{'content': 'x'}}",
        "{'type': 'create', 'file_path': 'a', 'content': `x`}",
        "{'type', 'create', 'file_path': 'a'}",
        "{type = 'create', file_path: 'a', content: 'x'}",
        "{“type”: “create”, “file_path”: “a”, “content”: “x”, path: 1}",
        "{'type': 'create', 'file_path': 'a', 'content': 'x'",
        "{'type': 'create', 'file_path': 'a', 'content': 'it's'}",
        "{'type': 'create', 'file_path': 'a', 'content': undefined}",
        "{'type': 'create', 'file_path': 'a', 'content': 'x',,}",
        "{type: create, file_path: a, content: x}",
    ],
)
def test_other_code_is_refused(text):
    assert set(codes(unusable(f"{text}\n{A}"))) == {"bad-json"}


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "0x10", "1_0", "010", "1.5", "9" * 30]
)
@pytest.mark.parametrize(
    "text", ["{{'type': 'meta', 'total_operations': {}}}", "{{type: 'meta', total_operations: {}}}"]
)
def test_numbers_are_those_of_json(text, number):
    found = unusable(f"{text.format(number)}\n{A}")
    assert set(codes(found)) <= {"bad-json", "bad-number", "bad-operation"}


def test_values_of_python_and_json_are_not_mixed():
    assert codes(unusable("{'type': 'meta', 'summary': None, \"total_operations\": null}\n" + A)) == [
        "bad-json"
    ]


class TestTheBudget:
    """What is slow to read leniently is read up to a size, all of a reply together."""

    LINE = "{{type: 'create', file_path: 'f{}', content: '{}'}}\n"

    def test_is_for_the_whole_reply(self):
        small = Limits(relaxed_bytes=1_000)
        assert len(edits(self.LINE.format(0, "x"), limits=small).operations) == 1
        found = unusable("".join(self.LINE.format(n, "x") for n in range(20)), limits=small)
        assert set(codes(found)) == {"bad-json"}
        assert 1 <= len(found.good) < 20

    def test_hardly_counts_what_strings_hold(self):
        found = edits("".join(self.LINE.format(n, "x" * 9_000) for n in range(20)))
        assert len(found.operations) == 20

    def test_is_not_spent_on_what_speaks_for_no_edit(self):
        prose = "{name: 'x', value: [1, 2]}\n" * 2_000
        assert paths(edits(f"{prose}{BARE}\n")) == ["x.py"]

    def test_does_not_hold_back_commas(self):
        commas = "".join(json.dumps(create(f"f{n}", "x" * 900))[:-1] + ",},\n" for n in range(300))
        assert len(edits(commas, limits=Limits(relaxed_bytes=0)).operations) == 300
