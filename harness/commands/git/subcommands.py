"""The tables of git's subcommands, read from the TOML files beside this module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.options import Option, Table, read_table

_FILES = ("git/work.toml", "git/reading.toml", "git/plumbing.toml", "git/repository.toml")


@dataclass(frozen=True, slots=True)
class Row:
    """Options that are refused (none: the whole subcommand is), and what is said about it."""

    options: frozenset[str]
    effect: str
    why: str
    instead: str
    contested: bool
    also: tuple[str, ...] = ()

    def refusal(self, spelled: str) -> Refusal:
        """The refusal of a command line that is spelled so."""
        return Refusal(self.effect, f"`{spelled}` {self.why}", self.instead, self.contested, self.also)


@dataclass(frozen=True, slots=True)
class Subcommand:
    """What is known of one subcommand; the keys are explained at the head of git/work.toml."""

    name: str
    options: Table
    refuse: tuple[Row, ...] = ()
    whole: Row | None = None
    dry: frozenset[str] = frozenset()
    any: bool = False
    reads: bool = False
    writes: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    rule: str = ""
    subcommands: frozenset[str] = frozenset()
    default: str = ""


@cache
def subcommand(name: str) -> Subcommand | None:
    """The subcommand of that name ("reset", "stash drop"); None where it isn't in the tables."""
    table = _raw().get(name)
    if table is None:
        return None
    if "same" in table:
        table = _raw()[table["same"]]
    return _made(name, table)


def known_subcommands() -> frozenset[str]:
    """The names of all subcommands in the tables."""
    return frozenset(_raw())


@cache
def _raw() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in _FILES:
        found |= tables.read(file)
    return found


@cache
def _groups() -> dict[str, Table]:
    return {name: read_table(text) for name, text in tables.read("git/options.toml").items()}


def _made(name: str, table: Mapping[str, Any]) -> Subcommand:
    options: dict[str, Option] = {}
    for group in table.get("include", ()):
        options |= _groups()[group]
    own = read_table(" ".join(_specifications(table)))
    options |= own
    rows = [_row(row) for row in table.get("refuse", ())]
    if "diff" in table.get("include", ()):
        rows.append(_EXTERNAL)
    return Subcommand(
        name,
        options,
        refuse=tuple(rows),
        whole=_row(table["whole"]) if "whole" in table else None,
        dry=_names(table.get("dry", "")),
        any=table.get("any", False),
        reads=table.get("reads", False),
        writes=_names(" ".join(table.get("writes", ()))),
        folders=_names(" ".join(table.get("folders", ()))),
        suffixes=tuple(table.get("suffixes", ())),
        rule=table.get("rule", ""),
        subcommands=frozenset(table.get("subcommands", "").split()),
        default=table.get("default", ""),
    )


def _specifications(table: Mapping[str, Any]) -> Iterator[str]:
    yield table.get("options", "")
    yield table.get("dry", "")
    yield from (word + "=" for word in table.get("writes", ()))
    yield from table.get("folders", ())
    yield from (row["options"] for row in table.get("refuse", ()))


def _names(specification: str) -> frozenset[str]:
    return frozenset(option.name for option in read_table(specification).values())


def _row(row: Mapping[str, Any]) -> Row:
    return Row(
        _names(row.get("options", "")),
        row["effect"],
        row["why"],
        row["instead"],
        row.get("contested", False),
        tuple(row.get("also", "").split()),
    )


_EXTERNAL = Row(
    frozenset({"--ext-diff"}),
    "runs-code",
    "runs a program that the configuration names",
    "the same command without it",
    False,
)
