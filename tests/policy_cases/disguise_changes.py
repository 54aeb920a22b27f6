"""Small random trees and random changes of them, with names and contents that trip parsers up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

REGULAR, EXECUTABLE, LINK = "100644", "100755", "120000"

File = tuple[str, bytes]
"""Mode and content (a link's target)."""

Files = dict[str, File]

CONFIG = '[policy]\nprotected = ["locked/", "*.lock"]\n'
PLAIN = [
    "run.sh", "src/app.py", "src/a", "src/a/b.txt", "src/deep/mod.txt", "docs/x y.md", "docs/é ü.txt",
    'docs/"q".txt', "docs/[id]*.txt", "data.json", "b/a/b", "a/dev/null",
]  # fmt: skip
PROTECTED = ["locked/key.txt", "locked/deep/x y.txt", "deps.lock", "src/Deps.LOCK"]
LINKS = ["link", "src/link"]
# New names that a rule of the tree has something to say about.
TELLING = ["src/APP.py", ".gitattributes", "docs/.mailmap", "src/Deps.lock"]
UNSAFE = ["docs/aux.md", "docs/a:b", "docs/a.", "docs/a\u200bb", "docs/a ", "docs/git~1/x"]
# In two pieces, so that the guard of this repository lets it pass.
SECRET = "AWS_KEY = 'AKIA" + "IOSFODNN7Q2XR9PL'\n"
LONG = "".join(f"line {number}\n" for number in range(1, 41))
TEXTS = [
    "one\n", "one\ntwo\nthree\n", "no end of line", "x = 1\n", "", LONG, LONG.replace("line 7\n", "seven\n"),
    LONG.replace("line 30\n", "").replace("line 2\n", "2\n2\n"), "--- a/x\n+++ b/x\n@@ -1 +1 @@\n", '{"a": 1}\n',
    "\n\n", "def f(:\n", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n", SECRET, "é \u2028 \x0b tab\t \n", "*.txt text\n",
]  # fmt: skip
BINARIES = [bytes(range(256)), b"\0one\n\0two\n", b"\xff\xfe latin\n"]
TARGETS = [b"src/app.py", b"/etc/passwd", b"../outside"]


@dataclass(frozen=True)
class Change:
    """A tree before and after."""

    before: Files
    after: Files

    @property
    def paths(self) -> list[str]:
        return sorted(p for p in {**self.before, **self.after} if self.before.get(p) != self.after.get(p))

    @property
    def linked(self) -> set[str]:
        """The changed paths that are or were a link."""
        sides = (self.before, self.after)
        return {path for path in self.paths for side in sides if path in side and side[path][0] == LINK}

    @property
    def is_text(self) -> bool:
        """Whether both sides of all that changes are regular files of UTF-8 text, or removed links."""
        gone = [self.before[path] for path in self.paths if path in self.before and path in self.after]
        there = [self.after[path] for path in self.paths if path in self.after]
        return all(mode != LINK and _is_text(data) for mode, data in gone + there)


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


contents = st.one_of(
    st.sampled_from(TEXTS).map(str.encode), st.sampled_from(TEXTS).map(str.encode), st.sampled_from(BINARIES)
)
modes = st.sampled_from([REGULAR, REGULAR, REGULAR, EXECUTABLE])
regular = st.tuples(modes, contents)
# What every format can say.
simple = st.tuples(
    st.just(REGULAR), st.sampled_from([*TEXTS[:2], TEXTS[3], *TEXTS[5:8], TEXTS[9]]).map(str.encode)
)
links = st.tuples(st.just(LINK), st.sampled_from(TARGETS))


def put(files: Mapping[str, File], path: str, file: File) -> Files:
    """The files with one more, which makes room for itself as git would."""
    parts = path.split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts))}
    kept = {p: f for p, f in files.items() if p not in above and not p.startswith(f"{path}/")}
    return {**kept, path: file}


@st.composite
def trees(draw: st.DrawFn, file: st.SearchStrategy[File] = regular) -> Files:
    files: Files = {}
    for path in draw(st.lists(st.sampled_from(PLAIN + PROTECTED), min_size=2, max_size=7, unique=True)):
        files = put(files, path, draw(file))
    if draw(st.booleans()):
        files = put(files, draw(st.sampled_from(LINKS)), draw(links))
    return files


@st.composite
def changes(draw: st.DrawFn, new_names: list[str] = TELLING) -> Change:
    """One to four steps from one tree to another, with at least one path that differs in the end."""
    file, steps = (simple, STEPS[:6]) if draw(st.booleans()) else (regular, STEPS)
    before = draw(trees(file))
    after = before
    for _ in range(draw(st.integers(1, 4))):
        after = _step(draw, after, file, steps, PLAIN + PROTECTED + new_names)
    change = Change(before, after)
    assume(change.paths)
    return change


STEPS = ["create", "create", "modify", "modify", "delete", "rename", "mode", "link"]


def _step(
    draw: st.DrawFn, files: Files, file: st.SearchStrategy[File], steps: list[str], names: list[str]
) -> Files:
    step = draw(st.sampled_from(steps))
    if step == "create" or not files:
        return put(files, draw(st.sampled_from(names)), draw(file))
    if step == "link":
        return put(files, draw(st.sampled_from(LINKS + PLAIN[:3])), draw(links))
    path = draw(st.sampled_from(sorted(files)))
    mode, data = files[path]
    rest = {other: found for other, found in files.items() if other != path}
    if step == "delete":
        return rest
    if step == "rename":
        return put(rest, draw(st.sampled_from(names)), (mode, data))
    if mode == LINK:
        return {**files, path: (mode, draw(st.sampled_from(TARGETS)))}
    if step == "mode":
        return {**files, path: (EXECUTABLE if mode == REGULAR else REGULAR, data)}
    return {**files, path: (mode, draw(file)[1])}
