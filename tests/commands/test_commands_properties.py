"""No disguise makes a destructive command allowed, no quotation makes a harmless one refused."""

from __future__ import annotations

import shlex

import commands_corpus as corpus
import pytest
from commands_carriers import SHELL, WORDS
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.commands import Context, classify

REFUSED = [text for name in ("git_refused", "contested", "files_refused") for text in corpus.texts(name)]
ALLOWED = [text for name in ("git_allowed", "files_allowed") for text in corpus.texts(name)]
# Half a command may become a whole one in a carrier.
EVERY = REFUSED + [row["command"] for row in corpus.rows("further_refused") if row["effect"] != "unparsable"]
ALL_REFUSED = [text for name in corpus.names() if "allowed" not in name for text in corpus.texts(name)]

carriers = st.lists(st.sampled_from(sorted(SHELL)), min_size=1, max_size=3)


@pytest.mark.parametrize("carrier", sorted(SHELL))
def test_a_carrier_never_makes_a_destructive_command_allowed(carrier: str) -> None:
    # Each carrier takes another fifth.
    some = REFUSED[sorted(SHELL).index(carrier) % 5 :: 5]
    assert [text for text in some if classify(SHELL[carrier](text)).allowed] == []


@pytest.mark.slow
@pytest.mark.parametrize("carrier", sorted(SHELL))
def test_a_carrier_never_makes_any_destructive_command_allowed(carrier: str) -> None:
    assert [text for text in EVERY if classify(SHELL[carrier](text)).allowed] == []


@pytest.mark.parametrize("disguise", sorted(WORDS))
def test_a_disguise_never_makes_a_destructive_command_allowed(disguise: str) -> None:
    assert [text for text in REFUSED if classify(WORDS[disguise](text)).allowed] == []


@pytest.mark.parametrize("disguise", sorted(set(WORDS) - {"braces"}))
def test_a_disguise_never_makes_a_harmless_command_refused(disguise: str) -> None:
    assert [text for text in ALLOWED if not classify(WORDS[disguise](text)).allowed] == []


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(EVERY), st.sampled_from(sorted(WORDS)), carriers)
def test_carriers_inside_one_another(text: str, disguise: str, names: list[str]) -> None:
    carried = WORDS[disguise](text)
    for name in names:
        carried = SHELL[name](carried)
    assert not classify(carried).allowed, carried


PLAIN = [
    "sh -c",
    "eval",
    "subshell",
    "group",
    "after",
    "before",
    "then",
    "for",
    "function",
    "assignment",
    "alias",
]


@pytest.mark.parametrize("carrier", PLAIN)
def test_a_carrier_never_makes_a_harmless_command_refused(carrier: str) -> None:
    # Standard output of a substitution is only read, and a loop has no input of its own.
    assert [text for text in ALLOWED if not classify(SHELL[carrier](text)).allowed] == []


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from([text for text in ALLOWED if "cd " not in text]), min_size=2, max_size=4),
    st.sampled_from(["\n", "\ntrue &&\n", "\nfalse ||\n", "\n:;\n"]),
)
def test_harmless_commands_behind_one_another_stay_allowed(texts: list[str], joint: str) -> None:
    assume(not any(set("#<>|`$(\n") & set(text) for text in texts))
    assert classify(joint.join(texts)).allowed


QUOTERS = [
    "echo {}",
    "printf '%s\\n' {}",
    "git commit -m {}",
    "git commit --allow-empty --message={}",
    "git stash push -m {}",
    "git tag -a v9 -m {}",
    "git log --grep={}",
    "git notes add -m {}",
    "grep -rF -e {} docs",
    "test -n {}",
    "x={}",
    "cat <<< {}",
    "sh -c 'echo \"$1\"' sh {}",
    "true || echo {}",
    "echo {} >> notes.md",
]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(ALL_REFUSED), st.sampled_from(QUOTERS))
def test_a_destructive_text_that_is_only_quoted_is_harmless(text: str, quoter: str) -> None:
    if any(c < " " and c not in "\t\n" for c in text) or not text:
        return
    assert classify(quoter.format(shlex.quote(text))).allowed
    assert classify(f"cat > notes.md <<'THE END'\n{text}\nTHE END\n").allowed
    assert classify(["git", "commit", "-m", text]).allowed


SHORT = """git reset --hard ; && | ( ) { } ' " $( ` $x \\ # <<E >f <f $' [[ ]] if then fi do done sh -c rm -rf .git
* = ~ .. / é ! & esac f() \U000c56d3 \U0010ffff"""
PIECES = st.sampled_from(
    [*SHORT.split(), " ", "\n", "\nE\n", "if ", "then ", "sh -c ", "rm ", "\x00", "\r", "case x in"]
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_gets_a_decision(text: str) -> None:
    decided = classify(text)
    assert decided.decision in ("allowed", "refused")
    assert decided.allowed or (decided.code and decided.reason and decided.safe_alternative)
    assert classify(text) == decided


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.text(max_size=20), PIECES), max_size=8),
    st.sampled_from(["project_build", "maintenance"]),
)
def test_any_arguments_get_a_decision(words: list[str], run_type: str) -> None:
    assert classify(words, Context(run_type)).decision in ("allowed", "refused")  # type: ignore[arg-type]
