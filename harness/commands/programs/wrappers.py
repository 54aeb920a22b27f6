"""Programs that run the command behind them: what they pass on is judged, not they."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.commands import tables
from harness.commands.environment import refuse_assignments
from harness.commands.model import Refusal
from harness.commands.options import Parsed, parse, read_table
from harness.commands.places import refuse_writes, within
from harness.commands.programs.shells import judge_nested
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import SPLIT, UNKNOWN, is_literal


def names() -> frozenset[str]:
    """The wrappers that are known by a table alone."""
    return frozenset(tables.read("programs/wrappers.toml"))


def judge(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of a wrapper with its arguments."""
    wrapper = tables.read("programs/wrappers.toml")[name]
    table = read_table(wrapper.get("options", "") + " --help --version")
    parsed = parse(words, table, stop_at_operand=True)
    if parsed.problem:
        yield unreadable(f"`{name}` with {parsed.problem} isn't known to be harmless")
        return
    for path in parsed.values(*wrapper.get("writes", "").split()):
        yield from refuse_writes([path], scene)
    if parsed.has("--help", "--version", *wrapper.get("asks", "").split()):
        return
    inner = parsed.all_operands[wrapper.get("operands", 0) :]
    while inner and name in ("sudo", "doas") and "=" in inner[0]:
        yield from refuse_assignments([_pair(inner.pop(0))])
    yield from _inner(inner, scene)


def _pair(word: str) -> tuple[str, str]:
    variable, _, value = word.partition("=")
    return variable, value


def _inner(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    if not words:
        return
    deeper = scene.deeper()
    if deeper.too_deep():
        yield unreadable("its wrappers are nested too deep")
        return
    yield from scene.judge_words(words, deeper)


_ENV = read_table(
    """-i|--ignore-environment -0|--null -u|--unset= -C|--chdir= -S|--split-string= -v|--debug
    --block-signal[=] --default-signal[=] --ignore-signal[=] --list-signal-handling --help --version -"""
)


def judge_env(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `env WORDS…`: options, assignments, then a command."""
    parsed = parse([word for word in words[:1] if word != "-"] + list(words[1:]), _ENV, stop_at_operand=True)
    if parsed.problem:
        yield unreadable(f"`env` with {parsed.problem} isn't known to be harmless")
        return
    for folder in parsed.values("--chdir"):
        scene = within(scene, folder)
    inner = [*_split_strings(parsed), *parsed.all_operands]
    if "" in inner[:1]:
        yield unreadable("`env -S` with text that can't be split with certainty")
        return
    while inner and "=" in inner[0]:
        yield from refuse_assignments([_pair(inner.pop(0))])
    if inner and inner[0].startswith("-"):
        yield unreadable("`env` with options behind a split string")
        return
    yield from _inner(inner, scene)


def _split_strings(parsed: Parsed) -> list[str]:
    """The words that `env -S TEXT` makes; an empty one first where that isn't plain."""
    found: list[str] = []
    for text in parsed.values("--split-string"):
        if not is_literal(text) or any(character in text for character in "\\'\"${}#"):
            return [""]
        found += text.split()
    return found


_XARGS = read_table(
    """-0|--null -r|--no-run-if-empty -t|--verbose -p|--interactive -x|--exit -n|--max-args= -L= -l[=]
    --max-lines[=] -P|--max-procs= -s|--max-chars= -d|--delimiter= -a|--arg-file= -I= -i[=] --replace[=]
    -E= -e[=] --eof[=] -o|--open-tty --process-slot-var= --show-limits --help --version -R= -J="""
)


def judge_xargs(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `xargs WORDS…`: the command gets arguments that nobody knows."""
    parsed = parse(words, _XARGS, stop_at_operand=True)
    if parsed.problem:
        yield unreadable(f"`xargs` with {parsed.problem} isn't known to be harmless")
        return
    inner = parsed.all_operands
    marks = [given for given in parsed.given if given.name in ("-I", "-i", "--replace", "-J")]
    if not inner:
        return
    if marks:
        mark = marks[-1].value or "{}"
        inner = [word.replace(mark, UNKNOWN) for word in inner]
    else:
        inner = [*inner, SPLIT]
    yield from _inner(inner, replace(scene, piped=False, document=None))


def judge_watch(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `watch WORDS…`, which a shell runs as one text."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in ("-n", "--interval", "-q", "--equexit") and rest:
            rest.pop(0)
    yield from judge_nested(" ".join(rest), scene)


def judge_script(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `script -c TEXT FILE`."""
    parsed = parse(words, read_table("-a|--append -c|--command= -e|--return -f|--flush -q|--quiet"))
    texts = parsed.values("--command")
    yield from refuse_writes(parsed.all_operands[:1], scene)
    if parsed.problem or not texts:
        yield unreadable("what `script` runs isn't known")
    for text in texts:
        yield from judge_nested(text, scene)


_FLOCK = read_table(
    """-s|--shared -x|-e|--exclusive -u|--unlock -n|--nonblock|--nb -w|--wait|--timeout= -o|--close
    -F|--no-fork -E|--conflict-exit-code= -v|--verbose"""
)


def judge_flock(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `flock FILE COMMAND…` and `flock FILE -c TEXT`."""
    parsed = parse(words, _FLOCK, stop_at_operand=True)
    if parsed.problem:
        yield unreadable(f"`flock` with {parsed.problem} isn't known to be harmless")
        return
    operands = parsed.all_operands
    yield from refuse_writes(operands[:1], scene)
    if operands[1:2] in (["-c"], ["--command"]):
        yield from judge_nested("".join(operands[2:3]), scene)
    else:
        yield from _inner(operands[1:], scene)
