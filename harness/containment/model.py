"""What a contained program may write, see and reach: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

# "no_folder" and "no_file": nothing of what is there can be seen. "link": a symbolic link to `source`.
MountKind = Literal["read_only", "read_write", "no_folder", "no_file", "link"]


@dataclass(frozen=True, slots=True)
class Mount:
    """One place that differs from the rest of the system. `source` shows there, by default the place itself.

    Paths are absolute and free of symbolic links.
    """

    kind: MountKind
    place: PurePath
    source: PurePath | None = None


@dataclass(frozen=True, slots=True)
class Containment:
    """How one program is contained by `bwrap`, an absolute path.

    The whole system can be seen and nothing of it written, but for what `mounts` say; of two mounts the
    deeper one counts, of two at one place the stricter. `network` is whether the machine's own network
    is there (a loopback of its own is always). With `own_processes` other processes can neither be seen
    nor signalled, and everything the program started ends with it. `environment` are variables to set,
    None for those to remove.
    """

    bwrap: str
    mounts: tuple[Mount, ...] = ()
    network: bool = False
    own_processes: bool = True
    environment: Mapping[str, str | None] = field(default_factory=dict)
