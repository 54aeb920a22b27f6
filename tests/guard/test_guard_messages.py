"""`harness check-message`: a commit made by hand can't say that it is accepted work."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from project import create

from harness.guard.trailers import faults, read_trailers

HOOKS = Path(__file__).parents[2] / "hooks"
BASE = "1" * 40
WHOLE = {"Run-Id": "demo", "Phase-Id": "one", "Attempt": "1", "Agent": "recorded", "Base-Commit": BASE}


def message(**changes: str) -> str:
    """A subject and a full set of trailers; `None` takes one out, a name in lower case changes one."""
    trailers = WHOLE | {key.replace("_", "-"): value for key, value in changes.items()}
    lines = [f"{key}: {value}" for key, value in trailers.items() if value is not None]
    return "subject\n\n" + "\n".join(lines) + "\n"


def judged(repository, text: str) -> list[str]:
    file = repository.write(".git/COMMIT_EDITMSG", text)
    done = repository.harness("check-message", "--json", str(file))
    assert done.code in (0, 3), done.stderr
    codes = [violation["code"] for violation in done.json["violations"]]
    assert bool(codes) == (done.code == 3)
    return codes


@pytest.mark.parametrize(
    "text",
    [
        "subject\n",
        "",
        "subject\n\nSigned-off-by: A <a@b>\n",
        "subject\n\nPhase-Id: one is what this prepares,\nsays the text.\n\nSigned-off-by: A <a@b>\n",
        "subject\n\nAgent: Smith\nBase-Commit: somewhere\nAttempt: again\n",
        "subject\n\n# Run-Id: demo\n",
        "Squashed commit of the following:\n\ncommit 1\n\n    one\n    \n    Run-Id: demo\n    Phase-Id: one\n",
    ],
)
def test_other_messages_pass(repository, text):
    assert judged(repository, text) == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"Phase_Id": "a b"}, {"trailer-malformed"}),
        ({"Run_Id": "../x"}, {"trailer-malformed"}),
        ({"Run_Id": "x" * 101}, {"trailer-malformed"}),
        ({"Attempt": "0"}, {"trailer-malformed"}),
        ({"Attempt": "one"}, {"trailer-malformed"}),
        ({"Base_Commit": "HEAD"}, {"trailer-malformed"}),
        ({"Agent": None}, {"trailer-malformed"}),
        ({"Run_Id": None, "Attempt": None}, {"trailer-malformed"}),
        ({"phase_id": "two"}, {"trailer-repeated"}),
        ({"RUN_ID": "demo"}, {"trailer-repeated"}),
        ({}, {"trailer-unknown-base", "trailer-forged"}),
    ],
)
def test_what_is_wrong_with_the_trailers_is_named(repository, changes, codes):
    assert set(judged(repository, message(**changes))) == codes


def test_a_set_without_fault_is_forged_all_the_same(repository):
    assert judged(repository, message(Base_Commit=repository.head())) == ["trailer-forged"]
    assert judged(repository, "rows\n\nRun-Id: demo\n") == ["trailer-forged"]


@pytest.mark.parametrize("separators", ["=:", "="])
def test_a_setting_of_what_separates_trailers_hides_none(repository, separators):
    repository.git("config", "trailer.separators", separators)
    assert judged(repository, "rows\n\nRun-Id: demo\n") == ["trailer-forged"]


@pytest.fixture
def accepted(project, tmp_path):
    """A project whose run branch is checked out at the phase's commit, with the hooks in force."""
    project.plan('id = "one"\ngoal = "g"\ndeliverables = ["src/a.py"]\ntests = "none"')
    project.commit(message="plan")
    project.reply("one", 1, create("src/a.py", "a = 1\n"))
    assert project.phase("one").json["outcome"] == "complete"
    project.git("checkout", "-q", "--detach", "harness/demo~1")
    shutil.copytree(HOOKS, tmp_path / "hooks")
    project.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    return project


def test_verify_finds_accepted_work_whatever_separates_trailers(accepted):
    accepted.git("config", "trailer.separators", "=")
    done = accepted.harness("verify", "harness/demo~2..harness/demo")
    assert done.code == 0, done.stderr
    assert "checked 1 attempt" in done.stdout


def commits(project, *arguments: str) -> bool:
    before = project.rev("HEAD")
    project.git("commit", "-q", *arguments, check=False)
    return project.rev("HEAD") != before


def test_the_words_of_an_accepted_commit_may_change_but_not_its_tree(accepted):
    text = accepted.git("log", "-1", "--format=%B")
    assert commits(accepted, "--amend", "-m", text.replace("one: g", "better words"))
    accepted.write("src/a.py", "a = 2\n")
    assert not commits(accepted, "-a", "--amend", "--no-edit")
    assert not commits(accepted, "-a", "-m", text)
    assert commits(accepted, "-a", "-m", "by hand")


def test_the_ledger_knows_an_accepted_commit_wherever_head_is(accepted):
    text, tree = accepted.git("log", "-1", "--format=%B"), accepted.rev("HEAD^{tree}")
    accepted.git("checkout", "-q", "main")
    accepted.git("read-tree", "-u", "--reset", tree)
    assert commits(accepted, "-m", text)
    accepted.git("reset", "-q", "--hard", "HEAD^")
    accepted.git("read-tree", "-u", "--reset", tree)
    assert not commits(accepted, "-m", text.replace("Attempt: 1", "Attempt: 2"))


def test_git_carries_an_accepted_commit_over_by_itself(accepted):
    accepted.git("checkout", "-q", "main")
    accepted.commit({"README.md": "more\n"})
    accepted.git("cherry-pick", "harness/demo~1")
    assert "Phase-Id: one" in accepted.git("log", "-1", "--format=%B")


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--yes"], ["nowhere"], ["."]])
def test_wrong_usage(repository, arguments):
    done = repository.harness("check-message", *arguments)
    assert done.code == 2
    assert "Traceback" not in done.stderr


def test_it_says_what_to_do(repository):
    repository.write("message", message(Phase_Id="a b", Attempt="x"))
    done = repository.harness("check-message", "message")
    assert done.code == 3
    assert done.stdout.count("message:1: trailer-malformed ") == 2
    assert done.stdout.count("hint: delete the trailers") == 1
    assert (
        json.loads(repository.harness("check-message", "--json", "message").stdout)["decision"] == "refused"
    )


def test_hostile_values_are_shown_on_one_line_and_cut():
    (violation,) = faults(read_trailers("Run-Id: " + "\x1b[31m" * 100_000 + "\nX: y"))
    assert len(violation.message) < 600
    assert "\x1b" not in violation.message
