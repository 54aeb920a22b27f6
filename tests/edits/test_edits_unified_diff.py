"""Unified diffs: what their text declares, held against git itself on real repositories."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from edits_memory_tree import codes

from harness.edits.limits import Limits
from harness.edits.model import PatchEdits, PatchFile, Unusable
from harness.edits.repairs import Repair
from harness.edits.reply import parse_reply

GIT = ["git", "-c", "user.name=Tess", "-c", "user.email=tess@example.com", "-c", "commit.gpgsign=false"]
HUNK = b"@@ -1 +1 @@\n-old\n+new\n"
DIFF = b"diff --git a/f b/f\n--- a/f\n+++ b/f\n" + HUNK


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run([*GIT, *arguments], cwd=folder, input=stdin, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Two commits that differ in every way git knows, names and contents alike."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    lines = b"".join(b"line %d\n" % number for number in range(60))
    write(
        root,
        {
            "plain.txt": lines,
            "with space.txt": b"1\n2\n",
            "a b/c b/d": b"1\n",
            "b/b/b": b"1\n",
            'quoted é\t"\\': b"1\n",
            "binary": bytes(range(256)) * 8,
            "crlf": b"1\r\n2\r\n",
            "no newline": b"1\n2",
            "latin": b"caf\xe9\n",
            "script": b"#!\n",
            "mode b/only": b"x\n",
            "empty": b"",
            "gone b/x": b"1\n",
            "moved.txt": lines + b"moved\n",
            "copied.txt": lines + b"copied\n",
            "dashes": b"-- a\n++ b\n@@ c\n" * 3,
            "separators": "1\u2028\x85\x0c\n2\n".encode(),
            "type": b"file\n",
        },
    )
    (root / "link").symlink_to("plain.txt")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    write(
        root,
        {
            "plain.txt": lines.replace(b"line 7\n", b"LINE\n").replace(b"line 50\n", b""),
            "with space.txt": b"1\n3\n",
            "a b/c b/d": b"2\n",
            "b/b/b": b"2\n",
            'quoted é\t"\\': b"2\n",
            "binary": bytes(range(255)) * 8,
            "crlf": b"1\r\n3\r\n",
            "no newline": b"1\n2\n3",
            "latin": b"caf\xe9\xe8\n",
            "new empty/__init__.py": b"",
            "new b/x": b"1\n2\n",
            "copy b/é.txt": lines + b"copied\n",
            "copied.txt": lines + b"copied\nagain\n",
            "dashes": b"++ b\n@@ c\n" * 3 + b"-- \n",
            "separators": "1\u2028\x85\x0c\n3\n".encode(),
        },
    )
    for name in ("script", "mode b/only"):
        (root / name).chmod(0o755)
    for name in ("empty", "gone b/x", "link", "type"):
        (root / name).unlink()
    (root / "link").symlink_to("crlf")
    (root / "type").symlink_to("crlf")
    (root / "to b").mkdir()
    (root / "moved.txt").rename(root / "to b" / "moved é.txt")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    return root


def patch_of(found) -> PatchEdits:
    assert isinstance(found, PatchEdits), found
    return found


OPTIONS = [
    [],
    ["-M", "-C"],
    ["--find-copies-harder"],
    ["--no-renames"],
    ["--full-index"],
    ["-U0"],
    ["-U50"],
    ["--src-prefix=i/", "--dst-prefix=w/"],
    ["-c"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_what_git_writes_is_read_whole_and_handed_on_unchanged(repository, options):
    diff = git(repository, "diff", "--binary", *options, "HEAD~1", "HEAD")
    found = patch_of(parse_reply(diff))
    assert found.patch == diff
    assert found.repairs == ()
    assert _declared(found) == _told_by_git(repository, diff)


def _declared(found: PatchEdits) -> dict[str, tuple[int, int]]:
    return {file.target or file.source: (file.added_lines, file.removed_lines) for file in found.files}


def _told_by_git(folder: Path, diff: bytes) -> dict[str, tuple[int, int]]:
    """Paths and counts as git's own reader of patches tells them; - for binary files."""
    fields = git(folder, "apply", "--numstat", "-z", "-", stdin=diff).decode().split("\0")[:-1]
    told = {}
    for added, removed, path in (field.split("\t", 2) for field in fields):
        told[path] = (0, 0) if added == "-" else (int(added), int(removed))
    return told


def test_every_kind_is_told(repository):
    diff = git(repository, "diff", "--binary", "-M", "--find-copies-harder", "HEAD~1", "HEAD")
    kinds = {}
    for file in patch_of(parse_reply(diff)).files:
        kinds.setdefault(file.target or file.source, []).append((file.kind, file.source, file.target))
    assert kinds["plain.txt"] == [("modify", "plain.txt", "plain.txt")]
    assert kinds["a b/c b/d"] == [("modify", "a b/c b/d", "a b/c b/d")]
    assert kinds['quoted é\t"\\'] == [("modify", 'quoted é\t"\\', 'quoted é\t"\\')]
    assert kinds["mode b/only"] == [("modify", "mode b/only", "mode b/only")]
    assert kinds["binary"] == [("modify", "binary", "binary")]
    assert kinds["gone b/x"] == [("delete", "gone b/x", None)]
    assert kinds["to b/moved é.txt"] == [("rename", "moved.txt", "to b/moved é.txt")]
    assert kinds["copy b/é.txt"] == [("copy", "copied.txt", "copy b/é.txt")]
    assert kinds["type"] == [("delete", "type", None), ("add", None, "type")]
    diff = git(repository, "diff", "--binary", "--no-renames", "HEAD~1", "HEAD")
    added = {file.target for file in patch_of(parse_reply(diff)).files if file.kind == "add"}
    assert {"new empty/__init__.py", "new b/x", "copy b/é.txt", "to b/moved é.txt"} <= added


def test_a_mail_of_format_patch(repository):
    mail = git(repository, "format-patch", "-1", "--stdout", "--binary")
    found = patch_of(parse_reply(mail))
    assert found.patch == mail[mail.index(b"diff --git") :]
    assert found.repairs == (Repair("prose", 1),)
    assert patch_of(parse_reply(mail, truncated=True)).truncated


def test_a_name_that_is_not_utf8(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "caf\udce9").write_bytes(b"x\n")
    git(tmp_path, "add", "-A")
    diff = git(tmp_path, "diff", "--cached")
    assert patch_of(parse_reply(diff)).files == (PatchFile(None, "caf\udce9", "add", 1, 0),)


def test_a_traditional_diff(tmp_path):
    diff = b"--- a/x\t2020-01-01 00:00:00\n+++ b/x\t2020-01-02 00:00:00\n" + HUNK
    diff += b"--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    assert patch_of(parse_reply(diff)).files == (
        PatchFile("x", "x", "modify", 1, 1),
        PatchFile(None, "new", "add", 1, 0),
        PatchFile("old", None, "delete", 0, 1),
    )


def test_prose_and_fences_around_are_dropped_and_named():
    found = patch_of(parse_reply(b"Here it is:\n\n```diff\n" + DIFF + b"```\n\nThat's all.\n"))
    assert found.patch == DIFF
    assert found.repairs == (Repair("fence", 3), Repair("prose", 1))


def test_a_fence_inside_a_hunk_stays():
    diff = b"--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n ```\n-old\n+new\n ```\n"
    assert patch_of(parse_reply(b"```diff\n" + diff + b"```\n")).patch == diff
    diff = b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-old\n+new\n```\n"
    assert codes(parse_reply(diff, strict=True)) == ["bad-diff"]


def test_several_fenced_diffs_are_one():
    found = patch_of(
        parse_reply(b"```diff\n" + DIFF + b"```\nand\n```diff\n" + DIFF.replace(b"/f", b"/g") + b"```\n")
    )
    assert [file.target for file in found.files] == ["f", "g"]
    assert found.patch.endswith(b"+new\n")


def test_a_missing_last_newline_is_repaired_and_named():
    found = patch_of(parse_reply(DIFF[:-1]))
    assert found.patch == DIFF
    assert found.repairs == (Repair("final-newline", 6),)


def test_binary_data_without_its_last_empty_line_still_applies(repository, tmp_path):
    diff = git(repository, "diff", "--binary", "HEAD~1", "HEAD", "--", "binary")
    for text in (diff.rstrip(b"\n"), b"```diff\n" + diff.rstrip(b"\n") + b"\n```\n"):
        found = patch_of(parse_reply(text))
        assert found.patch == diff
        assert "final-newline" in [repair.name for repair in found.repairs]


def test_a_byte_order_mark_is_dropped():
    found = patch_of(parse_reply(b"\xef\xbb\xbf" + DIFF))
    assert (found.patch, found.repairs) == (DIFF, (Repair("byte-order-mark", 1),))


class TestRefused:
    @pytest.mark.parametrize(
        "header",
        [
            b"@@ ... @@",
            b"@@ def f(): @@",
            b"@@",
            "@@ -\u0661 +1 @@".encode(),
            b"@@ -1 +99999999999 @@",
            b"@@@ -1 -1 +1 @@@",
        ],
    )
    def test_a_hunk_header_without_numbers(self, header):
        found = parse_reply(DIFF.replace(b"@@ -1 +1 @@", header))
        assert codes(found) == ["bad-hunk-header"]
        assert found.problems[0].line == 4

    @pytest.mark.parametrize(
        "diff",
        [
            b"diff --git a/f b/f\n",
            b"diff --git a/f b/f\nindex 1234567..89abcde 100644\n",
            b"diff --git a/f b/f\n--- a/f\n+++ b/f\n",
            b"--- a/f\n+++ b/f\n\nprose\n",
            b"diff --git a/f b/f\nsimilarity index 100%\n",
        ],
    )
    def test_a_file_without_a_change(self, diff):
        assert codes(parse_reply(diff)) == ["empty-file-diff"]
        assert codes(parse_reply(diff + DIFF.replace(b"/f", b"/g"))) == ["empty-file-diff"]

    @pytest.mark.parametrize(
        "hunk",
        [
            b"@@ -1,2 +1,2 @@\n-old\n+new\n",
            b"@@ -1 +1,5 @@\n-old\n+new\n",
            b"@@ -1 +1 @@\n-old\n-older\n+new\n",
            b"@@ -1,3 +1,3 @@\n-old\n+new\nno prefix\n",
        ],
    )
    def test_counts_that_do_not_add_up(self, hunk):
        found = parse_reply(b"--- a/f\n+++ b/f\n" + hunk, strict=True)
        assert codes(found) == ["bad-diff"]
        assert codes(parse_reply(b"--- a/f\n+++ b/f\n" + hunk + DIFF, strict=True)) == ["bad-diff"]

    @pytest.mark.parametrize(
        "hunk",
        [
            b"@@ -1,3 +1,3 @@\n-old\n+new\nno prefix\n",
            b"@@ -1,2 +1,2 @@\n-old\n+new\nNow the next file:\n",
            b"@@ -1 +1 @@\n unchanged\n",
            b"@@ -1 +1 @@\n-old\n\\ No newline at end of file\n+new\n context\n",
            b"@@ -1 +1,2 @@\n-old\n+new\n\\ No newline at end of file\n+more\n",
            b"@@ -1 +1 @@\n\\ No newline at end of file\n-old\n+new\n",
        ],
    )
    def test_a_hunk_whose_lines_cannot_be_told(self, hunk):
        for strict in (True, False):
            assert codes(parse_reply(b"--- a/f\n+++ b/f\n" + hunk + DIFF, strict=strict)) == ["bad-diff"]

    def test_lines_behind_a_hunk_that_git_would_drop_in_silence(self):
        for more in (b"+more\n", b"-old\n", b" context\n", b"\n+more\n", b"\n-old\n", b" \n+  more\n"):
            assert codes(parse_reply(DIFF + more + DIFF, strict=True)) == ["bad-diff"], more
        prose = (b"\n- a point\n- another\n", b"-- \n2.39.5\n", b"\n    code\n", b"\nWords.\n")
        for more in prose:
            assert len(patch_of(parse_reply(DIFF + more + DIFF, strict=True)).files) == 2, more

    def test_a_new_file_that_has_old_lines_and_a_deleted_one_that_has_new_ones(self):
        assert codes(parse_reply(b"--- /dev/null\n+++ b/f\n" + HUNK)) == ["bad-diff"]
        assert codes(parse_reply(b"--- a/f\n+++ /dev/null\n" + HUNK)) == ["bad-diff"]

    def test_a_hunk_of_no_file(self):
        assert codes(parse_reply(HUNK + DIFF)) == ["bad-diff"]
        assert codes(parse_reply(b"--- a/x\n+++ b/x\n\n" + HUNK + DIFF)) == ["empty-file-diff"]

    @pytest.mark.parametrize(
        "diff",
        [
            b"diff --git a/ok b/ok\n--- a/protected\n+++ b/ok\n" + HUNK,
            b"diff --git a/ok b/ok\n--- a/ok\n+++ b/protected\n" + HUNK,
            b"--- a/config.py\n+++ b/config.py_notes.md\n" + HUNK,
            b"--- src/x.py\n+++ b/x.py\n" + HUNK,
            b"diff --git a/x b/y\nold mode 100644\nnew mode 100755\n",
            b"diff --git z\nold mode 100644\nnew mode 100755\n",
            b"--- /dev/null\n+++ /dev/null\n" + HUNK,
            b'--- "a/x\n+++ "b/x\n' + HUNK,
            b'--- "a/\\x"\n+++ "b/\\x"\n' + HUNK,
        ],
    )
    def test_names_with_two_readings(self, diff):
        assert codes(parse_reply(diff)) == ["ambiguous-file-names"]

    def test_a_header_block_of_too_many_lines(self):
        diff = b"diff --git a/f b/f\n" + b"rename from a\nrename to b\n" * 40
        assert codes(parse_reply(diff)) == ["ambiguous-file-names"]

    def test_a_binary_change_without_data(self):
        diff = b"diff --git a/f b/f\nindex 1234567..89abcde 100644\nBinary files a/f and b/f differ\n"
        assert codes(parse_reply(diff)) == ["binary-without-data"]

    def test_what_git_would_take_from_its_objects(self):
        head = b"diff --git a/f b/f\nnew file mode 100644\nindex " + b"0" * 40 + b".." + b"1" * 40 + b"\n"
        assert codes(parse_reply(head + b"Files /dev/null and b/f differ\n")) == ["binary-without-data"]
        assert codes(parse_reply(head + b"Binary files /dev/null and b/f differ\n")) == [
            "binary-without-data"
        ]

    def test_too_many_files(self):
        diff = b"".join(DIFF.replace(b"/f", b"/f%d" % number) for number in range(5))
        assert codes(parse_reply(diff, limits=Limits(files=4))) == ["too-many-operations"]
        assert len(patch_of(parse_reply(diff, limits=Limits(files=5))).files) == 5

    @pytest.mark.parametrize(
        "text",
        [
            b"diff --git " + b"://" * 32_000 + b"\n" + HUNK,
            b"diff --git a/x b/x\nBinary files " + b"x and " * 1_000_000 + b"\n",
            b"diff --git a/x b/x\nold mode 1\nnew mode 2\n\nBinary files "
            + b"x and " * 1_000_000
            + b"\n"
            + HUNK,
            b"diff --git a/f b/f\n" * 50_000,
            b"--- a\n+++ b\n" * 50_000,
            b"diff --git a/f b/f\n" + b"index 1\n" * 100_000,
            b"--- a/f\n+++ b/f\n" + b"@@ -1 +1 @@\n" * 490_000,
            b"--- a/f\n+++ b/f\n" + b"@@ -1,400000 +1,400000 @@\n" * 490_000,
            b"--- a/f\n+++ b/f\n@@ -1,999999999 +1,999999999 @@\n" * 160_000,
            b"--- a/f\n+++ b/f\n@@ -1,999999999 +1,999999999 @@\n" + b"--- a/f\n+++ b/f\n" * 240_000,
            b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n" + b"\n" * 490_000 + b"+more\nprose\n",
            b"diff --git a/f b/f\nold mode 1\nnew mode 2\n" * 160_000,
        ],
        ids=range(12),
    )
    def test_what_makes_parsers_slow_is_refused_soon(self, text):
        for strict in (True, False):
            begun = time.process_time()
            assert isinstance(parse_reply(text, strict=strict), Unusable)
            assert time.process_time() - begun < 10

    def test_a_line_without_its_prefix_is_quoted_as_it_reads(self):
        reply = b"--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n-old\n+new\ncaf\xc3\xa9\n" + DIFF
        (problem,) = parse_reply(reply).problems
        assert (problem.code, problem.path, problem.line) == ("bad-diff", "f", 6)
        assert "begins with a blank, `+` or `-`, and this is `café`" in problem.message


class TestCut:
    TWO = DIFF + DIFF.replace(b"/f", b"/g")

    def test_the_last_file_is_dropped_whole_and_named(self):
        for text in (self.TWO, self.TWO[:-3], self.TWO[:-20], self.TWO[:-40]):
            found = patch_of(parse_reply(text, truncated=True))
            assert (found.patch, found.truncated) == (DIFF, True)
            assert [file.target for file in found.files] == ["f"]
            assert [(r.name, r.line) for r in found.repairs if r.name == "cut-file"] == [("cut-file", 7)]

    @pytest.mark.parametrize(
        "text", [b"diff --git axb1\n\nliteral \nHc", b"diff --git a/f b/f\nGIT binary patch\nliteral 3\nzz"]
    )
    def test_a_problem_is_at_a_line_the_reply_has(self, text):
        for truncated in (True, False):
            (problem,) = parse_reply(text, truncated=truncated).problems
            assert 1 <= problem.line <= text.count(b"\n") + 1

    def test_the_only_file_or_any_under_strict_is_not_enough(self):
        for text, strict in ((DIFF, False), (DIFF, True), (self.TWO, True), (self.TWO[:-3], True)):
            found = parse_reply(text, truncated=True, strict=strict)
            assert codes(found) == ["truncated-diff"]
            assert f"{len(text) > len(DIFF):d} files stand before" in found.problems[0].message
            assert found.truncated

    def test_a_last_hunk_that_is_shorter_than_its_header_says_was_cut(self):
        cut = self.TWO.replace(b"@@ -1 +1 @@\n-old\n+new\n", b"@@ -1,2 +1,2 @@\n-old\n+new\n")
        cut = DIFF + cut[len(cut) // 2 :]
        found = patch_of(parse_reply(cut))
        assert (found.patch, found.truncated) == (DIFF, True)
        assert codes(parse_reply(cut, strict=True)) == ["bad-diff"]
        (problem,) = parse_reply(cut[len(DIFF) :]).problems
        assert (problem.code, problem.path) == ("truncated-diff", "g")
        assert "before hunk 1 (line 4) has all lines" in problem.message

    @pytest.mark.parametrize(
        "hunk", [b"@@ -1,2 +1,2 @@\n", b"@@ -1,2 +1,2 @@", b"@@ -1,3 +1,4 @@\n one\n two\n"]
    )
    def test_a_last_hunk_that_has_no_change_yet_was_cut_too(self, hunk):
        text = DIFF + b"--- a/g\n+++ b/g\n" + hunk
        found = patch_of(parse_reply(text))
        assert (found.patch, found.truncated) == (DIFF, True)
        assert codes(parse_reply(text, strict=True)) == ["bad-diff"]
        assert codes(parse_reply(b"```diff\n" + text.rstrip() + b"\n```\n")) == ["bad-diff"]

    def test_a_hunk_with_something_behind_it_was_not_cut(self):
        short = DIFF.replace(b"@@ -1 +1 @@", b"@@ -1,2 +1,2 @@")
        for text in (b"```diff\n" + DIFF.replace(b"/f", b"/g") + short + b"```\n", short + DIFF):
            found = patch_of(parse_reply(text))
            assert (len(found.files), found.truncated) == (2, False)
            assert any(hunk.miscounted for part in found.parts for hunk in part.hunks)

    def test_faults_before_the_cut_are_still_faults(self):
        bad = DIFF.replace(b"@@ -1 +1 @@", b"@@ ... @@")
        assert codes(parse_reply(bad + self.TWO[:-3], truncated=True)) == ["bad-hunk-header"]
        assert len(patch_of(parse_reply(DIFF + bad, truncated=True)).files) == 1

    def test_behind_a_closing_fence(self):
        found = patch_of(parse_reply(b"```diff\n" + self.TWO + b"```\nNow the", truncated=True))
        assert (len(found.files), found.truncated) == (2, True)

    @pytest.mark.parametrize("strict", [True, False])
    @pytest.mark.parametrize("truncated", [True, False])
    def test_anywhere_it_gives_whole_files_or_nothing(self, truncated, strict):
        text = b"```diff\n" + self.TWO + b"```\n"
        whole = {file.target: file for file in patch_of(parse_reply(text)).files}
        for end in range(len(text)):
            found = parse_reply(text[:end], truncated=truncated, strict=strict)
            if isinstance(found, Unusable):
                continue
            for file in found.files:
                assert file == whole[file.target]
            if truncated:
                assert found.patch == self.TWO or (found.patch == DIFF and not strict)
            # Without the agent's word a cut within the last line alone can't be seen.
            assert text.removeprefix(b"```diff\n").startswith(found.patch.rstrip(b"\n"))


class TestMixed:
    OPERATION = b'{"type":"delete","file_path":"x"}\n'

    @pytest.mark.parametrize("first", [True, False])
    def test_a_diff_and_operations(self, first):
        found = parse_reply(self.OPERATION + DIFF if first else DIFF + self.OPERATION)
        assert codes(found) == ["mixed-formats"]

    def test_a_diff_and_an_operation_that_is_broken(self):
        assert codes(parse_reply(DIFF + b"{'type': 'delete'}\n")) == ["mixed-formats"]

    def test_operations_that_a_diff_adds_removes_or_keeps_are_its_content(self):
        diff = (
            b"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-"
            + self.OPERATION
            + b"+"
            + self.OPERATION
            + b" "
            + self.OPERATION
        )
        assert len(patch_of(parse_reply(diff)).files) == 1

    def test_a_diff_in_the_content_of_an_operation_is_content(self):
        text = json.dumps({"type": "create", "file_path": "x.patch", "content": DIFF.decode()})
        assert not isinstance(parse_reply(text.encode()), PatchEdits | Unusable)
