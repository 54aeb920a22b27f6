"""What an estimate reads about a deliverable: its path, whether it existed, how large it was."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from harness.telemetry.profile_tables import KindRule, TableProfile

_SEPARATORS = re.compile(r"[^a-z0-9]+")
_MOST_KNOWN = 1 << 16
_PATH_IN_PROSE = re.compile(r"[A-Za-z0-9_\-./]+\.[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class FileSize:
    """The size of a file.

    `lines` are the non-blank lines that don't start with `#`; of those, `imports` contain "import "
    and `indent` is the most leading blanks one has.
    """

    bytes: int
    lines: int
    imports: int
    indent: int


@dataclass(frozen=True, slots=True)
class DeliverableFacts:
    """A deliverable at the phase base; `size` is None where it didn't exist or isn't known."""

    path: str
    existed: bool
    size: FileSize | None = None


def measure(content: bytes) -> FileSize:
    """The size of a file with this content; bytes that aren't UTF-8 are passed over."""
    text = content.decode("utf-8", "ignore").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return FileSize(
        bytes=len(content),
        lines=len(lines),
        imports=sum("import " in line for line in lines),
        indent=max((len(line) - len(line.lstrip()) for line in lines), default=0),
    )


def path_in(text: str) -> str:
    """The path a recorded deliverable means: `text`, or the first thing like a file in a phrase."""
    found = _PATH_IN_PROSE.search(text) if " " in text.strip() else None
    return found[0] if found else text.strip()


@functools.lru_cache(maxsize=_MOST_KNOWN)
def new_deliverable(text: str) -> DeliverableFacts:
    """The deliverable a recorded text means, which didn't exist at the phase base."""
    return DeliverableFacts(path_in(text), existed=False)


def kind_of(profile: TableProfile, path: str, category: str) -> str:
    """The kind of the deliverable `path` in a phase of the canonical `category`."""
    known = profile.kinds_found
    kind = known.get((path, category))
    if kind is None:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        kind = known[path, category] = _first_kind(profile, path, category)
    return kind


def _first_kind(profile: TableProfile, path: str, category: str) -> str:
    matching = zip(profile.kinds, matching_rules(profile, path), strict=True)
    return next(
        (rule.name for rule, matches in matching if matches or category in rule.categories),
        profile.default_kind,
    )


def matching_rules(profile: TableProfile, path: str) -> tuple[bool, ...]:
    """For each rule of the profile's kinds whether it matches the path, whatever the category."""
    lowered = path.replace("\\", "/").lower()
    return tuple(_matches(rule, lowered) for rule in profile.kinds)


def _matches(rule: KindRule, path: str) -> bool:
    return (
        path.endswith(rule.suffixes)
        or path.rpartition("/")[2].startswith(rule.name_prefixes)
        or any(path.startswith(f"{folder}/") for folder in rule.top)
        or any(f"/{folder}/" in f"/{path}" for folder in rule.folders)
        or (bool(rule.words) and not rule.words.isdisjoint(_SEPARATORS.split(path)))
    )
