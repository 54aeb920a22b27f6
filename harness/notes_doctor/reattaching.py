"""Reports that lost their commit: found again for the commits that squash, rebase or cherry-pick made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.git.landed import LandedCommit, common_ancestor, landed_commits, work_of
from harness.git.note_reading import blob_lines
from harness.git.note_writing import write_notes
from harness.git.patch_ids import commit_patch_ids, range_patch_ids
from harness.git.repository import Repository
from harness.notes_doctor.matching import Index, Match
from harness.notes_doctor.model import AttemptKey, Reattachment, Record, Unsure
from harness.notes_doctor.records import line_key

Notes = Mapping[str, Mapping[str, str]]


def lost_reports(
    user: Repository, records: Mapping[AttemptKey, Record], notes: Notes
) -> tuple[list[Reattachment], list[Unsure]]:
    """(reports to attach to commits of branches, commits that more than one could belong to)."""
    if not records:
        return [], []
    index = Index(records)
    sources = sorted(commit for record in records.values() for commit in record.commits)
    commits = landed_commits(user, without=_before_all(user, sources))
    works = {commit.oid: commit.work for commit in commits}
    matches: dict[str, Match] = {}
    unknown: list[LandedCommit] = []
    for commit in commits:
        match = index.recognise(commit, [_work(user, works, parent) for parent in commit.parents])
        if match is not None:
            matches[commit.oid] = match
        elif len(commit.parents) < 2 and not _noted(notes, commit.oid):
            unknown.append(commit)
    matches |= _by_patch(user, index, [commit.oid for commit in unknown])
    found = [(commit, matches[commit.oid]) for commit in commits if commit.oid in matches]
    return (
        [
            one
            for commit, match in found
            if match.sure and (one := _missing(user, index, notes, commit, match))
        ],
        [
            Unsure(commit.oid, _subject(commit), match.method, match.attempts)
            for commit, match in found
            if not match.sure and not _noted(notes, commit.oid)
        ],
    )


def attach(user: Repository, records: Mapping[AttemptKey, Record], found: Iterable[Reattachment]) -> bool:
    """Copy the reports to their new commits; nothing is taken away from the old ones."""
    lines: dict[str, dict[str, bytes]] = defaultdict(dict)
    for one in found:
        for ref in one.refs:
            own = dict.fromkeys(line for key in one.attempts for line in _lines(user, records[key], ref))
            lines[ref][one.commit] = b"".join(line + b"\n" for line in own)
    return write_notes(user, lines)


def _before_all(user: Repository, sources: Sequence[str]) -> str | None:
    # What every tested commit has in its history, but for its own change, was there before any of them.
    base = common_ancestor(user, sources)
    return user.parent(base) if base in sources and base else base


def _work(user: Repository, known: Mapping[str, str], commit: str) -> str:
    if commit in known or commit not in user.objects:  # a shallow clone ends before it
        return known.get(commit, "")
    return work_of(user.objects, commit)


def _by_patch(user: Repository, index: Index, commits: Sequence[str]) -> dict[str, Match]:
    patches: dict[str, list[tuple[AttemptKey, ...]]] = defaultdict(list)
    for patch, keys in _source_patches(user, index):
        patches[patch].append(keys)
    found = {}
    for commit, patch in commit_patch_ids(user.git, commits).items():
        match = index.by_patch(patches.get(patch, []))
        if match is not None:
            found[commit] = match
    return found


def _source_patches(user: Repository, index: Index) -> Iterator[tuple[str, tuple[AttemptKey, ...]]]:
    """(patch id, attempts): of each tested commit, and of each run from its beginning to a phase."""
    keys = {commit: key for key, record in index.records.items() for commit in record.commits}
    for commit, patch in commit_patch_ids(user.git, [c for c in keys if c in user.objects]).items():
        yield patch, (keys[commit],)
    ranges = {}
    for record in index.records.values():
        phases = tuple(keys[commit] for commit in reversed(record.line) if commit in keys)
        if len(phases) > 1:
            ranges[record.line[0]] = (record.line[-1], phases)
    for tip, patch in range_patch_ids(user.git, [(base, tip) for tip, (base, _) in ranges.items()]).items():
        yield patch, ranges[tip][1]


def _missing(
    user: Repository, index: Index, notes: Notes, commit: LandedCommit, match: Match
) -> Reattachment | None:
    """What a commit lacks of the reports that are its own; None if nothing."""
    lacking: dict[str, list[AttemptKey]] = {}
    for ref in {ref for key in match.attempts for ref in index.records[key].blobs}:
        there = _attempts(user, ref, notes.get(ref, {}).get(commit.oid))
        wanted = [key for key in match.attempts if ref in index.records[key].blobs and key not in there]
        if wanted:
            lacking[ref] = wanted
    keys = tuple(key for key in match.attempts if any(key in wanted for wanted in lacking.values()))
    if not keys:
        return None
    same = tuple(commit.work in index.records[key].works for key in keys)
    return Reattachment(commit.oid, _subject(commit), match.method, keys, same, tuple(sorted(lacking)))


def _attempts(user: Repository, ref: str, blob: str | None) -> set[AttemptKey]:
    known = (line_key(ref, line) for line in blob_lines(user, blob)) if blob else ()
    return {found[0] for found in known if found}


def _lines(user: Repository, record: Record, ref: str) -> list[bytes]:
    """The lines about an attempt in the blobs that have some."""
    return [
        line
        for blob in sorted(record.blobs.get(ref, ()))
        for line in blob_lines(user, blob)
        if (known := line_key(ref, line)) and known[0] == record.key
    ]


def _noted(notes: Notes, commit: str) -> bool:
    return any(commit in of_ref for of_ref in notes.values())


def _subject(commit: LandedCommit) -> str:
    return commit.message.split("\n", 1)[0]
