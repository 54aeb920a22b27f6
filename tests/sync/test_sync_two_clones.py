"""What one clone made, another has after both synced: branches, ledgers, approvals, fixes and notes."""

import pytest
from sync_project import refs, work


def synced(project, *arguments, code=0):
    done = project.harness("sync", "--json", *arguments)
    assert done.code == code, done.stdout + done.stderr
    return {change["ref"]: change for change in done.json["refs"]}


def test_everything_arrives(here, there):
    made = work(here)
    pushed = synced(here)
    assert {change["action"] for change in pushed.values()} == {"pushed"}
    fetched = synced(there)
    assert {change["action"] for change in fetched.values()} == {"fetched"}
    assert refs(here) == refs(there)
    assert sorted(refs(here)) == [
        "refs/harness/runs/demo/work",
        "refs/heads/harness/demo",
        "refs/notes/harness/ci",
        "refs/notes/harness/pytest",
    ]
    shown = there.harness("notes", "show", made["commit"], "--json").json
    assert shown["pytest"][0]["summary"]["passed"] == 1
    assert there.harness("show", "work", "--json").json["attempts"][0]["outcome"] == "complete"
    assert there.harness("notes", "show", made["commit"]).stdout.count("passed") >= 1
    again = synced(there)
    assert {change["action"] for change in again.values()} == {"unchanged"}
    assert "the same already" in there.harness("sync").stdout


def test_a_clone_that_has_not_synced_is_told_that_the_run_has_begun(here, there):
    """Its phases would all be done, and paid for, again."""
    told = "warning: origin has harness/demo: `harness sync origin` brings it"
    here.git("push", "-q", "origin", "main:harness/demo")
    there.git("fetch", "-q")
    assert told in there.harness("status").stderr
    assert told in there.phase("work").stderr
    work(there, 1)
    assert there.harness("drop", "demo").code == 0
    assert told not in there.harness("status").stderr


@pytest.mark.slow
def test_both_made_the_attempt(here, there):
    work(here, 1)
    mine = refs(here)
    synced(here)
    work(there, 2)
    theirs = refs(there)
    changes = synced(there, code=1)
    assert changes["refs/heads/harness/demo"]["action"] == "diverged"
    assert refs(there)["refs/heads/harness/demo"] == theirs["refs/heads/harness/demo"]
    ledger = changes["refs/harness/runs/demo/work"]
    assert (ledger["action"], ledger["carried"]) == ("merged", 1)
    assert {changes[f"refs/notes/harness/{name}"]["action"] for name in ("ci", "pytest")} == {"merged"}
    back = synced(here)
    assert back["refs/harness/runs/demo/work"]["action"] == "fetched"
    assert back["refs/heads/harness/demo"]["action"] == "unchanged"
    assert refs(here)["refs/heads/harness/demo"] == mine["refs/heads/harness/demo"]
    for project in (here, there):
        chain = project.git("rev-list", "--first-parent", "refs/harness/runs/demo/work").split()
        replies = [project.git("show", f"{entry}:reply.txt") for entry in chain[:-1]]
        assert ["value = 2" in replies[0], "value = 1" in replies[1]] == [True, True]
        assert len(replies) == 2
        # Both candidates are kept alive by the chain, and both have their report.
        for side in (mine, theirs):
            tested = project.git("rev-parse", f"{side['refs/heads/harness/demo']}^").strip()
            assert project.harness("notes", "show", tested, "--json").json["pytest"]
        assert "error" not in project.git("fsck", "--strict")
    assert mine["refs/harness/runs/demo/work"] in here.git("rev-list", "refs/harness/runs/demo/work")


@pytest.mark.slow
def test_a_dry_run_moves_nothing(here, there):
    work(here)
    before = refs(here)
    planned = synced(here, "--dry-run")
    assert planned["refs/heads/harness/demo"]["action"] == "pushed"
    assert refs(here) == before
    assert "harness" not in here.git("ls-remote", "origin")
    synced(here)
    planned = synced(there, "--dry-run")
    assert planned["refs/heads/harness/demo"]["action"] == "fetched"
    assert refs(there) == {}


@pytest.mark.slow
def test_nothing_else_is_touched(here, there):
    work(here)
    synced(here)
    there.write("draft.txt", "not committed\n")
    seen = (there.git("status", "--porcelain"), (there.root / ".git/config").read_bytes(), there.rev("HEAD"))
    synced(there)
    after = (there.git("status", "--porcelain"), (there.root / ".git/config").read_bytes(), there.rev("HEAD"))
    assert seen == after
    assert not list((there.root / ".git").glob("NOTES_MERGE*"))
    assert not (there.root / ".git/FETCH_HEAD").exists()


@pytest.mark.slow
def test_a_checked_out_branch_stays(here, there):
    work(here)
    synced(here)
    synced(there)
    there.git("switch", "-q", "harness/demo")
    here.git("switch", "-q", "harness/demo")
    here.commit({"more.txt": "more\n"}, "more")
    synced(here)
    changes = synced(there, code=1)
    assert changes["refs/heads/harness/demo"]["action"] == "checked-out"
    assert there.git("status", "--porcelain") == ""


@pytest.mark.slow
def test_approvals_and_fixes_of_both_are_kept(here, there):
    for project, why in ((here, "first"), (there, "second")):
        project.git("config", "user.name", why)
        project.git("config", "user.email", f"{why}@example.com")
        refused = project.harness("fix", "--json", "--", "git", "push", "--force")
        assert refused.code == 3
    synced(here)
    assert synced(there)["refs/harness/fixes"]["carried"] == 1
    synced(here)
    assert refs(here) == refs(there)
    authors = here.git("log", "--first-parent", "--format=%an", "refs/harness/fixes").split()
    assert authors == ["second", "first", "harness"]


def test_a_note_that_was_removed_and_pushed_elsewhere_stays(here, there):
    commit = work(here)["commit"]
    synced(here)
    synced(there)
    there.git("notes", "--ref=harness/pytest", "remove", commit)
    there.git("push", "-q", "origin", "refs/notes/harness/pytest")
    assert synced(here)["refs/notes/harness/pytest"]["action"] == "merged"
    assert here.harness("verify").code == 0
    assert synced(there)["refs/notes/harness/pytest"]["action"] == "fetched"
    assert there.harness("verify").code == 0
