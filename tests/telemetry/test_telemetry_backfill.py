"""Samples from history: what each commit becomes, and what a repository can't do to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import Project

from harness.git.opening import open_repository
from harness.telemetry.backfill.history import backfill_history
from harness.telemetry.backfill.inference import infer_category, infer_complexity
from harness.telemetry.backfill.written import is_written
from harness.telemetry.features import KINDS, features, kind_of_path
from harness.telemetry.goal import ACTIONS, read_goal
from harness.telemetry.profile import load_profile
from harness.telemetry.sample import Sample
from harness.telemetry.today import predict_again

LINES = "".join(f"line {n}\n" for n in range(40))


def backfilled(project: Project, *arguments: str) -> list[dict[str, Any]]:
    """The rows of `harness telemetry backfill`."""
    done = project.harness("telemetry", "backfill", "--output", "-", *arguments)
    assert done.code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def tokens(row: dict[str, Any]) -> int:
    return int(row["actual_output_tokens"])


def test_a_commit_becomes_a_row(project: Project) -> None:
    project.write("src/textkit/__init__.py", '"""Text."""\n')
    oid = project.commit({"src/textkit/slug.py": LINES}, "Add slugify()\n\nIt makes slugs.\n")
    row = backfilled(project)[-1]
    assert row["source"] == "backfill"
    assert row["actual_basis"] == "operations/1: 4 bytes a token"
    assert (row["run_id"], row["phase_id"], row["attempt"]) == ("backfill", oid, 1)
    assert (row["commit"], row["tree"]) == (oid, project.rev("HEAD^{tree}"))
    assert (row["category"], row["complexity"]) == ("implementation", "low")
    assert row["deliverables"] == ["src/textkit/__init__.py", "src/textkit/slug.py"]
    known, fresh = row["deliverable_facts"]
    assert (known["existed"], known["bytes"], known["lines"]) == (True, 20, 1)
    assert (fresh["existed"], fresh["bytes"]) == (False, None)
    assert row["goal_facts"] == {"title_words": 2, "words": 5, "actions": ["add"]}
    assert (row["success"], row["phase_success"], row["truncated"]) == (True, None, False)
    assert (row["profile"], row["predicted_output_tokens"]) == ("seed", 5714)


def test_the_tokens_are_those_of_the_operations(project: Project) -> None:
    project.commit({"a.py": LINES}, "m")
    project.commit({"a.py": LINES.replace("line 20\n", "line twenty\n")}, "m")
    project.git("mv", "a.py", "b.py")
    project.commit(message="m")
    project.git("rm", "-q", "b.py")
    project.commit(message="m")
    created, edited, renamed, deleted = map(tokens, backfilled(project)[-4:])
    # meta 60 + title 1; a create is 55 + path 4 + 310 bytes and 40 line ends that take two.
    assert created == -(-(61 + 59 + 310 + 40) // 4)
    # a modify is 55 + path 4, a hunk 62, two lines of context twice, and the line before and after.
    assert edited == -(-(61 + 59 + 62 + 4 * 8 + 8 + 12) // 4)
    assert renamed == -(-(61 + 55 + 8) // 4)
    assert deleted == -(-(61 + 40 + 4) // 4)


def test_what_is_read_before_the_work_does_not_depend_on_it(project: Project) -> None:
    """Two commits with the same message and paths on the same parent differ in their tokens only."""
    base = project.rev("HEAD")
    rows = []
    for content in ("x = 1\n", LINES * 20):
        project.git("reset", "-q", "--hard", base)
        project.commit({"src/textkit/__init__.py": content, "new.py": content}, "Change it")
        rows.append(backfilled(project)[-1])
    small, large = rows
    assert tokens(large) > 5 * tokens(small)
    own = {"actual_output_tokens", "commit", "phase_id", "timestamp", "tree"}
    assert {k: v for k, v in small.items() if k not in own} == {
        k: v for k, v in large.items() if k not in own
    }


def test_what_nobody_writes_is_no_work(project: Project) -> None:
    project.commit({"data.blob": b"\0" * 100})
    project.commit({"data.blob": b"\0" * 99, "logo.png": "text", "vendor/x.py": LINES, "uv.lock": LINES})
    project.commit({"a.py": LINES, "package-lock.json": LINES})
    done = project.harness("telemetry", "backfill", "--json")
    # An unknown new file may be text, so its path counts; its content turned out to be no text.
    assert done.json["left_out"] == {"nothing-written": 2}
    rows = (project.root / "telemetry/backfill.ndjson").read_text().splitlines()
    assert json.loads(rows[-1])["deliverables"] == ["a.py"]


def test_merges_links_and_submodules_are_left_out(project: Project) -> None:
    first = project.rev("HEAD")
    project.git("switch", "-q", "-c", "side")
    project.commit({"side.py": LINES}, "side")
    project.git("switch", "-q", "main")
    (project.root / "link").symlink_to("/etc/passwd")
    project.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub")
    project.commit({"main.py": LINES}, "main")
    project.git("merge", "-q", "--no-edit", "side")
    rows = backfilled(project, "--since", first)
    assert sorted(row["deliverables"] for row in rows) == [["main.py"], ["side.py"]]


def test_a_range_of_history(project: Project) -> None:
    oids = [project.commit({f"f{n}.py": LINES}, f"n {n}") for n in range(5)]
    assert [row["commit"] for row in backfilled(project, "--limit", "2")] == oids[3:]
    rows = backfilled(project, "--since", oids[0], "--until", oids[2])
    assert [row["commit"] for row in rows] == oids[1:3]


def test_the_same_history_gives_the_same_rows(project: Project) -> None:
    for n in range(3):
        project.commit({"a.py": LINES * (n + 1)}, f"change {n}")
    assert backfilled(project) == backfilled(project)


def test_the_checkout_stays_as_it_is(project: Project) -> None:
    project.write("untracked.txt", "mine")
    project.write("pyproject.toml", "changed")
    before = (project.git("status", "--porcelain"), project.git("for-each-ref"), project.rev("HEAD"))
    backfilled(project)
    assert (project.git("status", "--porcelain"), project.git("for-each-ref"), project.rev("HEAD")) == before


def test_replay_leaves_backfilled_rows_out_unless_asked(project: Project) -> None:
    for n in range(3):
        project.commit({f"f{n}.py": LINES}, f"Add f{n}")
    assert project.harness("telemetry", "backfill").code == 0
    left_out = project.harness("telemetry", "replay", "--json").json
    assert (left_out["samples"], left_out["excluded"]["backfill"]) == (0, 4)
    assert project.harness("telemetry", "replay", "--include-backfill", "--json").json["samples"] == 4


def test_a_day_one_user_has_a_calibrated_estimator(project: Project) -> None:
    for n in range(30):
        project.commit({f"f{n}.py": LINES * (1 + n % 3)}, f"Add f{n}")
    assert project.harness("telemetry", "backfill").code == 0
    done = project.harness("telemetry", "calibrate", "--include-backfill", "--json")
    assert (done.code, done.json["backfilled"]) == (0, 31), done.stderr
    project.write("harness.toml", '[telemetry]\nprofile = "telemetry/calibrated.toml"\n')
    rows = [Sample.model_validate(_plain(row)) for row in backfilled(project)]
    assert {row.profile for row in rows} == {"calibrated"}
    assert all(row.predicted_lower_tokens <= row.predicted_output_tokens for row in rows)  # type: ignore[operator]
    replayed = project.harness("telemetry", "replay", "--include-backfill", "--json").json
    assert replayed["current"]["mean_smape"] < replayed["recorded"]["mean_smape"] * 2 / 3


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    wanted = {k: v for k, v in row.items() if k not in ("schema", "deliverable_facts", "goal_facts")}
    return {**wanted, "deliverables": tuple(row["deliverables"])}


def test_names_and_messages_that_are_not_utf8(project: Project) -> None:
    blob = project.git("hash-object", "-w", "--stdin", stdin=LINES).strip()
    project.git("update-index", "--add", "-z", "--index-info", stdin=f"100644 {blob}\tcaf\udce9.py\0")
    tree = project.git("write-tree").strip()
    message = project.root / "message"
    message.write_bytes(b"ajout\xe9\x00\x1b[31m")
    commit = project.git("commit-tree", tree, "-p", "HEAD", "-m", "ajout\udce9 \x1b[31m").strip()
    project.git("update-ref", "HEAD", commit)
    row = backfilled(project)[-1]
    assert "caf\\xe9.py" in row["deliverables"]
    assert project.harness("telemetry", "backfill").code == 0
    assert project.harness("telemetry", "replay", "--json").json["excluded"]["invalid"] == 0


def test_what_no_reply_could_hold_is_cut(project: Project) -> None:
    project.commit({"huge.py": "x = 1\n" * 60_000}, "import")
    project.commit({"large.csv": "1,2\n" * 400_000, "note.py": LINES}, "data")
    cut, data = backfilled(project)[-2:]
    assert (tokens(cut), cut["truncated"]) == (64_000, True)
    # A file above 1 MiB is data; nobody dictates it.
    assert (tokens(data) < 200, data["truncated"]) == (True, False)


def test_a_commit_of_everything_is_no_piece_of_work(project: Project) -> None:
    project.commit({f"many/f{n}.txt": "x\n" for n in range(1001)}, "import")
    done = project.harness("telemetry", "backfill", "--json", "--output", "rows.ndjson")
    assert done.json["left_out"] == {"too-many-files": 1}


def test_a_shallow_clone_ends_where_it_ends(project: Project) -> None:
    for n in range(4):
        project.commit({f"f{n}.py": LINES}, f"n {n}")
    project.git("clone", "-q", "--depth", "2", f"file://{project.root}", "shallow")
    shallow = Project(project.root / "shallow", project.environment)
    # Its oldest commit looks like a first one that makes everything, which it isn't.
    assert [row["deliverables"] for row in backfilled(shallow)] == [["f3.py"]]
    done = shallow.harness("telemetry", "backfill", "--json")
    assert done.json["left_out"] == {"incomplete": 1}


def test_where_there_is_nothing_to_write_nothing_is_written(project: Project) -> None:
    project.commit({"a.py": LINES}, "a")
    project.git("clone", "-q", "--depth", "1", f"file://{project.root}", "shallow")
    shallow = Project(project.root / "shallow", project.environment)
    done = shallow.harness("telemetry", "backfill")
    assert (done.code, done.stdout.splitlines()[0]) == (0, "0 samples of 1 commit")
    assert "git fetch --unshallow" in done.stdout
    shallow.git("fetch", "-q", "--unshallow")
    assert shallow.harness("telemetry", "backfill").code == 0
    assert (shallow.root / "telemetry/backfill.ndjson").stat().st_size


def test_a_commit_whose_contents_are_not_all_here_is_no_sample(project: Project) -> None:
    for n in range(4):
        project.commit({"a.py": LINES * (n + 1), f"f{n}.py": LINES}, f"n {n}")
    project.git("config", "uploadpack.allowFilter", "true")
    project.git("clone", "-q", "--filter=blob:none", f"file://{project.root}", "partial")
    partial = Project(project.root / "partial", project.environment)
    done = partial.harness("telemetry", "backfill", "--json")
    # The first one makes files whose content the checkout has, so it is whole.
    assert done.json["left_out"] == {"incomplete": 3}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--limit", "0"), "bad-limit"),
        (("--limit", "many"), "bad-limit"),
        (("--since", "nowhere"), "unknown-revision"),
        (("--since", ""), "unknown-revision"),
        (("--until", "--all"), "unknown-revision"),
        (("--profile", "nobody"), "unknown-profile"),
        (("--output", "-"), "conflicting-options"),
        (("--output", "harness.toml"), "file-exists"),
        (("--output", ""), "file-exists"),
    ],
)
def test_wrong_usage_of_backfill(project: Project, arguments: tuple[str, ...], code: str) -> None:
    joined = [f"{arguments[0]}={arguments[1]}"]
    done = project.harness("telemetry", "backfill", "--json", *joined)
    assert (done.code, done.json["code"]) == (2, code), done.stderr


@pytest.mark.parametrize(
    ("message", "actions"),
    [
        ("Add slugify()", ("add",)),
        ("fix(core): crash on start", ("fix",)),
        ("Update address of renewal", ("change",)),
        ("Rename a to b\n\nfix nothing", ("move",)),
        ("v1.2.3", ("bump",)),
        ("2.0", ("bump",)),
        ("Prefix additions", ()),
        ("", ()),
    ],
)
def test_actions_are_whole_words_of_the_title(message: str, actions: tuple[str, ...]) -> None:
    assert read_goal(message).actions == actions


@pytest.mark.parametrize(
    ("message", "paths", "category", "complexity"),
    [
        ("Add it", ["src/a.py"], "implementation", "low"),
        ("Add it", ["docs/a.md", "README.rst"], "documentation", "low"),
        ("Add it", ["tests/test_a.py"], "testing", "low"),
        ("Add it", ["pyproject.toml"], "configuration", "low"),
        ("Rename it", ["src/a.py", "src/b.py", "tests/test_a.py"], "refactoring", "medium"),
        ("Wire it", [f"src/{n}.py" for n in range(8)], "integration", "high"),
        ("Bump to 2.0", ["src/__init__.py"], "implementation", "maintenance"),
        ("Fix typo", ["README"], "documentation", "maintenance"),
        ("Move and fix it", ["src/a.py"], "implementation", "low"),
    ],
)
def test_category_and_complexity(message: str, paths: list[str], category: str, complexity: str) -> None:
    goal = read_goal(message)
    assert (infer_category(goal, paths), infer_complexity(goal, paths)) == (category, complexity)


@given(st.text(max_size=60))
def test_any_path_and_goal_can_be_read(text: str) -> None:
    assert kind_of_path(text) in KINDS
    assert isinstance(is_written(text), bool)
    assert set(read_goal(text).actions) <= set(ACTIONS)


@settings(max_examples=50)
@given(st.integers(0, 10**9))
def test_features_are_finite_for_any_number_of_deliverables(count: int) -> None:
    found = features((), count, None)
    assert all(abs(value) < 100 for value in found.values())


def test_a_row_without_all_deliverables_has_a_fitted_prediction(project: Project) -> None:
    project.commit({f"src/f{n}.py": LINES for n in range(25)}, "Add many")
    row = backfilled(project)[-1]
    assert (len(row["deliverable_facts"]), row["deliverable_count"]) == (20, 25)
    sample = Sample.model_validate(_plain(row))
    assert predict_again(load_profile("seed"), sample) is None


def test_it_tells_how_far_it_is(project: Project) -> None:
    for number in range(3):
        project.commit({f"src/{number}.py": "x = 1\n"}, f"commit {number}")
    told: list[tuple[int, int]] = []
    backfill_history(open_repository(project.root), load_profile(), looked_at=lambda *far: told.append(far))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
