"""The properties of the fuzz targets, over the seeds and over inputs that once broke something."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from harness.edits.reply import FORMATS

FUZZ = Path(__file__).parents[2] / "fuzz"
SEEDS = sorted((FUZZ / "corpus").glob("*/*"))
INPUTS = [*SEEDS, *sorted((FUZZ / "regressions").glob("*/*"))]

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(FUZZ)
    properties = importlib.import_module("properties")


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: "/".join(path.parts[-3:]))
def test_the_properties_hold(path):
    properties.check(path.read_bytes(), path.parent.name)


@pytest.mark.parametrize("name", [format_.name for format_ in FORMATS])
def test_the_properties_hold_for_every_format_on_every_seed(name):
    for path in SEEDS:
        properties.check(path.read_bytes(), name)


def test_every_format_has_a_target_with_seeds_and_a_dictionary():
    names = {format_.name for format_ in FORMATS}
    targets = {path.stem.removeprefix("fuzz_").replace("_", "-") for path in FUZZ.glob("fuzz_*.py")}
    seeds = {path.parent.name for path in SEEDS}
    words = {path.stem for path in (FUZZ / "dictionaries").glob("*.dict")}
    assert targets == seeds == words == names


@pytest.mark.parametrize("name", [format_.name for format_ in FORMATS])
def test_seeds_are_read_as_their_format(name):
    """Seeds that no reader takes would start the fuzzing at nothing."""
    read = [
        properties.parse_reply(path.read_bytes(), named=name) for path in INPUTS if path.parent.name == name
    ]
    assert sum(not isinstance(found, properties.Unusable) for found in read) >= 3


def _script(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120
    )


def test_without_atheris_the_run_is_skipped_in_words():
    code = (
        "import runpy, sys; sys.modules['atheris'] = None; sys.argv[0] = 'run.py'; "
        f"runpy.run_path({str(FUZZ / 'run.py')!r}, run_name='__main__')"
    )
    done = _script(code, "--seconds", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("skipped: atheris can't be imported here")


def test_an_input_is_replayed_without_atheris():
    seed = FUZZ / "corpus" / "ndjson" / "lines"
    done = subprocess.run(
        [sys.executable, str(FUZZ / "replay.py"), str(seed)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, f"{seed}: ndjson: holds\n")


@pytest.mark.slow
def test_a_target_runs_and_says_what_it_did():
    pytest.importorskip("atheris")
    done = subprocess.run(
        [sys.executable, str(FUZZ / "run.py"), "--seconds", "5", "ndjson"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "executions" in done.stdout
