"""Tests run on the worktree's code, however the checkout is installed."""

from pathlib import PurePosixPath

import pytest

from harness.checks.imports import environment_folders, import_roots

CODE = {
    "src/textkit/__init__.py": "WHERE = 'checkout'",
    "tests/test_where.py": """
        import shutil, subprocess, sys
        SHOW = [sys.executable, "-c", "import textkit; print(textkit.WHERE)"]

        def test_here():
            import textkit
            assert textkit.WHERE == "worktree"
        def test_in_a_process():
            assert subprocess.check_output(SHOW, text=True) == "worktree\\n"
        def test_in_a_process_elsewhere(tmp_path):
            assert subprocess.check_output(SHOW, text=True, cwd=tmp_path) == "worktree\\n"
        def test_python_by_name():
            python = shutil.which("python")
            assert subprocess.check_output([python, *SHOW[1:]], text=True) == "worktree\\n"
    """,
}
HERE = {"src/textkit/__init__.py": "WHERE = 'worktree'"}

# What an editable install by a finder looks like: a module, and a `.pth` line that calls it.
FINDER = """
    import sys
    from importlib.machinery import ModuleSpec
    from importlib.util import spec_from_file_location

    class Finder:
        @classmethod
        def find_spec(cls, fullname, path=None, target=None):
            if fullname == "textkit":
                return spec_from_file_location(fullname, {file!r})
            return None

    def install():
        sys.meta_path.{how}Finder)
"""


def install_finder(project, how):
    file = str(project.checkout / "src/textkit/__init__.py")
    site = project.site
    text = FINDER.format(file=file, how=how).replace("\n    ", "\n")
    (site / "__editable___textkit_finder.py").write_text(text)
    line = "import __editable___textkit_finder; __editable___textkit_finder.install()\n"
    (site / "__editable__.textkit.pth").write_text(line)


@pytest.fixture
def textkit(bare_project):
    bare_project.write(CODE, both=True)
    bare_project.write(HERE)
    return bare_project


def again(project):
    """The interpreter as it is after something was installed."""
    import os

    from harness.checks.interpreter import find_interpreter

    project.interpreter = find_interpreter(project.checkout, None, {"PATH": os.environ["PATH"]})


def all_passed(run):
    assert run.status == "completed", run.why + run.log
    assert set(run.outcomes.values()) == {"passed"}, run.log
    assert len(run.outcomes) == 4


def test_source_layout_without_any_install(textkit):
    all_passed(textkit.run())


def test_an_editable_install_by_path(textkit):
    (textkit.site / "textkit.pth").write_text(f"{textkit.checkout / 'src'}\n")
    again(textkit)
    all_passed(textkit.run())


def test_an_editable_install_by_path_of_an_unusual_folder(textkit):
    for base in (textkit.checkout, textkit.worktree):
        (base / "src").rename(base / "python")
    (textkit.site / "textkit.pth").write_text(f"{textkit.checkout / 'python'}\n")
    again(textkit)
    all_passed(textkit.run())


def test_an_editable_install_by_an_appended_finder(textkit):
    install_finder(textkit, "append(")
    again(textkit)
    all_passed(textkit.run())


def test_a_finder_put_first_is_noticed(textkit):
    install_finder(textkit, "insert(0, ")
    again(textkit)
    run = textkit.run()
    assert run.status == "unknown"
    file = textkit.checkout / "src/textkit/__init__.py"
    assert run.why == f"the module textkit comes from the user's checkout, not the worktree: {file}"


def test_a_finder_put_first_is_noticed_when_only_child_processes_import(textkit):
    install_finder(textkit, "insert(0, ")
    again(textkit)
    textkit.write({"tests/test_where.py": "def test_nothing(): pass"})
    run = textkit.run()
    assert run.status == "unknown"
    assert "the module textkit comes from the user's checkout" in run.why


def test_an_import_by_the_checkouts_path_is_noticed_in_every_worker(project):
    project.write({"secret_module.py": ""}, both=True)
    (project.worktree / "secret_module.py").unlink()
    project.write(
        {
            "tests/test_path.py": f"""
                import sys
                def test_path():
                    sys.path.append({str(project.checkout)!r})
                    import secret_module
            """
        }
    )
    for args in ((), ("-n", "1")):
        run = project.run(args=args)
        assert run.status == "unknown"
        assert "the module secret_module comes from the user's checkout" in run.why


def test_a_link_into_the_checkout_is_noticed(project):
    project.write({"real.py": ""}, both=True)
    (project.worktree / "linked.py").symlink_to(project.checkout / "real.py")
    project.write({"tests/test_link.py": "def test_link(): import linked"})
    run = project.run()
    assert run.status == "unknown"
    assert "the module linked comes from the user's checkout" in run.why


def test_a_worktree_within_the_checkout_is_not_the_checkout(project):
    inside = project.checkout / ".harness" / "state"
    inside.parent.mkdir()
    (project.folder / "state").rename(inside)
    (project.folder / "state").symlink_to(inside)
    project.write({"lib.py": "", "tests/test_lib.py": "import lib\ndef test_lib(): pass"})
    assert project.run().outcomes == {"tests/test_lib.py::test_lib": "passed"}


CHECKOUT = PurePosixPath("/home/u/kit")
WORKTREE = PurePosixPath("/state/worktree")


def roots(sys_path, own=(), workdir="."):
    return import_roots(sys_path, own, (CHECKOUT,), WORKTREE, workdir)


def test_roots_of_a_plain_project():
    assert roots(["/usr/lib/python3"]) == ("/state/worktree/src", "/state/worktree")


def test_entries_of_the_checkout_are_mapped_first():
    path = ["/home/u/kit/lib", "/home/u/kit/.venv/lib/site", "", "/home/u/kitten", "/home/u/kit"]
    assert roots(path, ["/home/u/kit/.venv", "/usr"]) == (
        *("/state/worktree/lib", "/state/worktree", "/state/worktree/src"),
    )


def test_an_environment_made_at_the_projects_root():
    path = ["/home/u/kit/lib/python3/site-packages", "/home/u/kit/code"]
    own = ["/home/u/kit", "/home/u/kit/lib/python3/site-packages"]
    assert roots(path, own)[0] == "/state/worktree/code"
    assert [str(f) for f in environment_folders(own, (CHECKOUT,))] == own[1:]


def test_the_workdir_comes_before_the_root():
    assert roots([], workdir="backend") == (
        *("/state/worktree/backend/src", "/state/worktree/backend"),
        *("/state/worktree/src", "/state/worktree"),
    )
