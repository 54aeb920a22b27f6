"""`harness hook claude|codex|cursor`: what agents' hooks send, and that every doubt blocks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from guard_rows import row

from harness.guard.hook.run import answer
from harness.policy.harness_files import HARNESS_FILES
from harness.templates.content import starter_files

# In two pieces, so that the guard of this repository lets it pass.
KEY = "AKIA" + "IOSFODNN7Q2XR9PL"
SECRET = f"AWS_KEY = '{KEY}'\n"
MARKERS = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> c\n"


@pytest.fixture
def asked(repository, monkeypatch):
    """Asks the hook of an agent that stands in the repository; (exit code, codes, what was printed)."""
    monkeypatch.chdir(repository.path)
    for name in list(os.environ):
        if name.startswith(("GIT_", "CLAUDE_", "CURSOR_")):
            monkeypatch.delenv(name)

    def ask(payload, agent="claude", **environment):
        monkeypatch.chdir(repository.path)
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        given = answer(agent, data, environment)
        assert bool(given.stderr) == (given.code == 2)
        lines = [line for line in given.stderr.splitlines() if line.startswith("[")]
        return given.code, [line[1:].split("]")[0] for line in lines], given

    ask.root = repository.path
    ask.repository = repository
    return ask


def tool(name: str, cwd: object = None, **values) -> dict:
    return {"hook_event_name": "PreToolUse", "tool_name": name, "tool_input": values, "cwd": cwd and str(cwd)}


PATHS = {
    "pyproject.toml": ["protected-path"],
    "PyProject.TOML": ["path-collision", "protected-path"],
    "deep/PyProject.TOML": ["protected-path"],
    "src/../pyproject.toml": ["protected-path"],
    ".github/workflows/new.yml": ["protected-path"],
    "harness.toml": ["harness-file"],
    "hooks/pre-push": ["harness-file"],
    "telemetry/demo.ndjson": ["harness-file"],
    ".git/hooks/pre-commit": ["path-git-directory"],
    ".GIT/config": ["path-git-directory"],
    "src/.git": ["path-git-directory"],
    ".gitattributes": ["control-file"],
    ".claude/settings.json": ["control-file"],
    "../elsewhere.py": ["path-traversal"],
    "src/../../elsewhere.py": ["path-traversal"],
    "/etc/passwd": ["path-absolute"],
    "src/a:b": ["path-not-canonical"],
    "src/nul.py": ["path-reserved-name"],
    "src/a\x1bb": ["path-control-character"],
    "src/a\x00b": ["path-control-character"],
    "src/new.py": [],
    "docs/größe.md": [],
    "keys/open.txt": [],
}


@pytest.mark.parametrize(("path", "codes"), PATHS.items())
def test_every_write_is_judged_by_its_path(asked, path, codes):
    for name, key in (("Write", "file_path"), ("Edit", "file_path"), ("NotebookEdit", "notebook_path")):
        assert asked(tool(name, asked.root, **{key: path}))[:2] == (2 if codes else 0, codes)
    if "\0" not in path:
        patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n-a\n+b\n*** End Patch\n"
        assert asked(tool("apply_patch", asked.root, command=patch), "codex")[1] == codes


@pytest.mark.parametrize(
    "path", [path for path, codes in PATHS.items() if "path-traversal" not in codes and path[0] != "/"]
)
def test_an_absolute_path_into_the_repository_is_the_same(asked, path):
    assert (
        asked(tool("Write", "/", file_path=f"{asked.root}/{path}"), CLAUDE_PROJECT_DIR=str(asked.root))[1]
        == PATHS[path]
    )


def test_where_relative_paths_start(asked):
    inner = asked.root / "src"
    assert asked(tool("Write", inner, file_path="../pyproject.toml"))[1] == ["protected-path"]
    assert asked(tool("Write", inner, file_path="new.py"))[1] == []
    assert asked(tool("Write", inner, file_path="../../x"))[1] == ["path-traversal"]
    assert asked(tool("Write", None, file_path="pyproject.toml"))[1] == ["protected-path"]


def test_links_are_followed(asked, tmp_path):
    (asked.root / "inner").symlink_to(".github")
    (asked.root / "alias.toml").symlink_to("pyproject.toml")
    (asked.root / "outer").symlink_to(tmp_path)
    (asked.root / "gone").symlink_to(tmp_path / "nowhere/yet")
    (asked.root / "loop").symlink_to("loop")
    assert asked(tool("Write", asked.root, file_path="inner/x.yml"))[1] == ["protected-path"]
    assert asked(tool("Edit", asked.root, file_path="alias.toml"))[1] == ["protected-path"]
    assert asked(tool("Write", asked.root, file_path="outer/x"))[1] == ["symlink"]
    assert asked(tool("Write", asked.root, file_path="gone"))[1] == ["symlink"]
    assert asked(tool("Write", asked.root, file_path="loop/x"))[0] in (0, 2)
    (tmp_path / "way").symlink_to(asked.root)
    assert asked(tool("Write", tmp_path / "way", file_path=f"{tmp_path}/way/src/x"))[1] == []
    assert asked(tool("Write", tmp_path / "way", file_path=f"{tmp_path}/way/harness.toml"))[1] == [
        "harness-file"
    ]


def test_what_is_written_is_judged_too(asked):
    assert asked(tool("Write", asked.root, file_path="src/a.py", content=MARKERS))[1] == ["conflict-markers"]
    assert asked(tool("Write", asked.root, file_path="src/a.py", content=SECRET))[1] == ["secret-added"]
    pragma = SECRET.strip() + "  # pragma: allowlist secret\n"
    assert asked(tool("Write", asked.root, file_path="src/a.py", content=pragma))[1] == ["secret-added"]
    edit = {"file_path": "src/a.py", "old_string": SECRET, "new_string": SECRET + "x = 1\n"}
    assert asked(tool("Edit", asked.root, **edit))[1] == []
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": MARKERS}]
    assert asked(tool("MultiEdit", asked.root, file_path="src/a.py", edits=edits))[1] == ["conflict-markers"]
    patch = "*** Begin Patch\n*** Add File: src/b.py\n" + "".join(
        f"+{line}\n" for line in MARKERS.splitlines()
    )
    assert asked(tool("apply_patch", asked.root, command=patch), "codex")[1] == ["conflict-markers"]


def test_every_file_of_a_patch_counts(asked):
    patch = (
        "*** Begin Patch\n*** Update File: src/app.py\n*** Move to: pyproject.toml\n@@\n-a\n+b\n"
        "*** Delete File: harness.toml\n  *** Add File: ../x\n*** End Patch\n"
    )
    expected = ["protected-path", "harness-file", "path-traversal"]
    assert asked(tool("apply_patch", asked.root, command=patch), "codex")[1] == expected
    heredoc = f"apply_patch <<'EOF'\n{patch}EOF\n"
    assert set(asked(tool("Bash", asked.root, command=heredoc), "codex")[1]) >= set(expected)


def test_the_policy_is_heads_and_what_the_checkout_adds(asked):
    asked.repository.write("harness.toml", '[policy]\nprotected = ["docs/", "!pyproject.toml"]\n')
    assert asked(tool("Write", asked.root, file_path="pyproject.toml"))[1] == ["protected-path"]
    assert asked(tool("Write", asked.root, file_path="docs/x.md"))[1] == ["protected-path"]


@pytest.mark.parametrize(
    ("command", "blocked"),
    [
        ("git reset --hard", True),
        ("git -C . checkout -- .", True),
        ("git stash clear", True),
        ("git commit --no-verify -m x", True),
        ("git -c core.hooksPath=/dev/null commit -m x", True),
        ("echo $(git clean -fdx)", True),
        ("git wipe", True),
        ("linux32 git reset --hard", True),
        ("some-unknown-program git status", False),
        ("if [", True),
        ("git status", False),
        ("git commit -m 'git reset --hard'", False),
        ("python -m pytest -q", False),
        ("pip install requests", False),
        ("some-unknown-program --flag", False),
    ],
)
def test_commands_that_would_destroy_are_blocked(asked, command, blocked):
    asked.repository.git("config", "alias.wipe", "reset --hard")
    for agent, name in (("claude", "Bash"), ("codex", "Bash"), ("cursor", "Shell")):
        code, _, given = asked(tool(name, asked.root, command=command), agent)
        assert code == (2 if blocked else 0), given.stderr


def test_a_command_is_judged_where_the_agent_stands(asked, tmp_path):
    command = tool("Bash", asked.root / "src", command="rm -r build")
    assert asked(command)[0] == 0
    assert asked(command | {"cwd": str(tmp_path)}, CLAUDE_PROJECT_DIR=str(asked.root))[1] == [
        "outside-worktree"
    ]


def test_a_blocked_command_is_told_the_safe_way(asked):
    _, codes, given = asked(tool("Bash", asked.root, command="git reset --hard"))
    assert len(codes) == 1
    assert "hint: " in given.stderr


@pytest.mark.parametrize(
    ("payload", "blocked"),
    [
        (tool("Read", file_path="/etc/passwd"), False),
        (tool("Grep", path="/", pattern="x"), False),
        (tool("TodoWrite", todos=[]), False),
        (tool("mcp__files__write_file", path="pyproject.toml", content="x"), True),
        (tool("mcp__files__move_file", source="src/app.py", destination="/tmp/x"), True),
        (tool("mcp__files__read_file", path="pyproject.toml"), False),
        ({"hook_event_name": "Stop"}, False),
        ({"hook_event_name": "UserPromptSubmit", "prompt": "x"}, False),
    ],
)
def test_only_what_writes_or_runs_is_judged(asked, payload, blocked):
    assert asked(payload)[0] == (2 if blocked else 0)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        {},
        {"hook_event_name": "PreToolUse"},
        {"tool_name": 7},
        {"tool_name": "Write", "tool_input": []},
        {"tool_name": "Write", "tool_input": {}},
        {"tool_name": "Write", "tool_input": {"file_path": 7}},
        {"tool_name": "Bash", "tool_input": {"command": None}},
        {"tool_name": "Bash", "tool_input": {"command": ["a", 1]}},
        {"tool_name": "apply_patch", "tool_input": {"command": "no patch"}},
        {"tool_name": "apply_patch", "tool_input": "{"},
        {"hook_event_name": 7, "tool_name": "Write", "tool_input": {"file_path": "x"}},
        {"tool_name": "apply_patch", "tool_input": {"command": "*** Add File: x\n" * 200_000}},
    ],
)
@pytest.mark.parametrize("agent", ["claude", "codex", "cursor"])
def test_what_can_not_be_read_is_blocked(asked, payload, agent):
    code, _, given = asked(payload, agent)
    assert code == 2
    assert "Traceback" not in given.stderr
    assert "[unreadable-input]\n  hint: " in given.stderr


def test_without_a_repository_it_blocks(asked, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    code, _, given = asked(tool("Write", folder, file_path="x"))
    assert code == 2
    assert "[no-repository]" in given.stderr


@pytest.mark.parametrize("file", [".git/HEAD", ".git/refs/heads/main"])
def test_a_repository_git_can_not_read_blocks_and_is_named(asked, file):
    asked.repository.git("config", "gc.auto", "0")
    (asked.root / "harness.toml").unlink()
    asked.repository.write(file, "garbage\n")
    code, _, given = asked(tool("Write", asked.root, file_path="pyproject.toml"))
    assert code == 2
    assert "[damaged-repository]" in given.stderr


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (tool("Write", "/a\0b", file_path="x"), "the folder it names can't be one"),
        (tool("Write", "/\ud800", file_path="x"), "the folder it names can't be one"),
        (tool("Bash", "/\ud800", command="ls"), "the folder it names can't be one"),
        (tool("Write", file_path="src/\ud800"), "[path-encoding]"),
    ],
)
def test_what_no_file_can_be_called_is_no_fault_of_ours(asked, payload, said):
    code, _, given = asked(payload)
    assert code == 2
    assert said in given.stderr
    assert "harness-fault" not in given.stderr


def test_a_wrong_configuration_blocks(asked):
    asked.repository.write("harness.toml", "[policy\n")
    assert "[invalid-config]" in asked(tool("Write", asked.root, file_path="src/x"))[2].stderr


def test_a_repository_without_a_commit_has_its_checkouts_policy(empty, asked):
    empty.write("harness.toml", '[policy]\nprotected = ["a"]\n')
    assert asked(tool("Write", empty.path, file_path="a"))[1] == ["protected-path"]
    assert asked(tool("Write", empty.path, file_path="b"))[1] == []


CURSOR_ROOT = {"cursor_version": "3", "workspace_roots": None}


@pytest.mark.parametrize(
    ("payload", "permission"),
    [
        ({"hook_event_name": "beforeShellExecution", "command": "git reset --hard", "cwd": ""}, "deny"),
        ({"hook_event_name": "beforeShellExecution", "command": "ls", "cwd": ""}, "allow"),
        (
            {
                "hook_event_name": "preToolUse",
                "tool_name": "Write",
                "tool_input": {"file_path": "pyproject.toml"},
            },
            "deny",
        ),
        (
            {
                "hook_event_name": "preToolUse",
                "tool_name": "Delete",
                "tool_input": {"file_path": "harness.toml"},
            },
            "deny",
        ),
        (
            {"hook_event_name": "preToolUse", "tool_name": "Write", "tool_input": {"file_path": "src/x"}},
            "allow",
        ),
        ({"hook_event_name": "preToolUse", "tool_name": "Read", "tool_input": {"file_path": "/x"}}, "allow"),
        ({"hook_event_name": "beforeReadFile", "file_path": "/x", "content": ""}, "allow"),
        (
            {"hook_event_name": "beforeMCPExecution", "tool_name": "write", "tool_input": '{"path": "/x"}'},
            "deny",
        ),
        ({"hook_event_name": "afterFileEdit", "file_path": "pyproject.toml", "edits": []}, "deny"),
        ({"hook_event_name": "afterFileEdit", "file_path": "src/x", "edits": []}, None),
        ({"hook_event_name": "stop", "status": "completed"}, None),
    ],
)
def test_cursor_gets_a_document_beside_the_exit_code(asked, payload, permission):
    root = CURSOR_ROOT | {"workspace_roots": [str(asked.root)]}
    data = b"\xef\xbb\xbf" + json.dumps(payload | root).encode()
    code, _, given = asked(data, "cursor")
    document = json.loads(given.stdout)
    assert document.get("permission") == permission
    assert code == (2 if permission == "deny" else 0)
    if permission == "deny":
        assert document["agent_message"] == document["user_message"] == given.stderr.strip()


def test_claude_and_codex_get_nothing_on_standard_output(asked):
    for agent in ("claude", "codex"):
        for path in ("pyproject.toml", "src/x"):
            assert asked(tool("Write", asked.root, file_path=path), agent)[2].stdout == ""


def test_hostile_names_drive_no_terminal_and_many_reasons_are_cut(asked):
    patch = "*** Begin Patch\n" + "".join(f"*** Add File: ../\x1b[31m{n}\n" for n in range(100))
    given = asked(tool("apply_patch", asked.root, command=patch), "codex")[2]
    assert "\x1b" not in given.stderr
    assert given.stderr.endswith("and 80 more\n")


def run(repository, *arguments: str, data: bytes = b"", **extra: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "harness", "hook", *arguments],
        input=data, cwd=repository.path, env=repository.environment | extra, capture_output=True, timeout=60,
    )  # fmt: skip


def test_the_command_itself(repository):
    allowed = run(repository, "claude", data=json.dumps(tool("Write", file_path="src/x")).encode())
    assert (allowed.returncode, allowed.stdout, allowed.stderr) == (0, b"", b"")
    blocked = run(repository, "claude", data=json.dumps(tool("Write", file_path="pyproject.toml")).encode())
    assert blocked.returncode == 2
    assert b"[protected-path] pyproject.toml: " in blocked.stderr


@pytest.mark.parametrize("arguments", [[], ["emacs"], ["claude", "x"]])
def test_wrong_usage_blocks(repository, arguments):
    assert run(repository, *arguments).returncode == 2


def test_without_git_or_a_home_it_blocks(repository, tmp_path):
    data = json.dumps(tool("Write", file_path="src/x")).encode()
    done = run(repository, "claude", data=data, PATH=str(tmp_path))
    assert done.returncode == 2
    assert b"[no-git]" in done.stderr


def test_a_fault_of_its_own_blocks_and_is_no_traceback(repository, tmp_path):
    """The rules can't be imported: an installation that is broken."""
    broken = tmp_path / "broken"
    (broken / "harness").mkdir(parents=True)
    package = Path(sys.modules["harness"].__file__).parent
    (broken / "harness/__init__.py").write_text(
        f"__path__ = [{str(package)!r}]\n__version__ = '0'\n"
        "import sys\nsys.modules['harness.guard.hook.file_rules'] = None\n"
    )
    data = json.dumps(tool("Write", file_path="src/x")).encode()
    done = run(
        repository, "claude", data=data, PYTHONPATH=str(broken), HARNESS_STATE_HOME=str(tmp_path / "state")
    )
    assert done.returncode == 2
    assert b"[harness-fault]" in done.stderr
    assert b"Traceback" not in done.stderr


def test_what_init_writes_is_closed_to_phases_and_agents():
    written = {f"/{file.path}" for file in starter_files([])} - {"/plan.toml"}
    assert written <= set(HARNESS_FILES)


def test_rows_are_not_an_agents_to_add(asked):
    whole = (asked.root / "telemetry/demo.ndjson").read_text() + row()
    assert asked(tool("Write", asked.root, file_path="telemetry/demo.ndjson", content=whole))[1] == [
        "harness-file"
    ]
