"""What README and docs say, held against the code."""

import itertools
import json
import re
import subprocess
import sys
import types
import typing
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from pydantic import BaseModel

from harness import config
from harness.checks.model import Delta, TestRun
from harness.cli.run_phase import EXIT_CODES
from harness.codes import all_explanations
from harness.phase import finalizer
from harness.plan import Phase, Plan, Run
from harness.policy.model import Violation

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
CONFIGURATION = DOCS / "configuration.md"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def table_below(page, above):
    """The cells of the first table below a text, less its header."""
    text = page.read_text()
    below = text[text.index(above) :].splitlines()
    start = next(i for i, line in enumerate(below) if line.startswith("|"))
    table = itertools.takewhile(lambda line: line.startswith("|"), below[start:])
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table][2:]


def models(annotation):
    """The models in an annotation, those in unions and dictionaries included."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        return [model for part in typing.get_args(annotation) for model in models(part)]
    return []


def keys(model):
    """Every key a model has, and every key of the models inside it."""
    for name, field in model.model_fields.items():
        inner = models(field.annotation)
        if not inner:
            yield name, field
        for one in inner:
            yield from keys(one)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_headings_meet_one(page):
    for target, heading in re.findall(r"\]\(([^)#:\s]*)#([^)]+)\)", page.read_text()):
        other = page.parent / target if target else page
        titles = re.findall(r"^#+ (.+)$", other.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
        assert heading in slugs, f"{page.name}: {target}#{heading}"


def test_readme_is_under_a_page():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 80


def test_the_picture_is_well_formed_and_says_what_it_shows():
    picture = ElementTree.parse(DOCS / "flow.svg").getroot()
    words = " ".join("".join(picture.itertext()).split())
    assert picture.get("viewBox")
    for stage in ("brief", "agent", "edits", "candidate tree", "verdict", "tests", "outcome", "seal"):
        assert stage in words


@pytest.mark.parametrize("model", [config.Config, Plan])
def test_every_key_is_in_the_configuration_page(model):
    text = CONFIGURATION.read_text()
    documented = set(re.findall(r"^\| `(?:gates\.)?(\w+)` \|", text, re.MULTILINE))
    missing = {name for name, _ in keys(model)} - documented - {"kind"}
    assert not missing


def test_every_key_in_the_configuration_page_exists():
    text = CONFIGURATION.read_text()
    documented = set(re.findall(r"^\| `(?:gates\.)?([a-z_]+)` \|", text, re.MULTILINE))
    assert documented <= {name for model in (config.Config, Plan) for name, _ in keys(model)}


@pytest.mark.parametrize(
    ("above", "model"),
    [
        ("### `[policy]`", config.PolicyTable),
        ("### `[tests]`", config.TestsTable),
        ('**`kind = "recorded"`**', config.RecordedAgentTable),
        ('**`kind = "command"`**', config.CommandAgentTable),
        ("### `[run]`", Run),
        ("### `[[phase]]`", Phase),
    ],
)
def test_defaults_in_the_configuration_page(above, model):
    stated = {row[0].strip("`"): row[1].strip("`") for row in table_below(CONFIGURATION, above)}
    for name, field in model.model_fields.items():
        if models(field.annotation):
            continue  # a table of its own
        if name != "kind" and field.is_required():
            assert stated[name] == "required", name
        elif name != "kind" and field.default is not None:
            default = field.get_default(call_default_factory=True)
            plain = list(default) if isinstance(default, tuple) else default
            assert stated[name] == json.dumps(plain), name


def test_codes_in_the_decision_table_are_codes():
    rows = re.findall(r"^\|.*\|$", (DOCS / "decision-table.md").read_text(), re.MULTILINE)
    named = {code for row in rows for code in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", row)}
    assert named
    assert named <= set(all_explanations())


def facts(edits, policy, noop, deliverables, tests):
    """Facts that make the gates answer so; None where no facts can."""
    if noop == "fail" and deliverables == "pass":
        return None
    fault = Violation("some-code", "a", "is wrong")
    run = {
        "pass": finalizer.TestFacts(TestRun("completed", 0, {"t": "passed"}), None, Delta()),
        "fail": finalizer.TestFacts(
            TestRun("completed", 1, {"t": "failed"}), None, Delta(newly_failing=("t",))
        ),
        "weakened": finalizer.TestFacts(
            TestRun("completed", 0, {"t": "passed"}), None, Delta(removed=("u.py::v",))
        ),
        "unknown": finalizer.TestFacts(TestRun("unknown", None, {}), None, Delta()),
    }[tests]
    return finalizer.AttemptFacts(
        edits,
        problems=[fault] if edits != "built" else [],
        violations=[fault] if policy == "fail" else [],
        missing=[fault] if deliverables == "fail" else [],
        noop=noop == "fail",
        tests=run,
    )


def test_the_decision_table_is_what_the_finalizer_does():
    table = table_below(DOCS / "decision-table.md", "## Gates to outcome")
    answers = ("pass", "fail")
    used = set()
    for combination in itertools.product(
        ("built", "refused", "unusable"), answers, answers, answers, (*answers, "weakened", "unknown")
    ):
        known = facts(*combination)
        if known is None:
            continue
        fits = (row for row in table if all(c in ("-", g) for c, g in zip(row, combination, strict=False)))
        row = next(fits)
        used.add(tuple(row))
        outcome = finalizer.finalize(known).outcome
        assert (outcome, str(EXIT_CODES[outcome])) == (row[5], row[6]), combination
    assert len(used) == len(table), "a row that decides nothing"


def test_the_rules_need_no_git():
    """docs/architecture.md names the pure modules; none of them may even import git."""
    pure = (
        "policy.judge globs paths edits.reply edits.plan checks.delta phase.finalizer phase.brief"
        " phase.evidence telemetry.estimator telemetry.replay"
    )
    names = [f"harness.{name}" for name in pure.split()]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print([name for name in sys.modules if name.startswith(('git', 'pygit2', 'harness.git'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
