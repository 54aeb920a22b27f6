"""What whoever writes the next reply is told, word for word: every kind of problem of an operation."""

import pytest
from edits_memory_tree import (
    MemoryTree,
    append,
    block,
    blocks,
    create,
    done,
    insert_after,
    modify,
    planned,
    replace,
    replace_all,
)

from harness.edits.limits import Limits
from harness.edits.model import Delete, Unusable, WriteFile

SHOP = b"""\
import math


class Basket:
    def __init__(self):
        self.items = []

    def add(self, item, price):
        self.items.append((item, price))
        return self

    def total(self):
        return sum(price for _, price in self.items)


class Discount:
    def __init__(self, rate):
        self.rate = rate

    def total(self, basket):
        return basket.total() * (1 - self.rate)
"""
LIST = b"# Things\n\n- one\n- two\n\n# More\n\n- one\n- three\n\n# Last\n\n- one\n- four\n"
STALE = "1" * 40


@pytest.fixture
def tree():
    files = {
        "shop.py": SHOP,
        "list.md": LIST,
        "src/a.py": b"a\n",
        "cafe.txt": b"caf\xe9\n",
        "link": b"shop.py",
    }
    return MemoryTree(files, {"link": "120000"})


def operation(kind, path, **fields):
    return {"type": kind, "file_path": path, **fields}


JSON = {
    "text-missing": [modify("shop.py", replace("    def total(self):\n        return sum(self.items)\n", "x"))],
    "text-missing-only-blanks": [modify("shop.py", replace("def add(self, item, price):\n    self.items.append((item, price))", "x"))],
    "text-missing-of-one-line": [modify("shop.py", replace("self.item.append", "x"))],
    "text-missing-part-of-lines": [modify("shop.py", replace("add(self, item, price):\n        self.items.insert((item, price))\n        return", "x"))],
    "text-missing-in-replace-all": [modify("shop.py", replace_all("self.itmes", "self.things"))],
    "text-missing-nothing-alike": [modify("list.md", replace("@@@@", "x"))],
    "text-missing-done-already": [modify("shop.py", replace("import maths\n", "import math\n\n\nclass Basket"))],
    "text-missing-after-other-changes": [modify("list.md", append("- five\n"), replace("- fve", "- six"))],
    "text-ambiguous": [modify("list.md", replace("- one\n", "- 1\n"))],
    "text-empty": [modify("list.md", replace("", "- 1\n"))],
    "anchor-missing": [modify("shop.py", insert_after("def totals(self):", "        pass"))],
    "anchor-ambiguous": [modify("shop.py", insert_after("def total", "        pass"))],
    "anchor-empty": [modify("list.md", insert_after("", "- 1\n"))],
    "not-utf8-file": [modify("cafe.txt", append("x"))],
    "file-missing": [create("fine.txt"), modify("shops.py", append("x"))],
    "file-missing-removed-before": [operation("delete", "list.md"), modify("list.md", append("x"))],
    "file-missing-delete": [operation("delete", "gone.py")],
    "file-missing-rename": [operation("rename", "gone.py", new_path="here.py")],
    "is-folder": [create("src")],
    "is-folder-delete": [operation("delete", "src")],
    "parent-not-folder": [create("shop.py/new.py")],
    "not-a-file": [modify("link", append("x"))],
    "target-exists": [operation("rename", "shop.py", new_path="list.md")],
    "duplicate-operation": [create("x.py"), operation("delete", "x.py")],
    "duplicate-operation-onto-itself": [operation("rename", "shop.py", new_path="shop.py")],
    "duplicate-operation-alike": [create("x.py"), create("X.py")],
    "stale-base": [modify("src/a.py", append("x"), base_blob=STALE)],
    "bad-base-blob": [modify("src/a.py", append("x"), base_blob="HEAD")],
    "bad-base-blob-of-a-new-file": [create("new.py", base_blob=STALE)],
    "path-traversal": [create("../x")],
    "is-folder-and-more": [create("src"), create("fine.txt"), modify("list.md", replace("- fve", "x")), operation("delete", "gone.py")],
}  # fmt: skip

TOTAL = "    def total(self):\n        return sum(price for _, price in self.items)"
BLOCKS = {
    "block-missing": [blocks("shop.py", block("    def total(self):\n        return sum(self.items)", "x", line=4))],
    "block-missing-two-indentations": [blocks("shop.py", block("def total(self):\n        return sum(price for _, price in self.items)", "x"))],
    "block-missing-the-second": [blocks("shop.py", block("import math", "import cmath\nimport math", line=4), block("class Baskets:", "x", line=9))],
    "block-missing-at-the-end": [blocks("list.md", block("- one", "- 1", at_end=True))],
    "block-missing-done-already": [blocks("shop.py", block("    def total(me):\n        pass", TOTAL))],
    "block-ambiguous": [blocks("list.md", block("- one", "- 1", line=4))],
    "block-ambiguous-but-for-blanks": [blocks("list.md", block("- one ", "- 1"))],
    "block-ambiguous-below-its-anchor": [blocks("list.md", block("- one", "- 1", anchors=("# More",)))],
    "block-ambiguous-without-its-anchor": [blocks("list.md", block("- one", "- 1", anchors=("# Others",)))],
    "anchor-elsewhere": [blocks("shop.py", block(TOTAL, "x", anchors=("class Discount:",)))],
    "empty-search": [blocks("list.md", block("", "- 1"))],
    "file-missing-blocks": [blocks("shops.py", block("import math", "x"))],
    "is-folder-write": [WriteFile("src", "x")],
    "lone-surrogate": [WriteFile("x", "a\ud800")],
    "duplicate-operation-blocks": [blocks("list.md", block("# Last", "# End")), Delete(type="delete", file_path="list.md")],
}  # fmt: skip
LIMITED = {
    "too-much-work": Limits(text_work=300),
    "file-too-large": Limits(file_bytes=100),
}


def told(found) -> str:
    """Every problem in full, and which operations had none."""
    assert isinstance(found, Unusable)
    parts = [_told(problem) for problem in found.problems]
    return "\n".join([*parts, f"good: {', '.join(map(str, found.good)) or 'none'}"])


def _told(problem) -> str:
    lines = [
        f"{problem.code} in operation {problem.operation} (line {problem.line}) on {problem.path}",
        f"  {problem.message}",
        f"  {problem.hint}",
    ]
    for window in problem.nearest:
        lines += [
            "",
            *(f"  {number:4} | {line}".rstrip() for number, line in enumerate(window.lines, window.line)),
        ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", JSON)
def test_of_a_json_operation(tree, snapshot, name):
    found = planned(*JSON[name], tree=tree)
    assert name.startswith(found.problems[0].code)
    assert told(found) == snapshot


@pytest.mark.parametrize("name", BLOCKS)
def test_of_an_operation_of_another_format(tree, snapshot, name):
    found = done(*BLOCKS[name], tree=tree)
    assert name.startswith(found.problems[0].code)
    assert told(found) == snapshot


@pytest.mark.parametrize("name", LIMITED)
def test_of_a_limit(tree, snapshot, name):
    operations = [blocks("list.md", block("# Last", "# End"), block("", "- x\n" * 30, at_end=True))]
    assert told(done(*operations, tree=tree, limits=LIMITED[name])) == snapshot
