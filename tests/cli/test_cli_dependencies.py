"""What is imported is declared, and what is declared is used."""

import ast
import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BY_NAME = {"pytest-json-report", "pytest-reportlog"}
"""Plugins, which pytest loads for the harness."""
EXTRAS = PROJECT["optional-dependencies"]


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements):
    return {canonical(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}


def imported(folder):
    """The distributions that the files below a folder import from."""
    known = importlib.metadata.packages_distributions()
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.partition(".")[0])
    return {canonical(one) for name in names for one in known.get(name, ())} - {canonical(PROJECT["name"])}


def test_the_package_imports_what_it_declares_and_no_more():
    assert imported("harness") == declared(PROJECT["dependencies"] + EXTRAS["scale"]) - BY_NAME


def test_each_has_a_lowest_release_which_is_tested():
    assert all(re.match(r"[\w.-]+>=\d[\d.]*(,|$)", requirement) for requirement in PROJECT["dependencies"])
    assert "run: make lowest\n" in (ROOT / ".github/workflows/ci.yml").read_text()
    told = subprocess.run(["make", "-n", "lowest"], cwd=ROOT, capture_output=True, text=True)
    assert "install -c build/lowest.txt -e '.[test]'" in told.stdout, told.stderr


def test_the_tests_import_only_what_is_declared():
    every = declared(PROJECT["dependencies"] + EXTRAS["dev"] + EXTRAS["test"])
    assert imported("tests") - every <= {"pip"}  # which a test does without, where it isn't
