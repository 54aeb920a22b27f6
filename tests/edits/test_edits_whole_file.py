"""Whole files in labelled fences: which fences are files, which have two readings, what a cut leaves."""

import time

import pytest

from harness.edits.elisions import elided_line
from harness.edits.formats import Reply
from harness.edits.limits import DEFAULT_LIMITS, Limits
from harness.edits.model import OperationEdits, Unusable, WriteFile
from harness.edits.repairs import Repair
from harness.edits.whole_file import WHOLE_FILE


def reply_of(text, *, truncated=False, strict=False, limits=DEFAULT_LIMITS, repairs=()):
    data = text if isinstance(text, bytes) else text.encode()
    return Reply.of(data, truncated, repairs, limits, strict)


def edits(text, **options) -> OperationEdits:
    found = WHOLE_FILE.read(reply_of(text, **options))
    assert isinstance(found, OperationEdits), found
    assert found.format == "whole-file"
    return found


def unusable(text, **options) -> Unusable:
    found = WHOLE_FILE.read(reply_of(text, **options))
    assert isinstance(found, Unusable), found
    assert found.format == "whole-file"
    return found


def evidence(text):
    return WHOLE_FILE.evidence(reply_of(text))


def files(found: OperationEdits) -> list[tuple[str, str]]:
    assert all(isinstance(n.operation, WriteFile) for n in found.operations)
    return [(n.operation.file_path, n.operation.content) for n in found.operations]


def codes(found: Unusable) -> list[str]:
    return [problem.code for problem in found.problems]


def file(path: str, content: str = "x\n", fence: str = "```") -> str:
    return f"{path}\n{fence}\n{content}{fence}\n"


A, B = file("a.py"), file("b.py")


def test_the_documented_layout():
    text = "Ok, I will:\n\n1. Say hey.\n\nshow_greeting.py\n```\nimport sys\n\nprint('Hey')\n```\n"
    found = edits(text)
    assert files(found) == [("show_greeting.py", "import sys\n\nprint('Hey')\n")]
    assert [(n.number, n.line) for n in found.operations] == [(1, 6)]
    assert (found.total, found.truncated, found.repairs) == (None, False, (Repair("prose", 1),))


def test_content_is_kept_exactly():
    content = "\n\tx  \n \n```python\n~~~\né\u2028\x0b\n# a.py\n"
    assert files(edits(file("a.py", content, "````"))) == [("a.py", content)]
    assert files(edits(file("a.py", ""))) == [("a.py", "")]


@pytest.mark.parametrize("strict", [True, False])
def test_crlf_is_named(strict):
    found = edits(A.replace("\n", "\r\n"), strict=strict, repairs=(Repair("byte-order-mark", 1),))
    assert files(found) == [("a.py", "x\n")]
    assert found.repairs == (Repair("byte-order-mark", 1), Repair("crlf", 1))


class TestLabels:
    @pytest.mark.parametrize(
        "label",
        ["src/a.py", "**src/a.py**", "### src/a.py", "File: src/a.py", "src/a.py:", "`src/a.py`", "1. `src/a.py`",
         "### File: **src/a.py**", "`src/a.py` (modified):", "#### 2. `src/a.py`"],
    )  # fmt: skip
    @pytest.mark.parametrize("gap", ["", "\n", "  \n"])
    def test_above(self, label, gap):
        assert files(edits(f"{label}\n{gap}```python\nx\n```\n")) == [("src/a.py", "x\n")]

    @pytest.mark.parametrize(
        "info",
        ["python src/a.py", "python:src/a.py", 'python title="src/a.py"', "python path=src/a.py",
         "python filename='src/a.py'", 'python {file="src/a.py"}', "src/a.py", "python   src/a.py  ",
         'title="src/a.py"', "python linenums file=src/a.py {1,3}"],
    )  # fmt: skip
    @pytest.mark.parametrize("fence", ["```", "~~~~"])
    def test_in_the_info_string(self, info, fence):
        assert files(edits(f"{fence}{info}\nx\n{fence}\n")) == [("src/a.py", "x\n")]
        assert files(edits(f"src/a.py\n{fence} {info}\nx\n{fence}\n")) == [("src/a.py", "x\n")]

    def test_blanks_where_the_name_is_quoted(self):
        assert files(edits("```md path='docs/x y.md'\nx\n```\n")) == [("docs/x y.md", "x\n")]
        assert files(edits("`docs/x y.md`\n```md\nx\n```\n")) == [("docs/x y.md", "x\n")]

    def test_a_full_stop_is_part_of_a_quoted_name(self):
        """The file was left out without a word; now the planner refuses such a name."""
        assert files(edits("`docs/a.`\n```\nx\n```\n")) == [("docs/a.", "x\n")]

    @pytest.mark.parametrize(
        "text",
        [
            "```python\nx\n```\n",
            "See docs/a.\n```\nx\n```\n",
            "`./...`\n```\nx\n```\n",
            "```\nsrc/a.py\n```\n",
            "Change `src/a.py`:\n```python\nx\n```\n",
            "src/a.py\n\n\n```python\nx\n```\n",
            "src/a.py\nas follows\n```python\nx\n```\n",
            "## Node.js\n\n```js\nx\n```\n",
            "Example:\n```\nx\n```\n",
            "src/\n```\nx\n```\n",
            "`pytest tests/test_a.py`\n```\n1 passed\n```\n",
            "```python title='An example'\nx\n```\n",
            "```text/x-python\nx\n```\n",
            "```application/vnd.api\nx\n```\n",
            "```12:15:src/a.py\nx\n```\n",
            "```vb.net\nx\n```\n",
            "src/a.py\n``` `x`\ny\n",
            "src/a.py\n    ```\n    x\n    ```\n",
            "src/a.py\n\n    x\n",
        ],
    )
    def test_without_one_a_fence_is_prose(self, text):
        assert evidence(text) is None
        assert codes(unusable(text)) == ["no-edits"]
        found = edits(A + text)
        assert files(found) == [("a.py", "x\n")]
        assert [repair.name for repair in found.repairs] == ["prose"]

    @pytest.mark.parametrize("text", ["b.py\n```py a.py\nx\n```\n", "```py a.py b.py\nx\n```\n",
                                      "```py:a.py path=b.py\nx\n```\n"])  # fmt: skip
    def test_two_that_differ_are_refused(self, text):
        found = unusable(text + file("c.py"))
        assert (codes(found), found.good) == (["labels-disagree"], (2,))
        assert evidence(text).sure

    def test_a_closed_file_is_no_label(self):
        assert files(edits("```py a.py\nb.py\n```\n```py\ny\n```\n")) == [("a.py", "b.py\n")]

    def test_unsafe_paths_are_for_the_planner(self):
        text = file("../evil.txt") + file("/abs/x.py") + file(".git/hooks/pre-commit")
        assert [path for path, _ in files(edits(text))] == [
            "../evil.txt",
            "/abs/x.py",
            ".git/hooks/pre-commit",
        ]

    def test_one_path_twice_is_for_the_planner(self):
        assert [path for path, _ in files(edits(A + A))] == ["a.py", "a.py"]


class TestFences:
    def test_a_closing_fence_is_as_long_of_the_same_kind_and_bare(self):
        content = "```\n~~~~\n   ```\n\t````\n    ````\n```` x\n"
        assert codes(unusable(file("a.md", content, "````"))) == ["ambiguous-fence"]
        content = content.removesuffix("```` x\n")
        assert files(edits(file("a.md", content, "````"))) == [("a.md", content)]
        assert files(edits("a.py\n```\nx\n   `````  \n")) == [("a.py", "x\n")]

    def test_a_fence_with_a_language_within_has_two_readings(self):
        found = unusable(file("README.md", "# Title\n```bash\npip install x\n```\nMore\n") + A)
        assert codes(found)[0] == "ambiguous-fence"
        assert (found.problems[0].operation, found.problems[0].line, found.problems[0].path) == (
            1,
            4,
            "README.md",
        )
        assert "longer" in found.problems[0].hint

    def test_so_has_one_whose_end_is_missing(self):
        assert codes(unusable("a.py\n```\nx\n\nb.py\n```python\ny\n```\n")) == ["ambiguous-fence"]

    @pytest.mark.parametrize(
        "behind",
        [
            "Run\n```\nmake\n```\nand\n```\n",
            "Run\n```\nmake",
            "Run\n````\n````\n\n```\nx",
            "```\nx\n```bash\ny\n```\n",
        ],
    )
    def test_so_have_those_behind_it_that_do_not_balance(self, behind):
        found = unusable(A + behind)
        assert (codes(found), found.problems[0].operation) == (["ambiguous-fence"], 1)

    def test_so_has_a_bare_one_behind_a_text(self):
        text = "README.md\n```\n# Title\n```\npip install x\n```\nMore\n```\n"
        assert codes(unusable(text)) == ["ambiguous-fence"]
        assert codes(unusable(text.replace("More\n", ""))) == ["ambiguous-fence"]
        assert files(edits(file("README.md", fence="````") + "Run\n```\nmake\n```\n"))
        assert files(edits(A + "Run\n```\nmake\n```\n")) == [("a.py", "x\n")]
        assert files(edits(file("README.md") + "Run\n```bash\nmake\n```\n")) == [("README.md", "x\n")]

    def test_an_indented_one_is_refused(self):
        text = "1. a.py\n   ```\n   x\n   ```\n"
        assert codes(unusable(text)) == ["indented-fence"]
        found = evidence(text)
        assert (found.line, found.sure, found.spans) == (2, False, ())


class TestOtherFormats:
    DIFF = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    OTHERS = (
        DIFF,
        "diff --git a/a.py b/a.py\n" + DIFF,
        "\n*** Begin Patch\n*** Delete File: a\n*** End Patch\n",
        "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n",
        "a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n",
        '{"type":"create","file_path":"a","content":"x"}\n',
        '{"file_path":"a","type":"create","content":"x"}\n',
        '[\n  {"type": "delete", "file_path": "a"}\n]\n',
        '{\n  "files": [\n    {"path": "a", "new_content": "x"}\n  ]\n}\n',
    )

    @pytest.mark.parametrize("content", OTHERS)
    def test_a_fence_around_other_edits_is_no_file(self, content):
        text = file("src/a.py", content)
        assert evidence(text) is None
        assert codes(unusable(text)) == ["mixed-formats"]

    @pytest.mark.parametrize("info", ["diff", "patch", "udiff src/a.py", "ndjson", "jsonl", "DIFF"])
    def test_nor_is_one_that_says_so(self, info):
        assert evidence(f"src/a.py\n```{info}\nx\n```\n") is None

    @pytest.mark.parametrize("content", OTHERS)
    def test_beside_a_file_it_is_not_lost(self, content):
        found = unusable(A + file("src/a.py", content))
        assert (codes(found), found.problems[0].operation, found.good) == (["mixed-formats"], 2, (1,))

    @pytest.mark.parametrize("content", [*OTHERS[:4], OTHERS[5]])
    def test_within_content_it_has_two_readings(self, content):
        text = file("docs/formats.md", "# Formats\n" + content)
        assert evidence(text).spans == ((2, text.count("\n")),)
        found = unusable(text)
        assert codes(found) == ["edits-in-content"]
        assert found.problems[0].line == 3 + content.startswith("\n") + 1

    @pytest.mark.parametrize(
        "content",
        ['{\n  "name": "x",\n  "files": ["dist"]\n}\n', '{"type": "module"}\n', '{"files": ["a.ts"]}\n',
         "a\n---\nb\n", "- x\n+ y\n", " diff --git a/x b/x\n"],
    )  # fmt: skip
    def test_content_that_is_none_stays_content(self, content):
        assert files(edits(file("a.json", content))) == [("a.json", content)]


class TestEvidence:
    def test_closed_files_are_spans(self):
        found = evidence(f"Hi\n{A}\n```\nprose\n```\n```py b.py\ny\n```\n\nc.py\n```\nz\n")
        assert (found.line, found.sure, found.spans) == (3, True, ((3, 5), (10, 12)))

    def test_with_crlf(self):
        assert evidence(A.replace("\n", "\r\n")).spans == ((2, 4),)

    @pytest.mark.parametrize("text", ["", "a.py\n", " src/b.md\n@@\n"])
    def test_nothing(self, text):
        assert evidence(text) is None

    def test_context_of_a_diff_is_not_sure(self):
        assert not evidence("--- a/x.md\n+++ b/x.md\n@@ -1 +1 @@\n a.py\n ```\n x\n ```\n").sure


class TestElision:
    # Each of these was seen in replies of models.
    @pytest.mark.parametrize(
        ("path", "line"),
        [
            ("a.py", "# ... existing code ..."),
            ("a.py", "    # ... rest of the function ..."),
            ("a.py", "# rest of the code unchanged"),
            ("a.py", "# (rest of the code remains the same)"),
            ("a.py", "# The rest of the file is unchanged."),
            ("a.py", "# existing imports"),
            ("a.py", "# ..."),
            ("a.py", "    # … other methods …"),
            ("a.py", "    # other methods remain the same"),
            ("a.py", "# --- rest of file unchanged ---"),
            ("a.py", "# ... 20 lines omitted ..."),
            ("a.py", "... existing code ..."),
            ("a.py", "..."),
            ("a.js", "// rest of the file unchanged"),
            ("a.js", "// ... (rest of the fields)"),
            ("a.js", "// Existing fields..."),
            ("a.js", "/* ... */"),
            ("a.js", "/* existing code */"),
            ("a.jsx", "{/* ... existing JSX ... */}"),
            ("a.js", "  ..."),
            ("a.js", "[...]"),
            ("a.rs", "    // ... rest of the implementation"),
            ("a.html", "<!-- unchanged -->"),
            ("a.html", "<!-- rest of the page -->"),
            ("a.sql", "-- ... rest of the script"),
            ("a.md", "..."),
            ("a.md", "[... rest of the document unchanged ...]"),
            ("a.md", "<!-- unchanged -->"),
            ("Makefile", "# ... existing rules ..."),
            ("a.py", "    ...  # rest of the function unchanged"),
            ("a.py", "    pass  # existing code"),
            ("a.py", "# rest of main unchanged"),
            ("a.py", "# Keep the rest of the file the same"),
            ("a.js", "// ... lines 10-50 unchanged ..."),
            ("a.js", "// [previous code]"),
        ],
    )
    def test_a_line_that_stands_for_others_is_refused(self, path, line):
        found = unusable(file(path, f"first\n{line}\nlast\n") + A)
        assert (codes(found), found.problems[0].line, found.good) == (["elided-content"], 4, (2,))
        assert found.problems[0].path == path

    @pytest.mark.parametrize(
        ("path", "line"),
        [
            ("a.py", "# unchanged"),
            ("a.py", "# other methods"),
            ("a.py", "# The rest is history"),
            ("a.py", "# ... but only if x"),
            ("a.py", "# Existing users keep their names"),
            ("a.py", "x: tuple[int, ...] = [...]"),
            ("a.py", "print('...')"),
            ("a.py", "    ...  # pragma: no cover"),
            ("a.py", "    pass  # the rest is history"),
            ("a.py", "# rest of main"),
            ("a.py", "return x  # rest of the code"),
            ("a.py", "raise E('rest of file')"),
            ("a.js", "  ...props,"),
            ("a.js", "...rest"),
            ("a.js", "const {a, ...rest} = x;"),
            ("a.js", "// other"),
            ("a.css", "/* Other */"),
            ("a.md", "# Unchanged"),
            ("a.md", "## Existing code"),
            ("a.md", "The rest of the file is unchanged."),
            ("a.md", "and so on..."),
            ("a.yaml", "..."),
            ("a.py", "# " + "the " * 60 + "rest of the code"),
        ],
    )
    def test_a_line_that_is_content_is_kept(self, path, line):
        assert files(edits(file(path, f"first\n{line}\nlast\n")))

    @pytest.mark.parametrize(
        "body",
        [
            "def f():\n    ...\n",
            "class A:\n    ...\n\n\nx = 1\n",
            'def f():\n    """Doc."""\n    ...\n',
            "def f(\n    a: int,\n) -> int:\n    ...\n",
            "@overload\ndef f(a: int) -> int:  # x\n    ...\n\n\n@overload\ndef f(): ...\n",
            "try:\n    x\nexcept E:\n    ...\nelse:\n    y\n",
            "class P(Protocol):\n    def f(self):\n        ...\n\n    def g(self):\n        ...\n",
            "def f():\n    # nothing yet\n    ...\n",
            '"""\n>>> for x in y:\n...     z\n...\n1\n"""\n',
            '"""\nTraceback (most recent call last):\n    ...\nE\n"""\n',
            '"""Such as\n\nx = 1\n...\ny = 2\n"""\n',
            "x = f(\n    ...\n)\n",
            "#   class B:\n#       ...\n#   b = B()\n",
        ],
    )
    @pytest.mark.parametrize("path", ["a.py", "a.pyi"])
    def test_dots_of_python(self, path, body):
        assert files(edits(file(path, body))) == [(path, body)]

    @pytest.mark.parametrize(
        "body",
        [
            "def f():\n    x = 1\n    ...\n    return x\n",
            "def f():\n    x = 1\n    ...\n",
            "import os\n...\n",
            "class A:\n    ...\n    def f(self):\n        pass\n",
        ],
    )
    def test_dots_between_statements_stand_for_others(self, body):
        assert codes(unusable(file("a.py", body))) == ["elided-content"]
        assert codes(unusable(file("a.js", "f() {\n    ...\n}\n"))) == ["elided-content"]

    def test_dots_in_the_code_of_a_text_are_content(self):
        body = "# X\n\n```\nx\n...\n```\n\n    ...\n"
        assert files(edits(file("a.md", body, "````"))) == [("a.md", body)]

    @pytest.mark.parametrize(
        "line",
        [
            "<!--" + "-" * 180 + "rest",
            "# ... " + "is as " * 31,
            "(" * 99 + "rest" + ")" * 90,
            "#" * 190 + "rest",
        ],
    )
    def test_no_line_is_worth_much_time(self, line):
        assert elided_line("a.py", [line] * 5000) is None


class TestUnlabelled:
    @pytest.mark.parametrize(
        "line", ["# tests/t.py", "// tests/t.py", "/* tests/t.py */", "<!-- tests/t.py -->"]
    )
    def test_a_fence_that_names_a_path_within_may_be_a_file(self, line):
        fence = f"```\n{line}\nx\n```\n"
        assert codes(unusable(fence)) == ["no-edits"]
        found = unusable(A + fence)
        assert (codes(found), found.problems[0].path, found.good) == (["ambiguous-fence"], "tests/t.py", (1,))

    @pytest.mark.parametrize(
        "fence",
        [
            "```bash\n# tests/t.py\nx\n```\n",
            "```\n#!/bin/sh\nx\n```\n",
            "```\n--select=a.b\n```\n",
            "```\n# see tests/t.py\n```\n",
            "```\n```\n",
        ],
    )
    def test_another_one_is_prose(self, fence):
        assert len(files(edits(A + "\n" + fence))) == 1

    def test_a_long_line_takes_no_time(self):
        begun = time.process_time()
        edits(f"{A}\n```\n# a{' ' * 1500}b\n```\n")
        assert time.process_time() - begun < 1


class TestAround:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (A.encode() + b"\xff", "not-utf8"),
            (A.encode() + b"\0", "nul-byte"),
            (b"", "no-edits"),
            (b"Nothing to do.\n", "no-edits"),
        ],
    )
    def test_no_text_and_no_edits(self, data, code):
        assert codes(unusable(data)) == [code]

    def test_the_limit_of_files(self):
        limits = Limits(operations=3)
        assert len(edits(A * 3, limits=limits).operations) == 3
        assert codes(unusable(A * 4, limits=limits)) == ["too-many-operations"]
        assert evidence(A * 4).sure

    def test_files_alone_need_no_repair(self):
        assert edits(f"### a.py\n\n```\nx\n```\n\n{B}").repairs == ()


class TestCut:
    @pytest.mark.parametrize("strict", [True, False])
    @pytest.mark.parametrize("tail", ["```", "```py\n", "```py\nx", "````\nx\n```\n", "```\nx\n``"])
    def test_an_unclosed_file_is_dropped_whole(self, tail, strict):
        found = edits(f"{A}b.py\n{tail}", strict=strict)
        assert files(found) == [("a.py", "x\n")]
        assert found.truncated

    def test_without_a_closed_one_there_is_nothing(self):
        found = unusable("a.py\n```\nx\n")
        assert (codes(found), found.truncated) == (["no-edits"], True)
        assert evidence("a.py\n```\nx\n").spans == ()

    def test_a_cut_in_an_example_behind_the_files(self):
        found = edits(A + "Run:\n```bash\nmake")
        assert (files(found), found.truncated) == ([("a.py", "x\n")], True)

    def test_half_a_character_is_a_cut(self):
        found = edits(f"{A}b.py\n```\né".encode()[:-1])
        assert (files(found), found.truncated) == ([("a.py", "x\n")], True)
        assert edits(f"{A}é".encode()[:-1]).truncated

    def test_the_end_may_lack_its_line_end(self):
        found = edits(A.rstrip("\n"))
        assert (files(found), found.truncated) == ([("a.py", "x\n")], False)

    def test_but_not_where_the_agent_says_that_it_was_cut(self):
        # "```" may be the beginning of "```python".
        assert codes(unusable(A.rstrip("\n"), truncated=True)) == ["no-edits"]
        assert edits(A, truncated=True).truncated
