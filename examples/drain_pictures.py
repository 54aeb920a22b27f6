"""Draw docs/pictures from a real run: python examples/drain_pictures.py [FOLDER]."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console, RenderableType

from harness.cli.drain_view import Display, shown_by
from harness.cli.live import status_view
from harness.cli.live_drain import drain_view
from harness.drain.loop import drain
from harness.drain.options import DrainEvent, DrainOptions
from harness.git.repository import Repository, discover
from harness.plan import Plan, load_plan
from harness.progress.drain_board import DrainBoard
from harness.progress.watching import RunWatch

WIDTH = 110
CONFIG = """\
tests = "none"
[policy]
protected = ["pyproject.toml"]
[agents.slow]
kind = "command"
edits = "worktree"
command = ["sh", "agent.sh", "{phase}", "{attempt}"]
"""
AGENT = """\
sleep 1.5
mkdir -p src docs
case "$1-$2" in
  tables-1) echo x > setup.cfg; echo 'ROWS = 1' > src/tables.py; used=2210;;
  export-*) echo x > src/other.py; used=1940;;
  readme-*) echo '# Text kit' > docs/readme.md; used=880;;
  *) echo 'A = 1' > "src/$1.py"; used=1340;;
esac
echo "{\\"input\\": 5200, \\"output\\": $used}" > "$HARNESS_USAGE"
"""
PHASES = (
    ("slugify", "src/slugify.py", ()),
    ("words", "src/words.py", ()),
    ("tables", "src/tables.py", ("slugify",)),
    ("export", "src/export.py", ("words",)),
    ("command-line", "src/command-line.py", ("tables",)),
    ("readme", "docs/readme.md", ("command-line", "export")),
)


class Recorder(Display):
    """Keeps the drain's view as it was at one moment: two phases over, two under way, one told off."""

    def __init__(self, board: DrainBoard) -> None:
        self._board = board
        self._began = time.monotonic()
        self.pictures: list[RenderableType] = []

    def take(self, line: str, now: float) -> None:
        self._board.take(line, now)

    def event(self, event: DrainEvent, now: float) -> None:
        self._board.event(event, now)

    def tick(self, now: float) -> None:
        told = any(phase.said for phase in self._board.running)
        if told and self._board.over >= 2 and len(self._board.running) == 2:
            self.pictures.append(drain_view(self._board, now, now - self._began, WIDTH, 24, 39_000))


def main(folder: Path) -> None:
    """Carry out the run, and write both pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        os.environ["HARNESS_STATE_HOME"] = f"{place}/state"
        root = Path(place) / "textkit"
        user, plan = _repository(root)
        recorder = Recorder(DrainBoard([phase.id for phase in plan.phase]))
        watched: list[RenderableType] = []
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(root, plan, watched, over))
        watcher.start()
        options = DrainOptions(root / "plan.toml", Path(place) / "stop", jobs=2)
        context = multiprocessing.get_context("spawn")
        with shown_by(lambda _stream: recorder) as tell, ProcessPoolExecutor(2, context) as pool:
            drain(user, plan, options, tell, pool)
        over.set()
        watcher.join()
        _draw(recorder.pictures[len(recorder.pictures) // 2], folder / "drain.svg", "harness drain --jobs 2")
        _draw(watched[0], folder / "watch.svg", "harness status --watch")


def _repository(root: Path) -> tuple[Repository, Plan]:
    root.mkdir()
    for name, text in (("harness.toml", CONFIG), ("agent.sh", AGENT)):
        (root / name).write_text(text)
    as_somebody = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        (*as_somebody, "commit", "-q", "-m", "Begin"),
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    harness = [sys.executable, "-m", "harness", "plan"]
    subprocess.run([*harness, "new", "--run", "textkit"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    for name, path, needed in PHASES:
        more = [argument for other in needed for argument in ("--depends-on", other)]
        add = ["add", name, "--goal", f"Write {name}", "--deliverable", path, "--max-attempts", "2", *more]
        subprocess.run([*harness, *add], cwd=root, check=True, stdout=subprocess.DEVNULL)
    return discover(root), load_plan(root / "plan.toml", "plan.toml")


def _watch(root: Path, plan: Plan, seen: list[RenderableType], over: threading.Event) -> None:
    """The status view of the first moment with something refused, running, complete and waiting."""
    watch, began = RunWatch(discover(root), plan.run.id, plan), time.monotonic()
    while not over.is_set():
        rows = watch.look()
        states = {row.row.state for row in rows}
        if {"running", "complete", "waiting"} <= states and any(row.refusal and row.is_over for row in rows):
            seen.append(status_view(plan.run.id, rows, WIDTH, 24, time.monotonic() - began))
            return
        time.sleep(0.2)


def _draw(view: RenderableType, path: Path, title: str) -> None:
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(view)
    picture = console.export_svg(title=title, unique_id=path.stem)
    # The fonts would come from the network; any fixed-width one will do.
    picture = re.sub(r"@font-face\s*\{[^}]*\}", "", picture)
    picture = re.sub(r"Fira Code", "ui-monospace, Menlo, Consolas", picture)
    path.write_text("\n".join(line.rstrip() for line in picture.splitlines() if line.strip()) + "\n")


if __name__ == "__main__":
    default = Path(__file__).parent.parent / "docs" / "pictures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
