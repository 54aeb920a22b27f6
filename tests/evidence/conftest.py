"""One project with a phase for every way to fake a green run; every attempt on it is a dry run."""

import json
import sysconfig
import venv
from pathlib import Path

import pytest
from evidence_fakes import FAKES
from evidence_project import BROKEN, FILES, config, make_project
from project import Project
from python_environments import python_with_xdist


@pytest.fixture(scope="session")
def faked(tmp_path_factory) -> Project:
    """A project with a plan and replies for every fake."""
    project = make_project(tmp_path_factory.mktemp("faked"), FILES)
    project.plan(*(fake.phase(name) for name, fake in FAKES.items()))
    for name, fake in FAKES.items():
        project.reply(name, 1, BROKEN, *fake.operations)
    return project


@pytest.fixture(scope="session")
def side_by_side(tmp_path_factory) -> Project:
    """The same project, whose tests run in two processes."""
    files = {**FILES, "harness.toml": config(args=["-n", "2"], python=python_with_xdist())}
    return make_project(tmp_path_factory.mktemp("side_by_side"), files)


@pytest.fixture
def own_environment(tmp_path) -> Path:
    """The Python of a virtual environment of its own, with all that is installed beside the tests."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(tmp_path / "venv")
    site = next((tmp_path / "venv" / "lib").glob("python3*/site-packages"))
    (site / "beside.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return tmp_path / "venv" / "bin" / "python"


@pytest.fixture
def attempt(tmp_path):
    """(exit code, the attempt) of a dry run of the phase `work` on these operations."""

    def run(project, *operations, phase="work", **environment):
        reply = tmp_path / "reply.txt"
        reply.write_text("".join(json.dumps(operation) + "\n" for operation in operations))
        result = project.phase(phase, "--dry-run", "--response", str(reply), **environment)
        assert result.code in (0, 1, 3, 4, 5), result.stderr
        return result.code, result.json["attempts"][0]

    return run
