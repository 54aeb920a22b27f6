"""The small project of these tests, and operations on it."""

import json
from pathlib import Path

from project import Project, environment_in
from python_environments import plain_python


def config(*, args=(), python=None, containment="auto", more=""):
    return (
        f'[tests]\npaths = ["tests"]\ntimeout = 60\npython = "{python or plain_python()}"\nargs = {json.dumps(list(args))}\n'
        f'{more}\n[containment]\nmode = "{containment}"\n\n'
        '[agents.recorded]\nkind = "recorded"\nreply = "replies/{phase}-{attempt}.txt"\n'
    )


def work(name="work", allow=(), more=""):
    """The table of a phase that changes the module, and may change the test files it names."""
    return (
        f'id = "{name}"\ngoal = "Change it"\ndeliverables = ["src/textkit/slug.py"]\nscope = ["**"]\n'
        f"max_attempts = 1\nallow_tests = {json.dumps(list(allow))}\n{more}\n"
    )


SLUG = 'def slugify(text):\n    return text.lower().replace(" ", "-")\n'
TEST = 'from textkit.slug import slugify\n\n\ndef test_slug():\n    assert slugify("A b") == "a-b"\n'
FILES = {
    "src/textkit/__init__.py": "",
    "src/textkit/slug.py": SLUG,
    "tests/test_slug.py": TEST,
    "pyproject.toml": '[project]\nname = "textkit"\nversion = "0"\n',
    "harness.toml": config(),
    "plan.toml": f'[run]\nid = "demo"\n\n[[phase]]\n{work()}',
    ".gitignore": "__pycache__/\n",
}


def put(path, content):
    return {"type": "replace_file", "file_path": path, "content": content}


def create(path, content):
    return {"type": "create", "file_path": path, "content": content}


def delete(path):
    return {"type": "delete", "file_path": path}


BROKEN = put("src/textkit/slug.py", "def slugify(text):\n    return text\n")
HONEST = put("src/textkit/slug.py", SLUG.replace('.replace(" ", "-")', '.translate({32: "-"})'))


def make_project(folder: Path, files: dict[str, str]) -> Project:
    """A repository with its own home and state, and these files committed."""
    (folder / "project").mkdir(parents=True)
    project = Project(folder / "project", environment_in(folder))
    project.git("init", "-q", "-b", "main")
    project.commit(files, "begin")
    return project
