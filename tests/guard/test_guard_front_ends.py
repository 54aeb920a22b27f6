"""The same fault has the same code, whichever way it comes."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

ZERO = "0" * 40
# In two pieces, so that the guard of this repository lets it pass.
KEY = "AKIA" + "IOSFODNN7Q2XR9PL"
SECRET = f"AWS_KEY = '{KEY}'\n"
MARKERS = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n"
PLAIN = "# content\n"
# A path, what is written there, and the code every front end gives it.
FAULTS = {
    "a protected file": ("pyproject.toml", PLAIN, "protected-path"),
    "a new file in a protected folder": (".github/workflows/x.yml", PLAIN, "protected-path"),
    "a protected file in another spelling": ("deep/PyProject.TOML", PLAIN, "protected-path"),
    "a device's name": ("docs/aux.md", PLAIN, "path-reserved-name"),
    "a colon": ("docs/a:b", PLAIN, "path-not-canonical"),
    "a blank at the end": ("docs/a ", PLAIN, "path-not-canonical"),
    "an invisible character": ("docs/a\u200bb", PLAIN, "path-invisible-character"),
    "a control character": ("docs/a\tb", PLAIN, "path-control-character"),
    "git's folder by its short name": ("docs/git~1/x", PLAIN, "path-git-directory"),
    "too many folders": ("d/" * 45 + "x", PLAIN, "path-too-long"),
    "another case": ("src/APP.py", PLAIN, "path-collision"),
}
IN_CONTENTS = {
    "conflict markers": ("src/new.txt", MARKERS, "conflict-markers"),
    "a secret": ("src/new.py", SECRET, "secret-added"),
}


def stage(repository, path, content) -> None:
    repository.write(path, content)
    repository.git("-c", "core.protectNTFS=false", "add", "-A")


def codes_of(violations) -> set[str]:
    return {violation["code"] for violation in violations}


def by_hook(repository, path, content):
    values = {"file_path": path, "content": content}
    payload = {"hook_event_name": "PreToolUse", "tool_name": "Write", "tool_input": values}
    done = piped(repository, json.dumps(payload | {"cwd": str(repository.path)}), "hook", "claude")
    assert done.returncode == 2
    return set(re.findall(r"^\[([a-z-]+)\]", done.stderr.decode(), re.MULTILINE))


def by_check(repository, path, content):
    kind = "replace_file" if (repository.path / path).exists() else "create"
    operation = {"type": kind, "file_path": path, "content": content}
    done = piped(repository, json.dumps(operation), "check", "-", "--json", "--scope", "**")
    return codes_of(json.loads(done.stdout)["violations"])


def by_staging(repository):
    return codes_of(repository.verdict("--staged")["violations"])


def by_text(repository):
    lines = repository.guard().stdout.decode().splitlines()
    return {re.search(r":\d+: ([a-z-]+) ", line)[1] for line in lines if not line.startswith("  hint: ")}


def by_sarif(repository):
    (log,) = json.loads(repository.guard("--sarif").stdout)["runs"]
    return {result["ruleId"] for result in log["results"]}


def by_annotation(repository):
    lines = repository.guard("--github").stdout.decode().splitlines()
    return {re.search(r"title=harness guard%3A ([a-z-]+)", line)[1] for line in lines}


def by_range(repository):
    return codes_of(repository.verdict("--range", "HEAD~1..HEAD")["violations"])


def by_push(repository):
    repository.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    line = f"refs/heads/x {repository.head()} refs/heads/x {ZERO}\n"
    done = piped(repository, line, "guard", "--json", "--pre-push", "origin")
    return codes_of(json.loads(done.stdout)["violations"])


def piped(repository, text: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["harness", *arguments],
        input=text.encode(), cwd=repository.path, env=repository.environment, capture_output=True, timeout=120,
    )  # fmt: skip


NO_PLAIN_FILES = {
    "a symbolic link": ("120000", "src/link", "symlink"),
    "a submodule": ("160000", "vendor", "gitlink"),
    "attributes": ("100644", ".gitattributes", "control-file"),
    "submodules' addresses": ("100644", ".gitmodules", "control-file"),
    "a hook manager's hook": ("100755", ".husky/pre-push", "control-file"),
}

STAGED = {"--staged": by_staging, "text": by_text, "--sarif": by_sarif, "--github": by_annotation}
COMMITTED = {"--range": by_range, "--pre-push": by_push}


@pytest.mark.parametrize("fault", [*FAULTS, *IN_CONTENTS])
def test_the_guard_and_agents_hooks_give_the_same_code(repository, fault):
    path, content, code = (FAULTS | IN_CONTENTS)[fault]
    found = {"harness hook": by_hook(repository, path, content)}
    stage(repository, path, content)
    found |= {name: ask(repository) for name, ask in STAGED.items()}
    repository.git("commit", "-q", "--no-verify", "-m", "it")
    found |= {name: ask(repository) for name, ask in COMMITTED.items()}
    assert found == {name: {code} for name in ("harness hook", *STAGED, *COMMITTED)}


@pytest.mark.parametrize("fault", FAULTS)
def test_check_gives_it_too(repository, fault):
    path, content, code = FAULTS[fault]
    assert by_check(repository, path, content) == {code}


@pytest.mark.parametrize("fault", IN_CONTENTS)
def test_check_finds_the_same_in_contents(repository, fault):
    path, content, code = IN_CONTENTS[fault]
    assert by_check(repository, path, content) == {code}


@pytest.mark.parametrize("fault", NO_PLAIN_FILES)
def test_what_is_no_plain_file_has_the_same_code_everywhere(repository, fault):
    mode, path, code = NO_PLAIN_FILES[fault]
    (repository.path / "target").write_bytes(b"app.py")
    blob = repository.git("hash-object", "-w", "target")
    (repository.path / "target").unlink()
    oid = repository.head() if mode == "160000" else blob
    repository.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    patch = repository.git("diff", "--cached", "--binary", "--no-renames", "HEAD") + "\n"
    done = piped(repository, patch, "check", "-", "--json")
    found = {"harness check": codes_of(json.loads(done.stdout)["violations"])}
    found |= {name: ask(repository) for name, ask in STAGED.items()}
    repository.git("commit", "-q", "--no-verify", "-m", "it")
    found |= {name: ask(repository) for name, ask in COMMITTED.items()}
    assert found == {name: {code} for name in ("harness check", *STAGED, *COMMITTED)}
