"""No detector finds anything where the cheap hints see nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.policy import known_tokens
from harness.policy.known_tokens import known_tokens as find
from harness.policy.secret_hints import hinted

ASCII = st.characters(max_codepoint=127)
PATTERNS = [
    (kind, pattern.pattern, pattern.flags)
    for kind in known_tokens._DETECTORS
    for pattern in known_tokens._detector(kind).denylist
]


@pytest.mark.parametrize(("kind", "source", "flags"), PATTERNS)
def test_hints_see_what_a_detector_s_pattern_finds(kind, source, flags):
    import re

    @settings(max_examples=25, deadline=None)
    @given(st.from_regex(re.compile(source, flags), fullmatch=True, alphabet=ASCII))
    def agree(sample):
        text = f"x {sample} y"
        if any(True for _ in find([kind], text)):
            assert kind in hinted(text.encode())

    agree()


@pytest.mark.parametrize("source", [pattern.pattern for pattern in known_tokens._FURTHER.values()])
def test_hints_see_the_further_forms(source):
    import re

    @settings(max_examples=25, deadline=None)
    @given(st.from_regex(re.compile(source), alphabet=ASCII))
    def agree(text):
        if any(True for _ in find(["further"], text)):
            assert "further" in hinted(text.encode())

    agree()
