"""An agent that is a script of the project and isn't contained, as harness.toml has it."""

AGENT = """
[agents.script]
kind = "command"
command = ["./script.sh"]
edits = "worktree"

[containment]
mode = "off"
"""
