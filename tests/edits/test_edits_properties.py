"""Properties of every reply: nothing raises, nothing is half read, what is rendered is what is planned."""

import difflib

from edits_memory_tree import MemoryTree
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edits.model import OperationEdits, PatchEdits, PlannedTree, Unusable
from harness.edits.plan import plan
from harness.edits.reply import parse_reply

lines = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=12), max_size=8
)

# What replies are made of, whole and broken, to be put together in any order.
fragments = st.sampled_from(
    [
        b'{"type":"create","file_path":"a","content":"x"}',
        b'{"type":"delete","file_path":"b"}',
        b'{"type":"meta","total_operations":1}',
        b'{"type":"modify","file_path":"a","operations":[{"type":"append","content":"',
        b'{"files":[',
        b"[",
        b"{",
        b"}",
        b'"',
        b"\\",
        b"\n",
        b"\r\n",
        b"```",
        b"```json\n",
        b"1. ",
        b"prose",
        b" ",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\0",
        b"diff --git a/x b/x\n",
        b'diff --git "a/\\303\\251" "b/\\303\\251"\n',
        b"diff --git ",
        b"--- a/x\n+++ b/x\n",
        b"--- /dev/null\n",
        b'+++ "b/x\n',
        b"new file mode 100644\n",
        b"rename from x\nrename to y\n",
        b"deleted file mode 100644\n",
        b"old mode 100644\nnew mode 100755\n",
        b"index 1..2\n",
        b"@@ -1 +1 @@\n-a\n+b\n",
        b"@@ -1,2 +1 @@\n",
        b"@@ ",
        b" context\n",
        b"+added\n",
        b"-removed\n",
        b"\\ No newline at end of file\n",
        b"GIT binary patch\nliteral 1\nIc${MZ000310RR91\n\n",
        b"Binary files a/x and b/x differ\n",
        b"-- \n2.39.5\n",
        b"*** Begin Patch\n",
        b"<<<<<<< SEARCH\n",
    ]
)


@given(st.binary(max_size=300) | st.lists(fragments, max_size=12).map(b"".join), st.booleans())
@settings(max_examples=400)
def test_whatever_the_bytes_the_answer_is_edits_or_why_not(data, truncated):
    found = parse_reply(data, truncated=truncated)
    if isinstance(found, Unusable):
        assert found.problems
        for problem in found.problems:
            assert problem.code
            assert problem.message.isprintable()
            assert problem.hint.isprintable()
    elif isinstance(found, OperationEdits):
        assert found.operations
        assert [n.number for n in found.operations] == list(range(1, len(found.operations) + 1))
        planned = plan(found, MemoryTree({"a": b"x\n"}))
        assert isinstance(planned, PlannedTree | Unusable)
    else:
        assert isinstance(found, PatchEdits)
        assert found.files
        assert found.patch.endswith(b"\n")
        assert found.patch[:-1].rstrip(b"\n") in data


@given(lines, lines, st.integers(0, 5))
def test_a_diff_is_counted_as_its_lines_are(before, after, context):
    diff = _diff(before, after, context)
    if not diff:
        return
    found = parse_reply(diff)
    assert isinstance(found, PatchEdits), found
    body = diff.decode().split("\n")[2:]
    (file,) = found.files
    assert (file.source, file.target, file.kind) == ("f", "f", "modify")
    assert file.added_lines == sum(line.startswith("+") for line in body)
    assert file.removed_lines == sum(line.startswith("-") for line in body)
    assert found.patch == diff


def _diff(before, after, context) -> bytes:
    told = difflib.unified_diff(before, after, "a/f", "b/f", n=context, lineterm="")
    return "".join(f"{line}\n" for line in told).encode()


@given(lines, lines, st.data())
def test_a_diff_cut_at_any_byte_is_refused_on_the_agents_word(before, after, data):
    diff = _diff(before, after, 3)
    end = data.draw(st.integers(0, len(diff)))
    assert isinstance(parse_reply(diff[:end], truncated=True), Unusable)


@given(lines, lines, st.lists(st.integers(0, 40), max_size=3), st.booleans())
def test_a_mangled_diff_is_read_or_refused(before, after, dropped, shuffled):
    rows = _diff(before, after, 3).decode().split("\n")
    rows = [row for index, row in enumerate(rows) if index not in dropped]
    found = parse_reply("\n".join(reversed(rows) if shuffled else rows).encode())
    assert isinstance(found, PatchEdits | Unusable)
