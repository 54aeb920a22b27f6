"""Processes that do a drain's work: they leave signals to the drain, and don't outlive it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor
from multiprocessing.connection import wait


def worker_pool(jobs: int) -> Executor:
    """So many processes; nothing of this one, its handlers and open files, is inherited by them."""
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=begin_worker)


def begin_worker() -> None:
    """Make this process a worker: a Ctrl-C reaches everybody, and only the drain decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A drain that was killed can't say so. What is under way isn't recorded, and can be begun again.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
