"""Requests to agents, and small programs that play the agent."""

import os
import sys

import pytest

from harness.agents.command import CommandAgent
from harness.agents.model import AgentRequest
from harness.process.environment import clean_environment


@pytest.fixture
def request_of(tmp_path):
    """Make a request for one attempt, with a worktree and a scratch folder."""
    (tmp_path / "worktree").mkdir()

    def make(attempt=1, run="demo", phase="slugify", prompt="Please.\n", brief='{"goal": "x"}'):
        scratch = tmp_path / f"scratch-{attempt}"
        scratch.mkdir(exist_ok=True)
        return AgentRequest(run, phase, attempt, prompt, brief, scratch, tmp_path / "worktree")

    return make


@pytest.fixture
def agent(tmp_path):
    """Make a command agent."""
    (tmp_path / "checkout").mkdir()

    def make(*command, edits="stdout", timeout=30.0, environment=None, **changes):
        environment = clean_environment(os.environ) if environment is None else environment
        root = tmp_path / "checkout"
        return CommandAgent("robot", command, edits, timeout, environment, root=root, **changes)

    return make


@pytest.fixture
def ask(agent, request_of):
    """Ask an agent that runs a shell script."""

    def do(script, *words, **changes):
        return agent("sh", "-c", script, "sh", *words, **changes).ask(request_of())

    return do


@pytest.fixture
def ask_python(agent, request_of):
    """Ask an agent that runs a Python program."""

    def do(program, **changes):
        return agent(sys.executable, "-I", "-S", "-c", program, **changes).ask(request_of())

    return do
