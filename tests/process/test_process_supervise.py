"""What a supervised program gets, and what is said of how it ended."""

import json
import os
import pty
import stat
import sys
import threading
from pathlib import Path

import pytest

from harness.errors import FaultError
from harness.process.process_table import process_table
from harness.process.supervise import run_supervised


def test_an_exit_code_is_passed_on(shell):
    result = shell("exit 7")
    assert (result.ending, result.exit_code, result.survivors, result.reason) == (
        "exited",
        7,
        0,
        "",
    )


def test_a_death_by_signal_is_negative(shell):
    result = shell("kill -9 $$")
    assert (result.ending, result.exit_code) == ("exited", -9)


def test_output_goes_to_the_two_files(shell, tmp_path):
    shell("echo out; echo err >&2")
    assert (tmp_path / "stdout").read_text() == "out\n"
    assert (tmp_path / "stderr").read_text() == "err\n"


def test_earlier_output_is_emptied(shell, tmp_path):
    (tmp_path / "stdout").write_text("of an earlier run\n")
    shell("echo new")
    assert (tmp_path / "stdout").read_text() == "new\n"


def test_both_streams_may_share_a_file(shell, tmp_path):
    shell("echo one; echo two >&2; echo three", stderr=tmp_path / "stdout")
    assert (tmp_path / "stdout").read_text() == "one\ntwo\nthree\n"


def test_standard_input_is_the_file(shell, tmp_path):
    (tmp_path / "in").write_text("asked\n")
    shell("cat", stdin=tmp_path / "in")
    assert (tmp_path / "stdout").read_text() == "asked\n"


def test_without_a_file_standard_input_is_at_its_end(shell, tmp_path):
    result = shell("read line; echo $?")
    assert result.ending == "exited"
    assert (tmp_path / "stdout").read_text() == "1\n"


def test_it_runs_in_the_folder(shell, tmp_path):
    (tmp_path / "folder").mkdir()
    shell("pwd -P", cwd=tmp_path / "folder")
    assert (tmp_path / "stdout").read_text() == f"{(tmp_path / 'folder').resolve()}\n"


def test_the_environment_is_what_was_given_and_the_mark(run, tmp_path):
    program = "import json, os; print(json.dumps(sorted(os.environ.items())))"
    run(sys.executable, "-I", "-S", "-c", program, env={"A": "1", "B": "two words"})
    environment = dict(json.loads((tmp_path / "stdout").read_text()))
    assert environment.pop("HARNESS_SUPERVISED")
    environment.pop("LC_CTYPE", None)  # Python's own, where the locale is C
    environment.pop("__CF_USER_TEXT_ENCODING", None)  # macOS's own
    assert environment == {"A": "1", "B": "two words"}


def test_marks_of_nested_supervisors_add_up(run, tmp_path):
    run("/bin/sh", "-c", "echo $HARNESS_SUPERVISED", env={"HARNESS_SUPERVISED": "outer"})
    outer, inner = (tmp_path / "stdout").read_text().strip().split(":")
    assert outer == "outer"
    assert inner


def test_bytes_that_are_no_text_survive(run, tmp_path):
    odd = os.fsdecode(b"a\xff\xe9z")
    run("sh", "-c", 'printf "%s|%s" "$0" "$ODD"', odd, env={"PATH": os.environ["PATH"], "ODD": odd})
    assert (tmp_path / "stdout").read_bytes() == b"a\xff\xe9z|a\xff\xe9z"


def test_no_other_descriptors_are_inherited(run, tmp_path):
    kept = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(kept, True)
    program = "import os; print([n for n in range(200) if _open(n)])"
    check = "def _open(n):\n try: os.fstat(n)\n except OSError: return False\n return True\n"
    try:
        run(sys.executable, "-I", "-S", "-c", f"import os\n{check}{program}")
    finally:
        os.close(kept)
    assert (tmp_path / "stdout").read_text() == "[0, 1, 2]\n"


def test_it_leads_a_session_of_its_own(run, tmp_path):
    program = "import os; print(os.getsid(0) == os.getpgrp() == os.getpid())"
    run(sys.executable, "-I", "-S", "-c", program)
    assert (tmp_path / "stdout").read_text() == "True\n"


def test_signals_are_as_a_shell_would_leave_them(run, tmp_path):
    program = (
        "import signal as s;"
        "print([n.name for n in s.Signals if n not in (s.SIGINT, s.SIGXFSZ)"
        " and s.getsignal(n) not in (s.SIG_DFL, None)], s.pthread_sigmask(s.SIG_BLOCK, []))"
    )
    run(sys.executable, "-I", "-S", "-c", program)
    # Python itself ignores SIGPIPE; nothing else differs from the default.
    assert (tmp_path / "stdout").read_text() == "['SIGPIPE'] set()\n"


def test_the_user_s_terminal_is_out_of_reach(tmp_path):
    """Even where the harness has a terminal, a program can't ask on it."""
    script = (
        "import os, sys, pathlib\n"
        "from harness.process.supervise import run_supervised\n"
        "from harness.process.model import ProcessSpec\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "open('/dev/tty').close()\n"
        "run_supervised(ProcessSpec(['sh', '-c', 'read x </dev/tty; echo $?'], folder,\n"
        "    dict(os.environ), folder / 'stdout', folder / 'stderr', 20.0))\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", script])
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert "/dev/tty" in (tmp_path / "stderr").read_text()
    assert (tmp_path / "stdout").read_text() != "0\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["no-such-program-anywhere"], "not on PATH"),
        (["./missing"], "no such file"),
        (["./plain"], "not an executable file"),
        (["."], "not an executable file"),
        (["./orphan-script"], "interpreter"),
        (["./empty"], "#! line"),
        ([""], "can't be started"),
        ([], "no command"),
        (["echo", "a\0b"], "null byte"),
        (["echo", "x" * 5_000_000], "too long"),
    ],
)
def test_what_cannot_start_says_why(run, tmp_path, argv, said):
    (tmp_path / "plain").write_text("echo hello\n")
    (tmp_path / "orphan-script").write_text("#!/no/such/interpreter\n")
    (tmp_path / "empty").write_bytes(b"\0\0\0\0")
    for name in ("orphan-script", "empty"):
        (tmp_path / name).chmod(0o755)
    result = run(*argv)
    assert (result.ending, result.exit_code) == ("not_started", None)
    assert said in result.reason
    assert "\n" not in result.reason


def test_a_missing_folder_is_named(run, tmp_path):
    result = run("true", cwd=tmp_path / "gone")
    assert result.ending == "not_started"
    assert str(tmp_path / "gone") in result.reason


def test_relative_paths_start_where_the_harness_is(run, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    files = {name: Path(name) for name in ("stdout", "stderr")}
    run("sh", "-c", "pwd -P", cwd=Path("folder"), **files)
    assert (tmp_path / "stdout").read_text() == f"{(tmp_path / 'folder').resolve()}\n"


def test_output_that_cannot_be_created_is_a_fault(run, tmp_path):
    with pytest.raises(FaultError) as caught:
        run("true", stdout=tmp_path / "gone" / "stdout")
    assert caught.value.code == "process-files"


def test_a_fifo_or_link_in_place_of_the_output_is_not_followed(run, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("keep me")
    for name in ("fifo", "link"):
        with pytest.raises(FaultError):
            run("echo", "x", stdout=tmp_path / name)
    assert (tmp_path / "precious").read_text() == "keep me"


def test_a_fifo_for_standard_input_does_not_hang(run, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(FaultError):
        run("cat", stdin=tmp_path / "fifo")


def test_the_null_device_may_take_the_output(run):
    assert run("echo", "x", stdout=Path(os.devnull)).exit_code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_nothing_of_it_stays_with_the_harness(shell):
    """No descriptor and no zombie, whatever the ending."""

    def belongings():
        children = [p.pid for p in process_table().values() if p.parent == os.getpid()]
        return sorted(Path("/dev/fd").iterdir()), children

    shell("true")
    before = belongings()
    for script in ("true", "sleep 60", "kill -9 $PPID; sleep 60", "setsid sleep 60 &"):
        shell(script, timeout=0.3)
    shell("true", cwd=Path("/no/such/folder"))
    assert belongings() == before


def test_runs_side_by_side_leave_each_other_alone(spec, tmp_path):
    results = {}

    def one(name, script):
        outputs = {"stdout": tmp_path / f"{name}.out", "stderr": tmp_path / f"{name}.err"}
        results[name] = run_supervised(spec("sh", "-c", script, **outputs))

    scripts = {"long": "sleep 1 & wait $! && exit 5", "short": "setsid sleep 60 & exit 0"}
    threads = [threading.Thread(target=one, args=item) for item in scripts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (results["long"].exit_code, results["long"].survivors) == (5, 0)
    assert (results["short"].exit_code, results["short"].survivors) == (0, 1)
