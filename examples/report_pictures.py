"""Makes the report's pictures: a page of the seed and of a made-up run, photographed in Chromium."""

from __future__ import annotations

import datetime
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SEED = ROOT / "telemetry" / "seed.ndjson"
CHROMIUM = "/usr/bin/chromium"
SIZES = {"phone": (360, 740), "desktop": (1280, 900)}
SHOWN = {"phone": 1290, "desktop": 1080}
CATEGORIES = ("implementation", "refactoring", "configuration", "integration", "testing", "documentation")
WORDS = ("cache", "parser", "router", "retry", "import", "schema", "export", "login", "upload", "search")
START = datetime.datetime(2025, 12, 24, 8, 30, tzinfo=datetime.UTC)


def demo_rows(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """A made-up run: the same for the same seed."""
    chance = random.Random(seed)
    when, rows = START, []
    for number in range(count):
        when += datetime.timedelta(minutes=chance.expovariate(1 / 240))
        rows.append(_row(chance, number, when))
    return rows


def _row(chance: random.Random, number: int, when: datetime.datetime) -> dict[str, Any]:
    category = chance.choices(CATEGORIES, (9, 5, 3, 4, 3, 2))[0]
    complexity = chance.choices(("low", "medium", "high", "maintenance"), (5, 5, 3, 1))[0]
    files = chance.choices((1, 2, 3, 5, 7, 9, 12), (4, 7, 5, 5, 3, 2, 1))[0]
    word = chance.choice(WORDS)
    deliverables = [f"src/{word}/part_{n}.py" if n % 2 else f"tests/test_{word}_{n}.py" for n in range(files)]
    predicted = int(
        1600 + 1850 * files * {"low": 0.8, "medium": 1, "high": 1.5, "maintenance": 0.7}[complexity]
    )
    budget = max(8192, int(1.3 * predicted))
    needed = int(predicted * math.exp(chance.gauss(-0.12, 0.42)))
    used, failed = min(needed, budget), chance.random() < 0.09
    model = chance.choice(("sonnet", "sonnet", "opus"))
    return {
        "schema": "harness.sample/1",
        "run_id": "demo",
        "phase_id": f"{word}-{category}-{number}",
        "attempt": 1,
        "timestamp": when.isoformat(timespec="seconds"),
        "commit": f"{chance.getrandbits(160):040x}",
        "category": category,
        "complexity": complexity,
        "deliverables": deliverables,
        "deliverable_count": files,
        "predicted_output_tokens": predicted,
        "predicted_lower_tokens": int(predicted * 0.5),
        "predicted_upper_tokens": int(predicted * 1.7),
        "predicted_level": 0.9,
        "selected_budget": budget,
        "actual_output_tokens": used,
        "input_tokens": 4 * used + chance.randrange(9000),
        "cost": round(used * (75e-6 if model == "opus" else 15e-6), 4),
        "duration": round(used / 60, 1),
        "success": True,
        "phase_success": not failed and needed < budget,
        "outcome": "failed" if failed or needed >= budget else "complete",
        "truncated": needed >= budget,
        "stop_reason": "max_tokens" if needed >= budget else "end_turn",
        "model": model,
        "agent": "llm",
        "profile": "seed",
        "profile_version": 1,
    }


def make_page(folder: Path, *options: str) -> Path:
    """The page over the seed's rows and the made-up ones."""
    rows = "".join(json.dumps(row) + "\n" for row in demo_rows(120))
    (folder / "demo.ndjson").write_text(rows)
    (folder / "seed.ndjson").write_bytes(SEED.read_bytes())
    command = [sys.executable, "-m", "harness", "telemetry", "report", "demo.ndjson", "seed.ndjson", *options]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "telemetry-report.html"


def main(target: Path) -> None:
    """Write the pictures to `target`, and the SVG for READMEs beside them."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        page_file = make_page(Path(name))
        make_page(Path(name), "--svg", str(target / "report.svg"))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    device_scale_factor=1.5 if size == "phone" else 1,
                )
                page.goto(page_file.as_uri())
                page.screenshot(
                    path=target / f"report-{size}-{scheme}.png",
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": width, "height": SHOWN[size]},
                )
                if "--whole" in sys.argv:
                    page.screenshot(path=target / f"whole-{size}-{scheme}.png", full_page=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
