"""What the guard adds to a commit of one file in a large repository, beside the pre-commit framework.

    python benchmarks/guard.py [--files N] [--rounds N] [--folder DIR] [--check]

Makes a repository (100,000 files of some 60 lines, 100 a folder), and commits a changed file in it again
and again: without a hook, with a hook that only exits, with the guard as a plain git hook
(hooks/pre-commit), and through the pre-commit framework with one `language: system` hook that runs
`true`. The ways take turns in random order; what one adds is the median, over the rounds, of its time
less that of the commit without a hook in the same round. The hook that only exits shows what git itself
takes for having any: it reads its index once more. With --check, missing a target (60 ms; a tenth of the
framework) exits 1. The repository, about 500 MB, is removed in the end.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
MOST_ADDED, MOST_SHARE = 60.0, 0.1
NO_HOOK, EMPTY, GUARD, FRAMEWORK = (
    "no hook",
    "a hook that only exits",
    "the guard",
    "pre-commit, running `true`",
)
CONFIG = """\
[policy]
protected = ["pyproject.toml", ".github/", "migrations/**"]

[tests]
paths = ["tests"]
timeout = 600  # seconds
"""
NO_OP = """\
repos:
  - repo: local
    hooks:
      - {id: nothing, name: nothing, entry: "true", language: system, always_run: true, pass_filenames: false}
"""
PIECE = """\
def total_{0}(prices: list[int], discount: int = {0}) -> int:
    \"\"\"The sum of the prices less a discount, never below zero.\"\"\"
    total = sum(price for price in prices if price > 0)
    return max(total - discount, 0)


"""


class Repository:
    """A repository of many files, and the ways to commit in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        self.files = 1
        self.hooks = {NO_HOOK: Path(os.devnull), FRAMEWORK: self.root / ".git/hooks"}
        own = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        who = {
            f"GIT_{who}_{what}": "a@localhost"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        self.environment = own | who | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}

    def git(self, *arguments: str) -> float:
        """Milliseconds of one git command."""
        started = time.perf_counter()
        subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        return (time.perf_counter() - started) * 1000

    def fill(self, files: int) -> None:
        """Commit and check out `files` files, a configuration of the harness and one of the framework."""
        self.files = files
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "gc.auto", "0")
        self.git("config", "maintenance.auto", "false")
        importer = subprocess.Popen(
            ["git", "fast-import", "--quiet"], cwd=self.root, env=self.environment, stdin=subprocess.PIPE
        )
        if importer.stdin is None:
            raise RuntimeError("git fast-import has no standard input")
        with importer.stdin as stream:
            for part in _import_stream(files):
                stream.write(part)
        if importer.wait() != 0:
            raise RuntimeError("git fast-import failed")
        self.git("reset", "-q", "--hard")

    def set_up(self, folder: Path) -> None:
        """Put every way's hook where `core.hooksPath` can name it."""
        for name, content in (
            (EMPTY, "#!/bin/sh\nexit 0\n"),
            (GUARD, (ROOT / "hooks/pre-commit").read_text()),
        ):
            hook = folder / f"hooks-{len(self.hooks)}" / "pre-commit"
            hook.parent.mkdir()
            hook.write_text(content)
            hook.chmod(0o755)
            self.hooks[name] = hook.parent
        subprocess.run(
            [BIN / "pre-commit", "install"],
            cwd=self.root,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def commit(self, way: str, number: int) -> float:
        """Milliseconds of `git commit` of one changed file."""
        path = self.root / _path(number * 997 % self.files)
        path.write_text(path.read_text() + PIECE.format(number))
        self.git("add", str(path))
        return self.git("-c", f"core.hooksPath={self.hooks[way]}", "commit", "-q", "-m", "Add a total")


def _path(number: int) -> str:
    return f"src/part_{number // 100:04}/module_{number:06}.py"


def _import_stream(files: int) -> Iterator[bytes]:
    yield b"commit refs/heads/main\ncommitter a <a@localhost> 1700000000 +0000\ndata 5\nbegin\n"
    yield _file("harness.toml", CONFIG)
    yield _file(".pre-commit-config.yaml", NO_OP)
    yield _file("pyproject.toml", "[project]\n")
    for number in range(files):
        yield _file(_path(number), "".join(PIECE.format(number * 10 + piece) for piece in range(10)))


def _file(path: str, content: str) -> bytes:
    data = content.encode()
    return f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n"


def measure(repository: Repository, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each way, a figure a round; the first round isn't counted."""
    times: dict[str, list[float]] = {way: [] for way in (NO_HOOK, EMPTY, GUARD, FRAMEWORK)}
    number = 0
    for _ in range(rounds + 1):
        for way in random.sample(list(times), len(times)):
            number += 1
            times[way].append(repository.commit(way, number))
    return {way: figures[1:] for way, figures in times.items()}


def report(times: dict[str, list[float]], difference: float) -> tuple[float, float]:
    """Print the figures; (milliseconds the guard adds, its share of what the framework adds)."""
    added = {
        way: statistics.median(one - bare for one, bare in zip(figures, times[NO_HOOK], strict=True))
        for way, figures in times.items()
    }
    bare = statistics.median(times[NO_HOOK])
    busy = os.getloadavg()[0] - 1
    if busy > (os.cpu_count() or 1) / 2:
        print(f"others keep {busy:.1f} of {os.cpu_count()} processors busy: all figures are too high")
    print(f"{'git commit with':<28}{'ms':>9}{'added ms':>10}{'of the commit':>15}")
    for way, figures in times.items():
        print(f"{way:<28}{statistics.median(figures):>9.1f}{added[way]:>10.1f}{added[way] / bare:>15.1%}")
    share = added[GUARD] / added[FRAMEWORK] if added[FRAMEWORK] > 0 else float("inf")
    print(f"\nthe guard adds {added[GUARD]:.1f} ms, {share:.1%} of what the framework adds")
    print(f"of that git takes {added[EMPTY]:.1f} ms for having a hook at all")
    print(f"git diff-index alone takes {difference:.1f} ms, while Python starts")
    return added[GUARD], share


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--folder", type=Path, help="where to make the repository (default: the system's)")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="guard-benchmark-", dir=arguments.folder))
    try:
        repository = Repository(folder)
        repository.fill(arguments.files)
        repository.set_up(folder)
        times = measure(repository, arguments.rounds)
        ask = ("diff-index", "--cached", "--raw", "--no-renames", "-z", "HEAD")
        difference = statistics.median(repository.git(*ask) for _ in range(arguments.rounds))
    finally:
        shutil.rmtree(folder)
    added, share = report(times, difference)
    missed = added >= MOST_ADDED or share >= MOST_SHARE
    return int(arguments.check and missed)


if __name__ == "__main__":
    sys.exit(main())
