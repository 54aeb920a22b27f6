"""What a drain costs beside its agents and tests, and what working side by side gains.

    python benchmarks/drain.py [--phases N] [--scaling N] [--seconds S] [--check]

Drains N small phases, whose answers are recorded and which have no tests, with `harness drain`. The
yardstick is a shell script that does with git alone what each phase comes down to: worktree add, apply,
commit, note, worktree remove. Both are run here, one after the other, on repositories alike. With each
comes the cost of a phase in the first and the last quarter, which shows whether it grows with the run.
Then as many phases as --scaling says are drained with 1, 2 and 4 jobs, by an agent that waits and by one
that computes for so many seconds. With --check, a cost of the last quarter above twice that of the first
exits 1.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MOST_GROWTH = 2.0
IDENTITY = ("-c", "user.name=B", "-c", "user.email=b@example.com")
SCRIPT = """\
set -e
for number in $(seq {first} {last}); do
  git worktree add --quiet --detach ../work "$(git rev-parse refs/heads/plain)"
  git -C ../work apply ../patches/$number.diff
  git -C ../work add --all
  git -C ../work {identity} commit --quiet -m "p$number: make it"
  commit=$(git -C ../work rev-parse HEAD)
  git update-ref refs/heads/plain "$commit"
  git {identity} notes --ref=plain add -m '{{"tests": "none"}}' "$commit"
  git worktree remove ../work
done
"""
AGENTS = """\
tests = "none"

[containment]
mode = "off"

[agents.recorded]
kind = "recorded"
reply = "../replies/{{phase}}-{{attempt}}.txt"

[agents.waits]
kind = "command"
command = ["{python}", "{agent}", "waits", "{seconds}"]

[agents.computes]
kind = "command"
command = ["{python}", "{agent}", "computes", "{seconds}"]
"""
AGENT = """\
import json, os, sys, time
if sys.argv[1] == "waits":
    time.sleep(float(sys.argv[2]))
else:
    end = time.process_time() + float(sys.argv[2])
    while time.process_time() < end:
        sum(range(10_000))
name = os.environ["HARNESS_PHASE_ID"]
print(json.dumps({"type": "create", "file_path": f"src/{name}.py", "content": f"NAME = '{name}'\\n"}))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--phases", type=int, default=200)
    parser.add_argument("--scaling", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        growth = cost(Path(folder), arguments.phases)
        if arguments.scaling:
            scaling(Path(folder), arguments.scaling, arguments.seconds)
    return 1 if arguments.check and growth > MOST_GROWTH else 0


def cost(folder: Path, count: int) -> float:
    """Print what a phase costs; returns how much more the last quarter cost than the first."""
    root = repository(folder / "cost", count, "recorded", 0)
    began = time.monotonic()
    document = drain(root, 1)
    whole = time.monotonic() - began
    seconds: list[float] = [phase["seconds"] for phase in document["phases"]]
    quarter = max(1, count // 4)
    first, last = statistics.median(seconds[:quarter]), statistics.median(seconds[-quarter:])
    plain_first, plain_last, plain = by_hand(root, count, quarter)
    print(f"{count} phases                     ms a phase   first quarter   last quarter")
    print(f"harness drain                {whole / count * 1e3:10.1f} {first * 1e3:15.1f} {last * 1e3:14.1f}")
    print(
        f"shell script with git alone  {plain * 1e3:10.1f} {plain_first * 1e3:15.1f} {plain_last * 1e3:14.1f}"
    )
    print(f"harness / shell script       {whole / count / plain:10.2f} {first / plain_first:15.2f}"
          f" {last / plain_last:14.2f}")  # fmt: skip
    return last / first


def by_hand(root: Path, count: int, quarter: int) -> tuple[float, float, float]:
    """Seconds a phase takes the shell script: in the first quarter, in the last, in all."""
    patches = root.parent / "patches"
    patches.mkdir()
    for number in range(1, count + 1):
        head = f"diff --git a/src/p{number}.py b/src/p{number}.py\nnew file mode 100644\n"
        body = f"--- /dev/null\n+++ b/src/p{number}.py\n@@ -0,0 +1 @@\n+NAME = 'p{number}'\n"
        (patches / f"{number}.diff").write_text(head + body)
    git(root, "update-ref", "refs/heads/plain", "HEAD")
    spans = [(1, quarter), (quarter + 1, count - quarter), (count - quarter + 1, count)]
    taken = [timed(root, first, last) for first, last in spans]
    return taken[0] / quarter, taken[2] / quarter, sum(taken) / count


def timed(root: Path, first: int, last: int) -> float:
    began = time.monotonic()
    script = SCRIPT.format(first=first, last=last, identity=" ".join(IDENTITY))
    subprocess.run(["sh", "-c", script], cwd=root, check=True, capture_output=True)
    return time.monotonic() - began


def scaling(folder: Path, count: int, seconds: float) -> None:
    """Print how long the same phases take with more jobs."""
    print(f"\n{count} phases, an agent of {seconds:g} s     jobs   seconds   of one job")
    for agent in ("waits", "computes"):
        alone = 0.0
        for jobs in (1, 2, 4):
            root = repository(folder / f"{agent}-{jobs}", count, agent, seconds)
            began = time.monotonic()
            drain(root, jobs)
            taken = time.monotonic() - began
            alone = alone or taken
            print(f"{agent:34} {jobs:4} {taken:9.1f} {taken / alone:12.2f}")


def repository(folder: Path, count: int, agent: str, seconds: float) -> Path:
    """A repository with a plan of so many phases, and their answers."""
    root, replies = folder / "repository", folder / "replies"
    root.mkdir(parents=True)
    replies.mkdir()
    git(root, "init", "-q", "-b", "main")
    (folder / "agent.py").write_text(AGENT)
    config = AGENTS.format(python=sys.executable, agent=folder / "agent.py", seconds=seconds)
    (root / "harness.toml").write_text(config)
    plan = ['[run]\nid = "bench"\n']
    for number in range(1, count + 1):
        name = f"p{number}"
        plan.append(
            f'[[phase]]\nid = "{name}"\ngoal = "make it"\nagent = "{agent}"\n'
            f'deliverables = ["src/{name}.py"]\n'
        )
        edit = {"type": "create", "file_path": f"src/{name}.py", "content": f"NAME = '{name}'\n"}
        (replies / f"{name}-1.txt").write_text(json.dumps(edit) + "\n")
    (root / "plan.toml").write_text("\n".join(plan))
    git(root, "add", "-A")
    git(root, *IDENTITY, "commit", "-q", "-m", "begin")
    return root


def drain(root: Path, jobs: int) -> dict[str, Any]:
    environment = {**os.environ, "HARNESS_STATE_HOME": str(root.parent / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "harness", "drain", "--json", "--jobs", str(jobs)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    if done.returncode:
        raise SystemExit(f"{document}\n{done.stderr}")
    return document


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
