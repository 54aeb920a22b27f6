"""Reading the process table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.process.process_table import Process, descendants, parse_stat, process_table, read_proc

FIELDS = b" 5 6 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 0 0"


def test_a_command_name_may_hold_anything():
    assert parse_stat(b"42 (a) R (b) S" + FIELDS) == Process(42, 5, 6, 7, 98765, True)


@pytest.mark.parametrize(("state", "alive"), [(b"Z", False), (b"X", False), (b"T", True)])
def test_the_dead_are_told_apart(state, alive):
    assert parse_stat(b"42 (x) " + state + FIELDS).alive is alive


def test_a_dead_first_thread_is_no_dead_process():
    fields = FIELDS.replace(b" 20 0 1 0 ", b" 20 0 3 0 ")
    assert parse_stat(b"42 (x) Z" + fields).alive


def test_descendants_go_through_the_dead_and_survive_a_cycle():
    table = {
        process.pid: process
        for process in [
            Process(1, 0, 1, 1, 0, True),
            Process(2, 1, 2, 2, 0, False),
            Process(3, 2, 2, 2, 0, True),
            Process(4, 3, 4, 4, 0, True),
            Process(5, 6, 5, 5, 0, True),
            Process(6, 5, 5, 5, 0, True),
        ]
    }
    assert {process.pid for process in descendants(table, [1])} == {3, 4}
    assert {process.pid for process in descendants(table, [5])} == {6}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_a_real_child_is_in_the_table():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        table = process_table()
        assert child.pid in {process.pid for process in descendants(table, [os.getpid()])}
        child.stdin.close()


def test_a_process_that_is_gone_reads_as_nothing():
    child = subprocess.Popen(["true"])
    child.wait()
    assert read_proc(child.pid, "stat", 100) == b""
