"""Notes trees keep git's fan-out, small ones and those of 100,000 notes."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.git.note_merge import joined_notes, with_notes
from harness.git.note_reading import all_notes, blob_lines
from harness.git.note_writing import write_notes
from harness.git.notes import CI_NOTES, Note, add_notes
from harness.git.private import PrivateRepository
from harness.git.repository import discover


def many_notes(project, ref, numbers, fan=0):
    """Notes on made-up objects, in trees as deep as git makes them for that many."""
    stream = [f"commit {ref}\ncommitter T <t@example.com> 1 +0000\ndata 0\n"]
    for number in numbers:
        text = f'{{"n":{number}}}\n'
        stream.append(f"M 100644 inline {fanned(name(number), fan)}\ndata {len(text)}\n{text}\n")
    project.git("fast-import", "--quiet", stdin="".join(stream))


def name(number):
    return hashlib.sha1(str(number).encode()).hexdigest()


def fanned(annotated, fan):
    return "".join(f"{annotated[2 * i : 2 * i + 2]}/" for i in range(fan)) + annotated[2 * fan :]


def depth(project, ref):
    """How many folders deep the notes are."""
    first = project.git("ls-tree", "-r", "--name-only", ref).split("\n", 1)[0]
    return first.count("/")


def flat_entries(project, ref):
    return [line for line in project.git("ls-tree", ref).splitlines() if " blob " in line]


def add_and_join(project, tmp_path, count, fan):
    many_notes(project, CI_NOTES, range(count), fan)
    user = discover(project.root)
    head = project.rev("HEAD")
    private = PrivateRepository(tmp_path / "private", user)
    (update,) = add_notes(private, user, [Note(CI_NOTES, head, private.blob(b'{"n":"head"}\n'))])
    write_notes(user, {CI_NOTES: {head: b'{"n":"head"}\n', name(0): b'{"n":"more"}\n'}})
    many_notes(project, "refs/notes/other", [*range(5), *range(count, count + 5)])
    project.git("notes", "--ref=refs/notes/other", "append", "-m", '{"n":"other"}', "HEAD")
    theirs = project.rev("refs/notes/other")
    joined = joined_notes(private, project.rev(CI_NOTES), theirs, user.identity)
    return user, private, update, joined


@pytest.mark.slow
def test_a_hundred_thousand(project, tmp_path):
    _, private, update, joined = add_and_join(project, tmp_path, 100_000, 2)
    folders = [line for line in private.git("ls-tree", joined).text.splitlines() if " tree " in line]
    assert len(folders) == 256
    listed = private.git("ls-tree", "-r", "--name-only", joined).text.splitlines()
    assert len(listed) == 100_006
    assert {path.count("/") for path in listed} == {2}
    assert depth(project, CI_NOTES) == 2 and flat_entries(project, CI_NOTES) == []
    assert update.new is not None
    changed = private.git("rev-list", "--objects", "--no-object-names", update.new, "--not", update.old or "")
    # A commit, a tree a level, the blob: what one note costs doesn't grow with how many there are.
    assert len(changed.text.split()) == 5


def test_a_thousand(project, tmp_path):
    user, private, _, joined = add_and_join(project, tmp_path, 1_000, 0)
    listed = private.git("ls-tree", "-r", "--name-only", joined).text.splitlines()
    assert len(listed) == 1_006
    assert depth(project, CI_NOTES) == 1 and flat_entries(project, CI_NOTES) == []
    notes = all_notes(user, CI_NOTES)
    assert list(blob_lines(user, notes[name(0)])) == [b'{"n":"more"}', b'{"n":0}']
    before = project.rev(CI_NOTES)
    assert not write_notes(user, {CI_NOTES: {name(0): b'{"n":0}\n'}})
    assert project.rev(CI_NOTES) == before


LINES = st.lists(st.sampled_from([b'{"a":1}', b'{"a":2}', b'{"b":3}']), min_size=1, unique=True)
SIDES = st.dictionaries(st.sampled_from([name(n) for n in range(4)]), LINES, min_size=1)


@given(ours=SIDES, theirs=SIDES)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_joining_keeps_every_line_once(project, tmp_path_factory, ours, theirs):
    user = discover(project.root)
    private = PrivateRepository(tmp_path_factory.mktemp("join") / "private", user)

    def side(lines):
        text = {annotated: b"".join(line + b"\n" for line in found) for annotated, found in lines.items()}
        return with_notes(private, None, text, user.identity)

    first, second = side(ours), side(theirs)
    joined = joined_notes(private, first, second, user.identity)
    other = joined_notes(private, second, first, user.identity)
    assert (
        private.git("rev-parse", f"{joined}^{{tree}}").text
        == private.git("rev-parse", f"{other}^{{tree}}").text
    )
    for annotated in {*ours, *theirs}:
        blob = private.git("rev-parse", f"{joined}:{annotated}").text
        kept = private.git("cat-file", "blob", blob).stdout.split()
        assert sorted(kept) == sorted({*ours.get(annotated, ()), *theirs.get(annotated, ())})
    # Whoever had one side takes the result as it is, so two clones settle instead of merging for ever.
    assert joined_notes(private, first, joined, user.identity) == joined
    assert joined_notes(private, second, joined, user.identity) == joined
