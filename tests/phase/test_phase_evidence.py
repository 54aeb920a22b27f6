"""What is kept of an attempt: trailers no goal can forge or lose, and reports under their cap."""

from __future__ import annotations

import json
import subprocess
import unicodedata

import pygit2
import pytest

from harness.agents.model import Usage
from harness.phase import evidence
from harness.phase.documents import AttemptDocument, DeltaDocument, TestsDocument, TokensDocument
from harness.phase.evidence import Evidence, agent_trailer, ci_line, commit_message, report_line
from harness.plan import Phase, Plan, Run

TRAILERS = [
    "Run-Id: demo",
    "Phase-Id: one",
    "Attempt: 2",
    "Agent: robot (model-1)",
    "Base-Commit: " + "b" * 40,
]
GOALS = {
    "short": "Add a helper.",
    "several lines": "Add a helper.\n\nIt must be fast.\nIt must be small.\n",
    "trailers in its end": "Add a helper that does much and is named so that it is long enough for a body.\n\n"
    "Phase-Id: other\nSigned-off-by: Mallory <m@example.com>\n",
    "trailers alone": "Phase-Id: other\nRun-Id: other\n",
    "500 characters": "word " * 100,
    "500 characters without a blank": "x" * 500,
    "a divider": "Add a helper, and make it so long that the subject can't hold all of what it says.\n---\ndiff --git\n",
    "a comment": "# Add a helper, and make it so long that the subject can't hold all of what it says.\n# more\n",
    "blank lines around": "\n\n  Add a helper.  \n\n\n",
    "other scripts": "修" * 100,
    "carriage returns": "Add a helper.\r\nPhase-Id: other\r\n",
    "line separators": "Add a helper.\u2028Phase-Id: other\u2029Run-Id: other\x85Agent: other",
}


def message_of(goal: str, agent: str = "robot (model-1)") -> str:
    phase = Phase(id="one", goal=goal, deliverables=("src/a.py",))
    return commit_message(Plan(run=Run(id="demo"), phase=(phase,)), phase, 2, agent, "b" * 40)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write a commit with a message, as the harness does, and ask git for subject and trailers."""
    repository = pygit2.init_repository(str(tmp_path_factory.mktemp("repository")))
    who = pygit2.Signature("A", "a@localhost", 1, 0)
    tree = repository.TreeBuilder().write()

    def ask(message: str) -> tuple[str, list[str]]:
        commit = str(repository.create_commit(None, who, who, message, tree, []))
        command = ["git", "log", "-1", "--format=%s%x00%(trailers:only,unfold)", commit]
        done = subprocess.run(command, cwd=repository.path, capture_output=True, check=True)
        subject, _, trailers = done.stdout.decode().partition("\0")
        return subject, trailers.strip("\n").split("\n")

    return ask


@pytest.mark.parametrize("name", GOALS)
def test_no_goal_adds_or_hides_a_trailer(name, written):
    subject, trailers = written(message_of(GOALS[name]))
    assert trailers == TRAILERS
    assert subject.startswith("one: ")
    assert len(subject) <= 72


@pytest.mark.parametrize("name", GOALS)
def test_the_whole_goal_is_in_the_message(name):
    before, _, _ = message_of(GOALS[name]).rpartition("\n\nRun-Id: demo\n")
    assert " ".join(GOALS[name].split()) in " ".join(before.split())


def test_one_character_more_than_the_subject_holds_makes_a_body():
    assert message_of("x" * 67).startswith(f"one: {'x' * 67}\n\nRun-Id")
    assert message_of("x" * 68).startswith(f"one: {'x' * 66}…\n\n{'x' * 68}\n\nRun-Id")


@pytest.mark.parametrize("model", ["m\nPhase-Id: other", "m\r\n\r\nRun-Id: other", "m\u2028x", "x" * 5000])
def test_a_model_s_name_stays_on_its_line(model, written):
    agent = agent_trailer("robot", model)
    assert len(agent) <= 200
    _, trailers = written(message_of("Add a helper.", agent))
    assert [line.partition(":")[0] for line in trailers] == [line.partition(":")[0] for line in TRAILERS]
    assert agent_trailer("robot", None) == "robot"


def test_a_scissors_line_hides_no_trailer(written):
    goal = "Add a helper.\n# ------------------------ >8 ------------------------\nmore " + "x" * 80
    assert written(message_of(goal))[1] == TRAILERS


CONTROLS = ["Add\x00 a helper.", "Add\x1b[31m a helper.\x07", "x" * 80 + "\x00\x1b[2J"]


@pytest.mark.parametrize("goal", CONTROLS)
def test_control_characters_do_not_get_into_a_message(goal, written):
    message = message_of(goal, agent_trailer("robot", "model-1"))
    assert not [c for c in message if unicodedata.category(c) == "Cc" and c != "\n"]
    assert written(message)[1] == TRAILERS


def test_control_characters_of_a_model_s_name_do_not_either(written):
    _, trailers = written(message_of("Add a helper.", agent_trailer("robot", "m\x00\x1b[31m")))
    assert len(trailers) == len(TRAILERS)


IDENTITY = {"run": "demo", "phase": "one", "attempt": 2, "tree": "c" * 40}


def report_of(*outcomes: str, output: int = 0, message: int = 0) -> str:
    stage = {"outcome": "passed", "stdout": "o" * output, "stderr": "e" * output, "longrepr": "r" * message}
    tests = [
        {"nodeid": f"t.py::{i}", "outcome": o, "keywords": ["k"], "call": stage}
        for i, o in enumerate(outcomes)
    ]
    return json.dumps({"exitcode": 1, "tests": tests, "collectors": [{"nodeid": "t.py"}]})


def test_a_report_is_one_line_with_its_identity():
    line = report_line(report_of("passed", "failed", output=10), IDENTITY)
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    assert json.loads(line) == {**json.loads(report_of("passed", "failed", output=10)), "harness": IDENTITY}


def test_secrets_that_tests_print_are_in_no_report():
    key = "AKIA" + "IOSFODNN7Q2XR9PL"  # in two pieces, so that the guard of this repository lets it pass
    told = {
        "outcome": "failed",
        "stdout": f"{key}\n",
        "crash": {"message": f"got {key}"},
        "log": [{"msg": key}],
    }
    report = {"tests": [{"nodeid": "t.py::1", "outcome": "failed", "call": told}]}
    document = json.loads(report_line(json.dumps(report), IDENTITY))
    assert key not in json.dumps(document)
    assert document["tests"][0]["nodeid"] == "t.py::1"


def test_over_the_cap_the_output_of_passing_tests_goes_first(monkeypatch):
    monkeypatch.setattr(evidence, "REPORT_CAP", 1000)
    line = report_line(report_of("passed", "failed", output=200), IDENTITY)
    document = json.loads(line)
    passed, failed = document["tests"]
    assert len(line) <= 1000
    assert "stdout" not in passed["call"] and failed["call"]["stdout"] == "o" * 200
    assert document["harness"] == {**IDENTITY, "dropped": "captured output of passing tests"}
    assert "collectors" in document


def test_then_all_output_goes_and_what_failed_stays(monkeypatch):
    monkeypatch.setattr(evidence, "REPORT_CAP", 1000)
    document = json.loads(report_line(report_of("failed", "failed", output=5000, message=100), IDENTITY))
    assert [test["call"] for test in document["tests"]] == [{"outcome": "passed", "longrepr": "r" * 100}] * 2
    assert "collectors" not in document and "keywords" not in document["tests"][0]
    assert document["harness"]["dropped"] == "captured output, keywords"


def test_the_cap_is_2_mib_and_a_report_just_under_it_is_kept_whole():
    assert evidence.REPORT_CAP == 2 * 1024 * 1024
    room = evidence.REPORT_CAP - len(report_line(report_of("passed"), IDENTITY))
    assert b"dropped" not in report_line(report_of("passed", message=room), IDENTITY)
    assert b"dropped" in report_line(report_of("passed", message=room + 1), IDENTITY)


def test_a_line_for_ci_is_one_sorted_by_time_as_text():
    attempt = AttemptDocument(
        number=2,
        outcome="failed",
        tests=TestsDocument(status="failed", total=3, passed=1, failed=2, delta=DeltaDocument(newly_failing=("t.py::a",))),
        tokens=TokensDocument(predicted=1, actual=None, budget=1),
        usage=Usage(),
        base="b" * 40,
        start="b" * 40,
        tree="c" * 40,
    )  # fmt: skip
    line = ci_line("demo", "one", attempt, 1234)
    assert line.count("\n") == 1
    found = json.loads(line)
    assert (found["status"], found["newly_failing"], found["report"]) == ("failure", 1, None)
    assert (found["tree"], found["timestamp"]) == ("c" * 40, "0000001234")


def test_empty_evidence_is_left_out_and_odd_text_is_kept():
    kept = Evidence()
    kept.add("empty", "")
    kept.add("text", "a\udcff")
    kept.add("bytes", b"\xff")
    assert kept.files == {"text": b"a\\udcff", "bytes": b"\xff"}
