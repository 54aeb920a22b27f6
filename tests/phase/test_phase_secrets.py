"""A secret an agent wrote: refused, and in nothing that is kept."""

import json
import subprocess

from project import create, names

KEY = "AKIA" + "IOSFODNN7Q2XR9PL"  # in two pieces, so that the guard of this repository lets it pass
PHASE = 'id = "keys"\ngoal = "Keys"\ndeliverables = ["src/textkit/keys.py"]\ntests = "none"\nmax_attempts = 1'


def test_a_secret_is_refused_and_kept_nowhere(project):
    project.plan(PHASE)
    project.commit(message="plan")
    project.reply("keys", 1, create("src/textkit/keys.py", f"KEY = '{KEY}'\n"))
    result = project.phase("keys")
    [attempt] = result.json["attempts"]
    assert (result.code, names(attempt["violations"])) == (3, {"secret-added"})
    assert attempt["masked"] == ["reply.txt"]
    kept = everything(project)
    assert KEY.encode() not in kept
    assert b"[masked:sha256:" in kept
    verified = project.harness("verify", "demo", "--json")
    assert verified.code == 0, verified.stdout


def test_what_an_agent_says_beside_its_edits_is_kept_without_secrets(project):
    """It was kept as it stood, and `harness sync` pushed it, unless the edits themselves had a secret."""
    edit = json.dumps(create("src/textkit/keys.py", "KEY = None\n"))
    said = f"printf '%s\\n' 'With {KEY}:' '{edit}'; echo got {KEY} >&2"
    project.write("agent.sh", f"#!/bin/sh\n{said}\n", 0o755)
    table = '\n[agents.sh]\nkind = "command"\ncommand = ["./agent.sh"]\n'
    project.write("harness.toml", (project.root / "harness.toml").read_text() + table)
    project.write(".git/info/exclude", "agent.sh\n")
    project.plan(PHASE)
    project.commit(message="plan")
    change = {"type": "replace", "old_text": KEY, "new_text": "x"}
    quoted = {"type": "modify", "file_path": "src/textkit/__init__.py", "operations": [change]}
    project.reply("keys", 1, quoted)
    assert project.phase("keys", "--response", "replies/keys-1.txt").code == 4
    result = project.phase("keys", "--agent", "sh")
    [attempt] = result.json["attempts"]
    assert (result.code, attempt["masked"]) == (0, ["agent.log", "reply.txt"])
    assert KEY.encode() not in everything(project)
    verified = project.harness("verify", "demo", "--json")
    assert verified.code == 0, verified.stdout


def test_a_secret_in_what_the_tests_of_the_base_fail_with_is_kept_nowhere(project):
    """The baseline has the error of a module that can't be collected, and so has the warning."""
    code = f"raise RuntimeError('{KEY[:4]}' + '{KEY[4:]}')\n"
    project.plan(PHASE.replace('tests = "none"\n', ""))
    project.commit({"tests/test_bad.py": code}, "plan")
    project.reply("keys", 1, create("src/textkit/keys.py", "KEY = None\n"))
    result = project.phase("keys")
    [attempt] = result.json["attempts"]
    assert (result.code, attempt["tests"]["baseline"]) == (1, "broken")
    assert KEY.encode() not in everything(project)
    assert project.harness("verify", "demo").code == 0


def test_a_refused_path_that_looks_like_a_secret_is_masked_and_verified(project):
    project.plan(PHASE)
    project.commit(message="plan")
    project.reply("keys", 1, create(f"../{KEY}.py", "KEY = None\n"))
    [attempt] = project.phase("keys").json["attempts"]
    assert (names(attempt["violations"]), attempt["masked"]) == ({"path-traversal"}, ["reply.txt"])
    assert KEY.encode() not in everything(project)
    verified = project.harness("verify", "demo", "--json")
    assert verified.code == 0, verified.stdout


def everything(project):
    """Every object of the repository."""
    listed = project.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").encode()
    command = ["git", "cat-file", "--batch"]
    return subprocess.run(command, cwd=project.root, input=listed, capture_output=True, check=True).stdout
