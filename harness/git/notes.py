"""Notes on commits: written on a private copy of the ref by git itself, landed by compare-and-swap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.git.private import PrivateRepository
from harness.git.records import require_entry
from harness.git.refs import RefUpdate, read_ref, require_ref_files
from harness.git.repository import Identity, Repository

PYTEST_NOTES = "refs/notes/harness/pytest"
CI_NOTES = "refs/notes/harness/ci"


@dataclass(frozen=True, slots=True)
class Note:
    """A line for a commit's note: `blob` holds the line, newline included."""

    ref: str
    commit: str
    blob: str


def read_note(user: Repository, ref: str, commit: str) -> bytes | None:
    """The note of `commit` under `ref`, None where there is none."""
    require_ref_files(user.git, ref)
    listed = user.git.run("notes", f"--ref={ref}", "list", commit)
    if listed.status != 0:
        return None
    return user.git("cat-file", "blob", listed.text).stdout


def add_notes(private: PrivateRepository, user: Repository, notes: Iterable[Note]) -> list[RefUpdate]:
    """Notes commits in the private repository that hold every line of `notes` beside what is there.

    Returns the ref updates that would land them; none for notes that are there already. BlockedError
    `record-unreadable` where a ref holds no notes.
    """
    updates = []
    by_ref: dict[str, list[Note]] = {}
    for note in notes:
        by_ref.setdefault(note.ref, []).append(note)
    for ref, wanted in by_ref.items():
        old = read_ref(user.git, ref)
        if old:
            require_entry(user, ref, old)
            private.git("update-ref", ref, old)
        for note in wanted:
            _add(private, note, user.identity)
        new = read_ref(private.git, ref)
        if new != old:
            updates.append(RefUpdate(ref, new, old))
    return updates


def _add(private: PrivateRepository, note: Note, identity: Identity) -> None:
    line = private.git("cat-file", "blob", note.blob).stdout
    listed = private.git.run("notes", f"--ref={note.ref}", "list", note.commit)
    blob, force = note.blob, []
    if listed.status == 0:
        present = private.git("cat-file", "blob", listed.text).stdout
        if line.strip() in (entry.strip() for entry in present.split(b"\n")):
            return
        blob, force = private.blob(present.rstrip(b"\n") + b"\n" + line), ["-f"]
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", identity.name), ("EMAIL", identity.email))
    }
    private.git("notes", f"--ref={note.ref}", "add", *force, "-C", blob, note.commit, environment=who)
