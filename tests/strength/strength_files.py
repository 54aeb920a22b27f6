"""The small project of these tests."""

from python_environments import plain_python

CONFIG = f"""\
[tests]
paths = ["tests"]
timeout = 60
python = "{plain_python()}"
"""
SLUG = 'def slugify(text):\n    return text.lower().replace(" ", "-")\n'
TESTS = '''\
import pytest

from textkit.slug import slugify


@pytest.mark.parametrize("text, slug", [("A", "a"), ("A b", "a-b")])
def test_slug(text, slug):
    assert slugify(text) == slug


def test_lower():
    assert slugify("A B").lower() == slugify("A B")


def test_joined():
    """Words are joined."""
    assert slugify("a b") == "a-b"
    assert slugify("a b c") == "a-b-c"
'''
FILES = {
    "src/textkit/__init__.py": "",
    "src/textkit/slug.py": SLUG,
    "tests/test_slug.py": TESTS,
    "tests/helpers.py": "def same(one, other):\n    assert one == other\n",
    "tests/test_helped.py": "from helpers import same\nfrom textkit.slug import slugify\n\n\n"
    'def test_helped():\n    same(slugify("x y"), "x-y")\n',
    "tests/conftest.py": "",
    "pyproject.toml": '[project]\nname = "textkit"\nversion = "0"\ndependencies = []\n\n'
    '[tool.pytest.ini_options]\naddopts = "-ra"\ntestpaths = ["tests"]\n',
    "harness.toml": CONFIG,
    ".gitignore": "__pycache__/\n",
}
PLAN = """
[run]
id = "demo"

[[phase]]
id = "work"
goal = "Change it"
deliverables = ["src/textkit/slug.py"]
scope = ["**"]
max_attempts = 1

[[phase]]
id = "tests"
goal = "Change the tests, too"
deliverables = ["src/textkit/slug.py", "tests/test_slug.py"]
allow_tests = ["tests/conftest.py", "pytest.ini", "tests/test_shim.py", "tests/helpers.py", "tests/json.py"]
scope = ["**"]
max_attempts = 1
"""
