"""Deliverables in every shape people and models write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.deliverables import read_deliverables
from harness.plan import parse_plan


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        (["src/a.py", "tests/test_a.py"], ["src/a.py", "tests/test_a.py"]),
        ("src/a.py", ["src/a.py"]),
        ("src/a.py\nsrc/b.py\n", ["src/a.py", "src/b.py"]),
        ({"code": ["src/a.py"], "tests": "tests/test_a.py"}, ["src/a.py", "tests/test_a.py"]),
        ({"polish": ["README.md"], "code": {"deep": ["x/y.py"]}}, ["README.md", "x/y.py"]),
        (["src/a.py", "src/a.py"], ["src/a.py"]),
        (["tests/unit/ (100+)"], ["tests/unit/"]),
        (["Documentation in docs/X.md"], ["docs/X.md"]),
        (["requirements.txt updated with pytest"], ["requirements.txt"]),
        (["Dockerfile", "LICENSE", "Makefile", "README"], ["Dockerfile", "LICENSE", "Makefile", "README"]),
        (["- `src/a.py` - the module", "* src/b.py (new)", "2. src/c.py: helpers"], ["src/a.py", "src/b.py", "src/c.py"]),
        ([".\\src\\x.py ", "./src/y.py"], ["src/x.py", "src/y.py"]),
        (["src/address.py with validation"], ["src/address.py"]),
        (["`docs/x y.md`", "'a b.py'", "docs/my file.md"], ["docs/x y.md", "a b.py", "docs/my file.md"]),
        (["src/app/[id]/page.tsx"], ["src/app/[id]/page.tsx"]),
        ([".github/workflows/ci.yml", ".env.example"], [".github/workflows/ci.yml", ".env.example"]),
    ],
)  # fmt: skip
def test_shapes(value, paths):
    assert list(read_deliverables(value)[0]) == paths


@pytest.mark.parametrize(
    "prose",
    ["Logging configuration", "CLI output / formatting", "Improved error/retry handling", "Version 1.2 support", "", "docs and tests", "error/retry in main.py"],
)  # fmt: skip
def test_prose_is_left_out_and_reported(prose):
    paths, remarks = read_deliverables([prose, "src/a.py"])
    assert paths == ("src/a.py",)
    assert (prose.strip() == "") or any(prose in remark for remark in remarks)


def test_the_phase_keeps_the_remarks():
    plan = parse_plan(
        b'[run]\nid = "r"\n[[phase]]\nid = "p"\ngoal = "g"\ndeliverables = ["a.py", "Better logs"]\n',
        "plan.toml",
    )
    assert plan.phase[0].deliverables == ("a.py",)
    assert "Better logs" in plan.phase[0].remarks[0]


@pytest.mark.parametrize("path", ["../x.py", "/etc/x.py", ".git/config", "a/../../b.py"])
def test_a_path_outside_the_repository_is_an_error(path):
    with pytest.raises(ValueError):
        read_deliverables([path])


@given(st.recursive(st.text(max_size=30), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6))  # fmt: skip
def test_any_shape_gives_paths_or_a_plain_error(value):
    try:
        paths, _ = read_deliverables(value)
    except ValueError:
        return
    assert all(path and not path.startswith("/") and ".." not in path.split("/") for path in paths)


def test_without_a_scope_the_deliverables_are_it_taken_literally():
    from harness.globs import compile_globs

    plan = parse_plan(
        b'[run]\nid = "r"\n[[phase]]\nid = "p"\ngoal = "g"\ndeliverables = ["src/[id]/a.py", "docs/"]\n', "plan.toml"
    )  # fmt: skip
    scope = compile_globs(plan.phase[0].effective_scope)
    assert scope.match("src/[id]/a.py")
    assert scope.match("docs/deep/x.md")
    assert not scope.match("src/i/a.py")
    assert not scope.match("other/src/[id]/a.py")
