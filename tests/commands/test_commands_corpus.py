"""Every command of the corpus gets the decision that is right for it, with the effect named."""

from __future__ import annotations

import json

import commands_corpus as corpus
import pytest

from harness.commands import Context, Decision, classify
from harness.commands.model import EFFECTS


def wrong(row: dict, decided: Decision) -> str:
    """What is wrong with a decision; empty where nothing."""
    if decided.decision != row["decision"]:
        return f"{decided.decision} ({decided.code}: {decided.reason}): {row['command']!r}"
    if decided.allowed:
        return ""
    if row["effect"] not in decided.effects:
        return f"{decided.effects} is not {row['effect']}: {row['command']!r}"
    told = decided.code in EFFECTS and decided.reason and decided.safe_alternative
    return "" if told else f"not explained: {row['command']!r}: {decided}"


@pytest.mark.parametrize("name", corpus.names())
@pytest.mark.parametrize("fix_type", [None, "git"])
def test_each_command_is_decided_alike_under_every_declaration(name: str, fix_type: str | None) -> None:
    context = Context("project_build", fix_type)  # type: ignore[arg-type]
    assert [
        found for row in corpus.rows(name) if (found := wrong(row, classify(row["command"], context)))
    ] == []


@pytest.mark.parametrize("name", [name for name in corpus.names() if name != "contested"])
def test_maintenance_decides_the_same(name: str) -> None:
    context = Context("maintenance")
    assert [
        found for row in corpus.rows(name) if (found := wrong(row, classify(row["command"], context)))
    ] == []


def test_contested_forms_are_allowed_in_maintenance() -> None:
    refused = [
        text for text in corpus.texts("contested") if not classify(text, Context("maintenance")).allowed
    ]
    assert refused == []


def test_the_corpus_is_large_and_says_nothing_twice() -> None:
    commands = [json.dumps(row["command"]) for name in corpus.names() for row in corpus.rows(name)]
    assert len(commands) > 2500
    assert len(commands) == len(set(commands))


def test_reasons_fit_on_a_line() -> None:
    for name in corpus.names():
        for row in corpus.rows(name)[::4]:
            decided = classify(row["command"])
            assert "\n" not in decided.reason + decided.safe_alternative, row
            assert len(decided.reason) < 400, row
