"""Agents that are programs: what they are given, and what is made of what they do."""

import json
import os
import sys
from pathlib import Path

import pytest

from harness.agents.failure import failure_code
from harness.agents.model import Usage
from harness.codes import all_explanations


def test_what_it_prints_is_the_reply(ask):
    reply = ask("printf 'a\\377b'; echo progress >&2")
    assert (reply.status, reply.text, reply.edited) == ("answered", b"a\xffb", False)
    assert (reply.reason, reply.log, reply.stop_reason) == ("", "progress\n", None)
    assert reply.duration > 0


def test_its_worktree_may_be_the_reply(ask, tmp_path):
    reply = ask("echo new > file; echo talk; echo progress >&2", edits="worktree")
    assert (reply.status, reply.text, reply.edited) == ("answered", b"", True)
    assert (tmp_path / "worktree" / "file").read_text() == "new\n"
    assert "talk" in reply.log
    assert "progress" in reply.log


def test_it_needs_a_worktree_either_way(agent):
    assert agent("true").needs_worktree
    assert agent("true", edits="worktree").needs_worktree


def test_the_prompt_is_on_standard_input(agent, request_of):
    reply = agent("cat").ask(request_of(prompt="Zwölf Ziele\n"))
    assert reply.text.decode() == "Zwölf Ziele\n"


def test_a_prompt_that_is_not_all_text_still_arrives(agent, request_of):
    assert agent("cat").ask(request_of(prompt="a\udcffb")).text == b"a\\udcffb"


def test_an_unread_prompt_is_no_trouble(agent, request_of):
    assert agent("true").ask(request_of(prompt="x" * 1_000_000)).status == "answered"


def test_the_brief_is_a_file(ask):
    assert ask('cat "$HARNESS_BRIEF"').text == b'{"goal": "x"}'


def test_it_is_told_where_and_what_it_is(agent, request_of, tmp_path):
    program = (
        "import json, os\n"
        "names = ['BRIEF', 'USAGE', 'RUN_ID', 'PHASE_ID', 'ATTEMPT', 'WORKTREE']\n"
        "print(json.dumps([os.environ['HARNESS_' + n] for n in names] + [os.getcwd()]))\n"
    )
    reply = agent(sys.executable, "-c", program).ask(request_of(attempt=3))
    brief, usage, run, phase, attempt, worktree, folder = json.loads(reply.text)
    assert (run, phase, attempt) == ("demo", "slugify", "3")
    assert worktree == str(tmp_path / "worktree")
    assert Path(folder).samefile(worktree)
    assert Path(brief).is_absolute()
    assert Path(usage).parent == tmp_path / "scratch-3"


def test_it_gets_only_the_environment_it_was_given(agent, request_of, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_HARNESS", "1")
    program = "import json, os; print(json.dumps(dict(os.environ)))"
    robot = agent(sys.executable, "-I", "-S", "-c", program, environment={"TOKEN": "t"})
    environment = json.loads(robot.ask(request_of()).text)
    assert environment["TOKEN"] == "t"
    assert {n for n in environment if not n.startswith(("HARNESS_", "LC_CTYPE", "__CF"))} == {"TOKEN"}


def test_placeholders_in_its_command(agent, request_of, tmp_path):
    words = ["{run}/{phase}", "{attempt}", "{brief}", "{worktree}", "{other} {}", "{{run}}"]
    reply = agent("printf", "%s\\n", *words).ask(request_of(attempt=2))
    assert reply.text.decode().splitlines() == [
        "demo/slugify",
        "2",
        str(tmp_path / "scratch-2" / "brief.json"),
        str(tmp_path / "worktree"),
        "{other} {}",
        "{demo}",
    ]


def script(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_relative_program_lies_in_the_checkout(agent, request_of, tmp_path):
    script(tmp_path / "checkout" / "tools" / "robot", "echo trusted $1")
    script(tmp_path / "worktree" / "tools" / "robot", "echo planted")
    reply = agent("tools/robot", "tools/robot").ask(request_of())
    assert reply.text == b"trusted tools/robot\n"


def test_a_bare_program_is_found_on_the_given_path(agent, request_of, tmp_path):
    script(tmp_path / "bin" / "robot-7", "echo found")
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    assert agent("robot-7", environment={"PATH": path}).ask(request_of()).text == b"found\n"


def test_a_relative_folder_on_the_path_is_not_the_worktree_s(agent, request_of, tmp_path):
    script(tmp_path / "worktree" / "bin" / "robot-7", "echo planted")
    reply = agent("robot-7", environment={"PATH": f"bin:.:{os.environ['PATH']}"}).ask(request_of())
    assert (reply.status, reply.stop_reason) == ("failed", "not_started")


def test_a_failure_carries_its_last_words(ask):
    reply = ask("echo ignored; echo first >&2; printf 'no \\033[31mkey\\n\\n' >&2; exit 3")
    assert (reply.status, reply.text, reply.stop_reason) == ("failed", b"", "exit_code")
    assert "exit code 3" in reply.reason
    assert "no  [31mkey" in reply.reason
    assert reply.reason.isprintable()


def test_a_failed_agent_s_worktree_is_not_used(ask):
    reply = ask("echo half > file; exit 1", edits="worktree")
    assert (reply.status, reply.edited) == ("failed", False)


def test_a_death_by_signal_is_named(ask):
    reply = ask("kill -SEGV $$")
    assert (reply.status, reply.stop_reason) == ("failed", "exit_code")
    assert "SIGSEGV" in reply.reason


def test_a_hang_is_a_timeout(ask):
    reply = ask("echo working >&2; sleep 60", timeout=0.4)
    assert (reply.status, reply.stop_reason) == ("failed", "timeout")
    assert "0.4 s" in reply.reason
    assert "working" in reply.log


def test_a_flood_is_stopped(ask):
    reply = ask("ulimit -f 200000; yes", output_limit=100_000)
    assert (reply.status, reply.stop_reason, reply.text) == ("failed", "output_limit", b"")


@pytest.mark.parametrize("command", [["no-such-agent"], ["./no/such"], [], [""]])
def test_a_missing_program_is_not_started(agent, request_of, command):
    reply = agent(*command).ask(request_of())
    assert (reply.status, reply.stop_reason) == ("failed", "not_started")
    assert "robot" in reply.reason


def test_a_killed_supervisor_is_a_failure(ask):
    reply = ask("echo done; kill -9 $PPID; sleep 60")
    assert (reply.status, reply.stop_reason, reply.text) == ("failed", "lost", b"")


def test_survivors_are_mentioned(ask):
    reply = ask("echo edits; setsid sleep 60 & exit 0")
    assert (reply.status, reply.text) == ("answered", b"edits\n")
    assert "1 process" in reply.reason
    assert "1 process" in reply.log


def test_a_long_log_is_its_two_ends(ask):
    reply = ask("echo first >&2; head -c 200000 /dev/zero | tr '\\0' x >&2; echo last >&2")
    assert reply.log.startswith("first\n")
    assert reply.log.endswith("last\n")
    assert "bytes left out" in reply.log
    assert len(reply.log) < 20_000


def test_its_usage_is_read(ask):
    reply = ask("""echo '{"input": 10, "output": 20, "model": "m"}' > "$HARNESS_USAGE"; echo x""")
    assert reply.usage == Usage(input=10, output=20, model="m")
    assert reply.usage_problem == ""


def test_its_usage_is_read_when_it_failed_too(ask):
    reply = ask("""echo '{"output": 20}' > "$HARNESS_USAGE"; exit 1""")
    assert (reply.status, reply.usage) == ("failed", Usage(output=20))


@pytest.mark.parametrize(
    "make",
    [
        'echo nonsense > "$HARNESS_USAGE"',
        'mkfifo "$HARNESS_USAGE"',
        'ln -s "$HARNESS_BRIEF" "$HARNESS_USAGE"',
        'mkdir "$HARNESS_USAGE"',
        'head -c 2000000 /dev/zero > "$HARNESS_USAGE"',
    ],
)
def test_wrong_usage_is_a_problem_beside_the_reply(ask, make):
    reply = ask(f"{make}; echo edits")
    assert (reply.status, reply.text, reply.usage) == ("answered", b"edits\n", Usage())
    assert "usage.json" in reply.usage_problem


@pytest.mark.parametrize(
    "trick",
    ["rm {0}/stdout; mkfifo {0}/stdout", "ln -sf /etc/passwd {0}/stdout", "rm {0}/stdout"],
)
def test_output_swapped_for_something_else_is_not_read(ask, tmp_path, trick):
    reply = ask(trick.format(tmp_path / "scratch-1"))
    assert (reply.status, reply.stop_reason, reply.text) == ("failed", "unreadable", b"")


def test_an_old_account_is_not_taken_for_a_new_one(agent, request_of):
    request = request_of()
    (request.scratch / "usage.json").write_text('{"output": 99}')
    assert agent("true").ask(request).usage == Usage()


@pytest.mark.parametrize(
    "stop_reason",
    ["timeout", "output_limit", "exit_code", "not_started", "lost", "unreadable", None],
)
def test_every_failure_has_an_explained_code(stop_reason):
    from harness.agents.model import AgentReply

    code = failure_code(AgentReply("failed", stop_reason=stop_reason))
    assert all_explanations()[code].remedy
