"""Every fake is attempted by a real phase on broken code; none completes, each is named."""

import base64
import json
import shutil

import pytest
from evidence_fakes import FAKES, LAST, WRAPPER
from evidence_project import BROKEN, FILES, HONEST, config, create, make_project, put, work
from project import warnings_of

from harness.codes import all_explanations

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


@pytest.mark.parametrize("name", FAKES)
def test_a_fake_is_refused_by_its_name(faked, name):
    fake = FAKES[name]
    result = faked.phase(name, "--dry-run")
    made = result.json["attempts"][0]
    found = [v for v in made["violations"] if v["code"] == fake.code]
    assert result.code in (1, 3, 5), result.stdout
    assert made["outcome"] in ("failed", "refused", "blocked")
    assert found and any(fake.says in v["message"] for v in found), made["violations"]
    assert made["tests"]["status"] in ("failed", "unknown", "not_run")


def test_there_are_twelve_and_each_reason_is_explained():
    assert len(FAKES) >= 12
    assert not [fake.code for fake in FAKES.values() if fake.code not in all_explanations()]


def test_honest_work_is_complete_and_shows_no_canary(faked, attempt):
    faked.write("honest.toml", f'[run]\nid = "honest"\n\n[[phase]]\n{work()}')
    faked.write("honest.txt", json.dumps(HONEST) + "\n")
    result = faked.phase("work", "--dry-run", "--plan", "honest.toml", "--response", "honest.txt")
    made = result.json["attempts"][0]
    assert (result.code, made["violations"], warnings_of(made)) == (0, [], [])
    tests = made["tests"]
    assert (tests["total"], tests["passed"], tests["failed"]) == (1, 1, 0)
    assert tests["delta"]["added"] == tests["delta"]["flaky"] == []


@pytest.mark.slow
@pytest.mark.parametrize("options", ["--collect-only", "-p green -k nothing"])
def test_addopts_of_the_harness_s_environment_count_for_nothing(faked, options):
    name = "tox-environment"
    result = faked.phase(name, "--dry-run", PYTEST_ADDOPTS=options, PYTEST_PLUGINS="green")
    assert [v["code"] for v in result.json["attempts"][0]["violations"]] == ["test-failed"]


PACKED = """
import base64, json, os

KEPT = json.loads(base64.b64decode({kept!r}))

def test_zz():
    folder = os.path.dirname(os.environ["HARNESS_PYTEST_BRIDGE"])
    for name, text in KEPT.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text.replace("/old/place", os.getcwd()))
    os._exit(0)
"""


@pytest.mark.slow
def test_the_report_of_another_run_is_not_taken(tmp_path, attempt):
    """An honest run hands out everything it left; a later one puts that in its own place."""
    project = make_project(tmp_path / "made", {**FILES, "harness.toml": config(containment="off")})
    taken = tmp_path / "taken"
    steal = (
        "import atexit, os, shutil\n\n"
        'folder = os.path.dirname(os.environ["HARNESS_PYTEST_BRIDGE"])\n'
        f"atexit.register(shutil.copytree, folder, {str(taken)!r}, ignore=shutil.ignore_patterns('p*'))\n\n"
        "def test_zz(): pass\n"
    )
    code, made = attempt(project, HONEST, create(LAST, steal))
    assert code == 0, made["violations"]
    names = [taken / "report.json", taken / "events.jsonl", *taken.glob("testimony-*")]
    place = json.loads(names[0].read_text())["root"]
    kept = {path.name: path.read_text().replace(place, "/old/place") for path in names}
    packed = base64.b64encode(json.dumps(kept).encode()).decode()
    code, made = attempt(project, BROKEN, create(LAST, PACKED.format(kept=packed)))
    assert code == 1
    assert [v["code"] for v in made["violations"]] == ["tests-unknown"]
    assert "didn't see the end of exactly this session" in made["violations"][0]["message"]


INSTALL = """(site / "green.pth").write_text("import os")
(site / "g-0.dist-info").mkdir()
(site / "g-0.dist-info" / "entry_points.txt").write_text("[pytest11]\\ng = g\\n")
"""


@pytest.mark.slow
@needs_bubblewrap
def test_nothing_is_installed_into_the_environment(tmp_path, own_environment, attempt):
    """No .pth and no entry point: not by the setup command, whose script the candidate changed, nor by a test."""
    setup = f'setup = ["{own_environment}", "prepare.py"]'
    files = {**FILES, "harness.toml": config(python=own_environment, more=setup), "prepare.py": ""}
    project = make_project(tmp_path / "made", files)
    site = next((own_environment.parents[1] / "lib").glob("python3*/site-packages"))
    lines = ["import pathlib", f"site = pathlib.Path({str(site)!r})", *INSTALL.splitlines()]
    before = sorted(path.name for path in site.iterdir())
    code, made = attempt(project, BROKEN, put("prepare.py", "\n".join(lines)))
    assert (code, [v["code"] for v in made["violations"]]) == (1, ["tests-unknown"])
    assert "[tests] setup" in made["violations"][0]["message"]
    assert "Read-only file system" in made["violations"][0]["message"]
    inside = "".join(f"    {line}\n" for line in lines)
    code, made = attempt(project, HONEST, create(LAST, f"def test_zz():\n{inside}"))
    assert [v["code"] for v in made["violations"]] == ["test-failed"]
    assert "Read-only file system" in made["violations"][0]["message"]
    assert sorted(path.name for path in site.iterdir()) == before


def test_side_by_side_green_and_killed(side_by_side, attempt):
    code, made = attempt(side_by_side, HONEST)
    assert (code, made["tests"]["total"], made["violations"]) == (0, 1, [])
    kill = create(LAST, "import os\n\ndef test_zz():\n    os.kill(os.getpid(), 9)\n")
    code, made = attempt(side_by_side, HONEST, kill)
    assert (code, [v["code"] for v in made["violations"]]) == (1, ["test-failed"])
    assert made["tests"]["delta"]["newly_failing"] == [f"{LAST}::test_zz"]
    assert "crashed" in made["violations"][0]["message"]


@pytest.mark.slow
def test_side_by_side_red(side_by_side, attempt):
    code, made = attempt(side_by_side, BROKEN)
    assert (code, made["tests"]["delta"]["newly_failing"]) == (1, ["tests/test_slug.py::test_slug"])


@pytest.mark.slow
def test_side_by_side_a_worker_that_dies_after_its_tests_is_missed(side_by_side, attempt):
    """Every test has a report, and a process that ran some of them can't be asked any more."""
    late = (
        "import os, pytest\n\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def late():\n    yield\n    os._exit(0)\n\n"
        "def test_zz(late): pass\n"
    )
    code, made = attempt(side_by_side, HONEST, create(LAST, late))
    assert (code, made["outcome"]) == (1, "failed"), made


@pytest.mark.slow
def test_side_by_side_failures_turned_into_passes_are_seen(side_by_side, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(f'[run]\nid = "wrapped"\n\n[[phase]]\n{work(allow=["tests/conftest.py"])}')
    reply = tmp_path / "reply.txt"
    reply.write_text("".join(json.dumps(o) + "\n" for o in (BROKEN, create("tests/conftest.py", WRAPPER))))
    result = side_by_side.phase("work", "--dry-run", "--plan", str(plan), "--response", str(reply))
    assert [v["code"] for v in result.json["attempts"][0]["violations"]] == ["canary-passed"]
