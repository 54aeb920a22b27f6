"""What the tables can't say: subcommands whose effect hangs on their operands."""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.commands.git import configuration, remote_rules
from harness.commands.git.call import Call, Judged
from harness.commands.git.outputs import refuse_output
from harness.commands.model import Refusal
from harness.commands.options import parse, read_table
from harness.commands.places import Place, is_glob, locate, refuse_write
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import SPLIT, is_literal, shown

_KEEP_CHANGES = (
    "`git switch NAME` changes branches and keeps changes; `git diff FILE` shows them; "
    "`git show REV:FILE` shows another version"
)


def checkout(call: Call) -> Judged:
    """`git checkout`: a branch is changed to, a path is overwritten; what may be a path is one."""
    parsed = call.parsed
    if parsed.has("-b", "--orphan", "--detach", "--track") and not parsed.behind:
        return
    if parsed.behind or len(parsed.operands) > 1:
        yield Refusal("overwrites-worktree", "`git checkout` overwrites the paths it names", _KEEP_CHANGES)
    elif parsed.operands and parsed.behind is None and not _is_commit(parsed.operands[0], call.scene):
        name = shown(parsed.operands[0])
        paths = name in (".", "./") or is_glob(name) or name.startswith(":")
        what = "overwrites the paths it names" if paths else f"overwrites {name}, if that is a path"
        yield Refusal("overwrites-worktree", f"`git checkout {name}` {what}", _KEEP_CHANGES)


# Revision syntax, and the names that everyone gives branches and nobody gives files.
_REVISIONS = re.compile(
    r"-|@|(HEAD|ORIG_HEAD|FETCH_HEAD|MERGE_HEAD|@)([~^@][^/]*)?|@\{.*\}|[0-9a-f]{7,64}([~^]\d*)*"
    r"|refs/(heads|tags|remotes)/[\w./-]+"
)
_USUAL_NAMES = re.compile(
    r"(main|master|develop|trunk|v\d+(\.\d+)*(-?rc\.?\d+)?)([~^]\d*)*|(origin|upstream)/[\w./-]+"
)


def _is_commit(name: str, scene: Scene) -> bool:
    if not is_literal(name) or is_glob(name):
        return False
    kind = scene.context.kind_of(name)
    if kind is None:
        usual = scene.context.refs is None and _USUAL_NAMES.fullmatch(name)
        return bool(usual or _REVISIONS.fullmatch(name))
    # Of two readings git takes neither; of none it says so.
    return kind != "path"


def restore(call: Call) -> Judged:
    """`git restore`: with --staged alone it only unstages; everything else overwrites files."""
    parsed = call.parsed
    if not parsed.has("--staged") or parsed.has("--worktree", "--ours", "--theirs", "--merge"):
        yield Refusal(
            "overwrites-worktree",
            "`git restore` overwrites files in the worktree",
            "`git restore --staged FILE` only unstages; `git show REV:FILE` shows another version",
        )


def branch(call: Call) -> Judged:
    """`git branch -d -r`: git asks of a remote-tracking branch nothing before it deletes it."""
    if call.parsed.has("--delete") and call.parsed.has("--remotes"):
        yield Refusal(
            "drops-commits",
            "`git branch -d -r` deletes a remote's branch here, whose commits may be nowhere else",
            "leave it; `git remote prune -n REMOTE` lists what the remote no longer has",
        )


def init(call: Call) -> Judged:
    """`git init`: here, inside the worktree or under /tmp."""
    for target in call.operands[:1]:
        refusal = refuse_write(target, call.scene)
        if refusal and locate(target, call.scene) is not Place.ROOT:
            yield refusal


def worktree_add(call: Call) -> Judged:
    """`git worktree add`: git takes new folders only; beside the worktree is where people put them."""
    for target in call.operands[:1]:
        refusal = refuse_write(target, call.scene)
        if refusal and not re.fullmatch(r"\.\./[\w][\w.-]*", target):
            yield refusal


def apply(call: Call) -> Judged:
    """`git apply`: in reverse it takes changes away, unless it only looks."""
    parsed = call.parsed
    looks = parsed.has("--check", "--stat", "--numstat", "--summary") and not parsed.has("--apply")
    if parsed.has("--reverse") and not looks:
        yield Refusal(
            "overwrites-worktree",
            "`git apply --reverse` takes changes away that may be nowhere else",
            "`git apply --reverse --check PATCH` only looks; `git stash push FILE` keeps changes aside",
        )
    for folder in parsed.values("--directory"):
        refusal = refuse_write(folder, call.scene)
        if refusal and locate(folder, call.scene) is not Place.ROOT:
            yield refusal


def gc(call: Call) -> Judged:
    """`git gc`: fine as git does it by itself; not where it is told to keep less."""
    for given in call.parsed.given:
        if given.name == "--prune" and not given.no and given.value not in ("never", "2.weeks.ago"):
            yield Refusal(
                "drops-commits",
                "`git gc --prune` deletes objects that only a reflog or nothing refers to",
                "`git gc --no-prune` keeps every object",
            )


def read_tree(call: Call) -> Judged:
    """`git read-tree`: with -m and two trees, or --prefix, git stops where something would be lost."""
    parsed = call.parsed
    keeps = parsed.has("--prefix", "--dry-run") or parsed.has("-m")
    if len(call.operands) == 1 and parsed.has("-u") and not parsed.has("--prefix", "--dry-run"):
        keeps = False
    if call.operands and not keeps:
        yield Refusal(
            "overwrites-worktree",
            "`git read-tree` throws away what is staged",
            "`git read-tree -m TREE` stops where something would be lost; `git ls-tree TREE` lists it",
        )


def repack(call: Call) -> Judged:
    """`git repack -a -d`: without -k, unreachable objects go."""
    if call.parsed.has("-a") and call.parsed.has("-d") and not call.parsed.has("--keep-unreachable"):
        yield Refusal(
            "drops-commits",
            "`git repack -a -d` deletes objects that only a reflog or nothing refers to",
            "`git repack -d`, or `git repack -a -d -k`, keeps every object",
        )


def pack_objects(call: Call) -> Judged:
    """`git pack-objects`: to standard output only."""
    if "--stdout" not in call.words:
        yield unreadable("`git pack-objects` writes packs", "`git pack-objects --stdout`, or `git repack -d`")


def replace(call: Call) -> Judged:
    """`git replace`: only listing leaves history as it is."""
    if call.operands and not call.parsed.has("--list"):
        yield Refusal(
            "rewrites-history", "`git replace` makes git show other objects", "`git replace --list`"
        )


def symbolic_ref(call: Call) -> Judged:
    """`git symbolic-ref NAME TARGET` moves a name; with one operand it is read."""
    if len(call.operands) > 1:
        yield Refusal(
            "moves-refs",
            "`git symbolic-ref` makes a name point elsewhere",
            "`git symbolic-ref NAME` reads it; `git switch BRANCH` changes branches",
        )


def update_ref(call: Call) -> Judged:
    """`git update-ref REF NEW OLD`: harmless where OLD says that there is nothing yet."""
    operands = call.operands
    if operands and not (len(operands) == 3 and re.fullmatch("0{40}|0{64}|", operands[2])):
        yield Refusal(
            "moves-refs",
            "`git update-ref` overwrites a reference whatever it holds",
            "`git branch NEW-NAME COMMIT` or `git tag NEW-NAME COMMIT` makes a new one",
        )


def merge_file(call: Call) -> Judged:
    """`git merge-file`: overwrites its first file unless it prints."""
    if not call.parsed.has("--stdout"):
        yield Refusal(
            "overwrites-worktree",
            "`git merge-file` overwrites its first file",
            "`git merge-file -p` prints the result",
        )


def bundle_create(call: Call) -> Judged:
    """`git bundle create FILE`: a new file ending in .bundle, or one under /tmp."""
    for path in call.operands[:1]:
        if path != "-":
            yield from refuse_output(path, "git bundle create", [".bundle"], call.scene)


def submodule_foreach(call: Call) -> Judged:
    """`git submodule foreach COMMAND`: the command decides; one word is shell text, several are arguments."""
    parsed = parse(call.words, read_table("--recursive -q|--quiet"), stop_at_operand=True)
    words = parsed.all_operands
    if parsed.problem or any(SPLIT in word for word in words):
        yield unreadable("what `git submodule foreach` runs is only known to a shell")
    elif len(words) == 1:
        yield from call.scene.judge_text(words[0], call.scene.deeper())
    elif words:
        yield from call.scene.judge_words(words, call.scene.deeper())


def trailers(call: Call) -> Judged:
    """`git interpret-trailers --in-place FILE` writes the file."""
    for path in call.operands if call.parsed.has("--in-place") else []:
        refusal = refuse_write(path, call.scene)
        if refusal:
            yield refusal


def config(call: Call) -> Judged:
    """`git config`."""
    yield from configuration.judge(call.words, call.scene)


RULES: dict[str, Callable[[Call], Judged]] = {
    rule.__name__: rule
    for rule in (
        checkout, restore, branch, init, worktree_add, apply, gc, read_tree, repack, pack_objects, replace,
        symbolic_ref, update_ref, merge_file, bundle_create, submodule_foreach, trailers, config,
        remote_rules.push, remote_rules.fetch, remote_rules.pull, remote_rules.strategy, remote_rules.clone,
        remote_rules.remote_name, remote_rules.remote_url,
    )
}  # fmt: skip
