"""Python and other interpreters: scripts and modules of the worktree may run, code on the line is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.options import parse, read_table
from harness.commands.places import refuse_writes
from harness.commands.programs import verbs
from harness.commands.programs.python_code import refuse_python_code
from harness.commands.programs.shells import IN_A_FILE, refuse_script
from harness.commands.programs.tools import judge_tool
from harness.commands.scene import Scene, unknown, unreadable
from harness.commands.shell.words import is_literal

_PYTHON_NAME = re.compile(r"(python|pypy)(\d+(\.\d+)?)?w?")
_ASKING = ("-h", "--help", "-V", "--version", "--help-all", "--help-env")
_INSTALLERS = frozenset(("pip", "ensurepip", "easy_install", "venv", "virtualenv", "pipx", "uv", "conda"))


def is_python(name: str) -> bool:
    """Whether a program's name is a Python's."""
    return bool(_PYTHON_NAME.fullmatch(name))


def judge_python(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of a Python: -m MODULE, -c CODE, a script, or code that it reads."""
    options, rest = _python_options(words)
    parsed = parse(options, read_table(tables.read("programs/programs.toml")["python"]["options"]))
    if parsed.problem:
        yield unreadable(f"`python` with {parsed.problem} isn't known to be harmless")
    elif parsed.has(*_ASKING):
        return
    elif rest[:1] == ["-m"]:
        yield from _named_module(rest[1:], scene)
    elif rest[:1] == ["-c"]:
        yield from _code("".join(rest[1:2]))
    elif rest and rest[0] != "-":
        yield from refuse_script(rest[0], scene)
        yield from _setup_script(rest)
    elif scene.document is not None:
        yield from _code(scene.document)
    else:
        yield unreadable("`python` runs what it reads, and that isn't known", IN_A_FILE)


def _python_options(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """(the interpreter's own options, what it runs with its arguments): -c and -m end the options."""
    options: list[str] = []
    rest = list(words)
    while rest:
        word = rest[0]
        ends = re.fullmatch(r"-([A-VYZa-z]*?)([cm])(.*)", word, re.DOTALL)
        if ends:
            glued = [ends[3]] if ends[3] else []
            return [*options, *(["-" + ends[1]] if ends[1] else [])], ["-" + ends[2], *glued, *rest[1:]]
        if not word.startswith("-") or word == "-":
            break
        options.append(rest.pop(0))
        if word in ("-W", "-X", "--check-hash-based-pycs") and rest:
            options.append(rest.pop(0))
    return options, rest


def _code(code: str) -> Iterator[Refusal]:
    if is_literal(code):
        yield from refuse_python_code(code)
    else:
        yield unreadable("the code that python runs is only known to a shell", IN_A_FILE)


def _setup_script(words: Sequence[str]) -> Iterator[Refusal]:
    installs = {"install", "develop", "upload", "register", "easy_install"} & set(words[1:])
    if words[0].rpartition("/")[2] == "setup.py" and installs:
        what = f"`setup.py {min(installs)}` installs or publishes software"
        yield Refusal("installs-software", what, verbs.NO_INSTALL)


# -- modules --------------------------------------------------------------------------------------


def _named_module(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    module = words[0] if words else ""
    if not is_literal(module) or not re.fullmatch(r"[A-Za-z_][\w.]*", module):
        yield unreadable("which module it runs is only known to a shell")
    else:
        yield from _module(module, words[1:], scene)


def _module(module: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    kinds = tables.read("programs/programs.toml")["python"]
    top = module.split(".")[0]
    if top == "harness":
        yield from verbs.refuse_approval(words)
    if top in _INSTALLERS:
        yield from verbs.judge("pip" if top in ("pip", "uv") else "ensurepip", words, scene)
    elif {module, top} & tables.words(kinds["network"]):
        yield Refusal("network", f"`python -m {module}` opens the network", "leave it to a person")
    elif top in tables.words(kinds["code"]):
        yield Refusal("runs-code", f"`python -m {module}` runs code that isn't judged", IN_A_FILE)
    elif top in tables.words(kinds["unjudged"]):
        yield unknown(f"python -m {module}")
    elif module == "json.tool":
        yield from refuse_writes([word for word in words if not word.startswith("-")][1:], scene)
    elif module == "pre_commit":
        yield from verbs.judge("pre-commit", words, scene)
    elif module == "coverage":
        yield from judge_coverage(words, scene)
    else:
        yield from judge_tool(module if top in tables.words(kinds["tools"]) else "python -m", words, scene)


_COVERAGE_RUN = read_table(
    """-a|--append --branch -L|--pylib -p|--parallel-mode --timid -m|--module --debug= --source= --include=
    --omit= --rcfile= --concurrency= --context= --data-file="""
)


def judge_coverage(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `coverage`: its `run` is a Python; its other commands report."""
    if tuple(words[:1]) != ("run",):
        yield from judge_tool("coverage", words, scene)
        return
    parsed = parse(words[1:], _COVERAGE_RUN, stop_at_operand=True)
    inner = ["-m", *parsed.all_operands] if parsed.has("--module") else parsed.all_operands
    if parsed.problem:
        yield unreadable(f"`coverage run` with {parsed.problem} isn't known to be harmless")
    elif inner:
        yield from scene.judge_words(["python", *inner], scene.deeper())


# -- other interpreters ---------------------------------------------------------------------------

_PRINTING = ("-v", "-V", "--version", "-h", "--help", "-i", "-m")


def names() -> frozenset[str]:
    """The interpreters besides Python."""
    return frozenset(tables.read("programs/programs.toml")["interpreters"])


def judge_other(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of another interpreter: a script of the worktree may run, code on the line not."""
    parsed = parse(
        words, read_table(tables.read("programs/programs.toml")["interpreters"][name]), stop_at_operand=True
    )
    scripts = parsed.all_operands
    if parsed.problem:
        yield unreadable(f"`{name}` with {parsed.problem} runs code that isn't judged", IN_A_FILE)
    elif parsed.has(*_PRINTING) or (parsed.has("--test") and not scripts):
        return
    elif scripts and scripts[0] != "-":
        yield from refuse_script(scripts[0], scene)
    else:
        yield unreadable(f"`{name}` runs what it reads, and that isn't known", IN_A_FILE)
