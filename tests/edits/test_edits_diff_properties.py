"""Diffs of any files: rendered, read and applied they give those files; cut, they give whole ones; nothing raises."""

import difflib
import re
import tempfile
from pathlib import Path

from diff_fitting import fitted, patched
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.edits.diff_fit import FittedPatch
from harness.edits.model import PatchEdits, Unusable
from harness.edits.reply import parse_reply

NAMES = st.sampled_from(["f", "src/g.py", "with space", "é/ü", "a b/b/c"])
LINES = st.sampled_from(
    [b"", b"one", b"two", b"  two", b"-- a", b"++ b", b"@@ c", b"\\ x", b"\xe9", b"r\r", b"x\x0cy"]
)
CONTENTS = st.builds(
    lambda lines, ended: b"\n".join(lines) + (b"\n" if ended and lines else b""),
    st.lists(LINES, max_size=24),
    st.booleans(),
)
FILES = st.dictionaries(NAMES, CONTENTS, max_size=4)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def cut_in_lines(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def rendered(old: bytes | None, new: bytes | None, name: str) -> bytes:
    """One file as `git diff` writes it; nothing where nothing changes."""
    path = name.encode()
    tab = b"\t" if b" " in path else b""
    head = b"diff --git a/%s b/%s\n" % (path, path)
    if old is None or new is None:
        head += b"new file mode 100644\n" if old is None else b"deleted file mode 100644\n"
    sides = (b"--- a/%s%s\n" % (path, tab) if old is not None else b"--- /dev/null\n") + (
        b"+++ b/%s%s\n" % (path, tab) if new is not None else b"+++ /dev/null\n"
    )
    lines = list(
        difflib.diff_bytes(
            difflib.unified_diff, cut_in_lines(old or b""), cut_in_lines(new or b""), lineterm=b"\n"
        )
    )[2:]
    if not lines:
        return head if old is None or new is None else b""
    body = b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines
    )
    return head + sides + body


def diff_of(old: dict[str, bytes], new: dict[str, bytes]) -> bytes:
    names = sorted({*old, *new})
    return b"".join(rendered(old.get(n), new.get(n), n) for n in names if old.get(n) != new.get(n))


@QUICK
@given(FILES, FILES, st.booleans())
def test_a_rendered_diff_gives_the_files_it_was_rendered_from(old, new, strict):
    reply = diff_of(old, new)
    if not reply:
        return
    found = fitted(old, reply, strict=strict)
    assert isinstance(found, FittedPatch), found
    assert found.patch == reply
    assert found.repairs == ()
    with tempfile.TemporaryDirectory() as folder:
        assert patched(Path(folder), old, found) == new


@QUICK
@given(FILES, FILES, st.data())
def test_a_cut_one_gives_whole_files_only(old, new, data):
    reply = diff_of(old, new)
    end = data.draw(st.integers(0, len(reply)))
    whole = {file.target or file.source: file for file in parse_all(reply)}
    found = parse_reply(reply[:end], truncated=True)
    for file in parse_all(reply[:end], truncated=True):
        assert file == whole[file.target or file.source]
    assert isinstance(found, Unusable) or reply.startswith(found.patch)


def parse_all(reply: bytes, **options):
    found = parse_reply(reply, **options)
    return found.files if isinstance(found, PatchEdits) else ()


PIECES = st.sampled_from(
    [
        b"diff --git a/f b/f", b"diff --git f f", b"--- a/f", b"+++ b/f", b"--- f", b"+++ f", b"--- /dev/null",
        b"+++ /dev/null", b"@@ -1 +1 @@", b"@@ -1,2 +1,3 @@", b"@@ -0,0 +1 @@", b"@@ -3,0 +4 @@", b"@@ ... @@",
        b"@@ -999999999,9 +9,999999999 @@", b" one", b"-one", b"+one", b" two", b"-two", b"+2", b"", b" ", b"prose",
        b"\\ No newline at end of file", b"\\", b"new file mode 100644", b"deleted file mode 100644", b"old mode 100644",
        b"new mode 100755", b"rename from f", b"rename to g", b"copy from f", b"copy to g", b"similarity index 100%",
        b"index 1234567..89abcde 100644", b"GIT binary patch", b"literal 1", b"delta 9", b"IcmZQzU|?iq00A%n0pS1", b"zz",
        b"Binary files a/f and b/f differ", b"-- ", b"2.39.5", b"```", b"\xff\x00", b"--- a/f\t1970-01-01 00:00:00 +0000",
    ]
)  # fmt: skip
HOSTILE = st.lists(st.tuples(PIECES, st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b""])), max_size=30).map(
    lambda pieces: b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-one\n+1\n" + b"".join(a + b for a, b in pieces)
)


@settings(QUICK, max_examples=100)
@given(
    st.one_of(HOSTILE, st.binary(max_size=200).map(lambda noise: b"diff --git a/f b/f\n" + noise)),
    CONTENTS,
    st.booleans(),
)
def test_nothing_raises_and_what_is_refused_says_why(reply, content, strict):
    for truncated in (True, False):
        found = fitted({"f": content}, reply, strict=strict, truncated=truncated)
        if isinstance(found, Unusable):
            assert all(problem.code and problem.message for problem in found.problems)
            assert found.problems
        elif strict:
            assert {repair.name for repair in found.repairs} <= {"final-newline", "fence", "prose"}


DISTINCT = st.lists(st.integers(0, 99), unique=True, min_size=1, max_size=40).map(
    lambda numbers: b"".join(b"%d\n" % number for number in numbers)
)


@QUICK
@given(DISTINCT, DISTINCT, st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_wrong_numbers_never_lead_to_a_wrong_place(old, new, old_start, new_start, strict):
    """Where no line stands twice, a hunk that goes anywhere goes where it was meant to go."""
    reply = re.sub(
        rb"@@ -\d+(,\d+)? \+\d+(,\d+)? @@",
        lambda m: b"@@ -%d%s +%d%s @@" % (old_start, m[1] or b"", new_start, m[2] or b""),
        diff_of({"f": old}, {"f": new}),
    )
    found = fitted({"f": old}, reply, strict=strict) if reply else None
    if isinstance(found, FittedPatch):
        with tempfile.TemporaryDirectory() as folder:
            assert patched(Path(folder), {"f": old}, found) == {"f": new}
    elif found is not None and not strict:
        assert {problem.code for problem in found.problems} <= {"hunk-missing", "hunk-without-context"}
