"""One project for all tests here: every attempt on it is a dry run, so that none sees another."""

import json

import pytest
from project import Project, environment_in
from strength_files import FILES, PLAN
from strength_replies import text_of

from harness.cli.main import main


@pytest.fixture(scope="session")
def textkit(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("textkit")
    (folder / "project").mkdir()
    project = Project(folder / "project", environment_in(folder))
    project.git("init", "-q", "-b", "main")
    project.commit({**FILES, "plan.toml": PLAN}, "begin")
    return project


@pytest.fixture
def check(textkit, tmp_path, monkeypatch, capsys):
    """(decision, {(code, path)}) of `harness check --phase`, in this process: a new one for each takes longer."""
    monkeypatch.chdir(textkit.root)
    monkeypatch.setenv("HARNESS_STATE_HOME", textkit.environment["HARNESS_STATE_HOME"])

    def run(*operations, phase="work"):
        reply = tmp_path / "reply.txt"
        reply.write_text(text_of(operations))
        capsys.readouterr()
        code = main(["check", str(reply), "--json", "--phase", phase])
        document = json.loads(capsys.readouterr().out)
        assert code == {"accepted": 0, "refused": 3, "unusable": 4}[document["decision"]]
        return document["decision"], {(v["code"], v["path"]) for v in document["violations"]}

    return run
