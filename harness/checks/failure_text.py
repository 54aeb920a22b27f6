"""The few words of a failure that a person, or the next attempt, needs."""

from __future__ import annotations

LENGTH = 400  # characters kept of one failure


def failure_text(longrepr: object) -> str:
    """The crash message of a serialised pytest `longrepr`, else its text, cut to `LENGTH`."""
    if isinstance(longrepr, dict):
        crash = longrepr.get("reprcrash")
        longrepr = crash.get("message") if isinstance(crash, dict) else None
    elif isinstance(longrepr, list):  # (path, line, reason)
        longrepr = longrepr[-1] if longrepr else ""
    return _printable(str(longrepr or "no failure text"))


def collection_error(longrepr: object) -> str:
    """Why a module couldn't be collected: pytest's last `E` line, else the first line."""
    text = longrepr if isinstance(longrepr, str) else failure_text(longrepr)
    lines = [line for line in text.splitlines() if line.strip()] or ["no reason given"]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return _printable(errors[-1] if errors else lines[0].strip())


def _printable(text: str) -> str:
    return text[:LENGTH].encode("utf-8", "backslashreplace").decode("utf-8")
