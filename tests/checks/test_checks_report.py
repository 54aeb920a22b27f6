"""The strict reader: one changed piece of evidence is noticed, or changes nothing."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.checks.report import Evidence, judge
from harness.process.model import ProcessResult

TESTS = """
    import pytest

    def test_good(): pass
    def test_bad(): assert False
    @pytest.mark.skip
    def test_skipped(): pass
    @pytest.mark.xfail
    def test_expected(): assert False
    @pytest.fixture
    def broken(): raise KeyError
    def test_error(broken): pass
    def test_subtests(subtests):
        with subtests.test("one"): pass
"""
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def evidence_of(project, run):
    files = project.last_files
    return Evidence(
        result=ProcessResult("exited", run.exit_code, 1.0),
        nonce=json.loads((files / "settings.json").read_text())["nonce"],
        roots=(str(project.worktree),),
        report=(files / "report.json").read_bytes(),
        events=(files / "events.jsonl").read_bytes(),
        testimonies=[file.read_bytes() for file in files.glob("testimony-*.json")],
        log="",
        timeout=60,
    )


@pytest.fixture(scope="module")
def real(tmp_path_factory, own_python, bytecode):
    """The evidence of a real run, and what it comes to."""
    from types import SimpleNamespace

    project_class = pytest.importorskip("conftest").Project if False else None
    assert project_class is None
    return SimpleNamespace()
