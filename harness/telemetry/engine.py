"""The embedded engine, DuckDB: optional, and imported only where a lot is to be read or written."""

from __future__ import annotations

from types import ModuleType

from harness.errors import UsageError

INSTALL = "pip install 'git-agent-harness[scale]'"


def load_engine() -> ModuleType:
    """The engine's module; UsageError `no-engine` where it isn't installed."""
    try:
        import duckdb
    except ImportError:
        raise UsageError("no-engine", "this needs DuckDB, which isn't installed", INSTALL) from None
    return duckdb


def quoted(text: str) -> str:
    """`text` as a literal of the engine's SQL."""
    return "'" + text.replace("'", "''") + "'"
