"""Every workflow: pinned, least permissions, no expression in a script; zizmor and the schema agree."""

from __future__ import annotations

import re
import subprocess

import pytest
from workflow_files import BIN, NAMES, ROOT, source, workflow

import harness

pytestmark = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def file(name, tmp_path):
    path = tmp_path / ".github/workflows/it.yml"
    path.parent.mkdir(parents=True)
    path.write_text(source(name))
    return path


def test_zizmor_finds_nothing_as_an_auditor(file):
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--no-progress", "--persona=auditor", file],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_holds(file):
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", file],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_commit(name):
    used = re.findall(r"uses: *(.*)", source(name))
    assert used
    for line in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_permissions_are_the_least(name):
    document = workflow(name)
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["permissions"] == {"contents": "read"}


def test_every_job_ends(name):
    document = workflow(name)
    assert document["concurrency"]["group"]
    for job in document["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 30


def test_no_credentials_stay_and_history_is_whole(name):
    for job in workflow(name)["jobs"].values():
        (checkout,) = (s for s in job["steps"] if "actions/checkout@" in s.get("uses", ""))
        assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_no_expression_reaches_a_script(name):
    for job in workflow(name)["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_nothing_foreign_runs_with_rights(name):
    assert "pull_request_target" not in source(name)
    assert "workflow_run" not in source(name)


def test_the_version_is_ours(name):
    for pinned in re.findall(r"git-agent-harness==([^'\s]*)", source(name)):
        assert pinned == harness.__version__


def test_what_starts_it(name):
    triggers = workflow(name)[True]  # YAML 1.1 reads `on` as true
    # GitHub keeps the checks of a pull request whose base is changed, which is no new commit.
    assert set(triggers["pull_request"]["types"]) == {"opened", "synchronize", "reopened", "edited"}
    if name == "ci":
        assert set(triggers) == {"push", "pull_request", "merge_group"}
        assert workflow(name)["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
        return
    assert set(triggers) == {"push", "pull_request", "merge_group", "schedule", "workflow_dispatch"}
    assert triggers["push"]["paths"] == ["telemetry/**"]


def test_what_judges_a_change_does_so_in_a_merge_queue_too(name):
    for job in workflow(name)["jobs"].values():
        if "BASE_SHA" in job.get("env", {}):
            assert job["if"] == "github.event_name == 'pull_request' || github.event_name == 'merge_group'"
            for side in ("base", "head"):
                event = f"github.event.pull_request.{side}.sha || github.event.merge_group.{side}_sha"
                assert job["env"][f"{side.upper()}_SHA"] == f"${{{{ {event} }}}}"


def test_what_it_starts_is_there(name):
    for script in re.findall(r"bash (\.\S+)", source(name)):
        assert (ROOT / script).is_file()
