"""Byte code kept between runs: only the phase base's runs add to it, no candidate's can spoil it."""

import hashlib
import shutil
from pathlib import Path

import pytest
from evidence_project import FILES, HONEST, config, create, make_project

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
