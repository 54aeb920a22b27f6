"""Whether lines could hold a secret or a conflict marker: a look without regular expressions.

Most commits end here. It may suspect too much and must not suspect too little: what
`harness.policy.secret_detection` finds is suspect, which the tests check against its own patterns.
"""

from __future__ import annotations

# What tokens begin with that are told by it, as it is written, and in any case.
_EXACT = (
    *(b"AKC", b"A3T", b"ABIA", b"ACCA", b"AKIA", b"ASIA", b"AIza", b"T3BlbkFJ", b"eyJ", b"GR1348941"),
    *(
        b"sk-ant-",
        b"github_pat_",
        b"hf_",
        b"npm_",
        b"_authToken",
        b"ghp_",
        b"gho_",
        b"ghu_",
        b"ghs_",
        b"ghr_",
    ),
    *(b"<<<<<<<", b">>>>>>>"),
)
_ANY_CASE = (
    *(b"aws", b"accountkey", b"xox", b"hooks.slack.com", b"pypi-", b"sq0csp", b"k_live_"),
    *(b"private key", b"putty-user-key"),
)
_NAMES = (b"key", b"pass", b"pwd", b"secret", b"contrase", b"token", b"auth", b"cred", b"bearer")
_DIGITS = frozenset(b"0123456789")
# What no secret's value holds: blanks, quotes, and what makes it a reference or a call.
_APART = bytes.maketrans(b"\"'`{}<>()\\\t\r\n\v\f", b" " * 15)
_RUNS = bytes(c if bytes([c]).isalnum() else 32 for c in range(256))
# Characters: of a value that a name makes a secret, of letters and digits alone, and of any token.
_VALUE, _SHORT_RUN, _RUN, _WORD, _LONG_WORD = 8, 11, 32, 44, 59


def is_suspect(data: bytes) -> bool:
    """Whether the rules on contents have anything to look at in `data`."""
    lowered = data.lower()
    return (
        any(told in data for told in _EXACT)
        or any(told in lowered for told in _ANY_CASE)
        or _may_be_gitlabs(lowered)
        or any(map(_is_token, data.translate(_APART).split()))
        or _has_login(lowered)
        or _has_long_run(data)
        or _assigns_secret(lowered)
    )


def _may_be_gitlabs(lowered: bytes) -> bool:
    """Whether `gl`, two to five letters and a hyphen stand anywhere."""
    start = lowered.find(b"gl")
    while start >= 0:
        letters, hyphen, _ = lowered[start + 2 : start + 8].partition(b"-")
        if hyphen and len(letters) >= 2 and letters.isalpha():
            return True
        start = lowered.find(b"gl", start + 1)
    return False


def _is_token(word: bytes) -> bool:
    """Whether a word is as long as a token of several parts."""
    return len(word) >= _WORD and (len(word) >= _LONG_WORD or b":" in word)


def _has_login(lowered: bytes) -> bool:
    """Whether a line has an address and an `@` after its scheme."""
    return (
        b"://" in lowered
        and b"@" in lowered
        and any(b"@" in line.partition(b"://")[2] for line in lowered.split(b"\n"))
    )


def _has_long_run(data: bytes) -> bool:
    runs = data.translate(_RUNS).split()
    if max(map(len, runs), default=0) >= _RUN:
        return True
    return b"AP" in data and any(len(run) >= _SHORT_RUN and not _DIGITS.isdisjoint(run) for run in runs)


def _assigns_secret(lowered: bytes) -> bool:
    """Whether a line has a name like a password's and a word that could be one."""
    if not any(name in lowered for name in _NAMES):
        return False
    return any(
        any(name in line for name in _NAMES)
        and any(
            len(word) >= _VALUE and not _DIGITS.isdisjoint(word) for word in line.translate(_APART).split()
        )
        for line in lowered.split(b"\n")
    )


def added_lines(new: bytes, old: bytes) -> bytes:
    """The lines of `new` that `old` hasn't."""
    had = frozenset(old.split(b"\n"))
    return b"\n".join(line for line in new.split(b"\n") if line not in had)
