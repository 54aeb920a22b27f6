"""Diffs that ask for much: refused early, in little time and memory, with nothing left behind."""

import base64
import hashlib
import zlib

import pytest
from check_watched import WatchedProject, blob_id
from project import names

BLOCK = bytes(range(256)) * 256  # 64 KiB
SAME = "x\n" * 50_000
BLOCKS = [f"blocks/{n}.bin" for n in range(100)]
BASE = {"base.bin": BLOCK, **dict.fromkeys(BLOCKS, BLOCK), "same.txt": SAME, "src/a.py": "one\ntwo\n"}


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


# --- binary patches ---


def encoded(kind, data, size=None):
    """A binary part of a diff, which may lie about its size."""
    packed = zlib.compress(data, 9)
    rows = [packed[at : at + 52] for at in range(0, len(packed), 52)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    body = "".join(letters[len(row) - 1] + base64.b85encode(row, pad=True).decode() + "\n" for row in rows)
    return f"{kind} {len(data) if size is None else size}\n{body}\n"


def binary(path, part, new=True, result="1" * 40):
    """A file of a diff whose header names the blob that git is to find in the end."""
    old, mode = ("0" * 40, "new file mode 100644\n") if new else (blob_id(BASE[path]), "")
    tail = "" if new else " 100644"
    return f"diff --git a/{path} b/{path}\n{mode}index {old}..{result}{tail}\nGIT binary patch\n{part}"


def repeated(copies):
    """The id of a blob of so many blocks."""
    digest = hashlib.sha1(b"blob %d\0" % (copies * len(BLOCK)))
    for _ in range(copies):
        digest.update(BLOCK)
    return digest.hexdigest()


def varint(number):
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def delta(copies, result=None):
    """A delta of so many copies of the first 64 KiB, a byte each."""
    size = copies * len(BLOCK) if result is None else result
    return varint(len(BLOCK)) + varint(size) + b"\x80" * copies


BINARY = {
    "delta-that-makes-383-mib": lambda: binary("base.bin", encoded("delta", delta(6128)), new=False, result=repeated(6128)),
    "delta-that-makes-a-tebibyte": lambda: binary("base.bin", encoded("delta", delta(1 << 24)), new=False),
    "delta-that-says-less-than-it-makes": lambda: binary("base.bin", encoded("delta", delta(6128, 65536)), new=False),
    "delta-that-says-more-than-it-makes": lambda: binary("base.bin", encoded("delta", delta(1, 1 << 40)), new=False),
    "delta-that-lies-about-its-own-size": lambda: binary("base.bin", encoded("delta", delta(6128), 12), new=False),
    "a-hundred-deltas-of-a-mib": lambda: "".join(
        binary(path, encoded("delta", delta(16)), new=False, result=repeated(16)) for path in BLOCKS
    ),
    "literal-of-128-mib": lambda: binary("zeros.bin", encoded("literal", bytes(128 << 20))),
    "literal-of-more-than-there-is-memory": lambda: binary("zeros.bin", encoded("literal", b"z", 99999999999999)),
    "literal-that-says-ten-bytes": lambda: binary("zeros.bin", encoded("literal", bytes(128 << 20), 10)),
    "a-hundred-literals-of-a-mib": lambda: "".join(
        binary(f"zeros{n}.bin", encoded("literal", bytes(1 << 20))) for n in range(100)
    ),
    "literal-without-end-of-digits": lambda: binary("zeros.bin", f"literal {'9' * 5000}\nIc${{MZ000310RR91\n\n"),
}  # fmt: skip


LARGEST = "delta-that-makes-383-mib"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == LARGEST)) for name in BINARY]
)
def test_binary_bomb(repo, name):
    result = repo.measured(BINARY[name]())
    assert (result.code, result.json["tree"]) == (4, None), result.json
    assert names(result.json["violations"]) <= {"binary-too-large", "patch-does-not-apply", "bad-diff"}


def test_an_honest_delta_and_literal_pass(repo):
    reply = binary("base.bin", encoded("delta", delta(2)), new=False).replace("1" * 40, blob_id(BLOCK * 2))
    reply += binary("zeros.bin", encoded("literal", bytes(1 << 20))).replace(
        "1" * 40, blob_id(bytes(1 << 20))
    )
    repo.accepted(repo.measured(reply), {"base.bin": BLOCK * 2, "zeros.bin": bytes(1 << 20)})


# --- text patches ---


def plain(path, body):
    return f"--- a/{path}\n+++ b/{path}\n{body}"


ONE_LINE = plain("src/a.py", "@@ -1,2 +1,2 @@\n one\n-two\n+2\n")

TEXT = {
    "binary-files-and-and-and": lambda: "diff --git a/x b/x\nBinary files " + "and " * 50_000 + "differ\n",
    "binary-files-and-and-as-prose": lambda: "Binary files " + "and " * 50_000 + "differ\n" + ONE_LINE.replace("two", "six"),
    "source-name-of-a-mib": lambda: ONE_LINE.replace("--- a/src/a.py", "--- http://" + "a/" * 500_000),
    "blanks-in-a-source-name": lambda: ONE_LINE.replace("--- a/src/a.py", "--- a/" + "x\t" * 250_000),
    "dates-in-a-source-name": lambda: ONE_LINE.replace("--- a/src/a.py", "--- a/x" + " 2010-07-05 19:41:17" * 25_000),
    "git-header-of-a-mib": lambda: "diff --git " + "a/x " * 250_000 + "\nold mode 100644\nnew mode 100755\n",
    "quoted-header-of-a-mib": lambda: 'diff --git "a/' + "\\303" * 250_000 + '" b/x\nnew mode 100755\n',
    "hunk-of-a-billion-lines": lambda: plain("src/a.py", "@@ -1,1000000000 +1,1000000000 @@\n one\n-two\n+2\n"),
    "hunk-with-a-number-without-end": lambda: plain("src/a.py", f"@@ -1,{'9' * 100_000} +1 @@\n one\n-two\n+2\n"),
    "hunk-headers-alone": lambda: plain("src/a.py", "@@ -1 +1 @@\n" * 200_000),
    "twenty-thousand-files": lambda: "".join(
        f"diff --git a/f{n} b/f{n}\nnew file mode 100644\n--- /dev/null\n+++ b/f{n}\n@@ -0,0 +1 @@\n+x\n"
        for n in range(20_000)
    ),
    "headers-without-hunks": lambda: "".join(f"diff --git a/f{n} b/f{n}\n" for n in range(9_000)),
    "header-blocks-without-end": lambda: "diff --git a/x b/x\n" + "index 1..2\n" * 300_000,
    "hunks-that-fit-nowhere-in-a-file-of-equal-lines": lambda: plain(
        "same.txt", "".join(f"@@ -{n},3 +{n},3 @@\n x\n-x\n+y\n z\n" for n in range(1, 30_000, 3))
    ),
    "one-hunk-that-nearly-fits-everywhere": lambda: plain(
        "same.txt", "@@ -1,20001 +1,20002 @@\n" + " x\n" * 20_000 + "+y\n z\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXT)
def test_text_bomb(repo, name):
    result = repo.measured(TEXT[name]())
    assert (result.code, result.json["tree"]) == (4, None), result.json
    assert result.json["violations"]
    assert len(result.stdout) < 8_000_000


def test_hunks_that_fit_everywhere_take_no_longer(repo):
    hunks = "".join(f"@@ -{n + 60_000},3 +{n},3 @@\n x\n-x\n+y\n x\n" for n in range(1, 30_000, 3))
    assert repo.measured(plain("same.txt", hunks)).code in (0, 3, 4)


def test_a_big_honest_patch_passes(repo):
    body = "".join(f"+line {n}\n" for n in range(400_000))
    reply = f"--- /dev/null\n+++ b/big.txt\n@@ -0,0 +1,400000 @@\n{body}"
    after = {"big.txt": "".join(f"line {n}\n" for n in range(400_000))}
    repo.accepted(repo.measured(reply), after)
