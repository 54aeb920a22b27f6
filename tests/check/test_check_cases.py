"""What `harness check` makes of JSON operations, case by case; paths and manifests have a file of their own.

The number in a test's id is that of the behavioural case it stands for.
"""

import json

import pytest
from check_watched import (
    EXECUTABLE,
    WatchedProject,
    delete,
    lines,
    meta,
    modify,
    rejected,
    repaired,
    replace,
)
from project import create, names

BASE = {
    "src/a.py": "one\ntwo\nthree\n",
    "src/b.py": "b = 1\n",
    "src/tool.sh": (EXECUTABLE, "#!/bin/sh\nexit 0\n"),
    "src/quote.py": 'text = "said"\n',
    "docs/x y.md": "spaced\n",
    "protected/secret.py": "secret\n",
    "crlf.txt": b"one\r\ntwo\r\nthree\r\n",
}

X, Y = create("x.py", "x = 1\n"), create("y.py", "y = 2\n")
X_LINE, Y_LINE = lines(X), lines(Y)
BOTH = {"x.py": "x = 1\n", "y.py": "y = 2\n"}
ONLY_X = {"x.py": "x = 1\n"}
FILES = {"files": [{"path": "x.py", "new_content": "x = 1\n"}, {"path": "y.py", "new_content": "y = 2\n"}]}
PRETTY_FILES = json.dumps(FILES, indent=2)
CUT_IN_SECOND = PRETTY_FILES[: PRETTY_FILES.index("y = 2")]


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


def accepts(name, reply, after, *arguments, truncated=False, repairs=(), **operations):
    """A reply that is accepted and makes these files; `operations` are values of that key."""
    return pytest.param(reply, after, arguments, truncated, set(repairs), operations, id=name)


ACCEPTED = [
    accepts("22-meta-and-two-creates", lines(meta(2), X, Y), BOTH, declared=2, announced=2, remaining=None),
    accepts("23-last-line-cut", lines(meta(3), X, Y)[:-12], ONLY_X, truncated=True, announced=3, remaining=2),
    accepts("23-last-line-cut-strict", lines(meta(2), X, Y)[:-12], ONLY_X, "--strict", truncated=True),
    accepts("23-no-meta-so-nothing-is-known-to-remain", X_LINE + Y_LINE[:-12], ONLY_X, truncated=True),
    accepts("23-cut-in-a-key", X_LINE + '{"ty', ONLY_X, truncated=True),
    accepts("23-cut-after-a-brace", X_LINE + "{", ONLY_X, truncated=True),
    accepts("23-cut-in-a-character", lines(X).encode() + b'{"type":"create","f\xc3', ONLY_X, truncated=True),
    accepts("23-cut-between-lines-on-the-agents-word", lines(meta(3), X, Y), BOTH, "--truncated",
            truncated=True, announced=3, remaining=1),
    accepts("26-fence-json", f"```json\n{X_LINE}{Y_LINE}```\n", BOTH, repairs=["fence"]),
    accepts("26-fence-ndjson", f"```ndjson\n{X_LINE}{Y_LINE}```", BOTH, repairs=["fence"]),
    accepts("26-prose-around", f"Here it is:\n\n{X_LINE}{Y_LINE}\nThat is all.\n", BOTH, repairs=["prose"]),
    accepts("26-crlf", (X_LINE + Y_LINE).replace("\n", "\r\n"), BOTH, repairs=["crlf"]),
    accepts("26-numbering", f"1. {X_LINE}2. {Y_LINE}", BOTH, repairs=["numbering"]),
    accepts("26-numbering-in-brackets", f"1) {X_LINE}2) {Y_LINE}", BOTH, repairs=["numbering"]),
    accepts("26-byte-order-mark", "\ufeff" + X_LINE + Y_LINE, BOTH, repairs=["byte-order-mark"]),
    accepts("26-all-of-them",
            ("\ufeffSure:\n```json\n1. " + lines(meta(2)) + "2. " + X_LINE + "3. " + Y_LINE + "```\nDone.\n")
            .replace("\n", "\r\n"),
            BOTH, repairs=["byte-order-mark", "prose", "fence", "numbering", "crlf"], announced=2),
    accepts("26-all-of-them-strict",
            ("\ufeffSure:\n```json\n1. " + X_LINE + "2. " + Y_LINE + "```\n").replace("\n", "\r\n"),
            BOTH, "--strict", repairs=["byte-order-mark", "prose", "fence", "numbering", "crlf"]),
    accepts("27-files-pretty", PRETTY_FILES, BOTH, repairs=["wrapper"], applied=2),
    accepts("27-files-one-line", json.dumps(FILES), BOTH, repairs=["wrapper"], applied=2),
    accepts("27-files-fenced", f"Here:\n```json\n{PRETTY_FILES}\n```\n", BOTH, repairs=["wrapper", "fence"]),
    accepts("27-files-cut-before-the-closer", PRETTY_FILES[: PRETTY_FILES.rindex("]")], BOTH, truncated=True,
            repairs=["wrapper"]),
    accepts("27-files-one-line-cut-before-the-closer", json.dumps(FILES)[:-2], BOTH, truncated=True),
    accepts("27-files-cut-inside-the-second", CUT_IN_SECOND, ONLY_X, truncated=True, repairs=["wrapper"]),
    accepts("27-files-one-line-cut-inside-the-second", json.dumps(FILES)[:-9], ONLY_X, truncated=True),
    accepts("27-files-after-an-operation", lines(create("w.py", "w\n")) + json.dumps(FILES) + "\n",
            {"w.py": "w\n", **BOTH}, repairs=["wrapper"], applied=3),
    accepts("27-pretty-files-after-an-operation", lines(create("w.py", "w\n")) + PRETTY_FILES,
            {"w.py": "w\n", **BOTH}, repairs=["wrapper"], applied=3),
    accepts("27-files-modify-is-a-whole-replacement",
            json.dumps({"files": [{"path": "src/a.py", "mode": "modify", "new_content": "new\n"}]}),
            {"src/a.py": "new\n"}),
    accepts("28-array-on-one-line", json.dumps([X, Y]), BOTH, repairs=["array"], applied=2),
    accepts("28-array-with-meta", json.dumps([meta(2), X, Y]), BOTH, repairs=["array"], announced=2),
    accepts("28-array-pretty", json.dumps([X, Y], indent=2), BOTH, repairs=["array"]),
    accepts("28-array-cut-in-the-second", json.dumps([X, Y])[:-10], ONLY_X, truncated=True, repairs=["array"]),
    accepts("29-rename-alone", lines({"type": "rename", "file_path": "src/b.py", "new_path": "src/c.py"}),
            {"src/b.py": None, "src/c.py": "b = 1\n"}, applied=1),
    accepts("30-summary-null", lines(meta(1, summary=None), X), ONLY_X, announced=1),
    accepts("31-prose-with-a-delete-in-it",
            'I would never send {"type":"delete","file_path":"src/a.py"} to you.\n' + X_LINE, ONLY_X,
            repairs=["prose"], applied=1),
    accepts("31-quoted-delete-in-a-list",
            '- `{"type":"delete","file_path":"src/a.py"}` would be wrong.\n' + X_LINE, ONLY_X, repairs=["prose"]),
    accepts("32-modify-without-the-key", lines(X, {"type": "modify", "file_path": "src/a.py"}), ONLY_X,
            applied=1, skipped=[2]),
    accepts("32-modify-with-null", lines(X, {"type": "modify", "file_path": "src/a.py", "operations": None}),
            ONLY_X, applied=1, skipped=[2]),
    accepts("32-modify-with-an-empty-list", lines(modify("src/a.py"), X), ONLY_X, applied=1, skipped=[1]),
    accepts("33-replace-all-of-an-empty-text",
            lines(X, modify("src/a.py", {"type": "replace_all", "old_text": "", "new_text": "!"})), ONLY_X,
            applied=1, skipped=[2]),
    accepts("40-one-operation", X_LINE, ONLY_X, applied=1),
    accepts("40-one-operation-without-a-line-end", X_LINE.rstrip("\n"), ONLY_X, applied=1),
    accepts("40-one-operation-pretty", json.dumps(X, indent=4), ONLY_X, repairs=["pretty-printed"]),
    accepts("40-one-operation-fenced", f"```\n{X_LINE}```\n", ONLY_X, repairs=["fence"]),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "after", "arguments", "truncated", "repairs", "operations"), ACCEPTED)
def test_is_accepted_and_makes(repo, reply, after, arguments, truncated, repairs, operations):
    document = repo.accepted(repo.check(reply, *arguments), after)
    assert document["format"] == "ndjson"
    assert document["truncated"] is truncated
    assert repaired(document) >= repairs
    assert not repairs or all(r["line"] for r in document["repairs"] if r["name"] in repairs)
    assert {key: document["operations"][key] for key in operations} == operations
    assert document["operations"]["rejected"] == document["operations"]["would_apply"] == []


def spoils(name, reply, codes, found, would_apply, *arguments, truncated=False):
    """A reply that is unusable: its codes, what was rejected, and what would have applied."""
    return pytest.param(reply, codes, found, would_apply, arguments, truncated, id=name)


UNCLOSED = '{"type":"create","file_path":"bad.py","content":"x"\n'

UNUSABLE = [
    spoils("23-cut-in-the-first-operation", X_LINE[:-5], {"no-edits"}, [(None, "no-edits", None)], [],
           truncated=True),
    spoils("24-meta-says-three", lines(meta(3), X), {"operation-count"}, [(None, "operation-count", None)], [1]),
    spoils("24-meta-says-none", lines(meta(0), X), {"operation-count"}, [(None, "operation-count", None)], [1]),
    spoils("25-bad-line-in-the-middle", X_LINE + '{"type":"create","file_path":"bad.py","content":}\n' + Y_LINE,
           {"bad-json"}, [(2, "bad-json", 2)], [1, 3]),
    spoils("25-unclosed-line-in-the-middle", X_LINE + UNCLOSED + Y_LINE, {"bad-json"}, [(2, "bad-json", 2)],
           [1, 3]),
    spoils("25-missing-field-in-the-middle", X_LINE + '{"type":"create","file_path":"bad.py"}\n' + Y_LINE,
           {"bad-operation"}, [(2, "bad-operation", 2)], [1, 3]),
    spoils("25-two-bad-lines-behind-prose", "Here:\n" + lines({"type": "create"}) + X_LINE + lines({"type": "?"}),
           {"bad-operation", "unknown-operation"}, [(1, "bad-operation", 2), (3, "unknown-operation", 4)], [2]),
    spoils("29-rename-without-anything", '{"type":"rename"}\n', {"bad-operation"}, [(1, "bad-operation", 1)], []),
    spoils("29-unknown-only", '{"type":"explode","file_path":"x"}\n', {"unknown-operation"},
           [(1, "unknown-operation", 1)], []),
    spoils("29-unknown-in-an-array", '[{"type":"explode","file_path":"x"}]', {"unknown-operation"},
           [(1, "unknown-operation", 1)], []),
    spoils("31-sentence-that-begins-with-a-delete",
           '{"type":"delete","file_path":"src/a.py"} is what I would never do.\n', {"bad-json"},
           [(1, "bad-json", 1)], []),
    spoils("31-that-sentence-beside-an-operation",
           X_LINE + '{"type":"delete","file_path":"src/a.py"} is what I would never do.\n', {"bad-json"},
           [(2, "bad-json", 2)], [1]),
    spoils("32-modify-without-operations-alone", lines(modify("src/a.py")), {"no-op"}, [], []),
    spoils("33-replace-of-an-absent-text", lines(X, modify("src/a.py", replace("four", "4"))), {"text-missing"},
           [(2, "text-missing", 2)], [1]),
    spoils("33-replace-of-an-empty-text", lines(X, modify("src/a.py", replace("", "4"))), {"text-empty"},
           [(2, "text-empty", 2)], [1]),
    spoils("33-replace-all-of-an-absent-text",
           lines(modify("src/a.py", {"type": "replace_all", "old_text": "four", "new_text": "4"}), X),
           {"text-missing"}, [(1, "text-missing", 1)], [2]),
    spoils("34-insert-after-an-absent-anchor",
           lines(X, modify("src/a.py", {"type": "insert_after", "anchor": "four", "content": "4\n"})),
           {"anchor-missing"}, [(2, "anchor-missing", 2)], [1]),
    spoils("34-insert-after-an-anchor-on-two-lines",
           lines(modify("src/a.py", {"type": "insert_after", "anchor": "t", "content": "4\n"})),
           {"anchor-ambiguous"}, [(1, "anchor-ambiguous", 1)], []),
    spoils("35-modify-of-a-missing-file", lines(X, modify("nowhere.py", replace("a", "b")), Y), {"file-missing"},
           [(2, "file-missing", 2)], [1, 3]),
    spoils("35-files-modify-of-a-missing-file",
           json.dumps({"files": [{"path": "nowhere.py", "mode": "modify", "new_content": "x\n"}]}),
           {"file-missing"}, [(1, "file-missing", 1)], []),
    spoils("36-delete-of-a-missing-file", lines(X, delete("nowhere.py")), {"file-missing"},
           [(2, "file-missing", 2)], [1]),
    spoils("36-delete-of-a-folder", lines(delete("src")), {"is-folder"}, [(1, "is-folder", 1)], []),
    spoils("37-two-creates-of-one-path", lines(X, create("x.py", "other\n"), Y), {"duplicate-operation"},
           [(2, "duplicate-operation", 2)], [1, 3]),
    spoils("37-delete-and-create-of-one-path", lines(delete("src/a.py"), create("src/a.py", "x\n")),
           {"duplicate-operation"}, [(2, "duplicate-operation", 2)], [1]),
    spoils("37-two-creates-that-differ-in-case", lines(X, create("X.py", "other\n")), {"duplicate-operation"},
           [(2, "duplicate-operation", 2)], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "codes", "found", "would_apply", "arguments", "truncated"), UNUSABLE)
def test_is_unusable_and_nothing_is_built(repo, reply, codes, found, would_apply, arguments, truncated):
    result = repo.check(reply, *arguments)
    document = result.json
    assert (result.code, document["decision"]) == (4, "unusable"), document
    assert names(document["violations"]) == codes
    assert all(v["message"] for v in document["violations"])
    if found:
        assert (document["tree"], document["changes"]) == (None, [])
    assert document["operations"]["applied"] == 0
    assert rejected(document) == found
    assert document["operations"]["would_apply"] == would_apply
    assert document["truncated"] is truncated
    assert document["operations"]["remaining"] is None


@pytest.mark.parametrize(
    ("change", "line", "nearest"),
    [
        pytest.param(replace("two, too", "2"), "two", 3, id="33-near-miss-shows-where-it-nearly-stands"),
        pytest.param(replace("one\ntwo\nfour\n", ""), "one", 3, id="33-first-lines-match"),
        pytest.param(
            {"type": "insert_after", "anchor": "thre e", "content": "x"},
            "three",
            3,
            id="34-near-miss-of-an-anchor",
        ),
    ],
)
def test_a_rejected_change_shows_the_nearest_lines_of_the_file(repo, change, line, nearest):
    document = repo.check(lines(modify("src/a.py", change))).json
    (found,) = document["operations"]["rejected"]
    assert (found["operation"], found["path"], found["line"]) == (1, "src/a.py", 1)
    assert 1 <= len(found["nearest"]) <= nearest
    file = BASE["src/a.py"].splitlines()
    for window in found["nearest"]:
        start = window["line"] - 1
        assert window["lines"] == file[start : start + len(window["lines"])], "an excerpt as it stands"
    assert any(line in window["lines"] for window in found["nearest"][:1])
    assert found["hint"]


def test_a_text_that_stands_twice_is_rejected_with_both_places(repo):
    document = repo.check(lines(modify("src/a.py", replace("t", "T")))).json
    (found,) = document["operations"]["rejected"]
    assert found["code"] == "text-ambiguous"
    shown = {number for w in found["nearest"] for number in range(w["line"], w["line"] + len(w["lines"]))}
    assert shown >= {2, 3}


@pytest.mark.parametrize("ascii_only", [True, False])
def test_41_a_hundred_operations_round_trip_byte_for_byte(repo, ascii_only):
    contents = {
        f"src/é {n}/file.txt": f"# {n} é \U0001f600\n\t\"quoted\" 'single' \\n {{ }} \u2028\u0085\x0b\x0c\r\n```\n"
        + ("" if n % 2 else "\n")
        for n in range(100)
    }
    operations = [create(path, content) for path, content in contents.items()]
    reply = "".join(json.dumps(o, ensure_ascii=ascii_only) + "\n" for o in [meta(100), *operations])
    document = repo.accepted(repo.check(reply), contents)
    assert document["operations"]["applied"] == 100
    assert document["repairs"] == []
