"""What shell text comes down to: simple commands, with where their input and output go."""

from __future__ import annotations

from dataclasses import dataclass

# The words of a step that stands for a group of others and only has redirections of its own.
GROUP = ("{",)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where input or output goes: the operator, and the word behind it or the text of the document."""

    operator: str
    target: str


@dataclass(frozen=True, slots=True)
class Step:
    """A simple command: its words, what is assigned before it, its redirections.

    Steps of one `pipeline` (a number above 0) are connected; `piped` says that the input is something that
    can't be known here.
    """

    words: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    pipeline: int = 0
    piped: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """All simple commands of a text, those in functions and substitutions too, and the functions' names.

    `is_chain`: they are joined by nothing but `&&`, so each runs in the folder the one before left.
    """

    steps: tuple[Step, ...]
    functions: frozenset[str]
    is_chain: bool = False
