"""What sync says when there is no remote, none that answers, or one that refuses; and races that are lost."""

import json

import pytest
from project import Project
from sync_project import refs, work


def ledger(project, text="1", phase="work"):
    """A ledger of one entry, made with git alone."""
    empty = project.git("hash-object", "-t", "tree", "-w", "--stdin", stdin="").strip()
    genesis = project.git("commit-tree", "-m", "Begin", empty).strip()
    blob = project.git("hash-object", "-w", "--stdin", stdin=text).strip()
    tree = project.git("mktree", stdin=f"100644 blob {blob}\tkey\n").strip()
    entry = project.git("commit-tree", "-p", genesis, "-m", text, tree).strip()
    project.git("update-ref", f"refs/harness/runs/demo/{phase}", entry)
    return entry


def test_no_remote(project):
    done = project.harness("sync", "--json")
    assert (done.code, done.json["code"]) == (2, "no-remote")
    done = project.harness("sync", "upstream", "--json")
    assert (done.code, done.json["code"]) == (2, "unknown-remote")
    for name in ("one", "two"):
        project.git("remote", "add", name, f"../{name}")
    assert project.harness("sync", "--json").json["code"] == "no-remote"


def test_unreachable(project):
    project.git("remote", "add", "origin", "https://name:secret@127.0.0.1:1/x.git")
    ledger(project)
    before = refs(project)
    done = project.harness("sync")
    assert done.code == 5
    assert "[remote-unreachable]" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert refs(project) == before


def test_refused_by_the_server(here, remote):
    hook = remote / "hooks/update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/notes/*) echo "no notes here" >&2; exit 1;; esac\n')
    hook.chmod(0o755)
    ledger(here)
    here.git("notes", "--ref=harness/ci", "add", "-m", '{"v":1}', "HEAD")
    done = here.harness("sync", "--json")
    assert done.code == 5, done.stderr
    found = {change["ref"]: change for change in done.json["refs"]}
    assert found["refs/notes/harness/ci"]["action"] == "refused"
    assert "hook declined" in found["refs/notes/harness/ci"]["why"]
    # What the server does take is there all the same.
    assert "refs/harness/runs/demo/work" in here.git("ls-remote", "origin")
    assert "remote-refused" in here.harness("sync").stderr


def test_a_race_is_lost_and_tried_again(here, there, remote):
    theirs = ledger(there, "theirs")
    there.git("push", "-q", "origin", f"{theirs}:refs/harness/elsewhere")
    ledger(here, "ours")
    # While our push is under way somebody else's ledger lands, once.
    hook = remote / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\nunset GIT_QUARANTINE_PATH\n"
        "if [ ! -e raced ]; then touch raced; "
        f"git update-ref refs/harness/runs/demo/work {theirs}; fi\n"
    )
    hook.chmod(0o755)
    done = here.harness("sync", "--json")
    assert done.code == 0, done.stdout + done.stderr
    (change,) = done.json["refs"]
    assert (change["action"], change["carried"]) == ("merged", 1)
    tip = here.rev("refs/harness/runs/demo/work")
    keys = [here.git("show", f"{oid}:key") for oid in here.git("rev-list", tip).split()[:-1]]
    assert keys == ["ours", "theirs"]
    assert tip in here.git("ls-remote", "origin", "refs/harness/runs/*")


def test_entries_carried_over_before_are_not_doubled(here, there, tmp_path, remote):
    ours = ledger(here, "ours")
    ledger(there, "theirs")
    other = tmp_path / "second.git"
    here.git("clone", "-q", "--bare", str(remote), str(other))
    for project in (here, there):
        project.git("remote", "add", "second", str(other))
    assert here.harness("sync", "second").code == 0
    assert there.harness("sync", "origin").code == 0
    assert here.harness("sync", "origin").code == 0  # ours is carried over theirs
    assert here.rev("refs/harness/runs/demo/work") != ours
    for project in (here, there, here, there):
        for name in ("second", "origin"):
            assert project.harness("sync", name).code == 0
    for project in (here, there):
        chain = project.git("rev-list", "--first-parent", "refs/harness/runs/demo/work").split()[:-1]
        keys = sorted(project.git("show", f"{oid}:key") for oid in chain)
        assert keys == ["ours", "theirs"]
    assert refs(here) == refs(there)


def test_a_run_at_work_is_left_alone(here, there):
    theirs = ledger(there, "theirs")
    assert there.harness("sync").code == 0
    ours = ledger(here, "ours")
    lock = here.root / ".git/harness/runs/demo.lock"
    lock.parent.mkdir(parents=True)
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = here.harness("sync", "--json")
    assert done.code == 1
    assert done.json["refs"][0]["action"] == "busy"
    assert here.rev("refs/harness/runs/demo/work") == ours
    assert here.harness("sync").code == 0
    assert theirs in here.git("rev-list", "refs/harness/runs/demo/work")


@pytest.mark.parametrize("what", ["blob", "tree"])
def test_what_is_no_chain_is_named_and_left(here, there, what):
    thing = here.rev("HEAD:harness.toml" if what == "blob" else "HEAD^{tree}")
    here.git("push", "-q", "origin", f"{thing}:refs/harness/runs/demo/work")
    ours = ledger(there, "ours")
    done = there.harness("sync", "--json")
    assert done.code == 1, done.stdout + done.stderr
    assert done.json["refs"][0]["action"] == "unreadable"
    assert there.rev("refs/harness/runs/demo/work") == ours


def test_a_mirror_remote_is_not_mirrored(here, remote):
    here.git("config", "remote.origin.mirror", "true")
    here.git("branch", "private-work")
    ledger(here)
    assert here.harness("sync").code == 0
    assert "private-work" not in here.git("ls-remote", "origin")


def test_the_document_names_everything(here):
    ledger(here)
    document = json.loads(here.harness("sync", "--json").stdout)
    assert set(document) == {"schema", "remote", "dry_run", "complete", "refs"}
    assert document["schema"] == "harness.sync/1"


def test_no_tags_are_pushed_along(here):
    here.git("config", "push.followTags", "true")
    here.git("tag", "-a", "-m", "mine", "v1", "HEAD")
    here.git("update-ref", "refs/heads/harness/demo", "HEAD")
    assert here.harness("sync").code == 0
    shown = here.git("ls-remote", "origin")
    assert "refs/heads/harness/demo" in shown
    assert "refs/tags/" not in shown


def test_a_remote_named_below_another_is_kept_apart(here, remote):
    for name in ("a", "a/b"):
        here.git("remote", "add", name, str(remote))
    ledger(here)
    before = refs(here)
    assert here.harness("sync", "a/b").code == 0
    assert here.harness("sync", "a").code == 0
    assert refs(here) == before
    assert "refs/b/" not in here.git("for-each-ref")


def test_a_partial_clone_has_all_of_the_record(here, remote, tmp_path):
    work(here)
    assert here.harness("sync").code == 0
    here.git("--git-dir", str(remote), "config", "uploadpack.allowFilter", "true")
    here.git("clone", "-q", "--filter=blob:none", f"file://{remote}", str(tmp_path / "partial"))
    partial = Project(tmp_path / "partial", here.environment)
    assert partial.harness("sync").code == 0
    assert partial.harness("status").code == 0
    verified = partial.harness("verify")
    assert verified.code == 0, verified.stdout + verified.stderr


def test_what_a_command_killed_meanwhile_had_sealed_is_not_passed_over(here, there, tmp_path):
    """Its entry was carried over to the remote's chain under another name, and its branch was left behind."""
    work(there, 1)
    assert there.harness("sync").code == 0
    work(here, 2)
    tip, entry = here.rev("harness/demo"), here.rev("refs/harness/runs/demo/work")
    for ref in ("refs/heads/harness/demo", "refs/harness/runs/demo/work"):
        here.git("update-ref", "-d", ref)
    # As a kill between the two transactions leaves it, while the remote is asked what it has.
    answer = here.write(
        "../answer.sh",
        f"""#!/bin/sh
(unset GIT_DIR; cd {here.root}; mkdir -p .git/harness/open-seals
[ -e ../once ] || {{ touch ../once; git update-ref refs/harness/runs/demo/work {entry}
echo {entry} > .git/harness/open-seals/demo%2Fwork; }})
exec git-upload-pack "$@"
""",
        0o755,
    )
    here.git("config", "remote.origin.uploadpack", str(answer))
    done = here.harness("sync", "--json")
    assert (tmp_path / "once").exists()
    found = {change["ref"]: change["action"] for change in done.json["refs"]}
    assert found["refs/heads/harness/demo"] == "diverged"
    assert here.rev("harness/demo") == tip
    assert not list((here.root / ".git/harness/open-seals").iterdir())
