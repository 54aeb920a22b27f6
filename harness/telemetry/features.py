"""The figures a fitted profile weighs: all of them known before a phase starts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.telemetry.deliverable import DeliverableFacts
from harness.telemetry.goal import ACTIONS, GoalFacts

VERSION = 1
"""Of these definitions; a profile fitted to others is refused."""

KINDS = ("code", "test", "doc", "config")
READ = 20
"""Deliverables that are looked at, as many as a row keeps; they stand for the rest."""

_DOCS = (".md", ".rst", ".adoc", ".org", ".tex", ".texi", ".html", ".1")
_CONFIGS = (".yml", ".yaml", ".json", ".toml", ".ini", ".cfg", ".conf", ".xml", ".properties", ".txt", ".in",
            ".gradle", ".mod", ".lock", ".env")  # fmt: skip
_CONFIG_NAMES = frozenset(
    {"makefile", "dockerfile", "setup.py", "manifest", "gemfile", "rakefile", "jenkinsfile"}
)
_DOC_NAMES = frozenset({"readme", "changes", "changelog", "history", "news", "authors", "contributors",
                        "license", "copying", "todo", "install", "contributing"})  # fmt: skip
_CHANGE_LOGS = frozenset({"changes", "changelog", "history", "news", "release_notes", "whatsnew"})
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "spec", "specs", "__tests__"})
_TEST_ENDINGS = ("_test", "_tests", "_spec", ".test", ".spec")


def kind_of_path(path: str) -> str:
    """One of `KINDS`, by folders, name and suffix."""
    *folders, name = path.lower().split("/")
    stem, _, suffix = name.rpartition(".")
    stem = stem or name
    if not _TEST_FOLDERS.isdisjoint(folders) or stem.startswith("test_") or stem.endswith(_TEST_ENDINGS):
        return "test"
    if stem in _DOC_NAMES or name.endswith(_DOCS) or folders[:1] in (["docs"], ["doc"]):
        return "doc"
    if name.endswith(_CONFIGS) or name in _CONFIG_NAMES or not stem or (name.startswith(".") and suffix):
        return "config"
    return "code"


def features(
    deliverables: Sequence[DeliverableFacts], count: int, goal: GoalFacts | None
) -> dict[str, float]:
    """Figures by name; counts, sizes and lengths as logarithms. `count` is that of all deliverables."""
    read = deliverables[:READ]
    return dict([*_counts(read, max(count, len(deliverables))), *_sizes(read), *_words(goal)])


def _counts(read: Sequence[DeliverableFacts], count: int) -> Iterator[tuple[str, float]]:
    scale = count / len(read) if read else 0.0
    existing = [facts for facts in read if facts.existed]
    new = [facts for facts in read if not facts.existed]
    yield "files", math.log1p(count)
    yield "single", float(count == 1)
    yield "new", math.log1p(scale * len(new))
    yield "share-new", len(new) / len(read) if read else 0.0
    for kind in KINDS:
        for name, some in (("new", new), ("old", existing)):
            of_kind = sum(kind_of_path(facts.path) == kind for facts in some)
            yield f"{name}-{kind}", math.log1p(scale * of_kind)
    yield "folders", math.log1p(len({facts.path.rpartition("/")[0] for facts in read}))
    yield "depth", math.log1p(max((facts.path.count("/") for facts in read), default=0))
    yield "change-logs", float(any(_stem(facts.path) in _CHANGE_LOGS for facts in read))
    names = {facts.path.rpartition("/")[2] for facts in existing}
    yield "moved", math.log1p(scale * sum(facts.path.rpartition("/")[2] in names for facts in new))


def _sizes(read: Sequence[DeliverableFacts]) -> Iterator[tuple[str, float]]:
    sizes = [facts.size.bytes for facts in read if facts.existed and facts.size is not None]
    yield "old-bytes", math.log1p(sum(sizes))
    yield "largest-old", math.log1p(max(sizes, default=0))
    yield "smallest-old", math.log1p(min(sizes, default=0))


def _words(goal: GoalFacts | None) -> Iterator[tuple[str, float]]:
    yield "no-goal", float(goal is None)
    yield "title-words", math.log1p(goal.title_words) if goal else 0.0
    yield "words", math.log1p(goal.words) if goal else 0.0
    for action in ACTIONS:
        yield f"says-{action}", float(goal is not None and action in goal.actions)


def _stem(path: str) -> str:
    name = path.lower().rpartition("/")[2]
    return name.rpartition(".")[0] or name
