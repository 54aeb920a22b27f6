"""The reason why a run of the tests can't be believed."""

from __future__ import annotations


class DoubtError(Exception):
    """Raised while evidence is read, caught where a run is judged; its text is one line.

    `code` is what the reason is called in an outcome.
    """

    def __init__(self, text: str, code: str = "tests-unknown") -> None:
        super().__init__(text)
        self.code = code
