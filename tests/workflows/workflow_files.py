"""The workflows that are ours, the one `harness init` writes, and GitHub's way to run their steps."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from harness.templates.content import starter_files

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
NAMES = ["ci", "replay", "written by init"]


def source(name: str) -> str:
    if name == "written by init":
        (file,) = (file for file in starter_files([]) if file.path.endswith("/harness.yml"))
        return file.content
    return (ROOT / f".github/workflows/{name}.yml").read_text()


def workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load(source(name))


def steps(name: str, job: str) -> list[dict[str, Any]]:
    return workflow(name)["jobs"][job]["steps"]


class Runner:
    """Runs the `run:` steps of a job as they stand, as GitHub's runner does for `shell: bash`.

    Steps that install are left out: the PATH begins with the environment the tests run in, where the
    harness is installed. Expressions in `env` are replaced by `values`.
    """

    def __init__(self, checkout: Path, temporary: Path, values: dict[str, str]) -> None:
        self.checkout = checkout
        self.temporary = temporary
        self.summary = temporary / "summary.md"
        self.values = values
        temporary.mkdir()
        self.summary.touch()

    def run(self, name: str, job: str) -> dict[str, subprocess.CompletedProcess]:
        """The steps that ran, by name; after a failed one only those with `if: always()` do."""
        document = workflow(name)
        assert document["defaults"]["run"]["shell"] == "bash"
        done: dict[str, subprocess.CompletedProcess] = {}
        for step in document["jobs"][job]["steps"]:
            failed = any(result.returncode for result in done.values())
            if "run" not in step or (failed and step.get("if") != "always()"):
                continue
            if "pip install" in step["run"]:
                continue
            done[step["name"]] = self._step(step, document["jobs"][job].get("env", {}))
        return done

    def _step(self, step: dict[str, Any], job_env: dict[str, str]) -> subprocess.CompletedProcess:
        script = self.temporary / "step.sh"
        script.write_text(step["run"])
        settings = {key: self._value(str(v)) for key, v in (job_env | step.get("env", {})).items()}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.checkout,
            env=self._environment() | settings,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def _value(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: self._first(match[1].split(" || ")), text)

    def _first(self, names: list[str]) -> str:
        known = [self.values[name] for name in names if name in self.values]
        assert known, names
        return known[0]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.temporary),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.temporary),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
