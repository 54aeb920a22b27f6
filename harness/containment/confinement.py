"""How the programs of one role (agent, tests, fix) are contained on this machine, in one repository."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from harness.containment.home import hidden_in, home_view
from harness.containment.model import Containment, Mount
from harness.containment.views import leading, partial_view

Role = Literal["agent", "tests", "fix"]

# Ways to a program outside that acts for the user: agents for keys, the session's bus, the display.
_REMOVED = (
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
)
_SOCKETS = ("run/docker.sock", "run/podman/podman.sock", "run/containerd/containerd.sock")
_TEMPORARY = "harness"  # the folder for temporary files inside a private /tmp


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is special on this machine, absolute paths without symbolic links.

    `protected` is what must never be written (the user's repository, environments); `state` the folder
    with everybody's attempts; `writable` what an agent may write beside its own; `shared` what is kept for
    later programs, and only trusted ones may write; `needed` what has to be seen even where a folder is
    only shown in part.
    """

    home: Path | None
    state: Path
    temporary: tuple[Path, ...] = (Path("/tmp"), Path("/var/tmp"))
    protected: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    shared: tuple[Path, ...] = ()
    needed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Confinement:
    """`bwrap` is the program that contains, None where nothing does and `why` says the reason.

    `wanted` is whether containment was asked for at all.
    """

    role: Role
    bwrap: str | None
    surroundings: Surroundings
    network: bool = False
    why: str = ""
    wanted: bool = True

    @property
    def told(self) -> str:
        """ "bubblewrap", or "none: " and the reason: what the evidence keeps."""
        return "bubblewrap" if self.bwrap else f"none: {self.why}"

    def around(self, own: Iterable[Path], private: Path, *, trusted: bool = False) -> Containment | None:
        """The containment of one program that may write its `own` folders; None where there is none.

        `private` is a fresh folder for what the program believes to write elsewhere; it is made here
        and goes away with the attempt. One that is `trusted` may write what is shared, too.
        """
        if self.bwrap is None:
            return None
        private.mkdir(parents=True)
        mine = [_real(folder) for folder in own]
        mounts = [*self._base(mine, trusted), *self._temporary(private), *self._home(private)]
        environment: dict[str, str | None] = dict.fromkeys(_REMOVED)
        if self.role != "agent":
            cache = private / "cache"
            cache.mkdir()
            mounts.append(Mount("read_write", _real(cache)))
            environment["XDG_CACHE_HOME"] = str(cache)
            environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), f"/tmp/{_TEMPORARY}")
        return Containment(self.bwrap, tuple(mounts), self.network, environment=environment)

    def _base(self, mine: list[Path], trusted: bool) -> list[Mount]:
        """Mounts for what is the program's own, what is protected, and what is out of sight."""
        around = self.surroundings
        hidden = around.state / "repositories"
        mounts = [Mount("read_only", path) for path in (*around.protected, around.state) if path.exists()]
        mounts += [Mount("read_write" if trusted else "read_only", path) for path in around.shared]
        if hidden.is_dir():
            mounts.append(Mount("no_folder", hidden))
            mounts += [Mount("read_only", path) for path in _attempts(hidden, mine)]
        own: list[Mount] = [Mount("read_write", path) for path in mine]
        sockets = [Mount("no_file", path) for path in _sockets()]
        runtime = Path("/run/user")
        return [*mounts, *own, *sockets, *([Mount("no_folder", runtime)] if runtime.is_dir() else [])]

    def _temporary(self, private: Path) -> list[Mount]:
        """An agent has the machine's folders for temporary files; tests and fixes have their own."""
        mounts: list[Mount] = []
        for place in self.surroundings.temporary:
            if not place.is_dir():
                continue
            if self.role == "agent":
                mounts.append(Mount("read_write", place))
                mounts += [Mount("no_folder", path) for path in _listening(place)]
                continue
            folder = private / "-".join(place.parts[1:])
            (folder / _TEMPORARY).mkdir(parents=True)
            mounts += partial_view(place, folder, leading(place, self._needed()), lambda _: "read_only")
        return mounts

    def _home(self, private: Path) -> list[Mount]:
        around = self.surroundings
        home = around.home
        if self.role != "agent":
            return hidden_in(home) if home else []
        mounts = [Mount("read_write", path) for path in around.writable if not self._is_protected(path)]
        if home is None or self._is_protected(home):
            return mounts
        view = home_view(home, private)
        return [*mounts, *(mount for mount in view if not self._is_closed(mount))]

    def _is_closed(self, mount: Mount) -> bool:
        """Whether an entry of the home folder must never be written, or is named as writable itself."""
        if mount.place in self.surroundings.writable:
            return True
        return mount.kind == "read_write" and mount.source == mount.place and self._is_protected(mount.place)

    def _is_protected(self, path: PurePath) -> bool:
        return any(path.is_relative_to(protected) for protected in self.surroundings.protected)

    def _needed(self) -> list[Path]:
        around = self.surroundings
        return [*around.protected, *around.shared, *around.needed, *([around.home] if around.home else [])]


def _attempts(hidden: Path, mine: Iterable[Path]) -> set[Path]:
    """The folders of the attempts that `mine` belong to: repositories/NAME/worktrees/RUN/ATTEMPT."""
    inside = [path.relative_to(hidden).parts for path in mine if path.is_relative_to(hidden)]
    return {hidden.joinpath(*parts[:4]) for parts in inside if len(parts) > 4}


def _listening(temporary: Path) -> list[Path]:
    found = [temporary / ".X11-unix", *temporary.glob("ssh-*"), *temporary.glob("tmux-*")]
    return [path for path in found if path.is_dir() and not path.is_symlink()]


def _sockets() -> list[Path]:
    places = (Path(os.path.realpath(Path("/") / name)) for name in _SOCKETS)
    return [place for place in places if place.is_socket()]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
