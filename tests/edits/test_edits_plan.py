"""Operations to a planned tree: what each makes of a path, and what it is refused for."""

import pytest
from edits_memory_tree import (
    MemoryTree,
    append,
    blob_id,
    codes,
    contents,
    create,
    modify,
    planned,
    replace,
    replace_all,
    reply_of,
)

from harness.edits.limits import Limits
from harness.edits.model import PlannedTree, Unusable
from harness.edits.plan import plan
from harness.edits.reply import parse_reply
from harness.tree_entry import NewFile

START = {
    "src/a.py": b"one\ntwo\n",
    "src/b.py": b"b\n",
    "run.sh": b"#!/bin/sh\n",
    "link": b"src/a.py",
    "sub": b"",
}
MODES = {"run.sh": "100755", "link": "120000", "sub": "160000"}
# Where no plain file is, and how that is told.
NO_FILES = [("nope", "file-missing"), ("src", "is-folder"), ("link", "not-a-file"), ("sub", "not-a-file")]


@pytest.fixture
def tree():
    return MemoryTree(dict(START), dict(MODES))


def delete(path, **more):
    return {"type": "delete", "file_path": path, **more}


def replace_file(path, content="new\n", **more):
    return {"type": "replace_file", "file_path": path, "content": content, **more}


def rename(path, new_path, **more):
    return {"type": "rename", "file_path": path, "new_path": new_path, **more}


def mode(path, to="100755", **more):
    return {"type": "mode", "file_path": path, "mode": to, **more}


def test_every_type_at_once(tree):
    found = planned(
        create("docs/new.md", "hello\n"),
        replace_file("run.sh", "#!/bin/bash\n"),
        modify("src/a.py", append("three\n")),
        rename("src/b.py", "lib/b.py"),
        mode("docs/new.md"),
        delete("link"),
        modify("src/x.py"),
        tree=tree,
    )
    assert isinstance(found, PlannedTree)
    assert found.files == {
        "docs/new.md": NewFile(b"hello\n", "100755"),
        "run.sh": NewFile(b"#!/bin/bash\n", "100755"),
        "src/a.py": NewFile(b"one\ntwo\nthree\n", "100644"),
        "src/b.py": None,
        "lib/b.py": NewFile(b"b\n", "100644"),
        "link": None,
    }
    assert found.declared == {"docs/new.md", "run.sh", "src/a.py", "src/b.py", "lib/b.py", "link"}
    assert found.created == {"docs/new.md"}
    assert (found.applied, found.skipped) == (6, (7,))


class TestCreate:
    def test_over_a_file_of_the_start_is_planned_and_told(self, tree):
        found = planned(create("run.sh", "x\n"), tree=tree)
        assert found.files == {"run.sh": NewFile(b"x\n", "100644")}
        assert found.created == {"run.sh"}

    @pytest.mark.parametrize("path", ["src/a.py/x", "link/x", "sub/x", "src/a.py/deep/er"])
    def test_below_a_file_a_link_or_a_submodule(self, tree, path):
        assert codes(planned(create(path), tree=tree)) == ["parent-not-folder"]

    def test_where_a_folder_is(self, tree):
        assert codes(planned(create("src"), tree=tree)) == ["is-folder"]

    @pytest.mark.parametrize(("one", "other"), [("x", "x/y"), ("x/y", "x"), ("x/y/z", "x")])
    def test_one_as_the_folder_of_the_other(self, one, other):
        assert codes(planned(create(one), create(other)))[0] in {"parent-not-folder", "is-folder"}

    def test_where_a_folder_was_before_its_files_went(self, tree):
        found = planned(delete("src/a.py"), rename("src/b.py", "src"), tree=tree)
        assert contents(found) == {"src/a.py": None, "src/b.py": None, "src": b"b\n"}
        deep = MemoryTree({"a/b/c/x": b"", "a/b/d/y": b"", "a/z": b""})
        gone = [delete("a/b/c/x"), delete("a/b/d/y")]
        assert contents(planned(*gone, create("a/b"), tree=deep))["a/b"] == b"x\n"
        assert codes(planned(*gone, create("a"), tree=deep)) == ["is-folder"]
        assert codes(planned(gone[0], create("a/b"), tree=deep)) == ["is-folder"]
        assert codes(planned(*gone, create("a/b/new"), create("a/b"), tree=deep)) == ["is-folder"]
        assert codes(planned(*gone, modify("a/b", append("x")), tree=deep)) == ["file-missing"]

    def test_below_what_an_earlier_operation_removed(self, tree):
        found = planned(delete("src/a.py"), create("src/a.py/x"), tree=tree)
        assert contents(found) == {"src/a.py": None, "src/a.py/x": b"x\n"}


class TestModify:
    @pytest.mark.parametrize("changes", [[], [replace_all("", "x")]])
    def test_without_a_change_is_skipped_and_not_declared(self, tree, changes):
        found = planned(modify("src/a.py", *changes), create("x"), tree=tree)
        assert (found.skipped, found.applied, found.declared) == ((1,), 1, {"x"})
        assert "src/a.py" not in found.files

    def test_a_skipped_part_is_told_beside_the_rest(self, tree):
        found = planned(modify("src/a.py", replace_all("", "x"), append("three")), tree=tree)
        assert (found.skipped, found.applied) == ((1,), 1)
        assert contents(found) == {"src/a.py": b"one\ntwo\nthree"}

    @pytest.mark.parametrize(("path", "code"), NO_FILES)
    def test_needs_a_plain_file(self, tree, path, code):
        assert codes(planned(modify(path, append("x")), tree=tree)) == [code]

    def test_keeps_the_mode(self, tree):
        found = planned(modify("run.sh", append("x\n")), tree=tree)
        assert found.files["run.sh"] == NewFile(b"#!/bin/sh\nx\n", "100755")

    def test_twice_goes_on_from_the_first(self, tree):
        found = planned(modify("src/a.py", append("3\n")), modify("src/a.py", replace("3", "4")), tree=tree)
        assert contents(found) == {"src/a.py": b"one\ntwo\n4\n"}
        assert found.applied == 2

    def test_what_was_created_or_moved_in_the_same_reply(self, tree):
        found = planned(
            create("x", "1\n"),
            modify("x", append("2\n")),
            rename("src/a.py", "y"),
            modify("y", append("three\n")),
            tree=tree,
        )
        assert contents(found) == {"x": b"1\n2\n", "src/a.py": None, "y": b"one\ntwo\nthree\n"}

    def test_a_change_that_fails_leaves_nothing_of_the_reply(self, tree):
        found = planned(create("x"), modify("src/a.py", append("3\n"), replace("nope", "y")), tree=tree)
        assert codes(found) == ["text-missing"]
        assert found.good == (1,)
        problem = found.problems[0]
        assert (problem.operation, problem.line, problem.path) == (2, 2, "src/a.py")
        assert "change 2 (replace)" in problem.message
        assert tree.files == START


class TestReplaceFile:
    def test_needs_a_plain_file(self, tree):
        for path, code in NO_FILES:
            assert codes(planned(replace_file(path), tree=tree)) == [code]

    @pytest.mark.parametrize("strict", [True, False])
    def test_a_content_that_leaves_lines_of_the_file_out_is_refused(self, strict):
        content = "import os\n# ... existing code ...\n"
        tree = MemoryTree({"a.py": b"import re\r\nx = 1\r\n", "known.py": content.encode()})
        found = plan(parse_reply(reply_of(replace_file("a.py", content))), tree, strict=strict)
        assert codes(found) == ["elided-content"]
        assert "line 2 of the content" in found.problems[0].message
        assert "# ... existing code ..." in found.problems[0].message
        more = replace_file("known.py", content + "x = 1\n"), create("new.py", content)
        assert isinstance(plan(parse_reply(reply_of(*more)), tree, strict=strict), PlannedTree)

    def test_dots_beside_all_lines_of_the_file_stand_for_none(self):
        """As in a document that shows some output, or tests of what reads such remarks."""
        tree, more = MemoryTree({"a.md": b"# A\r\n\r\nx\r\n"}), "\nIt says:\n\n...\n"
        assert isinstance(planned(replace_file("a.md", "# A\n\nx\n" + more), tree=tree), PlannedTree)
        assert codes(planned(replace_file("a.md", "# A\n" + more), tree=tree)) == ["elided-content"]

    def test_line_ends_of_the_file_are_kept_unless_strict(self):
        tree, reply = MemoryTree({"f": b"a\r\nb\r\n"}), reply_of(replace_file("f", "x\ny\n"))
        found = plan(parse_reply(reply), tree)
        assert contents(found) == {"f": b"x\r\ny\r\n"}
        assert [(repair.name, repair.path) for repair in found.repairs] == [("line-endings", "f")]
        found = plan(parse_reply(reply), tree, strict=True)
        assert (contents(found), found.repairs) == ({"f": b"x\ny\n"}, ())

    @pytest.mark.parametrize("content", ["x\r\ny\r\n", "x\r\ny\n", "x\ry\n", "x"])
    def test_line_ends_that_are_told_are_taken(self, content):
        found = planned(replace_file("f", content), tree=MemoryTree({"f": b"a\r\nb\r\n"}))
        assert (contents(found), found.repairs) == ({"f": content.encode()}, ())

    def test_a_byte_order_mark_is_as_it_is_told(self):
        found = planned(replace_file("f", "x\n"), tree=MemoryTree({"f": b"\xef\xbb\xbfa\n"}))
        assert (contents(found), found.repairs) == ({"f": b"x\n"}, ())


class TestDelete:
    def test_a_missing_file_is_no_success(self, tree):
        assert codes(planned(delete("nope"), tree=tree)) == ["file-missing"]
        assert codes(planned(delete("src/a.py/nope"), tree=tree)) == ["file-missing"]

    def test_a_folder(self, tree):
        assert codes(planned(delete("src"), tree=tree)) == ["is-folder"]

    def test_links_and_submodules_are_for_the_rules_to_judge(self, tree):
        assert contents(planned(delete("link"), delete("sub"), tree=tree)) == {"link": None, "sub": None}


class TestRename:
    def test_keeps_mode_and_content(self, tree):
        found = planned(rename("run.sh", "bin/run"), rename("link", "link2"), tree=tree)
        assert found.files == {
            "run.sh": None,
            "bin/run": NewFile(b"#!/bin/sh\n", "100755"),
            "link": None,
            "link2": NewFile(b"src/a.py", "120000"),
        }
        assert found.declared == {"run.sh", "bin/run", "link", "link2"}
        assert found.created == frozenset()

    def test_into_a_folder_of_its_own_name(self, tree):
        found = planned(rename("run.sh", "run.sh/main"), tree=tree)
        assert contents(found) == {"run.sh": None, "run.sh/main": b"#!/bin/sh\n"}

    def test_that_only_changes_the_case(self, tree):
        assert contents(planned(rename("src/a.py", "src/A.py"), tree=tree)) == {
            "src/a.py": None,
            "src/A.py": b"one\ntwo\n",
        }

    @pytest.mark.parametrize(
        ("source", "target", "code", "path"),
        [
            ("nope", "x", "file-missing", "nope"),
            ("src", "x", "is-folder", "src"),
            ("sub", "x", "not-a-file", "sub"),
            ("src/a.py", "src/b.py", "target-exists", "src/b.py"),
            ("src/a.py", "link", "target-exists", "link"),
            ("src/a.py", "src", "is-folder", "src"),
            ("src/a.py", "run.sh/x", "parent-not-folder", "run.sh/x"),
            ("src/a.py", "link/x", "parent-not-folder", "link/x"),
            ("src/a.py", "src/a.py", "duplicate-operation", "src/a.py"),
        ],
    )
    def test_refused(self, tree, source, target, code, path):
        found = planned(rename(source, target), tree=tree)
        assert codes(found) == [code]
        assert found.problems[0].path == path


class TestMode:
    def test_sets_it_and_keeps_the_content(self, tree):
        found = planned(mode("src/a.py"), mode("run.sh", "100644"), tree=tree)
        assert found.files == {
            "src/a.py": NewFile(b"one\ntwo\n", "100755"),
            "run.sh": NewFile(b"#!/bin/sh\n", "100644"),
        }

    def test_needs_a_plain_file(self, tree):
        for path, code in NO_FILES:
            assert codes(planned(mode(path), tree=tree)) == [code]

    def test_the_mode_it_has_is_for_the_verdict_to_tell(self, tree):
        found = planned(mode("run.sh", "100755"), tree=tree)
        assert found.files == {"run.sh": NewFile(b"#!/bin/sh\n", "100755")}
        assert found.declared == {"run.sh"}


class TestBaseBlob:
    def test_the_blob_of_the_start_is_accepted_on_every_type(self, tree):
        blob = blob_id(START["src/a.py"])
        for operation in (
            create("src/a.py", base_blob=blob),
            replace_file("src/a.py", base_blob=blob),
            modify("src/a.py", append("x"), base_blob=blob),
            delete("src/a.py", base_blob=blob),
            rename("src/a.py", "x", base_blob=blob),
            mode("src/a.py", base_blob=blob),
        ):
            assert isinstance(planned(operation, tree=tree), PlannedTree), operation

    def test_another_one_is_stale_on_every_type_and_both_are_named(self, tree):
        old, now = blob_id(b"older\n"), blob_id(START["src/a.py"])
        for operation in (
            create("src/a.py", base_blob=old),
            replace_file("src/a.py", base_blob=old),
            modify("src/a.py", append("x"), base_blob=old),
            delete("src/a.py", base_blob=old),
            rename("src/a.py", "x", base_blob=old),
            mode("src/a.py", base_blob=old),
        ):
            found = planned(create("fine"), operation, tree=tree)
            assert codes(found) == ["stale-base"], operation
            problem = found.problems[0]
            assert (problem.path, problem.operation, found.good) == ("src/a.py", 2, (1,))
            assert old in problem.message
            assert now in problem.message

    def test_it_is_the_start_that_counts_also_after_other_operations(self, tree):
        blob = blob_id(START["src/a.py"])
        first = modify("src/a.py", append("x\n"), base_blob=blob)
        second = modify("src/a.py", append("y\n"), base_blob=blob)
        assert isinstance(planned(first, second, tree=tree), PlannedTree)
        moved = modify("y", append("y\n"), base_blob=blob)
        assert isinstance(planned(rename("src/a.py", "y"), moved, tree=tree), PlannedTree)

    def test_of_a_file_the_start_does_not_have(self, tree):
        blob = blob_id(b"x\n")
        assert codes(planned(create("x", base_blob=blob), tree=tree)) == ["bad-base-blob"]
        found = planned(create("x"), modify("x", append("y"), base_blob=blob), tree=tree)
        assert codes(found) == ["bad-base-blob"]
        assert codes(planned(delete("nope", base_blob=blob), tree=tree)) == ["file-missing"]

    @pytest.mark.parametrize("blob", ["", "abc", "HEAD", "0" * 39, "g" * 40, blob_id(b"").upper()])
    def test_that_is_no_blob_name(self, tree, blob):
        assert codes(planned(delete("src/a.py", base_blob=blob), tree=tree)) == ["bad-base-blob"]


class TestDuplicates:
    @pytest.mark.parametrize(
        "operations",
        [
            [create("x"), create("x")],
            [create("x"), replace_file("x")],
            [create("x"), delete("x")],
            [create("x"), rename("x", "y")],
            [rename("src/a.py", "x"), create("x")],
            [create("x"), rename("src/a.py", "x")],
            [rename("src/a.py", "x"), rename("x", "y")],
            [rename("src/a.py", "x"), create("src/a.py")],
            [rename("src/a.py", "x"), rename("src/b.py", "x")],
            [delete("src/a.py"), create("src/a.py")],
            [delete("src/a.py"), delete("src/a.py")],
            [replace_file("src/a.py"), replace_file("src/a.py")],
            [replace_file("src/a.py"), delete("src/a.py")],
            [modify("src/a.py", append("x")), delete("src/a.py")],
            [modify("src/a.py", append("x")), replace_file("src/a.py")],
            [mode("src/a.py"), mode("src/a.py", "100644")],
            [create("x.py"), create("X.py")],
            [create("é"), create("e\u0301")],
            [delete("src/a.py"), create("src/A.py")],
        ],
        ids=range(19),
    )
    def test_contradicting_operations_on_one_path(self, tree, operations):
        found = planned(*operations, tree=tree)
        assert codes(found) == ["duplicate-operation"]
        assert found.problems[0].operation == 2
        assert found.good == (1,)

    @pytest.mark.parametrize(
        "operations",
        [
            [create("x"), mode("x")],
            [create("x"), modify("x", append("y"))],
            [replace_file("src/a.py"), mode("src/a.py")],
            [replace_file("src/a.py"), modify("src/a.py", append("y"))],
            [modify("src/a.py", append("y")), rename("src/a.py", "x")],
            [rename("src/a.py", "x"), mode("x")],
            [mode("src/a.py"), rename("src/a.py", "x")],
            [create("x"), create("y/x")],
        ],
        ids=range(8),
    )
    def test_operations_that_complete_each_other(self, tree, operations):
        found = planned(*operations, tree=tree)
        assert isinstance(found, PlannedTree), found
        assert found.applied == 2


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("../x", "path-traversal"),
            ("/abs", "path-absolute"),
            ("C:\\x", "path-absolute"),
            (".git/hooks/pre-commit", "path-git-directory"),
            (".GIT/config", "path-git-directory"),
            ("a/../../b", "path-traversal"),
            ("a\0b", "path-control-character"),
            ("", "path-empty"),
        ],
    )
    def test_refused_on_either_side_of_every_type(self, tree, path, code):
        for operation in (
            create(path),
            replace_file(path),
            modify(path, append("x")),
            modify(path),
            delete(path),
            rename(path, "x"),
            rename("src/a.py", path),
            mode(path),
        ):
            found = planned(create("fine"), operation, tree=tree)
            assert codes(found) == [code], operation
            assert found.problems[0].path == path
            assert found.good == (1,)

    def test_all_problems_of_all_operations_are_told(self, tree):
        found = planned(
            create("../x"),
            create("fine"),
            rename("/a", "b/"),
            delete("nope"),
            modify("src/a.py", replace("nope", "x")),
            tree=tree,
        )
        assert codes(found) == [
            "path-traversal", "path-absolute", "path-not-canonical", "file-missing", "text-missing",
        ]  # fmt: skip
        assert [problem.operation for problem in found.problems] == [1, 3, 3, 4, 5]
        assert found.good == (2,)

    def test_what_follows_on_a_rejected_path_is_not_told_again(self, tree):
        found = planned(create("src"), modify("src", append("x")), mode("src"), tree=tree)
        assert codes(found) == ["is-folder"]
        assert found.good == ()


def test_every_problem_names_the_type_the_path_and_what_to_do(tree):
    found = planned(
        create("src"), replace_file("nope"), modify("src/a.py", replace("x", "y")), delete("gone"),
        rename("src/b.py", "run.sh"), mode("link"), tree=tree,
    )  # fmt: skip
    told = [(p.message.partition(": ")[0], p.path, p.path in p.message, bool(p.hint)) for p in found.problems]
    types = ["create", "replace_file", "modify", "delete", "rename", "mode"]
    paths = ["src", "nope", "src/a.py", "gone", "run.sh", "link"]
    assert told == [(kind, path, True, True) for kind, path in zip(types, paths, strict=True)]


def test_what_was_known_of_the_reply_stays_with_its_problems():
    edits = parse_reply(b"prose\n" + reply_of(delete("nope")) + b'{"type":"del', truncated=True)
    found = plan(edits, MemoryTree())
    assert isinstance(found, Unusable)
    assert found.truncated
    assert found.format == "ndjson"
    assert [repair.name for repair in found.repairs] == ["prose"]


class TestLimits:
    def test_changes_that_double_a_file_again_and_again(self):
        tree = MemoryTree({"a": b"x" * 1024})
        edits = parse_reply(reply_of(modify("a", *[replace_all("x", "xx")] * 60)))
        assert codes(plan(edits, tree, Limits(file_bytes=1_000_000))) == ["file-too-large"]
        assert codes(plan(edits, tree, Limits(text_work=1_000_000))) == ["too-much-work"]

    def test_a_file_past_the_limit_may_still_shrink(self):
        edits = parse_reply(reply_of(modify("a", replace("y", ""))))
        found = plan(edits, MemoryTree({"a": b"x" * 100 + b"y"}), Limits(file_bytes=10))
        assert contents(found) == {"a": b"x" * 100}

    def test_many_changes_of_a_large_file(self):
        edits = parse_reply(reply_of(*[modify("a", append("x"))] * 200))
        found = plan(edits, MemoryTree({"a": b"x" * 10_000}), Limits(text_work=1_000_000))
        assert isinstance(found, Unusable)
        assert set(codes(found)) == {"too-much-work"}

    def test_two_thousand_changes_of_one_file_pass(self):
        tree = MemoryTree({"a": b"line\n" * 1000})
        found = planned(*[modify("a", append(f"{i}\n")) for i in range(2000)], tree=tree)
        assert found.applied == 2000

    def test_hints_are_bounded(self):
        tree = MemoryTree({f"f{i}": b"some line that is nearly the same\n" * 1000 for i in range(100)})
        found = planned(
            *[modify(path, replace("some line that is nearly it", "x")) for path in tree.files], tree=tree
        )
        assert set(codes(found)) == {"text-missing"}
        explained = [problem for problem in found.problems if problem.nearest]
        assert 0 < len(explained) < 20
        assert all(problem.hint for problem in found.problems)
