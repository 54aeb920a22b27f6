"""Inside the project's pytest: tests that must come out failed, run with the project's own."""

# Runs on Python 3.8 and pytest 6.2 and later without the harness.

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import FuncFixtureInfo


class Canary(pytest.Function):
    """A failing test function that is seen by the very hooks that see a test of the project."""

    hooks: Any = None

    @property
    def ihook(self) -> Any:
        """The hooks of a test beside it, those of its `conftest.py` files included."""
        return self.hooks

    def listchain(self) -> list[Any]:
        """Only itself: no module is set up for it."""
        return [self]


class Unannounced:
    """The hooks of another item, but for those that tell the terminal which test begins."""

    def __init__(self, hooks: Any) -> None:
        self._hooks = hooks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hooks, name)

    def pytest_runtest_logstart(self, **_about: Any) -> None:
        pass

    def pytest_runtest_logfinish(self, **_about: Any) -> None:
        pass


def run_canaries(session: Any, module: str, function: str) -> Iterator[str]:
    """Run a canary for each set of `conftest.py` files, and tell its node id; call it after all tests."""
    worker = getattr(session.config, "workerinput", {}).get("workerid")
    name = f"{function}[{worker}]" if worker else function
    pytest.register_assert_rewrite(module)
    source = importlib.import_module(module)
    test = getattr(source, function)
    # With xdist the process that hands tests out has none of its own; before pytest 8 not even a list.
    for sample in list(samples(session.config, getattr(session, "items", ()))):
        canary = make_canary(sample, source, name, test)
        yield canary.nodeid
        with _announced_to_xdist(session, canary):
            session.config.hook.pytest_runtest_protocol(item=canary, nextitem=None)


def samples(config: Any, items: Iterable[Any]) -> Iterator[Any]:
    """One item for each set of `conftest.py` files that applies to some of `items`."""
    files = (Path(str(getattr(plugin, "__file__", ""))) for plugin in config.pluginmanager.get_plugins())
    folders = {f"{file.parent}{os.sep}" for file in files if file.name == "conftest.py"}
    seen = set()
    for item in items:
        above = max((f for f in folders if _path_of(item).startswith(f)), key=len, default="")
        if above not in seen:
            seen.add(above)
            yield item


def make_canary(sample: Any, source: Any, name: str, test: Any) -> Canary:
    """A canary that looks like a test in a file beside the sample's; its source is outside the tree."""
    folder = sample.nodeid.partition("::")[0].rpartition("/")[0]
    file = f"{folder}/{source.__name__}.py" if folder else f"{source.__name__}.py"
    place = {"path": sample.path} if hasattr(sample, "path") else {"fspath": sample.fspath}
    module = pytest.Module.from_parent(sample.session, nodeid=file, **place)
    module.obj = source
    nothing = FuncFixtureInfo(argnames=(), initialnames=(), names_closure=[], name2fixturedefs={})
    # Without fixtures: the project's automatic ones may not be made for a test it doesn't know.
    canary = Canary.from_parent(module, name=name, callobj=test, fixtureinfo=nothing)
    canary.hooks = Unannounced(sample.ihook)
    return canary


@contextlib.contextmanager
def _announced_to_xdist(session: Any, canary: Canary) -> Iterator[None]:
    """An xdist worker only passes on reports of the item it has been told to run."""
    plugins = session.config.pluginmanager.get_plugins()
    interactor = next((plugin for plugin in plugins if type(plugin).__name__ == "WorkerInteractor"), None)
    if interactor is not None:
        interactor.item_index = len(session.items)
    session.items.append(canary)
    try:
        yield
    finally:
        session.items.remove(canary)


def _path_of(item: Any) -> str:
    return str(getattr(item, "path", None) or item.fspath)
