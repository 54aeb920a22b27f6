"""What is made of replies that earlier harnesses lost, crashed on, or executed by mistake; row by row."""

import json

import pytest
from check_watched import WatchedProject, delete, lines, meta, modify, rejected, repaired, replace
from project import create, names

BASE = {"src/a.py": "one\ntwo\nthree\n", "important.py": "keep = True\n"}

X, Y = create("x.py", "x = 1\n"), create("y.py", 'y = "two"\n')
X_LINE, Y_LINE = lines(X), lines(Y)
BOTH = {"x.py": "x = 1\n", "y.py": 'y = "two"\n'}
ONLY_X = {"x.py": "x = 1\n"}
PRETTY_X = json.dumps(X, indent=2)
FILES = {
    "files": [
        {"path": "x.py", "mode": "create", "new_content": "x = 1\n"},
        {"path": "y.py", "mode": "create", "new_content": 'y = "two"\n'},
    ]
}
PRETTY_FILES = json.dumps(FILES, indent=2)
PYTHON_X = "{'type': 'create', 'file_path': 'x.py', 'content': 'x = 1\\n'}"
PYTHON_Y = "{'type': 'create', 'file_path': 'y.py', 'content': 'y = \"two\"\\n'}"


@pytest.fixture
def repo(empty_project):
    return WatchedProject(empty_project, BASE)


# Rows that are recovered: the reply, the files it makes, whether it was cut, repairs that are named.
RECOVERED = {
    "meta-and-two-creates": (lines(meta(2), X, Y), BOTH, False, set()),
    "last-line-cut-in-a-string": (X_LINE + Y_LINE[:-9], ONLY_X, True, set()),
    "fenced-as-json": (f"```json\n{X_LINE}{Y_LINE}```\n", BOTH, False, {"fence"}),
    "fenced-as-ndjson-within-prose": (
        f"I made two files.\n\n```ndjson\n{X_LINE}{Y_LINE}```\n\nThey are new.\n", BOTH, False, {"fence", "prose"},
    ),
    "fenced-twice": (f"```json\n{X_LINE}```\nand\n```json\n{Y_LINE}```\n", BOTH, False, {"fence", "prose"}),
    "numbered-lines": (f"1. {X_LINE}2. {Y_LINE}", BOTH, False, {"numbering"}),
    "trailing-commas-on-lines": (X_LINE.replace("\n", ",\n") + Y_LINE.replace("\n", ",\n"), BOTH, False, {"trailing-comma"}),
    "trailing-comma-in-an-object": (X_LINE.replace("}", ",}") + Y_LINE, BOTH, False, {"trailing-comma"}),
    "python-dict-line": (f"{PYTHON_X}\n{PYTHON_Y}\n", BOTH, False, {"python-literal"}),
    "python-dict-line-with-a-comma": (f"{PYTHON_X},\n{PYTHON_Y},\n", BOTH, False, {"python-literal"}),
    "python-dict-with-none": (
        f"{{'type': 'meta', 'summary': None, 'total_operations': 1}}\n{PYTHON_X}\n", ONLY_X, False, {"python-literal"},
    ),
    "pretty-single-operation": (PRETTY_X, ONLY_X, False, {"pretty-printed"}),
    "pretty-files": (PRETTY_FILES, BOTH, False, {"wrapper", "pretty-printed"}),
    "files-cut-before-closing": (PRETTY_FILES[: PRETTY_FILES.rindex("]")], BOTH, True, {"wrapper"}),
    "files-cut-inside-the-second": (PRETTY_FILES[: PRETTY_FILES.index("y =")], ONLY_X, True, {"wrapper"}),
    "files-cut-inside-the-second-mode": (
        PRETTY_FILES[: PRETTY_FILES.rindex('"mode"') + 9], ONLY_X, True, {"wrapper"},
    ),
    "files-delete-with-empty-content": (
        json.dumps({"files": [{"path": "important.py", "mode": "delete", "new_content": ""}]}),
        {"important.py": None}, False, {"wrapper"},
    ),
    "files-delete-without-content": (
        json.dumps({"files": [{"path": "important.py", "mode": "delete"}]}), {"important.py": None}, False, {"wrapper"},
    ),
    "array-on-one-line": (json.dumps([X, Y]) + "\n", BOTH, False, {"array"}),
    "array-pretty": (json.dumps([X, Y], indent=2), BOTH, False, {"array"}),
    "array-a-line-each": (f"[\n{X_LINE.strip()},\n{Y_LINE.strip()}\n]\n", BOTH, False, {"array"}),
    "summary-null": (lines(meta(2, summary=None), X, Y), BOTH, False, set()),
    "operation-then-files-on-one-line": (
        X_LINE + json.dumps({"files": [{"path": "y.py", "new_content": 'y = "two"\n'}]}), BOTH, False, {"wrapper"},
    ),
    "pretty-operation-then-a-line": (f"{PRETTY_X}\n{Y_LINE}", BOTH, False, {"pretty-printed"}),
    "line-then-a-pretty-operation": (f"{Y_LINE}{PRETTY_X}\n", BOTH, False, {"pretty-printed"}),
    "two-pretty-operations": (f"{PRETTY_X}\n{json.dumps(Y, indent=4)}\n", BOTH, False, {"pretty-printed"}),
    "byte-order-mark": ("\ufeff" + X_LINE + Y_LINE, BOTH, False, {"byte-order-mark"}),
    "cut-operation-before-a-closing-fence": (
        f"```json\n{X_LINE}{Y_LINE[:-9]}\n```\n", ONLY_X, True, {"fence"},
    ),
    "two-objects-on-a-line": (X_LINE.strip() + Y_LINE, BOTH, False, {"several-on-a-line"}),
    "two-objects-on-a-line-with-a-blank": (f"{X_LINE.strip()} {Y_LINE}", BOTH, False, {"several-on-a-line"}),
    "bare-keys-and-single-quotes": (
        "{type: 'create', file_path: 'x.py', content: 'x = 1\\n'}\n" + Y_LINE, BOTH, False, {"json5"},
    ),
    "bare-keys-and-double-quotes": (
        '{type: "create", file_path: "x.py", content: "x = 1\\n"}\n', ONLY_X, False, {"json5"},
    ),
    "rename-alone": (
        lines({"type": "rename", "file_path": "important.py", "new_path": "kept.py"}),
        {"important.py": None, "kept.py": "keep = True\n"}, False, set(),
    ),
    "operations-wrapper-on-one-line": (json.dumps({"operations": [X, Y]}), BOTH, False, {"wrapper"}),
    "operations-wrapper-pretty": (json.dumps({"operations": [X, Y]}, indent=2), BOTH, False, {"wrapper"}),
    "operations-wrapper-cut": (json.dumps({"operations": [X, Y]})[:-9], ONLY_X, True, {"wrapper"}),
    "operations-wrapper-with-a-modify": (
        json.dumps({"operations": [modify("src/a.py", replace("two", "2"))]}), {"src/a.py": "one\n2\nthree\n"}, False,
        {"wrapper"},
    ),
    "files-as-an-object": (
        json.dumps({"files": {"x.py": "x = 1\n", "y.py": 'y = "two"\n'}}), BOTH, False, {"wrapper"},
    ),
    "files-and-operations": (
        json.dumps({**FILES, "operations": [delete("important.py")]}), {**BOTH, "important.py": None}, False, {"wrapper"},
    ),
    "prose-with-a-delete-in-it": (
        'Don\'t send {"type":"delete","file_path":"important.py"} here.\n' + X_LINE, ONLY_X, False, {"prose"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", RECOVERED)
def test_is_recovered(repo, row):
    reply, after, truncated, repairs = RECOVERED[row]
    document = repo.accepted(repo.check(reply), after)
    assert document["format"] == "ndjson"
    assert document["truncated"] is truncated
    assert repaired(document) >= repairs
    assert document["operations"]["applied"] == len([path for path in after if path != "kept.py"])


# Rows that nothing may be built from: the reply, its codes, and the lines that are at fault.
REFUSED_WHOLE = {
    "bad-line-in-the-middle": (X_LINE + '{"type":"delete",broken}\n' + Y_LINE, {"bad-json"}, [2]),
    "prose-that-begins-with-a-delete": (
        '{"type":"delete","file_path":"important.py"} is what I avoided.\n', {"bad-json"}, [1],
    ),
    "prose-that-begins-with-a-delete-beside-an-operation": (
        X_LINE + '{"type":"delete","file_path":"important.py"} is what I avoided.\n', {"bad-json"}, [2],
    ),
    "rename-without-its-fields": ('{"type":"rename"}\n', {"bad-operation"}, [1]),
    "structured-edit-plan-of-another-tool": (
        json.dumps({"operations": [{"type": "insert", "file_path": "src/a.py", "line": 2, "content": "new\n"}]}),
        {"unknown-operation"}, [1],
    ),
    "content-null": (X_LINE + lines({**Y, "content": None}), {"bad-operation"}, [2]),
    "path-in-place-of-file-path": (
        X_LINE + '{"type":"create","path":"y.py","content":"y\\n"}\n', {"bad-operation"}, [2],
    ),
    "meta-counts-three": (lines(meta(3), X), {"operation-count"}, [None]),
    "paths-that-disagree": (
        X_LINE + '{"type":"create","file_path":"y.py","path":"important.py","content":"y\\n"}\n',
        {"bad-operation"}, [2],
    ),
    "type-is-never-guessed": ('{"file_path":"y.py","content":"y\\n"}\n', {"unknown-operation"}, [1]),
    "unknown-change": (
        lines(X, modify("src/a.py", {"type": "prepend", "content": "zero\n"})), {"bad-operation"}, [2],
    ),
    "key-twice": (
        X_LINE + '{"type":"create","file_path":"y.py","file\\u005fpath":"important.py","content":"y\\n"}\n',
        {"duplicate-key"}, [2],
    ),
    "key-twice-in-python": (
        X_LINE + "{'type': 'delete', 'file_path': 'y.py', 'file_path': 'important.py'}\n", {"duplicate-key"}, [2],
    ),
    "key-twice-bare": (
        X_LINE + "{type: 'delete', file_path: 'y.py', file_path: 'important.py'}\n", {"duplicate-key"}, [2],
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", REFUSED_WHOLE)
def test_is_refused_whole(repo, row):
    reply, codes, at = REFUSED_WHOLE[row]
    result = repo.check(reply)
    document = result.json
    assert (result.code, document["decision"], document["tree"]) == (4, "unusable", None), document
    assert names(document["violations"]) == codes
    assert [line for _, _, line in rejected(document)] == at
    assert document["truncated"] is False
    assert all(r["message"] and r["hint"] for r in document["operations"]["rejected"])


# Rows that are refused, whatever they are called.
NEVER_APPLIED = {
    "files-delete-with-content": json.dumps(
        {"files": [{"path": "important.py", "mode": "delete", "new_content": "else\n"}]}
    ),
    "files-of-an-unknown-mode": json.dumps({"files": [{"path": "important.py", "mode": "purge"}]}),
    "files-and-operations-on-one-path": json.dumps({**FILES, "operations": [delete("x.py")]}),
    "files-with-paths-that-disagree": json.dumps(
        {"files": [{"path": "x.py", "file_path": "important.py", "new_content": "x\n"}]}
    ),
    "fenced-json-that-is-data": '```json\n{"name": "textkit", "version": "1"}\n```\n',
    "half-an-operation-alone": Y_LINE[:-9],
}


@pytest.mark.parametrize("row", NEVER_APPLIED)
def test_is_never_applied(repo, row):
    result = repo.check(NEVER_APPLIED[row])
    document = result.json
    assert (result.code, document["decision"], document["tree"]) == (4, "unusable", None), document
    assert document["violations"]


def test_files_without_a_mode_do_not_overwrite(repo):
    result = repo.check(json.dumps({"files": [{"path": "important.py", "new_content": "gone\n"}]}))
    assert (result.code, result.json["decision"]) == (3, "refused")
    assert names(result.json["violations"]) == {"create-exists"}


# Repairs of the content itself, which a strict check leaves out.
CONTENT = ("trailing-commas-on-lines", "python-dict-line", "bare-keys-and-single-quotes")


@pytest.mark.parametrize("row", CONTENT)
def test_a_strict_check_repairs_no_content(repo, row):
    result = repo.check(RECOVERED[row][0], "--strict")
    assert (result.code, result.json["decision"], result.json["tree"]) == (4, "unusable", None)
