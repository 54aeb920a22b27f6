"""Blocks, envelopes and fences whose cost must not outgrow them, whatever is made of them."""

import pytest
from check_watched import WatchedProject

EQUAL = "x\n" * 50_000
NESTED = "".join(f"{' ' * (n % 40)}if x{n % 7}:\n" for n in range(20_000))
BASE = {"equal.txt": EQUAL, "nested.py": NESTED, "src/a.py": "one\ntwo\n"}


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


def envelope(body):
    return f"*** Begin Patch\n{body}*** End Patch\n"


def block(path, old, new="y\n"):
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"


REPLIES = {
    "codex-begun-without-end": lambda: "*** Begin Patch\n" * 400_000,
    "codex-names-without-end": lambda: "*** Begin Patch\n" + "*** Update File: src/a.py\n" * 300_000,
    "codex-one-file-again-and-again": lambda: envelope("*** Update File: equal.txt\n@@\n-x\n+y\n" * 9_000),
    "codex-chunks-that-fit-nowhere": lambda: envelope(
        "*** Update File: equal.txt\n" + "@@\n x\n x\n-z\n+y\n" * 20_000
    ),
    "codex-chunks-that-fit-everywhere": lambda: envelope("*** Update File: equal.txt\n" + "@@\n-x\n+y\n" * 20_000),
    "codex-chunk-that-nearly-fits-everywhere": lambda: envelope(
        "*** Update File: equal.txt\n@@\n" + " x\n" * 20_000 + "+y\n z\n"
    ),
    "codex-anchors-without-end": lambda: envelope("*** Update File: equal.txt\n" + "@@ x\n" * 200_000 + "-x\n+y\n"),
    "codex-anchors-that-fit-nowhere": lambda: envelope(
        "*** Update File: equal.txt\n" + "".join(f"@@ x{n}\n-x\n+y\n" for n in range(20_000))
    ),
    "codex-chunk-indented-differently": lambda: envelope(
        "*** Update File: nested.py\n@@\n" + "".join(f"    {line}\n" for line in NESTED.split("\n")[:10_000]) + "+y\n"
    ),
    "search-opened-without-end": lambda: "src/a.py\n" + "<<<<<<< SEARCH\n" * 400_000,
    "search-divided-without-end": lambda: "src/a.py\n<<<<<<< SEARCH\n" + "=======\n" * 400_000,
    "search-closed-without-end": lambda: "src/a.py\n<<<<<<< SEARCH\n" + ">>>>>>> REPLACE\n" * 300_000,
    "search-blocks-that-fit-nowhere": lambda: "".join(block("equal.txt", "x\n" * 20 + f"z{n}\n") for n in range(5_000)),
    "search-blocks-that-fit-everywhere": lambda: block("equal.txt", "x\n") * 9_000,
    "search-block-that-nearly-fits-everywhere": lambda: block("equal.txt", "x\n" * 20_000 + "z\n"),
    "search-block-with-elisions": lambda: block("equal.txt", "x\n...\n" * 5_000 + "z\n", "x\n...\n" * 5_000 + "y\n"),
    "search-block-indented-differently": lambda: block(
        "nested.py", "".join(f"  {line}\n" for line in NESTED.split("\n")[:10_000])
    ),
    "search-block-of-blanks": lambda: block("equal.txt", "\n" * 200_000),
    "search-names-without-end": lambda: "a/" * 500_000 + "\n" + block("src/a.py", "one\n"),
    "fences-that-grow": lambda: "".join("`" * n + "\n" for n in range(3, 3_000)),
    "fences-that-shrink": lambda: "src/a.py\n" + "".join("`" * n + "\n" for n in range(3_000, 3, -1)),
    "fences-opened-without-end": lambda: "src/a.py\n```python\n" * 200_000,
    "fences-of-one-file": lambda: "equal.txt\n```\nx\n```\n" * 9_000,
    "fences-with-a-name-of-a-mebibyte": lambda: "a/" * 500_000 + "b.py\n```\nx\n```\n",
    "fences-with-info-of-a-mebibyte": lambda: "```" + "python a/b.py " * 70_000 + "\nx\n```\n",
    "names-of-files-without-fences": lambda: "`src/a.py`\n**src/a.py**\n### src/a.py\n" * 100_000 + "```\nx\n```\n",
    "stars": lambda: "*" * 1_000_000 + "a.py" + "*" * 1_000_000 + "\n```\nx\n```\n",
    "every-format-at-once": lambda: (
        '{"type":"create"\n<<<<<<< SEARCH\n*** Begin Patch\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n```\n'
        * 40_000
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLIES)
def test_takes_no_more_than_its_size(repo, name):
    result = repo.measured(REPLIES[name]())
    assert result.code in (0, 3, 4)
    assert result.json["decision"] in ("accepted", "refused", "unusable")
    assert len(result.stdout) < 10_000_000
