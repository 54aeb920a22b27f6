"""docs/formats.md and the command line name every format and every repair there is."""

import re
from pathlib import Path

from harness.cli.check import FORMATS as NAMES
from harness.edits.repairs import FRAMING, REPAIRS
from harness.edits.reply import FORMATS

TEXT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()


def table_under(heading: str) -> list[str]:
    section = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


def test_the_table_of_repairs_is_the_list_of_the_code():
    rows = [line.split("|") for line in table_under("Repairs")]
    names = {name: row[2].strip() == "yes" for row in rows for name in re.findall("`([^`]+)`", row[1])}
    assert set(names) == REPAIRS
    assert {name for name, kept in names.items() if kept} == FRAMING


def test_the_formats_of_docs_command_line_and_reader_are_the_same():
    documented = [re.findall("`([^`]+)`", line)[0] for line in table_under("Which format a reply is in")]
    assert documented == [format_.name for format_ in FORMATS] == list(NAMES[1:])
