"""What helps a newcomer: every option says what it does, every hint can be followed."""

import argparse

import pytest

from harness.cli.main import COMMANDS, build_parser


def parsers(parser, words=()):
    """Every parser of commands of commands, with the words that lead to it."""
    yield words, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from parsers(inner, (*words, name))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_does(command):
    """`harness notes show --help` said neither what it shows nor of which commit."""
    for words, parser in parsers(build_parser(command)):
        if words[:1] == (command,):
            assert parser.description, words
            assert not parser.allow_abbrev, words
            options = (a for a in parser._actions if not isinstance(a, argparse._SubParsersAction))
            assert [option.dest for option in options if not option.help] == [], words


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run-phase", "work"], "no-plan", "harness plan new"),
        (["plan", "show", "--plan", "nowhere.toml"], "no-plan", "harness init"),
        (["status"], "which-run", "harness init"),
        (["diff", "nobody"], "no-such-run", "git branch --list"),
        (["verify"], "no-ledger", "there is no remote"),
        (["verify", "nobody"], "no-ledger", "runs recorded here: none yet"),
        (["log", "nobody"], "no-such-run", "runs there are: none yet"),
        (["explain", "qqq xxx"], "unknown-code", "`harness explain` lists all"),
        (["check-message"], "wrong-usage", "harness check-message --help"),
        (["init", "more"], "wrong-usage", "usage: harness init "),
        (["notes", "show", "--bogus"], "wrong-usage", "usage: harness notes show "),
    ],
)
def test_the_hint_can_be_followed(project, arguments, code, words):
    """Hints named a run, a remote or a plan that a new repository doesn't have, or another command's usage."""
    result = project.harness(*arguments, "--json")
    assert (result.code, result.json["code"]) == (2, code)
    assert words in result.json["hint"]


def test_a_reply_without_edits_is_of_no_known_format(project):
    result = project.harness("check", "-", stdin=b"I could not do it.\n")
    assert result.code == 4
    assert result.stdout.startswith("unusable: no known format\n")
