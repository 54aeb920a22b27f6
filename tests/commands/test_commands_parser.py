"""The shell grammar is native code: no text may end the process that judges it, or be read two ways."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from harness.commands import classify
from harness.commands.shell.script import read_script
from harness.commands.shell.words import UnreadableError

# Each of these has crashed the grammar's scanner: characters beyond its tables where it looks for a word.
CRASHES = [
    "{\U000c56d3",
    "x{\U001060f4",
    "{a\U0010ffff}",
    "cat/|`{\U00101539\u2028`in |x=$(}",
    "\U000c56d3{&",
    "$\U0001a9fa@(D\U000912e0(",
    "echo {\U0010fffd,b}",
    "${\U00100000}",
    "a=\U00100000{",
]


def _judged_in_a_child(texts: list[str]) -> int:
    code = "import sys\nfrom harness.commands import classify\nfor text in eval(sys.stdin.read()): classify(text)"
    return subprocess.run([sys.executable, "-c", code], input=ascii(texts), text=True).returncode


def test_characters_beyond_the_tables_of_the_grammar_are_survived() -> None:
    assert _judged_in_a_child(CRASHES * 20) == 0


@pytest.mark.parametrize(
    "character", ["\xe9", "\xa0", "\u2028", "\u3000", "\u200b", "\U0001f600", "\U0010fffd"]
)
def test_characters_beyond_ascii_are_parts_of_words(character: str) -> None:
    assert read_script(f"a{character}b c{character} x").steps[0].words == (
        f"a{character}b",
        f"c{character}",
        "x",
    )
    assert not classify(f"git{character}status").allowed
    assert not classify(f"{character}=1 git reset --hard").allowed
    assert classify(f"git commit -m 'caf{character}'").allowed
    assert classify(f"git commit -m \"$(cat <<'E{character}'\na {character}\nE{character}\n)\"").decision in (
        "allowed",
        "refused",
    )


def test_here_documents_that_end_by_another_name_are_not_read() -> None:
    text = "bash <<'\xe9E'\ngit status\n\xe8E\ngit reset --hard\n\xe9E\n"
    assert not classify(text).allowed


SHORT = """git reset ; && | ( ) { } ' " $( ` $x ${x \\ # <<E <<-E <<'E' << E >f <f $' [[ ]] if then fi do done * = ~
.. ! & case esac f() <<< <( $(( (( )) for in =~ == @( ?( x= [1] - 2> &> ${x:- % ## ^ <<\\E \U000c56d3 \U0010ffff \xe9"""
PIECES = [*SHORT.split(), " ", "\n", "\nE\n", "\t", "\\\n", "E" * 300]


def _text(seed: int) -> str:
    source = random.Random(seed)
    if seed % 3 == 0:
        return "".join(
            chr(
                source.choice(
                    [source.randint(32, 126), source.randint(0x80, 0xD7FF), source.randint(0xE000, 0x10FFFF)]
                )
            )
            for _ in range(80)
        )
    return "".join(source.choice(PIECES) for _ in range(source.randint(1, 25)))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 200_000, 10_000))
def test_no_text_ends_the_process(start: int) -> None:
    assert _judged_in_a_child([_text(seed) for seed in range(start, start + 10_000)]) == 0


def test_some_texts_do_not_end_the_process() -> None:
    assert _judged_in_a_child([_text(seed) for seed in range(1500)]) == 0


def test_control_characters_and_half_pairs_are_refused() -> None:
    for text in ("git status\x1b", "git\x00status", "echo \ud800", "\x7f"):
        with pytest.raises(UnreadableError):
            read_script(text)
