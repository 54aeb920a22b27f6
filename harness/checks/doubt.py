"""The reason why a run of the tests can't be believed."""

from __future__ import annotations


class DoubtError(Exception):
    """Raised while evidence is read, caught where a run is judged; its text is one line."""
