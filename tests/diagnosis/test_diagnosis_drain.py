"""A phase that keeps failing in a drain: an agent is asked, its answer is data, and every use is bounded."""

from __future__ import annotations

import json

import pytest
from project import create

CONFIG = """\
tests = "none"

[agents.recorded]
kind = "recorded"
reply = "replies/{phase}-{attempt}.txt"

[agents.doctor]
kind = "recorded"
reply = "doctor/{phase}-{attempt}.json"
"""
LEDGER = "refs/harness/runs/demo"
DIAGNOSES = "refs/harness/diagnoses/demo"


def phase(name, *more):
    return "\n".join([f'id = "{name}"', f'goal = "Make {name}"', f'deliverables = ["src/{name}.py"]', *more])


@pytest.fixture
def run(empty_project):
    empty_project.commit({"harness.toml": CONFIG, "README.md": "x\n"}, "begin")

    def ready(*phases, diagnosis="after = 2", head=""):
        empty_project.write("harness.toml", f'{CONFIG}\n[diagnosis]\nagent = "doctor"\n{diagnosis}\n')
        empty_project.plan(*phases, head=head)
        return empty_project

    return ready


def fails(project, name, *numbers):
    """Attempts that are refused, each in its own way."""
    for number in numbers:
        project.reply(name, number, create(f"elsewhere-{number}.py", "x = 1\n"))


def succeeds(project, name, number):
    project.reply(name, number, create(f"src/{name}.py", f"{name.upper()} = 1\n"))


def says(project, name, number, answer=None, text=None, **values):
    body = {
        "schema": "harness.diagnosis/1",
        "rationale": "it seems so",
        "confidence": 0.7,
        **(answer or values),
    }
    project.write(f"doctor/{name}-{number}.json", text if text is not None else json.dumps(body))


def drain(project, *arguments):
    result = project.harness("drain", "--json", *arguments)
    return result, result.json


def row(document, name):
    return next(row for row in document["phases"] if row["phase"] == name)


def recorded(project, name):
    """The diagnoses of a phase, oldest first."""
    commits = project.git("log", "--first-parent", "--reverse", "--format=%H", f"{DIAGNOSES}/{name}").split()
    return [json.loads(project.git("cat-file", "blob", f"{commit}:diagnosis.json")) for commit in commits[1:]]


def asked(project):
    return project.git("for-each-ref", "--format=%(refname)", DIAGNOSES).split()


def test_a_hint_goes_into_the_next_brief_and_the_phase_gets_more_attempts(run):
    project = run(phase("a", "max_attempts = 2"))
    fails(project, "a", 1, 2)
    succeeds(project, "a", 3)
    says(project, "a", 1, action="retry", hint="write src/a.py, nothing else")
    result, document = drain(project)
    assert (result.code, row(document, "a")["attempts"]) == (0, 3), result.stderr
    brief = json.loads(project.git("cat-file", "blob", f"{LEDGER}/a:brief.json"))
    assert brief["hint"] == "write src/a.py, nothing else"
    assert "## What to do differently\n\nwrite src/a.py, nothing else\n" in brief["text"]
    [found] = recorded(project, "a")
    assert (found["action"], found["valid"], found["attempt"], found["number"]) == ("retry", True, 2, 1)
    question = json.loads(project.git("cat-file", "blob", f"{DIAGNOSES}/a:brief.json"))
    assert [attempt["number"] for attempt in question["attempts"]] == [1, 2]
    assert "out-of-scope" in question["text"]
    entries = project.harness("log", "--json").json["entries"]
    kinds = [(entry["kind"], entry["number"]) for entry in entries]
    assert sorted(kinds) == [("attempt", 1), ("attempt", 2), ("attempt", 3), ("diagnosis", 1)]
    assert "demo/a  diagnosis 1 by doctor: retry" in project.harness("log").stdout
    assert project.harness("verify", "--json").json["differences"] == []


def test_without_being_configured_nobody_is_asked(run):
    project = run(phase("a", "max_attempts = 2"))
    project.write("harness.toml", CONFIG)
    fails(project, "a", 1, 2)
    says(project, "a", 1, action="skip")
    drain(project)
    assert asked(project) == []


@pytest.mark.parametrize(("after", "attempts", "times"), [(3, 2, 0), (2, 2, 1), (1, 1, 1)])
def test_it_takes_repeated_failure(run, after, attempts, times):
    project = run(phase("a", f"max_attempts = {attempts}"), diagnosis=f"after = {after}")
    fails(project, "a", *range(1, attempts + 1))
    says(project, "a", 1, action="skip")
    drain(project)
    assert len(asked(project)) == times


def test_an_escalation_calls_no_diagnosis(run):
    """Case 80."""
    project = run(phase("a", "max_attempts = 2"), diagnosis="after = 1")
    project.reply("a", 1, create("elsewhere.py", "x = 1\n"))
    project.write("replies/a-1.txt.usage.json", '{"output": 9000, "stop_reason": "max_tokens"}')
    says(project, "a", 1, action="skip")
    _, document = drain(project)
    assert (row(document, "a")["attempts"], asked(project)) == (1, [])
    assert "no reply" not in row(document, "a")["reason"]
    succeeds(project, "a", 2)
    result, document = drain(project)
    assert (result.code, asked(project)) == (0, [])
    brief = json.loads(project.git("cat-file", "blob", f"{LEDGER}/a:brief.json"))
    assert brief["token_budget"] == int(max(12288, 9000) * 1.25)


def test_what_is_blocked_calls_none(run):
    project = run(phase("a", 'depends_on = ["b"]'), phase("b", "max_attempts = 1"))
    fails(project, "b", 1)
    drain(project)
    assert asked(project) == []


def test_skip_holds_until_somebody_takes_the_phase_up(run):
    project = run(phase("a", "max_attempts = 2"), phase("b", 'depends_on = ["a"]'), phase("c"))
    fails(project, "a", 1, 2)
    succeeds(project, "c", 1)
    says(project, "a", 1, action="skip", rationale="not worth it")
    _, document = drain(project)
    assert "skipped by a diagnosis: not worth it" in row(document, "a")["reason"]
    assert row(document, "c")["state"] == "complete"
    status = {row["phase"]: row for row in project.harness("status", "--json").json["phases"]}
    assert (status["a"]["state"], "not worth it" in status["a"]["reason"]) == ("skipped", True)
    suggested = project.harness("telemetry", "coverage", "--suggest", "--json").json["suggestions"]
    assert [found["phase"] for found in suggested] == ["b"]
    succeeds(project, "a", 3)
    succeeds(project, "b", 1)
    _, document = drain(project)
    assert (row(document, "a")["attempts"], row(document, "b")["state"]) == (0, "waiting")
    assert project.phase("a").code == 0
    assert drain(project)[0].code == 0


def test_stop_ends_the_drain_with_its_reason(run):
    project = run(phase("a", "max_attempts = 2"), phase("b"))
    fails(project, "a", 1, 2)
    succeeds(project, "a", 3)
    succeeds(project, "b", 1)
    says(project, "a", 1, action="stop", rationale="the plan is wrong")
    result, document = drain(project)
    assert (result.code, document["stop_reason"]) == (1, "blocked")
    assert "a diagnosis says stop: the plan is wrong" in document["reason"]
    assert row(document, "b")["state"] == "queued"
    assert drain(project)[0].code == 0


def test_replan_waits_for_a_person_and_then_holds(run):
    project = run(phase("a", "max_attempts = 2", 'scope = ["src/"]'))
    fails(project, "a", 1, 2)
    project.reply("a", 3, create("src/other.py", "A = 1\n"))
    says(project, "a", 1, action="replan", deliverables=["src/other.py"])
    plan = (project.root / "plan.toml").read_bytes()
    result, document = drain(project)
    assert (document["stop_reason"], row(document, "a")["attempts"]) == ("blocked", 2)
    assert "harness approve a" in row(document, "a")["reason"]
    result, document = drain(project)
    assert (result.code, row(document, "a")["attempts"]) == (5, 0)
    approved = project.harness("approve", "a", "--reason", "better", "--json")
    assert (approved.code, approved.json["codes"], approved.json["paths"]) == (
        0,
        ["replan"],
        ["src/other.py"],
    )
    result, document = drain(project)
    assert result.code == 0, result.stderr
    assert "src/other.py" in project.git("ls-tree", "-r", "--name-only", "harness/demo")
    assert (project.root / "plan.toml").read_bytes() == plan
    assert project.harness("verify", "--json").json["differences"] == []


def test_a_plan_that_was_changed_since_counts_as_it_is(run):
    project = run(phase("a", "max_attempts = 2", 'scope = ["src/"]'))
    fails(project, "a", 1, 2)
    says(project, "a", 1, action="replan", deliverables=["src/other.py"])
    drain(project)
    project.harness("approve", "a", "--reason", "better")
    project.plan(phase("a", 'scope = ["src/"]').replace("src/a.py", "src/third.py"))
    project.reply("a", 3, create("src/third.py", "A = 1\n"))
    assert drain(project)[0].code == 0


def test_a_fix_is_governed_and_its_edits_are_judged(run):
    project = run(phase("a", "max_attempts = 2"))
    fails(project, "a", 1, 2)
    says(project, "a", 1, action="fix", command="mkdir -p src && echo 'A = 1' > src/a.py", fix_type="file")
    result, _ = drain(project)
    assert result.code == 0, result.stderr
    [fix] = project.harness("log", "--fixes", "--json").json["entries"]
    assert (fix["outcome"], fix["phase"], fix["fix_type"]) == ("kept", "a", "file")


@pytest.mark.parametrize("command", ["git reset --hard HEAD~1", "git checkout -- .", "git clean -fdx"])
def test_a_git_fix_in_a_project_build_is_refused_and_recorded_once(run, command):
    """Case 77, asked for by a diagnosis."""
    project = run(phase("a", "max_attempts = 2"), diagnosis="after = 2\nper_phase = 1")
    fails(project, "a", 1, 2)
    says(project, "a", 1, action="fix", command=command, fix_type="git")
    result, document = drain(project)
    assert (result.code, row(document, "a")["attempts"]) == (1, 2)
    [fix] = project.harness("log", "--fixes", "--json").json["entries"]
    assert (fix["run"], fix["phase"], fix["decision"], fix["outcome"]) == ("demo", "a", "refused", "refused")


INVALID = {
    "prose": "I think you should retry.",
    "nothing": "",
    "two objects": '```\n{"action": "skip"}\n```\n```\n{"action": "stop"}\n```\n',
    "unknown action": '{"action": "rollback", "rationale": "x", "confidence": 1}',
    "no rationale": '{"action": "skip", "confidence": 1}',
    "retry without a hint": '{"action": "retry", "rationale": "x", "confidence": 1}',
    "fix without a command": '{"action": "fix", "rationale": "x", "confidence": 1}',
    "an unknown key": '{"action": "skip", "rationale": "x", "confidence": 1, "also": "rm -rf /"}',
    "a key twice": '{"action": "skip", "action": "stop", "rationale": "x", "confidence": 1}',
    "confidence as text": '{"action": "skip", "rationale": "x", "confidence": "1"}',
    "confidence above 1": '{"action": "skip", "rationale": "x", "confidence": 2}',
    "not a number": '{"action": "skip", "rationale": "x", "confidence": NaN}',
    "outside the scope": '{"action": "replan", "deliverables": ["lib/a.py"], "rationale": "x", "confidence": 1}',
    "out of the repository": '{"action": "replan", "deliverables": ["src/../../x"], "rationale": "x", "confidence": 1}',
    "the same": '{"action": "replan", "deliverables": ["src/a.py"], "rationale": "x", "confidence": 1}',
    "deep": "[" * 100_000,
    "not UTF-8": b"\xff\xfe{}",
    "large": "x" * 300_000,
}


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_answer_is_recorded_and_changes_nothing(run, name):
    project = run(phase("a", "max_attempts = 2", 'scope = ["src/"]'), diagnosis="after = 2\nper_phase = 1")
    fails(project, "a", 1, 2)
    succeeds(project, "a", 3)
    says(project, "a", 1, text=INVALID[name])
    result, document = drain(project)
    assert (result.code, row(document, "a")["attempts"], row(document, "a")["state"]) == (1, 2, "refused")
    [found] = recorded(project, "a")
    assert (found["valid"], found["action"]) == (False, None)
    assert found["problem"]
    assert "Traceback" not in result.stderr


def test_a_fenced_answer_is_salvaged(run):
    project = run(phase("a", "max_attempts = 2"))
    fails(project, "a", 1, 2)
    body = json.dumps({"action": "skip", "rationale": "x", "confidence": 0.5})
    thoughts = '<think>\n```json\n{"action": "stop"}\n```\nor rather:\n</think>\n'
    says(project, "a", 1, text=f"{thoughts}Here you are:\n\n```json\n{body}\n```\nGood luck.\n")
    drain(project)
    assert [(d["valid"], d["action"]) for d in recorded(project, "a")] == [(True, "skip")]


def test_the_limit_for_a_phase_holds_over_restarts(run):
    """The counts are of what is recorded, so a drain begun again has no more of them."""
    project = run(phase("a", "max_attempts = 2"), diagnosis="after = 2\nper_phase = 2")
    fails(project, "a", *range(1, 30))
    for number in range(1, 9):
        says(project, "a", number, action="retry", hint=f"try {number}")
    result, document = drain(project)
    assert (row(document, "a")["attempts"], len(recorded(project, "a"))) == (6, 2)
    result, document = drain(project)
    assert (row(document, "a")["attempts"], len(recorded(project, "a"))) == (2, 2)
    assert "per_phase" in result.stderr


def test_the_limit_for_a_run_holds_over_its_phases(run):
    project = run(
        phase("a", "max_attempts = 1"), phase("b", "max_attempts = 1"), diagnosis="after = 1\nper_run = 1"
    )
    for name in "ab":
        fails(project, name, 1)
        says(project, name, 1, action="skip")
    result, _ = drain(project)
    assert asked(project) == [f"{DIAGNOSES}/a"]
    assert "per_run" in result.stderr


@pytest.mark.parametrize(
    "table",
    ['agent = "nobody"', "after = 0", "per_phase = 0", "per_run = -1", 'per_run = "10"', "after = true"],
)
def test_a_table_that_is_wrong_starts_nothing(run, table):
    project = run(phase("a"), diagnosis="")
    agent = "" if table.startswith("agent") else 'agent = "doctor"\n'
    project.write("harness.toml", f"{CONFIG}\n[diagnosis]\n{agent}{table}\n")
    result = project.harness("drain", "--json")
    assert (result.code, result.json["code"]) == (2, "invalid-config")


def test_a_command_agent_answers_on_standard_output_and_its_edits_are_dropped(run):
    project = run(phase("a", "max_attempts = 2"), diagnosis="after = 2")
    script = (
        "import json, pathlib, sys; text = sys.stdin.read(); pathlib.Path('src').mkdir();"
        "pathlib.Path('src/a.py').write_text('A = 1'); assert 'out-of-scope' in text;"
        "print(json.dumps({'action': 'retry', 'hint': 'x', 'rationale': 'y', 'confidence': 1}))"
    )
    robot = f'\n[agents.robot]\nkind = "command"\nedits = "worktree"\ncommand = ["python3", "-c", {json.dumps(script)}]\n'
    project.write("harness.toml", CONFIG + robot + '\n[diagnosis]\nagent = "robot"\nafter = 2\n')
    fails(project, "a", 1, 2)
    result, document = drain(project)
    assert [(d["valid"], d["action"], d["agent"]) for d in recorded(project, "a")] == [
        (True, "retry", "robot")
    ]
    assert (result.code, row(document, "a")["state"]) == (1, "refused")


def test_sync_carries_diagnoses_to_another_clone(run, tmp_path):
    project = run(phase("a", "max_attempts = 2"))
    fails(project, "a", 1, 2)
    says(project, "a", 1, action="skip")
    drain(project)
    bare = tmp_path / "bare.git"
    project.git("init", "-q", "--bare", str(bare))
    project.git("remote", "add", "origin", str(bare))
    assert project.harness("sync").code == 0
    there = project.git("--git-dir", str(bare), "for-each-ref", "--format=%(refname)", DIAGNOSES)
    assert there.split() == [f"{DIAGNOSES}/a"]


def test_what_was_done_is_listed_in_its_order_within_a_second_too(run):
    """Attempts tell whole seconds, so that a diagnosis came before the attempt it was made of."""
    project = run(phase("one", "max_attempts = 1"), diagnosis="after = 1\nper_phase = 3")
    fails(project, "one", 1, 2, 3)
    for number in (1, 2):
        says(project, "one", number, action="retry", hint=f"try {number}")
    drain(project)
    entries = project.harness("log", "--json").json["entries"]
    told = [(entry["kind"], entry["number"]) for entry in entries]
    assert told == [
        ("attempt", 1),
        ("diagnosis", 1),
        ("attempt", 2),
        ("diagnosis", 2),
        ("attempt", 3),
    ]


def test_a_secret_in_the_command_of_a_diagnosis_is_run_and_not_kept(run):
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    project = run(phase("one", "max_attempts = 1", 'scope = ["src/"]'), diagnosis="after = 1")
    fails(project, "one", 1)
    says(
        project,
        "one",
        1,
        action="fix",
        command=f"mkdir -p src && echo 'SIZE = {len(token)}' > src/one.py # {token}",
    )
    result, document = drain(project)
    assert row(document, "one")["state"] == "complete", result.stderr
    for line in project.git("rev-list", "--objects", "--all").splitlines():
        assert token not in project.git("cat-file", "-p", line.split()[0], check=False)


def test_after_a_replan_the_agent_is_told_the_deliverables_that_hold(run):
    """It was told the plan's, and a proposal to go back to those counted as none."""
    project = run(phase("one", "max_attempts = 1", 'scope = ["src/"]'), diagnosis="after = 1\nper_phase = 3")
    fails(project, "one", 1, 2)
    says(project, "one", 1, action="replan", deliverables=["src/other.py"])
    says(project, "one", 2, action="replan", deliverables=["src/one.py"])
    drain(project)
    assert project.harness("approve", "one", "--reason", "yes").code == 0
    drain(project)
    brief = project.git("cat-file", "blob", f"{DIAGNOSES}/one:brief.json")
    assert json.loads(brief)["deliverables"] == ["src/other.py"]
    assert project.harness("approve", "one", "--reason", "yes").code == 0
    succeeds(project, "one", 3)
    assert row(drain(project)[1], "one")["state"] == "complete"
