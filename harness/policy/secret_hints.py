"""Where a text may hold a secret; standard library only, and cheap.

Most changes hold none of these forms, and then the detectors, which are slow to import, are never loaded.
"""

from __future__ import annotations

import re

from harness.policy.secret_values import looks_real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_UNRESERVED = rb"[^\s:/?#\[\]@!$&'()*+,;=]"
# By kind: what the text must hold in lower case (any of these), and a form that must stand in it
# somewhere, which may be looser than the detector's. No form backtracks further than it is long.
_FORMS: dict[str, tuple[tuple[bytes, ...], bytes | None]] = {
    "artifactory": ((b"akc", b"ap"), rb"AKC[a-zA-Z0-9]{10}|AP(?=[a-zA-Z]*+\d)[0-9A-F][a-zA-Z0-9]{8}"),
    "aws": (
        (b"a3t", b"abia", b"acca", b"akia", b"asia", b"aws"),
        rb"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}|(?i:aws)[^\n]{0,60}?['\"][0-9a-zA-Z/+]{40}['\"]",
    ),
    "azure": ((b"accountkey=",), None),
    "basic-auth": ((b"://",), rb"://" + _UNRESERVED + rb"++:" + _UNRESERVED + rb"++@"),
    "discord": ((b".",), rb"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27}"),
    "further": (
        (b"t3blbkfj", b"sk-ant-", b"github_pat_", b"aiza", b"hf_", b"npm_", b"_authtoken"),
        rb"T3BlbkFJ|sk-ant-|github_pat_|AIza[\w-]{35}|hf_[A-Za-z]{30}|npm_[A-Za-z0-9]{30}|_authToken=",
    ),
    "github": ((b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"), None),
    "gitlab": ((b"gl", b"gr1348941"), rb"GR1348941|gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-"),
    "jwt": ((b"eyj",), rb"(?<![\w-])eyJ[\w=-]++\."),
    "mailchimp": ((b"-us",), rb"[0-9a-z]{32}-us[0-9]"),
    "pypi": ((b"pypi-age",), None),
    "sendgrid": ((b"sg.",), rb"SG\.[\w-]{22}\.[\w-]{43}"),
    "slack": ((b"xox", b"hooks.slack.com"), rb"(?i)xox[abposr]-\d|hooks\.slack\.com/services/T"),
    "square": ((b"sq0csp-",), None),
    "stripe": ((b"k_live_",), None),
    "telegram": ((b":",), rb"\d{8,10}:[\w-]{35}"),
    "twilio": ((b"ac", b"sk"), rb"(?:AC|SK)[a-z0-9]{32}"),
}
_AROUND = b" \t,;\\"
_BEFORE = 40
_PASSWORD_NAMES = (b"key", b"pass", b"pwd", b"secret", b"contrase")
_TOKEN_NAMES = (b"key", b"token", b"secret", b"passw", b"pwd", b"auth", b"cred", b"bearer", b"private")
# The rest of a name, what assigns to it, and eight characters or more: in quotes, or up to a blank.
_ASSIGNMENT = re.compile(
    rb"\w{3,48}+(?:\[\d{0,4}\])?[\]'\"]{0,2}+[ \t]{0,8}+(?:[:!=]={0,2}+>?|=>|\()[ \t]{0,8}+@?"
    rb"(?:([\"'`])([^\"'`\n]{8,256}+)\1|([^\s\"'`]{8,256}+))"
)
# The rest of a name and what stands between, and a quoted run of base64 or hexadecimal.
_NAMED_TOKEN = re.compile(rb"[^\n\"']{3,48}+(?:[\"'][^\n\"']{0,8}+)?([\"'])([A-Za-z0-9+/=_-]{20,256}+)\1")


def hinted(data: bytes) -> frozenset[str]:
    """The kinds of secret whose form, or something near it, stands in `data`."""
    lowered = data.lower()
    return frozenset(
        kind
        for kind, (literals, form) in _FORMS.items()
        if any(literal in lowered for literal in literals) and (form is None or re.search(form, data))
    )


class Candidate:
    """A value (start and end in the text) that looks real, and what stands on its line before it."""

    __slots__ = ("before", "end", "extent", "start", "value")

    def __init__(self, data: bytes, match: re.Match[bytes]) -> None:
        group = match.lastindex or 0
        raw = match[group]
        self.start = match.start(group) + len(raw) - len(raw.lstrip(_AROUND))
        self.end = match.start(group) + len(raw.rstrip(_AROUND))
        self.value = data[self.start : self.end].decode("latin-1")
        begin = max(0, match.start() - _BEFORE)
        begin = max(begin, data.rfind(b"\n", begin, match.start()) + 1)
        self.before = data[begin : self.start].decode("latin-1")
        self.extent = data[begin : match.end()].decode("latin-1")


def assignments(data: bytes, short: bool) -> Iterator[Candidate]:
    """Values assigned to a name that has something of a password's; `short` is `looks_real`'s."""
    return _likely(_PASSWORD_NAMES, _ASSIGNMENT, data, short)


def named_tokens(data: bytes) -> Iterator[Candidate]:
    """Quoted runs of base64 or hexadecimal after a name that has something of a token's."""
    return _likely(_TOKEN_NAMES, _NAMED_TOKEN, data, False)


def _likely(
    names: tuple[bytes, ...], pattern: re.Pattern[bytes], data: bytes, short: bool
) -> Iterator[Candidate]:
    lowered = data.lower()
    for name in names:
        position = lowered.find(name)
        while position >= 0:
            match = pattern.match(data, position)
            if match:
                candidate = Candidate(data, match)
                if looks_real(candidate.value, short):
                    yield candidate
            position = lowered.find(name, position + len(name))
