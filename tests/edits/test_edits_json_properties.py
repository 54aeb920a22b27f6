"""Properties of JSON replies: every shape means the same, a cut keeps what was whole, nothing is made up."""

import json

import pytest
from edits_json_replies import SHAPES, edits
from edits_memory_tree import MemoryTree, contents, create
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edits.model import OperationEdits, PlannedTree, Unusable
from harness.edits.plan import plan
from harness.edits.repairs import FRAMING
from harness.edits.reply import parse_reply

names = st.text("abcé _-[]", min_size=1, max_size=8).map(lambda name: f"f{name}f")
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
# What a reader might take for the end of a string, of a value or of the edits.
hard_texts = st.lists(st.sampled_from(['"', "\\", "}", "]", "{", ",", "\n", "```\n", "'", "x", '{"type":"delete"}']), max_size=8).map("".join)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@given(files=st.dictionaries(paths, texts | hard_texts, min_size=1, max_size=6), strict=st.booleans())
@settings(max_examples=20, deadline=None)
def test_what_is_rendered_parsed_and_planned_is_the_same_files(shape, files, strict):
    reply = SHAPES[shape]([create(path, text) for path, text in files.items()])
    found = plan(edits(reply, strict=strict), MemoryTree())
    if isinstance(found, Unusable):
        # One of them is the folder of another, or their names fold together.
        assert {p.code for p in found.problems} <= {"parent-not-folder", "is-folder", "duplicate-operation"}
        return
    assert contents(found) == {path: text.encode() for path, text in files.items()}
    assert found.declared == found.created == set(files)


def ends_of_operations(reply: str, count: int) -> list[int]:
    """The byte at which each operation is complete, found by its path, which stands in nothing else."""
    ends = []
    for number in range(count):
        start = reply.rindex("{", 0, reply.index(f'"%{number}"'))
        _, end = json.JSONDecoder().raw_decode(reply, start)
        ends.append(len(reply[:end].encode()))
    return ends


@pytest.mark.parametrize("shape", SHAPES)
@given(contents=st.lists(hard_texts | st.text("é😀x\n", max_size=9), min_size=1, max_size=3), data=st.data())
@settings(max_examples=8, deadline=None)
def test_a_cut_at_any_byte_keeps_exactly_what_was_complete(shape, contents, data):
    reply = SHAPES[shape]([create(f"%{number}", text) for number, text in enumerate(contents)])
    whole = edits(reply)
    ends = ends_of_operations(reply, len(contents))
    truncated, strict = data.draw(st.booleans()), data.draw(st.booleans())
    for end in range(len(reply.encode())):
        cut = reply.encode()[:end]
        found = parse_reply(cut, truncated=truncated, strict=strict)
        complete = sum(one <= end for one in ends)
        if isinstance(found, Unusable):
            assert (complete, [p.code for p in found.problems]) == (0, ["no-edits"]), cut
            continue
        assert isinstance(found, OperationEdits), cut
        assert found.operations == whole.operations[:complete], cut
        if shape in ONE_VALUE:
            assert found.truncated == (truncated or cut.strip() != reply.encode().strip()), cut
        elif shape == "lines":
            assert found.truncated == (
                truncated or cut.split(b"\n")[-1] not in (b"", *reply.encode().split(b"\n"))
            ), cut


ONE_VALUE = ("array", "array-of-lines", "pretty-array", "files", "pretty-files", "operations")


operations = st.one_of(
    st.builds(create, paths, texts),
    st.builds(lambda path: {"type": "delete", "file_path": path}, paths),
    st.builds(
        lambda path, text: {
            "type": "modify",
            "file_path": path,
            "operations": [{"type": "append", "content": text}],
        },
        paths,
        texts,
    ),
)


@given(st.lists(operations, min_size=1, max_size=4), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_python_literals_mean_the_same_or_are_refused(proposed, indent):
    text = "\n".join(" " * indent + repr(operation) for operation in proposed)
    found = parse_reply(text.encode())
    expected = edits("".join(f"{json.dumps(operation)}\n" for operation in proposed))
    if isinstance(found, Unusable):
        # An escape that JSON doesn't have, or has with another meaning.
        assert {p.code for p in found.problems} == {"bad-json"}
        assert any(escape in text for escape in ("\\x", "\\u", "\\U"))
        return
    assert [n.operation for n in found.operations] == [n.operation for n in expected.operations]


@given(st.lists(operations, min_size=1, max_size=3), st.sampled_from(["", ",", " , "]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_bare_keys_mean_the_same_or_are_refused(proposed, comma, pretty):
    rendered = [json.dumps(one, ensure_ascii=False, indent=2 if pretty else None) for one in proposed]
    for key in ("type", "file_path", "content", "operations"):
        rendered = [text.replace(f'"{key}":', f"{key}:") for text in rendered]
    text = "".join(f"{one}{comma}\n" for one in rendered)
    found = parse_reply(text.encode())
    if isinstance(found, Unusable):
        assert {p.code for p in found.problems} == {"bad-json"}
        return
    expected = edits("".join(f"{json.dumps(operation)}\n" for operation in proposed))
    assert [n.operation for n in found.operations] == [n.operation for n in expected.operations]


pieces = st.sampled_from(
    [
        b'{"type":"create","file_path":"a","content":"x"}',
        b'{"type":"delete","file_path":"b"}',
        b'{"type":"meta","total_operations":1}',
        b'{"path":"c","mode":"delete"}',
        b'{"path":"d","new_content":"y"}',
        b'"type":"create",', b'"file_path":"e"', b'"content":"', b'"operations":[', b'"files":[', b'"files":{',
        b'{"type":"append","content":"z"}', b'"type":"modify"', b"'type': 'delete', 'file_path': 'p'", b"type: 'delete'",
        b"{", b"}", b"[", b"]", b",", b":", b'"', b"'", b"\\", b"\\u0041", b"\\ud800", b" ", b"  ", b"\t", b"\n", b"\n", b"\r\n",
        b"```", b"```json\n", b"1. ", b"prose", b"null", b"True", b"NaN", b"-", b"12", b"//", b"/*", b"*/", b"#",
        b"\xef\xbb\xbf", b"\xc3", b"\xe2\x80\x9c", b"\0",
    ]
)  # fmt: skip


@given(st.binary(max_size=200) | st.lists(pieces, max_size=14).map(b"".join), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_whatever_the_bytes_the_answer_is_edits_or_why_not(data, truncated, strict):
    found = parse_reply(data, truncated=truncated, strict=strict, named="ndjson")
    if isinstance(found, Unusable):
        assert found.problems
        for problem in found.problems:
            assert problem.code
            assert problem.message.isprintable()
            assert problem.hint.isprintable()
            assert problem.line is None or 1 <= problem.line <= data.count(b"\n") + 1
    else:
        assert isinstance(found, OperationEdits)
        assert [n.number for n in found.operations] == list(range(1, len(found.operations) + 1))
        assert [n.line for n in found.operations] == sorted(n.line for n in found.operations)
        assert not strict or {repair.name for repair in found.repairs} <= FRAMING
        assert isinstance(plan(found, MemoryTree({"a": b"x\n"})), PlannedTree | Unusable)


@given(st.lists(pieces, max_size=14).map(b"".join), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_operation_is_made_up(data, truncated):
    """Under strict every operation stands in the reply as strict JSON, and is read without it too."""
    found = parse_reply(data, truncated=truncated, strict=True, named="ndjson")
    if isinstance(found, Unusable):
        return
    lenient = parse_reply(data, truncated=truncated, named="ndjson")
    assert isinstance(lenient, OperationEdits)
    assert lenient.operations == found.operations
    objects = objects_in(data.decode(errors="replace"))
    for numbered in found.operations:
        told = numbered.operation.model_dump(exclude_unset=True)
        assert any(told.items() <= as_wire(one, key).items() for key, one in objects), (told, objects)


def objects_in(text: str) -> list[tuple[str, dict]]:
    """Every object that begins at some brace, and with each the keys under which it may stand."""
    found = []
    for start in (index for index, character in enumerate(text) if character == "{"):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        found.append(("", value))
        found += [(key, {"content": one}) for key, one in value.items() if isinstance(one, str)]
    return found


def as_wire(value: dict, key: str) -> dict:
    """An object as the operation it would be, also as a file item."""
    if "type" in value:
        operations = value.get("operations")
        return {**value, "operations": tuple(operations)} if isinstance(operations, list) else value
    kind = {"modify": "replace_file", "delete": "delete"}.get(value.get("mode"), "create")
    content = value.get("content", value.get("new_content"))
    return {"type": kind, "file_path": value.get("path", value.get("file_path", key)), "content": content}
