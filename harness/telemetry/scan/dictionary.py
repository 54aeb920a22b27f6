"""The different ones among many hashes."""

from __future__ import annotations

import numpy as np

from harness.telemetry.scan.block import Hashes, Numbers

_BITS = 16


def dictionary(hashes: Hashes) -> tuple[Hashes, Numbers, Numbers]:
    """(the different ones, for each row the place of its own among them, for each a row that has it)."""
    # Most have few, which mostly fall into slots of their own; that is much faster than sorting.
    slot = (hashes >> np.uint64(64 - _BITS)).astype(np.int64)
    owner = np.full(1 << _BITS, -1, dtype=np.int64)
    owner[slot] = np.arange(len(hashes))
    if bool((hashes[owner[slot]] == hashes).all()):
        rows = owner[owner >= 0]
        owner[slot[rows]] = np.arange(len(rows))
        return hashes[rows], owner[slot], rows
    different, rows, index = np.unique(hashes, return_index=True, return_inverse=True)
    return different, index, rows
