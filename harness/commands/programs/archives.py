"""Archives and copies of trees: packing is fine, unpacking overwrites what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.commands.model import Refusal
from harness.commands.places import Place, locate, refuse_writes
from harness.commands.scene import Scene, unreadable
from harness.commands.shell.words import is_literal

_UNPACK = "unpack under /tmp and copy what is needed: `tar -xf FILE -C /tmp/FOLDER`"
_PLAIN = "the same command without that option"
_TAR_RUNS = re.compile(
    r"--(checkpoint-action|to-command|use-compress-program|info-script|new-volume-script|rsh|rmt|index-file)"
)
_TAR_DELETES = re.compile(r"--(remove-files|delete|recursive-unlink|unlink-first|overwrite)")
_TAR_UNPACKS = re.compile(r"--(extract|get)")
_TAR_PACKS = re.compile(r"--(create|append|update|cat|concatenate)")
_TAR_NAMES = re.compile(r"\.(tar|tgz|tbz2?|txz)(\.\w+)?$")


def _letters(words: Sequence[str]) -> str:
    """All letters of short options."""
    return "".join(word[1:] for word in words if re.match("-[A-Za-z]", word))


def judge_tar(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `tar WORDS…`."""
    if not all(is_literal(word) for word in words):
        yield unreadable("what `tar` does is only known to a shell")
        return
    # The first word may be a bundle of letters without its dash.
    bundle = words[0] if words and not words[0].startswith("-") else ""
    letters = bundle + _letters(words)
    if any(_TAR_RUNS.match(word) for word in words) or re.search("[IF]", letters):
        yield Refusal("runs-code", "`tar` is told to run a program", _PLAIN)
    elif any(_TAR_DELETES.match(word) for word in words):
        yield Refusal("deletes-worktree", "`tar` deletes or overwrites what it handles", _PLAIN)
    elif "x" in letters or any(_TAR_UNPACKS.match(word) for word in words):
        yield from _tar_unpacks(words, letters, scene)
    elif re.search("[cruA]", letters) or any(_TAR_PACKS.match(word) for word in words):
        yield from _tar_packs(words, scene)


def _values(words: Sequence[str], letter: str, name: str) -> Iterator[str]:
    """The values of an option, glued, separate, or behind an old-style bundle of letters."""
    for at, word in enumerate(words):
        following = words[at + 1 : at + 2]
        if word.startswith("--"):
            if word.partition("=")[0] == f"--{name}":
                yield from [word.partition("=")[2]] if "=" in word else following
        elif at == 0 and not word.startswith("-"):
            yield from following if letter in word else []
        elif word.startswith("-") and letter in word:
            glued = word.partition(letter)[2]
            yield from [glued] if glued else following


def _tar_unpacks(words: Sequence[str], letters: str, scene: Scene) -> Iterator[Refusal]:
    folders = list(_values(words, "C", "directory"))
    aside = bool(folders) and all(locate(folder, scene) is Place.TEMPORARY for folder in folders)
    prints = "O" in letters or "--to-stdout" in words
    if not (aside or prints):
        yield Refusal("overwrites-worktree", "`tar` overwrites files with those it unpacks", _UNPACK)
    if "P" in letters or "--absolute-names" in words:
        yield Refusal("outside-worktree", "`tar -P` writes wherever the archive says", _UNPACK)


def _tar_packs(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    for path in _values(words, "f", "file"):
        if ":" in path:
            yield Refusal("network", f"`tar` connects to {path!r}", "name a file")
        elif path != "-":
            yield from refuse_writes([path], scene)
            if locate(path, scene) is Place.INSIDE and not _TAR_NAMES.search(path):
                yield Refusal("overwrites-worktree", f"`tar` overwrites {path!r}", "name it FILE.tar.gz")


def judge_zip(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `zip WORDS…`."""
    if re.search("[mdFT@O]", _letters(words)) or any(word.startswith("--") for word in words):
        what = "`zip` may move files into the archive or run programs"
        yield Refusal("deletes-worktree", what, "`zip -r FILE.zip FOLDER`")
    yield from refuse_writes([word for word in words if not word.startswith("-")][:1], scene)


def judge_unzip(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `unzip WORDS…`: looking is fine, and unpacking under /tmp."""
    looks = any(re.fullmatch("-[lptvzZ]+[0-9a-zA-Z]*", word) for word in words)
    targets = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-d"]
    aside = bool(targets) and all(locate(path, scene) is Place.TEMPORARY for path in targets)
    if not (looks or aside):
        what = "`unzip` overwrites files with those it unpacks"
        yield Refusal("overwrites-worktree", what, "`unzip FILE -d /tmp/FOLDER`")


_KEEPING = frozenset(("--stdout", "--to-stdout", "--keep", "--list", "--test", "--help", "--version"))


def judge_compressor(name: str, words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `gzip` and its like: they replace files, unless told to keep them or to print."""
    keeps = bool(re.search("[cklthV]", _letters(words))) or bool(_KEEPING & set(words))
    operands = [word for word in words if not word.startswith("-")]
    if operands and not keeps:
        what = f"`{name}` replaces the files it is given"
        yield Refusal("deletes-worktree", what, f"`{name} -k FILE` keeps them")
    for path in operands:
        if locate(path, scene) is Place.REPOSITORY:
            yield from refuse_writes([path], scene)


_RSYNC_DELETES = re.compile(r"--(del|delete.*|remove-s.*|force|inplace|write-devices|backup-dir.*)")
_RSYNC_RUNS = re.compile(
    r"--(rsh|rsync-path|copy-as|early-input|password-file|daemon|config|files-from|log-file|write-batch)"
)


def judge_rsync(words: Sequence[str], scene: Scene) -> Iterator[Refusal]:
    """The refusals of `rsync WORDS…`: a copy inside the worktree or to /tmp is fine."""
    operands = [word for word in words if not word.startswith("-")]
    letters = _letters(words)
    dry = "n" in letters or "--dry-run" in words
    if any(":" in word.partition("/")[0] for word in operands):
        yield Refusal("network", "`rsync` connects to another machine", "copy inside the worktree")
    elif any(_RSYNC_RUNS.match(word) for word in words) or "e" in letters:
        yield Refusal("runs-code", "`rsync` is told to run or read something else", _PLAIN)
    elif any(_RSYNC_DELETES.match(word) for word in words) and not dry:
        what = "`rsync` deletes what it doesn't find"
        yield Refusal("deletes-worktree", what, "`rsync --dry-run` lists what it would do")
    elif len(operands) > 1 and not dry:
        yield from scene.judge_words(["cp", "-r", "--", *operands], scene.deeper())
