"""What an agent could do past its hook: name files in lists, and approve its own work."""

import json

import pytest


def asked(project, tool, **values):
    """The code a hook answers with, and what it says."""
    call = {
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": values,
        "cwd": str(project.root),
    }
    result = project.harness("hook", "claude", stdin=json.dumps(call).encode())
    return result.code, result.stderr


@pytest.mark.parametrize(
    ("tool", "values"),
    [
        (
            "mcp__fs__write_files",
            {"files": [{"path": "src/a.py"}, {"path": "pyproject.toml", "content": "x"}]},
        ),
        ("mcp__fs__delete_many", {"paths": ["src/a.py", "pyproject.toml"]}),
        (
            "MultiEdit",
            {"file_path": "src/a.py", "edits": [{"file_path": "pyproject.toml", "new_string": "x"}]},
        ),
        ("MultiEdit", {"edits": [{"file_path": "pyproject.toml", "new_string": "x"}]}),
    ],
)
def test_files_in_lists_are_judged(project, tool, values):
    """Of a list nothing was looked at."""
    code, said = asked(project, tool, **values)
    assert (code, "[protected-path] pyproject.toml" in said) == (2, True), said


@pytest.mark.parametrize(
    "values", [{"files": [{"path": "src/a.py"}]}, {"changes": ["reworded: ~ all"], "path": "src/a.py"}]
)
def test_lists_of_what_may_be_written_pass(project, values):
    assert asked(project, "mcp__fs__update", **values) == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        "harness approve work --reason fine",
        "git add -A && env -u HARNESS_SUPERVISED harness -C . approve pyproject.toml --reason fine",
        "python3 -m harness approve work --reason fine",
        "bash -c 'harness approve work --reason fine'",
    ],
)
def test_no_agent_approves(project, command):
    """The guard refused a commit, and the agent let it pass itself."""
    code, said = asked(project, "Bash", command=command)
    assert (code, "[disables-guard]" in said) == (2, True), said


@pytest.mark.parametrize("command", ["harness status", "harness approve --help", "python3 -m harness guard"])
def test_an_agent_may_look(project, command):
    assert asked(project, "Bash", command=command) == (0, "")
