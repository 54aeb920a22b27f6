"""The demo: phases on a small project, run by the real harness in a repository under .demo/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "examples" / "textkit"
DEMO = ROOT / ".demo"
REPOSITORY = DEMO / "textkit"
WIDTH = 88

SETTINGS = {
    "user.name": "Demo User",
    "user.email": "demo@example.com",
    "commit.gpgSign": "false",
    "core.autocrlf": "false",
    "advice.detachedHead": "false",
}


def main() -> int:
    """Run the demo; exit code 1 if any command ended otherwise than expected."""
    started = time.monotonic()
    tour = Tour(clean_environment())
    make_repository(tour)
    run_phases(tour)
    look_around(tour)
    say_goodbye(tour, time.monotonic() - started)
    return 1 if tour.surprises else 0


class Tour:
    """Runs commands in the demo's repository, shows them, and notes the exit codes nobody expected."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.surprises: list[str] = []

    def run(self, command: str, expected: int = 0) -> None:
        """Show a command and what it prints, as in a terminal."""
        print(f"\n{bold('$ ' + command)}", flush=True)
        code = self._start(command, None).returncode
        if code:
            print(f"(exit code {code})", flush=True)
        if code != expected:
            self.surprises.append(f"`{command}` ended with exit code {code}, not {expected}")

    def ask(self, command: str) -> str:
        """What a command prints, without showing it."""
        done = self._start(command, subprocess.PIPE)
        if done.returncode:
            raise SystemExit(f"demo: `{command}` failed:\n{done.stdout}")
        return str(done.stdout).strip()

    def _start(self, command: str, output: int | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            shell=True,
            check=False,
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )


def clean_environment() -> dict[str, str]:
    """The environment of every command: this installation, nobody's git settings, all files below .demo."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HARNESS_", "PYTEST_", "XDG_"))}
    programs = sysconfig.get_path("scripts")
    path = os.pathsep.join((programs, kept.get("PATH", os.defpath)))
    return {
        **kept,
        "PATH": path,
        "VIRTUAL_ENV": sys.prefix,
        "HOME": str(DEMO / "home"),
        "HARNESS_STATE_HOME": str(DEMO / "state"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PAGER": "cat",
    }


def make_repository(tour: Tour) -> None:
    """A copy of examples/textkit, as a git repository with one commit."""
    if DEMO.exists():
        shutil.rmtree(DEMO)
    (DEMO / "home").mkdir(parents=True)
    shutil.copytree(SOURCE, REPOSITORY, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    heading("A small project in a repository of its own", f"{shown(REPOSITORY)}, a copy of examples/textkit.")
    tour.ask("git init -q -b main --template= .")
    for key, value in SETTINGS.items():
        tour.ask(f"git config {key} '{value}'")
    tour.ask("git add -A && git commit -q -m 'Begin textkit'")
    tour.run("git log --oneline")
    tour.run("harness status")


def run_phases(tour: Tour) -> None:
    """Four phases, four fates."""
    heading(
        "1. Accepted: edits as NDJSON operations",
        "The agent is asked, its edits become a tree, the tree is judged and tested in a throwaway "
        "worktree, and what passed is a commit on the branch harness/demo.",
    )
    tour.run("harness run-phase slugify")
    heading("2. Accepted: edits as a unified diff", "Git itself applies it, whole or not at all.")
    tour.run("harness run-phase shorten")
    heading(
        "3. Refused: a protected path",
        "Asked for a change log, the agent raises the version in pyproject.toml, too. harness.toml "
        "protects that file, so all of its edits are dropped, before any test runs.",
    )
    tour.run("harness run-phase release", expected=3)
    tour.run("harness explain protected-path")
    heading(
        "4. The tests fail first, then pass",
        "The failure goes into the second attempt's brief, and the files of the first are its start.",
    )
    tour.run("harness run-phase reading-time")


def look_around(tour: Tour) -> None:
    """What is left of it, all of it in git."""
    heading("What became of it", "Derived from git each time; there is no other store.")
    tour.run("harness status")
    heading("The log with its notes", "One line of test results for each phase's commit.")
    tour.run("git log --notes=harness/ci --format='%h %s%n%w(100,8,8)%N' main..harness/demo")
    heading("The test report of one commit", "The whole pytest report is a note, too.")
    commit = tour.ask("git log -1 --format=%h --grep='^Phase-Id: reading-time$' harness/demo")
    tour.run(f"harness notes show {commit}")
    heading("Telemetry", "Tokens predicted and used: one row for each attempt, on the run's branch.")
    tour.run("git show harness/demo:telemetry/demo.ndjson > ../demo.ndjson")
    tour.run("harness telemetry replay ../demo.ndjson")
    heading("And your own branch?", "As it was. The work waits on harness/demo.")
    tour.run("git status --short --branch")


def say_goodbye(tour: Tour, seconds: float) -> None:
    """Where the repository lies, what to try next, and whether everything went as it should."""
    heading(f"Done in {seconds:.0f} s. The repository is {shown(REPOSITORY)}; try:")
    for command, remark in (
        (f". {shown(Path(sys.prefix) / 'bin' / 'activate')} && cd {shown(REPOSITORY)}", ""),
        ("harness diff demo", "what the run changed"),
        ("harness show reading-time", "both attempts in full"),
        ("harness show release --file brief.json", "what the agent was asked"),
        ("git merge harness/demo", "keep the work"),
        ("harness drop demo", "or discard it; the record stays"),
    ):
        print(f"  {command:40} {'# ' + remark if remark else ''}".rstrip())
    for surprise in tour.surprises:
        print(f"\ndemo: unexpected: {surprise}", file=sys.stderr)


def heading(title: str, text: str = "") -> None:
    """A title, and a sentence or two."""
    print(f"\n\n{bold(title)}\n{'-' * len(title)}", flush=True)
    if text:
        print(textwrap.fill(text, WIDTH), flush=True)


def bold(text: str) -> str:
    """The text in bold where standard output is a terminal that wants it."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[1m{text}\x1b[0m" if wanted else text


def shown(path: Path) -> str:
    """A path as typed in the folder the demo was started in."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(main())
