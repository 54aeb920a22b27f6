"""A secret an agent wrote: refused, and in nothing that is kept."""

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
    listed = project.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    command = ["git", "cat-file", "--batch"]
    everything = subprocess.run(
        command, cwd=project.root, input="\n".join(listed).encode(), capture_output=True, check=True
    ).stdout
    assert KEY.encode() not in everything
    assert b"[masked:sha256:" in everything
    verified = project.harness("verify", "demo", "--json")
    assert verified.code == 0, verified.stdout
