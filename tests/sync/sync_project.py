"""What the tests of two clones share."""

from project import Project, create

PHASE = """
id = "work"
goal = "Add a module"
deliverables = ["src/textkit/new.py"]
scope = ["src/", "tests/"]
max_attempts = 1
"""


def work(project: Project, value: int = 1):
    """Complete the phase `work` with a recorded reply."""
    project.reply("work", 1, create("src/textkit/new.py", f"value = {value}\n"))
    done = project.phase("work")
    assert done.code == 0, (done.stdout, done.stderr)
    return done.json


def refs(project: Project) -> dict[str, str]:
    """Every ref sync exchanges, with its object."""
    shown = project.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return {
        ref: oid
        for ref, oid in (line.split() for line in shown)
        if ref.startswith(("refs/heads/harness/", "refs/harness/", "refs/notes/harness/"))
        and not ref.startswith("refs/harness/remotes/")
    }
