"""New failures are run again: what passes then is flaky, unless it only passes without the others."""

import json

import pytest
from evidence_project import BROKEN, FILES, HONEST, config, create, make_project, put, work
from project import warnings_of

from harness.checks.flaky import LIMIT, as_passed, retry, without_flaky
from harness.checks.model import Delta, TestRun

FLAKY = "tests/test_flaky.py"
# What a test notes outside its worktree has to be there when it is run again.
UNCONTAINED = {**FILES, "harness.toml": config(containment="off")}
SNAPSHOT = (
    "import pathlib\n\n\ndef test_snapshot():\n    kept = pathlib.Path(__file__).with_name('kept.txt')\n"
    "    known = kept.exists()\n    kept.touch()\n    assert known, 'written anew'\n"
)


def once(folder):
    """Source of a test that fails the first time it is run, in whatever worktree."""
    seen = f"pathlib.Path({str(folder / 'seen')!r})"
    return (
        f"import pathlib\n\n\ndef test_once():\n    seen = {seen}\n    known = seen.exists()\n"
        "    seen.touch()\n    assert known\n"
    )


def collected_once(folder):
    body = once(folder).replace("def test_once():\n", "").replace("    ", "")
    return body + "\ndef test_there(): pass\n"


SPOILED = {
    "tests/test_a.py": "import textkit\n\n\ndef test_a():\n    textkit.spoiled = True\n",
    "tests/test_b.py": "import textkit\n\n\ndef test_b():\n    assert not hasattr(textkit, 'spoiled')\n",
}


@pytest.fixture(scope="session")
def flaky(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("flaky"), UNCONTAINED)


def test_a_module_that_is_collected_when_run_again_is_a_warning(flaky, attempt, tmp_path):
    code, made = attempt(flaky, HONEST, create(FLAKY, collected_once(tmp_path)))
    assert (code, made["outcome"], made["violations"]) == (0, "complete", [])
    assert made["tests"]["delta"]["flaky"] == [FLAKY]
    assert made["tests"]["total"] == 2


def test_a_base_that_took_its_time_and_came_to_no_result_is_not_run_again(tmp_path):
    setup = f'setup = ["sh", "-c", "echo x >> {tmp_path}/worktrees; exit 1"]\n'
    settings = config(containment="off", more=setup).replace("timeout = 60", "timeout = 0.001")
    plan = f'[run]\nid = "demo"\n\n[[phase]]\n{work().replace("max_attempts = 1", "max_attempts = 2")}'
    project = make_project(tmp_path / "made", {**FILES, "harness.toml": settings, "plan.toml": plan})
    for number, again in ((1, HONEST), (2, BROKEN)):
        project.reply("work", number, again)
    attempts = project.phase("work").json["attempts"]
    assert [made["tests"]["status"] for made in attempts] == ["unknown", "unknown"]
    assert (tmp_path / "worktrees").read_text().split() == ["x"] * (1 + len(attempts))


def test_what_only_passes_without_the_others_fails(flaky, attempt):
    code, made = attempt(flaky, HONEST, *(create(*pair) for pair in SPOILED.items()))
    assert (code, [v["code"] for v in made["violations"]]) == (1, ["test-failed"])
    assert "passes when run without the others" in made["violations"][0]["hint"]
    assert made["tests"]["delta"]["flaky"] == []
    assert made["tests"]["severity"] == "low"


def test_what_only_passes_by_what_its_first_run_has_left_fails(flaky, attempt):
    """A test that writes the snapshot it misses, and then passes, fails in every fresh checkout."""
    code, made = attempt(flaky, HONEST, create("tests/test_kept.py", SNAPSHOT))
    assert (code, [v["code"] for v in made["violations"]]) == (1, ["test-failed"])
    assert "written anew" in made["violations"][0]["message"]
    assert (made["tests"]["delta"]["flaky"], made["tests"]["severity"]) == ([], "low")


def test_what_failed_by_chance_on_the_base_may_not_fail_for_good(tmp_path, attempt):
    project = make_project(tmp_path / "made", {**UNCONTAINED, FLAKY: once(tmp_path)})
    broken = "def test_once():\n    assert False, 'broken'\n"
    allowed = work(allow=[FLAKY])
    project.commit({"plan.toml": f'[run]\nid = "demo"\n\n[[phase]]\n{allowed}'}, "allow")
    code, made = attempt(project, HONEST, put(FLAKY, broken))
    assert (code, made["tests"]["delta"]["newly_failing"]) == (1, [f"{FLAKY}::test_once"])


def test_what_passes_when_run_again_is_a_warning_with_its_evidence(tmp_path):
    project = make_project(tmp_path / "made", UNCONTAINED)
    project.reply("work", 1, HONEST, create(FLAKY, once(tmp_path)))
    result = project.phase("work")
    made = result.json["attempts"][0]
    assert (result.code, made["outcome"], made["violations"]) == (0, "complete", [])
    assert warnings_of(made) == [
        f"flaky-test: {FLAKY}::test_once failed, and run again it came out passed, passed"
    ]
    delta = made["tests"]["delta"]
    assert (delta["flaky"], delta["newly_failing"]) == ([f"{FLAKY}::test_once"], [])
    assert made["tests"]["severity"] == "none"
    entry = "refs/harness/runs/demo/work"
    names = project.git("ls-tree", "-r", "--name-only", entry).split()
    place = next(name for name in names if name.endswith("reruns.json"))
    reruns = json.loads(project.git("show", f"{entry}:{place}"))
    assert [(r["ran"], r["outcomes"]) for r in reruns] == [
        ("these", {f"{FLAKY}::test_once": "passed"}),
        ("all", {f"{FLAKY}::test_once": "passed"}),
    ]
    # The one report of the attempt is that of its first run.
    commit = result.json["commit"]
    notes = project.git("notes", "--ref=refs/notes/harness/pytest", "show", commit).strip().splitlines()
    assert [json.loads(line)["summary"].get("failed") for line in notes] == [1]


def run_of(outcomes, errors=(), duration=1.0):
    status = "broken" if errors else "completed"
    return TestRun(status, 1, dict(outcomes), dict.fromkeys(errors, "E"), duration=duration)


def rerunning(*runs):
    """The callback of `retry` that answers with these runs in order, and what it was asked."""
    asked = []

    def again(ids, seconds):
        asked.append((None if ids is None else tuple(ids), seconds))
        return runs[len(asked) - 1]

    return again, asked


RED = run_of({"a": "failed", "b": "failed"})
GREEN = run_of({"a": "passed", "b": "passed"})
A_ONLY = run_of({"a": "passed", "b": "failed"})
# reruns in order, the ids they are asked for (None: all), and what is flaky
RETRIES = {
    "all pass": ([GREEN, GREEN], [("a", "b"), None], {"a", "b"}),
    "all fail": ([RED, RED, RED], [("a", "b"), ("a",), ("b",)], set()),
    "one passes alone": ([A_ONLY, GREEN, GREEN], [("a", "b"), ("b",), None], {"a", "b"}),
    "one never passes": ([A_ONLY, RED, A_ONLY], [("a", "b"), ("b",), None], {"a"}),
    "not among all": ([GREEN, A_ONLY], [("a", "b"), None], {"a"}),
    "a rerun without result": ([TestRun("unknown", None, {})] * 3, [("a", "b"), ("a",), ("b",)], set()),
}


@pytest.mark.parametrize("name", RETRIES)
def test_which_are_run_again_and_which_are_flaky(name):
    runs, wanted, flaky_ids = RETRIES[name]
    again, asked = rerunning(*runs)
    retried = retry(RED, ["a", "b"], again, 100)
    assert [ids for ids, _ in asked] == wanted
    assert (retried.run, retried.flaky) == (RED, flaky_ids)


def test_reruns_share_their_time_and_end_with_it():
    slow = run_of({"a": "failed", "b": "failed"}, duration=60.0)
    again, asked = rerunning(slow, slow, slow)
    assert retry(RED, ["a", "b"], again, 100).flaky == set()
    assert [seconds for _, seconds in asked] == [100, 40]


def test_too_many_failures_and_runs_without_result_are_not_run_again():
    again, asked = rerunning()
    many = [f"t{n}" for n in range(LIMIT + 1)]
    assert retry(run_of(dict.fromkeys(many, "failed")), many, again, 100).reruns == ()
    assert retry(TestRun("unknown", None, {}), ["a"], again, 100).reruns == ()
    assert retry(GREEN, [], again, 100).reruns == ()
    assert asked == []


def test_a_module_that_stays_broken_keeps_the_first_run():
    broken = run_of({}, ["m.py", "n.py"])
    again, _ = rerunning(*[run_of({}, ["m.py"])] * 3)
    retried = retry(broken, ["m.py", "n.py"], again, 100)
    assert (retried.run, retried.flaky) == (broken, set())


def test_a_flaky_test_is_no_excuse_for_later_ones():
    assert as_passed(RED, frozenset("a")).outcomes == {"a": "passed", "b": "failed"}
    delta = without_flaky(Delta(newly_failing=("a", "b")), frozenset("a"))
    assert (delta.newly_failing, delta.flaky) == (("b",), ("a",))
