"""The tree's own pytest configuration, by pytest's order."""

import subprocess

import pytest

from harness.checks.pytest_config import find_pytest_config

IN_ORDER = {
    "pytest.toml": "",
    ".pytest.toml": "",
    "pytest.ini": "",
    ".pytest.ini": "",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-v'\n",
    "tox.ini": "[tox]\n[pytest]\n",
    "setup.cfg": "[metadata]\n\n[tool:pytest]\n",
}
NOT_PYTEST = {
    "pyproject.toml": "[tool.pytest-something]\n[tool.ruff]\n",
    "tox.ini": "[tox]\n# [pytest]\n[pytest-x]\n",
    "setup.cfg": "[metadata]\n[pytest]\n",
    "conftest.py": "",
}


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def test_each_name_in_turn(tmp_path):
    write(tmp_path, IN_ORDER)
    for name in IN_ORDER:
        assert find_pytest_config([tmp_path], "9.0.0") == tmp_path / name
        (tmp_path / name).unlink()
    assert find_pytest_config([tmp_path], "9.0.0") is None


def test_older_versions_do_not_know_toml_of_their_own(tmp_path):
    write(tmp_path, {"pytest.toml": "", "pyproject.toml": "[tool.pytest]\naddopts = []\n"})
    assert find_pytest_config([tmp_path], "9.0.0") == tmp_path / "pytest.toml"
    assert find_pytest_config([tmp_path], "8.4.2") is None
    (tmp_path / "pytest.toml").unlink()
    assert find_pytest_config([tmp_path], "10.1") == tmp_path / "pyproject.toml"


def test_files_without_a_section_do_not_count(tmp_path):
    write(tmp_path, NOT_PYTEST)
    assert find_pytest_config([tmp_path], "9.0.0") is None
    assert find_pytest_config([tmp_path / "missing"], "") is None


@pytest.mark.parametrize("text", ["[tool.pytest", "a = 1\na = 2", "\x00", "a = " + "[" * 9999])
def test_one_that_cannot_be_parsed_is_left_to_pytest(tmp_path, text):
    write(tmp_path, {"pyproject.toml": text, "setup.cfg": "[tool:pytest]"})
    assert find_pytest_config([tmp_path], "9.0.0") == tmp_path / "pyproject.toml"


def test_a_link_to_something_endless_is_not_read(tmp_path):
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    (tmp_path / "tox.ini").symlink_to("tox.ini")
    assert find_pytest_config([tmp_path], "unknown") is None


def test_the_workdir_before_the_root(tmp_path):
    write(tmp_path, {"pytest.ini": ""})
    write(tmp_path / "sub", {"setup.cfg": "[tool:pytest]"})
    folders = [tmp_path / "sub", tmp_path]
    assert find_pytest_config(folders, "9.0.0") == tmp_path / "sub" / "setup.cfg"
    (tmp_path / "sub" / "setup.cfg").unlink()
    assert find_pytest_config(folders, "9.0.0") == tmp_path / "pytest.ini"


@pytest.mark.parametrize("left", [list(IN_ORDER), list(IN_ORDER)[4:], ["setup.cfg"]])
def test_pytest_agrees(project, left):
    """pytest's own search, run in a tree of its own, is the oracle."""
    project.write({**{name: IN_ORDER[name] for name in left}, "tests/test_it.py": "def test_it(): 1"})
    ours = find_pytest_config([project.worktree], project.interpreter.pytest)
    shown = subprocess.run(
        [project.interpreter.path, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"],
        cwd=project.worktree,
        env={"PYTHONPYCACHEPREFIX": str(project.bytecode)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"configfile: {ours.name}" in shown
    assert ours.name == left[0]
