"""Which Python runs the tests, and what is said when none can."""

import os
import sys
from pathlib import Path

import pytest
from python_environments import make_environment

from harness.checks.interpreter import find_interpreter
from harness.errors import UsageError

NO_PATH = {"PATH": "/nonexistent"}


def fake(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def environments(tmp_path_factory):
    """A folder with two environments: `full` has pytest, `empty` has nothing."""
    import venv

    folder = tmp_path_factory.mktemp("environments")
    make_environment(folder / "full")
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder / "empty")
    return folder


def test_the_configured_one_relative_to_the_checkout(environments):
    checkout = environments / "empty"
    found = find_interpreter(checkout, "../full/bin/python", NO_PATH)
    assert found.path.samefile(environments / "full/bin/python")
    assert (found.chosen, found.version) == ("[tests] python", "{}.{}.{}".format(*sys.version_info))
    assert found.pytest == pytest.__version__
    assert str(environments / "full") in found.own
    assert str(environments / "full") in found.sys_path[-1]
    assert len(found.distributions) == 64


def test_a_venvs_python_is_not_resolved_out_of_it(environments):
    python = environments / "full" / "bin" / "python"
    assert python.is_symlink()
    assert find_interpreter(environments, str(python), NO_PATH).path == python


@pytest.mark.parametrize(
    ("configured", "code", "words"),
    [
        ("missing/python", "python-not-found", "doesn't exist"),
        ("plain", "python-not-found", "isn't an executable file"),
        (".", "python-not-found", "isn't an executable file"),
        ("failing", "python-unusable", "no such module"),
        ("talking", "python-unusable", "doesn't answer like a Python"),
        ("silent", "python-unusable", "doesn't answer like a Python"),
        ("binary", "python-unusable", "doesn't run"),
    ],
)
def test_a_configured_one_that_cannot_be_used(tmp_path, configured, code, words):
    (tmp_path / "plain").write_text("")
    fake(tmp_path / "failing", "echo no such module >&2; exit 3")
    fake(tmp_path / "talking", "echo '{\"version\": 3}'")
    fake(tmp_path / "silent", "exit 0")
    (tmp_path / "binary").write_bytes(b"\x00\x01\x02")
    (tmp_path / "binary").chmod(0o755)
    with pytest.raises(UsageError) as caught:
        find_interpreter(tmp_path, configured, NO_PATH)
    assert caught.value.code == code
    assert words in caught.value.message
    assert str(tmp_path) in caught.value.message
    assert "[tests] python" in caught.value.hint


def test_a_configured_one_without_pytest(environments):
    with pytest.raises(UsageError) as caught:
        find_interpreter(environments, "empty/bin/python", NO_PATH)
    assert caught.value.code == "no-pytest"
    assert "empty/bin/python has no pytest" in caught.value.message
    assert "install pytest" in caught.value.hint


def test_the_first_that_has_pytest(environments, tmp_path):
    full, empty = environments / "full", environments / "empty"
    active = find_interpreter(
        tmp_path, None, {"VIRTUAL_ENV": str(full), "CONDA_PREFIX": str(empty), **NO_PATH}
    )
    assert active.chosen == "the active virtual environment (VIRTUAL_ENV)"
    conda = find_interpreter(
        tmp_path, None, {"VIRTUAL_ENV": str(empty), "CONDA_PREFIX": str(full), **NO_PATH}
    )
    assert conda.chosen == "the active conda environment (CONDA_PREFIX)"
    assert conda.path == full / "bin" / "python"
    (tmp_path / ".venv").symlink_to(full)
    checkout = find_interpreter(tmp_path, None, {"VIRTUAL_ENV": str(empty), **NO_PATH})
    assert checkout.chosen == ".venv in the checkout"
    on_path = find_interpreter(environments, None, {"PATH": f"{empty / 'bin'}:{full / 'bin'}"})
    assert on_path.chosen == "the harness's own interpreter, because no other had pytest"
    on_path = find_interpreter(environments, None, {"PATH": str(full / "bin")})
    assert on_path.chosen == "python3 on the PATH"


def test_the_harness_s_own_is_the_last_resort_and_says_so(tmp_path):
    found = find_interpreter(tmp_path, None, NO_PATH)
    assert found.path == Path(sys.executable)
    assert found.chosen == "the harness's own interpreter, because no other had pytest"


def test_the_active_environment_of_the_harness_comes_after_the_projects(environments, tmp_path):
    active = {"VIRTUAL_ENV": sys.prefix, "PATH": f"{sys.prefix}/bin"}
    found = find_interpreter(tmp_path, None, active)
    assert (found.path, found.chosen) == (Path(sys.prefix, "bin/python3"), "python3 on the PATH")
    (tmp_path / "venv").symlink_to(environments / "full")
    assert find_interpreter(tmp_path, None, active).chosen == "venv in the checkout"


def test_a_shim_is_seen_through(tmp_path):
    shim = fake(tmp_path / "bin" / "python3", f'exec "{sys.executable}" "$@"')
    found = find_interpreter(tmp_path, None, {"PATH": f"{shim.parent}:/bin:/usr/bin"})
    assert (found.path, found.chosen) == (Path(sys.executable), "python3 on the PATH")


def test_nothing_of_the_folder_or_the_environment_gets_into_the_question(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    steered = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nonexistent", **NO_PATH}
    found = find_interpreter(tmp_path, sys.executable, steered)
    assert os.fspath(tmp_path) not in found.sys_path


def test_installed_distributions_make_the_digest(environments, tmp_path):
    site = make_environment(tmp_path / "venv")
    before = find_interpreter(tmp_path, None, NO_PATH)
    assert before.chosen == "venv in the checkout"
    assert find_interpreter(tmp_path, None, NO_PATH) == before
    info = site / "extra-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n")
    after = find_interpreter(tmp_path, None, NO_PATH)
    assert after.distributions != before.distributions
