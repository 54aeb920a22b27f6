"""What each file says that `harness init` writes; values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from harness import __version__

# Worth protecting where they are there: they decide what is built, installed and tested.
PROTECTABLE = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini")
TEST_FOLDERS = ("tests", "test")
HOOKS = ("pre-commit", "pre-merge-commit", "pre-push", "commit-msg")


@dataclass(frozen=True, slots=True)
class StarterFile:
    """A file to write: its path from the repository's root, its content, whether it is a program."""

    path: str
    content: str
    executable: bool = False


def starter_files(present: Sequence[str]) -> list[StarterFile]:
    """Every file of `harness init`, for a repository whose root holds the names `present`."""
    return [
        StarterFile("harness.toml", _configuration(present)),
        StarterFile("plan.toml", _template("plan.toml")),
        StarterFile(".pre-commit-config.yaml", _template("pre-commit-config.yaml")),
        *(StarterFile(f"hooks/{name}", _template(name), executable=True) for name in HOOKS),
        StarterFile(
            ".github/workflows/harness.yml",
            _template("workflow.yml").replace("@VERSION@", __version__),
        ),
        StarterFile("telemetry/.gitattributes", _template("gitattributes")),
    ]


def _configuration(present: Sequence[str]) -> str:
    protected = [name for name in PROTECTABLE if name in present]
    tests = [name for name in TEST_FOLDERS if name in present]
    listed = ", ".join(f'"{name}"' for name in [*protected, ".github/"])
    # A folder that isn't there yet must not be named, or pytest would refuse to start.
    paths = f'paths = ["{tests[0]}"]' if tests else '# paths = ["tests"]'
    return _template("harness.toml").replace("@PROTECTED@", listed).replace("@TESTS@", paths)


def _template(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")
