"""One change in any textual disguise has one verdict: that of the tree it makes."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable
from typing import Any

import disguise_texts as texts
import pytest
from disguise_changes import CONFIG, REGULAR, UNSAFE, Change, Files, changes
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

QUICK = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    # A change is small as it is; making one smaller takes minutes.
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
LONG = settings(QUICK, max_examples=400)
# What the guard and `check` both say of a tree; the rest is for phases alone.
OF_BOTH = ("protected-path", "path-", "symlink", "gitlink", "conflict-markers", "secret-added")


# What is said of the text beside the tree: it names other paths than it changes, or changes nothing.
OF_DECLARATIONS = ("create-exists", "undeclared-change", "no-effect")


@pytest.fixture(scope="session")
def scene(standing):
    standing.commit({"harness.toml": CONFIG}, "begin")
    return standing


def commits(project, change: Change) -> tuple[str, str]:
    """The commits of both trees, made past index and checkout."""
    stream = b""
    for files, mark, parent in ((change.before, 1, b""), (change.after, 2, b"from :1\n")):
        stream += b"commit refs/heads/scratch\nmark :%d\n" % mark
        stream += b"committer T <t@example.com> 1700000000 +0000\ndata 1\nx\n" + parent + b"deleteall\n"
        everything: Files = {"harness.toml": (REGULAR, CONFIG.encode()), **files}
        for path, (mode, data) in everything.items():
            name = '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
            stream += f"M {mode} inline {name}\ndata {len(data)}\n".encode() + data + b"\n"
    marks = project.root / ".git" / "marks"
    command = ["git", "fast-import", "--quiet", "--force", f"--export-marks={marks}"]
    subprocess.run(command, input=stream, cwd=project.root, env=project.environment, check=True)
    one, other = (line.split()[1] for line in sorted(marks.read_text().splitlines()))
    return one, other


def disguises(project, change: Change, old: str, new: str, chance: random.Random) -> dict[str, Any]:
    """By name, a function that writes the disguise, or gives None where it can't say this change."""

    def diff(*options: str, quoted: bool = True) -> bytes:
        return texts.diff(project.root, project.environment, old, new, *options, quoted=quoted)

    made: dict[str, Any] = {name: lambda write=write: write(change) for name, write in texts.TEXTUAL.items()}
    made |= {f"diff, {name}": lambda options=o: diff(*options) for name, o in texts.DIFFS.items()}
    made["diff, names as they are"] = lambda: diff("-M", quoted=False)
    made["diff, shuffled"] = lambda: texts.shuffled(diff("--no-renames"), chance)
    made["diff, shuffled, with renames"] = lambda: texts.shuffled(diff("-M"), chance)
    made["diff in prose"] = lambda: texts.in_prose(diff("-M"))
    made["diff in a mail"] = lambda: texts.mailed(diff("-M"))
    made["diff without index lines"] = lambda: texts.without_index_lines(diff("--no-renames"))
    return made


def verdict(document: dict[str, Any]) -> tuple[Any, ...]:
    """Decision, tree and every violation's code and path: nothing a disguise says more is left out."""
    told = {(v["code"], v["path"]) for v in document["violations"]}
    return (
        document["decision"],
        document["tree"],
        tuple(sorted(told)),
        tuple(sorted(c["path"] for c in document["changes"])),
    )


def written(project, change: Change, old: str, new: str, chance: random.Random, count: int) -> dict[str, Any]:
    """Some of the disguises that can say this change."""
    made = disguises(project, change, old, new, chance)
    found: dict[str, Any] = {}
    for name in chance.sample(sorted(made), len(made)):
        if len(found) < count and (reply := made[name]()) is not None:
            found[name] = reply
    return found


def judge(project, change: Change, chance: random.Random, count: int) -> None:
    # Two names that differ in case are a collision in a tree; in operations they contradict each other.
    assume(len({path.lower() for path in change.paths}) == len(change.paths))
    old, new = commits(project, change)
    replies = written(project, change, old, new, chance, count)
    found = {name: verdict(project.check(reply, "--base", old).json) for name, reply in replies.items()}
    expected = next(iter(found.values()))
    assert set(found.values()) == {expected}, found
    decision, candidate, told, paths = expected
    assert candidate == tree_of(project, new), found
    assert list(paths) == change.paths
    closed = {path for path in change.paths if path.startswith("locked/") or path.lower().endswith(".lock")}
    assert {path for code, path in told if code == "protected-path"} == closed
    assert {path for code, path in told if code == "symlink"} == change.linked
    assert decision == ("refused" if told else "accepted")
    # The guard says one thing of a path, and first that it is closed.
    guarded = {t for t in told if t[0].startswith(OF_BOTH) and (t[0] != "symlink" or t[1] not in closed)}
    assert by_guard(project, old, new, chance) == guarded


def tree_of(project, commit: str) -> str:
    return project.git("rev-parse", f"{commit}^{{tree}}").strip()


def by_guard(project, old: str, new: str, chance: random.Random) -> set[tuple[str, str]]:
    """What `harness guard` says of the same change, staged or committed."""
    if chance.random() < 0.5:
        project.git("update-ref", "refs/heads/main", old)
        project.git("-c", "core.protectNTFS=false", "read-tree", new)
        found = project.warm("guard", "--json", "--staged")
    else:
        found = project.warm("guard", "--json", "--range", f"{old}..{new}")
    told = {(v["code"], v["path"]) for v in found.json["violations"]}
    return {(code, path) for code, path in told if code.startswith(OF_BOTH)}


@QUICK
@given(change=changes(), seed=st.integers(0, 1 << 30))
def test_a_change_has_one_verdict_in_every_disguise(scene, change, seed):
    judge(scene, change, random.Random(seed), 2)


@pytest.mark.slow
@LONG
@given(change=changes(), seed=st.integers(0, 1 << 30))
def test_a_change_has_one_verdict_in_every_disguise_at_length(scene, change, seed):
    judge(scene, change, random.Random(seed), 99)


def of_tree(told: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(code, path) for code, path in told if code not in OF_DECLARATIONS}


def judge_lossy(project, change: Change, name: str) -> None:
    """A form that can't say all is read as the same change, or is refused."""
    if name.startswith("without prefixes"):
        # A folder of that name is a prefix, to git as well.
        assume(not any(path.startswith(("a/", "b/")) for path in change.paths))
    old, new = commits(project, change)
    patch = texts.diff(project.root, project.environment, old, new, *texts.LOSSY[name])
    document = project.check(patch, "--base", old).json
    if document["tree"] is None:
        assert (document["decision"] != "accepted", bool(document["violations"])) == (True, True)
        return
    plain = texts.diff(project.root, project.environment, old, new, "--no-renames")
    expected = verdict(project.check(plain, "--base", old).json)
    told = {(v["code"], v["path"]) for v in document["violations"]}
    if document["decision"] == "accepted":
        assert verdict(document) == expected
    elif document["tree"] == expected[1]:
        assert of_tree(told) == of_tree(expected[2])
    else:
        assert {code for code, _ in told}.intersection(OF_DECLARATIONS)


@pytest.mark.slow
@settings(QUICK, max_examples=15)
@given(change=changes(), name=st.sampled_from(sorted(texts.LOSSY)))
def test_what_a_diff_leaves_out_is_never_filled_in_otherwise(scene, change, name):
    judge_lossy(scene, change, name)


@pytest.mark.slow
@LONG
@given(change=changes(), name=st.sampled_from(sorted(texts.LOSSY)))
def test_what_a_diff_leaves_out_is_never_filled_in_otherwise_at_length(scene, change, name):
    judge_lossy(scene, change, name)


def judge_unsafe(project, change: Change, chance: random.Random, count: int) -> None:
    """Operations with such a name build nothing, a diff may: the decision and what is told of names are one."""
    old, new = commits(project, change)
    found = {}
    for name, reply in written(project, change, old, new, chance, count).items():
        document = project.check(reply, "--base", old).json
        assert document["tree"] in (None, tree_of(project, new))
        told = {(v["code"], v["path"]) for v in document["violations"] if v["code"].startswith("path-")}
        found[name] = (document["decision"], tuple(sorted(told)))
    named = {path for path in change.after if path in UNSAFE and path in change.paths}
    assert {decision for decision, _ in found.values()} == {"refused"}, found
    assert all({path for _, path in told} == named for _, told in found.values()), found
    assert len(set(found.values())) == 1, found
    assert {t for t in by_guard(project, old, new, chance) if t[0].startswith("path-")} == set(
        *{t for _, t in found.values()}
    )


def names_unsafe(change: Change) -> bool:
    return any(path in UNSAFE for path in change.after)


@settings(QUICK, max_examples=12)
@given(change=changes(UNSAFE * 3).filter(names_unsafe), seed=st.integers(0, 1 << 30))
def test_an_unsafe_name_is_refused_in_every_disguise(scene, change, seed):
    judge_unsafe(scene, change, random.Random(seed), 2)


@pytest.mark.slow
@settings(LONG, max_examples=300)
@given(change=changes(UNSAFE * 3).filter(names_unsafe), seed=st.integers(0, 1 << 30))
def test_an_unsafe_name_is_refused_in_every_disguise_at_length(scene, change, seed):
    judge_unsafe(scene, change, random.Random(seed), 99)
