"""Adding lines to notes outside of a seal: by compare-and-swap, again where somebody else was faster."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import BlockedError
from harness.git.locks import hold, lock_folder
from harness.git.note_merge import with_notes
from harness.git.private import PrivateRepository
from harness.git.refs import RefMovedError, RefUpdate, move_refs, read_ref
from harness.git.repository import Repository
from harness.git.transfer import transfer
from harness.scratch import scratch_folder

_ATTEMPTS = 20


def write_notes(user: Repository, lines: Mapping[str, Mapping[str, bytes]]) -> bool:
    """Add lines, whole ones with their line ends, to notes: by notes ref, then by annotated object.

    Lines a note has already are not added again. Returns whether anything was; BlockedError `refs-busy`.
    """
    with scratch_folder() as scratch:
        private = PrivateRepository(scratch, user)
        for _ in range(_ATTEMPTS):
            with hold(lock_folder(user.common_dir) / "seal.lock"):
                tips = {ref: read_ref(user.git, ref) for ref in lines}
                new = {ref: with_notes(private, tip, lines[ref], user.identity) for ref, tip in tips.items()}
                updates = [RefUpdate(ref, new[ref], tip) for ref, tip in tips.items() if new[ref] != tip]
                if not updates:
                    return False
                transfer(private, user, [update.new for update in updates if update.new])
                try:
                    move_refs(user.git, updates)
                except RefMovedError:
                    continue
                return True
    raise BlockedError("refs-busy", "the notes refs kept moving", "run the command again")
