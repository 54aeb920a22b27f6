"""action.yml: its steps run as they stand, in a scratch repository, and its form as auditors want it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from protected_edits import STAGED_EDITS

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SOURCE = (ROOT / "action.yml").read_text()
ACTION = yaml.safe_load(SOURCE)
STEPS = {step.get("name", step.get("id")): step for step in ACTION["runs"]["steps"]}
ZERO = "0" * 40


class Job:
    """A job that uses the action: its event, its inputs, and what the steps left behind."""

    def __init__(self, repository, temporary: Path) -> None:
        self.repository, self.temporary = repository, temporary
        self.output, self.summary = temporary / "output", temporary / "summary.md"
        (temporary / "harness-guard/bin").mkdir(parents=True)
        (temporary / "harness-guard/bin/harness").symlink_to(BIN / "harness")

    def judge(self, event: dict[str, str], **inputs: str) -> tuple[int, dict[str, str], str]:
        """(exit code, outputs, standard output) of the step that judges."""
        given = {name: value["default"] for name, value in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        known = {f"inputs.{name}": value for name, value in given.items()}
        known |= {f"github.{name}": value for name, value in event.items()}
        done = self.run(STEPS["Judge"], known)
        return done.returncode, self.outputs(), done.stdout + done.stderr

    def run(self, step: dict, known: dict[str, str]) -> subprocess.CompletedProcess:
        self.output.write_text("")
        script = self.temporary / "step.sh"
        script.write_text(step["run"])
        settings = {name: expression(value, known) for name, value in step.get("env", {}).items()}
        own = {
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_ACTIONS": "true",
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.repository.path,
            env=self.repository.environment | own | settings,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def outputs(self) -> dict[str, str]:
        lines = iter(self.output.read_text().splitlines())
        found = {}
        for line in lines:
            name, delimiter = line.split("<<")
            assert re.fullmatch("[0-9a-f]{32}", delimiter)
            found[name] = "\n".join(iter(lambda: next(lines), delimiter))
        return found


def expression(text: str, known: dict[str, str]) -> str:
    """The value of `${{ a || b }}`: the first name that has one."""
    alternatives = re.fullmatch(r"\$\{\{ (.*) \}\}", text)[1].split(" || ")
    return next((known[name] for name in alternatives if known.get(name)), "")


@pytest.fixture
def job(repository, tmp_path):
    return Job(repository, tmp_path / "runner")


def pull_request(job, edit: str | None) -> dict[str, str]:
    base = job.repository.head()
    job.repository.git("checkout", "-q", "-b", "topic")
    if edit:
        STAGED_EDITS[edit](job.repository)
    job.repository.write("src/app.py", "print('changed')\n")
    prefix = "event.pull_request."
    return {f"{prefix}base.sha": base, f"{prefix}head.sha": job.repository.commit(), "sha": ZERO}


@pytest.mark.parametrize("edit", ["deletion", "rename out", "symlink"])
def test_a_pull_request_that_is_refused_fails(job, edit):
    code, outputs, printed = job.judge(pull_request(job, edit))
    assert (code, outputs) == (3, {"result": "refused"})
    assert "::error file=pyproject.toml,line=1,title=harness guard%3A protected-path::" in printed
    assert "pyproject" in job.summary.read_text()


def test_a_pull_request_that_is_fine_passes(job):
    code, outputs, printed = job.judge(pull_request(job, None))
    assert (code, outputs, printed) == (0, {"result": "accepted"}, "")


@pytest.mark.parametrize("edit", ["deletion", None])
def test_sarif_is_written_for_both(job, edit):
    code, outputs, _ = job.judge(pull_request(job, edit), sarif_file="found.sarif")
    assert code == (3 if edit else 0)
    assert outputs["sarif"] == "found.sarif"
    log = yaml.safe_load((job.repository.path / "found.sarif").read_text())
    assert len(log["runs"][0]["results"]) == (1 if edit else 0)


def test_a_push_is_judged_from_what_it_began_with(job):
    event = pull_request(job, "deletion")
    push = {"event.before": event["event.pull_request.base.sha"], "sha": event["event.pull_request.head.sha"]}
    assert job.judge(push)[1] == {"result": "refused"}


def test_a_push_of_a_new_branch_is_judged_from_the_default_branch(job):
    event = pull_request(job, "deletion")
    job.repository.git("update-ref", "refs/remotes/origin/main", event["event.pull_request.base.sha"])
    push = {"event.before": ZERO, "sha": job.repository.head(), "event.repository.default_branch": "main"}
    assert job.judge(push)[1] == {"result": "refused"}


def test_a_first_push_of_the_default_branch_is_told_not_to_be_judged(job):
    job.repository.git("update-ref", "refs/remotes/origin/main", job.repository.head())
    push = {"event.before": ZERO, "sha": job.repository.head(), "event.repository.default_branch": "main"}
    code, outputs, printed = job.judge(push | {"ref": "refs/heads/main"})
    assert (code, outputs) == (0, {"result": "accepted"})
    assert "::notice title=harness guard::" in printed and "it is not judged" in printed


def test_a_forced_push_of_a_branch_is_judged_from_the_default_branch(job):
    event = pull_request(job, "deletion")
    job.repository.git("update-ref", "refs/remotes/origin/main", event["event.pull_request.base.sha"])
    push = {"event.before": "1" * 40, "sha": job.repository.head(), "event.repository.default_branch": "main"}
    assert job.judge(push | {"ref": "refs/heads/topic"})[1] == {"result": "refused"}
    # There everything would be taken for known.
    assert job.judge(push | {"ref": "refs/heads/main"})[1] == {"result": "error"}
    assert job.judge(push | {"ref": "refs/heads/topic"}, base="1" * 40)[1] == {"result": "error"}


def test_inputs_come_before_the_event(job):
    event = pull_request(job, "deletion")
    head = job.repository.head()
    assert job.judge(event, range=f"{head}..{head}")[1] == {"result": "accepted"}
    assert job.judge(event, base=head)[1] == {"result": "accepted"}
    assert job.judge({}, base=f"{head}~1", head=head)[1] == {"result": "refused"}


def test_another_folder(job):
    event = pull_request(job, "deletion")
    folder = str(job.repository.path)
    job.repository.root = job.temporary
    assert job.judge(event, directory=folder)[1] == {"result": "refused"}


def test_what_can_not_be_judged_is_no_pass(job):
    code, outputs, printed = job.judge({}, range="nowhere..HEAD")
    assert (code, outputs) == (2, {"result": "error"})
    assert "unknown-revision" in printed


@pytest.mark.parametrize(
    "hostile", ["$(touch sprung)..HEAD", "`touch sprung`..HEAD", "';touch sprung;'..HEAD", "x\ny..HEAD"]
)
def test_no_input_is_run(job, hostile):
    assert job.judge({}, range=hostile)[1] == {"result": "error"}
    assert job.judge({}, base=hostile.removesuffix("..HEAD"), head="HEAD", sarif_file=hostile)[0] == 2
    assert not (job.repository.path / "sprung").exists()


def test_a_link_in_the_place_of_the_sarif_is_not_followed(job, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("kept")
    event = pull_request(job, None)
    (job.repository.path / "found.sarif").symlink_to(kept)
    assert job.judge(event, sarif_file="found.sarif")[0] == 0
    assert kept.read_text() == "kept"
    assert yaml.safe_load((job.repository.path / "found.sarif").read_text())["runs"]


def test_neither_is_one_to_a_folder(job, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    event = pull_request(job, None)
    (job.repository.path / "found.sarif").symlink_to(elsewhere)
    assert job.judge(event, sarif_file="found.sarif")[0] == 0
    assert not list(elsewhere.iterdir())
    assert yaml.safe_load((job.repository.path / "found.sarif").read_text())["runs"]


def test_a_folder_in_the_place_of_the_sarif_is_not_filled(job):
    """Uploaded as a folder, files that were pushed in it would pass for the guard's."""
    event = pull_request(job, None)
    job.repository.write("found.sarif/forged.sarif", "{}")
    code, outputs, printed = job.judge(event, sarif_file="found.sarif")
    assert (code, outputs) == (2, {"result": "accepted"})
    assert "a folder stands where sarif-file" in printed
    assert len(list((job.repository.path / "found.sarif").iterdir())) == 1


def test_the_folder_of_the_sarif_is_made(job):
    code, outputs, _ = job.judge(pull_request(job, None), sarif_file="reports/guard/found.sarif")
    assert (code, outputs["sarif"]) == (0, "reports/guard/found.sarif")
    assert (job.repository.path / outputs["sarif"]).is_file()


def test_a_merge_group_is_judged_from_its_base(job):
    """Its target need not be the default branch, whose own changes since are none of the group's."""
    job.repository.git("update-ref", "refs/remotes/origin/main", job.repository.head())
    STAGED_EDITS["deletion"](job.repository)
    released = job.repository.commit("on purpose, on a release branch")
    job.repository.write("src/app.py", "print('changed')\n")
    group = {"event.merge_group.base_sha": released, "event.repository.default_branch": "main"}
    assert job.judge(group | {"sha": job.repository.commit()})[1] == {"result": "accepted"}
    job.repository.write("pyproject.toml", "back\n")
    assert job.judge(group | {"sha": job.repository.commit()})[1] == {"result": "refused"}


def test_a_tag_is_not_taken_for_the_default_branch(job):
    event = pull_request(job, "deletion")
    job.repository.git("update-ref", "refs/remotes/origin/main", event["event.pull_request.base.sha"])
    job.repository.git("tag", "origin/main", job.repository.head())
    push = {"event.before": ZERO, "sha": job.repository.head(), "event.repository.default_branch": "main"}
    assert job.judge(push)[1] == {"result": "refused"}


def test_installing_imports_nothing_from_what_is_judged(job, tmp_path):
    trace = tmp_path / "trace"
    for module in ("venv", "pip", "runpy"):
        job.repository.write(f"{module}.py", f"open({str(trace)!r}, 'w')\n")
    # Nothing is really installed: the environment it makes has no pip.
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@" --without-pip\n')
    python.chmod(0o755)
    install = STEPS["Install the guard where nothing else sees it"]
    done = job.run(
        install, {"github.action_path": str(ROOT), "steps.python.outputs.python-path": str(python)}
    )
    assert "No module named pip" in done.stderr
    assert not trace.exists()


@pytest.mark.slow
def test_it_installs_itself_where_nothing_else_sees_it(job, tmp_path):
    """Needs the package registry: pip builds the action's own repository."""
    (job.temporary / "harness-guard/bin/harness").unlink()
    (job.temporary / "harness-guard/bin").rmdir()
    job.repository.environment |= {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))
    }
    install = STEPS["Install the guard where nothing else sees it"]
    done = job.run(
        install, {"github.action_path": str(ROOT), "steps.python.outputs.python-path": sys.executable}
    )
    assert done.returncode == 0, done.stderr
    assert job.judge(pull_request(job, "deletion"))[1] == {"result": "refused"}


def test_no_expression_reaches_a_script_and_every_script_names_its_shell():
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
        assert ("run" in step) == (step.get("shell") == "bash")


def test_other_actions_are_pinned_by_commit():
    used = re.findall(r"uses: *(.*)", SOURCE)
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)


def test_it_offers_what_it_documents():
    assert {"range", "base", "head", "sarif-file", "python-version"} <= set(ACTION["inputs"])
    assert set(ACTION["outputs"]) == {"result", "sarif"}
    named = re.findall(r"inputs\.([a-z-]+)", SOURCE)
    assert set(named) == set(ACTION["inputs"])


@pytest.mark.parametrize(
    "command",
    [
        ["zizmor", "--offline", "--no-progress", "--persona=auditor"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions"],
    ],
    ids=lambda command: command[0],
)
def test_auditors_find_nothing(command):
    done = subprocess.run(
        [BIN / command[0], *command[1:], ROOT / "action.yml"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
