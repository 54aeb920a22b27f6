"""`harness check` on NDJSON operations."""

import json

import pytest
from project import create, names

BASE = {"src/a.py": "one\ntwo\nthree\n", "src/b.py": "b\n", "config.py": "c\n", "crlf.txt": b"one\r\ntwo\r\n"}


@pytest.fixture
def repo(empty_project):
    empty_project.commit(BASE, "begin")
    return empty_project


def lines(*operations):
    return "".join(json.dumps(operation) + "\n" for operation in operations)


def modify(path, *changes):
    return {"type": "modify", "file_path": path, "operations": list(changes)}


def content(repo, document, path):
    """A file of the candidate, which isn't in the repository: built again by hand from the changes."""
    assert document["decision"] == "accepted", document
    return next(c for c in document["changes"] if c["path"] == path)


def test_every_operation(repo):
    reply = lines(
        {"type": "meta", "summary": None, "total_operations": 5},
        create("src/new.py", "n\n"),
        modify("src/a.py", {"type": "replace", "old_text": "two", "new_text": "2"}),
        {"type": "delete", "file_path": "src/b.py"},
        {"type": "rename", "file_path": "config.py", "new_path": "settings.py"},
        {"type": "mode", "file_path": "crlf.txt", "mode": "100755"},
    )
    result = repo.check(reply)
    assert result.code == 0, result.json
    expected = {
        ("src/new.py", "A"),
        ("src/a.py", "M"),
        ("src/b.py", "D"),
        ("config.py", "D"),
        ("settings.py", "A"),
        ("crlf.txt", "M"),
    }
    assert {(c["path"], c["status"]) for c in result.json["changes"]} == expected
    assert result.json["operations"] == {
        "declared": 5,
        "applied": 5,
        "skipped": [],
        "rejected": [],
        "would_apply": [],
        "announced": 5,
        "remaining": None,
    }
    blob = repo.git("hash-object", "--stdin", stdin="one\n2\nthree\n").strip()
    assert content(repo, result.json, "src/a.py")["new_oid"] == blob
    assert content(repo, result.json, "crlf.txt")["new_mode"] == "100755"


@pytest.mark.parametrize("announced", [1, 2])
def test_a_modify_without_changes_is_not_counted_as_declared(repo, announced):
    meta = {"type": "meta", "summary": "s", "total_operations": announced}
    result = repo.check(lines(meta, create("src/new.py", "n\n"), modify("src/a.py")))
    assert (result.code, result.json["decision"]) == (0, "accepted")
    counts = result.json["operations"]
    assert [counts[key] for key in ("declared", "applied", "skipped")] == [1, 1, [2]]


def test_a_cut_reply_lacks_no_operation_that_is_skipped(repo):
    meta = {"type": "meta", "summary": "s", "total_operations": 3}
    reply = lines(meta, create("src/new.py", "n\n"), modify("src/a.py")) + '{"type":"create","file_p'
    operations = repo.check(reply).json["operations"]
    assert (operations["declared"], operations["remaining"]) == (1, 1)


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/abs",
        "C:\\x",
        ".git/hooks/pre-commit",
        ".GIT/config",
        "a/../../b",
        "",
        "a\x00b",
        "src//a.py",
        "./src/z.py",
        "src/.git",
        "a\u200cb",
        "git~1/x",
        "nul",
    ],
)
def test_unsafe_paths_are_refused_before_anything_is_built(repo, path):
    result = repo.check(lines(create("src/good.py", "x\n"), create(path, "x\n")))
    assert (result.code, result.json["decision"], result.json["tree"]) == (3, "refused", None)
    assert any(code.startswith("path-") for code in names(result.json["violations"]))


def test_a_path_through_a_symlink_or_a_file_is_refused(repo):
    (repo.root / "link").symlink_to("/tmp")
    repo.commit(message="link")
    for path in ("link/x.py", "src/a.py/x.py"):
        result = repo.check(lines(create(path, "x\n")))
        assert result.code in (3, 4), path
        assert result.json["decision"] != "accepted"
        assert result.json["tree"] is None


def test_create_over_an_existing_file_is_refused(repo):
    result = repo.check(lines(create("src/a.py", "x\n")))
    assert (result.code, names(result.json["violations"])) == (3, {"create-exists"})
    same = repo.check(lines(create("src/a.py", "one\ntwo\nthree\n")))
    assert (same.code, names(same.json["violations"])) == (3, {"create-exists"})


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"type": "delete", "file_path": "nowhere.py"}, "file-missing"),
        (modify("nowhere.py", {"type": "append", "content": "x"}), "file-missing"),
        (modify("src/a.py", {"type": "replace", "old_text": "four", "new_text": "x"}), "text-missing"),
        (modify("src/a.py", {"type": "replace", "old_text": "t", "new_text": "x"}), "text-ambiguous"),
        (modify("src/a.py", {"type": "replace", "old_text": "", "new_text": "x"}), "text-empty"),
        (modify("src/a.py", {"type": "insert_after", "anchor": "four", "content": "x"}), "anchor-missing"),
        ({"type": "rename", "file_path": "src/a.py", "new_path": "src/b.py"}, "target-exists"),
        ({"type": "delete", "file_path": "src/b.py", "base_blob": "1" * 40}, "stale-base"),
    ],
)
def test_a_bad_operation_spoils_the_reply_and_the_good_ones_are_named(repo, operation, code):
    result = repo.check(lines(create("src/good.py", "x\n"), operation))
    assert (result.code, result.json["decision"], result.json["tree"]) == (4, "unusable", None)
    assert names(result.json["violations"]) == {code}
    assert result.json["operations"]["applied"] == 0
    assert [r["operation"] for r in result.json["operations"]["rejected"]] == [2]


def test_duplicates_are_an_error(repo):
    result = repo.check(lines(create("x.py", "1\n"), create("x.py", "2\n")))
    assert (result.code, names(result.json["violations"])) == (4, {"duplicate-operation"})


def test_a_modify_without_operations_is_skipped(repo):
    result = repo.check(
        lines(create("x.py", "1\n"), {"type": "modify", "file_path": "src/a.py", "operations": None})
    )
    assert result.code == 0
    assert result.json["operations"]["skipped"] == [2]


def test_the_count_in_meta_is_enforced(repo):
    result = repo.check(lines({"type": "meta", "total_operations": 3}, create("x.py", "1\n")))
    assert (result.code, names(result.json["violations"])) == (4, {"operation-count"})


def test_a_reply_that_is_cut_keeps_its_complete_operations(repo):
    whole = lines({"type": "meta", "total_operations": 2}, create("x.py", "1\n"), create("y.py", "2\n"))
    result = repo.check(whole[:-12])
    assert (result.code, result.json["truncated"]) == (0, True)
    assert [c["path"] for c in result.json["changes"]] == ["x.py"]


@pytest.mark.parametrize(
    "reply", ["", "just prose\n", '{"type":"rename"}\n', '{"type":"explode","file_path":"x"}\n']
)
def test_nothing_usable_is_said_so(repo, reply):
    result = repo.check(reply)
    assert (result.code, result.json["decision"]) == (4, "unusable")
    assert result.json["violations"]


def test_prose_that_holds_an_object_is_no_operation(repo):
    result = repo.check('{"type":"delete","file_path":"src/a.py"} is what I would never do.\n')
    assert (result.code, result.json["changes"]) == (4, [])


def test_crlf_files_keep_their_line_ends(repo):
    result = repo.check(
        lines(modify("crlf.txt", {"type": "replace", "old_text": "one\ntwo", "new_text": "1\n2"}))
    )
    assert result.code == 0, result.json
    blob = repo.git("hash-object", "--stdin", "--no-filters", stdin="1\r\n2\r\n").strip()
    assert content(repo, result.json, "crlf.txt")["new_oid"] == blob


def test_a_new_name_that_differs_only_in_case_is_refused(repo):
    for path in ("SRC/new.py", "src/A.py"):
        result = repo.check(lines(create(path, "x\n")))
        assert (result.code, names(result.json["violations"])) == (3, {"path-collision"})


def test_a_folder_may_be_renamed_in_its_case_as_a_whole(repo):
    moved = [{"type": "rename", "file_path": f"src/{n}.py", "new_path": f"Src/{n}.py"} for n in "ab"]
    result = repo.check(lines(*moved))
    assert result.code == 0, result.json
    result = repo.check(lines(*moved[:1]))
    assert (result.code, names(result.json["violations"])) == (3, {"path-collision"})


@pytest.mark.parametrize("path", ["./config.py", "config.py/", "Config.py", "CONFIG.PY"])
def test_protection_holds_in_every_spelling(repo, path):
    result = repo.check(
        lines({"type": "replace_file", "file_path": path, "content": "x\n"}), "--protected", "config.py"
    )
    assert result.json["decision"] != "accepted"


def test_protected_beats_scope_and_matches_exactly(repo):
    inside = repo.check(lines(create("src/x.py", "x\n")), "--scope", "src", "--protected", "src/x.py")
    assert names(inside.json["violations"]) == {"protected-path"}
    neighbour = repo.check(lines(create("src/x.py.bak", "x\n")), "--scope", "src", "--protected", "src/x.py")
    assert neighbour.code == 0


@pytest.mark.parametrize("scope", ["src", "src/", "src/**", ".\\src\\", " src "])
def test_a_folder_in_scope_means_all_below_it(repo, scope):
    assert repo.check(lines(create("src/deep/x.py", "x\n")), "--scope", scope).code == 0
    outside = repo.check(lines(create("srcx.py", "x\n")), "--scope", scope)
    assert names(outside.json["violations"]) == {"out-of-scope"}


@pytest.mark.parametrize(
    "path",
    ["harness.toml", "plan.toml", ".pre-commit-config.yaml", "telemetry/demo.ndjson", "hooks/pre-commit"],
)
def test_the_harnesss_own_files_are_closed(repo, path):
    repo.plan('id = "w"\ngoal = "g"\ndeliverables = ["x.py"]\nscope = ["**"]\n')
    reply = lines(create("x.py", "x\n"), create(path, "x\n"))
    result = repo.check(reply, "--phase", "w")
    assert result.code == 3
    assert ("harness-file", path) in {(v["code"], v["path"]) for v in result.json["violations"]}


def test_a_phase_brings_its_scope_and_deliverables(repo):
    repo.plan('id = "w"\ngoal = "g"\ndeliverables = {code = ["src/x.py"], tests = ["tests/test_x.py"]}\n')
    partial = repo.check(lines(create("src/x.py", "x\n")), "--phase", "w")
    assert {(v["code"], v["path"]) for v in partial.json["violations"]} == {
        ("deliverable-missing", "tests/test_x.py")
    }
    assert partial.code != 0
    outside = repo.check(lines(create("src/y.py", "x\n")), "--phase", "w")
    assert "out-of-scope" in names(outside.json["violations"])
    whole = repo.check(lines(create("src/x.py", "x\n"), create("tests/test_x.py", "x\n")), "--phase", "w")
    assert whole.code == 0


def test_nothing_is_left_behind(repo):
    before = sorted(p for p in (repo.root / ".git").rglob("*"))
    repo.check(lines(create("x.py", "1\n")))
    assert sorted(p for p in (repo.root / ".git").rglob("*")) == before


def test_many_operations_and_reasons_are_told_in_few_lines(repo):
    """20,000 hunks that fit nowhere were 40,000 lines, and operations that would apply one line of 60 kB."""
    good = [create(f"new/{number}.txt", "n\n") for number in range(60)]
    bad = [modify(f"missing/{number}.txt", {"type": "append", "content": "x"}) for number in range(60)]
    text = repo.harness("check", "-", stdin=lines(*good[:20], *bad, *good[20:]).encode()).stdout
    assert "operations 1-20, 81-120 would apply" in text
    assert "and 10 more reasons; --json has all of them" in text
    assert text.count("[file-missing]") == 50
    skipped = [modify("src/a.py") for _ in range(30)]
    text = repo.harness("check", "-", stdin=lines(*skipped, create("x.txt", "x\n")).encode()).stdout
    assert "skipped, as they change nothing: operations 1-30" in text
