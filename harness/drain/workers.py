"""Processes that do a drain's work: they leave signals to the drain, and don't outlive it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, TypeVar

_Made = TypeVar("_Made")


class WorkerPool(Executor):
    """As many processes as work at once; one that is killed takes nothing with it but its own work.

    Its future then raises BrokenExecutor, and a new process takes its place. Nothing of this process, its
    handlers and open files, is inherited by them.
    """

    def __init__(self) -> None:
        self._workers: list[_Worker] = []

    def submit(self, fn: Callable[..., _Made], /, *args: Any, **kwargs: Any) -> Future[_Made]:
        """Have a process that is free do it, or a new one."""
        worker = next((each for each in self._workers if each.is_free), None)
        if worker is None:
            worker = _Worker()
            self._workers.append(worker)
        return worker.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the processes end."""
        for worker in self._workers:
            worker.pool.shutdown(wait, cancel_futures=cancel_futures)


class _Worker:
    """A process, or the one that took its place, and what it was last given to do."""

    def __init__(self) -> None:
        self.pool = _one_process()
        self._last: Future[Any] | None = None

    @property
    def is_free(self) -> bool:
        return self._last is None or self._last.done()

    def submit(self, fn: Callable[..., _Made], /, *args: Any, **kwargs: Any) -> Future[_Made]:
        try:
            future = self.pool.submit(fn, *args, **kwargs)
        except BrokenExecutor:
            self.pool.shutdown(wait=False)
            self.pool = _one_process()
            future = self.pool.submit(fn, *args, **kwargs)
        self._last = future
        return future


def _one_process() -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=begin_worker)


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
