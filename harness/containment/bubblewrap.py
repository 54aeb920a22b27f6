"""The command line of bubblewrap (bwrap(1)) for a containment: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from harness.containment.model import Containment, Mount

_STRICTNESS = ("read_write", "read_only", "link", "no_file", "no_folder")
# What root may still do inside: own files, but neither mount, load, trace nor make devices.
_ROOT_KEEPS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "NET_BIND_SERVICE")


def contain(
    argv: Sequence[str], containment: Containment, cwd: PurePath | None = None, *, root: bool = False
) -> list[str]:
    """The command that runs `argv` contained, in `cwd` (default: where it is started).

    `root` says that the harness runs as root, who would otherwise keep every capability.
    """
    command = [containment.bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for mount in effective(containment.mounts):
        command += _mount(mount)
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session"]
    if containment.own_processes:
        command.append("--unshare-pid")
    if not containment.network:
        command.append("--unshare-net")
    command += ["--die-with-parent", "--cap-drop", "ALL"]
    for capability in _ROOT_KEEPS if root else ():
        command += ["--cap-add", f"CAP_{capability}"]
    for name, value in containment.environment.items():
        command += ["--unsetenv", name] if value is None else ["--setenv", name, value]
    if cwd is not None:
        command += ["--chdir", str(cwd)]
    return [*command, "--", *argv]


def effective(mounts: Iterable[Mount]) -> list[Mount]:
    """The mounts in the order they have to be made, without those that change nothing."""
    strictest: dict[PurePath, Mount] = {}
    for mount in sorted(mounts, key=lambda mount: -_STRICTNESS.index(mount.kind)):
        strictest.setdefault(mount.place, mount)
    kept: dict[PurePath, Mount] = {}
    for place in sorted(strictest, key=lambda place: len(place.parts)):
        if not _says_nothing_new(strictest[place], kept):
            kept[place] = strictest[place]
    return list(kept.values())


def _says_nothing_new(mount: Mount, kept: dict[PurePath, Mount]) -> bool:
    """Whether the place is read-only already, and shows itself."""
    if mount.kind != "read_only" or not _shows_itself(mount):
        return False
    around = next((kept[folder] for folder in mount.place.parents if folder in kept), None)
    if around is None:
        return not mount.place.is_relative_to("/dev") and not mount.place.is_relative_to("/proc")
    return around.kind == "read_only" and _shows_itself(around)


def _shows_itself(mount: Mount) -> bool:
    return mount.source in (None, mount.place)


def _mount(mount: Mount) -> list[str]:
    place, source = str(mount.place), str(mount.source or mount.place)
    match mount.kind:
        case "read_only":
            # What has gone since it was listed is no reason to fail.
            return ["--ro-bind-try", source, place]
        case "read_write":
            return ["--bind-try", source, place]
        case "no_folder":
            return ["--tmpfs", place]
        case "no_file":
            return ["--ro-bind", "/dev/null", place]
        case "link":
            return ["--symlink", source, place]
