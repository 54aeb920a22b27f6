"""Values that look like secrets, put together here so that no scanner stumbles over this repository."""

from __future__ import annotations

import base64
import json
import random
import string


def run(seed: int, length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Random characters, the same every time, with digits among them."""
    source = random.Random(seed)
    return "".join(source.choice(alphabet) for _ in range(length - 4)) + "7b3Q"[:4].lower().replace("q", "9")


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


_UPPER = string.ascii_uppercase + string.digits
_LOWER = string.ascii_lowercase + string.digits
PASSWORD = "Vq7#" + "mZr9w"
LONG_PASSWORD = run(99, 24)

# By kind, as messages name it.
TOKENS = {
    "AWS Access Key": "AKIA" + run(1, 16, _UPPER).upper(),
    "GitHub Token": "ghp" + "_" + run(2, 36),
    "GitLab Token": "glpat" + "-" + run(3, 20),
    "Slack Token": "xoxb" + "-123456789012-" + run(4, 24),
    "Stripe Access Key": "sk" + "_live_" + run(5, 24),
    "OpenAI Token": "sk" + "-proj-" + run(6, 40) + "T3Blbk" + "FJ" + run(7, 20),
    "Anthropic API Key": "sk" + "-ant-api03-" + run(8, 90),
    "Google API Key": "AI" + "za" + run(9, 35),
    "NPM Token": "npm" + "_" + run(10, 36),
    "PyPI Token": "pypi" + "-AgEIcHlwaS5vcmc" + run(11, 90),
    "SendGrid API Key": "SG" + "." + run(12, 22) + "." + run(13, 43),
    "Square OAuth Secret": "sq0csp" + "-" + run(14, 43),
    "Telegram Bot Token": "1234567890" + ":" + run(15, 35),
    "Twilio API Key": "SK" + run(16, 32, _LOWER),
    "Discord Bot Token": "M" + run(17, 23) + "." + run(18, 6) + "." + run(19, 27),
    "Mailchimp Access Key": run(20, 32, _LOWER) + "-us12",
    "Azure Storage Account access key": "AccountKey" + "=" + run(21, 86) + "==",
    "JSON Web Token": f"{_part({'alg': 'HS256'})}.{_part({'sub': '1'})}.{run(22, 43)}",
}
KEY_BODY = "\n".join(run(n, 64) for n in range(30, 36))
PRIVATE_KEY = f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{KEY_BODY}\n-----END RSA {'PRIVATE'} KEY-----\n"
