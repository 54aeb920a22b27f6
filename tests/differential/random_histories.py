"""Histories that change files in every way git knows, made from a seed."""

import random
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from differential_oracle import QUIET, git

Files = dict[str, tuple[str, bytes]]

NAMES = ("a.py", "src/b.py", "src/deep/er/c.txt", "docs/x y.md", "é/ü.txt", 'quo"te\\d.txt', "tab.bin", "data/d.bin",
         "link", "src/__init__.py", "a b/c b/d", "crlf.txt", "noeol", "z/é ü", "long/" + "n" * 80)  # fmt: skip
_WORDS = (
    "def f(x):",
    "    return x",
    "",
    "one",
    "two",
    "    pass",
    "}",
    "-- a",
    "++ b",
    "@@ c",
    "\ttab",
    "x = 1  ",
)


def history(chance: random.Random, commits: int) -> Iterator[Files]:
    """The files after each commit."""
    files: Files = {}
    for name in NAMES[:10]:
        files[name] = ("100644", _content(chance))
    yield dict(files)
    for _ in range(commits - 1):
        for _ in range(chance.randint(1, 4)):
            _change(files, chance)
        yield dict(files)


def write_history(root: Path, trees: Iterable[Files]) -> None:
    """Commit the trees one after the other on `main`."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    with tempfile.TemporaryFile() as stream:
        for number, files in enumerate(trees):
            head = b"commit refs/heads/main\ncommitter T <t@example.com> %d +0000\ndata 1\nx\ndeleteall\n"
            stream.write(head % (10**9 + number))
            for path, (mode, content) in files.items():
                quoted = path.replace("\\", "\\\\").replace('"', '\\"').encode()
                stream.write(
                    b'M %s inline "%s"\ndata %d\n%s\n' % (mode.encode(), quoted, len(content), content)
                )
        stream.seek(0)
        subprocess.run(["git", "fast-import", "--quiet"], cwd=root, env=QUIET, stdin=stream, check=True)


def _change(files: Files, chance: random.Random) -> None:
    path = chance.choice(sorted(files)) if files else NAMES[0]
    kind = chance.choice(
        ("edit",) * 6 + ("new", "new", "delete", "rename", "copy", "mode", "type", "binary", "ends")
    )
    mode, content = files.get(path, ("100644", b""))
    other = chance.choice(NAMES)
    free = other not in files and not any(
        p.startswith(other + "/") or other.startswith(p + "/") for p in files
    )
    if kind == "edit" and mode != "120000":
        files[path] = (mode, _edited(content, chance))
    elif kind == "new" and free:
        files[other] = (chance.choice(("100644", "100755")), _content(chance))
    elif kind == "delete" and len(files) > 5:
        del files[path]
    elif kind == "rename" and free and len(files) > 1:
        files[other] = files.pop(path)
        if mode != "120000" and chance.random() < 0.5:
            files[other] = (mode, _edited(content, chance))
    elif kind == "copy" and free:
        files[other] = (mode, content)
    elif kind == "mode" and mode != "120000":
        files[path] = ("100755" if mode == "100644" else "100644", content)
    elif kind == "type":
        files[path] = ("120000", b"a.py") if mode != "120000" else ("100644", _content(chance))
    elif kind == "binary" and mode != "120000":
        files[path] = (
            mode,
            content + bytes(chance.randrange(256) for _ in range(chance.randint(1, 300))) + b"\0",
        )
    elif kind == "ends" and mode != "120000":
        plain = content.replace(b"\r\n", b"\n")
        files[path] = (mode, chance.choice((plain, plain.replace(b"\n", b"\r\n"), plain.rstrip(b"\n"))))


def _content(chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return b""
    if chance.random() < 0.1:
        return bytes(chance.randrange(256) for _ in range(chance.randint(1, 500)))
    lines = [_line(chance) for _ in range(chance.choice((1, 3, 20, 60, 60)))]
    end = "\r\n" if chance.random() < 0.15 else "\n"
    text = end.join(lines) + (end if chance.random() < 0.8 else "")
    return text.encode("latin-1" if chance.random() < 0.1 else "utf-8")


def _line(chance: random.Random) -> str:
    if chance.random() < 0.4:
        return chance.choice(_WORDS)
    return f"{'    ' * chance.randint(0, 2)}line {chance.randint(0, 400)} é"


def _edited(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        length = chance.randint(0, 3)
        lines[at : at + length] = [_line(chance).encode() for _ in range(chance.randint(0, 3))]
        lines = lines or [b""]
    return b"\n".join(lines)
