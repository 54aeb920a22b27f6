"""The strict reader: one changed piece of evidence is noticed, or changes nothing."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.checks.canary import Canary
from harness.checks.report import SessionRecord, judge
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
SUBTESTS = "tests/test_all.py::test_subtests"
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def evidence_of(project, run):
    files = project.last_files
    told = json.loads((files / "settings.json").read_text())
    return SessionRecord(
        result=ProcessResult("exited", run.exit_code, 1.0),
        nonce=told["nonce"],
        canary=Canary(*told["canary"]),
        roots=(str(project.worktree),),
        report=(files / "report.json").read_bytes(),
        events=(files / "events.jsonl").read_bytes(),
        testimonies=[file.read_bytes() for file in files.glob("testimony-*.json")],
        log="",
        timeout=60,
    )


@pytest.fixture(scope="module")
def real(tmp_path_factory, new_project):
    """The record of a real run of `TESTS`."""
    project = new_project(tmp_path_factory.mktemp("real"))
    project.write({"tests/test_all.py": TESTS})
    return evidence_of(project, project.run(args=("-vv",)))


@pytest.fixture(scope="module")
def nothing(tmp_path_factory, new_project):
    """The record of a real run that collects nothing."""
    project = new_project(tmp_path_factory.mktemp("nothing"))
    project.write({"tests/test_all.py": ""})
    return evidence_of(project, project.run())


def test_the_evidence_as_it_is_can_be_believed(real, nothing):
    run = judge(real)
    assert (run.status, len(run.outcomes), run.why) == ("completed", 6, "")
    assert judge(nothing).status == "no_tests"


def places(document, path=()):
    """Every place in a JSON document."""
    yield path
    pairs = document.items() if isinstance(document, dict) else ()
    pairs = enumerate(document) if isinstance(document, list) else pairs
    for key, value in pairs:
        yield from places(value, (*path, key))


def changed(document, path, change):
    """A copy of the document in which the value at `path` is deleted, doubled or replaced."""
    if not path:
        return change if not isinstance(change, str) else document
    copy = json.loads(json.dumps(document))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    if change == "delete":
        del inside[path[-1]]
    elif change == "double" and isinstance(inside, list):
        inside.append(inside[path[-1]])
    else:
        inside[path[-1]] = change
    return copy


VALUES = st.sampled_from(
    [
        *("delete", "double", "passed", "failed", "skipped", "tests/test_all.py::test_good"),
        *(0, 1, 5, -1, 2.5, None, True, [], {}, "subtests passed", "rerun", "error", "xfailed"),
    ]
)


def believed_unchanged_or_doubted(original, record):
    before, after = judge(original), judge(record)
    if after.status == "unknown":
        assert after.why and not after.report and not after.outcomes
        return
    # Only the report log tells of each subtest, so a failed one is believed on its word alone.
    worse = {SUBTESTS: "failed"} if after.outcomes.get(SUBTESTS) == "failed" else {}
    assert after.outcomes == {**before.outcomes, **worse}
    assert (after.status, after.exit_code) == (before.status, before.exit_code)


@QUICK
@given(data=st.data())
def test_one_change_of_the_report_cannot_change_the_result(real, data):
    document = json.loads(real.report)
    path = data.draw(st.sampled_from(list(places(document))))
    report = json.dumps(changed(document, path, data.draw(VALUES))).encode()
    believed_unchanged_or_doubted(real, replace(real, report=report))


@QUICK
@given(data=st.data())
def test_one_change_of_the_report_log_cannot_change_the_result(real, data):
    lines = real.events.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    record = json.loads(lines[number])
    path = data.draw(st.sampled_from(list(places(record))))
    lines[number] = json.dumps(changed(record, path, data.draw(VALUES))).encode()
    believed_unchanged_or_doubted(real, replace(real, events=b"\n".join(lines) + b"\n"))


@QUICK
@given(data=st.data())
def test_lost_doubled_or_moved_lines_cannot_change_the_result(real, data):
    lines = real.events.splitlines(keepends=True)
    source = data.draw(st.integers(0, len(lines) - 1))
    line = lines[source] if data.draw(st.booleans()) else lines.pop(source)
    if data.draw(st.booleans()):
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    believed_unchanged_or_doubted(real, replace(real, events=b"".join(lines)))


@QUICK
@given(data=st.data())
def test_bytes_cut_or_flipped_cannot_change_the_result(real, nothing, data):
    original = data.draw(st.sampled_from([real, nothing]))
    name = data.draw(st.sampled_from(["report", "events"]))
    content = bytearray(getattr(original, name))
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place : place + data.draw(st.integers(1, len(content)))]
    else:
        content[place] = data.draw(st.integers(0, 255))
    believed_unchanged_or_doubted(original, replace(original, **{name: bytes(content)}))


@pytest.mark.parametrize("name", ["report", "events"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b"null\n", b"\xff\n", b"[" * 100_000])
def test_no_report_is_no_result(real, name, content):
    assert judge(replace(real, **{name: content})).status == "unknown"


@pytest.mark.parametrize("code", [-9, -11, 0, 2, 3, 4, 5, 6, 70, 137, None])
def test_another_exit_code_is_doubted(real, code):
    run = judge(replace(real, result=ProcessResult("exited", code, 1.0)))
    assert run.status == "unknown" and run.why


@pytest.mark.parametrize("ending", ["timeout", "output_limit", "not_started", "lost"])
def test_any_ending_but_an_exit_is_unknown(real, ending):
    run = judge(replace(real, result=ProcessResult(ending, None, 1.0, reason="it was so")))
    assert run.status == "unknown"
    assert "it was so" in run.why or "60 seconds" in run.why


def test_another_folder_nonce_or_witness_is_doubted(real):
    assert "another folder" in judge(replace(real, roots=("/elsewhere",))).why
    assert "exactly this session" in judge(replace(real, nonce="0" * 32)).why
    assert "exactly this session" in judge(replace(real, testimonies=[])).why
    assert "exactly this session" in judge(replace(real, testimonies=real.testimonies * 2)).why
    assert "can't be read" in judge(replace(real, testimonies=[b"{}"])).why
    missing = json.dumps({**json.loads(real.testimonies[0]), "workers": ["gw0"]}).encode()
    assert "no word from the test processes gw0" in judge(replace(real, testimonies=[missing])).why


def record(kind, **more):
    return {"$report_type": kind, "nodeid": "t.py::test", "when": "call", **more}


def story(told, *records, code=0):
    """The record of a session with one test, which the report says is `told`."""
    start = {"$report_type": "SessionStart", "pytest_version": "9.0"}
    finish = {"$report_type": "SessionFinish", "exitstatus": code}
    own = [r for r in records if r["$report_type"] == "TestReport"]
    stages = {r["when"]: {"outcome": r["outcome"]} for r in own}
    report = {
        "exitcode": code,
        "root": "/w",
        "summary": {told: 1, "total": 1, "collected": 1},
        "tests": [{"nodeid": "t.py::test", "outcome": told, **stages}],
    }
    testimony = {"nonce": "n", "pid": 1, "worker": None, "workers": [], "foreign": []}
    return SessionRecord(
        result=ProcessResult("exited", code, 1.0),
        nonce="n",
        roots=("/w",),
        report=json.dumps(report).encode(),
        events="".join(json.dumps(r) + "\n" for r in (start, *records, finish)).encode(),
        testimonies=[json.dumps({**testimony, "exitstatus": code}).encode()],
        log="",
        timeout=60,
    )


PASSED = record("TestReport", outcome="passed")
FAILED = record("TestReport", outcome="failed", longrepr="no")
SUB_PASSED = record("SubTestReport", outcome="passed")
SUB_FAILED = record("SubTestReport", outcome="failed", longrepr="no")
SUB_SKIPPED = record("SubTestReport", outcome="skipped")
RERUN = record("TestReport", outcome="rerun")


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        pytest.param(story("rerun", RERUN, PASSED), "passed", id="passed when repeated"),
        pytest.param(story("failed", RERUN, FAILED, code=1), "failed", id="failed when repeated"),
        pytest.param(story("rerun", RERUN), None, id="never repeated"),
        pytest.param(story("rerun", RERUN, FAILED, code=1), "failed", id="told as repeated"),
        pytest.param(story("rerun", RERUN, FAILED), None, id="repeated, failed, exit code 0"),
        pytest.param(story("subtests passed", SUB_PASSED, PASSED), "passed", id="subtests pass"),
        pytest.param(story("skipped", SUB_SKIPPED, PASSED), "passed", id="a subtest is skipped"),
        pytest.param(
            story("subtests passed", SUB_FAILED, SUB_PASSED, PASSED, code=1),
            "failed",
            id="a subtest fails before one that passes",
        ),
        pytest.param(story("passed", SUB_FAILED, PASSED), None, id="a failed subtest left out"),
        pytest.param(story("subtests passed", PASSED), None, id="subtests told, none seen"),
        pytest.param(story("flaky", PASSED), None, id="a word nobody knows"),
        pytest.param(story("passed", record("TestReport", outcome="odd"), PASSED), None, id="odd"),
        pytest.param(story("passed", record("TestReport", outcome="passed", when="setup")), None, id="setup"),
    ],
)
def test_outcomes_of_plugins(record, outcome):
    run = judge(record)
    assert run.outcomes == ({"t.py::test": outcome} if outcome else {}), run.why
    assert run.status == ("completed" if outcome else "unknown")


def test_a_session_that_goes_on_after_its_end_is_doubted():
    record = story("passed", PASSED)
    longer = record.events + json.dumps(PASSED).encode() + b"\n"
    assert "goes on after the end" in judge(replace(record, events=longer)).why
    warning = json.dumps({"$report_type": "WarningMessage"}).encode() + b"\n"
    assert judge(replace(record, events=record.events + warning)).status == "completed"


def test_a_run_failed_by_a_plugin_is_doubted():
    run = judge(story("passed", PASSED, code=1))
    assert "ended with exit code 1 and 0 failed tests" in run.why and "threshold" in run.why


def test_what_json_lacks_becomes_null():
    record = story("passed", PASSED)
    report = record.report.replace(b'"exitcode"', b'"metadata": [NaN, Infinity], "exitcode"')
    run = judge(replace(record, report=report))
    assert json.loads(run.report, parse_constant=pytest.fail)["metadata"] == [None, None]
