"""Contained programs under supervision: how they end, what is left, what they reach."""

import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from harness.containment.confinement import Confinement, Surroundings
from harness.process.model import ProcessSpec
from harness.process.supervise import run_supervised


@pytest.fixture
def run(bubblewrap, tmp_path):
    """Run a program contained, its own folder writable."""
    (tmp_path / "state").mkdir()
    (tmp_path / "own").mkdir()

    def start(*argv, role="tests", network=False, **changes):
        confinement = Confinement(role, bubblewrap, Surroundings(None, tmp_path / "state"), network)
        values = {
            "argv": argv,
            "cwd": tmp_path / "own",
            "env": {"PATH": os.environ["PATH"]},
            "stdout": tmp_path / "stdout",
            "stderr": tmp_path / "stderr",
            "timeout": 30.0,
            "grace": 2.0,
            "containment": confinement.around([tmp_path / "own"], tmp_path / f"private-{time.time_ns()}"),
        }
        return run_supervised(ProcessSpec(**{**values, **changes}))

    return start


@pytest.mark.parametrize(
    ("script", "code"),
    [
        *((f"exit {code}", code) for code in (0, 3, 127, 128, 129, 137, 255)),
        *((f"kill -{number} $$", 128 + number) for number in (9, 15)),  # bubblewrap says no more of them
    ],
)
def test_exit_codes_are_what_bubblewrap_says(run, script, code):
    result = run("sh", "-c", script)
    assert (result.ending, result.exit_code, result.survivors) == ("exited", code, 0)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["no-such-program"], "it is not on PATH"),
        (["./gone"], "there is no such file"),
        (["/etc/passwd"], "not an executable file"),
    ],
)
def test_what_cant_be_started_is_said_as_without_containment(run, tmp_path, argv, words):
    result = run(*argv)
    assert result.ending == "not_started"
    assert result.exit_code is None
    assert result.reason.startswith(argv[0])
    assert words in result.reason
    assert (tmp_path / "stderr").read_bytes() == b""


def test_a_missing_interpreter_is_said(run, tmp_path):
    script = tmp_path / "own" / "script"
    script.write_text("#!/nowhere/python\n")
    script.chmod(0o755)
    assert "its #! line names is missing" in run(str(script)).reason


def test_a_bubblewrap_that_fails_is_no_result_of_the_program(run, bubblewrap):
    from harness.containment.model import Containment, Mount

    broken = Containment(bubblewrap, (Mount("read_write", Path("/proc/nowhere"), Path("/etc")),))
    result = run("true", containment=broken)
    assert result.ending == "not_started"
    assert "bwrap" in result.reason


def test_the_time_limit_gives_the_program_its_grace(run, tmp_path):
    script = "trap 'echo bye > said; exit 0' TERM; sleep 60 & wait"
    result = run("sh", "-c", script, timeout=1.0)
    assert (result.ending, result.exit_code) == ("timeout", None)
    assert (tmp_path / "own/said").read_text() == "bye\n"


def test_nothing_is_left_of_what_it_started(run):
    seconds = f"7{time.time_ns()}"
    result = run("sh", "-c", f"setsid sleep {seconds} & (trap '' TERM; sleep {seconds}) & exit 0")
    assert (result.ending, result.exit_code) == ("exited", 0)
    assert not _running(seconds)


def test_a_program_that_ignores_everything_is_killed(run):
    seconds = f"7{time.time_ns()}"
    result = run("sh", "-c", f"trap '' TERM; sleep {seconds}; sleep {seconds}", timeout=0.5, grace=0.2)
    assert result.ending == "timeout"
    assert not _running(seconds)


def test_too_much_output_ends_it(run, tmp_path):
    result = run("sh", "-c", "yes", output_limit=10_000)
    assert result.ending == "output_limit"
    assert (tmp_path / "stdout").stat().st_size <= 10_000


def test_other_processes_cant_be_seen_or_signalled(run, tmp_path):
    script = f"kill -0 {os.getpid()} 2>/dev/null && echo reached; ls /proc | grep -c '^[0-9]'"
    assert run("sh", "-c", script).exit_code == 0
    said = (tmp_path / "stdout").read_text().split()
    assert "reached" not in said
    assert int(said[-1]) < 10


NETWORK = """
import socket, sys
own = socket.socket()
own.bind(("127.0.0.1", 0))
own.listen()
socket.create_connection(own.getsockname(), 5).close()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close()
    print("outside")
except OSError:
    print("alone")
"""


@pytest.mark.parametrize(("network", "said"), [(False, "alone"), (True, "outside")])
def test_the_network_is_a_loopback_of_its_own_unless_allowed(run, tmp_path, network, said):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        port = str(server.getsockname()[1])
        # Not the environment's own link to it, which may be in the temporary folder that tests don't see.
        interpreter = str(Path(sys.executable).resolve())
        result = run(interpreter, "-I", "-c", NETWORK, port, network=network)
    assert result.exit_code == 0, (tmp_path / "stderr").read_text()
    assert (tmp_path / "stdout").read_text() == said + "\n"


def test_tests_have_temporary_files_of_their_own(run, tmp_path):
    marker = Path(f"/tmp/harness-marker-{time.time_ns()}")
    script = (
        f'touch {marker} "$TMPDIR/a" /var/tmp/b "$XDG_CACHE_HOME/c" && mktemp && test ! -e /run/user/0/bus'
    )
    assert run("sh", "-c", script).exit_code == 0, (tmp_path / "stderr").read_text()
    assert not marker.exists()


def test_nothing_else_can_be_written(run, tmp_path):
    for place in (Path("/usr/x"), Path("/etc/x"), Path("/var/x")):
        assert run("touch", str(place)).exit_code == 1, place
        assert not place.exists()
    run("touch", str(tmp_path / "other"))
    assert not (tmp_path / "other").exists()


def test_the_system_cant_be_made_writable_again(run, tmp_path):
    for script in ("mount -o remount,rw /", "umount -l /proc", "unshare -Urm mount -o remount,rw,bind / /"):
        assert run("sh", "-c", f"{script} && touch /usr/x").exit_code != 0
    assert run("sh", "-c", "mknod device b 8 0").exit_code != 0


def _accept(server):
    try:
        server.accept()[0].close()
    except OSError:
        pass


def _running(seconds):
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == b"sleep" and seconds.encode() in words:
            found.append(entry)
    return found
