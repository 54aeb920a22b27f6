"""`harness guard --staged`: what it refuses, what it passes, and where it reads its policy."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from protected_edits import STAGED_EDITS

PROTECTED = ("protected-path", "pyproject.toml")


@pytest.mark.parametrize("edit", STAGED_EDITS)
def test_every_way_to_change_a_protected_file_is_refused(repository, edit):
    STAGED_EDITS[edit](repository)
    assert repository.refused() == [PROTECTED]
    assert repository.refused("--staged") == [PROTECTED]


def test_innocent_changes_pass_in_silence(repository):
    repository.write("src/app.py", "print(1)\n")
    repository.write("keys/open.txt", "taken out of protection\n")
    repository.write("new/pyproject.tom", "look-alike\n")
    repository.git("add", "-A")
    done = repository.guard()
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert repository.verdict()["base"] == repository.head()


def test_only_what_is_staged_counts(repository):
    repository.write("pyproject.toml", "unstaged\n")
    assert repository.refused() == []


def test_a_line_is_clickable_and_says_the_safe_way(repository):
    STAGED_EDITS["deletion"](repository)
    done = repository.guard()
    first, hint = done.stdout.decode().splitlines()
    assert first.startswith("pyproject.toml:1: protected-path would be deleted")
    assert "git restore --staged -- pyproject.toml" in hint
    assert done.returncode == 3
    command = hint.split("unstage it: ")[1]
    repository.run("sh", "-c", command)
    assert repository.refused() == []


def test_the_policy_is_heads_not_the_indexs_or_the_checkouts(repository):
    repository.write("harness.toml", "[policy]\nprotected = []\n")
    STAGED_EDITS["deletion"](repository)
    repository.git("add", "-A")
    assert repository.refused() == [PROTECTED]


def test_the_policy_can_not_be_replaced_under_the_commit(repository):
    old = repository.git("rev-parse", "HEAD:harness.toml")
    weak = repository.run("git", "hash-object", "-w", os.devnull).stdout.decode().strip()
    repository.git("replace", old, weak)
    STAGED_EDITS["deletion"](repository)
    assert repository.refused() == [PROTECTED]


def test_a_folder_replaced_by_a_link_is_refused(repository):
    repository.git("rm", "-rq", ".github")
    (repository.path / ".github").symlink_to("src")
    repository.git("add", "-A")
    assert [path for _, path in repository.refused()] == [".github", ".github/workflows/ci.yml"]


def test_a_spelling_some_file_systems_take_for_the_same_is_refused(repository):
    repository.write("PyProject.TOML")
    repository.write("examples/.GITHUB/x.yml")
    repository.git("add", "-A")
    assert repository.refused() == [
        ("path-collision", "PyProject.TOML"),
        ("protected-path", "PyProject.TOML"),
        ("protected-path", "examples/.GITHUB/x.yml"),
    ]


def test_a_submodule_that_asks_to_be_overlooked_is_not(repository):
    commit = repository.head()
    repository.write(
        ".gitmodules",
        '[submodule "s"]\n path = keys/sub\n url = ./s\n ignore = all\n',
    )
    repository.git("add", ".gitmodules")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},keys/sub")
    repository.git("commit", "-q", "--no-verify", "-m", "submodule")
    other = repository.head()
    repository.git("update-index", "--cacheinfo", f"160000,{other},keys/sub")
    assert repository.refused() == [("protected-path", "keys/sub")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"keys/\xff\xfe", rb"keys/\xff\xfe:1: "),
        (b"keys/a\nb", rb"keys/a\nb:1: "),
        (b"keys/\x1b[31mred", rb"keys/\x1b[31mred:1: "),
        ("keys/\u202egpj.exe".encode(), rb"keys/\u202egpj.exe:1: "),
        ("keys/größe".encode(), "keys/größe:1: ".encode()),
    ],
)
def test_names_of_any_bytes(repository, name, shown):
    repository.write(name)
    repository.git("add", "-A")
    assert repository.guard().stdout.splitlines()[0].startswith(shown)
    assert repository.guard(PYTHONIOENCODING="ascii").returncode == 3
    told = os.fsdecode(name).encode("utf-8", "backslashreplace").decode()
    assert ("protected-path", told) in repository.refused()


def test_from_a_folder_inside(repository):
    STAGED_EDITS["rename out"](repository)
    repository.write("src/deep/x")
    assert repository.refused(cwd=repository.path / "src/deep") == [PROTECTED]
    assert repository.refused(GIT_DIR=str(repository.path / ".git"), cwd=repository.path) == [PROTECTED]


def test_in_a_linked_worktree(repository, tmp_path):
    repository.git("worktree", "add", "-q", "--detach", tmp_path / "linked")
    (tmp_path / "linked/pyproject.toml").write_text("x")
    repository.git("-C", tmp_path / "linked", "add", "-A")
    assert repository.refused(cwd=tmp_path / "linked") == [PROTECTED]
    assert repository.refused() == []


def test_git_says_which_index(repository, tmp_path):
    STAGED_EDITS["deletion"](repository)
    other = str(tmp_path / "index")
    repository.run("git", "read-tree", "HEAD", GIT_INDEX_FILE=other)
    assert repository.refused(GIT_INDEX_FILE=other) == []
    assert repository.refused() == [PROTECTED]


def test_a_conflict_on_a_protected_path_is_refused(repository):
    blob = repository.git("rev-parse", "HEAD:pyproject.toml")
    lines = "".join(f"100644 {blob} {stage}\tpyproject.toml\n" for stage in (1, 2, 3))
    subprocess.run(
        ["git", "update-index", "--index-info"],
        input=f"0 {'0' * 40}\tpyproject.toml\n{lines}", text=True, check=True,
        cwd=repository.path, env=repository.environment,
    )  # fmt: skip
    assert repository.refused() == [PROTECTED]


def test_nothing_is_written(repository):
    STAGED_EDITS["mode"](repository)
    os.utime(repository.path / "src/app.py", (1, 1))  # git status would refresh the index for this

    def contents():
        files = [path for path in (repository.path / ".git").rglob("*") if path.is_file()]
        return {path: hashlib.sha256(path.read_bytes()).digest() for path in files}

    before = contents()
    repository.guard()
    assert contents() == before


def test_no_program_a_repository_names_is_started(repository, tmp_path):
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("diff.external", "core.fsmonitor", "diff.x.textconv", "diff.x.command"):
        repository.git("config", key, str(trap))
    repository.write(".git/info/attributes", "* diff=x\n")
    repository.write("src/app.py", "x\n")
    repository.run("git", "-c", "core.fsmonitor=false", "add", "-A")
    (tmp_path / "sprung").unlink(missing_ok=True)
    assert repository.guard(GIT_EXTERNAL_DIFF=str(trap)).returncode == 0
    assert not (tmp_path / "sprung").exists()


def test_without_configuration_nothing_is_protected_and_it_says_so(repository):
    repository.git("rm", "-q", "harness.toml")
    repository.commit("no configuration")
    STAGED_EDITS["deletion"](repository)
    done = repository.guard()
    assert done.returncode == 0
    assert done.stderr.decode() == "harness guard: HEAD has no harness.toml: nothing is protected\n"


def test_before_the_first_commit_nothing_is_protected(empty):
    empty.write("harness.toml", '[policy]\nprotected = ["a"]\n')
    empty.write("a")
    empty.git("add", "-A")
    done = empty.guard()
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert empty.verdict() == {
        "schema": "harness.guard/1", "decision": "accepted", "base": None, "violations": [],
    }  # fmt: skip


def test_one_glob_may_stand_alone(repository):
    repository.write("harness.toml", '\ufeff[policy]\nprotected = "src/"\n')
    repository.commit()
    repository.write("src/app.py", "x\n")
    repository.git("add", "-A")
    assert repository.refused() == [("protected-path", "src/app.py")]


@pytest.mark.parametrize(
    "content",
    [
        "[policy\n",
        b"\xff",
        "policy = 1\n",
        "[policy]\nprotected = 1\n",
        '[policy]\nprotected = ["a", 1]\n',
        '[policy]\nprotected = ["a/[b"]\n',
    ],
)
def test_a_wrong_configuration_blocks_and_is_named(repository, content):
    repository.write("harness.toml", content)
    repository.commit()
    done = repository.guard("--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 2
    assert (answer["schema"], answer["code"]) == ("harness.error/1", "invalid-config")
    assert answer["message"].startswith("harness.toml in HEAD is unusable: ")
    assert b"Traceback" not in done.stderr


def test_a_folder_as_configuration_blocks(repository):
    repository.git("rm", "-q", "harness.toml")
    repository.write("harness.toml/x")
    repository.commit()
    done = repository.guard()
    assert done.returncode == 2
    assert b"[invalid-config]" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["--stagd"], ["--range"], ["--range", "main"], ["--staged", "--range", "a..b"], ["x"]]
)
def test_wrong_usage(repository, arguments):
    done = repository.guard(*arguments)
    assert done.returncode == 2
    assert b"[wrong-usage]" in done.stderr


def test_help(repository):
    done = repository.guard("--help")
    assert done.returncode == 0
    assert b"--range A..B" in done.stdout


@pytest.mark.parametrize("arguments", [[], ["--range", "a..b"]])
def test_no_repository(empty, tmp_path, arguments):
    done = empty.guard(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert b"[no-repository]" in done.stderr
    assert b"not a git repository" in done.stderr


def test_a_bare_repository_stages_nothing(repository, tmp_path):
    repository.git("clone", "-q", "--bare", repository.path, tmp_path / "bare.git")
    done = repository.guard(cwd=tmp_path / "bare.git")
    assert done.returncode == 2
    assert b"[bare-repository]" in done.stderr
    assert repository.refused("--range", "main..main", cwd=tmp_path / "bare.git") == []


def test_without_git(repository, tmp_path):
    done = repository.guard(PATH=str(tmp_path))
    assert done.returncode == 2
    assert b"[no-git]" in done.stderr


@pytest.mark.parametrize("lost", ["HEAD", "HEAD^{tree}", "HEAD:harness.toml"])
def test_a_damaged_repository_is_not_a_pass(repository, lost):
    STAGED_EDITS["deletion"](repository)
    oid = repository.git("rev-parse", lost)
    (repository.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    done = repository.guard()
    assert done.returncode in (2, 70)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["garbage\n", "", "1234567\n"])
def test_a_branch_git_can_not_read_is_not_before_the_first_commit(repository, content):
    STAGED_EDITS["deletion"](repository)
    repository.write(".git/refs/heads/main", content)
    done = repository.guard()
    assert done.returncode == 2
    assert b"[damaged-repository]" in done.stderr


def test_a_submodules_commit_is_no_folder_to_a_newer_git(repository, tmp_path):
    """Such a git says `OID submodule` of it, where one that is older says `missing`."""
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{repository.head()[::-1]},lib")
    repository.git("commit", "-q", "-m", "submodule")
    newer = tmp_path / "bin/git"
    newer.parent.mkdir()
    said = "s/^[0-9a-f]*:lib missing$/1234 submodule/"
    real = shutil.which("git")
    newer.write_text(
        f'#!/bin/bash\ncase " $* " in\n*" cat-file "*) {real} "$@" | sed -u "{said}" ;;\n*) exec {real} "$@" ;;\nesac\n'
    )
    newer.chmod(0o755)
    repository.git("rm", "-q", "--cached", "lib")
    repository.write("lib/new.py", "x = 1\n")
    repository.git("add", "lib")
    path = f"{newer.parent}{os.pathsep}{repository.environment['PATH']}"
    assert repository.refused(PATH=path) == [("gitlink", "lib")]


@pytest.mark.parametrize("where", [["-C."], ["-C=."], ["-C", "nowhere", "-C."]])
def test_the_folder_may_be_glued_to_its_option(repository, where):
    STAGED_EDITS["deletion"](repository)
    repository.git("read-tree", "--index-output=.git/other", "HEAD")
    command = [sys.executable, "-m", "harness", *where, "guard", "--staged"]
    assert repository.run(*command).returncode == 3
    assert repository.run(*command, GIT_INDEX_FILE=".git/other").returncode == 0


def test_imports_nothing_heavy(repository):
    repository.write("harness.toml", '[policy]\nprotected = ["pyproject.toml", ".github/"]\n')
    repository.commit("plain patterns")
    repository.write("src/app.py", "print('changed')\n")
    repository.write("src/new.py", "print('new')\n")
    repository.git("add", "-A")
    code = "import sys, harness.guard as g; print(g.main([]), *sys.modules)"
    done = repository.run(sys.executable, "-I", "-S", "-c", f"import sys; sys.path += {sys.path}; {code}")
    status, *loaded = done.stdout.decode().split()
    assert status == "0"
    assert "harness.guard" in loaded
    heavy = {"subprocess", "argparse", "pydantic", "pathlib", "dataclasses", "json", "git", "pygit2"}
    assert not heavy & set(loaded)
    # Each of these takes as long as the guard itself.
    assert not {"re", "typing", "tomllib", "harness.globs", "harness.policy"} & set(loaded)
