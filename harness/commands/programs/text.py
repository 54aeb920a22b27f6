"""sed and awk: their programs can write files and run commands, so they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands.model import Refusal
from harness.commands.options import parse, read_table
from harness.commands.places import refuse_write
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import is_literal

MAX_CHARACTERS = 10_000
_PLAIN = "a plain script: `s/OLD/NEW/`, `/PATTERN/d`, `1,10p`"

_SED = read_table(
    """-n|--quiet|--silent -e|--expression= -f|--file= -E -r|--regexp-extended -i|--in-place[=]
    -l|--line-length= -s|--separate -u|--unbuffered -z|--null-data --posix --debug --follow-symlinks --sandbox
    --help --version"""
)


def judge_sed(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `sed WORDS…`: scripts that run or write, and files changed elsewhere."""
    parsed = parse(words, _SED)
    if parsed.problem:
        yield unreadable(f"`sed` with {parsed.problem} isn't known to be harmless")
        return
    operands = parsed.all_operands
    scripts = parsed.values("--expression")
    if parsed.values("--file"):
        yield unreadable("`sed -f` does what a file says", "give the script with -e")
        return
    if not scripts and operands:
        scripts, operands = operands[:1], operands[1:]
    if not parsed.has("--sandbox"):
        yield from _sed_scripts(scripts)
    if parsed.has("--in-place"):
        for path in operands:
            yield from filter(None, [refuse_write(path, scene)])
        if any("/" in suffix for suffix in parsed.values("--in-place")):
            yield unreadable("`sed -i` keeps its copies elsewhere", "`sed -i.bak`")


def _sed_scripts(scripts: Sequence[str]) -> Iterator[Refusal]:
    for script in scripts:
        if not is_literal(script):
            # What is put into it may hold any command.
            yield unreadable("the script of `sed` is only known to a shell", _PLAIN)
        elif len(script) > MAX_CHARACTERS or not _sed_is_plain(script):
            yield Refusal("runs-code", "the script of `sed` may run commands or write files", _PLAIN)


_ADDRESS = re.compile(
    r"\s*(?:(?:\d+(?:~\d+)?|\$|[+~]\d+|/(?:\\.|[^/\\\n])*/[IM]*|\\(.)(?:(?!\1).)*\1[IM]*)\s*,?\s*){0,2}\s*!?\s*"
)


def _sed_is_plain(script: str) -> bool:
    """Whether a script is made of commands that only edit what passes through."""
    at = 0
    while at < len(script):
        if script[at] in " \t\n;}":
            at += 1
            continue
        matched = _ADDRESS.match(script, at)
        at = matched.end() if matched else at
        if at >= len(script):
            return False
        following = _sed_command(script, at)
        if following is None:
            return False
        at = following
    return True


def _sed_command(script: str, at: int) -> int | None:
    """Where the next command begins; None where this one runs, writes or isn't known."""
    command = script[at]
    if command in "{pPdDgGhHnNx=lzF#}":
        if command == "#":
            newline = script.find("\n", at)
            return len(script) if newline < 0 else newline
        return at + 1
    if command in "qQbtTL":
        ended = re.compile(r"[^\n;}]*").match(script, at + 1)
        return ended.end() if ended else None
    if command in ":rRaic":
        newline = script.find("\n", at)
        while newline > 0 and script[newline - 1] == "\\":
            newline = script.find("\n", newline + 1)
        return len(script) if newline < 0 else newline
    if command in "sy" and at + 1 < len(script):
        return _sed_substitution(script, at)
    return None


def _sed_substitution(script: str, at: int) -> int | None:
    delimiter = script[at + 1]
    end = at + 2
    for _ in range(2):
        end = _past(script, end, delimiter)
        if end < 0:
            return None
    flags = re.compile(r"[gpiImM0-9]*").match(script, end)
    after = flags.end() if flags else end
    # Of the flags, `e` runs the result and `w` writes it; they and what isn't known end up here.
    return after if after == len(script) or script[after] in " \t\n;}#" else None


def _past(script: str, at: int, delimiter: str) -> int:
    while at < len(script):
        if script[at] == "\\":
            at += 2
        elif script[at] == delimiter:
            return at + 1
        else:
            at += 1
    return -1


_AWK = read_table(
    """-F|--field-separator= -v|--assign= -f|--file= -e|--source= -b -c -P -r -s -S|--sandbox -n -O -t
    -V|--version -h|--help -C -M --posix --re-interval --lint[=] --csv -k"""
)


def judge_awk(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `awk WORDS…`: programs that run, write or read commands."""
    parsed = parse(words, _AWK, stop_at_operand=True)
    if parsed.problem:
        yield unreadable(f"`awk` with {parsed.problem} isn't known to be harmless")
        return
    programs = parsed.values("--source") or ([] if parsed.values("--file") else parsed.all_operands[:1])
    if parsed.values("--file"):
        yield unreadable("`awk -f` does what a file says", "give the program on the command line")
    for program in programs:
        if not is_literal(program):
            yield unreadable("the program of `awk` is only known to a shell")
        elif len(program) > MAX_CHARACTERS or not _awk_is_plain(program):
            yield Refusal(
                "runs-code",
                "the program of `awk` may run commands or write files",
                "print, and redirect the output",
            )


def _awk_is_plain(program: str) -> bool:
    """Whether a program has nothing that runs a command, reads from one or writes to a file."""
    bare = _awk_bare(program)
    if bare is None or re.search(r"\b(system|getline|close|fflush)\b|@", bare):
        return False
    return not re.search(r"\||\bprintf?\b[^;}]*>", bare.replace("||", " or "))


# A slash behind one of these begins a pattern; behind anything else it divides.
_BEFORE_PATTERN = re.compile(r"(?:^|[({},;!~&|=\n]|\b(?:return|in))[ \t\n]*$")
_AWK_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[/"]|[^"#/]+')
_AWK_PATTERN = re.compile(r"/(?:\\.|\[\^?\]?[^\]\n]*\]|[^/\\\n\[])+/")


def _awk_bare(program: str) -> str | None:
    """The program without what its strings, patterns and comments hold; None where that can't be told."""
    made: list[str] = []
    before, at = "", 0
    while at < len(program):
        token = _AWK_TOKEN.match(program, at)
        if token is None or token[0] == '"':
            return None
        text, at = token[0], token.end()
        if text == "/" and _BEFORE_PATTERN.search(before):
            pattern = _AWK_PATTERN.match(program, at - 1)
            if pattern is None:
                return None
            text, at = " r ", pattern.end()
        elif text[0] in '"#':
            text = " s " if text[0] == '"' else " "
        made.append(text)
        before = (before + text)[-40:]
    return "".join(made)
