"""git as the judge: on a repository with something to lose everywhere, no allowed command loses anything."""

from __future__ import annotations

from pathlib import Path

import commands_corpus as corpus
import commands_repository as repository
import pytest

from harness.commands import classify

# One in so many rows runs by default, spread over all subcommands.
SPREAD = 45
# They wait for somebody, or ask other machines.
_WAITING = ("http", "--edit-description", "git gui", "--stdin", "git@", "ssh:", "git:", "ext:", "watch ")


def _rows() -> list[str]:
    allowed = [text for name in corpus.names() if "allowed" in name for text in corpus.texts(name)]
    return [
        text for text in allowed if text.startswith("git ") and not any(word in text for word in _WAITING)
    ]


ROWS = _rows()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> repository.Scratch:
    return repository.build(tmp_path_factory.mktemp("template") / "made")


def _losses(text: str, template: repository.Scratch, folder: Path) -> list[str]:
    scratch = repository.copy(template, folder)
    before = repository.holdings(scratch)
    scratch.shell(text)
    return repository.lost(before, repository.holdings(scratch), scratch)


@pytest.mark.parametrize("text", ROWS[::SPREAD])
def test_a_sample_of_what_is_allowed_loses_nothing(
    text: str, template: repository.Scratch, tmp_path: Path
) -> None:
    assert _losses(text, template, tmp_path / "copy") == []


@pytest.mark.slow
@pytest.mark.parametrize("text", ROWS)
def test_nothing_that_is_allowed_loses_anything(
    text: str, template: repository.Scratch, tmp_path: Path
) -> None:
    assert _losses(text, template, tmp_path / "copy") == []


DESTRUCTIVE = [
    "git reset --hard",
    "git clean -fd",
    "git checkout -- README.md",
    "git restore README.md",
    "git stash drop",
    "git stash clear",
    "git branch -D topic && git reflog expire --expire=now --all",
    "git branch -d -r origin/gone && git reflog expire --expire=now --all",
    "git reflog expire --expire=now --all && git gc --prune=now",
    "git push --force origin HEAD~1:refs/heads/topic",
    "git config core.hooksPath /nowhere",
    "rm new.py",
]


@pytest.mark.parametrize("text", DESTRUCTIVE)
def test_the_oracle_sees_a_loss(text: str, template: repository.Scratch, tmp_path: Path) -> None:
    assert _losses(text, template, tmp_path / "copy") != []
    assert text == "rm new.py" or not classify(text).allowed
