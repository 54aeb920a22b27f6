"""What a changed file holds, case by case, through `check` and through a phase."""

from __future__ import annotations

import json

import pytest
from policy_cases_phases import CONFIG, phase_table, put, told
from project import create

MODULE = "".join(f"def name_{number}():\n    return {number}\n\n\n" for number in range(12))
DATA = "".join(f"row {number}\n" for number in range(60))
BASE = {
    "harness.toml": CONFIG,
    "src/main.py": "MAIN = 1\n",
    "src/module.py": MODULE,
    "src/data.txt": DATA,
    "src/conf.json": '{"a": 1}\n',
    "src/conf.yaml": "a: 1\n",
    "src/conf.toml": "a = 1\n",
    "src/template.json": "{{ value }}\n",
    "src/stub.py": "STUB = 1\n",
    "src/prose.txt": "no Python at all\n",
    "docs/empty.md": "",
}
MARKERS = "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> theirs\n"
DONE = put("src/main.py", "MAIN = 2\n")

BROKEN = {
    "52-python": (put("src/module.py", "def f(:\n" + MODULE), "does-not-parse"),
    "52-new-python": (create("src/new.py", "def f(:\n"), "does-not-parse"),
    "52-json": (put("src/conf.json", '{"a": 1,,}\n'), "does-not-parse"),
    "52-yaml": (put("src/conf.yaml", "a: [1\nb: }\n"), "does-not-parse"),
    "52-toml": (put("src/conf.toml", "a = \n"), "does-not-parse"),
    "52-markers-in-text": (put("src/data.txt", DATA + MARKERS), "conflict-markers"),
    "52-markers-in-a-new-file": (create("src/notes.md", MARKERS), "conflict-markers"),
}
FINE = {
    "52-what-never-parsed-needs-not": put("src/template.json", "{{ other }}\n"),
    "52-a-line-of-equals-signs-is-a-heading": create("src/notes.md", "Title\n=======\ntext\n"),
    "53-an-odd-quote-at-the-end": create("src/quote.txt", "5 inch: 5\""),
    "54-a-third-fewer-lines": put("src/data.txt", "".join(DATA.splitlines(keepends=True)[:40])),
    "54-twice-as-many-lines": put("src/data.txt", DATA + DATA.replace("row", "line")),
    "54-one-public-name-less": put("src/module.py", MODULE.replace("name_3", "_name_3")),
}  # fmt: skip


@pytest.fixture(scope="session")
def repo(tmp_path_factory):
    from policy_cases_project import new_project

    project = new_project(tmp_path_factory.mktemp("contents"))
    project.commit(BASE, "begin")
    opted = {f"p{n}": [code] for n, code in enumerate(CODES)}
    project.plan(
        phase_table(scope=["src/"]),
        phase_table(id="anywhere", scope=["**"]),
        *(phase_table(id=name, scope=["src/"], allow_content=codes) for name, codes in opted.items()),
    )
    return project


CODES = ["does-not-parse", "file-emptied", "file-shrunk", "file-grown", "public-symbols-lost"]


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_refuses_all_of_the_edits(repo, name):
    operation, code = BROKEN[name]
    document = repo.ask(DONE, operation).json
    assert document["decision"] == "refused"
    assert told(document) == {(code, operation["file_path"])}
    without = repo.check(json.dumps(operation)).json
    assert told(without) == {(code, operation["file_path"])}, "no phase is needed for it"


TAKEN_OVER = {
    "nothing": ("src/data.txt", "docs/empty.md", {"file-emptied"}),
    "a stub": ("src/module.py", "src/stub.py", {"file-shrunk", "public-symbols-lost"}),
    "what is no Python": ("src/main.py", "src/prose.txt", {"does-not-parse"}),
}


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_content_that_another_file_held_is_judged_where_it_goes(repo, name):
    path, other, codes = TAKEN_OVER[name]
    removed = {"type": "delete", "file_path": other}
    document = repo.ask(put(path, BASE[other]), removed, phase="anywhere").json
    assert (document["decision"], told(document)) == ("refused", {(code, path) for code in codes})


def test_a_rename_to_a_suffix_the_content_is_not(repo):
    renamed = {"type": "rename", "file_path": "src/prose.txt", "new_path": "src/prose.py"}
    assert told(repo.ask(renamed, phase="anywhere").json) == {("does-not-parse", "src/prose.py")}
    moved = {"type": "rename", "file_path": "src/template.json", "new_path": "src/moved.json"}
    assert repo.ask(moved, phase="anywhere").json["decision"] == "accepted"


@pytest.mark.parametrize("name", FINE)
def test_what_is_whole_passes(repo, name):
    document = repo.ask(DONE, FINE[name]).json
    assert (document["decision"], told(document)) == ("accepted", set())


LOSING = {
    "54-emptied": (put("src/data.txt", ""), "file-emptied"),
    "54-emptied-but-for-blanks": (put("src/data.txt", "\n \n"), "file-emptied"),
    "54-shrunk-by-more-than-60-percent": (put("src/data.txt", "".join(DATA.splitlines(keepends=True)[:20])), "file-shrunk"),
    "54-grown-more-than-threefold": (
        put("src/data.txt", DATA + "".join(f"more {n}\n" for n in range(130))), "file-grown",
    ),
    "54-losing-more-than-30-percent-of-its-names": (
        put("src/module.py", MODULE.replace("name_1", "_name_1").replace("name_2", "_name_2")), "public-symbols-lost",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSING)
def test_a_phase_that_doesnt_say_so_loses_nothing(repo, name):
    operation, code = LOSING[name]
    document = repo.ask(DONE, operation).json
    assert (document["decision"], told(document)) == ("refused", {(code, operation["file_path"])})


@pytest.mark.parametrize("name", LOSING)
def test_a_phase_that_says_so_may(repo, name):
    operation, code = LOSING[name]
    document = repo.ask(DONE, operation, phase=f"p{CODES.index(code)}").json
    assert (document["decision"], told(document)) == ("accepted", set())
    other = repo.ask(DONE, operation, phase=f"p{CODES.index(code) - 1}").json
    assert told(other) == {(code, operation["file_path"])}, "only for what it names"


def test_52_a_phase_keeps_no_file_of_edits_with_one_broken_file(warm):
    warm.commit(BASE, "begin")
    warm.plan(phase_table(scope=["src/"]))
    warm.reply("w", 1, DONE, create("src/new.py", "def f(:\n"), put("src/data.txt", DATA + MARKERS))
    before = warm.git("ls-tree", "-r", "main")
    result = warm.phase("w")
    attempt = result.json["attempts"][0]
    assert (result.code, result.json["outcome"], result.json["commit"]) == (3, "refused", None)
    assert told(attempt) == {("does-not-parse", "src/new.py"), ("conflict-markers", "src/data.txt")}
    assert warm.git("ls-tree", "-r", "main") == before
    assert warm.git("show", "harness/demo:src/main.py") == BASE["src/main.py"], "only the telemetry is new"
    assert (warm.root / "src/main.py").read_text() == BASE["src/main.py"]
    assert warm.git("ls-tree", "-r", "--name-only", "harness/demo").split() == sorted(
        [*BASE, "telemetry/demo.ndjson"]
    )
