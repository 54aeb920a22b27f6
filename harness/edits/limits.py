"""How much of a reply, and of what it makes, is taken; past a limit it is refused at once."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes. The defaults admit a 10 MB reply of 2,000 operations with room to spare.

    `operations` is also the limit of changes in one operation, and of JSON values in a reply;
    `files` that of files in a diff.
    `header_line_bytes` caps a header line of a diff (parsers are quadratic in its length), and
    `binary_bytes` the sum of what its binary parts declare and their deltas make, before git
    inflates any.
    `file_bytes` is what changes may make a file grow to.
    `text_work` caps the characters all changes of all `modify` operations together read and write.
    `relaxed_bytes` is the size up to which a JSON value that isn't strict is read leniently.
    """

    reply_bytes: int = 16 * _MIB
    lines: int = 500_000
    line_bytes: int = 8 * _MIB
    operations: int = 10_000
    files: int = 10_000
    fields: int = 64
    json_depth: int = 32
    json_integer_digits: int = 20
    header_line_bytes: int = 4096
    binary_bytes: int = 64 * _MIB
    file_bytes: int = 16 * _MIB
    text_work: int = 512 * _MIB
    relaxed_bytes: int = 64 * 1024


DEFAULT_LIMITS = Limits()
