"""What an agent that isn't contained changes in the user's git folder is told, whatever it is."""

import pytest
from script_agent import AGENT

PHASE = """
id = "a"
goal = "Add a module"
deliverables = ["src/textkit/a.py"]
tests = "none"
max_attempts = 1
agent = "script"
"""


@pytest.mark.parametrize(
    ("done", "change"),
    [
        ("ln -s /bin/true .git/hooks/post-commit", ("setting", ".git/hooks/post-commit", "added")),
        ("mv .git/config .git/c; ln -s c .git/config", ("setting", ".git/config", "changed")),
        ("echo /x > .git/objects/info/alternates", ("setting", ".git/objects/info/alternates", "added")),
        (
            "git --git-dir=.git update-ref refs/harness/approvals/runs/demo/a HEAD",
            ("ref", "refs/harness/approvals/runs/demo/a", "added"),
        ),
    ],
)
def test_links_borrowed_objects_and_approvals_are_seen(project, done, change):
    """A hook that was a link, objects from elsewhere, an approval nobody gave: not a word of them."""
    project.write("script.sh", f"#!/bin/sh\necho 'value = 1' > src/textkit/a.py\ncd {project.root}\n{done}\n")
    (project.root / "script.sh").chmod(0o755)
    project.plan(PHASE)
    project.commit({"harness.toml": (project.root / "harness.toml").read_text() + AGENT}, "plan")
    [attempt] = project.phase("a").json["attempts"]
    [seen] = attempt["checkout_changes"]
    assert (seen["kind"], seen["name"], seen["change"]) == change
    assert any(change[1] in warning for warning in attempt["warnings"])
