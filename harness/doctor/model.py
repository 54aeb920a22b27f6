"""One line of `harness doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """Something looked at. "fail": no phase can be run as it is; `remedy` says what to do, "" when ok."""

    name: str
    state: State
    message: str
    remedy: str = ""
