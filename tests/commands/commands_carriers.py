"""Ways to write a command so that it still runs: words disguised, wrapped, nested, joined."""

from __future__ import annotations

import shlex
from collections.abc import Callable

Carrier = Callable[[str], str]


def _each_word(disguise: Callable[[str], str], between: str = " ") -> Carrier:
    """Disguise the words of a command that needs no shell; leave others alone."""

    def carry(command: str) -> str:
        try:
            words = shlex.split(command)
        except ValueError:
            return command
        plain = command == " ".join(words) and not any(
            set(word) & set("*?[]{}~$`|&;<>()#!\n'\"\\=") for word in words
        )
        return between.join(disguise(word) for word in words) if plain else command

    return carry


def _is_one_line(command: str) -> bool:
    return "\n" not in command and "#" not in command


def _joined(before: str, after: str = "") -> Carrier:
    return lambda command: before + command + (after if _is_one_line(command) else "\n" + after.lstrip(" ;"))


# The command itself runs in each of these, whatever else does.
SHELL: dict[str, Carrier] = {
    "sh -c": lambda command: "sh -c " + shlex.quote(command),
    "bash -lc": lambda command: "bash -lc " + shlex.quote(command),
    "eval": lambda command: "eval " + shlex.quote(command),
    "trap": lambda command: f"trap {shlex.quote(command)} EXIT",
    "env sh": lambda command: "env A=b sh -c " + shlex.quote(command),
    "sudo bash": lambda command: "sudo -n bash -ec " + shlex.quote(command),
    "timeout": lambda command: "timeout -k 5 60 sh -c " + shlex.quote(command),
    "nohup": lambda command: "nohup nice -n 5 bash -c " + shlex.quote(command) + " &",
    "here-string": lambda command: "bash <<< " + shlex.quote(command),
    "here-document": lambda command: f"bash <<'THE END'\n{command}\nTHE END\n",
    "subshell": _joined("( ", "\n)"),
    "group": _joined("{ ", "\n}"),
    "after": _joined("git status && "),
    "before": _joined("", " ; git status"),
    "newline": _joined("git status\n"),
    "background": _joined("git log -1 & "),
    "comment": _joined("# nothing to see\n"),
    "if": _joined("if ", "\nthen :; fi"),
    "then": _joined("if true; then ", "\nfi"),
    "while": _joined("while true; do ", "\nbreak; done"),
    "for": _joined("for x in 1; do ", "\ndone"),
    "case": _joined("case x in x) ", "\n;; esac"),
    "function": _joined("f() { ", "\n}; f"),
    "substitution": _joined('echo "$( ', '\n)"'),
    "assignment": _joined("x=$( ", "\n)"),
    "process substitution": _joined("cat <( ", "\n)"),
    "not": lambda command: "! { " + command + "\n}",
    "submodules": lambda command: "git submodule foreach " + shlex.quote(command),
    "alias": lambda command: "git -c alias.zz=" + shlex.quote("!" + command) + " zz",
    "find": lambda command: "find . -exec sh -c " + shlex.quote(command) + " \\;",
    "xargs": lambda command: "echo | xargs -I@@ sh -c " + shlex.quote(command),
    "watch": lambda command: "watch -n 1 " + shlex.quote(command),
    "script": lambda command: "script -qc " + shlex.quote(command) + " /dev/null",
}

# The words of a plain command, written otherwise.
WORDS: dict[str, Carrier] = {
    "single quotes": _each_word(lambda word: "'" + word + "'"),
    "double quotes": _each_word(lambda word: '"' + word + '"'),
    "dollar quotes": _each_word(lambda word: "$'" + word + "'"),
    "hex": _each_word(
        lambda word: "$'" + "".join(f"\\x{ord(c):02x}" for c in word) + "'" if word.isascii() else word
    ),
    "broken": _each_word(lambda word: word[:1] + '""' + word[1:]),
    "backslashes": _each_word(lambda word: "".join("\\" + c if c.isascii() else c for c in word)),
    "blanks": _each_word(lambda word: "  " + word + "\t"),
    "lines": _each_word(lambda word: word, " \\\n  "),
    "braces": _each_word(lambda word: "{" + word + ",}" if word.startswith("-") else word),
}
