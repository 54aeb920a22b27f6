"""JSON that is hostile or beyond every limit: refused early, in little time and memory, by name."""

import json

import pytest
from check_watched import WatchedProject, delete, lines, meta, modify, not_accepted, repaired
from project import create, names

BASE = {"src/a.py": "one\ntwo\n", "wide.txt": "a" * 100_000 + "\n", "folder/file.py": "f\n"}

X = create("x.py", "x = 1\n")
X_LINE = lines(X)
OPEN = '{"type":"create","file_path":"y.py","content":'


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


def doubling(times):
    return modify(
        "wide.txt", *({"type": "replace_all", "old_text": "a", "new_text": "aa"} for _ in range(times))
    )


# Replies past a limit: what is sent, and the code that names the limit.
PAST_A_LIMIT = {
    "arrays-100000-deep": (lambda: X_LINE + OPEN + "[" * 100_000 + "]" * 100_000 + "}\n" + X_LINE, "too-deep"),
    "objects-40-deep": (lambda: X_LINE + OPEN + '{"a":' * 40 + "1" + "}" * 41 + "\n" + X_LINE, "too-deep"),
    "integer-of-5000-digits": (lambda: X_LINE + f'{{"type":"meta","total_operations":{"9" * 5000}}}\n', "bad-number"),
    "integer-of-a-million-digits": (lambda: X_LINE + f'{{"type":"meta","total_operations":{"9" * 1_000_000}}}\n', "bad-number"),
    "nan": (lambda: X_LINE + '{"type":"meta","total_operations":NaN}\n', "bad-number"),
    "infinity": (lambda: X_LINE + '{"type":"meta","total_operations":-Infinity}\n', "bad-number"),
    "float-past-all": (lambda: X_LINE + '{"type":"meta","total_operations":1e999}\n', "bad-number"),
    "half-a-surrogate-pair": (lambda: X_LINE + OPEN + '"\\ud800"}\n', "lone-surrogate"),
    "half-a-surrogate-pair-that-would-be-a-byte": (lambda: X_LINE + OPEN.replace("y.py", "y\\udcff") + '"y"}\n', "lone-surrogate"),
    "key-spelt-twice": (lambda: X_LINE + '{"type":"delete","file_path":"x","file\\u005fpath":"src/a.py"}\n', "duplicate-key"),
    "two-hundred-thousand-keys": (
        lambda: X_LINE + '{"type":"create",' + ",".join(f'"k{n}":1' for n in range(200_000)) + "}\n", "bad-operation",
    ),
    "ten-thousand-and-one-operations": (lambda: "".join(lines(create(f"f{n}", "")) for n in range(10_001)), "too-many-operations"),
    "array-of-ten-thousand-and-one": (lambda: json.dumps([create(f"f{n}", "") for n in range(10_001)]), "too-many-operations"),
    "files-of-ten-thousand-and-one": (
        lambda: json.dumps({"files": [{"path": f"f{n}", "new_content": ""} for n in range(10_001)]}), "too-many-operations",
    ),
    "seventeen-mebibytes": (lambda: X_LINE * 380_000, "reply-too-large"),
    "six-hundred-thousand-lines": (lambda: "\n" * 600_000 + X_LINE, "reply-too-large"),
    "line-of-nine-mebibytes": (lambda: OPEN + '"' + "x" * (9 << 20) + '"}\n', "line-too-long"),
    "doubling-without-end": (lambda: lines(X, doubling(40)), "file-too-large"),
    "work-without-end": (
        lambda: lines(*(modify("wide.txt", {"type": "append", "content": "b"}) for _ in range(9_000))), "too-much-work",
    ),
    "path-of-41-folders": (lambda: lines(X, create("a/" * 41 + "x.py", "x")), "path-too-long"),
    "path-component-of-256-bytes": (lambda: lines(X, create("é" * 128 + "/x.py", "x")), "path-too-long"),
    "path-of-a-mebibyte": (lambda: lines(X, create("a/" * 500_000 + "x.py", "x")), "path-too-long"),
    "path-with-an-escape": (lambda: lines(X, create("src/\x1b[2Jx.py", "x")), "path-control-character"),
    "path-with-a-line-break": (lambda: lines(X, create("src/x\n[1] accepted.py", "x")), "path-control-character"),
    "path-with-a-direction-mark": (lambda: lines(X, create("src/\u202eyp.x", "x")), "path-invisible-character"),
    "create-over-a-folder": (lambda: lines(X, create("folder", "x")), "is-folder"),
    "delete-of-a-folder": (lambda: lines(X, delete("folder")), "is-folder"),
    "file-used-as-a-folder": (lambda: lines(create("d", "x"), create("d/x.py", "x")), "parent-not-folder"),
    "file-of-the-base-used-as-a-folder": (lambda: lines(X, create("src/a.py/x.py", "x")), "parent-not-folder"),
    "delete-and-create-that-fold-together": (lambda: lines(delete("src/a.py"), create("src/A.py", "x")), "duplicate-operation"),
    "nul-byte": (lambda: X_LINE + "\0\n", "nul-byte"),
    "not-utf8": (lambda: X_LINE.encode() + OPEN.encode() + b'"\xff\xfe"}\n', "not-utf8"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAST_A_LIMIT)
def test_is_refused_by_name(repo, name):
    reply, code = PAST_A_LIMIT[name]
    result = repo.measured(reply())
    document = result.json
    assert (document["tree"], document["changes"]) == (None, [])
    assert result.code in (3, 4)
    assert names(document["violations"]) == {code}
    assert len(result.stdout) < 1_000_000
    assert "\x1b" not in result.stdout


def test_a_create_over_a_file_is_refused(repo):
    document = not_accepted(repo.check(lines(X, create("src/a.py", "x"))), 3, "create-exists")
    assert [v["path"] for v in document["violations"]] == ["src/a.py"]


# Replies whose cost must not outgrow them, whatever is made of them.
SLOW_IF_READ_NAIVELY = {
    "brackets": lambda: "[" * 4_000_000,
    "brackets-and-braces": lambda: '[{"a":' * 500_000,
    "brackets-a-line-each": lambda: "[\n" * 400_000,
    "braces-a-line-each": lambda: "{\n" * 400_000,
    "objects-opened-a-line-each": lambda: '{"type":"create",\n' * 300_000,
    "objects-opened-and-quoted-a-line-each": lambda: '{"type":"create","content":"\n' * 200_000,
    "arrays-opened-a-line-each": lambda: '[{"type":"create",\n' * 300_000,
    "files-opened-a-line-each": lambda: '{"files":[{"path":"x",\n' * 300_000,
    "pretty-objects-never-closed": lambda: '{\n  "type": "create",\n' * 200_000,
    "closers-a-line-each": lambda: X_LINE + "}\n" * 400_000,
    "commas": lambda: X_LINE + "," * 2_000_000 + "\n",
    "numbers-of-a-list": lambda: "1. " * 1_000_000 + "\n" + X_LINE,
    "fences": lambda: "```json\n" * 400_000 + X_LINE,
    "objects-on-one-line": lambda: '{"a":1}' * 500_000 + "\n",
    "unclosed-string": lambda: OPEN + '"' + "x" * (7 << 20),
    "backslashes": lambda: OPEN + '"' + "\\" * (7 << 20),
    "python-minus-signs": lambda: "{'type': " + "-" * 60_000 + "1}\n",
    "python-additions": lambda: "{'type': 1" + "+1" * 30_000 + "}\n",
    "python-parentheses": lambda: "{'type': " + "(" * 60_000 + "\n",
    "python-dicts-nested": lambda: "{'type': " * 6_000 + "\n",
    "python-dicts-opened-a-line-each": lambda: "{'type': 'create',\n" * 300_000,
    "python-strings-side-by-side": lambda: "{'type': " + "'a' " * 15_000 + "}\n",
    "python-power": lambda: "{'type': 9**9**9**9}\n",
    "python-integer": lambda: "{'type': " + "9" * 60_000 + "}\n",
    "bare-keys-nested": lambda: "{a:" * 20_000 + "\n",
    "bare-keys-opened-a-line-each": lambda: "{type: 'create',\n" * 300_000,
    "bare-operations": lambda: "".join(f"{{type: 'create', file_path: 'f{n}', content: '{'x' * 50_000}'}}\n" for n in range(120)),
    "small-bare-operations": lambda: "".join(f"{{type: 'create', file_path: 'f{n}', content: 'x'}}\n" for n in range(9_000)),
    "comments": lambda: "{/*" + "*" * 60_000 + "\n",
    "escapes": lambda: OPEN + '"' + "\\u00e9" * 1_000_000 + "\n",
    "ten-thousand-problems": lambda: '{"type":"?"}\n' * 9_900,
    "ten-thousand-hints": lambda: "".join(
        lines(modify("wide.txt", {"type": "replace", "old_text": "a" * 90 + str(n), "new_text": ""})) for n in range(2_000)
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_IF_READ_NAIVELY)
def test_takes_no_more_than_its_size(repo, name):
    result = repo.measured(SLOW_IF_READ_NAIVELY[name]())
    assert result.code in (0, 3, 4)
    assert result.json["decision"] in ("accepted", "refused", "unusable")
    assert len(result.stdout) < 10_000_000


def test_two_thousand_operations_of_ten_megabytes_pass(repo):
    operations = [create(f"f/{n}.txt", f"{n} é\n" * 400) for n in range(2_000)]
    reply = lines(meta(2_000), *operations)
    document = repo.accepted(repo.measured(reply), {o["file_path"]: o["content"] for o in operations})
    assert document["operations"]["applied"] == 2_000


def test_a_cut_array_of_two_thousand_keeps_the_complete_ones(repo):
    operations = [create(f"f/{n}.txt", f"{n}\n" * 700) for n in range(2_000)]
    reply = json.dumps(operations)[:-100]
    document = repo.accepted(repo.measured(reply), {o["file_path"]: o["content"] for o in operations[:-1]})
    assert (document["truncated"], "array" in repaired(document)) == (True, True)


NOISE = "\x1b[2J\x1b]0;title\x07 \u202e accepted \r\n[31m" + "x" * 2_000_000


def test_a_summary_reaches_no_terminal(repo):
    reply = lines(meta(1, summary=NOISE), X)
    repo.accepted(repo.measured(reply), {"x.py": "x = 1\n"})
    told = repo.harness("check", "-", stdin=reply.encode())
    assert told.code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(told.stdout + told.stderr)
    assert len(told.stdout) < 10_000


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(lines(create("src/\x1b[2J\u202ex.py", "x")), id="path"),
        pytest.param(lines({"type": "\x1b[2J\u202e", "file_path": "x"}), id="type"),
        pytest.param(lines({**X, "\x1b[2J\u202e": 1}), id="field"),
        pytest.param(lines(modify("src/a.py", {"type": "replace", "old_text": "\x1b[2J", "new_text": "\u202e"})), id="text"),
        pytest.param("\x1b[2J\u202e{\n" + X_LINE + '{"type":"create"} \x1b[2J\n', id="line"),
    ],
)  # fmt: skip
def test_a_message_reaches_the_terminal_harmless(repo, reply):
    told = repo.harness("check", "-", stdin=reply.encode())
    assert told.code in (3, 4)
    assert not {"\x1b", "\x07", "\u202e"} & set(told.stdout + told.stderr)
