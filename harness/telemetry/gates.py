"""Gates: limits the recorded errors must stay below, and where they are set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.errors import UsageError
from harness.telemetry.measures import Figures
from harness.toml_document import decode_toml, parse_toml, validate

CONFIG_FILE = "harness.toml"
DEFAULT_MEAN_SMAPE = 50.0


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure that must be below its limit."""

    name: str
    limit: float
    value: float
    passed: bool


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


class GateTable(_Table):
    """`[telemetry.gates]`: upper limits, by the name of a recorded figure."""

    model_config = ConfigDict(extra="forbid")

    mean_smape: Annotated[float, Field(gt=0)] = DEFAULT_MEAN_SMAPE


class TelemetryTable(_Table):
    """`[telemetry]` of harness.toml, as far as replay reads it."""

    profile: str = "seed"
    gates: GateTable = GateTable()


class _Document(_Table):
    telemetry: TelemetryTable = TelemetryTable()


def load_settings(folder: Path) -> TelemetryTable:
    """The `[telemetry]` table of `folder`'s harness.toml, defaults where there is none."""
    try:
        data = (folder / CONFIG_FILE).read_bytes()
    except FileNotFoundError:
        return TelemetryTable()
    except OSError as error:
        raise UsageError(
            "telemetry-unreadable",
            f"can't read {CONFIG_FILE}: {error.strerror}",
            "make it readable",
        ) from None
    text = decode_toml(data, CONFIG_FILE)
    tables = parse_toml(text, CONFIG_FILE)
    only = {name: tables[name] for name in tables.keys() & {"telemetry"}}
    return validate(_Document, only, text, CONFIG_FILE, "invalid-config").telemetry


def parse_limit(text: str) -> float:
    """The limit given on the command line, in percent; UsageError `bad-gate` where it isn't one."""
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not (math.isfinite(limit) and limit > 0):
        raise UsageError(
            "bad-gate",
            f"--max-smape {text!r} is not a limit",
            "give a percentage above 0, such as 50",
        )
    return limit


def evaluate(limits: Mapping[str, float], recorded: Figures) -> list[Gate]:
    """Each limit against the recorded figure of its name; nothing is evaluated without samples."""
    gates = []
    for name, limit in limits.items():
        value: float | None = getattr(recorded, name)
        if value is not None:
            gates.append(Gate(name, limit, value, value < limit))
    return gates
