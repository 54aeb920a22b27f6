"""Runs the fuzz targets, each for a bounded time, in a process of its own."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FORMATS = ("ndjson", "unified-diff", "codex-patch", "search-replace", "whole-file")

SECONDS_AN_INPUT = 10
MEBIBYTES = 1024
LONGEST_INPUT = 4096  # bytes
SHOWN = 2000  # bytes

_PROGRESS = re.compile(r"#(\d+)\s.*?cov: (\d+) ft: (\d+) corp: (\d+)")


def main() -> int:
    """0: nothing was found, or there is no atheris; 1: a property failed; 2: a target didn't run."""
    arguments = _arguments()
    try:
        import atheris  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        _say(f"skipped: atheris can't be imported here ({error}); it needs Linux: pip install -e '.[fuzz]'")
        return 0
    return max([_run(name, arguments.seconds, arguments.keep) for name in arguments.formats or FORMATS])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("--seconds", type=int, default=10, help="for each format (default: 10)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep, and go on with, the inputs made here")
    arguments = parser.parse_args()
    if unknown := set(arguments.formats) - set(FORMATS):
        parser.error(f"no target for {', '.join(sorted(unknown))}; there are {', '.join(FORMATS)}")
    return arguments


def _run(name: str, seconds: int, keep: Path | None) -> int:
    findings = HERE / "findings" / name
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        made = keep / name if keep else Path(scratch)
        made.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            _command(name, seconds, findings, made),
            check=False,
            cwd=HERE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    output = done.stdout.decode("utf-8", "replace")
    progress = _PROGRESS.findall(output)
    executions, coverage, features, corpus = progress[-1] if progress else ("0", "0", "0", "0")
    _say(f"{name:15}{executions:>9} executions  cov {coverage}  features {features}  corpus {corpus}")
    new = sorted(set(findings.iterdir()) - before)
    if not new and not done.returncode and progress:
        return 0
    _say(output[-6000:])
    for path in new:
        _show(path)
    return 1 if new else 2


def _command(name: str, seconds: int, findings: Path, made: Path) -> list[str]:
    seeds = [HERE / "corpus" / name, HERE / "regressions" / name]
    return [
        sys.executable,
        str(HERE / f"fuzz_{name.replace('-', '_')}.py"),
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-rss_limit_mb={MEBIBYTES}",
        f"-max_len={LONGEST_INPUT}",
        f"-dict={HERE / 'dictionaries' / name}.dict",
        f"-artifact_prefix={findings}/",
        str(made),
        *(str(folder) for folder in seeds if folder.is_dir()),
    ]


def _show(path: Path) -> None:
    data = path.read_bytes()
    _say(f"input: {path} ({len(data)} bytes)")
    _say(f"  {data[:SHOWN]!r}{'…' if len(data) > SHOWN else ''}")
    _say(f"  once more: {sys.executable} {HERE / 'replay.py'} {path}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
