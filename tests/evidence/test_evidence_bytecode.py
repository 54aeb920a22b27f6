"""Byte code kept between runs: only the phase base's runs add to it, no candidate's can spoil it."""

import hashlib
import shutil
from pathlib import Path

import pytest
from evidence_project import FILES, HONEST, SLUG, config, create, make_project, put, work

# Every piece of byte code that can be reached is replaced by one that ends the process.
POISON = """
import importlib.util, os, pathlib, sys

def test_poison():
    code = compile("import os; os._exit(0)", "poison", "exec")
    import marshal
    data = importlib.util.MAGIC_NUMBER + b"\\1\\0\\0\\0" + b"\\0" * 8 + marshal.dumps(code)
    reached = 0
    for folder, _, files in os.walk(sys.pycache_prefix, followlinks=True):
        for name in files:
            try:
                pathlib.Path(folder, name).write_bytes(data)
                reached += 1
            except OSError:
                pass
    print("reached", reached)
"""

PLANT = """
import contextlib, os, pathlib, sys

def test_plant():
    for folder, _, _ in os.walk(sys.pycache_prefix, followlinks=True):
        with contextlib.suppress(OSError):
            pathlib.Path(folder, "planted").touch()
"""


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param("off", marks=pytest.mark.slow),
        pytest.param(
            "required", marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
        ),
    ],
)
def test_a_candidate_cannot_poison_what_later_runs_load(tmp_path, attempt, mode):
    project = make_project(tmp_path / "made", {**FILES, "harness.toml": config(containment=mode)})
    code, made = attempt(project, HONEST)
    assert code == 0, made["violations"]
    bytecode = Path(project.environment["HARNESS_STATE_HOME"], "bytecode")
    before = contents(bytecode)
    assert any("_pytest" in name for name in before)
    attempt(project, HONEST, create("tests/test_zz.py", POISON))
    assert contents(bytecode) == before
    code, made = attempt(project, HONEST)
    assert (code, made["violations"]) == (0, [])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")
def test_what_a_run_has_made_cannot_add_to_what_every_repository_loads(tmp_path):
    more = 'tests = ["tests/test_plant.py"]'
    plan = f'[run]\nid = "demo"\n\n[[phase]]\n{work("one")}\n[[phase]]\n{work("two", more=more)}'
    files = {**FILES, "harness.toml": config(containment="required"), "plan.toml": plan}
    project = make_project(tmp_path / "made", files)
    bytecode = Path(project.environment["HARNESS_STATE_HOME"], "bytecode")
    kept = shutil.copytree(bytecode, bytecode.with_name("kept"), symlinks=True)
    bytecode.unlink()
    kept.rename(bytecode)
    project.reply("one", 1, HONEST, create("tests/test_plant.py", PLANT))
    project.reply("two", 1, put("src/textkit/slug.py", SLUG))
    for phase in ("one", "two"):
        assert project.phase(phase).code == 0
    assert not [name for name in contents(bytecode) if name.endswith("planted")]
