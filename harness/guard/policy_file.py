"""harness.toml as a commit has it: what the guard obeys of it."""

from __future__ import annotations

from harness.guard.entries import PEOPLE_CODES
from harness.guard.failures import usage, usage_error
from harness.guard.git_process import GitProcess
from harness.guard.plain_toml import NotPlainError, read_plain
from harness.guard.protection import Protection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from harness.errors import UsageError
    from harness.guard.objects import Objects

CONFIG_FILE = "harness.toml"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Policy:
    """What `[policy]` of one commit says. `remark` is what a person should know about it, or "".

    `people` are codes that don't hold for people's commits.
    """

    __slots__ = ("content", "people", "protection", "remark")

    def __init__(
        self, protection: Protection, content: dict[str, Any], people: list[str], remark: str = ""
    ) -> None:
        self.protection = protection
        self.content = content
        self.people = people
        self.remark = remark


def empty_policy(remark: str) -> Policy:
    """Where nothing is configured nothing is protected; the other rules hold with their defaults."""
    return Policy(Protection(()), {}, [], remark)


def read_policy(objects: Objects, commit: str, name: str) -> Policy:
    """The policy of `commit`, called `name` in messages; UsageError `invalid-config` where it is unusable."""
    found = objects.find(f"{commit}:{CONFIG_FILE}")
    if found is None:
        _require_absent(commit, name)
        return empty_policy(f"{name} has no {CONFIG_FILE}: nothing is protected")
    if found[1] != "blob":
        raise _invalid(name, "it can't be read as a file")
    return parse_policy(found[2], name)


def parse_policy(data: bytes, name: str) -> Policy:
    """The policy a harness.toml says; UsageError `invalid-config` where it is unusable."""
    try:
        table = _policy_table(data)
        return Policy(Protection(_strings(table, "protected")), _content(table), _people(table))
    except usage_error() as error:  # looked up only when there is one
        raise _invalid(name, error.message) from None


def _policy_table(data: bytes) -> dict[str, Any]:
    table = _document(data).get("policy", {})
    if not isinstance(table, dict):
        raise usage("invalid-config", "[policy] must be a table", "")
    return table


def _document(data: bytes) -> dict[str, Any]:
    try:
        text = data.removeprefix(_BYTE_ORDER_MARK).decode()
        try:
            return read_plain(text)
        except NotPlainError:
            import tomllib

            return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise usage("invalid-toml", f"it is not valid TOML: {error}", "") from None


def _strings(table: dict[str, Any], key: str) -> list[str]:
    strings = table.get(key, [])
    if isinstance(strings, str):
        strings = [strings]
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        what = {"protected": "globs"}.get(key, "codes")
        raise usage("invalid-config", f"[policy] {key} must be a list of {what}", "")
    return strings


def _people(table: dict[str, Any]) -> list[str]:
    """The codes people are let off; UsageError for one that holds for everybody."""
    codes = _strings(table, "people")
    for code in codes:
        if code not in PEOPLE_CODES:
            known = ", ".join(sorted(PEOPLE_CODES))
            raise usage("invalid-config", f"[policy] people can't let off {code!r}; it can {known}", "")
    return codes


def _content(table: dict[str, Any]) -> dict[str, Any]:
    content = table.get("content", {})
    if not isinstance(content, dict):
        raise usage("invalid-config", "[policy.content] must be a table", "")
    return content


def _require_absent(commit: str, name: str) -> None:
    """A file that is there but can't be read must not count as none."""
    if GitProcess("ls-tree", "--full-tree", "-z", commit, CONFIG_FILE).require():
        raise _invalid(name, "it can't be read as a file")


def _invalid(name: str, why: str) -> UsageError:
    return usage(
        "invalid-config",
        f"{CONFIG_FILE} in {name} is unusable: {why}",
        f"correct {CONFIG_FILE}; only this once commit it with `git commit --no-verify`",
    )
