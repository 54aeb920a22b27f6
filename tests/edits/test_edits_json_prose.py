"""What is prose stays prose, whatever it looks like; what may be an operation is never passed by."""

import json

import pytest
from edits_json_replies import A, B, edits, paths, repairs, unusable
from edits_memory_tree import codes

from harness.edits.reply import parse_reply

PROSE = {
    "css": "{ color: red; }",
    "css-lines": "a {\n  color: red;\n}\n{\n  color: red;\n}",
    "c": "{\n  int x = 1;\n  { y(); }\n}",
    "javascript": "{ name: 'x', kind: [1] }",
    "javascript-lines": "{\n  name: 'x',\n  run() { return {} },\n}",
    "typescript-import": "{ foo, bar }",
    "placeholder": "{name} is replaced by {value}.",
    "jinja": "{% if x %}\n{{ x }}\n{% endif %}",
    "json": '{"name": "x", "version": "1"}',
    "json-lines": json.dumps({"name": "x", "type": "module", "files": ["dist"], "scripts": {"a": "b"}}, indent=2),
    "json-array": '["a.py", "b.py"]',
    "json-array-of-objects": '[{"a": 1}, {"b": 2}]',
    "json-with-a-comma-too-many": '[{"a": 1},]',
    "json-with-words-behind": '{"a": 1} is what it answers.',
    "json-twice-a-key": '{"a": 1, "a": 2}',
    "json-not-a-number": '{"a": NaN}',
    "json-broken": '{"a": 1,\n "b": }',
    "json-unclosed": '{"a": {"b": 1}\n\nand so on',
    "link": "[text](https://example.org) and [1]",
    "link-definition": "[//]: # (hidden)",
    "checkbox": "[ ] to do\n[x] done",
    "brace": "{\n\nis a brace",
    "numbered": "1. {x}\n2. [y]\n3. {",
    "quoted": '"{"type":"delete","file_path":"a.py"}"',
    "python-dict": "{'name': 'x'}",
    "keys-that-only-end-alike": '{"xpath": "//a", "subtype": "create", "profiles": [{"a": 1}], "x_path": 1}',
    "words-in-strings": '{"note": "the \\"type\\": \\"create\\" is \\"path\\": wrong"}',
}  # fmt: skip


@pytest.mark.parametrize("name", PROSE)
@pytest.mark.parametrize("place", ["before", "behind", "fenced", "indented"])
def test_prose_beside_operations(name, place):
    prose = PROSE[name]
    text = {
        "before": f"{prose}\n{A}\n{B}\n",
        "behind": f"{A}\n{B}\n{prose}\n.\n",
        "fenced": f"{A}\n```\n{prose}\n```\n{B}\n",
        "indented": f"{A}\n" + "".join(f"    {line}\n" for line in prose.split("\n")) + f"\n{B}\n",
    }[place]
    found = edits(text)
    assert paths(found) == ["a.py", "b.py"]
    assert (found.truncated, found.total) == (False, None)
    assert set(repairs(found)) <= {"prose", "fence", "numbering"}


THOUGHTS = ("<think>\n{}\n</think>\n", "\n<thinking>{}</thinking>\n", "Thinking...\n{}\n...done thinking.\n")


@pytest.mark.parametrize("thoughts", THOUGHTS)
def test_what_a_model_thought_first_is_no_edit(thoughts):
    """Reasoning models draft there what they then decide against."""
    found = edits(thoughts.format(A) + B + "\n</think>\n")
    assert (paths(found), set(repairs(found))) == (["b.py"], {"prose"})
    assert found.operations[0].line == thoughts.count("\n") + 1
    cut = parse_reply(thoughts.format(A)[:-7].encode())
    assert (codes(cut), cut.truncated) == (["no-edits"], True)
    assert paths(edits(f"{A}\n{THOUGHTS[0].format(B)}")) == ["a.py", "b.py"]


@pytest.mark.parametrize("name", PROSE)
def test_prose_alone_is_no_edit(name):
    found = parse_reply(PROSE[name].encode())
    assert codes(found) == ["unknown-operation" if name == "json-lines" else "no-edits"]
    assert not found.truncated


MEANT = {
    "sentence": ('{"type":"delete","file_path":"a"} would be wrong', "bad-json"),
    "sentence-behind-a-pretty-one": ('{\n  "type": "delete",\n  "file_path": "a"\n} would be wrong', "bad-json"),
    "broken": ('{"type": "delete" "file_path": "a"}', "bad-json"),
    "broken-in-other-quotes": ("{'type': 'delete' 'file_path': 'a'}", "bad-json"),
    "broken-and-bare": ("{type: delete, file_path: a}", "bad-json"),
    "broken-lines": ("{\n  'type': 'delete',\n  'file_path': a\n}", "bad-json"),
    "broken-lines-not-indented": ("{\n'note': x,\n'type': 'delete',\n'file_path': 'a'\n}", "bad-json"),
    "broken-wrapper": ('{\n  "files": [\n    {"path": "a"\n  ]\n}', "bad-json"),
    "broken-bare-wrapper": ("{\n  notes: x,\n  files: [\n    {path: a}\n  ]\n}", "bad-json"),
    "broken-as-code": ("{type = 'delete', file_path: 'a'}", "bad-json"),
    "word-processed": ("{“type”: “delete”, “file_path”: “a”}", "bad-json"),
    "word-processed-lines": ("{\n  “type”: “delete”,\n  “file_path”: “a”\n}", "bad-json"),
    "no-type": ('{"file_path": "a", "content": "x"}', "unknown-operation"),
    "no-type-but-a-path": ('{"path": "a", "content": "x"}', "unknown-operation"),
    "no-type-and-a-key-escaped": ('{"file\\u005fpath": "a", "content": "x"}', "unknown-operation"),
    "unknown-type-with-a-path": ('{"type": "copy", "path": "a"}', "unknown-operation"),
    "unknown-type-in-front": ('{"type": "copy", "from": "a"}', "unknown-operation"),
    "a-change-alone": ('{"type": "append", "content": "x"}', "unknown-operation"),
    "an-unknown-wrapper": ('{"edits": [{"path": "a", "content": "x"}]}', "unknown-operation"),
    "an-operation-within": ('{"result": {"type": "delete", "file_path": "a"}}', "unknown-operation"),
    "an-operation-deep-within": ('{"a": [[{"b": {"type": "delete"}}]]}', "unknown-operation"),
    "twice-a-key": ('{"path": "a", "path": "b"}', "duplicate-key"),
    "not-a-number": ('{"path": "a", "mode": NaN}', "bad-number"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANT)
@pytest.mark.parametrize("place", ["before", "behind", "indented"])
def test_what_may_be_an_operation_makes_the_reply_unusable(name, place):
    text, code = MEANT[name]
    if place == "indented":
        text = "\n".join(f"  {line}" for line in text.split("\n"))
    found = unusable(f"{text}\n{A}\n" if place == "before" else f"{A}\n{text}\nand that is all.\n")
    assert codes(found)[0] == code
    assert found.good
    # That of a wrapper is told at the item which is at fault.
    assert found.problems[0].line == (1 if place == "before" else 2) + (2 if name == "broken-wrapper" else 0)


@pytest.mark.parametrize("name", MEANT)
def test_and_alone_it_is_told_what_is_wrong(name):
    text, code = MEANT[name]
    assert codes(unusable(text))[0] == ("no-edits" if name == "no-type-and-a-key-escaped" else code)


class TestUnknownTypes:
    @pytest.mark.parametrize(
        "text", ['{"type":"rename2"}', '[{"type":"rename2"}]', '{\n"a": 1, "type": "x"\n}']
    )
    def test_alone_they_are_told(self, text):
        found = unusable(text)
        assert codes(found) == ["unknown-operation"]
        assert "unknown" in found.problems[0].message

    def test_several_are_all_told(self):
        found = unusable('{"a": 1, "type": "x"}\n{"a": 1, "type": "y"}')
        assert [p.line for p in found.problems] == [1, 2]

    def test_in_front_of_an_object_on_a_line_it_is_meant_as_an_operation(self):
        assert codes(unusable(f'{A}\n{{"type":"explode"}}')) == ["unknown-operation"]

    def test_elsewhere_in_json_it_is_not(self):
        text = '{\n  "name": "x",\n  "type": "module"\n}\n'
        assert paths(edits(f"{text}{A}")) == ["a.py"]


class TestEvidence:
    """What speaks for operations beside a diff: only lines that aren't indented settle it."""

    DIFF = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"

    @pytest.mark.parametrize("text", [A, f"[{A}]", '{"files": [{"path": "a"', "{'type': 'delete'}", "{path: 'a'}",
                                      '{\n  "type": "delete"'])  # fmt: skip
    def test_not_indented_it_is_a_second_format(self, text):
        assert codes(unusable(f"{self.DIFF}\n{text}\n")) == ["mixed-formats"]

    def test_indented_it_may_be_a_line_of_the_diff(self):
        diff = f"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n {A}\n-a\n+b\n"
        assert parse_reply(diff.encode()).format == "unified-diff"

    def test_a_whole_reply_may_be_indented(self):
        assert paths(edits(f"  {A}\n  {B}\n")) == ["a.py", "b.py"]

    @pytest.mark.parametrize("prose", ['{"name": "x"}', "{ color: red; }", "[1, 2]"])
    def test_prose_beside_a_diff_is_none(self, prose):
        assert parse_reply(f"{prose}\n{self.DIFF}".encode()).format == "unified-diff"
