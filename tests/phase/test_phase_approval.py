"""A phase blocked by weakened tests, and the person who lets exactly that difference pass."""

import json
import shutil
import sys

import pytest
from project import FILES, Project, create, environment_in, names

OLD_TEST = "def test_two():\n    assert 1 + 1 == 2\n\n\ndef test_three():\n    assert 1 + 2 == 3\n"
NEW_TEST = "def test_two():\n    assert 1 + 1 == 2\n"
PHASE = """
id = "tidy"
goal = "Tidy the sums"
deliverables = ["src/textkit/sums.py"]
scope = ["src/", "tests/"]
max_attempts = 2
"""
SUMS = create("src/textkit/sums.py", "def total(*numbers):\n    return sum(numbers)\n")
REMOVES = [SUMS, {"type": "replace_file", "file_path": "tests/test_sums.py", "content": NEW_TEST}]


@pytest.fixture(scope="module")
def once_blocked(tmp_path_factory):
    """A project whose phase `tidy` was blocked, as its candidate lacks a test; the answer is `.answer`."""
    folder = tmp_path_factory.mktemp("blocked")
    project = Project(folder / "project", environment_in(folder))
    project.root.mkdir()
    project.git("init", "-q", "-b", "main")
    project.commit({**FILES, "tests/test_sums.py": OLD_TEST}, "begin")
    project.plan(PHASE)
    project.reply("tidy", 1, *REMOVES)
    project.reply("tidy", 2, SUMS)
    project.commit(message="plan")
    project.answer = project.phase("tidy")
    return project


@pytest.fixture
def blocked(once_blocked, tmp_path):
    """A copy of that project."""
    root = shutil.copytree(once_blocked.root, tmp_path / "project", symlinks=True)
    project = Project(root, once_blocked.environment)
    project.answer = once_blocked.answer
    return project


def approve(project, *arguments, **environment):
    return project.harness(
        "approve", *arguments, "--reason", "test_three is covered elsewhere", **environment
    )


def test_only_weakened_tests_block_and_no_further_attempt_is_made(blocked):
    document = blocked.answer.json
    assert (blocked.answer.code, document["outcome"]) == (5, "blocked")
    assert [a["number"] for a in document["attempts"]] == [1]
    assert names(document["attempts"][0]["violations"]) == {"test-removed"}
    candidate = document["attempts"][0]["commit"]
    blocked.git("reflog", "expire", "--expire=now", "--all")
    blocked.git("gc", "-q", "--prune=now")
    assert blocked.git("show", f"{candidate}:tests/test_sums.py") == NEW_TEST
    assert blocked.rev("harness/demo^{tree}:src/textkit/sums.py") == ""


def test_without_an_approval_the_agent_is_not_asked_again(blocked):
    result = blocked.phase("tidy")
    assert (result.code, result.json["outcome"], result.json["attempts"]) == (5, "blocked", [])
    assert "harness approve tidy" in result.json["reason"]


def test_the_way_to_let_it_pass_can_be_followed(blocked):
    """The hints lacked --reason, and the --plan the phase is of; nor did the counts say what was wrong."""
    (row,) = blocked.harness("status", "--json").json["phases"]
    assert "harness approve tidy --reason TEXT" in row["reason"]
    assert "  with Python 3." in blocked.harness("show", "tidy").stdout
    blocked.write("other.toml", (blocked.root / "plan.toml").read_text().replace('"demo"', '"other"'))
    told = blocked.harness("run-phase", "tidy", "--plan", "other.toml").stdout
    assert " 0 failed, 1 gone)" in told
    assert "harness approve tidy --reason TEXT --plan other.toml, then run it again" in told


def test_the_approved_candidate_passes_without_the_agent(blocked):
    approved = approve(blocked, "tidy", "--json")
    assert approved.code == 0, approved.stderr
    assert (approved.json["schema"], approved.json["codes"]) == ("harness.approval/1", ["test-removed"])
    for reply in ("tidy-1.txt", "tidy-2.txt"):
        (blocked.root / "replies" / reply).unlink()
    result = blocked.phase("tidy")
    document = result.json
    assert (result.code, document["outcome"]) == (0, "complete"), result.stderr
    [attempt] = document["attempts"]
    assert (attempt["number"], attempt["format"]) == (2, "approved")
    assert attempt["approval"]["reason"] == "test_three is covered elsewhere"
    assert blocked.git("diff", "--name-only", attempt["base"], document["commit"]).split() == [
        "src/textkit/sums.py",
        "tests/test_sums.py",
    ]
    assert blocked.git("show", f"{document['commit']}:tests/test_sums.py") == NEW_TEST
    assert any("approved" in warning for warning in attempt["warnings"])
    evidence = blocked.git("show", "refs/harness/runs/demo/tidy:approval.json")
    assert json.loads(evidence)["digest"] == approved.json["digest"]


def test_an_approval_covers_no_other_difference(blocked):
    assert approve(blocked, "tidy").code == 0
    other = create("src/textkit/sums.py", "def total(*numbers):\n    return 0\n")
    blocked.write("other.txt", "".join(json.dumps(o) + "\n" for o in [other, REMOVES[1]]))
    result = blocked.phase("tidy", "--again", "--response", "other.txt")
    assert (result.code, result.json["outcome"]) == (5, "blocked")
    again = blocked.phase("tidy")
    assert (again.code, again.json["attempts"]) == (5, [])


def test_an_approval_holds_where_the_run_went_on_elsewhere(blocked):
    assert approve(blocked, "tidy").code == 0
    blocked.plan(PHASE, 'id = "more"\ngoal = "More"\ndeliverables = ["src/textkit/more.py"]')
    blocked.reply("more", 1, create("src/textkit/more.py", "MORE = 1\n"))
    assert blocked.phase("more").code == 0
    result = blocked.phase("tidy")
    assert (result.code, result.json["outcome"]) == (0, "complete"), result.stderr
    tip = blocked.git("ls-tree", "-r", "--name-only", "harness/demo")
    assert {"src/textkit/more.py", "src/textkit/sums.py"} <= set(tip.split())


def changed_by_another_phase(project, content):
    """`tests/test_sums.py` as it is after another phase of the run."""
    file = "tests/test_sums.py"
    other = f'id = "more"\ngoal = "More"\ndeliverables = ["src/textkit/more.py", "{file}"]'
    project.plan(PHASE, other)
    change = {"type": "replace_file", "file_path": file, "content": content}
    project.reply("more", 1, create("src/textkit/more.py", "MORE = 1\n"), change)
    assert project.phase("more").code == 0


def test_what_was_approved_is_judged_anew_where_the_run_changed_the_same_file(blocked):
    """It waited for an approval for ever, whoever gave one."""
    old = "# Sums.\n" + OLD_TEST
    blocked.plan(PHASE)
    assert approve(blocked, "tidy").code == 0
    changed_by_another_phase(blocked, old)
    (blocked.root / "replies/tidy-2.txt").unlink()
    again = blocked.phase("tidy")
    assert (again.code, [a["number"] for a in again.json["attempts"]]) == (5, [2])
    assert names(again.json["attempts"][0]["violations"]) == {"test-removed"}
    assert blocked.phase("tidy").json["attempts"] == []
    assert approve(blocked, "tidy").code == 0
    assert blocked.phase("tidy").code == 0
    assert blocked.git("show", "harness/demo:tests/test_sums.py") == "# Sums.\n" + NEW_TEST
    assert blocked.harness("verify", "demo").code == 0


def test_what_was_approved_and_conflicts_since_says_so(blocked):
    assert approve(blocked, "tidy").code == 0
    changed_by_another_phase(blocked, OLD_TEST.replace("1 + 2 == 3", "2 + 1 == 3"))
    result = blocked.phase("tidy")
    assert (result.code, result.json["attempts"]) == (5, [])
    assert "conflicts with what has landed since" in result.json["reason"]
    assert "--again" in result.json["reason"] and "approve" not in result.json["reason"].split("; ")[1]


def test_what_is_approved_of_a_phase_done_again_lands(blocked):
    """It was complete already, said the command that `approve` names."""
    blocked.reply("other", 1, SUMS)
    assert blocked.phase("tidy", "--again", "--response", "replies/other-1.txt").code == 0
    blocked.reply(
        "other", 2, {**SUMS, "type": "replace_file", "content": "def total():\n    pass\n"}, REMOVES[1]
    )
    assert blocked.phase("tidy", "--again", "--response", "replies/other-2.txt").code == 5
    assert blocked.phase("tidy").json["reason"].startswith("already complete")
    assert approve(blocked, "tidy").code == 0
    result = blocked.phase("tidy")
    assert (result.code, [a["format"] for a in result.json["attempts"]]) == (0, ["approved"])
    assert blocked.git("show", "harness/demo:tests/test_sums.py") == NEW_TEST
    assert blocked.phase("tidy").json["reason"].startswith("already complete")


@pytest.mark.slow
def test_an_approval_waives_nothing_but_weakened_tests(blocked):
    """The base moves so that the approved candidate fails a test: it isn't complete for all its approval."""
    assert approve(blocked, "tidy").code == 0
    blocked.plan(PHASE, 'id = "strict"\ngoal = "Strict"\ndeliverables = ["tests/test_no_sums.py"]')
    test = "import importlib.util\n\n\ndef test_no_sums():\n    assert not importlib.util.find_spec('textkit.sums')\n"
    blocked.reply("strict", 1, create("tests/test_no_sums.py", test))
    assert blocked.phase("strict").code == 0
    (blocked.root / "replies/tidy-2.txt").unlink()
    result = blocked.phase("tidy")
    assert (result.code, result.json["outcome"]) == (1, "failed")
    assert names(result.json["attempts"][0]["violations"]) == {"test-failed"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["nothing"], "nothing-to-approve", id="neither phase nor path"),
        pytest.param(["src"], "nothing-to-approve", id="nothing staged"),
        pytest.param(["../x"], "nothing-to-approve", id="outside"),
        pytest.param(["tidy", "--run", "other"], "unknown-phase", id="another run"),
    ],
)
def test_what_cannot_be_approved(blocked, arguments, code):
    refs = blocked.git("for-each-ref")
    result = approve(blocked, *arguments, "--json")
    assert (result.code, result.json["code"]) == (2, code)
    assert blocked.git("for-each-ref") == refs


@pytest.mark.slow
def test_a_complete_phase_has_nothing_to_approve(blocked):
    assert approve(blocked, "tidy").code == 0
    assert blocked.phase("tidy").code == 0
    result = approve(blocked, "tidy", "--json")
    assert (result.code, result.json["code"]) == (2, "nothing-to-approve")


@pytest.mark.slow
def test_a_reason_is_needed(blocked):
    result = blocked.harness("approve", "tidy", "--reason", "  ", "--json")
    assert (result.code, result.json["code"]) == (2, "no-reason")
    assert blocked.harness("approve", "tidy").code == 2


def test_no_agent_approves_itself(project):
    """An agent that approves what blocks its phase, with and without the marks of its environment."""
    script = (
        "import os, subprocess, sys\n"
        "plain = {k: v for k, v in os.environ.items() if not k.startswith(('HARNESS_', 'GIT_'))}\n"
        "for environment in (dict(os.environ), plain):\n"
        "    done = subprocess.run([sys.executable, '-m', 'harness', 'approve', 'tidy', '--reason', 'mine'],\n"
        "        cwd=sys.argv[1], env=environment, capture_output=True, text=True)\n"
        "    print(done.returncode, done.stderr, file=sys.stderr)\n"
    )
    project.write("agent.py", script)
    config = (project.root / "harness.toml").read_text()
    command = json.dumps([sys.executable, "agent.py", str(project.root)])
    project.write("harness.toml", f"{config}\n[agents.sly]\nkind = 'command'\ncommand = {command}\n")
    project.write("tests/test_sums.py", OLD_TEST)
    project.plan(PHASE)
    project.reply("tidy", 1, *REMOVES)
    project.commit(message="plan")
    assert project.phase("tidy").code == 5
    project.phase("tidy", "--again", "--agent", "sly")
    log = project.harness("show", "demo/tidy", "--file", "agent.log").stdout
    assert log.count("inside-phase") == 2, log
    assert project.git("for-each-ref", "refs/harness/approvals") == ""


@pytest.mark.slow
def test_the_blocked_candidate_can_be_looked_at(blocked):
    shown = blocked.harness("diff", "demo/tidy").stdout
    assert "-def test_three():" in shown
    told = blocked.harness("run-phase", "tidy").stdout
    assert "harness approve tidy" in told


def test_staged_paths_are_approved_one_change_at_a_time(project):
    project.write("pyproject.toml", "[project]\nname = 'other'\nversion = '0'\n")
    (project.root / "link").symlink_to("pyproject.toml")
    project.git("add", "-A")
    assert project.harness("guard").code == 3
    # From a folder below: one path as the guard names it, from the root, one as it is seen from there.
    approved = approve(project, "pyproject.toml", "../link", "--json", cwd=project.root / "src")
    assert approved.code == 0, approved.stderr
    assert set(approved.json["codes"]) == {"protected-path", "symlink"}
    passed = project.harness("guard")
    assert (passed.code, "approved by" in passed.stderr) == (0, True)
    project.git("commit", "-q", "-m", "approved")
    assert project.harness("guard", "--range", "HEAD~1..HEAD").code == 0
    project.write("pyproject.toml", "[project]\nname = 'third'\nversion = '0'\n")
    project.git("add", "-A")
    refused = project.harness("guard", "--json")
    assert (refused.code, names(refused.json["violations"])) == (3, {"protected-path"})


@pytest.mark.parametrize("plan", [None, "x = ["])
def test_a_staged_removal_is_approved_without_a_plan_that_can_be_read(project, plan):
    """The path was taken for a phase, as nothing stands there any more."""
    if plan:
        project.write("plan.toml", plan)
    project.git("rm", "-q", "pyproject.toml")
    assert project.harness("guard").code == 3
    approved = approve(project, "pyproject.toml", "--json")
    assert approved.code == 0, approved.stderr
    assert approved.json["paths"] == ["pyproject.toml"]
    assert project.harness("guard").code == 0


def test_what_could_not_be_decoded_voids_no_approval(blocked):
    """A reason, or a name of git's configuration, in another encoding than UTF-8."""
    with (blocked.root / ".git/config").open("ab") as config:
        config.write(b"[user]\n\tname = J\xfcrgen\n\temail = j@example.com\n")
    approved = blocked.harness("approve", "tidy", "--reason", "gr\udcfcndlich", "--json")
    assert approved.code == 0, approved.stderr
    assert blocked.phase("tidy").json["outcome"] == "complete"


def test_rows_of_telemetry_are_nobodys_to_approve(project):
    project.commit({"telemetry/old.ndjson": ""})
    (project.root / "telemetry/old.ndjson").write_text("no row\n")
    project.git("add", "-A")
    assert project.harness("guard").code == 3
    result = approve(project, "telemetry/old.ndjson", "--json")
    assert (result.code, result.json["code"]) == (2, "nothing-to-approve")


def forge(project, ref, document, file="approval.json"):
    """Put another document, or bytes, where an approval stands."""
    data = document if isinstance(document, str) else json.dumps(document)
    blob = project.git("hash-object", "-w", "--stdin", stdin=data).strip()
    tree = project.git("mktree", stdin=f"100644 blob {blob}\t{file}\n").strip()
    project.git("update-ref", ref, project.git("commit-tree", tree, "-m", "forged").strip())


def odd_approvals(good):
    """What anybody who can push may have written in the place of the approval `good`."""
    yield from (json.dumps(document) for document in (None, 5, [], [good], "protected-path"))
    yield from ("", "{", "[" * 100_000, "9" * 100_000, "{}")
    for codes in (5, None, True, "protected-path", [["protected-path"]], {"protected-path": 1}, [None]):
        yield json.dumps({**good, "codes": codes})
    yield from (json.dumps({**good, name: value}) for name in ("by", "reason") for value in (5, None, []))
    yield json.dumps({**good, "schema": "harness.approval/2"})


def test_what_is_no_approval_of_a_path_approves_nothing(project):
    project.write("pyproject.toml", "[project]\nname = 'other'\nversion = '0'\n")
    project.git("add", "-A")
    assert approve(project, "pyproject.toml").code == 0
    (ref,) = project.git("for-each-ref", "--format=%(refname)", "refs/harness/approvals/paths/").split()
    good = json.loads(project.git("cat-file", "blob", f"{ref}:approval.json"))
    forge(project, ref, good)
    assert project.harness("guard").code == 0
    for odd in odd_approvals(good):
        forge(project, ref, odd)
        result = project.harness("guard", "--json")
        assert result.code == 3, (odd[:200], result.stderr)
        assert names(result.json["violations"]) == {"protected-path"}
        assert f"{ref} approves nothing" in result.stderr, odd[:200]
        assert "[record-unreadable]" in result.stderr
    forge(project, ref, good, file="other.json")
    assert "has no file approval.json" in project.harness("guard").stderr
    project.git("update-ref", "-d", ref)
    assert "record-unreadable" not in project.harness("guard").stderr


def test_what_is_no_approval_of_a_phase_approves_nothing(blocked):
    assert approve(blocked, "tidy").code == 0
    ref = "refs/harness/approvals/runs/demo/tidy"
    good = json.loads(blocked.git("cat-file", "blob", f"{ref}:approval.json"))
    odd = [*({**good, "codes": codes} for codes in (5, None, "test-removed", [["test-removed"]])), [good], 5]
    for document in (*odd, {**good, "paths": 5}, "[" * 100_000):
        forge(blocked, ref, document)
        result = blocked.harness("status")
        assert result.code == 0, result.stderr
        assert f"of {ref} is left out" in result.stderr
    waiting = blocked.phase("tidy")
    assert (waiting.code, waiting.json["outcome"]) == (5, "blocked"), waiting.stderr
