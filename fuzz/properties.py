"""What holds for any bytes, in every format of edits. A property that fails raises AssertionError."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sample_tree import Tree

from harness.codes import all_explanations
from harness.edits.diff_fit import FittedPatch, fit_patch
from harness.edits.model import (
    ChangeBlocks,
    Numbered,
    OperationEdits,
    PatchEdits,
    PlannedTree,
    Problem,
    Unusable,
)
from harness.edits.plan import plan
from harness.edits.repairs import FRAMING, REPAIRS, Repair
from harness.edits.reply import parse_reply
from harness.paths import RepoPath

Found = OperationEdits | PatchEdits | Unusable
Made = PlannedTree | FittedPatch | Unusable

TREE = Tree()

_EXPLAINED = frozenset(all_explanations())
_CUTS = 4
_MARKS = (b"```", b"~~~", b">>>", b"***")
_ANY_LINE = 1 << 32


def check(data: bytes, name: str) -> None:
    """Every property of these bytes as a reply in the format of this name, and as one to be detected."""
    named = _read(data, name)
    assert parse_reply(data, named=name) == named, "the same bytes were read in two ways"
    if not isinstance(named, Unusable):
        _make(named, strict=False)
    detected = _read(data, None)
    if not isinstance(detected, Unusable):
        again = parse_reply(data, named=detected.format)
        assert again == detected, "detected and named, the same format reads it in two ways"
    _check_strict(data, name, named)
    _check_cuts(data, name, named)


def _check_strict(data: bytes, name: str, lenient: Found) -> None:
    """What is accepted without a repair of content is accepted, and means the same, with repairs allowed."""
    strict = _read(data, name, strict=True)
    if isinstance(strict, Unusable):
        return
    assert not isinstance(lenient, Unusable), f"accepted strictly, refused leniently: {lenient.problems}"
    assert _proposed(strict) == _proposed(lenient), "other edits under strict"
    by_strict, by_lenient = _make(strict, strict=True), _make(lenient, strict=False)
    if isinstance(by_strict, Unusable):
        return
    assert not isinstance(by_lenient, Unusable), f"made strictly alone: {by_lenient.problems}"
    assert _repairs_beyond(strict, by_strict) == set(), "a repair of content under strict"
    if _repairs_beyond(lenient, by_lenient) == set():
        assert _result(by_strict) == _result(by_lenient), "another result under strict, without a repair"


def _proposed(edits: OperationEdits | PatchEdits) -> object:
    return edits.operations if isinstance(edits, OperationEdits) else (edits.patch, edits.files)


def _result(made: PlannedTree | FittedPatch) -> object:
    return made.files if isinstance(made, PlannedTree) else made.patch


def _repairs_beyond(edits: OperationEdits | PatchEdits, made: PlannedTree | FittedPatch) -> set[str]:
    """The repairs that were made where the edits met the files."""
    return {repair.name for repair in made.repairs if repair not in edits.repairs}


def _check_cuts(data: bytes, name: str, whole: Found) -> None:
    """A cut never makes an operation that the whole reply doesn't have."""
    for end in _some_ends(data):
        for truncated in (True, False):
            cut = _read(data[:end], name, truncated=truncated)
            if not isinstance(whole, OperationEdits) or not isinstance(cut, OperationEdits):
                continue
            if truncated or not _ends_in_a_mark(data[:end], name):
                kept = zip(cut.operations, whole.operations, strict=False)
                alone = name == "search-replace"
                assert len(cut.operations) <= len(whole.operations), f"cut at {end}, more operations: {cut}"
                assert all(_is_kept(*pair, alone) for pair in kept), f"cut at {end}, another operation: {cut}"


def _is_kept(cut: Numbered, whole: Numbered, alone: bool) -> bool:
    """Whether an operation is that of the whole reply, or the first blocks of it where each stands alone."""
    mine, other = cut.operation, whole.operation
    if alone and isinstance(mine, ChangeBlocks) and isinstance(other, ChangeBlocks):
        other = replace(other, blocks=other.blocks[: len(mine.blocks)])
    return (cut.line, mine) == (whole.line, other)


def _ends_in_a_mark(cut: bytes, name: str) -> bool:
    """Whether a reply ends in what is a mark of its format only because the rest of its line is cut off.

    Nobody but the agent can tell. A JSON value has no such end.
    """
    last = cut.rpartition(b"\n")[2].lstrip(b" \t")
    return name != "ndjson" and last.startswith(_MARKS)


def _some_ends(data: bytes) -> Iterator[int]:
    """A few places to cut at, the same ones for the same bytes."""
    seed = zlib.crc32(data)
    for _ in range(_CUTS if data else 0):
        yield (seed >> 8) % len(data)
        seed = seed * 1103515245 + 12345 & 0x7FFFFFFF


def _read(data: bytes, name: str | None, strict: bool = False, truncated: bool = False) -> Found:
    found = parse_reply(data, named=name, strict=strict, truncated=truncated)
    assert found.format in (name, "unknown") or name is None
    assert found.truncated or not truncated
    last = data.count(b"\n") + 1
    _check_repairs(found.repairs, strict, last)
    if isinstance(found, Unusable):
        _check_unusable(found, last)
    elif isinstance(found, PatchEdits):
        assert found.files
        assert found.patch.endswith(b"\n")
    else:
        _check_operations(found, last)
    return found


def _check_repairs(repairs: Sequence[Repair], strict: bool, last: int) -> None:
    names = {repair.name for repair in repairs}
    assert names <= REPAIRS, names - REPAIRS
    assert not strict or names <= FRAMING, names - FRAMING
    assert all(repair.line is None or 1 <= repair.line <= last + 1 for repair in repairs), repairs


def _check_operations(found: OperationEdits, last: int) -> None:
    numbers = [numbered.number for numbered in found.operations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers, "no operations, and no reason"
    assert all(1 <= numbered.line <= last for numbered in found.operations), found
    assert found.truncated or found.total in (None, len(numbers)), "the announced count is not held to"


def _check_unusable(found: Unusable, last: int) -> None:
    assert found.problems
    for problem in found.problems:
        _check_problem(problem, last)
    assert sorted(set(found.good)) == list(found.good)
    assert not set(found.good) & {problem.operation for problem in found.problems}, "good and rejected"


def _check_problem(problem: Problem, last: int) -> None:
    assert problem.code in _EXPLAINED, f"no explanation of {problem.code}"
    assert problem.message
    assert problem.message.isprintable(), problem
    assert all(line.isprintable() for line in problem.hint.split("\n")), problem
    assert problem.line is None or 1 <= problem.line <= last, problem
    assert problem.operation is None or problem.operation >= 1
    assert len(problem.nearest) <= 3
    for window in problem.nearest:
        assert window.line >= 1
        assert window.lines
        assert not any("\n" in line for line in window.lines)


def _make(edits: OperationEdits | PatchEdits, strict: bool) -> Made:
    """What the edits make of the sample tree."""
    if isinstance(edits, PatchEdits):
        made: Made = fit_patch(edits, TREE)
    else:
        made = plan(edits, TREE, strict=strict)
    if isinstance(made, Unusable):
        _check_unusable(made, _ANY_LINE)
    elif isinstance(made, PlannedTree):
        assert isinstance(edits, OperationEdits)
        _check_planned(made, edits)
    else:
        assert made.patch.endswith(b"\n")
        assert made.files
    return made


def _check_planned(planned: PlannedTree, edits: OperationEdits) -> None:
    for path in (*planned.files, *planned.declared):
        RepoPath.parse(path)
    assert planned.applied + len(planned.skipped) >= len(edits.operations)
    assert planned.created <= planned.declared
