"""Which configuration a command may set: keys that can't make git run, lose or send anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.commands import tables
from harness.commands.model import Refusal
from harness.commands.options import parse, read_table
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import is_literal, shown

_FILE = "git/configuration.toml"
_INSTEAD = "leave the configuration as it is; a person changes what git runs or where it connects to"


def refuse_setting(key: str, value: str) -> Refusal | None:
    """Why `key` may not be set to `value`; None where it may. What isn't known may not."""
    if not is_literal(key):
        return unreadable("which configuration it sets is only known to a shell")
    if tables.matches(_FILE, "harmless", key) or tables.may_be(_FILE, key, value):
        return None
    effect = "disables-guard" if key.lower() == "core.hookspath" else "changes-config"
    what = f"it sets {key} to {shown(value)!r}, which can make git run or lose something"
    return Refusal(effect, what, _INSTEAD)


_TABLE = read_table(
    """--global --system --local --worktree -f|--file= --blob= --get --get-all --get-regexp --get-urlmatch
    --replace-all --add --append --unset --unset-all --rename-section --remove-section -l|--list --fixed-value
    -e|--edit --get-color --get-colorbool -t|--type= --no-type --bool --int --bool-or-int --bool-or-str --path
    --expiry-date -z|--null --name-only --show-names --includes --no-includes --show-origin --show-scope
    --default= --comment= --all --regexp --value= --url="""
)
_READING = (
    "--get",
    "--get-all",
    "--get-regexp",
    "--get-urlmatch",
    "--list",
    "--get-color",
    "--get-colorbool",
)
_EDITING = ("--edit", "--rename-section", "--remove-section")
_VERBS = ("list", "get", "set", "unset", "edit", "rename-section", "remove-section")


def judge(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `git config WORDS…`; reading is always fine."""
    parsed = parse(words, _TABLE)
    if parsed.problem:
        yield unreadable(f"`git config` with {parsed.problem} isn't known to be harmless")
        return
    operands = parsed.all_operands
    verb = operands[0] if operands and operands[0] in _VERBS else ""
    operands = operands[1:] if verb else operands
    removes = parsed.has("--unset", "--unset-all") or verb == "unset"
    if parsed.has(*_READING) or verb in ("get", "list"):
        return
    if parsed.has(*_EDITING) or verb in ("edit", "rename-section", "remove-section"):
        yield Refusal("changes-config", "`git config` changes whole sections of the configuration", _INSTEAD)
    elif removes or verb == "set" or len(operands) > 1 or parsed.has("--add", "--replace-all"):
        yield from _writes(operands, removes, parsed.has("--global", "--system", "--file"), scene)


def _writes(operands: Sequence[str], removes: bool, elsewhere: bool, scene: Scene) -> Iterator[Refusal]:
    if elsewhere:
        yield Refusal(
            "outside-worktree",
            "`git config` changes configuration outside the repository",
            "`git config --local` is the repository's own; `git -c KEY=VALUE` holds for one command",
        )
        return
    key = operands[0] if operands else ""
    value = operands[1] if len(operands) > 1 and not removes else ""
    if key.lower().startswith("alias.") and is_literal(key + value):
        yield from () if removes else _alias(value, scene)
        return
    refusal = refuse_setting(key, value)
    if refusal:
        yield refusal


def _alias(value: str, scene: Scene) -> Iterator[Refusal]:
    """An alias may be what would be allowed as a command."""
    text = value[1:] if value.startswith("!") else f"git {value}"
    for refusal in scene.judge_text(text, scene.deeper()):
        yield Refusal(
            "changes-config",
            f"it makes an alias of what is refused: {refusal.reason}",
            refusal.instead,
            refusal.contested,
        )
