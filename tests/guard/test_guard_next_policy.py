"""What becomes of harness.toml: one the guard couldn't go by is refused, one that lets more pass is remarked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HOOKS = Path(__file__).parents[2] / "hooks"
UNUSABLE = {
    "no TOML": "[policy\n",
    "no text": b"\xff",
    "no list": "[policy]\nprotected = 1\n",
    "a pattern that could never match": '[policy]\nprotected = ["a/[b"]\n',
    "a code nobody is let off": '[policy]\npeople = ["protected-path"]\n',
    "no number": '[policy.content]\nmax_files = "many"\n',
}


def staged(repository, content: str | bytes) -> None:
    repository.write("harness.toml", content)
    repository.git("add", "-A")


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE)
def test_a_configuration_that_would_lock_everybody_out_is_refused(repository, content):
    staged(repository, content)
    assert repository.refused() == [("invalid-config", "harness.toml")]
    base = repository.head()
    repository.commit()
    assert repository.refused("--range", f"{base}..HEAD") == [("invalid-config", "harness.toml")]


def test_the_first_one_is_looked_at_too(empty):
    staged(empty, "[policy\n")
    assert empty.refused() == [("invalid-config", "harness.toml")]
    empty.write("harness.toml", "")
    empty.write("a")
    empty.commit()
    empty.git("rm", "-q", "harness.toml")
    empty.commit()
    staged(empty, "[policy\n")
    assert empty.refused() == [("invalid-config", "harness.toml")]


def test_the_plain_hook_says_why_and_what_to_do(repository, tmp_path):
    shutil.copytree(HOOKS, tmp_path / "hooks")
    repository.git("config", "core.hooksPath", tmp_path / "hooks")
    staged(repository, "[policy\n")
    done = repository.run("git", "commit", "-m", "x")
    assert done.returncode != 0
    told = (done.stdout + done.stderr).decode()
    assert "harness.toml:1: invalid-config would be unusable: it is not valid TOML: " in told
    assert "hint: correct it first" in told
    staged(repository, "[policy]\n")
    assert repository.run("git", "commit", "-m", "x").returncode == 0


LOOSER = {
    "dropped": (
        '[policy]\nprotected = [".github/", "!keys/open.txt"]\n',
        "drops pyproject.toml, keys/** from [policy] protected",
    ),
    "taken out": (
        '[policy]\nprotected = ["pyproject.toml", ".github/", "keys/**", "!keys/"]\n',
        "adds !keys/ to [policy] protected",
    ),
    "let off": (
        '[policy]\nprotected = ["pyproject.toml", ".github/", "keys/**"]\npeople = ["symlink"]\n',
        "lets people off symlink",
    ),
}


@pytest.mark.parametrize(("content", "told"), LOOSER.values(), ids=LOOSER)
def test_one_that_lets_more_pass_is_remarked(repository, content, told):
    staged(repository, content)
    done = repository.guard()
    assert (done.returncode, done.stdout) == (0, b"")
    expected = f"harness guard: warning: harness.toml {told}, for what builds on this\n"
    assert done.stderr.decode() == expected
    base = repository.head()
    repository.commit()
    assert repository.guard("--range", f"{base}..HEAD").stderr.decode() == expected


def test_one_that_goes_is_remarked(repository):
    repository.git("rm", "-q", "harness.toml")
    done = repository.guard()
    assert done.returncode == 0
    assert b"harness.toml drops pyproject.toml, .github/, keys/** from [policy] protected" in done.stderr


def test_one_that_is_no_looser_is_not(repository):
    staged(
        repository,
        '[policy]\nprotected = ["keys/**", ".github/", "pyproject.toml", "new/", "!keys/open.txt"]\n',
    )
    done = repository.guard()
    assert (done.returncode, done.stderr) == (0, b"")
