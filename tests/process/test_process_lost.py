"""A program that turns on its supervisor, and a harness that is interrupted or killed."""

import functools
import os
import signal
import subprocess
import sys
import time

import pytest

from harness.process.process_table import process_table

START = (
    "import os, sys, pathlib\n"
    "from harness.process.supervise import run_supervised\n"
    "from harness.process.model import ProcessSpec\n"
    "folder = pathlib.Path(sys.argv[1])\n"
    "try:\n"
    "    run_supervised(ProcessSpec(['sh', '-c', sys.argv[2]], folder, dict(os.environ),\n"
    "        folder / 'stdout', folder / 'stderr', 600.0, grace=float(sys.argv[3])))\n"
    "except KeyboardInterrupt:\n"
    "    print('interrupted', flush=True)\n"
)


@pytest.fixture
def harness(tmp_path):
    """Start a process that runs a script under supervision, as the harness would."""
    started = []

    def start(script, grace=0.5):
        argv = [sys.executable, "-c", START, str(tmp_path), script, str(grace)]
        # Under nohup an interrupt would be ignored, and stay so in every child.
        default = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        started.append(
            subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True, preexec_fn=default)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def supervisor_of(process):
    """The pid of the one child of `process`."""
    (child,) = [p.pid for p in process_table().values() if p.parent == process.pid]
    return child


def wait_until_gone(pid, seconds=15.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")


@pytest.mark.parametrize("signal_name", ["KILL", "STOP", "TERM", "INT", "HUP"])
def test_the_program_turns_on_its_supervisor(shell, sleeper, signal_name):
    strays = f"setsid {sleeper.command} & {sleeper.command} &"
    script = f"{strays} sleep 0.3; kill -{signal_name} $PPID; {sleeper.command}"
    result = shell(script)
    assert (result.ending, result.exit_code) == ("lost", None)
    assert "supervisor" in result.reason
    assert result.survivors >= 1


def test_a_stray_without_the_mark_is_found_by_its_parent(shell, sleeper):
    """It left the session and has no environment, but what started it is found."""
    stray = f"exec setsid env -i PATH=$PATH {sleeper.command}"
    script = f"setsid sh -c '({stray}) & {sleeper.command}' & sleep 0.3; kill -STOP $PPID; sleep 60"
    result = shell(script)
    assert result.ending == "lost"


def test_output_is_bounded_even_then(shell, tmp_path):
    script = "kill -STOP $PPID; head -c 3000000 /dev/zero; sleep 60"
    result = shell(script, output_limit=1 << 20)
    assert result.ending == "lost"
    assert (tmp_path / "stdout").stat().st_size <= 1 << 20


def test_a_killed_harness_leaves_nothing(harness, sleeper):
    process = harness(f"{sleeper.command} & setsid {sleeper.command} & wait")
    sleeper.wait_for(2)
    supervisor = supervisor_of(process)
    process.kill()
    sleeper.wait_for(0)
    wait_until_gone(supervisor)


def test_a_killed_harness_leaves_nothing_stubborn(harness, sleeper):
    stubborn = f'trap "" TERM HUP INT; {sleeper.command} & setsid {sleeper.command} & wait'
    process = harness(f"setsid sh -c '{stubborn}' & {stubborn}")
    sleeper.wait_for(4)
    process.send_signal(signal.SIGTERM)
    sleeper.wait_for(0)


def test_an_interrupt_ends_everything_first(harness, sleeper):
    process = harness(f"{sleeper.command} & setsid {sleeper.command} & wait")
    sleeper.wait_for(2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert output == b"interrupted\n"
    assert sleeper.pids() == []


def test_a_second_interrupt_does_not_wait_for_the_grace(harness, sleeper):
    process = harness(f"trap '' TERM; {sleeper.command} & wait", grace=500.0)
    sleeper.wait_for(1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert sleeper.pids() == []


def test_the_program_dies_with_harness_and_supervisor(harness, sleeper):
    """Both killed at once: the kernel still ends the program itself."""
    process = harness(f"exec {sleeper.command}")
    sleeper.wait_for(1)
    supervisor = supervisor_of(process)
    process.send_signal(signal.SIGSTOP)
    os.kill(supervisor, signal.SIGKILL)
    process.kill()
    sleeper.wait_for(0)
