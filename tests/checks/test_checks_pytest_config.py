"""The tree's own pytest configuration, by pytest's order."""

import os
import subprocess

import pytest

from harness.checks.pytest_config import config_folders, find_pytest_config, root_folder

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
    assert f"configfile: {ours.name}" in shown_by_pytest(project)
    assert ours.name == (
        left[0] if pytest.version_tuple >= (9,) else left[0].replace("pytest.toml", "pytest.ini")
    )


# files with a configuration, the folder pytest starts in, the paths it is given, whose counts
LAYOUTS = {
    "on the way to the only path": (["app/pytest.ini"], ".", ["app/tests"], "app/pytest.ini"),
    "above the path before the root": (
        ["app/pytest.ini", "pytest.ini"],
        ".",
        ["app/tests"],
        "app/pytest.ini",
    ),
    "shared by two paths": (["app/pytest.ini", "pytest.ini"], ".", ["app/tests", "lib"], "pytest.ini"),
    "of one of two paths": (["lib/pytest.ini"], ".", ["app/tests", "lib"], "lib/pytest.ini"),
    "none beside a setup.py": (["lib/pytest.ini", "setup.py"], ".", ["app/tests", "lib"], None),
    "between workdir and root": (["app/pytest.ini"], "app/tests", [], "app/pytest.ini"),
    "of a test": (["app/pytest.ini"], ".", ["app/tests/test_it.py::test_it"], "app/pytest.ini"),
    "outside of workdir": (["app/pytest.ini", "lib/pytest.ini"], "lib", ["../app/tests"], "app/pytest.ini"),
    "none, in a project in a folder": (["app/pyproject.toml"], "app", [], None),
    "none, in a folder of a project": (["pyproject.toml"], "app", [], None),
    "none at all": ([], "app", ["tests"], None),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_pytest_agrees_on_where_it_looks(project, name):
    files, workdir, paths, counts = LAYOUTS[name]
    tests = {"app/tests/test_it.py": "def test_it(): 1", "lib/test_lib.py": "def test_lib(): 1"}
    project.write({**tests, **{f: "[pytest]\n" if f.endswith("ini") else "" for f in files}})
    cwd = project.worktree / workdir
    absolute, version = [os.path.normpath(cwd / path) for path in paths], project.interpreter.pytest
    found = find_pytest_config(config_folders(project.worktree, cwd, absolute), version)
    assert found == (counts and project.worktree / counts)
    shown = shown_by_pytest(project, workdir, paths)
    assert ("configfile: pytest.ini" in shown) == (found is not None)
    root = root_folder(project.worktree, cwd, absolute, found, version)
    if name == "of one of two paths":  # ids of the other's tests wouldn't say where they are
        assert root == project.worktree != found.parent
    else:
        assert f"rootdir: {root}\n" in shown


def test_the_paths_of_a_project_in_a_folder_are_those_of_its_configuration(project):
    """`testpaths` counts; what lies beside it isn't collected."""
    project.write(
        {
            "app/pytest.ini": "[pytest]\ntestpaths = tests more*\n",
            "app/tests/test_a.py": "def test_a(): pass",
            "app/more_tests/test_b.py": "def test_b(): pass",
            "app/live/test_live.py": "raise SystemExit('this is not for every day')",
        }
    )
    run = project.run(paths=(), workdir="app")
    assert run.outcomes == {
        "app/more_tests/test_b.py::test_b": "passed",
        "app/tests/test_a.py::test_a": "passed",
    }


def test_the_root_of_a_project_in_a_folder_is_its_own_and_ids_begin_at_the_repository_s(project):
    data = "def test_it(pytestconfig): assert (pytestconfig.rootpath / 'tests/data.txt').is_file()"
    project.write({"app/pytest.ini": "[pytest]\n", "app/tests/data.txt": "", "app/tests/test_data.py": data})
    run = project.run(paths=["app/tests"])
    assert (run.status, run.outcomes) == ("completed", {"app/tests/test_data.py::test_it": "passed"})
    assert '"nodeid":"app/tests/test_data.py::test_it"' in run.report
    project.write({"app/tests/test_broken.py": "import nothing_of_this_name"})
    run = project.run(paths=(), workdir="app")
    assert (run.status, list(run.collection_errors)) == ("broken", ["app/tests/test_broken.py"])


def shown_by_pytest(project, workdir=".", paths=()):
    return subprocess.run(
        [project.interpreter.path, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *paths],
        cwd=project.worktree / workdir,
        env={"PYTHONPYCACHEPREFIX": str(project.bytecode)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
