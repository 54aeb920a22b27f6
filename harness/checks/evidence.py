"""Reading the files a run of pytest left, which the code under test could have put there too."""

from __future__ import annotations

import os
from pathlib import Path

from harness.process.log import head_and_tail
from harness.process.regular_file import open_regular

REPORT_LIMIT = 256 * 1024 * 1024  # bytes; 100,000 tests leave about 120 MB of report log
LOG_LIMIT = 64 * 1024  # bytes of both streams together


def own_content(path: Path, started: int) -> bytes | None:
    """The bytes of a regular file written since `started` (ns, the disk's clock), else None."""
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_mtime_ns < started:
                return None
            content = file.read(REPORT_LIMIT + 1)
    except OSError:
        return None
    return content if len(content) <= REPORT_LIMIT else None


def output_log(stdout: Path, stderr: Path) -> str:
    """Head and tail of both streams, at most `LOG_LIMIT` bytes read, standard error last."""
    printed = head_and_tail(stdout, LOG_LIMIT * 3 // 4)
    complained = head_and_tail(stderr, LOG_LIMIT // 4)
    if not complained:
        return printed
    return f"{printed.rstrip()}\n--- standard error ---\n{complained}".lstrip()
