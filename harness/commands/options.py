"""Arguments read as git reads them: abbreviations, clusters, glued values, options after operands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from harness.commands.shell.words import NAMES, SPLIT, UNKNOWN, is_literal, shown

# Options whose value is text, which may well begin with a dash.
FREE_TEXT = frozenset(
    [
        "--message",
        "-m",
        "--grep",
        "--author",
        "--committer",
        "--trailer",
        "-e",
        "--expression",
        "--regexp",
        "-S",
        "-G",
        "--date",
        "--size",
    ]
)

Arity = Literal["none", "value", "maybe"]
_SPELLED = re.compile(r"(?P<names>[^=\[]+)(?P<arity>=|\[=\])?")


@dataclass(frozen=True, slots=True)
class Option:
    """An option: the name it is known by (its longest), and whether it takes a value.

    "maybe" takes one only where it is glued on.
    """

    name: str
    takes: Arity = "none"


Table = Mapping[str, Option]


@dataclass(frozen=True, slots=True)
class Given:
    """An option as it was given; `name` is its full name, with `no` where it was turned off."""

    name: str
    value: str | None = None
    no: bool = False


@dataclass(slots=True)
class Parsed:
    """Options and operands of a command; `behind` are the operands behind `--`, None without one.

    `problem` is what couldn't be read, empty where everything could.
    """

    given: list[Given] = field(default_factory=list)
    operands: list[str] = field(default_factory=list)
    behind: list[str] | None = None
    problem: str = ""

    def has(self, *names: str) -> bool:
        """Whether any of these was given and not turned off later."""
        last = {one.name: not one.no for one in self.given}
        return any(last.get(name, False) for name in names)

    def values(self, *names: str) -> list[str]:
        return [one.value for one in self.given if one.name in names and one.value is not None]

    @property
    def all_operands(self) -> list[str]:
        return [*self.operands, *(self.behind or [])]


@cache
def read_table(specification: str) -> Table:
    """A table from words like `-m|--message=` (a value), `--color[=]` (maybe one) and `-q|--quiet`."""
    table: dict[str, Option] = {}
    for word in specification.split():
        spelled = _SPELLED.fullmatch(word)
        assert spelled, word
        names = spelled["names"].split("|")
        takes: Arity = {None: "none", "=": "value", "[=]": "maybe"}[spelled["arity"]]  # type: ignore[assignment]
        option = Option(max(names, key=len), takes)
        table |= dict.fromkeys(names, option)
    return table


def parse(
    words: Sequence[str], table: Table, stop_at_operand: bool = False, tolerant: bool = False
) -> Parsed:
    """Read the arguments of a command by its table. What isn't in the table is a problem.

    `tolerant` takes what only a shell would know for an operand: no option of the command does harm.
    """
    parsed = Parsed()
    rest = list(reversed(words))
    while rest and not parsed.problem:
        word = rest.pop()
        if parsed.behind is not None:
            parsed.behind.append(word)
        elif word in ("--", "--end-of-options"):
            parsed.behind = []
        elif word.startswith("--"):
            _long(word, table, rest, parsed)
        elif word.startswith("-") and word != "-":
            _cluster(word, table, rest, parsed)
        elif (may_be_option(word) and not tolerant) or (stop_at_operand and not is_literal(word)):
            parsed.problem = "an argument that only a shell would know"
        else:
            parsed.operands.append(word)
            if stop_at_operand:
                parsed.operands += reversed(rest)
                break
    return parsed


def may_be_option(word: str) -> bool:
    """Whether what a shell makes of `word` may begin with a dash, or be several words."""
    return SPLIT in word or word.startswith(UNKNOWN)


def _long(word: str, table: Table, rest: list[str], parsed: Parsed) -> None:
    spelled, equals, value = word.partition("=")
    if not is_literal(spelled) or SPLIT in word:
        parsed.problem = "an option that only a shell would know"
        return
    found = find_long(spelled, table)
    if found is None:
        parsed.problem = f"`{spelled}`"
        return
    option, no = found
    if equals and (option.takes == "none" or no):
        parsed.problem = f"`{spelled}=`"
    elif option.takes == "value" and not equals and not no:
        _take(option, rest, parsed)
    else:
        parsed.given.append(Given(option.name, value if equals else None, no))


def find_long(spelled: str, table: Table) -> tuple[Option, bool] | None:
    """(the option, whether it is turned off) that a long name or an unambiguous beginning of one means."""
    if spelled in table:
        return table[spelled], False
    negated = "--" + spelled[5:] if spelled.startswith("--no-") else ""
    if negated in table:
        return table[negated], True
    if "--no-" + spelled[2:] in table:
        return table["--no-" + spelled[2:]], True
    found = {(option, False) for name, option in table.items() if _begins(name, spelled)}
    if spelled.startswith("--no-") and len(spelled) > 5:
        found |= {(option, True) for name, option in table.items() if _begins(name, negated)}
    return found.pop() if len(found) == 1 else None


def _begins(name: str, spelled: str) -> bool:
    return name.startswith("--") and name.startswith(spelled) and len(spelled) > 2


def _cluster(word: str, table: Table, rest: list[str], parsed: Parsed) -> None:
    at = 1
    while at < len(word) and not parsed.problem:
        option = table.get("-" + word[at])
        glued = word[at + 1 :]
        if option is None and word[at].isdigit() and "-NUM" in table:
            at = _number(word, at, parsed)
        elif option is None or not is_literal(word[: at + 1]):
            parsed.problem = (
                f"`-{word[at]}`" if is_literal(word) else "an option that only a shell would know"
            )
        elif option.takes == "none":
            parsed.given.append(Given(option.name))
            at += 1
        elif SPLIT in glued:
            parsed.problem = "an argument that only a shell would know"
        elif glued or option.takes == "maybe":
            parsed.given.append(Given(option.name, glued or None))
            return
        else:
            _take(option, rest, parsed)
            return


def _number(word: str, at: int, parsed: Parsed) -> int:
    while at < len(word) and word[at].isdigit():
        at += 1
    parsed.given.append(Given("-NUM"))
    return at


def _take(option: Option, rest: list[str], parsed: Parsed) -> None:
    if not rest:
        parsed.problem = f"`{option.name}` without its value"
        return
    value = rest.pop()
    if SPLIT in value or value == NAMES:
        parsed.problem = "an argument that only a shell would know"
        return
    if value.startswith("-") and value != "-" and option.name not in FREE_TEXT:
        # A git that doesn't know the option, or doesn't give it a value, would take this for an option.
        parsed.problem = f"`{option.name} {shown(value)}`"
        return
    parsed.given.append(Given(option.name, value))


def options_in(words: Iterable[str]) -> list[str]:
    """The words before `--` that begin with a dash."""
    found = []
    for word in words:
        if word == "--":
            break
        if word.startswith("-"):
            found.append(word)
    return found
