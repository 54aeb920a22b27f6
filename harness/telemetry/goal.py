"""What an estimate reads about a phase's goal: how long it is and which kind of work its words name."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 10_000
"""Characters of a goal that are read; the rest of a longer one changes nothing."""

_WORD = re.compile(r"[a-z]+")
_VERSION = re.compile(r"\W*(?:v|version )?\d+\.\d+")

# Whole words only, in the first line only: "address" is no "add", and a body tells of much else.
_WORDS_OF_ACTIONS = """
add: add adds added adding create creates implement implements implemented introduce introduces new
    feat feature support supports initial
fix: fix fixes fixed fixing bug bugfix hotfix correct corrects resolve resolves repair regression
    crash error issue
change: change changes changed update updates updated improve improves improved use uses make makes
    allow allows enable set switch handle
refactor: refactor refactors refactored refactoring restructure rework rewrite simplify simplifies
    extract split reorganize reorganise clean cleanup cleanups tidy
move: move moves moved rename renames renamed
remove: remove removes removed removing delete deletes deleted drop drops dropped unused deprecate
revert: revert reverts reverted undo
bump: bump bumps bumped upgrade upgrades release releases released version prepare pin unpin deps
    dependency dependencies changelog chore
small: typo typos spelling whitespace lint flake style format formatting nit minor small tweak tweaks
    comment comments
docs: doc docs document documents documentation docstring docstrings readme guide tutorial
test: test tests tested testing coverage spec specs
integrate: integrate integrates integration wire connect merge ci workflow travis github actions
"""

ACTIONS: dict[str, frozenset[str]] = {
    action: frozenset(words.split())
    for action, words in re.findall(r"(?m)^(\w+):((?:.|\n(?! *\w+:))*)", _WORDS_OF_ACTIONS)
}
"""Kinds of work, and the words that name them."""


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """A goal, or a commit's message: words in its first line, words in all, the actions it names."""

    title_words: int
    words: int
    actions: tuple[str, ...]


def read_goal(text: str) -> GoalFacts:
    """The facts of a goal; actions in the order of `ACTIONS`."""
    lines = text[:LONGEST].strip().split("\n")
    named = set(_WORD.findall(lines[0].lower()))
    if _VERSION.match(lines[0].lower()):  # a title such as "v1.2.0"
        named.add("release")
    return GoalFacts(
        title_words=len(lines[0].split()),
        words=sum(len(line.split()) for line in lines),
        actions=tuple(action for action, words in ACTIONS.items() if not named.isdisjoint(words)),
    )
