"""Reading notes: which objects have one, and their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pygit2

from harness.git.command import split_z
from harness.git.records import unreadable_record
from harness.git.refs import list_refs, read_ref
from harness.git.repository import Repository

HARNESS_NOTES = "refs/notes/harness/"
_OBJECT = re.compile(r"[0-9a-f]{40}")


def notes_refs(user: Repository) -> list[str]:
    """The notes refs of the harness that exist here."""
    return list(list_refs(user.git, HARNESS_NOTES))


def all_notes(user: Repository, ref: str) -> dict[str, str]:
    """For every object with a note under `ref` the note's blob; objects needn't exist here.

    BlockedError `record-unreadable` where the ref holds no notes.
    """
    tip = read_ref(user.git, ref)
    if tip is None:
        return {}
    found = {}
    listed = user.git.run("ls-tree", "-r", "-z", "--full-tree", tip)
    if listed.status != 0:
        raise unreadable_record(ref, f"{tip[:12]} is no commit of notes, or damaged")
    for row in split_z(listed.stdout):
        head, _, path = row.partition("\t")
        annotated = path.replace("/", "")
        if _OBJECT.fullmatch(annotated):
            found[annotated] = head.split(" ")[2]
    return found


def blob_text(user: Repository, blob: str) -> bytes:
    """The text of a note; FaultError `git-failed` where the blob is missing."""
    found = user.objects.get(blob)
    return found.data if isinstance(found, pygit2.Blob) else user.git("cat-file", "blob", blob).stdout


def blob_lines(user: Repository, blob: str) -> Iterator[bytes]:
    """The lines of a note that aren't blank; none where the blob is missing."""
    found = user.objects.get(blob)
    if isinstance(found, pygit2.Blob):
        yield from (line for line in found.data.split(b"\n") if line.strip())
