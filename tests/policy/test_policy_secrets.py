"""Secrets a change would add: what is found, what is let pass, and that no message repeats one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_files import Files, added, changed, paths
from policy_secrets import KEY_BODY, LONG_PASSWORD, PASSWORD, PRIVATE_KEY, TOKENS, run

from harness.policy.secrets import check_secrets, masked
from harness.policy.tree_settings import TreeSettings


def check(files, **tree_settings):
    return check_secrets(files.changes, files.contents, TreeSettings(**tree_settings))


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("around", ["{}", 'x = "{}"\n', "text {} text\n", "- '{}'", "export X={}\n"])
def test_tokens(kind, around):
    (violation,) = check(added("src/a.py", "first\n" + around.format(TOKENS[kind])))
    assert (violation.code, violation.path) == ("secret-added", "src/a.py")
    assert kind in violation.message and "line 2" in violation.message


NAMED = {
    "a password": f'password = "{PASSWORD}"',
    "single quotes": f"PASSWORD = '{PASSWORD}'",
    "in a dictionary": f'{{"db_password": "{PASSWORD}"}}',
    "in a call": f'connect(user="me", password="{PASSWORD}")',
    "a key": f'api_key = "{LONG_PASSWORD}"',
    "a token": f'token = "{run(50, 40)}"',
    "a hexadecimal token": f'auth_token = "{run(51, 40, "0123456789abcdef")}"',
    "in an address": f'DSN = "postgres://app:{PASSWORD.replace("#", "_")}@db.internal/x"',
    "keys of AWS": f'aws_secret_access_key = "{run(52, 40)}"',
}


@pytest.mark.parametrize("name", NAMED)
def test_values_that_their_name_tells(name):
    assert paths(check(added("src/a.py", NAMED[name] + "\n"))) == ["src/a.py"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", f"DB_PASSWORD={PASSWORD}\n"),
        ("config/app.yaml", f"password: {PASSWORD}\n"),
        ("app.ini", f"secret = {LONG_PASSWORD}\n"),
        ("deploy.sh", f"export API_KEY={LONG_PASSWORD}\n"),
        (".npmrc", f"//registry.example.com/:_auth{'Token'}=1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d\n"),
    ],
)
def test_values_without_quotes_in_files_that_need_none(path, text):
    assert paths(check(added(path, text))) == [path]


KEYS = {
    "as a file": PRIVATE_KEY,
    "of another kind": PRIVATE_KEY.replace("RSA ", ""),
    "encrypted": PRIVATE_KEY.replace("RSA ", "ENCRYPTED "),
    "of OpenSSH": PRIVATE_KEY.replace("RSA", "OPENSSH"),
    "of PGP": PRIVATE_KEY.replace("RSA", "PGP").replace("KEY-", "KEY BLOCK-"),
    "in JSON": json.dumps({"private_key": PRIVATE_KEY}),
    "cut off": PRIVATE_KEY[:200],
    "of PuTTY": f"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 6\n{KEY_BODY}\nPrivate-MAC: 00ff\n",
}


@pytest.mark.parametrize("name", KEYS)
def test_private_keys(name):
    (violation,) = check(added("a.txt", f"text\n{KEYS[name]}"))
    assert "Private Key at line 2" in violation.message


HARMLESS = {
    "names and references": "password = get_password(1)\nsecret = os.environ['SECRET_KEY_01']\ntoken = a.b.token1\n",
    "templates": 'password = "${DB_PASSWORD_1}"\nsecret: {{ secret_01 }}\napi_key = "<your-api-key-1>"\n',
    "made-up values": 'password = "hunter2000"\nsecret = "test-Secret-1"\napi_key = "example-Key-12345"\n',
    "words": 'password = "correct horse battery staple 9"\nsecret_name = "projects/one/secrets/two"\n',
    "hashes": f'sha256 = "{hashlib.sha256(b"a").hexdigest()}"\nkey_hash = "{hashlib.sha1(b"b").hexdigest()}"\n',
    "integrity": f'"integrity": "sha512-{run(60, 86)}=="\n',
    "an identifier": 'secret_id = "123e4567-e89b-12d3-a456-426614174000"\n',
    "alphabets": 'key = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"\n',
    "page tokens": f'{{"nextToken": "{run(61, 40)}"}}\n',
    "a public key": f'public_key = "{run(62, 60)}"\n',
    "placeholders": f'token = "ghp_{"x" * 36}"\nsid = "AC{"x" * 32}"\n',
    "key headers in code": 'if "-----BEGIN RSA PRIVATE KEY-----" in text:\n    pass\n',
    "a key that says nothing": "-----BEGIN PRIVATE KEY-----\nXXXX\n-----END PRIVATE KEY-----\n",
    "encoded data": f'data = "{run(63, 50, "ABCDEFGHIJKLMNOP234567")}AKIA{run(64, 60, "ABCDEFGHIJKLMNOP234567").upper()}"\n',
    "basic authentication in documents": "https://user:password@example.com\npostgres://postgres:postgres@localhost\n",
    "text in base64": 'auth = "dXNlcm5hbWU6cGFzc3dvcmQ="\n',
    "one letter": 'password = "aaaaaaaaaaaaaaaaaaaaaa1"\n',
}


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("path", ["src/a.py", "a.yaml", "README.md", ".env"])
def test_what_is_no_secret(name, path):
    assert check(added(path, HARMLESS[name])) == []


def test_passwords_in_tests_must_be_long_to_count():
    text = f'login(password="{PASSWORD}")\n'
    assert check(added("tests/test_login.py", text)) == []
    assert check(added("src/pkg/test_login.py", text)) == []
    assert check(added("src/login.py", text)) != []
    assert check(added("tests/test_login.py", f'login(password="{LONG_PASSWORD}")\n')) != []


def test_lock_files_hold_random_values_but_no_tokens():
    text = f'secret = "{LONG_PASSWORD}"\n'
    assert check(added("poetry.lock", text)) == []
    assert check(added("uv.lock", text + TOKENS["GitHub Token"])) != []


def test_what_the_file_had_is_not_new():
    token = TOKENS["GitHub Token"]
    assert check(changed("a.py", f'x = "{token}"\n', f'y = "{token}"\n')) == []
    assert check(changed("a.py", f'x = "{token}"\n', f'x = "{token}"\nz = 1\n')) == []
    (violation,) = check(changed("a.py", f"{token}\n", f"{token}\n{TOKENS['AWS Access Key']}\n"))
    assert "AWS" in violation.message and "GitHub" not in violation.message
    assert "line 2" in violation.message


def test_what_moves_to_another_file_is_not_new():
    token = TOKENS["GitHub Token"]
    assert (
        check(Files().change("a.py", f'x = "{token}"\n', None).change("b.py", None, f'y = ["{token}"]\n'))
        == []
    )


def test_only_new_lines_are_searched():
    old = f"{TOKENS['GitHub Token']}\n" * 3
    files = changed("a.txt", old, f"{old}plain\n")
    assert check(files) == []
    assert files.store.reads.total() == 2


def test_what_is_searched_is_read_as_it_is():
    assert check(added("a.bin", b"\0" + TOKENS["GitHub Token"].encode())) == []
    latin = b"caf\xe9 " + TOKENS["GitHub Token"].encode() + b" \xff\r\n"
    assert paths(check(added("a.txt", latin))) == ["a.txt"]


def test_messages_hold_no_secret_and_name_a_digest():
    secrets = [*TOKENS.values(), PASSWORD, LONG_PASSWORD]
    text = "".join(f'password = "{secret}"\n' for secret in secrets) + PRIVATE_KEY
    (violation,) = check(added("a.py", text))
    told = f"{violation.message} {violation.hint}"
    assert not [secret for secret in secrets if secret[:12] in told]
    assert KEY_BODY[:12] not in told
    digest = hashlib.sha256(TOKENS["AWS Access Key"].encode()).hexdigest()
    assert digest[:12] in told and digest[:13] not in told
    assert "more" in told


@pytest.mark.parametrize(
    "text",
    ['x = "{}"  # pragma: allowlist secret\n', "# pragma: allowlist nextline secret\nx = '{}'\n"],
)
def test_a_comment_allows_a_secret_to_people_only(text):
    files = added("a.py", text.format(TOKENS["GitHub Token"]))
    assert check(files, allow_comments=True) == []
    assert paths(check(files)) == ["a.py"]


def test_a_comment_counts_for_its_line_only():
    token, other = TOKENS["GitHub Token"], TOKENS["AWS Access Key"]
    files = added("a.py", f'x = "{token}"  # pragma: allowlist secret\ny = "{other}"\n')
    (violation,) = check(files, allow_comments=True)
    assert "line 2" in violation.message and "GitHub" not in violation.message
    files = added("a.py", f'# pragma: allowlist secret\nx = "{token}"\n')
    assert paths(check(files, allow_comments=True)) == ["a.py"]


def test_exempt_paths():
    files = added("tests/keys/a.pem", PRIVATE_KEY).change("src/a.pem", None, PRIVATE_KEY + "\n")
    assert paths(check(files, exempt={"secret-added": ["tests/keys/"]})) == ["src/a.pem"]


@pytest.mark.parametrize("kind", TOKENS)
def test_masked_tokens(kind):
    token = TOKENS[kind]
    text = f'{{"content": "x = \\"{token}\\"\\nend"}}\n+x = "{token}"\n'
    result = masked(text)
    assert token not in result and token[8:] not in result
    assert result.count("[masked:sha256:") == 2
    assert json.loads(result.split("\n")[0])["content"].endswith('"\nend')


@pytest.mark.parametrize("name", [*NAMED, *KEYS])
def test_masked_in_a_reply(name):
    text = {**NAMED, **KEYS}[name]
    reply = json.dumps({"type": "create", "file_path": "a.py", "content": f"a = 1\n{text}\nb = 2\n"})
    content = json.loads(masked(reply))["content"]
    assert content != json.loads(reply)["content"]
    assert content.startswith("a = 1\n")
    for part in (PASSWORD, LONG_PASSWORD, *KEY_BODY.split("\n"), run(50, 40), run(52, 40)):
        assert part not in content


def test_masking_changes_nothing_else():
    text = "".join(HARMLESS.values()) + '\ud800 caf\u00e9 \U0001f600 \\n \\" \r\n\0'
    assert masked(text) == text
    token = TOKENS["GitHub Token"]
    assert masked(f"é{token}é\ud800").startswith("é[masked:sha256:")
    assert masked(f"é{token}é\ud800").endswith("]é\ud800")


def test_the_digest_tells_equal_secrets_apart_from_others():
    first, second = TOKENS["GitHub Token"], TOKENS["AWS Access Key"]
    one, again, other = masked(f"{first}\n{first}\n{second}").split("\n")
    assert one == again != other


PIECES = st.sampled_from(
    [
        *TOKENS.values(),
        PRIVATE_KEY,
        f'password = "{PASSWORD}"',
        f"secret: {LONG_PASSWORD}",
        "\n",
        " ",
        '"',
        "\\n",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=12))
def test_masking_twice_is_masking_once(pieces):
    once = masked(" ".join(pieces))
    assert masked(once) == once
    for token in TOKENS.values():
        assert f" {token} " not in once


def test_nothing_heavy_is_imported_until_a_secret_is_likely():
    code = (
        "import sys\n"
        "from harness.policy.content_rules import check_tree_contents\n"
        "from harness.policy.contents import Contents\n"
        "from harness.policy.tree_settings import TreeSettings\n"
        "class Blobs:\n"
        "    def size(self, oid): return len(oid)\n"
        "    def read(self, oid): return oid.encode()\n"
        "class Change:\n"
        "    path, old_mode, new_mode, old_oid = 'a.py', '000000', '100644', None\n"
        '    new_oid = \'def f(password, key=None):\\n    return {"token": "next", "secret": password}\\n\' * 99\n'
        "assert check_tree_contents([Change], Contents(Blobs(), 10**6), TreeSettings()) == []\n"
        "print(sorted({'detect_secrets', 'requests', 'dataclasses', 'yaml'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
