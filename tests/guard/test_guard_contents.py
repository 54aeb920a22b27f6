"""What people may not commit beside protected paths: unsafe names, conflict markers, secrets, huge files."""

from __future__ import annotations

import pytest

MARKERS = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> topic\n"
# In two pieces, so that the guard of this repository lets it pass.
KEY = "AKIA" + "IOSFODNN7Q2XR9PL"
SECRET = f"AWS_KEY = '{KEY}'\n"
HOSTILE_NAMES = {
    b"src/\xff": "path-encoding",
    b"src/a\nb": "path-control-character",
    "src/\u202egpj.exe".encode(): "path-invisible-character",
    b"src/a:b": "path-not-canonical",
    b"src/a\\b": "path-not-canonical",
    b"src/ends.": "path-not-canonical",
    b"docs/CON.txt": "path-reserved-name",
    b"src/git~1/x": "path-git-directory",
    b"src/" + b"d/" * 45 + b"x": "path-too-long",
}


def stage(repository, name, content="content\n"):
    repository.write(name, content)
    repository.git("-c", "core.protectNTFS=false", "add", "-A")


@pytest.mark.parametrize(("name", "code"), HOSTILE_NAMES.items())
def test_a_new_name_that_is_none_everywhere_is_refused(repository, name, code):
    stage(repository, name)
    assert [found for found, _ in repository.refused()] == [code]


@pytest.mark.parametrize(
    "name", ["src/a b.py", "src/größe.py", "src/[id].tsx", "src/-x", "a/" * 35 + "x", "src/~x"]
)
def test_unusual_names_pass(repository, name):
    stage(repository, name)
    assert repository.refused() == []


def test_what_has_such_a_name_already_may_change(repository):
    stage(repository, "docs/aux.md")
    repository.commit()
    stage(repository, "docs/aux.md", "changed\n")
    assert repository.refused() == []
    repository.git("mv", "docs/aux.md", "docs/fine.md")
    assert repository.refused() == []


@pytest.mark.parametrize("name", ["src/APP.py", "SRC/other.py", "Src/deep/x", "src/app.py\u200b"])
def test_two_names_that_are_one_on_some_systems_are_refused(repository, name):
    stage(repository, name)
    codes = {code for code, _ in repository.refused()}
    assert codes <= {"path-collision", "path-invisible-character"} and codes


def test_names_that_differ_only_in_case_may_be_swapped(repository):
    repository.git("mv", "src/app.py", "src/App.py")
    assert repository.refused() == []


def test_so_may_those_of_folders(repository):
    repository.git("mv", "src", "away")
    repository.git("mv", "away", "Src")
    assert repository.refused() == []
    repository.write("src/stays")
    repository.git("add", "-A")
    assert repository.refused() == [("path-collision", "Src/app.py")]
    repository.git("rm", "-q", "--cached", "src/stays")
    repository.git("branch", "before")
    repository.git("commit", "-q", "--no-verify", "-m", "renamed")
    assert repository.refused("--range", "before..HEAD") == []


def test_a_folder_that_keeps_something_collides(repository):
    repository.write("src/stays")
    repository.commit()
    repository.git("mv", "src/app.py", "away")
    stage(repository, "Src/app.py")
    assert repository.refused() == [("path-collision", "Src/app.py")]


def test_two_new_names_collide_with_each_other(repository):
    repository.write("new/x")
    repository.write("new/X")
    repository.git("add", "-A")
    assert repository.refused() == [("path-collision", "new/x")]


def test_conflict_markers_are_refused_at_their_line(repository):
    stage(repository, "src/app.py", MARKERS)
    (violation,) = repository.verdict()["violations"]
    assert (violation["code"], violation["path"], violation["line"]) == ("conflict-markers", "src/app.py", 2)
    assert repository.guard().stdout.startswith(b"src/app.py:2: conflict-markers ")


def test_markers_that_were_there_are_none_of_this_commit(repository):
    repository.write("docs/merging.md", MARKERS)
    repository.commit()
    stage(repository, "docs/merging.md", MARKERS + "more\n")
    assert repository.refused() == []


def test_a_secret_is_refused_and_not_repeated(repository):
    stage(repository, "src/settings.py", "import os\n" + SECRET)
    done = repository.guard()
    assert done.returncode == 3
    assert done.stdout.startswith(b"src/settings.py:2: secret-added ")
    assert KEY.encode() not in done.stdout + done.stderr


def test_a_person_may_say_that_it_is_none(repository):
    stage(repository, "src/settings.py", SECRET.strip() + "  # pragma: allowlist secret\n")
    assert repository.refused() == []


def test_a_secret_that_is_moved_was_there(repository):
    repository.write("src/settings.py", SECRET)
    repository.commit()
    repository.git("mv", "src/settings.py", "src/other.py")
    assert repository.refused() == []


def test_a_huge_file_is_refused_by_its_size_alone(repository):
    stage(repository, "src/data.bin", b"\0" * (6 * 1024 * 1024))
    assert repository.refused() == [("oversized-file", "src/data.bin")]


def test_the_limits_are_those_of_the_commit_it_builds_on(repository):
    repository.write("harness.toml", "[policy]\nprotected = []\n[policy.content]\nmax_file_bytes = 100\n")
    stage(repository, "src/data.txt", "x" * 200)
    assert repository.refused() == []
    repository.commit()
    stage(repository, "src/more.txt", "x" * 200)
    assert repository.refused() == [("oversized-file", "src/more.txt")]


def test_a_limit_that_is_none_blocks(repository):
    repository.write("harness.toml", '[policy.content]\nmax_files = "many"\n')
    repository.commit()
    stage(repository, "src/x")
    done = repository.guard()
    assert done.returncode == 2
    assert b"[invalid-config]" in done.stderr


def stage_no_plain_files(repository) -> None:
    (repository.path / "src/link").symlink_to("app.py")
    repository.git("add", "-A")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{repository.head()},sub")
    for path in (".gitattributes", "src/.GITMODULES", ".husky/pre-commit", "lefthook.yml"):
        repository.write(path, "x\n")
        repository.git("add", path)


NO_PLAIN_FILES = [
    ("control-file", ".gitattributes"),
    ("control-file", ".husky/pre-commit"),
    ("control-file", "lefthook.yml"),
    ("control-file", "src/.GITMODULES"),
    ("symlink", "src/link"),
    ("gitlink", "sub"),
]


def test_links_submodules_and_what_steers_git_are_refused(repository):
    stage_no_plain_files(repository)
    assert repository.refused() == NO_PLAIN_FILES


def test_people_can_be_let_off_by_a_commit_before(repository):
    stage_no_plain_files(repository)
    repository.write("harness.toml", '[policy]\npeople = ["symlink", "gitlink", "control-file"]\n')
    repository.git("add", "harness.toml")
    assert repository.refused() == NO_PLAIN_FILES
    repository.git("commit", "-q", "--no-verify", "-m", "it", "--", "harness.toml")
    assert repository.refused() == []


def test_people_are_let_off_nothing_that_holds_for_everybody(repository):
    repository.write("harness.toml", '[policy]\npeople = ["protected-path"]\n')
    repository.commit()
    stage(repository, "src/x")
    done = repository.guard()
    assert (done.returncode, b"can't let off 'protected-path'" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "path",
    [".gitignore", "CODEOWNERS", ".vscode/tasks.json", ".pre-commit-config.yaml", "telemetry/.gitattributes"],
)
def test_ordinary_settings_are_a_persons_to_change(repository, path):
    repository.write(path, "x\n")
    repository.git("add", "-A")
    repository.git("update-index", "--chmod=+x", "src/app.py")
    assert repository.refused() == []


def test_a_first_commit_may_bring_links_and_attributes(empty):
    (empty.path / "link").symlink_to("app.py")
    empty.write(".gitattributes", "* text\n")
    empty.git("add", "-A")
    assert empty.refused() == []


def test_the_first_commit_is_judged_without_a_policy(empty):
    empty.write("a.py", SECRET)
    empty.write("bb:c")
    empty.git("add", "-A")
    assert empty.refused() == [("secret-added", "a.py"), ("path-not-canonical", "bb:c")]


def test_a_first_commit_may_bring_any_number_of_files(empty):
    for number in range(30):
        empty.write(f"src/f{number}.py", "x = 1\n")
    empty.write("harness.toml", "[policy.content]\nmax_files = 10\n")
    empty.git("add", "-A")
    assert empty.refused() == []
    empty.commit()
    for number in range(30):
        empty.write(f"src/f{number}.py", "x = 2\n")
    empty.git("add", "-A")
    assert empty.refused() == [("too-many-files", None)]
    assert b".:1: too-many-files 30 files would change" in empty.guard().stdout


def test_a_merge_brings_no_blame_for_what_the_other_side_holds(repository):
    repository.git("checkout", "-q", "-b", "topic")
    stage(repository, "docs/aux.md", MARKERS + SECRET)
    repository.commit("topic")
    repository.git("checkout", "-q", "main")
    repository.write("src/app.py", "print('main')\n")
    repository.commit("main")
    repository.git("merge", "--no-commit", "topic")
    assert repository.refused() == []
    repository.write("docs/aux.md", MARKERS + SECRET + MARKERS)
    repository.git("add", "-A")
    assert repository.refused() == [("conflict-markers", "docs/aux.md")]
