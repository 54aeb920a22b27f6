"""Processes that do a drain's work: they leave signals to the drain, and don't outlive it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Any, TypeVar

from harness.process.signals import FOR_EVERYBODY, signals_held

_Made = TypeVar("_Made")
_SAFE_PATH = "PYTHONSAFEPATH"


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
        with _safe_path() as had:
            # What starts with the first of them would let signals in here, once it has started.
            resource_tracker.ensure_running()
            with signals_held():
                if worker is None:
                    worker = _Worker(had)
                    self._workers.append(worker)
                return worker.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the processes end. What Python starts on its way out imports nothing from its folder either."""
        os.environ[_SAFE_PATH] = "1"
        for worker in self._workers:
            worker.pool.shutdown(wait, cancel_futures=cancel_futures)


class _Worker:
    """A process, or the one that took its place, and what it was last given to do."""

    def __init__(self, safe_path: str | None) -> None:
        self._safe_path = safe_path
        self.pool = self._process()
        self._last: Future[Any] | None = None

    @property
    def is_free(self) -> bool:
        return self._last is None or self._last.done()

    def submit(self, fn: Callable[..., _Made], /, *args: Any, **kwargs: Any) -> Future[_Made]:
        try:
            future = self.pool.submit(_undisturbed, fn, *args, **kwargs)
        except BrokenExecutor:
            self.pool.shutdown(wait=False)
            self.pool = self._process()
            future = self.pool.submit(_undisturbed, fn, *args, **kwargs)
        self._last = future
        return future

    def _process(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            1, mp_context=context, initializer=begin_worker, initargs=(self._safe_path,)
        )


@contextlib.contextmanager
def _safe_path() -> Iterator[str | None]:
    """A Python that is started meanwhile imports nothing from its folder, which is the user's repository.

    Yields what the variable for that was.
    """
    had = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield had
    finally:
        _restore(had)


def _undisturbed(fn: Callable[..., _Made], /, *args: Any, **kwargs: Any) -> _Made:
    """Do it; what is asked of everybody meanwhile is for the drain to decide."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        return fn(*args, **kwargs)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _restore(had: str | None) -> None:
    if had is None:
        os.environ.pop(_SAFE_PATH, None)
    else:
        os.environ[_SAFE_PATH] = had


def begin_worker(safe_path: str | None) -> None:
    """Make this process a worker: a Ctrl-C reaches everybody, and only the drain decides what it means.

    `safe_path` is what PYTHONSAFEPATH is for the drain, and so for the agents.
    """
    _restore(safe_path)
    for number in FOR_EVERYBODY:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FOR_EVERYBODY)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A drain that was killed can't say so. What is under way isn't recorded, and can be begun again.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
