"""Properties of the text formats: rendered and read alike, cut anywhere, made of pieces in any order."""

import ast
import inspect
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codes import all_explanations
from harness.edits import (
    codex_chunks,
    codex_patch,
    other_edits,
    search_blocks,
    search_replace,
    text_reading,
    whole_file,
)
from harness.edits.codex_patch import CODEX_PATCH
from harness.edits.formats import Evidence, Reply
from harness.edits.limits import DEFAULT_LIMITS
from harness.edits.model import (
    Block,
    ChangeBlocks,
    Create,
    Delete,
    OperationEdits,
    Rename,
    Unusable,
    WriteFile,
)
from harness.edits.repairs import FRAMING, REPAIRS
from harness.edits.search_replace import SEARCH_REPLACE
from harness.edits.whole_file import WHOLE_FILE

FORMATS = [CODEX_PATCH, SEARCH_REPLACE, WHOLE_FILE]
EXPLAINED = all_explanations()

paths = st.sampled_from(["a.py", "src/é.py", "docs/b.md", ".gitignore", "Makefile", "src/x/y/z.test.ts"])
# Lines of files, with what the formats themselves are made of among them.
texts = st.text("ab é\t+-@*`~<=>\u2028", max_size=8).filter(lambda line: not line.endswith("\r"))


def reply_of(data, truncated=False, strict=False) -> Reply:
    data = data if isinstance(data, bytes) else data.encode()
    return Reply.of(data, truncated, (), DEFAULT_LIMITS, strict)


def read(format_, data, **options) -> list:
    """The operations, without the places in the reply that rendering decides."""
    found = format_.read(reply_of(data, **options))
    assert isinstance(found, OperationEdits), found
    return [_placeless(numbered.operation) for numbered in found.operations]


def _placeless(operation):
    if not isinstance(operation, ChangeBlocks):
        return operation
    blocks = tuple(Block(0, b.old, b.new, b.anchors, b.at_end) for b in operation.blocks)
    return ChangeBlocks(operation.file_path, blocks)


# codex-patch: a section is its text and its operations.


@st.composite
def chunks(draw) -> tuple[str, Block]:
    anchors = draw(st.lists(st.sampled_from(["def f():", "  class A", "@@", "-x", "é"]), max_size=2))
    lines = draw(st.lists(st.tuples(st.sampled_from(" -+"), texts), min_size=1, max_size=5))
    at_end = draw(st.booleans())
    lines.append(("-", "gone"))
    marks = "".join(f"@@ {anchor}\n" for anchor in anchors) or "@@\n"
    text = marks + "".join(f"{prefix}{line}\n" for prefix, line in lines)
    old = tuple(line for prefix, line in lines if prefix != "+")
    new = tuple(line for prefix, line in lines if prefix != "-")
    return text + ("*** End of File\n" if at_end else ""), Block(0, old, new, tuple(anchors), at_end)


@st.composite
def sections(draw) -> tuple[str, list]:
    path, target = draw(paths), draw(st.none() | paths)
    kind = draw(st.sampled_from(["add", "delete", "update"]))
    if kind == "add":
        lines = draw(st.lists(texts, max_size=4))
        content = "".join(f"{line}\n" for line in lines)
        added = "".join(f"+{line}\n" for line in lines)
        return f"*** Add File: {path}\n{added}", [Create(type="create", file_path=path, content=content)]
    if kind == "delete":
        return f"*** Delete File: {path}\n", [Delete(type="delete", file_path=path)]
    parts = draw(st.lists(chunks(), min_size=0 if target else 1, max_size=3))
    text = f"*** Update File: {path}\n" + (f"*** Move to: {target}\n" if target else "")
    operations = [ChangeBlocks(path, tuple(block for _, block in parts))] if parts else []
    operations += [Rename(type="rename", file_path=path, new_path=target)] if target else []
    return text + "".join(chunk for chunk, _ in parts), operations


@given(st.lists(sections(), min_size=1, max_size=5), st.booleans())
@settings(max_examples=100, deadline=None)
def test_codex_patch_rendered_and_read(parts, strict):
    text = "*** Begin Patch\n" + "".join(section for section, _ in parts) + "*** End Patch\n"
    assert read(CODEX_PATCH, text, strict=strict) == [o for _, operations in parts for o in operations]


@given(st.lists(sections(), min_size=1, max_size=3), st.booleans(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_codex_patch_cut_anywhere(parts, truncated, strict):
    texts_ = ["*** Begin Patch\n", *(section for section, _ in parts), "*** End Patch"]
    data = "".join(texts_).encode()
    starts = [sum(len(text.encode()) for text in texts_[:index]) for index in range(2, len(texts_))]
    # What begins the next section, or ends the envelope, proves a section complete.
    ends = [at + re.match(rb"[^:\n]*:?", data[at:]).end() for at in starts]
    for end in range(len(data)):
        found = CODEX_PATCH.read(reply_of(data[:end], truncated, strict))
        complete = sum(end >= at for at in ends)
        expected = [o for _, operations in parts[:complete] for o in operations]
        _check_cut(found, expected, [_placeless(n.operation) for n in getattr(found, "operations", ())])
        assert found.truncated or end < len("*** ")


# search-replace: a block is its text, its path and its lines.

MARKER = re.compile(r"<{5,9} SEARCH>?\s*$|={5,9}\s*$|>{5,9} REPLACE\s*$")
contents = st.lists(texts.filter(lambda line: not MARKER.match(line)), max_size=4)
LAYOUTS = [
    "{path}\n```py\n{block}```\n",
    "```\n{path}\n{block}```\n",
    "{path}\n{block}\n",
    "## {path}\n\n```\n{block}```\n",
]


@st.composite
def search_parts(draw) -> tuple[str, str, Block]:
    path, old, new = draw(paths), draw(contents), draw(contents)
    old = old if any(line.strip(" \t") for line in old) else []
    marks = draw(st.integers(5, 9))
    lines = ["<" * marks + " SEARCH", *old, "=" * marks, *new, ">" * marks + " REPLACE"]
    block = "".join(f"{line}\n" for line in lines)
    text = draw(st.sampled_from(LAYOUTS)).format(path=path, block=block)
    return text, path, Block(0, tuple(old), tuple(new))


@given(st.lists(search_parts(), min_size=1, max_size=5), st.booleans())
@settings(max_examples=100, deadline=None)
def test_search_replace_rendered_and_read(parts, strict):
    found = read(SEARCH_REPLACE, "".join(text for text, _, _ in parts), strict=strict)
    assert [(o.file_path, b) for o in found for b in o.blocks] == [(path, block) for _, path, block in parts]
    assert all(a.file_path != b.file_path for a, b in pairwise(found))


@given(st.lists(search_parts(), min_size=1, max_size=3), st.booleans())
@settings(max_examples=30, deadline=None)
def test_search_replace_cut_anywhere(parts, truncated):
    data = "".join(text for text, _, _ in parts).encode()
    ends, at = [], 0
    for text, _, _ in parts:
        ends.append(at + text.encode().rindex(b" REPLACE") + len(b" REPLACE"))
        at += len(text.encode())
    for end in range(len(data)):
        found = SEARCH_REPLACE.read(reply_of(data[:end], truncated))
        expected = [(path, block) for (_, path, block), at in zip(parts, ends, strict=True) if at <= end]
        operations = [_placeless(n.operation) for n in getattr(found, "operations", ())]
        _check_cut(found, expected, [(o.file_path, b) for o in operations for b in o.blocks])


# whole-file: the outer fence is longer than any in the content.


@st.composite
def file_parts(draw) -> tuple[str, WriteFile]:
    path, lines = draw(paths), draw(contents)
    mark = draw(st.sampled_from("`~"))
    runs = [len(run) for line in lines for run in re.findall(f"[{mark}]+", line)]
    fence = mark * max(3, *(run + 1 for run in runs), 3)
    content = "".join(f"{line}\n" for line in lines)
    head = draw(st.sampled_from([f"{path}\n{fence}py", f"{fence}py:{path}", f"**{path}**\n\n{fence}"]))
    return f"{head}\n{content}{fence}\n\n", WriteFile(path, content)


@given(st.lists(file_parts(), min_size=1, max_size=4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_whole_file_rendered_and_read(parts, strict):
    text = "".join(text for text, _ in parts)
    assert read(WHOLE_FILE, text, strict=strict) == [operation for _, operation in parts]


@given(st.lists(file_parts(), min_size=1, max_size=3), st.booleans())
@settings(max_examples=30, deadline=None)
def test_whole_file_cut_anywhere(parts, truncated):
    data = "".join(text for text, _ in parts).encode()
    ends, at = [], 0
    for text, _ in parts:
        at += len(text.encode())
        # On the agent's word a closing fence needs its line end.
        ends.append(at - 1 if truncated else at - 2)
    for end in range(len(data)):
        found = WHOLE_FILE.read(reply_of(data[:end], truncated))
        expected = [operation for (_, operation), at in zip(parts, ends, strict=True) if at <= end]
        if data[:end].endswith((b"`", b"~")) and getattr(found, "problems", None):
            # A bare fence at the very end may belong to the content of the file before it.
            assert {problem.code for problem in found.problems} <= {"ambiguous-fence", "no-edits"}
            continue
        _check_cut(found, expected, [n.operation for n in getattr(found, "operations", ())])


def _check_cut(found, expected, operations) -> None:
    if isinstance(found, Unusable):
        assert not expected
        assert [problem.code for problem in found.problems] == ["no-edits"]
    else:
        assert operations == expected


# Whatever the bytes.

PIECES = [
    "*** Begin Patch\n", "*** End Patch\n", "*** Add File: a.py\n", "*** Delete File: a.py\n",
    "*** Update File: a.py\n", "*** Update File:\n", "*** Move to: b.py\n", "*** End of File\n", "*** X\n",
    "@@\n", "@@ def f():\n", "@@ -1 +1 @@\n", " a\n", "-b\n", "+c\n", "+", "-",
    "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "  <<<<<<< SEARCH\n", ">>>>> REPLACE", "<<<<<",
    "```\n", "```py\n", "````\n", "~~~\n", "   ```\n", "```py:a.py\n", "```diff\n", "```py title='b.py'\n",
    "a.py\n", "**src/b.md**:\n", "### `c d/e`\n", "File: x.y\n", "prose\n", "\n", "\r\n", "\r", "\n...\n",
    "# ... rest of the code ...\n", '{"type":"create","file_path":"a","content":""}\n', "diff --git a/a b/a\n",
    "--- a/a\n+++ b/a\n", "é", "\u2028", "\ufeff", "\0", "apply_patch <<'EOF'\n", "EOF\n", "*", "`" * 40, "<" * 40,
]  # fmt: skip
pieces = st.sampled_from([piece.encode() for piece in PIECES] + [b"\xff", b"\xc3"])
anything = st.lists(pieces, max_size=14).map(b"".join) | st.binary(max_size=60)


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
@given(anything, st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_whatever_the_bytes_the_answer_is_edits_or_why_not(format_, data, truncated, strict):
    reply = reply_of(data, truncated, strict)
    seen, found = format_.evidence(reply), format_.read(reply)
    lines = len(reply.lines)
    assert found.format == format_.name
    assert found.truncated >= truncated
    assert {repair.name for repair in found.repairs} <= (FRAMING if strict else REPAIRS)
    assert all(1 <= repair.line <= lines for repair in found.repairs)
    if isinstance(seen, Evidence):
        assert 1 <= seen.line <= lines
        assert all(1 <= first < last <= lines for first, last in seen.spans)
    if isinstance(found, OperationEdits):
        assert seen is not None, "what is read has its evidence"
        numbers = [numbered.number for numbered in found.operations]
        assert numbers == list(range(1, len(numbers) + 1))
        assert all(1 <= numbered.line <= lines for numbered in found.operations)
    else:
        assert found.problems
        for problem in found.problems:
            assert problem.code in EXPLAINED
            assert problem.message.isprintable()
            assert problem.hint.isprintable()
            assert problem.line is None or 1 <= problem.line <= lines


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
@pytest.mark.parametrize(
    "head", ["", "*** Begin Patch\n*** Update File: a\n", "a.py\n<<<<<<< SEARCH\n", "a.py\n```\n"]
)
def test_a_line_over_and_over_is_read_or_refused(format_, head):
    for piece in PIECES:
        reply = reply_of(head + piece * 2000)
        format_.evidence(reply)
        assert isinstance(format_.read(reply), OperationEdits | Unusable), piece


def test_every_code_is_explained():
    makers = {"BadLine", "refuse", "_refuse", "Problem", "Rejection"}
    uttered = set()
    for module in (
        codex_chunks,
        codex_patch,
        other_edits,
        search_blocks,
        search_replace,
        text_reading,
        whole_file,
    ):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            function = getattr(node, "func", None)
            name = getattr(function, "id", getattr(function, "attr", ""))
            if name in makers and node.args and isinstance(node.args[0], ast.Constant):
                uttered.add(node.args[0].value)
    assert len(uttered) > 20
    assert uttered - set(EXPLAINED) == set()
