"""Tokens that show by their form what they are, found with the patterns of detect-secrets."""

from __future__ import annotations

import functools
import re

from harness.policy.secret_values import looks_real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Span = tuple[str, int, int]

# By the kind of `secret_hints`: module and class of the detector. Left out are those for IBM Cloud,
# Cloudant and SoftLayer, whose patterns take cubic time, and for public addresses, which are no secrets.
_DETECTORS = {
    "artifactory": ("artifactory", "ArtifactoryDetector"),
    "aws": ("aws", "AWSKeyDetector"),
    "azure": ("azure_storage_key", "AzureStorageKeyDetector"),
    "basic-auth": ("basic_auth", "BasicAuthDetector"),
    "discord": ("discord", "DiscordBotTokenDetector"),
    "github": ("github_token", "GitHubTokenDetector"),
    "gitlab": ("gitlab_token", "GitLabTokenDetector"),
    "jwt": ("jwt", "JwtTokenDetector"),
    "mailchimp": ("mailchimp", "MailchimpDetector"),
    "pypi": ("pypi_token", "PypiTokenDetector"),
    "sendgrid": ("sendgrid", "SendGridDetector"),
    "slack": ("slack", "SlackDetector"),
    "square": ("square_oauth", "SquareOAuthDetector"),
    "stripe": ("stripe", "StripeDetector"),
    "telegram": ("telegram_token", "TelegramBotTokenDetector"),
    "twilio": ("twilio", "TwilioKeyDetector"),
}
# Formats detect-secrets doesn't know, or finds in more than linear time only.
_FURTHER = {
    "OpenAI Token": re.compile(r"(?<![\w-])sk-[\w-]{0,200}?T3BlbkFJ[A-Za-z0-9]{20}", re.ASCII),
    "Anthropic API Key": re.compile(r"sk-ant-[a-z0-9]{1,12}-[\w-]{40}", re.ASCII),
    "GitHub Token": re.compile(r"github_pat_\w{60}", re.ASCII),
    "Google API Key": re.compile(r"AIza[\w-]{35}(?![\w-])", re.ASCII),
    "Hugging Face Token": re.compile(r"hf_[A-Za-z]{34}(?!\w)", re.ASCII),
    "NPM Token": re.compile(r"npm_[A-Za-z0-9]{36}(?!\w)|(?<=:_authToken=)[0-9a-fA-F-]{36}", re.ASCII),
}
_GITLAB = re.compile(r"(?<![\w-])(?:GR1348941|gl[a-z]{2,5}-)[\w-]{20}", re.ASCII)
_JWT = re.compile(r"(?<![\w-])eyJ[\w=-]++\.[\w=-]++(?:\.[\w=-]*+)?", re.ASCII)
# Of a fixed length: within a longer run of letters they are something else, encoded data say.
_FIXED = ("aws", "discord", "mailchimp", "telegram", "twilio")
# Too loose to stand alone: the value must look real, too.
_LOOSE = ("artifactory", "basic-auth")
_AROUND = " \t\n\"'=:"
_REST = re.compile(r"[A-Za-z0-9_-]{0,512}")
_BLANK = frozenset("xX0*._-")


def known_tokens(kinds: Iterable[str], text: str) -> Iterator[Span]:
    """(kind for people, start, end) of each token in a text; `kinds` are those of `secret_hints.hinted`."""
    for kind in sorted(kinds):
        if kind == "further":
            for name, pattern in _FURTHER.items():
                yield from (_span(name, text, match, 0) for match in pattern.finditer(text))
            continue
        detector = _detector(kind)
        for match in _matches(kind, detector, text):
            # A group is what the detector means, but for those that only group a prefix.
            group = (match.lastindex or 0) if kind in ("aws", "basic-auth") else 0
            if _is_token(kind, text, match, group):
                yield _span(detector.secret_type, text, match, group, extend=kind not in (*_FIXED, *_LOOSE))


def _matches(kind: str, detector: Any, text: str) -> Iterator[re.Match[str]]:
    if kind == "jwt":
        yield from (match for match in _JWT.finditer(text) if detector.is_formally_valid(match[0]))
    elif kind == "gitlab":
        for candidate in _GITLAB.finditer(text):
            matches = (pattern.match(text, candidate.start()) for pattern in detector.denylist)
            yield from filter(None, matches)
    else:
        for pattern in detector.denylist:
            yield from pattern.finditer(text)


def _is_token(kind: str, text: str, match: re.Match[str], group: int) -> bool:
    value = match[group].strip(_AROUND)
    if _BLANK.issuperset(value[-16:]):
        return False
    if kind in _LOOSE:
        return looks_real(value)
    return kind not in _FIXED or not _within_run(text, match.start(group), match.end(group))


def _within_run(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return before.isalnum() or before == "+" or after.isalnum() or after in ("+", "=")


def _span(name: str, text: str, match: re.Match[str], group: int, extend: bool = True) -> Span:
    value = match[group]
    start = match.start(group) + len(value) - len(value.lstrip(_AROUND))
    end = match.start(group) + len(value.rstrip(_AROUND))
    # Patterns may end before the token does.
    rest = _REST.match(text, end) if extend else None
    return name, start, rest.end() if rest else end


@functools.cache
def _detector(kind: str) -> Any:
    import importlib

    module, name = _DETECTORS[kind]
    return getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
