"""Whatever a program starts is gone when the run is over."""

import sys

import pytest


def test_a_hang_ends_at_the_timeout(shell, sleeper):
    result = shell(f"{sleeper.command} & {sleeper.command}", timeout=0.4)
    assert (result.ending, result.exit_code) == ("timeout", None)
    assert 1 <= result.survivors <= 2
    assert "0.4 s" in result.reason
    assert 0.4 <= result.duration < 20


@pytest.mark.parametrize(
    "script",
    [
        "{} & exit 0",
        "setsid {} & exit 0",
        "(setsid sh -c '{} & exit' &) ; sleep 0.3",
        "setsid setsid sh -c 'trap \"\" TERM HUP INT; {} & wait' & sleep 0.3",
        "nohup {} >/dev/null 2>&1 & exit 0",
        "env -i setsid {} & sleep 0.2",
        "{} & kill -STOP $!",
    ],
)
def test_a_background_process_does_not_outlive_the_program(shell, sleeper, script):
    result = shell(script.format(sleeper.command))
    assert (result.ending, result.exit_code) == ("exited", 0)
    assert result.survivors >= 1
    assert "killed" in result.reason


def test_a_daemon_that_forked_twice_is_found(run, sleeper):
    program = (
        "import os, sys, time\n"
        "if os.fork():\n"
        "    while not os.path.exists('ready'): time.sleep(0.02)\n"
        "    os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "open('ready', 'w'); os.closerange(0, 50); os.chdir('/')\n"
        f"os.execvpe('sleep', ['sleep', {sleeper.seconds!r}], {{'PATH': os.environ['PATH']}})\n"
    )
    result = run(sys.executable, "-I", "-S", "-c", program)
    assert result.exit_code == 0
    assert result.survivors >= 1


def test_what_ignores_sigterm_is_killed_after_the_grace(shell, sleeper):
    script = f"trap '' TERM; {sleeper.command} & while :; do sleep 0.05; done"
    result = shell(script, timeout=0.3, grace=0.3)
    assert result.ending == "timeout"


def test_what_minds_sigterm_may_clear_up(shell, tmp_path):
    script = "trap 'echo done > cleared; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    result = shell(script, timeout=1.0, grace=20.0)
    assert (result.ending, result.exit_code) == ("timeout", None)
    assert (tmp_path / "cleared").read_text() == "done\n"


def test_the_end_is_the_program_s_not_that_of_its_output(shell, sleeper, tmp_path):
    """A grandchild that holds standard output open doesn't keep the run going."""
    result = shell(f"echo said; {sleeper.command} & exit 3", timeout=60.0)
    assert (result.ending, result.exit_code, result.survivors) == ("exited", 3, 1)
    assert (tmp_path / "stdout").read_text() == "said\n"


def test_closing_the_streams_does_not_end_the_run(shell, tmp_path):
    result = shell("exec <&- >&- 2>&-; sleep 0.3; echo late > file; exit 4")
    assert (result.ending, result.exit_code) == ("exited", 4)
    assert (tmp_path / "file").read_text() == "late\n"


def test_it_may_kill_its_own_group(shell, sleeper):
    script = (
        f"setsid sh -c 'touch ready; exec {sleeper.command}' & {sleeper.command} &"
        " while ! [ -e ready ]; do sleep 0.02; done; kill -9 0"
    )
    result = shell(script)
    assert (result.ending, result.exit_code) == ("exited", -9)
    assert result.survivors >= 1


def test_it_may_stop_itself(shell, sleeper):
    result = shell(f"{sleeper.command} & kill -STOP $$; exit 0", timeout=0.5)
    assert result.ending == "timeout"


def test_a_small_fork_bomb_is_put_out(run, sleeper):
    """Processes that keep starting others, in sessions of their own; bounded in number and time."""
    program = (
        "import os, time, signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "end = time.monotonic() + 20\n"
        f"subprocess.Popen(['sleep', {sleeper.seconds!r}])\n"
        "for depth in range(6): os.fork()\n"
        "os.setpgid(0, 0) if os.getpgrp() != os.getpid() else None\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "while time.monotonic() < end:\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(0.05)\n"
        "        if os.fork(): os._exit(0)\n"
        "        os.setsid(); time.sleep(0.05); os._exit(0)\n"
        "    time.sleep(0.03)\n"
    )
    result = run(sys.executable, "-I", "-S", "-c", program, timeout=1.0)
    assert result.ending == "timeout"
    assert result.survivors > 10
    assert "could not" not in result.reason


def test_a_process_whose_first_thread_ended_is_found(run, sleeper):
    """It looks like a zombie in /proc, but lives."""
    program = (
        "import ctypes, os, threading, time\n"
        "if os.fork(): time.sleep(0.5); os._exit(0)\n"
        "os.setsid()\n"
        "def later():\n"
        "    time.sleep(1)\n"
        f"    os.spawnvp(os.P_WAIT, 'sleep', ['sleep', {sleeper.seconds!r}])\n"
        "threading.Thread(target=later).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    result = run(sys.executable, "-I", "-S", "-c", program)
    assert (result.exit_code, result.survivors) == (0, 1)


def test_supervisors_nest(run, sleeper, tmp_path):
    """The end of an outer run ends what an inner supervisor runs, and that supervisor."""
    program = (
        "import os, pathlib, threading, time\n"
        "from harness.process.supervise import run_supervised\n"
        "from harness.process.model import ProcessSpec\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        f"script = 'setsid {sleeper.command} & touch ready; {sleeper.command}'\n"
        "spec = ProcessSpec(['sh', '-c', script], folder, dict(os.environ),\n"
        "    folder / 'inner.out', folder / 'inner.err', 600.0)\n"
        "threading.Thread(target=run_supervised, args=[spec]).start()\n"
        "while not (folder / 'ready').exists(): time.sleep(0.02)\n"
        "os._exit(6)\n"
    )
    result = run(sys.executable, "-c", program)
    assert (result.ending, result.exit_code) == ("exited", 6)
    assert result.survivors >= 1
