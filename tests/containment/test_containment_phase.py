"""Agents and tests that try to destroy what is the user's: with bubblewrap nothing of it changes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from containment_attacks import ATTACKS, pytest_attacks, shell_attacks
from containment_user import configure, precious, vandal
from project import create


def test_an_agent_changes_nothing_of_the_users(bubblewrap, user, tmp_path, victim):
    configure(user)
    vandal(user, shell_attacks(user, tmp_path, victim.pid))
    before = precious(user, tmp_path)
    result = user.phase("work")
    assert (result.code, result.json["outcome"]) == (0, "complete"), result.stdout + result.stderr
    assert precious(user, tmp_path) == before
    attempt = result.json["attempts"][0]
    assert attempt["containment"] == {"agent": "bubblewrap", "tests": "bubblewrap"}
    assert attempt["checkout_changes"] == []
    assert attempt["warnings"] == []
    assert result.stderr.count("contained by bubblewrap: agent with network, tests without network") == 1


def test_a_test_changes_nothing_of_the_users(bubblewrap, user, tmp_path, victim):
    configure(user)
    attacks = pytest_attacks(user, tmp_path, victim.pid)
    user.reply(
        "work", 1, create("src/textkit/new.py", "value = 1\n"), create("tests/test_attack.py", attacks)
    )
    before = precious(user, tmp_path)
    result = user.phase("work", "--agent", "recorded")
    assert result.code == 0, result.stdout + result.stderr
    assert precious(user, tmp_path) == before
    attempt = result.json["attempts"][0]
    assert attempt["containment"] == {"agent": None, "tests": "bubblewrap"}
    assert attempt["tests"]["passed"] == 1 + len(ATTACKS) + 3
    context = json.loads(user.harness("show", "work", "--file", "context.json").stdout)
    assert context["containment"] == attempt["containment"]


def test_a_set_up_command_is_contained_like_the_tests(bubblewrap, user, tmp_path):
    script = f"touch {user.root}/by-setup ~/by-setup; touch made-by-setup.log"
    configure(user, files={"setup.sh": script + "\n"})
    text = (user.root / "harness.toml").read_text()
    user.write("harness.toml", text.replace("[tests]\n", "[tests]\nsetup = 'sh setup.sh'\n"))
    user.git("commit", "-q", "--no-verify", "-m", "setup", "--", "harness.toml")
    vandal(user, "test -e made-by-setup.log || rm src/textkit/new.py")
    before = precious(user, tmp_path)
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    assert precious(user, tmp_path) == before


@pytest.mark.slow
def test_a_set_up_command_that_fails_without_network_says_so(bubblewrap, user):
    configure(user)
    text = (user.root / "harness.toml").read_text()
    user.write("harness.toml", text.replace("[tests]\n", "[tests]\nsetup = 'false'\n"))
    user.git("commit", "-q", "--no-verify", "-m", "setup", "--", "harness.toml")
    vandal(user, "")
    result = user.phase("work")
    assert (result.code, result.json["code"]) == (2, "setup-failed")
    assert "test_network" in result.json["message"]


def test_an_agent_writes_no_hook_or_setting_that_git_has_from_the_home_folder(bubblewrap, user, tmp_path):
    """A hook put there ran, not contained, at the user's next commit."""
    home = tmp_path / "home"
    for name in (".githooks/pre-commit", ".template/hooks/post-checkout", ".dotfiles/more", ".dotfiles/hook"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("")
    with (home / ".gitconfig").open("a") as settings:
        settings.write("[init]\n\ttemplateDir = ~/.template\n[include]\n\tpath = .dotfiles/more\n")
        settings.write('[includeIf "gitdir:~/none/"]\n\tpath = .dotfiles/nothing\n')
        settings.write("[core]\n\thooksPath = ~/.githooks\n")
    (user.root / ".git/hooks/post-commit").symlink_to(home / ".dotfiles/hook")
    (home / ".githooks/commit-msg").symlink_to(home / ".dotfiles/hook")
    configure(user)
    places = ".githooks/pre-commit .githooks/new .template/hooks/new .dotfiles/more .dotfiles/hook .zsh/x"
    (home / ".zsh").mkdir()
    vandal(user, f"for name in {places}; do echo evil >> ~/$name; done; touch ~/.claude/own")
    before = precious(user, tmp_path)
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    after = precious(user, tmp_path)
    assert after.pop(str(home / ".claude/own"))
    assert after == before


@pytest.mark.slow
def test_an_agent_keeps_its_own_settings_and_sees_what_it_needs(bubblewrap, user, tmp_path):
    configure(user, "env = { OWN = 'yes' }\n")
    home = tmp_path / "home"
    (home / "project-notes").write_text("visible\n")
    vandal(
        user,
        'set -e\ntest "$OWN" = yes\necho session > ~/.claude/session\ncat ~/project-notes\n'
        'touch ~/.new-tool\n! cat ~/.ssh/id_ed25519\ntest -z "$SSH_AUTH_SOCK"\n'
        'cat "$HARNESS_BRIEF" > /dev/null\necho \'{"output": 7}\' > "$HARNESS_USAGE"\n'
        "git config user.name\ngit log -1 > /dev/null\ngit commit -q --allow-empty -m mine\n",
    )
    result = user.phase("work", SSH_AUTH_SOCK="/tmp/agent")
    assert result.code == 0, result.stdout + result.stderr
    assert result.json["attempts"][0]["tokens"]["actual"] == 7
    assert (home / ".claude/session").read_text() == "session\n"
    assert not (home / ".new-tool").exists()


@pytest.mark.slow
def test_settings_that_dont_exist_yet_dont_come_into_being(bubblewrap, user, tmp_path):
    configure(user)
    (tmp_path / "home/.gitconfig").unlink()
    vandal(
        user,
        "env -u GIT_CONFIG_GLOBAL git config --global user.name Mallory\n"
        "echo 'evil' > ~/.bashrc; mkdir -p ~/.config/git; echo evil > ~/.config/git/config",
    )
    before = precious(user, tmp_path)
    assert user.phase("work", GIT_COMMITTER_NAME="T", GIT_COMMITTER_EMAIL="t@example.com").code == 0
    assert precious(user, tmp_path) == before


@pytest.mark.slow
def test_a_linked_worktree_protects_every_other(bubblewrap, user, tmp_path):
    configure(user)
    linked = tmp_path / "linked tree:1"
    user.git("worktree", "add", "-q", "-b", "side", str(linked))
    vandal(user, f"touch '{linked}/by-agent' {user.root}/by-agent; git -C '{linked}' reset --hard HEAD~1")
    plan = str(user.root / "plan.toml")
    before = precious(user, tmp_path), sorted(os.listdir(linked))
    result = user.harness("run-phase", "work", "--json", "--plan", plan, cwd=linked)
    assert result.code == 0, result.stdout + result.stderr
    assert (precious(user, tmp_path), sorted(os.listdir(linked))) == before
    inside = user.harness("run-phase", "work", "--again", "--json", "--plan", plan)
    assert inside.code == 0, inside.stdout + inside.stderr
    assert (precious(user, tmp_path), sorted(os.listdir(linked))) == before


@pytest.mark.slow
def test_an_environment_in_the_checkout_runs_and_stays_as_it_is(bubblewrap, user, tmp_path):
    configure(user)
    text = (user.root / "harness.toml").read_text().replace(f'"{sys.executable}"', '".venv/bin/python"')
    user.write("harness.toml", text)
    user.write(".gitignore", (user.root / ".gitignore").read_text() + ".venv/\n")
    user.git("commit", "-q", "--no-verify", "-m", "venv", "--", "harness.toml", ".gitignore")
    folder = user.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    outer = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "outer.pth").write_text(outer + "\n")
    vandal(user, f"touch {site}/evil.py")
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    assert result.json["attempts"][0]["tests"]["status"] == "passed"
    assert not (site / "evil.py").exists()


@pytest.mark.slow
def test_a_state_folder_inside_the_checkout_works(bubblewrap, user, tmp_path):
    configure(user)
    user.write(".git/info/exclude", ".state/\n")
    vandal(user, f"touch {user.root}/by-agent")
    result = user.phase("work", HARNESS_STATE_HOME=str(user.root / ".state"))
    assert result.code == 0, result.stdout + result.stderr
    assert not (user.root / "by-agent").exists()


@pytest.mark.slow
def test_an_agent_reaches_neither_the_quarantine_nor_other_attempts(bubblewrap, user, tmp_path):
    configure(user)
    other = tmp_path / "state/repositories/other/worktrees/run/work-1/agent"
    other.mkdir(parents=True)
    (other / "file").write_text("theirs\n")
    vandal(
        user,
        f"! cat {other}/file || rm src/textkit/new.py\n"
        "! touch ../../repo.git/config ../../agent.index ../../candidate.index || rm src/textkit/new.py\n"
        f"! touch {tmp_path}/state/bytecode/x || rm src/textkit/new.py",
    )
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    assert (other / "file").read_text() == "theirs\n"


@pytest.mark.slow
def test_a_hanging_agent_ends_with_everything_it_started(bubblewrap, user):
    configure(user)
    seconds = f"8{os.getpid()}{signal.SIGKILL.value}{id(user)}"
    vandal(user, f"setsid sleep {seconds} & trap '' TERM; sleep {seconds}")
    text = (user.root / "harness.toml").read_text()
    user.write("harness.toml", text.replace("'worktree'\ntimeout = 60", "'worktree'\ntimeout = 1"))
    result = user.phase("work")
    assert (result.code, result.json["attempts"][0]["stop_reason"]) == (4, "timeout")
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if seconds.encode() in _read(p).split(b"\0")]
    assert left == []


def test_a_program_that_isnt_there_is_said_plainly(bubblewrap, user):
    configure(user)
    text = (user.root / "harness.toml").read_text()
    user.write("harness.toml", text.replace("['sh', ", "['./no-such-agent', "))
    attempt = user.phase("work").json["attempts"][0]
    assert attempt["stop_reason"] == "not_started"
    assert "there is no such file" in attempt["violations"][0]["message"]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.slow
def test_a_home_folder_with_very_many_entries_works(bubblewrap, user, tmp_path):
    configure(user)
    for number in range(200):
        (tmp_path / "home" / f"folder{number}").mkdir()
    vandal(
        user,
        "test -d ~/folder7 || rm src/textkit/new.py\necho session > ~/.claude/session\n"
        "! cat ~/.ssh/id_ed25519 || rm src/textkit/new.py\n! touch ~/.new ~/folder7/x ~/.gitconfig || rm src/textkit/new.py",
    )
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    assert (tmp_path / "home/.claude/session").exists()


@pytest.mark.slow
def test_an_agent_may_write_where_the_configuration_says(bubblewrap, user, tmp_path):
    (tmp_path / "home/go").mkdir()
    configure(user, '\n[containment]\nagent_writable = ["~/go"]\nagent_network = false\n')
    vandal(user, "echo module > ~/go/module; ls /sys/class/net > ~/go/net")
    result = user.phase("work")
    assert result.code == 0, result.stdout + result.stderr
    assert (tmp_path / "home/go/module").read_text() == "module\n"
    assert "agent without network" in result.stderr


def test_a_record_does_not_choose_that_verifying_it_runs_uncontained(bubblewrap, user, tmp_path):
    trace = tmp_path / "trace"
    test = f"import pathlib\n\n\ndef test_trace():\n    pathlib.Path({str(trace)!r}).touch()\n"
    contained = (user.root / "harness.toml").read_text()
    configure(user, '[containment]\nmode = "off"\n', {"tests/test_trace.py": test})
    vandal(user, "")
    assert user.phase("work").code == 0
    assert trace.exists()
    trace.unlink()
    user.write("harness.toml", contained)
    result = user.harness("verify", "demo", "--rerun-tests", "--json")
    assert result.json["checked"]["tests_rerun"] == 1
    assert not trace.exists()


def test_a_base_does_not_open_what_the_checkout_closes(bubblewrap, user, tmp_path):
    contained = (user.root / "harness.toml").read_text()
    agent = f"[agents.vandal]\nkind = 'command'\ncommand = ['sh', '{user.root}/vandal.sh']\n"
    configure(user, '[containment]\nmode = "off"\ntest_network = true\n')
    user.write("harness.toml", f"{contained}\n{agent}edits = 'worktree'\ntimeout = 60\n")
    vandal(user, "")
    result = user.phase("work")
    assert result.json["attempts"][0]["containment"] == {"agent": "bubblewrap", "tests": "bubblewrap"}
    assert "tests without network" in result.stderr
