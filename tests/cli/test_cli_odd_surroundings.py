"""Names, files and surroundings that are odd and possible: a clear line and the documented exit code."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from project import FILES, Project

PHASE = 'id = "work"\ngoal = "Größe → ☃"\ndeliverables = ["src/textkit/new.py"]\n'
LONG = "x" * 300


def started(project, *arguments, **options):
    """`harness ARGUMENTS` as a process of its own; `environment` is all it has, where given."""
    environment = options.pop("environment", project.environment)
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=project.root,
        env=environment,
        capture_output=True,
        **options,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan", "show", "--plan", LONG], "no-plan"),
        (["plan", "add", "a", "--goal", "g", "--deliverable", "a/b.py", "--plan", LONG], "no-plan"),
        (["approve", LONG, "--reason", "r"], "which-run"),
    ],
)
def test_a_name_no_file_can_have_is_a_file_that_is_not_there(project, arguments, code):
    result = project.harness(*arguments, "--json")
    assert (result.code, result.json["code"]) == (2, code)


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 5000 + "]" * 5000])
@pytest.mark.parametrize("file", ["plan.toml", "harness.toml"])
def test_values_that_no_reader_takes_are_wrong_toml(project, file, value):
    project.plan(PHASE)
    project.write(file, f"x = {value}\n")
    result = project.harness("plan", "show", "--json")
    assert (result.code, result.json["code"]) == (2, "invalid-toml")
    assert file in result.json["message"]


def test_a_plan_that_is_a_link_to_itself_can_not_be_added_to(project):
    (project.root / "plan.toml").symlink_to("plan.toml")
    result = project.harness("plan", "add", "a", "--goal", "g", "--deliverable", "a/b.py", "--json")
    assert (result.code, result.json["code"]) == (2, "no-plan")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_the_output_can_not_encode_is_escaped(project, encoding):
    project.plan(PHASE)
    done = started(project, "plan", "show", environment=project.environment | {"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2192 \\u2603" in done.stdout


def test_without_standard_input_nothing_is_asked(project):
    done = started(project, "fix", "--check", "-", preexec_fn=lambda: os.close(0))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("warnings", ["default", "error"])
def test_what_python_warns_of_in_code_is_no_matter(project, warnings):
    """With `error` it couldn't be parsed; Python 3.12 and newer show such a warning by themselves."""
    line = json.dumps(
        {"command": r"""python -c 'print("\d")'""", "fix_type": "python", "run_type": "project_build"}
    )
    environment = project.environment | {"PYTHONWARNINGS": warnings}
    done = started(project, "fix", "--check", "-", input=line.encode(), environment=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["decision"] == "allowed"


def test_options_behind_the_dashes_are_those_of_the_other_command(project):
    result = project.harness("fix", "--run", "demo", "--", "cat", "--json")
    assert (result.code, result.stdout) == (2, "")


@pytest.fixture(scope="session")
def another_user():
    """(number, what makes a command one of that user); skips where there is no way to be another user."""
    number = 54321
    if os.geteuid() != 0 or not (setpriv := shutil.which("setpriv")):
        pytest.skip("needs to be another user")
    command = [setpriv, f"--reuid={number}"]
    # A Python, or a clone, in the home folder of root is nobody else's.
    imports = subprocess.run([*command, sys.executable, "-c", "import harness.cli.main"], capture_output=True)
    if imports.returncode:
        pytest.skip(f"another user can't run the harness here: {imports.stderr.decode(errors='replace')}")
    return number, command


def test_a_user_without_a_home_folder_is_told_what_to_set(environment, another_user):
    """It was a traceback, of the telling what had gone wrong."""
    nobody, as_nobody = another_user
    known = {k: v for k, v in environment.items() if k not in ("HOME", "HARNESS_STATE_HOME")}
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), known)
        project.git("init", "-q", "-b", "main")
        project.commit(FILES)
        for place, folders, files in os.walk(folder):
            for name in (".", *folders, *files):
                os.chown(os.path.join(place, name), nobody, -1)
        command = [*as_nobody, sys.executable, "-m", "harness", "fix", "--", "git", "status"]
        done = subprocess.run(command, cwd=folder, env=known, capture_output=True)
    assert done.returncode == 2, done.stderr
    assert b"[no-state-folder]" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_state_folder_that_cannot_be_written_is_no_fault_of_the_harness(project):
    """A home folder that is read-only ended in exit code 70, and nothing said what to set."""
    done = project.harness("fix", "--", "git", "status", HARNESS_STATE_HOME=f"{os.devnull}/state")
    assert done.code == 2, done.stderr
    assert "[no-state-folder]" in done.stderr and "HARNESS_STATE_HOME=DIR" in done.stderr


def test_a_repository_of_somebody_else_is_named_with_the_way_to_trust_it(environment, another_user):
    """The guard said to run it inside a repository; the doctor, that phases could be run.

    It failed, too, where a folder of the PATH may not be searched.
    """
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder) / "theirs", environment)
        project.root.mkdir()
        project.git("init", "-q", "-b", "main")
        project.commit(FILES)
        home = Path(folder) / "home"
        home.mkdir()
        os.chmod(folder, 0o755)
        (Path(folder) / "closed").mkdir(mode=0o700)
        (Path(folder) / "git").symlink_to(shutil.which("git"))
        path = f"{folder}/closed:{folder}"
        known = environment | {"HOME": str(home), "HARNESS_STATE_HOME": str(home / "state"), "PATH": path}
        another = [*another_user[1], sys.executable, "-m", "harness"]

        def as_another(*arguments):
            command = [*another, *arguments]
            return subprocess.run(command, cwd=project.root, env=known, capture_output=True, text=True)

        guarded = as_another("guard")
        assert guarded.returncode == 2
        assert f"git config --global --add safe.directory '{project.root}'" in guarded.stderr
        (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
        assert as_another("guard").returncode == 0
        seen = as_another("doctor")
        assert seen.returncode == 1
        assert f"{project.root}/.git can't be written" in seen.stdout


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PATH": "/nowhere"}, "git is not on the PATH"),
        (
            {"GIT_CONFIG_NOSYSTEM": "x"},
            "git can't be run: fatal: bad boolean config value 'x' for 'GIT_CONFIG_NOSYSTEM'",
        ),
    ],
)
def test_where_git_can_not_be_run_that_is_said(project, variables, said):
    done = started(project, "status", "--json", environment={**project.environment, **variables})
    told = json.loads(done.stdout)
    assert (done.returncode, told["code"], told["message"]) == (2, "no-git", said)
