"""Which reports belong to a commit: by its trailers, else its tree, else its patch. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from harness.git.landed import LandedCommit
from harness.notes_doctor.mentions import mentions
from harness.notes_doctor.model import AttemptKey, Method, Record


class Match(NamedTuple):
    """The attempts found for a commit; `sure` where there is no other reading."""

    method: Method
    attempts: tuple[AttemptKey, ...]
    sure: bool = True


class Index:
    """The records, by everything a commit can be recognised by."""

    def __init__(self, records: Mapping[AttemptKey, Record]) -> None:
        self.records = records
        self._by_commit: dict[str, list[AttemptKey]] = defaultdict(list)
        self._by_work: dict[str, list[AttemptKey]] = defaultdict(list)
        self._by_phase: dict[tuple[str, str], list[AttemptKey]] = defaultdict(list)
        for key, record in records.items():
            self._by_phase[key.run, key.phase].append(key)
            for commit in record.commits:
                self._by_commit[commit].append(key)
            for work in record.works:
                self._by_work[work].append(key)

    def recognise(self, commit: LandedCommit, parent_works: Iterable[str]) -> Match | None:
        """What the commit itself, its message and its tree tell; None where they tell nothing."""
        if commit.oid in self._by_commit:
            return Match("commit", tuple(self._by_commit[commit.oid]))
        if commit.work in set(parent_works):
            # It changes nothing but telemetry, or merges one side only: its parent's report is its own.
            return None
        return self._by_message(commit) or self._by_tree(commit)

    def by_patch(self, found: Sequence[tuple[AttemptKey, ...]]) -> Match | None:
        """The attempts whose patch, or whose run's patch up to them, is a commit's own."""
        if not found:
            return None
        choices = set(found)
        if len(choices) == 1:
            return Match("patch-id", choices.pop())
        every = {key for keys in found for key in keys}
        chosen = self._chosen(every, None)
        return Match("patch-id", (chosen,)) if chosen else Match("patch-id", tuple(sorted(every)), sure=False)

    def _by_message(self, commit: LandedCommit) -> Match | None:
        found: list[AttemptKey] = []
        for run, phase, attempt in mentions(commit.message):
            known = self._by_phase.get((run, phase), [])
            if attempt is not None:
                known = [key for key in known if key.attempt == attempt]
            chosen = self._chosen(set(known), commit.work)
            if chosen is None and known:
                return Match("trailers", tuple(sorted(known)), sure=False)
            if chosen is not None:
                found.append(chosen)
        return Match("trailers", tuple(dict.fromkeys(found))) if found else None

    def _by_tree(self, commit: LandedCommit) -> Match | None:
        known = self._by_work.get(commit.work)
        if not known:
            return None
        chosen = self._chosen(set(known), commit.work)
        if chosen is None:
            return Match("tree", tuple(sorted(known)), sure=False)
        return Match("tree", (*self._before(chosen, commit), chosen))

    def _before(self, last: AttemptKey, commit: LandedCommit) -> list[AttemptKey]:
        """The phases of the same run between the commit's parent and the last one: what a squash took in."""
        line = self.records[last].line
        if not commit.parents or commit.parents[0] not in line:
            return []
        taken = line[1 : line.index(commit.parents[0])]
        return [key for oid in reversed(taken) for key in self._by_commit.get(oid, ())]

    def _chosen(self, keys: set[AttemptKey], work: str | None) -> AttemptKey | None:
        """The one attempt meant: all are of one phase, and just one is complete, or of this very tree."""
        if len({(key.run, key.phase) for key in keys}) != 1:
            return None
        for narrowed in (
            keys,
            {key for key in keys if self.records[key].complete},
            {key for key in keys if work in self.records[key].works},
        ):
            if len(narrowed) == 1:
                return next(iter(narrowed))
        return None
