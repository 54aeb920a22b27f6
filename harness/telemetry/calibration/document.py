"""What a calibration found: as the document `harness.calibration/1`, and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from harness.telemetry.calibration.calibrate import Calibration
from harness.telemetry.profile import Profile
from harness.wording import counted

SCHEMA = "harness.calibration/1"


def document(made: Calibration, current: Profile, path: str) -> dict[str, Any]:
    """The calibration as plain JSON data; SMAPE in percent, shares as fractions."""
    fitted = made.fitted
    return {
        "schema": SCHEMA,
        "written": path if made.profile else None,
        "refused": asdict(made.refusal) if made.refusal else None,
        **asdict(made.counts),
        "left_out": dict(made.left_out),
        "judged": made.judged,
        "compared": made.compared,
        "leave_one_out": {
            "smape": fitted.smape if fitted else None,
            "interval_coverage": fitted.coverage if fitted else None,
        },
        "current": {"profile": current.name, "version": current.version, "smape": made.current_smape},
        "interval_level": fitted.interval.level if fitted else None,
        "penalty": fitted.penalty.features if fitted else None,
        "offsets": fitted.regression.offsets() if fitted else {},
    }


def lines(made: Calibration, current: Profile, path: str, setting: str | None) -> Iterator[str]:
    """The calibration for people; `setting` is the file as harness.toml names it, None where it can't."""
    counts, fitted = made.counts, made.fitted
    backfilled = f", {counts.backfilled} of them of commits" if counts.backfilled else ""
    yield f"{counts.samples} samples{backfilled}, {counts.censored} cut off (lower bounds)"
    for reason, count in made.left_out.items():
        yield f"  {count} left out: {reason}"
    if counts.undated:
        yield (
            f"  {counted(counts.undated, 'sample')} without a time that can be read, or with one that lies "
            "ahead: taken for the oldest, and not compared with a fitted profile"
        )
    if fitted is not None:
        yield f"SMAPE, each sample predicted by a fit without it: {fitted.smape:.1f} %"
        if made.current_smape is not None:
            which = f"{made.compared} samples it wasn't fitted to"
            yield f"SMAPE of profile {current.name} on the {which}: {made.current_smape:.1f} %"
        yield f"{fitted.interval.level:.0%} intervals held {fitted.coverage:.1%} of them"
        apart = fitted.regression.offsets().get("source", {}).get("backfill")
        if apart is not None:
            yield (
                f"commits take {math.exp(apart):.2f} times the tokens of attempts here; the profile predicts "
                "attempts, and so will be off by that in `replay --include-backfill`"
            )
    if made.profile is not None:
        yield f"wrote {path}"
        if setting is None:
            yield "to use it, put it into the project: harness.toml names files of the repository only"
        else:
            yield f'to use it: [telemetry] profile = "{setting}" in harness.toml'
