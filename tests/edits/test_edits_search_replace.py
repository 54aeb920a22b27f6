"""SEARCH/REPLACE blocks: where a block's path stands, what has two readings, what a cut leaves."""

import pytest

from harness.edits.formats import Reply
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import Block, ChangeBlocks, OperationEdits, Unusable
from harness.edits.repairs import Repair
from harness.edits.search_replace import SEARCH_REPLACE


def reply_of(text, *, truncated=False, strict=False, limits=DEFAULT_LIMITS, repairs=()):
    data = text if isinstance(text, bytes) else text.encode()
    return Reply.of(data, truncated, repairs, limits, strict)


def edits(text, **options) -> OperationEdits:
    found = SEARCH_REPLACE.read(reply_of(text, **options))
    assert isinstance(found, OperationEdits), found
    assert found.format == "search-replace"
    return found


def unusable(text, **options) -> Unusable:
    found = SEARCH_REPLACE.read(reply_of(text, **options))
    assert isinstance(found, Unusable), found
    assert found.format == "search-replace"
    return found


def block(old="x\n", new="y\n", marks=7) -> str:
    return f"{'<' * marks} SEARCH\n{old}{'=' * marks}\n{new}{'>' * marks} REPLACE\n"


def operations(found: OperationEdits) -> list:
    return [numbered.operation for numbered in found.operations]


def paths(text, **options) -> list[str]:
    return [operation.file_path for operation in operations(edits(text, **options))]


def codes(found: Unusable) -> list[str]:
    return [problem.code for problem in found.problems]


BLOCK = block()
TWO_DIVIDERS = block("x\n=======\n")


def test_the_diff_layout():
    text = "mathweb/flask/app.py\n```python\n" + block("from flask import Flask\n", "import math\n") + "```\n"
    found = edits(text)
    change = ChangeBlocks("mathweb/flask/app.py", (Block(3, ("from flask import Flask",), ("import math",)),))
    assert operations(found) == [change]
    assert [(n.number, n.line) for n in found.operations] == [(1, 3)]
    assert (found.total, found.truncated, found.repairs) == (None, False, ())


def test_the_diff_fenced_layout():
    text = "```\nhello.py\n" + block("", "def hello():\n    pass\n") + "```\n```\nmain.py\n" + BLOCK + "```\n"
    assert operations(edits(text)) == [
        ChangeBlocks("hello.py", (Block(3, (), ("def hello():", "    pass")),)),
        ChangeBlocks("main.py", (Block(11, ("x",), ("y",)),)),
    ]


@pytest.mark.parametrize("marks", [5, 6, 7, 8, 9])
def test_five_to_nine_marks(marks):
    assert paths("a.py\n" + block(marks=marks)) == ["a.py"]


def test_markers_may_have_blanks_behind_them_and_aiders_stray_bracket():
    assert paths("a.py\n<<<<<<< SEARCH>  \nx\n======= \ny\n>>>>>>> REPLACE\t\n") == ["a.py"]


class TestEvidence:
    def test_the_first_marker_and_every_complete_block(self):
        text = f"a.py\n{BLOCK}\nprose\nb.py\n{BLOCK}<<<<<<< SEARCH\ndiff --git a/x b/x\n"
        found = SEARCH_REPLACE.evidence(reply_of(text))
        assert (found.line, found.sure, found.spans) == (2, True, ((2, 6), (10, 14)))

    def test_with_crlf(self):
        found = SEARCH_REPLACE.evidence(reply_of(f"a.py\n{BLOCK}".replace("\n", "\r\n")))
        assert found.spans == ((2, 6),)

    def test_a_block_with_two_readings_owns_nothing(self):
        found = SEARCH_REPLACE.evidence(reply_of("a.py\n" + block("x\n=======\ny\n")))
        assert (found.sure, found.spans) == (True, ())

    @pytest.mark.parametrize(
        "line", ["  <<<<<<< SEARCH", ">>>>>>> REPLACE", "<<<<<<<SEARCH", "<<<<<<< SEARCH a.py"]
    )
    def test_what_nearly_is_a_marker_is_likely(self, line):
        found = SEARCH_REPLACE.evidence(reply_of(f"x\n{line}\n"))
        assert (found.line, found.sure) == (2, False)

    @pytest.mark.parametrize(
        "text", ["", "Title\n=======\n", "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> branch\n"]
    )
    def test_headings_and_conflicts_are_none(self, text):
        assert SEARCH_REPLACE.evidence(reply_of(text)) is None


class TestPaths:
    @pytest.mark.parametrize(
        "label",
        [
            "src/a.py",
            "  src/a.py  ",
            "`src/a.py`",
            "**src/a.py**",
            "**`src/a.py`**",
            "**`src/a.py`:**",
            "src/a.py:",
            "### src/a.py",
            "#### `src/a.py`:",
            "File: src/a.py",
            "**File:** `src/a.py`",
            "**File: src/a.py**",
            "Filename: src/a.py",
            "### 1. `src/a.py`",
            "2. **src/a.py**",
            "`src/a.py` (new file):",
            "src/a.py (modified)",
        ],
    )
    @pytest.mark.parametrize("layout", ["{}\n```py\n", "{}\n\n```py\n", "```py\n{}\n", "{}\n"])
    def test_decorations_are_stripped(self, label, layout):
        assert paths(layout.format(label) + BLOCK) == ["src/a.py"]

    @pytest.mark.parametrize(
        "path", ["a.py", "src/a", "Makefile", ".gitignore", "x.tar.gz", "app/[id]/(x)/@y/p-q_r+s.tsx", "é/ü.md",
                 "../evil.txt", "/etc/passwd", ".git/hooks/pre-commit", "a\\b.py"]
    )  # fmt: skip
    def test_what_is_written_like_a_path_is_one_safe_or_not(self, path):
        assert paths(f"{path}\n{BLOCK}") == [path]

    @pytest.mark.parametrize(
        "line",
        [
            "Here it is:",
            "Change src/a.py as follows:",
            "main",
            "src/",
            "Node.js",
            "Input/Output",
            "and/or",
            "v1.2",
            "https://example.com/a.py",
            "`pytest tests/test_a.py`",
            "`python`",
            "src/my file.py",
            "- src/a.py",
            "Makefile.",
            "...",
            "python",
            "a.py\u00a0",
            "x" * 5000 + ".py",
        ],
    )
    def test_what_is_not_is_none(self, line):
        found = unusable(f"{line}\n{BLOCK}")
        assert codes(found) == ["block-without-path"]
        assert (found.problems[0].operation, found.problems[0].line) == (1, 2)

    def test_blanks_only_within_backticks(self):
        assert paths(f"`docs/x y.md`\n{BLOCK}") == ["docs/x y.md"]

    @pytest.mark.parametrize(
        "info", ["python src/a.py", "python:src/a.py", 'python title="src/a.py"', "src/a.py"]
    )
    def test_the_info_string_may_name_it(self, info):
        assert paths(f"```{info}\n{BLOCK}```\n") == ["src/a.py"]
        assert paths(f"src/a.py\n```{info}\nsrc/a.py\n{BLOCK}```\n") == ["src/a.py"]

    @pytest.mark.parametrize(
        "above", ["b.py\n```\na.py\n", "b.py\n```py a.py\n", "```py b.py\na.py\n", "```py a.py b.py\n"]
    )
    def test_two_names_are_refused(self, above):
        found = unusable(above + BLOCK + "```\n")
        assert codes(found) == ["labels-disagree"]
        assert "a.py" in found.problems[0].message
        assert "b.py" in found.problems[0].message

    def test_a_closing_fence_above_the_path_says_nothing(self):
        assert paths(f"```\nb.py\n```\na.py\n{BLOCK}") == ["a.py"]

    @pytest.mark.parametrize("between", ["", "\n", "\n \n\n"])
    @pytest.mark.parametrize("around", ["a.py\n```\n{}```\n", "```\na.py\n{}```\n", "a.py\n{}"])
    def test_a_block_may_follow_its_forerunner(self, between, around):
        found = edits(around.format(BLOCK + between + block("p\n", "q\n")))
        (numbered,) = found.operations
        assert [b.old for b in numbered.operation.blocks] == [("x",), ("p",)]

    @pytest.mark.parametrize("between", ["and\n", "```\n", "```\n\n```py\n", "b\n\n", "...\n", "b.py\n\n"])
    def test_but_takes_no_path_from_further_up(self, between):
        found = unusable(f"a.py\n```\n{BLOCK}{between}{BLOCK}```\n")
        assert codes(found) == ["block-without-path"]
        assert (found.problems[0].operation, found.good) == (2, (1,))

    def test_nor_from_one_that_has_none(self):
        assert codes(unusable(BLOCK + BLOCK)) == ["block-without-path"] * 2


class TestBlocks:
    def test_consecutive_ones_on_a_path_are_one_operation(self):
        found = edits(f"a.py\n{BLOCK}\na.py\n{BLOCK}b.py\n{BLOCK}a.py\n{BLOCK}")
        assert [(o.file_path, len(o.blocks)) for o in operations(found)] == [
            ("a.py", 2),
            ("b.py", 1),
            ("a.py", 1),
        ]
        assert [(n.number, n.line) for n in found.operations] == [(1, 2), (2, 15), (3, 21)]

    def test_content_is_kept_exactly(self):
        old = [
            "",
            "  x \t",
            "```",
            "a.py",
            "diff --git a/x b/x",
            "<<<<<<< HEAD",
            "====",
            "  =======",
            "==========",
            "",
        ]
        found = edits("a.py\n" + block("\n".join(old) + "\n", "\n"))
        (only,) = operations(found)[0].blocks
        assert (only.old, only.new) == (tuple(old), ("",))

    def test_nothing_to_search_for_is_a_new_file(self):
        assert operations(edits("a.py\n" + block("", "")))[0].blocks == (Block(2, (), ()),)

    @pytest.mark.parametrize("old", ["\n", "  \n\n"])
    def test_blank_lines_to_search_for_have_two_readings(self, old):
        assert codes(unusable("a.py\n" + block(old))) == ["blank-search"]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (block("x\n=======\nz\n"), 6),
            (block(new="y\n=====\nz\n"), 6),
            (block("x\n<<<<<<< SEARCH\n"), 4),
            (block(new="y\n<<<<<<< SEARCH\n"), 6),
            ("<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n", 4),
            (f"<<<<<<< SEARCH\nx\n=======\n{BLOCK}", 5),
            ("<<<<<<< SEARCH\nx\n=======\ny\n=======\nz\n", 6),
        ],
    )
    def test_markers_that_do_not_fit_together(self, text, line):
        found = unusable("a.py\n" + text)
        assert codes(found) == ["block-markers"]
        assert (found.problems[0].line, found.problems[0].path) == (line, "a.py")

    @pytest.mark.parametrize(
        "stray",
        [">>>>>>> REPLACE\n", "  <<<<<<< SEARCH\nx\n", "<<<<<<<SEARCH\nx\n", "<<<<<<< SEARCH b.py\n",
         "<<<<<<<<<<<< SEARCH\n", "    >>>>>>> REPLACE\n"],
    )  # fmt: skip
    @pytest.mark.parametrize("first", [True, False])
    def test_a_marker_outside_of_a_block_is_never_passed_over(self, stray, first):
        good = f"a.py\n{BLOCK}"
        found = unusable(stray + good if first else good + stray)
        assert (codes(found), found.good) == (["block-markers"], (1,))

    def test_every_problem_is_reported_and_what_was_good(self):
        found = unusable(f"a.py\n{BLOCK}b.py\n{TWO_DIVIDERS}\nprose\n{BLOCK}c.py\n{BLOCK}")
        assert [(p.code, p.operation) for p in found.problems] == [
            ("block-markers", 2),
            ("block-without-path", 3),
        ]
        assert found.good == (1, 4)

    def test_one_bad_block_spoils_its_operation(self):
        found = unusable(f"a.py\n{BLOCK}{TWO_DIVIDERS}")
        assert (codes(found), found.problems[0].operation, found.good) == (["block-markers"], 1, ())

    def test_the_limit_of_blocks(self):
        limits = Limits(operations=3)
        assert len(operations(edits("a.py\n" + BLOCK * 3, limits=limits))[0].blocks) == 3
        assert codes(unusable("a.py\n" + BLOCK * 4, limits=limits)) == ["too-many-operations"]


class TestAround:
    def test_prose_and_crlf_are_named(self):
        text = f"Sure, for `a.py`:\n\na.py\n```py\n{BLOCK}```\nDone.\n".replace("\n", "\r\n")
        found = edits(text, strict=True, repairs=(Repair("byte-order-mark", 1),))
        assert found.repairs == (Repair("byte-order-mark", 1), Repair("crlf", 1), Repair("prose", 1))
        assert operations(found)[0].blocks[0].old == ("x",)

    def test_labels_and_fences_are_no_prose(self):
        assert edits(f"### a.py\n\n```py\n{BLOCK}```\n\n```\nb.py\n{BLOCK}```\n").repairs == ()
        assert edits(f"a.py\n{BLOCK}\nThat's it.\n").repairs == (Repair("prose", 8),)

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (f"a.py\n{BLOCK}".encode() + b"\xff", "not-utf8"),
            (f"a.py\n{BLOCK}\0".encode(), "nul-byte"),
            (b"", "no-edits"),
            (b"a.py\n", "no-edits"),
        ],
    )
    def test_no_text_and_no_edits(self, data, code):
        assert codes(unusable(data)) == [code]


class TestCut:
    HEAD = f"a.py\n{BLOCK}\nb.py\n"

    @pytest.mark.parametrize("strict", [True, False])
    @pytest.mark.parametrize(
        "tail", ["<<<<<<< SEARCH", "<<<<<<< SEARCH\nx\n", "<<<<<<< SEARCH\nx\n=======\ny\n", BLOCK[:-3],
                 "<<<<<<< SEARCH\nx\n=======\ny\n```\n", "<<<<<<< SEARCH\nx\n=======\ny\n```\nDone.\n", "<<<<<<< SE"]
    )  # fmt: skip
    def test_the_last_block_is_dropped_whole(self, tail, strict):
        found = edits(self.HEAD + tail, strict=strict)
        assert [o.file_path for o in operations(found)] == ["a.py"]
        assert found.truncated

    def test_the_blocks_before_it_on_its_path_stay(self):
        found = edits(f"a.py\n{BLOCK}{BLOCK[:-4]}")
        assert (len(operations(found)[0].blocks), found.truncated) == (1, True)

    def test_without_a_complete_one_there_is_nothing(self):
        found = unusable("a.py\n" + BLOCK[:-4])
        assert (codes(found), found.truncated) == (["no-edits"], True)

    def test_half_a_character_is_a_cut(self):
        assert edits(f"a.py\n{BLOCK}é".encode()[:-1]).truncated

    def test_the_end_may_lack_its_line_end(self):
        assert not edits(f"a.py\n{BLOCK}".rstrip("\n")).truncated

    def test_the_agents_word_counts(self):
        assert edits(f"a.py\n{BLOCK}", truncated=True).truncated
