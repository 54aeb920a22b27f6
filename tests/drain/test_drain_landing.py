"""Phases of one run at the same time: agents side by side, landing one by one on the tip there is."""

import json
import subprocess
import sys

import pytest
from project import names

AGENT = """\
import pathlib, sys, time
me, other = sys.argv[1:3]
here = pathlib.Path(sys.argv[3])
(here / me).touch()
# Both are at work at the same time, or this waits in vain.
deadline = time.monotonic() + 60
while not (here / other).exists() and time.monotonic() < deadline:
    time.sleep(0.05)
if not (here / other).exists():
    sys.exit(3)
time.sleep(float(sys.argv[4]))
path, old, new = sys.argv[5:8]
file = pathlib.Path(path)
file.parent.mkdir(parents=True, exist_ok=True)
text = file.read_text() if file.exists() else ""
file.write_text(text.replace(old, new) if old else text + new)
"""
LINES = "".join(f"line {n}\n" for n in range(20))


@pytest.fixture
def side_by_side(empty_project, tmp_path):
    """A run of two phases, and what becomes of them when both agents work at the same time."""
    meeting = tmp_path / "meeting"
    meeting.mkdir()

    def run(first, second, files=None):
        changes = {"a": first, "b": second}
        agents = ""
        for name, other, pause in (("a", "b", "0"), ("b", "a", "1.5")):
            argv = [sys.executable, "agent.py", name, other, str(meeting), pause, *changes[name]]
            agents += (
                f"\n[agents.{name}]\nkind = 'command'\nedits = 'worktree'\ncommand = {json.dumps(argv)}\n"
            )
        config = f"tests = 'none'\n[containment]\nmode = 'off'\n{agents}"
        empty_project.commit({"harness.toml": config, "agent.py": AGENT, **(files or {})}, "begin")
        phases = [
            f'id = "{name}"\ngoal = "{name}"\nagent = "{name}"\nmax_attempts = 1\n'
            f'deliverables = ["{changes[name][0]}"]\nscope = ["**"]'
            for name in "ab"
        ]
        empty_project.plan(*phases)
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "harness", "run-phase", name, "--json"],
                cwd=empty_project.root, env=empty_project.environment,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for name in "ab"
        ]  # fmt: skip
        return {d["phase"]: d for d in (json.loads(p.communicate(timeout=120)[0]) for p in running)}

    return run


def test_agents_work_side_by_side_and_both_land(empty_project, side_by_side):
    documents = side_by_side(["src/a.py", "", "A = 1\n"], ["src/b.py", "", "B = 1\n"])
    assert {d["outcome"] for d in documents.values()} == {"complete"}
    assert empty_project.git("show", "harness/demo:src/a.py") == "A = 1\n"
    assert empty_project.git("show", "harness/demo:src/b.py") == "B = 1\n"
    [first], [second] = (documents[name]["attempts"] for name in "ab")
    assert second["base"] != first["base"]
    assert (first["asked"], second["asked"]["base"]) == (None, first["base"])
    assert empty_project.git("ls-tree", "-r", "--name-only", second["asked"]["tree"], "src") == "src/b.py\n"
    assert empty_project.rev(f"{documents['b']['commit']}^") == second["base"]
    assert (first["checkout_changes"], second["checkout_changes"]) == ([], [])
    rows = empty_project.git("show", "harness/demo:telemetry/demo.ndjson").splitlines()
    assert [json.loads(row)["phase_id"] for row in rows] == ["a", "b"]


def test_changes_of_one_file_in_two_places_are_merged(empty_project, side_by_side):
    documents = side_by_side(
        ["lines.txt", "line 2\n", "line two\n"],
        ["lines.txt", "line 17\n", "line seventeen\n"],
        {"lines.txt": LINES},
    )
    assert {d["outcome"] for d in documents.values()} == {"complete"}
    merged = empty_project.git("show", "harness/demo:lines.txt")
    assert merged == LINES.replace("line 2\n", "line two\n").replace("line 17\n", "line seventeen\n")


def test_a_conflict_sends_the_later_phase_back(empty_project, side_by_side):
    documents = side_by_side(
        ["lines.txt", "line 2\n", "line two\n"],
        ["lines.txt", "line 2\n", "line zwei\n"],
        {"lines.txt": LINES},
    )
    assert documents["a"]["outcome"] == "complete"
    [attempt] = documents["b"]["attempts"]
    assert (attempt["outcome"], names(attempt["violations"])) == ("unusable", {"merge-conflict"})
    assert "lines.txt" in attempt["violations"][0]["message"]
    assert empty_project.git("show", "harness/demo:lines.txt") == LINES.replace("line 2\n", "line two\n")
    empty_project.write("reply.txt", json.dumps(REPLY))
    again = empty_project.phase("b", "--response", "reply.txt")
    assert (again.code, again.json["outcome"]) == (0, "complete"), again.stderr
    assert "line zwei" in empty_project.git("show", "harness/demo:lines.txt")


REPLY = {
    "type": "modify",
    "file_path": "lines.txt",
    "operations": [{"type": "replace", "old_text": "line two\n", "new_text": "line zwei\n"}],
}
