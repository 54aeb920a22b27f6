"""Diffs of random histories, whole and mangled: what the harness makes of them, held against git itself."""

import random
import subprocess
import sys

import pytest
from differential_oracle import Comparison, changes
from patch_mangling import FAULTS, mangled
from random_histories import history, write_history

SEEDS = (1, 2, 3)
COMMITS = 9
OPTIONS = ("-M", "-C", "--find-copies-harder")


@pytest.fixture(scope="module", params=SEEDS)
def comparison(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    chance = random.Random(request.param)
    write_history(folder / "repository", history(chance, COMMITS))
    comparison = Comparison(folder / "repository", folder / "private")
    yield comparison, chance
    print(f"\nseed {request.param}\n{comparison.told()}")


def test_what_git_says_of_a_commit_makes_that_commit(comparison):
    compared, _ = comparison
    pairs = changes(compared.root, "main")
    assert len(pairs) > COMMITS // 2
    for old, new in pairs:
        compared.same(old, new, *OPTIONS)
    for old, new in pairs[:2]:
        for options in ((), ("--no-renames", "--full-index"), ("-U1",), ("-U40",)):
            compared.same(old, new, *options)


def test_a_mangled_diff_makes_gits_own_tree_or_none_or_a_named_repair(comparison):
    compared, chance = comparison
    pairs = changes(compared.root, "main")
    for fault in FAULTS:
        old, new = chance.choice(pairs)
        compared.mangled(old, fault(compared.diff(old, new, *OPTIONS), chance))
    for _ in range(12):
        old, new = chance.choice(pairs)
        compared.mangled(old, mangled(compared.diff(old, new, *OPTIONS), chance))
    assert compared.counts["default: git's own"]
    assert compared.counts["default: repaired, other than git"]
    assert compared.counts["strict: refused, git too"]


def test_every_cut_of_a_diff_keeps_whole_files_or_nothing(comparison):
    """Cut at every so many bytes, and said to be: a file is there as it was meant, or not at all."""
    compared, chance = comparison
    old, new = chance.choice(changes(compared.root, "main"))
    patch = compared.diff(old, new, *OPTIONS)
    for end in sorted(chance.sample(range(1, len(patch)), 12)):
        compared.cut(old, new, patch[:end])


def test_the_command_line_gives_the_same_tree(comparison, environment):
    compared, _ = comparison
    old, new = changes(compared.root, "main")[-1]
    command = [sys.executable, "-m", "harness", "check", "-", "--json", "--base", old]
    patch = compared.diff(old, new, *OPTIONS)
    done = subprocess.run(command, cwd=compared.root, env=environment, input=patch, capture_output=True)
    assert compared.is_tree_of(new, done.stdout)
