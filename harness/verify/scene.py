"""What every check works with: the repository, a throwaway one to compute in, and what was read of them."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.git.ledger import RUNS
from harness.git.private import PrivateRepository
from harness.git.refs import list_refs, read_ref, remote_branches
from harness.git.repository import Repository, branch_of, short_branch
from harness.git.seal import refs_between_seals
from harness.scratch import scratch_folder
from harness.verify.commits import CommitFacts, commits_between, contains_any, read_commits

_OBJECT_ID = re.compile(r"[0-9a-f]{40}")


def is_object_id(text: str) -> bool:
    """Whether a text can be an object's full id; nothing else from a record gets near a git process."""
    return _OBJECT_ID.fullmatch(text) is not None


@dataclass(frozen=True)
class Scene:
    """`user` is only read; candidates are built again in `private`, which is gone afterwards."""

    user: Repository
    private: PrivateRepository
    known: dict[str, CommitFacts] = field(default_factory=dict)
    noted: dict[str, dict[str, str]] = field(default_factory=dict)

    @functools.cached_property
    def tips(self) -> dict[str, str]:
        """Ledgers and branches of runs as they were at one moment: what is sealed later doesn't count."""
        return refs_between_seals(self.user, (RUNS, branch_of("")))

    def phases(self, run: str) -> list[str]:
        """The phases of a run that have a ledger."""
        prefix = f"{RUNS}{run}/"
        return [ref.removeprefix(prefix) for ref in self.tips if ref.startswith(prefix)]

    def has(self, oid: str) -> bool:
        """Whether the repository has an object of this full id."""
        return is_object_id(oid) and oid in self.user.objects

    def learn(self, oids: Iterable[str]) -> None:
        """Read those of these commits that are there and not known yet, all at once."""
        wanted = [oid for oid in dict.fromkeys(oids) if oid not in self.known and self._is_commit(oid)]
        self.known.update(read_commits(self.user.git, wanted))

    def commit(self, oid: str | None) -> CommitFacts | None:
        """A commit; None where the repository has none of this id."""
        if oid is None:
            return None
        self.learn([oid])
        return self.known.get(oid)

    def contains(self, tip: str, oid: str) -> bool:
        """Whether the commit `tip` contains the commit `oid`."""
        return self._is_commit(oid) and self.user.is_ancestor(oid, tip)

    def contains_any(self, tip: str, oids: Iterable[str]) -> bool:
        """Whether the commit `tip` contains one of these commits."""
        return contains_any(self.user.git, tip, filter(self._is_commit, oids))

    def between(self, tip: str, without: Iterable[str]) -> dict[str, CommitFacts]:
        """Every commit of `tip` that none of `without` contains, newest first."""
        there = [oid for oid in without if self._is_commit(oid)]
        return commits_between(self.user.git, tip, there)

    def _is_commit(self, oid: str) -> bool:
        return self.has(oid) and self.user.objects[oid].type_str == "commit"

    def branch(self, run: str) -> tuple[str, str] | None:
        """(ref, tip) of a run's branch, a remote's copy of it where there is no other; None without any."""
        tip = self.tips.get(branch_of(run))
        if tip:
            return branch_of(run), tip
        return next(iter(remote_branches(self.user.git, short_branch(run)).items()), None)

    def notes(self, ref: str) -> dict[str, str]:
        """The blob of each annotated commit of a notes ref, or of a remote's copy of it."""
        if ref not in self.noted:
            self.noted[ref] = _notes(self, ref)
        return self.noted[ref]


def _read_notes(user: Repository, ref: str) -> dict[str, str]:
    listed = user.git.run("notes", f"--ref={ref}", "list")
    lines = (line.split() for line in listed.stdout.decode("ascii", "replace").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2}


def _notes(scene: Scene, ref: str) -> dict[str, str]:
    if read_ref(scene.user.git, ref):
        return _read_notes(scene.user, ref)
    name = ref.removeprefix("refs/notes/")
    copies = [r for r in list_refs(scene.user.git, "refs/notes/remotes/") if r.endswith(f"/{name}")]
    return _read_notes(scene.user, sorted(copies)[0]) if copies else {}


@contextlib.contextmanager
def open_scene(user: Repository) -> Iterator[Scene]:
    """A scene on a repository; what was computed in it is gone when the block ends."""
    with scratch_folder() as folder:
        yield Scene(user, PrivateRepository(folder, user))
