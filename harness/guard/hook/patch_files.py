"""The files a patch in Codex's format names, however it is wrapped.

Every line that could be a header counts as one: a file too many may be refused, none is missed.
"""

from __future__ import annotations

from harness.guard.hook.tool_call import FileWrite

_HEADERS = ("*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:")
_BEGIN = "*** Begin Patch"


def holds_patch(text: str) -> bool:
    """Whether a shell command carries a patch: Codex applies it itself then."""
    return _BEGIN in text


def files_of_patch(text: str) -> list[FileWrite]:
    """A write for each header, with the lines the patch adds to that file."""
    files: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        stripped = line.strip()
        header = next((header for header in _HEADERS if stripped.startswith(header)), None)
        if header is not None:
            files.append((stripped.removeprefix(header).strip(), []))
        elif files and line.startswith("+"):
            files[-1][1].append(line[1:].removesuffix("\r"))
    return [FileWrite(path, "".join(f"{line}\n" for line in added)) for path, added in files]
