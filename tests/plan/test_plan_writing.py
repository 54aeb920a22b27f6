"""Adding a phase to a plan: it reads back as given, and everything else stays byte for byte."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.plan import parse_plan
from harness.planning.writing import change_plan, create_plan, new_plan_text, with_phase

START = b"""# mine
[run] # a remark
id = "r"

[[phase]]
goal = 'first'   # kept
id = "a"
deliverables = ["a.py"]
# the end"""
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)
paths = st.from_regex(r"(?:[a-z]{1,5}/){0,2}[a-z]{1,6}\.py", fullmatch=True)
phases = st.fixed_dictionaries(
    {"id": ids, "goal": texts, "deliverables": st.lists(paths, min_size=1, max_size=3, unique=True)},
    optional={
        "category": texts, "tier": texts, "agent": texts,
        "complexity": st.sampled_from(("low", "medium", "high", "maintenance")),
        "scope": st.lists(texts, min_size=1, max_size=3),
        "context": st.lists(texts, max_size=3),
        "depends_on": st.lists(st.just("a"), max_size=1),
        "required_tests": st.lists(texts, max_size=2),
        "max_attempts": st.integers(1, 2**62),
        "timeout": st.floats(min_value=1e-6, max_value=1e12),
        "allow_noop": st.booleans(),
    },
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(phases, st.sampled_from([START, START + b"\n\n", START.replace(b"\n", b"\r\n")]))
def test_a_phase_reads_back_as_it_was_given(phase, before):
    assume(phase["id"].casefold() != "a" and not phase["id"].endswith(".lock"))
    whole, plan = with_phase(before, phase, "plan.toml")
    assert whole.startswith(before.rstrip(b"\r\n"))
    assert plan == parse_plan(whole, "plan.toml")
    added = plan.phase[-1].model_dump(mode="json", include=set(phase))
    assert added == phase
    assert plan.phase[0].goal == "first"


anything = st.one_of(
    st.text(max_size=20), st.integers(-3, 3), st.booleans(), st.lists(st.text(max_size=8), max_size=2)
)


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries({"id": st.text(max_size=12), "goal": st.text(max_size=20), "deliverables": anything}, optional={"scope": anything, "depends_on": anything, "max_attempts": anything, "tests": anything}), st.sampled_from([START, b"[run]\nid = 'r'\n", b"phase = []\n[run]\nid = 'r'\n", b"x = '''\n"]))  # fmt: skip
def test_no_value_breaks_the_file(phase, before):
    try:
        whole, plan = with_phase(before, phase, "plan.toml")
    except UsageError as error:
        assert error.code in ("invalid-plan", "invalid-toml", "plan-not-extendable")
    else:
        assert plan.phase[-1].id == phase["id"]
        assert parse_plan(whole, "plan.toml").phase[:-1] == parse_plan(before, "plan.toml").phase


def test_an_inline_list_of_phases_is_left_alone():
    before = b"phase = [{id = 'a', goal = 'g', deliverables = ['a.py']}]\n[run]\nid = 'r'\n"
    with pytest.raises(UsageError) as caught:
        with_phase(before, {"id": "b", "goal": "g", "deliverables": ["b.py"]}, "plan.toml")
    assert caught.value.code == "plan-not-extendable"


def test_a_new_file_takes_no_name_that_is_taken(tmp_path):
    path = tmp_path / "plan.toml"
    create_plan(path, new_plan_text("r", "maintenance"), "plan.toml")
    first = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        create_plan(path, new_plan_text("other", "maintenance"), "plan.toml")
    assert caught.value.code == "plan-exists"
    assert path.read_bytes() == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.toml"]
    assert parse_plan(first, "plan.toml").run.type == "maintenance"


def test_a_link_and_its_mode_stay_and_a_failed_change_changes_nothing(tmp_path):
    real, link = tmp_path / "real.toml", tmp_path / "plan.toml"
    real.write_bytes(START)
    real.chmod(0o640)
    link.symlink_to(real.name)
    change_plan(link, "plan.toml", lambda data: data + b"\n# more\n")
    assert link.is_symlink()
    assert real.read_bytes() == START + b"\n# more\n"
    assert real.stat().st_mode & 0o777 == 0o640

    def meanwhile(data):
        real.write_bytes(b"theirs")
        return data

    with pytest.raises(UsageError) as caught:
        change_plan(link, "plan.toml", meanwhile)
    assert (caught.value.code, real.read_bytes()) == ("plan-changed", b"theirs")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["plan.toml", "real.toml"]
