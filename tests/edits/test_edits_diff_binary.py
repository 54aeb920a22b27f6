"""Binary parts of a diff: what they would unpack to is known, and refused, before anything is unpacked."""

import base64
import subprocess
import time
import tracemalloc
import zlib

import pytest
from edits_memory_tree import codes

from harness.edits.limits import Limits
from harness.edits.model import PatchEdits
from harness.edits.reply import parse_reply

MIB = 1024 * 1024


def encoded(packed: bytes) -> bytes:
    """Bytes as git writes them: 52 a line, each with its length, and an empty line."""
    lines = []
    for at in range(0, len(packed), 52):
        part = packed[at : at + 52]
        length = bytes([ord("A") + len(part) - 1 if len(part) <= 26 else ord("a") + len(part) - 27])
        lines.append(length + base64.b85encode(part + b"\0" * (-len(part) % 4)) + b"\n")
    return b"".join(lines) + b"\n"


def part(method: str, size: int, packed: bytes, name: str = "f", back: bytes = b"") -> bytes:
    head = f"diff --git a/{name} b/{name}\nindex {'1' * 40}..{'2' * 40} 100644\nGIT binary patch\n{method} {size}\n"
    return head.encode() + encoded(packed) + back


def varint(number: int) -> bytes:
    digits = []
    while True:
        number, digit = divmod(number, 128)
        digits.append(digit | (128 if number else 0))
        if not number:
            return bytes(digits)


def delta(source: int, result: int) -> bytes:
    """A delta that copies 64 KiB as often as its result needs."""
    return varint(source) + varint(result) + b"\x80" * (result // 65536)


def refused(reply: bytes) -> list[str]:
    """The codes of a refusal that took neither time nor memory."""
    tracemalloc.start()
    begun = time.process_time()
    try:
        found = codes(parse_reply(reply))
        assert time.process_time() - begun < 5
        assert tracemalloc.get_traced_memory()[1] < 20 * len(reply) + 4 * MIB
    finally:
        tracemalloc.stop()
    return found


def test_a_delta_of_a_few_hundred_bytes_that_makes_383_mib():
    bomb = delta(65536, 6128 * 65536)
    reply = part("delta", len(bomb), zlib.compress(bomb, 9))
    assert len(reply) < 400
    assert refused(reply) == ["binary-too-large"]


def test_a_literal_that_unpacks_to_more_than_a_file_may_have():
    packed = zlib.compress(b"\0" * (16 * MIB + 1), 9)
    assert refused(part("literal", 16 * MIB + 1, packed)) == ["binary-too-large"]


@pytest.mark.parametrize("size", ["67108865", "99999999999999", "9" * 19, "9" * 5000], ids=len)
@pytest.mark.parametrize("method", ["literal", "delta"])
def test_a_size_that_lies(method, size):
    reply = part(method, 0, zlib.compress(b"x")).replace(f"{method} 0".encode(), f"{method} {size}".encode())
    assert refused(reply) == ["binary-too-large"]


def test_sizes_add_up_over_the_files_and_both_ways():
    packed = zlib.compress(b"\0" * (15 * MIB), 9)
    parts = [part("literal", 15 * MIB, packed, f"f{number}") for number in range(5)]
    assert refused(b"".join(parts)) == ["binary-too-large"]
    assert isinstance(parse_reply(b"".join(parts[:4])), PatchEdits)
    back = b"literal %d\n" % (60 * MIB) + encoded(packed)
    assert refused(part("literal", 15 * MIB, packed, back=back)) == ["binary-too-large"]


def test_what_deltas_make_adds_up():
    small = delta(65536, 10 * MIB)
    parts = [part("delta", len(small), zlib.compress(small), f"f{number}") for number in range(7)]
    assert refused(b"".join(parts)) == ["binary-too-large"]
    assert isinstance(parse_reply(b"".join(parts[:6])), PatchEdits)


def test_the_limits_are_those_that_are_given():
    reply = part("literal", 1000, zlib.compress(b"\0" * 1000))
    assert isinstance(parse_reply(reply, limits=Limits(file_bytes=1000, binary_bytes=1000)), PatchEdits)
    for limits in (Limits(file_bytes=999), Limits(binary_bytes=999)):
        assert codes(parse_reply(reply, limits=limits)) == ["binary-too-large"]


GOOD = part("delta", len(delta(65536, 65536)), zlib.compress(delta(65536, 65536)))


@pytest.mark.parametrize(
    "reply",
    [
        GOOD.replace(b"delta ", b"dalte "),
        GOOD.replace(b"delta ", b"delta -"),
        GOOD.replace(b"delta ", b"delta 0x"),
        GOOD.replace(b"GIT binary patch\n", b"GIT binary patch\r\n"),
        GOOD.rstrip(b"\n")[:-1] + b"\n\n",
        GOOD.rstrip(b"\n") + b"\r\n\n",
        GOOD.rstrip(b"\n") + b"\nprose\n",
        part("delta", 8, zlib.compress(b"\xff" * 30)),
        part("delta", 8, zlib.compress(b"")),
        part("delta", 8, b"not packed"),
        part("delta", 8, b"x\x9c" + b"\0\0\0\xff\xff" * 200_000),
        GOOD + b"literal 5\nprose\n\n",
        GOOD.partition(b"delta")[0],
        GOOD.partition(b"\n\n")[0].rpartition(b"\n")[0] + b"\n\n",
    ],
    ids=range(14),
)
def test_data_that_cannot_be_read(reply):
    """git would leave such a file and all behind it out, and apply the rest."""
    assert refused(reply) == ["bad-binary"]
    whole = b"--- a/g\n+++ b/g\n@@ -1 +1 @@\n-old\n+new\n"
    assert refused(whole + reply) == ["bad-binary"]


@pytest.mark.parametrize("seed", range(6))
def test_what_git_writes_is_read(tmp_path, seed):
    """Deltas, literals, and data that does not compress, so that the sizes are not in the first bytes."""
    import random

    chance = random.Random(seed)
    old = bytes(chance.randrange(256) for _ in range(chance.choice((0, 10, 5000, 40_000)))) + b"\0"
    at = chance.randrange(len(old))
    new = old[:at] + bytes(chance.randrange(256) for _ in range(chance.choice((1, 300, 9000)))) + old[at:]
    for name, content in (("a", old), ("b", new)):
        (tmp_path / name).write_bytes(content)
    command = ["git", "diff", "--no-index", "--binary", "a", "b"]
    diff = subprocess.run(command, cwd=tmp_path, capture_output=True).stdout
    assert b"GIT binary patch" in diff
    found = parse_reply(diff.replace(b"a/a b/b", b"a/f b/f"), limits=Limits(file_bytes=len(new)))
    assert isinstance(found, PatchEdits), found
    assert codes(parse_reply(diff.replace(b"a/a b/b", b"a/f b/f"), limits=Limits(file_bytes=len(new) - 1)))
