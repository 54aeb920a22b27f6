"""The base's versions of changed tests: which files to put back, which to run, what they say."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.checks.delta import compare, function_of
from harness.checks.model import TestOutcome, TestRun
from harness.checks.test_edits import lost_assertions, rewritten_tests, touched_tests
from harness.policy.model import EXECUTABLE, REGULAR, TreeChange
from harness.policy.test_places import is_module_of_tests, test_folder
from harness.tree_entry import Entry

_PASSING = ("passed", "xpassed")
_WORDS = re.compile(rb"[\w-]+")
# path -> bytes of the regular file there in the base, or in the candidate; None where there is none.
Read = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class BasePlan:
    """The base's versions of tests, to be run on a candidate's code.

    `restored` are the base's files that take the candidate's place, by path, and None for those of the
    candidate's that would be imported in place of one; `run` are test files. `rewritten` tells of tests
    whose code differs.
    """

    restored: Mapping[str, Entry | None]
    run: tuple[str, ...]
    rewritten: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The base's files that were put back."""
        return tuple(sorted(path for path, entry in self.restored.items() if entry))


@dataclass(frozen=True, slots=True)
class BaseTests:
    """What the base's versions said on the candidate: `weakened` is test function -> in what way."""

    plan: BasePlan
    run: TestRun
    weakened: Mapping[str, str]


def plan_base_tests(
    changes: Sequence[TreeChange],
    base: TestRun,
    old: Read,
    new: Read,
    patterns: Sequence[str],
    named: Collection[str],
) -> BasePlan | None:
    """What to put back and run; None where no test of the base changed but in files the phase `named`.

    A changed test file is run alone, with every other that speaks of it (one may inherit another's
    tests). Where anything else in a folder of tests changed, all of that folder's tests are run.
    """
    passed = _files_that_passed(base)
    known = {node.partition("::")[0] for node in base.outcomes}
    edited = [c for c in changes if c.path not in named and _is_edit(c)]

    def folder(path: str) -> str | None:
        return test_folder(path, lambda around: old(f"{around}/__init__.py") is not None)

    def is_module(path: str) -> bool:
        return not path.endswith(".py") or bool(folder(path)) or is_module_of_tests(path, patterns)

    modules = {c.path for c in edited if c.path in passed and is_module(c.path)}
    beside = {f for c in edited if c.path not in known and (f := folder(c.path))}
    if not modules and not beside:
        return None
    run = _speaking_of(modules, passed, old)
    run |= {path for path in passed if folder(path) in beside} if beside else set()
    run = {path for path in run if path not in named and is_module(path)}
    if not run:
        return None
    back = [c for c in edited if c.path in modules or folder(c.path)]
    told = [f"{p}::{test}" for p in sorted(modules) for test in rewritten_tests(old(p) or b"", new(p))]
    helpers = {c.path for c in back if c.path.endswith(".py")} - modules
    told += [f"{p} {lost}" for p in sorted(helpers) if (lost := lost_assertions(old(p) or b"", new(p)))]
    return BasePlan(_restored(back, changes, named), tuple(sorted(run)), tuple(told))


def weakened_tests(plan: BasePlan, base: TestRun, run: TestRun) -> dict[str, str]:
    """Test functions that passed on the base and, in the base's versions, don't on the candidate."""
    files = set(plan.run)
    before = _only(base, files)
    delta = compare(before, _only(run, files))
    passed = {function_of(node) for node, outcome in before.outcomes.items() if outcome in _PASSING}
    broken = {node.partition("::")[0]: line for node, line in run.collection_errors.items()}
    found = {f: f"can't be collected: {broken[_file(f)]}" for f in passed if _file(f) in broken}
    for node in delta.newly_failing:
        found.setdefault(function_of(node), f"fails: {_first_line(run, node)}")
    for node in (*delta.newly_skipped, *(n for n, o in run.outcomes.items() if o == "unknown")):
        found.setdefault(function_of(node), "is skipped or says nothing")
    for function in delta.removed:
        found.setdefault(function, "isn't there when it is collected")
    return {function: found[function] for function in sorted(found.keys() & passed)}


def unproven_tests(
    changes: Sequence[TreeChange], old: Read, new: Read, patterns: Sequence[str], named: Collection[str]
) -> tuple[str, ...]:
    """Test functions of the base that are gone or rewritten, where nothing is known of how they came out.

    Those in files the phase `named` are left out.
    """
    edited = (c.path for c in changes if c.path not in named and _is_edit(c))
    modules = [path for path in edited if is_module_of_tests(path, patterns)]
    return tuple(f"{p}::{test}" for p in modules for test in touched_tests(old(p) or b"", new(p)))


def _is_edit(change: TreeChange) -> bool:
    """Whether a file of the base has other content now, or is gone."""
    return change.old_mode in (REGULAR, EXECUTABLE) and change.old_oid != change.new_oid


def _files_that_passed(base: TestRun) -> set[str]:
    return {_file(node) for node, outcome in base.outcomes.items() if outcome in _PASSING}


def _speaking_of(modules: Collection[str], files: Collection[str], old: Read) -> set[str]:
    """`modules`, and those of `files` whose source has the name of one of them, and so on."""
    speakers: dict[str, set[str]] = {}
    for path in files if modules else ():
        for word in set(_WORDS.findall(old(path) or b"")):
            speakers.setdefault(os.fsdecode(word), set()).add(path)
    found, waiting = set(modules), list(modules)
    while waiting:
        name = waiting.pop().rpartition("/")[2].partition(".")[0]
        new = speakers.pop(name, set()) - found
        found |= new
        waiting += new
    return found


def _restored(
    back: Iterable[TreeChange], changes: Sequence[TreeChange], named: Collection[str]
) -> dict[str, Entry | None]:
    """The base's files, and what of the candidate would stand in their way or be imported before them."""
    files = {c.path: Entry(c.old_mode, c.old_oid) for c in back if c.old_oid}
    packages = {path.removesuffix(".py") for path in files}
    folders = {path.rpartition("/")[0] for path in files}
    ways = {"/".join(path.split("/")[:depth]) for path in files for depth in range(1, path.count("/") + 1)}
    gone: dict[str, Entry | None] = {}
    for change in changes:
        path = change.path
        if change.old_oid is not None or path in named:
            continue
        around, _, name = path.rpartition("/")
        upwards = {"/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)}
        # A new __init__.py changes which folders pytest puts on Python's path.
        if (
            path in ways
            or upwards & (packages | files.keys())
            or (name == "__init__.py" and around in folders)
        ):
            gone[path] = None
    return {**gone, **files}


def _only(run: TestRun, files: Collection[str]) -> TestRun:
    outcomes: dict[str, TestOutcome] = {n: o for n, o in run.outcomes.items() if _file(n) in files}
    status = "completed" if run.status == "broken" else run.status
    return replace(run, status=status, outcomes=outcomes, collection_errors={})


def _file(node: str) -> str:
    return node.partition("::")[0]


def _first_line(run: TestRun, node: str) -> str:
    return run.details.get(node, "").strip().split("\n", 1)[0] or str(run.outcomes.get(node, "failed"))
