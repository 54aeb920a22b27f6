"""What adding one note, and joining two clones' notes, cost as notes grow.

    python benchmarks/notes.py [--notes N ...] [--rounds N] [--check]

Makes repositories with 100 to 100,000 notes on made-up objects, in trees as deep as git makes them, and
measures the median of adding one note as a seal does (add_notes, transfer, compare-and-swap), and of
joining notes with those of another clone that differ in ten. The yardstick is `git notes add` alone in
the same repository, which loses notes when two run at once. With --check, an addition that is six times
slower at the largest size than at the smallest exits 1.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.git.note_merge import joined_notes
from harness.git.notes import CI_NOTES, Note, add_notes
from harness.git.private import PrivateRepository
from harness.git.refs import move_refs, read_ref
from harness.git.repository import Repository, discover
from harness.git.transfer import transfer

MOST_GROWTH = 6.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--notes", type=int, nargs="+", default=[100, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    print(f"{'notes':>8} {'git notes add':>14} {'sealed note':>12} {'joined':>8}   (ms, median)")
    rows = [measured(count, arguments.rounds) for count in arguments.notes]
    missed = rows[-1][1] > MOST_GROWTH * rows[0][1]
    return 1 if arguments.check and missed else 0


def measured(count: int, rounds: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repository"
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        identity = ("-c", "user.name=B", "-c", "user.email=b@example.com")
        call(root, *identity, "commit", "-q", "--allow-empty", "-m", "begin")
        fill(root, CI_NOTES, range(count), count)
        fill(root, "refs/notes/other", range(10, count + 10), count)
        user = discover(root)
        plain = ("notes", "--ref=plain", "add", "-m", "x")
        git = median(
            rounds,
            lambda n: call(root, *identity, *plain, name(-n - 1)),
            before=lambda: call(root, "update-ref", "refs/notes/plain", CI_NOTES),
        )
        own = median(rounds, lambda n: sealed(user, name(-n - 1)))
        joined = median(rounds, lambda _: join(user))
        row = tuple(1000 * seconds for seconds in (git, own, joined))
        print(f"{count:8} {row[0]:14.1f} {row[1]:12.1f} {row[2]:8.1f}", flush=True)
        return row[0], row[1], row[2]


def median(rounds: int, step: Callable[[int], object], before: Callable[[], object] = lambda: None) -> float:
    taken = []
    for number in range(rounds):
        before()
        start = time.perf_counter()
        step(number)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def sealed(user: Repository, annotated: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        private = PrivateRepository(Path(scratch), user)
        updates = add_notes(private, user, [Note(CI_NOTES, annotated, private.blob(b'{"v":1}\n'))])
        transfer(private, user, [update.new for update in updates if update.new])
        move_refs(user.git, updates)


def join(user: Repository) -> None:
    ours, theirs = read_ref(user.git, CI_NOTES), read_ref(user.git, "refs/notes/other")
    with tempfile.TemporaryDirectory() as scratch:
        joined_notes(PrivateRepository(Path(scratch), user), ours or "", theirs or "", user.identity)


def fill(root: Path, ref: str, numbers: range, count: int) -> None:
    fan = 0 if count < 256 else 1 if count < 65_536 else 2
    parts = [f"commit {ref}\ncommitter B <b@example.com> 1 +0000\ndata 0\n"]
    for number in numbers:
        text, oid = f'{{"n":{number}}}\n', name(number)
        path = "".join(f"{oid[2 * i : 2 * i + 2]}/" for i in range(fan)) + oid[2 * fan :]
        parts.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input="".join(parts).encode(), check=True)


def name(number: int) -> str:
    return hashlib.sha1(str(number).encode()).hexdigest()


def call(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
