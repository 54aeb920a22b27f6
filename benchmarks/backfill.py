"""How well a profile calibrated on older commits of a repository predicts its newer ones.

    python benchmarks/backfill.py REPOSITORY... [--older SHARE] [--package NAME]... [--check]

Backfills each repository, calibrates on the older share of its commits (0.7), and predicts the newer ones
from message, paths and parent tree. Prints a Markdown table: mean SMAPE of the seed profile and of the
calibrated one, their ratio, and the share of newer commits within the 90 % interval. Commits cut off at
64,000 tokens are lower bounds and not tried; those under 50 tokens are implausible as everywhere. A
`--package` is a history made of a public package's releases, one commit each, fetched by pip. With --check,
exits 1 if a ratio is above 2/3 or a coverage outside 85-95 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from harness.git.opening import open_repository
from harness.telemetry.backfill.history import backfill_history
from harness.telemetry.calibration.calibrate import calibrate
from harness.telemetry.calibration.observations import is_usable
from harness.telemetry.measures import smape
from harness.telemetry.profile import Profile, load_profile
from harness.telemetry.sample import Sample
from harness.telemetry.today import predict_again

MOST_RELEASES = 80
TESTS = Path(__file__).resolve().parents[1] / "tests" / "differential"


@dataclass(frozen=True)
class Result:
    """What came of one repository; seconds are of the backfill and of the calibration."""

    name: str
    trained: int
    tried: int
    cut: int
    seed: float
    calibrated: float
    coverage: float
    seconds: tuple[float, float]

    @property
    def ratio(self) -> float:
        return self.calibrated / self.seed

    @property
    def passed(self) -> bool:
        return self.ratio <= 2 / 3 and 0.85 <= self.coverage <= 0.95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("repositories", nargs="*", type=Path, metavar="REPOSITORY")
    parser.add_argument("--older", type=float, default=0.7, metavar="SHARE")
    parser.add_argument("--package", action="append", default=[], metavar="NAME")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    print("| history | trained on | tried on | cut | seed | calibrated | ratio | in 90 % | backfill | fit |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        releases = [of_releases(name, Path(folder)) for name in arguments.package]
        for path in [*arguments.repositories, *releases]:
            result = measured(path, arguments.older)
            results += [result] if result else []
    return 1 if arguments.check and not all(result.passed for result in results) else 0


def measured(path: Path, older: float) -> Result | None:
    seed, began = load_profile("seed"), time.perf_counter()
    history = backfill_history(open_repository(path), seed)
    walked = time.perf_counter()
    samples = [sample for sample in history.samples if is_usable(sample)]
    count = round(older * len(samples))
    made = calibrate(samples[:count], seed, "calibrated", include_backfill=True)
    fitted = time.perf_counter()
    newer = [sample for sample in samples[count:] if not sample.truncated]
    if made.profile is None or not newer:
        why = made.refusal.reason if made.refusal else "no newer commits"
        print(f"| {path.resolve().name} | {count} | | | | | | {why} | | |", flush=True)
        return None
    errors, inside = judged(newer, made.profile)
    result = Result(
        name=path.resolve().name,
        trained=count,
        tried=len(newer),
        cut=len(samples) - count - len(newer),
        seed=fmean(smape(s.predicted_output_tokens, s.actual_output_tokens or 0) for s in newer),
        calibrated=fmean(errors),
        coverage=fmean(inside),
        seconds=(walked - began, fitted - walked),
    )
    print(row(result), flush=True)
    return result


def judged(newer: Sequence[Sample], profile: Profile) -> tuple[list[float], list[bool]]:
    errors, inside = [], []
    for sample in newer:
        made, actual = predict_again(profile, sample), sample.actual_output_tokens or 0
        if made is not None and made.lower is not None and made.upper is not None:
            errors.append(smape(made.tokens, actual))
            inside.append(made.lower <= actual <= made.upper)
    return errors, inside


def row(result: Result) -> str:
    return (
        f"| {result.name} | {result.trained} | {result.tried} | {result.cut} | {result.seed:.1f} % | "
        f"{result.calibrated:.1f} % | {result.ratio:.2f} | {result.coverage:.1%} | "
        f"{result.seconds[0]:.1f} s | {result.seconds[1]:.1f} s |"
    )


def of_releases(package: str, folder: Path) -> Path:
    sys.path.insert(0, str(TESTS))
    from release_histories import Index, build, cache_folder

    root = folder / f"{package} (releases)"
    build(package, Index(), cache_folder(folder / "archives"), root, MOST_RELEASES)
    return root


if __name__ == "__main__":
    sys.exit(main())
