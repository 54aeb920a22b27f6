"""Refs of the harness that somebody made name something else: an error that says which, never a fault."""

import json
import tracemalloc

import pytest
from project import create

from harness.git.ledger import read_entry
from harness.git.repository import discover

PHASES = [
    f'id = "{name}"\ngoal = "Add"\ndeliverables = ["src/textkit/{name}.py"]\ntests = "none"\nmax_attempts = 1'
    for name in ("one", "two")
]
LEDGER = "refs/harness/runs/demo/one"


@pytest.fixture
def done(project):
    """A run whose first phase is complete, and whose second has a reply."""
    project.plan(*PHASES)
    for name in ("one", "two"):
        project.reply(name, 1, create(f"src/textkit/{name}.py", "A = 1\n"))
    project.commit(message="plan")
    assert project.phase("one").code == 0
    return project


def blob(project, text="hello"):
    return project.git("hash-object", "-w", "--stdin", stdin=text).strip()


def entry(project, files, *lines):
    """A commit on top of an empty one, with these files."""
    rows = [f"100644 blob {blob(project, text)}\t{name}\n" for name, text in files.items()]
    tree = project.git("mktree", stdin="".join([*rows, *lines])).strip()
    empty = project.git("commit-tree", project.git("mktree", stdin="").strip(), "-m", "begin").strip()
    return project.git("commit-tree", tree, "-p", empty, "-m", "entry").strip()


def tag_of_a_blob(project):
    text = f"object {blob(project)}\ntype blob\ntag x\ntagger T <t@example.com> 0 +0000\n\nm\n"
    return project.git("mktag", stdin=text).strip()


def folder_for_a_file(project):
    tree = project.git("mktree", stdin=f"100644 blob {blob(project)}\tx\n").strip()
    return entry(project, {}, f"040000 tree {tree}\tattempt.json\n")


def other_ids(project):
    document = json.loads(project.git("cat-file", "blob", f"{LEDGER}:attempt.json"))
    return entry(project, {"attempt.json": json.dumps({**document, "tree": "nothing"})})


ODD = {
    "a blob": blob,
    "a tree": lambda project: project.rev("HEAD^{tree}"),
    "a tag of a blob": tag_of_a_blob,
    "malformed JSON": lambda project: entry(project, {"attempt.json": "{"}),
    "another document": lambda project: entry(project, {"attempt.json": "[]"}),
    "a folder for a file": folder_for_a_file,
    "what are no object ids": other_ids,
}


@pytest.mark.parametrize("kind", ODD)
def test_a_ledger_that_is_none(done, kind):
    done.git("update-ref", LEDGER, ODD[kind](done))
    for command in ("status", "log", "run-phase one", "drain"):
        result = done.harness(*command.split(), "--json")
        assert (result.code, result.json["code"]) == (5, "record-unreadable"), (command, result.stderr)
        assert LEDGER in result.json["message"]
        assert LEDGER in result.json["hint"]
    verified = done.harness("verify", "--json")
    assert verified.code == 1, verified.stderr
    assert "ledger-broken" in {found["code"] for found in verified.json["differences"]}
    assert done.rev("refs/harness/runs/demo/two") == ""


def test_a_ledger_whose_objects_are_gone(done):
    (done.root / ".git" / LEDGER).write_text("1" * 40 + "\n")
    for command in (["status"], ["log"], ["run-phase", "one"]):
        assert done.harness(*command, "--json").json["code"] == "record-unreadable", command
    assert done.harness("verify").code == 1


def test_a_fix_that_is_none(done):
    for ref in ("refs/harness/fixes", "refs/harness/runs/demo/two"):
        odd = entry(done, {"fix.json": "{}"})
        done.git("update-ref", ref, odd)
        result = done.harness("log", "--fixes", "--json")
        assert (result.code, result.json["code"]) == (5, "record-unreadable"), result.stderr
        assert ref in result.json["message"]
        assert done.harness("verify").code == 1
        done.git("update-ref", "-d", ref)


@pytest.mark.parametrize(
    "ref",
    [
        "refs/harness/diagnoses/demo/two",
        "refs/harness/unlanded/demo/two",
        "refs/harness/approvals/runs/demo/two",
        f"refs/harness/approvals/paths/{'a' * 40}",
    ],
)
def test_what_readers_leave_out_is_said(done, ref):
    for odd in (blob(done), entry(done, {"x": "y"})):
        done.git("update-ref", ref, odd)
        verified = done.harness("verify", "--json")
        assert verified.code == 1
        assert {(d["code"], d["path"]) for d in verified.json["differences"]} == {
            ("evidence-unreadable", ref)
        }
        assert done.harness("verify").stdout.count(ref) == 1
        for command in (["status"], ["log"], ["run-phase", "two", "--dry-run"]):
            result = done.harness(*command)
            assert result.code == 0, (command, result.stderr)
            assert f"of {ref} is left out" in result.stderr, command


def test_a_claim_that_is_none_is_nobody_s(done):
    done.git("update-ref", "refs/harness/claims/demo/two", done.rev("HEAD"))
    assert done.harness("verify").code == 1
    assert done.harness("status").code == 0
    assert done.phase("two").code == 0


def test_nothing_is_put_on_top_of_what_is_no_chain(done):
    done.git("update-ref", "refs/harness/fixes", blob(done))
    result = done.harness("fix", "--json", "--", "true")
    assert (result.code, result.json["code"]) == (5, "record-unreadable"), result.stderr


def forged(project, **changes):
    """The ledger's entry with another seal, marked as one that is still to be finished."""
    old = project.rev(LEDGER)
    seal = {**json.loads(project.git("cat-file", "blob", f"{old}:seal.json")), **changes}
    listed = project.git("ls-tree", old).splitlines()
    kept = [line for line in listed if not line.endswith("\tseal.json")]
    rows = [*kept, f"100644 blob {blob(project, json.dumps(seal))}\tseal.json"]
    tree = project.git("mktree", stdin="\n".join(rows) + "\n").strip()
    raw = project.git("cat-file", "commit", old).replace(project.rev(f"{old}^{{tree}}"), tree, 1)
    new = project.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=raw).strip()
    project.git("update-ref", LEDGER, new)
    project.write(".git/harness/open-seals/demo%2Fone", new + "\n")


def test_a_seal_moves_no_branch_but_its_run_s(done):
    tip, base = done.rev("harness/demo"), done.rev("main")
    branches = [
        {"ref": "refs/heads/main", "old": base, "new": tip},
        {"ref": "refs/heads/harness/other", "old": None, "new": tip},
        {"ref": "refs/heads/harness/demo", "old": tip, "new": done.rev("main^{tree}")},
    ]
    for branch in branches:
        forged(done, branch=branch)
        status = done.harness("status")
        assert status.code == 0, status.stderr
        assert "seal.json" in status.stderr
        assert (done.rev("main"), done.rev("harness/demo")) == (base, tip)
        assert done.rev("refs/heads/harness/other") == ""
    forged(done, branch=branches[0])
    assert "seal-differs" in {d["code"] for d in done.harness("verify", "--json").json["differences"]}


def test_a_seal_that_is_none_is_left_alone(done):
    before = done.git("for-each-ref", "refs/heads", "refs/notes")
    for changes in ({"branch": {"ref": 3}}, {"branch": "x"}, {"notes": [{"ref": "refs/heads/main"}]}):
        forged(done, **changes)
        assert "seal.json" in done.harness("status").stderr, changes
        assert done.git("for-each-ref", "refs/heads", "refs/notes") == before


def test_notes_that_are_none(done):
    (done.root / ".git/refs/notes/harness").mkdir(parents=True, exist_ok=True)
    (done.root / ".git/refs/notes/harness/ci").write_text(blob(done) + "\n")
    result = done.harness("notes", "doctor", "--json")
    assert (result.code, result.json["code"]) == (5, "record-unreadable"), result.stderr
    done.plan(PHASES[0], PHASES[1].replace('tests = "none"\n', ""))
    tested = done.phase("two")
    assert tested.code in (0, 5), tested.stderr
    assert "git-failed" not in tested.stderr


def test_a_branch_below_the_run_s_is_named_before_an_agent_is_asked(project):
    project.plan('id = "one"\ngoal = "Add"\ndeliverables = ["src/textkit/one.py"]\ntests = "none"')
    project.commit(message="plan")
    project.git("branch", "harness/demo/mine")
    done = project.phase("one")
    assert (done.code, done.json["code"]) == (2, "ref-in-the-way"), done.stderr
    assert "attempt" not in done.stderr


def test_a_ref_where_notes_go_stops_no_command_and_once_gone_they_follow(project):
    project.plan('id = "one"\ngoal = "Add"\ndeliverables = ["src/textkit/one.py"]')
    project.reply("one", 1, create("src/textkit/one.py", "A = 1\n"))
    project.commit(message="plan")
    project.git("update-ref", "refs/notes/harness/ci/x", "HEAD")
    done = project.phase("one")
    assert (done.code, done.json["code"]) == (5, "ref-in-the-way"), done.stderr
    assert project.harness("status").code == 0
    project.git("update-ref", "-d", "refs/notes/harness/ci/x")
    assert project.harness("status", "--json").json["phases"][0]["state"] == "complete"
    assert project.harness("verify").code == 0


def test_entries_do_not_hold_what_their_files_do(project):
    """`verify` has all entries of a run at hand: 2,000 of them, with 200 KB each, took 500 MB."""
    oid, objects = entry(project, {"reply.txt": "x" * 1_000_000}), discover(project.root).objects
    tracemalloc.start()
    try:
        entries = [read_entry(objects, oid) for _ in range(10)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 500_000
    assert list(entries[0].files) == ["reply.txt"] and len(entries[0].files["reply.txt"]) == 1_000_000
