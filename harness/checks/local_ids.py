"""Node ids from the repository's root, without the place of the worktree, which differs in every run."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.checks.document import Document
from harness.checks.witness import Witness


def full_id(node: str, below: str) -> str:
    """An id that begins at the folder `below`, as it is from the root; one of no file stays as it is."""
    file, separator, rest = node.partition("::")
    return f"{posixpath.normpath(f'{below}/{file}')}{separator}{rest}" if file else node


def full_ids(document: Document, witness: Witness, below: str) -> dict[str, str]:
    """Each id of tests and collectors -> the same from the root."""
    if below == ".":
        return {}
    told = {node.nodeid for node in (*document.tests, *document.collectors)}
    nodes = told | witness.tests.keys() | witness.failed_collectors.keys()
    return {node: full_id(node, below) for node in nodes}


def local_ids(nodes: Iterable[str], roots: Sequence[str]) -> dict[str, str]:
    """Each id that has a path of the worktree in it -> the same with a path of the repository.

    Parameters made from files (`glob`) have such ids. Where two would be one, both stay as they are.
    """
    # pytest escapes what isn't ASCII in the ids it makes.
    spellings = dict.fromkeys(s for root in roots for s in (root, root.encode("unicode_escape").decode()))
    place = re.compile(f"(?:{'|'.join(map(re.escape, spellings))})(?:(/)|(?![\\w.\\\\]))")
    made = {node: place.sub(lambda found: "" if found[1] else ".", node) for node in nodes}
    often = Counter(made.values())
    return {node: local for node, local in made.items() if local != node and often[local] == 1}


def with_ids(
    names: Mapping[str, str], document: Document, raw: dict[str, Any], witness: Witness
) -> tuple[Document, dict[str, Any], Witness]:
    """Report, as it is decided upon and as it is kept, and stream with these names in place of others."""
    if not names:
        return document, raw, witness
    tests = [t.model_copy(update={"nodeid": names.get(t.nodeid, t.nodeid)}) for t in document.tests]
    collectors = [c.model_copy(update={"nodeid": names.get(c.nodeid, c.nodeid)}) for c in document.collectors]
    errors = witness.failed_collectors
    own = replace(
        witness,
        failed_collectors={names.get(node, node): text for node, text in errors.items()},
        tests={names.get(node, node): seen for node, seen in witness.tests.items()},
        failures={names.get(node, node): text for node, text in witness.failures.items()},
    )
    told = document.model_copy(update={"tests": tests, "collectors": collectors})
    return told, _renamed(raw, names), own


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    """A report's tests and collectors, each `nodeid` by its new name."""
    if isinstance(part, list):
        return [_renamed(item, names) for item in part]
    if not isinstance(part, dict):
        return part
    nested = {key: _renamed(part[key], names) for key in ("tests", "collectors", "result") if key in part}
    node = part.get("nodeid")
    own = {"nodeid": names[node]} if isinstance(node, str) and node in names else {}
    return {**part, **nested, **own}
