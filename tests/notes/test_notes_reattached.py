"""After squash merge, rebase, cherry-pick and amend the doctor finds every report again."""

import json

import pytest
from project import FILES, create

PHASES = [
    f"""
id = "{name}"
goal = "Add {name}"
deliverables = ["src/textkit/{name}.py"]
max_attempts = 1
"""
    for name in ("one", "two")
]


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A run of two complete phases, made once; each test works in a copy."""
    from project import Project, environment_in

    root = tmp_path_factory.mktemp("worked")
    (root / "project").mkdir()
    project = Project(root / "project", environment_in(root))
    project.git("init", "-q", "-b", "main")
    project.git("config", "user.name", "Tess Ter")
    project.git("config", "user.email", "tess@example.com")
    project.plan(*PHASES)
    for name in ("one", "two"):
        project.reply(name, 1, create(f"src/textkit/{name}.py", f'name = "{name}"\n'))
    project.commit(FILES, "begin")
    for name in ("one", "two"):
        done = project.phase(name)
        assert done.code == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def landing(worked, tmp_path):
    """A copy of it, notes and ledger included."""
    import shutil

    from project import Project

    root = tmp_path / "copy"
    shutil.copytree(worked.root, root)
    return Project(root, {**worked.environment, "HARNESS_STATE_HOME": str(tmp_path / "state")})


def phase_commit(project, phase):
    return project.git("log", "-1", "--format=%H", f"--grep=^Phase-Id: {phase}$", "harness/demo").strip()


def move_on(project):
    return project.commit({"other.txt": "somebody else's\n"}, "elsewhere")


def reports(project, commit, ref="pytest"):
    """The phases whose reports a commit has."""
    lines = project.git("notes", f"--ref=harness/{ref}", "show", commit, check=False).splitlines()
    documents = [json.loads(line) for line in lines if line.strip()]
    return sorted((d["harness"] if ref == "pytest" else d)["phase"] for d in documents)


def doctor(project, *arguments):
    done = project.harness("notes", "doctor", "--json", *arguments)
    assert done.stdout, done.stderr
    return done.json


def expect(project, commit, phases, method, *, same=True):
    """The doctor names the reports of `commit` and, asked to, attaches them: to it alone, and once."""
    before = project.git("notes", "--ref=harness/pytest", "list").splitlines()
    seen = doctor(project)
    assert project.git("notes", "--ref=harness/pytest", "list").splitlines() == before
    found = {one["commit"]: one for one in seen["reattach"]}
    assert sorted(a["phase"] for a in found[commit]["attempts"]) == phases
    assert found[commit]["method"] == method
    assert all(a["same_tree"] for a in found[commit]["attempts"]) == same
    doctor(project, "--fix")
    assert reports(project, commit) == phases
    assert reports(project, commit, "ci") == phases
    after = doctor(project)
    assert after["reattach"] == [] and after["unsure"] == []
    assert set(before) <= set(project.git("notes", "--ref=harness/pytest", "list").splitlines())
    assert "error" not in project.git("fsck", "--strict")
    return found


def test_untouched(landing):
    seen = doctor(landing)
    assert seen["reattach"] == [] and seen["unsure"] == []


@pytest.mark.slow
def test_merged_as_it_is(landing):
    landing.git("merge", "-q", "--no-ff", "-m", "merge", "harness/demo")
    assert doctor(landing)["reattach"] == []


@pytest.mark.parametrize("moved", [False, True])
def test_squash_with_the_messages_it_quotes(landing, moved):
    if moved:
        move_on(landing)
    landing.git("merge", "-q", "--squash", "harness/demo")
    landing.git("commit", "-q", "--no-edit")
    expect(landing, landing.rev("HEAD"), ["one", "two"], "trailers", same=False)


@pytest.mark.slow
@pytest.mark.parametrize(("moved", "method"), [(False, "tree"), (True, "patch-id")])
def test_squash_with_a_message_of_its_own(landing, moved, method):
    if moved:
        move_on(landing)
    landing.git("merge", "-q", "--squash", "harness/demo")
    landing.git("commit", "-q", "-m", "All of it")
    expect(landing, landing.rev("HEAD"), ["one", "two"], method, same=False)


def test_rebase(landing):
    move_on(landing)
    landing.git("switch", "-q", "-c", "topic", "harness/demo")
    landing.git("rebase", "-q", "main")
    first = landing.git("log", "-1", "--format=%H", "--grep=^Phase-Id: one$").strip()
    second = landing.git("log", "-1", "--format=%H", "--grep=^Phase-Id: two$").strip()
    found = expect(landing, second, ["two"], "trailers", same=False)
    assert sorted(found) == sorted([first, second])
    assert reports(landing, first) == ["one"]


@pytest.mark.slow
def test_cherry_pick(landing):
    move_on(landing)
    landing.git("cherry-pick", phase_commit(landing, "one"))
    expect(landing, landing.rev("HEAD"), ["one"], "trailers", same=False)
    shown = landing.harness("notes", "show", "HEAD")
    assert "of another tree" in shown.stdout


@pytest.mark.slow
def test_cherry_pick_with_another_message(landing):
    move_on(landing)
    landing.git("cherry-pick", "-n", phase_commit(landing, "one"))
    landing.git("commit", "-q", "-m", "Picked")
    expect(landing, landing.rev("HEAD"), ["one"], "patch-id", same=False)


def test_amend(landing):
    landing.git("switch", "-q", "-c", "topic", phase_commit(landing, "two"))
    landing.git("commit", "-q", "--amend", "-m", "Reworded")
    expect(landing, landing.rev("HEAD"), ["two"], "tree")


@pytest.mark.slow
def test_the_run_and_its_notes_are_gone(landing):
    landing.git("merge", "-q", "--squash", "harness/demo")
    landing.git("commit", "-q", "-m", "All of it")
    for ref in ("refs/notes/harness/pytest", "refs/notes/harness/ci", "refs/heads/harness/demo"):
        landing.git("update-ref", "-d", ref)
    seen = doctor(landing, "--fix")
    assert [one["commit"] for one in seen["reattach"]] == [landing.rev("HEAD")]
    assert reports(landing, "HEAD") == ["one", "two"]


@pytest.mark.slow
def test_a_note_that_was_dropped_comes_back(landing):
    commit = phase_commit(landing, "one")
    landing.git("notes", "--ref=harness/pytest", "remove", commit)
    expect_method = doctor(landing, "--fix")["reattach"]
    assert [(one["commit"], one["method"]) for one in expect_method] == [(commit, "commit")]
    assert reports(landing, commit) == ["one"]


@pytest.mark.slow
def test_work_of_others_gets_no_report(landing):
    landing.commit({"src/textkit/three.py": 'name = "three"\n'}, "three")
    landing.git("commit", "-q", "--allow-empty", "-m", "Nothing\n\nRun-Id: other\nPhase-Id: one")
    assert doctor(landing)["reattach"] == []


@pytest.mark.slow
def test_unsure_between_two_phases_of_one_tree(landing):
    # Two ledgers tell of this tree: another run that ended in the very same one.
    entry = json.loads(landing.git("show", "refs/harness/runs/demo/two:attempt.json"))
    landing.git("update-ref", "refs/harness/runs/other/same", "refs/harness/runs/demo/two")
    assert entry["outcome"] == "complete"
    landing.git("switch", "-q", "-c", "topic", phase_commit(landing, "two"))
    landing.git("commit", "-q", "--amend", "-m", "Reworded")
    seen = doctor(landing, "--fix")
    assert [one["commit"] for one in seen["unsure"]] == [landing.rev("HEAD")]
    assert reports(landing, "HEAD") == []


@pytest.mark.slow
def test_settings_and_broken_lines(landing):
    landing.git("remote", "add", "origin", "https://example.invalid/x.git")
    landing.git("config", "--add", "remote.origin.fetch", "+refs/notes/*:refs/notes/*")
    landing.git("config", "notes.rewriteMode", "overwrite")
    landing.git("notes", "--ref=harness/ci", "append", "-m", "not json", phase_commit(landing, "one"))
    codes = [finding["code"] for finding in doctor(landing)["findings"]]
    assert {"notes-setting-missing", "notes-refspec-unsafe", "notes-rewrite-mode", "note-broken"} == set(
        codes
    )
    doctor(landing, "--fix")
    left = {finding["code"] for finding in doctor(landing)["findings"]}
    assert left == {"notes-refspec-unsafe", "notes-rewrite-mode", "note-broken"}
    assert landing.harness("notes", "doctor").code == 1


@pytest.mark.slow
def test_git_appraise_reads_our_results(landing):
    assert landing.harness("notes", "appraise", "--json").json["commits"] == 2
    landing.harness("notes", "appraise")
    for phase in ("one", "two"):
        note = landing.git("notes", "--ref=refs/notes/devtools/ci", "show", phase_commit(landing, phase))
        (line,) = note.splitlines()
        said = json.loads(line)
        assert said.pop("timestamp").isdigit()
        assert said == {"status": "success", "agent": "harness/pytest", "v": 0}
