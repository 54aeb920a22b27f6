"""The protected list without regular expressions against harness.globs, which decides."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.globs import compile_globs
from harness.guard.protection import Protection

SEGMENTS = ["a", "b.py", ".a", "*", "**", "*b", "a*", "*a*", "a-b", "[ab]", "?", "\\*", "A", "é", ".", " x"]
NAMES = ["a", "b.py", ".a", "xb", "ax", "a-b", "A", "B.PY", "é", "É", "\u212a", "*", " x", "y"]
PATTERNS = st.tuples(
    st.sampled_from(["", "", "!", "./", "/"]),
    st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "/", "/**"]),
).map("".join)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(PATTERNS, max_size=4), st.lists(PATHS, min_size=1, max_size=6))
@example(["k"], ["\u212a"])
@example(["a", "!a"], ["a", "A"])
@example(["*", "!b.py"], ["b.py"])
def test_it_matches_as_the_globs_do(patterns, paths):
    try:
        globs = compile_globs(patterns, casefold=True)
    except UsageError:
        with pytest.raises(UsageError):
            Protection(patterns)
        return
    protection = Protection(patterns)
    for path in paths:
        assert protection.match(path) == globs.match(path)


@pytest.mark.parametrize("pattern", ["", "/", "!", "./", "# x", "a/../b", "a[", "..", "!..", "*/.."])
def test_a_bad_pattern_is_an_error_before_anything_is_matched(pattern):
    with pytest.raises(UsageError) as caught:
        Protection(["fine", pattern])
    assert caught.value.code == "bad-glob"


def test_many_patterns_and_paths_take_moments():
    protection = Protection([f"folder-{n}/**/*.py" for n in range(300)])
    assert not any(protection.match(f"src/d{n}/f{n}.py") for n in range(3000))
