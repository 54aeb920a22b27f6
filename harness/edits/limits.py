"""How much of a reply, and of what it makes, is taken; past a limit it is refused at once."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes. The defaults admit a 10 MB reply of 2,000 operations with room to spare.

    `operations` is also the limit of changes in one operation, and of files in a diff.
    `header_line_bytes` caps a header line of a diff (parsers are quadratic in its length), and
    `binary_bytes` the sum of the sizes its binary parts declare before git inflates them.
    `file_bytes` is what changes may make a file grow to.
    `text_work` caps the characters all changes of all `modify` operations together read and write.
    """

    reply_bytes: int = 16 * _MIB
    lines: int = 500_000
    line_bytes: int = 8 * _MIB
    operations: int = 10_000
    fields: int = 64
    json_depth: int = 32
    json_integer_digits: int = 20
    header_line_bytes: int = 4096
    binary_bytes: int = 64 * _MIB
    file_bytes: int = 16 * _MIB
    text_work: int = 512 * _MIB


DEFAULT_LIMITS = Limits()
