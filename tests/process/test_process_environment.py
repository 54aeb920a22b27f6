"""The environment of programs the harness runs, and that nothing in it can ask a person."""

import http.server
import os
import threading

import pytest

from harness.process.environment import clean_environment

LEAKS = [
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_CONFIG_PARAMETERS",
    "GIT_SSH_COMMAND",
    "PWD",
    "OLDPWD",
    "PYTEST_ADDOPTS",
    "PYTEST_CURRENT_TEST",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "COVERAGE_PROCESS_START",
    "COV_CORE_SOURCE",
    "GPG_TTY",
]


@pytest.mark.parametrize("name", LEAKS)
def test_what_would_leak_is_removed(name):
    assert name not in clean_environment({name: "x"})


def test_the_rest_stays():
    base = {"PATH": "/bin", "HOME": "/h", "VIRTUAL_ENV": "/v", "API_KEY": "k", "XGIT_": "y"}
    assert clean_environment(base).items() >= base.items()


def test_the_given_mapping_is_not_changed():
    base = {"GIT_DIR": "x", "EDITOR": "vi"}
    clean_environment(base)
    assert base == {"GIT_DIR": "x", "EDITOR": "vi"}


def test_cleaning_twice_changes_nothing_more():
    once = clean_environment(os.environ)
    assert clean_environment(once) == once


def test_an_editor_fails_at_once(run, tmp_path):
    environment = clean_environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    assert run("git", "init", "-q", ".", env=environment).exit_code == 0
    result = run("git", *identity, "commit", "--allow-empty", env=environment)
    assert (result.ending, result.exit_code) == ("exited", 1)
    assert "editor" in (tmp_path / "stderr").read_text()


class _Unauthorised(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_git_does_not_ask_for_a_password(run, tmp_path):
    environment = clean_environment({"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Unauthorised) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}/private.git"
        result = run("git", "ls-remote", url, env=environment)
        server.shutdown()
    assert (result.ending, result.exit_code) == ("exited", 128)
    assert "could not read Username" in (tmp_path / "stderr").read_text()
