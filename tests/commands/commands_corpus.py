"""The corpus: commands with the decision that is right for them, one JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def names() -> list[str]:
    return sorted(path.stem.removeprefix("corpus_") for path in _HERE.glob("corpus_*.ndjson"))


def rows(name: str) -> list[dict[str, Any]]:
    lines = (_HERE / f"corpus_{name}.ndjson").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def texts(name: str) -> list[str]:
    """The commands of a corpus that are shell text."""
    return [row["command"] for row in rows(name) if isinstance(row["command"], str)]
