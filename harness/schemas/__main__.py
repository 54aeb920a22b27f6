"""Write every schema into a folder: `python -m harness.schemas docs/schemas`."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.schemas.published import MODELS, file_name, schema_text


def main(arguments: list[str]) -> int:
    """Write the schemas into the folder named, and remove those of documents there are no more."""
    folder = Path(arguments[0] if arguments else "docs/schemas")
    folder.mkdir(parents=True, exist_ok=True)
    for stale in set(folder.glob("*.schema.json")) - {folder / file_name(name) for name in MODELS}:
        stale.unlink()
    for name in MODELS:
        (folder / file_name(name)).write_text(schema_text(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
