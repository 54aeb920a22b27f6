"""Codex patch envelopes: sections, chunks, what is refused, and what a cut leaves."""

import pytest

from harness.edits.codex_patch import CODEX_PATCH
from harness.edits.formats import Reply
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import Block, ChangeBlocks, Create, Delete, OperationEdits, Rename, Unusable
from harness.edits.repairs import Repair


def read(text, *, truncated=False, strict=False, limits=DEFAULT_LIMITS, repairs=()):
    data = text if isinstance(text, bytes) else text.encode()
    return CODEX_PATCH.read(Reply.of(data, truncated, repairs, limits, strict))


def edits(text, **options) -> OperationEdits:
    found = read(text, **options)
    assert isinstance(found, OperationEdits), found
    assert found.format == "codex-patch"
    return found


def unusable(text, **options) -> Unusable:
    found = read(text, **options)
    assert isinstance(found, Unusable), found
    assert found.format == "codex-patch"
    return found


def envelope(*sections: str) -> str:
    return "*** Begin Patch\n" + "".join(sections) + "*** End Patch\n"


def update(*lines: str, path="a.py") -> str:
    return f"*** Update File: {path}\n" + "".join(f"{line}\n" for line in lines)


def blocks(*lines: str, **options) -> tuple[Block, ...]:
    (numbered,) = edits(envelope(update(*lines)), **options).operations
    return numbered.operation.blocks


def operations(found: OperationEdits) -> list:
    return [numbered.operation for numbered in found.operations]


def codes(found: Unusable) -> list[str]:
    return [problem.code for problem in found.problems]


def problem(*lines: str, **options):
    (found,) = unusable(envelope(update(*lines)), **options).problems
    return found


ADD = "*** Add File: new.txt\n+x\n"
DELETE = "*** Delete File: old.txt\n"

# The example of the tool's own instructions.
DOCUMENTED = envelope(
    "*** Add File: hello.txt\n+Hello world\n",
    "*** Update File: src/app.py\n*** Move to: src/main.py\n@@ def greet():\n",
    '-print("Hi")\n+print("Hello, world!")\n',
    "*** Delete File: obsolete.txt\n",
)


def test_the_documented_example():
    found = edits(DOCUMENTED)
    block = Block(6, ('print("Hi")',), ('print("Hello, world!")',), ("def greet():",))
    assert operations(found) == [
        Create(type="create", file_path="hello.txt", content="Hello world\n"),
        ChangeBlocks("src/app.py", (block,)),
        Rename(type="rename", file_path="src/app.py", new_path="src/main.py"),
        Delete(type="delete", file_path="obsolete.txt"),
    ]
    assert [(n.number, n.line) for n in found.operations] == [(1, 2), (2, 4), (3, 5), (4, 9)]
    assert (found.total, found.truncated, found.repairs) == (None, False, ())


class TestEvidence:
    def evidence(self, text):
        return CODEX_PATCH.evidence(Reply.of(text.encode(), False, (), DEFAULT_LIMITS))

    def test_an_envelope_is_sure(self):
        found = self.evidence("Sure:\n*** Begin Patch\r\n*** End Patch\n")
        assert (found.line, found.sure, found.spans) == (2, True, ())

    def test_a_section_alone_is_likely(self):
        found = self.evidence("x\n*** Update File: a\n")
        assert (found.line, found.sure) == (2, False)

    @pytest.mark.parametrize(
        "text", ["", "I write `*** Begin Patch` first.\n", " *** Begin Patch\n *** Add File: a\n", "***\n"]
    )
    def test_a_mention_or_a_context_line_is_none(self, text):
        assert self.evidence(text) is None

    def test_a_begin_that_is_indented_alone_counts(self):
        reply = " *** Begin Patch\n*** Add File: a\n+x\n*** End Patch \n"
        assert self.evidence(reply).sure
        assert operations(edits(reply)) == [Create(type="create", file_path="a", content="x\n")]


class TestSections:
    def test_an_added_file_may_be_empty_and_keeps_every_character(self):
        found = edits(envelope("*** Add File: e\n", "*** Add File: b\n+\n++x \t\n+ é\n"))
        assert [operation.content for operation in operations(found)] == ["", "\n+x \t\n é\n"]

    def test_blank_lines_between_sections_are_nothing(self):
        found = edits(envelope("\n", ADD, "\n\n", DELETE, "\n", update("@@", "-a", "+b", "")))
        assert [n.operation.type for n in found.operations] == ["create", "delete", "blocks"]
        assert operations(found)[2].blocks[0].old == ("a",)
        assert found.repairs == ()

    def test_an_update_that_only_moves_is_a_rename(self):
        found = edits(envelope("*** Update File: a\n*** Move to: b/c\n"))
        assert operations(found) == [Rename(type="rename", file_path="a", new_path="b/c")]
        assert (found.operations[0].number, found.operations[0].line) == (1, 3)

    def test_several_envelopes_are_read_in_order(self):
        found = edits(f"First:\n{envelope(ADD)}then\n{envelope(DELETE)}")
        assert [n.operation.type for n in found.operations] == ["create", "delete"]

    def test_a_path_may_hold_blanks(self):
        assert operations(edits(envelope("*** Delete File: x y.md  \n")))[0].file_path == "x y.md"

    @pytest.mark.parametrize(
        ("section", "code", "line"),
        [
            ("*** Add File: n\n+x\ny\n", "patch-line", 4),
            ("*** Add File: n\n+x\n\n+y\n", "patch-line", 4),
            ("*** Add File: n\n x\n", "patch-line", 3),
            ("*** Delete File: n\n-x\n", "patch-line", 3),
            ("*** Update File: n\n", "empty-update", 2),
            ("*** Update File: n\n\n", "empty-update", 2),
            ("*** Update File:\n@@\n-x\n", "patch-path", 2),
            ("*** Update File: `n`\n@@\n-x\n", "patch-path", 2),
            ("*** Update File: n\n*** Move to:\n", "patch-path", 3),
            ("*** Update File: n\n@@\n-x\n*** Move to: m\n", "patch-line", 5),
            ("*** Update File: n\n*** Move to: m\n*** Move to: o\n", "patch-line", 4),
            ("*** Update File: n\n*** Frobnicate\n", "patch-line", 3),
            ("*** Update File: n\n*** Begin Patch\n", "patch-line", 3),
        ],
    )
    def test_a_bad_section_is_refused_with_its_number_and_the_good_ones_listed(self, section, code, line):
        found = unusable(envelope(section, ADD, DELETE))
        assert codes(found) == [code]
        assert (found.problems[0].operation, found.problems[0].line) == (1, line)
        assert found.good == (2, 3)
        assert found.problems[0].hint

    def test_every_problem_is_reported(self):
        found = unusable(envelope("*** Add File: n\nx\n", ADD, "*** Update File: m\n"))
        assert [(p.code, p.operation, p.path) for p in found.problems] == [
            ("patch-line", 1, "n"),
            ("empty-update", 3, "m"),
        ]

    def test_text_before_the_first_section_is_refused(self):
        assert codes(unusable(envelope("Here it comes\n", ADD))) == ["patch-line"]

    @pytest.mark.parametrize("stray", [ADD, DELETE, "*** End Patch\n", "*** Move to: b\n"])
    @pytest.mark.parametrize("first", [True, False])
    def test_what_stands_outside_of_an_envelope_is_never_lost(self, stray, first):
        text = stray + envelope(ADD) if first else envelope(ADD) + stray
        assert codes(unusable(text)) == ["patch-outside-envelope"]


class TestChunks:
    def test_each_is_one_block(self):
        assert blocks("@@", " a", "-b", "+c", " d", "@@", "-e") == (
            Block(3, ("a", "b", "d"), ("a", "c", "d")),
            Block(8, ("e",), ()),
        )

    def test_the_first_may_lack_its_mark(self):
        assert blocks(" import foo", "+bar") == (Block(3, ("import foo",), ("import foo", "bar")),)

    def test_anchors_stack(self):
        (block,) = blocks("@@ class A:", "@@ \tdef f(self):", "-x", "+y")
        assert (block.anchors, block.line) == (("class A:", "\tdef f(self):"), 3)

    def test_an_anchor_behind_lines_begins_a_chunk(self):
        assert [block.anchors for block in blocks("@@ a", "-x", "@@ b", "-y")] == [("a",), ("b",)]

    def test_the_end_of_the_file_needs_no_old_lines(self):
        assert blocks("@@", "+x", "*** End of File") == (Block(3, (), ("x",), (), True),)
        assert blocks("@@", " a", "-b", "*** End of File", "") == (Block(3, ("a", "b"), ("a",), (), True),)

    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            (["@@"], "empty-chunk"),
            (["@@", "@@", "-x"], "empty-chunk"),
            (["@@ a", "@@", "-x"], "empty-chunk"),
            (["@@ a"], "empty-chunk"),
            (["@@", "*** End of File"], "empty-chunk"),
            (["@@", " only", " context"], "empty-chunk"),
            (["@@", "+x"], "chunk-without-context"),
            (["@@ def f():", "+x"], "chunk-without-context"),
            (["@@", "", "+x"], "chunk-without-context"),
            (["@@", "", "+x", "*** End of File"], "chunk-without-context"),
            (["@@", "-x", "y"], "patch-line"),
            (["@@", "-x", "\\ No newline at end of file"], "patch-line"),
            (["@@", "-x", "*** End of File", "+y"], "patch-line"),
            (["@@", "-x", "*** End of File", "*** End of File"], "patch-line"),
            (["*** End of File"], "patch-line"),
            (["@@a", "-x"], "patch-line"),
            (["@@ -1,2 +1,2 @@", "-x"], "chunk-with-numbers"),
            (["@@ -1 +1 @@ def f():", "-x"], "chunk-with-numbers"),
            ([f"@@ {n}" for n in range(40)] + ["-x"], "patch-line"),
        ],
    )
    def test_what_is_no_chunk_or_has_two_readings(self, lines, code):
        assert problem(*lines).code == code

    def test_an_empty_line_within_is_blank_context(self):
        found = edits(envelope(update("@@", "", " a", "", "-b", "+c", "", path="p")))
        (operation,) = operations(found)
        assert (operation.blocks[0].old, operation.blocks[0].new) == (("", "a", "", "b"), ("", "a", "", "c"))
        assert found.repairs == (Repair("blank-context", 4, path="p"),)

    def test_before_the_end_of_the_file_it_is_too(self):
        assert blocks("@@", "-a", "", "*** End of File")[0].old == ("a", "")

    def test_not_under_strict(self):
        refused = problem("@@", " a", "", "-b", strict=True)
        assert (refused.code, refused.line) == ("patch-line", 5)
        assert blocks("@@", " a", "-b", "", strict=True)[0].old == ("a", "b")


class TestAround:
    def test_prose_fences_and_crlf_are_named_where_they_are_first_met(self):
        found = edits(f"Sure:\n```diff\n{envelope(ADD)}```\nDone.\n".replace("\n", "\r\n"), strict=True)
        assert found.repairs == (Repair("crlf", 1), Repair("prose", 1), Repair("fence", 2))
        assert operations(found) == [Create(type="create", file_path="new.txt", content="x\n")]

    def test_a_heredoc(self):
        found = edits(f"```bash\napply_patch <<'EOF'\n{envelope(ADD)}EOF\n```\n")
        assert [repair.name for repair in found.repairs] == ["fence", "prose"]

    def test_repairs_already_made_are_carried_on(self):
        mark = Repair("byte-order-mark", 1)
        assert edits(envelope(ADD), repairs=(mark,)).repairs == (mark,)
        assert unusable(envelope("*** Update File: a\n"), repairs=(mark,)).repairs == (mark,)

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (envelope(ADD).encode() + b"\xff\xfe", "not-utf8"),
            (envelope(ADD).encode("utf-16"), "not-utf8"),
            (envelope("*** Add File: n\n+\0\n").encode(), "nul-byte"),
            (b"*** Begin Patch\n*** End Patch\n", "no-edits"),
            (b"", "no-edits"),
        ],
    )
    def test_no_text_and_no_edits(self, data, code):
        assert codes(unusable(data)) == [code]

    def test_the_limit_of_operations(self):
        limits = Limits(operations=3)
        assert len(edits(envelope(ADD * 3), limits=limits).operations) == 3
        assert codes(unusable(envelope(ADD * 4), limits=limits)) == ["too-many-operations"]
        moved = "*** Update File: a\n*** Move to: b\n@@\n-x\n"
        assert codes(unusable(envelope(moved * 2), limits=limits)) == ["too-many-operations"]
        assert codes(unusable(envelope(update(*["@@", "-x"] * 4)), limits=limits)) == ["too-many-operations"]


class TestCut:
    CUT = "*** Begin Patch\n" + ADD + DELETE + "*** Add File: c\n+1\n+2\n"

    @pytest.mark.parametrize("strict", [True, False])
    @pytest.mark.parametrize(
        "tail", ["", "+thre", "\n\n", "*** End Patc", "*** Upd", "```\n", "```\nThat's it.\n"]
    )
    def test_the_last_section_is_dropped_whole(self, tail, strict):
        found = edits(self.CUT + tail, strict=strict)
        assert [n.operation.type for n in found.operations] == ["create", "delete"]
        assert found.truncated

    def test_a_section_is_complete_where_the_next_begins(self):
        found = edits("*** Begin Patch\n" + ADD + "*** Delete File: x")
        assert [n.operation.type for n in found.operations] == ["create"]

    def test_without_a_complete_one_there_is_nothing(self):
        found = unusable("*** Begin Patch\n" + ADD)
        assert (codes(found), found.truncated) == (["no-edits"], True)
        assert "cut" in found.problems[0].message

    def test_half_a_character_is_a_cut(self):
        found = edits((self.CUT + "+é").encode()[:-1])
        assert (len(found.operations), found.truncated) == (2, True)
        assert edits(envelope(ADD, DELETE).encode()[:-1] + b"\n\xc3").truncated

    def test_the_end_may_lack_its_line_end(self):
        found = edits(envelope(ADD).rstrip("\n"))
        assert (len(found.operations), found.truncated) == (1, False)

    def test_the_agents_word_counts(self):
        assert edits(envelope(ADD), truncated=True).truncated

    def test_a_cut_in_the_next_envelopes_first_line(self):
        found = edits(envelope(ADD) + "*** Begin Pa")
        assert (len(found.operations), found.truncated, found.repairs) == (1, True, ())

    @pytest.mark.parametrize(
        "behind", ["That is all.\nBye.\n", f"```\n{envelope(ADD)}", f"```\nand\n```\n{envelope(ADD)}```\n"]
    )
    def test_an_envelope_that_the_reply_goes_on_behind_was_not_cut(self, behind):
        assert codes(unusable(self.CUT + behind)) == ["missing-end-patch"]

    def test_nor_one_whose_end_comes_behind_the_fence(self):
        assert codes(unusable(self.CUT + "```\n*** End Patch\n")) == ["patch-outside-envelope"]

    def test_a_bad_section_before_the_cut_still_counts(self):
        found = unusable("*** Begin Patch\n*** Update File: a\n" + self.CUT.removeprefix("*** Begin Patch\n"))
        assert (codes(found), found.good, found.truncated) == (["empty-update"], (2, 3), True)
