"""What no longer parses is refused; what never did, needn't, or can't be told, isn't."""

from __future__ import annotations

import sys
import warnings

import pytest
from policy_files import Files, added, changed, codes
from policy_secrets import TOKENS

from harness.policy.content_settings import ContentSettings
from harness.policy.parsing import parse_problem
from harness.policy.syntax import check_syntax
from harness.policy.tree_settings import TreeSettings

LIMIT = 1024 * 1024


def check(files, deliverables=(), **settings):
    return check_syntax(files.changes, files.contents, ContentSettings(**settings), deliverables)


GOOD = {
    "src/a.py": "x = 1\n",
    "a.pyi": "def f() -> int: ...\n",
    "a.json": '{"a": [1, 2.5e3, null]}\n',
    "book.ipynb": '{"cells": []}',
    "a.toml": 'a.b = 1\n[c]\nd = "e"\n',
    "a.yaml": "a: [1, 2]\nb: {c: d}\n",
    "A.YML": "a: 1\n",
}
BAD = {
    "src/a.py": "x = = 1\n",
    "a.pyi": "def f( -> int: ...\n",
    "a.json": '{"a": [1, 2}\n',
    "book.ipynb": '{"cells": [}',
    "a.toml": "a = \n",
    "a.yaml": "a: [1, 2\nb: 3\n",
    "A.YML": "a: 1\n b: 2\n",
}


@pytest.mark.parametrize("path", GOOD)
def test_what_parsed_must_parse(path):
    (violation,) = check(changed(path, GOOD[path], BAD[path]))
    assert (violation.code, violation.path) == ("does-not-parse", path)
    assert "no longer parses" in violation.message and "\n" not in violation.message
    assert check(changed(path, GOOD[path], GOOD[path] + "\n")) == []


@pytest.mark.parametrize("path", GOOD)
def test_what_did_not_parse_needs_not(path):
    assert check(changed(path, BAD[path], BAD[path] + "\n")) == []


@pytest.mark.parametrize("path", GOOD)
def test_new_files(path):
    is_python = path.endswith((".py", ".pyi"))
    assert codes(check(added(path, BAD[path]))) == (["does-not-parse"] if is_python else [])
    (violation,) = check(added(path, BAD[path]), deliverables=[path])
    assert "doesn't parse" in violation.message
    assert check(added(path, GOOD[path]), deliverables=[path]) == []


@pytest.mark.parametrize(
    ("path", "data", "line"),
    [
        ("a.py", "x = 1\n\ny = = 2\n", 3),
        ("a.json", '{\n "a": 1,\n b}\n', 3),
        ("a.toml", "a = 1\nb = \n", 2),
        ("a.yaml", "a: 1\nb: ]\n", 2),
    ],
)
def test_the_line_is_told(path, data, line):
    assert f"line {line}" in parse_problem(path, data.encode(), LIMIT)


ACCEPTED = {
    "with a byte-order mark": ("a.py", b"\xef\xbb\xbfx = 1\n"),
    "JSON with one": ("a.json", b"\xef\xbb\xbf{}"),
    "TOML with one": ("a.toml", b"\xef\xbb\xbfa = 1\n"),
    "an encoding of its own": ("a.py", "# coding: latin-1\nx = '\xe9'\n".encode("latin-1")),
    "an unknown escape": ("a.py", rb"x = '\d'"),
    "a huge number": ("a.json", b"9" * 100_000),
    "a duplicate key": ("a.json", b'{"a": 1, "a": 2}'),
    "several documents": ("a.yaml", b"a: 1\n---\nb: 2\n...\n"),
    "tags nobody knows": ("a.yaml", b"a: !Ref b\nc: !!python/object:os.system d\n"),
    "GitHub's expressions": ("a.yaml", b"run: echo ${{ github.sha }}\n"),
    "an alias bomb": ("a.yaml", b"a: &a [x, x]\n" + b"".join(b"k%d: [*a, *a]\n" % n for n in range(99))),
    "an empty file": ("a.yaml", b""),
    "another suffix": ("a.txt", b"{"),
    "no suffix": ("yaml", b"{"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_parses(name):
    path, data = ACCEPTED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_problem(path, data, LIMIT) == (None if name.endswith("suffix") else "")


REJECTED = {
    "NaN": ("a.json", b'{"a": NaN}'),
    "comments": ("a.json", b"{} // no"),
    "not UTF-8": ("a.json", b'{"a": "\xff"}'),
    "TOML that is not UTF-8": ("a.toml", b"a = '\xff'"),
    "YAML that is not UTF-8": ("a.yaml", b"a: \xff"),
    "an unknown encoding": ("a.py", b"# coding: klingon\n"),
    "a NUL": ("a.py", b"x = 1\n" + b"#" * 9000 + b"\0\n"),
    "nested too deeply": ("a.json", b"[" * 100_000),
    "nested too deeply, YAML": ("a.yaml", b"[" * 100_000),
    "nested too deeply, TOML": ("a.toml", b"a = " + b"[" * 100_000),
    "nested too deeply, Python": ("a.py", b"x = " + b"-" * 100_000 + b"1"),
    "too long a sum": ("a.py", b"x = 1" + b"+1" * 50_000),
    "too deep for YAML by lines": (
        "a.yaml",
        b"".join(b" " * n + b"a:\n" for n in range(200)) + b" " * 200 + b"b",
    ),
}


@pytest.mark.parametrize("name", REJECTED)
def test_what_does_not_parse(name):
    path, data = REJECTED[name]
    problem = parse_problem(path, data, LIMIT)
    assert problem and "\n" not in problem and len(problem) < 300


UNKNOWN = {
    "larger than the limit": ("a.py", b"x = = 1" + b"\n" * LIMIT),
    "a key of very many parts": ("a.toml", b"a." * 5000 + b"a = = 1"),
    "a table's name of very many parts": ("a.toml", b"[" + b"'a' . " * 5000 + b"a]\n="),
    "very many directives": ("a.yaml", b"".join(b"%%TAG !t%d! u\n" % n for n in range(200)) + b"--- ]"),
    "very many words": ("a.py", b"x\n" * 200_001 + b"= ="),
    "very many fields": ("a.py", b'x = f"' + b"{a}" * 30_000 + b'" ='),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_would_take_too_long_is_not_told(name):
    path, data = UNKNOWN[name]
    assert parse_problem(path, data, LIMIT) is None
    # Unknown is neither parsed nor broken: nothing follows from it, whichever side it is on.
    assert check(changed(path, data, "x = = ]\n")) == []
    assert check(added(path, data), deliverables=[path]) == []


def test_large_json_is_read_all_the_same():
    assert parse_problem("a.json", b"[" + b"0, " * LIMIT + b"]", LIMIT)


@pytest.mark.parametrize(
    "path",
    ["tsconfig.json", "web/tsconfig.build.json", ".vscode/settings.json", "a/.vscode/x.json", "turbo.json"],
)
def test_json_whose_readers_take_comments(path):
    assert check(changed(path, "{}", "{} // why\n")) == []
    assert check(added(path, "{} // why\n"), deliverables=[path]) == []


@pytest.mark.parametrize("path", ["a.jsonc", "a.code-workspace", "page.j2", "a.yaml.j2"])
def test_other_suffixes_are_not_parsed(path):
    assert check(changed(path, "{}", "{{ not json")) == []


def test_templates_may_only_parse_once_filled_in():
    template = "a: {{ value }}\n{% if b %}\n"
    assert check(added("chart/templates/a.yaml", template), deliverables=["chart/templates/a.yaml"]) == []
    assert check(changed("a.yaml", template, template + "c")) == []
    assert check(added("{{cookiecutter.name}}/a.py", "import {{cookiecutter.name}}\n")) == []
    assert check(added("a.py", "x = {{ value }} }\n")) != []
    assert check(changed("a.yaml", "a: 1\n", template)) != []


def test_an_emptied_file_is_told_by_another_rule():
    assert check(changed("a.json", "{}", "\n")) == []


def test_a_link_that_becomes_a_file_is_new():
    files = changed("a.yaml", "a: 1\n", "a: ]\n")
    change = files.changes[0]
    files.changes[0] = type(change)("a.yaml", "T", "120000", "100644", change.old_oid, change.new_oid)
    assert check(files) == []


def test_deleted_and_moved_files_are_not_parsed():
    files = Files().change("old.py", "x = = 1", None).change("new.py", None, "x = = 1")
    assert check(files) == []


def test_python_newer_than_the_harness_is_not_judged():
    major, minor = sys.version_info[:2]
    files = added("a.py", "x = = 1\n").change("a.json", "{}", "{")
    assert codes(check(files, python=(major, minor))) == ["does-not-parse"] * 2
    assert [v.path for v in check(files, python=(major, minor + 1))] == ["a.json"]


def test_exempt_paths_and_phases():
    files = added("tests/data/broken.py", "x = = 1\n")
    assert check(files, tree=TreeSettings(exempt={"does-not-parse": ["tests/data/"]})) == []
    assert check(files, off=frozenset({"does-not-parse"})) == []
    assert check(files) != []


def test_what_a_parser_repeats_of_the_file_holds_no_secret():
    token = TOKENS["AWS Access Key"]
    (violation,) = check(added("a.py", f"# coding: {token}\n"))
    assert "unknown encoding" in violation.message and token not in violation.message


def test_parsing_runs_nothing_and_keeps_the_filters_of_warnings(tmp_path):
    filters = list(warnings.filters)
    target = tmp_path / "ran"
    parse_problem("a.py", f"open({str(target)!r}, 'w')".encode(), LIMIT)
    parse_problem("a.yaml", f"!!python/object/apply:os.system ['touch {target}']".encode(), LIMIT)
    assert not target.exists()
    assert warnings.filters == filters
