"""The brief: everything an agent has to know, and nothing that isn't so."""

from __future__ import annotations

import json

import pytest

from harness.phase.brief import BriefFacts, brief_document, prompt
from harness.phase.documents import (
    AttemptDocument,
    DeltaDocument,
    TestsDocument,
    TokensDocument,
    ViolationDocument,
)
from harness.plan import Phase

PHASE = Phase(
    id="slugify",
    goal="  Add slugify.\n",
    deliverables=("src/a.py", "docs/"),
    context=("README.md",),
    category="implementation",
    complexity="low",
)
PREVIOUS = AttemptDocument(
    number=1,
    outcome="failed",
    violations=(
        ViolationDocument(code="test-failed", path="t.py::a", message="failed", hint="make it pass"),
        ViolationDocument(code="no-op", path=None, message="changes nothing"),
    ),
    tests=TestsDocument(
        status="failed", delta=DeltaDocument(newly_failing=("t.py::a", "t.py::b"), removed=("t.py::c",))
    ),
    tokens=TokensDocument(predicted=1, actual=2, budget=3),
    base="b" * 40,
    start="b" * 40,
)


def facts(**changes) -> BriefFacts:
    values = {
        "run": "demo",
        "attempt": 1,
        "missing": ["src/a.py"],
        "present": ["docs/"],
        "protected": ["pyproject.toml"],
        "budget": 8192,
    }
    return BriefFacts(**{**values, **changes})


SECTIONS = {
    "what to do": "# Phase slugify, attempt 1\n\nAdd slugify.\n\n",
    "what is missing": "## Deliverables still missing\n\n- src/a.py\n\n",
    "what is there": "## Deliverables already there\n\n- docs/\n\n",
    "the scope": "## You may change only\n\n- src/a.py\n- docs/\n\n",
    "what is protected": "## Protected, never change\n\n- pyproject.toml\n\n",
    "what to read": "## Read first\n\n- README.md\n\n",
    "how to answer": "Answer with one unified diff (git format), or with one JSON object a line",
    "the budget": "Keep it below 8192 tokens",
}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_prompt_says(name):
    assert SECTIONS[name] in prompt(PHASE, facts())


@pytest.mark.parametrize(
    ("change", "title"),
    [("missing", "still missing"), ("present", "already there"), ("protected", "Protected")],
)
def test_empty_lists_have_no_title(change, title):
    assert title not in prompt(PHASE, facts(**{change: []}))


def test_a_first_attempt_hears_of_no_other():
    assert "ended as" not in prompt(PHASE, facts())
    assert json.loads(brief_document(PHASE, facts()))["previous"] is None


def test_the_next_attempt_hears_everything_against_the_last():
    text = prompt(PHASE, facts(attempt=2, previous=PREVIOUS))
    for line in (
        "## Attempt 1 ended as failed",
        "- [test-failed] t.py::a: failed\n  make it pass",
        "- [no-op] changes nothing",
        "- tests newly failing: t.py::a, t.py::b",
        "- tests removed: t.py::c",
    ):
        assert f"{line}\n" in text
    assert "newly skipped" not in text


@pytest.mark.parametrize(
    ("carried", "said", "start"),
    [
        (1, "Its files are kept and", "previous attempt"),
        (None, "Nothing of it was kept; start from the files as they are", "phase base"),
    ],
)
def test_it_says_where_the_attempt_starts(carried, said, start):
    told = facts(attempt=2, previous=PREVIOUS, carried=carried)
    assert said in prompt(PHASE, told)
    assert json.loads(brief_document(PHASE, told))["start"] == start


def test_an_agent_that_edits_its_worktree_is_not_asked_for_a_diff():
    text = prompt(PHASE, facts(worktree_edits=True))
    assert "Edit the files in the current folder" in text
    assert "unified diff" not in text


def test_the_examples_of_an_answer_are_ones():
    lines = [line.strip() for line in prompt(PHASE, facts()).splitlines() if line.startswith("    {")]
    assert [json.loads(line)["type"] for line in lines] == ["create", "modify", "delete"]


def test_the_document_holds_the_prompt_and_the_same_facts():
    told = facts(attempt=2, previous=PREVIOUS)
    document = json.loads(brief_document(PHASE, told))
    assert document["schema"] == "harness.brief/1"
    assert document["text"] == prompt(PHASE, told)
    assert document["deliverables"] == {"missing": ["src/a.py"], "present": ["docs/"]}
    assert (document["run"], document["phase"], document["attempt"]) == ("demo", "slugify", 2)
    assert (document["token_budget"], document["protected"]) == (8192, ["pyproject.toml"])
    assert document["scope"] == ["src/a.py", "docs/"]
    assert [v["code"] for v in document["previous"]["violations"]] == ["test-failed", "no-op"]
    assert "usage" not in document["previous"]


def test_the_same_facts_make_the_same_brief():
    assert brief_document(PHASE, facts()) == brief_document(PHASE, facts())


def test_of_very_many_reasons_and_tests_some_are_told_and_the_rest_counted():
    """An agent was sent all of them: thousands of lines, paid by the token."""
    many = PREVIOUS.model_copy(
        update={
            "violations": tuple(
                ViolationDocument(code="hunk-missing", path=f"f{n}.py", message="isn't there")
                for n in range(3000)
            ),
            "tests": TestsDocument(
                status="failed", delta=DeltaDocument(newly_failing=tuple(f"t.py::{n}" for n in range(3000)))
            ),
            "would_apply": tuple(range(3000)),
        }
    )
    text = prompt(PHASE, facts(attempt=2, previous=many))
    assert "- [hunk-missing] f0.py: isn't there" in text
    assert "- and 2,950 more reasons like these" in text
    assert "t.py::49 and 2,950 more" in text
    assert "18, 19 and 2,980 more" in text
    assert len(text) < 10_000
