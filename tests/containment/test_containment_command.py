"""The command line of bubblewrap, from values alone."""

from pathlib import PurePosixPath as P

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.containment.bubblewrap import contain, effective
from harness.containment.model import Containment, Mount


def command(*mounts: Mount, **values) -> list[str]:
    return contain(["prog", "--flag"], Containment("/usr/bin/bwrap", mounts, **values))


def test_nothing_can_be_written_or_reached_unless_said():
    line = command()
    assert line[:4] == ["/usr/bin/bwrap", "--ro-bind", "/", "/"]
    assert {"--unshare-net", "--unshare-pid", "--die-with-parent", "--new-session"} <= set(line)
    assert line[-3:] == ["--", "prog", "--flag"]
    assert "--bind-try" not in line


def test_the_network_and_other_processes_are_there_only_where_asked():
    line = command(network=True, own_processes=False)
    assert "--unshare-net" not in line
    assert "--unshare-pid" not in line


def test_root_keeps_what_files_need_and_nothing_that_mounts():
    line = contain(["prog"], Containment("/usr/bin/bwrap"), root=True)
    assert line[line.index("--cap-drop") + 1] == "ALL"
    kept = {line[i + 1] for i, word in enumerate(line) if word == "--cap-add"}
    assert "CAP_DAC_OVERRIDE" in kept
    assert not kept & {"CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_DAC_READ_SEARCH"}


def test_variables_are_set_and_removed():
    line = command(environment={"TMPDIR": "/tmp/x", "SSH_AUTH_SOCK": None})
    assert line[line.index("--setenv") :][:3] == ["--setenv", "TMPDIR", "/tmp/x"]
    assert line[line.index("--unsetenv") + 1] == "SSH_AUTH_SOCK"


def test_a_deeper_mount_comes_later_whatever_the_order_they_were_named_in():
    own = Mount("read_write", P("/state/repositories/a/own"))
    hidden = Mount("no_folder", P("/state/repositories"))
    for order in ((own, hidden), (hidden, own)):
        assert effective(order) == [hidden, own]


def test_of_two_mounts_at_one_place_the_stricter_counts():
    both = (Mount("read_write", P("/home/u/repo")), Mount("read_only", P("/home/u/repo")))
    above = Mount("read_write", P("/home/u"))
    assert effective([above, *both]) == [above, both[1]]


def test_what_is_read_only_anyway_is_not_mounted():
    assert effective([Mount("read_only", P("/srv/repo"))]) == []
    inside = Mount("read_only", P("/home/u/repo"))
    outer = Mount("read_write", P("/home/u"))
    assert effective([inside, Mount("read_only", P("/home/u/repo/.git")), outer]) == [outer, inside]


PLACES = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(lambda parts: P("/", *parts))
KINDS = st.sampled_from(["read_only", "read_write", "no_folder"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.builds(Mount, KINDS, PLACES), max_size=8), PLACES)
def test_what_holds_for_a_place_is_what_the_deepest_mount_around_it_says(mounts, place):
    strictness = ["read_write", "read_only", "no_folder"]
    around = [mount for mount in mounts if place.is_relative_to(mount.place)]
    wanted = "read_only"
    if around:
        deepest = max(len(mount.place.parts) for mount in around)
        named = [mount.kind for mount in around if len(mount.place.parts) == deepest]
        wanted = max(named, key=strictness.index)
    found = "read_only"
    for mount in effective(mounts):
        if place.is_relative_to(mount.place):
            found = mount.kind
    assert found == wanted
