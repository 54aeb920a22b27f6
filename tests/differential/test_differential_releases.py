"""Diffs of real histories, whole and mangled, held against git itself. Needs a package index."""

import random
import subprocess
import sys

import pytest
from differential_oracle import Comparison, changes
from patch_mangling import mangled
from release_histories import PACKAGES, Index, NoReleases, build, cache_folder

MOST = 160
EVERY = 10
MANGLED = 2

ENOUGH = 500

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def commits():
    """How many commits of each package were compared."""
    return {}


@pytest.fixture(scope="module")
def index():
    try:
        return Index()
    except NoReleases as why:
        pytest.skip(str(why))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_release_comes_out_as_git_has_it(package, index, commits, tmp_path, environment, capsys):
    cache = cache_folder(tmp_path / "cache")
    try:
        build(package, index, cache, tmp_path / "repository", MOST)
    except NoReleases as why:
        pytest.skip(str(why))
    compared = Comparison(tmp_path / "repository", tmp_path / "private")
    chance = random.Random(package)
    pairs = changes(compared.root, "main")
    assert len(pairs) > 20
    for number, (old, new) in enumerate(pairs):
        patch = compared.same(old, new)
        for _ in range(MANGLED):
            compared.mangled(old, mangled(patch, chance))
        if number % EVERY == 0:
            command = [sys.executable, "-m", "harness", "check", "-", "--json", "--base", old]
            done = subprocess.run(
                command, cwd=compared.root, env=environment, input=patch, capture_output=True
            )
            assert compared.is_tree_of(new, done.stdout), (old, new, done.stdout[:2000])
            compared.counts["through the command line"] += 1
    commits[package] = len(pairs)
    with capsys.disabled():
        print(f"\n{package}: {len(pairs)} commits\n{compared.told()}")


def test_there_were_enough_of_them(commits):
    if len(commits) < len(PACKAGES):
        pytest.skip("not every package was compared")
    assert sum(commits.values()) >= ENOUGH
