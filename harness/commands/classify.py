"""The decision about a command: every simple command in it is judged, by what it would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from harness.commands.environment import refuse_assignments
from harness.commands.model import Context, Decision, Refusal
from harness.commands.places import entered, within
from harness.commands.programs.program import brings_back, judge_program
from harness.commands.redirections import (
    arguments_by_pipeline,
    arguments_of,
    refuse_redirects,
    silent_pipelines,
)
from harness.commands.scene import Account, Scene, unreadable
from harness.commands.shell.script import read_script
from harness.commands.shell.steps import GROUP, Script, Step
from harness.commands.shell.words import UnreadableError, is_literal, shown

MAX_ARGUMENTS = 5000
MAX_REFUSALS = 50


_NOTHING_KNOWN = Context()


def classify(command: str | Sequence[str], context: Context = _NOTHING_KNOWN) -> Decision:
    """Whether a fix may run `command`: shell text (bash), or the arguments of one program.

    A command is judged by its effect alone, whatever the fix was declared as: what can't lose work, reach
    outside the worktree, install or connect is allowed in every kind of run. That holds for git too, so a
    declared git fix that only looks, stages or commits is allowed in a project build, and a destructive one
    is refused under any declaration. Forms that people disagree about are refused in project builds only.
    What can't be read with certainty is refused. Never raises.
    """
    account = Account()
    scene = Scene(context, _judge_words, _judge_text, account)
    try:
        refusals = list(islice(_all(command, scene), MAX_REFUSALS))
    except RecursionError:
        refusals = [unreadable("it is nested too deep")]
    argvs = tuple(account.argvs)
    refusals = [one for one in refusals if not (one.contested and context.run_type == "maintenance")]
    if not refusals:
        return Decision("allowed", argvs=argvs)
    first = refusals[0]
    effects = tuple(dict.fromkeys(effect for one in refusals for effect in (one.effect, *one.also)))
    return Decision("refused", first.effect, first.reason, first.instead, effects, argvs)


def _all(command: str | Sequence[str], scene: Scene) -> Iterator[Refusal]:
    if isinstance(command, str):
        yield from _judge_text(command, scene, empty=True)
    elif len(command) > MAX_ARGUMENTS:
        yield unreadable(f"it has more than {MAX_ARGUMENTS} arguments")
    elif any("\0" in word or not is_literal(word) for word in command):
        yield unreadable("an argument holds a control character")
    elif any("\ud800" <= character <= "\udfff" for word in command for character in word):
        yield unreadable("an argument holds half a surrogate pair, or isn't UTF-8")
    elif not command or not command[0]:
        yield unreadable("it is empty", "name a command")
    else:
        yield from _judge_words(command, scene)


def _judge_words(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    scene.account.argvs.append(tuple(shown(word) for word in words))
    if scene.too_deep():
        yield unreadable("it is nested too deep, or holds too many commands")
        return
    yield from judge_program(words, scene)


def _judge_text(text: str, scene: Scene, empty: bool = False) -> Iterator[Refusal]:
    if scene.too_deep():
        yield unreadable("it is nested too deep, or holds too many commands")
        return
    try:
        script = read_script(text)
    except UnreadableError as error:
        yield unreadable(str(error))
        return
    if empty and not script.steps and not text.strip().startswith("#"):
        yield unreadable("it is empty", "name a command")
        return
    yield from _judge_script(script, scene)


def _judge_script(script: Script, scene: Scene) -> Iterator[Refusal]:
    scene = replace(
        scene,
        functions=scene.functions | script.functions,
        written=scene.written | _written(script.steps),
    )
    if not script.is_chain:
        for step in script.steps:
            scene = _after_folder_change(step, scene)
    restoring = {step.pipeline for step in script.steps if brings_back(step.words)} - {0}
    silent = silent_pipelines(script.steps)
    together = arguments_by_pipeline(script.steps)
    for step in script.steps:
        restores = step.pipeline in restoring or brings_back(step.words)
        arguments = together.get(step.pipeline) or arguments_of(step)
        fed = replace(scene, restoring=restores, feeds_nothing=step.pipeline in silent, together=arguments)
        yield from _judge_step(step, fed)
        if script.is_chain:
            scene = _after_folder_change(step, scene, surely=True)


def _judge_step(step: Step, scene: Scene) -> Iterator[Refusal]:
    documents = [one.target for one in step.redirects if one.operator in ("<<", "<<<")]
    reads = any(one.operator.startswith("<") for one in step.redirects)
    document = documents[0] if len(documents) == 1 and not step.piped else None
    scene = replace(scene, document=document, piped=step.piped or (reads and document is None))
    yield from refuse_assignments(step.assignments)
    yield from refuse_redirects(step, scene)
    if step.words and step.words != GROUP:
        yield from _judge_words(step.words, scene)


_CHANGING = ("cd", "pushd", "chdir")


def _after_folder_change(step: Step, scene: Scene, surely: bool = False) -> Scene:
    """The scene with the folders a step may lead to; those alone where it must have led there."""
    words = [word for word in step.words if word not in ("command", "builtin", "--", "-P", "-L")]
    if not words or words[0] not in _CHANGING:
        return scene
    target = words[1] if len(words) > 1 else "~"
    target = "~" if target == "-" else target
    return entered(scene, target) if surely else within(scene, target)


_WRITING_PROGRAMS = frozenset(["tee", "cp", "mv", "install", "ln", "dd", "sed", "rsync", "patch"])


def _written(steps: Iterable[Step]) -> frozenset[str]:
    """The base names of files that the steps write."""
    found: set[str] = set()
    for step in steps:
        found.update(one.target for one in step.redirects if ">" in one.operator)
        if _WRITING_PROGRAMS & set(step.words):
            found.update(word.partition("=")[2] or word for word in step.words[1:])
    return frozenset(path.rpartition("/")[2] for path in found)
